//! Sibling tables: workloads, people, teams and systems, which turn "the owner is gone" into a fact.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry as Slot;

use serde_json::{Map, Value};

use super::export::Table;
use super::{Entity, Tables};

impl Tables {
    /// Marks a table as given, so that an id that is missing from it is known to be missing.
    pub fn open(&mut self, table: Table) -> Option<&mut BTreeMap<String, Entity>> {
        let slot = match table {
            Table::Workloads => &mut self.workloads,
            Table::People => &mut self.people,
            Table::Teams => &mut self.teams,
            Table::Systems => &mut self.systems,
            Table::Records => return None,
        };
        Some(slot.get_or_insert_default())
    }

    /// Takes in a row of a table.
    ///
    /// # Errors
    ///
    /// Where the row has no id, or one that the table has already.
    pub fn absorb(&mut self, table: Table, fields: &Map<String, Value>) -> Result<(), String> {
        let entity = entity(fields)?;
        let Some(rows) = self.open(table) else { return Ok(()) };
        match rows.entry(entity.id.clone()) {
            Slot::Vacant(slot) => drop(slot.insert(entity)),
            // Two exports may repeat each other; they must not contradict each other silently.
            Slot::Occupied(slot) if *slot.get() == entity => {}
            Slot::Occupied(_) => return Err("the table has that `id` already, with other fields".to_owned()),
        }
        Ok(())
    }
}

fn entity(fields: &Map<String, Value>) -> Result<Entity, String> {
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    };
    let field = |name: &str| fields.get(name).and_then(text);
    let servers = match fields.get("servers") {
        Some(Value::Array(values)) => values.iter().filter_map(text).collect(),
        Some(value) => text(value).into_iter().collect(),
        None => Vec::new(),
    };
    let id = field("id").ok_or("`id` is missing")?;
    let state = field("state").or_else(|| field("status")).map(|word| word.to_lowercase());
    Ok(Entity { id, state, servers })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_table_that_was_not_given_is_told_apart_from_an_empty_one() {
        let mut tables = Tables::default();
        assert!(tables.people.is_none() && tables.open(Table::People).is_some());
        assert_eq!(tables.people, Some(BTreeMap::new()));
        assert!(tables.teams.is_none() && tables.open(Table::Records).is_none());
    }

    #[test]
    fn a_row_is_kept_once_and_a_contradiction_is_refused() {
        let mut tables = Tables::default();
        let row = |state: &str| json!({"id": "x", "state": state, "servers": ["a", "b"]});
        let mut absorb = |value: Value| tables.absorb(Table::Systems, value.as_object().unwrap());
        assert_eq!((absorb(row("Active")), absorb(row("active"))), (Ok(()), Ok(())));
        assert!(absorb(row("decommissioned")).is_err() && absorb(json!({"state": "active"})).is_err());
        let systems = tables.systems.unwrap();
        assert_eq!((systems["x"].state.as_deref(), systems["x"].servers.len()), (Some("active"), 2));
    }
}
