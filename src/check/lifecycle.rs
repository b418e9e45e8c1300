//! Where in its life an identity is at the time of the run. Dates count as much as the stated state, but only towards
//! worse: an export may lag behind its own dates, never run ahead of them.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::Found;
use super::wording::{self, code};
use crate::inventory::record::Expiry;
use crate::inventory::{Entity, Record, State, Tables};

/// Why a row counts as revoked.
pub(super) fn revoked(record: &Record, now: Timestamp) -> Option<String> {
    match record.revoked_at {
        Some(at) if at <= now => Some(format!("was revoked on {}", wording::day(at))),
        _ => (record.state == State::Revoked).then(|| "is revoked".to_owned()),
    }
}

/// Why a row counts as expired.
pub(super) fn expired(record: &Record, now: Timestamp) -> Option<String> {
    match record.expires_at {
        Expiry::At(at) if at <= now => Some(format!("expired on {}", wording::day(at))),
        _ => (record.state == State::Expired).then(|| "is expired".to_owned()),
    }
}

/// When the credential itself says that it expired.
pub(super) fn expired_by_itself(found: &Found<'_>, now: Timestamp) -> Option<Timestamp> {
    let stated = found.credential.identity.facts.expires_at?;
    Timestamp::from_second(stated).ok().filter(|&at| at <= now)
}

/// Whether nothing that the row or the credential says stands against its being used.
pub(super) fn is_live(found: &Found<'_>, record: &Record, now: Timestamp) -> bool {
    record.state == State::Active
        && revoked(record, now).is_none()
        && expired(record, now).is_none()
        && expired_by_itself(found, now).is_none()
}

/// Why a row itself counts as decommissioned.
pub(super) fn decommissioned(record: &Record, now: Timestamp) -> Option<String> {
    match record.decommissioned_at {
        Some(at) if at <= now => Some(format!("was decommissioned on {}", wording::day(at))),
        _ => (record.state == State::Decommissioned).then(|| "is decommissioned".to_owned()),
    }
}

/// Which workload or system of a row is gone, by the row itself or by a sibling table, as a clause.
pub(super) fn gone(record: &Record, tables: &Tables) -> Option<String> {
    for workload in &record.workloads {
        let stated = workload.state.as_deref().into_iter().chain(state_of(tables.workloads.as_ref(), &workload.id));
        if let Some(state) = stated.into_iter().find(|state| is_gone(state)) {
            return Some(format!("its workload {} is {}", code(&workload.id), state.trim().to_lowercase()));
        }
    }
    let system = record.system.as_deref()?;
    let state = state_of(tables.systems.as_ref(), system).filter(|state| is_gone(state))?;
    Some(format!("its system {} is {}", code(system), state.trim().to_lowercase()))
}

fn state_of<'a>(table: Option<&'a BTreeMap<String, Entity>>, id: &str) -> Option<&'a str> {
    table?.get(id.trim())?.state.as_deref()
}

/// Whether the word says that a workload or system is no more.
fn is_gone(state: &str) -> bool {
    const GONE: [&str; 9] = [
        "archived",
        "decommissioned",
        "deleted",
        "destroyed",
        "disbanded",
        "offboarded",
        "removed",
        "retired",
        "terminated",
    ];
    GONE.iter().any(|word| state.trim().eq_ignore_ascii_case(word))
}
