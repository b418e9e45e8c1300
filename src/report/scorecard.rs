//! How well credentials are governed, in figures: of a report, so that merged reports have theirs too.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Report;

/// The figures.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Scorecard {
    /// Credentials found.
    pub credentials: u64,
    /// Matched by a row, exactly, strongly or probably.
    pub registered: u64,
    /// Registered, with an owner.
    pub with_owner: u64,
    /// Registered, with an expiry.
    pub with_expiry: u64,
    /// Registered, bound to a workload.
    pub with_workload: u64,
    /// Workloads that credentials are bound to.
    pub workloads: u64,
    /// Credentials whose owner or workload is gone.
    pub orphans: u64,
    /// Median days since creation or last rotation, where rows say.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub median_age_days: Option<u64>,
    /// Exceptions by state: `used`, `unused`, `expired`, `pending`.
    pub exceptions: BTreeMap<String, u64>,
    /// Open findings by severity.
    pub open: BTreeMap<String, u64>,
    /// Findings that an exception or baseline covers.
    pub suppressed: u64,
    /// Nothing that should have been scanned was left out.
    pub complete: bool,
}

impl Scorecard {
    /// The figures of a report.
    #[must_use]
    pub fn of(report: &Report) -> Self {
        let now = report.now.parse::<Timestamp>().ok();
        let mut card = Self {
            credentials: report.credentials.len() as u64,
            complete: report.coverage.complete,
            ..Self::default()
        };
        let (mut ages, mut workloads) = (Vec::new(), BTreeSet::new());
        for credential in &report.credentials {
            let standing = &credential.standing;
            if !matches!(standing.status.as_str(), "exact" | "strong" | "probable") {
                continue;
            }
            card.registered += 1;
            card.with_owner += u64::from(standing.owner.is_some());
            card.with_expiry += u64::from(standing.expires_at.as_deref().is_some_and(|at| at != "never"));
            card.with_workload += u64::from(!standing.workloads.is_empty());
            workloads.extend(standing.workloads.iter().map(String::as_str));
            let since = standing.since.as_deref().and_then(|at| at.parse::<Timestamp>().ok());
            ages.extend(
                now.zip(since).and_then(|(now, since)| u64::try_from(now.duration_since(since).as_hours() / 24).ok()),
            );
        }
        ages.sort_unstable();
        card.median_age_days = ages.get(ages.len() / 2).copied();
        card.workloads = workloads.len() as u64;
        let mut orphans = BTreeSet::new();
        for finding in &report.findings {
            if finding.suppressed.is_some() {
                card.suppressed += 1;
            } else {
                *card.open.entry(finding.severity.clone()).or_default() += 1;
            }
            if matches!(finding.check.as_str(), "orphaned-owner" | "orphaned-workload" | "live-after-decommission") {
                orphans.extend(finding.credential.as_deref());
            }
        }
        card.orphans = orphans.len() as u64;
        for exception in &report.exceptions {
            *card.exceptions.entry(exception.state.clone()).or_default() += 1;
        }
        card
    }

    /// A share of the credentials, in percent; of none, everything.
    #[must_use]
    pub fn percent(&self, part: u64) -> f64 {
        if self.credentials == 0 { 100.0 } else { part as f64 * 100.0 / self.credentials as f64 }
    }
}
