//! The index as a tree of directories: what would be committed, and by which object.

use std::ops::Range;

use super::cached_tree::CachedTree;
use crate::source::git::Id;
use crate::source::git_index::{self, IndexError};

/// Most bytes of paths taken in.
const MOST_BYTES: usize = 1 << 30;

/// One entry.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    path: Range<u32>,
    pub(super) mode: u32,
    pub(super) id: Id,
    /// 0, or the side of a conflict that is not resolved.
    pub(super) stage: u16,
    /// Announced only; what would be committed does not hold it.
    pub(super) intent_to_add: bool,
}

/// What is staged, in order of path.
#[derive(Debug, Default)]
pub(super) struct Index<'i> {
    bytes: Vec<u8>,
    pub(super) entries: Vec<Entry>,
    pub(super) cached: CachedTree<'i>,
}

impl<'i> Index<'i> {
    /// Reads an index file; `hash` is the length of an object name.
    ///
    /// # Errors
    /// Where it cannot be understood, or its entries are out of order.
    pub(super) fn parse(file: &'i [u8], hash: usize) -> Result<Self, IndexError> {
        let mut index = Self::default();
        let mut sorted = true;
        let extensions = git_index::each(file, hash, |entry| {
            let start = index.bytes.len();
            let Some(id) = Id::from_bytes(entry.id) else { return false };
            sorted &= index.entries.last().is_none_or(|last| index.path(last) <= entry.path);
            index.bytes.extend_from_slice(entry.path);
            index.entries.push(Entry {
                path: start as u32..index.bytes.len() as u32,
                mode: entry.mode,
                id,
                stage: entry.stage,
                intent_to_add: entry.intent_to_add,
            });
            index.bytes.len() <= MOST_BYTES
        })?;
        if !sorted {
            return Err(IndexError::Disorder);
        }
        if let Some((_, tree)) = extensions.into_iter().find(|(name, _)| name == b"TREE") {
            index.cached = CachedTree::parse(tree, hash);
        }
        Ok(index)
    }

    /// The path of an entry.
    pub(super) fn path(&self, entry: &Entry) -> &[u8] {
        self.bytes.get(entry.path.start as usize..entry.path.end as usize).unwrap_or_default()
    }

    /// Whether anything lies at this path or below it.
    pub(super) fn holds(&self, path: &[u8]) -> bool {
        let at = self.entries.partition_point(|entry| self.path(entry) < path);
        let here = |entry: &Entry| self.path(entry) == path;
        let below = [path, b"/"].concat();
        let inside = self.entries.partition_point(|entry| self.path(entry) < below.as_slice());
        self.entries.get(at).is_some_and(here)
            || self.entries.get(inside).is_some_and(|entry| self.path(entry).starts_with(&below))
    }
}
