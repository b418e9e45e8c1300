//! Holds rules against their own samples: what `rules check` says of ours and of a user's.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use super::rule::Rule;
use super::{Detector, Detectors, normal_name, trial};
use crate::mistyped::{Complaint, line_of};

/// What was checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Summary {
    /// Detectors.
    pub detectors: usize,
    /// Samples, positive and negative, each expanded from several seeds.
    pub samples: usize,
}

/// How grave it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gravity {
    /// The rule works; it should be known all the same.
    Note,
    /// The rule cannot be used.
    Problem,
}

/// One thing that is to be said of a rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {}{message}\nhint: {hint}", detector.as_ref().map(|id| format!("{id}: ")).unwrap_or_default())]
pub struct Problem {
    /// Name of the file.
    pub file: String,
    /// Line of the file, from 1.
    pub line: u32,
    /// Id of the detector; `None` if the file as a whole cannot be read.
    pub detector: Option<String>,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub hint: String,
    /// Whether the rule can be used.
    pub gravity: Gravity,
}

/// What came of checking rule files.
#[derive(Debug, Default)]
pub struct Checked {
    /// What was checked.
    pub summary: Summary,
    /// What is to be said, in the order of files and lines.
    pub problems: Vec<Problem>,
    /// The rules, in the order of the files.
    pub rules: Vec<Rule>,
}

impl Checked {
    /// Whether the rules can be used.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.problems.iter().all(|problem| problem.gravity == Gravity::Note)
    }
}

/// How much is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// Patterns and samples: before a scan.
    Samples,
    /// Hostile text too, which takes a while.
    Hostile,
}

/// More detectors than this in a user's files would outgrow the prefilter's numbers.
const MOST_DETECTORS: usize = 500;
/// More keywords than this, likewise.
const MOST_KEYWORDS: usize = 4_000;

/// What to do where nothing better can be said.
const COMPARE: &str = "compare with a rule that works: `keytrawl rules show ID`, docs/rules.md";

/// Literals that stand everywhere.
const COMMON: &[&str] = &[
    "access",
    "api_key",
    "api-key",
    "apikey",
    "auth",
    "authorization",
    "basic",
    "bearer",
    "client",
    "config",
    "const",
    "data",
    "export",
    "false",
    "function",
    "http://",
    "https://",
    "import",
    "null",
    "password",
    "private",
    "public",
    "return",
    "secret",
    "self",
    "string",
    "token",
    "true",
    "user",
    "value",
    "www.",
];

/// Checks rule files, by name and text: that they can be read, that ids differ, that patterns compile within bounds, that
/// every positive sample is found by its own detector and no negative one is.
///
/// `known` are the detectors that these rules join; what they replace there is noted.
#[must_use]
pub fn check(files: &[(String, String)], known: Option<&Detectors>, depth: Depth) -> Checked {
    let mut checked = Checked::default();
    let mut book = Book { known, ids: BTreeMap::new(), names: BTreeMap::new() };
    for (file, text) in files {
        let from = checked.problems.len();
        one(file, text, depth, &mut book, &mut checked);
        checked.problems[from..].sort_by_key(|problem| problem.line);
        let keywords: usize = checked.rules.iter().map(|rule| rule.keywords.len()).sum();
        if checked.rules.len() > MOST_DETECTORS || keywords > MOST_KEYWORDS {
            checked.problems.push(Problem {
                file: file.clone(),
                line: 1,
                detector: None,
                message: format!(
                    "with this file there are more than {MOST_DETECTORS} detectors or {MOST_KEYWORDS} keywords"
                ),
                hint: "each of them slows every scan; leave out what you do not need".to_owned(),
                gravity: Gravity::Problem,
            });
            break;
        }
    }
    checked
}

/// What was used by whom.
struct Book<'d> {
    known: Option<&'d Detectors>,
    ids: BTreeMap<String, String>,
    names: BTreeMap<String, String>,
}

