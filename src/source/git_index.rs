//! The tracked paths of a repository, read from its index file.
//!
//! Read by hand because a hostile index must not end or choke the scan: `gix-index` recurses without bound over the
//! cached trees and expands the paths of version 4 without bound, libgit2 refuses repositories of another owner. What was
//! measured: `docs/ARCHITECTURE.md`. The walk of a tree needs the paths only, a staged scan the objects
//! too. Format: `gitformat-index(5)`, versions 2 to 4.

use std::ops::Range;

/// Why an index could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IndexError {
    /// It does not begin as an index does.
    #[error("the index does not begin with `DIRC`")]
    Signature,
    /// A version this reader does not know.
    #[error("the index has version {0}, and versions 2 to 4 are known")]
    Version(u32),
    /// It ends in the middle of an entry.
    #[error("the index ends within entry {0}")]
    Truncated(u32),
    /// Entries stand in another file, which is not there or does not belong to it.
    #[error("the index is split over two files, and the shared one is missing or does not fit")]
    Split,
    /// Its entries are not in the order of their paths.
    #[error("the entries of the index are out of order")]
    Disorder,
    /// It cannot be understood without knowing more than this reader does.
    #[error("the index has an extension that must be understood and is not known")]
    Extension,
    /// Paths longer than any file system has, or more of them than any repository.
    #[error("the index holds more than a repository can")]
    TooLarge,
}

/// Longest path taken in, in bytes; version 4 compresses paths, so the size of the file does not bound them.
const LONGEST_PATH: usize = 8 << 10;
/// Most bytes of paths taken in.
const MOST_BYTES: usize = 1 << 30;

/// Mode of an entry that is a submodule.
const GITLINK: u32 = 0o160_000;
/// Bytes of an entry before the object name: times, device, inode, mode, owner, size.
const STAT: usize = 40;
const EXTENDED: u16 = 0x4000;
const INTENT_TO_ADD: u16 = 0x2000;

/// The tracked paths of one repository, sorted by their bytes.
///
/// A directory of the walk keeps the range of the paths below it, so that looking up a file costs a binary search among
/// its neighbours and no hashing.
#[derive(Debug, Default)]
pub struct Tracked {
    bytes: Vec<u8>,
    /// Where each path stands in `bytes`, and whether it is a submodule.
    paths: Vec<(Range<u32>, bool)>,
}

impl Tracked {
    /// Reads an index file; `hash` is the length of an object name in bytes (20 or 32).
    ///
    /// # Errors
    /// Where the file is not an index that this reader understands.
    pub fn parse(index: &[u8], hash: usize) -> Result<Self, IndexError> {
        let mut tracked = Self::default();
        each(index, hash, |entry| {
            tracked.push(entry.path, entry.mode & 0o170_000 == GITLINK);
            tracked.bytes.len() <= MOST_BYTES
        })?;
        tracked.sort();
        Ok(tracked)
    }

    fn push(&mut self, path: &[u8], submodule: bool) {
        let start = self.bytes.len() as u32;
        self.bytes.extend_from_slice(path);
        self.paths.push((start..self.bytes.len() as u32, submodule));
    }

    /// Git writes them sorted; a file that is not so must not make tracked paths look untracked.
    fn sort(&mut self) {
        let bytes = &self.bytes;
        let path = |entry: &(Range<u32>, bool)| &bytes[entry.0.start as usize..entry.0.end as usize];
        if !self.paths.is_sorted_by(|a, b| path(a) <= path(b)) {
            self.paths.sort_by(|a, b| path(a).cmp(path(b)));
        }
    }

    fn path(&self, at: usize) -> &[u8] {
        let (range, _) = &self.paths[at];
        &self.bytes[range.start as usize..range.end as usize]
    }

    /// The range of all paths.
    #[must_use]
    pub fn all(&self) -> Range<usize> {
        0..self.paths.len()
    }

    /// The paths of `within` that lie in directory `dir`, which is relative to the root and has no trailing slash; the
    /// root itself is the empty path.
    #[must_use]
    pub fn below(&self, dir: &[u8], within: Range<usize>) -> Range<usize> {
        if dir.is_empty() {
            return within;
        }
        let prefix = [dir, b"/"].concat();
        let start = self.partition(within.clone(), |path| path < prefix.as_slice());
        let end = self.partition(start..within.end, |path| path.starts_with(&prefix));
        if start == end && self.is_collapsed_above(&prefix, within, start) {
            return start - 1..start;
        }
        start..end
    }

