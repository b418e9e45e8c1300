//! How long an identity lives and has lived, in days, as its row tells it.

use jiff::{SignedDuration, Timestamp};

use super::{Evidence, Row};
use crate::inventory::Record;
use crate::policy::Lifetime;

/// When the secret that a row stands for came into being: its last rotation, or its creation.
pub(super) fn born(record: &Record) -> Option<Timestamp> {
    record.created_at.max(record.rotated_at)
}

/// Whole days from one time to another; negative where the other is earlier.
pub(super) fn days(from: Timestamp, to: Timestamp) -> i64 {
    to.duration_since(from).as_secs().div_euclid(24 * 60 * 60)
}

/// Whether more than so many days lie between two times.
pub(super) fn is_longer(from: Timestamp, to: Timestamp, limit: u32) -> bool {
    to.duration_since(from) > SignedDuration::from_hours(24 * i64::from(limit))
}

/// What the policy says of credentials of a row's issuer.
pub(super) fn rules(evidence: &Evidence<'_>, row: Row<'_>) -> Lifetime {
    evidence.policy.lifetime(Some(&row.record.issuer))
}
