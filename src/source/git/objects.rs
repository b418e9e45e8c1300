//! The object store: packs and loose objects, alternates included, and reading one object by its name.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::inflate::Inflater;
use super::loose;
use super::pack::{Entry, Form, Pack};
use super::{GitError, Id, delta};
use crate::source::repository::read_bounded;

/// Largest object that is held in memory, in bytes: git itself makes no delta of a larger blob.
pub const LARGEST: u64 = 512 << 20;
/// Longest chain of deltas that is followed; git makes none longer than 4095.
const LONGEST_CHAIN: usize = 10_000;
/// How deep alternates may name alternates, as in git.
const DEEPEST: usize = 5;
/// Largest list of alternates, in bytes.
const LARGEST_LIST: u64 = 1 << 20;
/// Most object directories together.
const MOST_DIRECTORIES: usize = 1000;
/// Most objects of one pack that are taken for what a short name may mean: four digits of ten million objects meet 150.
const MOST_ALIKE: usize = 1000;

/// What an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A commit.
    Commit,
    /// A directory.
    Tree,
    /// The bytes of a file.
    Blob,
    /// An annotated tag.
    Tag,
}

impl Kind {
    /// The kind that git calls so.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "commit" => Self::Commit,
            "tree" => Self::Tree,
            "blob" => Self::Blob,
            "tag" => Self::Tag,
            _ => return None,
        })
    }
}

/// All objects of a repository. Shared by all threads.
#[derive(Debug)]
pub struct Objects {
    /// The packs, in the order they are looked into.
    pub packs: Vec<Pack>,
    /// The object directories: the repository's own, then its alternates.
    pub directories: Vec<PathBuf>,
    /// Bytes of an object's name.
    pub hash: usize,
    /// What of the store could not be opened.
    pub troubles: Vec<GitError>,
}

impl Objects {
    /// Opens the object directories `first`, and those that they name as their alternates. What of them cannot be opened is
    /// in [`Self::troubles`].
    #[must_use]
    pub fn open(first: &[PathBuf], sha256: bool) -> Self {
        let hash = if sha256 { 32 } else { 20 };
        let mut objects = Self { packs: Vec::new(), directories: Vec::new(), hash, troubles: Vec::new() };
        let mut seen = BTreeSet::new();
        for directory in first {
            objects.join(directory, 0, &mut seen);
        }
        for at in 0..objects.directories.len() {
            objects.open_packs(at);
        }
        objects
    }

    fn join(&mut self, directory: &Path, depth: usize, seen: &mut BTreeSet<PathBuf>) {
        let name = || directory.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let Ok(real) = directory.canonicalize() else {
            self.troubles.push(GitError::damaged(format!("object directory `{}`", name()), "it is not there"));
            return;
        };
        if !seen.insert(real.clone()) || seen.len() > MOST_DIRECTORIES {
            return;
        }
        let list = read_bounded(&real.join("info/alternates"), LARGEST_LIST).unwrap_or_default();
        self.directories.push(real.clone());
        let lines = list.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
        for line in lines.filter(|line| !line.is_empty() && !line.starts_with(b"#")) {
            if depth == DEEPEST {
                self.troubles.push(GitError::damaged("list of alternates", "alternates nest too deeply"));
                return;
            }
            self.join(&real.join(path_of(line)), depth + 1, seen);
        }
    }

    fn open_packs(&mut self, directory: usize) {
        let Ok(entries) = fs::read_dir(self.directories[directory].join("pack")) else { return };
        let paths = entries.filter_map(|entry| entry.ok().map(|entry| entry.path()));
        let mut indexes: Vec<PathBuf> = paths.filter(|path| path.extension().is_some_and(|end| end == "idx")).collect();
        indexes.sort();
        for index in indexes {
            match Pack::open(&index, self.hash) {
                Ok(pack) => self.packs.push(pack),
                Err(trouble) => self.troubles.push(trouble),
            }
        }
    }

    /// Whether some remote keeps objects back.
    #[must_use]
    pub fn is_partial(&self) -> bool {
        self.packs.iter().any(|pack| pack.promisor)
    }

    /// Whether there is such an object. Nothing of it is read.
    #[must_use]
    pub fn contains(&self, id: &Id) -> bool {
        self.packs.iter().any(|pack| pack.index.find(id).is_some())
            || self.directories.iter().any(|directory| loose::path(directory, id).is_file())
    }

    /// The objects whose names begin with these hex digits, at least four of them; no more than two are looked for.
    #[must_use]
    pub fn starting_with(&self, digits: &str) -> Vec<Id> {
        let mut found = BTreeSet::new();
        if digits.len() < 4 || digits.len() > self.hash * 2 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Vec::new();
        }
        let digits = digits.to_ascii_lowercase();
        let whole = format!("{digits:0<width$}", width = self.hash * 2);
        let Some(lowest) = Id::from_hex(whole.as_bytes()) else { return Vec::new() };
        let fits = |id: &Id| id.to_string().starts_with(&digits);
        for pack in &self.packs {
            let range = pack.index.starting_with(&lowest.as_bytes()[..digits.len() / 2]).unwrap_or(0..0);
            found.extend(range.filter_map(|at| pack.index.id(at)).filter(fits).take(MOST_ALIKE));
        }
        for directory in &self.directories {
            let Ok(entries) = fs::read_dir(directory.join(&digits[..2])) else { continue };
            let names = entries.filter_map(|entry| entry.ok().map(|entry| entry.file_name()));
            let ids =
                names.filter_map(|name| Id::from_hex(&[&digits.as_bytes()[..2], name.as_encoded_bytes()].concat()));
            found.extend(ids.filter(fits));
        }
        found.into_iter().collect()
    }
}

