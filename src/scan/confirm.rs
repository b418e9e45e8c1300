//! Tries the detectors of a keyword where it was hit, and nowhere else.

use std::ops::Range;

use super::candidate::{Candidate, Evidence};
use crate::client::{Slot, SlotKind};
use crate::detector::{Detector, Detectors, Hit};
use crate::span::Span;

/// Every detector of `ordinals` whose pattern holds around the keyword.
pub(super) fn confirm<'t>(
    detectors: &'static Detectors,
    ordinals: &[u16],
    text: &'t [u8],
    keyword: &Range<usize>,
    found: &mut Vec<Candidate<'t>>,
) {
    let named = ordinals.iter().filter_map(|&ordinal| detectors.all().get(usize::from(ordinal)));
    found.extend(named.filter_map(|detector| candidate(detector, text, keyword.clone())));
}

fn candidate<'t>(detector: &'static Detector, text: &'t [u8], keyword: Range<usize>) -> Option<Candidate<'t>> {
    found(detector, text, detector.confirm(text, keyword)?)
}

/// A hit of a detector as a candidate.
pub(super) fn found<'t>(detector: &'static Detector, text: &'t [u8], hit: Hit) -> Option<Candidate<'t>> {
    let secret = text.get(hit.secret.clone()).filter(|secret| !secret.is_empty())?;
    Some(Candidate {
        span: Span::new(hit.secret.start, hit.secret.end),
        secret: detector.canonical(secret),
        evidence: Evidence::Format,
        signed: detector.issuer.is_some(),
        detector: detector.id,
        issuer: detector.issuer,
        kind: detector.kind,
        confidence: hit.confidence,
        bits: hit.bits,
        public: hit.public,
        facts: hit.facts,
        slot: Slot::bare(SlotKind::Text),
    })
}
