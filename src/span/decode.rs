//! Undoes one layer of writing at a time, and tells for each decoded byte which byte it was written as.

use super::Text;

/// Decoded text, and the offset in the written text of each of its bytes and of its end.
pub type Decoded = (String, Vec<usize>);

/// Most bytes of an entity between `&` and `;`.
const ENTITY: usize = 10;

/// Entities by name that may stand in a config or a link.
const ENTITIES: &[(&str, char)] = &[
    ("amp", '&'),
    ("quot", '"'),
    ("apos", '\''),
    ("lt", '<'),
    ("gt", '>'),
    ("lowbar", '_'),
    ("sol", '/'),
    ("equals", '='),
    ("colon", ':'),
    ("comma", ','),
    ("lbrace", '{'),
    ("lcub", '{'),
    ("rbrace", '}'),
    ("rcub", '}'),
    ("lsqb", '['),
    ("rsqb", ']'),
    ("plus", '+'),
    ("percnt", '%'),
    ("nbsp", ' '),
    ("Tab", '\t'),
    ("NewLine", '\n'),
];

impl Text<'_> {
    /// This text with one more layer undone; `None` where the decoder refuses it.
    #[must_use]
    pub fn through(&self, decoder: impl Fn(&str) -> Option<Decoded>) -> Option<Text<'static>> {
        let (value, table) = decoder(self.as_str())?;
        self.layer(value, &table)
    }
}

/// What is written as it reads and what is not, byte by byte.
struct Builder {
    bytes: Vec<u8>,
    table: Vec<usize>,
}

impl Builder {
    fn new(len: usize) -> Self {
        Self { bytes: Vec::with_capacity(len), table: Vec::with_capacity(len + 1) }
    }

    fn byte(&mut self, byte: u8, at: usize) {
        self.bytes.push(byte);
        self.table.push(at);
    }

    /// Bytes that are written as they read, from `at` on.
    fn run(&mut self, bytes: &[u8], at: usize) {
        self.bytes.extend_from_slice(bytes);
        self.table.extend(at..at + bytes.len());
    }

    fn character(&mut self, character: char, at: usize) {
        let mut buffer = [0; 4];
        for &byte in character.encode_utf8(&mut buffer).as_bytes() {
            self.byte(byte, at);
        }
    }

    fn finish(mut self, end: usize) -> Option<Decoded> {
        self.table.push(end);
        Some((String::from_utf8(self.bytes).ok()?, self.table))
    }
}

/// Replaces each unit that `unit` knows: the characters it stands for and how many bytes it takes.
fn replace(text: &str, mark: u8, unit: impl Fn(&[u8]) -> Option<(char, usize)>) -> Option<Decoded> {
    let bytes = text.as_bytes();
    let mut built = Builder::new(bytes.len());
    let (mut at, mut changed) = (0, false);
    while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
        let plain = memchr::memchr(mark, rest).unwrap_or(rest.len());
        built.run(rest.get(..plain).unwrap_or_default(), at);
        at += plain;
        let Some(marked) = bytes.get(at..).filter(|rest| !rest.is_empty()) else { break };
        match unit(marked) {
            Some((character, len)) => {
                built.character(character, at);
                at += len.max(1);
                changed = true;
            }
            None => {
                built.byte(mark, at);
                at += 1;
            }
        }
    }
    if changed { built.finish(bytes.len()) } else { None }
}

/// Percent escapes; with `plus`, a plus is a blank, as forms write it. `None` where there is nothing to undo.
#[must_use]
pub fn percent(text: &str, plus: bool) -> Option<Decoded> {
    let bytes = text.as_bytes();
    let mut built = Builder::new(bytes.len());
    let (mut at, mut changed) = (0, false);
    while let Some(&byte) = bytes.get(at) {
        let escaped = (byte == b'%').then(|| bytes.get(at + 1..at + 3).and_then(number)).flatten();
        match (escaped, byte) {
            (Some(code), _) => {
                built.byte(code as u8, at);
                at += 3;
                changed = true;
            }
            (None, b'+') if plus => {
                built.byte(b' ', at);
                at += 1;
            }
            _ => {
                built.byte(byte, at);
                at += 1;
            }
        }
    }
    if changed { built.finish(bytes.len()) } else { None }
}

