//! One row on its own: parsed, screened, read. What depends on other rows is left to the loader, so that rows can be
//! prepared on any number of threads.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::error::InventoryError;
use super::export::{BadRow, Row, Table};
use super::header::Header;
use super::mapping::Mapping;
use super::mapping::join::Joined;
use super::record::{Key, Record};
use super::row;
use super::screen::Screen;
use super::word::Words;

/// A row as a reader hands it over.
#[derive(Debug)]
pub(super) enum Raw<'b> {
    /// A line that may hold a row.
    Line(u32, &'b [u8]),
    /// A row that was read already, or why it could not be.
    Read(Result<Row, BadRow>),
}

/// What a row turned out to be.
#[derive(Debug)]
pub(super) enum Content {
    /// The header.
    Header(Header),
    /// A row of a sibling table.
    Entity(Table, Map<String, Value>),
    /// A record.
    Record(Box<Record>),
    /// Nothing usable.
    Bad(String),
    /// Something that makes the whole file unusable.
    Fatal(InventoryError),
    /// Nothing at all: the mapping passes over it.
    Nothing,
}

/// A row with all that is to be told of it.
#[derive(Debug)]
pub(super) struct Prepared {
    /// 1-based line.
    pub(super) line: u32,
    /// What it is.
    pub(super) content: Content,
    /// What was left out of it.
    pub(super) problems: Vec<String>,
    /// Fields in which a credential stood in the clear.
    pub(super) places: Vec<String>,
}

/// How the rows of one file are read.
pub(super) struct Preparer<'a> {
    pub(super) screen: &'a Screen<'a>,
    /// What records have in common.
    pub(super) words: &'a Words,
    /// Reported path.
    pub(super) path: &'a str,
    /// What rows are that do not say.
    pub(super) table: Table,
    /// How rows become records, with its second files.
    pub(super) mapping: Option<(&'a Mapping, &'a [Joined])>,
}

impl Preparer<'_> {
    /// What a row says: one thing, unless a mapping makes several records of it.
    pub(super) fn prepare(&self, raw: Raw<'_>) -> Vec<Prepared> {
        let row = match raw {
            Raw::Read(row) => row,
            Raw::Line(line, text) => super::jsonl::row(line, text),
        };
        let bad = |bad: BadRow| Prepared {
            line: bad.line,
            content: Content::Bad(bad.message),
            problems: Vec::new(),
            places: Vec::new(),
        };
        match (row, self.mapping) {
            (Err(message), _) => vec![bad(message)],
            (Ok(row), Some((mapping, joined))) => self.mapped(&row, mapping, joined),
            (Ok(row), None) => vec![self.canonical(row)],
        }
    }

    fn canonical(&self, row: Row) -> Prepared {
        let Row { line, mut fields } = row;
        let mut prepared = Prepared { line, content: Content::Nothing, problems: Vec::new(), places: Vec::new() };
        if Header::is(&fields) {
            prepared.content = match Header::read(&fields, self.path, line) {
                Ok(header) => Content::Header(header),
                Err(error) => Content::Fatal(error),
            };
            return prepared;
        }
        let (keys, places) = self.screen.clean(&mut fields);
        prepared.places = places;
        let table = match fields.shift_remove("table") {
            None => Some(self.table),
            Some(word) => word.as_str().and_then(|word| Table::named(&word.to_lowercase())),
        };
        match table {
            None => {
                prepared.content =
                    Content::Bad("`table` names no table; known: workload, person, team, system".to_owned());
            }
            Some(Table::Records) => self.record(fields, keys, &mut prepared),
            Some(table) => prepared.content = Content::Entity(table, fields),
        }
        prepared
    }

    fn mapped(&self, row: &Row, mapping: &Mapping, joined: &[Joined]) -> Vec<Prepared> {
        let mut secrets: Vec<(usize, Vec<Key>, Option<Known>)> = Vec::new();
        let records = mapping.apply(&row.fields, joined, &mut |record, secret| {
            let (keys, known) = self.screen.take(secret);
            secrets.push((record, keys, known));
        });
        if records.is_empty() {
            return vec![Prepared {
                line: row.line,
                content: Content::Nothing,
                problems: Vec::new(),
                places: Vec::new(),
            }];
        }
        let mut found = Vec::with_capacity(records.len());
        for (index, mut mapped) in records.into_iter().enumerate() {
            let (mut keys, places) = self.screen.clean(&mut mapped.fields);
            let (more, other_places) = self.screen.clean(&mut mapped.rest);
            keys.extend(more);
            for (_, hashed, known) in secrets.iter().filter(|(record, ..)| *record == index) {
                keys.extend(hashed.iter().cloned());
                // The secret itself tells who issued it where the export does not.
                let unknown = |fields: &Map<String, Value>, name: &str| {
                    fields.get(name).and_then(Value::as_str).is_none_or(|word| matches!(word, "" | "unknown"))
                };
                if let Some(Known { detector, issuer }) = known {
                    if unknown(&mapped.fields, "provider_type") {
                        mapped.fields.insert("provider_type".to_owned(), Value::from(*detector));
                    }
                    if let Some(issuer) = issuer.filter(|_| unknown(&mapped.fields, "issuer")) {
                        mapped.fields.insert("issuer".to_owned(), Value::from(issuer));
                    }
                }
            }
            let mut all = mapped.secrets;
            all.extend(places);
            all.extend(other_places);
            all.sort();
            all.dedup();
            let mut prepared =
                Prepared { line: row.line, content: Content::Nothing, problems: mapped.problems, places: all };
            if !mapped.rest.is_empty() {
                mapped.fields.insert("ext".to_owned(), Value::Object(mapped.rest));
            }
            self.record(mapped.fields, keys, &mut prepared);
            found.push(prepared);
        }
        found
    }

    fn record(&self, mut fields: Map<String, Value>, keys: Vec<Key>, prepared: &mut Prepared) {
        if prepared.places.iter().any(|place| place == "id") {
            // The row still registers its credential; it only needs another name.
            let mut name = self.path.to_owned();
            let _ = write!(name, ":{}", prepared.line);
            fields.insert("id".to_owned(), name.into());
        }
        prepared.content = match row::record(fields, self.path, prepared.line) {
            Ok((mut record, problems)) => {
                prepared.problems.extend(problems);
                for key in keys {
                    if !record.keys.contains(&key) {
                        record.keys.push(key);
                    }
                }
                self.words.share(&mut record);
                Content::Record(Box::new(record))
            }
            Err(message) => Content::Bad(message),
        };
    }
}

/// The detector that knows a secret, and who issues such.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) detector: &'static str,
    pub(super) issuer: Option<&'static str>,
}
