//! What the entries of a tree lead to, read along the deltas of trees: an entry that was taken over is not read again.

use super::delta::Difference;
use super::families::Seen;
use super::tree::{Entries, TreeEntry};

/// A tree that is to be read: its bytes, and how they differ from those of one that was read before.
#[derive(Debug, Clone, Copy)]
pub struct Tree<'b> {
    /// All its bytes.
    pub bytes: &'b [u8],
    /// How they differ from a base, and the entries of that.
    pub base: Option<(&'b Difference, &'b Listing)>,
}

impl<'b> Tree<'b> {
    /// The tree that is shown; `None` where its bytes are not.
    #[must_use]
    pub const fn of(seen: &Seen<'b, Listing>) -> Option<Self> {
        match seen {
            Seen::Bytes(bytes) => Some(Self { bytes, base: None }),
            Seen::Changed { bytes, difference, base } => Some(Self { bytes, base: Some((difference, base)) }),
            Seen::Stream(_) | Seen::Lost(_) => None,
        }
    }
}

/// The entries of one tree, in the order in which they stand in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    steps: Vec<Step>,
    /// Where the last of them ends: the length of the tree, unless it is damaged.
    end: u32,
}

/// An entry of a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// Where it begins.
    pub start: u32,
    /// What was said of it.
    pub object: u32,
}

