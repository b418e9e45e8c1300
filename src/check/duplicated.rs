//! One secret in several places that do not follow from each other.

use super::workload::Spread;
use super::{Check, Evidence, Meta, Sink, wording};

declare! {
    /// ## What it does
    ///
    /// Reports a credential that is found in two or more assets (repositories or hosts), or in two or more files with
    /// two or more workloads. A workload is a server entry: its client, name, command or URL, and environment. Copies of
    /// one config in one repository are one workload, and repositories that the policy lists as mirrors are one asset.
    ///
    /// ## Why it is bad
    ///
    /// Whoever rotates it in one place breaks the others or forgets them, and a leak of any place is a leak of all. What
    /// was done with it can no longer be told apart.
    ///
    /// ## What to do
    ///
    /// Issue one credential per workload, or deliver the one from the secret manager by reference. List mirrors under
    /// `[assets] mirrors` in the policy.
    Duplicated {
        id: "duplicated",
        title: "Credential is copied to several places",
        severity: 6.8,
        needs: [],
        nhi: ["NHI9", "NHI2"],
        mcp: ["MCP01"],
        asi: ["ASI03"],
        csf: ["PR.AA-01"],
        cwe: [522, 668],
    }
}

impl Check for Duplicated {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, evidence: &Evidence<'_>, sink: &mut Sink<'_>) {
        for credential in 0..evidence.credentials.len() {
            let spread = Spread::of(credential, evidence);
            let across = if spread.assets.len() >= 2 {
                format!("{}: {}", wording::count(spread.assets.len(), "asset", "assets"), list(&spread.assets))
            } else if spread.paths.len() >= 2 && spread.workloads.len() >= 2 {
                format!("{} workloads of {}", spread.workloads.len(), list(&spread.assets))
            } else {
                continue;
            };
            for found in evidence.found_of(credential) {
                let here = found.occurrence.location.origin.path.as_str();
                let others = spread.paths.iter().copied().filter(|path| *path != here);
                let others = match wording::list(others) {
                    none if none.is_empty() => "the same path of another asset".to_owned(),
                    paths => paths,
                };
                sink.at(&found).because(format!(
                    "{} is also in {others}, in all {} of {across}",
                    wording::what(&found),
                    wording::count(spread.paths.len(), "file", "files"),
                ));
            }
        }
    }
}

fn list(names: &std::collections::BTreeSet<&str>) -> String {
    wording::list(names.iter().copied())
}
