//! Finds, for a value that a parser has decoded, the raw byte each of its bytes was written with.
//!
//! The parsers say where a string stands and what it decodes to, not which byte came from which. Walking both side by
//! side settles it, and as the decoded value is known, one walk serves the escapes of JSON5, TOML and YAML alike.

use crate::span::Text;

/// The text of a decoded `value` that was written at `start..end` of `raw`, `start` being behind an opening quote.
///
/// `escapes` says whether a backslash may begin an escape. Where the two cannot be brought together (they always can,
/// unless a parser normalises in an unknown way) every byte points at the whole.
pub(crate) fn align<'a>(raw: &'a str, start: usize, end: usize, value: &str, escapes: bool) -> Text<'a> {
    if let Some(written) = raw.get(start..end).filter(|written| *written == value) {
        return Text::verbatim(written, start);
    }
    let table = walk(raw, start, end, value, escapes).unwrap_or_else(|| {
        let mut whole = vec![start; value.len()];
        whole.push(end.max(start));
        whole
    });
    Text::decoded(value.to_owned(), table).unwrap_or(Text::verbatim("", start))
}

/// The text of a value that the parser did not copy: it lies in `raw` itself.
pub(crate) fn borrowed<'a>(raw: &'a str, value: &str) -> Option<Text<'a>> {
    let start = (value.as_ptr() as usize).checked_sub(raw.as_ptr() as usize)?;
    let written = raw.get(start..start.checked_add(value.len())?)?;
    (written == value).then(|| Text::verbatim(written, start))
}

fn walk(raw: &str, start: usize, end: usize, value: &str, escapes: bool) -> Option<Vec<usize>> {
    let bytes = raw.as_bytes().get(..end.min(raw.len()))?;
    let mut table = Vec::with_capacity(value.len() + 1);
    let mut at = start;
    for expected in value.chars() {
        let (from, next) = advance(raw, bytes, at, expected, escapes)?;
        table.extend(std::iter::repeat_n(from, expected.len_utf8()));
        at = next;
    }
    table.push(at);
    Some(table)
}

/// Where `expected` begins and ends, at or behind `at`, past whatever folding left out.
fn advance(raw: &str, bytes: &[u8], mut at: usize, expected: char, escapes: bool) -> Option<(usize, usize)> {
    loop {
        let byte = *bytes.get(at)?;
        if escapes && byte == b'\\' {
            if let Some(length) = escape(bytes, at, expected) {
                return Some((at, at + length));
            }
            // A continued line: the backslash and what follows it up to the next text are left out.
            if bytes.get(at + 1).is_some_and(u8::is_ascii_whitespace) {
                at += 1;
                continue;
            }
            return None;
        }
        if byte == b'\r' && expected == '\n' {
            return Some((at, at + 1 + usize::from(bytes.get(at + 1) == Some(&b'\n'))));
        }
        let character = raw.get(at..)?.chars().next()?;
        if character == expected {
            // YAML and shells write a single quote inside single quotes twice; the second is skipped on the way.
            let doubled = !escapes && character == '\'' && bytes.get(at + 1) == Some(&b'\'');
            return Some((at, at + character.len_utf8() + usize::from(doubled)));
        }
        if byte == b'\n' && expected == ' ' {
            return Some((at, at + 1));
        }
        if character == '\u{feff}' || character.is_whitespace() {
            at += character.len_utf8();
            continue;
        }
        return None;
    }
}

/// Length of the escape at `at`, if it can stand for `expected`.
fn escape(bytes: &[u8], at: usize, expected: char) -> Option<usize> {
    let letter = *bytes.get(at + 1)?;
    let hex = |from: usize, digits: usize| -> Option<u32> {
        bytes
            .get(from..from + digits)?
            .iter()
            .try_fold(0u32, |sum, digit| Some(sum.checked_mul(16)? + char::from(*digit).to_digit(16)?))
    };
    let code = expected as u32;
    match letter {
        b'x' if hex(at + 2, 2) == Some(code) => return Some(4),
        b'U' if hex(at + 2, 8) == Some(code) => return Some(10),
        b'u' => {
            let first = hex(at + 2, 4)?;
            if first == code {
                return Some(6);
            }
            let low = bytes.get(at + 6..at + 8).filter(|next| *next == b"\\u").and_then(|_| hex(at + 8, 4));
            if let (0xD800..=0xDBFF, Some(low @ 0xDC00..=0xDFFF)) = (first, low) {
                let pair = 0x1_0000 + ((first - 0xD800) << 10) + (low - 0xDC00);
                return (pair == code).then_some(12);
            }
            return None;
        }
        _ => {}
    }
    let named = match letter {
        b'0' => '\0',
        b'a' => '\u{7}',
        b'b' => '\u{8}',
        b't' | b'\t' => '\t',
        b'n' => '\n',
        b'v' => '\u{b}',
        b'f' => '\u{c}',
        b'r' => '\r',
        b'e' => '\u{1b}',
        b'N' => '\u{85}',
        b'_' => '\u{a0}',
        b'L' => '\u{2028}',
        b'P' => '\u{2029}',
        _ => '\u{fffe}',
    };
    if named == expected {
        return Some(2);
    }
    (!letter.is_ascii_whitespace() || expected == ' ' && letter == b' ')
        .then_some(())
        .filter(|()| letter.is_ascii() && char::from(letter) == expected)
        .map(|()| 2)
        .or_else(|| {
            let tail = std::str::from_utf8(bytes.get(at + 1..(at + 1 + expected.len_utf8()))?).ok()?;
            (!letter.is_ascii() && tail.starts_with(expected)).then_some(1 + expected.len_utf8())
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::span::Span;

    #[test]
    fn every_escape_points_at_its_first_raw_byte() {
        let raw = r"a\u0041\n\ud83d\ude00z";
        let text = align(raw, 0, raw.len(), "aA\n😀z", true);
        assert_eq!(text.raw(1..2), Span::new(1, 7));
        assert_eq!(text.raw(3..7), Span::new(9, 21));
        assert_eq!(text.raw(7..8), Span::new(21, 22));
    }

    #[test]
    fn folded_lines_are_followed() {
        let raw = "one\n    two\n    \n    three";
        let text = align(raw, 0, raw.len(), "one two\nthree", false);
        assert_eq!(text.raw(4..7), Span::new(8, 11));
        assert_eq!(text.raw(8..13), Span::new(21, 26));
    }

    #[test]
    fn a_value_that_does_not_fit_points_at_the_whole() {
        let text = align("abc", 0, 3, "xyz", true);
        assert_eq!(text.raw(1..2), Span::new(0, 0));
        assert_eq!(text.span(), Span::new(0, 3));
    }
}
