//! Runs of text in which single characters are written as escapes: JSON, percent, entities.

use std::ops::Range;

use crate::span::Text;
use crate::span::decode;

/// Most bytes to either side of an escape that are decoded with it.
const REACH: usize = 4096;
/// The same for entities, behind which whole configs stand.
const MARKUP: usize = 64 * 1024;

/// The unbroken run around `at`, not before `floor`, without its JSON and percent escapes, where it has some.
pub(in crate::scan) fn escapes(text: &[u8], at: usize, floor: usize) -> Option<(Range<usize>, Option<Text<'static>>)> {
    let stop = |byte: u8| byte.is_ascii_whitespace() || byte == 0 || byte == b'<' || byte == b'>';
    let (run, raw) = around(text, at, floor, REACH, stop)?;
    let decoded = match raw.through(decode::escapes) {
        Some(inner) => Some(inner.through(|text| decode::percent(text, false)).unwrap_or(inner)),
        None => raw.through(|text| decode::percent(text, false)),
    };
    Some((run, decoded))
}

/// Whether the escape at `at` is one of many by which a program writes bytes that are no text: two characters before or
/// behind it another stands that no token has.
pub(in crate::scan) fn is_binary(text: &[u8], at: usize) -> bool {
    const LEN: usize = 4;
    let escaped = |from: usize| {
        let escape = text.get(from..from + LEN)?.strip_prefix(b"\\x")?;
        u8::from_str_radix(std::str::from_utf8(escape).ok()?, 16).ok()
    };
    let odd = |byte: Option<u8>| byte.is_some_and(|byte| !byte.is_ascii_graphic());
    if escaped(at).is_none() {
        return false;
    }
    let (mut before, mut behind) = (at, at + LEN);
    for _ in 0..2 {
        let (last, next) = (before.checked_sub(LEN).and_then(escaped), escaped(behind));
        if odd(last) || odd(next) {
            return true;
        }
        before = before.saturating_sub(if last.is_some() { LEN } else { 1 });
        behind += if next.is_some() { LEN } else { 1 };
    }
    false
}

/// The text between two tags or quotes around `at`, not before `floor`, without its entities, where it has some.
pub(in crate::scan) fn entities(text: &[u8], at: usize, floor: usize) -> Option<(Range<usize>, Option<Text<'static>>)> {
    let stop = |byte: u8| matches!(byte, 0 | b'<' | b'>' | b'"');
    let (run, raw) = around(text, at, floor, MARKUP, stop)?;
    let decoded = raw.through(decode::entities);
    Some((run, decoded))
}

/// The text around `at` up to what stops it; bytes that are no text stop it too.
fn around(
    text: &[u8],
    at: usize,
    floor: usize,
    reach: usize,
    stop: impl Fn(u8) -> bool,
) -> Option<(Range<usize>, Text<'_>)> {
    let before = text.get(floor.max(at.saturating_sub(reach))..at)?;
    let start = at - before.iter().rev().take_while(|&&byte| !stop(byte)).count();
    let after = text.get(at..text.len().min(at.saturating_add(reach)))?;
    let end = at + after.iter().take_while(|&&byte| !stop(byte)).count();
    // The bounds of the reach may cut a character, and any text may hold bytes that are none: keep the part around `at`.
    let head = text
        .get(start..at)?
        .utf8_chunks()
        .last()
        .map_or(0, |chunk| if chunk.invalid().is_empty() { chunk.valid().len() } else { 0 });
    let tail = text.get(at..end)?.utf8_chunks().next().map_or(0, |chunk| chunk.valid().len());
    let run = at - head..at + tail;
    Some((run.clone(), Text::verbatim(std::str::from_utf8(text.get(run.clone())?).ok()?, run.start)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::span::Span;

    #[test]
    fn escapes_of_json_and_percent_are_undone() {
        let (run, decoded) = escapes(br#"a "x\u005fy%2Dz\/" b"#, 5, 0).unwrap();
        let decoded = decoded.unwrap();
        assert_eq!((run, decoded.as_str()), (2..18, "\"x_y-z/\""));
        assert_eq!(decoded.raw(2..3), Span::new(4, 10));
    }

    #[test]
    fn an_escape_among_bytes_that_are_no_text_is_told_from_one_in_a_token() {
        for (text, binary) in [
            (r"\x1f\x8b\x2d\x41\x42", true),
            (r"\x41\x42\x5f\x00\x41", true),
            (r"\x41\x42\x5f\x43\x00", true),
            (r"ab\x00\x41\x5fcd", true),
            (r"\x67\x68\x70\x5f\x41\x42", false),
            (r#""ghp\x5fab""#, false),
            (r"\x0aghp\x5fabc\x00", false),
            (r"%5F", false),
            (r"\x5f", false),
        ] {
            let at = text.rfind(r"\x5f").or(text.rfind(r"\x2d")).unwrap_or(0);
            assert_eq!(is_binary(text.as_bytes(), at), binary, "{text}");
        }
    }

    #[test]
    fn entities_are_undone_over_blanks_up_to_the_tag() {
        let text = b"<p data='{&quot;a&quot;: &quot;b&#95;c&quot;}'>";
        let (_, decoded) = entities(text, 10, 0).unwrap();
        assert_eq!(decoded.unwrap().as_str(), "p data='{\"a\": \"b_c\"}'");
    }

    proptest! {
        #[test]
        fn any_bytes_are_decoded_without_panic_and_within_bounds(
            bytes in proptest::collection::vec(any::<u8>(), 0..100), at in 0usize..100, floor in 0usize..100
        ) {
            let at = at.min(bytes.len());
            for (run, text) in [escapes(&bytes, at, floor.min(at)), entities(&bytes, at, floor.min(at))].into_iter().flatten() {
                prop_assert!(run.end <= bytes.len() && text.is_none_or(|text| text.span().end <= bytes.len()));
            }
        }
    }
}
