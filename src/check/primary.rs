//! Which of several findings on one occurrence is shown where one is wanted: the one that decides what to do.

use std::collections::BTreeMap;

use super::{Finding, Subject};

/// Checks whose finding says more than another's severity: what is dead or ownerless must go, whatever else is wrong
/// with it; what nobody knows must be known first. The rest follow by severity.
const ORDER: [&str; 15] = [
    "live-after-decommission",
    "orphaned-workload",
    "orphaned-owner",
    "revoked-present",
    "expired-present",
    "suspended-present",
    "wrong-environment",
    "env-crossing-reuse",
    "unregistered",
    "shared-across-agents",
    "duplicated",
    "wrong-location",
    "exposed-in-repository",
    "exposed-in-history",
    "exposed-on-host",
];

/// One finding shown for all on its occurrence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Primary {
    /// Index into the findings that were reduced.
    pub index: usize,
    /// Ids of the other checks that fired there, in primary order.
    pub also: Vec<&'static str>,
}

/// Place of a check in the primary order; lower comes first.
#[must_use]
pub fn rank(check: &str) -> (usize, i32) {
    let listed = ORDER.iter().position(|id| *id == check).unwrap_or(ORDER.len());
    (listed, severity_rank(check))
}

/// Place of a check by severity; worse comes first.
pub(super) fn severity_rank(check: &str) -> i32 {
    super::get(check).map_or(0, |check| -(check.meta().severity * 10.0).round() as i32)
}

/// Keeps one finding an occurrence, in the order of the findings. Findings on rows and notices are all kept. A finding
/// that an exception covers never stands for one that none covers.
#[must_use]
pub fn reduce(findings: &[Finding]) -> Vec<Primary> {
    let mut by_occurrence: BTreeMap<(Subject, usize), Vec<usize>> = BTreeMap::new();
    for (index, finding) in findings.iter().enumerate() {
        let apart = if matches!(finding.subject, Subject::Occurrence { .. }) { 0 } else { index };
        by_occurrence.entry((finding.subject, apart)).or_default().push(index);
    }
    let mut primaries = Vec::with_capacity(by_occurrence.len());
    for mut group in by_occurrence.into_values() {
        group.sort_by_key(|&index| {
            let finding = &findings[index];
            (finding.excepted_by.is_some(), rank(finding.check), finding.check)
        });
        if let Some((&index, others)) = group.split_first() {
            primaries.push(Primary { index, also: others.iter().map(|&other| findings[other].check).collect() });
        }
    }
    primaries.sort_by_key(|primary| primary.index);
    primaries
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(check: &'static str, subject: Subject, excepted: bool) -> Finding {
        let excepted_by = excepted.then(|| "EX-1".to_owned());
        Finding { check, subject, message: String::new(), records: Vec::new(), excepted_by }
    }

    const HERE: Subject = Subject::Occurrence { credential: 0, occurrence: 0 };

    #[test]
    fn a_dead_workload_is_told_before_an_unknown_or_exposed_credential() {
        let findings: Vec<_> = ["exposed-in-repository", "duplicated", "live-after-decommission", "orphaned-workload"]
            .map(|check| finding(check, HERE, false))
            .to_vec();
        let reduced = reduce(&findings);
        let also = vec!["orphaned-workload", "duplicated", "exposed-in-repository"];
        assert_eq!(reduced, [Primary { index: 2, also }]);
    }

    #[test]
    fn every_occurrence_and_every_row_keeps_its_own() {
        let there = Subject::Occurrence { credential: 0, occurrence: 1 };
        let findings = [
            finding("unregistered", HERE, false),
            finding("unregistered", there, false),
            finding("duplicate-records", Subject::Record(3), false),
            finding("orphaned-owner", Subject::Record(3), false),
        ];
        assert_eq!(reduce(&findings).iter().map(|primary| primary.index).collect::<Vec<_>>(), [0, 1, 2, 3]);
    }

    #[test]
    fn an_exception_for_one_check_does_not_hide_another() {
        let findings = [finding("unregistered", HERE, true), finding("exposed-in-repository", HERE, false)];
        assert_eq!(reduce(&findings), [Primary { index: 1, also: vec!["unregistered"] }]);
    }
}
