//! One credential in production and outside it.

use std::collections::BTreeSet;

use super::{Check, Evidence, Meta, Sink, wording};

declare! {
    /// ## What it does
    ///
    /// Reports a credential that is found both at places which the policy's globs classify as production and at places
    /// which they classify as something else. Places that no glob matches do not count.
    ///
    /// ## Why it is bad
    ///
    /// Whoever gets into the lesser environment is in production too: the wall between them has a door with one key.
    ///
    /// ## What to do
    ///
    /// Issue each environment a credential of its own, and rotate this one.
    EnvCrossingReuse {
        id: "env-crossing-reuse",
        title: "Credential is used in and outside production",
        severity: 8.8,
        needs: [Environments],
        nhi: ["NHI8"],
        mcp: ["MCP01"],
        asi: ["ASI03"],
        csf: ["PR.AA-05"],
        cwe: [668, 653],
    }
}

impl Check for EnvCrossingReuse {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, evidence: &Evidence<'_>, sink: &mut Sink<'_>) {
        for credential in 0..evidence.credentials.len() {
            let places = evidence.found_of(credential);
            let environments: BTreeSet<&str> = places
                .filter_map(|found| evidence.policy.environment(&found.occurrence.location.origin.path))
                .collect();
            let production = environments.iter().filter(|name| wording::is_production(name)).count();
            if production == 0 || production == environments.len() {
                continue;
            }
            for found in evidence.found_of(credential) {
                let names = wording::list(environments.iter().copied());
                sink.at(&found).because(format!("{} is found in {names}", wording::what(&found)));
            }
        }
    }
}
