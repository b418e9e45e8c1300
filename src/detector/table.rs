//! The tables that the build wrote from `rules/detectors/`.

use super::confirm::Regexes;
use super::{Checksum, Confidence, Decoder, Detector, Detectors, Form};

include!(concat!(env!("OUT_DIR"), "/detectors.rs"));

pub(super) static EMBEDDED: Detectors =
    Detectors { all: &DETECTORS, names: &NAMES, texts: &TEXTS, replaced: &[], added: 0 };
