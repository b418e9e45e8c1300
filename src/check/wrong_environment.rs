//! A production credential outside production.

use super::{Check, Evidence, Meta, Sink, wording};

declare! {
    /// ## What it does
    ///
    /// Reports a credential whose row says production at a place that the policy's globs classify as something else. A
    /// place that no glob matches is not judged.
    ///
    /// ## Why it is bad
    ///
    /// Environments outside production are guarded less, and more people and agents work in them. The credential carries
    /// production's rights there.
    ///
    /// ## What to do
    ///
    /// Rotate it, and issue the other environment a credential of its own.
    WrongEnvironment {
        id: "wrong-environment",
        title: "Production credential outside production",
        severity: 8.8,
        needs: [Inventory, Environments],
        nhi: ["NHI8"],
        mcp: ["MCP01"],
        asi: ["ASI03"],
        csf: ["PR.AA-05"],
        cwe: [668],
    }
}

impl Check for WrongEnvironment {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, evidence: &Evidence<'_>, sink: &mut Sink<'_>) {
        for (found, row) in evidence.registered() {
            if !row.record.environment.as_deref().is_some_and(wording::is_production) {
                continue;
            }
            let place = evidence.policy.environment(&found.occurrence.location.origin.path);
            if let Some(place) = place.filter(|place| !wording::is_production(place)) {
                let (what, row, place) = (wording::what(&found), wording::row(row), wording::code(place));
                sink.at(&found).because(format!("{what} is a production credential by {row}, but stands in {place}"));
            }
        }
    }
}
