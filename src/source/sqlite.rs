//! SQLite files: the values of their rows, each apart from what stands beside it.
//!
//! A row is its values one behind the other, with nothing between them, and so are the rows of a page: read as they stand, a
//! token would go on in the next row's length. So the values of each page are shown on lines of their own, those that go on in
//! other pages put together, and all text of a database in UTF-16; then what is left of the file, deleted rows included. Read
//! by hand: a hostile database is nothing to open with a library that runs its schema, and finding rows needs no more than the
//! layout of a page. Format: <https://www.sqlite.org/fileformat2.html>.

use std::ops::Range;

use super::content::Content;
use super::joined::Piece;

const MAGIC: &[u8] = b"SQLite format 3\0";
/// The header of the file, within its first page.
const HEADER: usize = 100;
/// Longest value that is put together; a longer one is an image or a program.
const LONGEST: usize = 64 << 20;
/// Shortest text in UTF-16 that is looked at, in bytes: a credential has eight characters at least.
const SHORTEST: usize = 16;
/// So many bytes of several pages are shown at a time.
const SHOWN: usize = 1 << 20;

const TABLE_LEAF: u8 = 0x0d;
const INDEX_LEAF: u8 = 0x0a;
const INDEX_INTERIOR: u8 = 0x02;

/// Whether bytes are the beginning of a SQLite file.
#[must_use]
pub fn is_sqlite(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

/// Whether [`join`] shows all that these bytes hold, so that they need not be shown themselves.
#[must_use]
pub fn replaces(bytes: &[u8]) -> bool {
    Pages::of(bytes).is_some()
}

/// A database, or the first part of it.
struct Pages<'b> {
    bytes: &'b [u8],
    size: usize,
    /// Bytes of a page that hold content.
    usable: usize,
    wide: bool,
}

/// Shows the values of the rows and what is left, with their places.
///
/// Cells that share pages cannot make it read more than twice what there is.
pub fn join(bytes: &[u8], visit: &mut dyn FnMut(&[u8], &[Piece])) {
    let Some(pages) = Pages::of(bytes) else { return };
    let mut left = bytes.len().saturating_mul(2);
    let mut cell = Cell::default();
    let (mut values, mut rest) = (Content::default(), Content::default());
    for start in (0..bytes.len()).step_by(pages.size) {
        cell.shown.clear();
        for (kind, at) in pages.cells(start) {
            if pages.read(kind, start, at, left, &mut cell).is_some() {
                left = left.saturating_sub(cell.payload.len());
                cell.columns(pages.wide, &mut values, visit);
            }
        }
        cell.shown.sort_unstable_by_key(|range| (range.start, range.end));
        let mut from = start;
        for shown in &cell.shown {
            if shown.start > from {
                rest.verbatim(bytes.get(from..shown.start).unwrap_or_default(), from);
                rest.written(b"\n", shown.start, 1);
            }
            from = from.max(shown.end);
        }
        rest.verbatim(bytes.get(from..bytes.len().min(start + pages.size)).unwrap_or_default(), from);
        flush(&mut values, SHOWN, visit);
        flush(&mut rest, SHOWN, visit);
    }
    flush(&mut values, 1, visit);
    flush(&mut rest, 1, visit);
}

/// Shows what there is, if it is so much.
fn flush(content: &mut Content, least: usize, visit: &mut dyn FnMut(&[u8], &[Piece])) {
    if content.bytes.len() >= least {
        visit(&content.bytes, &content.pieces);
        content.clear();
    }
}

/// What one cell holds, put together.
#[derive(Default)]
struct Cell {
    payload: Vec<u8>,
    pieces: Vec<Piece>,
    /// Where values stand in the file that were shown, of all cells of a page.
    shown: Vec<Range<usize>>,
}

impl<'b> Pages<'b> {
    fn of(bytes: &'b [u8]) -> Option<Self> {
        let size = match u16_at(bytes.strip_prefix(MAGIC)?, 0)? {
            1 => 65_536,
            size if size.is_power_of_two() && size >= 512 => size,
            _ => return None,
        };
        let usable = size - usize::from(*bytes.get(20)?);
        let wide = matches!(u32_at(bytes, 56)?, 2 | 3);
        (usable >= 480).then_some(Self { bytes, size, usable, wide })
    }

