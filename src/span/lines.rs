//! Lines and columns of byte offsets, counted as SARIF counts them.

use super::Span;

/// A place in a text: 1-based lines and columns; columns count Unicode code points (`columnKind: unicodeCodePoints`),
/// a byte that is not UTF-8 counting as one. The end is exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Region {
    /// First line.
    pub start_line: u32,
    /// Column of the first character.
    pub start_column: u32,
    /// Last line.
    pub end_line: u32,
    /// Column behind the last character.
    pub end_column: u32,
    /// Byte offset in the file.
    pub byte_offset: u64,
    /// Length in bytes of the file.
    pub byte_length: u64,
}

/// Turns byte offsets of one text into lines and columns.
///
/// Built only for artifacts in which something was found; costs one pass over the text.
pub struct LineIndex<'a> {
    text: &'a [u8],
    /// Offset of the first byte of each line.
    starts: Vec<usize>,
    first_line: u32,
    first_column: u32,
}

impl<'a> LineIndex<'a> {
    /// Indexes `text`, whose first byte stands on line `first_line` (1 for a whole file).
    #[must_use]
    pub fn new(text: &'a [u8], first_line: u32) -> Self {
        let starts = std::iter::once(0).chain(memchr::memchr_iter(b'\n', text).map(|at| at + 1)).collect();
        Self { text, starts, first_line, first_column: 1 }
    }

    /// The same for a text whose first byte stands at this column, as that of a later window of a long line does.
    #[must_use]
    pub const fn from_column(mut self, first_column: u32) -> Self {
        self.first_column = first_column;
        self
    }

    /// 1-based line and column of a byte offset.
    #[must_use]
    pub fn position(&self, offset: usize) -> (u32, u32) {
        let offset = offset.min(self.text.len());
        let line = self.starts.partition_point(|&start| start <= offset).saturating_sub(1);
        let before = &self.text[self.starts[line]..offset];
        let column = if line == 0 { self.first_column } else { 1 };
        (self.first_line + line as u32, columns(before).saturating_add(column))
    }

    /// The region of a span, with `base` the offset of the text in its file.
    #[must_use]
    pub fn region(&self, span: Span, base: u64) -> Region {
        let (start_line, start_column) = self.position(span.start);
        let (end_line, end_column) = self.position(span.end);
        Region {
            start_line,
            start_column,
            end_line,
            end_column,
            byte_offset: base + span.start as u64,
            byte_length: span.len() as u64,
        }
    }
}

/// Code points in `bytes`; each byte that belongs to none counts as one.
#[must_use]
pub fn columns(bytes: &[u8]) -> u32 {
    bytes.utf8_chunks().map(|chunk| chunk.valid().chars().count() + chunk.invalid().len()).sum::<usize>() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_code_points_and_lines_survive_crlf() {
        let index = LineIndex::new("a\r\nλλx".as_bytes(), 1);
        assert_eq!(index.position(3), (2, 1));
        assert_eq!(index.position(7), (2, 3));
        let index = LineIndex::new(b"ab\ncd", 7).from_column(100);
        assert_eq!((index.position(1), index.position(4)), ((7, 101), (8, 2)));
    }
}
