//! Runs of base64 in text: wrapped over lines, escaped in a URL or a string, in either alphabet, padded or not.

use crate::span::Text;
use crate::span::decode::{Sextets, sextet};

/// Longest run that is decoded; a larger one is an image or a program.
const LONGEST: usize = 1024 * 1024;
/// Shortest run that can hold a credential, in characters.
const SHORTEST: usize = 16;
/// Fewest characters of a line that goes on in the next: encoders wrap at 64 or 76.
const LINE: usize = 60;
/// Most blanks before a wrapped line.
const INDENT: usize = 64;

/// Decodes the run around a hit, not before `floor`, and tells where it ends. `rest` is what the distance of the hit
/// from the start of what was encoded leaves when divided by four.
pub(in crate::scan) fn base64(text: &[u8], hit: usize, rest: u8, floor: usize) -> (usize, Option<Text<'static>>) {
    let begin = start(text, hit, floor);
    let before = Units { text, at: begin, end: hit, line: 0 }.count();
    let (end, sextets, count) = collect(text, begin, (before + 4 - usize::from(rest)) % 4);
    (end.max(hit + 1), finish(sextets, count, end))
}

/// What the run that begins at `start` reads.
pub(in crate::scan) fn base64_behind(text: &[u8], start: usize) -> Option<Text<'static>> {
    let (end, sextets, count) = collect(text, start, 0);
    finish(sextets, count, end)
}

fn finish(sextets: Sextets, count: usize, end: usize) -> Option<Text<'static>> {
    if count < SHORTEST {
        return None;
    }
    let (value, table) = sextets.finish(end)?;
    Text::decoded(value, table)
}

/// The end of the run from `begin`, with its padding, and its characters without the first `skip`.
fn collect(text: &[u8], begin: usize, skip: usize) -> (usize, Sextets, usize) {
    let mut units = Units { text, at: begin, end: text.len().min(begin.saturating_add(LONGEST)), line: 0 };
    let mut sextets = Sextets::new(256);
    let (mut count, mut seen) = (0, 0);
    for (value, place) in units.by_ref() {
        seen += 1;
        if seen > skip {
            sextets.push(value, place);
            count += 1;
        }
    }
    let end = units.at;
    let padding = text.get(end..).unwrap_or_default().iter().take(2).take_while(|&&byte| byte == b'=').count();
    (end + padding, sextets, count)
}

/// Where the run around `hit` begins.
fn start(text: &[u8], hit: usize, floor: usize) -> usize {
    let floor = floor.max(hit.saturating_sub(LONGEST));
    let mut at = hit;
    while at > floor {
        let Some(&byte) = text.get(at - 1) else { break };
        if sextet(byte).is_some() || escaped(text.get(at - 1..).unwrap_or_default()).is_some() {
            at -= 1;
        } else if byte.is_ascii_whitespace() {
            // The line before goes on here where it is long enough and full of such characters.
            let blank = text.get(floor..at).unwrap_or_default();
            let gap = blank.iter().rev().take(INDENT).take_while(|byte| byte.is_ascii_whitespace()).count();
            let above = blank.get(..blank.len() - gap).unwrap_or_default();
            let breaks =
                blank.get(blank.len() - gap..).unwrap_or_default().iter().filter(|&&byte| byte == b'\n').count();
            let full = above.iter().rev().take(LINE).take_while(|byte| sextet(**byte).is_some()).count();
            if breaks != 1 || full < LINE {
                break;
            }
            at -= gap;
        } else {
            break;
        }
    }
    at
}

/// The characters of a run, each with its value and where it is written.
struct Units<'t> {
    text: &'t [u8],
    at: usize,
    end: usize,
    /// Characters since the last line end.
    line: usize,
}

impl Iterator for Units<'_> {
    type Item = (u8, usize);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if self.at >= self.end {
                return None;
            }
            let place = self.at;
            let rest = self.text.get(place..)?;
            let byte = *rest.first()?;
            if let Some(value) = sextet(byte) {
                self.at += 1;
                self.line += 1;
                return Some((value, place));
            }
            if let Some((value, len)) = escaped(rest) {
                self.at += len;
                self.line += 1;
                return Some((value, place));
            }
            self.at += wrap(rest).filter(|_| self.line >= LINE && self.line.is_multiple_of(4))?;
            self.line = 0;
        }
    }
}

/// `%2B`, `%2F` and `\/`: how a URL or a string writes the two characters that mean something else there.
fn escaped(bytes: &[u8]) -> Option<(u8, usize)> {
    match bytes {
        [b'%', b'2', b'B' | b'b', ..] => Some((62, 3)),
        [b'%', b'2', b'F' | b'f', ..] => Some((63, 3)),
        [b'\\', b'/', ..] => Some((63, 2)),
        _ => None,
    }
}

/// Length of a line end and the blanks behind it, where the run goes on.
fn wrap(bytes: &[u8]) -> Option<usize> {
    let line = match bytes {
        [b'\n', ..] => 1,
        [b'\r', b'\n', ..] => 2,
        _ => return None,
    };
    let indent = bytes.get(line..)?.iter().take(INDENT).take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    sextet(*bytes.get(line + indent)?).map(|_| line + indent)
}

#[cfg(test)]
mod tests {
    use ::base64::Engine;
    use ::base64::engine::general_purpose::STANDARD;
    use proptest::prelude::*;

    use super::*;
    use crate::span::Span;

    #[test]
    fn a_part_of_decoded_base64_points_at_the_characters_that_hold_it() {
        let text = b"x:eyJhIjoiYmNkZWZnIn0=;";
        let (end, decoded) = base64(text, 2, 0, 0);
        let decoded = decoded.unwrap();
        assert_eq!((end, decoded.as_str()), (22, "{\"a\":\"bcdefg\"}"));
        assert_eq!((decoded.span(), decoded.raw(0..3)), (Span::new(2, 22), Span::new(2, 6)));
    }

    #[test]
    fn wrapped_and_escaped_runs_are_read_as_one() {
        let plain = "{\"a\": \"text ~~~ that ??? needs both of the marks and several lines to be written down\"}";
        let encoded = STANDARD.encode(plain);
        for text in [
            format!("{}\n  {}", &encoded[..76], &encoded[76..]),
            format!("{}\r\n{}", &encoded[..64], &encoded[64..]),
            encoded.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D"),
            encoded.replace('/', "\\/"),
        ] {
            let (_, decoded) = base64(text.as_bytes(), 0, 0, 0);
            assert_eq!(decoded.as_ref().map(Text::as_str), Some(plain), "{text}");
            let late = text.len() - 8;
            assert_eq!(start(text.as_bytes(), late, 0), 0, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_decoded_without_panic_and_within_bounds(
            bytes in proptest::collection::vec(any::<u8>(), 0..100), at in 0usize..100, rest in 0u8..4
        ) {
            let (end, text) = base64(&bytes, at.min(bytes.len()), rest, 0);
            prop_assert!(end <= bytes.len() + 1);
            if let Some(text) = text {
                prop_assert!(text.span().end <= bytes.len());
            }
        }
    }
}
