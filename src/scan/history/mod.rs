//! Scans the whole history of a repository: every object once, then the commits that hold what was found.
//!
//! The order of the passes: commits (their messages are scanned), trees (they give each blob a path), blobs. Only for blobs
//! that hold something, all paths and commits are looked up, and they are scanned again at each path, so that slots, servers
//! and belief are those of that place.

mod attribution;
mod blob;
mod changes;
mod credit;
mod fold;
pub mod range;
mod rank;

pub(crate) use fold::join;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::coverage::{Coverage, Notice, NoticeKind, Skip};
use crate::credential::{Commits, Occurrence};
use crate::scan::workers::{Progress, WorkersError, share};
use crate::scan::{Scanner, Scratch};
use crate::source::archive::Limits;
use crate::source::exclude::Exclude;
use crate::source::git::catalogue::Catalogue;
use crate::source::git::families::{Decoder, Seen};
use crate::source::git::listing::{Listing, Tree};
use crate::source::git::log::{Log, Row};
use crate::source::git::objects::{Kind, Objects};
use crate::source::git::paths::{Paths, Places};
use crate::source::git::{GitDirectory, Id, Label, ownership, refs};
use crate::source::read::{self, Buffer};
use crate::source::{Artifact, Asset, Origin, Place};

use attribution::Trail;
use blob::{Looker, Memory};

/// Messages of commits and tags are scanned as this: text without a syntax.
const MESSAGE: &str = "message.txt";

/// Whose history, and what its files are called.
#[derive(Debug, Clone)]
pub struct Subject {
    /// Where the repository keeps its things.
    pub directory: GitDirectory,
    /// What it belongs to.
    pub asset: Arc<Asset>,
    /// How its paths are reported.
    pub label: Label,
}

/// How it is scanned.
#[derive(Debug)]
pub struct Options<'a> {
    /// Threads.
    pub threads: usize,
    /// Bounds of archives and windows.
    pub limits: Limits,
    /// Paths that are left out.
    pub exclude: &'a Exclude,
}

/// What a history holds.
#[derive(Debug, Default)]
pub struct Found {
    /// Every place of every credential, with its commits.
    pub occurrences: Vec<Occurrence>,
    /// What was scanned and what was not.
    pub coverage: Coverage,
}

/// What one thread keeps.
struct State<'c> {
    decoder: Decoder<'c, Memory>,
    scratch: Scratch,
    buffer: Buffer,
    coverage: Coverage,
    rows: Vec<Row>,
    /// Numbers of blobs that something was found in.
    hits: Vec<u32>,
    /// The bytes of some of them, so that they need not be decoded again.
    kept: Kept,
    messages: Vec<Occurrence>,
    origin: Arc<Origin>,
}

/// Blobs that are scanned again, as many as fit.
#[derive(Default)]
struct Kept {
    blobs: BTreeMap<u32, Box<[u8]>>,
    len: usize,
}

impl Kept {
    /// Most bytes that are kept by one thread.
    const MOST: usize = 8 << 20;

    fn keep(&mut self, number: u32, bytes: &[u8]) {
        if self.len + bytes.len() <= Self::MOST {
            self.len += bytes.len();
            self.blobs.insert(number, bytes.into());
        }
    }
}

/// Scans a history.
///
/// # Errors
/// Where a thread could not be had or keytrawl itself failed. What cannot be read is a notice.
pub fn scan(
    scanner: &Scanner,
    subject: &Subject,
    options: &Options<'_>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Found, WorkersError> {
    let objects = subject.directory.objects();
    let catalogue = Catalogue::new(&objects, |count, work| {
        if count < 2 {
            // A small pack, of which there may be many.
            (0..count).for_each(work);
            return Ok(());
        }
        share(options.threads, count, || (), |number, ()| work(number), "packs").map(|_| ())
    })?;
    let pass = Pass { scanner, subject, options, catalogue: &catalogue };
    let mut coverage = Coverage::default();
    pass.troubles(&objects, &mut coverage);
    coverage.notices.extend(ownership::notice(&subject.directory, subject.label.root()));

    let mut messages = Vec::new();
    let mut rows = Vec::new();
    for kind in [Kind::Commit, Kind::Tag] {
        for state in pass.messages(kind)? {
            coverage.absorb(state.coverage);
            rows.extend(state.rows);
            messages.extend(state.messages);
        }
    }
    let tips = pass.tips(&mut coverage);
    let log = Log::new(rows, &tips.reached, &tips.refs, &subject.directory, &catalogue);
    pass.gaps(&log, &mut coverage);
    let paths = pass.paths(&log)?;
    pass.missing(&paths, &mut coverage);
    progress(Progress { files: 0, bytes: coverage.bytes });

    let (mut hits, mut kept) = (Vec::new(), BTreeMap::new());
    for state in pass.blobs(&paths)? {
        coverage.absorb(state.coverage);
        hits.extend(state.hits);
        kept.extend(state.kept.blobs);
    }
    hits.sort_unstable();
    hits.dedup();
    progress(Progress { files: coverage.blobs, bytes: coverage.bytes });

    let mut occurrences: Vec<Occurrence> = messages;
    if !hits.is_empty() {
        let roots = log.rows().filter_map(|row| row.tree);
        let trail = Trail::of(&hits, &catalogue, &paths, roots, options.threads)?;
        let branches: Vec<u32> = tips.branches.iter().map(|(_, tip)| *tip).collect();
        let places = trail.places(&log, tips.head, &branches, &hits);
        let seen = pass.again(&hits, &places, &kept)?;
        occurrences.extend(fold::fold(seen, &log, &trail, &pass, &tips));
    }
    credit::people(&mut occurrences, &subject.directory, &objects);
    Ok(Found { occurrences, coverage })
}

