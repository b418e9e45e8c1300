//! Governance checks: each file is one condition under which somebody must act.

#[macro_use]
mod meta;
pub mod docs;
pub mod evidence;
pub mod finding;
pub mod fingerprint;
mod lifecycle;
pub mod primary;
mod sink;
pub mod taxonomy;
mod wording;
mod workload;

// One line per check here and one in the registry below; a test holds both against the files.
mod ambiguous_match;
mod duplicate_records;
mod duplicated;
mod expired_present;
mod exposed_in_repository;
mod exposed_on_host;
mod live_after_decommission;
mod orphaned_owner;
mod orphaned_workload;
mod revoked_present;
mod scan_incomplete;
mod shared_across_agents;
mod suspended_present;
mod unregistered;

#[cfg(test)]
mod sample;
#[cfg(test)]
mod table;

use std::collections::BTreeMap;

pub use evidence::{Evidence, Found, Mode, Row};
pub use finding::{Finding, Severity, Subject};
pub use meta::{Meta, Need};
pub use sink::{Draft, Sink};

/// One governance condition.
pub trait Check: Sync {
    /// What it is called, how bad it is, which taxa it falls under, what it needs.
    fn meta(&self) -> &'static Meta;

    /// Reports into `sink` wherever the condition holds. Called only where the evidence it needs is there.
    fn check(&self, evidence: &Evidence<'_>, sink: &mut Sink<'_>);
}

/// Every check, in order of id.
static ALL: &[&dyn Check] = &[
    &ambiguous_match::AmbiguousMatch,
    &duplicate_records::DuplicateRecords,
    &duplicated::Duplicated,
    &expired_present::ExpiredPresent,
    &exposed_in_repository::ExposedInRepository,
    &exposed_on_host::ExposedOnHost,
    &live_after_decommission::LiveAfterDecommission,
    &orphaned_owner::OrphanedOwner,
    &orphaned_workload::OrphanedWorkload,
    &revoked_present::RevokedPresent,
    &scan_incomplete::ScanIncomplete,
    &shared_across_agents::SharedAcrossAgents,
    &suspended_present::SuspendedPresent,
    &unregistered::Unregistered,
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
                not_evaluated.insert(meta.id, lack.to_owned());
            }
            None => check.check(evidence, &mut Sink::new(meta, &mut findings)),
        }
    }
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
