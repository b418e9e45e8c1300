//! Text put together from several places of a file, with the way back to where each byte stands.

use std::cell::OnceCell;

use crate::span::{LineIndex, Region, Span};

/// From where on bytes of a joined text stand in a row in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    /// Offset in the joined text.
    pub at: usize,
    /// Offset in the bytes it was taken from.
    pub raw: usize,
}

/// The file, or the window of one, that texts were taken from.
pub struct Whole<'b> {
    bytes: &'b [u8],
    base: u64,
    first_line: u32,
    /// Built where something is found only.
    lines: OnceCell<LineIndex<'b>>,
}

/// Tells where bytes of an artifact stand that do not stand in the file in one piece.
pub trait Standing: std::fmt::Debug {
    /// Where a span of the artifact stands in the file: from its first byte to its last, with what lies between.
    fn region(&self, span: Span) -> Region;
}

/// How one joined text stands in the file.
#[derive(Clone, Copy)]
pub struct Joined<'p, 'b> {
    whole: &'p Whole<'b>,
    pieces: &'p [Piece],
}

impl<'b> Whole<'b> {
    /// The bytes of an artifact with their offset in the file and the line they begin on.
    #[must_use]
    pub const fn new(bytes: &'b [u8], base: u64, first_line: u32) -> Self {
        Self { bytes, base, first_line, lines: OnceCell::new() }
    }

    /// A text whose `pieces`, in order and with the first at 0, were taken from here.
    #[must_use]
    pub const fn joined<'p>(&'p self, pieces: &'p [Piece]) -> Joined<'p, 'b> {
        Joined { whole: self, pieces }
    }
}

impl Standing for Joined<'_, '_> {
    fn region(&self, span: Span) -> Region {
        let raw = |at: usize| {
            let before = self.pieces.partition_point(|piece| piece.at <= at).saturating_sub(1);
            self.pieces.get(before).map_or(at, |piece| piece.raw + (at - piece.at.min(at)))
        };
        let start = raw(span.start);
        // By the last byte, as what follows it may stand elsewhere. Pages of a database need not be in order.
        let end = if span.is_empty() { start } else { raw(span.end - 1) + 1 };
        let end = if end < start { start + span.len() } else { end };
        let lines = self.whole.lines.get_or_init(|| LineIndex::new(self.whole.bytes, self.whole.first_line));
        let end = end.min(self.whole.bytes.len());
        lines.region(Span::new(start.min(end), end), self.whole.base)
    }
}

/// Shows places only: the text may hold a secret.
impl std::fmt::Debug for Joined<'_, '_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Joined").field("pieces", &self.pieces.len()).finish_non_exhaustive()
    }
}
