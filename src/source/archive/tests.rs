//! Archives made by other libraries, and hostile bytes: what is shown of them, and that it ends.

mod whole;

use std::io::Write;
use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::coverage::{NoticeKind, Skip};
use crate::source::{Asset, Place};

/// Reads with small bounds: name and text of each member, and what was said.
fn read_with(bytes: &[u8], limits: &Limits) -> (Vec<(String, String)>, Coverage) {
    let asset = Arc::new(Asset::host());
    let origin = Origin::new("a".to_owned(), Place::HostConfig, asset);
    let mut members = Vec::new();
    let mut coverage = Coverage::default();
    read_bytes(&origin, bytes, limits, &mut Vec::new(), &mut coverage, &mut |artifact| {
        members.push((artifact.origin.path.clone(), String::from_utf8_lossy(artifact.bytes).into_owned()));
    });
    (members, coverage)
}

fn small() -> Limits {
    Limits { ratio_from: 1 << 20, ..Limits::new(DEFAULT_DEPTH, 1 << 20) }
}

fn names(bytes: &[u8]) -> Vec<String> {
    let (members, coverage) = read_with(bytes, &small());
    assert!(coverage.notices.is_empty(), "{:?}", coverage.notices);
    members.into_iter().map(|(name, _)| name).collect()
}

/// What was refused, as the first words of each notice.
fn refused(bytes: &[u8], limits: &Limits) -> Vec<String> {
    let (_, coverage) = read_with(bytes, limits);
    assert!(coverage.notices.iter().all(|notice| notice.kind == NoticeKind::ArchiveRefused && notice.hint.is_some()));
    coverage.notices.into_iter().map(|notice| notice.message).collect()
}

fn zip(members: &[(&str, &[u8])], method: ::zip::CompressionMethod) -> Vec<u8> {
    let mut writer = ::zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        let options = ::zip::write::SimpleFileOptions::default().compression_method(method);
        writer.start_file(*name, options).expect("a member");
        writer.write_all(bytes).expect("written");
    }
    writer.finish().expect("a zip").into_inner()
}

fn deflated(members: &[(&str, &[u8])]) -> Vec<u8> {
    zip(members, ::zip::CompressionMethod::Deflated)
}

fn stored(members: &[(&str, &[u8])]) -> Vec<u8> {
    zip(members, ::zip::CompressionMethod::Stored)
}

fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = ::tar::Builder::new(Vec::new());
    for (name, bytes) in members {
        let mut header = ::tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, name, *bytes).expect("a member");
    }
    builder.into_inner().expect("a tar")
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).expect("written");
    encoder.finish().expect("a gzip")
}

fn bzip2(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ::bzip2::write::BzEncoder::new(Vec::new(), ::bzip2::Compression::fast());
    encoder.write_all(bytes).expect("written");
    encoder.finish().expect("a bzip2")
}

fn xz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = lzma_rust2::XzWriter::new(Vec::new(), lzma_rust2::XzOptions::with_preset(1)).expect("an encoder");
    encoder.write_all(bytes).expect("written");
    encoder.finish().expect("an xz")
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

#[test]
fn every_kind_shows_its_members() {
    let members: &[(&str, &[u8])] = &[("x.env", b"A=1\n"), ("d/y", b"two\n")];
    let expected = ["a!/x.env", "a!/d/y"];
    assert_eq!(names(&deflated(members)), expected);
    assert_eq!(names(&stored(members)), expected);
    let tar = tar(members);
    assert_eq!(names(&tar), expected);
    for packed in [gzip(&tar), bzip2(&tar), xz(&tar), zstd(&tar)] {
        assert_eq!(names(&packed), expected);
    }
}

#[test]
fn a_compressed_file_of_several_streams_is_read_to_its_end() {
    for packed in [gzip, bzip2, xz, zstd] {
        let (members, coverage) = read_with(&[packed(b"one\n"), packed(b"two\n")].concat(), &small());
        assert_eq!(members, [("a!/a".to_owned(), "one\ntwo\n".to_owned())]);
        assert!(coverage.notices.is_empty());
    }
}

