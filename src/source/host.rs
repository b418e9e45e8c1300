//! The places of a host where MCP credentials are kept: client configs, stores of tokens, shell files, transcripts.
//!
//! Only what these places name is looked at: directories are listed where a pattern asks for it, nothing is opened, and no
//! symbolic link leaves the home directory.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, FileType};
use std::path::{Path, PathBuf};
use std::rc::Rc;

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
    /// Where it usually lies, where a variable of the environment has moved it.
    pub usual: Option<String>,
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
        let mut search = Search::new(&self.path, &self.label, coverage);
        for Pattern { pattern, sought } in patterns() {
            search.everywhere(pattern, sought);
        }
        let mut places = search.places();
        places.sort();
        places
    }
}

/// The places that the machine has for all of its users.
#[must_use]
pub fn system_places() -> Vec<HostPlace> {
    let mut places = Vec::new();
    for client in client::clients() {
        let paths = client.places.iter().filter(|place| place.scope == "system" && !place.path.contains('*'));
        for path in paths.map(|place| place.path).filter(|path| Path::new(path).is_file()) {
            let reported = path.trim_start_matches('/').to_owned();
            places.push(HostPlace {
                reported,
                path: PathBuf::from(path),
                sort: Sort::Config,
                client: Some(client.id),
                usual: None,
            });
        }
    }
    places.sort();
    places
}

/// What a pattern looks for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sought {
    pub(super) sort: Sort,
    pub(super) client: Option<&'static str>,
}

/// A place below any home directory.
pub(super) struct Pattern {
    pub(super) pattern: &'static str,
    pub(super) sought: Sought,
}

/// All places that are known: configs of clients, stores of tokens, and the others.
pub(super) fn patterns() -> impl Iterator<Item = Pattern> {
    let pattern = |pattern, sort, client| Pattern { pattern, sought: Sought { sort, client } };
    let configs = client::clients().iter().flat_map(move |client| {
        client.places.iter().map(move |place| pattern(place.path, Sort::Config, Some(client.id)))
    });
    let stores = client::STORES.iter().map(move |store| pattern(store.place, Sort::Tokens, store.client));
    let others = OTHER.iter().flat_map(move |(sort, all)| all.iter().map(move |one| pattern(*one, *sort, None)));
    configs.chain(stores).chain(others)
}

/// One look through a directory. Directories are carried by their real paths, so that a file in one has its real path
/// without asking the system: a home may hold a million.
pub(super) struct Search<'s> {
    root: &'s Path,
    label: &'s str,
    /// Directories that a pattern has had listed.
    listed: BTreeMap<PathBuf, Listing>,
    /// Where links lead that stand for a directory; nowhere where they leave the root.
    links: BTreeMap<PathBuf, Option<PathBuf>>,
    entries: usize,
    coverage: &'s mut Coverage,
    /// By real path: what two patterns name is one place.
    found: BTreeMap<PathBuf, Found>,
}

/// The names in a directory and what each is.
type Listing = Rc<Vec<(OsString, FileType)>>;

/// A place but for its real path.
struct Found {
    reported: String,
    sought: Sought,
}

impl<'s> Search<'s> {
    /// A look through `root`, a real path that is reported as `label`.
    pub(super) const fn new(root: &'s Path, label: &'s str, coverage: &'s mut Coverage) -> Self {
        Self {
            root,
            label,
            listed: BTreeMap::new(),
            links: BTreeMap::new(),
            entries: 0,
            coverage,
            found: BTreeMap::new(),
        }
    }

    /// What was found, by real path.
    pub(super) fn places(self) -> Vec<HostPlace> {
        let place = |(path, Found { reported, sought: Sought { sort, client } })| HostPlace {
            reported,
            path,
            sort,
            client,
            usual: None,
        };
        self.found.into_iter().map(place).collect()
    }

    /// Looks for a pattern as each system would write it: the home may be a copy from another one.
    fn everywhere(&mut self, pattern: &str, sought: Sought) {
        if let Some(rest) = pattern.strip_prefix("~/") {
            return self.pattern(rest, sought);
        }
        for (mark, bases) in [("{config}/", CONFIG), ("{local}/", LOCAL)] {
            if let Some(rest) = pattern.strip_prefix(mark) {
                for base in bases {
                    self.pattern(&format!("{base}/{rest}"), sought);
                }
            }
        }
    }

