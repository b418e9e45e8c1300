//! A second file: what its rows add to the rows of the first, by a value that both hold. The order of rows is all one.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Map, Value};

use super::Format;
use super::column::{Column, text};
use super::key::KeyRule;
use super::spec::Spec;

/// A second file that has what the rows lack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::inventory) struct Join {
    /// Its name.
    pub(super) file: String,
    /// Path and line of the mapping where it is named.
    pub(super) named_at: String,
    pub(super) format: Option<Format>,
    pub(super) rows: Column,
    pub(super) optional: bool,
    pub(super) left: Spec,
    pub(super) right: Spec,
    pub(super) fields: Vec<(String, Spec)>,
    pub(super) keys: Vec<KeyRule>,
}

/// What the rows of a second file say of one row of the first.
#[derive(Debug, Default)]
pub(in crate::inventory) struct Addition {
    fields: Vec<(String, Value)>,
    /// Match entries in canonical form, as text, so that their order is total.
    entries: BTreeSet<String>,
}

/// The second file by the value that both hold.
pub(in crate::inventory) type Joined = HashMap<String, Addition>;

impl Join {
    /// Name of the file, which lies beside the export.
    pub(in crate::inventory) fn file(&self) -> &str {
        &self.file
    }

    /// Where the mapping names it: `path:line`.
    pub(in crate::inventory) fn named_at(&self) -> &str {
        &self.named_at
    }

    /// Whether the records are of use without it.
    pub(in crate::inventory) const fn is_optional(&self) -> bool {
        self.optional
    }

    pub(in crate::inventory) const fn format(&self) -> Option<Format> {
        self.format
    }

    pub(in crate::inventory) fn rows(&self) -> &Column {
        &self.rows
    }

    /// Takes in a row of the second file, and takes out of it what was used, so that only the rest needs a look.
    pub(in crate::inventory) fn absorb(&self, joined: &mut Joined, row: &mut Map<String, Value>) {
        let Some(key) = self.right.text(row) else { return };
        let addition = joined.entry(key).or_default();
        for (target, spec) in &self.fields {
            if let Some(value) = spec.value(row).filter(|value| !value.is_null()) {
                addition.add(target, value);
            }
        }
        for entry in self.keys.iter().flat_map(|rule| rule.entries(row)) {
            addition.entries.insert(entry.to_string());
        }
        let mut columns = Vec::new();
        self.keys.iter().for_each(|rule| rule.columns(&mut columns));
        self.right.columns(&mut columns);
        columns.sort();
        columns.dedup();
        for column in columns {
            column.remove(row);
        }
    }

    /// What the second file adds to a row of the first.
    pub(super) fn find<'j>(&self, joined: &'j Joined, row: &Map<String, Value>) -> Option<&'j Addition> {
        joined.get(&self.left.text(row)?)
    }

    pub(super) fn left_columns<'s>(&'s self, into: &mut Vec<&'s Column>) {
        self.left.columns(into);
    }
}

impl Addition {
    /// Adds what another row says: lists grow, of dates the latest counts, of anything else the first in order.
    fn add(&mut self, target: &str, value: Value) {
        let Some((_, known)) = self.fields.iter_mut().find(|(name, _)| name == target) else {
            let value = if is_list(target) { sorted(values(value)) } else { value };
            self.fields.push((target.to_owned(), value));
            return;
        };
        if is_list(target) {
            let mut all = values(known.take());
            all.extend(values(value));
            *known = sorted(all);
        } else {
            let comparable = |value: &Value| text(value).unwrap_or_default();
            let later = comparable(&value).cmp(&comparable(known));
            let wanted = if target.ends_with("_at") { std::cmp::Ordering::Greater } else { std::cmp::Ordering::Less };
            if later == wanted {
                *known = value;
            }
        }
    }

    /// Fields to fill in where the row itself is silent, or to join to its lists and dates.
    pub(super) fn apply(&self, flat: &mut Map<String, Value>) {
        for (target, value) in &self.fields {
            match flat.get_mut(target) {
                None | Some(Value::Null) => drop(flat.insert(target.clone(), value.clone())),
                Some(own) if is_list(target) => {
                    let mut all = values(own.take());
                    all.extend(values(value.clone()));
                    *own = sorted(all);
                }
                Some(own) if target.ends_with("_at") && text(own) < text(value) => *own = value.clone(),
                Some(_) => {}
            }
        }
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = Value> {
        self.entries.iter().filter_map(|entry| serde_json::from_str(entry).ok())
    }
}

fn is_list(target: &str) -> bool {
    matches!(target, "scopes" | "observed_scopes" | "locations" | "workload" | "workload_id")
}

fn values(value: Value) -> Vec<Value> {
    match value {
        Value::Array(values) => values,
        Value::String(text) => {
            text.split(['|', ',']).map(str::trim).filter(|part| !part.is_empty()).map(Value::from).collect()
        }
        Value::Null => Vec::new(),
        value => vec![value],
    }
}

fn sorted(mut values: Vec<Value>) -> Value {
    values.sort_by_cached_key(text);
    values.dedup();
    Value::Array(values)
}
