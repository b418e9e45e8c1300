//! Words that many rows have in common and that share their memory: an inventory of a million rows has few issuers, kinds
//! and owners.

use std::borrow::Borrow;
use std::collections::HashSet;
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

/// Words kept once for as many rows as are prepared together, so that no thread waits for another.
#[derive(Default)]
pub(super) struct Words {
    known: HashSet<Word>,
}

impl Words {
    /// The word for a text.
    pub(super) fn of(&mut self, text: &str) -> Word {
        if let Some(known) = self.known.get(text) {
            return known.clone();
        }
        let word = Word::from(text);
        self.known.insert(word.clone());
        word
    }
}
