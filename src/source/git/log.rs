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

/// No row.
const NONE: u32 = u32::MAX;

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

/// All commits.
#[derive(Debug, Default)]
pub struct Log {
    rows: Vec<Row>,
    /// For the number of each object, where its row stands.
    held: Vec<u32>,
    /// For each row, where its commit stands, the oldest at 0; those that no ref reaches come behind all others.
    places: Vec<u32>,
    /// The rows in that order.
    order: Vec<u32>,
    reachable: u32,
}

impl Log {
    /// Puts the commits in order. `tips` are the commits that HEAD and `refs` name.
    #[must_use]
    pub fn new(
        mut rows: Vec<Row>,
        tips: &[u32],
        refs: &BTreeMap<String, Id>,
        directory: &GitDirectory,
        catalogue: &Catalogue<'_>,
    ) -> Self {
        rows.sort_unstable_by_key(|row| row.number);
        rows.dedup_by_key(|row| row.number);
        let mut held = vec![NONE; catalogue.len()];
        for (at, row) in (0..).zip(&rows) {
            held[row.number as usize] = at;
        }
        let mut log = Self { rows, held, ..Self::default() };
        log.graft(refs, directory, catalogue);
        let mut seen = vec![false; log.rows.len()];
        let mut order = log.walk(tips.iter().copied(), &mut seen);
        order.reverse();
        log.reachable = order.len() as u32;
        let mut rest: Vec<&Row> = log.rows.iter().zip(&seen).filter(|(_, seen)| !**seen).map(|(row, _)| row).collect();
        rest.sort_by_key(|row| (Reverse(row.time), row.number));
        let rest: Vec<u32> = rest.into_iter().map(|row| row.number).collect();
        let mut unreached = log.walk(rest.into_iter(), &mut seen);
        unreached.reverse();
        order.extend(unreached);
        log.places = vec![NONE; log.rows.len()];
        for (place, at) in (0..).zip(&order) {
            log.places[*at as usize] = place;
        }
        log.order = order;
        log
    }

    /// Where the row of a commit stands.
    fn held(&self, number: u32) -> Option<u32> {
        self.held.get(number as usize).copied().filter(|at| *at != NONE)
    }

    /// From the newest on, as `git log` goes: by time, a parent never before it was named by a child. Rows, not numbers.
    fn walk(&self, tips: impl Iterator<Item = u32>, seen: &mut [bool]) -> Vec<u32> {
        let mut heap = BinaryHeap::new();
        let mut order = Vec::new();
        let mut arrived = 0u32;
        let mut push = |heap: &mut BinaryHeap<(i64, Reverse<u32>, u32)>, number: u32, seen: &mut [bool]| {
            if let Some(at) = self.held(number).filter(|at| !seen[*at as usize]) {
                seen[at as usize] = true;
                heap.push((self.rows[at as usize].time, Reverse(arrived), at));
                arrived += 1;
            }
        };
        tips.for_each(|tip| push(&mut heap, tip, seen));
        while let Some((_, _, at)) = heap.pop() {
            order.push(at);
            for parent in &self.rows[at as usize].parents {
                push(&mut heap, *parent, seen);
            }
        }
        order
    }

    /// The commit of that number.
    #[must_use]
    pub fn row(&self, number: u32) -> Option<&Row> {
        self.rows.get(self.held(number)? as usize)
    }

    /// All commits, the oldest first, those that no ref reaches last.
    pub fn rows(&self) -> impl Iterator<Item = &Row> {
        self.order.iter().filter_map(|at| self.rows.get(*at as usize))
    }

    /// Where a commit stands in that order.
    #[must_use]
    pub fn place(&self, number: u32) -> Option<u32> {
        self.places.get(self.held(number)? as usize).copied()
    }

    /// The commit that stands there.
    #[must_use]
    pub fn at(&self, place: u32) -> Option<u32> {
        Some(self.rows.get(*self.order.get(place as usize)? as usize)?.number)
    }

    /// Takes over what the repository says of its commits beside them: replacements, grafts, and where a shallow clone ends.
    fn graft(&mut self, refs: &BTreeMap<String, Id>, directory: &GitDirectory, catalogue: &Catalogue<'_>) {
        for (name, by) in refs.range("refs/replace/".to_owned()..) {
            let Some(of) = name.strip_prefix("refs/replace/") else { break };
            let of = Id::from_hex(of.as_bytes()).and_then(|id| catalogue.find(id.as_bytes()));
            let by = catalogue.find(by.as_bytes()).and_then(|number| self.row(number)).cloned();
            if let (Some(of), Some(by)) = (of, by) {
                let row = Row { number: of, ..by };
                match self.held(of) {
                    Some(at) => self.rows[at as usize] = row,
                    None => {
                        self.held[of as usize] = self.rows.len() as u32;
                        self.rows.push(row);
                    }
                }
            }
        }
        let mut ends = |of: u32, parents: Vec<u32>| {
            if let Some(at) = self.held(of) {
                let row = &mut self.rows[at as usize];
                row.parents = parents;
                row.missing.clear();
            }
        };
        for line in lines(&directory.common.join("info/grafts")) {
            let ids: Vec<Id> = line.split(|byte| *byte == b' ').filter_map(Id::from_hex).collect();
            let numbers: Vec<u32> = ids.iter().filter_map(|id| catalogue.find(id.as_bytes())).collect();
            if let Some((of, parents)) = numbers.split_first() {
                ends(*of, parents.to_vec());
            }
        }
        for id in shallow(directory) {
            if let Some(number) = catalogue.find(id.as_bytes()) {
                ends(number, Vec::new());
            }
        }
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
            if let (Some(row), true) = (self.row(number), found.insert(number)) {
                waiting.extend_from_slice(&row.parents);
            }
        }
        found
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