#[test]
fn archives_nest_to_the_depth_that_is_asked_for_and_a_compressed_tar_counts_once() {
    let inner = gzip(&tar(&[("c.env", b"A=1")]));
    assert_eq!(names(&deflated(&[("b.tar.gz", &inner)])), ["a!/b.tar.gz!/c.env"]);
    let deep = stored(&[("1", &stored(&[("2", &deflated(&[("3", &deflated(&[("4", b"x")]))]))]))]);
    let messages = refused(&deep, &small());
    assert!(matches!(messages.as_slice(), [one] if one.contains("nested deeper")), "{messages:?}");
    let (members, coverage) = read_with(&deep, &Limits { depth: 4, ..small() });
    assert_eq!(members, [("a!/1!/2!/3!/4".to_owned(), "x".to_owned())]);
    assert!(coverage.notices.is_empty());
}

#[test]
fn bytes_before_and_behind_a_zip_hide_nothing() {
    let zip = stored(&[("x", b"in\n")]);
    let (members, coverage) = read_with(&[b"#!/bin/python\n", zip.as_slice()].concat(), &small());
    assert_eq!(members[0], ("a".to_owned(), "#!/bin/python\n".to_owned()));
    assert_eq!(members[1].0, "a!/x");
    assert!(coverage.notices.is_empty());
    assert_eq!(names(&[zip.as_slice(), b"SIGNATURE of some bytes"].concat()), ["a!/x"]);
}

#[test]
fn links_and_devices_are_passed_over_and_counted() {
    let mut builder = ::tar::Builder::new(Vec::new());
    for kind in [::tar::EntryType::Symlink, ::tar::EntryType::Fifo, ::tar::EntryType::Char] {
        let mut header = ::tar::Header::new_ustar();
        header.set_entry_type(kind);
        header.set_path("link").expect("a path");
        header.set_size(0);
        header.set_cksum();
        builder.append(&header, &[][..]).expect("a member");
    }
    let (members, coverage) = read_with(&builder.into_inner().expect("a tar"), &small());
    assert!(members.is_empty() && coverage.notices.is_empty());
    assert_eq!((coverage.skipped[&Skip::Symlink], coverage.skipped[&Skip::Special]), (1, 2));
}

#[test]
fn a_long_name_and_a_name_with_a_way_up_are_labels_only() {
    let long = format!("{}/x.env", "d".repeat(300));
    assert_eq!(names(&tar(&[(long.as_str(), b"A=1")])), [format!("a!/{long}")]);
    assert_eq!(names(&stored(&[("../../etc/\u{1b}x", b"A=1")])), ["a!/__/__/etc/\u{fffd}x"]);
}

#[test]
fn a_damaged_or_encrypted_member_does_not_hide_the_others() {
    let mut bytes = stored(&[("x", b"one"), ("y", b"two"), ("z", b"six")]);
    let local = memchr::memmem::find_iter(&bytes, b"PK\x03\x04").collect::<Vec<_>>();
    let entries = memchr::memmem::find_iter(&bytes, b"PK\x01\x02").collect::<Vec<_>>();
    bytes[local[0]] = b'?';
    bytes[entries[1] + 8] |= 1;
    let (members, coverage) = read_with(&[b"\x50\x4b\x07\x08", &bytes[..]].concat()[4..], &small());
    // Its first bytes are damaged, so that only its end tells what it is.
    assert_eq!(members.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["a!/z"]);
    let said: Vec<_> = coverage.notices.iter().map(|notice| notice.path.clone().unwrap_or_default()).collect();
    assert_eq!(said, ["a!/x", "a!/y"]);
}

#[test]
fn of_a_truncated_archive_what_is_there_is_shown_and_the_rest_is_told() {
    let text: Vec<u8> = (0..9000_u32).flat_map(|at| (at.wrapping_mul(2_654_435_761)).to_le_bytes()).collect();
    let members: &[(&str, &[u8])] = &[("first", b"A=1\n"), ("second", &text)];
    for (bytes, least) in [(tar(members), 2), (gzip(&tar(members)), 2), (deflated(members), 1), (stored(members), 1)] {
        let (shown, coverage) = read_with(&bytes[..bytes.len() / 2], &small());
        assert!(shown.len() >= least && shown[0].0 == "a!/first", "{}", shown.len());
        assert_eq!(coverage.notices.len(), 1);
    }
}

