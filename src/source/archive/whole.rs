//! Inflates in one go what is held in memory and tells how large it is: more than twice as fast as what stops and goes on.
//!
//! Whatever is not as it says is left to the decoders of `unpack.rs`, from its beginning: they show what can be read of it
//! and tell what cannot.

use libdeflater::Decompressor;
use memchr::{memchr, memmem};

use crate::source::git::inflate::RATIO;
use crate::source::read::Buffer;

/// Bytes of a gzip file before the name of what it holds.
const HEADER: usize = 10;
/// Bytes at the end of a gzip file: a checksum and a size.
const TRAILER: usize = 8;
/// Longest name in the header of a gzip file that is passed over here.
const NAME: usize = 4096;

/// A compressed stream, from its beginning to its end.
pub(super) struct Whole<'i> {
    packed: &'i [u8],
    size: usize,
    /// That of what is compressed, where the stream is not gzip's and does not end with one.
    checksum: Option<u32>,
}

impl<'i> Whole<'i> {
    /// A gzip file of one stream and nothing behind it. RFC 1952.
    pub(super) fn gzip(packed: &'i [u8]) -> Option<Self> {
        let body = match packed.get(3)? {
            // Nothing but that it may be text.
            0 | 1 => HEADER,
            8 | 9 => HEADER + 1 + memchr(0, packed.get(HEADER..packed.len().min(HEADER + NAME))?)?,
            _ => return None,
        };
        let body = packed.get(body..)?;
        let end = body.len().checked_sub(TRAILER)? + TRAILER / 2;
        let size = body.get(end..)?;
        // Where the stream ended earlier, its size would stand there.
        if memmem::find(body, size)? != end {
            return None;
        }
        Self { packed, size: u32::from_le_bytes(size.try_into().ok()?).try_into().ok()?, checksum: None }.sane()
    }

    /// A deflated stream that is said to inflate to `size` bytes with this checksum (CRC-32).
    pub(super) fn deflated(packed: &'i [u8], size: u32, checksum: u32) -> Option<Self> {
        Self { packed, size: size.try_into().ok()?, checksum: Some(checksum) }.sane()
    }

    /// Itself, unless its bytes cannot stand for so many, so that no memory is taken for a lie.
    fn sane(self) -> Option<Self> {
        (self.size > 0 && self.size() <= (self.packed.len() as u64).saturating_mul(RATIO)).then_some(self)
    }

    /// Bytes that it is said to inflate to.
    pub(super) const fn size(&self) -> u64 {
        self.size as u64
    }

    /// Puts what it inflates to at the beginning of `into`, and tells how much that is. `None` where it is not what it says.
    pub(super) fn inflate(&self, inflater: &mut Decompressor, into: &mut Buffer) -> Option<usize> {
        let room = into.room(self.size);
        let made = match self.checksum {
            None => inflater.gzip_decompress(self.packed, room).ok()?,
            Some(_) => inflater.deflate_decompress(self.packed, room).ok()?,
        };
        let fits = made == self.size && self.checksum.is_none_or(|checksum| checksum == libdeflater::crc32(room));
        fits.then_some(made)
    }
}
