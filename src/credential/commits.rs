//! Since when and where in a repository's history a credential stands at its place.

/// What the commits of a repository say of an occurrence. A rename or copy that replaced the file counts as the same place.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Commits {
    /// The oldest commit whose tree holds it; for a message, the commit itself.
    pub first: Option<String>,
    /// The newest such commit.
    pub last: Option<String>,
    /// The commit in whose tree the reported region stands.
    pub shown: Option<String>,
    /// Whether the tree of HEAD holds it.
    pub in_head: bool,
    /// Branches whose newest tree holds it, by name, no more than [`Commits::MOST_BRANCHES`].
    pub branches: Vec<String>,
    /// Name of who wrote the first commit, by the repository's mailmap. An e-mail address is never kept.
    pub author: Option<String>,
    /// When that was written, in Unix seconds.
    pub authored_at: Option<i64>,
    /// When it was committed, in Unix seconds.
    pub committed_at: Option<i64>,
    /// The blob, commit or tag it stands in.
    pub object: Option<String>,
    /// Its path in the repository, however that is reported.
    pub path: Option<String>,
    /// The oldest commit of the repository, which forks and mirrors share.
    pub root: Option<String>,
    /// Whether it also stands in a file of the work tree.
    pub in_files: bool,
}

impl Commits {
    /// Most branches that are named.
    pub const MOST_BRANCHES: usize = 16;

    /// Whether a file of the work tree or some branch's newest tree holds it.
    #[must_use]
    pub fn is_at_head(&self) -> bool {
        self.in_files || self.in_head || !self.branches.is_empty()
    }
}