    /// Whether the path before `at` stands for a whole directory that `path` lies in, as in a sparse index.
    fn is_collapsed_above(&self, path: &[u8], within: Range<usize>, at: usize) -> bool {
        at > within.start && self.path(at - 1).ends_with(b"/") && path.starts_with(self.path(at - 1))
    }

    /// Whether the file `path` is one of the paths of `within`, or lies in a directory that is one of them.
    #[must_use]
    pub fn contains(&self, path: &[u8], within: Range<usize>) -> bool {
        let at = self.partition(within.clone(), |other| other <= path);
        at > within.start && self.path(at - 1) == path || self.is_collapsed_above(path, within, at)
    }

    /// Whether `path` is a submodule among the paths of `within`.
    #[must_use]
    pub fn is_submodule(&self, path: &[u8], within: Range<usize>) -> bool {
        self.find(path, within).is_some_and(|at| self.paths[at].1)
    }

    fn find(&self, path: &[u8], within: Range<usize>) -> Option<usize> {
        let at = self.partition(within.clone(), |other| other < path);
        (at < within.end && self.path(at) == path).then_some(at)
    }

    fn partition(&self, within: Range<usize>, before: impl Fn(&[u8]) -> bool) -> usize {
        let (mut low, mut high) = (within.start, within.end);
        while low < high {
            let middle = low + (high - low) / 2;
            if before(self.path(middle)) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }
}

/// One entry of an index file. Borrowed from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry<'i> {
    /// Path relative to the root; of a collapsed directory, with a slash at its end.
    pub(super) path: &'i [u8],
    /// As git writes modes.
    pub(super) mode: u32,
    /// Bytes of the name of the object.
    pub(super) id: &'i [u8],
    /// 0, or the side of a conflict: 1 what both came from, 2 ours, 3 theirs.
    pub(super) stage: u16,
    /// Only announced: `git add --intent-to-add`.
    pub(super) intent_to_add: bool,
}

/// Shows every entry of an index file to `visit`, until that says no, and returns the extensions behind them.
///
/// # Errors
/// Where the file is not an index that this reader understands, or `visit` has had enough.
pub(super) fn each<'i>(
    index: &'i [u8],
    hash: usize,
    visit: impl FnMut(Entry<'_>) -> bool,
) -> Result<Extensions<'i>, IndexError> {
    let extensions = each_of_split(index, hash, visit)?;
    match extensions.clone().any(|(name, _)| &name == b"link") {
        true => Err(IndexError::Split),
        false => Ok(extensions),
    }
}

/// Like [`each`], where the file may be one of two that make up an index together.
///
/// # Errors
/// As there.
pub(super) fn each_of_split<'i>(
    index: &'i [u8],
    hash: usize,
    mut visit: impl FnMut(Entry<'_>) -> bool,
) -> Result<Extensions<'i>, IndexError> {
    let word = |at: usize| Some(u32::from_be_bytes(index.get(at..at + 4)?.try_into().ok()?));
    if index.get(..4) != Some(b"DIRC") {
        return Err(IndexError::Signature);
    }
    let (version, count) = (word(4).ok_or(IndexError::Signature)?, word(8).ok_or(IndexError::Signature)?);
    if !(2..=4).contains(&version) {
        return Err(IndexError::Version(version));
    }
    let mut at = 12;
    let mut previous = Vec::new();
    for entry in 0..count {
        let cut = IndexError::Truncated(entry);
        let mode = word(at + 24).ok_or(cut)?;
        let id = index.get(at + STAT..at + STAT + hash).ok_or(cut)?;
        let flags = half(index, at + STAT + hash).ok_or(cut)?;
        let mut name = at + STAT + hash + 2;
        let mut extended = 0;
        if version >= 3 && flags & EXTENDED != 0 {
            extended = half(index, name).ok_or(cut)?;
            name += 2;
        }
        let rest = index.get(name..).ok_or(cut)?;
        let path: &[u8];
        // Versions 2 and 3 pad with one to eight NULs to a multiple of eight.
        if version == 4 {
            let (strip, read) = varint(rest).ok_or(cut)?;
            previous.truncate(previous.len().checked_sub(strip).ok_or(cut)?);
            let rest = &rest[read..];
            let len = memchr::memchr(0, rest).ok_or(cut)?;
            previous.extend_from_slice(&rest[..len]);
            at = name + read + len + 1;
            path = &previous;
        } else {
            let len = memchr::memchr(0, rest).ok_or(cut)?;
            path = &rest[..len];
            at += ((name + len - at) / 8 + 1) * 8;
        }
        let (stage, intent_to_add) = (flags >> 12 & 3, extended & INTENT_TO_ADD != 0);
        if path.len() > LONGEST_PATH || !visit(Entry { path, mode, id, stage, intent_to_add }) {
            return Err(IndexError::TooLarge);
        }
    }
    let rest = index.get(at..).unwrap_or_default();
    let extensions = Extensions { rest: &rest[..rest.len().saturating_sub(hash)] };
    // What begins with a small letter must be understood. `sdir` says that directories may be collapsed.
    for (name, _) in extensions.clone() {
        match &name {
            b"link" | b"sdir" => {}
            [b'a'..=b'z', ..] => return Err(IndexError::Extension),
            _ => {}
        }
    }
    Ok(extensions)
}