    /// Looks for a pattern below the root.
    pub(super) fn pattern(&mut self, pattern: &str, sought: Sought) {
        let parts: Vec<&str> = pattern.split('/').collect();
        let (root, label) = (self.root, self.label);
        self.descend(root, label, &parts, sought, 0);
    }

    fn descend(&mut self, directory: &Path, reported: &str, parts: &[&str], sought: Sought, depth: usize) {
        let Some((first, rest)) = parts.split_first() else { return };
        if !first.contains('*') {
            let path = directory.join(first);
            if rest.is_empty() {
                self.take(path, format!("{reported}/{first}"), sought);
            } else if let Some(real) = self.folder(path) {
                self.descend(&real, &format!("{reported}/{first}"), rest, sought, depth);
            }
            return;
        }
        if depth > DEEPEST {
            return;
        }
        let entries = self.list(directory, reported);
        if *first == "**" {
            self.descend(directory, reported, rest, sought, depth + 1);
            // A link to a directory may lead back up.
            for (name, _) in entries.iter().filter(|(_, kind)| kind.is_dir()) {
                let below = format!("{reported}/{}", name.to_string_lossy());
                self.descend(&directory.join(name), &below, parts, sought, depth + 1);
            }
            return;
        }
        for (name, kind) in entries.iter() {
            let shown = name.to_string_lossy();
            if !client::matches_segment(first, &shown) {
                continue;
            }
            let (path, below) = (directory.join(name), format!("{reported}/{shown}"));
            if !rest.is_empty() {
                if kind.is_dir() {
                    self.descend(&path, &below, rest, sought, depth + 1);
                }
            } else if kind.is_file() {
                self.found(path, below, sought);
            } else {
                self.take(path, below, sought);
            }
        }
    }

    /// The names in a directory, which is listed once.
    fn list(&mut self, directory: &Path, reported: &str) -> Listing {
        if let Some(known) = self.listed.get(directory) {
            return Rc::clone(known);
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
            Err(error) if is_absent(&error) => {}
            Err(error) => unreadable(self.coverage, reported, &error),
        }
        let listing = Rc::new(entries);
        self.listed.insert(directory.to_path_buf(), Rc::clone(&listing));
        listing
    }

    /// The real path of a directory that a pattern leads through, if it is one within the home.
    fn folder(&mut self, path: PathBuf) -> Option<PathBuf> {
        let kind = fs::symlink_metadata(&path).ok()?.file_type();
        if !kind.is_symlink() {
            return kind.is_dir().then_some(path);
        }
        if let Some(known) = self.links.get(&path) {
            return known.clone();
        }
        let real = path.canonicalize().ok().filter(|real| real.is_dir());
        let inside = real.clone().filter(|real| real.starts_with(self.root));
        if real.is_some() && inside.is_none() {
            self.coverage.skip(Skip::Symlink);
        }
        self.links.insert(path, inside.clone());
        inside
    }

    /// Takes up what lies at a place, if anything does.
    fn take(&mut self, path: PathBuf, reported: String, sought: Sought) {
        let mut kind = match fs::symlink_metadata(&path) {
            Ok(meta) => meta.file_type(),
            Err(error) if is_absent(&error) => return,
            Err(error) => return unreadable(self.coverage, &reported, &error),
        };
        let mut real = path;
        if kind.is_symlink() {
            // A link to nothing, or in a circle, or out of the home.
            let inside = |path: &PathBuf| path.starts_with(self.root) && path != self.root;
            let led = real.canonicalize().ok().filter(inside);
            let Some((path, meta)) = led.and_then(|path| Some((path.clone(), fs::metadata(&path).ok()?))) else {
                return self.coverage.skip(Skip::Symlink);
            };
            (real, kind) = (path, meta.file_type());
        }
        if kind.is_file() || (kind.is_dir() && sought.sort.is_directory()) {
            self.found(real, reported, sought);
        } else if !kind.is_dir() {
            // What is no file is not opened; a directory of that name is somebody else's.
            self.coverage.skip(Skip::Special);
        }
    }

    fn found(&mut self, real: PathBuf, reported: String, sought: Sought) {
        self.found.entry(real).or_insert(Found { reported, sought });
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
