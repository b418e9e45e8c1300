//! References in a report: what server entries hold in the place of a credential, and what became of each.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::Region;
use crate::check::Evidence;
use crate::client::ReferenceKind;
use crate::credential::{Location, Resolved};

/// A value that names a credential and does not hold it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Reference {
    /// Reported path.
    pub path: String,
    /// Where it is written.
    pub region: Region,
    /// Id of the asset.
    pub asset: String,
    /// Kind of slot that it fills.
    pub slot: String,
    /// MCP client.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub client: Option<String>,
    /// Server entry.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub server: Option<String>,
    /// RFC 6901 pointer.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub pointer: Option<String>,
    /// Variable, header, flag or parameter of the slot.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub variable: Option<String>,
    /// `variable input file command store template`.
    pub kind: String,
    /// Name of the variable, input or file, or the address in the store.
    pub name: String,
    /// `linked defined supplied managed undefined`.
    pub standing: String,
    /// Reported paths of what defines it.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub defined_in: Vec<String>,
    /// Ids of the credentials that it stands for.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub credentials: Vec<String>,
    /// Ids of the inventory rows that declare it.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub records: Vec<String>,
}

/// The references, by place.
pub(super) fn freeze(evidence: &Evidence<'_>, resolved: &[Resolved]) -> Vec<Reference> {
    let mut ids: BTreeMap<&Location, &str> = BTreeMap::new();
    let wanted: BTreeSet<&Location> = resolved.iter().flat_map(|it| &it.linked).collect();
    for credential in evidence.credentials {
        let places = credential.occurrences.iter().map(|occurrence| &occurrence.location);
        ids.extend(places.filter(|place| wanted.contains(place)).map(|place| (place, credential.id.hex.as_str())));
    }
    let mut references: Vec<Reference> = resolved.iter().map(|it| frozen(evidence, it, &ids)).collect();
    references.sort();
    references
}

fn frozen(evidence: &Evidence<'_>, resolved: &Resolved, ids: &BTreeMap<&Location, &str>) -> Reference {
    let Resolved { reference, bond, defined_in, linked } = resolved;
    let origin = &reference.location.origin;
    let slot = &reference.slot;
    let rows = match (reference.kind, evidence.inventory) {
        (ReferenceKind::Store, Some(inventory)) => inventory.referenced(&reference.name),
        _ => Vec::new(),
    };
    let records = evidence.inventory.map_or(&[][..], |inventory| inventory.records.as_slice());
    let credentials: BTreeSet<&str> = linked.iter().filter_map(|place| ids.get(place).copied()).collect();
    Reference {
        path: origin.path.clone(),
        region: reference.location.region.into(),
        asset: origin.asset.id.clone(),
        slot: slot.kind.as_str().to_owned(),
        client: slot.client.map(str::to_owned),
        server: slot.server.as_deref().map(str::to_owned),
        pointer: slot.pointer.clone(),
        variable: slot.variable.clone(),
        kind: reference.kind.as_str().to_owned(),
        name: reference.name.clone(),
        standing: bond.as_str().to_owned(),
        defined_in: defined_in.clone(),
        credentials: credentials.into_iter().map(str::to_owned).collect(),
        records: rows.into_iter().filter_map(|row| Some(records.get(row)?.id.clone())).collect(),
    }
}
