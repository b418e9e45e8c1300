//! A value that names a credential and does not hold it, and the names that dotenv files, dumps and configs define.

use std::sync::Arc;

use super::Location;
use crate::client::{ReferenceKind, Slot};
use crate::source::Origin;

/// A reference in a server entry. Carries names only.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference {
    /// Where it is written.
    pub location: Location,
    /// The slot that it fills.
    pub slot: Slot,
    /// What is at the other end.
    pub kind: ReferenceKind,
    /// Name of the variable, input or file, or the address in a secret store.
    pub name: String,
    /// The slot holds a credential.
    pub secret: bool,
    /// Something else is used where nothing is found.
    pub has_default: bool,
}

/// What a name is defined by, in the order in which a program would see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DefinedBy {
    /// The server entry itself.
    Entry,
    /// An input that the config declares.
    Input,
    /// A dotenv file.
    Dotenv,
    /// An env dump, or the environment of a process.
    EnvDump,
    /// A file that a shell reads when it starts.
    Startup,
}

/// Names that one artifact defines.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Definitions {
    /// The artifact.
    pub origin: Arc<Origin>,
    /// What it is.
    pub by: DefinedBy,
    /// The server entry that they are defined for, where they are for one only.
    pub server: Option<Arc<str>>,
    /// The names, sorted, each once.
    pub names: Vec<String>,
}

/// What became of a reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Bond {
    /// The credential that it stands for was found, and carries the server now.
    Linked,
    /// It is defined in what was scanned, by something that holds no credential that was found.
    Defined,
    /// The client asks for it, or another program fills it in.
    Supplied,
    /// It is kept in a secret store.
    Managed,
    /// Nothing in what was scanned defines it.
    Undefined,
}

impl Bond {
    /// The word used in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Linked => "linked",
            Self::Defined => "defined",
            Self::Supplied => "supplied",
            Self::Managed => "managed",
            Self::Undefined => "undefined",
        }
    }
}

/// A reference and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Resolved {
    /// The reference.
    pub reference: Reference,
    /// What became of it.
    pub bond: Bond,
    /// Reported paths of what defines it, sorted.
    pub defined_in: Vec<String>,
    /// Where the credentials that it stands for are, sorted.
    pub linked: Vec<Location>,
}
