//! The places of a host where MCP credentials are kept: client configs, stores of tokens, shell files, transcripts.
//!
//! Only what these places name is looked at: directories are listed where a pattern asks for it, nothing is opened, and no
//! symbolic link leaves the home directory.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, FileType};
use std::path::{Path, PathBuf};

use super::host_places::{OTHER, Sort};
use super::target::TargetError;
use crate::client;
use crate::coverage::{Coverage, Notice, NoticeKind, Skip};

/// Most directory entries that are looked at for patterns: a home is no reason to run for ever.
const MOST_ENTRIES: usize = 4_000_000;
/// Deepest directory below the fixed part of a pattern with `**`.
const DEEPEST: usize = 24;

/// What stands for the directories that systems keep settings and data in.
const CONFIG: [&str; 3] = [".config", "Library/Application Support", "AppData/Roaming"];
const LOCAL: [&str; 3] = [".local/share", "Library/Application Support", "AppData/Local"];

/// A home directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    /// Its real path.
    pub path: PathBuf,
    /// How reported paths in it begin: `~`, or `~name` where several are looked at.
    pub label: String,
    /// Name of the user whose it is, as its directory is called.
    pub person: String,
}

/// A place that is there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct HostPlace {
    /// Reported path.
    pub reported: String,
    /// Real path.
    pub path: PathBuf,
    /// What it is.
    pub sort: Sort,
    /// Id of the client whose it is.
    pub client: Option<&'static str>,
}

impl Home {
    /// The home directory at a path.
    ///
    /// # Errors
    /// Where it is not a directory.
    pub fn at(path: &Path) -> Result<Self, TargetError> {
        let missing = || TargetError::Home { path: path.display().to_string() };
        let path = path.canonicalize().ok().filter(|path| path.is_dir()).ok_or_else(missing)?;
        let person = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        Ok(Self { path, label: "~".to_owned(), person })
    }

    /// All home directories of this machine, by the places where systems put them.
    #[must_use]
    pub fn all(coverage: &mut Coverage) -> Vec<Self> {
        let mut paths: Vec<PathBuf> = Vec::new();
        for parent in ["/home", "/Users", "C:/Users"] {
            let Ok(entries) = fs::read_dir(parent) else { continue };
            let directories = entries.flatten().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
            paths.extend(directories.map(|entry| entry.path()));
        }
        paths.extend(["/root", "/var/root"].map(PathBuf::from).into_iter().filter(|path| path.is_dir()));
        paths.retain(|path| !path.ends_with("Shared") && !path.ends_with("Public") && !path.ends_with("lost+found"));
        paths.sort();
        let mut homes: Vec<Self> = Vec::new();
        for path in paths {
            let Ok(home) = Self::at(&path) else { continue };
            if let Err(error) = fs::read_dir(&home.path) {
                unreadable(coverage, &format!("~{}", home.person), &error);
                continue;
            }
            if !homes.iter().any(|known| known.path == home.path) {
                homes.push(Self { label: format!("~{}", home.person), ..home });
            }
        }
        homes
    }

    /// What of the known places there is in this home directory, each once, by reported path.
    #[must_use]
    pub fn places(&self, coverage: &mut Coverage) -> Vec<HostPlace> {
        let mut search = Search { home: self, listed: BTreeMap::new(), entries: 0, coverage, found: BTreeMap::new() };
        for client in client::clients() {
            for place in client.places {
                search.everywhere(place.path, Sort::Config, Some(client.id));
            }
        }
        for store in client::STORES {
            search.everywhere(store.place, Sort::Tokens, store.client);
        }
        for (sort, patterns) in OTHER {
            for pattern in *patterns {
                search.everywhere(pattern, *sort, None);
            }
        }
        let mut places: Vec<HostPlace> = search.found.into_values().collect();
        places.sort();
        places
    }
}

/// Variables by which a user moves the directory of a client, the client, and what is in it.
const MOVED: [(&str, &str, &[&str]); 3] = [
    ("CLAUDE_CONFIG_DIR", "claude-code", &[".claude.json", "settings.json", ".credentials.json", "history.jsonl"]),
    ("CODEX_HOME", "codex", &["config.toml", ".credentials.json", "auth.json", "history.jsonl"]),
    ("COPILOT_HOME", "copilot-cli", &["mcp-config.json"]),
];

/// The places of this user that variables of the environment name; `variable` gives their values.
#[must_use]
pub fn moved_places(home: &Home, variable: impl Fn(&str) -> Option<OsString>) -> Vec<HostPlace> {
    let mut places = Vec::new();
    for (name, client, files) in MOVED {
        let Some(folder) = variable(name).map(PathBuf::from).filter(|folder| folder.is_absolute()) else { continue };
        for path in files.iter().map(|file| folder.join(file)) {
            let Some(real) = path.canonicalize().ok().filter(|real| real.is_file()) else { continue };
            let reported = match real.strip_prefix(&home.path) {
                Ok(below) => format!("{}/{}", home.label, below.to_string_lossy()),
                Err(_) => real.to_string_lossy().trim_start_matches('/').to_owned(),
            };
            let tokens = path.ends_with(".credentials.json") || path.ends_with("auth.json");
            let sort = match path.extension() {
                Some(extension) if extension == "jsonl" => Sort::Transcript,
                _ if tokens => Sort::Tokens,
                _ => Sort::Config,
            };
            places.push(HostPlace { reported, path: real, sort, client: Some(client) });
        }
    }
    places
}

