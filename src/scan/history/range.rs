//! Scans what the commits of a range introduced: each commit against its parents, by credential and not by line.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Found, Options, Subject, credit};
use crate::coverage::{Coverage, Notice, NoticeKind};
use crate::credential::{Commits, Occurrence};
use crate::scan::workers::{WorkersError, share};
use crate::scan::{Scanner, Scratch};
use crate::source::git::reach::{Reached, Step, reach};
use crate::source::git::revision::{self, Range, RevisionError};
use crate::source::git::tree_diff::{NewFile, blob_at, news};
use crate::source::git::{Environment, GitDirectory, GitError, Id, Kind, Label, Objects, Reader, ownership, refs};
use crate::source::read::{self, Buffer};
use crate::source::repository::Repository;
use crate::source::staged::Pieces;
use crate::source::{Artifact, Origin, Place};

/// Largest file that is compared with others to tell whether it moved, in bytes.
const LARGEST_ALIKE: usize = 8 << 20;

/// A range of a repository, resolved.
#[derive(Debug)]
pub struct Plan {
    /// Whose commits.
    pub subject: Subject,
    range: Range,
    /// Commits whose history is no part of it.
    excluded: Vec<Id>,
    objects: Objects,
    /// Paths of the repository that the range is limited to; none = all.
    limit: Vec<String>,
}

impl Plan {
    /// Resolves a range in the repository that the targets lie in.
    ///
    /// # Errors
    /// Where there is no repository, or the range names no commits.
    pub fn open(text: &str, targets: &[PathBuf], cwd: &Path, environment: &Environment) -> Result<Self, RevisionError> {
        let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let cwd = real(cwd);
        let first = targets.first().map_or_else(|| cwd.clone(), |target| real(&cwd.join(target)));
        let from = if first.is_file() { first.parent().unwrap_or(&first).to_owned() } else { first };
        let from = if environment.git_dir.is_some() { cwd.clone() } else { from };
        let directory = GitDirectory::discover(&from, environment)?;
        let objects = directory.objects();
        let range = revision::range(text, &directory, &objects)?;
        let excluded = match range.from {
            Some(from) => vec![from],
            // While a push is received, what a new branch brings is what no ref reaches yet.
            None if environment.receiving => commits_of_refs(&directory, &objects)?,
            None => Vec::new(),
        };
        let root = real(directory.work_tree.as_deref().unwrap_or(&directory.own));
        let slashed = |path: &Path| {
            let parts: Vec<_> = path.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
            parts.join("/")
        };
        let below = |path: &Path, above: &Path| path.strip_prefix(above).map(slashed).unwrap_or_default();
        let bare = directory.work_tree.is_none();
        let label =
            if bare { Label::default() } else { Label { above: below(&root, &cwd), within: below(&cwd, &root) } };
        let limit = targets.iter().map(|target| below(&real(&cwd.join(target)), &root));
        let limit: Vec<String> = limit.filter(|path| !bare && !path.is_empty() && *path != label.within).collect();
        let name = root.file_name().map_or_else(|| ".".to_owned(), |name| name.to_string_lossy().into_owned());
        let name = if root == cwd { ".".to_owned() } else { name };
        let asset = Arc::new(Repository::asset(&directory, &name));
        Ok(Self { subject: Subject { directory, asset, label }, range, excluded, objects, limit })
    }

    /// The commits of the range.
    fn reach(&self, reader: &mut Reader<'_>) -> Result<Reached, GitError> {
        match &self.range.to {
            Some(to) => reach(&self.excluded, to, &self.subject.directory, reader),
            None => Ok(Reached::default()),
        }
    }

    fn is_within(&self, path: &str) -> bool {
        let below = |limit: &String| {
            path == limit || path.strip_prefix(limit.as_str()).is_some_and(|rest| rest.starts_with('/'))
        };
        self.limit.is_empty() || self.limit.iter().any(below)
    }

