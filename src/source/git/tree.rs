//! The entries of a tree object.

use super::Id;

/// One entry of a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TreeEntry<'t> {
    /// What it is, as git writes modes: `0o40000` a tree, `0o120000` a link, `0o160000` a submodule, else a file.
    pub mode: u32,
    /// Its name, one part of a path.
    pub name: &'t [u8],
    /// Bytes of the name of the object.
    pub id: &'t [u8],
}

impl TreeEntry<'_> {
    /// Whether it is a directory.
    #[must_use]
    pub const fn is_tree(&self) -> bool {
        self.mode & 0o170_000 == 0o040_000
    }

    /// Whether it is a submodule.
    #[must_use]
    pub const fn is_submodule(&self) -> bool {
        self.mode & 0o170_000 == 0o160_000
    }

    /// The name of the object.
    #[must_use]
    pub fn object(&self) -> Option<Id> {
        Id::from_bytes(self.id)
    }
}

/// Goes through the entries of a tree, whose object names have `hash` bytes. Ends early where the tree is damaged.
#[derive(Debug, Clone)]
pub struct Entries<'t> {
    bytes: &'t [u8],
    hash: usize,
}

impl<'t> Entries<'t> {
    /// The entries of these bytes.
    #[must_use]
    pub const fn new(bytes: &'t [u8], hash: usize) -> Self {
        Self { bytes, hash }
    }

    /// How many bytes have not been understood yet.
    #[must_use]
    pub const fn left(&self) -> usize {
        self.bytes.len()
    }
}

impl<'t> Iterator for Entries<'t> {
    type Item = TreeEntry<'t>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut mode = 0u32;
        let mut at = 0;
        loop {
            match *self.bytes.get(at)? {
                digit @ b'0'..=b'7' if at < 8 => mode = mode << 3 | u32::from(digit - b'0'),
                b' ' => break,
                _ => return None,
            }
            at += 1;
        }
        let rest = self.bytes.get(at + 1..)?;
        let end = memchr::memchr(0, rest)?;
        let id = rest.get(end + 1..end + 1 + self.hash)?;
        self.bytes = &rest[end + 1 + self.hash..];
        Some(TreeEntry { mode, name: &rest[..end], id })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_read_until_the_tree_ends_or_is_damaged() {
        let tree = [&b"100644 a.txt\0"[..], &[1; 20], b"40000 dir\0", &[2; 20]].concat();
        let mut entries = Entries::new(&tree, 20);
        let first = entries.next().expect("a file");
        assert_eq!((first.mode, first.name, first.is_tree()), (0o100_644, &b"a.txt"[..], false));
        assert!(entries.next().is_some_and(|entry| entry.is_tree() && entry.id == [2; 20]));
        assert!(entries.next().is_none() && entries.left() == 0);
        let mut cut = Entries::new(&tree[..tree.len() - 1], 20);
        assert_eq!((cut.by_ref().count(), cut.left()), (1, 29));
    }
}
