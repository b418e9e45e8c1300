//! Any bytes as an archive of each kind: no panic, and no more read than the bounds allow.
#![no_main]

use std::sync::Arc;

use keytrawl::coverage::Coverage;
use keytrawl::source::archive::{self, Limits};
use keytrawl::source::{Asset, Origin, Place};
use libfuzzer_sys::fuzz_target;

/// What each kind begins with; the first byte of the input chooses one, or none.
const MAGIC: [&[u8]; 6] =
    [b"", b"PK\x03\x04", b"\x1f\x8b\x08\x00", b"\x28\xb5\x2f\xfd", b"\xfd7zXZ\x00", b"BZh91AY&SY"];

fuzz_target!(|data: &[u8]| {
    let Some((choice, rest)) = data.split_first() else { return };
    let bytes = [MAGIC[usize::from(*choice) % MAGIC.len()], rest].concat();
    let asset = Arc::new(Asset::host());
    let origin = Origin::new("a".to_owned(), Place::HostConfig, asset);
    let limits =
        Limits { total: 1 << 24, entry: 1 << 22, ratio_from: 1 << 20, members: 1000, ..Limits::new(3, 1 << 20) };
    let mut shown = 0;
    let mut coverage = Coverage::default();
    archive::read_bytes(&origin, &bytes, &limits, &mut Vec::new(), &mut coverage, &mut |artifact| {
        assert!(artifact.origin.path.starts_with('a'));
        shown += artifact.bytes.len();
    });
    assert!(shown <= 1 << 26, "windows overlap, but not so much");
});
