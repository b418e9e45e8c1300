//! Scans one blob after another along the tree of deltas: all of it, or only what it has that its base had not.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use super::changes::{self, Version};
use crate::coverage::Coverage;
use crate::scan::innocent::Innocent;
use crate::scan::manner::Manner;
use crate::scan::prefilter::Hit;
use crate::scan::{Glance, Scanner, Scratch};
use crate::source::archive::{self, Limits};
use crate::source::git::families::Seen;
use crate::source::read::{self, Buffer};
use crate::source::{Artifact, Origin};

/// Bytes of a blob in which a NUL shows that it is no text.
const BINARY: usize = 8000;

/// Most paths of which it is remembered what they say.
const PATHS: usize = 1 << 12;
/// Longest of them, in bytes.
const LONGEST_PATH: usize = 1 << 10;

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
    mind: Mind,
    /// Where something stands that would be a credential if it looked less like an example.
    doubts: Vec<Range<usize>>,
    /// Where keywords stand, and how it was read, where all of it or of what it was made from was seen.
    read: Option<(Vec<Hit>, Manner)>,
}

/// Scans blobs for one thread.
pub(super) struct Looker<'a> {
    scanner: &'a Scanner,
    limits: &'a Limits,
    scratch: Scratch,
    buffer: Buffer,
    /// What paths say: most are those of many versions.
    paths: HashMap<String, Path>,
    /// How many members were shown of compressed files that were read to their end and held nothing. What is built again
    /// and committed again often differs in nothing but the time in its header.
    opened: Innocent<u64>,
}

/// What the path of a blob says of how it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Path {
    pub(super) manner: Manner,
    /// It is the place of a config, which is read as a whole.
    pub(super) tells: bool,
}

impl Path {
    fn of(path: &str) -> Self {
        Self { manner: Manner::of(path), tells: super::rank::tells(path) }
    }
}

impl<'a> Looker<'a> {
    pub(super) fn new(scanner: &'a Scanner, limits: &'a Limits) -> Self {
        let (scratch, buffer, opened) = (Scratch::default(), Buffer::default(), Innocent::default());
        Self { scanner, limits, scratch, buffer, paths: HashMap::new(), opened }
    }

    /// Whether a blob holds a credential, and what is remembered of it for its deltas, of which there are some if it `leads`.
    ///
    /// # Errors
    /// Where it could not be read; with why.
    pub(super) fn look(
        &mut self,
        origin: &Arc<Origin>,
        seen: Seen<'_, Memory>,
        leads: bool,
        coverage: &mut Coverage,
    ) -> Result<(bool, Memory), String> {
        let Self { scanner, limits, scratch, buffer, paths, opened } = self;
        let path = match paths.get(origin.telling_path()) {
            Some(path) => *path,
            None => {
                let path = Path::of(origin.telling_path());
                if paths.len() >= PATHS {
                    paths.clear();
                }
                if origin.telling_path().len() <= LONGEST_PATH {
                    paths.insert(origin.telling_path().to_owned(), path);
                }
                path
            }
        };
        let mut known = None;
        scratch.doubts.clear();
        if let Seen::Changed { bytes, difference, base: Memory { mind, doubts, read: Some((places, before)) } } = &seen
        {
            let places = scanner.carry(places, difference, bytes, scratch);
            if *before == path.manner {
                let doubts = &changes::carried(doubts, difference);
                let version = Version { origin, path, bytes, difference, places: &places, doubts };
                if let Some(mind) = changes::look(scanner, &version, *mind, scratch) {
                    coverage.blobs += 1;
                    coverage.bytes += bytes.len() as u64;
                    let doubts = std::mem::take(&mut scratch.doubts);
                    return Ok((false, Memory { mind, doubts, read: Some((places, path.manner)) }));
                }
                scratch.doubts.clear();
            }
            known = Some(places);
        }
        let mut glance = Glance::default();
        let mut mind = Mind::Near;
        let bytes = match seen {
            Seen::Bytes(bytes) | Seen::Changed { bytes, .. } => {
                // What has no lines, such as an archive, is never told by its changes.
                if memchr::memchr(0, &bytes[..bytes.len().min(BINARY)]).is_some() {
                    mind = Mind::Whole;
                }
                let timeless = archive::timeless(bytes).filter(|_| limits.depth > 0);
                let mark = timeless.map(|(before, behind)| opened.mark(behind, (before, &**origin)));
                if let Some(members) = mark.and_then(|mark| opened.knows(mark)) {
                    coverage.members += members;
                    coverage.blobs += 1;
                    coverage.bytes += bytes.len() as u64;
                    return Ok((false, Memory { mind: Mind::Whole, ..Memory::default() }));
                }
                let mut shown = 0;
                let mut visit = |artifact: &Artifact<'_>| {
                    shown += 1;
                    // Parts of it, and what is in an archive, have keywords of their own.
                    glance |= match shown == 1 && std::ptr::eq(artifact.bytes, bytes) {
                        true => scanner.glance_along(artifact, path.manner, &mut known, scratch),
                        false => {
                            known = None;
                            scanner.glance(artifact, scratch)
                        }
                    };
                };
                let mut told = Coverage::default();
                read::read_held(origin, bytes, limits, buffer, &mut told, &mut visit);
                let members = told.members;
                // Where members were shown, none of its own bytes were, and so not the time.
                if let Some(mark) = mark
                    && members > 0
                    && !glance.holds
                    && told == (Coverage { members, ..Coverage::default() })
                {
                    opened.remember(mark, members);
                }
                coverage.absorb(told);
                known = known.filter(|_| shown == 1 && leads);
                bytes.len() as u64
            }
            Seen::Stream(stream) => {
                let mut visit = |artifact: &Artifact<'_>| glance |= scanner.glance(artifact, scratch);
                let read = read::read_streamed(origin, stream, limits, buffer, coverage, &mut visit);
                mind = Mind::Whole;
                read.map_err(|error| error.to_string())?
            }
            Seen::Lost(trouble) => return Err(trouble.to_string()),
        };
        coverage.blobs += 1;
        coverage.bytes += bytes;
        let mind = mind.max(match glance {
            // What is one, or there are many that may be.
            Glance { holds: true, .. } | Glance { dump: true, .. } => Mind::Whole,
            _ if scratch.doubts.len() > changes::DOUBTS => Mind::Whole,
            Glance { structured: true, .. } => Mind::Wide,
            _ => Mind::Near,
        });
        let doubts = std::mem::take(&mut scratch.doubts);
        Ok((glance.holds, Memory { mind, doubts, read: known.map(|places| (places, path.manner)) }))
    }
}

#[cfg(test)]
mod tests;
