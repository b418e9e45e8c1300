//! An inventory that is too old to judge by.

use jiff::SignedDuration;

use super::{Check, Evidence, Meta, Sink, wording};

declare! {
    /// ## What it does
    ///
    /// Reports an export of the inventory that is older than the policy's `max_age_hours`, by the date in its header. It
    /// is located at the first row of the export.
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
        let (Some(inventory), Some(max)) = (evidence.inventory, evidence.policy.inventory.max_age_hours) else {
            return;
        };
        for export in &inventory.exports {
            let Some(exported) = export.headers.iter().filter_map(|header| header.exported_at).min() else { continue };
            let age = evidence.now.duration_since(exported);
            if age <= SignedDuration::from_hours(i64::from(max)) {
                continue;
            }
            if let Some(row) = evidence.rows().find(|row| row.record.file == export.path) {
                sink.on(row).because(format!(
                    "{} was exported on {}, {} hours ago; the policy allows {max}",
                    wording::code(&export.path),
                    wording::day(exported),
                    age.as_hours()
                ));
            }
        }
    }
}
