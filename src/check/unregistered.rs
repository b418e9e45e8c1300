//! A credential that the inventory does not know, though it claims to know all of its issuer.

use super::{Check, Evidence, Meta, Sink, wording};
use crate::inventory::Standing;

declare! {
    /// ## What it does
    ///
    /// Reports a credential that matches no row of the inventory, by digest, embedded id, last eight characters or hint,
    /// where the inventory claims to cover its issuer. Where it does not, the standing is `not-covered` and nothing is
    /// reported.
    ///
    /// ## Why it is bad
    ///
    /// Nobody answers for it: it has no owner to rotate it, no expiry that is watched, and no one to revoke it when the
    /// agent that uses it goes.
    ///
    /// ## What to do
    ///
    /// Find out who issued it. Register it with owner, workload and expiry, or revoke it. `keytrawl inventory hash` makes
    /// the match key of the row without showing the secret.
    Unregistered {
        id: "unregistered",
        title: "Credential is in no inventory",
        severity: 8.2,
        needs: [Inventory],
        nhi: ["NHI2", "NHI1"],
        mcp: ["MCP01", "MCP09"],
        asi: ["ASI03"],
        csf: ["PR.AA-01"],
        cwe: [798, 522],
    }
}

impl Check for Unregistered {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, evidence: &Evidence<'_>, sink: &mut Sink<'_>) {
        for found in evidence.found().filter(|found| *found.standing == Standing::Unregistered) {
            let scope = match found.credential.issuer {
                Some(issuer) => format!(", though the inventory covers {}", wording::code(issuer)),
                None => String::new(),
            };
            sink.at(&found).because(format!("{} matches no row of the inventory{scope}", wording::what(&found)));
        }
    }
}
