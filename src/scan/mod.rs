//! Stage 2: prefilter, confirm, decode, slot. The only stage that ever holds a secret, and only as a borrowed slice.

pub mod history;
pub mod novel;
pub mod prefilter;
pub mod profile;
pub mod workers;

mod assignment;
mod candidate;
mod command;
mod confirm;
mod context;
mod decode;
mod generic;
mod keywords;
mod layer;
mod plausible;
mod slots;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_decoders;

use std::sync::Arc;

use candidate::Candidate;
use keywords::Keywords;
use layer::{Budget, Layer, Outcome};
use prefilter::Hit;

use crate::client::{Slot, SlotKind};
use crate::coverage::{Notice, NoticeKind};
use crate::credential::{Fingerprinter, Location, Occurrence, Preview};
use crate::detector::{Confidence, Detectors};
use crate::source::{Artifact, encoding};
use crate::span::LineIndex;

/// What the user may choose about scanning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Occurrences below this confidence are dropped.
    pub min_confidence: Confidence,
}

impl Default for Options {
    fn default() -> Self {
        Self { min_confidence: Confidence::Medium }
    }
}

/// Finds the literal credentials in artifacts. Shared by all workers; holds no state of a scan.
#[derive(Debug)]
pub struct Scanner {
    detectors: &'static Detectors,
    keywords: Keywords,
    fingerprinter: Fingerprinter,
    options: Options,
}

/// What one worker keeps from artifact to artifact, so that a clean artifact costs no allocation.
#[derive(Default)]
pub struct Scratch {
    hits: Vec<Hit>,
    decoded: String,
}

/// Shows sizes only: the decoded text may hold secrets.
impl std::fmt::Debug for Scratch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scratch").field("hits", &self.hits.capacity()).finish_non_exhaustive()
    }
}

/// What a look at an artifact tells, without saying what is in it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Glance {
    /// It holds a credential.
    pub(crate) holds: bool,
    /// Something in it may be one, if it stood elsewhere or looked less like an example.
    pub(crate) suspicious: bool,
    /// What is in it may hang on the structure around it.
    pub(crate) structured: bool,
}

impl std::ops::BitOrAssign for Glance {
    fn bitor_assign(&mut self, other: Self) {
        self.holds |= other.holds;
        self.suspicious |= other.suspicious;
        self.structured |= other.structured;
    }
}

/// What an artifact holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scanned {
    /// The credentials, in order of place; no two share a byte.
    pub occurrences: Vec<Occurrence>,
    /// What is worth telling about the artifact.
    pub notices: Vec<Notice>,
}

impl Scanner {
    /// A scanner with these detectors. Builds the prefilter, which takes well under a millisecond.
    #[must_use]
    pub fn new(detectors: &'static Detectors, fingerprinter: Fingerprinter, options: Options) -> Self {
        Self { detectors, keywords: Keywords::new(detectors), fingerprinter, options }
    }

    /// Whether an artifact holds credentials, and what must be known when a version of it is looked at that differs in a few
    /// places.
    #[must_use]
    pub(crate) fn glance(&self, artifact: &Artifact<'_>, scratch: &mut Scratch) -> Glance {
        let view = encoding::view(artifact.bytes, &mut scratch.decoded);
        let origin = artifact.origin;
        let budget = Budget::of(view.bytes.len());
        let layer = Layer::new(&self.keywords, self.detectors, &budget, &origin.path, origin.env_dump);
        let outcome = layer.read(view.bytes, &mut scratch.hits);
        let least = self.options.min_confidence;
        Glance {
            holds: outcome.candidates.iter().any(|candidate| candidate.confidence >= least),
            suspicious: !outcome.candidates.is_empty(),
            structured: outcome.far,
        }
    }

    /// Finds the credentials of one artifact.
    #[must_use]
    pub fn scan(&self, artifact: &Artifact<'_>, scratch: &mut Scratch) -> Scanned {
        let view = encoding::view(artifact.bytes, &mut scratch.decoded);
        let origin = artifact.origin;
        let budget = Budget::of(view.bytes.len());
        let layer = Layer::new(&self.keywords, self.detectors, &budget, &origin.path, origin.env_dump);
        let Outcome { candidates, places, mistake, far: _ } = layer.read(view.bytes, &mut scratch.hits);
        let mut scanned = Scanned::default();
        if let Some(mistake) = mistake {
            scanned.notices.push(Notice {
                kind: NoticeKind::ConfigSyntax,
                path: Some(origin.path.clone()),
                line: Some(mistake.line.saturating_add(artifact.first_line.saturating_sub(1))),
                message: format!("the config does not parse: {}", mistake.message),
                hint: Some(
                    "its text was scanned all the same; correct the syntax so that servers and slots can be named"
                        .into(),
                ),
            });
        }
        let mut believed: Vec<Candidate<'_>> =
            candidates.into_iter().filter(|candidate| candidate.confidence >= self.options.min_confidence).collect();
        if believed.is_empty() {
            return scanned;
        }
        layer::place(&mut believed, places);
        let transcript = context::is_transcript(&origin.path);
        let lines = LineIndex::new(view.bytes, artifact.first_line).from_column(artifact.first_column);
        let region = |span| match artifact.joined {
            Some(joined) => joined.region(view.raw_span(span)),
            None => view.region(&lines, span, artifact.base),
        };
        scanned.occurrences.extend(candidate::fold(believed).into_iter().map(|found| Occurrence {
            location: Location { origin: Arc::clone(origin), region: region(found.span) },
            preview: Preview::of(&found.secret, found.public, found.bits),
            identity: Arc::new(self.fingerprinter.identify(&found.secret, found.public, found.bits, found.facts)),
            slot: match found.slot {
                slot if transcript && slot.kind == SlotKind::Text => Slot { kind: SlotKind::Transcript, ..slot },
                slot => slot,
            },
            detector: found.detector,
            issuer: found.issuer,
            kind: found.kind,
            confidence: found.confidence,
            commits: None,
        }));
        scanned
    }
}
