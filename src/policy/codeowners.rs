//! CODEOWNERS: who a repository says owns a path. Read only where the user names the file.

use globset::{GlobBuilder, GlobMatcher};

/// The rules of a file, in order; the last that matches counts.
#[derive(Debug, Clone, Default)]
pub struct CodeOwners {
    rules: Vec<(GlobMatcher, Option<String>)>,
}

impl CodeOwners {
    /// Reads a file; lines that mean nothing are passed over, as the forges do.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut rules = Vec::new();
        for line in text.lines() {
            let line = line.split(" #").next().unwrap_or_default().trim();
            // GitLab's sections do not match paths.
            if line.is_empty() || line.starts_with(['#', '[', '^']) {
                continue;
            }
            let mut words = line.split_whitespace();
            let Some(pattern) = words.next() else { continue };
            let owner = words.next().map(owner);
            for glob in globs(pattern) {
                if let Ok(glob) = GlobBuilder::new(&glob).literal_separator(true).build() {
                    rules.push((glob.compile_matcher(), owner.clone()));
                }
            }
        }
        Self { rules }
    }

    /// The owner of a path, `team:…` or `person:…`.
    #[must_use]
    pub fn of(&self, path: &str) -> Option<&str> {
        let path = path.trim_start_matches("./");
        self.rules.iter().rev().find(|(glob, _)| glob.is_match(path))?.1.as_deref()
    }
}

/// `@acme/iam` is a team, `@jo` and an address are people.
fn owner(word: &str) -> String {
    match word.strip_prefix('@') {
        Some(name) => match name.rsplit_once('/') {
            Some((_, team)) => format!("team:{team}"),
            None => format!("person:{name}"),
        },
        None => format!("person:{word}"),
    }
}

/// What a pattern means: with a slash inside it starts at the root, without one it matches at any depth.
fn globs(pattern: &str) -> Vec<String> {
    let is_rooted = pattern.trim_end_matches('/').contains('/');
    let bare = pattern.trim_start_matches('/').trim_end_matches('/');
    let bare = if bare.is_empty() { "**" } else { bare };
    let base = if is_rooted || pattern == "*" { bare.to_owned() } else { format!("**/{bare}") };
    match pattern {
        "*" => vec!["**".to_owned()],
        _ => vec![base.clone(), format!("{base}/**")],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_rule_that_matches_names_the_owner() {
        let owners = CodeOwners::parse(
            "* @acme/platform\n# comment\ndeploy/ @acme/sre\n/agents/*.json @jo # why\ndocs/** a@example.com\n*.md\n",
        );
        for (path, owner) in [
            ("x", Some("team:platform")),
            ("a/deploy/.env", Some("team:sre")),
            ("agents/.mcp.json", Some("person:jo")),
            ("agents/x/.mcp.json", Some("team:platform")),
            ("docs/a/b", Some("person:a@example.com")),
            ("docs/a.md", None),
        ] {
            assert_eq!(owners.of(path), owner, "{path}");
        }
    }
}
