//! The string literals around hits, on the line they stand on: where transcripts and configs keep other text.

use std::ops::Range;

/// Finds string literals, looking at each byte once as long as it is asked for places in order.
pub(in crate::scan) struct Strings<'t> {
    text: &'t [u8],
    /// Everything before is settled.
    at: usize,
    last: Range<usize>,
    escaped: bool,
}

impl<'t> Strings<'t> {
    pub(in crate::scan) const fn new(text: &'t [u8]) -> Self {
        Self { text, at: 0, last: 0..0, escaped: false }
    }

    /// The content of the literal that holds `place`, and whether there are escapes in it.
    pub(in crate::scan) fn around(&mut self, place: usize) -> Option<(Range<usize>, bool)> {
        if self.last.contains(&place) {
            return Some((self.last.clone(), self.escaped));
        }
        let skipped = self.text.get(self.at..place)?;
        if let Some(line) = memchr::memrchr(b'\n', skipped) {
            self.at += line + 1;
        }
        loop {
            let found = self.text.get(self.at..place).and_then(|rest| memchr::memchr(b'"', rest));
            let Some(quote) = found else {
                self.at = place;
                return None;
            };
            let start = self.at + quote + 1;
            let (end, escaped) = self.close(start);
            self.at = end + 1;
            if place < end {
                (self.last, self.escaped) = (start..end, escaped);
                return Some((self.last.clone(), escaped));
            }
        }
    }

    /// The end of the literal from `start`: its quote, or the end of the line.
    fn close(&self, start: usize) -> (usize, bool) {
        let (mut at, mut escaped) = (start, false);
        while let Some(found) = self.text.get(at..).and_then(|rest| memchr::memchr3(b'"', b'\\', b'\n', rest)) {
            at += found;
            if self.text.get(at) != Some(&b'\\') {
                return (at, escaped);
            }
            escaped = true;
            at += 2;
        }
        (self.text.len(), escaped)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_literal_around_a_place_is_found() {
        let text = "{\"a\": \"b \\\"c\\\" d\", \"e\": 1}\nx \"y\"";
        let mut strings = Strings::new(text.as_bytes());
        let c = text.find('c').unwrap();
        assert_eq!(strings.around(c), Some((7..16, true)));
        assert_eq!(strings.around(c + 3), Some((7..16, true)));
        assert_eq!(strings.around(text.find("e\"").unwrap()).map(|it| it.1), Some(false));
        assert_eq!(strings.around(text.find('1').unwrap()), None);
        assert_eq!(strings.around(text.find('y').unwrap()).map(|it| it.0), text.rfind('y').map(|y| y..y + 1));
    }

    proptest! {
        #[test]
        fn any_places_are_asked_for_without_panic(text in "[ab\"\\\\\n]{0,60}", places in proptest::collection::vec(0usize..70, 0..10)) {
            let mut strings = Strings::new(text.as_bytes());
            for place in places {
                if let Some((range, _)) = strings.around(place) {
                    prop_assert!(range.end <= text.len() && range.contains(&place));
                }
            }
        }
    }
}
