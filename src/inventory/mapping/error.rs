//! What can be wrong with a mapping, where, and what to do about it. Values from the file are never quoted.

use crate::mistyped::{Mistake, line_of};

/// Why a mapping, or the file that it joins, cannot be used (exit code 2).
#[derive(Debug, thiserror::Error)]
pub enum MappingError {
    /// The file could not be read.
    #[error("could not read mapping `{path}`: {source}\nhint: give the path of a TOML file to --mapping")]
    Read {
        /// Path as it was given.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file says something that cannot be meant.
    #[error("{path}:{line}: {message}\nhint: {hint}")]
    Invalid {
        /// Path as it was given.
        path: String,
        /// 1-based line.
        line: u32,
        /// What is wrong.
        message: String,
        /// What to do.
        hint: String,
    },
}

/// Something wrong at a byte of the file, before path and line are known.
#[derive(Debug)]
pub(super) struct Complaint {
    pub(super) at: usize,
    pub(super) message: String,
    pub(super) hint: String,
}

impl Complaint {
    pub(super) fn new(at: usize, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { at, message: message.into(), hint: hint.into() }
    }

    pub(super) fn from_toml(error: &toml::de::Error) -> Self {
        let Mistake { at, message, hint } = Mistake::from_toml(error);
        Self { at, message, hint: hint.unwrap_or_else(|| "docs/inventory.md describes the language".to_owned()) }
    }

    pub(super) fn into_error(self, path: &str, text: &str) -> MappingError {
        let line = line_of(text, self.at);
        MappingError::Invalid { path: path.to_owned(), line, message: self.message, hint: self.hint }
    }
}
