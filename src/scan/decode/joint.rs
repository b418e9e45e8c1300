//! Credentials written in pieces: quotes that are closed and opened again, joined strings, continued lines.

use crate::span::Text;

/// Most bytes of a joined text.
const LONGEST: usize = 2048;
/// Most bytes of the first piece.
const PIECE: usize = 256;
/// Most blanks around the operator that joins two strings.
const BLANKS: usize = 48;

/// The pieces around `at` as one text; `None` where nothing is joined there.
///
/// `at` lies in the first piece, which may be empty.
pub(in crate::scan) fn joined(text: &[u8], at: usize) -> Option<Text<'static>> {
    let first = text.get(at..)?.iter().take(PIECE).take_while(|&&byte| is_piece(byte)).count();
    // Nearly every hit ends here.
    joint(text.get(at + first..)?)?;
    let before = text.get(at.saturating_sub(PIECE)..at)?;
    let mut place = at - before.iter().rev().take_while(|&&byte| is_piece(byte)).count();
    let end = text.len().min(place + LONGEST);
    let (mut value, mut table) = (String::new(), Vec::new());
    let mut joints = 0;
    while place < end {
        let rest = text.get(place..end)?;
        match rest.first() {
            Some(&byte) if is_piece(byte) => {
                value.push(char::from(byte));
                table.push(place);
                place += 1;
            }
            Some(_) => {
                let Some((len, literal)) = joint(rest) else { break };
                if let Some(literal) = literal {
                    value.push(literal);
                    table.push(place);
                }
                joints += 1;
                place += len;
            }
            None => break,
        }
    }
    table.push(place);
    if joints == 0 { None } else { Text::decoded(value, table) }
}

/// What stands between two pieces, its length, and the character it means.
fn joint(bytes: &[u8]) -> Option<(usize, Option<char>)> {
    let quote = |byte: &u8| matches!(byte, b'"' | b'\'');
    let goes_on = |len: usize| bytes.get(len).is_some_and(|&byte| is_piece(byte)).then_some((len, None));
    match bytes {
        [b'\'', b'\\', b'\'', b'\'', ..] => return Some((4, Some('\''))),
        [b'\\', b'\n', ..] => return goes_on(2),
        [b'\\', b'\r', b'\n', ..] => return goes_on(3),
        [open, ..] if quote(open) => {}
        _ => return None,
    }
    let blanks = |from: usize| {
        bytes.get(from..).unwrap_or_default().iter().take(BLANKS).take_while(|byte| byte.is_ascii_whitespace()).count()
    };
    // Two strings side by side may be two arguments: only what is glued or joined by an operator is one.
    let mut len = 1 + blanks(1);
    let operator = match bytes.get(len..)? {
        [b'.', b'.', ..] => 2,
        [b'+' | b'.', ..] => 1,
        _ if len == 1 => 0,
        _ => return None,
    };
    let glued = operator == 0;
    len += operator;
    if !glued {
        len += blanks(len);
    }
    match bytes.get(len)? {
        next if quote(next) => goes_on(len + 1),
        next if glued && next.is_ascii_alphanumeric() => Some((1, None)),
        _ => None,
    }
}

const fn is_piece(byte: u8) -> bool {
    PIECES[byte as usize]
}

/// A table, because a line that repeats a keyword asks this of each byte many times.
const PIECES: [bool; 256] = {
    let mut pieces = [false; 256];
    let mut byte = 0;
    while byte < pieces.len() {
        let it = byte as u8;
        pieces[byte] = it.is_ascii_alphanumeric()
            || matches!(it, b'_' | b'-' | b'/' | b'~' | b'=' | b'!' | b'@' | b'#' | b'^' | b'*');
        byte += 1;
    }
    pieces
};

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::span::Span;

    #[test]
    fn pieces_are_joined_and_point_at_their_bytes() {
        for text in ["x=\"ab_\"'cd'", "x='ab_'\"cd\"", "x=ab_\\\ncd", "\"ab_\" + \"cd\"", "ab_\"cd\"", "'ab_' . 'cd'"] {
            let joined = joined(text.as_bytes(), text.find("ab_").unwrap()).unwrap();
            let from = joined.as_str().find("ab_").unwrap();
            assert_eq!(&joined.as_str()[from..], "ab_cd", "{text}");
            let raw = joined.raw(from + 3..from + 5);
            assert_eq!(raw.start, text.find("cd").unwrap(), "{text}");
        }
        let quoted = joined(b"'ab'\\''cd'", 1).unwrap();
        assert_eq!((quoted.as_str(), quoted.raw(2..3)), ("ab'cd", Span::new(3, 7)));
        for text in ["\"ab_\" \"cd\"", "\"ab_\", \"cd\"", "ab_ cd", "ab_\" cd", "[\"ab_\"]"] {
            assert_eq!(joined(text.as_bytes(), text.find("ab_").unwrap()).map(|it| it.as_str().len()), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_joined_without_panic_and_within_bounds(text in "[ab'\"\\\\\n +.λ]{0,60}", at in 0usize..60) {
            if let Some(joined) = joined(text.as_bytes(), at.min(text.len())) {
                prop_assert!(joined.span().end <= text.len());
            }
        }
    }
}
