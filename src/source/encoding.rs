//! Text that is not plain UTF-8: byte order marks and UTF-16, seen as UTF-8 with the way back to the raw bytes.

use crate::span::lines::columns;
use crate::span::{LineIndex, Region, Span};

/// How the bytes of an artifact are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// ASCII, UTF-8, any other single-byte encoding, or no text at all: scanned as it is.
    Bytes,
    /// UTF-16, low byte first: what Windows tools write.
    Utf16Le,
    /// UTF-16, high byte first.
    Utf16Be,
}

/// Bytes looked at to recognise UTF-16 without a byte order mark.
const HEAD: usize = 1024;
/// A pair of ASCII bytes can be one Chinese character, but so many in a row are ASCII text within UTF-16.
const ASCII_PAIRS: usize = 12;
/// Decoded bytes between two marks of the map back.
const MARK_EVERY: usize = 1024;

impl Encoding {
    /// Recognises the encoding by the first bytes of a file or window.
    ///
    /// Without a byte order mark, text is UTF-16 where at least half of the first units have a zero byte on one side with
    /// text beside it, and hardly any (an eighth, for there are characters such as `Ā` and halves of emoji) are otherwise.
    #[must_use]
    pub fn detect(bytes: &[u8]) -> Self {
        match bytes {
            [0xff, 0xfe, ..] => return Self::Utf16Le,
            [0xfe, 0xff, ..] => return Self::Utf16Be,
            // Cheap and by far the most frequent: plain text has no zero byte at its beginning.
            [a, b, c, d, ..] if *a != 0 && *b != 0 && *c != 0 && *d != 0 => {
                let head = &bytes[..bytes.len().min(HEAD)];
                if memchr::memchr(0, head).is_none() {
                    return Self::Bytes;
                }
            }
            _ => {}
        }
        let head = &bytes[..bytes.len().min(HEAD)];
        let (units, _) = head.as_chunks::<2>();
        let is_text = |byte: u8| matches!(byte, b'\t' | b'\n' | b'\r' | 0x20..=0x7e | 0xa0..);
        let wide = |low: usize| {
            let latin = units.iter().filter(|unit| unit[1 - low] == 0 && is_text(unit[low])).count();
            let strange = units.iter().filter(|unit| unit[low] == 0 || (unit[1 - low] == 0 && !is_text(unit[low])));
            units.len() >= 2 && latin * 2 >= units.len() && strange.count() * 8 <= units.len()
        };
        match (wide(0), wide(1)) {
            (true, false) => Self::Utf16Le,
            (false, true) => Self::Utf16Be,
            _ => Self::Bytes,
        }
    }

    /// The code unit of two bytes.
    fn unit(self, pair: [u8; 2]) -> u16 {
        if self == Self::Utf16Be { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) }
    }

    /// Bytes of one unit; windows are cut at multiples of it.
    #[must_use]
    pub const fn width(self) -> usize {
        if matches!(self, Self::Bytes) { 1 } else { 2 }
    }

    /// Number of line ends in `bytes`.
    #[must_use]
    pub fn line_ends(self, bytes: &[u8]) -> u32 {
        let count = match self {
            Self::Bytes => memchr::memchr_iter(b'\n', bytes).count(),
            _ => bytes.as_chunks::<2>().0.iter().filter(|pair| self.unit(**pair) == 0x0a).count(),
        };
        count as u32
    }

    /// What follows the last line end of `bytes`, in code points, and whether there is a line end.
    #[must_use]
    pub fn columns_behind_last_line(self, bytes: &[u8]) -> (u32, bool) {
        if self == Self::Bytes {
            let end = memchr::memrchr(b'\n', bytes);
            return (columns(&bytes[end.map_or(0, |at| at + 1)..]), end.is_some());
        }
        let units = bytes.as_chunks::<2>().0;
        let end = units.iter().rposition(|pair| self.unit(*pair) == 0x0a);
        let behind = &units[end.map_or(0, |at| at + 1)..];
        // The second half of a surrogate pair is no code point of its own.
        let points = behind.iter().filter(|pair| !(0xdc00..0xe000).contains(&self.unit(**pair))).count();
        (points as u32, end.is_some())
    }
}

