//! Opens the index and finds what in it no parent has, before anything of it is read.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::diff::{Diff, File, diff};
use super::index::Index;
use super::moved::{exact, name};
use super::paths::{Limit, path_of};
use super::{Before, Change, Gone, Staged};
use crate::coverage::{Coverage, Notice, NoticeKind, Skip};
use crate::source::exclude::{Exclude, ExcludeError};
use crate::source::git::commit::Commit;
use crate::source::git::{Environment, GitDirectory, GitError, Id, Kind, Reader, ownership, refs};
use crate::source::repository::{LARGEST_INDEX, asset, read_bounded};
use crate::source::target::reported;
use crate::source::{Origin, Place, split_index};

/// Largest list of the commits that are merged, in bytes.
const LARGEST_MERGE: u64 = 64 << 10;
/// Most commits that are merged at once: an octopus has as many as fit on a line.
const MOST_MERGED: usize = 64;

/// How the index is to be scanned.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The directory that targets and reported paths are relative to.
    pub cwd: PathBuf,
    /// What git told the hook.
    pub environment: Environment,
    /// Globs of reported paths that are left out.
    pub exclude: Vec<String>,
    /// Leave excluded files out even where they are named.
    pub force_exclude: bool,
    /// Also list the named files at which nothing is staged.
    pub untouched: bool,
}

