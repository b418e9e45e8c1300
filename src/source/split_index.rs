//! A split index: what changed since, and the shared file that holds the rest, put together into one index.
//!
//! Format: `gitformat-index(5)`, "Split index". The file that changes names the shared one in its extension `link`, and which
//! entries of that are gone or replaced, as bitmaps. Replacements come first among its own entries, without a path.

use std::path::Path;

use super::git::Id;
use super::git_index::{self, Entry, IndexError};
use super::repository::{LARGEST_INDEX, read_bounded};

/// Most bytes of what is put together.
const MOST_BYTES: usize = 1 << 30;
/// Flags of an entry: the length of its path, where that is less.
const NAME: u16 = 0x0fff;
const EXTENDED: u16 = 0x4000;
const INTENT_TO_ADD: u16 = 0x2000;

/// The index file `index` of the git directory `own`, in one piece; as it was where it is.
///
/// # Errors
/// Where the shared file cannot be had, or the two do not belong together.
pub(super) fn whole(index: Vec<u8>, own: &Path, hash: usize) -> Result<Vec<u8>, IndexError> {
    // Reading all entries to come to the extensions would cost more than this.
    let may_be = memchr::memmem::find(&index, b"link").is_some();
    if !may_be || git_index::each(&index, hash, |_| true).err() != Some(IndexError::Split) {
        return Ok(index);
    }
    let shared = |name: &Id| read_bounded(&own.join(format!("sharedindex.{name}")), LARGEST_INDEX);
    join(&index, hash, shared).ok_or(IndexError::Split)
}

/// An entry whose path, object and flags are all that matters.
struct Owned {
    path: Vec<u8>,
    mode: u32,
    id: Vec<u8>,
    flags: u16,
    intent_to_add: bool,
}

impl Owned {
    fn of(entry: &Entry<'_>) -> Self {
        let Entry { path, mode, id, stage, intent_to_add } = *entry;
        Self { path: path.to_vec(), mode, id: id.to_vec(), flags: stage << 12, intent_to_add }
    }
}

/// Puts the two together; `shared` reads the other file by its name.
fn join(index: &[u8], hash: usize, shared: impl FnOnce(&Id) -> Option<Vec<u8>>) -> Option<Vec<u8>> {
    let mut size = 0;
    let mut read = |file: &[u8]| {
        let mut entries = Vec::new();
        let extensions = git_index::each_of_split(file, hash, |entry| {
            size += entry.path.len() + 128;
            entries.push(Owned::of(&entry));
            size <= MOST_BYTES
        });
        extensions
            .ok()
            .map(|extensions| (entries, extensions.map(|(name, bytes)| (name, bytes.to_vec()))))
            .map(|(entries, extensions)| (entries, extensions.collect::<Vec<_>>()))
    };
    let (mut own, extensions) = read(index)?;
    let link = &extensions.iter().find(|(name, _)| name == b"link")?.1;
    let name = Id::from_bytes(link.get(..hash)?)?;
    let bitmaps = link.get(hash..)?;
    let mut joined: Vec<Owned> = Vec::new();
    if !name.is_null() {
        let (base, _) = read(&shared(&name)?)?;
        let (gone, replaced) = match bitmaps {
            [] => (Vec::new(), Vec::new()),
            _ => {
                let (gone, used) = bits(bitmaps, base.len())?;
                (gone, bits(bitmaps.get(used..)?, base.len())?.0)
            }
        };
        let added = own.split_off(own.iter().take_while(|entry| entry.path.is_empty()).count());
        let mut replacements = own.into_iter();
        for (at, entry) in base.into_iter().enumerate() {
            let new = replaced.get(at).is_some_and(|bit| *bit).then(|| replacements.next());
            let entry = match new {
                None => entry,
                Some(new) => Owned { path: entry.path, ..new? },
            };
            if !gone.get(at).is_some_and(|bit| *bit) {
                joined.push(entry);
            }
        }
        if replacements.next().is_some() {
            return None;
        }
        joined.extend(added);
    } else {
        joined.extend(own);
    }
    joined.sort_by(|a, b| (&a.path, a.flags).cmp(&(&b.path, b.flags)));
    let mut made = b"DIRC\0\0\0\x03".to_vec();
    made.extend(u32::try_from(joined.len()).ok()?.to_be_bytes());
    for entry in joined {
        write(&entry, &mut made);
    }
    for (name, bytes) in extensions.iter().filter(|(name, _)| name != b"link") {
        made.extend(name);
        made.extend(u32::try_from(bytes.len()).ok()?.to_be_bytes());
        made.extend(bytes);
    }
    // In the place of a checksum.
    made.resize(made.len() + hash, 0);
    Some(made)
}

fn write(entry: &Owned, into: &mut Vec<u8>) {
    let start = into.len();
    into.resize(start + 24, 0);
    into.extend(entry.mode.to_be_bytes());
    into.resize(start + 40, 0);
    into.extend(&entry.id);
    let len = u16::try_from(entry.path.len()).unwrap_or(NAME).min(NAME);
    into.extend((entry.flags | EXTENDED | len).to_be_bytes());
    into.extend(if entry.intent_to_add { INTENT_TO_ADD } else { 0 }.to_be_bytes());
    into.extend(&entry.path);
    let len = into.len() - start;
    into.resize(start + (len / 8 + 1) * 8, 0);
}

