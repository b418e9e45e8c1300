//! What the user asked to scan: targets and options, checked as a whole before anything is read.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::archive::{DEFAULT_DEPTH, Limits};
use super::exclude::{Exclude, ExcludeError};
use super::git::Label;
use super::host::{Home, HostPlace};
use super::known::is_known;
use super::repository::Repository;
use super::window::SMALLEST;
use super::{Asset, Item};

/// Size above which a file is scanned in windows, in bytes, where the user names none.
pub const DEFAULT_MAX_FILE_SIZE: u64 = 64 << 20;

/// Most threads that are started, however many are asked for: each may hold a window in memory.
const MOST_THREADS: usize = 256;

/// Why a scan cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// A path on the command line does not exist.
    #[error("`{path}` does not exist\nhint: check the path; it is looked up from `{cwd}`")]
    Missing {
        /// The path as it was typed.
        path: String,
        /// The current directory.
        cwd: String,
    },
    /// What was named as a home directory is none.
    #[error(
        "`{path}` is not a home directory that can be read\nhint: name the directory that holds `.config`, `.claude` and the like"
    )]
    Home {
        /// The path as it was typed.
        path: String,
    },
    /// An `--exclude` glob does not parse.
    #[error(transparent)]
    Exclude(#[from] ExcludeError),
    /// The current directory cannot be resolved.
    #[error("the current directory `{path}` cannot be read: {source}\nhint: change to a directory that exists")]
    CurrentDirectory {
        /// The directory.
        path: String,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
}

/// How the targets are to be scanned.
#[derive(Debug, Clone)]
pub struct Options {
    /// Scan what `.gitignore` excludes too.
    pub no_ignore: bool,
    /// Globs of reported paths that are left out.
    pub exclude: Vec<String>,
    /// Leave excluded and ignored files out even where they are named as a target.
    pub force_exclude: bool,
    /// Size above which a file is scanned in overlapping windows of that size, in bytes; at least 1 MiB is used.
    pub max_file_size: u64,
    /// How many archives within each other are opened; 0 = none, archives are scanned as any file.
    pub max_archive_depth: u8,
    /// The targets are env dumps.
    pub env_dump: bool,
    /// Objects of repositories are scanned too, so that a bare one is no gap.
    pub history: bool,
    /// Number of scanning threads; 0 stands for one a core.
    pub threads: usize,
    /// The directory that targets and reported paths are relative to.
    pub cwd: PathBuf,
}

impl Options {
    /// The defaults, relative to `cwd`.
    #[must_use]
    pub fn new(cwd: PathBuf) -> Self {
        Self {
            no_ignore: false,
            exclude: Vec::new(),
            force_exclude: false,
            max_file_size: DEFAULT_MAX_FILE_SIZE,
            max_archive_depth: DEFAULT_DEPTH,
            env_dump: false,
            history: false,
            threads: 0,
            cwd,
        }
    }

    /// How much of an archive is read, and how large a window is.
    #[must_use]
    pub fn limits(&self) -> Limits {
        let window = usize::try_from(self.max_file_size).unwrap_or(usize::MAX).max(SMALLEST);
        Limits::new(self.max_archive_depth, window)
    }
}

/// One target, resolved.
#[derive(Debug, Clone)]
pub(super) struct Root {
    pub(super) kind: RootKind,
    /// Real path: absolute, without symbolic links.
    pub(super) path: PathBuf,
    /// Reported path of the target itself; empty where reported paths are relative to it.
    pub(super) reported: String,
    /// Only files at known places below it are scanned.
    pub(super) known_only: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum RootKind {
    Directory,
    File,
    /// A FIFO, socket or device.
    Special,
    /// There, but the system refuses to say what it is.
    Refused(String),
    Stdin,
}

/// What will be scanned and how: everything that can be wrong about a command line has been checked.
#[derive(Debug)]
pub struct Plan {
    pub(super) roots: Vec<Root>,
    /// Real paths of all targets, which a walk that meets one leaves to that target.
    pub(super) own: BTreeSet<PathBuf>,
    pub(super) exclude: Exclude,
    pub(super) options: Options,
    /// What is scanned beside the targets.
    pub(super) items: Vec<Item>,
    /// Reported paths of what the user has moved, and where it usually lies.
    moved: Vec<(String, String)>,
    /// Real path of the current directory.
    cwd: PathBuf,
    repositories: Mutex<BTreeMap<PathBuf, Arc<Repository>>>,
    /// Bare repositories that the walk met.
    bare: Mutex<BTreeSet<PathBuf>>,
}

impl Plan {
    /// Resolves targets (paths, or `-` for standard input); none stands for the current directory.
    ///
    /// # Errors
    /// Where a target does not exist or a glob is not valid. Nothing has been scanned then.
    pub fn new(targets: &[PathBuf], options: Options) -> Result<Self, TargetError> {
        let exclude = Exclude::new(&options.exclude)?;
        let cwd = options
            .cwd
            .canonicalize()
            .map_err(|source| TargetError::CurrentDirectory { path: options.cwd.display().to_string(), source })?;
        let here = [PathBuf::from(".")];
        let mut roots = Vec::new();
        let mut own = BTreeSet::new();
        for target in if targets.is_empty() { &here[..] } else { targets } {
            let root = Root::resolve(target, &options.cwd, &cwd)?;
            if own.insert(root.path.clone()) {
                roots.push(root);
            }
        }
        Ok(Self {
            roots,
            own,
            exclude,
            options,
            items: Vec::new(),
            moved: Vec::new(),
            cwd,
            repositories: Mutex::default(),
            bare: Mutex::default(),
        })
    }

    /// What is at known places of a host, each under the name that it is reported by; `crawled` directories for the known
    /// places in them; and what is not a file of the file system.
    ///
    /// # Errors
    /// Where a directory does not exist or a glob is not valid.
    pub fn of_host(
        places: &[HostPlace],
        crawled: &[PathBuf],
        homes: &[Home],
        items: Vec<Item>,
        options: Options,
    ) -> Result<Self, TargetError> {
        let mut plan = Self::new(crawled, options)?;
        if crawled.is_empty() {
            plan.roots.clear();
            plan.own.clear();
        }
        for root in &mut plan.roots {
            root.known_only = true;
            if let Some((home, below)) =
                homes.iter().find_map(|home| Some((home, root.path.strip_prefix(&home.path).ok()?)))
            {
                root.reported = join(&home.label, &reported(below));
            }
        }
        for HostPlace { reported, path, sort, usual, .. } in places {
            if plan.own.insert(path.clone()) {
                plan.moved.extend(usual.iter().map(|usual| (reported.clone(), usual.clone())));
                let kind = if sort.is_directory() && path.is_dir() { RootKind::Directory } else { RootKind::File };
                let (path, reported) = (path.clone(), reported.clone());
                plan.roots.push(Root { kind, path, reported, known_only: false });
            }
        }
        plan.items = items;
        Ok(plan)
    }

    /// Where a file usually lies that is reported by this path, where the user has moved it.
    pub(super) fn usual(&self, reported: &str) -> Option<Box<str>> {
        self.moved.iter().find_map(|(from, to)| {
            let rest = reported.strip_prefix(from.as_str())?;
            (rest.is_empty() || rest.starts_with('/')).then(|| format!("{to}{rest}").into())
        })
    }

    /// The repositories that the walk has met.
    #[must_use]
    pub fn assets(&self) -> Vec<Arc<Asset>> {
        let known = self.repositories.lock().unwrap_or_else(PoisonError::into_inner);
        known.values().map(|repository| Arc::clone(&repository.asset)).collect()
    }

    /// Whether a file is among the targets of this plan itself; one that is walked to counts too where all below is scanned.
    #[must_use]
    pub fn reaches(&self, path: &Path) -> bool {
        let known = || is_known(&path.to_string_lossy().replace('\\', "/"));
        let within = |root: &Root| path.starts_with(&root.path) && (!root.known_only || known());
        self.own.contains(path) || self.roots.iter().any(within)
    }

    /// Where the file lies that is reported by this path, as far as a directory among the targets of this plan tells.
    #[must_use]
    pub fn real_path(&self, reported: &str) -> Option<PathBuf> {
        let below = |root: &Root| {
            if root.reported == reported {
                return Some((root.reported.len(), root.path.clone()));
            }
            let rest = match root.reported.as_str() {
                "" => reported,
                above => reported.strip_prefix(above)?.strip_prefix('/')?,
            };
            Some((root.reported.len(), root.path.join(rest)))
        };
        let directories = self.roots.iter().filter(|root| root.kind == RootKind::Directory);
        directories.filter_map(below).max_by_key(|(len, _)| *len).map(|(_, path)| path)
    }

    /// Number of scanning threads.
    #[must_use]
    pub fn threads(&self) -> usize {
        match self.options.threads {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            threads => threads.min(MOST_THREADS),
        }
    }

    /// Size above which a file is scanned in windows, in bytes.
    #[must_use]
    pub const fn max_file_size(&self) -> u64 {
        self.options.max_file_size
    }

    /// How much of an archive is read.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.options.limits()
    }

    /// The repository whose work tree begins at `root`, opened once for all targets.
    pub(super) fn repository(&self, root: &Path) -> Arc<Repository> {
        let mut known = self.repositories.lock().unwrap_or_else(PoisonError::into_inner);
        let open = || Arc::new(Repository::open(root, &self.label(root)));
        Arc::clone(known.entry(root.to_owned()).or_insert_with(open))
    }

    /// Remembers a bare repository.
    pub(super) fn meet_bare(&self, directory: &Path) {
        self.bare.lock().unwrap_or_else(PoisonError::into_inner).insert(directory.to_owned());
    }

    /// The roots of the work trees, and the bare repositories, that a walk over this plan has met.
    #[must_use]
    pub fn met(&self) -> (Vec<Arc<Repository>>, Vec<PathBuf>) {
        let repositories = self.repositories.lock().unwrap_or_else(PoisonError::into_inner);
        let bare = self.bare.lock().unwrap_or_else(PoisonError::into_inner);
        (repositories.values().cloned().collect(), bare.iter().cloned().collect())
    }

    /// How paths of the repository at `root` are reported.
    #[must_use]
    pub fn label_paths(&self, root: &Path) -> Label {
        let directories = self.roots.iter().filter(|other| other.kind == RootKind::Directory);
        let meant = |other: &&Path| root.starts_with(other) || other.starts_with(root);
        let target = directories.map(|other| other.path.as_path()).find(meant);
        let from = match target {
            Some(target) if !target.starts_with(&self.cwd) => Some(target),
            _ if root.starts_with(&self.cwd) || self.cwd.starts_with(root) => Some(self.cwd.as_path()),
            target => target,
        };
        let below = |path: &Path, above: &Path| path.strip_prefix(above).map(reported).unwrap_or_default();
        let from = from.unwrap_or(root);
        Label { above: below(root, from), within: below(from, root) }
    }

    /// What leaves paths out.
    #[must_use]
    pub const fn exclude(&self) -> &Exclude {
        &self.exclude
    }

    /// The name of a bare repository in reports.
    #[must_use]
    pub fn name_bare(&self, directory: &Path) -> String {
        self.label(directory)
    }

    /// What a repository without a remote is called: its reported root, which must differ from that of every other
    /// repository of the run, or copies of a credential would not look like copies.
    fn label(&self, root: &Path) -> String {
        if let Ok(below) = root.strip_prefix(&self.cwd) {
            return if below.as_os_str().is_empty() { ".".to_owned() } else { reported(below) };
        }
        let inside = self.roots.iter().filter(|other| other.kind == RootKind::Directory);
        let top = inside.map(|other| other.path.as_path()).filter(|other| root.starts_with(other)).max();
        let top = top.unwrap_or(root);
        let below = reported(root.strip_prefix(top).unwrap_or(Path::new("")));
        join(&self.shortest_name(top), &below)
    }

    /// The name of a directory with as many of its parents as tell it from the other targets.
    fn shortest_name(&self, directory: &Path) -> String {
        let names = |path: &Path| {
            let parts = path.components().filter_map(|part| match part {
                Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
                _ => None,
            });
            parts.collect::<Vec<_>>()
        };
        let own = names(directory);
        let others = self.roots.iter().map(|root| root.path.as_path()).filter(|path| *path != directory);
        let others: Vec<_> = others.map(names).collect();
        let len = (1..own.len()).find(|&len| others.iter().all(|other| !other.ends_with(&own[own.len() - len..])));
        own[own.len() - len.unwrap_or(own.len())..].join("/")
    }
}

impl Root {
    fn resolve(target: &Path, cwd: &Path, real_cwd: &Path) -> Result<Self, TargetError> {
        if target == Path::new("-") {
            return Ok(Self {
                kind: RootKind::Stdin,
                path: PathBuf::from("-"),
                reported: "<stdin>".to_owned(),
                known_only: false,
            });
        }
        let missing = || TargetError::Missing { path: target.display().to_string(), cwd: cwd.display().to_string() };
        let absolute = real_cwd.join(target);
        // A link named by the user is followed: he pointed at it.
        let kind = match std::fs::metadata(&absolute) {
            _ if target.as_os_str().is_empty() => return Err(missing()),
            Ok(meta) if meta.is_dir() => RootKind::Directory,
            Ok(meta) if meta.is_file() => RootKind::File,
            Ok(_) => RootKind::Special,
            Err(error) if is_missing(&error) => return Err(missing()),
            Err(error) => RootKind::Refused(error.to_string()),
        };
        let path = absolute.canonicalize().unwrap_or_else(|_| absolute.clone());
        let typed: PathBuf = absolute.components().filter(|part| *part != Component::CurDir).collect();
        let goes_up = typed.components().any(|part| part == Component::ParentDir);
        // The path as it was typed names the file best; with `..` in it only the real path says where it lies.
        let below = if goes_up { None } else { typed.strip_prefix(real_cwd).ok() };
        let reported = match below.or_else(|| path.strip_prefix(real_cwd).ok()) {
            Some(below) => reported(below),
            None if kind == RootKind::Directory => String::new(),
            None => path.file_name().map(OsStr::to_string_lossy).unwrap_or_default().into_owned(),
        };
        Ok(Self { kind, path, reported, known_only: false })
    }
}

/// Whether the system says that there is no such file, in any of its ways.
fn is_missing(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory)
}

