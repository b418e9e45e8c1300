//! The commits of a range: reachable from one commit and not from another, found without walking all of the history.

use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use super::commit::Commit;
use super::{GitDirectory, GitError, Id, Kind, Reader, log};

/// Commits that are still looked at when only excluded ones are left: clocks of committers differ, so a child may be older
/// than its parent.
const SLOP: u32 = 256;

/// One commit of a range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Its name.
    pub id: Id,
    /// Its tree.
    pub tree: Id,
    /// Its parents.
    pub parents: Vec<Id>,
    /// When it was committed, in Unix seconds.
    pub time: i64,
}

/// The commits of a range and what bounds it.
#[derive(Debug, Default)]
pub struct Reached {
    /// The commits, parents before children.
    pub steps: Vec<Step>,
    /// Excluded commits that are parents of them.
    pub bounds: BTreeSet<Id>,
    /// Whether a shallow clone ends within the range.
    pub cut: bool,
}

#[derive(Debug)]
struct Known {
    step: Step,
    excluded: bool,
    done: bool,
}

/// Finds the commits that `to` reaches and none of `from` does. Replacements and grafts do not count: what a push hands on is
/// the commits as they are.
///
/// # Errors
/// Where a commit cannot be read, other than at the end of a shallow clone.
pub fn reach(from: &[Id], to: &Id, directory: &GitDirectory, reader: &mut Reader<'_>) -> Result<Reached, GitError> {
    let shallow: BTreeSet<Id> = log::shallow(directory).into_iter().collect();
    let mut walk = Walk { known: BTreeMap::new(), queue: BinaryHeap::new(), shallow, live: 0 };
    walk.add(*to, false, reader)?;
    for from in from {
        walk.add(*from, true, reader)?;
    }
    let mut order = Vec::new();
    let mut slop = SLOP;
    while let Some((_, id)) = walk.queue.pop() {
        let Some(known) = walk.known.get_mut(&id) else { continue };
        if known.done {
            continue;
        }
        known.done = true;
        let (excluded, parents) = (known.excluded, known.step.parents.clone());
        if !excluded {
            walk.live -= 1;
            order.push(id);
        }
        for parent in parents {
            walk.add(parent, excluded, reader)?;
        }
        if walk.live == 0 {
            slop -= 1;
            if slop == 0 {
                break;
            }
        } else {
            slop = SLOP;
        }
    }
    let mut reached = Reached::default();
    let steps = order.iter().filter_map(|id| walk.known.get(id)).filter(|known| !known.excluded);
    reached.steps = steps.map(|known| known.step.clone()).collect();
    sort(&mut reached.steps);
    for step in &reached.steps {
        reached.cut |= walk.shallow.contains(&step.id);
        let bounds = step.parents.iter().filter(|parent| walk.known.get(parent).is_some_and(|known| known.excluded));
        reached.bounds.extend(bounds);
    }
    Ok(reached)
}

struct Walk {
    known: BTreeMap<Id, Known>,
    queue: BinaryHeap<(i64, Id)>,
    shallow: BTreeSet<Id>,
    /// Commits in the queue that are not excluded.
    live: usize,
}

impl Walk {
    fn add(&mut self, id: Id, excluded: bool, reader: &mut Reader<'_>) -> Result<(), GitError> {
        match self.known.get_mut(&id) {
            None => {
                let mut bytes = Vec::new();
                reader.read_as(Kind::Commit, &id, &mut bytes)?;
                let commit = Commit::parse(&bytes)
                    .ok_or_else(|| GitError::damaged(format!("object {id}"), "it is no commit"))?;
                let time = commit.time();
                let parents = if self.shallow.contains(&id) { Vec::new() } else { commit.parents };
                let step = Step { id, tree: commit.tree, parents, time };
                self.known.insert(id, Known { step, excluded, done: false });
                self.queue.push((time, id));
                self.live += usize::from(!excluded);
            }
            Some(known) if excluded && !known.excluded => self.exclude(id),
            Some(_) => {}
        }
        Ok(())
    }

    /// Excludes a commit that was taken for one of the range, and what is known of its ancestors.
    fn exclude(&mut self, id: Id) {
        let mut waiting = vec![id];
        while let Some(id) = waiting.pop() {
            let Some(known) = self.known.get_mut(&id).filter(|known| !known.excluded) else { continue };
            known.excluded = true;
            if known.done {
                waiting.extend_from_slice(&known.step.parents);
            } else {
                self.live -= 1;
            }
        }
    }
}

/// Parents before children, else by time and name.
fn sort(steps: &mut Vec<Step>) {
    let mut left: BTreeMap<Id, usize> = BTreeMap::new();
    let mut children: BTreeMap<Id, Vec<usize>> = BTreeMap::new();
    let within: BTreeSet<Id> = steps.iter().map(|step| step.id).collect();
    for (at, step) in steps.iter().enumerate() {
        let parents: BTreeSet<&Id> = step.parents.iter().filter(|parent| within.contains(parent)).collect();
        left.insert(step.id, parents.len());
        for parent in parents {
            children.entry(*parent).or_default().push(at);
        }
    }
    let key = |step: &Step| std::cmp::Reverse((step.time, step.id));
    let mut ready: BinaryHeap<_> = steps
        .iter()
        .enumerate()
        .filter(|(_, step)| left.get(&step.id) == Some(&0))
        .map(|(at, step)| (key(step), at))
        .collect();
    let mut order = Vec::with_capacity(steps.len());
    while let Some((_, at)) = ready.pop() {
        order.push(steps[at].clone());
        for child in children.get(&steps[at].id).into_iter().flatten() {
            let step = &steps[*child];
            if let Some(left) = left.get_mut(&step.id) {
                *left -= 1;
                if *left == 0 {
                    ready.push((key(step), *child));
                }
            }
        }
    }
    *steps = order;
}