/// The bits of an EWAH bitmap, no more than `most`, and the bytes that it took; `None` where it is none or longer.
fn bits(bitmap: &[u8], most: usize) -> Option<(Vec<bool>, usize)> {
    let half = |at: usize| Some(u32::from_be_bytes(bitmap.get(at..at + 4)?.try_into().ok()?));
    let (len, words) = (half(0)? as usize, half(4)? as usize);
    if len > most {
        return None;
    }
    let end = words.checked_mul(8)?.checked_add(8)?;
    let mut words =
        bitmap.get(8..end)?.chunks_exact(8).filter_map(|word| Some(u64::from_be_bytes(word.try_into().ok()?)));
    let mut bits = Vec::with_capacity(len);
    while let Some(marker) = words.next() {
        // A run of words of equal bits, and how many words follow as they are.
        let (bit, run, literal) = (marker & 1 == 1, marker >> 1 & 0xffff_ffff, marker >> 33);
        let run = usize::try_from(run).ok()?.saturating_mul(64).min(len.saturating_sub(bits.len()));
        bits.resize(bits.len() + run, bit);
        for word in words.by_ref().take(usize::try_from(literal).ok()?) {
            bits.extend((0..64.min(len.saturating_sub(bits.len()))).map(|at| word >> at & 1 == 1));
        }
    }
    // Behind the words: where the last marker stands.
    Some((bits, end.checked_add(4).filter(|end| *end <= bitmap.len())?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::source::git_index::Tracked;

    /// A bitmap as git writes it, all words as they are.
    fn bitmap(bits: &[bool]) -> Vec<u8> {
        let words: Vec<u64> = bits
            .chunks(64)
            .map(|chunk| chunk.iter().enumerate().map(|(at, bit)| u64::from(*bit) << at).sum())
            .collect();
        let mut made = (bits.len() as u32).to_be_bytes().to_vec();
        made.extend((words.len() as u32 + 1).to_be_bytes());
        made.extend(((words.len() as u64) << 33).to_be_bytes());
        words.iter().for_each(|word| made.extend(word.to_be_bytes()));
        made.extend([0; 4]);
        made
    }

    fn file(entries: &[(&str, u8)], extension: Option<&[u8]>) -> Vec<u8> {
        let mut made = b"DIRC\0\0\0\x03".to_vec();
        made.extend((entries.len() as u32).to_be_bytes());
        for (path, id) in entries {
            let entry = Owned {
                path: path.as_bytes().to_vec(),
                mode: 0o100_644,
                id: vec![*id; 20],
                flags: 0,
                intent_to_add: false,
            };
            write(&entry, &mut made);
        }
        if let Some(link) = extension {
            made.extend(b"link");
            made.extend((link.len() as u32).to_be_bytes());
            made.extend(link);
        }
        made.extend([0; 20]);
        made
    }

    fn joined(index: &[u8], shared: Vec<u8>) -> Option<Vec<(String, u8)>> {
        let whole = join(index, 20, |_| Some(shared))?;
        let mut found = Vec::new();
        let read = git_index::each(&whole, 20, |entry| {
            found.push((String::from_utf8_lossy(entry.path).into_owned(), entry.id[0]));
            true
        });
        assert!(read.is_ok() && Tracked::parse(&whole, 20).is_ok());
        Some(found)
    }

    #[test]
    fn what_is_gone_replaced_and_added_is_put_into_the_shared_entries() {
        let shared = file(&[("a", 1), ("b", 2), ("d", 3)], None);
        let link = [&[7; 20][..], &bitmap(&[true, false, false]), &bitmap(&[false, false, true])].concat();
        let index = file(&[("", 9), ("c", 4)], Some(&link));
        let expected = [("b", 2), ("c", 4), ("d", 9)].map(|(path, id)| (path.to_owned(), id));
        assert_eq!(joined(&index, shared.clone()), Some(expected.to_vec()));
        assert!(git_index::each(&index, 20, |_| true).is_err_and(|error| error == IndexError::Split));
        let unshared = file(&[("c", 4)], Some(&[0; 20]));
        assert_eq!(joined(&unshared, Vec::new()), Some(vec![("c".to_owned(), 4)]));
        assert_eq!(joined(&index, file(&[("a", 1)], None)), None, "not those that the bitmaps speak of");
        let much = file(&[("", 9), ("", 8)], Some(&link));
        assert_eq!(joined(&much, shared), None, "more replacements than are replaced");
    }

    #[test]
    fn runs_of_a_bitmap_are_never_longer_than_it_says() {
        let ones = [&[0, 0, 0, 3][..], &[0, 0, 0, 1], &0xffff_ffffu64.to_be_bytes(), &[0; 4]].concat();
        assert_eq!(bits(&ones, 3), Some((vec![true; 3], 20)));
        assert_eq!(bits(&ones, 2), None);
        assert_eq!(bits(&ones[..19], 3), None);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(link in proptest::collection::vec(any::<u8>(), 0..90), shared in proptest::collection::vec(any::<u8>(), 0..90)) {
            let index = file(&[("", 1), ("b", 2)], Some(&[&[1; 20][..], &link].concat()));
            let _ = join(&index, 20, |_| Some(shared.clone()));
            let _ = join(&index, 20, |_| Some(file(&[("a", 1), ("b", 1)], None)));
            let _ = join(&shared, 20, |_| None);
        }
    }
}
