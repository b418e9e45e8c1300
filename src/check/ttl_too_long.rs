//! A credential that lives longer than the policy allows.

use super::{Check, Evidence, Meta, Sink, lifetime, wording};
use crate::inventory::record::Expiry;

declare! {
    /// ## What it does
    ///
    /// Reports a credential whose time from creation, or last rotation, to expiry is longer than the policy's
    /// `max_days` for its issuer.
    ///
    /// ## Why it is bad
    ///
    /// Expiry limits what a leak costs. The longer it is, the less it limits.
    ///
    /// ## What to do
    ///
    /// Have it reissued with a shorter life, and renew it by machine.
    TtlTooLong {
        id: "ttl-too-long",
        title: "Credential lives longer than the policy allows",
        severity: 5.9,
        needs: [Inventory, MaxLifetime],
        nhi: ["NHI7"],
        mcp: ["MCP01"],
        asi: ["ASI03"],
        csf: ["PR.AA-01"],
        cwe: [263],
    }
}

impl Check for TtlTooLong {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, evidence: &Evidence<'_>, sink: &mut Sink<'_>) {
        for (found, row) in evidence.registered() {
            let (Expiry::At(end), Some(born)) = (row.record.expires_at, lifetime::born(row.record)) else { continue };
            let Some(max) = lifetime::rules(evidence, row).max_days else { continue };
            if lifetime::is_longer(born, end, max) {
                sink.at(&found).because(format!(
                    "{} lives {} days by {}, from {} to {}; the policy allows {max}",
                    wording::what(&found),
                    lifetime::days(born, end),
                    wording::row(row),
                    wording::day(born),
                    wording::day(end)
                ));
            }
        }
    }
}
