//! A credential that its issuer no longer honours, still in place.

use super::lifecycle;
use super::{Check, Evidence, Meta, Sink, wording};

declare! {
    /// ## What it does
    ///
    /// Reports a credential that is present although its row is revoked, by state or by date.
    ///
    /// ## Why it is bad
    ///
    /// Whatever reads it fails, or falls back to something worse. It also hides the next leak: people learn to pass over
    /// findings that are "only a dead token". And the row may be wrong.
    ///
    /// ## What to do
    ///
    /// Delete it here, or replace it by a reference to its successor.
    RevokedPresent {
        id: "revoked-present",
        title: "Revoked credential is still present",
        severity: 5.0,
        needs: [Inventory],
        nhi: ["NHI1"],
        mcp: ["MCP01"],
        asi: [],
        csf: ["PR.AA-01"],
        cwe: [672],
    }
}

impl Check for RevokedPresent {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, evidence: &Evidence<'_>, sink: &mut Sink<'_>) {
        for (found, row) in evidence.registered().filter(|(found, _)| evidence.is_present(found)) {
            let Some(revoked) = lifecycle::revoked(row.record, evidence.now) else { continue };
            sink.at(&found).because(format!(
                "{} is still present, but {} {revoked}",
                wording::what(&found),
                wording::row(row)
            ));
        }
    }
}