fn half(index: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(index.get(at..at + 2)?.try_into().ok()?))
}

/// The names and bytes of the extensions behind the entries; the trailing checksum is left alone.
#[derive(Debug, Clone)]
pub(super) struct Extensions<'i> {
    rest: &'i [u8],
}

impl<'i> Iterator for Extensions<'i> {
    type Item = ([u8; 4], &'i [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let name: [u8; 4] = self.rest.get(..4)?.try_into().ok()?;
        let len = u32::from_be_bytes(self.rest.get(4..8)?.try_into().ok()?) as usize;
        let behind = self.rest.get(8..)?;
        let (bytes, rest) = behind.split_at_checked(len).unwrap_or((behind, &[]));
        self.rest = rest;
        Some((name, bytes))
    }
}

/// The offset encoding that git packs use, and its length in bytes.
pub(super) fn varint(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut value = 0usize;
    for (read, byte) in bytes.iter().take(9).enumerate() {
        if read > 0 {
            value = value.checked_add(1)?;
        }
        value = value.checked_mul(128)?.checked_add(usize::from(byte & 0x7f))?;
        if byte & 0x80 == 0 {
            return Some((value, read + 1));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tracked(paths: &[&str]) -> Tracked {
        let mut tracked = Tracked::default();
        for path in paths {
            tracked.push(path.as_bytes(), false);
        }
        tracked.sort();
        tracked
    }

    #[test]
    fn a_directory_knows_its_own_paths_and_not_those_of_a_namesake() {
        let index = tracked(&["a", "a-b/x", "a/x", "a/y/z", "a0"]);
        let below = index.below(b"a", index.all());
        assert_eq!(below.len(), 2);
        assert!(index.contains(b"a/x", below.clone()) && !index.contains(b"a-b/x", below.clone()));
        assert_eq!(index.below(b"a/y", below).len(), 1);
        assert!(index.below(b"nothing", index.all()).is_empty());
    }

    #[test]
    fn an_index_in_disorder_still_finds_every_path() {
        let index = tracked(&["z", "a/b", "m"]);
        assert!(["z", "a/b", "m"].iter().all(|path| index.contains(path.as_bytes(), index.all())));
    }

    #[test]
    fn what_lies_in_a_collapsed_directory_is_tracked() {
        let index = tracked(&["a", "dir/", "dir-x/f", "z"]);
        let below = index.below(b"dir/sub", index.below(b"dir", index.all()));
        assert!(index.contains(b"dir/sub/f", below) && index.contains(b"dir/f", index.all()));
        assert!(!index.contains(b"dir-y/f", index.all()) && index.below(b"dir-y", index.all()).is_empty());
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(tail in proptest::collection::vec(any::<u8>(), 0..300), version in 0u8..6) {
            let mut bytes = b"DIRC\0\0\0".to_vec();
            bytes.push(version);
            bytes.extend([0, 0, 0, 9]);
            bytes.extend(tail);
            for hash in [20, 32] {
                if let Ok(index) = Tracked::parse(&bytes, hash) {
                    prop_assert_eq!(index.all().len(), 9);
                }
            }
        }
    }
}
