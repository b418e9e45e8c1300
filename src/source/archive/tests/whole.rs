//! What is inflated in one go is shown and refused as what is read in parts: sound, damaged, or lying about its size.

use super::super::whole::Whole;
use super::*;

/// What both ways show and say, which has to be the same.
fn both(bytes: &[u8], limits: &Limits) -> (Vec<(String, String)>, Coverage) {
    let parts = read_with(bytes, &Limits { at_once: 0, ..*limits });
    let once = read_with(bytes, limits);
    assert!(once == parts, "{:?}\n{:?}", (lengths(&once.0), &once.1), (lengths(&parts.0), &parts.1));
    once
}

fn lengths(members: &[(String, String)]) -> Vec<(&str, usize)> {
    members.iter().map(|(name, text)| (name.as_str(), text.len())).collect()
}

/// Text that compresses as text does.
fn text(size: usize, seed: u32) -> Vec<u8> {
    let words = |at: u32| format!("{} = {}\n", at % 97, at.wrapping_mul(2_654_435_761).rotate_left(seed % 32) % 4001);
    (0..).flat_map(|at| words(at).into_bytes()).take(size).collect()
}

fn gzip_named(bytes: &[u8], name: &str) -> Vec<u8> {
    let builder = flate2::GzBuilder::new().filename(name).mtime(1_600_000_000);
    let mut encoder = builder.write(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).expect("written");
    encoder.finish().expect("a gzip")
}

/// Writes to the entry of the directory that is the first.
fn with_entry(mut zip: Vec<u8>, at: usize, value: u32) -> Vec<u8> {
    let entry = memchr::memmem::find(&zip, b"PK\x01\x02").expect("an entry");
    zip[entry + at..entry + at + 4].copy_from_slice(&value.to_le_bytes());
    zip
}

#[test]
fn a_gzip_is_inflated_at_once_only_if_it_is_one_stream_and_nothing_else() {
    let text = text(5000, 1);
    let mut inflater = libdeflater::Decompressor::new();
    let mut whole = |bytes: &[u8]| {
        let mut buffer = Buffer::default();
        let size = Whole::gzip(bytes)?.inflate(&mut inflater, &mut buffer)?;
        Some(buffer.filled(size).to_vec())
    };
    let sound = gzip_named(&text, "name.txt");
    for sound in [&sound, &gzip(&text)] {
        assert!(whole(sound).as_ref() == Some(&text));
    }
    let len = sound.len();
    let (mut checksum, mut size, mut commented) = (sound.clone(), sound.clone(), sound.clone());
    checksum[len - 8] ^= 1;
    size[len - 4] ^= 1;
    commented[3] |= 2;
    let twice = [sound.clone(), sound.clone()].concat();
    let ends_alike = [&sound[..], b"and more", &sound[len - 8..]].concat();
    for other in [&checksum, &size, &commented, &twice, &ends_alike, &gzip(b"")] {
        assert_eq!(whole(other), None);
        both(other, &small());
    }
    for cut in 0..len {
        assert_eq!(whole(&sound[..cut]), None, "{cut}");
    }
}

#[test]
fn a_zip_that_lies_about_sizes_shows_what_it_holds() {
    let text = text(70_000, 2);
    let sound = deflated(&[("x", &text), ("y", b"two two two two two\n")]);
    let expected = both(&sound, &small());
    assert_eq!(lengths(&expected.0), [("a!/x", 70_000), ("a!/y", 20)]);
    let true_size = u32::try_from(text.len()).expect("small");
    for lie in [0, 1, true_size - 1, true_size + 1, true_size * 2, u32::MAX - 1, u32::MAX] {
        assert_eq!(both(&with_entry(sound.clone(), 24, lie), &small()), expected, "{lie}");
    }
    // No one else holds a checksum against what is there.
    assert_eq!(both(&with_entry(sound.clone(), 16, 7), &small()), expected);
    let (_, coverage) = both(&with_entry(sound, 20, 1000), &small());
    assert_eq!(coverage.notices.len(), 1);
}

