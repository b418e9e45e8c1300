//! The tables that the build wrote from `rules/detectors/`.

use super::confirm::Regexes;
use super::{Checksum, Confidence, Decoder, Detector, Detectors, Form};

include!(concat!(env!("OUT_DIR"), "/detectors.rs"));
include!(concat!(env!("OUT_DIR"), "/digest.rs"));

/// SHA-256 over everything in `rules/`, the known servers and clients included, and the version that reads it.
pub(super) const RULES: [u8; 32] = DIGEST;

pub(super) static EMBEDDED: Detectors =
    Detectors { all: &DETECTORS, names: &NAMES, texts: &TEXTS, replaced: &[], added: 0 };
