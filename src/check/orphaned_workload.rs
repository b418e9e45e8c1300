//! A credential that outlived what it was issued for.

use super::lifecycle;
use super::{Check, Evidence, Meta, Sink, wording};

declare! {
    /// ## What it does
    ///
    /// Reports a credential that is present although its row, the workload it is bound to, or its system is
    /// decommissioned: by the row's own state and dates, or by the `workload` and `system` tables.
    ///
    /// ## Why it is bad
    ///
    /// No one watches what it does any more. It is access without a user, which is what an intruder looks for.
    ///
    /// ## What to do
    ///
    /// Revoke it at its issuer, then delete it here. If another workload took it over, issue that one a credential of
    /// its own.
    OrphanedWorkload {
        id: "orphaned-workload",
        title: "Credential of a decommissioned workload is still present",
        severity: 8.6,
        needs: [Inventory],
        nhi: ["NHI1"],
        mcp: ["MCP01"],
        asi: ["ASI03"],
        csf: ["PR.AA-01"],
        cwe: [282],
    }
}

impl Check for OrphanedWorkload {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, evidence: &Evidence<'_>, sink: &mut Sink<'_>) {
        let Some(inventory) = evidence.inventory else { return };
        for (found, row) in evidence.registered() {
            let why = lifecycle::decommissioned(row.record, evidence.now)
                .or_else(|| Some(format!("lives on while {}", lifecycle::gone(row.record, &inventory.tables)?)));
            let Some(why) = why else { continue };
            sink.at(&found).because(format!(
                "{} is still present, but {} {why}",
                wording::what(&found),
                wording::row(row)
            ));
        }
    }
}