/// An artifact as the scanner reads it: UTF-8 text where that is what the bytes mean, else the bytes themselves.
pub struct View<'a> {
    /// What is scanned. UTF-8 where it was UTF-16; otherwise the raw bytes without a byte order mark.
    pub bytes: &'a [u8],
    raw: &'a [u8],
    encoding: Encoding,
    /// Length of the byte order mark.
    mark: usize,
    marks: Vec<Mark>,
}

/// A place of the decoded text from which decoding can be taken up again.
#[derive(Clone, Copy)]
struct Mark {
    decoded: usize,
    raw: usize,
    verbatim: usize,
}

/// Looks at `bytes` as text. Plain UTF-8 and binary bytes are borrowed and cost nothing; UTF-16 is decoded into `scratch`.
#[must_use]
pub fn view<'a>(bytes: &'a [u8], scratch: &'a mut String) -> View<'a> {
    let encoding = Encoding::detect(bytes);
    if encoding == Encoding::Bytes {
        let mark = if bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        return View { bytes: &bytes[mark..], raw: bytes, encoding, mark, marks: Vec::new() };
    }
    let mark = if matches!(bytes, [0xff, 0xfe, ..] | [0xfe, 0xff, ..]) { 2 } else { 0 };
    scratch.clear();
    scratch.reserve(bytes.len() / 2);
    let mut marks = Vec::new();
    let mut decoder = Decoder { raw: bytes, at: mark, verbatim: 0, encoding };
    loop {
        if marks.last().is_none_or(|last: &Mark| scratch.len() - last.decoded >= MARK_EVERY) {
            marks.push(Mark { decoded: scratch.len(), raw: decoder.at, verbatim: decoder.verbatim });
        }
        let Some(character) = decoder.next() else { break };
        scratch.push(character);
    }
    View { bytes: scratch.as_bytes(), raw: bytes, encoding, mark, marks }
}

impl View<'_> {
    /// How the raw bytes are written.
    #[must_use]
    pub const fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// The raw offset at which the byte of the view at `offset` begins; the raw end for an offset at the end or beyond.
    #[must_use]
    pub fn raw_offset(&self, offset: usize) -> usize {
        if self.encoding == Encoding::Bytes {
            return (offset + self.mark).min(self.raw.len());
        }
        let before = self.marks.partition_point(|mark| mark.decoded <= offset).saturating_sub(1);
        let Some(mark) = self.marks.get(before) else { return self.mark };
        let mut decoder = Decoder { raw: self.raw, at: mark.raw, verbatim: mark.verbatim, encoding: self.encoding };
        let mut decoded = mark.decoded;
        loop {
            let begin = decoder.at;
            match decoder.next() {
                Some(character) if decoded + character.len_utf8() <= offset => decoded += character.len_utf8(),
                _ => return begin,
            }
        }
    }

    /// The raw span of a span of the view.
    #[must_use]
    pub fn raw_span(&self, span: Span) -> Span {
        Span::new(self.raw_offset(span.start), self.raw_offset(span.end))
    }

    /// The region of a span of the view: lines and columns as a reader of the text counts them, offsets in the raw file.
    ///
    /// `index` is over [`View::bytes`]; `base` is the offset of the raw bytes in their file.
    #[must_use]
    pub fn region(&self, index: &LineIndex<'_>, span: Span, base: u64) -> Region {
        let raw = self.raw_span(span);
        Region { byte_offset: base + raw.start as u64, byte_length: raw.len() as u64, ..index.region(span, base) }
    }
}

/// Shows no text: it may hold a secret.
impl std::fmt::Debug for View<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("View").field("encoding", &self.encoding).field("len", &self.bytes.len()).finish_non_exhaustive()
    }
}

