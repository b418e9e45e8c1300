//! Trouble as data: one thing that went wrong in a run, where, and what to do next.

/// What kind of trouble, in the order it is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NoticeKind {
    /// A file or directory could not be opened or read.
    Unreadable,
    /// Nothing at all was scanned.
    NothingScanned,
    /// A git repository could not be understood well enough to tell tracked files from ignored ones.
    RepositoryUnsupported,
    /// A bare repository was met: its files are in its objects only.
    BareRepository,
    /// An object of a git repository could not be read.
    ObjectUnreadable,
    /// A part of a repository's history is not there: a shallow or partial clone, or missing objects.
    HistoryIncomplete,
    /// A submodule is not checked out, so there was nothing of it to scan.
    SubmoduleMissing,
    /// A repository belongs to another user than the one who scans it.
    OtherOwner,
    /// Another commit of a submodule is staged, or brought in by a range.
    SubmoduleStaged,
    /// There was nothing to scan, and that is as it should be.
    NothingChanged,
    /// A config did not parse; its raw text was scanned all the same.
    ConfigSyntax,
    /// A dump holds a variable whose value was cut off by the program that wrote it.
    EnvTruncated,
    /// A server entry refers to a variable or input that nothing in what was scanned defines.
    ReferenceUndefined,
    /// An archive or a member of one was not scanned, or not to its end.
    ArchiveRefused,
    /// Every user of the machine may read a file that holds credentials.
    WorldReadable,
    /// Text that stands encoded, nested or in pieces within a file was not put together whole.
    NotDecoded,
    /// A row of an inventory was refused.
    InventoryRow,
    /// An inventory export held a plaintext credential, which was dropped.
    InventoryPlaintext,
    /// A marker beside a credential refers to an exception.
    ExceptionMarker,
}

impl NoticeKind {
    /// Stable id, used in JSON and as SARIF notification descriptor.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::NothingScanned => "nothing-scanned",
            Self::RepositoryUnsupported => "repository-unsupported",
            Self::BareRepository => "bare-repository",
            Self::ObjectUnreadable => "object-unreadable",
            Self::HistoryIncomplete => "history-incomplete",
            Self::SubmoduleMissing => "submodule-missing",
            Self::OtherOwner => "other-owner",
            Self::SubmoduleStaged => "submodule-staged",
            Self::NothingChanged => "nothing-changed",
            Self::ConfigSyntax => "config-syntax",
            Self::EnvTruncated => "env-truncated",
            Self::ReferenceUndefined => "reference-undefined",
            Self::ArchiveRefused => "archive-refused",
            Self::WorldReadable => "world-readable",
            Self::NotDecoded => "not-decoded",
            Self::InventoryRow => "inventory-row",
            Self::InventoryPlaintext => "inventory-plaintext",
            Self::ExceptionMarker => "exception-marker",
        }
    }

    /// Whether it means that something that should have been scanned was not (exit code 3).
    #[must_use]
    pub const fn is_gap(self) -> bool {
        matches!(
            self,
            Self::Unreadable
                | Self::NothingScanned
                | Self::RepositoryUnsupported
                | Self::BareRepository
                | Self::ObjectUnreadable
                | Self::HistoryIncomplete
                | Self::ArchiveRefused
                | Self::NotDecoded
        )
    }

    /// One sentence for documentation and SARIF.
    #[must_use]
    pub const fn description(self) -> &'static str {
        match self {
            Self::Unreadable => "A file or directory could not be read, so what it holds was not scanned.",
            Self::NothingScanned => "Nothing was scanned, so a clean result means nothing.",
            Self::RepositoryUnsupported => {
                "A git repository could not be read, so tracked and ignored files could not be told apart."
            }
            Self::BareRepository => {
                "A bare repository was met; its files are in its objects only, and those were not scanned."
            }
            Self::ObjectUnreadable => {
                "An object of a git repository is missing or damaged, so what it holds was not scanned."
            }
            Self::HistoryIncomplete => {
                "A part of a repository's history is not in this clone, so it was not scanned; nothing is ever fetched."
            }
            Self::SubmoduleMissing => "A submodule is not checked out, so what it holds was not scanned.",
            Self::OtherOwner => {
                "A repository belongs to another user, so git would refuse it (`safe.directory`); it was scanned all the same, as nothing that a repository configures is run."
            }
            Self::SubmoduleStaged => {
                "Another commit of a submodule is staged or brought in; what that commit holds is scanned in the submodule itself."
            }
            Self::NothingChanged => "There was no change to scan, so there is nothing to report.",
            Self::ConfigSyntax => {
                "A config does not parse; its raw text was scanned, but servers and slots in it are not named."
            }
            Self::EnvTruncated => {
                "An env dump shows only the beginning of a value, so the variable was not judged; dump it without a table."
            }
            Self::ReferenceUndefined => {
                "A server entry refers to a variable or input that nothing in what was scanned defines."
            }
            Self::ArchiveRefused => {
                "An archive, or a member of one, could not be read or is larger than is safe, so it was not scanned whole."
            }
            Self::WorldReadable => "Every user of the machine may read a file that holds credentials.",
            Self::NotDecoded => {
                "Text that stands encoded, nested or in pieces within a file was too much to be put together whole; the file itself was scanned as it is."
            }
            Self::InventoryRow => "A row of the inventory was refused; the other rows were used.",
            Self::InventoryPlaintext => "An inventory export held a credential in the clear; the value was dropped.",
            Self::ExceptionMarker => {
                "A marker beside a credential refers to an exception that the policy does not hold; it grants nothing."
            }
        }
    }
}

/// One thing worth telling. Never holds a secret: messages name places, not values.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Notice {
    /// What kind.
    pub kind: NoticeKind,
    /// Reported path of the file concerned.
    pub path: Option<String>,
    /// 1-based line.
    pub line: Option<u32>,
    /// Lower-case fragment that says what happened.
    pub message: String,
    /// What to do next.
    pub hint: Option<String>,
}
