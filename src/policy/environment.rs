//! Which environment a path belongs to, by the policy's globs.

use std::fmt;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

/// An environment and the paths that belong to it.
#[derive(Clone)]
pub struct Environment {
    /// Its name (`prod`).
    pub name: String,
    /// Globs as they were written.
    pub globs: Vec<String>,
    set: GlobSet,
}

impl Environment {
    /// Compiles the globs.
    ///
    /// # Errors
    ///
    /// The first glob that is not one, and why.
    pub fn new(name: String, globs: Vec<String>) -> Result<Self, globset::Error> {
        let set = glob_set(&globs)?;
        Ok(Self { name, globs, set })
    }

    /// Whether a reported path belongs to it.
    #[must_use]
    pub fn matches(&self, path: &str) -> bool {
        matches(&self.set, path)
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Environment").field("name", &self.name).field("globs", &self.globs).finish()
    }
}

impl PartialEq for Environment {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.globs == other.globs
    }
}

impl Eq for Environment {}

/// Globs over reported paths: `*` stays inside a directory, `**` does not.
pub(super) fn glob_set(globs: &[String]) -> Result<GlobSet, globset::Error> {
    let mut set = GlobSetBuilder::new();
    for glob in globs {
        let glob = glob.strip_prefix("./").unwrap_or(glob);
        set.add(GlobBuilder::new(glob).literal_separator(true).build()?);
    }
    set.build()
}

/// Whether globs match a reported path, as it stands or written from the home directory that it lies in.
pub(super) fn matches(set: &GlobSet, path: &str) -> bool {
    let path = path.strip_prefix("./").unwrap_or(path);
    set.is_match(path) || from_home(path).is_some_and(|path| set.is_match(path))
}

/// `~/rest` of a path in somebody's home directory, by where the systems put them.
#[must_use]
pub fn from_home(path: &str) -> Option<String> {
    let path = path.get(2..).filter(|_| path.get(1..2) == Some(":")).unwrap_or(path);
    if let Some((_, rest)) = path.strip_prefix('~').and_then(|path| path.split_once('/')) {
        return Some(format!("~/{rest}"));
    }
    if let Some(rest) = path.strip_prefix("/root/") {
        return Some(format!("~/{rest}"));
    }
    let rest = path.strip_prefix("/home/").or_else(|| path.strip_prefix("/Users/"))?;
    let (_, rest) = rest.split_once('/')?;
    Some(format!("~/{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(globs: &[&str]) -> Environment {
        Environment::new("prod".to_owned(), globs.iter().map(|glob| (*glob).to_owned()).collect()).unwrap()
    }

    #[test]
    fn one_star_stays_in_a_directory_and_two_do_not() {
        assert!(environment(&["deploy/*.env"]).matches("deploy/a.env"));
        assert!(!environment(&["deploy/*.env"]).matches("deploy/eu/a.env"));
        assert!(environment(&["deploy/**"]).matches("deploy/eu/a.env"));
        assert!(environment(&["**/prod/**"]).matches("prod/.mcp.json"));
        assert!(!environment(&["deploy/**"]).matches("other/deploy/a.env"));
    }

    #[test]
    fn a_home_directory_is_understood_wherever_the_system_puts_it() {
        let dev = environment(&["~/**"]);
        for path in ["~/.cursor/mcp.json", "/home/ann/.cursor/mcp.json", "/Users/ann/x", "C:/Users/ann/x", "/root/x"] {
            assert!(dev.matches(path), "{path}");
        }
        assert!(!dev.matches("deploy/prod/.env"));
    }
}
