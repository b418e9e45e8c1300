//! Stage 1: where bytes come from.
//!
//! A source walks and names; it yields [`Item`]s, and a worker opens each into one or more [`Artifact`]s over a buffer it
//! reuses. Nothing here looks for credentials.

pub mod origin;

pub use origin::{Asset, Origin, Place};

/// Some bytes and the origin they came from: a whole file, or one window of a file too large to hold at once.
#[derive(Debug, Clone, Copy)]
pub struct Artifact<'b> {
    /// Where the bytes came from.
    pub origin: &'b std::sync::Arc<Origin>,
    /// The bytes as they are on disk, undecoded.
    pub bytes: &'b [u8],
    /// Offset of the first byte in the file; 0 unless this is a later window.
    pub base: u64,
    /// Line of the first byte, 1-based.
    pub first_line: u32,
}
