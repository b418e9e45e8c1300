//! Bytes put together from a file, with the place of each.

use std::ops::Range;

use super::joined::Piece;

/// Most places that are kept of one block or value: each takes more memory than the bytes it stands for.
pub(super) const MOST_PIECES: usize = 2 << 20;

/// A record of a log, a block of a table, the values of a page.
#[derive(Debug, Default)]
pub(super) struct Content {
    pub(super) bytes: Vec<u8>,
    pub(super) pieces: Vec<Piece>,
}

impl Content {
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.pieces.clear();
    }

    /// Appends bytes that stand in the file at `raw`.
    pub(super) fn verbatim(&mut self, bytes: &[u8], raw: usize) {
        if !bytes.is_empty() {
            self.pieces.push(Piece::verbatim(self.bytes.len(), raw));
            self.bytes.extend_from_slice(bytes);
        }
    }

    /// Appends bytes for which `whole` others stand in the file at `raw`.
    pub(super) fn written(&mut self, bytes: &[u8], raw: usize, whole: usize) {
        if !bytes.is_empty() {
            self.pieces.push(Piece::written(self.bytes.len(), raw, whole));
            self.bytes.extend_from_slice(bytes);
        }
    }

    /// Where a byte stands, and how many bytes it stands for; 0 where for itself.
    fn place(&self, at: usize) -> (usize, usize) {
        match self.pieces.get(self.pieces.partition_point(|piece| piece.at <= at).saturating_sub(1)) {
            Some(piece) if piece.whole > 0 => (piece.raw, piece.whole),
            Some(piece) => (piece.raw + at.saturating_sub(piece.at), 0),
            None => (0, 0),
        }
    }

    /// Appends a part of `from`, whose places it keeps.
    fn take(&mut self, from: &Self, range: Range<usize>) {
        let first = from.pieces.partition_point(|piece| piece.at <= range.start).saturating_sub(1);
        let at = self.bytes.len();
        for piece in from.pieces.iter().skip(first).take_while(|piece| piece.at < range.end) {
            let cut = range.start.saturating_sub(piece.at);
            let raw = if piece.whole > 0 { piece.raw } else { piece.raw + cut };
            self.pieces.push(Piece { at: at + (piece.at + cut) - range.start, raw, whole: piece.whole });
        }
        self.bytes.extend_from_slice(from.bytes.get(range).unwrap_or_default());
    }

    /// Whether these bytes stand in the file in more than one piece.
    pub(super) fn is_split(&self, range: &Range<usize>) -> bool {
        let behind = self.pieces.partition_point(|piece| piece.at <= range.start);
        self.pieces.get(behind).is_some_and(|piece| piece.at < range.end)
    }

    /// These bytes as they are.
    pub(super) fn part(&self, range: Range<usize>) -> Self {
        let mut part = Self::default();
        part.take(self, range);
        part
    }

    /// Where the bytes stand in the file, each being itself there.
    pub(super) fn places(&self) -> impl Iterator<Item = Range<usize>> {
        let ends = self.pieces.iter().skip(1).map(|piece| piece.at).chain([self.bytes.len()]);
        self.pieces.iter().zip(ends).map(|(piece, end)| piece.raw..piece.raw + (end - piece.at))
    }

    /// The bytes without those in these ranges, which are in order.
    pub(super) fn without(&self, ranges: &[Range<usize>]) -> Self {
        let mut rest = Self::default();
        let mut from = 0;
        for range in ranges.iter().filter(|range| !range.is_empty()) {
            rest.take(self, from..range.start.max(from));
            // What stood apart stays apart.
            let (raw, whole) = self.place(range.start);
            rest.written(b"\n", raw, whole.max(1));
            from = range.end.max(from);
        }
        rest.take(self, from..self.bytes.len());
        rest
    }

    /// These ranges of the bytes as they are, each on a line of its own.
    pub(super) fn parts(&self, ranges: &[Range<usize>]) -> Self {
        let mut text = Self::default();
        for range in ranges {
            text.apart(b"\n", self, range);
            text.take(self, range.clone());
        }
        text
    }

    /// Ends a line before a range of `from`, but for the first.
    fn apart(&mut self, end: &[u8], from: &Self, range: &Range<usize>) {
        if !self.bytes.is_empty() {
            self.written(end, from.place(range.start).0, 1);
        }
    }

    /// Ranges of text in UTF-16, low byte first, behind the mark that says so, where a byte before it says it here.
    pub(super) fn wide(&self, ranges: &[Range<usize>]) -> Self {
        let mut text = Self::default();
        text.written(&[0xff, 0xfe], self.place(0).0, 1);
        for (number, range) in ranges.iter().enumerate() {
            // A unit begins at an odd place.
            let start = range.start.saturating_sub(1) / 2 * 2 + 1;
            let end = (range.end.saturating_sub(1).div_ceil(2) * 2 + 1).min(self.bytes.len());
            if number > 0 {
                text.written(b"\n\0", self.place(start).0, 1);
            }
            text.take(self, start..end.max(start));
        }
        text
    }

    /// Ranges of text of one byte a character, in UTF-8.
    pub(super) fn latin(&self, ranges: &[Range<usize>]) -> Self {
        let wide = self.bytes.iter().filter(|byte| !byte.is_ascii()).count();
        let ranges: Vec<Range<usize>> = ranges.iter().map(|range| range.start.max(1)..range.end.max(1)).collect();
        if wide == 0 || wide > MOST_PIECES / 2 {
            return self.parts(&ranges);
        }
        let mut text = Self::default();
        for range in ranges {
            text.apart(b"\n", self, &range);
            let mut at = range.start;
            for run in
                self.bytes.get(range).unwrap_or_default().chunk_by(|one, other| one.is_ascii() && other.is_ascii())
            {
                match run {
                    [byte] if !byte.is_ascii() => {
                        let (raw, whole) = self.place(at);
                        text.written(char::from(*byte).encode_utf8(&mut [0; 2]).as_bytes(), raw, whole.max(1));
                    }
                    _ => text.take(self, at..at + run.len()),
                }
                at += run.len();
            }
        }
        text
    }
}
