//! An inventory that is too old to judge by.

use super::{Check, Evidence, Meta, Sink, wording};

declare! {
    /// ## What it does
    ///
    /// Reports an inventory that was exported longer ago than the policy's `max_age_hours`. It is located at the first
    /// row.
    ///
    /// ## Why it is bad
    ///
    /// What was issued since looks unregistered, and what was revoked since looks alive.
    ///
    /// ## What to do
    ///
    /// Export it anew, best right before every scan.
    InventoryOutdated {
        id: "inventory-outdated",
        title: "Inventory export is outdated",
        severity: 3.0,
        needs: [Inventory, ExportAge, ExportTime],
        nhi: ["NHI1"],
        mcp: ["MCP08"],
        asi: [],
        csf: ["PR.AA-01"],
        cwe: [],
    }
}

impl Check for InventoryOutdated {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, evidence: &Evidence<'_>, sink: &mut Sink<'_>) {
        let exported = evidence.inventory.and_then(|inventory| inventory.exported_at());
        let (Some(exported), Some(max)) = (exported, evidence.policy.inventory.max_age_hours) else { return };
        let age = evidence.now.duration_since(exported);
        let Some(row) = evidence.row(0).filter(|_| age > jiff::SignedDuration::from_hours(i64::from(max))) else {
            return;
        };
        sink.on(row).because(format!(
            "the inventory was exported on {}, {} hours ago; the policy allows {max}",
            wording::day(exported),
            age.as_hours()
        ));
    }
}
