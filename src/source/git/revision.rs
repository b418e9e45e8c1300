//! Revisions as people type them: names of refs, beginnings of object names, `~2`, `^`, `@{1}`; and ranges of two of them.

use super::commit::{Commit, tagged};
use super::{GitDirectory, GitError, Id, Kind, Objects, Reader, refs, reftable_log};
use crate::source::repository::read_bounded;

/// Longest revision, in bytes.
const LONGEST: usize = 4096;
/// Largest reflog read, in bytes.
const LARGEST_LOG: u64 = 64 << 20;

/// Why a revision names no commit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RevisionError {
    /// Nothing is called so.
    #[error(
        "the revision `{0}` cannot be resolved\nhint: check its spelling; a clone made with a fetch depth holds only the newest commits, so fetch it first (`git fetch --unshallow`, or `fetch-depth: 0` in a workflow)"
    )]
    Unknown(String),
    /// A branch follows nothing.
    #[error(
        "the revision `{0}` cannot be resolved: the branch follows none that is fetched\nhint: set one (`git branch --set-upstream-to`), or name the commit"
    )]
    NoUpstream(String),
    /// It is written in one of git's ways that are not read here.
    #[error(
        "the revision `{0}` is written in a way that keytrawl does not read\nhint: write what `git rev-parse` makes of it"
    )]
    Unread(String),
    /// HEAD was not moved from that many branches.
    #[error(
        "the revision `{0}` cannot be resolved: HEAD's log in this clone tells of fewer branches that were checked out before\nhint: name the branch or the commit"
    )]
    NoBranchBefore(String),
    /// What only some commands of git take for the branch before.
    #[error("`-` is no revision\nhint: write `@{{-1}}` for the branch that was checked out before")]
    Dash,
    /// Several objects are called so.
    #[error("the revision `{0}` is the beginning of several objects' names\nhint: write more digits of it")]
    Ambiguous(String),
    /// It names something that is no commit.
    #[error("the revision `{0}` names no commit\nhint: name a commit, a branch or a tag")]
    NoCommit(String),
    /// Not two revisions.
    #[error("`{0}` is no range of commits\nhint: write `A..B`, such as `origin/main..HEAD`, or use `--since A`")]
    NoRange(String),
    /// The repository cannot be read.
    #[error(transparent)]
    Git(#[from] GitError),
}

/// A range of commits: those reachable from one and not from the other.
///
/// The object name of nothing but zeros is how git tells a hook, and a host its workflows, that a branch was not there before
/// (`0000…..NEW`) or is deleted (`OLD..0000…`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Range {
    /// What is excluded, with all that it reaches; `None` where there is nothing before.
    pub from: Option<Id>,
    /// What is included, with all that it reaches; `None` where nothing is left.
    pub to: Option<Id>,
    /// Whether it begins where the two parted (`A...B`), so that what came to A since does not matter.
    pub parted: bool,
}

/// Resolves `A..B` or `A...B`. A side that is left out is HEAD.
///
/// # Errors
/// Where that is no range, or a side names no commit.
pub fn range(text: &str, directory: &GitDirectory, objects: &Objects) -> Result<Range, RevisionError> {
    let (from, to, parted) = match (text.split_once("..."), text.split_once("..")) {
        (Some((from, to)), _) => (from, to, true),
        (None, Some((from, to))) => (from, to, false),
        (None, None) => return Err(RevisionError::NoRange(text.to_owned())),
    };
    if (from.starts_with('-') && from != "-") || to.contains("..") {
        return Err(RevisionError::NoRange(text.to_owned()));
    }
    let resolve = |side: &str| match side {
        "" => commit("HEAD", directory, objects).map(Some),
        zeros if is_null(zeros, objects) => Ok(None),
        side => commit(side, directory, objects).map(Some),
    };
    Ok(Range { from: resolve(from)?, to: resolve(to)?, parted })
}

/// Whether that is the object name of nothing.
fn is_null(name: &str, objects: &Objects) -> bool {
    name.len() == objects.hash * 2 && name.bytes().all(|digit| digit == b'0')
}

