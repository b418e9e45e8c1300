//! Exit codes: what each means and which wins when several apply.

use super::{FailOn, Report, catalogue};
use crate::check::{self, Severity};

/// How a run ended. The numbers are public behaviour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum ExitStatus {
    /// Scanned, complete, no finding at or above `--fail-on`.
    Clean = 0,
    /// At least one finding at or above `--fail-on`.
    Findings = 1,
    /// Usage, configuration, inventory, policy or key error: nothing was scanned.
    Error = 2,
    /// Something that should have been scanned was not, or nothing at all was scanned.
    Incomplete = 3,
    /// A bug in keytrawl.
    Bug = 70,
}

impl ExitStatus {
    /// The status of a frozen report: findings outrank gaps, gaps outrank a clean result.
    #[must_use]
    pub fn of(report: &Report) -> Self {
        Self::of_gate(report, false)
    }

    /// As [`ExitStatus::of`]; with `exit_zero`, findings do not count, so that only gaps remain.
    #[must_use]
    pub fn of_gate(report: &Report, exit_zero: bool) -> Self {
        let gaps = if report.coverage.complete { Self::Clean } else { Self::Incomplete };
        if !exit_zero && fails(report) { Self::Findings.merge(gaps) } else { gaps }
    }

    /// The status of two parts of one run: a bug outranks an error, then findings, then gaps, then clean.
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        if self.rank() >= other.rank() { self } else { other }
    }

    /// The number the process ends with.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }

    const fn rank(self) -> u8 {
        match self {
            Self::Clean => 0,
            Self::Incomplete => 1,
            Self::Findings => 2,
            Self::Error => 3,
            Self::Bug => 4,
        }
    }
}

impl From<ExitStatus> for std::process::ExitCode {
    fn from(status: ExitStatus) -> Self {
        Self::from(status.code())
    }
}

/// Whether any finding is one that fails the run. Suppressed findings never do; the checks that a primary finding
/// stands for count as if they were shown, so that the way findings are listed cannot open the gate.
fn fails(report: &Report) -> bool {
    let gate = FailOn::of_report(&report.settings.fail_on);
    report.findings.iter().filter(|finding| finding.suppressed.is_none()).any(|finding| {
        gate.fails(&finding.check, super::severity_of(&finding.severity))
            || finding
                .also
                .iter()
                .any(|check| gate.fails(check, catalogue::get(check).map_or(Severity::Low, check::Meta::band)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::canned;

    const ALL: [ExitStatus; 5] =
        [ExitStatus::Clean, ExitStatus::Incomplete, ExitStatus::Findings, ExitStatus::Error, ExitStatus::Bug];

    #[test]
    fn codes_are_the_published_ones() {
        assert_eq!(ALL.map(ExitStatus::code), [0, 3, 1, 2, 70]);
    }

    #[test]
    fn merging_takes_the_higher_rank_whatever_the_order() {
        for (low, &a) in ALL.iter().enumerate() {
            for &b in &ALL[low..] {
                assert_eq!((a.merge(b), b.merge(a)), (b, b));
            }
        }
    }

    #[test]
    fn findings_outrank_gaps_and_exit_zero_leaves_the_gaps() {
        let mut report = canned::report();
        report.settings.fail_on = vec!["low".to_owned()];
        report.coverage.complete = false;
        assert_eq!(ExitStatus::of(&report), ExitStatus::Findings);
        assert_eq!(ExitStatus::of_gate(&report, true), ExitStatus::Incomplete);
        report.coverage.complete = true;
        assert_eq!(ExitStatus::of_gate(&report, true), ExitStatus::Clean);
    }

    #[test]
    fn suppressed_findings_never_fail_a_run() {
        let mut report = canned::report();
        report.coverage.complete = true;
        report.settings.fail_on = vec!["low".to_owned()];
        for finding in &mut report.findings {
            finding.suppressed = Some(canned::suppression());
        }
        assert_eq!(ExitStatus::of(&report), ExitStatus::Clean);
    }

    #[test]
    fn checks_behind_a_primary_finding_still_fail_the_run() {
        let mut report = canned::report();
        report.coverage.complete = true;
        report.settings.fail_on = vec!["unregistered".to_owned()];
        report.findings.truncate(1);
        report.findings[0].check = "exposed-on-host".to_owned();
        report.findings[0].suppressed = None;
        report.findings[0].also.clear();
        assert_eq!(ExitStatus::of(&report), ExitStatus::Clean);
        report.findings[0].also = vec!["unregistered".to_owned()];
        assert_eq!(ExitStatus::of(&report), ExitStatus::Findings);
    }
}