/// The escapes of strings in JSON, JavaScript, Python, C and `$'…'`. `None` where there is nothing to undo.
#[must_use]
pub fn escapes(text: &str) -> Option<Decoded> {
    replace(text, b'\\', |bytes| {
        let letter = *bytes.get(1)?;
        Some(match letter {
            b'n' => ('\n', 2),
            b'r' => ('\r', 2),
            b't' => ('\t', 2),
            b'b' | b'f' | b'a' | b'v' | b'0' => (' ', 2),
            b'"' | b'\'' | b'\\' | b'/' | b'`' | b'$' => (char::from(letter), 2),
            b'x' => (char::from_u32(number(bytes.get(2..4)?)?)?, 4),
            b'u' if bytes.get(2) == Some(&b'{') => {
                let len = bytes.get(3..10)?.iter().position(|&byte| byte == b'}')?;
                (char::from_u32(number(bytes.get(3..3 + len)?)?)?, len + 4)
            }
            b'u' => {
                let first = number(bytes.get(2..6)?)?;
                let second = || bytes.get(6..8).filter(|next| *next == b"\\u").and_then(|_| number(bytes.get(8..12)?));
                match first {
                    0xD800..=0xDBFF => {
                        let low = second().filter(|low| (0xDC00..=0xDFFF).contains(low))?;
                        (char::from_u32(0x1_0000 + ((first - 0xD800) << 10) + (low - 0xDC00))?, 12)
                    }
                    _ => (char::from_u32(first)?, 6),
                }
            }
            _ => return None,
        })
    })
}

/// Entities of HTML and XML. `None` where there is nothing to undo.
#[must_use]
pub fn entities(text: &str) -> Option<Decoded> {
    replace(text, b'&', |bytes| {
        let len = bytes.get(1..)?.iter().take(ENTITY).position(|&byte| byte == b';')?;
        let name = std::str::from_utf8(bytes.get(1..=len)?).ok()?;
        let character = match name.strip_prefix('#') {
            Some(digits) => match digits.strip_prefix(['x', 'X']) {
                Some(digits) => char::from_u32(number(digits.as_bytes())?)?,
                None => char::from_u32(digits.parse().ok()?)?,
            },
            None => ENTITIES.iter().find(|(known, _)| *known == name)?.1,
        };
        Some((character, len + 2))
    })
}

/// Base64 in either alphabet, padded or not, line breaks within it passed over.
///
/// `None` where another character stands in it or what comes out is not text.
#[must_use]
pub fn base64(text: &str) -> Option<Decoded> {
    let bytes = text.as_bytes();
    let body = bytes.trim_ascii_end();
    let body = body.get(..body.len() - body.iter().rev().take_while(|&&byte| byte == b'=').count())?;
    let mut sextets = Sextets::new(body.len());
    for (at, &byte) in body.iter().enumerate() {
        match sextet(byte) {
            Some(value) => sextets.push(value, at),
            None if byte.is_ascii_whitespace() => {}
            None => return None,
        }
    }
    sextets.finish(bytes.len())
}

/// Hexadecimal digits, two a byte. `None` where another character stands among them or what comes out is not text.
#[must_use]
pub fn hexadecimal(text: &str) -> Option<Decoded> {
    let bytes = text.as_bytes();
    if bytes.len() % 2 == 1 {
        return None;
    }
    let mut built = Builder::new(bytes.len() / 2);
    for (index, pair) in bytes.chunks(2).enumerate() {
        built.byte(number(pair)? as u8, index * 2);
    }
    let (text, table) = built.finish(bytes.len())?;
    is_text(&text).then_some((text, table))
}

/// Lines without the numbers that tools put before them: `  12→text`, `12\ttext`. `None` where a line has none.
#[must_use]
pub fn unnumbered(text: &str) -> Option<Decoded> {
    let mut built = Builder::new(text.len());
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let body = line.trim_start_matches(' ');
        let digits = body.bytes().take_while(u8::is_ascii_digit).count();
        let rest = body.get(digits..)?;
        let mark = ["→", "\t", "|"].iter().find(|mark| rest.starts_with(**mark));
        let kept = match mark {
            Some(mark) if digits > 0 => rest.get(mark.len()..)?,
            // What a tool adds below its listing, and empty lines.
            _ if at > 0 => body,
            _ => return None,
        };
        let from = at + line.len() - kept.len();
        for (index, byte) in kept.bytes().enumerate() {
            built.byte(byte, from + index);
        }
        at += line.len();
    }
    built.finish(text.len())
}

