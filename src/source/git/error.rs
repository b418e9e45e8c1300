//! What can go wrong with a repository.

use super::Id;

/// Why a repository, or an object of it, could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GitError {
    /// There is no repository.
    #[error("`{0}` lies in no git repository\nhint: change to a repository, or name the path of one")]
    NoRepository(String),
    /// A variable of git names something that is no repository.
    #[error("`{variable}` names `{path}`, which is no git repository\nhint: unset it, or correct it")]
    Variable {
        /// The variable.
        variable: &'static str,
        /// What it says.
        path: String,
    },
    /// It is there and cannot be understood.
    #[error("the repository `{path}` cannot be read: {reason}")]
    Unsupported {
        /// Where.
        path: String,
        /// Why.
        reason: String,
    },
    /// A part of its object store is damaged.
    #[error("the {part} is damaged: {reason}")]
    Damaged {
        /// The pack, index or object.
        part: String,
        /// How.
        reason: &'static str,
    },
    /// An object that should be there is not.
    #[error("the object {0} is missing")]
    Missing(Id),
    /// An object that no memory is spent on.
    #[error("the object {0} is larger than is held at once")]
    TooLarge(Id),
}

impl GitError {
    pub(super) fn damaged(part: impl Into<String>, reason: &'static str) -> Self {
        Self::Damaged { part: part.into(), reason }
    }
}
