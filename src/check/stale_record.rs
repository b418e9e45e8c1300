//! A row that nobody seems to need any more.

use std::collections::BTreeSet;

use jiff::ToSpan as _;

use super::{Check, Evidence, Meta, Sink, wording};
use crate::inventory::State;

declare! {
    /// ## What it does
    ///
    /// Reports an active row whose credential was not found in a complete scan, and that was last used longer ago than the
    /// policy's `stale_days`, or never. When it was used is told by the row and by evidence of use (`--usage FILE`); a row
    /// that says nothing of use is not reported.
    ///
    /// ## Why it is bad
    ///
    /// A credential that nobody uses still opens what it opens, and nobody would miss it.
    ///
    /// ## What to do
    ///
    /// Ask the owner, then revoke it and close the row.
    StaleRecord {
        id: "stale-record",
        title: "Inventory row is stale",
        severity: 3.5,
        needs: [Inventory, StaleDays, WholeScan, CompleteScan],
        nhi: ["NHI1"],
        mcp: ["MCP08"],
        asi: [],
        csf: ["PR.AA-01"],
        cwe: [],
    }
}

impl Check for StaleRecord {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, evidence: &Evidence<'_>, sink: &mut Sink<'_>) {
        let Some(days) = evidence.policy.inventory.stale_days else { return };
        let Ok(limit) = evidence.now.checked_sub((i64::from(days) * 24).hours()) else { return };
        let seen: BTreeSet<usize> = evidence.seen_rows();
        for row in evidence.rows() {
            let record = row.record;
            if record.state != State::Active || seen.contains(&row.index()) {
                continue;
            }
            let used = evidence.usage.and_then(|usage| usage.of_record(record).last).max(record.last_used_at);
            let age = match used {
                Some(at) if at < limit => format!("was last used on {}", wording::day(at)),
                // One that was just made has had no time to be used.
                None if record.is_never_used() && record.created_at.is_none_or(|at| at < limit) => {
                    "was never used".to_owned()
                }
                _ => continue,
            };
            sink.on(row).because(format!(
                "{} is active, was not found, and {age}; the policy allows {days} days without use",
                wording::row(row)
            ));
        }
    }
}
