//! Scans of a version of a file only where it differs from one that was scanned.
//!
//! Most of a history is copied from the version before. Where that held no credential, the lines around what changed, and
//! around what might have been one, tell whether this one holds something; if they do, the caller scans all of it. `tests/integration/git_random.rs` plants
//! credentials in random histories, and none may be missed.

use std::ops::Range;
use std::sync::Arc;

use super::blob::{Mind, Path};
use crate::client::env_dump;
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
/// Most doubts that are followed from version to version.
pub(super) const DOUBTS: usize = 64;

/// A version that was made from one that was scanned.
pub(super) struct Version<'b> {
    pub(super) origin: &'b Arc<Origin>,
    pub(super) path: Path,
    pub(super) bytes: &'b [u8],
    pub(super) difference: &'b Difference,
    /// Where keywords stand in it.
    pub(super) places: &'b [Hit],
    /// Where something stands in it that the other had, and that would be a credential if it looked less like an example.
    pub(super) doubts: &'b [Range<usize>],
}

/// What has become of places in a text that was made from theirs by a delta; those that it touched are left out.
pub(super) fn carried(doubts: &[Range<usize>], difference: &Difference) -> Vec<Range<usize>> {
    let mut carried = Vec::new();
    for piece in difference.copies.iter().filter(|_| !doubts.is_empty()) {
        let within = doubts.iter().filter(|doubt| doubt.start >= piece.from && doubt.end <= piece.from + piece.len);
        carried.extend(within.map(|doubt| doubt.start - piece.from + piece.to..doubt.end - piece.from + piece.to));
    }
    carried
}

/// Looks at what changed in a version of something that was scanned. Where nothing there is a credential, returns how
/// much of the next version must be looked at, and leaves in `scratch` where something might be one; `None` where all of
/// this one must be looked at.
pub(super) fn look(scanner: &Scanner, version: &Version<'_>, mind: Mind, scratch: &mut Scratch) -> Option<Mind> {
    let Version { origin, path: Path { manner, tells }, bytes, difference, places, doubts } = version;
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
    if kind != Kind::Derived && becomes_dump(bytes, difference) {
        return None;
    }
    let mut windows: Vec<Range<usize>> = Vec::new();
    let around = |part: &Range<usize>, margin| part.start.saturating_sub(margin)..(part.end + margin).min(bytes.len());
    for change in &difference.fresh {
        let window = around(change, margin);
        match windows.last_mut().filter(|last| last.end >= window.start) {
            Some(last) => last.end = last.end.max(window.end),
            None => windows.push(window),
        }
    }
    windows.iter_mut().for_each(|window| *window = lines(bytes, window));
    if !doubts.is_empty() {
        let from = windows.len();
        for doubt in doubts.iter() {
            let window = lines(bytes, &around(doubt, WIDE));
            // Where nothing changed around it, it is what it was.
            let first = difference.fresh.partition_point(|change| change.end < window.start);
            if difference.fresh.get(first).is_some_and(|change| change.start <= window.end) {
                windows.push(window);
            }
        }
        if windows.len() > from {
            windows.sort_unstable_by_key(|window| window.start);
        }
    }
    windows.dedup_by(|next, last| {
        let meets = last.end >= next.start;
        if meets {
            last.end = last.end.max(next.end);
        }
        meets
    });
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
        if glance.holds {
            return None;
        }
    }
    scratch.doubts.extend_from_slice(doubts);
    scratch.doubts.sort_unstable_by_key(|doubt| (doubt.start, doubt.end));
    scratch.doubts.dedup();
    if scratch.doubts.len() > DOUBTS {
        return None;
    }
    match mind {
        // It has become a text with structure.
        Mind::Near if glance.structured => {
            scratch.doubts.clear();
            look(scanner, version, Mind::Wide, scratch)
        }
        mind => Some(mind),
    }
}

/// Whether a change at the beginning of a text may have made it an env dump, whose variables are read wherever they stand.
fn becomes_dump(bytes: &[u8], difference: &Difference) -> bool {
    let head = &bytes[..bytes.len().min(env_dump::HEAD)];
    let changed = difference.fresh.first().is_some_and(|change| change.start < head.len());
    let text = || match std::str::from_utf8(head) {
        Ok(text) => Some(text),
        // The last character may be cut.
        Err(error) => std::str::from_utf8(head.get(..error.valid_up_to())?).ok(),
    };
    changed && text().is_some_and(|text| env_dump::recognise(text).is_some())
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

/// A part of a text, from the beginning of a line to the end of one where those are near.
fn lines(bytes: &[u8], part: &Range<usize>) -> Range<usize> {
    let before = &bytes[part.start.saturating_sub(LINE)..part.start];
    let start = part.start - before.len() + memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
    let after = &bytes[part.end..(part.end + LINE).min(bytes.len())];
    start..part.end + memchr::memchr(b'\n', after).map_or(after.len(), |at| at + 1)
}
