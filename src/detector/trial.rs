//! Tries one rule as the scanner would: its patterns, keywords and samples, and text made to keep it busy.

use std::time::{Duration, Instant};

use memchr::memmem;

use super::rule::Rule;
use super::{Detector, confirm, recipe};

/// Every sample is expanded from so many seeds.
const SEEDS: u64 = 8;
/// A sample that expands to more is no sample of a credential.
const LONGEST: usize = 256 << 10;
/// Bytes of hostile text.
const HOSTILE: usize = 8 << 10;
/// Processor time that hostile text may take. Ours take a few milliseconds, a rule that goes over all of a large window at
/// each of many starts takes seconds. A build without optimisation is several times slower.
const PATIENCE: Duration = Duration::from_millis(if cfg!(debug_assertions) { 1_000 } else { 200 });
/// The quickest of so many attempts counts, where only the clock on the wall can be read.
const ATTEMPTS: usize = 3;

/// Says what is wrong: the field, the index in the list of that field where it is a list, a sentence, a hint.
pub(super) type Report<'r> = dyn FnMut(&'static str, Option<usize>, String, &'static str) + 'r;

/// Whether all patterns of the rule compile within bounds and match something.
pub(super) fn patterns(rule: &Rule, report: &mut Report<'_>) -> bool {
    let near = rule.near.as_ref().map(|near| ("near", None, &near.pattern));
    let also = rule.also.iter().enumerate().map(|(index, pattern)| ("also", Some(index), pattern));
    let mut sound = true;
    for (field, index, pattern) in std::iter::once(("pattern", None, &rule.pattern)).chain(near).chain(also) {
        let trouble = match confirm::compile(pattern, true) {
            Ok(regex) if regex.is_match(b"") => "the pattern matches empty text",
            Ok(_) => continue,
            Err(regex::Error::CompiledTooBig(_)) => "the pattern is too large",
            Err(_) => "the pattern does not compile, or is nested too deep",
        };
        sound = false;
        report(
            field,
            index,
            trouble.to_owned(),
            "it is a byte-wise pattern of the Rust crate `regex`: no look-around, no back-references, bounded repetitions",
        );
    }
    sound
}

/// Tries every sample, and says how many there are.
pub(super) fn samples(rule: &Rule, detector: &Detector, report: &mut Report<'_>) -> usize {
    let mut count = 0;
    let mut seen = Vec::new();
    for (expected, field, samples) in
        [(true, "positive", &rule.samples.positive), (false, "negative", &rule.samples.negative)]
    {
        for (index, sample) in samples.iter().enumerate() {
            count += 1;
            for seed in 0..SEEDS {
                let text = match recipe::expand(sample, seed) {
                    Ok(text) if text.len() <= LONGEST => text,
                    Ok(_) => {
                        let message = format!("{field} sample {} expands to more than 256 KiB", index + 1);
                        report(field, Some(index), message, "shorten it");
                        break;
                    }
                    Err(error) => {
                        let message = error.to_string();
                        let message = message.split("\nhint: ").next().unwrap_or_default();
                        report(
                            field,
                            Some(index),
                            format!("{field} sample {}: {message}", index + 1),
                            "a recipe is fixed text and holes such as {alnum:36}; docs/rules.md lists them, a brace is doubled",
                        );
                        break;
                    }
                };
                if found(detector, &text) != expected {
                    let not = if expected { "not " } else { "" };
                    report(
                        field,
                        Some(index),
                        format!("{field} sample {} is {not}found", index + 1),
                        "correct the pattern, the keywords or the sample",
                    );
                    break;
                }
                if expected && seed == 0 {
                    seen.push(text);
                }
            }
        }
    }
    keywords(rule, &seen, report);
    count
}

/// A keyword that no match can hold only costs time: its head or tail must stand in the pattern, or all of it in a sample.
fn keywords(rule: &Rule, samples: &[String], report: &mut Report<'_>) {
    let pattern = rule.pattern.replace('\\', "");
    for (index, keyword) in rule.keywords.iter().enumerate() {
        let ends = [keyword.get(..2), keyword.get(keyword.len().saturating_sub(2)..)];
        if !ends.into_iter().flatten().any(|end| pattern.contains(end))
            && !samples.iter().any(|sample| sample.contains(keyword.as_str()))
        {
            report(
                "keywords",
                Some(index),
                format!("the keyword `{keyword}` stands neither in the pattern nor in a positive sample"),
                "a keyword is a literal that every match of one branch of the pattern holds; case matters",
            );
        }
    }
}

/// Whether the detector finds anything in `text`, tried as the scanner tries it: at each keyword.
pub(super) fn found(detector: &Detector, text: &str) -> bool {
    if detector.keywords.is_empty() {
        return detector.examine(text.as_bytes()).is_some();
    }
    detector.keywords.iter().any(|keyword| {
        text.match_indices(keyword).any(|(at, _)| detector.confirm(text.as_bytes(), at..at + keyword.len()).is_some())
    })
}

/// Whether text made of the rule's own keywords and samples keeps it busy for longer than it may.
pub(super) fn stress(rule: &Rule, detector: &Detector, report: &mut Report<'_>) {
    let sample = rule.samples.positive.first().and_then(|sample| recipe::expand(sample, 0).ok()).unwrap_or_default();
    let mut texts: Vec<Vec<u8>> = Vec::new();
    let mut fill = |head: &str, body: &str| {
        if !body.is_empty() {
            texts.push(head.bytes().chain(body.bytes().cycle()).take(HOSTILE).collect());
        }
    };
    for keyword in rule.keywords.iter().take(4) {
        fill("", keyword);
        fill("", &format!("{keyword} "));
    }
    fill("", &sample);
    fill(&sample, "a");
    if texts.iter().any(|text| !is_quick(detector, text)) {
        report(
            "pattern",
            None,
            format!("8 KiB of hostile text keep it busy for more than {} ms", PATIENCE.as_millis()),
            "make `before` and `after` as small as the format allows, and bound repetitions",
        );
    }
}

fn is_quick(detector: &Detector, text: &[u8]) -> bool {
    // The pattern is compiled when it is first tried; that is not what is timed.
    std::hint::black_box(detector.examine(b"x"));
    (0..ATTEMPTS).any(|_| {
        let watch = Watch::start();
        if detector.keywords.is_empty() {
            std::hint::black_box(detector.examine(text));
            return watch.is_in_time();
        }
        detector.keywords.iter().all(|keyword| {
            memmem::find_iter(text, keyword.as_bytes()).all(|at| {
                std::hint::black_box(detector.confirm(text, at..at + keyword.len()));
                watch.is_in_time()
            })
        })
    })
}

/// Measures what a rule takes, not what else the machine does meanwhile.
struct Watch {
    wall: Instant,
    processor: Option<Duration>,
}

impl Watch {
    fn start() -> Self {
        Self { wall: Instant::now(), processor: on_processor() }
    }

    fn is_in_time(&self) -> bool {
        if self.wall.elapsed() < PATIENCE {
            return true;
        }
        match (self.processor, on_processor()) {
            (Some(start), Some(now)) => now.saturating_sub(start) < PATIENCE,
            _ => false,
        }
    }
}

/// How long this thread has run on a processor, where the system tells: Linux does.
fn on_processor() -> Option<Duration> {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    told.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}
