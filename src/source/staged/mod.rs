//! What is about to be committed: the index of a repository, held against HEAD and, in a merge, against what is merged.
//!
//! Only content that no parent has at that path is read. What is new in it is told by credential, not by line, so each
//! [`Change`] also gives the content that the parents have there, or had where the file came from.

mod cached_tree;
mod diff;
mod index;
mod moved;
mod open;
mod paths;

use std::path::PathBuf;
use std::sync::Arc;

pub(crate) use moved::Pieces;

pub use open::{Options, StagedError};

use super::git::{GitError, Id, Kind, Objects, Reader};
use super::{Asset, Origin};
use crate::coverage::{Coverage, Notice, NoticeKind};

/// Largest file that is compared with others to tell whether it moved, in bytes.
const LARGEST_ALIKE: usize = 8 << 20;
/// Most files that a new one is compared with.
const MOST_ALIKE: usize = 1000;

/// The staged changes of one repository.
#[derive(Debug)]
pub struct Staged {
    /// The repository.
    pub asset: Arc<Asset>,
    /// Files with content that no parent has at their path, in order of path.
    pub changes: Vec<Change>,
    /// Named files at which nothing is staged, where they were asked for; none while a merge is in progress.
    pub untouched: Vec<PathBuf>,
    /// What was passed over, and what went wrong.
    pub coverage: Coverage,
    objects: Objects,
    /// What each parent has and the index has not, but for what is known to have moved.
    gone: Vec<Vec<Gone>>,
}

#[derive(Debug)]
struct Gone {
    origin: Arc<Origin>,
    id: Id,
    name: Vec<u8>,
}

/// A staged file whose content is new at its path.
#[derive(Debug)]
pub struct Change {
    /// Where it lies.
    pub origin: Arc<Origin>,
    id: Id,
    name: Vec<u8>,
    /// For each parent, what it has of this file.
    before: Vec<Before>,
}

#[derive(Debug)]
enum Before {
    /// This, at the same path.
    Here(Id),
    /// This very content, at another path.
    Moved(Arc<Origin>, Id),
    /// Nothing at that path; perhaps much of it at another one.
    Nowhere,
}

impl Staged {
    /// A reader of the repository's objects; one a thread.
    #[must_use]
    pub fn reader(&self) -> Reader<'_> {
        Reader::new(&self.objects)
    }

    /// Replaces what is in `into` with the staged content of a file.
    ///
    /// # Errors
    /// Where the object is missing or damaged.
    pub fn content(&self, change: &Change, reader: &mut Reader<'_>, into: &mut Vec<u8>) -> Result<(), GitError> {
        reader.read_as(Kind::Blob, &change.id, into)
    }

    /// Shows what the parents hold of a file whose staged content is `content`, under each name by which to understand it:
    /// what is at its path, and where there is nothing, what it moved from.
    ///
    /// Returns what could not be read: what that holds counts as new.
    pub fn before(
        &self,
        change: &Change,
        content: &[u8],
        reader: &mut Reader<'_>,
        show: &mut dyn FnMut(&Arc<Origin>, &[u8]),
    ) -> Vec<Notice> {
        let mut notices = Vec::new();
        let mut bytes = Vec::new();
        let pieces = (content.len() <= LARGEST_ALIKE).then(|| Pieces::of(content));
        for (parent, before) in change.before.iter().enumerate() {
            match before {
                Before::Here(id) => match reader.read_as(Kind::Blob, id, &mut bytes) {
                    Ok(()) => show(&change.origin, &bytes),
                    Err(error) => notices.push(missing(&change.origin.path, &error, "what was there before")),
                },
                Before::Moved(origin, id) => match reader.read_as(Kind::Blob, id, &mut bytes) {
                    Ok(()) => {
                        show(origin, &bytes);
                        show(&change.origin, &bytes);
                    }
                    Err(error) => notices.push(missing(&origin.path, &error, "what was there before")),
                },
                Before::Nowhere => {
                    let Some(pieces) = &pieces else { continue };
                    for gone in self.candidates(parent, &change.name) {
                        let read = reader.read_as(Kind::Blob, &gone.id, &mut bytes);
                        if read.is_ok() && bytes.len() <= LARGEST_ALIKE && pieces.is_like(&bytes) {
                            show(&gone.origin, &bytes);
                            show(&change.origin, &bytes);
                        }
                    }
                }
            }
        }
        notices
    }

    /// Files of a parent that one of this name may have come from, namesakes first.
    fn candidates(&self, parent: usize, name: &[u8]) -> impl Iterator<Item = &Gone> {
        let gone = self.gone.get(parent).map_or(&[][..], Vec::as_slice);
        let namesakes = gone.iter().filter(move |file| file.name == name);
        namesakes.chain(gone.iter().filter(move |file| file.name != name)).take(MOST_ALIKE)
    }
}

/// Notice that an object could not be read.
pub(crate) fn missing(path: &str, error: &GitError, what: &str) -> Notice {
    Notice {
        kind: NoticeKind::Unreadable,
        path: Some(path.to_owned()),
        line: None,
        message: format!("{what} could not be read: {error}"),
        hint: Some("run `git fsck`; in a partial clone, fetch the object first: a scan never does".to_owned()),
    }
}
