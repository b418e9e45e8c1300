//! What a path says of how a text is read.

use super::carrier;
use super::context::{self, Context};
use crate::client::{self, Dialect, dotenv, dotfile};

/// What a path says of how a text is read, but for what only the places of known files say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Manner {
    /// How values are written, and how earnestly.
    pub(super) context: Context,
    /// The shell whose commands stand in it.
    pub(super) dialect: Option<Dialect>,
    /// Whether it records what a client and a model said.
    pub(super) transcript: bool,
    /// Whether it lists versions of packages.
    pub(super) lock: bool,
    /// What it is.
    pub(super) called: Called,
    /// The beginning of what the name ends with.
    extension: [u8; 8],
}

/// What a file is by its path alone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Called {
    /// The config of a known client, or where one keeps its tokens.
    pub(super) config: bool,
    /// A file of variables.
    pub(super) dotenv: bool,
    /// What a shell reads when it starts.
    pub(super) startup: bool,
    /// It holds the arguments of a process, or a config in disguise.
    pub(super) carrier: bool,
}

impl Called {
    /// That of a file at this path.
    #[must_use]
    pub(super) fn of(path: &str) -> Self {
        Self {
            config: client::recognise(path).is_some() || client::owner(path).is_some(),
            dotenv: dotenv::is_dotenv(path),
            startup: Dialect::is_startup(path),
            carrier: carrier::is_carrier(path),
        }
    }
}

impl Manner {
    /// That of a file at this path.
    #[must_use]
    pub(super) fn of(path: &str) -> Self {
        let called = Called::of(path);
        let used = dotfile::in_use(path);
        let path = used.as_deref().unwrap_or(path);
        let name = path.rsplit('/').next().unwrap_or_default();
        let mut extension = [0; 8];
        let last = name.rsplit_once('.').map_or("", |(_, extension)| extension);
        extension.iter_mut().zip(last.bytes()).for_each(|(into, byte)| *into = byte);
        let (context, dialect) = (Context::of(path), Dialect::of(path));
        let (transcript, lock) = (context::is_transcript(path), context::is_lock(path));
        Self { context, dialect, transcript, lock, called, extension }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_read_alike_whose_paths_say_the_same() {
        assert_eq!(Manner::of("a/b.py"), Manner::of("c/d.py"));
        for other in ["a/b.rs", "tests/b.py", "a/b.lock", "a/b.md", "a/b.sh"] {
            assert_ne!(Manner::of("a/b.py"), Manner::of(other), "{other}");
        }
    }
}
