//! Sibling tables: workloads, people, teams and systems, which turn "the owner is gone" into a fact.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry as Slot;

use super::cell::{Cell, Fields};
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

    /// The team of whoever signs as this, where the tables know one such person and do not say that the team is gone.
    #[must_use]
    pub fn team_of(&self, signature: &str) -> Option<&str> {
        let is = |name: &String| name.eq_ignore_ascii_case(signature.trim());
        let mut known = self.people.as_ref()?.values().filter(|one| is(&one.id) || one.names.iter().any(is));
        // Two people of one name: nobody can tell which it was.
        let person = known.next().filter(|_| known.next().is_none())?;
        let team = person.team.as_deref()?;
        let state = self.teams.as_ref().and_then(|teams| teams.get(team)?.state.as_deref());
        (!matches!(state, Some("disbanded" | "decommissioned"))).then_some(team)
    }

    /// Takes in a row of a table.
    ///
    /// # Errors
    ///
    /// Where the table has its id already.
    pub fn absorb(&mut self, table: Table, entity: Entity) -> Result<(), String> {
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

/// What a row of a table says.
///
/// # Errors
///
/// Where it has no id.
pub(super) fn entity(fields: &Fields<'_>) -> Result<Entity, String> {
    let text = |cell: &Cell<'_>| cell.scalar().map(std::borrow::Cow::into_owned);
    let field = |name: &str| fields.get(name).and_then(text);
    let list = |name: &str| -> Vec<String> {
        match fields.get(name) {
            Some(Cell::List(cells)) => cells.iter().filter_map(text).collect(),
            Some(cell) => text(cell).into_iter().collect(),
            None => Vec::new(),
        }
    };
    let id = field("id").ok_or("`id` is missing")?;
    let state = field("state").or_else(|| field("status")).map(|word| word.to_lowercase());
    let names = ["name", "names", "email", "emails"].into_iter().flat_map(list).collect();
    Ok(Entity { id, state, servers: list("servers"), team: field("team"), names })
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
    fn a_team_is_had_from_whoever_has_signed_unless_two_could_be_meant_or_it_is_gone() {
        let mut tables = Tables::default();
        for (table, row) in [
            (
                Table::People,
                json!({"id": "ada", "name": "Ada L", "email": "ada@example.com", "team": "iam", "state": "departed"}),
            ),
            (Table::People, json!({"id": "bo", "names": ["Bo B", "bob"], "team": "old"})),
            (Table::People, json!({"id": "bob", "team": "sre"})),
            (Table::People, json!({"id": "cy"})),
            (Table::Teams, json!({"id": "old", "state": "disbanded"})),
        ] {
            tables.absorb(table, entity(&row.as_object().unwrap().into()).unwrap()).unwrap();
        }
        for (signature, team) in [
            ("Ada L", Some("iam")),
            ("ADA@example.com ", Some("iam")),
            ("ada", Some("iam")),
            ("Bo B", None),
            ("bob", None),
            ("cy", None),
            ("nobody", None),
        ] {
            assert_eq!(tables.team_of(signature), team, "{signature}");
        }
    }

    #[test]
    fn a_row_is_kept_once_and_a_contradiction_is_refused() {
        let mut tables = Tables::default();
        let row = |state: &str| json!({"id": "x", "state": state, "servers": ["a", "b"]});
        let mut absorb =
            |value: serde_json::Value| tables.absorb(Table::Systems, entity(&value.as_object().unwrap().into())?);
        assert_eq!((absorb(row("Active")), absorb(row("active"))), (Ok(()), Ok(())));
        assert!(absorb(row("decommissioned")).is_err() && absorb(json!({"state": "active"})).is_err());
        let systems = tables.systems.unwrap();
        assert_eq!((systems["x"].state.as_deref(), systems["x"].servers.len()), (Some("active"), 2));
    }
}
