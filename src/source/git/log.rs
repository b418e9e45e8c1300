//! The commits of a repository and the order in which `git log --all` names them.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::path::Path;

use super::catalogue::Catalogue;
use super::commit::Commit;
use super::{GitDirectory, Id};
use crate::source::repository::read_bounded;

/// Largest list of grafts or of shallow commits, in bytes.
const LARGEST_LIST: u64 = 64 << 20;

/// One commit, in numbers of objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its own number.
    pub number: u32,
    /// The number of its tree, where that is there.
    pub tree: Option<u32>,
    /// Its parents that are there.
    pub parents: Vec<u32>,
    /// When it was committed, in Unix seconds.
    pub time: i64,
    /// Parents that should be there and are not.
    pub missing: Vec<Id>,
}

impl Row {
    /// The row of a commit; `None` where it is none.
    #[must_use]
    pub fn parse(number: u32, bytes: &[u8], catalogue: &Catalogue<'_>) -> Option<Self> {
        let commit = Commit::parse(bytes)?;
        let tree = catalogue.find(commit.tree.as_bytes());
        let (mut parents, mut missing) = (Vec::new(), Vec::new());
        for parent in &commit.parents {
            match catalogue.find(parent.as_bytes()) {
                Some(number) => parents.push(number),
                None => missing.push(*parent),
            }
        }
        if tree.is_none() {
            missing.push(commit.tree);
        }
        Some(Self { number, tree, parents, time: commit.time(), missing })
    }
}

/// All commits, by number.
#[derive(Debug, Default)]
pub struct Log {
    rows: BTreeMap<u32, Row>,
    /// Where each commit stands, the oldest at 0; those that no ref reaches come behind all others.
    places: BTreeMap<u32, u32>,
    order: Vec<u32>,
    reachable: u32,
}

impl Log {
    /// Puts the commits in order. `tips` are the commits that refs and HEAD name.
    #[must_use]
    pub fn new(rows: Vec<Row>, tips: &[u32], directory: &GitDirectory, catalogue: &Catalogue<'_>) -> Self {
        let mut rows: BTreeMap<u32, Row> = rows.into_iter().map(|row| (row.number, row)).collect();
        graft(&mut rows, directory, catalogue);
        let mut log = Self { rows, ..Self::default() };
        let mut seen = vec![false; catalogue.len()];
        let mut order = log.walk(tips.iter().copied(), &mut seen);
        order.reverse();
        log.reachable = order.len() as u32;
        let mut rest: Vec<u32> = log.rows.keys().copied().filter(|number| !seen[*number as usize]).collect();
        rest.sort_by_key(|number| (Reverse(log.rows[number].time), *number));
        let mut unreached = log.walk(rest.into_iter(), &mut seen);
        unreached.reverse();
        order.extend(unreached);
        log.places = (0..).zip(&order).map(|(place, number)| (*number, place)).collect();
        log.order = order;
        log
    }

    /// From the newest on, as `git log` goes: by time, a parent never before it was named by a child.
    fn walk(&self, tips: impl Iterator<Item = u32>, seen: &mut [bool]) -> Vec<u32> {
        let mut heap = BinaryHeap::new();
        let mut order = Vec::new();
        let mut arrived = 0u32;
        let mut push = |heap: &mut BinaryHeap<(i64, Reverse<u32>, u32)>, number: u32, seen: &mut [bool]| {
            if let (Some(row), false) = (self.rows.get(&number), seen[number as usize]) {
                seen[number as usize] = true;
                heap.push((row.time, Reverse(arrived), number));
                arrived += 1;
            }
        };
        tips.for_each(|tip| push(&mut heap, tip, seen));
        while let Some((_, _, number)) = heap.pop() {
            order.push(number);
            for parent in self.rows.get(&number).into_iter().flat_map(|row| &row.parents) {
                push(&mut heap, *parent, seen);
            }
        }
        order
    }

    /// The commit of that number.
    #[must_use]
    pub fn row(&self, number: u32) -> Option<&Row> {
        self.rows.get(&number)
    }

    /// All commits, the oldest first, those that no ref reaches last.
    pub fn rows(&self) -> impl Iterator<Item = &Row> {
        self.order.iter().filter_map(|number| self.rows.get(number))
    }

    /// Where a commit stands in that order.
    #[must_use]
    pub fn place(&self, number: u32) -> Option<u32> {
        self.places.get(&number).copied()
    }

    /// The commit that stands there.
    #[must_use]
    pub fn at(&self, place: u32) -> Option<u32> {
        self.order.get(place as usize).copied()
    }

    /// How many of them refs reach.
    #[must_use]
    pub const fn reachable(&self) -> u32 {
        self.reachable
    }

    /// All that `tips` reach, themselves included.
    #[must_use]
    pub fn reached_from(&self, tips: &[u32]) -> std::collections::BTreeSet<u32> {
        let mut found = std::collections::BTreeSet::new();
        let mut waiting = tips.to_vec();
        while let Some(number) = waiting.pop() {
            if let (Some(row), true) = (self.rows.get(&number), found.insert(number)) {
                waiting.extend_from_slice(&row.parents);
            }
        }
        found
    }
}

/// Takes over what the repository says of its commits beside them: replacements, grafts, and where a shallow clone ends.
fn graft(rows: &mut BTreeMap<u32, Row>, directory: &GitDirectory, catalogue: &Catalogue<'_>) {
    let refs = super::refs::all(directory).unwrap_or_default();
    for (name, by) in refs.range("refs/replace/".to_owned()..) {
        let Some(of) = name.strip_prefix("refs/replace/") else { break };
        let of = Id::from_hex(of.as_bytes()).and_then(|id| catalogue.find(id.as_bytes()));
        let by = catalogue.find(by.as_bytes()).and_then(|number| rows.get(&number)).cloned();
        if let (Some(of), Some(by)) = (of, by) {
            rows.insert(of, Row { number: of, ..by });
        }
    }
    for line in lines(&directory.common.join("info/grafts")) {
        let ids: Vec<Id> = line.split(|byte| *byte == b' ').filter_map(Id::from_hex).collect();
        let numbers: Vec<u32> = ids.iter().filter_map(|id| catalogue.find(id.as_bytes())).collect();
        let Some((of, parents)) = numbers.split_first() else { continue };
        if let Some(row) = rows.get_mut(of) {
            row.parents = parents.to_vec();
            row.missing.clear();
        }
    }
    for id in shallow(directory) {
        if let Some(row) = catalogue.find(id.as_bytes()).and_then(|number| rows.get_mut(&number)) {
            row.parents.clear();
            row.missing.clear();
        }
    }
}

/// The commits at which a shallow clone ends.
#[must_use]
pub fn shallow(directory: &GitDirectory) -> Vec<Id> {
    lines(&directory.common.join("shallow")).iter().filter_map(|line| Id::from_hex(line)).collect()
}

fn lines(path: &Path) -> Vec<Vec<u8>> {
    let bytes = read_bounded(path, LARGEST_LIST).unwrap_or_default();
    let lines = bytes.split(|byte| *byte == b'\n').map(|line| line.trim_ascii().to_vec());
    lines.filter(|line| !line.is_empty() && !line.starts_with(b"#")).collect()
}
