//! Streams that end early, never end, or are larger than a window.

use super::*;
use crate::source::{Asset, Place};

/// Base, first line and length of a window that was shown.
type Shown = (u64, u32, usize);

fn stream(input: &mut dyn Read, expected: Option<u64>) -> (Vec<Shown>, Result<u64, ReadError>) {
    let asset = Arc::new(Asset::host());
    let origin = Arc::new(Origin::new("f".to_owned(), Place::HostConfig, asset));
    let mut seen = Vec::new();
    let mut visit = |artifact: &Artifact<'_>| seen.push((artifact.base, artifact.first_line, artifact.bytes.len()));
    let mut windows = Windows::new(&origin, SMALLEST, &mut visit);
    let outcome = windows.stream(input, &mut Buffer::default(), expected);
    (seen, outcome)
}

/// Gives some bytes, then an error.
struct Broken(u64);

impl Read for Broken {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.0.min(into.len() as u64);
        self.0 -= read;
        if read == 0 { Err(io::Error::other("disk")) } else { Ok(read as usize) }
    }
}

#[test]
fn an_empty_stream_is_one_empty_artifact() {
    let (seen, outcome) = stream(&mut io::empty(), None);
    assert_eq!((seen, outcome.ok()), (vec![(0, 1, 0)], Some(0)));
}

#[test]
fn what_came_before_an_error_is_scanned_and_the_error_is_told() {
    let (seen, outcome) = stream(&mut Broken(5000), Some(9000));
    assert_eq!(seen, [(0, 1, 5000)]);
    let notice = outcome.expect_err("broken").notice("f");
    assert!(notice.message.contains("byte 5000") && notice.hint.is_some());
}

#[test]
fn a_file_that_shrinks_or_never_ends_is_told() {
    let (_, outcome) = stream(&mut &b"short"[..], Some(9));
    assert!(matches!(outcome, Err(ReadError::Shrank { at: 5 })));
    let (seen, outcome) = stream(&mut io::repeat(b'\n'), Some(10));
    assert!(matches!(outcome, Err(ReadError::Grows { .. })));
    assert!(seen.iter().map(|window| window.2).max() <= Some(SMALLEST), "no more than a window is held");
}

#[test]
fn windows_of_a_long_stream_count_its_lines() {
    let (seen, outcome) = stream(&mut io::repeat(b'\n').take(5 * SMALLEST as u64), None);
    assert_eq!(outcome.ok(), Some(5 * SMALLEST as u64));
    assert!(seen.len() > 4 && seen.iter().all(|(base, line, _)| u64::from(*line) == base + 1));
}
