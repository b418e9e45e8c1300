//! The clients whose configs are known (`rules/clients.toml`) and how a path tells which one it is.

use std::cmp::Ordering;

/// How a client writes its config.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Syntax {
    /// JSON, JSONC or JSON5.
    Json,
    /// TOML.
    Toml,
    /// YAML.
    Yaml,
    /// XML, as JetBrains IDEs serialise their settings.
    Xml,
    /// YAML between two lines of dashes at the head of a Markdown text.
    FrontMatter,
    /// JSON whose values are JSON in strings, as a program keeps its state in the store of its page.
    Stored,
    /// A database, a program, or no file of its own: by its path it is not read as a config.
    Unread,
}

/// The systems that a place is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Systems(u8);

impl Systems {
    /// Their names; none where it is on all of them.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        let all = self.0 == 7;
        let named = [(1, "linux"), (2, "macos"), (4, "windows")];
        named.into_iter().filter(move |(bit, _)| !all && self.0 & bit != 0).map(|(_, name)| name)
    }
}

/// Where a client keeps a config.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientPlace {
    /// `user`, `project`, `system`, `plugin` …
    pub scope: &'static str,
    /// On which systems.
    pub systems: Systems,
    /// Its path pattern: below `~`, `{config}` or `{local}`, absolute, or relative to a project.
    pub path: &'static str,
}

/// An MCP client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Client {
    /// The product's name in kebab case.
    pub id: &'static str,
    /// The product's name.
    pub name: &'static str,
    /// Other names of it, and products that share its configs.
    pub aliases: &'static [&'static str],
    /// What its configs are written in, where the extension does not tell.
    pub syntax: Syntax,
    /// Key of its map of servers; empty where there is none.
    pub servers: &'static str,
    /// Where the config is described.
    pub documentation: &'static str,
    /// Where it keeps its configs.
    pub places: &'static [ClientPlace],
    /// Path patterns of its configs; each matches at the end of any path.
    pub paths: &'static [&'static str],
    /// Fields that hold credentials, for people to read.
    pub credentials: &'static [&'static str],
    /// How it refers to a credential instead of holding it, for people to read.
    pub references: &'static [&'static str],
    /// Its configs are told by what stands in them, as their names say nothing; one that does not parse is nobody's then.
    pub by_content: bool,
    /// Why there is no config that could be read, where there is none.
    pub unread: Option<&'static str>,
    /// What of this is not confirmed by its source or vendor.
    pub unverified: Option<&'static str>,
    /// What else there is to know.
    pub note: Option<&'static str>,
}

/// A path pattern, by its last segment.
struct Pattern {
    /// Last segment, in lower case.
    last: &'static str,
    /// The whole pattern, in lower case.
    whole: &'static str,
    /// Index of the client.
    client: usize,
}

include!(concat!(env!("OUT_DIR"), "/clients.rs"));

/// All known clients, in the order of `rules/clients.toml`.
#[must_use]
pub fn clients() -> &'static [Client] {
    CLIENTS
}

/// The client whose config a `/`-separated path is; of several, the one with the most telling pattern.
#[must_use]
pub fn recognise(path: &str) -> Option<&'static Client> {
    let path = path.trim_end_matches('/');
    let last = path.rsplit('/').next()?.as_bytes();
    let from = EXACT.partition_point(|pattern| caseless(pattern.last.as_bytes(), last) == Ordering::Less);
    let exact = EXACT[from..].iter().take_while(|pattern| caseless(pattern.last.as_bytes(), last) == Ordering::Equal);
    // Most names end this here: the path is taken apart for those only that some pattern ends in.
    let mut candidates = exact.chain(WILD.iter().filter(|pattern| segment(pattern.last.as_bytes(), last))).peekable();
    candidates.peek()?;
    let path: Vec<&str> = path.split('/').rev().collect();
    candidates
        .filter(|pattern| matches(pattern.whole, &path))
        .max_by_key(|pattern| pattern.whole.len())
        .and_then(|pattern| CLIENTS.get(pattern.client))
}

/// Whether some client's config has exactly this name.
#[must_use]
pub fn is_last_part(name: &str) -> bool {
    let from = EXACT.partition_point(|pattern| caseless(pattern.last.as_bytes(), name.as_bytes()) == Ordering::Less);
    EXACT.get(from).is_some_and(|pattern| caseless(pattern.last.as_bytes(), name.as_bytes()) == Ordering::Equal)
}

