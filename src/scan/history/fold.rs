//! Folds what was found in many versions of a file into one occurrence: a place in a history is a path, not a blob, and a
//! file that was renamed is one place.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::attribution::{Reach, Trail};
use super::{Pass, Tips};
use crate::credential::{Commits, Occurrence};
use crate::source::git::log::Log;

/// Most places of one credential among which moves are looked for; where there are more, each stays a place of its own.
const MOST_MOVED: usize = 500;

/// Something found in one blob at one path.
#[derive(Debug)]
pub(super) struct Sighting {
    /// The blob.
    pub(super) blob: u32,
    /// Its path in the repository; `None` where no commit holds it.
    pub(super) path: Option<String>,
    /// The commits that hold it there.
    pub(super) reach: Option<Reach>,
    /// What was found.
    pub(super) occurrence: Occurrence,
}

/// One credential at one path, in all versions.
struct Place {
    /// Path in the repository.
    path: String,
    reach: Reach,
    blobs: Vec<u32>,
    /// Version that is shown, with how it is preferred.
    shown: ((bool, u32), u32),
    occurrences: Vec<(u32, Occurrence)>,
}

/// Folds the sightings of a repository. No two of what comes back are at one place.
pub(super) fn fold(
    sightings: Vec<Sighting>,
    log: &Log,
    trail: &Trail,
    pass: &Pass<'_, '_>,
    tips: &Tips,
) -> Vec<Occurrence> {
    let mut folded = Vec::new();
    // By secret, then by reported path, which tells members of an archive apart.
    let mut places: BTreeMap<[u8; 32], BTreeMap<String, Place>> = BTreeMap::new();
    let reachable = log.reachable();
    for Sighting { blob, path, reach, mut occurrence } in sightings {
        let (Some(path), Some(reach)) = (path, reach) else {
            let object = pass.catalogue.name(blob).map(|id| id.to_string());
            occurrence.commits = Some(Arc::new(Commits { object, ..Commits::default() }));
            folded.push(occurrence);
            continue;
        };
        let rank = ((reach.last < reachable, reach.last), blob);
        let rank = if reach.head { ((true, u32::MAX), blob) } else { rank };
        let by_path = places.entry(occurrence.identity.fold).or_default();
        let reported = occurrence.location.origin.path.clone();
        let place = by_path.entry(reported).or_insert_with(|| Place {
            path,
            reach: reach.clone(),
            blobs: Vec::new(),
            shown: rank,
            occurrences: Vec::new(),
        });
        place.reach.merge(&reach, reachable);
        place.blobs.push(blob);
        place.shown = place.shown.max(rank);
        place.occurrences.push((blob, occurrence));
    }
    let moved = places.values().filter(|by_path| by_path.len() > 1).flat_map(BTreeMap::values);
    let children = children(moved, log);
    for by_path in places.into_values() {
        let mut places: Vec<Place> = by_path.into_values().collect();
        renames(&mut places, &children, log, trail);
        folded.extend(places.into_iter().flat_map(|place| place.into_occurrences(log, pass, tips)));
    }
    folded
}

/// Lets a place that is no more go into the one that took it over: a file that was renamed, or copied before it went, and one
/// that got its old name back.
fn renames(places: &mut Vec<Place>, children: &BTreeMap<u32, Vec<u32>>, log: &Log, trail: &Trail) {
    places.sort_by(|a, b| (a.reach.first, &a.path).cmp(&(b.reach.first, &b.path)));
    // Each is held against all others.
    if places.len() > MOST_MOVED {
        return;
    }
    places.iter_mut().for_each(|place| place.blobs.sort_unstable());
    let reachable = log.reachable();
    let mut successors: Vec<Option<usize>> = (0..places.len())
        .map(|at| {
            let old = &places[at];
            if old.reach.head {
                return None;
            }
            let later = (at + 1..places.len()).find(|&new| {
                let new = &places[new];
                let lives_on = new.reach.head || new.reach.last >= old.reach.last;
                lives_on && new.path != old.path && took_over(old, new, log, trail)
            });
            let last = log.at(old.reach.last);
            let next = last.and_then(|last| children.get(&last)).map_or(&[][..], Vec::as_slice);
            later.or_else(|| {
                (0..places.len()).find(|&new| {
                    let new = &places[new];
                    new.path != old.path && last.is_some_and(|last| moved_back(new, last, next, log, trail))
                })
            })
        })
        .collect();
    for at in 0..places.len() {
        let Some(heir) = heir(at, &mut successors) else { continue };
        let reach = places[at].reach.clone();
        places[at].occurrences.clear();
        places[heir].reach.merge(&Reach { head: false, ..reach }, reachable);
    }
    places.retain(|place| !place.occurrences.is_empty());
}

