//! A credential whose owner is not one that the policy accepts.

use super::{Check, Evidence, Meta, Sink, wording};
use crate::inventory::Owner;

declare! {
    /// ## What it does
    ///
    /// Reports a credential whose row names an owner that the policy does not list under `[owners] allowed`. A row
    /// without an owner is a matter of `orphaned-owner`.
    ///
    /// ## Why it is bad
    ///
    /// Whoever administers a tool is not the final authority over the identities that it uses: the same hands would
    /// grant, use and review.
    ///
    /// ## What to do
    ///
    /// Hand the identity to one of the owners that the policy lists.
    OwnerNotAllowed {
        id: "owner-not-allowed",
        title: "Owner is not one that the policy accepts",
        severity: 5.5,
        needs: [Inventory, AllowedOwners],
        nhi: ["NHI1"],
        mcp: ["MCP01"],
        asi: [],
        csf: ["PR.AA-05"],
        cwe: [282, 708],
    }
}

impl Check for OwnerNotAllowed {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, evidence: &Evidence<'_>, sink: &mut Sink<'_>) {
        let allowed = &evidence.policy.owners;
        for (found, row) in evidence.registered() {
            let Some(owner) = &row.record.owner else { continue };
            if !wording::is_placeholder(&owner.id) && !allowed.iter().any(|who| is_meant(who, owner)) {
                sink.at(&found).because(format!(
                    "{} belongs to {}; the policy accepts {}",
                    wording::what(&found),
                    wording::row(row),
                    wording::list(allowed.iter().map(String::as_str))
                ));
            }
        }
    }
}

/// Whether the policy means this owner. Where either does not say of which kind, the id decides.
fn is_meant(who: &str, owner: &Owner) -> bool {
    let named = wording::owner(owner);
    let id = owner.id.trim();
    who == named || who == id || (named == id && who.split_once(':').is_some_and(|(_, bare)| bare == id))
}
