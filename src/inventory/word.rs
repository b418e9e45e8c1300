//! Words that many rows have in common, each kept once: an inventory of a million rows has few issuers, kinds and owners.

use std::borrow::Borrow;
use std::collections::HashSet;
use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, PoisonError, RwLock};

use super::record::Record;

/// A text that may be shared.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Word(Arc<str>);

impl Word {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Deref for Word {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for Word {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Word {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl From<String> for Word {
    fn from(text: String) -> Self {
        Self(text.into())
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

/// Words kept once. A column of which every row says something else gains nothing by it, so there is an end.
#[derive(Default)]
pub(super) struct Words {
    known: RwLock<HashSet<Word>>,
}

/// Words kept at most.
const MOST: usize = 1 << 16;

impl Words {
    /// Lets a record share what it has in common with others, and gives back what its lists do not need.
    pub(super) fn share(&self, record: &mut Record) {
        for word in [&mut record.kind, &mut record.issuer, &mut record.file] {
            self.one(word);
        }
        let maybe = [
            &mut record.provider_type,
            &mut record.system,
            &mut record.team,
            &mut record.environment,
            &mut record.sensitivity,
        ];
        maybe.into_iter().flatten().for_each(|word| self.one(word));
        if let Some(owner) = &mut record.owner {
            self.one(&mut owner.kind);
            self.one(&mut owner.id);
        }
        record.workloads.shrink_to_fit();
        record.scopes.shrink_to_fit();
        record.observed_scopes.shrink_to_fit();
        record.locations.shrink_to_fit();
        record.keys.shrink_to_fit();
    }

    fn one(&self, word: &mut Word) {
        if let Some(known) = self.known.read().unwrap_or_else(PoisonError::into_inner).get(word.as_str()) {
            *word = known.clone();
            return;
        }
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() < MOST {
            known.insert(word.clone());
        }
    }
}
