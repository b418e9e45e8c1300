//! Why a member or an archive was not scanned, and the notices that tell it.

use std::collections::BTreeMap;
use std::io;

use super::limits::Limits;
use crate::coverage::{Notice, NoticeKind};

/// Why something in an archive was not scanned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub(super) enum Refusal {
    /// It is truncated or does not keep to its format.
    #[error("is truncated or corrupt, and was scanned as far as it could be read")]
    Corrupt,
    /// It is encrypted.
    #[error("is encrypted and was not scanned")]
    Encrypted,
    /// It is compressed in a way that this program cannot undo.
    #[error("is compressed by a method that is not supported, and was not scanned")]
    Method,
    /// It is an archive of a format that this program does not open.
    #[error("is an archive of a format that is not opened, and was scanned as any binary file")]
    Format,
    /// It lies in more archives than are opened.
    #[error("is an archive nested deeper than is opened, and was not unpacked")]
    Depth,
    /// It inflates to more than a member may.
    #[error("inflates to more than a member may, and was not scanned to its end")]
    Entry,
    /// It inflates far more than text does.
    #[error("inflates far more than real content does, and was not scanned to its end")]
    Ratio,
    /// It is a zip too large to be held in memory, within another archive.
    #[error("is a zip too large to be opened where it is, and was not unpacked")]
    Held,
    /// All members together are too large.
    #[error(
        "belongs to an archive that inflates to more than its size allows; from here on nothing of that was scanned"
    )]
    Total,
    /// There are too many members.
    #[error("belongs to an archive with more members than are looked at; from here on nothing of that was scanned")]
    Members,
}

impl Refusal {
    /// The refusal that an error of a reader stands for.
    pub(super) fn of(error: &io::Error) -> Self {
        let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<Self>());
        inner.copied().unwrap_or(Self::Corrupt)
    }

    /// Whether it ends the whole archive and not just the member.
    pub(super) const fn is_final(self) -> bool {
        matches!(self, Self::Total | Self::Members)
    }

    fn hint(self, limits: &Limits) -> String {
        match self {
            Self::Corrupt => {
                "fetch or make it again; if it is broken on purpose, leave it out with `--exclude`".to_owned()
            }
            Self::Encrypted => "decrypt it and scan what is inside, or leave it out with `--exclude`".to_owned(),
            Self::Depth => {
                format!("raise `--max-archive-depth`, which is {}, or unpack it and scan that", limits.depth)
            }
            Self::Format => "unpack it and scan what is inside, or leave it out with `--exclude`".to_owned(),
            Self::Method | Self::Entry | Self::Ratio | Self::Held | Self::Total | Self::Members => {
                "if you trust it, unpack it and scan that; else leave it out with `--exclude`".to_owned()
            }
        }
    }
}

impl From<Refusal> for io::Error {
    fn from(refusal: Refusal) -> Self {
        Self::other(refusal)
    }
}

/// What was refused of one outermost archive: by reason, the first of them and how many there are.
#[derive(Debug, Default)]
pub(super) struct Refusals(BTreeMap<Refusal, (String, u64)>);

impl Refusals {
    /// Takes one in. A hostile archive can have any number of them, so only the first is named.
    pub(super) fn add(&mut self, refusal: Refusal, path: &str) {
        self.0.entry(refusal).or_insert_with(|| (path.to_owned(), 0)).1 += 1;
    }

    /// One notice a reason.
    pub(super) fn notices(self, limits: &Limits) -> impl Iterator<Item = Notice> {
        self.0.into_iter().map(|(refusal, (path, count))| {
            let others = match count {
                0 | 1 => String::new(),
                2 => "; so it is with one other in the same archive".to_owned(),
                _ => format!("; so it is with {} others in the same archive", count - 1),
            };
            Notice {
                kind: NoticeKind::ArchiveRefused,
                path: Some(path),
                line: None,
                message: format!("{refusal}{others}"),
                hint: Some(refusal.hint(limits)),
            }
        })
    }
}