/// Why a staged scan cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum StagedError {
    /// There is no repository, or it cannot be understood.
    #[error(transparent)]
    Git(#[from] GitError),
    /// An `--exclude` glob does not parse.
    #[error(transparent)]
    Exclude(#[from] ExcludeError),
    /// A bare repository.
    #[error("`{0}` is a bare repository, in which nothing is staged\nhint: run in a work tree")]
    Bare(String),
    /// A path of another repository, or of none.
    #[error("`{path}` does not lie in the repository `{root}`\nhint: scan each repository by itself")]
    Outside {
        /// As it was typed.
        path: String,
        /// Name of the root.
        root: String,
    },
    /// A path that is nowhere.
    #[error("`{0}` does not exist and is not staged\nhint: check the path; it is looked up from the current directory")]
    Missing(String),
    /// `GIT_INDEX_FILE` names nothing.
    #[error("`GIT_INDEX_FILE` names `{0}`, which is not there\nhint: unset it, or correct it")]
    NoIndex(String),
    /// The current directory cannot be resolved.
    #[error("the current directory cannot be read: {0}\nhint: change to a directory that exists")]
    CurrentDirectory(#[source] std::io::Error),
}

impl Staged {
    /// Finds what is staged at the targets; none stands for the whole repository that the current directory lies in.
    ///
    /// An index or parent that cannot be read is a notice, with which nothing of the repository is scanned.
    ///
    /// # Errors
    /// Where there is no repository, or a target does not lie in it. Nothing has been scanned then.
    pub fn open(targets: &[PathBuf], options: &Options) -> Result<Self, StagedError> {
        let cwd = options.cwd.canonicalize().map_err(StagedError::CurrentDirectory)?;
        let exclude = Exclude::new(&options.exclude)?;
        let environment = absolute(&options.environment, &cwd);
        let directory = GitDirectory::discover(&place(targets, &environment, &cwd), &environment)?;
        let shown = |path: &Path| path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        let Some(root) = &directory.work_tree else { return Err(StagedError::Bare(shown(&directory.own))) };
        let root = root.canonicalize().unwrap_or_else(|_| root.clone());
        let outside = |typed: &Path| StagedError::Outside { path: typed.display().to_string(), root: shown(&root) };
        let whole = Limit { typed: PathBuf::from("."), path: root.clone(), inside: Vec::new() };
        let mut limits = Vec::new();
        for typed in targets {
            limits.push(Limit::new(typed, &cwd, &root).ok_or_else(|| outside(typed))?);
        }
        let label = match root.strip_prefix(&cwd) {
            Ok(below) if below.as_os_str().is_empty() => ".".to_owned(),
            Ok(below) => reported(below),
            Err(_) => shown(&root),
        };
        let mut staged = Self {
            asset: Arc::new(asset(&label, &directory.config)),
            changes: Vec::new(),
            untouched: Vec::new(),
            coverage: Coverage::default(),
            objects: directory.objects(),
            gone: Vec::new(),
        };
        staged.coverage.notices.extend(ownership::notice(&directory, label.clone()));
        let file = match read_index(&directory.index, environment.index_file.is_some())? {
            Some(file) => file,
            None => return Ok(staged.refuse(label, "its index cannot be read")),
        };
        let file = match split_index::whole(file, &directory.own, staged.objects.hash) {
            Ok(file) => file,
            Err(error) => return Ok(staged.refuse(label, &error.to_string())),
        };
        let index = match Index::parse(&file, staged.objects.hash) {
            Ok(index) => index,
            Err(error) => return Ok(staged.refuse(label, &error.to_string())),
        };
        let diffs = match staged.compare(&directory, &index) {
            Ok(diffs) => diffs,
            Err(error) => return Ok(staged.refuse(label, &error.to_string())),
        };
        for limit in &limits {
            let gone = || diffs.iter().flat_map(|diff| &diff.gone).any(|file| limit.covers(&file.path));
            if limit.path.symlink_metadata().is_err() && !index.holds(&limit.inside) && !gone() {
                return Err(StagedError::Missing(limit.typed.display().to_string()));
            }
        }
        let view = View { cwd, root, whole, limits, exclude, force: options.force_exclude };
        let untouched = options.untouched;
        staged.take(diffs, &view, untouched);
        Ok(staged)
    }

    /// Nothing can be said of a repository that is not understood.
    fn refuse(mut self, label: String, reason: &str) -> Self {
        let hint = if reason.contains("split") {
            "write the index in one piece: `git update-index --no-split-index`"
        } else {
            "`git status` must work in the repository; if it does, please report this"
        };
        self.coverage.notices.insert(Notice {
            kind: NoticeKind::RepositoryUnsupported,
            path: Some(label),
            line: None,
            message: format!("{reason}; what is staged was not scanned"),
            hint: Some(hint.to_owned()),
        });
        self
    }

    /// How the index differs from HEAD, then from each commit that is being merged.
    fn compare(&mut self, directory: &GitDirectory, index: &Index<'_>) -> Result<Vec<Diff>, GitError> {
        let head = refs::head(directory)?;
        let asset = Arc::make_mut(&mut self.asset);
        asset.revision = head.commit.map(|commit| commit.to_string());
        asset.branch = head.branch;
        let merged = read_bounded(&directory.own.join("MERGE_HEAD"), LARGEST_MERGE).unwrap_or_default();
        let merged = merged.split(|byte| *byte == b'\n').filter_map(|line| Id::from_hex(line.trim_ascii()));
        let parents = std::iter::once(head.commit).chain(merged.take(MOST_MERGED).map(Some));
        let mut reader = Reader::new(&self.objects);
        let hash = self.objects.hash;
        parents
            .map(|parent| {
                let tree = parent.map(|commit| tree_of(&commit, &mut reader)).transpose()?;
                diff(index, tree, &mut reader, hash)
            })
            .collect()
    }

    /// Takes up what differs from every parent and is meant.
    fn take(&mut self, mut diffs: Vec<Diff>, view: &View, untouched: bool) {
        let merging = diffs.len() > 1;
        let others: Vec<BTreeMap<File, Option<File>>> =
            diffs.iter_mut().skip(1).map(|diff| std::mem::take(&mut diff.changed).into_iter().collect()).collect();
        let Some(first) = diffs.first_mut() else { return };
        let changed = std::mem::take(&mut first.changed);
        if untouched && !merging {
            self.untouched = view.untouched(&changed);
        }
        let mut new: Vec<(File, Vec<Option<File>>)> = Vec::new();
        for (file, before) in changed {
            // What a parent holds at this path is not new.
            let known: Option<Vec<Option<File>>> = others.iter().map(|other| other.get(&file).cloned()).collect();
            let Some(known) = known else { continue };
            let before: Vec<Option<File>> = std::iter::once(before).chain(known).collect();
            if before.iter().flatten().all(|old| old.id != file.id) {
                new.push((file, before));
            }
        }
        let moved: Vec<BTreeMap<usize, usize>> = diffs
            .iter()
            .enumerate()
            .map(|(parent, diff)| {
                let (places, files): (Vec<usize>, Vec<&File>) = new
                    .iter()
                    .enumerate()
                    .filter(|(_, (_, before))| before.get(parent).is_some_and(Option::is_none))
                    .map(|(at, (file, _))| (at, file))
                    .unzip();
                exact(&files, &diff.gone).into_iter().map(|(at, source)| (places[at], source)).collect()
            })
            .collect();
        for (at, (file, before)) in new.iter().enumerate() {
            let Some(origin) = self.meant(file, view) else { continue };
            let before = before.iter().enumerate().map(|(parent, before)| {
                let source = moved[parent].get(&at).and_then(|source| diffs[parent].gone.get(*source));
                match (before, source) {
                    (Some(before), _) if !before.is_submodule() => Before::Here(before.id),
                    (None, Some(source)) => {
                        Before::Moved(self.origin(view.name(&source.path), &source.path), source.id)
                    }
                    _ => Before::Nowhere,
                }
            });
            let before = before.collect();
            self.changes.push(Change { origin, id: file.id, name: name(&file.path).to_owned(), before });
        }
        for (diff, moved) in diffs.into_iter().zip(moved) {
            let taken: std::collections::BTreeSet<usize> = moved.into_values().collect();
            let left =
                diff.gone.into_iter().enumerate().filter(|(at, file)| !taken.contains(at) && !file.is_submodule());
            let left = left.map(|(_, file)| Gone {
                origin: self.origin(view.name(&file.path), &file.path),
                id: file.id,
                name: name(&file.path).to_owned(),
            });
            let left = left.collect();
            self.gone.push(left);
        }
        if self.changes.is_empty() && self.untouched.is_empty() {
            self.coverage.vacant = true;
            self.coverage.notices.insert(nothing_staged(&self.coverage));
        }
    }

    /// Where a changed file is reported, if it is meant and can be scanned.
    fn meant(&mut self, file: &File, view: &View) -> Option<Arc<Origin>> {
        let limit = view.limit(&file.path)?;
        let name = limit.name(&view.root.join(path_of(&file.path)), &view.cwd);
        let named = limit.inside == file.path && !view.force;
        if !named && view.exclude.matches_any_parent(&name) {
            self.coverage.skip(Skip::Excluded);
            return None;
        }
        if file.is_submodule() {
            self.coverage.notices.insert(Notice {
                kind: NoticeKind::SubmoduleStaged,
                path: Some(name),
                line: None,
                message: "another commit of this submodule is staged; what it holds was not scanned here".to_owned(),
                hint: Some("scan in the submodule itself".to_owned()),
            });
            return None;
        }
        Some(self.origin(name, &file.path))
    }

    fn origin(&self, path: String, inside: &[u8]) -> Arc<Origin> {
        let origin = Origin::new(path, Place::Repo, Arc::clone(&self.asset));
        Arc::new(origin.inside(&String::from_utf8_lossy(inside)))
    }
}

/// Which paths are meant, and how they are called.
struct View {
    cwd: PathBuf,
    root: PathBuf,
    /// Stands for the whole work tree.
    whole: Limit,
    limits: Vec<Limit>,
    exclude: Exclude,
    force: bool,
}

impl View {
    /// The target that a path is meant by.
    fn limit(&self, path: &[u8]) -> Option<&Limit> {
        if self.limits.is_empty() {
            return Some(&self.whole);
        }
        let named = self.limits.iter().find(|limit| limit.inside == path);
        named.or_else(|| self.limits.iter().find(|limit| limit.covers(path)))
    }

    fn name(&self, path: &[u8]) -> String {
        let limit = self.limit(path).unwrap_or(&self.whole);
        limit.name(&self.root.join(path_of(path)), &self.cwd)
    }

    /// The named files at which nothing is staged.
    fn untouched(&self, changed: &[(File, Option<File>)]) -> Vec<PathBuf> {
        let is_changed = |path: &[u8]| changed.binary_search_by(|(file, _)| file.path.as_slice().cmp(path)).is_ok();
        let files = self.limits.iter().filter(|limit| limit.path.symlink_metadata().is_ok_and(|meta| meta.is_file()));
        files.filter(|limit| !is_changed(&limit.inside)).map(|limit| limit.typed.clone()).collect()
    }
}

/// Where the repository is looked for: where the first target lies, unless git said which one it is.
fn place(targets: &[PathBuf], environment: &Environment, cwd: &Path) -> PathBuf {
    match targets.first() {
        Some(first) if environment.git_dir.is_none() => {
            let path = cwd.join(first);
            let there = path.ancestors().find_map(|above| above.canonicalize().ok().filter(|path| path.is_dir()));
            there.unwrap_or_else(|| cwd.to_owned())
        }
        _ => cwd.to_owned(),
    }
}

/// What git told, with paths that hold wherever they are looked up from.
fn absolute(environment: &Environment, cwd: &Path) -> Environment {
    let join = |path: &Option<PathBuf>| path.as_ref().map(|path| cwd.join(path));
    Environment {
        git_dir: join(&environment.git_dir),
        common_dir: join(&environment.common_dir),
        work_tree: join(&environment.work_tree),
        index_file: join(&environment.index_file),
        object_directory: join(&environment.object_directory),
        alternates: environment.alternates.iter().map(|path| cwd.join(path)).collect(),
        receiving: environment.receiving,
    }
}

/// The bytes of the index; none at all before anything was added, and `None` where they cannot be had.
fn read_index(path: &Path, named: bool) -> Result<Option<Vec<u8>>, StagedError> {
    match std::fs::metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => match named {
            true => Err(StagedError::NoIndex(path.display().to_string())),
            // An index of version 2 without an entry.
            false => Ok(Some(b"DIRC\0\0\0\x02\0\0\0\0".to_vec())),
        },
        _ => Ok(read_bounded(path, LARGEST_INDEX)),
    }
}

fn tree_of(commit: &Id, reader: &mut Reader<'_>) -> Result<Id, GitError> {
    let mut bytes = Vec::new();
    reader.read_as(Kind::Commit, commit, &mut bytes)?;
    Commit::parse(&bytes).map(|commit| commit.tree).ok_or_else(|| GitError::Damaged {
        part: format!("commit {commit}"),
        reason: "it does not begin as a commit does",
    })
}

fn nothing_staged(coverage: &Coverage) -> Notice {
    let message = if coverage.skipped.contains_key(&Skip::Excluded) {
        "all that is staged is excluded"
    } else {
        "nothing is staged that could bring in a credential"
    };
    Notice { kind: NoticeKind::NothingChanged, path: None, line: None, message: message.to_owned(), hint: None }
}