/// A path as git writes it into `alternates`.
fn path_of(line: &[u8]) -> PathBuf {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        PathBuf::from(std::ffi::OsStr::from_bytes(line))
    }
    #[cfg(not(unix))]
    PathBuf::from(String::from_utf8_lossy(line).into_owned())
}

/// Reads single objects; one a thread, for its buffers.
pub struct Reader<'o> {
    objects: &'o Objects,
    inflater: Inflater,
    delta: Vec<u8>,
    base: Vec<u8>,
}

impl<'o> Reader<'o> {
    /// A reader of these objects.
    #[must_use]
    pub fn new(objects: &'o Objects) -> Self {
        Self { objects, inflater: Inflater::default(), delta: Vec::new(), base: Vec::new() }
    }

    /// Replaces what is in `into` with the bytes of an object and says what it is. Where one copy is damaged, the others are
    /// tried.
    ///
    /// # Errors
    /// Where the object is missing, damaged, or larger than [`LARGEST`].
    pub fn read(&mut self, id: &Id, into: &mut Vec<u8>) -> Result<Kind, GitError> {
        self.read_at(id, into, 0)
    }

    /// Like [`Self::read`], where the object is of that kind.
    ///
    /// # Errors
    /// As there; also where it is something else.
    pub fn read_as(&mut self, kind: Kind, id: &Id, into: &mut Vec<u8>) -> Result<(), GitError> {
        if self.read(id, into)? != kind {
            return Err(GitError::damaged(format!("object {id}"), "it is not of the kind that it should be"));
        }
        Ok(())
    }

    /// What stands at an offset of a pack; `None` where it is damaged.
    pub(super) fn read_packed(&mut self, pack: &Pack, offset: u64, into: &mut Vec<u8>) -> Option<Kind> {
        let nothing = Id::from_bytes(&[0; 20])?;
        self.packed(pack, offset, &nothing, into, 0).ok()
    }

    fn read_at(&mut self, id: &Id, into: &mut Vec<u8>, depth: usize) -> Result<Kind, GitError> {
        let mut trouble = GitError::Missing(*id);
        let objects = self.objects;
        for pack in &objects.packs {
            let Some(offset) = pack.index.find(id).and_then(|at| pack.index.offset(at)) else { continue };
            match self.packed(pack, offset, id, into, depth) {
                Ok(kind) => return Ok(kind),
                Err(error) => trouble = error,
            }
        }
        for directory in &objects.directories {
            match self.loose(directory, id, into) {
                Ok(Some(kind)) => return Ok(kind),
                Ok(None) => {}
                Err(error) => trouble = error,
            }
        }
        Err(trouble)
    }

    fn loose(&mut self, directory: &Path, id: &Id, into: &mut Vec<u8>) -> Result<Option<Kind>, GitError> {
        let Some(deflated) = loose::deflated(directory, id, LARGEST, &mut self.inflater)? else { return Ok(None) };
        let bad = |reason| GitError::damaged(format!("object {id}"), reason);
        let (kind, size, header) =
            loose::header(&deflated, &mut self.inflater).ok_or_else(|| bad("it does not begin as an object does"))?;
        if size > LARGEST {
            return Err(GitError::TooLarge(*id));
        }
        self.inflater.exact(&deflated, size + header as u64, into).ok_or_else(|| bad("it cannot be inflated"))?;
        into.drain(..header);
        Ok(Some(kind))
    }

    /// Follows the chain of deltas down to an object that is whole, and applies them from there.
    fn packed(
        &mut self,
        pack: &Pack,
        offset: u64,
        id: &Id,
        into: &mut Vec<u8>,
        depth: usize,
    ) -> Result<Kind, GitError> {
        let bad = |reason| GitError::damaged(format!("object {id}"), reason);
        let mut chain: Vec<Entry> = Vec::new();
        let mut at = offset;
        let kind = loop {
            let entry = pack.entry(at).ok_or_else(|| bad("it does not begin as an object does"))?;
            if entry.size > LARGEST {
                return Err(GitError::TooLarge(*id));
            }
            if chain.len() + depth > LONGEST_CHAIN {
                return Err(bad("its chain of deltas does not end"));
            }
            match entry.form {
                Form::Whole(kind) => {
                    self.inflate(pack, &entry, into).ok_or_else(|| bad("it cannot be inflated"))?;
                    break kind;
                }
                Form::Near(base) => at = base,
                Form::Far(base) => match pack.index.find(&base).and_then(|place| pack.index.offset(place)) {
                    Some(place) => at = place,
                    None if depth == 0 => {
                        // A thin pack, which git never keeps; its base may lie elsewhere all the same.
                        let kind = self.read_at(&base, into, LONGEST_CHAIN / 2)?;
                        chain.push(entry);
                        break kind;
                    }
                    None => return Err(GitError::Missing(base)),
                },
            }
            chain.push(entry);
        };
        for entry in chain.iter().rev() {
            let mut delta = std::mem::take(&mut self.delta);
            let inflated = self.inflate(pack, entry, &mut delta);
            std::mem::swap(into, &mut self.base);
            let applied = inflated.and_then(|()| delta::apply(&self.base, &delta, LARGEST, into));
            self.delta = delta;
            applied.ok_or_else(|| bad("its delta cannot be applied"))?;
        }
        Ok(kind)
    }

    fn inflate(&mut self, pack: &Pack, entry: &Entry, into: &mut Vec<u8>) -> Option<()> {
        self.inflater.exact(pack.deflated(entry), entry.size, into)
    }
}