/// Six bits a character, collected to bytes.
pub struct Sextets {
    built: Builder,
    word: u32,
    held: u32,
    last: usize,
}

impl Sextets {
    /// Room for as many characters.
    #[must_use]
    pub fn new(len: usize) -> Self {
        Self { built: Builder::new(len / 4 * 3 + 3), word: 0, held: 0, last: 0 }
    }

    /// Takes the next character's bits; it was written at `at`.
    pub fn push(&mut self, value: u8, at: usize) {
        self.word = self.word << 6 | u32::from(value);
        self.held += 6;
        if self.held >= 8 {
            self.held -= 8;
            // The byte began in the character before.
            self.built.byte((self.word >> self.held) as u8, self.last);
            self.word &= (1 << self.held) - 1;
        }
        self.last = at;
    }

    /// The text, if it is one; `end` is where the last character ended.
    #[must_use]
    pub fn finish(self, end: usize) -> Option<Decoded> {
        let (text, table) = self.built.finish(end)?;
        (self.held < 6 && is_text(&text)).then_some((text, table))
    }
}

/// The value of a base64 character in either alphabet.
#[must_use]
pub const fn sextet(byte: u8) -> Option<u8> {
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

fn number(digits: &[u8]) -> Option<u32> {
    if digits.is_empty() || digits.len() > 6 {
        return None;
    }
    digits.iter().try_fold(0, |value, &digit| Some(value << 4 | char::from(digit).to_digit(16)?))
}

#[cfg(test)]
mod tests {
    use ::base64::Engine;
    use ::base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE};
    use proptest::prelude::*;

    use super::*;
    use crate::span::Span;

    #[test]
    fn each_layer_is_undone_with_its_places() {
        let raw = Text::verbatim(r"a\u005fb\ud83d\ude00\/", 10);
        let text = raw.through(escapes).unwrap();
        assert_eq!(text.as_str(), "a_b😀/");
        assert_eq!((text.raw(1..2), text.raw(3..7)), (Span::new(11, 17), Span::new(18, 30)));
        let html = Text::verbatim("x&amp;y&#95;&#x5F;&unknown;", 0).through(entities).unwrap();
        assert_eq!((html.as_str(), html.raw(1..2)), ("x&y__&unknown;", Span::new(1, 6)));
        let url = Text::verbatim("a%5Fb%255F%zz", 0).through(|it| percent(it, false)).unwrap();
        assert_eq!(url.as_str(), "a_b%5F%zz");
        let hex = Text::verbatim("6869206f", 0).through(hexadecimal).unwrap();
        assert_eq!((hex.as_str(), hex.raw(1..2)), ("hi o", Span::new(2, 4)));
        let listed = Text::verbatim("  1→{\n  2→  a\n", 0).through(unnumbered).unwrap();
        assert_eq!((listed.as_str(), listed.raw(0..1).start), ("{\n  a\n", 6));
        assert_eq!(escapes("nothing").or(entities("a & b")).or(percent("100%", false)), None);
    }

    proptest! {
        #[test]
        fn base64_of_any_text_comes_back(text in "[ -~λ]{1,80}") {
            for encoded in [STANDARD.encode(&text), STANDARD_NO_PAD.encode(&text), URL_SAFE.encode(&text)] {
                prop_assert_eq!(base64(&encoded).map(|(text, _)| text), Some(text.clone()));
            }
        }

        #[test]
        fn any_text_is_decoded_without_panic_and_places_rise(text in "[\\\\ux0-9a-fA-F%&#;{}dDnqutamp+/= λ]{0,60}") {
            for (decoded, table) in [escapes(&text), entities(&text), percent(&text, true), base64(&text), hexadecimal(&text), unnumbered(&text)]
                .into_iter()
                .flatten()
            {
                prop_assert_eq!(table.len(), decoded.len() + 1);
                prop_assert!(table.is_sorted() && table.last().is_some_and(|&end| end <= text.len()));
            }
        }
    }
}
