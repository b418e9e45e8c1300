//! One literal credential at one location.

use std::sync::Arc;

use super::{Identity, Preview};
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
}
