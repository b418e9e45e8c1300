//! A registered credential where it does not belong.

use std::collections::BTreeSet;

use super::place::{ends_with, is_asset};
use super::{Check, Evidence, Found, Meta, Sink, wording};
use crate::inventory::record::DeclaredLocation;
use crate::policy::environment;
use crate::source::origin::Place;

declare! {
    /// ## What it does
    ///
    /// Reports a registered credential at a place that neither its row lists nor the policy allows for its environment:
    /// that of the row, else that of the path, else `default`. Without `[places]` in the policy, rows that list no place
    /// are passed over.
    ///
    /// ## Why it is bad
    ///
    /// Somebody took it from where it is guarded to where it is not.
    ///
    /// ## What to do
    ///
    /// Remove it, rotate it, and put a reference to the secret manager in its place. If it belongs here, have the owner
    /// add the place to the row.
    WrongLocation {
        id: "wrong-location",
        title: "Credential is at a place that is not allowed",
        severity: 6.6,
        needs: [Inventory, Places],
        nhi: ["NHI2"],
        mcp: ["MCP01"],
        asi: ["ASI03"],
        csf: ["PR.AA-05"],
        cwe: [522, 922],
    }
}

impl Check for WrongLocation {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, evidence: &Evidence<'_>, sink: &mut Sink<'_>) {
        let places = &evidence.policy.places;
        for (found, row) in evidence.registered() {
            let origin = &found.occurrence.location.origin;
            let environment = row.record.environment.as_deref().or_else(|| evidence.policy.environment(&origin.path));
            let allowed = environment.and_then(|name| places.get(name)).or_else(|| places.get("default"));
            let listed = &row.record.locations;
            let kind = origin.place.as_str();
            if (allowed.is_none() && listed.is_empty())
                || allowed.is_some_and(|allowed| allowed.iter().any(|place| place == kind))
                || listed.iter().any(|place| is_at(&found, place))
            {
                continue;
            }
            let (whose, kinds) = match allowed {
                Some(allowed) => ("allowed are", allowed.iter().map(String::as_str).collect::<BTreeSet<_>>()),
                None => ("the row lists", listed.iter().map(|place| place.kind.as_str()).collect()),
            };
            sink.at(&found).because(format!(
                "{} of {} is at a place of kind {}; {whose} {}",
                wording::what(&found),
                wording::row(row),
                wording::code(kind),
                wording::list(kinds)
            ));
        }
    }
}

/// Whether an occurrence is at a place that its row lists.
fn is_at(found: &Found<'_>, place: &DeclaredLocation) -> bool {
    let origin = &found.occurrence.location.origin;
    let is_kind = match origin.place {
        Place::Repo => matches!(place.kind.as_str(), "repo" | "config"),
        Place::HostConfig => matches!(place.kind.as_str(), "host" | "host_config" | "config"),
        Place::Env => place.kind == "env",
    };
    // A row may name the place as the system does, where the report begins at the home directory.
    let from_home = place.path.as_deref().and_then(environment::from_home);
    is_kind
        && place.reference.as_deref().is_none_or(|stated| is_asset(&origin.asset.id, stated))
        && (place.path.as_deref().is_none_or(|stated| ends_with(&origin.path, stated))
            || from_home
                .is_some_and(|path| environment::from_home(&origin.path).as_ref().unwrap_or(&origin.path) == &path))
        && (place.pointer.is_none() || place.pointer.as_deref() == found.occurrence.slot.pointer.as_deref())
}
