//! What can be wrong with a mapping, where, and what to do about it. Values from the file are never quoted.

use crate::mistyped::Complaint;

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

impl MappingError {
    /// Names path and line of what is wrong with a file.
    pub(super) fn invalid(complaint: Complaint, path: &str, text: &str) -> Self {
        let line = complaint.line(text);
        Self::Invalid { path: path.to_owned(), line, message: complaint.message, hint: complaint.hint }
    }
}
