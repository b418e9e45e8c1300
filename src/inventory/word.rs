//! Words that many rows have in common and that share their memory: an inventory of a million rows has few issuers, kinds
//! and owners.

use std::borrow::Borrow;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// A text that may be shared. A row has many, so that it is one address wide.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Word(Arc<Text>);

#[derive(PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Text(Box<str>);

impl Word {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0.0
    }
}

impl Deref for Word {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl Borrow<str> for Word {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

impl From<&str> for Word {
    fn from(text: &str) -> Self {
        Self(Arc::new(Text(text.into())))
    }
}

impl From<String> for Word {
    fn from(text: String) -> Self {
        Self(Arc::new(Text(text.into())))
    }
}

impl From<Word> for String {
    fn from(word: Word) -> Self {
        word.as_str().to_owned()
    }
}

impl PartialEq<str> for Word {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Word {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl PartialEq<String> for Word {
    fn eq(&self, other: &String) -> bool {
        self.as_str() == other
    }
}

impl fmt::Debug for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.as_str(), f)
    }
}

/// Words met of late by rows that are prepared together. One that has made room for another is no longer shared, and
/// nothing else is lost.
pub(super) struct Words {
    recent: Vec<Option<Word>>,
}

/// Words remembered, as a power of two: more than an inventory has issuers, kinds, systems and owners.
const BITS: u32 = 12;

impl Default for Words {
    fn default() -> Self {
        Self { recent: vec![None; 1 << BITS] }
    }
}

impl Words {
    /// The word for a text.
    pub(super) fn of(&mut self, text: &str) -> Word {
        let Some(place) = self.recent.get_mut(place(text)) else { return Word::from(text) };
        match place {
            Some(known) if *known == *text => known.clone(),
            _ => place.insert(Word::from(text)).clone(),
        }
    }
}

/// Where a text is remembered: its length, head and tail, mixed, since names that are counted up differ at their end.
fn place(text: &str) -> usize {
    let bytes = text.as_bytes();
    let number = |bytes: Option<&[u8; 8]>| bytes.map_or(0, |bytes| u64::from_le_bytes(*bytes));
    let tail = match bytes.last_chunk() {
        Some(tail) => number(Some(tail)),
        None => bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)),
    };
    let mixed = (tail ^ number(bytes.first_chunk()).rotate_left(32)).wrapping_add(bytes.len() as u64);
    (mixed.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (u64::BITS - BITS)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_was_met_of_late_is_shared_and_any_other_is_itself() {
        let mut words = Words::default();
        let first = words.of("team-1");
        assert!(Arc::ptr_eq(&first.0, &words.of("team-1").0));
        let all: Vec<Word> = (0..20_000).map(|number| words.of(&format!("team-{number}"))).collect();
        assert!(all.iter().enumerate().all(|(number, word)| *word == format!("team-{number}")));
    }
}