/// Decodes UTF-16 tolerantly. Half a surrogate pair becomes U+FFFD; a run of ASCII text amid UTF-16 is taken as it is, so
/// that a byte order mark before an ordinary file hides nothing.
struct Decoder<'a> {
    raw: &'a [u8],
    at: usize,
    /// Bytes of a run of ASCII still to be taken one by one.
    verbatim: usize,
    encoding: Encoding,
}

impl Decoder<'_> {
    fn pair(&self, at: usize) -> Option<[u8; 2]> {
        self.raw.get(at..at + 2)?.try_into().ok()
    }

    fn next(&mut self) -> Option<char> {
        if self.verbatim == 0 {
            self.verbatim = self.ascii_run();
        }
        if self.verbatim > 0 {
            let byte = *self.raw.get(self.at)?;
            self.at += 1;
            self.verbatim -= 1;
            return Some(if byte.is_ascii() { char::from(byte) } else { char::REPLACEMENT_CHARACTER });
        }
        let Some(pair) = self.pair(self.at) else {
            let last = *self.raw.get(self.at)?;
            self.at += 1;
            return Some(if last.is_ascii() { char::from(last) } else { char::REPLACEMENT_CHARACTER });
        };
        let unit = self.encoding.unit(pair);
        self.at += 2;
        if !matches!(unit, 0xd800..=0xdbff) {
            return Some(char::from_u32(u32::from(unit)).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        let low = self.pair(self.at).map(|pair| self.encoding.unit(pair)).filter(|low| matches!(low, 0xdc00..=0xdfff));
        let Some(low) = low else { return Some(char::REPLACEMENT_CHARACTER) };
        self.at += 2;
        char::from_u32(0x1_0000 + ((u32::from(unit) - 0xd800) << 10) + (u32::from(low) - 0xdc00))
    }

    /// Bytes to take one by one because ASCII text begins with the first or the second of them; 0 where none begins or
    /// it is too short to be such. Ends between two units, or at the end.
    fn ascii_run(&self) -> usize {
        let rest = self.raw.get(self.at..).unwrap_or_default();
        let skip = match rest {
            [first, ..] if is_ascii_text(*first) => 0,
            [_, second, ..] if is_ascii_text(*second) => 1,
            _ => return 0,
        };
        let text = &rest[skip..];
        let shortest = ASCII_PAIRS * 2;
        if text.len() < shortest || !text[..shortest].iter().all(|byte| is_ascii_text(*byte)) {
            return 0;
        }
        match text.iter().position(|byte| !is_ascii_text(*byte)) {
            Some(end) => (skip + end) / 2 * 2,
            None => rest.len(),
        }
    }
}

const fn is_ascii_text(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\n' | b'\r' | 0x20..=0x7e)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn encode(text: &str, encoding: Encoding, mark: bool) -> Vec<u8> {
        let units = mark.then_some(0xfeff).into_iter().chain(text.encode_utf16());
        match encoding {
            Encoding::Bytes => text.as_bytes().to_vec(),
            Encoding::Utf16Le => units.flat_map(u16::to_le_bytes).collect(),
            Encoding::Utf16Be => units.flat_map(u16::to_be_bytes).collect(),
        }
    }

    const WIDE: [(Encoding, bool); 4] =
        [(Encoding::Utf16Le, true), (Encoding::Utf16Be, true), (Encoding::Utf16Le, false), (Encoding::Utf16Be, false)];

    #[test]
    fn utf_16_reads_as_the_text_it_is_in_both_orders_with_and_without_a_mark() {
        let text = "{\n  \"env\": {\"NAME\": \"größe 😀 x\"}\n}\n";
        for (encoding, mark) in WIDE {
            let bytes = encode(text, encoding, mark);
            let mut scratch = String::new();
            let view = view(&bytes, &mut scratch);
            assert_eq!(view.encoding(), encoding);
            assert_eq!(view.bytes, text.as_bytes(), "{encoding:?} {mark}");
        }
    }

    #[test]
    fn places_are_exact_in_lines_columns_and_raw_bytes() {
        let text = "a\r\n😀ü needle\n";
        for (encoding, mark) in WIDE {
            let bytes = encode(text, encoding, mark);
            let mut scratch = String::new();
            let view = view(&bytes, &mut scratch);
            let start = text.find("needle").expect("there");
            let region = view.region(&LineIndex::new(view.bytes, 1), Span::new(start, start + 6), 0);
            assert_eq!((region.start_line, region.start_column, region.byte_length), (2, 4, 12));
            let raw = &bytes[region.byte_offset as usize..][..12];
            assert_eq!(raw, encode("needle", encoding, false));
        }
    }

    #[test]
    fn a_utf_8_mark_is_no_part_of_the_text_and_counts_in_offsets() {
        let mut scratch = String::new();
        let view = view(b"\xef\xbb\xbf{}", &mut scratch);
        assert_eq!((view.bytes, view.raw_offset(1)), (&b"{}"[..], 4));
    }

    #[test]
    fn plain_text_and_binary_are_left_alone() {
        let binary: Vec<u8> = (0..2000u32).flat_map(|n| (n % 700).to_le_bytes()).collect();
        for bytes in [&b"plain text"[..], b"", b"a", b"\0", b"\0\0\0\0", &binary, b"\x7fELF\x02\x01\x01\0\0\0\0\0\0"] {
            let mut scratch = String::new();
            assert_eq!(view(bytes, &mut scratch).bytes, bytes);
        }
    }

    #[test]
    fn a_mark_before_an_ordinary_file_hides_nothing() {
        let line = "NOTE=plain words that go on for quite a while\n";
        let bytes = [b"\xff\xfe", line.as_bytes()].concat();
        let mut scratch = String::new();
        let view = view(&bytes, &mut scratch);
        assert_eq!(view.bytes, line.as_bytes());
        assert_eq!(view.raw_offset(5), 7);
    }

    #[test]
    fn ascii_amid_utf_16_is_read_at_any_offset() {
        let line = "NOTE=plain words that go on for quite a while\n";
        for padding in 1..4 {
            let bytes =
                [&b"\xff\xfe"[..], &vec![1; padding], line.as_bytes(), &encode("end", Encoding::Utf16Le, false)];
            let bytes = bytes.concat();
            let mut scratch = String::new();
            let view = view(&bytes, &mut scratch);
            let at = memchr::memmem::find(view.bytes, b"NOTE").expect("the text is seen");
            assert!(view.bytes[at..].starts_with(line.trim_end().as_bytes()));
            assert_eq!(view.raw_offset(at), 2 + padding);
        }
    }

    proptest! {
        #[test]
        fn any_text_keeps_every_offset(text in "[ -~\n]{8}\\PC{0,200}", mark: bool, big: bool) {
            let encoding = if big { Encoding::Utf16Be } else { Encoding::Utf16Le };
            let bytes = encode(&text, encoding, mark);
            let mut scratch = String::new();
            let view = view(&bytes, &mut scratch);
            if view.encoding() == encoding && view.bytes == text.as_bytes() {
                for (at, character) in text.char_indices() {
                    let span = view.raw_span(Span::new(at, at + character.len_utf8()));
                    prop_assert_eq!(&bytes[span.start..span.end], encode(&character.to_string(), encoding, false));
                }
            }
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400), mark in 0usize..3) {
            let bytes = [[&b""[..], b"\xff\xfe", b"\xfe\xff"][mark], &bytes].concat();
            let mut scratch = String::new();
            let view = view(&bytes, &mut scratch);
            prop_assert!(view.raw_offset(view.bytes.len()) == bytes.len());
            let offsets: Vec<_> = (0..=view.bytes.len()).map(|at| view.raw_offset(at)).collect();
            prop_assert!(offsets.is_sorted());
        }
    }
}
