//! Stage 4: the organisation's inventory of non-human identities, and what it says of each credential found.

pub mod record;
pub mod standing;

pub use record::{Owner, Record, State, Workload};
pub use standing::{MatchKey, Standing, Strength};

use std::collections::BTreeMap;

/// A row of a sibling table: a workload, person, team or system and whether it is still there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entity {
    /// Id that records refer to.
    pub id: String,
    /// `active`, `decommissioned`, `departed`, `disbanded` …; absent = unknown.
    pub state: Option<String>,
    /// For a system: names, packages, images and URLs it is known by.
    pub servers: Vec<String>,
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

/// The organisation's records, as the checks read them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Inventory {
    /// Rows in the order of their exports.
    pub records: Vec<Record>,
    /// Sibling tables.
    pub tables: Tables,
    /// When the oldest export was made, where its header says.
    pub exported_at: Option<jiff::Timestamp>,
}
