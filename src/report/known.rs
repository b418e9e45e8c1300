//! Holds findings against a baseline: what stands in it fails nothing.

use super::{Finding, Report, Suppression};
use crate::policy::Baseline;

/// SARIF's word for a finding that the baseline holds.
const UNCHANGED: &str = "unchanged";
/// SARIF's word for one that it does not.
const NEW: &str = "new";

impl Finding {
    /// Says whether the baseline holds this finding, and lets it fail nothing if so. What an exception covers stays covered
    /// by the exception, which says more.
    ///
    /// A finding that stands for others on its place is left open: the baseline cannot be asked for those.
    pub(super) fn hold_against(&mut self, baseline: &Baseline) {
        let known = baseline.contains(&self.id);
        self.baseline_state = Some(if known { UNCHANGED } else { NEW }.to_owned());
        if known && self.suppressed.is_none() && self.also.is_empty() {
            let justification = "it stands in the baseline".to_owned();
            self.suppressed = Some(Suppression { kind: "baseline".to_owned(), id: None, justification });
        }
    }
}

impl Report {
    /// Holds a report that was frozen before against a baseline.
    pub fn hold_against(&mut self, baseline: &Baseline) {
        for finding in &mut self.findings {
            finding.hold_against(baseline);
        }
    }

    /// The baseline under which nothing of this report would fail a run: every finding that no exception covers.
    ///
    /// A gap in the scan is left out: it has to be closed, and an exception has an end that a baseline must not outlive.
    #[must_use]
    pub fn baseline(&self) -> Baseline {
        let open = self.findings.iter().filter(|finding| {
            finding.check != "scan-incomplete"
                && finding.suppressed.as_ref().is_none_or(|reason| reason.kind == "baseline")
        });
        open.map(|finding| finding.id.as_str()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{ExitStatus, canned};

    #[test]
    fn what_the_baseline_holds_fails_nothing_and_anything_else_does() {
        let mut report = canned::report();
        report.coverage.complete = true;
        for finding in &mut report.findings {
            finding.also.clear();
        }
        assert_eq!(ExitStatus::of(&report), ExitStatus::Findings);
        let all = report.baseline();
        let mut held = report.clone();
        held.hold_against(&all);
        assert_eq!(ExitStatus::of(&held), ExitStatus::Clean);
        assert!(held.findings.iter().all(|finding| finding.suppressed.is_some() || finding.check == "scan-incomplete"));
        assert_eq!(held.baseline(), all, "writing it again changes nothing");
        report.hold_against(&Baseline::default());
        assert_eq!(ExitStatus::of(&report), ExitStatus::Findings);
        assert!(report.findings.iter().all(|finding| finding.baseline_state.as_deref() == Some(NEW)));
    }

    #[test]
    fn an_exception_is_not_written_into_the_baseline_and_outranks_it() {
        let mut report = canned::report();
        let excepted = report.findings.iter().find(|finding| finding.suppressed.is_some()).expect("one").clone();
        assert!(!report.baseline().contains(&excepted.id));
        report.hold_against(&[excepted.id.as_str()].into_iter().collect());
        let held = report.findings.iter().find(|finding| finding.id == excepted.id).expect("kept");
        assert_eq!((held.baseline_state.as_deref(), &held.suppressed), (Some(UNCHANGED), &excepted.suppressed));
    }
}
