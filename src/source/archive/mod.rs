//! Archives as a source: what kind a file is, told by its bytes, and its members as artifacts of their own.
//!
//! A member is named `outer.zip!/inner/name`; it lies in the place and belongs to the asset of the outer file. Nothing is
//! written to disk, nothing is trusted: every size is bounded by [`Limits`], and what was refused is a notice.

mod budget;
mod kind;
mod label;
mod limits;
mod refusal;
mod tar;
#[cfg(test)]
mod tests;
mod unpack;
mod walk;
mod whole;
mod zip;

use std::io::{BufRead, Cursor, Seek};

pub use kind::{Kind, TAIL, recognise, timeless, unopened};
pub use limits::{DEFAULT_DEPTH, Limits};

use super::read::Buffer;
use super::{Artifact, Origin};
use crate::coverage::{Coverage, Notice};
use budget::Budget;
use walk::Walk;

/// Bytes of an archive that can be read from any place, as the directory of a zip needs it.
pub trait Input: BufRead + Seek {}

impl<T: BufRead + Seek> Input for T {}

/// Where the bytes of an archive are.
pub enum Bytes<'i> {
    /// In memory or in a file of this length.
    Seekable(&'i mut dyn Input, u64),
    /// In a stream that can be read once. A zip in it is held in memory where it is small enough, else refused.
    Stream(&'i mut dyn BufRead),
}

/// The notice that a file is an archive of a format that is known and not opened, where it begins like one.
#[must_use]
pub fn closed(path: &str, head: &[u8], limits: &Limits) -> Option<Notice> {
    unopened(head)?;
    let mut refusals = refusal::Refusals::default();
    refusals.add(refusal::Refusal::Format, path);
    refusals.notices(limits).next()
}

/// Shows the members of an archive to `visit`, each as one artifact or several windows; notices and skips go to
/// `coverage`. Returns whether any text of it was shown: where not, its bytes may be scanned as they are.
///
/// `buffers` are used again from archive to archive.
pub fn read(
    origin: &Origin,
    kind: Kind,
    bytes: Bytes<'_>,
    limits: &Limits,
    buffers: &mut Vec<Buffer>,
    coverage: &mut Coverage,
    visit: &mut dyn FnMut(&Artifact<'_>),
) -> bool {
    let length = match &bytes {
        Bytes::Seekable(_, length) => Some(*length),
        Bytes::Stream(_) => None,
    };
    let mut walk = Walk::new(origin, limits, Budget::new(limits, length), buffers, visit);
    walk.outermost(kind, bytes);
    walk.finish(coverage)
}

/// Like [`read`], for an archive that is in memory, such as an object of a repository's history. Returns `false` where it
/// is none.
pub fn read_bytes(
    origin: &Origin,
    bytes: &[u8],
    limits: &Limits,
    buffers: &mut Vec<Buffer>,
    coverage: &mut Coverage,
    visit: &mut dyn FnMut(&Artifact<'_>),
) -> bool {
    let tail = bytes.get(bytes.len().saturating_sub(TAIL)..).unwrap_or_default();
    let Some(kind) = recognise(bytes, tail).filter(|_| limits.depth > 0) else { return false };
    let length = bytes.len() as u64;
    read(origin, kind, Bytes::Seekable(&mut Cursor::new(bytes), length), limits, buffers, coverage, visit)
}