/// Compares a lower-case pattern with a name of any case.
fn caseless(pattern: &[u8], name: &[u8]) -> Ordering {
    pattern.iter().copied().cmp(name.iter().map(u8::to_ascii_lowercase))
}

/// Whether the pattern matches at the end of the path: `*` within a segment, `**` for any number of segments.
fn matches(pattern: &str, path: &[&str]) -> bool {
    if !pattern.contains("**") {
        let mut above = path.iter();
        return pattern
            .rsplit('/')
            .all(|part| above.next().is_some_and(|name| segment(part.as_bytes(), name.as_bytes())));
    }
    let pattern: Vec<&str> = pattern.split('/').rev().collect();
    tail(&pattern, path)
}

fn tail(pattern: &[&str], path: &[&str]) -> bool {
    match pattern.split_first() {
        None => true,
        Some((&"**", rest)) => (0..=path.len()).any(|skipped| tail(rest, &path[skipped..])),
        Some((first, rest)) => path
            .split_first()
            .is_some_and(|(name, above)| segment(first.as_bytes(), name.as_bytes()) && tail(rest, above)),
    }
}

/// Whether a name matches one segment of a pattern, without regard to case.
#[must_use]
pub fn matches_segment(pattern: &str, name: &str) -> bool {
    segment(pattern.to_ascii_lowercase().as_bytes(), name.as_bytes())
}

/// Whether one segment matches, in time linear in the name for each `*`.
pub(super) fn segment(pattern: &[u8], name: &[u8]) -> bool {
    let differ = |of: Option<&u8>, with: Option<&u8>| {
        of.is_some_and(|byte| *byte != b'*' && with.is_none_or(|with| *byte != with.to_ascii_lowercase()))
    };
    if differ(pattern.last(), name.last()) || differ(pattern.first(), name.first()) {
        return false;
    }
    let (mut at, mut from, mut star) = (0, 0, None);
    while from < name.len() {
        if pattern.get(at) == Some(&b'*') {
            star = Some((at, from));
            at += 1;
        } else if pattern.get(at).is_some_and(|byte| *byte == name[from].to_ascii_lowercase()) {
            at += 1;
            from += 1;
        } else if let Some((star_at, star_from)) = star {
            at = star_at + 1;
            from = star_from + 1;
            star = Some((star_at, from));
        } else {
            return false;
        }
    }
    pattern[at..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_client_that_the_contract_lists_is_known() {
        for id in [
            "claude-code",
            "claude-desktop",
            "cursor",
            "vscode",
            "visual-studio",
            "windsurf",
            "cline",
            "roo-code",
            "kilo-code",
            "gemini-cli",
            "qwen-code",
            "codex",
            "amazon-q",
            "kiro",
            "zed",
            "opencode",
            "crush",
            "amp",
            "lm-studio",
            "junie",
            "copilot-cli",
            "goose",
            "continue",
            "librechat",
        ] {
            assert!(clients().iter().any(|client| client.id == id), "{id}");
        }
    }

    #[test]
    fn a_pattern_matches_at_the_end_of_any_path() {
        for (path, id) in [
            (".mcp.json", "claude-code"),
            ("backup/home/me/.claude.json", "claude-code"),
            ("a/.cursor/mcp.json", "cursor"),
            ("x/Library/Application Support/Claude/claude_desktop_config.json", "claude-desktop"),
            ("AppData/Roaming/Code - Insiders/User/profiles/1a/mcp.json", "vscode"),
            ("team.code-workspace", "vscode"),
            (".devcontainer/devcontainer.json", "vscode"),
            (".vscode/mcp.json", "vscode"),
            ("u/.config/Code/User/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json", "cline"),
            ("u/globalStorage/rooveterinaryinc.roo-cline/settings/mcp_settings.json", "roo-code"),
            (".codex/config.toml", "codex"),
            (".gemini/settings.json", "gemini-cli"),
            (".config/goose/config.yaml", "goose"),
            (".zed/settings.json", "zed"),
            (".kiro/settings/mcp.json", "kiro"),
            ("x/.VS/mcp.json", "visual-studio"),
        ] {
            assert_eq!(recognise(path).map(|client| client.id), Some(id), "{path}");
        }
        for path in ["mcp.json.md", "settings.json", "src/config.toml", "", "/", "a/claude.json"] {
            assert!(recognise(path).is_none(), "{path}");
        }
    }

    #[test]
    fn ids_are_kebab_case_and_unique() {
        let mut ids: Vec<_> = clients().iter().map(|client| client.id).collect();
        assert!(
            ids.iter()
                .all(|id| id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'))
        );
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), clients().len());
    }
}
