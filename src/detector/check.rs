//! Holds rules against their own samples: what `rules check` says of ours and of a user's.

use std::collections::BTreeSet;

use super::rule::{Rule, RuleFile};
use super::{Detector, confirm, recipe};

/// What was checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Summary {
    /// Detectors.
    pub detectors: usize,
    /// Samples, positive and negative, each expanded from several seeds.
    pub samples: usize,
}

/// One thing that is wrong with a rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{message}\nhint: {hint}", detector.as_ref().map(|id| format!("{id}: ")).unwrap_or_default())]
pub struct Problem {
    /// Id of the detector; `None` if the file as a whole cannot be read.
    pub detector: Option<String>,
    /// Line of the file, from 1, where known.
    pub line: Option<usize>,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub hint: &'static str,
}

/// Every sample is expanded from so many seeds.
const SEEDS: u64 = 8;

/// Checks the text of a rule file: that it can be read, that patterns compile within bounds, that every positive sample
/// is found by its own detector and no negative one is.
pub fn check(text: &str) -> Result<Summary, Vec<Problem>> {
    let file: RuleFile = match toml::from_str(text) {
        Ok(file) => file,
        Err(error) => {
            let line = error.span().and_then(|span| text.get(..span.start)).map(|head| head.matches('\n').count() + 1);
            let message = error.message().to_owned();
            return Err(vec![Problem {
                detector: None,
                line,
                message,
                hint: "see `keytrawl rules show ID` for a rule that works",
            }]);
        }
    };
    let mut problems = Vec::new();
    let mut summary = Summary::default();
    let mut ids = BTreeSet::new();
    for rule in file.detector {
        let line = line_of(text, &rule.id);
        let mut report = |message: String, hint: &'static str| {
            problems.push(Problem { detector: Some(rule.id.clone()), line, message, hint });
        };
        if !ids.insert(rule.id.clone()) {
            report("the id is used twice".to_owned(), "give each detector an id of its own");
        }
        let mistakes = rule.mistakes();
        if mistakes.is_empty() {
            summary.detectors += 1;
            summary.samples += samples(&rule, &mut report);
        }
        for mistake in mistakes {
            report(mistake, "see `keytrawl rules show ID` for a rule that works");
        }
    }
    if problems.is_empty() { Ok(summary) } else { Err(problems) }
}

fn line_of(text: &str, id: &str) -> Option<usize> {
    let quoted = format!("\"{id}\"");
    text.lines().position(|line| line.trim_start().starts_with("id") && line.contains(&quoted)).map(|index| index + 1)
}