/// A relative path as it is reported: `/`-separated, bytes that are not UTF-8 shown as U+FFFD.
pub(super) fn reported(path: &Path) -> String {
    let parts: Vec<_> = path.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
    parts.join("/")
}

/// Two reported paths, one below the other; either may be empty.
pub(super) fn join(above: &str, below: &str) -> String {
    match (above.is_empty(), below.is_empty()) {
        (true, _) => below.to_owned(),
        (_, true) => above.to_owned(),
        _ => format!("{above}/{below}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(cwd: &Path, targets: &[&str]) -> Result<Plan, TargetError> {
        let targets: Vec<_> = targets.iter().map(PathBuf::from).collect();
        Plan::new(&targets, Options::new(cwd.to_owned()))
    }

    fn reported_roots(plan: &Plan) -> Vec<&str> {
        plan.roots.iter().map(|root| root.reported.as_str()).collect()
    }

    #[test]
    fn paths_are_relative_to_the_current_directory_when_below_it_and_to_the_target_otherwise() {
        let dir = tempfile::tempdir().expect("temporary directory");
        std::fs::create_dir_all(dir.path().join("work/sub")).expect("writable");
        std::fs::create_dir_all(dir.path().join("other")).expect("writable");
        std::fs::write(dir.path().join("other/a.env"), "").expect("writable");
        let cwd = dir.path().join("work");
        let below = cwd.join("sub").display().to_string();
        let all = plan(&cwd, &[".", "./sub/", "../other", "../other/a.env", "-"]).expect("all exist");
        assert_eq!(reported_roots(&all), ["", "sub", "", "a.env", "<stdin>"]);
        assert_eq!(reported_roots(&plan(&cwd, &[&below]).expect("exists")), ["sub"]);
        assert_eq!(reported_roots(&plan(&cwd, &["../work/sub"]).expect("exists")), ["sub"]);
    }

    #[test]
    fn a_missing_path_is_named_with_a_hint_before_anything_is_scanned() {
        let dir = tempfile::tempdir().expect("temporary directory");
        let error = plan(dir.path(), &[".", "no/such"]).expect_err("missing");
        assert!(error.to_string().contains("`no/such`") && error.to_string().contains("hint:"));
    }

    #[test]
    fn a_target_named_twice_is_scanned_once() {
        let dir = tempfile::tempdir().expect("temporary directory");
        std::fs::create_dir(dir.path().join("a")).expect("writable");
        assert_eq!(reported_roots(&plan(dir.path(), &["a", "a/", "./a"]).expect("exists")), ["a"]);
    }

    #[test]
    fn repositories_without_a_remote_get_names_of_their_own() {
        let dir = tempfile::tempdir().expect("temporary directory");
        for path in ["cwd", "x/ws", "y/ws", "z"] {
            std::fs::create_dir_all(dir.path().join(path)).expect("writable");
        }
        let base = dir.path().canonicalize().expect("real path");
        let plan = plan(&base.join("cwd"), &["../x/ws", "../y/ws", "../z"]).expect("all exist");
        let names: Vec<_> = ["x/ws", "y/ws/nested", "z"].map(|path| plan.label(&base.join(path))).into();
        assert_eq!(names, ["x/ws", "y/ws/nested", "z"]);
    }
}
