//! Every object of a repository once, with what it is and where it lies, and which packed objects are deltas of which.

use std::sync::OnceLock;

use super::objects::{Kind, Objects};
use super::pack::{Form, Pack};
use super::{GitError, Id, loose};

/// A family that takes up more than one part of so many of a pack is decoded before others.
const PARTS: u64 = 256;
/// Stands for no entry and no object.
const NONE: u32 = u32::MAX;
/// Entries of a pack that a thread reads in one go.
const SHARE: usize = 1 << 13;

/// Every object of a repository, in order of name. An object's place in that order is its *number*.
#[derive(Debug)]
pub struct Catalogue<'o> {
    /// Where the objects are.
    pub objects: &'o Objects,
    names: Vec<Id>,
    /// Where the names begin that start with two given bytes.
    fan: Vec<u32>,
    kinds: Vec<Option<Kind>>,
    forests: Vec<Forest>,
    /// Number and object directory of each object that is loose only.
    loose: Vec<(u32, u32)>,
    /// What could not be listed.
    pub troubles: Vec<GitError>,
}

/// The entries of one pack in the order in which they stand in it.
#[derive(Debug, Default)]
struct Forest {
    nodes: Vec<Node>,
    /// Where the children of each node begin in `children`, and where those of the last end.
    first: Vec<u32>,
    children: Vec<u32>,
    /// The node of each object of the pack's index.
    places: Vec<u32>,
}

#[derive(Debug, Clone, Copy)]
struct Node {
    offset: u64,
    /// The node it is a delta of.
    parent: u32,
    /// Its object, unless another pack's copy stands for that.
    number: u32,
    kind: Option<Kind>,
}

/// What is decoded in one go: an object that is whole, and all that are deltas of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// In a pack, from this node on.
    Packed {
        /// Which pack.
        pack: u32,
        /// The node that is whole.
        root: u32,
    },
    /// A loose object.
    Loose {
        /// Its number.
        number: u32,
    },
    /// A packed object that could not be placed: read by its name, wherever that leads.
    Lost {
        /// Its number.
        number: u32,
    },
}

/// Where an object lies, before they are put in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Home {
    Pack { pack: u32, at: u32 },
    Loose { directory: u32 },
}

impl<'o> Catalogue<'o> {
    /// Lists the objects and reads what each pack says of its entries; nothing is inflated but the heads of loose objects.
    /// `each` does some work for each number below another, on as many threads as there are.
    ///
    /// # Errors
    /// Where `each` fails.
    pub fn new<E>(
        objects: &'o Objects,
        each: impl Fn(usize, &(dyn Fn(usize) + Sync)) -> Result<(), E>,
    ) -> Result<Self, E> {
        let mut all: Vec<(Id, Home)> = Vec::new();
        let mut troubles = Vec::new();
        for (pack, open) in (0u32..).zip(&objects.packs) {
            all.extend((0..open.index.len()).filter_map(|at| Some((open.index.id(at)?, Home::Pack { pack, at }))));
        }
        for (directory, path) in (0u32..).zip(&objects.directories) {
            match loose::list(path, objects.hash) {
                Ok(ids) => all.extend(ids.into_iter().map(|id| (id, Home::Loose { directory }))),
                Err(name) => {
                    let part = format!("object directory `{name}`");
                    troubles.push(GitError::damaged(part, "it cannot be listed"));
                }
            }
        }
        // The names of one pack are in order.
        if !all.is_sorted_by(|one, other| one.0 < other.0) {
            all.sort_unstable();
        }
        all.dedup_by_key(|(id, _)| *id);
        let mut forests: Vec<Forest> =
            objects.packs.iter().map(|pack| Forest::of(pack, &each)).collect::<Result<_, E>>()?;
        let mut catalogue = Self {
            objects,
            names: Vec::with_capacity(all.len()),
            fan: Vec::with_capacity((1 << 16) + 1),
            kinds: Vec::with_capacity(all.len()),
            forests: Vec::new(),
            loose: Vec::new(),
            troubles,
        };
        let mut inflater = super::inflate::Inflater::default();
        for (number, (id, home)) in (0u32..).zip(&all) {
            let kind = match *home {
                Home::Pack { pack, at } => forests[pack as usize].claim(at, number),
                Home::Loose { directory } => {
                    catalogue.loose.push((number, directory));
                    loose::kind(&objects.directories[directory as usize], id, &mut inflater)
                }
            };
            catalogue.names.push(*id);
            catalogue.kinds.push(kind);
        }
        drop(all);
        let mut at = 0;
        for two in 0..=u16::MAX {
            let two = two.to_be_bytes();
            while catalogue.names.get(at).is_some_and(|name| name.as_bytes()[..2] < two[..]) {
                at += 1;
            }
            catalogue.fan.push(at as u32);
        }
        catalogue.fan.push(catalogue.names.len() as u32);
        forests.iter_mut().for_each(|forest| forest.places = Vec::new());
        catalogue.forests = forests;
        Ok(catalogue)
    }

