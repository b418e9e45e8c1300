//! Where an artifact was found, in the words that reports and policies use.

use std::sync::Arc;

use crate::client::dotfile;

/// What sort of place holds the artifact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// A tracked or staged file of a git repository, or an object of its history.
    Repo,
    /// Any other file of a host.
    HostConfig,
    /// An env dump or the environment of a process.
    Env,
}

impl Place {
    /// The word used in policies, JSON and SARIF.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Repo => "repo",
            Self::HostConfig => "host_config",
            Self::Env => "env",
        }
    }
}

/// What an artifact belongs to: a repository family or a host. Two occurrences in one asset are not a duplicate by
/// themselves.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Asset {
    /// Stable name: the canonical remote URL of a repository without userinfo and scheme (`github.com/acme/agents`), else
    /// `repo:` and its reported root, else `host`.
    pub id: String,
    /// Remote URL for `versionControlProvenance`, without userinfo.
    pub remote: Option<String>,
    /// Commit that HEAD names, where the asset is a repository that has one.
    pub revision: Option<String>,
    /// Branch that HEAD names.
    pub branch: Option<String>,
}

impl Asset {
    /// The asset of files that lie in no repository.
    #[must_use]
    pub fn host() -> Self {
        Self { id: "host".to_owned(), remote: None, revision: None, branch: None }
    }
}

/// Where an artifact came from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    /// Reported path, `/`-separated: relative to the current directory when the target lies below it, else to the target;
    /// `<stdin>` for standard input. Bytes that are not UTF-8 are shown as U+FFFD.
    pub path: String,
    /// What sort of place.
    pub place: Place,
    /// What it belongs to.
    pub asset: Arc<Asset>,
    /// Whether the user said that this is an env dump.
    pub env_dump: bool,
    /// The path from the root of the repository it lies in, where that is another than the reported one.
    pub inside: Option<String>,
    /// The path at which a file of this kind usually lies, where it lies elsewhere: the user has moved it, or keeps it in a
    /// repository of dotfiles. It tells what the file is.
    pub usual: Option<Box<str>>,
}

impl Origin {
    /// A path as it is reported.
    #[must_use]
    pub fn new(path: String, place: Place, asset: Arc<Asset>) -> Self {
        let usual = dotfile::in_use(&path).map(String::into_boxed_str);
        Self { path, place, asset, env_dump: false, inside: None, usual }
    }

    /// Puts what is read next in the place of what was read here.
    pub fn move_to(&mut self, path: String) {
        self.usual = dotfile::in_use(&path).map(String::into_boxed_str);
        self.path = path;
    }

    /// The same with its path from the root of the repository.
    #[must_use]
    pub fn inside(self, path: &str) -> Self {
        Self { inside: (path != self.path).then(|| path.to_owned()), ..self }
    }

    /// A member of an archive that lies here, by the archive's path and its own within it.
    #[must_use]
    pub fn member(&self, path: &str) -> Self {
        let below = path.strip_prefix(self.path.as_str()).unwrap_or_default();
        let inside = self.inside.as_ref().map(|inside| format!("{inside}{below}"));
        let usual = dotfile::in_use(path).map(String::into_boxed_str);
        Self { path: path.to_owned(), inside, usual, asset: Arc::clone(&self.asset), ..*self }
    }

    /// The path that does not depend on where keytrawl was started: from the root of the repository, where it lies in one.
    #[must_use]
    pub fn lasting(&self) -> &str {
        self.inside.as_deref().unwrap_or(&self.path)
    }

    /// The path that tells what the file is.
    #[must_use]
    pub fn telling_path(&self) -> &str {
        self.usual.as_deref().unwrap_or(&self.path)
    }
}
