//! Text in disguise: base64 runs, JSON and percent escapes, decoded one layer with a map back to where they stand.

use std::ops::Range;

use crate::span::Text;

/// Longest run of base64 that is decoded; a larger one is an image or a program.
const LONGEST_BASE64: usize = 256 * 1024;
/// Shortest run of base64 that can hold a credential.
const SHORTEST_BASE64: usize = 16;
/// Most bytes to either side of an escape that are decoded with it.
const REACH: usize = 2048;

/// The run of base64 characters from `start`, with its padding.
pub(super) fn base64_run(text: &[u8], start: usize) -> Range<usize> {
    let rest = text.get(start..).unwrap_or_default();
    let body = rest.iter().take(LONGEST_BASE64).take_while(|&&byte| sextet(byte).is_some()).count();
    let padding = rest.get(body..).unwrap_or_default().iter().take(2).take_while(|&&byte| byte == b'=').count();
    start..start + body + padding
}

/// Where the run of base64 around `at` begins, not before `floor`.
pub(super) fn base64_start(text: &[u8], at: usize, floor: usize) -> usize {
    let before = text.get(floor.max(at.saturating_sub(LONGEST_BASE64))..at).unwrap_or_default();
    at - before.iter().rev().take_while(|&&byte| sextet(byte).is_some()).count()
}

/// Decodes a run of base64 in either alphabet, padded or not; `None` where what comes out is not text.
pub(super) fn base64(text: &[u8], run: Range<usize>) -> Option<Text<'static>> {
    let bytes = text.get(run.clone())?;
    let body = bytes.trim_ascii_end();
    let body = body.get(..body.len() - body.iter().rev().take_while(|&&byte| byte == b'=').count())?;
    if bytes.len() < SHORTEST_BASE64 || body.len() % 4 == 1 {
        return None;
    }
    let mut decoded = Vec::with_capacity(body.len() / 4 * 3 + 2);
    let mut table = Vec::with_capacity(decoded.capacity() + 1);
    for (index, group) in body.chunks(4).enumerate() {
        let mut word = 0_u32;
        for &byte in group {
            word = word << 6 | u32::from(sextet(byte)?);
        }
        word <<= 6 * (4 - group.len());
        let offset = run.start + index * 4;
        for (place, byte) in word.to_be_bytes().into_iter().skip(1).take(group.len() - 1).enumerate() {
            decoded.push(byte);
            table.push(offset + place);
        }
    }
    table.push(run.end);
    Text::decoded(String::from_utf8(decoded).ok().filter(|text| is_text(text))?, table)
}

/// Decodes the JSON and percent escapes of the unbroken run around `at`, not before `floor`; returns the run too.
pub(super) fn escapes(text: &[u8], at: usize, floor: usize) -> Option<(Range<usize>, Text<'static>)> {
    let stop = |byte: u8| byte.is_ascii_whitespace() || byte == 0 || byte == b'<' || byte == b'>';
    let before = text.get(floor.max(at.saturating_sub(REACH))..at)?;
    let start = at - before.iter().rev().take_while(|&&byte| !stop(byte)).count();
    let after = text.get(at..text.len().min(at + REACH))?;
    let end = at + after.iter().take_while(|&&byte| !stop(byte)).count();
    let bytes = text.get(start..end)?;
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut table = Vec::with_capacity(bytes.len() + 1);
    let mut index = 0;
    while let Some(&byte) = bytes.get(index) {
        let (unit, len) = unit(bytes.get(index..)?).unwrap_or((char::REPLACEMENT_CHARACTER, 0));
        if len == 0 {
            decoded.push(byte);
            table.push(start + index);
            index += 1;
        } else {
            let mut buffer = [0; 4];
            for &part in unit.encode_utf8(&mut buffer).as_bytes() {
                decoded.push(part);
                table.push(start + index);
            }
            index += len;
        }
    }
    table.push(end);
    Some((start..end, Text::decoded(String::from_utf8(decoded).ok()?, table)?))
}

/// One escaped character at the start of `bytes`, and how many bytes it takes.
fn unit(bytes: &[u8]) -> Option<(char, usize)> {
    match bytes {
        [b'\\', b'u', digits @ ..] => Some((char::from_u32(hexadecimal(digits.get(..4)?)?)?, 6)),
        [b'\\', b'x', digits @ ..] => Some((char::from_u32(hexadecimal(digits.get(..2)?)?)?, 4)),
        [b'\\', mark @ (b'/' | b'"' | b'\\' | b'\''), ..] => Some((char::from(*mark), 2)),
        [b'%', digits @ ..] => {
            let byte = hexadecimal(digits.get(..2)?)?;
            (byte < 128).then_some(())?;
            Some((char::from_u32(byte)?, 3))
        }
        _ => None,
    }
}

fn hexadecimal(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |value, &digit| Some(value << 4 | char::from(digit).to_digit(16)?))
}

const fn sextet(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    }
}

/// Decoded text is worth reading where it holds no control characters but line ends and tabs.
fn is_text(text: &str) -> bool {
    !text.bytes().any(|byte| byte.is_ascii_control() && !matches!(byte, b'\n' | b'\r' | b'\t' | 0))
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE};
    use proptest::prelude::*;

    use super::*;
    use crate::span::Span;

    #[test]
    fn a_part_of_decoded_base64_points_at_the_characters_that_hold_it() {
        let text = b"x=eyJhIjoiYmNkZWZnIn0=;";
        let run = base64_run(text, 2);
        assert_eq!(run, 2..22);
        let decoded = base64(text, run).unwrap();
        assert_eq!(decoded.as_str(), "{\"a\":\"bcdefg\"}");
        assert_eq!(decoded.span(), Span::new(2, 22));
        assert_eq!(decoded.raw(0..3), Span::new(2, 6));
    }

    #[test]
    fn escapes_of_json_and_percent_are_undone() {
        let (run, decoded) = escapes(br#"a "x\u005fy%2Dz\/" b"#, 5, 0).unwrap();
        assert_eq!((run, decoded.as_str()), (2..18, "\"x_y-z/\""));
        assert_eq!(decoded.raw(2..3), Span::new(4, 10));
    }

    proptest! {
        #[test]
        fn base64_of_any_text_comes_back(text in "[ -~λ]{12,80}") {
            for encoded in [STANDARD.encode(&text), STANDARD_NO_PAD.encode(&text), URL_SAFE.encode(&text)] {
                let run = base64_run(encoded.as_bytes(), 0);
                prop_assert_eq!(run.clone(), 0..encoded.len());
                let decoded = base64(encoded.as_bytes(), run);
                prop_assert_eq!(decoded.as_ref().map(Text::as_str), Some(text.as_str()));
            }
        }

        #[test]
        fn any_bytes_are_decoded_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..100), at in 0usize..100) {
            let run = base64_run(&bytes, at.min(bytes.len()));
            prop_assert!(run.end <= bytes.len());
            let _ = base64(&bytes, run);
            if let Some((run, text)) = escapes(&bytes, at.min(bytes.len()), 0) {
                prop_assert!(run.end <= bytes.len() && text.span().end <= bytes.len());
            }
        }
    }
}
