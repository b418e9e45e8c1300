//! Renders the rules as `docs/detectors.md`, so that the table of what is known cannot differ from what is looked for.

use std::collections::{BTreeMap, BTreeSet};

use super::{Checksum, Detector, Detectors};

/// The whole page.
#[must_use]
pub fn page() -> String {
    let detectors = Detectors::embedded().all();
    let mut providers: BTreeMap<(String, &str), Vec<&Detector>> = BTreeMap::new();
    for detector in detectors {
        providers.entry((detector.provider.to_lowercase(), detector.provider)).or_default().push(detector);
    }
    let mut page = format!(
        "# Detectors\n\n<!-- Generated from rules/detectors/. To renew: KEYTRAWL_BLESS=1 cargo test --lib detector::docs \
         -->\n\n{} kinds of credentials of {} providers. `keytrawl rules show ID` says more of each: what it opens, the \
         vendor's page, where its format was learnt.\n\nA detector finds its credential by the public part of its form \
         wherever that stands, or, where it has none, by the variables, headers, flags and query keys that hold it. \
         *Id* is what is read from the credential or beside it without giving it away; it is printed and matched \
         against the inventory. A valid *checksum* proves the form; an invalid one lowers the confidence.\n\n\
         | provider | detector | issuer | by | id | checksum | variables |\n|---|---|---|---|---|---|---|\n",
        detectors.len(),
        providers.len()
    );
    for ((_, provider), detectors) in providers {
        for detector in detectors {
            page.push_str(&row(provider, detector));
        }
    }
    page
}

fn row(provider: &str, detector: &Detector) -> String {
    let variables: Vec<String> = detector.names.iter().map(|name| format!("`{name}`")).collect();
    format!(
        "| {provider} | `{}` | {} | {} | {} | {} | {} |\n",
        detector.id,
        detector.issuer.unwrap_or("any"),
        if detector.keywords.is_empty() { "name" } else { "form" },
        ids(detector).into_iter().collect::<Vec<_>>().join(", "),
        detector.checksum.map(Checksum::as_str).unwrap_or_default(),
        variables.join(" ")
    )
}

/// The ids that are read from the credential or beside it: the named groups of the patterns and what the decoder knows.
fn ids(detector: &Detector) -> BTreeSet<&'static str> {
    let near = detector.near.map(|(pattern, _, _)| pattern);
    let patterns = std::iter::once(detector.pattern).chain(near).chain(detector.also.iter().copied());
    let groups = patterns.flat_map(|pattern| pattern.split("(?P<").skip(1).filter_map(|rest| rest.split('>').next()));
    groups
        .filter(|group| *group != "secret")
        .chain(detector.decoder.map_or(&[][..], |decoder| decoder.ids()).iter().copied())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_detectors_is_what_the_rules_say() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/detectors.md");
        if std::env::var_os("KEYTRAWL_BLESS").is_some() {
            std::fs::write(path, page()).unwrap();
        }
        let written = std::fs::read_to_string(path).unwrap_or_default();
        assert!(written == page(), "docs/detectors.md is stale: run KEYTRAWL_BLESS=1 cargo test --lib detector::docs");
    }

    #[test]
    fn many_kinds_of_many_providers_are_known() {
        let detectors = Detectors::embedded().all();
        let providers: BTreeSet<&str> = detectors.iter().map(|detector| detector.provider).collect();
        assert!(detectors.len() >= 150 && providers.len() >= 110, "{} of {}", detectors.len(), providers.len());
    }

    #[test]
    fn every_id_that_is_promised_is_named_once() {
        let detector = Detectors::embedded().get("aws-access-key").unwrap();
        assert_eq!(ids(detector).into_iter().collect::<Vec<_>>(), ["account", "key_id"]);
    }
}
