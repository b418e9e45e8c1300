//! Which inventory files were named, and as what: `--inventory [NAME=]FILE`.

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use crate::inventory::{InventorySource, Mapping, MappingError, Table};
use crate::mistyped::nearest;

/// What a file of its own may hold.
const TABLES: [&str; 5] = ["records", "workloads", "people", "teams", "systems"];

/// One `--inventory`, as typed: what a name means depends on `--mapping` too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedInventory {
    /// A table, or a mapping; `None` for a file in a canonical form.
    pub name: Option<String>,
    /// The file.
    pub path: PathBuf,
}

/// Why an inventory that was named cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum NamedInventoryError {
    /// No such table and no such mapping.
    #[error("`{word}` is neither a table nor a mapping{}; the tables are workloads, people, teams, systems and records\nhint: `keytrawl inventory convert --list` lists the mappings; --mapping FILE adds your own", meant.as_ref().map(|m| format!(" (did you mean `{m}`?)")).unwrap_or_default())]
    Unknown {
        /// What was written.
        word: String,
        /// What it is like.
        meant: Option<String>,
    },
    /// No file.
    #[error("no file is named")]
    Empty,
    /// A mapping that cannot be used.
    #[error(transparent)]
    Mapping(#[from] MappingError),
}

impl FromStr for NamedInventory {
    type Err = NamedInventoryError;

    fn from_str(text: &str) -> Result<Self, NamedInventoryError> {
        // A head with a separator or dot in it belongs to a path that happens to hold `=`.
        let is_name = |head: &str| head.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
        let (name, path) = match text.split_once('=').filter(|(head, _)| is_name(head) && !head.is_empty()) {
            Some((head, path)) => (Some(head.to_owned()), path),
            None => (None, text),
        };
        if path.is_empty() {
            return Err(NamedInventoryError::Empty);
        }
        Ok(Self { name, path: PathBuf::from(path) })
    }
}

/// What the files mean together with the user's mappings, which go before those built in.
///
/// # Errors
/// Where a mapping cannot be used, or a name stands for nothing.
pub fn resolve(named: &[NamedInventory], mappings: &[PathBuf]) -> Result<Vec<InventorySource>, NamedInventoryError> {
    let mut own: Vec<Arc<Mapping>> = Vec::new();
    for path in mappings {
        own.extend(Mapping::load(path)?);
    }
    named.iter().map(|named| source(named, &own)).collect()
}

fn source(named: &NamedInventory, own: &[Arc<Mapping>]) -> Result<InventorySource, NamedInventoryError> {
    let source = |table, mapping| InventorySource { path: named.path.clone(), table, mapping };
    let Some(name) = &named.name else {
        // One mapping for one kind of export, and a file that is in no canonical form, can only mean each other.
        let meant = own.first().filter(|_| own.len() == 1 && !InventorySource::is_canonical(&named.path));
        return Ok(source(Table::Records, meant.map(Arc::clone)));
    };
    if let Some(table) = Table::named(name) {
        return Ok(source(table, None));
    }
    let mapping = match own.iter().find(|mapping| mapping.name == *name) {
        Some(mapping) => Some(Arc::clone(mapping)),
        None => Mapping::built_in(name)?,
    };
    match mapping {
        Some(mapping) => Ok(source(Table::Records, Some(mapping))),
        None => {
            let own = own.iter().map(|mapping| mapping.name.clone());
            let known: Vec<String> =
                TABLES.into_iter().chain(Mapping::built_in_names()).map(str::to_owned).chain(own).collect();
            let meant = nearest(name, known.iter().map(String::as_str)).map(str::to_owned);
            Err(NamedInventoryError::Unknown { word: name.clone(), meant })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(text: &str) -> Result<InventorySource, NamedInventoryError> {
        Ok(resolve(&[text.parse()?], &[])?.remove(0))
    }

    #[test]
    fn a_table_or_a_mapping_is_named_in_front_of_its_file() {
        let named = resolved("workloads=w.csv").expect("valid");
        assert_eq!((named.table, named.path), (Table::Workloads, PathBuf::from("w.csv")));
        let plain = resolved("dir/a=b.jsonl").expect("valid");
        assert_eq!((plain.table, plain.path, plain.mapping), (Table::Records, PathBuf::from("dir/a=b.jsonl"), None));
        let mapped = resolved("github-pats=pats.json").expect("valid");
        assert_eq!(mapped.mapping.expect("a mapping").name, "github-pats");
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_nearest() {
        let error = resolved("worklods=w.csv").expect_err("unknown");
        assert!(error.to_string().contains("did you mean `workloads`?"), "{error}");
        let error = resolved("github-pat=w.json").expect_err("unknown");
        assert!(error.to_string().contains("did you mean `github-pats`?"), "{error}");
        assert!(matches!(resolved("teams="), Err(NamedInventoryError::Empty)));
    }
}
