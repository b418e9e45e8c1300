//! A credential for which nobody answers any more.

use std::collections::{BTreeMap, BTreeSet};

use super::wording::{self, code};
use super::{Check, Evidence, Meta, Sink};
use crate::inventory::{Entity, Inventory, Owner, Record, State};

declare! {
    /// ## What it does
    ///
    /// Reports a credential whose row names no owner, a placeholder, or an owner who departed or was disbanded. With
    /// `person` or `team` tables, an owner of that kind who is not in the table counts as unknown. A row that is still
    /// active is reported at its line in the export even where its credential was not found, except on a mere change
    /// (`--staged`, `--range`).
    ///
    /// ## Why it is bad
    ///
    /// Nobody rotates it, nobody answers when it is misused, and whoever left may still know it.
    ///
    /// ## What to do
    ///
    /// Assign a team that is there today, and have it rotate the credential. Revoke it where no team claims it.
    OrphanedOwner {
        id: "orphaned-owner",
        title: "Credential has no owner any more",
        severity: 8.1,
        needs: [Inventory],
        nhi: ["NHI1"],
        mcp: ["MCP01"],
        asi: ["ASI03"],
        csf: ["PR.AA-01"],
        cwe: [282, 283],
    }
}

impl Check for OrphanedOwner {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, evidence: &Evidence<'_>, sink: &mut Sink<'_>) {
        let Some(inventory) = evidence.inventory else { return };
        let roster = Roster::of(inventory);
        let mut present = BTreeSet::new();
        for (found, row) in evidence.registered() {
            present.insert(row.index());
            if let Some(why) = roster.orphaned(row.record) {
                let record = code(&row.record.id);
                sink.at(&found).because(format!("{} is present, but record {record} {why}", wording::what(&found)));
            }
        }
        if evidence.mode.is_change() {
            return;
        }
        let unseen = evidence.rows().filter(|row| !present.contains(&row.index()));
        for row in unseen.filter(|row| row.record.state == State::Active) {
            if let Some(why) = roster.orphaned(row.record) {
                sink.on(row).because(format!("record {} is active, but {why}", code(&row.record.id)));
            }
        }
    }
}

/// The people and teams that the inventory knows, by lower-case id; a table that was not given is `None`.
struct Roster<'a> {
    people: Option<BTreeMap<String, &'a Entity>>,
    teams: Option<BTreeMap<String, &'a Entity>>,
}

impl<'a> Roster<'a> {
    fn of(inventory: &'a Inventory) -> Self {
        let index = |table: &'a Option<BTreeMap<String, Entity>>| {
            Some(table.as_ref()?.values().map(|entity| (folded(&entity.id), entity)).collect())
        };
        Self { people: index(&inventory.tables.people), teams: index(&inventory.tables.teams) }
    }

    /// Why nobody answers for a row, as the end of a sentence about it.
    fn orphaned(&self, record: &Record) -> Option<String> {
        let Some(owner) = &record.owner else { return Some("names no owner".to_owned()) };
        if owner.id.trim().is_empty() {
            return Some("names no owner".to_owned());
        }
        if wording::is_placeholder(&owner.id) {
            return Some(format!("names {} as its owner, which is a placeholder", code(&owner.id)));
        }
        let tables = match owner.kind.trim().to_ascii_lowercase().as_str() {
            "person" | "human" | "user" => vec![("person", &self.people)],
            "team" | "group" => vec![("team", &self.teams)],
            // Services and vendors are in no table of ours; an owner of unknown kind may be in either.
            "service" | "vendor" => vec![],
            _ => vec![("person", &self.people), ("team", &self.teams)],
        };
        Self::look_up(owner, &tables)
    }

    fn look_up(owner: &Owner, tables: &[(&str, &Option<BTreeMap<String, &Entity>>)]) -> Option<String> {
        let given: Vec<_> = tables.iter().filter_map(|(kind, table)| Some((*kind, table.as_ref()?))).collect();
        let id = folded(&owner.id);
        for (_, table) in &given {
            let Some(entity) = table.get(&id) else { continue };
            let state = entity.state.as_deref().map(str::trim).unwrap_or_default().to_ascii_lowercase();
            return match state.as_str() {
                "" | "active" | "unknown" => None,
                gone => Some(format!("names the owner {}, who is {gone}", code(&wording::owner(owner)))),
            };
        }
        // An owner of unknown kind is missing only if every table in which it could be was given.
        if given.is_empty() || given.len() < tables.len() {
            return None;
        }
        let kinds: Vec<&str> = given.iter().map(|(kind, _)| *kind).collect();
        Some(format!("names the owner {}, who is in no {} table", code(&wording::owner(owner)), kinds.join(" or ")))
    }
}

fn folded(id: &str) -> String {
    id.trim().to_lowercase()
}
