//! From a row of a foreign export to the fields of a record, with what is left of the row.

use serde_json::{Map, Value};

use super::super::cell::Fields;
use super::super::flat;
use super::column::{Column, text};
use super::join::Joined;
use super::{Mapping, Rule, When};

/// A row in canonical fields.
#[derive(Debug, Default)]
pub(in crate::inventory) struct Mapped {
    /// Canonical fields.
    pub(in crate::inventory) fields: Fields<'static>,
    /// What no field was made of, under its own names.
    pub(in crate::inventory) rest: Fields<'static>,
    /// What the mapping could not read.
    pub(in crate::inventory) problems: Vec<String>,
    /// Columns that held a secret in the clear; they are in neither.
    pub(in crate::inventory) secrets: Vec<String>,
}

impl Mapping {
    /// The records of a row. `joined` holds the second files in the order of [`Mapping::joins`]; `take` is handed every
    /// secret that a column is known to hold, and the place of the record that it belongs to.
    pub(in crate::inventory) fn apply(
        &self,
        row: Map<String, Value>,
        joined: &[Joined],
        take: &mut dyn FnMut(usize, &str),
    ) -> Vec<Mapped> {
        let mut found = Vec::new();
        let mut rest = joined;
        let mut row = Some(row);
        for (index, rule) in self.rules.iter().enumerate() {
            let (own, others) = rest.split_at(rule.joins.len().min(rest.len()));
            rest = others;
            let is_last = index + 1 == self.rules.len();
            let Some(row) = (if is_last { row.take() } else { row.clone() }) else { continue };
            for row in rule.each(row) {
                if rule.when.as_ref().is_none_or(|when| when.holds(&row)) {
                    let place = found.len();
                    found.push(rule.record(row, own, &mut |secret| take(place, secret)));
                }
            }
        }
        found
    }
}

impl When {
    fn holds(&self, row: &Map<String, Value>) -> bool {
        let word = self.column.get(row).and_then(text).unwrap_or_default();
        self.words.iter().any(|one| one.eq_ignore_ascii_case(&word)) == self.wanted
    }
}

impl Rule {
    /// The row itself, or a copy for each element of the list or object in it.
    fn each(&self, mut row: Map<String, Value>) -> Vec<Map<String, Value>> {
        let Some(each) = &self.each else { return vec![row] };
        let elements: Vec<Value> = match each.get(&row).cloned() {
            Some(Value::Array(values)) => values,
            Some(Value::Object(fields)) => {
                fields.into_iter().map(|(key, value)| serde_json::json!({ "key": key, "value": value })).collect()
            }
            _ => Vec::new(),
        };
        each.put(&mut row, Value::Null);
        let copy = |element| {
            let mut copy = row.clone();
            each.put(&mut copy, element);
            copy
        };
        elements.into_iter().map(copy).collect()
    }

    fn record(&self, mut row: Map<String, Value>, joined: &[Joined], take: &mut dyn FnMut(&str)) -> Mapped {
        let mut mapped = Mapped::default();
        let mut flat: Map<String, Value> =
            self.defaults.iter().map(|(target, word)| (name(target), Value::from(word.as_str()))).collect();
        for (target, spec) in &self.fields {
            match spec.value(&row) {
                // `null` says that there is no expiry; of anything else it says nothing.
                Some(Value::Null) if target != "expires_at" => {}
                Some(value) => drop(flat.insert(name(target), shaped(target, value))),
                None if spec.maps() && spec.is_stated(&row) => {
                    mapped.problems.push(format!("the mapping does not know the word that stands for `{target}`"));
                }
                None => {}
            }
        }
        let mut entries: Vec<Value> =
            self.keys.iter().filter(|key| !key.is_plaintext()).flat_map(|key| key.entries(&row)).collect();
        for (join, joined) in self.joins.iter().zip(joined) {
            if let Some(addition) = join.find(joined, &row) {
                addition.apply(&mut flat);
                entries.extend(addition.entries());
            }
        }
        for key in self.keys.iter().filter(|key| key.is_plaintext()) {
            let mut held = false;
            key.plaintexts(&row, &mut |secret| {
                if !secret.trim().is_empty() {
                    held = true;
                    take(secret);
                }
            });
            if held {
                let mut columns = Vec::new();
                key.columns(&mut columns);
                mapped.secrets.extend(columns.iter().map(|column| column.segments().join("/")));
            }
        }
        flat.entry("state").or_insert_with(|| Value::from("unknown"));
        if !entries.is_empty() {
            flat.insert("match".to_owned(), Value::Array(entries));
        }
        for column in self.columns() {
            column.remove(&mut row);
        }
        mapped.fields = flat::canonical(flat.into());
        mapped.rest = row.into();
        mapped
    }

    /// Every column that something is made of, parents behind what is in them.
    fn columns(&self) -> Vec<&Column> {
        let mut columns = Vec::new();
        self.fields.iter().for_each(|(_, spec)| spec.columns(&mut columns));
        self.keys.iter().for_each(|key| key.columns(&mut columns));
        self.joins.iter().for_each(|join| join.left_columns(&mut columns));
        columns.sort();
        columns.dedup();
        columns.reverse();
        columns
    }
}

/// The canonical name of a target.
fn name(target: &str) -> String {
    match target {
        "owner_id" => "owner",
        "workload_id" => "workload",
        "workload_server" => "server",
        other => other,
    }
    .to_owned()
}

/// Scopes as vendors write them: a list, a text with blanks or commas, or an object of levels by permission.
fn shaped(target: &str, value: Value) -> Value {
    if !matches!(target, "scopes" | "observed_scopes") {
        return value;
    }
    match value {
        Value::Object(_) => {
            let mut scopes = Vec::new();
            levels(&value, "", &mut scopes);
            scopes.into()
        }
        Value::String(text) => text.split([' ', ',', '|']).filter(|scope| !scope.is_empty()).map(Value::from).collect(),
        Value::Array(values) => values.iter().filter_map(scope).map(Value::from).collect(),
        other => other,
    }
}

/// An element of a list of scopes: a word, or an object that has a name.
fn scope(value: &Value) -> Option<String> {
    text(value).or_else(|| ["name", "id", "scope", "role"].iter().find_map(|name| text(value.get(name)?)))
}

/// `{"repository": {"issues": "read"}}` is `issues:read`. Depth is bounded by the JSON parser's own limit.
fn levels(value: &Value, name: &str, scopes: &mut Vec<String>) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, value)| levels(value, name, scopes)),
        Value::Bool(false) | Value::Null => {}
        Value::Bool(true) => scopes.push(name.to_owned()),
        value => scopes.extend(text(value).filter(|level| level != "none").map(|level| format!("{name}:{level}"))),
    }
}
