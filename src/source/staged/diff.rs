//! What the index holds and a commit does not, directory by directory: what is known to be the same is not read.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::ops::Range;

use super::index::Index;
use crate::source::git::tree::Entries;
use crate::source::git::{GitError, Id, Kind, Reader};

const KIND: u32 = 0o170_000;
const TREE: u32 = 0o040_000;
/// Mode of a submodule.
pub(super) const SUBMODULE: u32 = 0o160_000;

/// Most paths that are listed as gone: they are needed to tell a rename only.
const MOST_GONE: usize = 50_000;
/// Longest path that is followed, in bytes.
const LONGEST_PATH: usize = 8 << 10;

/// A file on one side.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct File {
    /// Path relative to the root.
    pub(super) path: Vec<u8>,
    pub(super) mode: u32,
    pub(super) id: Id,
}

impl File {
    pub(super) const fn is_submodule(&self) -> bool {
        self.mode & KIND == SUBMODULE
    }
}

/// How the index differs from one commit.
#[derive(Debug, Default)]
pub(super) struct Diff {
    /// What the index holds otherwise than the commit, and what the commit has at that path.
    pub(super) changed: Vec<(File, Option<File>)>,
    /// What the commit holds and the index does not, in order of path.
    pub(super) gone: Vec<File>,
}

/// Where a directory stands on the side of the index.
#[derive(Debug, Clone)]
enum Side {
    /// These entries, and what is cached of them.
    Entries(Range<usize>, Option<usize>),
    /// A directory that the index holds by its tree only.
    Collapsed(Id),
    /// Nowhere.
    Absent,
}

/// A directory that is still to be compared.
struct Job {
    /// With a slash at its end, but for the root.
    path: Vec<u8>,
    side: Side,
    tree: Option<Id>,
}

/// Something in a directory.
struct Child<'n, D> {
    name: &'n [u8],
    what: What<D>,
}

enum What<D> {
    File { mode: u32, id: Id },
    Directory(D),
}

impl<D> Child<'_, D> {
    /// As git sorts: a directory as if its name ended in a slash.
    fn order<E>(&self, other: &Child<'_, E>) -> Ordering {
        let end = |directory: bool| if directory { b'/' } else { 0 };
        let (a, b) = (self.name, other.name);
        let both = a.len().min(b.len());
        a[..both].cmp(&b[..both]).then_with(|| {
            let next = |name: &[u8], directory| name.get(both).copied().unwrap_or(end(directory));
            let last = next(a, matches!(self.what, What::Directory(_)))
                .cmp(&next(b, matches!(other.what, What::Directory(_))));
            last.then(a.len().cmp(&b.len()))
        })
    }
}

/// Compares the index with a tree; without one, everything that is staged is new.
///
/// # Errors
/// Where a tree of the commit cannot be read: what it holds cannot be told from what is new then.
pub(super) fn diff(
    index: &Index<'_>,
    tree: Option<Id>,
    reader: &mut Reader<'_>,
    hash: usize,
) -> Result<Diff, GitError> {
    let mut found = Diff::default();
    let root = Side::Entries(0..index.entries.len(), index.cached.root());
    let mut jobs = vec![Job { path: Vec::new(), side: root, tree }];
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    while let Some(job) = jobs.pop() {
        if is_same(index, &job) || job.path.len() > LONGEST_PATH {
            continue;
        }
        if matches!(job.side, Side::Absent) && found.gone.len() >= MOST_GONE {
            continue;
        }
        theirs.clear();
        if let Some(id) = &job.tree {
            reader.read_as(Kind::Tree, id, &mut theirs)?;
        }
        ours.clear();
        let ours = match &job.side {
            Side::Entries(range, node) => of_entries(index, range.clone(), *node, job.path.len()),
            Side::Collapsed(id) => {
                reader.read_as(Kind::Tree, id, &mut ours)?;
                let children = of_tree(&ours, hash).into_iter();
                children.map(|child| child.map(Side::Collapsed)).collect()
            }
            Side::Absent => Vec::new(),
        };
        merge(&job.path, ours, of_tree(&theirs, hash), &mut found, &mut jobs);
    }
    found.changed.sort();
    found.gone.sort();
    Ok(found)
}

fn is_same(index: &Index<'_>, job: &Job) -> bool {
    match (&job.side, &job.tree) {
        (Side::Entries(range, Some(node)), Some(tree)) => index.cached.is(*node, tree, range.len()),
        (Side::Collapsed(id), Some(tree)) => id == tree,
        (Side::Absent, None) => true,
        _ => false,
    }
}

