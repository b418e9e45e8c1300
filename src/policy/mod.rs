//! What the organisation decided: owners, lifetimes, places, environments, exceptions. One TOML file, no expressions.

pub mod asset;
pub mod baseline;
pub mod check_id;
mod codeowners;
pub mod environment;
pub mod error;
pub mod exception;
mod file;
mod layers;
mod load;
mod origin;
pub mod show;

pub use baseline::{Baseline, BaselineError};
pub use codeowners::CodeOwners;
pub use environment::Environment;
pub use error::PolicyError;
pub use exception::Exception;
pub use load::FIELDS;
pub use origin::Origins;

use std::collections::BTreeMap;

/// What the organisation decided. The default decides nothing: checks that need a decision are not evaluated.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policy {
    /// What is expected of the inventory.
    pub inventory: InventoryRules,
    /// Owners that may own (`team:iam-platform`); empty = anyone.
    pub owners: Vec<String>,
    /// How long credentials may live.
    pub lifetime: Lifetime,
    /// Other lifetimes, by issuer.
    pub lifetime_overrides: BTreeMap<String, Lifetime>,
    /// Issuers for which short-lived credentials are available.
    pub dynamic_issuers: Vec<String>,
    /// Scopes that nobody may hold; `*` at the end stands for anything.
    pub denied_scopes: Vec<String>,
    /// Place kinds allowed by environment; `default` for all others. Empty = anywhere.
    pub places: BTreeMap<String, Vec<String>>,
    /// Environments by path, first match wins.
    pub environments: Vec<Environment>,
    /// Groups of asset ids that are one asset, in canonical form.
    pub mirrors: Vec<Vec<String>>,
    /// What fails a run.
    pub gate: Gate,
    /// Findings that somebody answers for, in the order of the file.
    pub exceptions: Vec<Exception>,
    /// Longest life of an exception in days.
    pub exception_days: Option<u32>,
    /// Who may approve exceptions; empty = anyone.
    pub approvers: Vec<String>,
    /// Where each key was decided.
    pub origins: Origins,
    /// SHA-256 of the file, zero where there is none.
    pub digest: [u8; 32],
}

/// What is expected of the inventory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InventoryRules {
    /// Greatest age of the export, in hours.
    pub max_age_hours: Option<u32>,
    /// Fields that every row must fill.
    pub require_fields: Vec<String>,
    /// Days without use after which a row is stale.
    pub stale_days: Option<u32>,
}

/// How long credentials may live, in days.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Lifetime {
    /// From creation or rotation to expiry.
    pub max_days: Option<u32>,
    /// How long before expiry a warning is due.
    pub warn_days: Option<u32>,
    /// From one rotation to the next, unless the row says otherwise.
    pub max_age_days: Option<u32>,
    /// How much later a rotation may come.
    pub grace_days: u32,
}

/// What fails a run: ids of checks and severities.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Gate {
    /// In pull requests.
    pub pull_request: Vec<String>,
    /// In sweeps.
    pub sweep: Vec<String>,
}

impl Policy {
    /// The environment of a reported path: the first whose glob matches.
    #[must_use]
    pub fn environment(&self, path: &str) -> Option<&str> {
        let environment = self.environments.iter().find(|environment| environment.matches(path))?;
        Some(&environment.name)
    }

    /// The asset that stands for this one: the first of its mirrors, or itself.
    #[must_use]
    pub fn asset<'a>(&'a self, id: &'a str) -> &'a str {
        if self.mirrors.is_empty() {
            return id;
        }
        let canonical = asset::canonical(id);
        let group = self.mirrors.iter().find(|group| group.contains(&canonical));
        group.and_then(|group| group.first()).map_or(id, String::as_str)
    }

    /// Whether two asset ids mean one asset.
    #[must_use]
    pub fn same_asset(&self, one: &str, other: &str) -> bool {
        one == other || self.asset(one) == self.asset(other)
    }

    /// Lifetime rules for an issuer.
    #[must_use]
    pub fn lifetime(&self, issuer: Option<&str>) -> Lifetime {
        issuer.and_then(|issuer| self.lifetime_overrides.get(issuer)).copied().unwrap_or(self.lifetime)
    }
}
