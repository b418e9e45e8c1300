//! A credential that is about to expire.

use super::{Check, Evidence, Meta, Sink, lifetime, wording};
use crate::inventory::record::Expiry;

declare! {
    /// ## What it does
    ///
    /// Reports a credential that expires within the policy's `warn_days`.
    ///
    /// ## Why it is bad
    ///
    /// Whatever uses it is about to stop, and what is renewed in a hurry is copied by hand.
    ///
    /// ## What to do
    ///
    /// Rotate it now, while there is time to do it properly.
    ExpiringSoon {
        id: "expiring-soon",
        title: "Credential expires soon",
        severity: 2.0,
        needs: [Inventory, WarnDays],
        nhi: ["NHI7"],
        mcp: ["MCP01"],
        asi: [],
        csf: ["PR.AA-01"],
        cwe: [],
    }
}

impl Check for ExpiringSoon {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, evidence: &Evidence<'_>, sink: &mut Sink<'_>) {
        for (found, row) in evidence.registered() {
            let Expiry::At(end) = row.record.expires_at else { continue };
            let Some(warn) = lifetime::rules(evidence, row).warn_days else { continue };
            if end > evidence.now && !lifetime::is_longer(evidence.now, end, warn) {
                sink.at(&found).because(format!(
                    "{} expires on {} by {}",
                    wording::what(&found),
                    wording::day(end),
                    wording::row(row)
                ));
            }
        }
    }
}
