//! The log of a LevelDB: records in blocks of 32 KiB, each a batch of what was written and deleted.

use std::ops::Range;

use super::Content;
use super::{LONGEST, prefixed, u32_at};

const BLOCK: usize = 32 << 10;
/// Checksum, length and kind of a part of a record.
const HEADER: usize = 7;
/// Sequence number and count at the head of a batch.
const BATCH: usize = 12;

const FULL: u8 = 1;
const FIRST: u8 = 2;
const MIDDLE: u8 = 3;
const LAST: u8 = 4;

/// Whether bytes begin with a record that begins with a batch: most files of such a name are texts.
pub(super) fn begins(bytes: &[u8]) -> bool {
    let Some([_, _, _, _, low, high, FULL | FIRST]) = bytes.get(..HEADER) else { return false };
    let kind = bytes.get(HEADER + BATCH);
    usize::from(u16::from_le_bytes([*low, *high])) > BATCH && matches!(kind, Some(0 | 1))
}

/// Shows each batch, put together; of one that is damaged or cut off, what is there.
pub(super) fn read(bytes: &[u8], visit: &mut dyn FnMut(&Content)) {
    let mut batch = Content::default();
    let mut end = |batch: &mut Content| {
        if !batch.bytes.is_empty() {
            visit(batch);
            batch.clear();
        }
    };
    for (number, block) in bytes.chunks(BLOCK).enumerate() {
        let mut at = 0;
        while let Some([_, _, _, _, low, high, kind]) = block.get(at..at + HEADER) {
            let start = at + HEADER;
            let length = usize::from(u16::from_le_bytes([*low, *high]));
            let there = block.len().min(start + length);
            if matches!(*kind, FULL | FIRST) || batch.bytes.len() > LONGEST {
                end(&mut batch);
            }
            if !(FULL..=LAST).contains(kind) {
                // Room that was set aside, or damage: the next block begins with a part again.
                break;
            }
            // The middle of a record whose beginning is lost tells nothing of where its values begin.
            if !(matches!(*kind, MIDDLE | LAST) && batch.bytes.is_empty()) {
                batch.verbatim(block.get(start..there).unwrap_or_default(), number * BLOCK + start);
            }
            if matches!(*kind, FULL | LAST) {
                end(&mut batch);
            }
            at = start + length;
        }
    }
    end(&mut batch);
}

/// Shows key and place of each value that a batch sets.
pub(super) fn entries(batch: &Content, visit: &mut dyn FnMut(&[u8], Range<usize>)) {
    let bytes = &batch.bytes;
    let count = u32_at(bytes, 8).unwrap_or(0);
    let mut at = BATCH;
    for _ in 0..count {
        let Some(kind) = bytes.get(at) else { return };
        let Some(key) = prefixed(bytes, at + 1) else { return };
        at = key.end;
        match kind {
            0 => {}
            1 => {
                let Some(value) = prefixed(bytes, at) else { return };
                at = value.end;
                visit(bytes.get(key).unwrap_or_default(), value);
            }
            _ => return,
        }
    }
}
