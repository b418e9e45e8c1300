//! A credential that several rows could mean, or one row only perhaps.

use super::{Check, Evidence, Meta, Sink, wording};
use crate::inventory::Standing;

declare! {
    /// ## What it does
    ///
    /// Reports a credential for which the inventory holds two or more candidate rows, or one whose hint is too short to
    /// be believed.
    ///
    /// ## Why it is bad
    ///
    /// It cannot be said who owns the credential or whether it may still be used, so no other check of its row can be
    /// made.
    ///
    /// ## What to do
    ///
    /// Add a stronger match key to the right row: `keytrawl inventory hash` makes one from the secret without showing
    /// it.
    AmbiguousMatch {
        id: "ambiguous-match",
        title: "Credential matches no single row of the inventory",
        severity: 3.7,
        needs: [Inventory],
        nhi: ["NHI2"],
        mcp: ["MCP01"],
        asi: [],
        csf: ["PR.AA-01"],
        cwe: [522],
    }
}

impl Check for AmbiguousMatch {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, evidence: &Evidence<'_>, sink: &mut Sink<'_>) {
        for found in evidence.found() {
            let Standing::Ambiguous { by, rows, reason } = found.standing else { continue };
            let ids = rows.iter().filter_map(|&row| Some(evidence.row(row)?.record.id.as_str()));
            sink.at(&found).because(format!(
                "{} could be {} by {}: {reason}",
                wording::what(&found),
                wording::list(ids),
                wording::code(by.as_str())
            ));
        }
    }
}