/// Resolves a revision to a commit.
///
/// # Errors
/// Where it names none.
pub fn commit(text: &str, directory: &GitDirectory, objects: &Objects) -> Result<Id, RevisionError> {
    let unknown = || RevisionError::Unknown(text.to_owned());
    let unread = || RevisionError::Unread(text.to_owned());
    let no_commit = || RevisionError::NoCommit(text.to_owned());
    if text.is_empty() || text.len() > LONGEST {
        return Err(unknown());
    }
    if text == "-" {
        return Err(RevisionError::Dash);
    }
    if text.starts_with(":/") {
        return Err(unread());
    }
    let end = text.find(['^', '~']).unwrap_or(text.len());
    let (name, mut steps) = text.split_at(end);
    let mut reader = Reader::new(objects);
    let mut at = base(name, text, directory, objects)?;
    while let Some(step) = steps.chars().next() {
        let rest = &steps[1..];
        if let Some(behind) = rest.strip_prefix('{').filter(|_| step == '^') {
            let (kind, behind) = behind.split_once('}').ok_or_else(unknown)?;
            match kind {
                "object" => {}
                "tag" => match reader.read(&at, &mut Vec::new()) {
                    Ok(Kind::Tag) => {}
                    _ => return Err(no_commit()),
                },
                "" | "commit" => at = peel(at, &mut reader).ok_or_else(unknown)?,
                text if text.starts_with('/') => return Err(unread()),
                _ => return Err(no_commit()),
            }
            steps = behind;
            continue;
        }
        // `A^@`, `A^!` and `A^-` name several commits, or a range.
        if step == '^' && rest.starts_with(['@', '!', '-']) {
            return Err(unread());
        }
        at = peel(at, &mut reader).ok_or_else(unknown)?;
        let digits = rest.len() - rest.trim_start_matches(|digit: char| digit.is_ascii_digit()).len();
        let number: u32 = if digits == 0 { 1 } else { rest[..digits].parse().map_err(|_| unknown())? };
        steps = &rest[digits..];
        if step == '^' && number > 0 {
            at = parent(at, number as usize - 1, &mut reader).ok_or_else(unknown)?;
        } else if step == '~' {
            for _ in 0..number {
                at = parent(at, 0, &mut reader).ok_or_else(unknown)?;
            }
        } else if step != '^' {
            return Err(unknown());
        }
    }
    at = peel(at, &mut reader).ok_or_else(unknown)?;
    match reader.read(&at, &mut Vec::new()) {
        Ok(Kind::Commit) => Ok(at),
        Ok(_) => Err(no_commit()),
        Err(_) => Err(unknown()),
    }
}

/// What a name without steps names: a whole object name, a ref as git looks it up, or the beginning of an object name.
fn base(name: &str, whole: &str, directory: &GitDirectory, objects: &Objects) -> Result<Id, RevisionError> {
    let name = if name == "@" { "HEAD" } else { name };
    if let Some(id) = Id::from_hex(name.as_bytes()).filter(|id| id.as_bytes().len() == objects.hash) {
        return Ok(id);
    }
    if let Some((of, number)) = name.strip_suffix('}').and_then(|name| name.rsplit_once("@{")) {
        if let Some(back) = number.strip_prefix('-').and_then(|back| back.parse::<usize>().ok()) {
            let before = if of.is_empty() && back > 0 { checked_out(back, directory) } else { None };
            let before = before.ok_or_else(|| RevisionError::NoBranchBefore(whole.to_owned()))?;
            return base(&before, whole, directory, objects);
        }
        // `@{-1}@{u}`: of the branch before.
        let before = of.strip_prefix("@{-").and_then(|back| back.strip_suffix('}')?.parse().ok());
        let before = match before {
            Some(back) => {
                Some(checked_out(back, directory).ok_or_else(|| RevisionError::NoBranchBefore(whole.to_owned()))?)
            }
            None => None,
        };
        let of = before.as_deref().unwrap_or(of);
        if ["u", "upstream"].iter().any(|word| number.eq_ignore_ascii_case(word)) {
            return upstream(of, directory)?.ok_or_else(|| RevisionError::NoUpstream(whole.to_owned()));
        }
        let number: usize = number.parse().map_err(|_| RevisionError::Unread(whole.to_owned()))?;
        // Without a name, it is the branch that is checked out.
        let branch = if of.is_empty() { refs::head(directory)?.branch } else { None };
        let of = match (of, &branch) {
            ("", Some(branch)) => &format!("refs/heads/{branch}"),
            ("" | "@", _) => "HEAD",
            (name, _) => name,
        };
        let found = logged(of, number, directory);
        return found.ok_or_else(|| RevisionError::Unknown(whole.to_owned()));
    }
    // `HEAD:path`, `:path`: no ref is called so.
    if name.contains(':') {
        return Err(RevisionError::NoCommit(whole.to_owned()));
    }
    for full in ["", "refs/", "refs/tags/", "refs/heads/", "refs/remotes/"] {
        // What lies beside HEAD is a ref only if it is written in capitals.
        if full.is_empty() && !name.starts_with("refs/") && name.bytes().any(|byte| byte.is_ascii_lowercase()) {
            continue;
        }
        if let Some(id) = refs::find(directory, &format!("{full}{name}"))? {
            return Ok(id);
        }
    }
    if let Some(id) = refs::find(directory, &format!("refs/remotes/{name}/HEAD"))? {
        return Ok(id);
    }
    // `git describe` writes `v1.2-3-gabcdef0`.
    let digits = name.rsplit_once("-g").map_or(name, |(_, digits)| digits);
    let found = objects.starting_with(digits);
    match found.as_slice() {
        [] => Err(RevisionError::Unknown(whole.to_owned())),
        [one] => Ok(*one),
        several => {
            let mut reader = Reader::new(objects);
            let mut bytes = Vec::new();
            let mut commits = several
                .iter()
                .filter(|id| reader.read(id, &mut bytes).is_ok_and(|kind| matches!(kind, Kind::Commit | Kind::Tag)));
            match (commits.next(), commits.next()) {
                (Some(one), None) => Ok(*one),
                _ => Err(RevisionError::Ambiguous(whole.to_owned())),
            }
        }
    }
}

