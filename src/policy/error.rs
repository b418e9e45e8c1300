//! What can be wrong with a policy file, where, and what to do about it. Values from the file are never quoted.

use std::io;

use thiserror::Error;

use crate::mistyped::Complaint;

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

impl PolicyError {
    /// Names path and line of what is wrong with a file.
    pub(super) fn invalid(complaint: Complaint, path: &str, text: &str) -> Self {
        let line = complaint.line(text);
        Self::Invalid { path: path.to_owned(), line, message: complaint.message, hint: complaint.hint }
    }
}
