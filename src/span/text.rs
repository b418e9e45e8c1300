//! Decoded text that still knows, byte by byte, where in the artifact it was written.
//!
//! A value is decoded in layers (JSON escapes, then a percent-encoded query, then base64 …); each layer maps its bytes
//! to the layer below, and [`Text`] keeps only the composed map, so a finding is exact to the raw byte however deep
//! it was found.

use std::borrow::Cow;
use std::ops::Range;

use super::Span;

/// A decoded value and the map from its bytes to raw offsets.
#[derive(Clone, PartialEq, Eq)]
pub struct Text<'a> {
    value: Cow<'a, str>,
    offsets: Offsets,
}

#[derive(Clone, PartialEq, Eq)]
enum Offsets {
    /// Decoded byte `i` stands at raw byte `start + i`.
    Verbatim { start: usize },
    /// Decoded byte `i` begins at raw byte `table[i]`; the last entry is the raw end. `len == value.len() + 1`.
    Table(Vec<usize>),
}

impl<'a> Text<'a> {
    /// Text that stands in the artifact exactly as it reads, from raw offset `start`.
    #[must_use]
    pub const fn verbatim(value: &'a str, start: usize) -> Self {
        Self { value: Cow::Borrowed(value), offsets: Offsets::Verbatim { start } }
    }

    /// Decoded text with the raw offset of each of its bytes and of its end.
    ///
    /// Returns `None` where `table` does not have exactly one entry a byte and one for the end.
    #[must_use]
    pub fn decoded(value: String, table: Vec<usize>) -> Option<Text<'static>> {
        (table.len() == value.len() + 1).then_some(Text { value: Cow::Owned(value), offsets: Offsets::Table(table) })
    }

    /// The decoded value.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.value
    }

    /// Raw span of the whole value.
    #[must_use]
    pub fn span(&self) -> Span {
        self.raw(0..self.value.len())
    }

    /// Raw span of a range of decoded bytes. Ranges beyond the end are cut to it.
    #[must_use]
    pub fn raw(&self, range: Range<usize>) -> Span {
        let len = self.value.len();
        let (from, to) = (range.start.min(len), range.end.min(len));
        match &self.offsets {
            Offsets::Verbatim { start } => Span::new(start + from, start + to),
            Offsets::Table(table) => Span::new(table[from], table[to]),
        }
    }

    /// A part of this text, by decoded byte range; `None` where the range is out of bounds or cuts a character.
    #[must_use]
    pub fn slice(&self, range: Range<usize>) -> Option<Text<'a>> {
        let offsets = match &self.offsets {
            Offsets::Verbatim { start } => Offsets::Verbatim { start: start + range.start },
            Offsets::Table(table) => Offsets::Table(table.get(range.start..=range.end)?.to_vec()),
        };
        let value = match &self.value {
            Cow::Borrowed(text) => Cow::Borrowed(text.get(range)?),
            Cow::Owned(text) => Cow::Owned(text.get(range)?.to_owned()),
        };
        Some(Text { value, offsets })
    }

    /// The same text without a borrow.
    #[must_use]
    pub fn owned(self) -> Text<'static> {
        Text { value: Cow::Owned(self.value.into_owned()), offsets: self.offsets }
    }

    /// Decodes this text one layer further. `table[i]` names the byte of *this* text at which byte `i` of `value`
    /// begins, and its last entry the end; `None` where the table does not fit.
    #[must_use]
    pub fn layer(&self, value: String, table: &[usize]) -> Option<Text<'static>> {
        let len = self.value.len();
        let raw = table.iter().map(|&at| (at <= len).then(|| self.raw(at..at).start)).collect::<Option<Vec<_>>>()?;
        Text::decoded(value, raw)
    }
}

/// Shows the place and the length only: the value may be a secret.
impl std::fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Text").field("span", &self.span()).field("len", &self.value.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layer_over_a_layer_still_points_at_the_raw_bytes() {
        // raw: `"a\u0025b"` … decoded `a%62`: the percent escape itself was written with an escape.
        let outer = Text::decoded("a%62z".into(), vec![10, 11, 17, 18, 19, 20]).expect("fits");
        let inner = outer.layer("abz".into(), &[0, 1, 4, 5]).expect("fits");
        assert_eq!(inner.raw(1..2), Span::new(11, 19));
        assert_eq!(inner.slice(1..3).expect("in bounds").span(), Span::new(11, 20));
    }

    #[test]
    fn debug_output_does_not_show_the_value() {
        let text = Text::verbatim("hunter2", 4);
        assert!(!format!("{text:?}").contains("hunter2"));
    }
}
