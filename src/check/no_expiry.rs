//! A credential that is declared to live for ever.

use super::{Check, Evidence, Meta, Sink, lifetime, wording};
use crate::inventory::record::Expiry;

declare! {
    /// ## What it does
    ///
    /// Reports a credential whose row declares that it never expires (`expires_at: null`), where the policy sets a
    /// lifetime for its issuer. A row that does not say is a matter of `missing-metadata`.
    ///
    /// ## Why it is bad
    ///
    /// A leak of it never heals by itself, and it stays after everyone who knew of it has left.
    ///
    /// ## What to do
    ///
    /// Have it reissued with an expiry within the policy's lifetime, and renew it by machine.
    NoExpiry {
        id: "no-expiry",
        title: "Credential never expires",
        severity: 6.5,
        needs: [Inventory, MaxLifetime],
        nhi: ["NHI7"],
        mcp: ["MCP01"],
        asi: ["ASI03"],
        csf: ["PR.AA-01"],
        cwe: [613, 262],
    }
}

impl Check for NoExpiry {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, evidence: &Evidence<'_>, sink: &mut Sink<'_>) {
        for (found, row) in evidence.registered().filter(|(_, row)| row.record.expires_at == Expiry::Never) {
            let Some(max) = lifetime::rules(evidence, row).max_days else { continue };
            sink.at(&found).because(format!(
                "{} never expires by {}, though the policy allows {max} days",
                wording::what(&found),
                wording::row(row)
            ));
        }
    }
}
