//! Any bytes under any path through the whole scanner: no panic, and every region lies within the bytes.
#![no_main]

use std::sync::{Arc, LazyLock};

use keytrawl::credential::{Fingerprinter, KeyRing};
use keytrawl::detector::{Confidence, Detectors};
use keytrawl::scan::{Options, Scanner, Scratch};
use keytrawl::source::{Artifact, Asset, Origin, Place};
use libfuzzer_sys::fuzz_target;

static SCANNER: LazyLock<Scanner> = LazyLock::new(|| {
    let options = Options { min_confidence: Confidence::Low };
    Scanner::new(Detectors::embedded(), Fingerprinter::new(KeyRing::default(), false), options)
});

/// Paths that choose a reader; an input that names one of its own chooses that.
const PATHS: [&str; 8] =
    [".mcp.json", ".env", ".codex/config.toml", ".continue/config.yaml", "environ", "a.sh", "README.md", "a.py"];

fuzz_target!(|data: &[u8]| {
    let [choice, bytes @ ..] = data else { return };
    let (path, bytes) = match PATHS.get(usize::from(*choice)) {
        Some(path) => ((*path).to_owned(), bytes),
        None => {
            let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(0);
            (String::from_utf8_lossy(&bytes[..end]).into_owned(), &bytes[end..])
        }
    };
    let env_dump = choice % 2 == 1;
    let origin = Arc::new(Origin { env_dump, ..Origin::new(path, Place::HostConfig, Arc::new(Asset::host())) });
    let artifact = Artifact { origin: &origin, bytes, base: 0, first_line: 1, first_column: 1, joined: None };
    for found in SCANNER.scan(&artifact, &mut Scratch::default()).occurrences {
        let region = found.location.region;
        assert!(region.byte_offset + region.byte_length <= bytes.len() as u64);
        assert!(region.start_line >= 1 && region.start_line <= region.end_line);
    }
});
