//! One word of what fails a run: `--fail-on CHECK|SEVERITY,…`.

use std::str::FromStr;

use serde::Deserialize;

use crate::check;
use crate::mistyped::nearest;
use crate::report::{FailOn, FailOnError};

/// Words beside the ids of checks.
const WORDS: [&str; 5] = ["low", "medium", "high", "critical", "none"];

/// A check, a severity or `none`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Term(String);

/// A word that names neither a check nor a severity. A gate that silently never closes would be worse than none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{word}` is neither a check nor a severity{}; severities are low, medium, high and critical, and `keytrawl rules list` lists the checks", meant.map(|m| format!(" (did you mean `{m}`?)")).unwrap_or_default())]
pub struct UnknownTerm {
    word: String,
    meant: Option<&'static str>,
}

fn known() -> impl Iterator<Item = &'static str> {
    WORDS.into_iter().chain(check::all().iter().map(|check| check.meta().id))
}

impl FromStr for Term {
    type Err = UnknownTerm;

    fn from_str(word: &str) -> Result<Self, UnknownTerm> {
        let word = word.trim().to_ascii_lowercase();
        if known().any(|known| known == word) {
            Ok(Self(word))
        } else {
            let meant = nearest(&word, known());
            Err(UnknownTerm { word, meant })
        }
    }
}

impl TryFrom<String> for Term {
    type Error = UnknownTerm;

    fn try_from(word: String) -> Result<Self, UnknownTerm> {
        word.parse()
    }
}

/// What the words mean together; no word at all means `medium`.
///
/// # Errors
/// Where `none` stands beside another word.
pub fn gate(terms: &[Term]) -> Result<FailOn, FailOnError> {
    if terms.is_empty() {
        return Ok(FailOn::default());
    }
    let words: Vec<&str> = terms.iter().map(|term| term.0.as_str()).collect();
    FailOn::parse(&words, &|id| check::get(id).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Severity;

    fn terms(words: &[&str]) -> Vec<Term> {
        words.iter().map(|word| word.parse().expect("known")).collect()
    }

    #[test]
    fn checks_and_severities_are_known_words() {
        let gate = gate(&terms(&["high", "unregistered"])).expect("valid");
        assert_eq!(gate.terms(), ["high", "unregistered"]);
    }

    #[test]
    fn no_word_means_medium() {
        let gate = gate(&[]).expect("valid");
        assert!(gate.fails("any", Severity::Medium) && !gate.fails("any", Severity::Low));
    }

    #[test]
    fn none_stands_alone() {
        assert!(gate(&terms(&["none", "high"])).is_err());
    }

    #[test]
    fn a_mistyped_check_is_answered_with_the_nearest() {
        let error = "unregisterd".parse::<Term>().expect_err("unknown");
        assert!(error.to_string().contains("did you mean `unregistered`?"), "{error}");
    }
}
