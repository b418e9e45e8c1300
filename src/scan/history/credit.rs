//! Who wrote the commit that brought a credential, by the repository's mailmap. Names only; e-mail addresses are looked at
//! to find the name and kept nowhere.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::credential::Occurrence;
use crate::source::git::commit::{Commit, person, tagged};
use crate::source::git::objects::{Kind, Objects, Reader};
use crate::source::git::tree::Entries;
use crate::source::git::{GitDirectory, Id, refs};

/// Largest mailmap read, in bytes.
const LARGEST: usize = 4 << 20;

/// What is said of the commit that brought something.
#[derive(Debug, Clone, Default)]
struct Credit {
    author: Option<String>,
    authored_at: Option<i64>,
    committed_at: Option<i64>,
}

/// Adds author and times of the first commit to each occurrence.
pub(super) fn people(occurrences: &mut [Occurrence], directory: &GitDirectory, objects: &Objects) {
    let mut reader = Reader::new(objects);
    let mut bytes = Vec::new();
    let mut known: BTreeMap<String, Credit> = BTreeMap::new();
    let mut mailmap = None;
    for occurrence in occurrences {
        let Some(commits) = &occurrence.commits else { continue };
        let Some(first) = commits.first.clone().or_else(|| commits.object.clone()) else { continue };
        let credit = known.entry(first.clone()).or_insert_with(|| {
            let id = Id::from_hex(first.as_bytes());
            let read = id.and_then(|id| reader.read(&id, &mut bytes).ok());
            let (author, committer) = match read {
                Some(Kind::Commit) => match Commit::parse(&bytes) {
                    Some(commit) => (commit.author, commit.committer),
                    None => return Credit::default(),
                },
                Some(Kind::Tag) if tagged(&bytes).is_some() => {
                    let mut lines = bytes.split(|byte| *byte == b'\n').take_while(|line| !line.is_empty());
                    let tagger = lines.find_map(|line| line.strip_prefix(b"tagger ")).unwrap_or_default();
                    (tagger, tagger)
                }
                _ => return Credit::default(),
            };
            let ((name, mail, at), (_, _, committed)) = (person(author), person(committer));
            let map = mailmap.get_or_insert_with(|| Mailmap::of(directory, objects));
            let name = map.name(name, mail);
            Credit {
                author: (!name.is_empty()).then_some(name),
                authored_at: Some(at).filter(|at| *at != 0),
                committed_at: Some(committed).filter(|at| *at != 0),
            }
        });
        let credit = credit.clone();
        let mut with = (**commits).clone();
        (with.author, with.authored_at, with.committed_at) = (credit.author, credit.authored_at, credit.committed_at);
        occurrence.commits = Some(Arc::new(with));
    }
}

/// Which names people go by, by their e-mail address and, where it is said, the name on the commit.
#[derive(Debug, Default)]
struct Mailmap {
    names: BTreeMap<(String, Option<String>), String>,
}

impl Mailmap {
    /// The `.mailmap` in the tree of HEAD.
    fn of(directory: &GitDirectory, objects: &Objects) -> Self {
        let mut reader = Reader::new(objects);
        let mut bytes = Vec::new();
        let mut read = || {
            let head = refs::head(directory).ok()?.commit?;
            reader.read_as(Kind::Commit, &head, &mut bytes).ok()?;
            let tree = Commit::parse(&bytes)?.tree;
            reader.read_as(Kind::Tree, &tree, &mut bytes).ok()?;
            let map = Entries::new(&bytes, objects.hash).find(|entry| entry.name == b".mailmap")?.object()?;
            reader.read_as(Kind::Blob, &map, &mut bytes).ok()?;
            (bytes.len() <= LARGEST).then(|| Self::parse(&String::from_utf8_lossy(&bytes)))
        };
        read().unwrap_or_default()
    }

    /// `Proper Name [<proper@mail>] [Commit Name] <commit@mail>`, a line each.
    fn parse(text: &str) -> Self {
        let mut map = Self::default();
        for line in text.lines().map(|line| line.split('#').next().unwrap_or_default()) {
            let Some((name, rest)) = line.split_once('<') else { continue };
            let Some((first, rest)) = rest.split_once('>') else { continue };
            let (mail, old) = match rest.split_once('<').and_then(|(old, rest)| Some((old, rest.split_once('>')?.0))) {
                Some((old, mail)) => (mail, Some(old.trim().to_lowercase()).filter(|old| !old.is_empty())),
                None => (first, None),
            };
            if !name.trim().is_empty() {
                map.names.insert((mail.trim().to_lowercase(), old), name.trim().to_owned());
            }
        }
        map
    }

    fn name(&self, name: &[u8], mail: &[u8]) -> String {
        let name = String::from_utf8_lossy(name).into_owned();
        let mail = String::from_utf8_lossy(mail).to_lowercase();
        let exact = self.names.get(&(mail.clone(), Some(name.to_lowercase())));
        exact.or_else(|| self.names.get(&(mail, None))).cloned().unwrap_or(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mailmap_says_who_a_person_is() {
        let map = Mailmap::parse(
            "# people\nAda L <ada@a.test> <al@old.test>\nBo <bo@b.test>\nCy P <cy@c.test> cp <shared@c.test>\n<x@y.test> <z@y.test>\n",
        );
        assert_eq!(map.name(b"al", b"AL@old.test"), "Ada L");
        assert_eq!(map.name(b"bob", b"bo@b.test"), "Bo");
        assert_eq!(map.name(b"CP", b"shared@c.test"), "Cy P");
        assert_eq!(map.name(b"dd", b"shared@c.test"), "dd");
        assert_eq!(map.name(b"z", b"z@y.test"), "z");
    }
}
