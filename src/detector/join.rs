//! Joins a user's rules to the embedded ones: a rule of a known id takes the place of that detector.

use std::collections::{BTreeMap, BTreeSet};

use super::confirm::Regexes;
use super::rule::{Rule, RuleFile};
use super::{Detector, Detectors};

impl Detectors {
    /// These detectors and those of `rules`, whose [`super::check`] found nothing wrong; `texts` are the files they came
    /// from, by name. What a user's rule and an embedded one both claim (an id, the name of a variable) is the user's.
    ///
    /// The result is never freed: detectors live as long as the process, so that occurrences can refer to them without
    /// counting. A process joins once.
    #[must_use]
    pub fn join(&self, rules: &[Rule], texts: &[(String, String)]) -> &'static Self {
        let ours: BTreeSet<&str> = rules.iter().map(|rule| rule.id.as_str()).collect();
        let replaced: Vec<&'static str> =
            self.all.iter().map(|detector| detector.id).filter(|id| ours.contains(id)).collect();
        let kept = self.all.iter().filter(|detector| !ours.contains(detector.id));
        // Not cloned but made again: the patterns of each are compiled when it is first tried.
        let mut all: Vec<Detector> = kept.map(|detector| Detector { regexes: Regexes::new(), ..*detector }).collect();
        all.extend(rules.iter().map(Detector::leak));
        all.sort_by_key(|detector| detector.id);
        let all: &'static [Detector] = Box::leak(all.into_boxed_slice());

        let mut names: BTreeMap<&'static str, usize> = BTreeMap::new();
        let (theirs, own): (Vec<_>, Vec<_>) =
            all.iter().enumerate().partition(|(_, detector)| !ours.contains(detector.id));
        for (index, detector) in theirs.into_iter().chain(own) {
            for name in detector.names {
                let normal: &'static str = Box::leak(super::normal_name(name).into_boxed_str());
                names.insert(normal, index);
            }
        }
        let leak = |text: &str| -> &'static str { Box::leak(text.to_owned().into_boxed_str()) };
        let mut added: Vec<(&'static str, &'static str)> =
            texts.iter().map(|(name, text)| (leak(name), leak(text))).collect();
        added.sort_unstable();
        Box::leak(Box::new(Self {
            all,
            names: Box::leak(names.into_iter().collect()),
            texts: Box::leak(self.texts.iter().copied().chain(added).collect()),
            added: self.added + rules.len() - replaced.len(),
            replaced: Box::leak(replaced.into_boxed_slice()),
        }))
    }

    /// Ids of the embedded detectors whose place a user's rule took, sorted.
    #[must_use]
    pub fn replaced(&self) -> &'static [&'static str] {
        self.replaced
    }

    /// How many detectors a user's rules added.
    #[must_use]
    pub fn added(&self) -> usize {
        self.added
    }

    /// The rule of this id as it is written, and the name of its file.
    #[must_use]
    pub fn rule(&self, id: &str) -> Option<(&'static str, Rule)> {
        // A user's files stand behind the embedded ones, and win.
        self.texts.iter().rev().filter(|(_, text)| text.contains(id)).find_map(|(name, text)| {
            let file: RuleFile = toml::from_str(text).ok()?;
            Some((*name, file.detector.into_iter().find(|rule| rule.id == id)?))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(id: &str, names: &[&str]) -> Rule {
        let (_, mut rule) = Detectors::embedded().rule("stripe-secret-key").unwrap();
        id.clone_into(&mut rule.id);
        rule.names = names.iter().map(|name| (*name).to_owned()).collect();
        rule
    }

    #[test]
    fn a_new_rule_is_added_and_one_of_a_known_id_takes_its_place() {
        let embedded = Detectors::embedded();
        let rules = [rule("acme-key", &["ACME_KEY"]), rule("jwt", &[])];
        let joined = embedded.join(&rules, &[("acme.toml".to_owned(), "…".to_owned())]);
        assert_eq!(joined.all().len(), embedded.all().len() + 1);
        assert_eq!((joined.added(), joined.replaced()), (1, &["jwt"][..]));
        assert!(joined.all().is_sorted_by_key(|detector| detector.id));
        assert_eq!(joined.get("jwt").map(|detector| detector.provider), Some("Stripe"));
        assert_ne!(joined.digest(), embedded.digest());
    }

    #[test]
    fn the_name_of_a_variable_that_two_claim_is_the_user_s() {
        let joined = Detectors::embedded().join(&[rule("acme-key", &["github-token"])], &[]);
        assert_eq!(joined.by_variable("GITHUB_TOKEN").map(|detector| detector.id), Some("acme-key"));
        assert!(Detectors::embedded().by_variable("GITHUB_TOKEN").is_some_and(|detector| detector.id != "acme-key"));
        for detector in joined.all().iter().filter(|detector| detector.id != "acme-key") {
            for name in detector.names.iter().filter(|name| **name != "GITHUB_TOKEN") {
                assert_eq!(joined.by_variable(name).map(|found| found.id), Some(detector.id));
            }
        }
    }

    #[test]
    fn the_order_of_files_does_not_change_the_digest() {
        let texts = [("a".to_owned(), "1".to_owned()), ("b".to_owned(), "2".to_owned())];
        let mut turned = texts.clone();
        turned.reverse();
        let digest = |texts: &[(String, String)]| Detectors::embedded().join(&[], texts).digest();
        assert_eq!(digest(&texts), digest(&turned));
    }
}
