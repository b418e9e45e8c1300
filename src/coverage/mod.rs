//! What was scanned, what was passed over and why: the facts that decide whether a clean result may be believed.

pub mod notice;

use std::collections::{BTreeMap, BTreeSet};

pub use notice::{Notice, NoticeKind};

/// Why something was not scanned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Skip {
    /// Untracked and excluded by `.gitignore`: as it should be.
    Ignored,
    /// Excluded by `--exclude`: as the user wished.
    Excluded,
    /// A symbolic link; what it points at is scanned only where it lies itself.
    Symlink,
    /// A FIFO, socket or device.
    Special,
    /// The system refused to open or read it.
    Unreadable,
    /// A process of another user, whose environment the system does not show.
    OtherUser,
}

impl Skip {
    /// The word used in the coverage line and in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ignored => "ignored",
            Self::Excluded => "excluded",
            Self::Symlink => "symlink",
            Self::Special => "special",
            Self::Unreadable => "unreadable",
            Self::OtherUser => "other-user",
        }
    }

    /// Whether a scan with such a skip is incomplete (exit code 3).
    #[must_use]
    pub const fn is_gap(self) -> bool {
        matches!(self, Self::Unreadable)
    }
}

/// Counts of one run. Adding two is exact and does not depend on order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Files whose bytes were scanned.
    pub files: u64,
    /// Members of archives whose bytes were scanned.
    pub members: u64,
    /// Git blobs whose bytes were scanned.
    pub blobs: u64,
    /// Commits looked at.
    pub commits: u64,
    /// Annotated tags looked at.
    pub tags: u64,
    /// Bytes scanned, before decoding.
    pub bytes: u64,
    /// What was passed over, by reason.
    pub skipped: BTreeMap<Skip, u64>,
    /// There was nothing to scan, and that is as it should be: nothing is staged, no commit is in the range.
    pub vacant: bool,
    /// Checks that could not be evaluated, with the evidence each lacked.
    pub not_evaluated: BTreeMap<&'static str, String>,
    /// Everything that went wrong or is worth saying, in a total order.
    pub notices: BTreeSet<Notice>,
}

impl Coverage {
    /// Counts one thing passed over.
    pub fn skip(&mut self, reason: Skip) {
        *self.skipped.entry(reason).or_default() += 1;
    }

    /// Adds another part of the same run.
    pub fn absorb(&mut self, other: Self) {
        self.files += other.files;
        self.members += other.members;
        self.blobs += other.blobs;
        self.commits += other.commits;
        self.tags += other.tags;
        self.bytes += other.bytes;
        self.vacant |= other.vacant;
        for (reason, count) in other.skipped {
            *self.skipped.entry(reason).or_default() += count;
        }
        self.not_evaluated.extend(other.not_evaluated);
        self.notices.extend(other.notices);
    }

    /// Takes it for as it should be that nothing was scanned, where all there was is excluded or ignored: a hook is given
    /// the names of files and not asked which of them it passes over.
    pub fn excuse(&mut self) {
        let as_wished = |reason: &Skip| matches!(reason, Skip::Excluded | Skip::Ignored | Skip::Symlink);
        if self.files + self.blobs == 0 && !self.skipped.is_empty() && self.skipped.keys().all(as_wished) {
            self.notices.retain(|notice| notice.kind != NoticeKind::NothingScanned);
            self.vacant = true;
        }
    }

    /// Whether nothing that should have been scanned was left out, and something was scanned, unless there was nothing
    /// to scan.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        (self.files + self.blobs + self.commits > 0 || self.vacant)
            && self.skipped.keys().all(|reason| !reason.is_gap())
            && self.notices.iter().all(|notice| !notice.kind.is_gap())
    }
}
