//! Stage 2: prefilter, confirm, decode, slot. The only stage that ever holds a secret, and only as a borrowed slice.

pub mod history;
pub mod novel;
pub mod prefilter;
pub mod profile;
pub mod workers;

mod assignment;
mod candidate;
mod carrier;
mod command;
mod confirm;
mod context;
mod decode;
mod generic;
mod innocent;
mod keywords;
mod layer;
mod manner;
mod marker;
mod pairs;
mod plausible;
mod sighting;
mod slots;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_decoders;
#[cfg(test)]
mod tests_shown;
mod truncated;

use std::ops::Range;
use std::sync::Arc;

use candidate::Candidate;
use innocent::Innocent;
use keywords::Keywords;
use layer::{Budget, Layer, Outcome};
use manner::Manner;
use prefilter::{Hit, Prefilter};
pub use sighting::ServerSighting;

use crate::client::{Slot, SlotKind};
use crate::coverage::{Notice, NoticeKind};
use crate::credential::{Definitions, Fingerprinter, Location, Occurrence, Preview, Reference};
use crate::detector::name::Role;
use crate::detector::{Confidence, Detectors};
use crate::source::git::delta::{Copied, Difference};
use crate::source::{Artifact, Origin, Place, encoding};
use crate::span::{LineIndex, Span};

/// Bytes on either side of a keyword that decide with it whether it is noticed.
const EDGE: usize = 4;

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
    /// Whether slots stand in what held nothing.
    innocent: Innocent<bool>,
    /// Where a look saw something that may be a credential.
    doubts: Vec<Range<usize>>,
    /// What the last path says: all messages of commits have the same.
    path: Option<(String, Manner)>,
}

impl Scratch {
    fn manner(&mut self, path: &str) -> Manner {
        match &self.path {
            Some((last, manner)) if last == path => *manner,
            _ => self.path.insert((path.to_owned(), Manner::of(path))).1,
        }
    }
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
    /// What is in it may hang on the structure around it.
    pub(crate) structured: bool,
    /// It is an env dump: its beginning says how all of it is read.
    pub(crate) dump: bool,
}

impl std::ops::BitOrAssign for Glance {
    fn bitor_assign(&mut self, other: Self) {
        self.holds |= other.holds;
        self.structured |= other.structured;
        self.dump |= other.dump;
    }
}