fn one(file: &str, text: &str, depth: Depth, book: &mut Book<'_>, checked: &mut Checked) {
    let complain = |at: usize, detector: Option<String>, message: String, hint: String| Problem {
        file: file.to_owned(),
        line: line_of(text, at),
        detector,
        message,
        hint,
        gravity: Gravity::Problem,
    };
    let from_toml = |error: &toml::de::Error, detector| {
        let Complaint { at, message, hint } = Complaint::from_toml(error, COMPARE);
        complain(at, detector, message, hint)
    };
    let table = match DeTable::parse(text) {
        Ok(table) => table.into_inner(),
        Err(error) => return checked.problems.push(from_toml(&error, None)),
    };
    let mut written = 0;
    for (key, value) in &table {
        let detectors = value.get_ref().as_array().filter(|_| key.get_ref() == "detector");
        let Some(detectors) = detectors else {
            let message = "a rule file holds `[[detector]]` tables and nothing else".to_owned();
            checked.problems.push(complain(key.span().start, None, message, COMPARE.to_owned()));
            continue;
        };
        for value in detectors.iter() {
            written += 1;
            let id = field(value, "id").and_then(|id| id.get_ref().as_str()).map(str::to_owned);
            match Rule::deserialize(ValueDeserializer::from(value.clone())) {
                Ok(rule) => {
                    let place = Place { file, text, value };
                    judged(&rule, place, depth, book, checked);
                    checked.rules.push(rule);
                }
                Err(error) => checked.problems.push(from_toml(&error, id)),
            }
        }
    }
    if written == 0 && table.is_empty() {
        checked.problems.push(complain(0, None, "there is no detector in it".to_owned(), COMPARE.to_owned()));
    }
}

/// Where a rule stands.
#[derive(Clone, Copy)]
struct Place<'p> {
    file: &'p str,
    text: &'p str,
    value: &'p Spanned<DeValue<'p>>,
}

impl Place<'_> {
    /// The line of a field, or of an item of its list; that of the rule where it has no such field.
    fn line(self, name: &str, index: Option<usize>) -> u32 {
        let outer = field(self.value, name);
        let found = outer.or_else(|| field(field(self.value, "samples")?, name));
        let item = index.and_then(|index| found?.get_ref().as_array()?.get(index));
        let at = item.or(found).unwrap_or(self.value).span().start;
        line_of(self.text, at)
    }
}

fn field<'v, 'i>(value: &'v Spanned<DeValue<'i>>, name: &str) -> Option<&'v Spanned<DeValue<'i>>> {
    let table = value.get_ref().as_table()?;
    table.iter().find(|(key, _)| key.get_ref() == name).map(|(_, value)| value)
}

