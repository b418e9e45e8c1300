//! Scans of a version of a file only where it differs from one that was scanned.
//!
//! Most of a history is copied from the version before. Where nothing in that version could be a credential, the lines around
//! what changed tell whether this one holds something; if they might, the caller scans all of it. `tests/integration/git_random.rs` plants
//! credentials in random histories, and none may be missed.

use std::ops::Range;
use std::sync::Arc;

use super::blob::{Mind, Path};
use crate::scan::context::Kind;
use crate::scan::prefilter::Hit;
use crate::scan::{Glance, Scanner, Scratch};
use crate::source::Origin;
use crate::source::encoding::Encoding;
use crate::source::git::delta::Difference;

/// Bytes on either side of a change that are looked at beside it: names of values stand in the same line or the one before.
const NEAR: usize = 1 << 10;
/// The same in a text with structure, such as a page with blocks of configuration.
const WIDE: usize = 4 << 10;
/// How far a line is followed beyond that.
const LINE: usize = 4 << 10;
/// Versions up to this size are scanned whole: it costs as much.
const SMALL: usize = 4 << 10;

/// A version that was made from one that was scanned.
pub(super) struct Version<'b> {
    pub(super) origin: &'b Arc<Origin>,
    pub(super) path: Path,
    pub(super) bytes: &'b [u8],
    pub(super) difference: &'b Difference,
    /// Where keywords stand in it.
    pub(super) places: &'b [Hit],
}

/// Looks at what changed in a version of something that was scanned. Where nothing there may be a credential, returns how
/// much of the next version must be looked at; `None` where all of this one must be.
pub(super) fn look(scanner: &Scanner, version: &Version<'_>, mind: Mind, scratch: &mut Scratch) -> Option<Mind> {
    let Version { origin, path: Path { manner, tells }, bytes, difference, places } = version;
    let kind = manner.context.kind;
    let margin = match mind {
        Mind::Near => NEAR,
        Mind::Wide if !manner.lock && is_data(&origin.path, kind, bytes) => return None,
        // A lock file or what a bundler made has no blocks of configuration.
        Mind::Wide if kind == Kind::Derived => NEAR,
        Mind::Wide => WIDE,
        Mind::Whole => return None,
    };
    // Configs and dotenv files are read as a whole, and so is what has become something else than plain text.
    if bytes.len() <= SMALL || *tells || !is_plain(bytes) {
        return None;
    }
    let mut windows: Vec<Range<usize>> = Vec::new();
    for change in &difference.fresh {
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
        if bytes.get(window.clone())?.contains(&0) {
            return None;
        }
        glance |= scanner.glance_at((origin, *manner), bytes, window, places, scratch);
        if glance.suspicious {
            return None;
        }
    }
    match mind {
        // It has become a text with structure.
        Mind::Near if glance.structured => look(scanner, version, Mind::Wide, scratch),
        mind => Some(mind),
    }
}

/// Whether bytes are scanned as they are.
fn is_plain(bytes: &[u8]) -> bool {
    Encoding::detect(bytes) == Encoding::Bytes && !bytes.starts_with(b"\xef\xbb\xbf")
}

/// Whether a file is one document, of which a part says nothing.
fn is_data(path: &str, kind: Kind, bytes: &[u8]) -> bool {
    let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
    let named = ["json", "jsonc", "json5", "toml", "yaml", "yml", "ipynb"];
    let first = bytes.trim_ascii_start().first();
    // Many a page begins with a link.
    first == Some(&b'{')
        || (first == Some(&b'[') && kind != Kind::Prose)
        || named.iter().any(|data| extension.eq_ignore_ascii_case(data))
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
