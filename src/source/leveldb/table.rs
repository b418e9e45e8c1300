//! A table of a LevelDB: sorted entries in blocks, an index of the blocks, and a footer that names the index.

use std::ops::Range;

use super::Content;
use super::{LONGEST, snappy, u32_at, varint};

/// Two handles, filled up, and the mark.
const FOOTER: usize = 48;
const MAGIC: [u8; 8] = 0xdb47_7524_8b80_fb57_u64.to_le_bytes();
/// Kind of compression and checksum behind a block.
const TRAILER: usize = 5;
const PLAIN: u8 = 0;
const SNAPPY: u8 = 1;
/// Longest key that is put together.
const LONGEST_KEY: usize = 64 << 10;

/// Where a block stands.
type Handle = Range<usize>;

/// Whether a table can be read: its end names an index that holds a block.
pub(super) fn is_whole(bytes: &[u8]) -> bool {
    let mut any = false;
    index(bytes, &mut |_| any = true);
    any
}

/// Shows each block, decompressed; one that cannot be is shown as it is. `left` is how much may be put together.
pub(super) fn read(bytes: &[u8], left: &mut usize, visit: &mut dyn FnMut(&Content)) {
    let mut content = Content::default();
    let mut floor = 0;
    index(bytes, &mut |handle| {
        // Blocks are written in the order of the index: no table names one twice.
        if handle.start < floor {
            return;
        }
        floor = handle.end;
        if block(bytes, &handle, left, &mut content).is_none() {
            content.clear();
            content.verbatim(bytes.get(handle.clone()).unwrap_or_default(), handle.start);
        }
        visit(&content);
    });
}

/// The blocks that the index names.
fn index(bytes: &[u8], visit: &mut dyn FnMut(Handle)) {
    let _ = footer(bytes).and_then(|index| {
        let mut content = Content::default();
        block(bytes, &index, &mut { LONGEST }, &mut content)?;
        entries(&content, &mut |_, value| {
            if let Some(handle) = content.bytes.get(value).and_then(handle).filter(|handle| handle.end <= bytes.len()) {
                visit(handle);
            }
        });
        Some(())
    });
}

/// Where the index stands.
fn footer(bytes: &[u8]) -> Option<Handle> {
    let footer = bytes.get(bytes.len().checked_sub(FOOTER)?..)?.strip_suffix(&MAGIC)?;
    let (_, offset) = varint(footer)?;
    let (_, size) = varint(footer.get(offset..)?)?;
    handle(footer.get(offset + size..)?)
}

fn handle(bytes: &[u8]) -> Option<Handle> {
    let (offset, read) = varint(bytes)?;
    let (size, _) = varint(bytes.get(read..)?)?;
    Some(offset..offset.checked_add(size)?)
}

/// What a block holds.
fn block(bytes: &[u8], handle: &Handle, left: &mut usize, content: &mut Content) -> Option<()> {
    content.clear();
    let written = bytes.get(handle.clone())?;
    match *bytes.get(handle.end..handle.end.checked_add(TRAILER)?)?.first()? {
        PLAIN => content.verbatim(written, handle.start),
        SNAPPY => {
            snappy::decompress(written, handle.start, LONGEST.min(*left), content)?;
            *left = left.saturating_sub(content.bytes.len());
        }
        _ => return None,
    }
    Some(())
}

/// Shows key and place of each value of a block. A key is written as how many bytes it shares with the one before it, and
/// the others.
pub(super) fn entries(block: &Content, visit: &mut dyn FnMut(&[u8], Range<usize>)) {
    let bytes = &block.bytes;
    let Some(count) = bytes.len().checked_sub(4).and_then(|at| u32_at(bytes, at)) else { return };
    let Some(end) = count.checked_mul(4).and_then(|restarts| bytes.len().checked_sub(4 + restarts)) else { return };
    let mut key: Vec<u8> = Vec::new();
    let mut at = 0;
    while at < end {
        let Some((shared, read)) = bytes.get(at..end).and_then(varint) else { return };
        at += read;
        // The length of the value stands between that of the key and the key.
        let Some((own, read)) = bytes.get(at..end).and_then(varint) else { return };
        at += read;
        let Some((length, read)) = bytes.get(at..end).and_then(varint) else { return };
        at += read;
        let Some(suffix) = at.checked_add(own).and_then(|to| bytes.get(at..to)) else { return };
        key.truncate(shared.min(LONGEST_KEY));
        key.extend_from_slice(suffix.get(..own.min(LONGEST_KEY)).unwrap_or_default());
        at += own;
        let to = at.saturating_add(length).min(end);
        visit(&key, at..to);
        at = to;
    }
}
