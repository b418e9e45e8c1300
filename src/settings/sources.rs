//! Which inventory files were named, and as what: `--inventory [NAME=]FILE`.

use std::path::PathBuf;
use std::str::FromStr;

use crate::inventory::{InventorySource, Table};
use crate::mistyped::nearest;

/// What a file of its own may hold.
const TABLES: [&str; 5] = ["records", "workloads", "people", "teams", "systems"];

/// One `--inventory`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedInventory {
    /// What the file holds; a canonical file of records may hold sibling tables too.
    pub table: Table,
    /// The file.
    pub path: PathBuf,
}

/// A name in front of `=` that is not a table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NamedInventoryError {
    /// No such table.
    #[error("`{word}` is not a table{}; the tables are workloads, people, teams, systems and records", meant.map(|m| format!(" (did you mean `{m}`?)")).unwrap_or_default())]
    UnknownTable {
        /// What was written.
        word: String,
        /// What it is like.
        meant: Option<&'static str>,
    },
    /// No file.
    #[error("no file is named")]
    Empty,
}

impl FromStr for NamedInventory {
    type Err = NamedInventoryError;

    fn from_str(text: &str) -> Result<Self, NamedInventoryError> {
        // A head with a separator or dot in it belongs to a path that happens to hold `=`.
        let named = text.split_once('=').filter(|(head, _)| head.bytes().all(|b| b.is_ascii_alphabetic()));
        let (table, path) = match named {
            Some((head, path)) => match Table::named(head) {
                Some(table) => (table, path),
                None => {
                    let meant = nearest(head, TABLES);
                    return Err(NamedInventoryError::UnknownTable { word: head.to_owned(), meant });
                }
            },
            None => (Table::Records, text),
        };
        if path.is_empty() {
            return Err(NamedInventoryError::Empty);
        }
        Ok(Self { table, path: PathBuf::from(path) })
    }
}

impl From<&NamedInventory> for InventorySource {
    fn from(named: &NamedInventory) -> Self {
        Self { path: named.path.clone(), table: named.table }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sibling_table_is_named_in_front_of_its_file() {
        let named: NamedInventory = "workloads=w.csv".parse().expect("valid");
        assert_eq!((named.table, named.path), (Table::Workloads, PathBuf::from("w.csv")));
        let plain: NamedInventory = "dir/a=b.jsonl".parse().expect("valid");
        assert_eq!((plain.table, plain.path), (Table::Records, PathBuf::from("dir/a=b.jsonl")));
    }

    #[test]
    fn an_unknown_table_is_answered_with_the_nearest() {
        let error = "worklods=w.csv".parse::<NamedInventory>().expect_err("unknown");
        assert!(error.to_string().contains("did you mean `workloads`?"), "{error}");
        assert_eq!("teams=".parse::<NamedInventory>(), Err(NamedInventoryError::Empty));
    }
}
