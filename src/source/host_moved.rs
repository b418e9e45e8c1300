//! Places that a user has moved: the variables of the environment by which clients, shells and systems look elsewhere.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::host::{Home, HostPlace, Pattern, Search, Sought, patterns};
use super::host_places::Sort;
use crate::coverage::Coverage;

/// A variable that names a directory, and the beginnings of patterns that lie there with what takes their place.
type Moved = (&'static str, &'static [(&'static str, &'static str)]);

/// As the clients document; the last ones are those of the XDG base directories and of Windows.
const DIRECTORIES: &[Moved] = &[
    ("CLAUDE_CONFIG_DIR", &[("~/.claude/", ""), ("~/.claude.json", ".claude.json")]),
    ("CODEX_HOME", &[("~/.codex/", "")]),
    ("COPILOT_HOME", &[("~/.copilot/", "")]),
    ("CLINE_DIR", &[("~/.cline/", "")]),
    ("CRUSH_GLOBAL_CONFIG", &[("~/.config/crush/", "")]),
    ("CRUSH_GLOBAL_DATA", &[("~/.local/share/crush/", "")]),
    ("GROK_HOME", &[("~/.grok/", "")]),
    ("KIMI_CODE_HOME", &[("~/.kimi-code/", "")]),
    ("MCP_REMOTE_CONFIG_DIR", &[("~/.mcp-auth/", "")]),
    ("OPENCODE_CONFIG_DIR", &[("~/.config/opencode/", "")]),
    ("PI_CODING_AGENT_DIR", &[("~/.pi/agent/", "")]),
    ("VSCODE_PORTABLE", &[("{config}/Code/", "user-data/"), ("~/.vscode/extensions/", "extensions/")]),
    ("ZDOTDIR", &[("~/.zsh", ".zsh"), ("~/.zprofile", ".zprofile"), ("~/.zlogin", ".zlogin")]),
    ("XDG_CONFIG_HOME", &[("~/.config/", ""), ("{config}/", "")]),
    ("XDG_DATA_HOME", &[("~/.local/share/", ""), ("{local}/", "")]),
    ("XDG_STATE_HOME", &[("~/.local/state/", "")]),
    ("XDG_CACHE_HOME", &[("~/.cache/", "")]),
    ("APPDATA", &[("~/AppData/Roaming/", ""), ("{config}/", "")]),
    ("LOCALAPPDATA", &[("~/AppData/Local/", ""), ("{local}/", "")]),
];

/// Variables that name a file, or a directory and the file in it; where such a file usually lies, what it is, whose.
const FILES: &[(&str, &str, &str, Sort, Option<&str>)] = &[
    ("HISTFILE", "", ".bash_history", Sort::Shell, None),
    ("LIBRECHAT_CONFIG_DIR", "LibreChat/librechat.yaml", "librechat.yaml", Sort::Config, Some("librechat")),
    ("MCP_CATALOG_PATH", "", ".mcp-inspector/mcp.json", Sort::Config, Some("mcp-inspector")),
    ("OPENCODE_CONFIG", "", "opencode.json", Sort::Config, Some("opencode")),
];

/// The places of this user that variables of the environment name; `variable` gives their values.
#[must_use]
pub fn moved_places(
    home: &Home,
    variable: impl Fn(&str) -> Option<OsString>,
    coverage: &mut Coverage,
) -> Vec<HostPlace> {
    let absolute = |name: &str| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let mut places = Vec::new();
    for (name, moves) in DIRECTORIES {
        let Some(folder) = absolute(name).and_then(|folder| folder.canonicalize().ok()) else { continue };
        if !folder.is_dir() || folder == home.path {
            continue;
        }
        let label = reported(home, &folder);
        for (usual, instead) in *moves {
            // One search for each beginning, as what is found lies in another place for each.
            let mut search = Search::new(&folder, &label, coverage);
            for (rest, sought) in moved(usual) {
                search.pattern(&format!("{instead}{rest}"), sought);
            }
            let begins = format!("{label}/{instead}");
            places.extend(search.places().into_iter().map(|place| {
                let rest = place.reported.strip_prefix(&begins).unwrap_or_default();
                HostPlace { usual: Some(format!("{}{rest}", plain(usual))), ..place }
            }));
        }
    }
    for (name, within, usual, sort, client) in FILES {
        // An empty end would make a directory of a file's name.
        let whole = |path: PathBuf| if within.is_empty() { path } else { path.join(within) };
        let Some(path) = absolute(name).and_then(|path| whole(path).canonicalize().ok()) else { continue };
        if path.is_file() {
            let zsh = *sort == Sort::Shell && path.to_string_lossy().contains("zsh");
            let usual = if zsh { ".zsh_history" } else { usual };
            let reported = reported(home, &path);
            places.push(HostPlace { reported, path, sort: *sort, client: *client, usual: Some(usual.to_owned()) });
        }
    }
    places
}

