//! What fails a run: checks by id and severities, as `--fail-on` names them.

use std::collections::BTreeSet;

use crate::check::Severity;

/// A validated `--fail-on` list. A finding fails the run if its check is named, or if its severity is at or above the
/// lowest severity named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailOn {
    severity: Option<Severity>,
    checks: BTreeSet<String>,
}

/// Why a `--fail-on` list means nothing.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum FailOnError {
    /// A term is neither a severity nor a check.
    #[error("`{0}` is neither a severity nor a check\nhint: use low, medium, high, critical, none or a check id")]
    Unknown(String),
    /// `none` together with something else.
    #[error("`none` cannot be combined with other terms\nhint: drop `none`, or use it alone to never fail on findings")]
    NoneAndMore,
    /// No term at all.
    #[error("the list of what fails the run is empty\nhint: use `none` to never fail on findings")]
    Empty,
}

impl Default for FailOn {
    fn default() -> Self {
        Self { severity: Some(Severity::Medium), checks: BTreeSet::new() }
    }
}

impl FailOn {
    /// Reads terms (`high`, `unregistered`, `none`); `known` says whether a check of that id exists.
    ///
    /// # Errors
    ///
    /// When a term is unknown, when `none` is not alone, when there is no term.
    pub fn parse<S: AsRef<str>>(terms: &[S], known: &dyn Fn(&str) -> bool) -> Result<Self, FailOnError> {
        let mut read = Self { severity: None, checks: BTreeSet::new() };
        let mut none = false;
        let terms: Vec<&str> = terms.iter().flat_map(|term| term.as_ref().split(',')).map(str::trim).collect();
        for term in terms.iter().copied().filter(|term| !term.is_empty()) {
            match severity(term) {
                Some(named) => read.severity = Some(read.severity.map_or(named, |lowest| lowest.min(named))),
                None if term == "none" => none = true,
                None if known(term) => _ = read.checks.insert(term.to_owned()),
                None => return Err(FailOnError::Unknown(super::escape(term))),
            }
        }
        let empty = read.severity.is_none() && read.checks.is_empty();
        match (none, empty) {
            (true, false) => Err(FailOnError::NoneAndMore),
            (false, true) => Err(FailOnError::Empty),
            _ => Ok(read),
        }
    }

    /// The terms, sorted, as a report carries them; `none` where nothing fails the run.
    #[must_use]
    pub fn terms(&self) -> Vec<String> {
        let severity = self.severity.map(|severity| severity.as_str().to_owned());
        let terms: BTreeSet<String> = self.checks.iter().cloned().chain(severity).collect();
        if terms.is_empty() { vec!["none".to_owned()] } else { terms.into_iter().collect() }
    }

    /// Takes the terms of a report as they stand, whatever checks this version knows.
    #[must_use]
    pub fn of_report(terms: &[String]) -> Self {
        Self::parse(terms, &|_| true).unwrap_or(Self { severity: None, checks: BTreeSet::new() })
    }

    /// The same with what the policy's gate names: the command line may add to it, not take away. Where the policy names a
    /// gate, what was not typed does not count.
    #[must_use]
    pub fn with_gate(&self, gate: &[String], was_typed: bool) -> Self {
        if gate.is_empty() {
            return self.clone();
        }
        let mut whole = Self::of_report(gate);
        if was_typed {
            whole.severity = whole.severity.into_iter().chain(self.severity).min();
            whole.checks.extend(self.checks.iter().cloned());
        }
        whole
    }

    /// Whether a check of that id and severity fails the run.
    #[must_use]
    pub fn fails(&self, check: &str, severity: Severity) -> bool {
        self.checks.contains(check) || self.severity.is_some_and(|lowest| severity >= lowest)
    }
}

/// The severity a word names.
pub(super) fn severity(word: &str) -> Option<Severity> {
    [Severity::Low, Severity::Medium, Severity::High, Severity::Critical]
        .into_iter()
        .find(|severity| severity.as_str() == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(terms: &[&str]) -> Result<FailOn, FailOnError> {
        FailOn::parse(terms, &|id| matches!(id, "unregistered" | "duplicated"))
    }

    #[test]
    fn a_severity_fails_itself_and_everything_above() {
        let high = read(&["high"]).unwrap();
        assert!(high.fails("duplicated", Severity::High) && high.fails("duplicated", Severity::Critical));
        assert!(!high.fails("duplicated", Severity::Medium));
    }

    #[test]
    fn the_command_line_adds_to_the_gate_of_the_policy_and_never_takes_away() {
        let gate = ["unregistered".to_owned(), "critical".to_owned()];
        assert_eq!(FailOn::default().with_gate(&gate, false).terms(), ["critical", "unregistered"]);
        assert_eq!(
            read(&["high", "duplicated"]).unwrap().with_gate(&gate, true).terms(),
            ["duplicated", "high", "unregistered"]
        );
        assert_eq!(read(&["none"]).unwrap().with_gate(&gate, true).terms(), ["critical", "unregistered"]);
        assert_eq!(read(&["low"]).unwrap().with_gate(&[], true).terms(), ["low"]);
    }

    #[test]
    fn a_named_check_fails_whatever_its_severity() {
        let named = read(&["critical,duplicated"]).unwrap();
        assert!(named.fails("duplicated", Severity::Low) && !named.fails("unregistered", Severity::High));
        assert_eq!(named.terms(), ["critical", "duplicated"]);
    }

    #[test]
    fn none_fails_nothing_and_stands_alone() {
        assert!(!read(&["none"]).unwrap().fails("unregistered", Severity::Critical));
        assert_eq!(read(&["none", "high"]), Err(FailOnError::NoneAndMore));
        assert_eq!(read(&["none"]).unwrap().terms(), ["none"]);
    }

    #[test]
    fn a_misspelt_term_is_an_error_and_not_a_gate_that_is_off() {
        assert_eq!(read(&["hihg"]), Err(FailOnError::Unknown("hihg".to_owned())));
        assert_eq!(read(&[""]), Err(FailOnError::Empty));
    }

    #[test]
    fn terms_of_a_report_read_back_to_the_same_gate() {
        for terms in [&["none"][..], &["low"], &["critical", "duplicated"]] {
            let gate = read(terms).unwrap();
            assert_eq!(FailOn::of_report(&gate.terms()), gate);
        }
    }
}