impl<'n, D> Child<'n, D> {
    fn map<E>(self, directory: impl Fn(D) -> E) -> Child<'n, E> {
        let what = match self.what {
            What::File { mode, id } => What::File { mode, id },
            What::Directory(inner) => What::Directory(directory(inner)),
        };
        Child { name: self.name, what }
    }
}

/// What is in a tree, in order; a tree in disorder is brought into it.
fn of_tree(bytes: &[u8], hash: usize) -> Vec<Child<'_, Id>> {
    let mut children: Vec<Child<'_, Id>> = Entries::new(bytes, hash)
        .filter_map(|entry| {
            let id = entry.object()?;
            let what = if entry.is_tree() { What::Directory(id) } else { What::File { mode: entry.mode, id } };
            Some(Child { name: entry.name, what })
        })
        .collect();
    if !children.is_sorted_by(|a, b| a.order(b).is_le()) {
        children.sort_by(|a, b| a.order(b));
    }
    children
}

/// What is in a directory of the index, in order. A file of a conflict appears once for each side that has content.
fn of_entries<'n>(
    index: &'n Index<'_>,
    range: Range<usize>,
    node: Option<usize>,
    above: usize,
) -> Vec<Child<'n, Side>> {
    let cached: HashMap<&[u8], usize> = node.map(|node| index.cached.children(node).collect()).unwrap_or_default();
    let mut children = Vec::new();
    let mut at = range.start;
    while let Some(entry) = index.entries.get(at).filter(|_| at < range.end) {
        let path = index.path(entry);
        let rest = path.get(above..).unwrap_or_default();
        let Some(slash) = memchr::memchr(b'/', rest) else {
            // The first side is what both came from; an announced file is not staged.
            if entry.stage != 1 && !entry.intent_to_add {
                children.push(Child { name: rest, what: What::File { mode: entry.mode, id: entry.id } });
            }
            at += 1;
            continue;
        };
        let name = &rest[..slash];
        if slash + 1 == rest.len() && entry.mode & KIND == TREE {
            children.push(Child { name, what: What::Directory(Side::Collapsed(entry.id)) });
            at += 1;
            continue;
        }
        let prefix = &path[..above + slash + 1];
        let entries = &index.entries[at..range.end];
        let len = entries.partition_point(|entry| index.path(entry).starts_with(prefix)).max(1);
        children.push(Child { name, what: What::Directory(Side::Entries(at..at + len, cached.get(name).copied())) });
        at += len;
    }
    children
}

fn merge(above: &[u8], ours: Vec<Child<'_, Side>>, theirs: Vec<Child<'_, Id>>, found: &mut Diff, jobs: &mut Vec<Job>) {
    let file = |name: &[u8], mode, id| File { path: [above, name].concat(), mode, id };
    let below = |name: &[u8]| [above, name, b"/"].concat();
    let (mut ours, mut theirs) = (ours.into_iter().peekable(), theirs.into_iter().peekable());
    loop {
        let order = match (ours.peek(), theirs.peek()) {
            (None, None) => return,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(our), Some(their)) => our.order(their),
        };
        let our = if order.is_le() { ours.next() } else { None };
        // A file of a conflict may come again: what the commit has is kept for it.
        let again = order.is_eq() && our.as_ref().zip(ours.peek()).is_some_and(|(one, next)| one.name == next.name);
        let their = match order {
            Ordering::Less => None,
            Ordering::Equal if again => theirs.peek().map(Child::copied),
            _ => theirs.next(),
        };
        let name = our.as_ref().map(|child| child.name).or(their.as_ref().map(|child| child.name)).unwrap_or_default();
        match (our.map(|child| child.what), their.map(|child| child.what)) {
            (Some(What::Directory(side)), their) => {
                let tree = if let Some(What::Directory(id)) = their { Some(id) } else { None };
                jobs.push(Job { path: below(name), side, tree });
            }
            (None, Some(What::Directory(id))) => {
                jobs.push(Job { path: below(name), side: Side::Absent, tree: Some(id) });
            }
            (Some(What::File { mode, id }), Some(What::File { mode: mode_before, id: before })) => {
                if (mode, id) != (mode_before, before) {
                    found.changed.push((file(name, mode, id), Some(file(name, mode_before, before))));
                }
            }
            (Some(What::File { mode, id }), _) => found.changed.push((file(name, mode, id), None)),
            (None, Some(What::File { mode, id })) => found.gone.push(file(name, mode, id)),
            (None, None) => {}
        }
    }
}

impl<'n> Child<'n, Id> {
    fn copied(&self) -> Self {
        let what = match self.what {
            What::File { mode, id } => What::File { mode, id },
            What::Directory(id) => What::Directory(id),
        };
        Child { name: self.name, what }
    }
}
