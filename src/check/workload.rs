//! Who uses a credential, as far as configs show: the server entry that holds it, in which client, of which asset.

use std::collections::BTreeSet;

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
    /// The workload of an occurrence; only a server entry makes one.
    pub(super) fn of(found: &Found<'a>, evidence: &Evidence<'a>) -> Option<Self> {
        let slot = &found.occurrence.slot;
        let origin = &found.occurrence.location.origin;
        Some(Self {
            server: slot.server.as_deref()?,
            client: slot.client,
            asset: evidence.policy.asset(&origin.asset.id),
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
        for found in evidence.found_of(credential) {
            let origin = &found.occurrence.location.origin;
            spread.assets.insert(evidence.policy.asset(&origin.asset.id));
            spread.paths.insert(&origin.path);
            spread.workloads.extend(FoundWorkload::of(&found, evidence));
        }
        spread
    }
}
