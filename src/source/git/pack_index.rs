//! The index of a pack: which objects it holds, and where. Format: `gitformat-pack(5)`, versions 1 and 2.

use std::fs::File;
use std::path::Path;

use super::{GitError, Id};
use crate::source::map::Mapping;

/// An index, mapped.
#[derive(Debug)]
pub struct PackIndex {
    map: Mapping,
    hash: usize,
    version: u32,
    count: u32,
}

const MAGIC: [u8; 4] = [0xff, b't', b'O', b'c'];
const FANOUT: usize = 256 * 4;

impl PackIndex {
    /// Maps the index at `path`, of objects whose names have `hash` bytes.
    ///
    /// # Errors
    /// Where it cannot be read or is too short for what it claims to hold.
    pub fn open(path: &Path, hash: usize) -> Result<Self, GitError> {
        let name = || format!("pack index `{}`", path.file_name().unwrap_or_default().to_string_lossy());
        let bad = |reason| GitError::damaged(name(), reason);
        let file = File::open(path).map_err(|_| bad("it cannot be opened"))?;
        let meta = file.metadata().map_err(|_| bad("it cannot be opened"))?;
        let len = usize::try_from(meta.len()).map_err(|_| bad("it is too large"))?;
        if !meta.is_file() || len < FANOUT {
            return Err(bad("it is too short"));
        }
        let map = Mapping::of(&file, 0, len).map_err(|_| bad("it cannot be read"))?;
        let version = if map[..4] == MAGIC { word(&map, 4).unwrap_or_default() } else { 1 };
        if !(1..=2).contains(&version) {
            return Err(bad("its version is unknown"));
        }
        let mut index = Self { map, hash, version, count: 0 };
        let mut last = 0;
        for byte in 0..=255 {
            let here = index.fan(byte).ok_or_else(|| bad("it is too short"))?;
            if here < last {
                return Err(bad("its table of first bytes falls"));
            }
            last = here;
        }
        index.count = last;
        let each = if version == 1 { hash + 4 } else { hash + 8 };
        let least = index.table() + last as usize * each + 2 * hash;
        if len < least {
            return Err(bad("it is too short"));
        }
        Ok(index)
    }

    /// Number of objects.
    #[must_use]
    pub const fn len(&self) -> u32 {
        self.count
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    fn fan(&self, byte: u8) -> Option<u32> {
        word(&self.map, self.table() - FANOUT + usize::from(byte) * 4)
    }

    /// Where the names begin.
    const fn table(&self) -> usize {
        if self.version == 1 { FANOUT } else { 8 + FANOUT }
    }

    /// Bytes of the name at `at`.
    #[must_use]
    pub fn name(&self, at: u32) -> Option<&[u8]> {
        let start = match self.version {
            1 => self.table() + at as usize * (self.hash + 4) + 4,
            _ => self.table() + at as usize * self.hash,
        };
        self.map.get(start..start + self.hash).filter(|_| at < self.count)
    }

    /// The name at `at`.
    #[must_use]
    pub fn id(&self, at: u32) -> Option<Id> {
        Id::from_bytes(self.name(at)?)
    }

    /// Where in the pack the object at `at` begins.
    #[must_use]
    pub fn offset(&self, at: u32) -> Option<u64> {
        if at >= self.count {
            return None;
        }
        if self.version == 1 {
            return word(&self.map, self.table() + at as usize * (self.hash + 4)).map(u64::from);
        }
        let count = self.count as usize;
        let offsets = self.table() + count * (self.hash + 4);
        let small = word(&self.map, offsets + at as usize * 4)?;
        if small & 0x8000_0000 == 0 {
            return Some(u64::from(small));
        }
        let large = offsets + count * 4 + (small & 0x7fff_ffff) as usize * 8;
        Some(u64::from(word(&self.map, large)?) << 32 | u64::from(word(&self.map, large + 4)?))
    }

    /// The place of a name in the index.
    #[must_use]
    pub fn find(&self, id: &Id) -> Option<u32> {
        let range = self.starting_with(id.as_bytes())?;
        (!range.is_empty()).then_some(range.start)
    }

    /// The places of the names that begin with `prefix`.
    #[must_use]
    pub fn starting_with(&self, prefix: &[u8]) -> Option<std::ops::Range<u32>> {
        let first = *prefix.first()?;
        let prefix = prefix.get(..self.hash.min(prefix.len()))?;
        let low = if first == 0 { 0 } else { self.fan(first - 1)? };
        let high = self.fan(first)?;
        let bound = |before: &dyn Fn(&[u8]) -> bool| {
            let (mut low, mut high) = (low, high);
            while low < high {
                let middle = low + (high - low) / 2;
                if before(&self.name(middle)?[..prefix.len()]) {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            Some(low)
        };
        Some(bound(&|name| name < prefix)?..bound(&|name| name <= prefix)?)
    }
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(names: &[[u8; 20]], offsets: &[u32]) -> Vec<u8> {
        let mut bytes = [&MAGIC[..], &2u32.to_be_bytes()].concat();
        for first in 0..=255u8 {
            let count = names.iter().filter(|name| name[0] <= first).count() as u32;
            bytes.extend(count.to_be_bytes());
        }
        bytes.extend(names.concat());
        bytes.extend(vec![0; names.len() * 4]);
        bytes.extend(offsets.iter().flat_map(|offset| offset.to_be_bytes()));
        bytes.extend(5_000_000_000u64.to_be_bytes());
        bytes.extend([0; 40]);
        bytes
    }

    fn open(bytes: &[u8]) -> Result<PackIndex, GitError> {
        let dir = tempfile::tempdir().expect("temporary directory");
        let path = dir.path().join("pack-1.idx");
        std::fs::write(&path, bytes).expect("writable");
        PackIndex::open(&path, 20)
    }

    #[test]
    fn objects_are_found_by_name_and_by_the_beginning_of_it() {
        let mut names = [[7; 20], [7; 20], [200; 20]];
        names[1][19] = 8;
        let index = open(&index(&names, &[12, 0x8000_0000, 99])).expect("an index");
        assert_eq!(index.len(), 3);
        let place = |name: &[u8]| index.find(&Id::from_bytes(name).expect("a name"));
        assert_eq!(place(&names[1]), Some(1));
        assert_eq!(place(&[9; 20]), None);
        assert_eq!((index.offset(0), index.offset(1), index.offset(2)), (Some(12), Some(5_000_000_000), Some(99)));
        assert_eq!(index.offset(3), None);
        assert_eq!(index.starting_with(&[7, 7]), Some(0..2));
    }

    #[test]
    fn an_index_that_claims_more_than_it_holds_is_refused() {
        let whole = index(&[[7; 20]], &[12]);
        assert!(open(&whole[..whole.len() - 60]).is_err());
        assert!(open(&whole[..100]).is_err());
        let mut falling = whole;
        falling[8 + 255 * 4..8 + 256 * 4].copy_from_slice(&0u32.to_be_bytes());
        assert!(open(&falling).is_err());
    }
}
