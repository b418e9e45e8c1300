//! What a tree holds that none of several others holds at the same path, and what of another is gone.

use super::tree::Entries;
use super::{GitError, Id, Kind, Reader};

/// How deep trees may nest.
const DEEPEST: usize = 1000;

/// A file of a tree that no parent has so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFile {
    /// Path from the root.
    pub path: Vec<u8>,
    /// Its content.
    pub blob: Id,
    /// What each parent has at that path.
    pub before: Vec<Option<Id>>,
}

/// What a tree has that no parent has so.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct News {
    /// Files.
    pub files: Vec<NewFile>,
    /// Paths of submodules of which another commit is named.
    pub submodules: Vec<Vec<u8>>,
}

/// An owned entry of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    name: Vec<u8>,
    id: Id,
    is_tree: bool,
    is_submodule: bool,
}

impl Entry {
    fn is_like(&self, other: &Self) -> bool {
        (self.is_tree, self.is_submodule) == (other.is_tree, other.is_submodule)
    }
}

/// What of `tree` differs from every one of `parents`. With one parent, that is what was added or changed; of a merge, its own
/// content.
///
/// # Errors
/// Where a tree cannot be read.
pub fn news(tree: &Id, parents: &[Option<Id>], reader: &mut Reader<'_>) -> Result<News, GitError> {
    let mut found = News::default();
    differ(tree, parents, &mut Vec::new(), 0, reader, &mut found)?;
    Ok(found)
}

fn differ(
    tree: &Id,
    parents: &[Option<Id>],
    path: &mut Vec<u8>,
    depth: usize,
    reader: &mut Reader<'_>,
    found: &mut News,
) -> Result<(), GitError> {
    if depth > DEEPEST {
        return Err(GitError::damaged(format!("object {tree}"), "trees nest too deeply"));
    }
    if parents.iter().any(|parent| parent.as_ref() == Some(tree)) {
        return Ok(());
    }
    let others: Vec<Vec<Entry>> = parents
        .iter()
        .map(|parent| {
            let mut entries = parent.as_ref().map_or(Ok(Vec::new()), |parent| entries(parent, reader))?;
            // Git sorts directories as if their names ended in a slash.
            entries.sort_by(|a, b| a.name.cmp(&b.name));
            Ok(entries)
        })
        .collect::<Result<_, _>>()?;
    for entry in entries(tree, reader)? {
        let same: Vec<Option<&Entry>> = others.iter().map(|other| named(other, &entry.name)).collect();
        if same.iter().flatten().any(|other| other.id == entry.id) {
            continue;
        }
        let before = same.iter().map(|other| other.filter(|other| other.is_like(&entry)).map(|other| other.id));
        let before: Vec<Option<Id>> = before.collect();
        let len = path.len();
        path.extend_from_slice(&entry.name);
        if entry.is_submodule {
            found.submodules.push(path.clone());
        } else if entry.is_tree {
            path.push(b'/');
            differ(&entry.id, &before, path, depth + 1, reader, found)?;
        } else {
            found.files.push(NewFile { path: path.clone(), blob: entry.id, before });
        }
        path.truncate(len);
    }
    Ok(())
}

/// The entry of that name, of entries sorted by name.
fn named<'e>(entries: &'e [Entry], name: &[u8]) -> Option<&'e Entry> {
    entries.binary_search_by(|entry| entry.name.as_slice().cmp(name)).ok().and_then(|at| entries.get(at))
}

fn entries(tree: &Id, reader: &mut Reader<'_>) -> Result<Vec<Entry>, GitError> {
    let mut bytes = Vec::new();
    reader.read_as(Kind::Tree, tree, &mut bytes)?;
    let mut entries = Entries::new(&bytes, tree.as_bytes().len());
    let owned = |entry: super::tree::TreeEntry<'_>| {
        let (is_tree, is_submodule) = (entry.is_tree(), entry.is_submodule());
        Some(Entry { name: entry.name.to_vec(), id: entry.object()?, is_tree, is_submodule })
    };
    let all = entries.by_ref().filter_map(owned).collect();
    match entries.left() == 0 {
        true => Ok(all),
        false => Err(GitError::damaged(format!("object {tree}"), "it is no tree that can be read")),
    }
}

/// The blob at a path of a tree; `None` where there is none, or it cannot be read.
#[must_use]
pub fn blob_at(tree: &Id, path: &[u8], reader: &mut Reader<'_>) -> Option<Id> {
    let mut bytes = Vec::new();
    let mut at = *tree;
    let mut parts = path.split(|byte| *byte == b'/').peekable();
    while let Some(part) = parts.next() {
        reader.read_as(Kind::Tree, &at, &mut bytes).ok()?;
        let entry = Entries::new(&bytes, at.as_bytes().len()).find(|entry| entry.name == part)?;
        if entry.is_tree() != parts.peek().is_some() || entry.is_submodule() {
            return None;
        }
        at = entry.object()?;
    }
    Some(at)
}
