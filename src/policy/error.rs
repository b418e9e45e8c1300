//! What can be wrong with a policy file, where, and what to do about it. Values from the file are never quoted.

use std::io;

use thiserror::Error;

use crate::mistyped::{Mistake, line_of};

/// Why a policy cannot be used.
#[derive(Debug, Error)]
pub enum PolicyError {
    /// The file could not be read.
    #[error("could not read policy `{path}`: {source}\nhint: give the path of a TOML file to --policy")]
    Read {
        /// Path as it was given.
        path: String,
        /// What the system said.
        source: io::Error,
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
    pub at: usize,
    pub message: String,
    pub hint: String,
}

impl Complaint {
    pub(super) fn new(at: usize, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { at, message: message.into(), hint: hint.into() }
    }

    /// Words what the TOML reader complains of.
    pub(super) fn from_toml(error: &toml::de::Error) -> Self {
        let Mistake { at, message, hint } = Mistake::from_toml(error);
        let hint = hint.unwrap_or_else(|| "compare with the policy that `keytrawl demo` writes".to_owned());
        Self { at, message, hint }
    }

    pub(super) fn into_error(self, path: &str, text: &str) -> PolicyError {
        let line = line_of(text, self.at);
        PolicyError::Invalid { path: path.to_owned(), line, message: self.message, hint: self.hint }
    }
}