fn judged(rule: &Rule, place: Place<'_>, depth: Depth, book: &mut Book<'_>, checked: &mut Checked) {
    let Checked { summary, problems, .. } = checked;
    let mut say = |gravity, line, message, hint: &str| {
        problems.push(Problem {
            file: place.file.to_owned(),
            line,
            detector: Some(rule.id.clone()),
            message,
            hint: hint.to_owned(),
            gravity,
        });
    };
    let at = format!("{}:{}", place.file, place.line("id", None));
    if let Some(other) = book.ids.insert(rule.id.clone(), at) {
        let message = format!("the id is used twice, first at {other}");
        say(Gravity::Problem, place.line("id", None), message, "give each detector an id of its own");
    }
    if book.known.is_some_and(|known| known.get(&rule.id).is_some()) {
        let message = "it takes the place of the built-in detector of this id".to_owned();
        say(Gravity::Note, place.line("id", None), message, "give it an id of its own if that is not meant");
    }
    let names: BTreeSet<String> = rule.names.iter().map(|name| normal_name(name)).collect();
    for (index, name) in rule.names.iter().enumerate() {
        let holder = book.known.and_then(|known| known.by_variable(name)).filter(|holder| holder.id != rule.id);
        if let Some(holder) = holder {
            let message = format!("the name `{name}` belonged to the built-in detector `{}`", holder.id);
            let hint = "leave it out of `names` if a variable of this name does not always hold this credential";
            say(Gravity::Note, place.line("names", Some(index)), message, hint);
        }
    }
    for name in names {
        if let Some(other) = book.names.insert(name.clone(), rule.id.clone()).filter(|other| *other != rule.id) {
            let message = format!("the name `{name}` belongs to `{other}` too");
            say(Gravity::Problem, place.line("names", None), message, "leave it to one of them");
        }
    }
    let mistakes = rule.mistakes();
    for mistake in &mistakes {
        say(Gravity::Problem, place.line(mistake.field, None), mistake.message.to_owned(), COMPARE);
    }
    if !mistakes.is_empty() {
        return;
    }
    for (index, keyword) in rule.keywords.iter().enumerate() {
        let line = place.line("keywords", Some(index));
        // Prefixes in capitals are rare in text, words are not.
        let word = keyword.len() <= 5 && keyword.bytes().all(|byte| byte.is_ascii_lowercase());
        let common = word || COMMON.contains(&keyword.to_ascii_lowercase().as_str());
        if common || keyword.len() == 3 {
            let why = if common { "common in ordinary text" } else { "only three bytes long" };
            let message = format!("the keyword `{keyword}` is {why}, so the pattern is tried often");
            let hint = "take a longer literal if there is one; `rules check --profile PATH` shows what it costs";
            say(Gravity::Note, line, message, hint);
        }
    }
    let mut report = |field: &'static str, index: Option<usize>, message: String, hint: &'static str| {
        say(Gravity::Problem, place.line(field, index), message, hint);
    };
    if !trial::patterns(rule, &mut report) {
        return;
    }
    let detector = Detector::leak(rule);
    summary.detectors += 1;
    summary.samples += trial::samples(rule, &detector, &mut report);
    if depth == Depth::Hostile {
        trial::stress(rule, &detector, &mut report);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn embedded() -> Vec<(String, String)> {
        let texts = Detectors::embedded().texts().iter();
        texts.map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
    }

    fn alone(text: &str) -> Checked {
        check(&[("my.toml".to_owned(), text.to_owned())], Some(Detectors::embedded()), Depth::Hostile)
    }

    #[test]
    fn every_embedded_rule_passes() {
        let checked = check(&embedded(), None, Depth::Hostile);
        let problems = checked.problems.iter().filter(|problem| problem.gravity == Gravity::Problem);
        let problems: Vec<String> = problems.map(ToString::to_string).collect();
        assert!(problems.is_empty(), "{}", problems.join("\n"));
        assert_eq!(checked.summary.detectors, Detectors::embedded().all().len());
        assert!(checked.summary.samples >= checked.summary.detectors * 6);
    }

    /// Around every change of a history as many bytes are searched as the longest keyword has.
    #[test]
    fn no_keyword_is_longer_than_it_must_be() {
        for detector in Detectors::embedded().all() {
            let long = detector.keywords.iter().find(|keyword| keyword.len() > 16);
            assert_eq!(long, None, "{}", detector.id);
        }
    }

    #[test]
    fn no_rule_file_holds_anything_that_looks_like_a_credential() {
        for (file, text) in Detectors::embedded().texts() {
            for detector in Detectors::embedded().all().iter().filter(|detector| !detector.keywords.is_empty()) {
                assert!(!trial::found(detector, text), "{file}: {}", detector.id);
            }
        }
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
names = ["ACME_KEY"]
[detector.samples]
positive = ["acme_{lowernum:20}", "k=acme_{lowernum:20}", "'acme_{lowernum:20}'"]
negative = [
    "acme_{lowernum:19}",
    "xacme_{lowernum:20}",
    "acme_{lowernum:21}",
]
"#;

    #[test]
    fn a_user_s_rule_is_held_against_its_samples() {
        let checked = alone(GOOD);
        assert_eq!((checked.summary, checked.problems), (Summary { detectors: 1, samples: 6 }, vec![]));
        let wrong = alone(&GOOD.replace("acme_{lowernum:21}", "acme_{lowernum:20}"));
        assert_eq!(
            wrong.problems[0].to_string(),
            "my.toml:18: acme-key: negative sample 3 is found\nhint: correct the pattern, the keywords or the sample"
        );
    }

    #[test]
    fn mistakes_are_told_with_their_line() {
        for (from, to, line, told) in [
            ("acme-key", "Acme Key", 3, "kebab"),
            ("api_key", "apikey", 5, "kind"),
            ("https:", "http:", 7, "documentation"),
            ("[a-z0-9]", "[a-z0-9", 10, "compile"),
            ("[a-z0-9]{20}", "(?=x)", 10, "compile"),
            ("acme_[a-z0-9]{20}'", "[a-z0-9]*'", 10, "matches empty"),
            ("{20}'", "{9999999}'", 10, "too large"),
            ("keywords = [\"acme_\"]", "", 10, "matched"),
            ("keywords = [\"acme_\"]", "keywords = [\"acme_\", \"zz_\"]", 9, "`zz_` stands neither"),
            ("[\"acme_\"]", "[\"ac\"]", 9, "shorter than 3"),
            ("prefix =", "prefiks =", 11, "unknown key `prefiks`"),
            ("provider = \"Acme\"\n", "", 2, "missing key `provider`"),
            ("pattern = 'acme_", "pattern = 3 # ", 10, "expected a string"),
            ("{lowernum:19}", "{lowercase:19}", 16, "unknown"),
            ("prefix =", "before = 64\nafter = 19000000\nprefix =", 12, "window"),
            ("[[detector]]", "[[detektor]]", 2, "nothing else"),
            ("id = \"acme-key\"", "id = \"acme-key", 3, ""),
        ] {
            let found = alone(&GOOD.replacen(from, to, 1));
            if told == "matched" {
                // Names are enough, but then samples are whole values.
                assert!(!found.holds());
                continue;
            }
            let said: Vec<String> = found.problems.iter().map(ToString::to_string).collect();
            let told = |said: &String| said.contains(told) && said.starts_with(&format!("my.toml:{line}: "));
            assert!(!found.holds() && said.iter().any(told), "{from} -> {to}: {said:?}");
        }
        assert!(!alone("").holds());
    }

    #[test]
    fn each_broken_rule_of_a_file_is_named() {
        let twice = format!("{}{}", GOOD.replace("prefix =", "prefiks ="), GOOD.replace("kind =", "kinds ="));
        let lines: Vec<u32> = alone(&twice).problems.iter().map(|problem| problem.line).collect();
        assert_eq!(lines, [11, 24]);
    }

    #[test]
    fn an_id_or_name_that_two_rules_claim_is_a_problem() {
        let files = [("a.toml".to_owned(), GOOD.to_owned()), ("b.toml".to_owned(), GOOD.to_owned())];
        let checked = check(&files, Some(Detectors::embedded()), Depth::Samples);
        assert!(
            checked.problems[0].to_string().starts_with("b.toml:3: acme-key: the id is used twice, first at a.toml:3")
        );
        let other = GOOD.replace("acme-key", "acme-other");
        let checked = alone(&format!("{GOOD}{other}"));
        assert!(!checked.holds() && checked.problems[0].message.contains("`ACME_KEY` belongs to `acme-key` too"));
    }

    #[test]
    fn what_takes_a_built_in_s_place_or_is_common_is_noted_but_holds() {
        let text = GOOD.replace("acme-key", "jwt").replace("ACME_KEY", "GITHUB_TOKEN").replace("acme_", "token");
        let checked = alone(&text);
        let notes: Vec<&str> = checked.problems.iter().map(|problem| problem.message.as_str()).collect();
        assert!(checked.holds(), "{notes:?}");
        assert!(notes[0].contains("takes the place") && notes[1].contains("common") && notes[2].contains("belonged"));
    }

    #[test]
    fn a_rule_that_hostile_text_keeps_busy_is_a_problem() {
        let slow = GOOD
            .replace("'acme_[a-z0-9]{20}'", "'[^z]{0,60}acme_[a-z_ ]{0,9000}[A-Z]{20}'")
            .replace("prefix = \"acme_\"", "before = 60\nafter = 19000")
            .replace("acme_{lowernum:20}", "acme_{upper:20}");
        let checked = alone(&slow);
        assert!(
            checked.problems.iter().any(|problem| problem.message.contains("keep it busy")),
            "{:?}",
            checked.problems
        );
    }

    #[test]
    fn a_value_of_a_wrong_file_is_never_quoted() {
        let checked = alone("[[detector]]\nid = 7\n[detector.samples]\npositive = \"hunter2\"\n");
        assert!(!checked.holds());
        assert!(checked.problems.iter().all(|problem| !problem.to_string().contains("hunter2")));
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

        #[test]
        fn no_text_breaks_the_reader(noise in "[\\[\\]{}()\"'=.,*+?|<>a-z0-9\n\\\\-]{0,40}", from in 0..GOOD.len(), cut in 0..40_usize) {
            let until = (from + cut).min(GOOD.len());
            let text = format!("{}{noise}{}", &GOOD[..from], &GOOD[until..]);
            let checked = check(&[("my.toml".to_owned(), text.clone())], None, Depth::Samples);
            let lines = text.matches('\n').count() as u32 + 1;
            proptest::prop_assert!(checked.problems.iter().all(|problem| (1..=lines).contains(&problem.line)));
        }
    }
}
