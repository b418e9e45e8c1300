//! A possible credential while it is still a slice of the text, and the rule that one span yields one occurrence.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::client::Slot;
use crate::detector::{Anatomy, Confidence, Facts};
use crate::span::Span;

/// What made us look, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Evidence {
    /// `name = value` in text.
    Generic,
    /// A slot that holds a credential.
    Slot,
    /// A documented format.
    Format,
}

/// A possible credential. Lives no longer than the scan of one artifact; has no `Debug` because it holds the secret.
pub(super) struct Candidate<'t> {
    /// Where it stands in the text.
    pub(super) span: Span,
    /// The canonical secret.
    pub(super) secret: Cow<'t, [u8]>,
    pub(super) evidence: Evidence,
    /// The format itself tells who issued it, and not only what stands around it.
    pub(super) signed: bool,
    pub(super) detector: &'static str,
    pub(super) issuer: Option<&'static str>,
    pub(super) kind: &'static str,
    pub(super) confidence: Confidence,
    pub(super) bits: u32,
    pub(super) public: Anatomy,
    pub(super) facts: Facts,
    pub(super) slot: Slot,
}

impl Candidate<'_> {
    /// The same candidate without a borrow of decoded text that is about to go.
    pub(super) fn into_owned(self) -> Candidate<'static> {
        Candidate {
            secret: Cow::Owned(self.secret.into_owned()),
            span: self.span,
            evidence: self.evidence,
            signed: self.signed,
            detector: self.detector,
            issuer: self.issuer,
            kind: self.kind,
            confidence: self.confidence,
            bits: self.bits,
            public: self.public,
            facts: self.facts,
            slot: self.slot,
        }
    }

    /// What is preferred where two candidates share bytes: the documented format, the named slot, the longer secret, the
    /// surer one; the detector's id at last, so that the choice does not depend on the order in which they were found.
    fn merit(&self) -> impl Ord + use<> {
        (
            self.evidence,
            self.span.len(),
            self.confidence,
            self.signed,
            self.slot.client.is_some() || self.slot.server.is_some() || self.slot.pointer.is_some(),
            self.slot.pointer.is_some(),
            // A config within the config of a client is a part of that.
            self.slot.client.is_some(),
            self.issuer.is_some(),
            self.slot.variable.is_some(),
            std::cmp::Reverse(self.detector),
        )
    }

    /// Takes over what a worse candidate for the same bytes knows and this one does not.
    fn learn(&mut self, worse: Self) {
        if self.slot.pointer.is_none() && self.slot.server.is_none() {
            if worse.slot.pointer.is_some() || worse.slot.server.is_some() {
                self.slot = worse.slot;
            } else {
                self.slot.variable = self.slot.variable.take().or(worse.slot.variable);
            }
        }
        if self.span == worse.span {
            // What only a name in the text speaks for may be said more surely by the slot; a checksum is not overruled.
            if !self.signed {
                self.confidence = self.confidence.max(worse.confidence);
            }
            self.issuer = self.issuer.or(worse.issuer);
            self.facts.merge(worse.facts);
        }
    }
}

/// Leaves the best of all candidates that share bytes, in order of place.
///
/// The loser's slot, issuer and facts are taken over where the winner has none.
pub(super) fn fold(mut candidates: Vec<Candidate<'_>>) -> Vec<Candidate<'_>> {
    candidates.sort_by(|a, b| b.merit().cmp(&a.merit()).then(a.span.cmp(&b.span)));
    // Kept spans are disjoint, so that whatever overlaps one is its neighbour by start.
    let mut kept: BTreeMap<usize, Candidate<'_>> = BTreeMap::new();
    for candidate in candidates {
        match kept.range_mut(..candidate.span.end.max(candidate.span.start + 1)).next_back() {
            Some((_, better)) if better.span.overlaps(candidate.span) => better.learn(candidate),
            _ => {
                kept.insert(candidate.span.start, candidate);
            }
        }
    }
    kept.into_values().collect()
}
