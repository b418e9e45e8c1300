//! Jupyter notebooks: the lists of strings in which source and outputs are kept, each joined into the text it stands for.
//!
//! The file is scanned as it is too, so this only adds what is split over two strings of a list.

use super::joined::Piece;

/// Deepest nesting that is followed.
const DEEPEST: usize = 128;

/// Whether the file of this name is a notebook.
#[must_use]
pub fn is_notebook(path: &str) -> bool {
    path.ends_with(".ipynb")
}

/// Joins the strings of each list of strings, without their escapes. Texts are parted by a line end.
#[must_use]
pub fn join(bytes: &[u8]) -> (Vec<u8>, Vec<Piece>) {
    let mut text = Vec::new();
    let mut pieces = Vec::new();
    // Whether each open bracket is that of a list.
    let mut open = Vec::new();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => {
                let in_list = open.last() == Some(&true);
                at = string(bytes, at + 1, in_list.then_some((&mut text, &mut pieces)));
                continue;
            }
            b'[' | b'{' if open.len() == DEEPEST => break,
            b'[' | b'{' => open.push(*byte == b'['),
            b']' | b'}' => {
                open.pop();
                if text.last().is_some_and(|last| *last != b'\n') {
                    pieces.push(Piece::verbatim(text.len(), at));
                    text.push(b'\n');
                }
            }
            _ => {}
        }
        at += 1;
    }
    (text, pieces)
}

/// Reads the string whose first character is at `at`, into the text where it is wanted. Returns where it has ended.
fn string(bytes: &[u8], mut at: usize, mut wanted: Option<(&mut Vec<u8>, &mut Vec<Piece>)>) -> usize {
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        let plain = memchr::memchr2(b'"', b'\\', rest).unwrap_or(rest.len());
        if let Some((text, pieces)) = &mut wanted {
            pieces.push(Piece::verbatim(text.len(), at));
            text.extend_from_slice(&rest[..plain]);
        }
        let Some(b'\\') = rest.get(plain) else { return at + plain + 1 };
        let (unescaped, length) = escape(&rest[plain..]);
        if let Some((text, pieces)) = &mut wanted {
            pieces.push(Piece::written(text.len(), at + plain, length));
            text.extend_from_slice(unescaped.encode_utf8(&mut [0; 4]).as_bytes());
        }
        at += plain + length;
    }
}

/// The character of an escape, and its length. Half a surrogate pair is no character.
fn escape(bytes: &[u8]) -> (char, usize) {
    match bytes.get(1) {
        Some(b'n') => ('\n', 2),
        Some(b't') => ('\t', 2),
        Some(b'r') => ('\r', 2),
        Some(b'b') => ('\u{8}', 2),
        Some(b'f') => ('\u{c}', 2),
        Some(b'u') => {
            let digits = bytes.get(2..6).and_then(|digits| std::str::from_utf8(digits).ok());
            let unit = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
            let char = unit.and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER);
            (char, if digits.is_some() { 6 } else { 2 })
        }
        Some(byte) if byte.is_ascii() => (char::from(*byte), 2),
        _ => (char::REPLACEMENT_CHARACTER, 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_strings_of_a_list_become_one_text_and_keys_and_values_do_not() {
        let (text, pieces) = join(br#"{"source": ["a = \"x", "y\"\n"], "k": "v", "t": ["2"]}"#);
        assert_eq!(text, b"a = \"xy\"\n2\n");
        let y = pieces.iter().find(|piece| piece.at == 6).expect("the second string");
        assert_eq!(y.raw, 24);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(prop::sample::select(&b"\"\\[]{},u0n:\xff"[..]), 0..80)) {
            let (text, pieces) = join(&bytes);
            prop_assert!(text.len() <= 3 * bytes.len() + 1);
            prop_assert!(pieces.iter().all(|piece| piece.at <= text.len() && piece.raw <= bytes.len()));
        }
    }
}
