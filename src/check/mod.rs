//! Governance checks: each file is one condition under which somebody must act.

#[macro_use]
mod meta;
pub mod docs;
pub mod evidence;
pub mod finding;
pub mod fingerprint;
mod lifecycle;
mod lifetime;
mod place;
pub mod primary;
mod sink;
pub mod taxonomy;
mod wording;
mod workload;

// One line per check here and one in the registry below; a test holds both against the files.
mod ambiguous_match;
mod duplicate_records;
mod duplicated;
mod env_crossing_reuse;
mod exception_expired;
mod exception_unused;
mod expired_present;
mod expiring_soon;
mod exposed_in_history;
mod exposed_in_repository;
mod exposed_on_host;
mod human_use;
mod inventory_contains_plaintext;
mod inventory_outdated;
mod live_after_decommission;
mod missing_metadata;
mod no_expiry;
mod orphaned_owner;
mod orphaned_workload;
mod owner_not_allowed;
mod registered_location_missing;
mod revoked_present;
mod rotation_overdue;
mod scan_incomplete;
mod scope_creep;
mod shadow_server;
mod shared_across_agents;
mod stale_record;
mod static_where_dynamic;
mod suspended_present;
mod ttl_too_long;
mod unregistered;
mod wrong_environment;
mod wrong_location;

#[cfg(test)]
mod sample;
#[cfg(test)]
mod table;
#[cfg(test)]
mod table_of_hosts;
#[cfg(test)]
mod table_of_policy;

use std::collections::BTreeMap;

pub use evidence::{Evidence, Found, Ground, Mode, Row};
pub use finding::{Finding, Severity, Subject};
pub use meta::{Meta, Need};
pub use sink::{Draft, Sink};

/// One governance condition.
pub trait Check: Sync {
    /// What it is called, how bad it is, which taxa it falls under, what it needs.
    fn meta(&self) -> &'static Meta;

    /// Reports into `sink` wherever the condition holds. Called only where the evidence it needs is there.
    fn check(&self, evidence: &Evidence<'_>, sink: &mut Sink<'_>);

    /// Reports what only shows once every other check has spoken; most have nothing to add then.
    fn conclude(&self, _evidence: &Evidence<'_>, _findings: &[Finding], _sink: &mut Sink<'_>) {}
}

/// Every check, in order of id.
static ALL: &[&dyn Check] = &[
    &ambiguous_match::AmbiguousMatch,
    &duplicate_records::DuplicateRecords,
    &duplicated::Duplicated,
    &env_crossing_reuse::EnvCrossingReuse,
    &exception_expired::ExceptionExpired,
    &exception_unused::ExceptionUnused,
    &expired_present::ExpiredPresent,
    &expiring_soon::ExpiringSoon,
    &exposed_in_history::ExposedInHistory,
    &exposed_in_repository::ExposedInRepository,
    &exposed_on_host::ExposedOnHost,
    &human_use::HumanUse,
    &inventory_contains_plaintext::InventoryContainsPlaintext,
    &inventory_outdated::InventoryOutdated,
    &live_after_decommission::LiveAfterDecommission,
    &missing_metadata::MissingMetadata,
    &no_expiry::NoExpiry,
    &orphaned_owner::OrphanedOwner,
    &orphaned_workload::OrphanedWorkload,
    &owner_not_allowed::OwnerNotAllowed,
    &registered_location_missing::RegisteredLocationMissing,
    &revoked_present::RevokedPresent,
    &rotation_overdue::RotationOverdue,
    &scan_incomplete::ScanIncomplete,
    &scope_creep::ScopeCreep,
    &shadow_server::ShadowServer,
    &shared_across_agents::SharedAcrossAgents,
    &stale_record::StaleRecord,
    &static_where_dynamic::StaticWhereDynamic,
    &suspended_present::SuspendedPresent,
    &ttl_too_long::TtlTooLong,
    &unregistered::Unregistered,
    &wrong_environment::WrongEnvironment,
    &wrong_location::WrongLocation,
];

/// Every check, in order of id.
#[must_use]
pub fn all() -> &'static [&'static dyn Check] {
    ALL
}

/// The check of that id.
#[must_use]
pub fn get(id: &str) -> Option<&'static dyn Check> {
    ALL.iter().copied().find(|check| check.meta().id == id)
}

/// What the checks say of one run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Every check that fired, sorted by subject, then by severity (worst first), then by id of the check.
    pub findings: Vec<Finding>,
    /// Checks that could not be evaluated, with the evidence that each lacked.
    pub not_evaluated: BTreeMap<&'static str, String>,
}

/// Evaluates every check, then marks what the policy's exceptions cover.
#[must_use]
pub fn run(evidence: &Evidence<'_>) -> Outcome {
    let mut findings = Vec::new();
    let mut not_evaluated = BTreeMap::new();
    for check in ALL {
        let meta = check.meta();
        match meta.needs.iter().find_map(|need| need.missing(evidence)) {
            Some(lack) => {
                not_evaluated.insert(meta.id, lack);
            }
            None => check.check(evidence, &mut Sink::new(meta, &mut findings)),
        }
    }
    let mut last = Vec::new();
    for check in ALL.iter().filter(|check| !not_evaluated.contains_key(check.meta().id)) {
        check.conclude(evidence, &findings, &mut Sink::new(check.meta(), &mut last));
    }
    findings.append(&mut last);
    for finding in &mut findings {
        finding.excepted_by = evidence.exception(finding).map(|exception| exception.id.clone());
    }
    findings.sort_by(|a, b| {
        let key = |f: &Finding| (f.subject, primary::severity_rank(f.check), f.check);
        key(a).cmp(&key(b)).then_with(|| a.message.cmp(&b.message))
    });
    findings.dedup_by(|a, b| a.subject == b.subject && a.check == b.check);
    Outcome { findings, not_evaluated }
}
