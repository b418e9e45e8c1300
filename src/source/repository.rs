//! A git repository as a place: its root, its name, what HEAD names, and which of its files are tracked.
//!
//! Only files of the `.git` directory are read, each of bounded size; no hook, filter, fsmonitor or setting of the
//! repository or of the user takes effect, so a repository owned by somebody else is as safe to read as any.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Asset;
use super::git::{GitDirectory, refs};
use super::git_config::{GitConfig, canonical_remote, public_remote};
use super::git_index::Tracked;
use super::split_index;

/// Largest index read, in bytes: about four million files.
pub(super) const LARGEST_INDEX: u64 = 512 << 20;
/// Largest config read, in bytes: ten thousand branches. Parsing takes a hundred times that in memory.
const LARGEST_CONFIG: u64 = 1 << 20;
/// Largest HEAD, ref or `packed-refs` read, in bytes.
const LARGEST_TEXT: u64 = 16 << 20;

/// A repository with a work tree.
#[derive(Debug)]
pub struct Repository {
    /// Root of the work tree.
    pub root: PathBuf,
    /// Its reported root.
    pub label: String,
    /// Its name in reports.
    pub asset: Arc<Asset>,
    /// Its tracked paths, relative to the root.
    pub tracked: Tracked,
    /// Why tracked and ignored files cannot be told apart; everything is scanned then.
    pub unsupported: Option<String>,
}

/// The root of the work tree that `dir` lies in: the nearest directory, itself or above, that holds a `.git`.
#[must_use]
pub fn root_of(dir: &Path) -> Option<&Path> {
    dir.ancestors().find(|dir| is_root(dir))
}

/// Whether `dir` is the root of a work tree. An empty `.git` makes none, for git neither.
#[must_use]
pub fn is_root(dir: &Path) -> bool {
    let git = dir.join(".git");
    match fs::metadata(&git) {
        Ok(meta) if meta.is_dir() => fs::read_dir(&git).map_or(true, |mut entries| entries.next().is_some()),
        Ok(meta) => meta.is_file(),
        Err(_) => false,
    }
}

impl Repository {
    /// The asset of a bare repository, or of one that is known by its directory; `label` names it where it has no remote.
    #[must_use]
    pub fn asset(directory: &GitDirectory, label: &str) -> Asset {
        let mut asset = Asset { id: format!("repo:{label}"), remote: None, revision: None, branch: None };
        if let Some(url) = directory.config.remote() {
            asset.remote = public_remote(url);
            asset.id = canonical_remote(url).unwrap_or(asset.id);
        }
        if let Ok(head) = refs::head(directory) {
            (asset.branch, asset.revision) = (head.branch, head.commit.map(|id| id.to_string()));
        }
        asset
    }

    /// Opens the work tree at `root`; `label` names it in reports where it has no remote.
    #[must_use]
    pub fn open(root: &Path, label: &str) -> Self {
        let mut asset = asset(label, &GitConfig::default());
        let tracked = directories(root).and_then(|(own, common)| {
            let config = config(&common.join("config"))?;
            asset = self::asset(label, &config);
            (asset.branch, asset.revision) = match config.reftable {
                true => head_of_tables(root),
                false => head(&own, &common),
            };
            let path = own.join("index");
            if is_absent(&path) {
                // Nothing was ever added.
                return Ok(Tracked::default());
            }
            let index = read_bounded(&path, LARGEST_INDEX).ok_or("its index cannot be read")?;
            let hash = if config.sha256 { 32 } else { 20 };
            let index = split_index::whole(index, &own, hash);
            index.and_then(|index| Tracked::parse(&index, hash)).map_err(|error| error.to_string())
        });
        let (tracked, unsupported) = match tracked {
            Ok(tracked) => (tracked, None),
            Err(reason) => (Tracked::default(), Some(reason)),
        };
        Self { root: root.to_owned(), label: label.to_owned(), asset: Arc::new(asset), tracked, unsupported }
    }
}

/// A repository as it is named in reports: by its remote, else by `label`. What HEAD names is not known yet.
#[must_use]
pub fn asset(label: &str, config: &GitConfig) -> Asset {
    let remote = config.remote();
    let id = remote.and_then(canonical_remote).unwrap_or_else(|| format!("repo:{label}"));
    Asset { id, remote: remote.and_then(public_remote), revision: None, branch: None }
}

/// The directory of this work tree's own state and that of what it shares with other work trees.
fn directories(root: &Path) -> Result<(PathBuf, PathBuf), String> {
    let git = root.join(".git");
    let own = if git.is_dir() {
        git
    } else {
        let text = read_text(&git).ok_or("its `.git` file cannot be read")?;
        let target = text.strip_prefix("gitdir:").ok_or("its `.git` file does not name a directory")?.trim();
        root.join(target)
    };
    if !own.join("HEAD").exists() {
        return Err(if root.join(".git").is_dir() {
            "its `.git` directory has no HEAD".to_owned()
        } else {
            "its `.git` file names a directory that is not there or is no repository".to_owned()
        });
    }
    let common = read_text(&own.join("commondir")).map_or_else(|| own.clone(), |text| own.join(text.trim()));
    Ok((own, common))
}

/// What the config at `path` says. There may be none.
fn config(path: &Path) -> Result<GitConfig, String> {
    if is_absent(path) {
        return Ok(GitConfig::default());
    }
    let bytes = read_bounded(path, LARGEST_CONFIG).ok_or("its config cannot be read")?;
    GitConfig::parse(&bytes).map_err(|error| error.to_string())
}

fn is_absent(path: &Path) -> bool {
    fs::metadata(path).is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound)
}

/// The branch and the commit that HEAD names, where refs lie in a reftable.
fn head_of_tables(root: &Path) -> (Option<String>, Option<String>) {
    let head = GitDirectory::of_work_tree(root).and_then(|directory| refs::head(&directory)).unwrap_or_default();
    (head.branch, head.commit.map(|id| id.to_string()))
}

/// The branch and the commit that HEAD names.
fn head(own: &Path, common: &Path) -> (Option<String>, Option<String>) {
    let Some(head) = read_text(&own.join("HEAD")) else { return (None, None) };
    let head = head.trim();
    let Some(name) = head.strip_prefix("ref:").map(str::trim) else { return (None, object_name(head)) };
    if !name.starts_with("refs/") || name.split('/').any(|part| part.is_empty() || part.starts_with('.')) {
        return (None, None);
    }
    let loose = read_text(&common.join(name)).and_then(|text| object_name(text.trim()));
    let revision = loose.or_else(|| {
        let packed = read_text(&common.join("packed-refs"))?;
        let line = packed.lines().find(|line| line.split_once(' ').is_some_and(|(_, other)| other == name))?;
        object_name(line.split_once(' ')?.0)
    });
    (name.strip_prefix("refs/heads/").map(str::to_owned), revision)
}

fn object_name(text: &str) -> Option<String> {
    let is_name = matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_name.then(|| text.to_ascii_lowercase())
}

fn read_text(path: &Path) -> Option<String> {
    read_bounded(path, LARGEST_TEXT).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

/// The whole of a regular file no larger than `most`; a FIFO in its place would block for ever.
pub(super) fn read_bounded(path: &Path, most: u64) -> Option<Vec<u8>> {
    let meta = fs::metadata(path).ok()?;
    if !meta.is_file() || meta.len() > most {
        return None;
    }
    let mut bytes = Vec::with_capacity(meta.len() as usize + 1);
    fs::File::open(path).ok()?.take(most).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}
