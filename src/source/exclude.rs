//! The user's `--exclude` globs, matched against reported paths.

use globset::{Candidate, GlobBuilder, GlobSet, GlobSetBuilder};

/// A glob that does not parse.
#[derive(Debug, thiserror::Error)]
#[error("exclude glob `{pattern}` is not valid: {source}\nhint: quote the glob, and close every `[` and `{{` in it")]
pub struct ExcludeError {
    /// The glob as it was typed.
    pub pattern: String,
    /// What is wrong with it.
    #[source]
    pub source: globset::Error,
}

/// Compiled `--exclude` globs.
///
/// A glob without a `/` matches a name at any depth, one with a `/` the whole reported path; `*` stops at `/` and `**`
/// does not. A directory that matches is left out with all that is in it.
#[derive(Debug, Clone, Default)]
pub struct Exclude {
    set: GlobSet,
}

impl Exclude {
    /// Compiles the globs.
    ///
    /// # Errors
    /// Where one of them is not a valid glob.
    pub fn new(patterns: &[String]) -> Result<Self, ExcludeError> {
        let mut set = GlobSetBuilder::new();
        for pattern in patterns {
            let bad = |source| ExcludeError { pattern: pattern.clone(), source };
            let trimmed = pattern.trim_end_matches('/');
            let rooted = trimmed.strip_prefix("./").or_else(|| trimmed.strip_prefix('/'));
            let glob = match rooted {
                Some(rest) => rest.to_owned(),
                None if trimmed.contains('/') => trimmed.to_owned(),
                None => format!("**/{trimmed}"),
            };
            set.add(GlobBuilder::new(&glob).literal_separator(true).build().map_err(bad)?);
        }
        let set = set.build().map_err(|source| ExcludeError { pattern: patterns.join(", "), source })?;
        Ok(Self { set })
    }

    /// Whether the reported path of a file or directory is left out by itself.
    #[must_use]
    pub fn matches(&self, path: &str) -> bool {
        !self.set.is_empty() && self.set.is_match_candidate(&Candidate::new(path))
    }

    /// Whether the reported path, or a directory that it lies in, is left out.
    #[must_use]
    pub fn matches_any_parent(&self, path: &str) -> bool {
        !self.set.is_empty()
            && (self.matches(path) || path.match_indices('/').any(|(at, _)| at > 0 && self.matches(&path[..at])))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exclude(patterns: &[&str]) -> Exclude {
        Exclude::new(&patterns.iter().map(|p| (*p).to_owned()).collect::<Vec<_>>()).expect("valid globs")
    }

    #[test]
    fn a_bare_name_matches_at_any_depth_and_a_path_only_where_it_says() {
        let globs = exclude(&["*.lock", "fixtures/data/", "./top"]);
        assert!(globs.matches("Cargo.lock") && globs.matches("a/b/Cargo.lock"));
        assert!(globs.matches("fixtures/data") && !globs.matches("x/fixtures/data"));
        assert!(globs.matches("top") && !globs.matches("a/top"));
        assert!(globs.matches_any_parent("fixtures/data/deep/x.json"));
        assert!(!globs.matches_any_parent("fixtures/datax/y"));
    }

    #[test]
    fn a_star_does_not_cross_a_directory_and_two_stars_do() {
        assert!(!exclude(&["a/*.json"]).matches("a/b/c.json"));
        assert!(exclude(&["a/**/*.json"]).matches("a/b/c.json"));
    }

    #[test]
    fn a_broken_glob_is_named_in_the_error() {
        let error = Exclude::new(&["a[".to_owned()]).expect_err("unclosed class");
        assert!(error.to_string().contains("`a[`") && error.to_string().contains("hint:"));
    }
}