    fn origin(&self, path: &str) -> Arc<Origin> {
        let asset = Arc::clone(&self.subject.asset);
        Arc::new(Origin::new(self.subject.label.path(path), Place::Repo, asset).inside(path))
    }
}

/// The commits that the refs of a repository name.
fn commits_of_refs(directory: &GitDirectory, objects: &Objects) -> Result<Vec<Id>, GitError> {
    let mut reader = Reader::new(objects);
    let named: BTreeSet<Id> = refs::all(directory)?.into_values().collect();
    let commits = named.into_iter().filter_map(|id| refs::peel(id, &mut reader));
    let commits: BTreeSet<Id> = commits.collect();
    let is_commit = |id: &Id| matches!(reader.read(id, &mut Vec::new()), Ok(Kind::Commit));
    Ok(commits.into_iter().filter(is_commit).collect())
}

/// A file at a path, of which what it holds is known.
type Version = (String, Id);

/// Something that the range brought to a path.
struct News {
    path: Vec<u8>,
    first: Id,
    occurrences: Vec<Occurrence>,
}

/// Scans the commits of a range.
///
/// # Errors
/// Where a thread could not be had or keytrawl itself failed. What cannot be read is a notice.
pub fn scan(scanner: &Scanner, plan: &Plan, options: &Options<'_>) -> Result<Found, WorkersError> {
    let mut coverage = Coverage::default();
    for trouble in &plan.objects.troubles {
        coverage.notices.insert(plan.gap(trouble.to_string()));
    }
    coverage.notices.extend(ownership::notice(&plan.subject.directory, plan.subject.label.root()));
    let mut reader = Reader::new(&plan.objects);
    let reached = match plan.reach(&mut reader) {
        Ok(reached) => reached,
        Err(trouble) => {
            coverage.notices.insert(plan.gap(trouble.to_string()));
            return Ok(Found { occurrences: Vec::new(), coverage });
        }
    };
    if reached.cut {
        let message = "a shallow clone ends within the range, so older commits of it were not scanned";
        coverage.notices.insert(plan.gap(message.to_owned()));
    }
    coverage.commits = reached.steps.len() as u64;
    if reached.steps.is_empty() {
        coverage.vacant = true;
        coverage.notices.insert(Notice {
            kind: NoticeKind::NothingChanged,
            path: None,
            line: None,
            message: match plan.range.to {
                Some(_) => "the range holds no commit, so there was nothing to scan".to_owned(),
                None => "the range ends with no commit: what is deleted brings nothing, so there was nothing to scan"
                    .to_owned(),
            },
            hint: None,
        });
    }
    let mut files: Vec<(usize, NewFile)> = Vec::new();
    let mut trees: BTreeMap<Id, Id> = reached.steps.iter().map(|step| (step.id, step.tree)).collect();
    for (at, step) in reached.steps.iter().enumerate() {
        let parents: Vec<Option<Id>> =
            step.parents.iter().map(|parent| tree_of(parent, &mut trees, &mut reader)).collect();
        match news(&step.tree, &parents, &mut reader) {
            Ok(found) => {
                files.extend(found.files.into_iter().map(|file| (at, file)));
                coverage.notices.extend(found.submodules.iter().filter_map(|path| plan.submodule(path)));
            }
            Err(trouble) => _ = coverage.notices.insert(plan.gap(trouble.to_string())),
        }
    }
    files.retain(|(_, file)| {
        let path = String::from_utf8_lossy(&file.path);
        plan.is_within(&path) && !options.exclude.matches_any_parent(&plan.subject.label.path(&path))
    });
    let mut novelty = Novelty { plan, scanner, options, reader, trees, known: BTreeMap::new(), found: BTreeMap::new() };
    novelty.scan_all(&files, &mut coverage)?;
    let mut from = 0;
    for (at, step) in reached.steps.iter().enumerate() {
        let until = from + files[from..].iter().take_while(|(step, _)| *step == at).count();
        for (_, file) in &files[from..until] {
            novelty.take(step, file, &reached);
        }
        from = until;
    }
    let mut occurrences = novelty.finish(&reached);
    occurrences.extend(messages(scanner, plan, &reached, &mut coverage));
    credit::people(&mut occurrences, &plan.subject.directory, &plan.objects);
    Ok(Found { occurrences, coverage })
}

