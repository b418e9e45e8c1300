//! What was read before and held nothing: links and blocks that stand unchanged in many versions of one file.

use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};

/// Most texts that are remembered; then it begins anew.
const MOST: usize = 1 << 16;

/// Texts that held nothing, by a keyed hash of them and of how they were read, so that nobody can make another text look
/// like one of them.
#[derive(Debug, Default)]
pub(super) struct Innocent {
    seen: RefCell<HashMap<u64, bool>>,
    keys: RandomState,
}

/// A text as it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark(u64);

impl Innocent {
    /// The mark of a text that is read in this manner.
    pub(super) fn mark(&self, text: &[u8], manner: impl Hash) -> Mark {
        Mark(self.keys.hash_one((text, manner)))
    }

    /// Whether a text is known to hold nothing, and if so whether slots stand in it.
    pub(super) fn knows(&self, mark: Mark) -> Option<bool> {
        self.seen.borrow().get(&mark.0).copied()
    }

    /// Remembers that a text holds nothing but perhaps slots.
    pub(super) fn remember(&self, mark: Mark, slots: bool) {
        let mut seen = self.seen.borrow_mut();
        if seen.len() >= MOST {
            seen.clear();
        }
        seen.insert(mark.0, slots);
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