/// What the branch of that name follows; the one that is checked out where there is no name.
fn upstream(of: &str, directory: &GitDirectory) -> Result<Option<Id>, GitError> {
    let branch = match of {
        "" | "HEAD" => refs::head(directory)?.branch,
        name => Some(name.strip_prefix("refs/heads/").unwrap_or(name).to_owned()),
    };
    match branch.and_then(|branch| directory.config.upstream(&branch)) {
        Some(full) => refs::find(directory, &full),
        None => Ok(None),
    }
}

/// The branch, or the commit, that was checked out before the last, as git finds it: HEAD's log tells of each `checkout`.
fn checked_out(back: usize, directory: &GitDirectory) -> Option<String> {
    let changes = changes("HEAD", directory);
    let moves = changes.iter().rev().filter_map(|change| {
        let from = change.why.strip_prefix(b"checkout: moving from ")?;
        memchr::memmem::find(from, b" to ").map(|end| String::from_utf8_lossy(&from[..end]).into_owned())
    });
    moves.skip(back.checked_sub(1)?).find(|name| !name.contains(['^', '~', ':', '{']))
}

/// What a ref named before its last changes.
fn logged(name: &str, back: usize, directory: &GitDirectory) -> Option<Id> {
    if name.split('/').any(|part| part.is_empty() || part.starts_with('.')) {
        return None;
    }
    let changes = ["", "refs/", "refs/tags/", "refs/heads/", "refs/remotes/"]
        .iter()
        .map(|above| changes(&format!("{above}{name}"), directory))
        .find(|changes| !changes.is_empty())?;
    match changes.iter().rev().nth(back) {
        Some(change) => Some(change.new),
        // Before the oldest change that is told of.
        None => changes.first().filter(|first| back == changes.len() && !first.old.is_null()).map(|first| first.old),
    }
}

/// A change of a ref, as its log tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Change {
    /// What it named before.
    pub(super) old: Id,
    /// What it named then.
    pub(super) new: Id,
    /// What was done, in a line.
    pub(super) why: Vec<u8>,
}

/// What a ref named before and after each of its changes, the oldest first.
fn changes(full: &str, directory: &GitDirectory) -> Vec<Change> {
    if directory.config.reftable {
        let hash = if directory.config.sha256 { 32 } else { 20 };
        let stacks = [&directory.own, &directory.common].map(|at| at.join("reftable"));
        let found = stacks.iter().filter_map(|stack| reftable_log::read(stack, hash, full).ok());
        return found.into_iter().find(|changes| !changes.is_empty()).unwrap_or_default();
    }
    let places = [&directory.own, &directory.common].map(|at| at.join("logs").join(full));
    let Some(log) = places.iter().find_map(|path| read_bounded(path, LARGEST_LOG)) else { return Vec::new() };
    let change = |line: &[u8]| {
        let mut words = line.splitn(3, |byte| *byte == b' ');
        let (old, new) = (Id::from_hex(words.next()?)?, Id::from_hex(words.next()?)?);
        let why = words.next().and_then(|rest| rest.splitn(2, |byte| *byte == b'\t').nth(1)).unwrap_or_default();
        Some(Change { old, new, why: why.to_vec() })
    };
    log.split(|byte| *byte == b'\n').filter_map(change).collect()
}

fn parent(of: Id, at: usize, reader: &mut Reader<'_>) -> Option<Id> {
    let mut bytes = Vec::new();
    reader.read_as(Kind::Commit, &of, &mut bytes).ok()?;
    Commit::parse(&bytes)?.parents.get(at).copied()
}

fn peel(mut id: Id, reader: &mut Reader<'_>) -> Option<Id> {
    let mut bytes = Vec::new();
    for _ in 0..16 {
        match reader.read(&id, &mut bytes).ok()? {
            Kind::Tag => id = tagged(&bytes)?,
            _ => return Some(id),
        }
    }
    None
}