impl Plan {
    /// That the range names another commit of the submodule at that path, where the range is not limited to others.
    fn submodule(&self, path: &[u8]) -> Option<Notice> {
        let path = String::from_utf8_lossy(path);
        self.is_within(&path).then(|| Notice {
            kind: NoticeKind::SubmoduleStaged,
            path: Some(self.subject.label.path(&path)),
            line: None,
            message: "the range brings another commit of this submodule; what it holds was not scanned here".to_owned(),
            hint: Some("scan in the submodule itself".to_owned()),
        })
    }

    fn gap(&self, message: String) -> Notice {
        let hint = "fetch more of the history (`git fetch --unshallow`, or `fetch-depth: 0` in a workflow)";
        Notice {
            kind: NoticeKind::HistoryIncomplete,
            path: Some(self.subject.label.root()),
            line: None,
            message,
            hint: Some(hint.to_owned()),
        }
    }
}

fn tree_of(commit: &Id, trees: &mut BTreeMap<Id, Id>, reader: &mut Reader<'_>) -> Option<Id> {
    if let Some(tree) = trees.get(commit) {
        return Some(*tree);
    }
    let mut bytes = Vec::new();
    reader.read_as(Kind::Commit, commit, &mut bytes).ok()?;
    let tree = crate::source::git::commit::Commit::parse(&bytes)?.tree;
    trees.insert(*commit, tree);
    Some(tree)
}

/// What the range brought so far.
struct Novelty<'a> {
    plan: &'a Plan,
    scanner: &'a Scanner,
    options: &'a Options<'a>,
    reader: Reader<'a>,
    trees: BTreeMap<Id, Id>,
    known: BTreeMap<Version, Vec<Occurrence>>,
    /// By secret and path.
    found: BTreeMap<([u8; 32], String), News>,
}

