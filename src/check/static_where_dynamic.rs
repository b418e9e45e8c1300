//! A long-lived secret where a short-lived one could be had.

use super::{Check, Evidence, Found, Meta, Sink, wording};

declare! {
    /// ## What it does
    ///
    /// Reports a static credential of an issuer for which the policy says that short-lived ones are available. A
    /// credential whose row calls it dynamic, which states its own expiry, or which is a temporary AWS key, is not
    /// static.
    ///
    /// ## Why it is bad
    ///
    /// A static secret has to be stored, and what is stored is copied. A short-lived one is gone before it is found.
    ///
    /// ## What to do
    ///
    /// Use workload identity federation or a secret manager's dynamic secrets, and revoke the static one.
    StaticWhereDynamic {
        id: "static-where-dynamic",
        title: "Static credential where short-lived ones are available",
        severity: 4.8,
        needs: [DynamicIssuers],
        nhi: ["NHI7", "NHI4"],
        mcp: ["MCP01"],
        asi: ["ASI03"],
        csf: ["PR.AA-03"],
        cwe: [1391],
    }
}

impl Check for StaticWhereDynamic {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, evidence: &Evidence<'_>, sink: &mut Sink<'_>) {
        for found in evidence.found().filter(is_static) {
            let Some(issuer) = found.row.map(|row| row.record.issuer.as_str()).or(found.credential.issuer) else {
                continue;
            };
            if evidence.policy.dynamic_issuers.iter().any(|dynamic| dynamic == issuer) {
                let (what, issuer) = (wording::what(&found), wording::code(issuer));
                sink.at(&found).because(format!("{what} is static, though {issuer} issues short-lived ones"));
            }
        }
    }
}

fn is_static(found: &Found<'_>) -> bool {
    let facts = &found.credential.identity.facts;
    found.row.and_then(|row| row.record.is_static).unwrap_or_else(|| {
        // Keys of AWS STS begin with ASIA, long-lived ones with AKIA.
        facts.expires_at.is_none() && !facts.key_id.as_deref().is_some_and(|id| id.starts_with("ASIA"))
    })
}
