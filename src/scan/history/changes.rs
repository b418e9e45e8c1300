//! Scans of a version of a file only where it differs from one that was scanned.
//!
//! Most of a history is copied from the version before. Where nothing in that version could be a credential, the lines around
//! what changed tell whether this one holds something; if they might, the caller scans all of it. `tests/integration/git_random.rs` plants
//! credentials in random histories, and none may be missed.

use std::ops::Range;
use std::sync::Arc;

use crate::scan::prefilter::Hit;
use crate::scan::{Glance, Scanner, Scratch};
use crate::source::{Artifact, Origin};

/// How much of a version must be looked at that differs from this one in a few places.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mind {
    /// What stands near the places.
    #[default]
    Near,
    /// What stands around them, as the text is structured.
    Wide,
    /// All of it.
    Whole,
}

/// What is remembered of a version for those that are made from it.
#[derive(Debug, Default)]
pub(super) struct Memory {
    pub(super) mind: Mind,
    /// Where keywords stand, where that is known.
    pub(super) places: Option<Vec<Hit>>,
}

/// Bytes on either side of a change that are looked at beside it: names of values stand in the same line or the one before.
const NEAR: usize = 1 << 10;
/// The same in a text with structure, such as a page with blocks of configuration.
const WIDE: usize = 4 << 10;
/// How far a line is followed beyond that.
const LINE: usize = 4 << 10;
/// Versions up to this size are scanned whole: it costs as much.
const SMALL: usize = 4 << 10;

/// Looks at what changed in a version of something that was scanned. Where nothing there may be a credential, returns how
/// much of the next version must be looked at; `None` where all of this one must be.
pub(super) fn look(
    scanner: &Scanner,
    origin: &Arc<Origin>,
    bytes: &[u8],
    fresh: &[Range<usize>],
    mind: Mind,
    scratch: &mut Scratch,
) -> Option<Mind> {
    let margin = match mind {
        Mind::Near => NEAR,
        Mind::Wide if !is_data(&origin.path) => WIDE,
        Mind::Wide | Mind::Whole => return None,
    };
    // Configs and dotenv files are read as a whole.
    if bytes.len() <= SMALL || super::rank::tells(&origin.path) {
        return None;
    }
    let mut windows: Vec<Range<usize>> = Vec::new();
    for change in fresh {
        let window = around(bytes, change, margin);
        match windows.last_mut().filter(|last| last.end >= window.start) {
            Some(last) => last.end = last.end.max(window.end),
            None => windows.push(window),
        }
    }
    let sum: usize = windows.iter().map(Range::len).sum();
    if sum * 4 > bytes.len() * 3 {
        return None;
    }
    let mut glance = Glance::default();
    for window in windows {
        let part = bytes.get(window)?;
        if part.contains(&0) {
            return None;
        }
        let artifact = Artifact { origin, bytes: part, base: 0, first_line: 1, first_column: 1, joined: None };
        glance |= scanner.glance(&artifact, scratch);
        if glance.suspicious {
            return None;
        }
    }
    match mind {
        // It has become a text with structure.
        Mind::Near if glance.structured => look(scanner, origin, bytes, fresh, Mind::Wide, scratch),
        mind => Some(mind),
    }
}

/// Whether a file is one document, of which a part says nothing.
fn is_data(path: &str) -> bool {
    let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
    ["json", "jsonc", "json5", "toml", "yaml", "yml", "ipynb"].iter().any(|data| extension.eq_ignore_ascii_case(data))
}

/// A change with what stands around it, from the beginning of a line to the end of one where those are near.
fn around(bytes: &[u8], change: &Range<usize>, margin: usize) -> Range<usize> {
    let start = change.start.saturating_sub(margin);
    let end = (change.end + margin).min(bytes.len());
    let before = &bytes[start.saturating_sub(LINE)..start];
    let start = memchr::memrchr(b'\n', before).map_or(start - before.len(), |at| start - before.len() + at + 1);
    let after = &bytes[end..(end + LINE).min(bytes.len())];
    let end = memchr::memchr(b'\n', after).map_or(end + after.len(), |at| end + at + 1);
    start..end
}