    /// The cells of the page that begins at `start`: what kind, and where.
    fn cells(&self, start: usize) -> impl Iterator<Item = (u8, usize)> {
        let header = if start == 0 { HEADER } else { start };
        let kind = self.bytes.get(header).copied().unwrap_or(0);
        let pointers = match kind {
            TABLE_LEAF | INDEX_LEAF => Some(header + 8),
            INDEX_INTERIOR => Some(header + 12),
            _ => None,
        };
        let count = pointers.and_then(|_| u16_at(self.bytes, header + 3)).unwrap_or(0).min(self.size / 4);
        (0..count).map_while(move |at| {
            let offset = u16_at(self.bytes, pointers? + 2 * at).filter(|offset| *offset < self.usable)?;
            Some((kind, start + offset))
        })
    }

    /// Reads the cell at `at`; `None` where there is none.
    fn read(&self, kind: u8, page: usize, at: usize, left: usize, cell: &mut Cell) -> Option<()> {
        let mut at = if kind == INDEX_INTERIOR { at + 4 } else { at };
        let (length, read) = varint(self.bytes.get(at..)?)?;
        at += read;
        if kind == TABLE_LEAF {
            at += varint(self.bytes.get(at..)?)?.1;
        }
        let local = self.local(kind, length);
        if length > left.min(LONGEST) {
            return None;
        }
        cell.payload.clear();
        cell.pieces.clear();
        let end = page + self.usable;
        cell.push(self.bytes, at, self.bytes.get(at..(at + local).min(end))?.len());
        let mut next = if local < length { u32_at(self.bytes, at + local)? } else { 0 };
        while next != 0 && cell.payload.len() < length {
            let start = usize::try_from(next).ok()?.checked_sub(1)?.checked_mul(self.size)?;
            // A chain that leaves the window, or is damaged, is followed as far as it goes.
            let Some(following) = u32_at(self.bytes, start) else { break };
            let wanted = (length - cell.payload.len()).min(self.usable - 4);
            let there = self.bytes.len().saturating_sub(start + 4).min(wanted);
            cell.push(self.bytes, start + 4, there);
            if there < wanted {
                break;
            }
            next = following;
        }
        Some(())
    }

    /// Bytes of a payload of `length` bytes that stand in the cell itself.
    fn local(&self, kind: u8, length: usize) -> usize {
        let usable = self.usable;
        let most = if kind == TABLE_LEAF { usable - 35 } else { (usable - 12) * 64 / 255 - 23 };
        if length <= most {
            return length;
        }
        let least = (usable - 12) * 32 / 255 - 23;
        let fitting = least + (length - least) % (usable - 4);
        if fitting <= most { fitting } else { least }
    }
}

impl Cell {
    fn push(&mut self, bytes: &[u8], raw: usize, length: usize) {
        self.pieces.push(Piece::verbatim(self.payload.len(), raw));
        self.payload.extend_from_slice(bytes.get(raw..raw + length).unwrap_or_default());
    }

    /// Adds the values of the row to those of the page, and shows those that are in several pieces, or in UTF-16.
    fn columns(&mut self, wide: bool, values: &mut Content, visit: &mut dyn FnMut(&[u8], &[Piece])) {
        let Some((header, mut at)) = varint(&self.payload) else { return };
        let mut start = header;
        while at < header {
            let Some((kind, read)) = self.payload.get(at..).and_then(varint) else { return };
            at += read;
            let length = match kind {
                0 | 8..=11 => 0,
                1..=4 => kind,
                5 => 6,
                6 | 7 => 8,
                _ => (kind - 12) / 2,
            };
            let is_text = kind >= 13 && kind % 2 == 1;
            let end = start.saturating_add(length).min(self.payload.len());
            let Some(value) = self.payload.get(start..end) else { return };
            let split = self.pieces.iter().any(|piece| start < piece.at && piece.at < end);
            if (kind >= 12 && split) || (wide && is_text && value.len() >= SHORTEST) {
                let first = self.pieces.partition_point(|piece| piece.at <= start).saturating_sub(1);
                let within = self.pieces.iter().skip(first).take_while(|piece| piece.at < end);
                let pieces: Vec<Piece> = within
                    .map(|piece| {
                        let cut = start.saturating_sub(piece.at);
                        Piece::verbatim((piece.at + cut) - start, piece.raw + cut)
                    })
                    .collect();
                visit(value, &pieces);
            } else if kind >= 12 && !value.is_empty() {
                let first = self.pieces.partition_point(|piece| piece.at <= start).saturating_sub(1);
                let Some(piece) = self.pieces.get(first) else { return };
                let raw = piece.raw + (start - piece.at);
                values.verbatim(value, raw);
                values.written(b"\n", raw + value.len(), 1);
                self.shown.push(raw..raw + value.len());
            }
            start = end;
        }
    }
}

