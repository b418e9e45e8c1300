//! Compressed files that differ in nothing but the time in their header are told of as if each had been opened.

use std::io::Write;

use super::*;

/// A gzip file of this text, packed at this time.
fn gzip(text: &[u8], time: u32) -> Vec<u8> {
    let builder = flate2::GzBuilder::new().filename("asset").mtime(time);
    let mut encoder = builder.write(Vec::new(), flate2::Compression::best());
    encoder.write_all(text).expect("written");
    encoder.finish().expect("a gzip")
}

/// A tar of two files, of which one is a link.
fn tar(text: &[u8]) -> Vec<u8> {
    let mut builder = ::tar::Builder::new(Vec::new());
    for (name, kind) in [("a.js", ::tar::EntryType::Regular), ("b.js", ::tar::EntryType::Symlink)] {
        let mut header = ::tar::Header::new_gnu();
        let text = if kind == ::tar::EntryType::Regular { text } else { b"" };
        header.set_entry_type(kind);
        header.set_size(text.len() as u64);
        builder.append_data(&mut header, name, text).expect("a member");
    }
    builder.into_inner().expect("a tar")
}

/// Looks at blobs one after another: for each whether it holds something, and what is counted of all.
fn looked(blobs: &[(&str, Vec<u8>)], limits: &Limits, anew: bool) -> (Vec<bool>, Coverage) {
    let scanner = scanner();
    let mut looker = Looker::new(&scanner, limits);
    let mut coverage = Coverage::default();
    let held = blobs.iter().map(|(path, bytes)| {
        if anew {
            looker = Looker::new(&scanner, limits);
        }
        looker.look(&origin(path), Seen::Bytes(bytes), false, &mut coverage).expect("held").0
    });
    (held.collect(), coverage)
}

#[test]
fn a_file_that_was_packed_again_is_counted_and_not_opened() {
    let limits = Limits::new(5, 32 << 20);
    let scanner = scanner();
    let mut looker = Looker::new(&scanner, &limits);
    let (text, mut coverage) = (b"let it = 1;\n".repeat(200), Coverage::default());
    for (at, time) in [0, 1_600_000_000, 1_700_000_000, u32::MAX].into_iter().enumerate() {
        let bytes = gzip(&text, time);
        let (before, behind) = archive::timeless(&bytes).expect("a gzip");
        let origin = origin("web/app.js.gz");
        let known = looker.opened.knows(looker.opened.mark(behind, (before, &*origin)));
        assert_eq!(known, (at > 0).then_some(1));
        let (held, _) = looker.look(&origin, Seen::Bytes(&bytes), false, &mut coverage).expect("held");
        let all = at as u64 + 1;
        assert_eq!((held, coverage.blobs, coverage.members), (false, all, all));
        assert_eq!(coverage.bytes, all * bytes.len() as u64);
    }
}

#[test]
fn a_secret_in_a_file_that_was_packed_again_is_found_each_time() {
    let limits = Limits::new(5, 32 << 20);
    let clean = b"let it = 1;\n".repeat(200);
    let telling = [&clean[..], format!("token = \"{}\"\n", secret(3)).as_bytes()].concat();
    let path = "web/app.js.gz";
    let blobs = [(&clean, 1), (&clean, 2), (&telling, 3), (&telling, 4), (&clean, 5)];
    let blobs = blobs.map(|(text, time)| (path, gzip(text, time)));
    assert_eq!(looked(&blobs, &limits, false).0, [false, false, true, true, false]);
}

/// A file in a history: its path, what it holds, when it was packed, and what happened to it since.
fn blob() -> impl Strategy<Value = (usize, usize, u32, usize)> {
    (0usize..3, 0usize..5, 0u32..3, 0usize..6)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn files_that_were_packed_again_are_told_of_as_if_each_was_opened(
        blobs in proptest::collection::vec(blob(), 1..24),
        depth in 0u8..3,
    ) {
        let clean = b"let it = 1;\n".repeat(40);
        let token = format!("token = \"{}\"\n", secret(9)).into_bytes();
        let texts = [clean.clone(), [clean, token].concat(), Vec::new(), b"7z\xbc\xaf\x27\x1c".to_vec()];
        let blobs: Vec<(&str, Vec<u8>)> = blobs.into_iter().map(|(path, text, time, harm)| {
            let text = texts.get(text).cloned().unwrap_or_else(|| tar(&texts[0]));
            let mut bytes = gzip(&text, time);
            let last = bytes.len() - 1;
            match harm {
                0 => bytes[last - 4] ^= 1,
                1 => bytes.truncate(last),
                2 => bytes[3] |= 2,
                _ => {}
            }
            (["web/a.js.gz", "b.json.gz", ".mcp.json"][path], bytes)
        }).collect();
        let limits = Limits::new(depth, 32 << 20);
        prop_assert_eq!(looked(&blobs, &limits, false), looked(&blobs, &limits, true));
    }
}