/// The places that the machine has for all of its users.
#[must_use]
pub fn system_places() -> Vec<HostPlace> {
    let mut places = Vec::new();
    for client in client::clients() {
        let paths = client.places.iter().filter(|place| place.scope == "system" && !place.path.contains('*'));
        for path in paths.map(|place| place.path).filter(|path| Path::new(path).is_file()) {
            let reported = path.trim_start_matches('/').to_owned();
            places.push(HostPlace { reported, path: PathBuf::from(path), sort: Sort::Config, client: Some(client.id) });
        }
    }
    places.sort();
    places
}

/// One look through a home directory.
struct Search<'s> {
    home: &'s Home,
    /// Directories that a pattern has had listed.
    listed: BTreeMap<PathBuf, Vec<(OsString, FileType)>>,
    entries: usize,
    coverage: &'s mut Coverage,
    /// By real path: what two patterns name is one place.
    found: BTreeMap<PathBuf, HostPlace>,
}

impl Search<'_> {
    /// Looks for a pattern as each system would write it: the home may be a copy from another one.
    fn everywhere(&mut self, pattern: &str, sort: Sort, client: Option<&'static str>) {
        if let Some(rest) = pattern.strip_prefix("~/") {
            return self.pattern(rest, sort, client);
        }
        for (mark, bases) in [("{config}/", CONFIG), ("{local}/", LOCAL)] {
            if let Some(rest) = pattern.strip_prefix(mark) {
                for base in bases {
                    self.pattern(&format!("{base}/{rest}"), sort, client);
                }
            }
        }
    }

    fn pattern(&mut self, pattern: &str, sort: Sort, client: Option<&'static str>) {
        let parts: Vec<&str> = pattern.split('/').collect();
        let root = self.home.path.clone();
        self.descend(&root, &self.home.label.clone(), &parts, sort, client, 0);
    }

    fn descend(
        &mut self,
        directory: &Path,
        reported: &str,
        parts: &[&str],
        sort: Sort,
        client: Option<&'static str>,
        depth: usize,
    ) {
        let Some((first, rest)) = parts.split_first() else { return };
        if !first.contains('*') {
            let path = directory.join(first);
            let reported = format!("{reported}/{first}");
            return if rest.is_empty() {
                self.take(&path, reported, sort, client);
            } else if path.is_dir() {
                self.descend(&path, &reported, rest, sort, client, depth);
            };
        }
        if depth > DEEPEST || !self.is_inside(directory) {
            return;
        }
        self.list(directory, reported);
        let entries = self.listed.get(directory).cloned().unwrap_or_default();
        if *first == "**" {
            self.descend(directory, reported, rest, sort, client, depth + 1);
        }
        for (name, kind) in entries {
            let shown = name.to_string_lossy();
            let (path, below) = (directory.join(&name), format!("{reported}/{shown}"));
            if *first == "**" {
                // A link to a directory may lead back up.
                if kind.is_dir() {
                    self.descend(&path, &below, parts, sort, client, depth + 1);
                }
            } else if client::matches_segment(first, &shown) {
                if rest.is_empty() {
                    self.take(&path, below, sort, client);
                } else if kind.is_dir() {
                    self.descend(&path, &below, rest, sort, client, depth + 1);
                }
            }
        }
    }

    /// Lists a directory once.
    fn list(&mut self, directory: &Path, reported: &str) {
        if self.listed.contains_key(directory) {
            return;
        }
        let mut entries = Vec::new();
        match fs::read_dir(directory) {
            Ok(found) => {
                for entry in found.flatten() {
                    self.entries += 1;
                    if self.entries > MOST_ENTRIES {
                        self.coverage.skip(Skip::Unreadable);
                        let reason = "holds more entries than are looked at";
                        self.coverage.notices.insert(notice(reported, reason));
                        break;
                    }
                    entries.extend(entry.file_type().ok().map(|kind| (entry.file_name(), kind)));
                }
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotADirectory => {}
            Err(error) => unreadable(self.coverage, reported, &error),
        }
        self.listed.insert(directory.to_path_buf(), entries);
    }

    fn is_inside(&self, path: &Path) -> bool {
        path.canonicalize().is_ok_and(|path| path.starts_with(&self.home.path))
    }

    /// Takes up what lies at a place, if anything does.
    fn take(&mut self, path: &Path, reported: String, sort: Sort, client: Option<&'static str>) {
        let link = match fs::symlink_metadata(path) {
            Ok(meta) => meta.file_type().is_symlink(),
            Err(error) if is_absent(&error) => return,
            Err(error) => return unreadable(self.coverage, &reported, &error),
        };
        let real = match path.canonicalize() {
            Ok(real) => real,
            // A link to nothing, or in a circle.
            Err(_) if link => return self.coverage.skip(Skip::Symlink),
            Err(error) => return unreadable(self.coverage, &reported, &error),
        };
        if !real.starts_with(&self.home.path) || real == self.home.path {
            return self.coverage.skip(Skip::Symlink);
        }
        let Ok(meta) = fs::metadata(&real) else { return };
        let wanted = if sort.is_directory() { meta.is_dir() || meta.is_file() } else { meta.is_file() };
        if !wanted {
            // A directory of that name is somebody else's; what is no file is not opened.
            if !meta.is_dir() {
                self.coverage.skip(Skip::Special);
            }
            return;
        }
        let place = HostPlace { reported, path: real.clone(), sort, client };
        self.found.entry(real).or_insert(place);
    }
}

