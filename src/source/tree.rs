//! Walks directories on several threads and decides which files count.
//!
//! The walk is our own, over the rules of crate `ignore`: that crate's walker drops an ignored file before one can see
//! that it is tracked or lies at a known place, and cannot say what it passed over.

use std::ffi::OsStr;
use std::fs::{self, FileType};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crossbeam_channel::Sender;

use super::ignored::IgnoreRules;
use super::known::is_known;
use super::repository::{Repository, is_root, root_of};
use super::target::{Plan, Root, RootKind, join};
use super::{Asset, Bytes, Item, Origin, Place};
use crate::coverage::{Coverage, Notice, NoticeKind, Skip};

/// Items handed over at a time: enough that the channel costs nothing, few enough that workers start at once.
const BATCH: usize = 64;

/// Where a directory lies in its repository.
#[derive(Clone)]
struct Scope {
    repository: Arc<Repository>,
    /// Path relative to the root, as the index writes it; empty for the root.
    path: Vec<u8>,
    /// The tracked paths below this directory.
    tracked: Range<usize>,
    rules: IgnoreRules,
}

/// What is looked at in a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// Everything that is not excluded by itself.
    All,
    /// The directory is excluded: only tracked files and those at known places.
    Ignored {
        /// Whether the directory, or one above it, has been counted as passed over already.
        counted: bool,
    },
    /// Only files at known places are wanted here, whatever tracks or excludes them.
    Known,
}

struct Directory {
    path: PathBuf,
    reported: String,
    scope: Option<Scope>,
    mode: Mode,
    /// Whether the repository around it says that a submodule belongs here.
    submodule: bool,
}

