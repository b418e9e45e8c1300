//! The memory that files are read into, used again and again.

use std::io::{self, Read};

/// First size of a buffer, in bytes: nearly all files fit.
pub(super) const FIRST: usize = 256 << 10;

/// The memory that one worker reads into, file after file.
#[derive(Debug, Default)]
pub struct Buffer {
    /// Initialised throughout, so that reading needs no unsafe code; grows to the window size at most.
    pub(super) bytes: Vec<u8>,
    /// For what is in an archive: one buffer a level.
    pub(super) inner: Vec<Self>,
}

impl Buffer {
    /// The first `filled` bytes.
    pub(super) fn filled(&self, filled: usize) -> &[u8] {
        &self.bytes[..filled]
    }

    /// The first `size` bytes, to be written to. There is room behind them, so that [`Self::fill`] need not make it to see
    /// that nothing follows.
    pub(super) fn room(&mut self, size: usize) -> &mut [u8] {
        if self.bytes.len() <= size {
            self.bytes.resize(size.saturating_add(1).max(FIRST), 0);
        }
        &mut self.bytes[..size]
    }

    /// Bytes of memory that it holds.
    pub(super) const fn capacity(&self) -> usize {
        self.bytes.len()
    }

    /// Reads until `most` bytes are there or the input ends; `filled` of them are there already. Returns how many are
    /// there then, and whether the input has ended; an error comes with how many were there before it.
    pub(super) fn fill(
        &mut self,
        input: &mut dyn Read,
        mut filled: usize,
        most: usize,
    ) -> Result<(usize, bool), (io::Error, usize)> {
        loop {
            if filled == self.bytes.len() || self.bytes.is_empty() {
                if filled >= most {
                    return Ok((filled, false));
                }
                let larger = (self.bytes.len() * 2).clamp(FIRST, most.max(FIRST));
                self.bytes.resize(larger, 0);
            }
            let end = self.bytes.len().min(most);
            if filled >= end {
                return Ok((filled, false));
            }
            match input.read(&mut self.bytes[filled..end]) {
                Ok(0) => return Ok((filled, true)),
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err((error, filled)),
            }
        }
    }
}
