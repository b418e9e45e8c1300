//! Refs that lie in a reftable: a stack of small sorted files, of which the newer ones amend the older.
//!
//! Format: `gitformat-reftable` ("reftable" in git's technical documentation), versions 1 and 2. Blocks of refs are read here, what
//! they named before (blocks of logs) in `reftable_log.rs`; where an object is named (blocks of objects) is not needed.

use std::collections::BTreeMap;
use std::path::Path;

use super::refs::Target;
use super::{GitError, Id};
use crate::source::git_index::varint;
use crate::source::repository::read_bounded;

/// Largest table read, in bytes.
const LARGEST: u64 = 512 << 20;
/// Largest list of tables, in bytes.
const LARGEST_LIST: u64 = 1 << 20;
/// Longest name of a ref, in bytes; names are written as what they share with the one before, so the size of a table does not
/// bound them.
const LONGEST_NAME: usize = 4 << 10;
/// Most bytes of names taken in.
const MOST_BYTES: usize = 1 << 30;
/// How often the list is read again because a table of it has gone: git puts tables together while others read.
const TRIES: usize = 5;

/// The refs of the stack at `directory`, which may not be there: none then.
///
/// # Errors
/// Where one of its tables cannot be read or is damaged.
pub(super) fn read(directory: &Path, hash: usize) -> Result<BTreeMap<String, Target>, GitError> {
    tables(directory, &|table, refs| take(table, hash, refs))
}

/// What all tables of the stack say together: `take` lets one after the other amend it, from the oldest on.
pub(super) fn tables<T: Default>(directory: &Path, take: &dyn Fn(&[u8], &mut T) -> Option<()>) -> Result<T, GitError> {
    let list = directory.join("tables.list");
    let mut gone = GitError::damaged("reftable", "a table of it is not there");
    'again: for _ in 0..TRIES {
        let mut told = T::default();
        if !list.exists() {
            return Ok(told);
        }
        let names = read_bounded(&list, LARGEST_LIST)
            .ok_or_else(|| GitError::damaged("reftable", "its list of tables cannot be read"))?;
        for name in String::from_utf8_lossy(&names).lines().filter(|name| !name.is_empty()) {
            let bad = |reason| GitError::damaged(format!("reftable `{name}`"), reason);
            if name.contains(['/', '\\']) || name.starts_with('.') {
                return Err(bad("it is no file name"));
            }
            let Some(table) = read_bounded(&directory.join(name), LARGEST) else {
                gone = bad("it cannot be read");
                continue 'again;
            };
            take(&table, &mut told).ok_or_else(|| bad("it cannot be understood"))?;
        }
        return Ok(told);
    }
    Err(gone)
}

/// What stands between the header and the footer, which is what `table` is without the footer, and how long the header is;
/// `None` where it is no table, or one of objects with other names.
pub(super) fn body(table: &[u8], hash: usize) -> Option<(&[u8], usize)> {
    let (header, footer) = match table.get(..5)? {
        b"REFT\x01" if hash == 20 => (24, 68),
        b"REFT\x02" => {
            let kind = table.get(24..28)?;
            (kind == if hash == 20 { b"sha1" } else { b"s256" }).then_some((28, 72))?
        }
        _ => return None,
    };
    let body = table.get(..table.len().checked_sub(footer)?)?;
    // The end repeats the beginning: a table that was cut off is told by that.
    (body.len() >= header && table.get(body.len()..body.len() + header)? == table.get(..header)?)
        .then_some((body, header))
}

/// Lets a table amend `refs`; `None` where it is none, or one of objects with other names.
fn take(table: &[u8], hash: usize, refs: &mut BTreeMap<String, Target>) -> Option<()> {
    let (body, header) = body(table, hash)?;
    let aligned = number(table, 5, 3)?;
    let (mut at, mut taken) = (0, 0);
    loop {
        // The header of the table stands within the first block.
        let start = if at == 0 { header } else { at };
        if start >= body.len() || body[start] != b'r' {
            return Some(());
        }
        let len = number(body, start + 1, 3)?;
        let block = body.get(at..at + len)?;
        refs_of(block, start - at, hash, refs, &mut taken)?;
        // A block is filled up with zeros to the size that all have, unless it is the last one.
        let padded = aligned > len && body.get(at + len).is_none_or(|next| *next == 0);
        at += if padded { aligned } else { len.max(start - at + 4) };
    }
}

/// Takes the refs of one block, in which the head of the block stands at `start`.
fn refs_of(
    block: &[u8],
    start: usize,
    hash: usize,
    refs: &mut BTreeMap<String, Target>,
    taken: &mut usize,
) -> Option<()> {
    let mut records = Records::of(block, start + 4)?;
    while let Some(kind) = records.next(taken)? {
        records.number()?;
        let name = String::from_utf8_lossy(&records.key).into_owned();
        match kind {
            0 => _ = refs.remove(&name),
            // The second of two names is what a tag points at.
            1 | 2 => {
                let id = Id::from_bytes(records.bytes(hash * kind)?.get(..hash)?)?;
                refs.insert(name, Target::Object(id));
            }
            3 => {
                let target = String::from_utf8_lossy(records.text()?).into_owned();
                refs.insert(name, Target::Ref(target));
            }
            _ => return None,
        }
    }
    Some(())
}

