//! Which commits hold the blobs that something was found in, at which paths: one pass over the trees, then only over those
//! that lead to such a blob.

use std::collections::{BTreeMap, HashMap};

use crate::scan::workers::{WorkersError, share};
use crate::source::git::catalogue::Catalogue;
use crate::source::git::families::Decoder;
use crate::source::git::listing::{self, Listing, Tree};
use crate::source::git::log::Log;
use crate::source::git::objects::Kind;
use crate::source::git::paths::Paths;
use crate::source::git::tree::Entries;

/// Of an entry: it leads to no hit.
const NOWHERE: u32 = u32::MAX;
/// How deep trees may nest.
const DEEPEST: usize = 1000;
/// Most places of trees that are followed: what bounds a repository whose trees hold each other.
const MOST: usize = 20_000_000;

/// The commits that hold a blob at a path, as places in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reach {
    /// The oldest.
    pub(super) first: u32,
    /// The newest that a ref reaches, else the newest.
    pub(super) last: u32,
    /// Whether HEAD is one of them.
    pub(super) head: bool,
    /// Which branches' newest commits are, by number, the first of them.
    pub(super) branches: Vec<u32>,
}

impl Reach {
    /// Adds the commits of another, of which refs reach those below `reachable`.
    pub(super) fn merge(&mut self, other: &Self, reachable: u32) {
        self.first = self.first.min(other.first);
        let newer = |place: u32| (place < reachable, place);
        self.last = if newer(other.last) > newer(self.last) { other.last } else { self.last };
        self.head |= other.head;
        if !other.branches.is_empty() {
            self.branches.extend(&other.branches);
            self.branches.sort_unstable();
            self.branches.dedup();
            self.branches.truncate(crate::credential::Commits::MOST_BRANCHES);
        }
    }
}

/// An entry of a tree that leads to a hit: its name and its object.
type Step = (Box<[u8]>, u32);

/// The trees that lead to hits, and what they lead to.
#[derive(Debug, Default)]
pub(super) struct Trail {
    trees: HashMap<u32, Vec<Step>>,
}

/// Where a blob is, and since when.
pub(super) type Places = BTreeMap<(u32, String), Reach>;

impl Trail {
    /// Follows `hits`, which is sorted, up to the roots of commits.
    pub(super) fn of(
        hits: &[u32],
        catalogue: &Catalogue<'_>,
        paths: &Paths<'_>,
        roots: impl Iterator<Item = u32>,
        threads: usize,
    ) -> Result<Self, WorkersError> {
        let families = catalogue.families(Kind::Tree);
        let mut leads = vec![false; catalogue.len()];
        hits.iter().for_each(|hit| leads[*hit as usize] = true);
        let direct = gather(&families, catalogue, &leads, threads)?;
        direct.keys().for_each(|tree| leads[*tree as usize] = true);
        let mut state = vec![0u8; catalogue.len()];
        for root in roots {
            mark(root, paths, &mut leads, &mut state);
        }
        let families: Vec<_> =
            families.into_iter().filter(|family| catalogue.has(*family, &|number| leads[number as usize])).collect();
        Ok(Self { trees: gather(&families, catalogue, &leads, threads)? })
    }

    /// Every path of every hit, with the commits that hold it there.
    pub(super) fn places(&self, log: &Log, head: Option<u32>, branches: &[u32], hits: &[u32]) -> Places {
        let mut level: BTreeMap<(u32, u32), Reach> = BTreeMap::new();
        let reachable = log.reachable();
        let mut tips: HashMap<u32, Vec<u32>> = HashMap::new();
        for (branch, tip) in (0..).zip(branches) {
            tips.entry(*tip).or_default().push(branch);
        }
        for row in log.rows() {
            let (Some(tree), Some(place)) = (row.tree, log.place(row.number)) else { continue };
            if self.trees.contains_key(&tree) {
                let branches = tips.get(&row.number).cloned().unwrap_or_default();
                let reach = Reach { first: place, last: place, head: head == Some(row.number), branches };
                add(&mut level, (0, tree), &reach, reachable);
            }
        }
        let mut names: Vec<(u32, Box<[u8]>)> = vec![(0, Box::default())];
        let mut known: HashMap<(u32, Box<[u8]>), u32> = HashMap::new();
        let mut found: BTreeMap<(u32, u32), Reach> = BTreeMap::new();
        let mut work = 0;
        for _ in 0..DEEPEST {
            let mut next = BTreeMap::new();
            for ((path, tree), reach) in &level {
                for (name, child) in self.trees.get(tree).into_iter().flatten() {
                    let below = *known.entry((*path, name.clone())).or_insert_with(|| {
                        names.push((*path, name.clone()));
                        names.len() as u32 - 1
                    });
                    work += 1;
                    if self.trees.contains_key(child) {
                        add(&mut next, (below, *child), reach, reachable);
                    } else if hits.binary_search(child).is_ok() {
                        add(&mut found, (*child, below), reach, reachable);
                    }
                }
            }
            level = next;
            if level.is_empty() || work > MOST {
                break;
            }
        }
        let spell = |mut at: u32| {
            let mut parts: Vec<&[u8]> = Vec::new();
            while at != 0 {
                let (above, name) = &names[at as usize];
                parts.push(name);
                at = *above;
            }
            parts.reverse();
            String::from_utf8_lossy(&parts.join(&b'/')).into_owned()
        };
        let mut places = Places::new();
        for ((blob, path), reach) in found {
            let spelt = (blob, spell(path));
            match places.get_mut(&spelt) {
                Some(other) => other.merge(&reach, reachable),
                None => _ = places.insert(spelt, reach),
            }
        }
        places
    }