/// Walks all targets of a plan and sends what is to be scanned, in batches and in no particular order.
///
/// Returns what was passed over and what went wrong. Stops early where nobody receives any more.
#[must_use]
pub fn walk(plan: &Plan, send: &Sender<Vec<Item>>) -> Coverage {
    let mut first = Walker::new(plan, send);
    let mut queue = Vec::new();
    first.batch.extend(plan.items.iter().cloned());
    for root in &plan.roots {
        first.root(root, &mut queue);
    }
    let several = !queue.is_empty();
    let queue =
        Queue { state: Mutex::new(State { directories: queue, active: 0, stop: false }), changed: Condvar::new() };
    let helpers = if several { plan.threads().div_ceil(2).clamp(1, 8) - 1 } else { 0 };
    std::thread::scope(|scope| {
        let helpers: Vec<_> = (0..helpers)
            .map(|_| {
                let mut walker = Walker::new(plan, send);
                let queue = &queue;
                scope.spawn(move || {
                    walker.run(queue);
                    walker.coverage
                })
            })
            .collect();
        first.run(&queue);
        for helper in helpers {
            match helper.join() {
                Ok(coverage) => first.coverage.absorb(coverage),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
    });
    first.coverage
}

/// Directories not yet listed, shared by the walking threads.
struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    directories: Vec<Directory>,
    /// Threads that are listing a directory and may add more.
    active: usize,
    stop: bool,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next directory, or `None` when there is none left and none can come any more.
    fn next(&self) -> Option<Directory> {
        let mut state = self.lock();
        loop {
            if state.stop {
                return None;
            }
            if let Some(directory) = state.directories.pop() {
                state.active += 1;
                return Some(directory);
            }
            if state.active == 0 {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Takes a thread off the list of active ones even if it panics, so that the others do not wait for ever.
struct Listing<'q> {
    queue: &'q Queue,
    found: Vec<Directory>,
    stop: bool,
}

impl Drop for Listing<'_> {
    fn drop(&mut self) {
        let mut state = self.queue.lock();
        state.active -= 1;
        state.stop |= self.stop || std::thread::panicking();
        state.directories.append(&mut self.found);
        drop(state);
        self.queue.changed.notify_all();
    }
}

struct Walker<'p> {
    plan: &'p Plan,
    send: &'p Sender<Vec<Item>>,
    batch: Vec<Item>,
    coverage: Coverage,
    host: Arc<Asset>,
    /// The directory of the file that was named last, and the repository around it: a host has thousands side by side.
    last: Option<(PathBuf, Option<PathBuf>)>,
    /// Nobody receives any more.
    closed: bool,
}

impl<'p> Walker<'p> {
    fn new(plan: &'p Plan, send: &'p Sender<Vec<Item>>) -> Self {
        let host = Arc::new(Asset::host());
        Self { plan, send, batch: Vec::new(), coverage: Coverage::default(), host, last: None, closed: false }
    }

    fn run(&mut self, queue: &Queue) {
        while let Some(directory) = queue.next() {
            let mut listing = Listing { queue, found: Vec::new(), stop: false };
            self.directory(&directory, &mut listing.found);
            listing.stop = self.closed;
        }
        self.flush();
    }

    /// Takes up one target: a directory goes to the queue, anything else is decided at once.
    fn root(&mut self, root: &Root, queue: &mut Vec<Directory>) {
        match &root.kind {
            RootKind::Stdin => {
                let host = Arc::clone(&self.host);
                self.emit(Bytes::Stdin, root.reported.clone(), host, false, None);
            }
            RootKind::Special => {
                let hint = "name a file or a directory, or pipe the text in and scan `-`";
                self.refuse(Skip::Special, &root.reported, "is a FIFO, socket or device, which is not opened", hint);
            }
            RootKind::Refused(reason) => self.unreadable(&root.reported, reason),
            RootKind::Directory => {
                let scope = root_of(&root.path).map(|top| self.enter_from(top, &root.path).0);
                queue.push(Directory {
                    path: root.path.clone(),
                    reported: root.reported.clone(),
                    scope,
                    mode: if root.known_only { Mode::Known } else { Mode::All },
                    submodule: false,
                });
            }
            RootKind::File => self.named_file(root),
        }
    }

    /// A file named by the user is scanned whatever excludes it, unless he says that excludes rank higher.
    fn named_file(&mut self, root: &Root) {
        let parent = root.path.parent().unwrap_or(Path::new("/"));
        if self.last.as_ref().is_none_or(|(directory, _)| directory != parent) {
            self.last = Some((parent.to_owned(), root_of(parent).map(Path::to_owned)));
        }
        let top = self.last.as_ref().and_then(|(_, top)| top.clone());
        let top = top.as_deref();
        let mut asset = Arc::clone(&self.host);
        let mut tracked = false;
        if let Some(top) = top {
            let scope = self.open(top);
            tracked = scope.contains_below(root.path.strip_prefix(top).unwrap_or(Path::new("")));
            asset = Arc::clone(&scope.repository.asset);
        }
        if self.plan.options.force_exclude {
            if self.plan.exclude.matches_any_parent(&root.reported) {
                return self.coverage.skip(Skip::Excluded);
            }
            // The rules are read only here: a hook names thousands of files and seldom forces excludes.
            if let Some(top) = top.filter(|_| !tracked && !is_known(&slashed(&root.path))) {
                let (scope, parent_ignored) = self.enter_from(top, parent);
                if parent_ignored || scope.rules.excludes(&root.path, false) {
                    return self.coverage.skip(Skip::Ignored);
                }
            }
        }
        self.emit(Bytes::File(root.path.clone()), root.reported.clone(), asset, tracked, top);
    }

    /// The scope of `dir` in the repository at `top`, with the rules of all directories between, and whether one of
    /// those directories is ignored.
    fn enter_from(&mut self, top: &Path, dir: &Path) -> (Scope, bool) {
        let mut scope = self.open(top);
        let mut path = top.to_owned();
        let mut ignored = false;
        for part in dir.strip_prefix(top).unwrap_or(Path::new("")).components() {
            scope.rules = self.rules(&scope, &path);
            path.push(part);
            ignored |= scope.rules.excludes(&path, true);
            scope = scope.child(part.as_os_str());
        }
        // The last directory's own rules are read when it is listed, or here where it never is.
        let own = self.rules(&scope, &path);
        (Scope { rules: own, ..scope }, ignored)
    }

    fn open(&mut self, root: &Path) -> Scope {
        let repository = self.plan.repository(root);
        if let Some(reason) = &repository.unsupported {
            self.coverage.notices.insert(Notice {
                kind: NoticeKind::RepositoryUnsupported,
                path: Some(repository.label.clone()),
                line: None,
                message: format!("{reason}; every file was scanned, and none is known to be tracked"),
                hint: Some("repair the repository (`git status` must work in it), or clone it anew".to_owned()),
            });
        }
        let tracked = repository.tracked.all();
        Scope { repository, path: Vec::new(), tracked, rules: IgnoreRules::default() }
    }

    /// The rules that hold in a directory of a repository.
    fn rules(&self, scope: &Scope, dir: &Path) -> IgnoreRules {
        if self.plan.options.no_ignore || scope.repository.unsupported.is_some() {
            return scope.rules.clone();
        }
        scope.rules.enter(dir)
    }

    fn directory(&mut self, directory: &Directory, found: &mut Vec<Directory>) {
        let entries = match self.list(directory) {
            Ok(entries) => entries,
            Err(error) => return self.unreadable(&directory.reported, &error.to_string()),
        };
        let has = |name: &str, wanted: fn(&FileType) -> bool| {
            entries.iter().any(|(other, kind)| other.as_os_str() == name && wanted(kind))
        };
        let mut mode = directory.mode;
        let mut scope = directory.scope.clone();
        let at_root = scope.as_ref().is_some_and(|scope| scope.path.is_empty());
        let own_repository = !at_root && has(".git", |_| true) && is_root(&directory.path);
        if own_repository {
            scope = Some(self.open(&directory.path));
            mode = if mode == Mode::Known { mode } else { Mode::All };
        } else if directory.submodule && mode != Mode::Known {
            self.missing_submodule(&directory.reported);
        }
        let untracked = scope.as_ref().is_none_or(|scope| scope.tracked.is_empty());
        let looks_bare =
            has("HEAD", FileType::is_file) && has("objects", FileType::is_dir) && has("refs", FileType::is_dir);
        if looks_bare && untracked && !at_root && !own_repository {
            if mode == Mode::All && self.plan.options.history {
                self.plan.meet_bare(&directory.path);
            } else if mode == Mode::All {
                self.bare_repository(directory);
            }
            return;
        }
        if mode != Mode::All && (untracked || mode == Mode::Known) && is_cache(directory, has) {
            return;
        }
        if let Some(scope) = scope.as_mut().filter(|_| has(".gitignore", FileType::is_file)) {
            scope.rules = self.rules(scope, &directory.path);
        }
        for (name, kind) in entries {
            if name != ".git" {
                self.entry(directory, scope.as_ref(), mode, &name, kind, found);
            }
            if self.closed {
                return;
            }
        }
    }

    fn list(&mut self, directory: &Directory) -> std::io::Result<Vec<(std::ffi::OsString, FileType)>> {
        let mut entries = Vec::new();
        for entry in fs::read_dir(&directory.path)? {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    self.unreadable(&directory.reported, &error.to_string());
                    break;
                }
            };
            match entry.file_type() {
                Ok(kind) => entries.push((entry.file_name(), kind)),
                Err(error) => {
                    let path = join(&directory.reported, &entry.file_name().to_string_lossy());
                    self.unreadable(&path, &error.to_string());
                }
            }
        }
        Ok(entries)
    }

    fn entry(
        &mut self,
        parent: &Directory,
        scope: Option<&Scope>,
        mode: Mode,
        name: &OsStr,
        kind: FileType,
        found: &mut Vec<Directory>,
    ) {
        let path = parent.path.join(name);
        if self.plan.own.len() > 1 && self.plan.own.contains(&path) {
            return;
        }
        let reported = join(&parent.reported, &name.to_string_lossy());
        let tracked = scope.is_some_and(|scope| scope.contains(name));
        let counts = mode != Mode::Known && (tracked || mode == Mode::All);
        let excluded = self.plan.exclude.matches(&reported);
        if excluded || kind.is_symlink() || !(kind.is_dir() || kind.is_file()) {
            if counts {
                let special = if kind.is_symlink() { Skip::Symlink } else { Skip::Special };
                self.coverage.skip(if excluded { Skip::Excluded } else { special });
            }
            return;
        }
        if kind.is_dir() {
            let child = scope.map(|scope| scope.child(name));
            let submodule = scope.is_some_and(|scope| scope.is_submodule(name));
            let holds_tracked = submodule || child.as_ref().is_some_and(|child| !child.tracked.is_empty());
            let mode = self.mode_of(scope, mode, &path, holds_tracked);
            found.push(Directory { path, reported, scope: child, mode, submodule });
            return;
        }
        let ignored = match mode {
            Mode::All => !tracked && scope.is_some_and(|scope| scope.rules.excludes(&path, false)),
            Mode::Ignored { .. } => !tracked,
            Mode::Known => true,
        };
        if ignored && !is_known(&slashed(&path)) {
            if !matches!(mode, Mode::Ignored { counted: true } | Mode::Known) {
                self.coverage.skip(Skip::Ignored);
            }
            return;
        }
        let asset = scope.map_or(&self.host, |scope| &scope.repository.asset);
        self.emit(Bytes::File(path), reported, Arc::clone(asset), tracked, scope.map(|scope| &*scope.repository.root));
    }

    /// How a directory is to be listed. One that is ignored is still listed, by names only; it is counted once, unless it
    /// holds tracked files: what is passed over in it is counted then.
    fn mode_of(&mut self, scope: Option<&Scope>, above: Mode, path: &Path, holds_tracked: bool) -> Mode {
        let already = match above {
            Mode::Known => return Mode::Known,
            Mode::All if scope.is_some_and(|scope| scope.rules.excludes(path, true)) => false,
            Mode::All => return Mode::All,
            Mode::Ignored { counted } => counted,
        };
        if !already && !holds_tracked {
            self.coverage.skip(Skip::Ignored);
        }
        Mode::Ignored { counted: already || !holds_tracked }
    }

    /// `top` is the root of the repository it lies in.
    fn emit(&mut self, bytes: Bytes, path: String, asset: Arc<Asset>, tracked: bool, top: Option<&Path>) {
        let env_dump = self.plan.options.env_dump;
        let place = match (env_dump, tracked) {
            (true, _) => Place::Env,
            (false, true) => Place::Repo,
            (false, false) => Place::HostConfig,
        };
        let moved = self.plan.usual(&path);
        let origin = Origin::new(path, place, asset);
        let mut origin = Origin { env_dump, usual: moved.or(origin.usual), ..origin };
        if let (Some(top), Bytes::File(file)) = (top, &bytes)
            && let Ok(inside) = file.strip_prefix(top)
        {
            origin = origin.inside(&slashed(inside));
        }
        self.batch.push(Item { origin: Arc::new(origin), bytes });
        if self.batch.len() >= BATCH {
            self.flush();
        }
    }

    fn flush(&mut self) {
        if !self.batch.is_empty() {
            self.closed |= self.send.send(std::mem::take(&mut self.batch)).is_err();
        }
    }

    fn unreadable(&mut self, path: &str, reason: &str) {
        let hint = "run as a user who may read it, or leave it out with `--exclude`";
        self.refuse(Skip::Unreadable, path, &format!("could not be read: {reason}"), hint);
    }

    fn refuse(&mut self, skip: Skip, path: &str, message: &str, hint: &str) {
        self.coverage.skip(skip);
        self.notice(NoticeKind::Unreadable, path, message, hint);
    }

    fn missing_submodule(&mut self, path: &str) {
        let hint = "run `git submodule update --init` and scan again, if its files are to be scanned too";
        self.notice(
            NoticeKind::SubmoduleMissing,
            path,
            "the submodule is not checked out, so it was not scanned",
            hint,
        );
    }

    fn bare_repository(&mut self, directory: &Directory) {
        let name = directory.path.file_name().unwrap_or_default().to_string_lossy();
        let path = if directory.reported.is_empty() { &name } else { directory.reported.as_str() };
        let hint = "scan it with `--history`, or scan a clone that has its files checked out";
        self.notice(
            NoticeKind::BareRepository,
            path,
            "is a bare repository, whose files are in its objects only",
            hint,
        );
    }

    fn notice(&mut self, kind: NoticeKind, path: &str, message: &str, hint: &str) {
        let path = if path.is_empty() { "." } else { path };
        self.coverage.notices.insert(Notice {
            kind,
            path: Some(path.to_owned()),
            line: None,
            message: message.to_owned(),
            hint: Some(hint.to_owned()),
        });
    }
}

