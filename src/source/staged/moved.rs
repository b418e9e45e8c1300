//! Which file that is gone a new one came from: a file that moved brings no credential that was not there before.

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hasher};

use super::diff::File;
use crate::source::git::Id;

/// Share of the larger file that both must have in common, in percent, as in git.
const ALIKE: u64 = 50;
/// Longest piece of a line that is compared as one, in bytes, as in git.
const PIECE: usize = 64;

/// For each new file (by its place in `new`) the file of the same content that is gone; each is taken once, and by its
/// namesake where there is one.
pub(super) fn exact(new: &[&File], gone: &[File]) -> BTreeMap<usize, usize> {
    let mut by_id: HashMap<Id, Vec<usize>> = HashMap::new();
    for (at, file) in gone.iter().enumerate() {
        by_id.entry(file.id).or_default().push(at);
    }
    let mut pairs = BTreeMap::new();
    for namesake in [true, false] {
        for (at, file) in new.iter().enumerate() {
            if pairs.contains_key(&at) {
                continue;
            }
            let Some(left) = by_id.get_mut(&file.id) else { continue };
            let fits = |other: &&usize| !namesake || name(&gone[**other].path) == name(&file.path);
            if let Some(&source) = left.iter().find(fits) {
                left.retain(|other| *other != source);
                pairs.insert(at, source);
            }
        }
    }
    pairs
}

/// The last part of a path.
pub(super) fn name(path: &[u8]) -> &[u8] {
    path.rsplit(|byte| *byte == b'/').next().unwrap_or_default()
}

/// What a file is made of: its lines, cut where they are long, and how many bytes each has in it.
#[derive(Debug)]
pub(crate) struct Pieces {
    bytes: HashMap<u64, u64>,
    len: u64,
}

impl Pieces {
    pub(crate) fn of(text: &[u8]) -> Self {
        let mut bytes: HashMap<u64, u64> = HashMap::new();
        for piece in text.split_inclusive(|byte| *byte == b'\n').flat_map(|line| line.chunks(PIECE)) {
            let mut hash = DefaultHasher::new();
            hash.write(piece.strip_suffix(b"\r\n").unwrap_or(piece));
            *bytes.entry(hash.finish()).or_default() += piece.len() as u64;
        }
        Self { bytes, len: text.len() as u64 }
    }

    /// Whether `other` is this file, changed in less than half of it.
    pub(crate) fn is_like(&self, other: &[u8]) -> bool {
        let len = other.len() as u64;
        let (shorter, longer) = (self.len.min(len), self.len.max(len));
        if longer == 0 || shorter * 100 < longer * ALIKE {
            return false;
        }
        let mut left = self.bytes.clone();
        let mut both = 0;
        for piece in other.split_inclusive(|byte| *byte == b'\n').flat_map(|line| line.chunks(PIECE)) {
            let mut hash = DefaultHasher::new();
            hash.write(piece.strip_suffix(b"\r\n").unwrap_or(piece));
            if let Some(left) = left.get_mut(&hash.finish()) {
                let shared = (*left).min(piece.len() as u64);
                *left -= shared;
                both += shared;
            }
        }
        both * 100 >= longer * ALIKE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, id: u8) -> File {
        File { path: path.into(), mode: 0o100_644, id: Id::from_bytes(&[id; 20]).expect("a name") }
    }

    #[test]
    fn a_file_comes_from_one_that_is_gone_and_of_two_from_its_namesake() {
        let new = [file("new/a", 1), file("new/b", 1), file("new/c", 2)];
        let gone = [file("old/b", 1), file("old/x", 1)];
        let pairs = exact(&new.iter().collect::<Vec<_>>(), &gone);
        assert_eq!(pairs, BTreeMap::from([(0, 1), (1, 0)]));
        let copies = exact(&[&new[0], &new[1]], &gone[..1]);
        assert_eq!(copies, BTreeMap::from([(1, 0)]), "a second copy is no move");
    }

    #[test]
    fn a_file_of_which_half_is_left_is_the_same_file() {
        let lines = |range: std::ops::Range<u32>| range.map(|n| format!("line {n:04}\n")).collect::<String>();
        let before = Pieces::of(lines(0..100).as_bytes());
        assert!(before.is_like(lines(0..100).as_bytes()));
        assert!(before.is_like(format!("{}{}", lines(40..100), lines(500..540)).as_bytes()));
        assert!(!before.is_like(format!("{}{}", lines(60..100), lines(500..560)).as_bytes()));
        assert!(!before.is_like(lines(0..40).as_bytes()) && !before.is_like(b""));
    }
}