/// Goes through the records of a block.
pub(super) struct Records<'b> {
    rest: &'b [u8],
    /// The key of the record that was begun last; in the block it is written as what it shares with the one before, and the
    /// others.
    pub(super) key: Vec<u8>,
}

impl<'b> Records<'b> {
    /// Those of a block, which begin at `from`.
    pub(super) fn of(block: &'b [u8], from: usize) -> Option<Self> {
        let restarts = number(block, block.len().checked_sub(2)?, 2)?;
        let end = block.len().checked_sub(2 + restarts.checked_mul(3)?)?;
        // A block without any may end before it begins.
        Some(Self { rest: block.get(from.min(end)..end)?, key: Vec::new() })
    }

    /// Begins the next record, and says of what kind it is; `Some(None)` where there is none. What was `taken` of all keys is
    /// added up.
    pub(super) fn next(&mut self, taken: &mut usize) -> Option<Option<usize>> {
        if self.rest.is_empty() {
            return Some(None);
        }
        let (shared, suffix) = (self.number()?, self.number()?);
        let (suffix, kind) = (self.bytes(suffix >> 3)?, suffix & 7);
        self.key.truncate(shared);
        self.key.extend_from_slice(suffix);
        *taken += self.key.len();
        (self.key.len() <= LONGEST_NAME && *taken <= MOST_BYTES).then_some(Some(kind))
    }

    /// Takes a number.
    pub(super) fn number(&mut self) -> Option<usize> {
        let (value, read) = varint(self.rest)?;
        self.rest = self.rest.get(read..)?;
        Some(value)
    }

    /// Takes so many bytes.
    pub(super) fn bytes(&mut self, len: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.rest.split_at_checked(len)?;
        self.rest = rest;
        Some(taken)
    }

    /// Takes a text, in front of which its length stands.
    pub(super) fn text(&mut self) -> Option<&'b [u8]> {
        let len = self.number()?;
        self.bytes(len)
    }
}

/// A big-endian number of `len` bytes.
pub(super) fn number(bytes: &[u8], at: usize, len: usize) -> Option<usize> {
    Some(bytes.get(at..at + len)?.iter().fold(0, |number, byte| number << 8 | usize::from(*byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A table with one block of these records.
    fn table(records: &[u8]) -> Vec<u8> {
        let mut header = b"REFT\x01\0\x10\0".to_vec();
        header.extend([0; 16]);
        let len = header.len() + 4 + records.len() + 5;
        let block = [&[b'r', 0, (len >> 8) as u8, len as u8], records, &[0, 0, 28, 0, 1]].concat();
        [&header[..], &block, &header, &[0; 44]].concat()
    }

    fn object(byte: u8) -> Target {
        Target::Object(Id::from_bytes(&[byte; 20]).expect("a name"))
    }

    #[test]
    fn names_are_put_together_and_newer_tables_amend_older_ones() {
        let first = [&[0, 4 << 3 | 3][..], b"HEAD", &[0, 6], b"refs/m", &[0, 6 << 3 | 1], b"refs/m", &[0], &[1; 20]];
        let first = [first.concat(), [&[5, 1 << 3 | 2][..], b"n", &[0], &[2; 20], &[3; 20]].concat()].concat();
        let mut refs = BTreeMap::new();
        assert_eq!(take(&table(&first), 20, &mut refs), Some(()));
        let head = ("HEAD".to_owned(), Target::Ref("refs/m".to_owned()));
        let expected = [head.clone(), ("refs/m".to_owned(), object(1)), ("refs/n".to_owned(), object(2))];
        assert_eq!(refs, BTreeMap::from(expected));
        let second = [&[0, 6 << 3][..], b"refs/m", &[0], &[5, 1 << 3 | 1], b"n", &[0], &[4; 20]].concat();
        assert_eq!(take(&table(&second), 20, &mut refs), Some(()));
        assert_eq!(refs, BTreeMap::from([head, ("refs/n".to_owned(), object(4))]));
        assert_eq!(take(&table(&second), 32, &mut refs), None, "of another kind of names");
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(records in proptest::collection::vec(0u8.., 0..80), cut in 0usize..200, flip in 0usize..200) {
            let mut bytes = table(&records);
            let _ = take(&bytes, 20, &mut BTreeMap::new());
            if let Some(byte) = bytes.get_mut(flip) {
                *byte ^= 0x41;
            }
            let _ = take(&bytes, 20, &mut BTreeMap::new());
            let cut = &bytes[..cut.min(bytes.len())];
            proptest::prop_assert!(take(cut, 20, &mut BTreeMap::new()).is_none() || cut.len() == bytes.len());
        }
    }
}