/// What an artifact holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scanned {
    /// The credentials, in order of place; no two share a byte.
    pub occurrences: Vec<Occurrence>,
    /// Values that are credentials if a server entry says so.
    pub latent: Vec<Occurrence>,
    /// What stands in server entries for a value that is elsewhere: names only.
    pub references: Vec<Reference>,
    /// Names that the artifact defines.
    pub definitions: Vec<Definitions>,
    /// What is worth telling about the artifact.
    pub notices: Vec<Notice>,
    /// The server entries, where it is a config.
    pub servers: Vec<ServerSighting>,
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
        self.glance_along(artifact, Manner::of(artifact.origin.telling_path()), &mut None, scratch)
    }

    /// The same. `places` says where keywords stand where that is known, and says it afterwards: `None` for a text that had
    /// to be decoded first.
    #[must_use]
    fn glance_along(
        &self,
        artifact: &Artifact<'_>,
        manner: Manner,
        places: &mut Option<Vec<Hit>>,
        scratch: &mut Scratch,
    ) -> Glance {
        let Scratch { hits, decoded, innocent, doubts, .. } = scratch;
        let view = encoding::view(artifact.bytes, decoded);
        let origin = artifact.origin;
        let budget = Budget::of(view.bytes.len());
        let layer = self.layer(origin, &budget, manner);
        let layer = layer.passing(innocent);
        let is_plain = std::ptr::eq(view.bytes, artifact.bytes);
        let known = places.take().filter(|_| is_plain);
        let outcome = match &known {
            Some(hits) => layer.follow(view.bytes, hits),
            None => layer.read(view.bytes, hits),
        };
        let glance = self.told(&outcome);
        doubts.extend(outcome.candidates.iter().map(|candidate| candidate.span.start..candidate.span.end));
        *places = known.or_else(|| {
            is_plain.then(|| {
                Prefilter::sort(hits);
                hits.clone()
            })
        });
        glance
    }

    /// What a part of a text tells, of which it is known where keywords stand; those are sorted.
    #[must_use]
    fn glance_at(
        &self,
        (origin, manner): (&Origin, Manner),
        text: &[u8],
        part: Range<usize>,
        places: &[Hit],
        scratch: &mut Scratch,
    ) -> Glance {
        let first = places.partition_point(|hit| hit.start() < part.start);
        let within = places[first..].iter().take_while(|hit| hit.start() < part.end);
        let whole = within.filter(|hit| self.keywords.span(**hit).end <= part.end);
        scratch.hits.clear();
        scratch.hits.extend(whole.map(|hit| hit.moved(part.start, 0)));
        let Scratch { hits, innocent, doubts, .. } = scratch;
        let Some(text) =
            text.get(part.clone()).filter(|text| !hits.is_empty() || self.keywords.addresses(text).next().is_some())
        else {
            return Glance::default();
        };
        let budget = Budget::of(text.len());
        let layer = self.layer(origin, &budget, manner);
        let outcome = layer.passing(innocent).in_part().follow(text, hits);
        let spans = outcome.candidates.iter().map(|candidate| candidate.span);
        doubts.extend(spans.map(|span| part.start + span.start..part.start + span.end));
        self.told(&outcome)
    }

    fn layer<'s>(&'s self, origin: &'s Origin, budget: &'s Budget, manner: Manner) -> Layer<'s> {
        Layer::new(&self.keywords, self.detectors, budget, origin.telling_path(), origin.env_dump, manner)
    }

    fn told(&self, outcome: &Outcome<'_>) -> Glance {
        let least = self.options.min_confidence;
        Glance {
            holds: outcome.candidates.iter().any(|candidate| candidate.confidence >= least),
            structured: outcome.far,
            dump: outcome.env_dump,
        }
    }

    /// Where keywords stand in a text that was made from another by a delta: `places` are those of that other, sorted.
    pub(crate) fn carry(
        &self,
        places: &[Hit],
        difference: &Difference,
        text: &[u8],
        scratch: &mut Scratch,
    ) -> Vec<Hit> {
        let (left, right) = self.keywords.reach();
        let reach = left + right + 2 * EDGE;
        // Where most of it is new, or near something new, it is searched as a whole.
        let searched: usize = difference.fresh.iter().map(|change| change.len() + reach).sum();
        if searched > text.len() / 2 {
            let mut hits = Vec::with_capacity(places.len() + 16);
            self.keywords.find(text, &mut hits);
            Prefilter::sort(&mut hits);
            return hits;
        }
        let mut copied: Vec<Hit> = Vec::with_capacity(places.len() + 16);
        let (same_start, same_end) = difference.ends(text.len());
        let longest = self.keywords.longest();
        let (mut first, mut before) = (0, 0);
        for piece in &difference.copies {
            let Copied { from, to, len } = *piece;
            if len <= 2 * EDGE {
                continue;
            }
            // At an end that both texts share, nothing else decides.
            let start = if same_start && to == 0 { 0 } else { from + EDGE };
            let end = if same_end && to + len == text.len() { from + len } else { from + len - EDGE };
            // Pieces most often come in the order in which they stand in the other, one close behind the other.
            let (passed, mut near) = (if from < before { 0 } else { first }, 4);
            while places.get(passed + near).is_some_and(|hit| hit.start() < start) {
                near *= 4;
            }
            let ahead = &places[passed..places.len().min(passed + near)];
            first = passed + ahead.partition_point(|hit| hit.start() < start);
            before = from;
            let (rest, moved) = (&places[first..], |hit: &Hit| hit.moved(from, to));
            // Only of those near its end is it asked whether all of them lies in the piece.
            let (mut sure, mut near) = (0, 4);
            while rest.get(sure + near).is_some_and(|hit| hit.start() + longest <= end) {
                sure += near;
                near *= 4;
            }
            let ahead = &rest[sure..rest.len().min(sure + near)];
            sure += ahead.partition_point(|hit| hit.start() + longest <= end);
            copied.extend(rest[..sure].iter().map(moved));
            let within = rest[sure..].iter().take_while(|hit| hit.start() < end);
            copied.extend(within.filter(|hit| self.keywords.span(**hit).end <= end).map(moved));
        }
        // What is new, and where pieces meet, with all that a keyword over an edge of it may reach.
        let hits = &mut scratch.hits;
        hits.clear();
        let mut window = 0..0;
        for change in &difference.fresh {
            let next = change.start.saturating_sub(EDGE + left)..(change.end + EDGE + right).min(text.len());
            if next.start > window.end {
                self.keywords.find_in(text, window, hits);
                window = next;
            } else {
                window.end = window.end.max(next.end);
            }
        }
        self.keywords.find_in(text, window, hits);
        Prefilter::sort(hits);
        prefilter::merged(copied, hits)
    }

    /// Finds the credentials of one artifact.
    #[must_use]
    pub fn scan(&self, artifact: &Artifact<'_>, scratch: &mut Scratch) -> Scanned {
        let origin = artifact.origin;
        let manner = scratch.manner(origin.telling_path());
        let view = encoding::view(artifact.bytes, &mut scratch.decoded);
        let budget = Budget::of(view.bytes.len());
        let layer = self.layer(origin, &budget, manner);
        let Outcome {
            candidates,
            places,
            mistake,
            latent,
            references,
            defined,
            cut,
            env_dump,
            far: _,
            passed: _,
            servers,
            client,
        } = layer.read(view.bytes, &mut scratch.hits);
        let mut scanned = Scanned::default();
        if let Some(mistake) = mistake {
            let line = match artifact.joined {
                Some(joined) => {
                    let at = line_start(view.bytes, mistake.line);
                    joined.region(view.raw_span(Span::new(at, at))).start_line
                }
                None => mistake.line.saturating_add(artifact.first_line.saturating_sub(1)),
            };
            scanned.notices.push(Notice {
                kind: NoticeKind::ConfigSyntax,
                path: Some(origin.path.clone()),
                line: Some(line),
                message: format!("the config does not parse: {}", mistake.message),
                hint: Some(
                    "its text was scanned all the same; correct the syntax so that servers and slots can be named"
                        .into(),
                ),
            });
        }
        if budget.was_short() {
            scanned.notices.push(Notice {
                kind: NoticeKind::NotDecoded,
                path: Some(origin.path.clone()),
                line: None,
                message:
                    "holds more encoded text within encoded text than is decoded; from there on it was scanned as it is"
                        .into(),
                hint: Some("decode it and scan what is inside, or leave it out with `--exclude`".into()),
            });
        }
        // A dump on a host is an environment, whatever the file is called.
        let origin = &match origin.place {
            Place::HostConfig if env_dump => Arc::new(Origin { place: Place::Env, ..Origin::clone(origin) }),
            _ => Arc::clone(origin),
        };
        scanned.definitions.extend(defined.into_iter().map(|defined| Definitions {
            origin: Arc::clone(origin),
            by: defined.by,
            server: defined.server,
            names: defined.names,
        }));
        let mut believed: Vec<Candidate<'_>> =
            candidates.into_iter().filter(|candidate| candidate.confidence >= self.options.min_confidence).collect();
        if believed.is_empty() && servers.is_empty() && latent.is_empty() && references.is_empty() && cut.is_empty() {
            return scanned;
        }
        layer::place(&mut believed, places);
        // What stands elsewhere in a config or store is still the client's.
        let owner =
            if believed.is_empty() { None } else { client.or_else(|| crate::client::owner_of(origin.telling_path())) };
        if owner.is_some() || !servers.is_empty() {
            layer::point(&mut believed, origin.telling_path(), view.bytes);
        }
        let transcript = context::is_transcript(origin.telling_path());
        let process = crate::source::process::is_process(&origin.path);
        let lines = LineIndex::new(view.bytes, artifact.first_line).from_column(artifact.first_column);
        let region = |span| match artifact.joined {
            Some(joined) => joined.region(view.raw_span(span)),
            None => view.region(&lines, span, artifact.base),
        };
        scanned.servers.extend(servers.into_iter().map(|entry| ServerSighting {
            origin: Arc::clone(origin),
            region: region(entry.span),
            client: entry.client.or(client),
            entry,
        }));
        let location = |span| Location { origin: Arc::clone(origin), region: region(span) };
        let occurrence = |found: Candidate<'_>| Occurrence {
            location: location(found.span),
            preview: Preview::of(&found.secret, found.public, found.bits),
            identity: Arc::new(self.fingerprinter.identify(&found.secret, found.public, found.bits, found.facts)),
            slot: match (Slot { client: found.slot.client.or(owner), ..found.slot }) {
                slot if process && slot.kind != SlotKind::CommandLine => Slot { kind: SlotKind::Process, ..slot },
                slot if transcript && slot.kind == SlotKind::Text => Slot { kind: SlotKind::Transcript, ..slot },
                slot => slot,
            },
            detector: found.detector,
            issuer: found.issuer,
            kind: found.kind,
            confidence: found.confidence,
            commits: None,
        };
        let kept = candidate::fold(believed);
        let unseen = |candidate: &Candidate<'_>| {
            let before = kept.partition_point(|known| known.span.start < candidate.span.end);
            before.checked_sub(1).and_then(|at| kept.get(at)).is_none_or(|known| !known.span.overlaps(candidate.span))
        };
        scanned.latent.extend(latent.into_iter().filter(unseen).map(occurrence));
        scanned.occurrences.extend(kept.into_iter().map(occurrence));
        scanned.references.extend(references.into_iter().map(|reference| Reference {
            location: location(reference.span),
            secret: reference.role == Role::Secret || reference.slot.issuer.is_some(),
            slot: reference.slot,
            kind: reference.kind,
            name: reference.name,
            has_default: reference.has_default,
        }));
        let at = |offset| lines.position(offset).0;
        scanned.notices.extend(marker::notices(&origin.path, view.bytes, &scanned.occurrences, at));
        scanned.notices.extend(truncated::notices(&origin.path, &cut, |at| lines.position(at).0));
        scanned
    }
}

/// Where a line begins, of which the first is 1; the end of the text where it has fewer.
fn line_start(text: &[u8], line: u32) -> usize {
    let before = line.checked_sub(2).and_then(|ends| memchr::memchr_iter(b'\n', text).nth(ends as usize));
    if line < 2 { 0 } else { before.map_or(text.len(), |at| at + 1) }
}
