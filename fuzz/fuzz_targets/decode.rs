//! Any bytes as text in disguise: no panic, and what is found stands within the text.
#![no_main]

use std::sync::{Arc, LazyLock};

use keytrawl::credential::{Fingerprinter, KeyRing};
use keytrawl::detector::{Confidence, Detectors};
use keytrawl::scan::{Options, Scanner, Scratch};
use keytrawl::source::{Artifact, Asset, Origin, Place};
use libfuzzer_sys::fuzz_target;

static SCANNER: LazyLock<Scanner> = LazyLock::new(|| {
    let options = Options { min_confidence: Confidence::Low };
    Scanner::new(Detectors::embedded(), Fingerprinter::new(KeyRing::none(), false), options)
});

fuzz_target!(|data: &[u8]| {
    for path in [".claude/projects/x/a.jsonl", "README.md", "setup.sh"] {
        let asset = Arc::new(Asset::host());
        let origin = Arc::new(Origin::new(path.to_owned(), Place::HostConfig, asset));
        let artifact = Artifact { origin: &origin, bytes: data, base: 0, first_line: 1, first_column: 1, joined: None };
        for found in SCANNER.scan(&artifact, &mut Scratch::default()).occurrences {
            let region = found.location.region;
            assert!((region.byte_offset + region.byte_length) as usize <= data.len());
        }
    }
});
