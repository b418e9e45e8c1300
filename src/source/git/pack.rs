//! One pack: the entries in it, each an object or a delta against another.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::objects::Kind;
use super::pack_index::PackIndex;
use super::{GitError, Id};
use crate::source::map::Mapping;

/// A pack and its index, mapped.
#[derive(Debug)]
pub struct Pack {
    /// Which objects it holds.
    pub index: PackIndex,
    map: Mapping,
    name: String,
    hash: usize,
    /// Whether it came from a remote that keeps other objects back.
    pub promisor: bool,
}

/// What stands at one place of a pack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Whole, or against what.
    pub form: Form,
    /// Bytes of what is deflated: of the object, or of the delta.
    pub size: u64,
    /// Where in the pack the deflated bytes begin.
    pub data: u64,
}

/// How an object is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Whole.
    Whole(Kind),
    /// As a delta against the entry at this offset.
    Near(u64),
    /// As a delta against the object of this name.
    Far(Id),
}

impl Pack {
    /// Maps the pack whose index is at `index`.
    ///
    /// # Errors
    /// Where one of the two cannot be read or is none.
    pub fn open(index: &Path, hash: usize) -> Result<Self, GitError> {
        let path: PathBuf = index.with_extension("pack");
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let bad = |reason| GitError::damaged(format!("pack `{name}`"), reason);
        let index = PackIndex::open(index, hash)?;
        let file = File::open(&path).map_err(|_| bad("it cannot be opened"))?;
        let meta = file.metadata().map_err(|_| bad("it cannot be opened"))?;
        let len = usize::try_from(meta.len()).map_err(|_| bad("it is too large"))?;
        if !meta.is_file() || len < 12 + hash {
            return Err(bad("it is too short"));
        }
        // Packs are never written to once they have their name.
        let map = Mapping::of(&file, 0, len).map_err(|_| bad("it cannot be read"))?;
        if map[..4] != *b"PACK" || !matches!(map[4..8], [0, 0, 0, 2 | 3]) {
            return Err(bad("it does not begin as a pack does"));
        }
        let promisor = path.with_extension("promisor").exists();
        Ok(Self { index, map, name, hash, promisor })
    }

    /// Its file name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What stands at `offset`; `None` where that is no entry.
    #[must_use]
    pub fn entry(&self, offset: u64) -> Option<Entry> {
        let start = usize::try_from(offset).ok()?;
        let bytes = self.map.get(start..self.map.len() - self.hash)?;
        let first = *bytes.first()?;
        let mut size = u64::from(first & 0x0f);
        let (mut at, mut shift, mut byte) = (1, 4, first);
        while byte & 0x80 != 0 {
            byte = *bytes.get(at)?;
            if shift > 56 {
                return None;
            }
            size |= u64::from(byte & 0x7f) << shift;
            shift += 7;
            at += 1;
        }
        let form = match first >> 4 & 7 {
            1 => Form::Whole(Kind::Commit),
            2 => Form::Whole(Kind::Tree),
            3 => Form::Whole(Kind::Blob),
            4 => Form::Whole(Kind::Tag),
            6 => {
                let mut byte = *bytes.get(at)?;
                let mut back = u64::from(byte & 0x7f);
                at += 1;
                while byte & 0x80 != 0 {
                    byte = *bytes.get(at)?;
                    back = (back + 1).checked_mul(128)? | u64::from(byte & 0x7f);
                    at += 1;
                }
                Form::Near(offset.checked_sub(back).filter(|_| back > 0)?)
            }
            7 => {
                let id = Id::from_bytes(bytes.get(at..at + self.hash)?)?;
                at += self.hash;
                Form::Far(id)
            }
            _ => return None,
        };
        Some(Entry { form, size, data: offset + at as u64 })
    }

    /// The deflated bytes of an entry, and all that follows.
    #[must_use]
    pub fn deflated(&self, entry: &Entry) -> &[u8] {
        let end = self.map.len() - self.hash;
        usize::try_from(entry.data).ok().and_then(|start| self.map.get(start..end)).unwrap_or_default()
    }
}
