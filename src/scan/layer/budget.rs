//! How much is decoded of one artifact, all that is nested in it together.

use std::cell::Cell;

/// Longest decoded text that is looked into for what is decoded further, beside the size of the artifact itself.
const FLOOR: usize = 1 << 20;
/// Most bytes that are decoded from an artifact, as a multiple of its size.
const GROWTH: usize = 6;

/// How many bytes may still be decoded. What is nested is decoded again at each level, so that the depth alone bounds
/// neither time nor memory.
pub(in crate::scan) struct Budget {
    left: Cell<usize>,
    short: Cell<bool>,
}

impl Budget {
    /// The budget of an artifact of `len` bytes.
    pub(in crate::scan) const fn of(len: usize) -> Self {
        let left = len.saturating_mul(GROWTH).saturating_add(FLOOR);
        Self { left: Cell::new(left), short: Cell::new(false) }
    }

    /// Takes `len` bytes, if they are left.
    pub(super) fn take(&self, len: usize) -> bool {
        let left = self.left.get().checked_sub(len);
        self.left.set(left.unwrap_or(0));
        if left.is_none() {
            self.run_short();
        }
        left.is_some()
    }

    /// Whether something was left undecoded because the budget, the depth or the longest length did not allow it.
    pub(in crate::scan) fn was_short(&self) -> bool {
        self.short.get()
    }

    /// Says that something was left undecoded.
    pub(super) fn run_short(&self) {
        self.short.set(true);
    }
}
