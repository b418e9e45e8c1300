//! Databases that another implementation wrote, and hostile bytes: what is shown of them, where it stands, and that it ends.

use std::path::Path;

use proptest::prelude::*;
use rusty_leveldb::compressor::SnappyCompressor;
use rusty_leveldb::{CompressorId, DB, in_memory};

use super::*;
use crate::source::joined::{Standing, Whole};
use crate::span::Span;

const LOG: &str = "a/000003.log";
const TABLE: &str = "a/000005.ldb";

/// The bytes of the log, or of the table, of a database with these entries.
fn database(path: &str, entries: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let mut options = in_memory();
    options.compressor = SnappyCompressor::ID;
    let files = options.env.clone();
    let mut database = DB::open("db", options).expect("a database");
    for (key, value) in entries {
        database.put(key, value).expect("put");
    }
    database.flush().expect("flushed");
    if path == TABLE {
        database.compact_range(b"\0", b"\xff").expect("compacted");
    }
    let extension = path.rsplit('.').next().expect("an extension");
    let names = files.children(Path::new("db")).expect("files");
    let of_kind = |name: &&std::path::PathBuf| name.extension().is_some_and(|found| found == extension);
    let name = names.iter().filter(of_kind).max_by_key(|name| size(files.as_ref().as_ref(), name)).expect("a file");
    let mut bytes = Vec::new();
    let mut file = files.open_sequential_file(&Path::new("db").join(name)).expect("opened");
    file.read_to_end(&mut bytes).expect("read");
    bytes
}

fn size(files: &dyn rusty_leveldb::env::Env, name: &Path) -> usize {
    files.size_of(&Path::new("db").join(name)).unwrap_or_default()
}

/// Everything that is shown, with its pieces.
fn shown(path: &str, bytes: &[u8]) -> Vec<(Vec<u8>, Vec<Piece>)> {
    let mut shown = Vec::new();
    join(path, bytes, &mut |text, pieces| shown.push((text.to_vec(), pieces.to_vec())));
    shown
}

fn stored(name: &str) -> Vec<u8> {
    [b"_file://\0\x01", name.as_bytes()].concat()
}

fn latin(text: &str) -> Vec<u8> {
    std::iter::once(1)
        .chain(text.chars().map(|character| u8::try_from(u32::from(character)).expect("Latin-1")))
        .collect()
}

fn wide(text: &str) -> Vec<u8> {
    std::iter::once(0).chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect()
}

/// Text that no compression makes shorter, other for each seed.
fn noise(length: usize, seed: u64) -> String {
    let mut state = seed | 1;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(b'0' + (state >> 33) as u8 % 75)
    };
    (0..length).map(|_| next()).collect()
}

#[test]
fn a_value_of_a_page_is_text_whichever_way_it_is_written_and_compressed() {
    let plain = format!("{{\"name\":\"café\",\"key\":\"{}\"}}", noise(40, 3));
    let other = format!("{{\"name\":\"工单\",\"key\":\"{}\"}}", noise(40, 4));
    let filler: Vec<_> = (0..200).map(|at| (stored(&format!("a{at}")), latin(&noise(40, 9).repeat(8)))).collect();
    let entries = [filler, vec![(stored("b"), latin(&plain)), (stored("c"), wide(&other))]].concat();
    for path in [LOG, TABLE] {
        let bytes = database(path, &entries);
        assert!(is_leveldb(path, &bytes));
        assert!(replaces(path, &bytes));
        let shown = shown(path, &bytes);
        let in_utf16 = [vec![0xff, 0xfe], wide(&other)[1..].to_vec()].concat();
        for (text, key) in [(plain.clone().into_bytes(), noise(40, 3)), (in_utf16, noise(40, 4))] {
            let (_, pieces) = shown.iter().find(|(shown, _)| *shown == text).expect("it is shown");
            let written: Vec<u8> = match text.starts_with(&[0xff]) {
                true => key.encode_utf16().flat_map(u16::to_le_bytes).collect(),
                false => key.into_bytes(),
            };
            let find = |within: &[u8]| within.windows(written.len()).position(|window| window == written);
            let at = find(&text).expect("the key");
            let region = Whole::new(&bytes, 0, 1).joined(pieces).region(Span::new(at, at + written.len()));
            let (from, length) = (region.byte_offset as usize, region.byte_length as usize);
            match find(&bytes) {
                Some(raw) => assert_eq!((from, length), (raw, written.len()), "{path}"),
                // Compressed by a copy of one of its bytes or more, it stands among the others of its block.
                None => assert!(path == TABLE && from + length <= bytes.len()),
            }
        }
    }
}