/// The commits that refs and HEAD name, by number.
#[derive(Debug, Default)]
struct Tips {
    /// What refs name, by their full names.
    refs: BTreeMap<String, Id>,
    /// All of them.
    reached: Vec<u32>,
    /// Branches by name, remote ones included.
    branches: Vec<(String, u32)>,
    head: Option<u32>,
}

struct Pass<'a, 'c> {
    scanner: &'a Scanner,
    subject: &'a Subject,
    options: &'a Options<'a>,
    catalogue: &'c Catalogue<'c>,
}

impl<'c> Pass<'_, 'c> {
    fn state(&self) -> State<'c> {
        State {
            decoder: Decoder::new(self.catalogue),
            scratch: Scratch::default(),
            buffer: Buffer::default(),
            coverage: Coverage::default(),
            rows: Vec::new(),
            hits: Vec::new(),
            kept: Kept::default(),
            messages: Vec::new(),
            origin: Arc::new(self.origin("")),
        }
    }

    /// Of a path of the repository.
    fn origin(&self, path: &str) -> Origin {
        let reported = self.subject.label.path(path);
        Origin::new(reported, Place::Repo, Arc::clone(&self.subject.asset)).inside(path)
    }

    /// Scans the messages of all commits or tags, and takes in what the commits say.
    fn messages(&self, kind: Kind) -> Result<Vec<State<'c>>, WorkersError> {
        let families = self.catalogue.families(kind);
        let origin = Arc::new(self.origin(MESSAGE));
        share(
            self.options.threads,
            families.len(),
            || self.state(),
            |at, state| {
                let State { decoder, scratch, coverage, rows, messages, .. } = state;
                decoder.family(families[at], &mut |number, seen, _| {
                    let bytes = match seen {
                        Seen::Bytes(bytes) | Seen::Changed { bytes, .. } => bytes,
                        Seen::Stream(_) => return self.lose(number, "is larger than any message", coverage),
                        Seen::Lost(trouble) => return self.lose(number, &trouble.to_string(), coverage),
                    };
                    coverage.bytes += bytes.len() as u64;
                    if kind == Kind::Commit {
                        coverage.commits += 1;
                        match Row::parse(number, bytes, self.catalogue) {
                            Some(row) => rows.push(row),
                            None => _ = self.lose(number, "is no commit that can be read", coverage),
                        }
                    } else {
                        coverage.tags += 1;
                    }
                    let artifact =
                        Artifact { origin: &origin, bytes, base: 0, first_line: 1, first_column: 1, joined: None };
                    let found = self.scanner.scan(&artifact, scratch).occurrences;
                    messages.extend(found.into_iter().map(|found| self.of_message(kind, number, found)));
                    Memory::default()
                });
            },
            "the commits of a repository",
        )
    }

    /// What was found in a message, at a path that names it.
    fn of_message(&self, kind: Kind, number: u32, mut found: Occurrence) -> Occurrence {
        let id = self.catalogue.name(number).map(|id| id.to_string()).unwrap_or_default();
        let word = if kind == Kind::Commit { "commit" } else { "tag" };
        found.location.origin = Arc::new(self.origin(&format!("<{word} {id}>")));
        let commit = (kind == Kind::Commit).then(|| id.clone());
        found.commits = Some(Arc::new(Commits {
            first: commit.clone(),
            last: commit.clone(),
            shown: commit,
            object: Some(id),
            ..Commits::default()
        }));
        found
    }

    /// What refs and HEAD name. Tags are followed to their commits.
    fn tips(&self, coverage: &mut Coverage) -> Tips {
        let directory = &self.subject.directory;
        let mut tips = Tips::default();
        tips.refs = match refs::all(directory) {
            Ok(refs) => refs,
            Err(trouble) => {
                self.notice(NoticeKind::HistoryIncomplete, &trouble.to_string(), coverage);
                return tips;
            }
        };
        let mut reader = crate::source::git::Reader::new(self.catalogue.objects);
        // Most refs name commits, which need not be read to tell that.
        let mut peel = |id: Id| match self.catalogue.find(id.as_bytes()) {
            Some(number) if self.catalogue.kind(number) == Some(Kind::Commit) => Some(number),
            _ => refs::peel(id, &mut reader).and_then(|id| self.catalogue.find(id.as_bytes())),
        };
        for (name, id) in &tips.refs {
            let Some(commit) = peel(*id) else { continue };
            tips.reached.push(commit);
            let branch = name.strip_prefix("refs/heads/").or_else(|| name.strip_prefix("refs/remotes/"));
            if let Some(branch) = branch.filter(|branch| !branch.ends_with("/HEAD")) {
                tips.branches.push((branch.to_owned(), commit));
            }
        }
        let head = refs::head(directory).ok().and_then(|head| head.commit);
        tips.head = head.and_then(|id| self.catalogue.find(id.as_bytes()));
        tips.reached.extend(tips.head);
        tips
    }

    /// Gives every blob a path.
    fn paths(&self, log: &Log) -> Result<Paths<'c>, WorkersError> {
        let families = self.catalogue.families(Kind::Tree);
        let places = Places::new(self.catalogue, log.rows().filter_map(|row| row.tree), rank::telling);
        let states = share(
            self.options.threads,
            families.len(),
            || (Decoder::<Listing>::new(self.catalogue), places.gatherer()),
            |at, (decoder, gatherer)| {
                decoder.family(families[at], &mut |number, seen, leads| match Tree::of(&seen) {
                    Some(tree) => places.tree(number, tree, leads, gatherer),
                    None => {
                        gatherer.lose(number);
                        Listing::default()
                    }
                });
            },
            "the trees of a repository",
        )?;
        Ok(places.finish(states.into_iter().map(|(_, gatherer)| gatherer).collect()))
    }

    /// Scans every blob once, at its most telling path.
    fn blobs(&self, paths: &Paths<'_>) -> Result<Vec<State<'c>>, WorkersError> {
        let families = self.catalogue.families(Kind::Blob);
        let mut telling: BTreeMap<u32, String> = BTreeMap::new();
        for (blob, path) in paths.asked() {
            if rank::tells(&path) {
                telling.entry(blob).or_insert(path);
            }
        }
        let states = share(
            self.options.threads,
            families.len(),
            || (self.state(), Looker::new(self.scanner, &self.options.limits)),
            |at, (state, looker)| {
                let State { decoder, coverage, hits, kept, origin, .. } = state;
                decoder.family(families[at], &mut |number, seen, leads| {
                    let path = telling.get(&number).cloned().or_else(|| paths.of(number)).unwrap_or_default();
                    Arc::make_mut(origin).move_to(path);
                    let bytes = match &seen {
                        Seen::Bytes(bytes) | Seen::Changed { bytes, .. } => Some(*bytes),
                        Seen::Stream(_) | Seen::Lost(_) => None,
                    };
                    match looker.look(origin, seen, leads, coverage) {
                        Ok((holds, memory)) => {
                            if holds {
                                hits.push(number);
                                bytes.into_iter().for_each(|bytes| kept.keep(number, bytes));
                            }
                            memory
                        }
                        Err(reason) => self.lose(number, &reason, coverage),
                    }
                });
            },
            "the blobs of a repository",
        )?;
        Ok(states.into_iter().map(|(state, _)| state).collect())
    }

    /// Scans the blobs that something was found in once more, at each of their paths.
    fn again(
        &self,
        hits: &[u32],
        places: &attribution::Places,
        kept: &BTreeMap<u32, Box<[u8]>>,
    ) -> Result<Vec<fold::Sighting>, WorkersError> {
        let mut all: BTreeMap<u32, Vec<(&str, &attribution::Reach)>> = hits.iter().map(|hit| (*hit, vec![])).collect();
        for ((blob, path), reach) in places {
            all.entry(*blob).or_default().push((path, reach));
        }
        let all: Vec<(u32, Vec<_>)> = all.into_iter().collect();
        let states = share(
            self.options.threads,
            all.len(),
            || (self.state(), Vec::new()),
            |at, (state, sightings)| {
                let (blob, paths) = &all[at];
                let State { decoder, scratch, buffer, coverage, .. } = state;
                let mut places: Vec<(Option<&str>, Option<&attribution::Reach>)> =
                    paths.iter().map(|(path, reach)| (Some(*path), Some(*reach))).collect();
                if places.is_empty() {
                    places.push((None, None));
                }
                places.retain(|(path, _)| {
                    !path.is_some_and(|path| self.options.exclude.matches_any_parent(&self.subject.label.path(path)))
                });
                places.reverse();
                // A blob that is held is shown at all its paths, one that is read as a stream anew for each.
                while !places.is_empty() {
                    let mut show = |_: u32, mut seen: Seen<'_, Memory>, _: bool| {
                        while let Some((path, reach)) = places.pop() {
                            let origin = Arc::new(path.map_or_else(|| self.unnamed(*blob), |path| self.origin(path)));
                            let mut visit = |artifact: &Artifact<'_>| {
                                let found = self.scanner.scan(artifact, scratch).occurrences;
                                sightings.extend(found.into_iter().map(|occurrence| fold::Sighting {
                                    blob: *blob,
                                    path: path.map(str::to_owned),
                                    reach: reach.cloned(),
                                    occurrence,
                                }));
                            };
                            let limits = &self.options.limits;
                            match &mut seen {
                                Seen::Bytes(bytes) => {
                                    read::read_held(&origin, bytes, limits, buffer, coverage, &mut visit);
                                }
                                Seen::Stream(stream) => {
                                    // What could not be read of it was told when it was scanned first.
                                    let _ = read::read_streamed(&origin, *stream, limits, buffer, coverage, &mut visit);
                                    return Memory::default();
                                }
                                Seen::Changed { .. } | Seen::Lost(_) => {}
                            }
                        }
                        Memory::default()
                    };
                    match kept.get(blob) {
                        Some(bytes) => _ = show(*blob, Seen::Bytes(bytes), false),
                        None => decoder.single(*blob, &mut show),
                    }
                }
            },
            "the blobs of a repository",
        )?;
        Ok(states.into_iter().flat_map(|(_, sightings)| sightings).collect())
    }

    /// What a blob is called that no commit holds.
    fn unnamed(&self, blob: u32) -> Origin {
        let id = self.catalogue.name(blob).map(|id| id.to_string()).unwrap_or_default();
        self.origin(&format!("<blob {id}>"))
    }

    fn lose(&self, number: u32, reason: &str, coverage: &mut Coverage) -> Memory {
        coverage.skip(Skip::Unreadable);
        let id = self.catalogue.name(number).map(|id| id.to_string()).unwrap_or_default();
        let message = match reason.contains(&id) {
            true => reason.to_owned(),
            false => format!("the object {id} {reason}"),
        };
        self.notice(NoticeKind::ObjectUnreadable, &message, coverage);
        Memory::default()
    }

    fn notice(&self, kind: NoticeKind, message: &str, coverage: &mut Coverage) {
        let hint = match kind {
            NoticeKind::ObjectUnreadable => "`git fsck` says what else is damaged; a new clone has all objects",
            _ => "fetch what is missing (`git fetch --unshallow`, `git fetch --refetch`), or scan a full clone",
        };
        coverage.notices.insert(Notice {
            kind,
            path: Some(self.subject.label.root()),
            line: None,
            message: message.to_owned(),
            hint: Some(hint.to_owned()),
        });
    }

    /// Parts of the object store that cannot be opened.
    fn troubles(&self, objects: &Objects, coverage: &mut Coverage) {
        for trouble in objects.troubles.iter().chain(&self.catalogue.troubles) {
            self.notice(NoticeKind::ObjectUnreadable, &trouble.to_string(), coverage);
        }
    }

    /// Where the history that is here ends before it begins.
    fn gaps(&self, log: &Log, coverage: &mut Coverage) {
        if self.subject.directory.is_shallow() {
            self.notice(NoticeKind::HistoryIncomplete, "is a shallow clone: older commits are not here", coverage);
        }
        let missing: std::collections::BTreeSet<_> = log.rows().flat_map(|row| &row.missing).collect();
        if let Some(first) = missing.first() {
            let clone = self.partial();
            let message = format!("{clone}{} that commits name are missing, such as {first}", count(missing.len()));
            self.notice(NoticeKind::HistoryIncomplete, &message, coverage);
        }
    }

    /// What is said in front of what is missing.
    fn partial(&self) -> &'static str {
        let partial = self.subject.directory.config.partial || self.catalogue.objects.is_partial();
        if partial { "is a partial clone: " } else { "" }
    }

    /// Objects that trees name and that are not there.
    fn missing(&self, paths: &Paths<'_>, coverage: &mut Coverage) {
        if let Some(first) = paths.missing.first() {
            let clone = self.partial();
            let message = format!("{clone}{} that trees name are missing, such as {first}", count(paths.missing.len()));
            self.notice(NoticeKind::HistoryIncomplete, &message, coverage);
        }
        for tree in &paths.damaged {
            self.lose(*tree, "is no tree that can be read", coverage);
        }
    }
}

fn count(number: usize) -> String {
    if number == 1 { "1 object".to_owned() } else { format!("{number} objects") }
}
