//! Mappings: how an export that others made becomes records. They are data, built in or the user's own.

mod apply;
mod column;
mod document;
mod error;
mod file;
pub(super) mod join;
mod key;
mod spec;

pub use error::MappingError;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use column::Column;
use key::KeyRule;
use spec::Spec;

pub(super) use document::{events, format, rows, table};

/// Mappings that come with the program, as text, in order of name; parsed when one is asked for.
static BUILT_IN: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/inventories.rs"));

/// How the export of one source becomes records: each row is given to every rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    /// The word before `=` in `--inventory NAME=FILE`.
    pub name: String,
    rules: Vec<Rule>,
}

/// Syntax of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Csv,
    Json,
    Jsonl,
}

/// How a row becomes a record.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Rule {
    format: Option<Format>,
    rows: Column,
    each: Option<Column>,
    when: Option<When>,
    /// Issuers that the export claims to cover; `None` where it does not say.
    scope: Option<Vec<String>>,
    defaults: BTreeMap<String, String>,
    fields: Vec<(String, Spec)>,
    keys: Vec<KeyRule>,
    joins: Vec<join::Join>,
}

/// Which rows a rule is for.
#[derive(Debug, Clone, PartialEq, Eq)]
struct When {
    column: Column,
    /// Whether the words are those wanted, or those not wanted.
    wanted: bool,
    words: Vec<String>,
}

impl Mapping {
    /// The built-in mapping of that name.
    ///
    /// # Errors
    ///
    /// Never for the mappings that come with the program; a test reads them all.
    pub fn built_in(name: &str) -> Result<Option<Arc<Self>>, MappingError> {
        let Some((_, text)) = BUILT_IN.iter().find(|(known, _)| *known == name) else { return Ok(None) };
        let found = Self::parse(&format!("rules/inventory/{name}.toml"), text)?;
        Ok(found.into_iter().find(|mapping| mapping.name == name))
    }

    /// Names of the built-in mappings, sorted.
    pub fn built_in_names() -> impl Iterator<Item = &'static str> {
        BUILT_IN.iter().map(|(name, _)| *name)
    }

    /// Text of a built-in mapping: what it reads, and a start for a mapping of one's own.
    #[must_use]
    pub fn built_in_text(name: &str) -> Option<&'static str> {
        BUILT_IN.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
    }

    /// Reads a mapping file.
    ///
    /// # Errors
    ///
    /// Where it cannot be read, is no TOML, has an unknown key, or says something that cannot be meant.
    pub fn load(path: &Path) -> Result<Vec<Arc<Self>>, MappingError> {
        let shown = path.display().to_string();
        match fs::read_to_string(path) {
            Ok(text) => Self::parse(&shown, &text),
            Err(source) => Err(MappingError::Read { path: shown, source }),
        }
    }

    /// Reads the text of a mapping file; `path` is named in errors. Sources of one name are one mapping of several rules.
    ///
    /// # Errors
    ///
    /// As for [`Mapping::load`].
    pub fn parse(path: &str, text: &str) -> Result<Vec<Arc<Self>>, MappingError> {
        let mut mappings: Vec<Self> = Vec::new();
        for (name, rule) in file::parse(path, text)? {
            match mappings.iter_mut().find(|mapping| mapping.name == name) {
                Some(mapping) => mapping.rules.push(rule),
                None => mappings.push(Self { name, rules: vec![rule] }),
            }
        }
        Ok(mappings.into_iter().map(Arc::new).collect())
    }

    /// Issuers that an export of this source claims to cover; `None` = all.
    pub(super) fn scope(&self) -> Option<Vec<String>> {
        let mut all = Vec::new();
        for rule in &self.rules {
            all.extend(rule.scope.clone()?);
        }
        all.sort();
        all.dedup();
        Some(all)
    }

    pub(super) fn format(&self) -> Option<Format> {
        self.rules.first().and_then(|rule| rule.format)
    }

    /// Where in a document the rows are.
    pub(super) fn rows(&self) -> &Column {
        const WHOLE: &Column = &Column::WHOLE;
        self.rules.first().map_or(WHOLE, |rule| &rule.rows)
    }

    /// Every join, with its place, by which [`Mapping::apply`] asks for it.
    pub(super) fn joins(&self) -> impl Iterator<Item = &join::Join> {
        self.rules.iter().flat_map(|rule| &rule.joins)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_mapping_is_read_and_has_the_name_of_its_file() {
        for name in Mapping::built_in_names() {
            let mapping = Mapping::built_in(name).unwrap_or_else(|error| panic!("{error}"));
            assert!(mapping.is_some(), "rules/inventory/{name}.toml holds no source `{name}`");
        }
        assert!(Mapping::built_in("no-such").unwrap().is_none());
    }

    #[test]
    fn what_is_wrong_with_a_mapping_is_told_by_file_and_line() {
        let good = "version = 1\n[[source]]\nname = 'x'\n[source.defaults]\nkind = 'other'\nissuer = 'x'\n[source.fields]\nid = '/id'\n";
        assert!(Mapping::parse("m.toml", good).is_ok());
        for (piece, by, said) in [
            ("version = 1", "version = 2", "m.toml:1: this version"),
            (
                "kind = 'other'",
                "kinds = 'other'",
                "m.toml:5: `kinds` is no field of a record\nhint: did you mean `kind`?",
            ),
            ("id = '/id'", "name = '/id'", "m.toml:2: source `x` does not say how `id` is had"),
            (
                "name = 'x'",
                "name = 'x'\nformats = 'csv'",
                "m.toml:4: unknown key `formats`\nhint: did you mean `format`?",
            ),
            ("name = 'x'", "name = 'x'\nformat = 'xml'", "m.toml:4: this format is not known"),
            ("name = 'x'", "name = 'teams'", "m.toml:3: `teams` is the name of a table"),
        ] {
            let error = Mapping::parse("m.toml", &good.replacen(piece, by, 1)).unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
        }
    }
}