#[test]
fn a_size_that_is_a_lie_is_told() {
    let mut bytes = tar(&[("x.env", b"A=1\n")]);
    bytes[124..136].copy_from_slice(b"77777777777\0");
    bytes[148..156].copy_from_slice(b"        ");
    let sum: u32 = bytes[..512].iter().map(|byte| u32::from(*byte)).sum();
    bytes[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    assert_eq!(refused(&bytes, &small()).len(), 1);
    let mut bytes = stored(&[("x", b"one")]);
    let entry = memchr::memmem::find(&bytes, b"PK\x01\x02").expect("an entry");
    bytes[entry + 20..entry + 24].copy_from_slice(&0x7fff_ffff_u32.to_le_bytes());
    assert_eq!(refused(&bytes, &small()).len(), 1);
}

#[test]
fn what_inflates_without_measure_is_refused() {
    let zeros = vec![0; 8 << 20];
    let bomb = gzip(&zeros);
    assert!(refused(&bomb, &small())[0].contains("inflates far more"));
    assert!(refused(&deflated(&[("x", &zeros)]), &small())[0].contains("inflates far more"));
    // Many members that are bearable one by one.
    let quarter = &zeros[..900 << 10];
    let many: Vec<(String, &[u8])> = (0..64).map(|at| (format!("m{at}"), quarter)).collect();
    let many: Vec<(&str, &[u8])> = many.iter().map(|(name, bytes)| (name.as_str(), *bytes)).collect();
    assert!(refused(&deflated(&many), &small())[0].contains("more than its size allows"));
    let limits = Limits { entry: 1 << 20, ratio: 100_000, ..small() };
    assert!(refused(&bomb, &limits)[0].contains("more than a member may"));
}

#[test]
fn members_without_number_and_archives_without_end_are_refused() {
    let limits = Limits { members: 10, ..small() };
    let many = [("x", &b"1"[..]); 20];
    let (shown, coverage) = read_with(&tar(&many), &limits);
    assert_eq!((shown.len(), coverage.notices.len()), (10, 1));
    let deep = (0..100).fold(b"deep".to_vec(), |inner, _| gzip(&inner));
    assert!(refused(&deep, &small())[0].contains("nested deeper"));
    // Much of the same is one notice.
    let bomb = stored(&[("x", b"1")]);
    let level = |bytes: &[u8]| stored(&NINE.map(|name| (name, bytes)));
    let messages = refused(&level(&level(&level(&bomb))), &small());
    assert!(matches!(messages.as_slice(), [one] if one.contains("728 others")), "{messages:?}");
}

const NINE: [&str; 9] = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];

#[test]
fn what_only_begins_like_an_archive_is_no_archive_to_be_passed_over() {
    let (members, coverage) = read_with(b"PK\x03\x04 is how a zip begins", &small());
    assert!(members.is_empty());
    assert_eq!(coverage.notices.len(), 1);
}

proptest! {
    #[test]
    fn no_bytes_make_a_reader_panic_or_run_on(bytes in proptest::collection::vec(any::<u8>(), 0..400), choice in 0usize..7) {
        let magic: [&[u8]; 7] =
            [b"", b"PK\x03\x04", b"\x1f\x8b\x08\x00", b"\x28\xb5\x2f\xfd", b"\xfd7zXZ\x00", b"BZh91AY&SY", b"PK\x05\x06"];
        let (members, _) = read_with(&[magic[choice], &bytes].concat(), &small());
        prop_assert!(members.iter().all(|(name, _)| name.starts_with('a')));
    }

    #[test]
    fn damage_anywhere_never_panics(at in 0.0f64..1.0, byte: u8, kind in 0usize..7) {
        let members: &[(&str, &[u8])] = &[("x.env", b"A=1\nA=1\nA=2\n"), ("d/y", b"two\n")];
        let tar = tar(members);
        let mut bytes = match kind {
            0 => deflated(members),
            1 => stored(members),
            2 => gzip(&tar),
            3 => bzip2(&tar),
            4 => xz(&tar),
            5 => zstd(&tar),
            _ => tar,
        };
        let at = (at * bytes.len() as f64) as usize;
        bytes[at] = byte;
        let (members, _) = read_with(&bytes, &small());
        prop_assert!(members.len() <= 4);
    }
}