    /// Number of objects.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The name of an object, by its number.
    #[must_use]
    pub fn name(&self, number: u32) -> Option<Id> {
        self.names.get(number as usize).copied()
    }

    /// What an object is, by its number; `None` where that cannot be told.
    #[must_use]
    pub fn kind(&self, number: u32) -> Option<Kind> {
        self.kinds.get(number as usize).copied().flatten()
    }

    /// The number of the object of this name (20 or 32 bytes).
    #[must_use]
    pub fn find(&self, name: &[u8]) -> Option<u32> {
        let two = usize::from(*name.first()?) << 8 | usize::from(*name.get(1)?);
        let (low, high) = (self.fan[two] as usize, self.fan[two + 1] as usize);
        let place = self.names[low..high].binary_search_by(|other| other.as_bytes().cmp(name)).ok()?;
        Some((low + place) as u32)
    }

    /// Number of objects of each kind: commits, trees, blobs, tags, and those that cannot be told.
    #[must_use]
    pub fn counts(&self) -> [u64; 5] {
        let mut counts = [0; 5];
        for kind in &self.kinds {
            counts[kind.map_or(4, |kind| kind as usize)] += 1;
        }
        counts
    }

    /// All families of a kind, in the order in which they are best read: those first that are a large part of all, so that
    /// no thread is left alone with one in the end, the others as they lie. `Lost` ones are of any kind, and come with
    /// blobs.
    #[must_use]
    pub fn families(&self, kind: Kind) -> Vec<Family> {
        let mut families = Vec::new();
        let mut large = Vec::new();
        for (pack, forest) in (0u32..).zip(&self.forests) {
            let sizes = forest.sizes(kind);
            let much = sizes.iter().map(|(_, size)| size).sum::<u64>() / PARTS;
            for (root, size) in sizes {
                let family = Family::Packed { pack, root };
                match size > much {
                    true => large.push((std::cmp::Reverse(size), root, family)),
                    false => families.push(family),
                }
            }
            if kind == Kind::Blob {
                let lost = forest.nodes.iter().filter(|node| node.kind.is_none() && node.number != NONE);
                families.extend(lost.map(|node| Family::Lost { number: node.number }));
            }
        }
        for (number, _) in &self.loose {
            match self.kind(*number) {
                Some(other) if other == kind => families.push(Family::Loose { number: *number }),
                None if kind == Kind::Blob => families.push(Family::Lost { number: *number }),
                _ => {}
            }
        }
        large.sort_unstable_by_key(|(size, at, _)| (*size, *at));
        large.into_iter().map(|(_, _, family)| family).chain(families).collect()
    }

    /// Whether a family has a member of which `wanted` says so.
    #[must_use]
    pub fn has(&self, family: Family, wanted: &dyn Fn(u32) -> bool) -> bool {
        match family {
            Family::Loose { number } | Family::Lost { number } => wanted(number),
            Family::Packed { pack, root } => {
                let mut waiting = vec![root];
                while let Some(at) = waiting.pop() {
                    let (_, number, children) = self.member(pack, at);
                    if number.is_some_and(wanted) {
                        return true;
                    }
                    waiting.extend_from_slice(children);
                }
                false
            }
        }
    }

    /// Offset of a node, its object where this copy stands for that, and the nodes that are deltas of it.
    pub(super) fn member(&self, pack: u32, at: u32) -> (u64, Option<u32>, &[u32]) {
        let forest = &self.forests[pack as usize];
        let node = forest.nodes[at as usize];
        let (from, to) = (forest.first[at as usize] as usize, forest.first[at as usize + 1] as usize);
        (node.offset, Some(node.number).filter(|number| *number != NONE), &forest.children[from..to])
    }
}

