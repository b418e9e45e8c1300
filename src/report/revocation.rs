//! Where and how an issuer's credentials are revoked, as the issuer documents it. Nothing here is ever run.

use std::collections::BTreeMap;

use serde::Deserialize;

/// The table, as text; parsed when a worklist is asked for.
const TABLE: &str = include_str!("../../rules/revocation.toml");

/// How one issuer's credentials are revoked.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Revocation {
    /// The issuer's page.
    pub(super) page: String,
    /// The issuer's own tool, with capitals where an id belongs.
    pub(super) command: Option<String>,
}

/// The table by issuer.
pub(super) struct Revocations {
    issuers: BTreeMap<String, Revocation>,
}

impl Revocations {
    /// The table that comes with the program; a test reads it.
    pub(super) fn embedded() -> Self {
        Self { issuers: toml::from_str(TABLE).unwrap_or_default() }
    }

    /// Of one issuer.
    pub(super) fn of(&self, issuer: &str) -> Option<&Revocation> {
        self.issuers.get(issuer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_read_and_names_pages_of_known_issuers() {
        let issuers: BTreeMap<String, Revocation> = toml::from_str(TABLE).unwrap();
        assert!(issuers.len() > 40);
        for (issuer, revocation) in &issuers {
            assert!(revocation.page.starts_with("https://"), "{issuer}");
        }
        assert!(Revocations::embedded().of("github").is_some_and(|github| github.command.is_some()));
    }
}
