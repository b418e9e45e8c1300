//! Who uses a credential, as far as configs show: the server entry that holds it, in which client, of which asset.

use std::collections::{BTreeMap, BTreeSet};

use super::{Evidence, Found};

/// A workload as it is found: a server entry of a client in an asset and an environment. Copies of one config are one
/// workload; the same entry in another repository is another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct FoundWorkload<'a> {
    /// Name of the server entry.
    pub server: &'a str,
    /// Client whose config it is.
    pub client: Option<&'static str>,
    /// Asset, mirrors of one repository being one.
    pub asset: &'a str,
    /// What it runs or calls.
    pub target: Option<&'a str>,
    /// Environment by the policy's globs.
    pub environment: Option<&'a str>,
}

impl<'a> FoundWorkload<'a> {
    /// The workload of an occurrence in that asset; only a server entry makes one.
    fn of(found: &Found<'a>, asset: &'a str, evidence: &Evidence<'a>) -> Option<Self> {
        let slot = &found.occurrence.slot;
        let origin = &found.occurrence.location.origin;
        Some(Self {
            server: slot.server.as_deref()?,
            client: slot.client,
            asset,
            target: slot.target.as_deref(),
            environment: evidence.policy.environment(&origin.path),
        })
    }
}

/// Where one credential is and who uses it.
#[derive(Debug, Default)]
pub(super) struct Spread<'a> {
    /// Assets, mirrors being one.
    pub assets: BTreeSet<&'a str>,
    /// Files, by reported path.
    pub paths: BTreeSet<&'a str>,
    /// Workloads.
    pub workloads: BTreeSet<FoundWorkload<'a>>,
}

impl<'a> Spread<'a> {
    /// Of one credential, by its index.
    pub(super) fn of(credential: usize, evidence: &Evidence<'a>) -> Self {
        let mut spread = Self::default();
        let families = families(credential, evidence);
        for found in evidence.found_of(credential) {
            let origin = &found.occurrence.location.origin;
            let asset = head_of(&families, evidence.policy.asset(&origin.asset.id));
            spread.assets.insert(asset);
            spread.paths.insert(&origin.path);
            spread.workloads.extend(FoundWorkload::of(&found, asset, evidence));
        }
        spread.workloads = distinct(spread.workloads);
        spread
    }
}

/// Which assets are one repository though their names differ, each with one that stands for it: two checkouts of one commit,
/// and repositories that begin with the same commit and hold the same blob at the same path, as forks and mirrors do.
fn families<'a>(credential: usize, evidence: &Evidence<'a>) -> BTreeMap<&'a str, &'a str> {
    let mut heads = BTreeMap::new();
    let mut checkouts: BTreeMap<&str, &str> = BTreeMap::new();
    let mut copies: BTreeMap<(&str, &str, &str), &str> = BTreeMap::new();
    for found in evidence.found_of(credential) {
        let origin = &found.occurrence.location.origin;
        let asset = evidence.policy.asset(&origin.asset.id);
        let commits = found.occurrence.commits.as_deref();
        let copy = commits.and_then(|of| Some((of.root.as_deref()?, of.path.as_deref()?, of.object.as_deref()?)));
        let checkout = origin.asset.revision.as_deref().map(|revision| *checkouts.entry(revision).or_insert(asset));
        let copy = copy.map(|copy| *copies.entry(copy).or_insert(asset));
        for other in [checkout, copy].into_iter().flatten() {
            let (a, b) = (head_of(&heads, asset), head_of(&heads, other));
            if a != b {
                heads.insert(a.max(b), a.min(b));
            }
        }
    }
    heads
}

fn head_of<'a>(heads: &BTreeMap<&'a str, &'a str>, mut asset: &'a str) -> &'a str {
    // Each leads to one that comes before it, so this ends.
    while let Some(head) = heads.get(asset) {
        asset = head;
    }
    asset
}

/// Workloads without those that only lack a client: a copy of a config at a place that belongs to no known client is no
/// evidence of another client.
pub(super) fn distinct(workloads: BTreeSet<FoundWorkload<'_>>) -> BTreeSet<FoundWorkload<'_>> {
    let of_clients: BTreeSet<FoundWorkload<'_>> = workloads
        .iter()
        .filter(|workload| workload.client.is_some())
        .map(|workload| FoundWorkload { client: None, ..*workload })
        .collect();
    workloads.into_iter().filter(|workload| !of_clients.contains(workload)).collect()
}
