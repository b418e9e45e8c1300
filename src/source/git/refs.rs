//! The refs of a repository, in files of their own, packed or in a reftable, and what HEAD names.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::{GitDirectory, GitError, Id, Kind, Reader, reftable};
use crate::source::repository::read_bounded;

/// Largest `packed-refs`, in bytes: about four million refs.
const LARGEST_PACKED: u64 = 256 << 20;
/// Largest loose ref, in bytes.
const LARGEST_LOOSE: u64 = 4096;
/// How deep directories of refs may nest.
const DEEPEST: usize = 64;
/// How often a ref may name another ref, as in git.
const LONGEST_CHAIN: usize = 5;

/// What HEAD names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Head {
    /// The branch, without `refs/heads/`; `None` where HEAD is detached.
    pub branch: Option<String>,
    /// The commit; `None` before the first one.
    pub commit: Option<Id>,
}

/// What a ref says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// An object.
    Object(Id),
    /// Another ref.
    Ref(String),
}

/// What HEAD names.
///
/// # Errors
/// Where the refs cannot be read.
pub fn head(directory: &GitDirectory) -> Result<Head, GitError> {
    let target = read_one(directory, "HEAD")?;
    Ok(match target {
        Some(Target::Ref(name)) => {
            Head { commit: find(directory, &name)?, branch: name.strip_prefix("refs/heads/").map(str::to_owned) }
        }
        Some(Target::Object(id)) => Head { branch: None, commit: Some(id) },
        None => Head::default(),
    })
}

/// The object that the ref of this full name (`HEAD`, `refs/heads/main`) names in the end.
///
/// # Errors
/// Where the refs cannot be read.
pub fn find(directory: &GitDirectory, name: &str) -> Result<Option<Id>, GitError> {
    let mut name = name.to_owned();
    for _ in 0..=LONGEST_CHAIN {
        match read_one(directory, &name)? {
            Some(Target::Object(id)) => return Ok(Some(id)),
            Some(Target::Ref(next)) => name = next,
            None => return Ok(None),
        }
    }
    Ok(None)
}

/// All refs below `refs/` by their full names, those of this work tree included, and what each names in the end.
///
/// # Errors
/// Where the refs cannot be read.
pub fn all(directory: &GitDirectory) -> Result<BTreeMap<String, Id>, GitError> {
    let mut found;
    if directory.config.reftable {
        found = tabled(directory, true)?;
        found.retain(|name, _| name.starts_with("refs/"));
    } else {
        found = packed(directory);
        for root in [&directory.common, &directory.own] {
            collect(&root.join("refs"), "refs", 0, &mut found);
        }
    }
    // Most name an object themselves.
    let symbolic = found.iter().filter(|(_, target)| matches!(target, Target::Ref(_)));
    let symbolic: Vec<(String, Option<Id>)> = symbolic.map(|(name, _)| (name.clone(), resolve(name, &found))).collect();
    let direct = found.into_iter().filter_map(|(name, target)| match target {
        Target::Object(id) => Some((name, id)),
        Target::Ref(_) => None,
    });
    let mut all: BTreeMap<String, Id> = direct.collect();
    all.extend(symbolic.into_iter().filter_map(|(name, id)| Some((name, id?))));
    Ok(all)
}

/// The object that a ref names in the end, where `all` are known.
fn resolve<'a>(mut name: &'a str, all: &'a BTreeMap<String, Target>) -> Option<Id> {
    for _ in 0..=LONGEST_CHAIN {
        match all.get(name)? {
            Target::Object(id) => return Some(*id),
            Target::Ref(next) => name = next,
        }
    }
    None
}

/// The object that a tag points at in the end; anything else is itself. `None` where it cannot be read.
#[must_use]
pub fn peel(mut id: Id, reader: &mut Reader<'_>) -> Option<Id> {
    let mut bytes = Vec::new();
    for _ in 0..=LONGEST_CHAIN {
        match reader.read(&id, &mut bytes).ok()? {
            Kind::Tag => id = super::commit::tagged(&bytes)?,
            _ => return Some(id),
        }
    }
    None
}

