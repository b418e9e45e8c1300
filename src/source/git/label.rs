//! How paths of a repository are reported: as files of its work tree would be.

/// How paths of a repository are reported.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Label {
    /// Put in front: where the repository lies.
    pub above: String,
    /// Taken away where a path begins with it: the directory within the repository that paths are relative to.
    pub within: String,
}

impl Label {
    /// The reported path of a path of the repository.
    #[must_use]
    pub fn path(&self, path: &str) -> String {
        if !self.above.is_empty() {
            return format!("{}/{path}", self.above);
        }
        let below = path.strip_prefix(self.within.as_str()).and_then(|rest| rest.strip_prefix('/'));
        below.filter(|_| !self.within.is_empty()).unwrap_or(path).to_owned()
    }

    /// How the repository itself is called in a notice.
    #[must_use]
    pub fn root(&self) -> String {
        if self.above.is_empty() { ".".to_owned() } else { self.above.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_to_the_current_directory_where_they_lie_below_it() {
        let label = |above: &str, within: &str| Label { above: above.to_owned(), within: within.to_owned() };
        assert_eq!(label("", "").path("a/b"), "a/b");
        assert_eq!(label("x/y", "").path("a/b"), "x/y/a/b");
        assert_eq!(label("", "a").path("a/b"), "b");
        assert_eq!(label("", "a").path("ab/c"), "ab/c");
    }
}