#[test]
fn a_value_that_goes_on_in_other_blocks_of_the_log_is_put_together() {
    let text = noise(100_000, 5);
    let bytes = database(LOG, &[(b"k".to_vec(), text.clone().into_bytes())]);
    let shown = shown(LOG, &bytes);
    assert_eq!(shown.len(), 2, "and what is left of the file");
    let (value, pieces) = &shown[0];
    assert_eq!(value, text.as_bytes());
    assert_eq!(pieces.len(), 4);
    for (at, byte) in value.iter().enumerate() {
        let piece = pieces.iter().rev().find(|piece| piece.at <= at).expect("a piece");
        assert_eq!(bytes[piece.raw + at - piece.at], *byte);
    }
    // What is lost at its end takes nothing from what is before.
    let cut = &bytes[..70_000];
    assert!(value.starts_with(&self::shown(LOG, cut)[0].0));
}

#[test]
fn every_block_of_a_table_is_shown_once_and_nothing_of_what_is_none() {
    let entries: Vec<_> =
        (0..500).map(|at| (format!("key{at:04}").into_bytes(), noise(60, 2 * at).into_bytes())).collect();
    let bytes = database(TABLE, &entries);
    let shown = shown(TABLE, &bytes);
    let all: Vec<u8> = shown.iter().flat_map(|(block, _)| block.clone()).collect();
    for (_, value) in &entries {
        assert_eq!(all.windows(value.len()).filter(|window| window == value).count(), 1);
    }
    for (path, bytes) in
        [("a/000005.txt", &bytes[..]), ("a/x.ldb", &bytes), (TABLE, &bytes[1..]), (LOG, b"2026 started")]
    {
        assert!(self::shown(path, bytes).is_empty() && !replaces(path, bytes), "{path}");
    }
    assert!(!is_leveldb("var/20260101.log", b"2026-01-01 started\n"));
}

#[test]
fn a_block_that_does_not_decompress_is_shown_as_it_is() {
    let entries: Vec<_> = (0..200).map(|at| (vec![at], noise(90, u64::from(at)).into_bytes())).collect();
    let mut bytes = database(TABLE, &entries);
    // The length that the first block claims.
    bytes[..3].fill(0xff);
    let shown = shown(TABLE, &bytes);
    assert!(bytes.starts_with(&shown[0].0) && shown.len() > 1);
}

#[test]
fn snappy_reads_what_another_implementation_wrote_and_places_it() {
    let text = format!("{}{}{}", noise(300, 1), "x".repeat(500), noise(300, 1));
    let mut content = Content::default();
    // A literal of three bytes, a copy that runs into itself, and one with an offset of four bytes.
    snappy::decompress(&[12, 2 << 2, b'a', b'b', b'c', 1 | 1 << 2, 3, 3 | 3 << 2, 4, 0, 0, 0], 7, 100, &mut content)
        .expect("it reads");
    assert_eq!(content.bytes, b"abcabcabbcab");
    assert_eq!(content.pieces[0], Piece::verbatim(0, 9));
    let bytes = database(TABLE, &[(b"k".to_vec(), text.clone().into_bytes())]);
    assert!(bytes.len() < text.len());
    assert!(shown(TABLE, &bytes).iter().any(|(block, _)| block.windows(text.len()).any(|it| it == text.as_bytes())));
}

proptest! {
    #[test]
    fn damage_never_panics_and_what_is_shown_stays_bounded(
        table in any::<bool>(), changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..30), cut in 0usize..60,
    ) {
        let path = if table { TABLE } else { LOG };
        let entries: Vec<_> =
            (0..60).map(|at| (stored(&format!("{at}")), latin(&noise(30, at % 7).repeat(30)))).collect();
        let mut bytes = database(path, &entries);
        bytes.truncate(bytes.len() - if table { 0 } else { cut * 100 });
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let mut total = 0;
        join(path, &bytes, &mut |text, pieces| {
            total += text.len();
            assert!(pieces.is_sorted_by_key(|piece| piece.at));
            assert!(pieces.iter().all(|piece| piece.at <= text.len() && piece.raw + piece.whole <= bytes.len()));
        });
        prop_assert!(total <= 3 * (GROWTH * bytes.len() + FLOOR));
    }

    #[test]
    fn no_bytes_make_snappy_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let mut content = Content::default();
        let _ = snappy::decompress(&bytes, 0, 1 << 16, &mut content);
        prop_assert!(content.bytes.len() <= (1 << 16) + 64 + bytes.len());
    }
}
