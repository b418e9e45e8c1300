//! Decoders of compressed streams, each with its memory bounded.

use std::io::{self, BufRead, Cursor, Read};

use ruzstd::decoding::{FrameDecoder, StreamingDecoder};

use super::kind::Kind;
use super::refusal::Refusal;

/// Most memory of an XZ decoder, in KiB: what `xz -9` needs, with room.
const XZ_MEMORY: u32 = 80 << 10;
/// Largest window of a Zstandard frame, in bytes: what `zstd --ultra -22` makes.
const ZSTD_WINDOW: u64 = 128 << 20;

/// The decoder of a compressed file; `None` for what is no compressed stream.
pub(super) fn stream<'i>(kind: Kind, input: impl BufRead + 'i) -> Option<Box<dyn Read + 'i>> {
    Some(match kind {
        Kind::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(input)),
        Kind::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(input)),
        Kind::Xz => Box::new(lzma_rust2::XzReader::new_mem_limit(input, true, XZ_MEMORY)),
        Kind::Zstd => Box::new(Frames::new(input)),
        Kind::Zip | Kind::Tar => return None,
    })
}

/// The decoder of a member of a zip by its method (APPNOTE 4.4.5).
pub(super) fn method<'i>(method: u16, input: impl BufRead + 'i) -> Result<Box<dyn Read + 'i>, Refusal> {
    Ok(match method {
        0 => Box::new(input),
        8 => Box::new(flate2::bufread::DeflateDecoder::new(input)),
        12 => Box::new(bzip2::bufread::BzDecoder::new(input)),
        93 => Box::new(Frames::new(input)),
        95 => Box::new(lzma_rust2::XzReader::new_mem_limit(input, true, XZ_MEMORY)),
        99 => return Err(Refusal::Encrypted),
        _ => return Err(Refusal::Method),
    })
}

/// The frames of a Zstandard file, one after another; those for the user's own data are passed over.
struct Frames<R: Read>(State<R>);

/// A frame whose first bytes were read already, to tell what it is.
type Frame<R> = StreamingDecoder<io::Chain<Cursor<Vec<u8>>, R>, FrameDecoder>;

enum State<R: Read> {
    Between(R, FrameDecoder),
    Within(Frame<R>),
    Ended,
}

impl<R: Read> Frames<R> {
    fn new(input: R) -> Self {
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(ZSTD_WINDOW);
        Self(State::Between(input, decoder))
    }
}

/// Moves to the next frame with content, or to the end.
fn open<R: Read>(mut input: R, decoder: FrameDecoder) -> io::Result<State<R>> {
    loop {
        let mut magic = Vec::with_capacity(4);
        (&mut input).take(4).read_to_end(&mut magic)?;
        match *magic.as_slice() {
            [] => return Ok(State::Ended),
            [low, 0x2a, 0x4d, 0x18] if low & 0xf0 == 0x50 => {
                let mut length = [0; 4];
                input.read_exact(&mut length)?;
                let length = u64::from(u32::from_le_bytes(length));
                if io::copy(&mut (&mut input).take(length), &mut io::sink())? < length {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
            }
            _ => {
                let frame = StreamingDecoder::new_with_decoder(Cursor::new(magic).chain(input), decoder);
                return frame.map(State::Within).map_err(|_| io::ErrorKind::InvalidData.into());
            }
        }
    }
}

impl<R: Read> Read for Frames<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if into.is_empty() {
            return Ok(0);
        }
        loop {
            match std::mem::replace(&mut self.0, State::Ended) {
                State::Ended => return Ok(0),
                State::Between(input, decoder) => self.0 = open(input, decoder)?,
                State::Within(mut frame) => {
                    let read = frame.read(into)?;
                    if read > 0 {
                        self.0 = State::Within(frame);
                        return Ok(read);
                    }
                    let (input, decoder) = frame.into_parts();
                    self.0 = State::Between(input.into_inner().1, decoder);
                }
            }
        }
    }
}
