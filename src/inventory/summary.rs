//! `inventory check`: what an inventory holds, in counts.

use std::collections::BTreeMap;

use super::record::Key;
use super::{Inventory, MatchKey, State};

/// Counts of an inventory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// Rows taken, refused, and rows that held a credential in the clear, by file in the order given.
    pub files: Vec<(String, usize, usize, usize)>,
    /// Records by state.
    pub states: BTreeMap<State, usize>,
    /// Records by issuer.
    pub issuers: BTreeMap<String, usize>,
    /// Match keys by algorithm.
    pub keys: BTreeMap<MatchKey, usize>,
    /// Records without any key: they can only be matched by reference.
    pub keyless: usize,
    /// Records without an owner.
    pub ownerless: usize,
    /// Rows of each sibling table that was given.
    pub tables: BTreeMap<&'static str, usize>,
}

impl Inventory {
    /// What it holds.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let mut summary = Summary::default();
        for export in &self.exports {
            let taken = export.records + export.entities;
            summary.files.push((export.path.clone(), taken, export.refused, export.plaintext));
        }
        for record in &self.records {
            *summary.states.entry(record.state).or_default() += 1;
            *summary.issuers.entry(record.issuer.to_string()).or_default() += 1;
            summary.keyless += usize::from(record.keys.is_empty());
            summary.ownerless += usize::from(record.owner.is_none());
            for key in &record.keys {
                *summary.keys.entry(alg(key)).or_default() += 1;
            }
        }
        let tables = &self.tables;
        let given = [
            ("workloads", &tables.workloads),
            ("people", &tables.people),
            ("teams", &tables.teams),
            ("systems", &tables.systems),
        ];
        summary.tables = given.into_iter().filter_map(|(name, rows)| Some((name, rows.as_ref()?.len()))).collect();
        summary
    }
}

const fn alg(key: &Key) -> MatchKey {
    match key {
        Key::Hmac { .. } => MatchKey::Hmac,
        Key::Sha256(_) => MatchKey::Sha256,
        Key::Hmsl(_) => MatchKey::Hmsl,
        Key::KeyId(_) => MatchKey::KeyId,
        Key::Last8(_) => MatchKey::Last8,
        Key::Hint { .. } => MatchKey::Hint,
        Key::Principal(_) => MatchKey::Principal,
    }
}
