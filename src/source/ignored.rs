//! The `.gitignore` files that apply to a directory, innermost first.

use std::path::Path;
use std::sync::Arc;

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::repository::read_bounded;

/// Largest `.gitignore` honoured, in bytes. What a larger one excludes is scanned, which is the safe side.
const LARGEST: u64 = 4 << 20;

/// The rules of one directory and of those above it, up to the root of its repository.
///
/// Only `.gitignore` counts: `.ignore`, `.git/info/exclude`, the user's own excludes and other tools' files do not, so
/// that a scan finds the same on every machine.
#[derive(Debug, Clone, Default)]
pub struct IgnoreRules(Option<Arc<Level>>);

#[derive(Debug)]
struct Level {
    rules: Gitignore,
    above: IgnoreRules,
}

impl IgnoreRules {
    /// These rules with those of the `.gitignore` in `dir` laid over them.
    #[must_use]
    pub fn enter(&self, dir: &Path) -> Self {
        let path = dir.join(".gitignore");
        // Like git, no symbolic link is followed here.
        let regular = std::fs::symlink_metadata(&path).is_ok_and(|meta| meta.is_file());
        let Some(bytes) = regular.then(|| read_bounded(&path, LARGEST)).flatten() else { return self.clone() };
        let mut builder = GitignoreBuilder::new(dir);
        let text = String::from_utf8_lossy(&bytes);
        for line in text.strip_prefix('\u{feff}').unwrap_or(&text).lines() {
            // A line that is not a valid glob excludes nothing.
            let _ = builder.add_line(None, line);
        }
        match builder.build() {
            Ok(rules) if !rules.is_empty() => Self(Some(Arc::new(Level { rules, above: self.clone() }))),
            _ => self.clone(),
        }
    }

    /// Whether a path is excluded by itself; that a directory above it is, the caller knows.
    #[must_use]
    pub fn excludes(&self, path: &Path, is_dir: bool) -> bool {
        let mut level = self.0.as_deref();
        while let Some(Level { rules, above }) = level {
            let verdict = rules.matched(path, is_dir);
            if !verdict.is_none() {
                return verdict.is_ignore();
            }
            level = above.0.as_deref();
        }
        false
    }
}
