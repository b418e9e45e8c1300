//! What was read before and held nothing: links and blocks that stand unchanged in many versions of one file.

use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};

/// Most texts that are remembered; then it begins anew.
const MOST: usize = 1 << 16;

/// Texts that held nothing, by a keyed hash of them and of how they were read, so that nobody can make another text look
/// like one of them; and what is to be told of each all the same.
#[derive(Debug, Default)]
pub(super) struct Innocent<T> {
    seen: RefCell<HashMap<u64, T>>,
    keys: RandomState,
}

/// A text as it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark(u64);

impl<T: Copy> Innocent<T> {
    /// The mark of a text that is read in this manner.
    pub(super) fn mark(&self, text: &[u8], manner: impl Hash) -> Mark {
        Mark(self.keys.hash_one((text, manner)))
    }

    /// Whether a text is known to hold nothing, and if so what is to be told of it.
    pub(super) fn knows(&self, mark: Mark) -> Option<T> {
        self.seen.borrow().get(&mark.0).copied()
    }

    /// Remembers that a text holds nothing, and what is to be told of it.
    pub(super) fn remember(&self, mark: Mark, told: T) {
        let mut seen = self.seen.borrow_mut();
        if seen.len() >= MOST {
            seen.clear();
        }
        seen.insert(mark.0, told);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_known_only_as_it_was_read() {
        let innocent = Innocent::default();
        innocent.remember(innocent.mark(b"text", 1), true);
        assert_eq!(innocent.knows(innocent.mark(b"text", 1)), Some(true));
        assert_eq!(innocent.knows(innocent.mark(b"text", 2)), None);
        assert_eq!(innocent.knows(innocent.mark(b"texts", 1)), None);
    }
}