impl Forest {
    fn of<E>(pack: &Pack, each: &impl Fn(usize, &(dyn Fn(usize) + Sync)) -> Result<(), E>) -> Result<Self, E> {
        let mut offsets: Vec<(u64, u32)> =
            (0..pack.index.len()).filter_map(|at| Some((pack.index.offset(at)?, at))).collect();
        offsets.sort_unstable();
        let mut nodes: Vec<Node> = Vec::with_capacity(offsets.len());
        let mut places = vec![NONE; pack.index.len() as usize];
        for (offset, at) in offsets {
            if nodes.last().is_none_or(|last| last.offset != offset) {
                nodes.push(Node { offset, parent: NONE, number: NONE, kind: None });
            }
            places[at as usize] = nodes.len() as u32 - 1;
        }
        let told = |at: usize| match pack.entry(nodes.get(at)?.offset)?.form {
            Form::Whole(kind) => Some((Some(kind), NONE)),
            Form::Near(offset) => before(&nodes[..at], offset).map(|base| (None, base as u32)),
            Form::Far(id) => pack.index.find(&id).map(|base| (None, places[base as usize])),
        };
        // Each page of the pack is touched for this: what it takes is the reading.
        let shares: Vec<OnceLock<Vec<_>>> = vec![OnceLock::new(); nodes.len().div_ceil(SHARE)];
        each(shares.len(), &|share| {
            let all = share * SHARE..nodes.len().min((share + 1) * SHARE);
            _ = shares[share].set(all.map(|at| told(at).unwrap_or((None, NONE))).collect());
        })?;
        let told = shares.into_iter().flat_map(|share| share.into_inner().unwrap_or_default());
        let mut roots = Vec::new();
        for ((at, node), (kind, parent)) in (0u32..).zip(&mut nodes).zip(told) {
            (node.kind, node.parent) = (kind, parent);
            if kind.is_some() {
                roots.push(at);
            }
        }
        let mut forest = Self { first: vec![0; nodes.len() + 1], children: Vec::new(), nodes, places };
        for node in &forest.nodes {
            if node.parent != NONE {
                forest.first[node.parent as usize + 1] += 1;
            }
        }
        for at in 1..forest.first.len() {
            forest.first[at] += forest.first[at - 1];
        }
        forest.children = vec![0; forest.first.last().copied().unwrap_or(0) as usize];
        let mut next = forest.first.clone();
        for (at, node) in (0u32..).zip(&forest.nodes) {
            if node.parent != NONE {
                let slot = &mut next[node.parent as usize];
                forest.children[*slot as usize] = at;
                *slot += 1;
            }
        }
        // What a delta makes is of the kind of its base. Deltas that go round in a circle are reached by none.
        while let Some(at) = roots.pop() {
            let kind = forest.nodes[at as usize].kind;
            let (from, to) = (forest.first[at as usize] as usize, forest.first[at as usize + 1] as usize);
            for child in &forest.children[from..to] {
                forest.nodes[*child as usize].kind = kind;
                roots.push(*child);
            }
        }
        Ok(forest)
    }

    /// The roots of the families of a kind, and how many bytes each family takes up in the pack.
    fn sizes(&self, kind: Kind) -> Vec<(u32, u64)> {
        let mut sizes = Vec::new();
        let end = |at: usize| self.nodes.get(at + 1).map_or(self.nodes[at].offset, |next| next.offset);
        for (root, node) in (0u32..).zip(&self.nodes) {
            if node.kind != Some(kind) || node.parent != NONE {
                continue;
            }
            let mut size = 0;
            let mut waiting = vec![root];
            while let Some(at) = waiting.pop() {
                let at = at as usize;
                size += end(at) - self.nodes[at].offset;
                waiting.extend_from_slice(&self.children[self.first[at] as usize..self.first[at + 1] as usize]);
            }
            sizes.push((root, size));
        }
        sizes
    }

    /// Says that the object at a place of the index has that number. Returns what it is.
    fn claim(&mut self, at: u32, number: u32) -> Option<Kind> {
        let node = self.nodes.get_mut(*self.places.get(at as usize)? as usize)?;
        node.number = number;
        node.kind
    }
}

/// The node at an offset, which most often stands near the end of these.
fn before(nodes: &[Node], offset: u64) -> Option<usize> {
    let (mut low, mut step) = (nodes.len(), 1);
    while low > 0 && nodes.get(low).is_none_or(|node| node.offset > offset) {
        low = nodes.len().saturating_sub(step);
        step *= 2;
    }
    nodes[low..].binary_search_by_key(&offset, |node| node.offset).ok().map(|at| low + at)
}
