//! What each detector costs on real material. A pass of its own beside the scan, so that a scan pays nothing for it.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::context::{Context, Kind};
use super::generic::{self, GENERIC};
use super::keywords::Meaning;
use super::prefilter::{Hit, Prefilter};
use super::{Options, Scanner, Scratch};
use crate::credential::{Fingerprinter, KeyRing};
use crate::detector::Detectors;
use crate::source::{Artifact, encoding};

/// What one detector did and took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cost {
    /// Places at which one of its keywords stands, in the text itself; decoded text is not counted.
    pub candidates: u64,
    /// Those of them at which its pattern holds.
    pub confirmed: u64,
    /// Credentials that a scan reports as its own, in decoded text and slots too.
    pub found: u64,
    /// Time spent on its candidates, over all threads.
    pub time: Duration,
}

impl Cost {
    fn add(&mut self, other: Self) {
        self.candidates += other.candidates;
        self.confirmed += other.confirmed;
        self.found += other.found;
        self.time += other.time;
    }
}

/// What all detectors did and took.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Profile {
    /// By id; the generic detector is among them. One without a candidate or finding is not.
    pub detectors: BTreeMap<&'static str, Cost>,
    /// Time for finding keywords.
    pub prefilter: Duration,
    /// Time that the scan itself took, all of the above in it.
    pub scan: Duration,
}

impl Profile {
    /// Adds what another part of the tree did and took.
    pub fn add(&mut self, other: Self) {
        self.prefilter += other.prefilter;
        self.scan += other.scan;
        for (id, cost) in other.detectors {
            self.detectors.entry(id).or_default().add(cost);
        }
    }
}

/// What a worker keeps from artifact to artifact.
#[derive(Debug, Default)]
pub struct Bench {
    decoded: String,
    hits: Vec<Hit>,
    scratch: Scratch,
}

/// Measures detectors.
#[derive(Debug)]
pub struct Profiler {
    scanner: Scanner,
}

impl Profiler {
    /// One for these detectors.
    #[must_use]
    pub fn new(detectors: &'static Detectors) -> Self {
        let fingerprinter = Fingerprinter::new(KeyRing::none(), false);
        Self { scanner: Scanner::new(detectors, fingerprinter, Options::default()) }
    }

    /// Scans an artifact and measures what each detector did and took.
    #[must_use]
    pub fn measure(&self, artifact: &Artifact<'_>, bench: &mut Bench) -> Profile {
        let Scanner { detectors, keywords, .. } = &self.scanner;
        let view = encoding::view(artifact.bytes, &mut bench.decoded);
        let context = Context::of(&artifact.origin.path);
        let mut profile = Profile::default();
        let begin = Instant::now();
        bench.hits.clear();
        keywords.find(view.bytes, &mut bench.hits);
        bench.hits.extend(keywords.addresses(view.bytes));
        Prefilter::sort(&mut bench.hits);
        profile.prefilter = begin.elapsed();
        let mut named = 0;
        let mut count = |id: &'static str, begin: Instant, confirmed: bool| {
            let cost = Cost { candidates: 1, confirmed: u64::from(confirmed), found: 0, time: begin.elapsed() };
            profile.detectors.entry(id).or_default().add(cost);
        };
        for hit in &bench.hits {
            let span = keywords.span(*hit);
            match keywords.meaning(*hit) {
                Meaning::Detectors(ordinals) => {
                    for detector in ordinals.iter().filter_map(|&ordinal| detectors.all().get(usize::from(ordinal))) {
                        let begin = Instant::now();
                        let confirmed = detector.confirm(view.bytes, span.clone()).is_some();
                        count(detector.id, begin, confirmed);
                    }
                }
                Meaning::Word if context.kind != Kind::Derived && span.start >= named => {
                    let begin = Instant::now();
                    let (end, found) = generic::look(view.bytes, span, context, detectors);
                    named = end;
                    count(GENERIC, begin, found.is_some());
                }
                _ => {}
            }
        }
        let begin = Instant::now();
        let scanned = self.scanner.scan(artifact, &mut bench.scratch);
        profile.scan = begin.elapsed();
        for occurrence in scanned.occurrences {
            profile.detectors.entry(occurrence.detector).or_default().found += 1;
        }
        profile
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::detector::recipe;
    use crate::source::{Asset, Origin, Place};

    fn measured(recipe: &str) -> Profile {
        let text = recipe::expand(recipe, 3).unwrap();
        let origin = Arc::new(Origin::new("notes.txt".into(), Place::HostConfig, Arc::new(Asset::host())));
        let artifact =
            Artifact { origin: &origin, bytes: text.as_bytes(), base: 0, first_line: 1, first_column: 1, joined: None };
        Profiler::new(Detectors::embedded()).measure(&artifact, &mut Bench::default())
    }

    #[test]
    fn of_addresses_those_with_a_user_are_candidates() {
        let profile = measured("https://h/a, https://svc:{alnum:20}@10.0.0.5:8080/app and https://svc:x@h\n");
        let cost = profile.detectors["http-url"];
        assert_eq!((cost.candidates, cost.confirmed, cost.found), (2, 1, 1));
    }

    #[test]
    fn candidates_confirmations_and_findings_are_counted_by_detector() {
        let recipe = "a ghp_{alnum:30}{crc32-github} and ghp_short, `ghp_`\nport = 1\n";
        let mut sum = measured(recipe);
        let cost = sum.detectors["github-pat-classic"];
        assert_eq!((cost.candidates, cost.confirmed, cost.found), (3, 1, 1));
        sum.add(measured(recipe));
        assert_eq!(sum.detectors["github-pat-classic"].candidates, 6);
        assert!(sum.scan > Duration::ZERO);
    }
}
