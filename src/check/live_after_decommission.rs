//! A credential whose automatic revocation failed.

use super::lifecycle;
use super::{Check, Evidence, Meta, Sink, wording};

declare! {
    /// ## What it does
    ///
    /// Reports a credential that is present, whose row is still active, although its workload or system is
    /// decommissioned.
    ///
    /// ## Why it is bad
    ///
    /// Taking the workload down should have revoked it and did not. It still opens everything that it ever opened, and
    /// the process that everyone relies on is broken for others too.
    ///
    /// ## What to do
    ///
    /// Revoke it at its issuer at once, then repair the automation that should have. An exception for this check may
    /// last seven days at most.
    LiveAfterDecommission {
        id: "live-after-decommission",
        title: "Credential is live after its workload was decommissioned",
        severity: 9.3,
        needs: [Inventory],
        nhi: ["NHI1"],
        mcp: ["MCP01"],
        asi: ["ASI03", "ASI10"],
        csf: ["PR.AA-01", "PR.AA-05"],
        cwe: [672, 613],
    }
}

impl Check for LiveAfterDecommission {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, evidence: &Evidence<'_>, sink: &mut Sink<'_>) {
        let Some(inventory) = evidence.inventory else { return };
        for (found, row) in evidence.registered() {
            let Some(gone) = lifecycle::gone(row.record, &inventory.tables) else { continue };
            if lifecycle::is_live(&found, row.record, evidence.now) {
                sink.at(&found).because(format!(
                    "{} is present and {} is still active, though {gone}: it was not revoked",
                    wording::what(&found),
                    wording::row(row)
                ));
            }
        }
    }
}
