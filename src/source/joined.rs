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
    /// Bytes there that all of the piece stands for together, as an escape does; 0 where each byte stands for itself.
    pub whole: usize,
}

impl Piece {
    /// Bytes that read as they stand in the file.
    #[must_use]
    pub const fn verbatim(at: usize, raw: usize) -> Self {
        Self { at, raw, whole: 0 }
    }

    /// What is written with other bytes in the file, `whole` of them.
    #[must_use]
    pub const fn written(at: usize, raw: usize, whole: usize) -> Self {
        Self { at, raw, whole }
    }
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
        let piece = |at: usize| {
            let before = self.pieces.partition_point(|piece| piece.at <= at).saturating_sub(1);
            self.pieces.get(before).copied().unwrap_or(Piece::verbatim(0, 0))
        };
        let raw = |at: usize| {
            let piece = piece(at);
            if piece.whole > 0 { piece.raw } else { piece.raw + (at - piece.at.min(at)) }
        };
        let start = raw(span.start);
        // By the last byte, as what follows it may stand elsewhere. Pages of a database need not be in order.
        let end = match span.end.checked_sub(1).filter(|_| !span.is_empty()) {
            Some(last) => raw(last) + piece(last).whole.max(1),
            None => start,
        };
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
