//! Snappy, the compression of a LevelDB's blocks: runs of bytes as they are, and copies of what came before.
//!
//! Crate `snap` would give the bytes without their places. Format:
//! <https://github.com/google/snappy/blob/main/format_description.txt>.

use super::Content;
use super::{MOST_PIECES, varint};

/// Decompresses bytes that stand in the file at `raw`, at most `most` of them; `None` where they are damaged. What is
/// written for the first time has its own place, what is copied that of the instruction to copy it.
pub(super) fn decompress(bytes: &[u8], raw: usize, most: usize, content: &mut Content) -> Option<()> {
    let (length, mut at) = varint(bytes)?;
    if length > most {
        return None;
    }
    while let Some(tag) = bytes.get(at).copied() {
        let head = usize::from(tag >> 2);
        if tag & 3 == 0 {
            let width = head.saturating_sub(59);
            let count = if width == 0 { head } else { number(bytes, at + 1, width)? };
            let start = at + 1 + width;
            let end = start.checked_add(count)?.checked_add(1)?;
            content.verbatim(bytes.get(start..end)?, raw + start);
            at = end;
        } else {
            let (count, offset, width) = match tag & 3 {
                1 => (4 + (head & 7), (head >> 3) << 8 | number(bytes, at + 1, 1)?, 1),
                2 => (1 + head, number(bytes, at + 1, 2)?, 2),
                _ => (1 + head, number(bytes, at + 1, 4)?, 4),
            };
            copy(content, offset, count, raw + at, 1 + width)?;
            at += 1 + width;
        }
        if content.bytes.len() > length || content.pieces.len() > MOST_PIECES {
            return None;
        }
    }
    (content.bytes.len() == length).then_some(())
}

/// Appends `count` bytes that stand `offset` before the end, which may run into themselves.
fn copy(content: &mut Content, offset: usize, count: usize, raw: usize, whole: usize) -> Option<()> {
    let from = content.bytes.len().checked_sub(offset).filter(|_| offset > 0)?;
    let mut copied = [0; 64];
    let copied = copied.get_mut(..count)?;
    for (at, byte) in copied.iter_mut().enumerate() {
        *byte = *content.bytes.get(from + at % offset)?;
    }
    content.written(copied, raw, whole);
    Some(())
}

/// A number of this many bytes, the lowest first.
fn number(bytes: &[u8], at: usize, width: usize) -> Option<usize> {
    let bytes = bytes.get(at..at + width)?;
    Some(bytes.iter().rev().fold(0, |value, byte| value << 8 | usize::from(*byte)))
}