#[test]
fn bounds_end_what_is_inflated_at_once_where_they_end_what_is_read_in_parts() {
    let (zeros, text) = (vec![0; 3 << 20], text(600 << 10, 3));
    let archives = [
        gzip(&zeros),
        gzip(&text),
        deflated(&[("a", &text), ("z", &zeros), ("b", &text)]),
        gzip(&tar(&[("a", &text), ("z", &gzip(&zeros)), ("b", &gzip(&text))])),
        stored(&[("a.gz", &gzip(&text)), ("b.zip", &deflated(&[("c", &zeros[..900 << 10]), ("d", &text)]))]),
        stored(&NINE.map(|name| (name, &*gzip(&zeros[..60_000]).leak()))),
    ];
    let mut refused = 0;
    for bytes in &archives {
        let base = Limits { total: 1 << 30, ..small() };
        let bounds = [
            base,
            Limits { ratio_from: 64 << 10, ..base },
            Limits { entry: 100_000, ..base },
            Limits { total: 700_000, total_ratio: 1, ..base },
            Limits { total: 1_000_000, total_ratio: 0, ratio: 3000, ..base },
            Limits { members: 2, ..base },
            Limits { depth: 1, ..base },
            Limits { window: 512 << 10, ..base },
        ];
        for limits in bounds {
            refused += both(bytes, &limits).1.notices.len();
        }
    }
    assert!(refused > 20, "{refused}");
}

#[test]
fn members_of_any_size_are_shown_once_and_whole() {
    for size in [1, 2, 511, 512, 513, (64 << 10) - 1, 64 << 10, (64 << 10) + 1, 256 << 10, (1 << 20) - 1, 1 << 20] {
        let text = text(size, 4);
        for bytes in [gzip(&text), deflated(&[("x", &text)]), gzip(&tar(&[("x", &text)]))] {
            let (members, coverage) = both(&bytes, &small());
            assert!(members[0].1.as_bytes().starts_with(&text[..size.min(1000)]) && coverage.notices.is_empty());
        }
    }
}

/// A change of some bytes of an archive.
#[derive(Debug, Clone)]
enum Harm {
    None,
    Cut(f64),
    Byte(f64, u8),
    Four(f64, u32),
    Twice,
    Behind(Vec<u8>),
}

impl Harm {
    fn done(&self, mut bytes: Vec<u8>) -> Vec<u8> {
        let place = |part: f64, room: usize| (part * (bytes.len().saturating_sub(room)) as f64) as usize;
        match self {
            Self::None => {}
            Self::Cut(part) => bytes.truncate(place(*part, 0)),
            Self::Byte(part, byte) => {
                let at = place(*part, 1);
                bytes[at] = *byte;
            }
            Self::Four(part, value) => {
                let at = place(*part, 4);
                bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
            }
            Self::Twice => bytes.extend_from_within(..),
            Self::Behind(more) => bytes.extend(more),
        }
        bytes
    }
}

fn harm() -> impl Strategy<Value = Harm> {
    prop_oneof![
        1 => Just(Harm::None),
        2 => (0.0..1.0).prop_map(Harm::Cut),
        3 => (0.0..1.0, any::<u8>()).prop_map(|(at, byte)| Harm::Byte(at, byte)),
        // Where most sizes stand.
        2 => (0.8..1.0, any::<u8>()).prop_map(|(at, byte)| Harm::Byte(at, byte)),
        1 => (0.0..1.0, prop_oneof![any::<u32>(), 0u32..70_000]).prop_map(|(at, value)| Harm::Four(at, value)),
        1 => Just(Harm::Twice),
        1 => proptest::collection::vec(any::<u8>(), 1..20).prop_map(Harm::Behind),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_was_done_to_an_archive_both_ways_agree(
        sizes in proptest::collection::vec(prop_oneof![0usize..300, 60_000usize..70_000], 1..4),
        kind in 0usize..6,
        inner in harm(),
        outer in harm(),
        tight: bool,
    ) {
        let texts: Vec<Vec<u8>> = sizes.iter().enumerate().map(|(at, size)| text(*size, at as u32)).collect();
        let members: Vec<(&str, &[u8])> = NINE.into_iter().zip(texts.iter().map(Vec::as_slice)).collect();
        let bytes = match kind {
            0 => gzip(&texts[0]),
            1 => gzip_named(&texts[0], "x"),
            2 => deflated(&members),
            3 => gzip(&inner.done(tar(&members))),
            4 => stored(&[("x.gz", &inner.done(gzip(&texts[0]))), ("y", b"two")]),
            _ => deflated(&[("x.zip", &inner.done(deflated(&members))), ("y", b"two")]),
        };
        let narrow = Limits { total: 100_000, total_ratio: 1, ratio_from: 90_000, ..small() };
        both(&outer.done(bytes), &if tight { narrow } else { small() });
    }
}