fn is_absent(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory)
}

fn unreadable(coverage: &mut Coverage, path: &str, error: &std::io::Error) {
    coverage.skip(Skip::Unreadable);
    coverage.notices.insert(notice(path, &format!("could not be read: {error}")));
}

fn notice(path: &str, message: &str) -> Notice {
    Notice {
        kind: NoticeKind::Unreadable,
        path: Some(path.to_owned()),
        line: None,
        message: message.to_owned(),
        hint: Some("run as a user who may read it".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home(files: &[&str]) -> (tempfile::TempDir, Home) {
        let dir = tempfile::tempdir().expect("temporary directory");
        for file in files {
            let path = dir.path().join(file);
            fs::create_dir_all(path.parent().expect("below")).expect("directory");
            fs::write(path, "{}").expect("file");
        }
        let home = Home::at(dir.path()).expect("a home");
        (dir, home)
    }

    fn reported(home: &Home) -> (Vec<(String, Option<&'static str>)>, Coverage) {
        let mut coverage = Coverage::default();
        let places = home.places(&mut coverage);
        (places.into_iter().map(|place| (place.reported, place.client)).collect(), coverage)
    }

    #[test]
    fn places_of_every_system_are_found_and_nothing_else() {
        let (_dir, home) = home(&[
            ".cursor/mcp.json",
            "Library/Application Support/Claude/claude_desktop_config.json",
            "AppData/Roaming/Code/User/profiles/1a/mcp.json",
            ".claude/plugins/cache/x/y/.mcp.json",
            ".mcp-auth/mcp-remote-v1/ab_tokens.json",
            ".zsh_history",
            "src/project/.mcp.json",
            ".config/other/mcp.json",
        ]);
        let (places, coverage) = reported(&home);
        assert_eq!(
            places,
            [
                ("~/.claude/plugins/cache/x/y/.mcp.json".to_owned(), Some("claude-code")),
                ("~/.cursor/mcp.json".to_owned(), Some("cursor")),
                ("~/.mcp-auth/mcp-remote-v1/ab_tokens.json".to_owned(), None),
                ("~/.zsh_history".to_owned(), None),
                ("~/AppData/Roaming/Code/User/profiles/1a/mcp.json".to_owned(), Some("vscode")),
                ("~/Library/Application Support/Claude/claude_desktop_config.json".to_owned(), Some("claude-desktop")),
            ]
        );
        assert!(coverage.skipped.is_empty());
    }

    #[test]
    fn a_directory_that_a_variable_names_is_looked_at() {
        let (dir, home) = home(&["tools/codex/config.toml", "tools/codex/auth.json"]);
        let folder = dir.path().join("tools/codex").into_os_string();
        let places = moved_places(&home, |name| (name == "CODEX_HOME").then(|| folder.clone()));
        let names: Vec<_> = places.iter().map(|place| (place.reported.as_str(), place.sort)).collect();
        assert_eq!(names, [("~/tools/codex/config.toml", Sort::Config), ("~/tools/codex/auth.json", Sort::Tokens)]);
        assert!(moved_places(&home, |_| Some("relative".into())).is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_within_the_home_only_and_circles_are_counted() {
        use std::os::unix::fs::symlink;
        let (dir, home) = home(&["dotfiles/zshrc", ".claude/plugins/a/.mcp.json"]);
        let outside = tempfile::NamedTempFile::new().expect("a file");
        symlink(dir.path().join("dotfiles/zshrc"), dir.path().join(".zshrc")).expect("link");
        symlink(outside.path(), dir.path().join(".bashrc")).expect("link");
        symlink(dir.path().join(".profile"), dir.path().join(".profile")).expect("link");
        symlink(dir.path(), dir.path().join(".claude/plugins/loop")).expect("link");
        let (places, coverage) = reported(&home);
        let names: Vec<_> = places.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["~/.claude/plugins/a/.mcp.json", "~/.zshrc"]);
        assert_eq!(coverage.skipped.get(&Skip::Symlink), Some(&2));
    }
}