fn read_one(directory: &GitDirectory, name: &str) -> Result<Option<Target>, GitError> {
    if !is_safe(name) {
        return Ok(None);
    }
    let own = is_own(name);
    // These two stay files: git writes them while others read.
    if directory.config.reftable && !matches!(name, "FETCH_HEAD" | "MERGE_HEAD") {
        return Ok(tabled(directory, own)?.remove(name));
    }
    let root = if own { &directory.own } else { &directory.common };
    if let Some(target) = read_bounded(&root.join(name), LARGEST_LOOSE).and_then(|bytes| parse(&bytes)) {
        return Ok(Some(target));
    }
    if !name.starts_with("refs/") {
        return Ok(None);
    }
    let packed = read_bounded(&directory.common.join("packed-refs"), LARGEST_PACKED).unwrap_or_default();
    Ok(lines(&packed).find(|(_, other)| *other == name.as_bytes()).map(|(id, _)| Target::Object(id)))
}

/// Whether a ref belongs to one work tree; others are shared by all.
fn is_own(name: &str) -> bool {
    let starts = ["refs/bisect/", "refs/worktree/", "refs/rewritten/"];
    !name.starts_with("refs/") || starts.iter().any(|start| name.starts_with(start))
}

/// What lies in reftables: the refs that all work trees share, and those of this one where they are asked for.
fn tabled(directory: &GitDirectory, own: bool) -> Result<BTreeMap<String, Target>, GitError> {
    let hash = if directory.config.sha256 { 32 } else { 20 };
    let mut found = reftable::read(&directory.common.join("reftable"), hash)?;
    if own && directory.own != directory.common {
        found.retain(|name, _| !is_own(name));
        found.extend(reftable::read(&directory.own.join("reftable"), hash)?);
    }
    Ok(found)
}

fn packed(directory: &GitDirectory) -> BTreeMap<String, Target> {
    let packed = read_bounded(&directory.common.join("packed-refs"), LARGEST_PACKED).unwrap_or_default();
    let named = lines(&packed).map(|(id, name)| (String::from_utf8_lossy(name).into_owned(), Target::Object(id)));
    named.filter(|(name, _)| name.starts_with("refs/")).collect()
}

fn lines(packed: &[u8]) -> impl Iterator<Item = (Id, &[u8])> {
    let lines = packed.split(|byte| *byte == b'\n').filter(|line| !line.starts_with(b"#") && !line.starts_with(b"^"));
    lines.filter_map(|line| {
        let space = memchr::memchr(b' ', line)?;
        Some((Id::from_hex(&line[..space])?, line[space + 1..].trim_ascii_end()))
    })
}

fn collect(directory: &Path, name: &str, depth: usize, found: &mut BTreeMap<String, Target>) {
    let Ok(entries) = fs::read_dir(directory) else { return };
    for entry in entries.flatten() {
        let Ok(kind) = entry.file_type() else { continue };
        let name = format!("{name}/{}", entry.file_name().to_string_lossy());
        if kind.is_dir() && depth < DEEPEST {
            collect(&entry.path(), &name, depth + 1, found);
        } else if kind.is_file()
            && let Some(target) = read_bounded(&entry.path(), LARGEST_LOOSE).and_then(|bytes| parse(&bytes))
        {
            found.insert(name, target);
        }
    }
}

fn parse(bytes: &[u8]) -> Option<Target> {
    let text = bytes.trim_ascii();
    if let Some(name) = text.strip_prefix(b"ref:") {
        return Some(Target::Ref(String::from_utf8_lossy(name.trim_ascii()).into_owned()));
    }
    Id::from_hex(text.split(u8::is_ascii_whitespace).next()?).map(Target::Object)
}

/// Whether a name stays below the directory of refs.
fn is_safe(name: &str) -> bool {
    !name.is_empty()
        && name.split('/').all(|part| !part.is_empty() && part != "." && part != ".." && !part.contains(['\\', '\0']))
}