impl Novelty<'_> {
    /// Scans every version of every file once.
    fn scan_all(&mut self, files: &[(usize, NewFile)], coverage: &mut Coverage) -> Result<(), WorkersError> {
        let versions: BTreeSet<(String, Id)> =
            files.iter().map(|(_, file)| (String::from_utf8_lossy(&file.path).into_owned(), file.blob)).collect();
        let blobs: BTreeSet<Id> = versions.iter().map(|(_, blob)| *blob).collect();
        let versions: Vec<(String, Id)> = versions.into_iter().collect();
        let (plan, scanner, limits) = (self.plan, self.scanner, &self.options.limits);
        let states = share(
            self.options.threads,
            versions.len(),
            || (Look::new(&plan.objects), Coverage::default(), Vec::new()),
            |at, (look, coverage, found)| {
                let (path, blob) = &versions[at];
                match look.at(scanner, plan, path, blob, limits, coverage) {
                    Ok(occurrences) => {
                        coverage.bytes += look.bytes.len() as u64;
                        if !occurrences.is_empty() {
                            found.push((at, occurrences));
                        }
                    }
                    Err(reason) => _ = coverage.notices.insert(plan.gap(reason)),
                }
            },
            "the files of a range",
        )?;
        for (_, part, found) in states {
            coverage.absorb(part);
            self.known.extend(found.into_iter().map(|(at, occurrences)| (versions[at].clone(), occurrences)));
        }
        coverage.blobs = blobs.len() as u64;
        // What was scanned and held nothing is known too.
        for version in versions {
            self.known.entry(version).or_default();
        }
        Ok(())
    }

    /// What a version of a file holds.
    fn holds(&mut self, path: &[u8], blob: &Id) -> &[Occurrence] {
        let key = (String::from_utf8_lossy(path).into_owned(), *blob);
        if !self.known.contains_key(&key) {
            let mut look = Look::new(&self.plan.objects);
            let found = look.at(self.scanner, self.plan, &key.0, blob, &self.options.limits, &mut Coverage::default());
            self.known.insert(key.clone(), found.unwrap_or_default());
        }
        self.known.get(&key).map_or(&[], Vec::as_slice)
    }

    fn has(&mut self, path: &[u8], blob: &Id, fold: &[u8; 32]) -> bool {
        self.holds(path, blob).iter().any(|occurrence| occurrence.identity.fold == *fold)
    }

    /// Whether a commit's tree holds the secret at that path.
    fn held_by(&mut self, commit: &Id, path: &[u8], fold: &[u8; 32]) -> Option<Id> {
        let tree = tree_of(commit, &mut self.trees, &mut self.reader)?;
        let blob = blob_at(&tree, path, &mut self.reader)?;
        self.has(path, &blob, fold).then_some(blob)
    }

    /// Takes in what one commit did to one file.
    fn take(&mut self, step: &Step, file: &NewFile, reached: &Reached) {
        let occurrences = self.holds(&file.path, &file.blob).to_vec();
        let folds: BTreeSet<[u8; 32]> = occurrences.iter().map(|occurrence| occurrence.identity.fold).collect();
        for fold in folds {
            let path = String::from_utf8_lossy(&file.path).into_owned();
            let of_it = || occurrences.iter().filter(|one| one.identity.fold == fold).cloned().collect::<Vec<_>>();
            let before = file.before.iter().flatten().collect::<Vec<_>>();
            if before.iter().any(|blob| self.has(&file.path, blob, &fold)) {
                if let Some(news) = self.found.get_mut(&(fold, path)) {
                    news.occurrences = of_it();
                }
                continue;
            }
            if let Some(source) = self.source(step, file, &fold) {
                let moved = self.found.remove(&(fold, String::from_utf8_lossy(&source).into_owned()));
                if let Some(news) = moved {
                    let news = News { path: file.path.clone(), first: news.first, occurrences: of_it() };
                    self.found.insert((fold, path), news);
                }
                continue;
            }
            let own = self.plan.range.from.filter(|_| !self.plan.range.parted);
            let sides: BTreeSet<Id> = reached.bounds.iter().copied().chain(own).collect();
            if sides.iter().any(|side| self.held_by(side, &file.path, &fold).is_some()) {
                continue;
            }
            let news = News { path: file.path.clone(), first: step.id, occurrences: of_it() };
            self.found.entry((fold, path)).or_insert(news);
        }
    }

    /// The file that a new one came from, if that held the secret.
    fn source(&mut self, step: &Step, file: &NewFile, fold: &[u8; 32]) -> Option<Vec<u8>> {
        let mut pieces = None;
        for (parent, before) in step.parents.iter().zip(&file.before) {
            if before.is_some() {
                continue;
            }
            let tree = tree_of(parent, &mut self.trees, &mut self.reader)?;
            // What the parent has and this commit has not.
            let gone = news(&tree, &[Some(step.tree)], &mut self.reader).unwrap_or_default();
            for old in gone.files.into_iter().filter(|old| old.before.iter().all(Option::is_none)) {
                let alike = old.blob == file.blob || {
                    let mut bytes = Vec::new();
                    let pieces = pieces.get_or_insert_with(|| {
                        let read = self.reader.read_as(Kind::Blob, &file.blob, &mut bytes);
                        read.is_ok().then(|| Pieces::of(&bytes))
                    });
                    let read = self.reader.read_as(Kind::Blob, &old.blob, &mut bytes).is_ok();
                    read && bytes.len() <= LARGEST_ALIKE && pieces.as_ref().is_some_and(|pieces| pieces.is_like(&bytes))
                };
                if alike && self.has(&old.path, &old.blob, fold) {
                    return Some(old.path);
                }
            }
        }
        None
    }

    /// Says of all that is new until when, and whether HEAD holds it.
    fn finish(mut self, reached: &Reached) -> Vec<Occurrence> {
        let head = refs::head(&self.plan.subject.directory).ok().and_then(|head| head.commit);
        let mut all = Vec::new();
        for ((fold, _), news) in std::mem::take(&mut self.found) {
            let begin = reached.steps.iter().position(|step| step.id == news.first).unwrap_or(0);
            let mut last = news.first;
            let mut shown = news.occurrences;
            let mut object = None;
            for step in &reached.steps[begin..] {
                if let Some(blob) = self.held_by(&step.id, &news.path, &fold) {
                    last = step.id;
                    object = Some(blob);
                }
            }
            if let Some(blob) = object {
                let held = self.holds(&news.path, &blob);
                shown = held.iter().filter(|one| one.identity.fold == fold).cloned().collect();
            }
            let in_head = head.is_some_and(|head| self.held_by(&head, &news.path, &fold).is_some());
            let commits = Arc::new(Commits {
                first: Some(news.first.to_string()),
                last: Some(last.to_string()),
                shown: Some(news.first.to_string()),
                in_head,
                object: object.map(|blob| blob.to_string()),
                ..Commits::default()
            });
            all.extend(shown.into_iter().map(|one| Occurrence { commits: Some(Arc::clone(&commits)), ..one }));
        }
        all
    }
}

