//! What changed between two inventories: rows that came and went, and fields that say something else.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::{Inventory, canonical};

/// The differences, each list in order of id.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Difference {
    /// Ids of rows that only the new inventory has.
    pub added: Vec<String>,
    /// Ids of rows that only the old inventory has.
    pub removed: Vec<String>,
    /// Rows that both have.
    pub changed: Vec<Changed>,
}

/// A row that says something else.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Changed {
    /// Its id.
    pub id: String,
    /// Its fields.
    pub fields: Vec<Field>,
}

/// A field that says something else; `null` where it is absent.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// What it said.
    pub old: Value,
    /// What it says.
    pub new: Value,
}

impl Difference {
    /// Compares two inventories by the ids of their rows. What came and went of `ext` is passed over.
    #[must_use]
    pub fn between(old: &Inventory, new: &Inventory) -> Self {
        let lines = |inventory: &Inventory| -> BTreeMap<String, Value> {
            inventory.records.iter().map(|record| (record.id.clone(), canonical::line(record))).collect()
        };
        let (old, new) = (lines(old), lines(new));
        let mut difference = Self::default();
        difference.removed.extend(old.keys().filter(|id| !new.contains_key(*id)).cloned());
        for (id, line) in &new {
            let Some(before) = old.get(id) else {
                difference.added.push(id.clone());
                continue;
            };
            let fields = fields(before, line);
            if !fields.is_empty() {
                difference.changed.push(Changed { id: id.clone(), fields });
            }
        }
        difference
    }

    /// Whether both say the same.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.changed.is_empty()
    }
}

fn fields(old: &Value, new: &Value) -> Vec<Field> {
    let names = [old, new].into_iter().filter_map(Value::as_object).flat_map(|fields| fields.keys());
    let mut names: Vec<&String> = names.filter(|name| *name != "ext").collect();
    names.sort();
    names.dedup();
    let value = |line: &Value, name: &str| line.get(name).cloned().unwrap_or(Value::Null);
    names
        .into_iter()
        // A declared `null` is not the same as nothing.
        .filter(|name| old.get(name.as_str()) != new.get(name.as_str()))
        .map(|name| Field { name: name.clone(), old: value(old, name), new: value(new, name) })
        .collect()
}
