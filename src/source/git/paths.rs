//! Where each object hangs: one pass over all trees gives every blob a path, and every tree its subtrees.
//!
//! How a value is written, and which client's config a file is, shows in its path, so that must be known before a blob is
//! scanned. One path a blob is kept, the most telling one; all paths of the few that hold something come later.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};

use super::Id;
use super::catalogue::Catalogue;
use super::listing::{Listing, Tree};
use super::objects::Kind;

/// Not seen in any tree.
const UNSEEN: u64 = u64::MAX;
/// Of an entry: it leads to nothing that is here.
const NOWHERE: u32 = u32::MAX;
/// Of an entry: it leads to a tree.
const SUBTREE: u32 = 1 << 31;
/// The root of a commit.
const ROOT: u64 = 0;
/// Names of a thread are numbered with this many bits, threads with the rest of 32.
const NAME_BITS: u32 = 24;
/// Most missing objects that are remembered by name.
const MOST_MISSING: usize = 1 << 20;
/// Longest path that is put together, in bytes; trees that hold each other could make one without end.
const LONGEST: usize = 64 << 10;

/// How telling a name is: the least is kept. 1 to 15.
pub type Rank = fn(&[u8], bool) -> Telling;

/// What a name tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Telling {
    /// The least is kept; 1 to 15.
    pub rank: u8,
    /// Whether the directories above may tell more, so that all places are kept.
    pub ask_above: bool,
}

/// What the threads share.
#[derive(Debug)]
pub struct Places<'c> {
    catalogue: &'c Catalogue<'c>,
    /// For each object, rank, tree and name of the most telling place.
    slots: Vec<AtomicU64>,
    threads: AtomicU64,
    rank: Rank,
}

/// What one thread gathers.
#[derive(Debug)]
pub struct Gatherer {
    thread: u32,
    known: HashMap<Box<[u8]>, u32>,
    names: Vec<(Box<[u8]>, Telling)>,
    /// Memory for the next tree.
    listing: Listing,
    trees: Vec<(u32, u32)>,
    children: Vec<u32>,
    asked: Vec<(u32, u32, u32)>,
    missing: BTreeSet<Id>,
    damaged: BTreeSet<u32>,
}

impl<'c> Places<'c> {
    /// No places yet; `roots` are the trees of commits.
    #[must_use]
    pub fn new(catalogue: &'c Catalogue<'c>, roots: impl Iterator<Item = u32>, rank: Rank) -> Self {
        let slots: Vec<AtomicU64> = (0..catalogue.len()).map(|_| AtomicU64::new(UNSEEN)).collect();
        for root in roots {
            if let Some(slot) = slots.get(root as usize) {
                slot.store(ROOT, Ordering::Relaxed);
            }
        }
        Self { catalogue, slots, threads: AtomicU64::new(0), rank }
    }

    /// The state of one more thread.
    #[must_use]
    pub fn gatherer(&self) -> Gatherer {
        Gatherer {
            thread: self.threads.fetch_add(1, Ordering::Relaxed) as u32 & 0xff,
            known: HashMap::new(),
            names: Vec::new(),
            listing: Listing::default(),
            trees: Vec::new(),
            children: Vec::new(),
            asked: Vec::new(),
            missing: BTreeSet::new(),
            damaged: BTreeSet::new(),
        }
    }

