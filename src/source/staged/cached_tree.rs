//! The trees that git keeps beside the index (`TREE`): what tells, without reading, that a directory is as it was.

use crate::source::git::Id;

/// Most directories taken in: more than any repository has.
const MOST: usize = 4 << 20;

/// The directories of an index whose trees are known. Each is held by its place, the root at 0.
#[derive(Debug, Default)]
pub(super) struct CachedTree<'i> {
    nodes: Vec<Node<'i>>,
}

#[derive(Debug)]
struct Node<'i> {
    name: &'i [u8],
    /// The tree, and how many entries of the index it stands for; `None` where something in it was changed.
    tree: Option<(Id, usize)>,
    first_child: Option<usize>,
    next: Option<usize>,
}

impl<'i> CachedTree<'i> {
    /// Reads the extension; `hash` is the length of an object name. What cannot be read is as if it were not there.
    pub(super) fn parse(bytes: &'i [u8], hash: usize) -> Self {
        let mut nodes = Vec::new();
        match read(bytes, hash, &mut nodes) {
            Some(()) => Self { nodes },
            None => Self::default(),
        }
    }

    /// The root, where anything is known.
    pub(super) fn root(&self) -> Option<usize> {
        (!self.nodes.is_empty()).then_some(0)
    }

    /// The directories in a directory.
    pub(super) fn children(&self, of: usize) -> impl Iterator<Item = (&'i [u8], usize)> {
        let mut at = self.nodes.get(of).and_then(|node| node.first_child);
        std::iter::from_fn(move || {
            let this = at?;
            let node = self.nodes.get(this)?;
            at = node.next;
            Some((node.name, this))
        })
    }

    /// Whether a directory of so many entries is known to be this tree.
    pub(super) fn is(&self, directory: usize, tree: &Id, entries: usize) -> bool {
        self.nodes.get(directory).and_then(|node| node.tree) == Some((*tree, entries))
    }
}

/// Directories stand before what is in them; how many follow is written with each. No recursion: they may nest deeply.
fn read<'i>(mut bytes: &'i [u8], hash: usize, nodes: &mut Vec<Node<'i>>) -> Option<()> {
    /// A directory whose subdirectories are still to come.
    struct Open {
        left: usize,
        last: Option<usize>,
        at: usize,
    }
    let mut open: Vec<Open> = Vec::new();
    loop {
        let end = memchr::memchr(0, bytes)?;
        let (name, rest) = (&bytes[..end], bytes.get(end + 1..)?);
        let line = memchr::memchr(b'\n', rest)?;
        let (count, subtrees) = std::str::from_utf8(&rest[..line]).ok()?.split_once(' ')?;
        bytes = &rest[line + 1..];
        let tree = match count.parse::<usize>() {
            Ok(count) => {
                let id = Id::from_bytes(bytes.get(..hash)?)?;
                bytes = &bytes[hash..];
                Some((id, count))
            }
            Err(_) => None,
        };
        let at = nodes.len();
        if at == MOST {
            return None;
        }
        nodes.push(Node { name, tree, first_child: None, next: None });
        if let Some(above) = open.last_mut() {
            match above.last.replace(at) {
                Some(before) => nodes[before].next = Some(at),
                None => nodes[above.at].first_child = Some(at),
            }
            above.left -= 1;
        }
        open.push(Open { left: subtrees.parse().ok()?, last: None, at });
        while open.last().is_some_and(|last| last.left == 0) {
            open.pop();
        }
        if open.is_empty() {
            return Some(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tree(name: &str, count: i32, subtrees: usize) -> Vec<u8> {
        let mut bytes = format!("{name}\0{count} {subtrees}\n").into_bytes();
        if count >= 0 {
            bytes.extend([count as u8; 20]);
        }
        bytes
    }

    #[test]
    fn a_known_directory_is_told_from_a_changed_one() {
        let bytes = [tree("", -1, 2), tree("a", 3, 1), tree("deep", 1, 0), tree("b", 2, 0)].concat();
        let cached = CachedTree::parse(&bytes, 20);
        let root = cached.root().expect("a root");
        let children: Vec<_> = cached.children(root).collect();
        assert_eq!(children.iter().map(|(name, _)| *name).collect::<Vec<_>>(), [b"a", b"b"]);
        let (a, three) = (children[0].1, Id::from_bytes(&[3; 20]).expect("a name"));
        assert!(cached.is(a, &three, 3) && !cached.is(a, &three, 4) && !cached.is(root, &three, 3));
        assert_eq!(cached.children(a).map(|(name, _)| name).collect::<Vec<_>>(), [b"deep"]);
    }

    #[test]
    fn directories_nested_without_end_neither_recurse_nor_hang() {
        let bytes: Vec<u8> = (0..200_000).flat_map(|_| tree("d", -1, 1)).collect();
        assert_eq!(CachedTree::parse(&bytes, 20).root(), None, "cut off, so nothing is believed");
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(prop_oneof![Just(0u8), Just(b'\n'), Just(b' '), b'0'..=b'9', any::<u8>()], 0..200)) {
            let cached = CachedTree::parse(&bytes, 20);
            if let Some(root) = cached.root() {
                prop_assert!(cached.children(root).count() < 200);
            }
        }
    }
}
