//! Why the bytes of an item could not be had, and what is said of it.

use std::io;

use crate::coverage::{Notice, NoticeKind};

/// Why the bytes of an item, or some of them, could not be had.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It could not be opened.
    #[error("could not be opened: {0}")]
    Open(#[source] io::Error),
    /// Reading failed midway.
    #[error("could not be read from byte {at} on: {source}")]
    Read {
        /// Offset of the first byte that is missing.
        at: u64,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// It became shorter while it was read.
    #[error("became shorter while it was read, and was scanned up to byte {at} only")]
    Shrank {
        /// Offset of the first byte that is missing.
        at: u64,
    },
    /// It grew faster than it could be read.
    #[error("grows while it is read, and was scanned up to byte {at} only")]
    Grows {
        /// Offset of the first byte that was left.
        at: u64,
    },
}

impl ReadError {
    /// Bytes that were scanned before the trouble; `None` where not even the first could be had.
    #[must_use]
    pub const fn scanned(&self) -> Option<u64> {
        match self {
            Self::Open(_) => None,
            Self::Read { at, .. } | Self::Shrank { at } | Self::Grows { at } => Some(*at),
        }
    }

    /// The trouble as a notice about the file `path`.
    #[must_use]
    pub fn notice(&self, path: &str) -> Notice {
        let hint = match self {
            Self::Open(error) if error.kind() == io::ErrorKind::NotFound => {
                "it was removed after it was listed; scan again when nothing changes the tree"
            }
            Self::Open(_) => "run as a user who may read it, or leave it out with `--exclude`",
            Self::Read { .. } => "check the disk or the network share it is on",
            Self::Shrank { .. } | Self::Grows { .. } => "scan it again when nothing writes to it",
        };
        Notice {
            kind: NoticeKind::Unreadable,
            path: Some(path.to_owned()),
            line: None,
            message: self.to_string(),
            hint: Some(hint.to_owned()),
        }
    }
}
