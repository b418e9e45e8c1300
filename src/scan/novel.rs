//! What is new in a change: the credentials that the other side of it does not hold, told by identity and not by line.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Scanned, Scanner, Scratch};
use crate::coverage::{Coverage, Skip};
use crate::source::Origin;
use crate::source::archive::Limits;
use crate::source::git::Reader;
use crate::source::read::{Buffer, read_held};
use crate::source::staged::{Change, Staged, missing};

/// What one worker keeps from change to change.
pub struct Worker<'s> {
    reader: Reader<'s>,
    scratch: Scratch,
    buffer: Buffer,
    content: Vec<u8>,
}

impl<'s> Worker<'s> {
    /// For the changes of one repository.
    #[must_use]
    pub fn new(staged: &'s Staged) -> Self {
        let (scratch, buffer) = (Scratch::default(), Buffer::default());
        Self { reader: staged.reader(), scratch, buffer, content: Vec::new() }
    }
}

/// The credentials of a staged file that no parent holds in that file, moving or reformatting a line being no news.
///
/// The parents' content is read only where something was found: most commits bring in no credential at all.
#[must_use]
pub fn scan(
    scanner: &Scanner,
    staged: &Staged,
    change: &Change,
    limits: &Limits,
    worker: &mut Worker<'_>,
) -> (Scanned, Coverage) {
    let Worker { reader, scratch, buffer, content } = worker;
    let mut coverage = Coverage::default();
    let mut found = Scanned::default();
    if let Err(error) = staged.content(change, reader, content) {
        coverage.skip(Skip::Unreadable);
        coverage.notices.insert(missing(&change.origin.path, &error, "what is staged"));
        return (found, coverage);
    }
    let mut text = |origin: &Arc<Origin>, bytes: &[u8], coverage: &mut Coverage| {
        let mut scanned = Scanned::default();
        read_held(origin, bytes, limits, buffer, coverage, &mut |artifact| {
            let part = scanner.scan(artifact, scratch);
            scanned.occurrences.extend(part.occurrences);
            scanned.notices.extend(part.notices);
        });
        scanned
    };
    found = text(&change.origin, content, &mut coverage);
    coverage.files = 1;
    coverage.bytes = content.len() as u64;
    if found.occurrences.is_empty() {
        return (found, coverage);
    }
    let mut known: BTreeSet<[u8; 32]> = BTreeSet::new();
    // What is wrong with the other side is no news either, but that it could not be read is.
    let unread = staged.before(change, content, reader, &mut |origin, bytes| {
        let scanned = text(origin, bytes, &mut Coverage::default());
        known.extend(scanned.occurrences.iter().map(|occurrence| occurrence.identity.fold));
    });
    coverage.notices.extend(unread);
    found.occurrences.retain(|occurrence| !known.contains(&occurrence.identity.fold));
    (found, coverage)
}
