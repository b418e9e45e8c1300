//! Inflates zlib streams into a buffer that is used again, never beyond the size that is expected.

use flate2::{Decompress, FlushDecompress, Status};
use libdeflater::{DecompressionError, Decompressor};

/// Most bytes that one byte of a deflate stream can stand for: what a claimed size is held against before memory is taken.
pub(in crate::source) const RATIO: u64 = 1040;

/// The state of an inflater, made once a thread.
pub struct Inflater {
    /// For whole objects, whose sizes are known: twice as fast as what stops and goes on.
    whole: Decompressor,
    parts: Decompress,
}

impl Default for Inflater {
    fn default() -> Self {
        Self { whole: Decompressor::new(), parts: Decompress::new(true) }
    }
}

impl Inflater {
    /// Replaces what is in `into` with the `size` bytes that `input` begins with in deflated form; `None` where it is no such
    /// stream, or one of another size.
    pub fn exact(&mut self, input: &[u8], size: u64, into: &mut Vec<u8>) -> Option<()> {
        if size > (input.len() as u64).saturating_mul(RATIO) {
            return None;
        }
        let size = usize::try_from(size).ok()?;
        into.resize(size, 0);
        match self.whole.zlib_decompress(input, into) {
            Ok(made) => (made == size).then_some(()),
            // Nothing is lost that git can read: what one takes for damaged, the other may still inflate.
            Err(DecompressionError::BadData) => self.patient(input, size, into),
            Err(DecompressionError::InsufficientSpace) => None,
        }
    }

    /// Like [`Self::exact`], and says how many bytes of `input` the stream takes up.
    pub fn measured(&mut self, input: &[u8], size: u64, into: &mut Vec<u8>) -> Option<usize> {
        if size > (input.len() as u64).saturating_mul(RATIO) {
            return None;
        }
        self.patient(input, usize::try_from(size).ok()?, into)?;
        usize::try_from(self.parts.total_in()).ok()
    }

    fn patient(&mut self, input: &[u8], size: usize, into: &mut Vec<u8>) -> Option<()> {
        self.parts.reset(true);
        into.clear();
        // One byte more, so that a stream that goes on is told from one that ends.
        into.reserve(size + 1);
        loop {
            let before = (self.parts.total_in(), self.parts.total_out());
            let rest = input.get(before.0 as usize..)?;
            match self.parts.decompress_vec(rest, into, FlushDecompress::Finish).ok()? {
                Status::StreamEnd => break,
                _ if (self.parts.total_in(), self.parts.total_out()) == before || into.len() > size => return None,
                _ => {}
            }
        }
        (into.len() == size).then_some(())
    }

    /// Like [`Self::exact`], but takes no more than the first `most` bytes of whatever is there.
    pub fn head(&mut self, input: &[u8], most: usize, into: &mut Vec<u8>) -> Option<()> {
        self.parts.reset(true);
        into.clear();
        into.reserve_exact(most);
        let mut room = vec![0; most];
        while into.len() < most {
            let before = (self.parts.total_in(), self.parts.total_out());
            let rest = input.get(before.0 as usize..)?;
            let status = self.parts.decompress(rest, &mut room[..most - into.len()], FlushDecompress::None).ok()?;
            let made = (self.parts.total_out() - before.1) as usize;
            into.extend_from_slice(&room[..made]);
            if status == Status::StreamEnd || (self.parts.total_in(), self.parts.total_out()) == before {
                break;
            }
        }
        Some(())
    }
}

/// A zlib stream as a reader, for what is too large to be held.
#[derive(Debug)]
pub struct Stream<'b> {
    input: &'b [u8],
    state: Decompress,
}

impl<'b> Stream<'b> {
    /// A reader of what `input` begins with in deflated form.
    #[must_use]
    pub fn new(input: &'b [u8]) -> Self {
        Self { input, state: Decompress::new(true) }
    }
}

impl std::io::Read for Stream<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        loop {
            let before = (self.state.total_in(), self.state.total_out());
            let rest = self.input.get(before.0 as usize..).unwrap_or_default();
            let status = self.state.decompress(rest, into, FlushDecompress::None);
            let status = status.map_err(|_| std::io::Error::from(std::io::ErrorKind::InvalidData))?;
            let made = (self.state.total_out() - before.1) as usize;
            if made > 0 || status == Status::StreamEnd || into.is_empty() {
                return Ok(made);
            }
            if self.state.total_in() == before.0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use flate2::{Compression, write::ZlibEncoder};

    use super::*;

    fn deflated(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).expect("memory");
        encoder.finish().expect("memory")
    }

    #[test]
    fn a_stream_is_inflated_only_if_it_has_the_size_that_was_claimed() {
        let mut input = deflated(b"hello hello hello hello");
        let len = input.len();
        input.extend_from_slice(b"what follows");
        let (mut inflater, mut out) = (Inflater::default(), Vec::new());
        assert_eq!(inflater.exact(&input, 23, &mut out), Some(()));
        assert_eq!(out, b"hello hello hello hello");
        assert_eq!((inflater.measured(&input, 23, &mut out), out.len()), (Some(len), 23));
        for wrong in [0, 22, 24, 1 << 40] {
            assert_eq!(inflater.exact(&input, wrong, &mut out), None, "{wrong}");
        }
        for cut in 0..len {
            assert_eq!(inflater.exact(&input[..cut], 23, &mut out), None, "{cut}");
        }
        assert_eq!(inflater.exact(&deflated(b""), 0, &mut out), Some(()));
    }

    #[test]
    fn a_large_stream_is_read_in_parts() {
        let text = b"0123456789".repeat(100_000);
        let input = deflated(&text);
        let mut out = Vec::new();
        Stream::new(&input).read_to_end(&mut out).expect("whole");
        assert!(out == text);
        assert!(Stream::new(&input[..input.len() / 2]).read_to_end(&mut Vec::new()).is_err());
        Inflater::default().head(&input, 15, &mut out).expect("begins well");
        assert_eq!(out, b"012345678901234");
    }
}
