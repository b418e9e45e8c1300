//! A credential that is not to be used for now, still in place.

use super::{Check, Evidence, Meta, Sink, wording};
use crate::inventory::State;

declare! {
    /// ## What it does
    ///
    /// Reports a credential that is present although its row is suspended.
    ///
    /// ## Why it is bad
    ///
    /// Somebody stopped this identity for a reason. The moment it is resumed, every copy that was left lying works
    /// again.
    ///
    /// ## What to do
    ///
    /// Ask the owner why it is suspended. Delete it here, and have a fresh one issued when the identity returns.
    SuspendedPresent {
        id: "suspended-present",
        title: "Suspended credential is still present",
        severity: 5.0,
        needs: [Inventory],
        nhi: ["NHI1"],
        mcp: ["MCP01"],
        asi: [],
        csf: ["PR.AA-01"],
        cwe: [613],
    }
}

impl Check for SuspendedPresent {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, evidence: &Evidence<'_>, sink: &mut Sink<'_>) {
        for (found, row) in evidence.registered().filter(|(_, row)| row.record.state == State::Suspended) {
            sink.at(&found).because(format!(
                "{} is still present, but {} is suspended",
                wording::what(&found),
                wording::row(row)
            ));
        }
    }
}