impl Listing {
    /// Replaces what is in it with the entries of a tree whose object names have `hash` bytes, each with what `lead` says of
    /// it. Of those that were taken over whole from a base, what was said there is kept. Returns whether all bytes were
    /// understood.
    pub fn read(&mut self, tree: Tree<'_>, hash: usize, lead: &mut dyn FnMut(TreeEntry<'_>) -> u32) -> bool {
        let Tree { bytes, base } = tree;
        self.steps.clear();
        self.end = 0;
        let Ok(len) = u32::try_from(bytes.len()) else { return false };
        if let Some((difference, base)) = base.filter(|(_, base)| !base.steps.is_empty()) {
            self.steps.reserve(base.steps.len() + 4);
            for copied in &difference.copies {
                let (from, to) = (copied.from as u32, copied.to as u32);
                let (whole, end) = base.within(from, from.saturating_add(copied.len as u32));
                let Some(first) = whole.first() else { continue };
                self.until(to + (first.start - from), bytes, hash, lead);
                // Where none begins here, what was taken over is a part of something else now.
                let here = u64::from(self.end) + u64::from(from);
                if let Ok(next) = whole.binary_search_by_key(&here, |step| u64::from(step.start) + u64::from(to)) {
                    self.steps.extend(whole[next..].iter().map(|step| Step { start: step.start - from + to, ..*step }));
                    self.end = end - from + to;
                }
            }
        }
        self.until(len, bytes, hash, lead);
        self.end == len
    }

    /// The entries, and where each of them begins.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Reads on until an entry begins at `place` or behind it.
    fn until(&mut self, place: u32, bytes: &[u8], hash: usize, lead: &mut dyn FnMut(TreeEntry<'_>) -> u32) {
        let mut entries = Entries::new(bytes.get(self.end as usize..).unwrap_or_default(), hash);
        while self.end < place {
            let Some(entry) = entries.next() else { return };
            self.steps.push(Step { start: self.end, object: lead(entry) });
            self.end = (bytes.len() - entries.left()) as u32;
        }
    }

    /// The entries of which all bytes lie between two places, and where the last of them ends.
    fn within(&self, from: u32, to: u32) -> (&[Step], u32) {
        let first = self.steps.partition_point(|step| step.start < from);
        let mut behind = self.steps.partition_point(|step| step.start < to);
        let end_of = |behind: usize| self.steps.get(behind).map_or(self.end, |next| next.start);
        // The last that begins there may go on behind it.
        if behind > first && end_of(behind) > to {
            behind -= 1;
        }
        (self.steps.get(first..behind).unwrap_or_default(), end_of(behind))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::source::git::delta::apply_telling;

    /// A tree of entries whose names and objects are told by these bytes.
    fn tree(entries: &[u8]) -> Vec<u8> {
        let entry = |kind: &u8| {
            let mode = if kind.is_multiple_of(3) { "40000" } else { "100644" };
            [format!("{mode} {}\0", "n".repeat(usize::from(kind % 5) + 1)).as_bytes(), &[*kind; 20]].concat()
        };
        entries.iter().flat_map(entry).collect()
    }

    /// A number that tells each entry from the others.
    fn lead(entry: TreeEntry<'_>) -> u32 {
        entry.mode << 16 | (entry.name.len() as u32) << 8 | u32::from(entry.id[0])
    }

    fn delta(base: usize, made: usize, ops: &[(bool, usize, usize)], bytes: &[u8]) -> Vec<u8> {
        let size = |len: usize| [len as u8 & 0x7f | 0x80, (len >> 7) as u8];
        let mut delta = [size(base), size(made)].concat();
        let mut at = 0;
        for &(is_copy, from, len) in ops {
            if is_copy {
                delta.extend([0xb3, from as u8, (from >> 8) as u8, len as u8, (len >> 8) as u8]);
            } else {
                delta.push(len as u8);
                delta.extend(&bytes[at..at + len]);
            }
            at += len;
        }
        delta
    }

    #[test]
    fn what_was_taken_over_is_not_read_again() {
        let (before, after) = (tree(&[1, 2, 3, 4, 5, 6]), tree(&[1, 2, 9, 4, 5, 6]));
        let at = tree(&[1, 2]).len();
        let end = tree(&[1, 2, 3]).len();
        let new = tree(&[9]).len();
        let ops = [(true, 0, at), (false, 0, new), (true, end, before.len() - end)];
        let delta = delta(before.len(), after.len(), &ops, &after);
        let (mut made, mut difference) = (Vec::new(), Difference::default());
        apply_telling(&before, &delta, 1 << 20, &mut made, &mut difference).expect("a delta");
        assert!(made == after);
        let (mut base, mut listing, mut read) = (Listing::default(), Listing::default(), 0);
        assert!(base.read(Tree { bytes: &before, base: None }, 20, &mut lead));
        assert!(listing.read(Tree { bytes: &after, base: Some((&difference, &base)) }, 20, &mut |entry| {
            read += 1;
            lead(entry)
        }));
        assert_eq!((read, listing.steps().len()), (1, 6));
    }

    proptest! {
        /// Whatever a delta copies, whole entries or not, what is read along it is what is read without it.
        #[test]
        fn a_tree_read_along_a_delta_is_the_tree(
            kinds in proptest::collection::vec(any::<u8>(), 0..12),
            ops in proptest::collection::vec((any::<bool>(), any::<u16>(), any::<u16>(), any::<u8>()), 0..8),
            aligned in any::<bool>(),
        ) {
            let before = tree(&kinds);
            let edges: Vec<usize> = (0..=kinds.len()).map(|at| tree(&kinds[..at]).len()).collect();
            let place = |number: u16| match aligned {
                true => edges[usize::from(number) % edges.len()],
                false => usize::from(number) % (before.len() + 1),
            };
            let (mut after, mut told) = (Vec::new(), Vec::new());
            for (is_copy, from, to, fresh) in ops {
                let (from, to) = (place(from).min(place(to)), place(from).max(place(to)));
                match is_copy && from < to {
                    true => {
                        after.extend(&before[from..to]);
                        told.push((true, from, to - from));
                    }
                    false => {
                        let new = tree(&[fresh]);
                        told.push((false, 0, new.len()));
                        after.extend(new);
                    }
                }
            }
            let delta = delta(before.len(), after.len(), &told, &after);
            let (mut made, mut difference) = (Vec::new(), Difference::default());
            prop_assert!(apply_telling(&before, &delta, 1 << 20, &mut made, &mut difference).is_some());
            let (mut base, mut whole, mut along) = (Listing::default(), Listing::default(), Listing::default());
            base.read(Tree { bytes: &before, base: None }, 20, &mut lead);
            let understood = whole.read(Tree { bytes: &made, base: None }, 20, &mut lead);
            prop_assert_eq!(along.read(Tree { bytes: &made, base: Some((&difference, &base)) }, 20, &mut lead), understood);
            prop_assert_eq!(along, whole);
        }
    }
}