/// The last of those that took a place over, one after the other; where they go round, the first asked for is the last.
fn heir(of: usize, successors: &mut [Option<usize>]) -> Option<usize> {
    let mut heir = successors[of]?;
    for _ in 0..successors.len() {
        match successors[heir] {
            Some(next) if next == of => {
                successors[of] = None;
                return None;
            }
            Some(next) => heir = next,
            None => return Some(heir),
        }
    }
    None
}

/// The children of the commits that are the last to hold something that HEAD does not hold.
fn children<'p>(gone: impl Iterator<Item = &'p Place>, log: &Log) -> BTreeMap<u32, Vec<u32>> {
    let gone = gone.filter(|place| !place.reach.head);
    let mut children: BTreeMap<u32, Vec<u32>> =
        gone.filter_map(|place| Some((log.at(place.reach.last)?, Vec::new()))).collect();
    if !children.is_empty() {
        for row in log.rows() {
            for parent in &row.parents {
                if let Some(of_it) = children.get_mut(parent) {
                    of_it.push(row.number);
                }
            }
        }
    }
    children
}

/// Whether a commit after `last` brought the credential to the path of `new`, where `last` did not hold it.
fn moved_back(new: &Place, last: u32, next: &[u32], log: &Log, trail: &Trail) -> bool {
    let holds = |commit: u32| {
        let tree = log.row(commit).and_then(|row| row.tree);
        let held = tree.and_then(|tree| trail.at(tree, &new.path));
        held.is_some_and(|blob| new.blobs.binary_search(&blob).is_ok())
    };
    !holds(last) && next.iter().any(|child| holds(*child))
}

/// Whether a parent of the commit that brought `new` held the credential at the path of `old`.
fn took_over(old: &Place, new: &Place, log: &Log, trail: &Trail) -> bool {
    let Some(row) = log.at(new.reach.first).and_then(|commit| log.row(commit)) else { return false };
    row.parents.iter().any(|parent| {
        let tree = log.row(*parent).and_then(|row| row.tree);
        let held = tree.and_then(|tree| trail.at(tree, &old.path));
        held.is_some_and(|blob| old.blobs.binary_search(&blob).is_ok())
    })
}

impl Place {
    fn into_occurrences(self, log: &Log, pass: &Pass<'_, '_>, tips: &Tips) -> Vec<Occurrence> {
        let name = |place| log.at(place).and_then(|number| pass.catalogue.name(number)).map(|id| id.to_string());
        let head = tips.head.and_then(|number| pass.catalogue.name(number)).map(|id| id.to_string());
        let last = name(self.reach.last);
        let commits = Arc::new(Commits {
            first: name(self.reach.first),
            shown: if self.reach.head { head } else { last.clone() },
            last,
            in_head: self.reach.head,
            branches: self
                .reach
                .branches
                .iter()
                .filter_map(|branch| tips.branches.get(*branch as usize))
                .map(|(name, _)| name.clone())
                .collect(),
            object: pass.catalogue.name(self.shown.1).map(|id| id.to_string()),
            path: Some(self.path.clone()),
            root: name(0).filter(|_| log.reachable() > 0),
            ..Commits::default()
        });
        let shown = self.shown.1;
        let kept = self.occurrences.into_iter().filter(|(blob, _)| *blob == shown);
        kept.map(|(_, occurrence)| Occurrence { commits: Some(Arc::clone(&commits)), ..occurrence }).collect()
    }
}

/// Joins what stands in the files of a work tree with what its history holds: one place, one occurrence.
#[must_use]
pub(crate) fn join(mut files: Vec<Occurrence>, history: Vec<Occurrence>) -> Vec<Occurrence> {
    type Key = (String, String, [u8; 32]);
    let key = |occurrence: &Occurrence| -> Key {
        let origin = &occurrence.location.origin;
        (origin.asset.id.clone(), origin.path.clone(), occurrence.identity.fold)
    };
    let known: BTreeMap<Key, Option<Arc<Commits>>> =
        history.iter().map(|occurrence| (key(occurrence), occurrence.commits.clone())).collect();
    let mut joined = std::collections::BTreeSet::new();
    for file in &mut files {
        if file.location.origin.place != crate::source::Place::Repo {
            continue;
        }
        let key = key(file);
        if let Some(commits) = known.get(&key) {
            file.commits = commits.as_deref().map(|commits| Arc::new(Commits { in_files: true, ..commits.clone() }));
            joined.insert(key);
        }
    }
    files.extend(history.into_iter().filter(|occurrence| !joined.contains(&key(occurrence))));
    files
}
