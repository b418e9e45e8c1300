//! Scans of a version of a file only where it differs from one that was scanned.
//!
//! Most of a history is copied from the version before. Where nothing in that version could be a credential, and nothing in it
//! hangs on text far away, the lines around what changed tell whether this one holds something; if they might, the caller
//! scans all of it. `tests/integration/history_changes.rs` holds this against full scans.

use std::ops::Range;
use std::sync::Arc;

use crate::scan::{Scanner, Scratch};
use crate::source::{Artifact, Origin};

/// Bytes on either side of a change that are looked at beside it: names of values stand in the same line or the one before.
const AROUND: usize = 1 << 10;
/// How far a line is followed beyond that.
const LINE: usize = 4 << 10;
/// Versions up to this size are scanned whole: it costs as much.
const SMALL: usize = 4 << 10;

/// Whether nothing around what changed may be a credential.
pub(super) fn are_clean(
    scanner: &Scanner,
    origin: &Arc<Origin>,
    bytes: &[u8],
    fresh: &[Range<usize>],
    scratch: &mut Scratch,
) -> bool {
    // Configs and dotenv files are read as a whole.
    if bytes.len() <= SMALL || super::rank::tells(&origin.path) {
        return false;
    }
    let mut windows: Vec<Range<usize>> = Vec::new();
    for change in fresh {
        let window = around(bytes, change);
        match windows.last_mut().filter(|last| last.end >= window.start) {
            Some(last) => last.end = last.end.max(window.end),
            None => windows.push(window),
        }
    }
    let sum: usize = windows.iter().map(Range::len).sum();
    if sum * 4 > bytes.len() * 3 {
        return false;
    }
    windows.into_iter().all(|window| {
        let Some(part) = bytes.get(window) else { return false };
        let artifact = Artifact { origin, bytes: part, base: 0, first_line: 1, first_column: 1, joined: None };
        !scanner.glance(&artifact, scratch).minded && !part.contains(&0)
    })
}

/// A change with what stands around it, from the beginning of a line to the end of one where those are near.
fn around(bytes: &[u8], change: &Range<usize>) -> Range<usize> {
    let start = change.start.saturating_sub(AROUND);
    let end = (change.end + AROUND).min(bytes.len());
    let before = &bytes[start.saturating_sub(LINE)..start];
    let start = memchr::memrchr(b'\n', before).map_or(start - before.len(), |at| start - before.len() + at + 1);
    let after = &bytes[end..(end + LINE).min(bytes.len())];
    let end = memchr::memchr(b'\n', after).map_or(end + after.len(), |at| end + at + 1);
    start..end
}