fn samples(rule: &Rule, report: &mut impl FnMut(String, &'static str)) -> usize {
    let near = rule.near.as_ref().map(|near| &near.pattern);
    for pattern in std::iter::once(&rule.pattern).chain(near).chain(&rule.also) {
        if confirm::compile(pattern, true).is_err() {
            report(
                "the pattern does not compile, or is too large".to_owned(),
                "it is a byte-wise pattern of the Rust crate `regex`: no look-around, no back-references",
            );
            return 0;
        }
    }
    let detector = Detector::leak(rule);
    let mut count = 0;
    let both = [(true, &rule.samples.positive), (false, &rule.samples.negative)];
    for (expected, samples) in both {
        for (index, sample) in samples.iter().enumerate() {
            count += 1;
            let place = if expected { "positive" } else { "negative" };
            let number = index + 1;
            for seed in 0..SEEDS {
                let text = match recipe::expand(sample, seed) {
                    Ok(text) => text,
                    Err(error) => {
                        report(format!("{place} sample {number}: {error}"), "correct the recipe");
                        break;
                    }
                };
                if found(&detector, &text) != expected {
                    let not = if expected { "not " } else { "" };
                    report(
                        format!("{place} sample {number} is {not}found"),
                        "correct the pattern, the keywords or the sample",
                    );
                    break;
                }
            }
        }
    }
    count
}

/// Whether the detector finds anything in `text`, tried as the scanner tries it: at each keyword.
fn found(detector: &Detector, text: &str) -> bool {
    if detector.keywords.is_empty() {
        return detector.examine(text.as_bytes()).is_some();
    }
    detector.keywords.iter().any(|keyword| {
        text.match_indices(keyword).any(|(at, _)| detector.confirm(text.as_bytes(), at..at + keyword.len()).is_some())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detector::Detectors;

    #[test]
    fn every_embedded_rule_passes() {
        let mut problems = Vec::new();
        for (file, text) in Detectors::embedded().texts() {
            match check(text) {
                Ok(summary) => assert!(summary.detectors > 0 && summary.samples >= summary.detectors * 6, "{file}"),
                Err(found) => problems.extend(found.into_iter().map(|problem| format!("{file}: {problem}"))),
            }
        }
        assert!(problems.is_empty(), "{}", problems.join("\n"));
    }

    #[test]
    fn no_rule_file_holds_anything_that_looks_like_a_credential() {
        for (file, text) in Detectors::embedded().texts() {
            for detector in Detectors::embedded().all().iter().filter(|detector| !detector.keywords.is_empty()) {
                assert!(!found(detector, text), "{file}: {}", detector.id);
            }
        }
    }

    #[test]
    fn every_keyword_is_needed_by_its_detector() {
        let mut idle = Vec::new();
        for (_, text) in Detectors::embedded().texts() {
            let file: RuleFile = toml::from_str(text).unwrap();
            for rule in &file.detector {
                let pattern = rule.pattern.replace('\\', "");
                let begins = |keyword: &String| keyword.get(..2).is_some_and(|head| pattern.contains(head));
                idle.extend(
                    rule.keywords.iter().filter(|keyword| !begins(keyword)).map(|word| format!("{}: {word}", rule.id)),
                );
            }
        }
        // The digit in front of `Q~` is a class in the pattern.
        idle.retain(|keyword| !keyword.starts_with("azure-client-secret"));
        assert!(idle.is_empty(), "{idle:?}");
    }

    const GOOD: &str = r#"
[[detector]]
id = "acme-key"
provider = "Acme"
kind = "api_key"
description = "Opens Acme."
documentation = "https://acme.invalid/keys"
source = "made up"
keywords = ["acme_"]
pattern = 'acme_[a-z0-9]{20}'
prefix = "acme_"
[detector.samples]
positive = ["acme_{lowernum:20}", "k=acme_{lowernum:20}", "'acme_{lowernum:20}'"]
negative = ["acme_{lowernum:19}", "xacme_{lowernum:20}", "acme_{lowernum:21}"]
"#;

    #[test]
    fn a_user_s_rule_is_held_against_its_samples() {
        assert_eq!(check(GOOD), Ok(Summary { detectors: 1, samples: 6 }));
        let wrong = GOOD.replace("{20}'", "{22}'");
        let problems = check(&wrong).unwrap_err();
        assert_eq!(problems[0].detector.as_deref(), Some("acme-key"));
        assert_eq!(problems[0].line, Some(3));
        assert!(problems[0].message.contains("positive sample 1 is not found"));
    }

    #[test]
    fn mistakes_are_told() {
        for (from, to, told) in [
            ("acme-key", "Acme Key", "kebab"),
            ("api_key", "apikey", "kind"),
            ("https:", "http:", "documentation"),
            ("[a-z0-9]", "[a-z0-9", "compile"),
            ("{20}'", "{9999999}'", "too large"),
            ("keywords = [\"acme_\"]", "", "never be tried"),
            ("prefix", "prefiks", "unknown field"),
            ("{lowernum:19}", "{lowercase:19}", "unknown"),
        ] {
            let problems = check(&GOOD.replace(from, to)).unwrap_err();
            assert!(problems.iter().any(|problem| problem.message.contains(told)), "{told}: {problems:?}");
        }
        let twice = format!("{GOOD}{GOOD}");
        assert!(check(&twice).unwrap_err()[0].message.contains("twice"));
    }
}
