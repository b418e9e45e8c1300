//! Counts what is read from an archive and stops where a bound is passed.

use std::cell::Cell;
use std::io::{self, BufRead, Read};

use super::limits::Limits;
use super::refusal::Refusal;

/// What one outermost archive has cost so far, with all that is nested in it.
#[derive(Debug)]
pub(super) struct Budget {
    limits: Limits,
    /// Bytes that decompressed members may have together.
    total: u64,
    inflated: Cell<u64>,
    members: Cell<u64>,
    spent: Cell<Option<Refusal>>,
}

impl Budget {
    /// The budget of an archive of `length` bytes; of a stream, the length is not known.
    pub(super) fn new(limits: &Limits, length: Option<u64>) -> Self {
        let length = length.unwrap_or(u64::MAX / limits.ratio.max(1));
        // Members that share their bytes get around the ratio of each: the ratio of the whole holds them.
        let total = limits.total.max(length.saturating_mul(limits.total_ratio));
        let by_ratio = limits.ratio_from.saturating_add(length.saturating_mul(limits.ratio));
        Self {
            limits: *limits,
            total: total.min(by_ratio),
            inflated: Cell::new(0),
            members: Cell::new(0),
            spent: Cell::new(None),
        }
    }

    /// Counts a member that is looked at.
    pub(super) fn member(&self) -> Result<(), Refusal> {
        self.members.set(self.members.get() + 1);
        if self.members.get() > self.limits.members {
            self.spent.set(Some(Refusal::Members));
        }
        self.spent.get().map_or(Ok(()), Err)
    }

    /// Why nothing more of the archive may be read.
    pub(super) const fn spent(&self) -> Option<Refusal> {
        self.spent.get()
    }

    /// Whether a stream of so many bytes may be inflated in one go: no bound would end it, whatever it is inflated from.
    pub(super) fn allows(&self, bytes: u64) -> bool {
        let Limits { at_once, entry, ratio_from, window, .. } = self.limits;
        bytes <= at_once.min(entry).min(ratio_from)
            && bytes < window as u64
            && self.spent.get().is_none()
            && self.inflated.get().saturating_add(bytes) <= self.total
    }

    /// Counts bytes that were inflated.
    pub(super) fn inflate(&self, bytes: u64) -> Result<(), Refusal> {
        self.inflated.set(self.inflated.get().saturating_add(bytes));
        if self.inflated.get() > self.total {
            self.spent.set(Some(Refusal::Total));
        }
        self.spent.get().map_or(Ok(()), Err)
    }
}

/// Counts the compressed bytes that a decoder has used.
pub(super) struct Counted<'i> {
    inner: &'i mut dyn BufRead,
    used: &'i Cell<u64>,
}

impl<'i> Counted<'i> {
    pub(super) fn new(inner: &'i mut dyn BufRead, used: &'i Cell<u64>) -> Self {
        Self { inner, used }
    }
}

impl Read for Counted<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(into)?;
        self.used.set(self.used.get() + read as u64);
        Ok(read)
    }
}

impl BufRead for Counted<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.inner.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.inner.consume(amount);
        self.used.set(self.used.get() + amount as u64);
    }
}

/// What a decoder gives, within the bounds of a member and of the whole archive.
pub(super) struct Metered<'i> {
    decoder: Box<dyn Read + 'i>,
    budget: &'i Budget,
    used: &'i Cell<u64>,
    given: u64,
}

impl<'i> Metered<'i> {
    pub(super) fn new(decoder: Box<dyn Read + 'i>, budget: &'i Budget, used: &'i Cell<u64>) -> Self {
        Self { decoder, budget, used, given: 0 }
    }
}

impl Read for Metered<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.decoder.read(into)?;
        self.given = self.given.saturating_add(read as u64);
        self.budget.inflate(read as u64)?;
        let Limits { entry, ratio, ratio_from, .. } = self.budget.limits;
        if self.given > ratio_from && self.given / ratio > self.used.get() {
            return Err(Refusal::Ratio.into());
        }
        if self.given > entry {
            return Err(Refusal::Entry.into());
        }
        Ok(read)
    }
}