/// What one thread reads and scans with.
struct Look<'o> {
    reader: Reader<'o>,
    scratch: Scratch,
    buffer: Buffer,
    bytes: Vec<u8>,
}

impl<'o> Look<'o> {
    fn new(objects: &'o Objects) -> Self {
        Self { reader: Reader::new(objects), scratch: Scratch::default(), buffer: Buffer::default(), bytes: Vec::new() }
    }

    fn at(
        &mut self,
        scanner: &Scanner,
        plan: &Plan,
        path: &str,
        blob: &Id,
        limits: &crate::source::archive::Limits,
        coverage: &mut Coverage,
    ) -> Result<Vec<Occurrence>, String> {
        let Self { reader, scratch, buffer, bytes } = self;
        reader.read_as(Kind::Blob, blob, bytes).map_err(|trouble| trouble.to_string())?;
        let mut found = Vec::new();
        let origin = plan.origin(path);
        let mut visit = |artifact: &Artifact<'_>| found.extend(scanner.scan(artifact, scratch).occurrences);
        read::read_held(&origin, bytes, limits, buffer, coverage, &mut visit);
        Ok(found)
    }
}

/// What stands in the messages of the commits.
fn messages(scanner: &Scanner, plan: &Plan, reached: &Reached, coverage: &mut Coverage) -> Vec<Occurrence> {
    let mut reader = Reader::new(&plan.objects);
    let (mut scratch, mut bytes, mut found) = (Scratch::default(), Vec::new(), Vec::new());
    let origin = plan.origin(super::MESSAGE);
    for step in &reached.steps {
        if reader.read_as(Kind::Commit, &step.id, &mut bytes).is_err() {
            continue;
        }
        coverage.bytes += bytes.len() as u64;
        let artifact =
            Artifact { origin: &origin, bytes: &bytes, base: 0, first_line: 1, first_column: 1, joined: None };
        for mut one in scanner.scan(&artifact, &mut scratch).occurrences {
            let id = step.id.to_string();
            one.location.origin = plan.origin(&format!("<commit {id}>"));
            one.commits = Some(Arc::new(Commits {
                first: Some(id.clone()),
                last: Some(id.clone()),
                shown: Some(id.clone()),
                object: Some(id),
                ..Commits::default()
            }));
            found.push(one);
        }
    }
    found
}
