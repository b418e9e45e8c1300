//! A credential that should have been rotated by now.

use super::{Check, Evidence, Meta, Sink, lifetime, wording};
use crate::inventory::State;

declare! {
    /// ## What it does
    ///
    /// Reports a credential of an active row whose last rotation, or creation, is longer ago than the row's own maximum
    /// age, else the policy's `max_age_days`, with the policy's `grace_days` added.
    ///
    /// ## Why it is bad
    ///
    /// Every day adds to the copies that were made of it and to the people who have seen it.
    ///
    /// ## What to do
    ///
    /// Rotate it, and record the rotation in the inventory.
    RotationOverdue {
        id: "rotation-overdue",
        title: "Credential is overdue for rotation",
        severity: 6.2,
        needs: [Inventory],
        nhi: ["NHI7"],
        mcp: ["MCP01"],
        asi: ["ASI03"],
        csf: ["PR.AA-01"],
        cwe: [262],
    }
}

impl Check for RotationOverdue {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, evidence: &Evidence<'_>, sink: &mut Sink<'_>) {
        for (found, row) in evidence.registered().filter(|(_, row)| row.record.state == State::Active) {
            let rules = lifetime::rules(evidence, row);
            let Some(max) = row.record.max_age_days.or(rules.max_age_days) else { continue };
            let Some(born) = lifetime::born(row.record) else { continue };
            if lifetime::is_longer(born, evidence.now, max.saturating_add(rules.grace_days)) {
                sink.at(&found).because(format!(
                    "{} was last rotated on {} by {}, {} days ago; {max} are allowed",
                    wording::what(&found),
                    wording::day(born),
                    wording::row(row),
                    lifetime::days(born, evidence.now)
                ));
            }
        }
    }
}