/// A real path as the tables of known places are matched: the reported one may lack the directory that tells.
fn slashed(path: &Path) -> std::borrow::Cow<'_, str> {
    let path = path.to_string_lossy();
    if std::path::MAIN_SEPARATOR == '/' { path } else { path.replace(std::path::MAIN_SEPARATOR, "/").into() }
}

/// Whether an ignored directory holds what a tool built or downloaded: not even names are looked at below it, for they
/// are many and nobody configures a client there.
fn is_cache(directory: &Directory, has: impl Fn(&str, fn(&FileType) -> bool) -> bool) -> bool {
    let name = directory.path.file_name().unwrap_or_default();
    name == "node_modules"
        || name == "__pycache__"
        || name == "site-packages"
        || has("CACHEDIR.TAG", FileType::is_file)
        || has("pyvenv.cfg", FileType::is_file)
}

impl Scope {
    fn join(&self, name: &OsStr) -> Vec<u8> {
        let mut path = self.path.clone();
        if !path.is_empty() {
            path.push(b'/');
        }
        path.extend_from_slice(name.as_encoded_bytes());
        path
    }

    fn child(&self, name: &OsStr) -> Self {
        let path = self.join(name);
        let tracked = self.repository.tracked.below(&path, self.tracked.clone());
        Self { repository: Arc::clone(&self.repository), path, tracked, rules: self.rules.clone() }
    }

    fn contains(&self, name: &OsStr) -> bool {
        !self.tracked.is_empty() && self.repository.tracked.contains(&self.join(name), self.tracked.clone())
    }

    /// Whether a file somewhere below this directory is tracked.
    fn contains_below(&self, path: &Path) -> bool {
        let parts: Vec<_> = path.components().map(|part| part.as_os_str().as_encoded_bytes()).collect();
        self.repository.tracked.contains(&parts.join(&b'/'), self.tracked.clone())
    }

    fn is_submodule(&self, name: &OsStr) -> bool {
        !self.tracked.is_empty() && self.repository.tracked.is_submodule(&self.join(name), self.tracked.clone())
    }
}

#[cfg(test)]
mod tests;
