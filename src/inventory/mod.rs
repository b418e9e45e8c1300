//! Stage 4: the organisation's inventory of non-human identities, and what it says of each credential found.

pub mod canonical;
mod cell;
mod csv;
mod dates;
pub mod diff;
pub mod digest;
mod digests;
mod error;
mod evidence;
pub mod explain;
pub mod export;
mod flat;
mod foreign;
pub mod hash;
pub mod header;
mod index;
mod json;
mod jsonl;
pub mod judge;
mod load;
pub mod mapping;
mod match_entry;
mod prepare;
pub mod record;
mod referenced;
mod row;
mod screen;
#[cfg(test)]
mod simulated;
pub mod standing;
pub mod subject;
pub mod summary;
mod table;
pub mod usage;
pub mod word;

pub use error::InventoryError;
pub use explain::Explanation;
pub use export::{InventorySource, Table};
pub use header::Header;
pub use judge::Consideration;
pub use mapping::{Mapping, MappingError};
pub use record::{Owner, Record, State, Workload};
pub use standing::{MatchKey, Standing, Strength};
pub use subject::{Circumstances, Subject};
pub use summary::Summary;
pub use usage::{Usage, UsageError, Use};
pub use word::Word;

use std::collections::{BTreeMap, BTreeSet};

/// A row of a sibling table: a workload, person, team or system and whether it is still there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entity {
    /// Id that records refer to.
    pub id: String,
    /// `active`, `decommissioned`, `departed`, `disbanded` …; absent = unknown.
    pub state: Option<String>,
    /// For a system: names, packages, images and URLs it is known by.
    pub servers: Vec<String>,
    /// For a person: the team they are in.
    pub team: Option<String>,
    /// For a person: names and addresses they sign commits with, beside their id.
    pub names: Vec<String>,
}

/// The sibling tables; a table that was not given is `None`, so that a missing row is told apart from a missing table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tables {
    /// `"table": "workload"`.
    pub workloads: Option<BTreeMap<String, Entity>>,
    /// `"table": "person"`.
    pub people: Option<BTreeMap<String, Entity>>,
    /// `"table": "team"`.
    pub teams: Option<BTreeMap<String, Entity>>,
    /// `"table": "system"`.
    pub systems: Option<BTreeMap<String, Entity>>,
}

/// One file of the inventory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    /// Reported path.
    pub path: String,
    /// What its rows are.
    pub table: Table,
    /// Its headers: none, one, or several where exports were joined into one file.
    pub headers: Vec<Header>,
    /// Rows that were taken as records.
    pub records: usize,
    /// Rows of sibling tables.
    pub entities: usize,
    /// Rows that were refused.
    pub refused: usize,
    /// Rows that held a credential in the clear.
    pub plaintext: usize,
}

/// The inventory of a run: the rows of all its files, and an index to find them by.
#[derive(Debug, Clone, Default)]
pub struct Inventory {
    /// Rows, in order of file and line.
    pub records: Vec<Record>,
    /// Sibling tables.
    pub tables: Tables,
    /// The files, in the order they were given.
    pub exports: Vec<Export>,
    index: index::Index,
    /// Ids of keys that are configured: digests of other keys cannot be compared.
    known_keys: BTreeSet<String>,
}

impl Inventory {
    /// Whether the inventory claims to hold every identity of an issuer, so that a missing one may be called
    /// unregistered; `None` asks about a credential whose issuer is not known. The claims of several files add up, and
    /// a file without a header claims everything.
    #[must_use]
    pub fn covers(&self, issuer: Option<&str>) -> bool {
        let mut exports = self.exports.iter().filter(|export| export.records > 0 || !export.headers.is_empty());
        exports.any(|export| match export.headers.as_slice() {
            [] => true,
            headers => headers.iter().any(|header| header.covers(issuer)),
        })
    }

    /// When the oldest of its exports was made, where they say.
    #[must_use]
    pub fn exported_at(&self) -> Option<jiff::Timestamp> {
        self.exports.iter().flat_map(|export| &export.headers).filter_map(|header| header.exported_at).min()
    }

    /// Whether a row can only be compared by its HMSL digest or also by it, so that digests are worth their cost.
    #[must_use]
    pub fn wants_hmsl(&self) -> bool {
        !self.index.hmsl.is_empty()
    }
}
