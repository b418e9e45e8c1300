//! One literal credential at one location.

use std::sync::Arc;

use super::{Commits, Identity, Preview};
use crate::client::Slot;
use crate::detector::Confidence;
use crate::source::Origin;
use crate::span::Region;

/// Where an occurrence stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Location {
    /// The artifact.
    pub origin: Arc<Origin>,
    /// The secret itself, to the byte.
    pub region: Region,
}

/// One literal credential at one location.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Occurrence {
    /// Where it stands.
    pub location: Location,
    /// The place in a structured file, or a bare kind.
    pub slot: Slot,
    /// Id of the detector that found it. Detectors live as long as the process.
    pub detector: &'static str,
    /// Who issued it, where known.
    pub issuer: Option<&'static str>,
    /// `api_key`, `api_token`, `password` … as in inventory records.
    pub kind: &'static str,
    /// Who it is.
    pub identity: Arc<Identity>,
    /// What may be shown of it.
    pub preview: Preview,
    /// How sure the detector is.
    pub confidence: Confidence,
    /// Since when it stands there, where the history of a repository was looked at.
    pub commits: Option<Arc<Commits>>,
}

impl Occurrence {
    /// Who should have issued what stands in this slot, where `issuer` is somebody else.
    #[must_use]
    pub fn expected_issuer(&self, issuer: Option<&str>) -> Option<&'static str> {
        self.slot.issuer.filter(|expected| issuer.is_some_and(|issuer| !are_kin(issuer, expected)))
    }
}

/// Whether two issuers are one house: the same, a product of the other (`mongodb`, `mongodb-atlas`), or Google's two.
fn are_kin(a: &str, b: &str) -> bool {
    let product = |part: &str, house: &str| part.strip_prefix(house).is_some_and(|rest| rest.starts_with('-'));
    let google = |issuer: &str| matches!(issuer, "google" | "gcp");
    a == b || product(a, b) || product(b, a) || (google(a) && google(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_of_one_house_are_kin() {
        for (a, b) in [("github", "github"), ("mongodb-atlas", "mongodb"), ("gcp", "google")] {
            assert!(are_kin(a, b) && are_kin(b, a), "{a} {b}");
        }
        assert!(!are_kin("github", "notion") && !are_kin("x", "xai"));
    }
}
