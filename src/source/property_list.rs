//! Binary property lists, as macOS writes settings: put into the words of one in XML, which the readers understand.
//!
//! The file is scanned as it is too; this adds the names of values, and text in UTF-16. Objects may be shared and nested
//! as a hostile file likes, so depth and the length of what is written are bounded.

use super::joined::Piece;

/// How a binary property list begins.
const MAGIC: &[u8] = b"bplist0";
/// Length of what stands at its end.
const TRAILER: usize = 32;
/// Deepest nesting that is followed.
const DEEPEST: usize = 64;
/// Most that is written of a file, as a multiple of its length, and beside it: shared objects are written again.
const GROWTH: usize = 8;
const FLOOR: usize = 64 << 10;

/// Whether bytes begin as a binary property list.
#[must_use]
pub fn is_binary(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

/// The list in XML, and where its strings stand; nothing where the file is damaged at its end.
#[must_use]
pub fn join(bytes: &[u8]) -> (Vec<u8>, Vec<Piece>) {
    let mut written = Written { text: b"<plist>".to_vec(), pieces: vec![Piece::verbatim(0, 0)] };
    let most = bytes.len().saturating_mul(GROWTH).saturating_add(FLOOR);
    let Some(list) = List::of(bytes, most) else { return (Vec::new(), Vec::new()) };
    list.write(list.top, 0, b"string", &mut written);
    written.tag(b"</plist>\n", bytes.len());
    (written.text, written.pieces)
}

struct Written {
    text: Vec<u8>,
    pieces: Vec<Piece>,
}

impl Written {
    /// Markup, which stands for nothing of the file but a place.
    fn tag(&mut self, markup: &[u8], raw: usize) {
        self.pieces.push(Piece::verbatim(self.text.len(), raw));
        self.text.extend_from_slice(markup);
    }

    /// A character that stands at `raw` in `whole` bytes.
    fn character(&mut self, character: char, raw: usize, whole: usize) {
        self.pieces.push(Piece::written(self.text.len(), raw, whole));
        match character {
            '&' => self.text.extend_from_slice(b"&amp;"),
            '<' => self.text.extend_from_slice(b"&lt;"),
            '>' => self.text.extend_from_slice(b"&gt;"),
            _ => self.text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }

    /// Text that stands in the file as it reads.
    fn plain(&mut self, text: &str, raw: usize) {
        let mut rest = text;
        let mut at = raw;
        while let Some(found) = rest.find(['&', '<', '>']) {
            let (before, behind) = rest.split_at(found);
            self.tag(before.as_bytes(), at);
            at += found;
            if let Some(mark) = behind.chars().next() {
                self.character(mark, at, 1);
            }
            rest = behind.get(1..).unwrap_or_default();
            at += 1;
        }
        self.tag(rest.as_bytes(), at);
    }
}

/// A binary property list and what its end says of it.
struct List<'b> {
    bytes: &'b [u8],
    /// Where the places of the objects are listed, and how many bytes each takes there and where it is referred to.
    table: usize,
    offset_size: usize,
    reference_size: usize,
    count: usize,
    top: usize,
    /// Longest text that is written.
    most: usize,
}

impl<'b> List<'b> {
    fn of(bytes: &'b [u8], most: usize) -> Option<Self> {
        let end = bytes.get(bytes.len().checked_sub(TRAILER)?..)?;
        let (offset_size, reference_size) = (usize::from(*end.get(6)?), usize::from(*end.get(7)?));
        let list = Self {
            bytes,
            table: number(end.get(24..32)?)?,
            offset_size,
            reference_size,
            count: number(end.get(8..16)?)?,
            top: number(end.get(16..24)?)?,
            most,
        };
        let sane = (1..=8).contains(&offset_size) && (1..=8).contains(&reference_size);
        (sane && list.top < list.count && list.count <= bytes.len()).then_some(list)
    }

    /// Writes an object; a string becomes the content of `element`.
    fn write(&self, object: usize, depth: usize, element: &[u8], written: &mut Written) -> Option<()> {
        if depth > DEEPEST || object >= self.count || written.text.len() > self.most {
            return None;
        }
        let entry = self.table.checked_add(object.checked_mul(self.offset_size)?)?;
        let at = number(self.bytes.get(entry..entry.checked_add(self.offset_size)?)?)?;
        let (kind, length, start) = self.head(at)?;
        match kind {
            // Data that is text holds a document most often.
            0x4 | 0x5 => {
                let content = self.bytes.get(start..start.checked_add(length)?)?;
                let text = std::str::from_utf8(content).ok()?;
                self.element(element, at, written, |written| written.plain(text, start));
            }
            0x6 => {
                let content = self.bytes.get(start..start.checked_add(length.checked_mul(2)?)?)?;
                let units = content.as_chunks::<2>().0.iter().map(|unit| u16::from_be_bytes(*unit));
                self.element(element, at, written, |written| {
                    let mut raw = start;
                    for character in char::decode_utf16(units) {
                        let character = character.unwrap_or(char::REPLACEMENT_CHARACTER);
                        let whole = 2 * character.len_utf16();
                        written.character(character, raw, whole);
                        raw += whole;
                    }
                });
            }
            0xa | 0xc => {
                written.tag(b"<array>\n", at);
                for index in 0..length {
                    let Some(item) = self.reference(start, index) else { break };
                    self.write(item, depth + 1, b"string", written);
                }
                written.tag(b"</array>\n", at);
            }
            0xd => {
                written.tag(b"<dict>\n", at);
                for index in 0..length {
                    let pair = self.reference(start, index).zip(self.reference(start, length.saturating_add(index)));
                    let Some((key, value)) = pair else { break };
                    if self.write(key, depth + 1, b"key", written).is_some()
                        && self.write(value, depth + 1, b"string", written).is_none()
                    {
                        // A key without a value would take the next one's.
                        written.tag(b"<null/>\n", at);
                    }
                }
                written.tag(b"</dict>\n", at);
            }
            _ => written.tag(b"<null/>\n", at),
        }
        Some(())
    }

    fn element(&self, name: &[u8], at: usize, written: &mut Written, content: impl FnOnce(&mut Written)) {
        written.tag(&[b"<", name, b">"].concat(), at);
        content(written);
        written.tag(&[b"</", name, b">\n"].concat(), at);
    }

    /// Kind and length of the object at a place, and where its content begins.
    fn head(&self, at: usize) -> Option<(u8, usize, usize)> {
        let mark = *self.bytes.get(at)?;
        let (kind, short) = (mark >> 4, usize::from(mark & 0xf));
        if !matches!(kind, 0x4..=0x6 | 0xa | 0xc | 0xd) || short != 0xf {
            return Some((kind, short, at + 1));
        }
        let width = 1_usize << (*self.bytes.get(at + 1)? & 0xf).min(3);
        let length = number(self.bytes.get(at + 2..at + 2 + width)?)?;
        Some((kind, length, at + 2 + width))
    }

    /// The object that is referred to at a place of a list of references.
    fn reference(&self, start: usize, index: usize) -> Option<usize> {
        let at = start.checked_add(index.checked_mul(self.reference_size)?)?;
        number(self.bytes.get(at..at.checked_add(self.reference_size)?)?)
    }
}

/// A number, its greatest byte first.
fn number(bytes: &[u8]) -> Option<usize> {
    let value = bytes.iter().try_fold(0_u64, |value, byte| Some(value.checked_mul(256)? | u64::from(*byte)))?;
    usize::try_from(value).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::source::joined::{Standing, Whole};
    use crate::span::Span;

    /// A list of the objects, the first on top, with one byte for each reference.
    pub(super) fn list(objects: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = b"bplist00".to_vec();
        let mut table = Vec::new();
        for object in objects {
            table.extend((bytes.len() as u16).to_be_bytes());
            bytes.extend(object);
        }
        let at = bytes.len() as u64;
        bytes.extend(table);
        bytes.extend([0, 0, 0, 0, 0, 0, 2, 1]);
        bytes.extend((objects.len() as u64).to_be_bytes());
        bytes.extend(0_u64.to_be_bytes());
        bytes.extend(at.to_be_bytes());
        bytes
    }

    fn ascii(text: &str) -> Vec<u8> {
        [&[0x5f, 0x10, text.len() as u8][..], text.as_bytes()].concat()
    }

    #[test]
    fn dictionaries_lists_and_both_kinds_of_strings_are_written_with_their_places() {
        let wide: Vec<u8> = "é<x".encode_utf16().flat_map(u16::to_be_bytes).collect();
        let bytes = list(&[
            vec![0xd2, 1, 3, 2, 4],
            ascii("Label"),
            ascii("a&b"),
            ascii("Args"),
            vec![0xa2, 5, 6],
            [&[0x63][..], &wide].concat(),
            vec![0x09],
        ]);
        let (text, pieces) = join(&bytes);
        let text = String::from_utf8(text).unwrap();
        assert_eq!(
            text,
            "<plist><dict>\n<key>Label</key>\n<string>a&amp;b</string>\n<key>Args</key>\n<array>\n<string>é&lt;x</string>\n<null/>\n</array>\n</dict>\n</plist>\n"
        );
        let raw = |word: &str| {
            let at = text.find(word).unwrap();
            let piece = pieces[pieces.partition_point(|piece| piece.at <= at) - 1];
            piece.raw + at - piece.at
        };
        assert_eq!(&bytes[raw("Label")..][..5], b"Label");
        assert_eq!(bytes[raw("b</string>")], b'b');
        assert_eq!(&bytes[raw("x</string>")..][..2], [0, b'x']);
        let whole = Whole::new(&bytes, 0, 1);
        for (word, raw) in [("é&lt;x", &wide[..]), ("a&amp;b", b"a&b"), ("&lt;", &wide[2..4])] {
            let at = text.find(word).unwrap();
            let region = whole.joined(&pieces).region(Span::new(at, at + word.len()));
            let (from, length) = (region.byte_offset as usize, region.byte_length as usize);
            assert_eq!(&bytes[from..from + length], raw, "{word}");
        }
    }

    #[test]
    fn a_list_that_holds_itself_ends() {
        let bytes = list(&[vec![0xa2, 0, 0]]);
        assert!(join(&bytes).0.len() < FLOOR + GROWTH * bytes.len() + 4096);
        let shared: Vec<Vec<u8>> = (1..60).map(|next| vec![0xaf, 0x10, 2, next, next]).collect();
        let bytes = list(&shared);
        assert!(join(&bytes).0.len() < FLOOR + GROWTH * bytes.len() + 4096);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..90), top in 0u8..4, size in 0u8..9) {
            let mut whole = [b"bplist00", &bytes[..]].concat();
            whole.extend([0, 0, 0, 0, 0, 0, size, 1]);
            for number in [bytes.len() as u64, u64::from(top), 8] {
                whole.extend(number.to_be_bytes());
            }
            let (text, pieces) = join(&whole);
            prop_assert!(pieces.iter().all(|piece| piece.at <= text.len() && piece.raw <= whole.len()));
            prop_assert!(pieces.is_sorted_by_key(|piece| piece.at));
        }
    }
}
