//! A credential past its expiry, still in place.

use super::lifecycle;
use super::{Check, Evidence, Meta, Sink, wording};

declare! {
    /// ## What it does
    ///
    /// Reports a credential that is present although it expired: by the state or date of its row, or by the expiry that
    /// the credential itself states, as a JWT does.
    ///
    /// ## Why it is bad
    ///
    /// Nobody needs it, or somebody does and is cut off. If the issuer still honours it, the expiry that everyone relies
    /// on does not hold.
    ///
    /// ## What to do
    ///
    /// Delete it, or replace it by a reference to its successor. If it still works, revoke it.
    ExpiredPresent {
        id: "expired-present",
        title: "Expired credential is still present",
        severity: 5.3,
        needs: [],
        nhi: ["NHI7", "NHI1"],
        mcp: ["MCP01"],
        asi: [],
        csf: ["PR.AA-01"],
        cwe: [324, 613],
    }
}

impl Check for ExpiredPresent {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, evidence: &Evidence<'_>, sink: &mut Sink<'_>) {
        for found in evidence.found().filter(|found| evidence.is_present(found)) {
            let by_row = found.row.and_then(|row| {
                let expired = lifecycle::expired(row.record, evidence.now)?;
                Some(format!("{} {expired}", wording::row(row)))
            });
            let why = by_row.or_else(|| {
                let at = lifecycle::expired_by_itself(&found, evidence.now)?;
                Some(format!("it states itself that it expired on {}", wording::day(at)))
            });
            if let Some(why) = why {
                sink.at(&found).because(format!("{} is still present, but {why}", wording::what(&found)));
            }
        }
    }
}