    /// The hit at `path` in that tree.
    pub(super) fn at(&self, mut tree: u32, path: &str) -> Option<u32> {
        for part in path.split('/') {
            let steps = self.trees.get(&tree)?;
            tree = steps.iter().find(|(name, _)| String::from_utf8_lossy(name) == part)?.1;
        }
        Some(tree)
    }
}

fn add<K: Ord>(level: &mut BTreeMap<K, Reach>, key: K, reach: &Reach, reachable: u32) {
    match level.get_mut(&key) {
        Some(known) => known.merge(reach, reachable),
        None => _ = level.insert(key, reach.clone()),
    }
}

/// Marks the trees below `root`, itself included, that have a marked one below them. `state`: 1 = being looked at, 2 = done.
fn mark(root: u32, paths: &Paths<'_>, leads: &mut [bool], state: &mut [u8]) {
    let mut stack = vec![(root, 0usize)];
    while let Some((tree, next)) = stack.last_mut() {
        let at = *tree as usize;
        if *next == 0 {
            if state[at] != 0 {
                stack.pop();
                continue;
            }
            state[at] = 1;
        }
        match paths.children(*tree).get(*next) {
            Some(child) => {
                *next += 1;
                if state[*child as usize] == 0 {
                    let child = *child;
                    stack.push((child, 0));
                }
            }
            None => {
                state[at] = 2;
                leads[at] |= paths.children(*tree).iter().any(|child| leads[*child as usize]);
                stack.pop();
            }
        }
    }
}

/// The trees that have an entry that leads somewhere, with those entries.
fn gather(
    families: &[crate::source::git::catalogue::Family],
    catalogue: &Catalogue<'_>,
    leads: &[bool],
    threads: usize,
) -> Result<HashMap<u32, Vec<Step>>, WorkersError> {
    // Most entries lead nowhere: two bytes of their names tell.
    let mut likely = vec![false; 1 << 16];
    for number in (0..).zip(leads).filter(|(_, leads)| **leads).map(|(number, _)| number) {
        if let Some([a, b, ..]) = catalogue.name(number).as_ref().map(|name| name.as_bytes()) {
            likely[usize::from(*a) << 8 | usize::from(*b)] = true;
        }
    }
    let states = share(
        threads,
        families.len(),
        || (Decoder::<Listing>::new(catalogue), Listing::default(), Vec::new()),
        |at, (decoder, spare, found)| {
            decoder.family(families[at], &mut |number, seen, goes_on| {
                let Some(tree) = Tree::of(&seen) else { return Listing::default() };
                let mut listing = std::mem::take(spare);
                listing.read(tree, catalogue.objects.hash, &mut |entry| {
                    let two = usize::from(entry.id[0]) << 8 | usize::from(entry.id[1]);
                    let child = (likely[two] && !entry.is_submodule()).then(|| catalogue.find(entry.id)).flatten();
                    child.filter(|child| leads[*child as usize]).unwrap_or(NOWHERE)
                });
                let steps: Vec<Step> = listing.steps().iter().filter_map(|step| step_of(tree.bytes, *step)).collect();
                if !steps.is_empty() {
                    found.push((number, steps));
                }
                if goes_on {
                    return listing;
                }
                *spare = listing;
                Listing::default()
            });
        },
        "the trees of a repository",
    )?;
    Ok(states.into_iter().flat_map(|(.., found)| found).collect())
}

/// The name and the object of an entry that leads to a hit.
fn step_of(tree: &[u8], step: listing::Step) -> Option<Step> {
    let entry = Entries::new(tree.get(step.start as usize..).filter(|_| step.object != NOWHERE)?, 0).next()?;
    Some((entry.name.into(), step.object))
}