/// A number of SQLite: seven bits a byte, the ninth byte whole; and its length.
fn varint(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut value = 0u64;
    for (at, byte) in bytes.iter().take(9).enumerate() {
        if at == 8 {
            return Some((usize::try_from(value << 8 | u64::from(*byte)).ok()?, 9));
        }
        value = value << 7 | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some((usize::try_from(value).ok()?, at + 1));
        }
    }
    None
}

fn u16_at(bytes: &[u8], at: usize) -> Option<usize> {
    Some(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?).into())
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A database of one table leaf with one row, whose text goes on in two pages that stand in reverse order.
    fn database(text: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0; 4 * 512];
        bytes[..16].copy_from_slice(MAGIC);
        bytes[16..18].copy_from_slice(&512_u16.to_be_bytes());
        bytes[56..60].copy_from_slice(&1_u32.to_be_bytes());
        let kind = 13 + 2 * text.len();
        let mut payload = vec![3, 0x80 | (kind >> 7) as u8, (kind & 0x7f) as u8];
        payload.extend(text);
        let pages = Pages::of(&bytes).expect("a database");
        let local = pages.local(TABLE_LEAF, payload.len());
        assert!(payload.len() - local > 508 && payload.len() - local <= 1016, "{local}");
        let page = 512;
        bytes[page] = TABLE_LEAF;
        bytes[page + 4] = 1;
        let at = 512 - local - 7;
        bytes[page + 8..page + 10].copy_from_slice(&(at as u16).to_be_bytes());
        let length = [0x80 | (payload.len() >> 7) as u8, (payload.len() & 0x7f) as u8, 1];
        let (head, tail) = payload.split_at(local);
        let cell = [&length[..], head, &4_u32.to_be_bytes()].concat();
        bytes[page + at..page + at + cell.len()].copy_from_slice(&cell);
        bytes[3 * 512..3 * 512 + 4].copy_from_slice(&3_u32.to_be_bytes());
        bytes[3 * 512 + 4..].copy_from_slice(&tail[..508]);
        bytes[2 * 512 + 4..2 * 512 + 4 + tail.len() - 508].copy_from_slice(&tail[508..]);
        bytes
    }

    #[test]
    fn a_value_that_goes_on_in_other_pages_is_put_together() {
        let text: Vec<u8> = (0..1000_u32).map(|at| b'a' + (at % 26) as u8).collect();
        let bytes = database(&text);
        let mut seen = Vec::new();
        join(&bytes, &mut |value, pieces| seen.push((value.to_vec(), pieces.to_vec())));
        // What is left of the file is shown too.
        assert_eq!(seen.len(), 2);
        let (value, pieces) = &seen[0];
        assert_eq!(value, &text);
        for (at, byte) in text.iter().enumerate() {
            let piece = pieces.iter().rev().find(|piece| piece.at <= at).expect("a piece");
            assert_eq!(bytes[piece.raw + at - piece.at], *byte);
        }
    }

    proptest! {
        #[test]
        fn damage_never_panics_and_never_reads_much(changes in proptest::collection::vec((0usize..2048, any::<u8>()), 0..40)) {
            let text: Vec<u8> = vec![b'x'; 1000];
            let mut bytes = database(&text);
            for (at, byte) in changes {
                bytes[at] = byte;
            }
            let mut shown = 0;
            join(&bytes, &mut |value, _| shown += value.len());
            // What is left, and the values: each of them with the end of a line.
            prop_assert!(shown <= 7 * bytes.len());
        }
    }
}
