//! A credential that may do more than it was meant to.

use std::collections::BTreeSet;

use super::{Check, Evidence, Meta, Sink, wording};
use crate::inventory::Word;

declare! {
    /// ## What it does
    ///
    /// Reports a credential that was seen to use scopes, or says itself that it has scopes, which its row does not grant,
    /// or whose scopes the policy denies. What was used is told by the row and by evidence of use (`--usage FILE`).
    /// A denied scope may end in `*`, which stands for anything; `*` alone means the scope of that name.
    ///
    /// ## Why it is bad
    ///
    /// An agent does what it is talked into. Every right that it does not need is a right for whoever talks.
    ///
    /// ## What to do
    ///
    /// Reissue it with the scopes of its purpose. Where the row is behind, have the owner approve and record the scopes.
    ScopeCreep {
        id: "scope-creep",
        title: "Credential has more scopes than it was granted",
        severity: 7.8,
        needs: [Inventory, Scopes],
        nhi: ["NHI5"],
        mcp: ["MCP02"],
        asi: ["ASI02", "ASI03"],
        csf: ["PR.AA-05"],
        cwe: [269, 250],
    }
}

impl Check for ScopeCreep {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, evidence: &Evidence<'_>, sink: &mut Sink<'_>) {
        for (found, row) in evidence.registered() {
            let granted = &row.record.scopes;
            let used = evidence.used(found.credential, row);
            // A token that says itself what it may do has that scope, used or not.
            let own = found.credential.identity.facts.principals.get("scope");
            let own = own.into_iter().flat_map(|scopes| scopes.split([' ', ',']));
            let observed: BTreeSet<&str> = (row.record.observed_scopes.iter().map(Word::as_str))
                .chain(used.scopes.iter().map(String::as_str))
                .chain(own)
                .filter(|scope| !scope.is_empty())
                .collect();
            let is_granted = |scope: &&str| granted.iter().any(|own| own.eq_ignore_ascii_case(scope));
            let beyond: Vec<&str> = match granted.is_empty() {
                true => Vec::new(),
                false => observed.iter().copied().filter(|scope| !is_granted(scope)).collect(),
            };
            let mut denied: Vec<&str> =
                granted.iter().map(Word::as_str).chain(observed).filter(|scope| is_denied(scope, evidence)).collect();
            denied.sort_unstable();
            denied.dedup();
            let mut why = Vec::new();
            if !beyond.is_empty() {
                why.push(format!("used {}, which its row does not grant", wording::list(beyond)));
            }
            if !denied.is_empty() {
                why.push(format!("has {}, which the policy denies", wording::list(denied)));
            }
            if !why.is_empty() {
                let (what, row) = (wording::what(&found), wording::row(row));
                sink.at(&found).because(format!("{what}, {row}, {}", why.join(" and ")));
            }
        }
    }
}

fn is_denied(scope: &str, evidence: &Evidence<'_>) -> bool {
    evidence.policy.denied_scopes.iter().any(|denied| match denied.strip_suffix('*') {
        Some(head) if !head.is_empty() => scope.starts_with(head),
        _ => scope == denied,
    })
}