/// The patterns that begin so, without that beginning.
fn moved(usual: &str) -> impl Iterator<Item = (&'static str, Sought)> {
    patterns().filter_map(move |Pattern { pattern, sought }| Some((pattern.strip_prefix(usual)?, sought)))
}

/// A beginning of patterns as it is on Linux, relative to the home.
fn plain(usual: &str) -> String {
    let of = |mark: &str, folder: &str| usual.strip_prefix(mark).map(|rest| format!("{folder}/{rest}"));
    of("{config}/", ".config")
        .or_else(|| of("{local}/", ".local/share"))
        .unwrap_or_else(|| usual.trim_start_matches("~/").to_owned())
}

fn reported(home: &Home, path: &Path) -> String {
    match path.strip_prefix(&home.path) {
        Ok(below) => format!("{}/{}", home.label, below.to_string_lossy()),
        Err(_) => path.to_string_lossy().trim_start_matches('/').to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(home: &Home, variables: &[(&str, &Path)]) -> Vec<(String, Option<&'static str>, Option<String>)> {
        let value = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, path)| path.into());
        let places = moved_places(home, value, &mut Coverage::default());
        let mut told: Vec<_> = places.into_iter().map(|place| (place.reported, place.client, place.usual)).collect();
        told.sort();
        told
    }

    #[test]
    fn what_a_variable_has_moved_is_found_and_told_by_where_it_usually_lies() {
        let dir = tempfile::tempdir().expect("temporary directory");
        for file in [
            "home/tools/codex/config.toml",
            "home/tools/codex/sessions/1.jsonl",
            "conf/goose/config.yaml",
            "conf/Code/User/mcp.json",
            "claude/.claude.json",
            "claude/settings.json",
            "z/.zshrc",
            "z/.zed.json",
            "hist/zsh",
        ] {
            let path = dir.path().join(file);
            std::fs::create_dir_all(path.parent().expect("below")).expect("directory");
            std::fs::write(path, "{}").expect("file");
        }
        let base = dir.path().canonicalize().expect("real path");
        let home = Home::at(&base.join("home")).expect("a home");
        let of = |name, path: &str| found(&home, &[(name, &base.join(path))]);
        let outside = |path: &str| base.join(path).to_string_lossy().trim_start_matches('/').to_owned();
        let usual = |path: &str| Some(path.to_owned());
        assert_eq!(
            of("CODEX_HOME", "home/tools/codex"),
            [
                ("~/tools/codex/config.toml".to_owned(), Some("codex"), usual(".codex/config.toml")),
                ("~/tools/codex/sessions".to_owned(), None, usual(".codex/sessions")),
            ]
        );
        assert_eq!(
            of("XDG_CONFIG_HOME", "conf"),
            [
                (outside("conf/Code/User/mcp.json"), Some("vscode"), usual(".config/Code/User/mcp.json")),
                (outside("conf/goose/config.yaml"), Some("goose"), usual(".config/goose/config.yaml")),
            ]
        );
        assert_eq!(
            of("CLAUDE_CONFIG_DIR", "claude"),
            [
                (outside("claude/.claude.json"), Some("claude-code"), usual(".claude.json")),
                (outside("claude/.claude.json"), Some("claude-code"), usual(".claude/.claude.json")),
                (outside("claude/settings.json"), Some("claude-code"), usual(".claude/settings.json")),
            ]
        );
        assert_eq!(of("ZDOTDIR", "z"), [(outside("z/.zshrc"), None, usual(".zshrc"))]);
        assert_eq!(of("HISTFILE", "hist/zsh"), [(outside("hist/zsh"), None, usual(".zsh_history"))]);
        assert!(found(&home, &[("CODEX_HOME", Path::new("tools/codex"))]).is_empty(), "a relative one is no directory");
    }
}