    /// Takes in the tree of that number: all of it, or what it has that its base had not. What is gathered does not depend
    /// on which thread sees which tree. Returns its entries where other trees are made from it.
    pub fn tree(&self, number: u32, tree: Tree<'_>, leads: bool, gatherer: &mut Gatherer) -> Listing {
        let mut listing = std::mem::take(&mut gatherer.listing);
        let understood = listing.read(tree, self.catalogue.objects.hash, &mut |entry| {
            if entry.is_submodule() {
                return NOWHERE;
            }
            let is_tree = entry.is_tree();
            let Some(child) = self.catalogue.find(entry.id) else {
                if gatherer.missing.len() < MOST_MISSING {
                    gatherer.missing.extend(entry.object());
                }
                return NOWHERE;
            };
            let name = gatherer.name(entry.name, is_tree, self.rank);
            let telling = gatherer.names[(name & ((1 << NAME_BITS) - 1)) as usize].1;
            if telling.ask_above && !is_tree {
                gatherer.asked.push((child, number, name));
            }
            let place = u64::from(telling.rank.clamp(1, 15)) << 60 | u64::from(number) << 32 | u64::from(name);
            let held = &self.slots[child as usize];
            // Of two names in one tree the first stays.
            let _ = held
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |old| (place >> 32 < old >> 32).then_some(place));
            if is_tree { child | SUBTREE } else { child }
        });
        if !understood {
            gatherer.damaged.insert(number);
        }
        gatherer.trees.push((number, gatherer.children.len() as u32));
        let subtrees = listing.steps().iter().map(|step| step.object).filter(|object| *object & SUBTREE != 0);
        gatherer.children.extend(subtrees.filter(|object| *object != NOWHERE).map(|object| object & !SUBTREE));
        if leads {
            return listing;
        }
        gatherer.listing = listing;
        Listing::default()
    }

    /// What all threads gathered.
    #[must_use]
    pub fn finish(self, gathered: Vec<Gatherer>) -> Paths<'c> {
        let len = self.catalogue.len();
        let mut paths = Paths {
            catalogue: self.catalogue,
            slots: self.slots.into_iter().map(AtomicU64::into_inner).collect(),
            names: Vec::new(),
            first: vec![0; len],
            count: vec![0; len],
            children: Vec::new(),
            asked: Vec::new(),
            missing: BTreeSet::new(),
            damaged: BTreeSet::new(),
        };
        paths.names.resize_with(256, Vec::new);
        for one in gathered {
            let base = paths.children.len() as u32;
            for (at, (tree, first)) in one.trees.iter().enumerate() {
                let end = one.trees.get(at + 1).map_or(one.children.len() as u32, |(_, next)| *next);
                paths.first[*tree as usize] = base + first;
                paths.count[*tree as usize] = end - first;
            }
            paths.children.extend(one.children);
            paths.asked.extend(one.asked);
            paths.missing.extend(one.missing);
            paths.damaged.extend(one.damaged);
            paths.names[one.thread as usize] = one.names.into_iter().map(|(name, _)| name).collect();
        }
        paths
    }
}

impl Gatherer {
    /// Remembers that a tree could not be read.
    pub fn lose(&mut self, number: u32) {
        self.damaged.insert(number);
    }

    fn name(&mut self, name: &[u8], is_tree: bool, rank: Rank) -> u32 {
        if let Some(known) = self.known.get(name) {
            return *known;
        }
        let number = (self.thread << NAME_BITS) | (self.names.len() as u32 & ((1 << NAME_BITS) - 1));
        self.known.insert(name.into(), number);
        self.names.push((name.into(), rank(name, is_tree)));
        number
    }
}

/// A path for every blob that hangs in a tree, and the subtrees of every tree.
#[derive(Debug)]
pub struct Paths<'c> {
    catalogue: &'c Catalogue<'c>,
    slots: Vec<u64>,
    names: Vec<Vec<Box<[u8]>>>,
    first: Vec<u32>,
    count: Vec<u32>,
    children: Vec<u32>,
    asked: Vec<(u32, u32, u32)>,
    /// Objects that a tree names and that are not there.
    pub missing: BTreeSet<Id>,
    /// Trees that could not be read to their end.
    pub damaged: BTreeSet<u32>,
}

impl Paths<'_> {
    /// The subtrees of a tree.
    #[must_use]
    pub fn children(&self, tree: u32) -> &[u32] {
        let (first, count) = (self.first[tree as usize] as usize, self.count[tree as usize] as usize);
        self.children.get(first..first + count).unwrap_or_default()
    }

    /// The path of an object; `None` where it hangs in no tree. Bytes that are not UTF-8 are shown as U+FFFD.
    #[must_use]
    pub fn of(&self, number: u32) -> Option<String> {
        self.below(*self.slots.get(number as usize)?)
    }

    /// Blobs whose name says that the directories above tell more, each with all its paths; in order.
    #[must_use]
    pub fn asked(&self) -> Vec<(u32, String)> {
        let place = |tree: u32, name: u32| u64::from(tree) << 32 | u64::from(name) | 1 << 60;
        let blobs = self.asked.iter().filter(|(blob, ..)| self.catalogue.kind(*blob) == Some(Kind::Blob));
        let mut asked: Vec<(u32, String)> =
            blobs.filter_map(|&(blob, tree, name)| Some((blob, self.below(place(tree, name))?))).collect();
        asked.sort();
        asked.dedup();
        asked
    }

    fn below(&self, mut slot: u64) -> Option<String> {
        let mut parts: Vec<&[u8]> = Vec::new();
        let mut len = 0;
        while slot != ROOT {
            if slot == UNSEEN || len > LONGEST {
                // Below a tree that no commit has: what is known of the path tells something all the same.
                break;
            }
            let name = slot as u32;
            let text = self.names.get((name >> NAME_BITS) as usize)?.get((name & ((1 << NAME_BITS) - 1)) as usize)?;
            parts.push(text);
            len += text.len() + 1;
            slot = *self.slots.get((slot >> 32) as usize & 0x0fff_ffff)?;
        }
        if parts.is_empty() {
            return None;
        }
        parts.reverse();
        Some(String::from_utf8_lossy(&parts.join(&b'/')).into_owned())
    }
}
