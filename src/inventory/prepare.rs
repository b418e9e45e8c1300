//! One row on its own: parsed, screened, read. What depends on other rows is left to the loader, so that rows can be
//! prepared on any number of threads.

use serde_json::Value;

use super::Entity;
use super::cell::{Cell, Fields};
use super::error::InventoryError;
use super::export::{BadRow, Raw, Row, Table};
use super::header::Header;
use super::mapping::Mapping;
use super::mapping::join::Joined;
use super::record::{Key, Record};
use super::screen::{Marks, Screen};
use super::word::{Word, Words};
use super::{flat, row, table};

/// What a row turned out to be.
#[derive(Debug)]
pub(super) enum Content {
    /// The header.
    Header(Header),
    /// A row of a sibling table.
    Entity(Table, Entity),
    /// The next of the records.
    Record,
    /// Nothing usable.
    Bad(String),
    /// Something that makes the whole file unusable.
    Fatal(InventoryError),
    /// Nothing at all: the mapping passes over it.
    Nothing,
}

/// Rows that were prepared together.
#[derive(Debug, Default)]
pub(super) struct Prepared {
    /// The rows, in order.
    pub(super) rows: Vec<Told>,
    /// The records among them, in order. They are large, and are moved but once.
    pub(super) records: Vec<Record>,
}

/// A row with all that is to be told of it.
#[derive(Debug)]
pub(super) struct Told {
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
    /// Reported path.
    pub(super) path: &'a str,
    /// What rows are that do not say.
    pub(super) table: Table,
    /// How rows become records, with its second files.
    pub(super) mapping: Option<(&'a Mapping, &'a [Joined])>,
}

impl Preparer<'_> {
    /// What rows say: each one thing, unless a mapping makes several records of it.
    pub(super) fn prepare(&self, raws: &[Raw<'_>]) -> Prepared {
        let mut words = Words::default();
        let file = words.of(self.path);
        let mut known = Known { words, file, records: Vec::with_capacity(raws.len()) };
        let mut rows = Vec::with_capacity(raws.len());
        for raw in raws {
            let done = match self.mapping {
                Some((mapping, joined)) => self.mapped(raw, mapping, joined, &mut known, &mut rows),
                None => self.canonical(raw, &mut known).map(|told| rows.push(told)),
            };
            if let Err(BadRow { line, message }) = done {
                rows.push(Told::new(line, Content::Bad(message)));
            }
        }
        Prepared { rows, records: known.records }
    }

    fn canonical(&self, raw: &Raw<'_>, known: &mut Known) -> Result<Told, BadRow> {
        let mut fields = raw.fields()?;
        if matches!(raw, Raw::Cells { .. }) {
            fields = flat::canonical(fields);
        }
        let mut prepared = Told::new(raw.line(), Content::Nothing);
        if Header::is(&fields) {
            prepared.content = match Header::read(&fields, self.path, raw.line()) {
                Ok(header) => Content::Header(header),
                Err(error) => Content::Fatal(error),
            };
            return Ok(prepared);
        }
        let (keys, places) = self.screen.clean(&mut fields, &self.screen.mark(raw.text()));
        prepared.places = places;
        let own = fields.take("table");
        let stated = match (raw, own) {
            (Raw::Object { table: Some(table), .. }, _) => Some(*table),
            (_, None) => Some(self.table),
            (_, Some(word)) => word.as_str().and_then(|word| Table::named(&word.to_lowercase())),
        };
        match stated {
            None => {
                prepared.content =
                    Content::Bad("`table` names no table; known: workload, person, team, system".to_owned());
            }
            Some(Table::Records) => self.record(fields, keys, known, &mut prepared),
            Some(table) => {
                prepared.content = match table::entity(&fields) {
                    Ok(entity) => Content::Entity(table, entity),
                    Err(message) => Content::Bad(message),
                };
            }
        }
        Ok(prepared)
    }

    fn mapped(
        &self,
        raw: &Raw<'_>,
        mapping: &Mapping,
        joined: &[Joined],
        known: &mut Known,
        all: &mut Vec<Told>,
    ) -> Result<(), BadRow> {
        let Row { line, fields } = raw.row()?;
        let mut secrets: Vec<(usize, Vec<Key>, Option<Recognised>)> = Vec::new();
        let records = mapping.apply(fields, joined, &mut |record, secret| {
            let (keys, detector) = self.screen.take(secret);
            secrets.push((record, keys, detector));
        });
        for (index, mut mapped) in records.into_iter().enumerate() {
            // What a mapping makes of a row may be nowhere in its text.
            let nowhere = Marks::none();
            let (mut keys, places) = self.screen.clean(&mut mapped.fields, &nowhere);
            let (more, other_places) = self.screen.clean(&mut mapped.rest, &nowhere);
            keys.extend(more);
            for (_, hashed, detector) in secrets.iter().filter(|(record, ..)| *record == index) {
                keys.extend(hashed.iter().cloned());
                // The secret itself tells who issued it where the export does not.
                let unknown = |fields: &Fields<'_>, name: &str| {
                    fields.get(name).and_then(Cell::as_str).is_none_or(|word| matches!(word, "" | "unknown"))
                };
                if let Some(Recognised { detector, issuer }) = detector {
                    if unknown(&mapped.fields, "provider_type") {
                        mapped.fields.insert("provider_type", Cell::text(detector));
                    }
                    if let Some(issuer) = issuer.filter(|_| unknown(&mapped.fields, "issuer")) {
                        mapped.fields.insert("issuer", Cell::text(issuer));
                    }
                }
            }
            let mut places_of_all = mapped.secrets;
            places_of_all.extend(places);
            places_of_all.extend(other_places);
            places_of_all.sort();
            places_of_all.dedup();
            let mut prepared = Told::new(line, Content::Nothing);
            (prepared.problems, prepared.places) = (mapped.problems, places_of_all);
            if !mapped.rest.is_empty() {
                mapped.fields.insert("ext", Cell::Object(mapped.rest));
            }
            self.record(mapped.fields, keys, known, &mut prepared);
            all.push(prepared);
        }
        Ok(())
    }

    fn record(&self, mut fields: Fields<'_>, keys: Vec<Key>, known: &mut Known, prepared: &mut Told) {
        if prepared.places.iter().any(|place| place == "id") {
            // The row still registers its credential; it only needs another name.
            fields.insert("id", Value::from(format!("{}:{}", self.path, prepared.line)).into());
        }
        prepared.content = match row::record(fields, &mut known.words, &known.file, prepared.line) {
            Ok((mut record, problems)) => {
                prepared.problems.extend(problems);
                for key in keys {
                    if !record.keys.contains(&key) {
                        record.keys.push(key);
                    }
                }
                known.records.push(record);
                Content::Record
            }
            Err(message) => Content::Bad(message),
        };
    }
}

impl Told {
    const fn new(line: u32, content: Content) -> Self {
        Self { line, content, problems: Vec::new(), places: Vec::new() }
    }
}

/// What rows that are prepared together have in common.
struct Known {
    words: Words,
    /// Reported path.
    file: Word,
    /// The records so far.
    records: Vec<Record>,
}

/// The detector that knows a secret, and who issues such.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Recognised {
    pub(super) detector: &'static str,
    pub(super) issuer: Option<&'static str>,
}
