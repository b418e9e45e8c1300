//! LevelDB files, in which browsers and programs built on one keep what their pages store.
//!
//! A log holds its values as they are, but in parts where they cross a block, and many of them in UTF-16; a table holds
//! blocks, most of them compressed. What is put together from either is shown instead of the bytes, as the members of
//! an archive are. Read by hand: no library tells where in the file a value stands, and a hostile table is bounded here.
//! Format: <https://github.com/google/leveldb/tree/main/doc>.

mod log;
mod snappy;
mod table;
mod versions;

#[cfg(test)]
mod tests;

use std::ops::Range;

use super::content::{Content, MOST_PIECES};
use super::joined::Piece;
use versions::Versions;

/// Shortest value that is looked at: a credential and its name.
const SHORTEST: usize = 16;
/// Longest block or record that is put together.
const LONGEST: usize = 64 << 20;
/// All that is put together of one file, as a multiple of its length, and beside it: blocks may be named again and again.
const GROWTH: usize = 32;
const FLOOR: usize = 1 << 20;

/// What the two kinds of files are called: a number and an extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Log,
    Table,
}

impl Kind {
    fn of(path: &str) -> Option<Self> {
        let (stem, extension) = path.rsplit_once('.')?;
        let kind = match extension {
            "log" => Self::Log,
            "ldb" => Self::Table,
            _ => return None,
        };
        let number = stem.rsplit('/').next().unwrap_or(stem);
        (number.len() >= 6 && number.bytes().all(|byte| byte.is_ascii_digit())).then_some(kind)
    }
}

/// Whether a file is one of a LevelDB: by its name, and a log, as many a text is called so, by how it begins too.
#[must_use]
pub fn is_leveldb(path: &str, head: &[u8]) -> bool {
    match Kind::of(path) {
        Some(Kind::Log) => log::begins(head),
        Some(Kind::Table) => true,
        None => false,
    }
}

/// Whether [`join`] shows all that these bytes hold, so that they need not be shown themselves: a table is compressed, and
/// what a value is cannot be told where it stands in a log among others.
#[must_use]
pub fn replaces(path: &str, bytes: &[u8]) -> bool {
    match Kind::of(path) {
        Some(Kind::Log) => log::begins(bytes),
        Some(Kind::Table) => table::is_whole(bytes),
        None => false,
    }
}

/// Shows what the file holds, with its places: each value of a page as the text that it is, and the others as they are.
pub fn join(path: &str, bytes: &[u8], visit: &mut dyn FnMut(&[u8], &[Piece])) {
    if !replaces(path, bytes) {
        return;
    }
    if Kind::of(path) == Some(Kind::Log) {
        let mut shown = Vec::new();
        let mut versions = Versions::default();
        log::read(bytes, &mut |batch| {
            log::entries(batch, &mut |key, value| {
                if value.len() >= SHORTEST && (is_stored(key) || batch.is_split(&value)) {
                    let value = batch.part(value);
                    shown.extend(value.places());
                    versions.push(key, value);
                }
            });
        });
        versions.each(&mut |key, value, ranges| {
            let text = text(key, value, ranges);
            visit(&text.bytes, &text.pieces);
        });
        let mut whole = Content::default();
        whole.verbatim(bytes, 0);
        let rest = whole.without(&shown);
        visit(&rest.bytes, &rest.pieces);
        return;
    }
    let mut left = bytes.len().saturating_mul(GROWTH).saturating_add(FLOOR);
    table::read(bytes, &mut left, &mut |block| {
        let mut shown = Vec::new();
        table::entries(block, &mut |key, value| {
            if value.len() >= SHORTEST && is_stored(key) {
                let text = text(key, &block.part(value.clone()), std::slice::from_ref(&(0..value.len())));
                visit(&text.bytes, &text.pieces);
                shown.push(value);
            }
        });
        let rest = block.without(&shown);
        visit(&rest.bytes, &rest.pieces);
    });
}

/// Whether a key is one under which a page has stored something: `_`, the page's origin, a zero, the name.
fn is_stored(key: &[u8]) -> bool {
    key.first() == Some(&b'_') && key.contains(&0)
}

/// Parts of a value; of a page's, as the text that its first byte says it is.
fn text(key: &[u8], value: &Content, ranges: &[Range<usize>]) -> Content {
    match value.bytes.first().filter(|_| is_stored(key)) {
        Some(0) => value.wide(ranges),
        Some(1) => value.latin(ranges),
        _ => value.parts(ranges),
    }
}

/// A number of seven bits a byte, the lowest first; and its length.
fn varint(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut value = 0_u64;
    for (at, byte) in bytes.iter().take(10).enumerate() {
        value |= u64::from(byte & 0x7f).checked_shl(7 * at as u32)?;
        if byte & 0x80 == 0 {
            return Some((usize::try_from(value).ok()?, at + 1));
        }
    }
    None
}

/// What lies behind a number that is its length, and where it ends; of what is cut off, the part that is there.
fn prefixed(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let (length, read) = varint(bytes.get(at..)?)?;
    let start = at + read;
    Some(start..start.saturating_add(length).min(bytes.len()))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<usize> {
    let word = bytes.get(at..at.checked_add(4)?)?;
    usize::try_from(u32::from_le_bytes(word.try_into().ok()?)).ok()
}
