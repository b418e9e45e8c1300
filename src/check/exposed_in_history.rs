//! A literal credential that only git history still holds.

use super::{Check, Evidence, Meta, Sink, wording};
use crate::source::origin::Place;

declare! {
    /// ## What it does
    ///
    /// Reports every literal credential that an object of the git history holds and no branch's newest tree: it was removed
    /// from the files, stands in a stash, in the message of a commit or tag, or in an object that no ref reaches any more.
    ///
    /// ## Why it is bad
    ///
    /// Removing a line does not revoke what stood in it. Every clone, fork, mirror and build cache has the history, and
    /// tools that look for credentials read it first.
    ///
    /// ## What to do
    ///
    /// 1. Rotate the credential at its issuer: only that helps against copies that exist already.
    /// 2. Find out since when it was there (`firstCommit`) and who could read it.
    /// 3. Rewrite the history (`git filter-repo`) only where the policy asks for it; it changes every later commit.
    ExposedInHistory {
        id: "exposed-in-history",
        title: "Literal credential in git history",
        severity: 7.1,
        needs: [History],
        nhi: ["NHI2"],
        mcp: ["MCP01"],
        asi: ["ASI03"],
        csf: ["PR.AA-01"],
        cwe: [540, 527],
    }
}

impl Check for ExposedInHistory {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, evidence: &Evidence<'_>, sink: &mut Sink<'_>) {
        let in_repositories = evidence.found().filter(|found| found.occurrence.location.origin.place == Place::Repo);
        for found in in_repositories.filter(|found| !evidence.is_present(found)) {
            let asset = wording::code(&found.occurrence.location.origin.asset.id);
            let commits = found.occurrence.commits.as_deref();
            let first = commits.and_then(|commits| commits.first.as_deref());
            let short = first.map(|id| &id[..id.len().min(10)]);
            // A message is part of its commit, whichever branches have that.
            let place = match short {
                Some(id) if commits.is_some_and(|commits| commits.object.as_deref() == first) => {
                    format!("the message of commit {id} of {asset}")
                }
                Some(id) => format!("the history of {asset}, since commit {id}, and at no branch any more"),
                None if found.occurrence.location.origin.path.contains("<tag ") => {
                    format!("the message of a tag of {asset}")
                }
                None => format!("the history of {asset}, in an object that no commit holds"),
            };
            sink.at(&found).because(format!("{} stands in {place}", wording::what(&found)));
        }
    }
}
