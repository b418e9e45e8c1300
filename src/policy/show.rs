//! The effective policy, key by key, each with where it was decided.

use serde_json::{Value, json};

use super::Policy;

/// One key of the effective policy.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// As in the file: `lifetime.max_days`.
    pub key: String,
    /// What it is; `null` where nothing was decided.
    pub value: Value,
    /// File and line, or `None` for what is built in.
    pub from: Option<(String, u32)>,
}

impl Policy {
    /// Every key, in the order of the file's sections.
    #[must_use]
    pub fn entries(&self) -> Vec<Entry> {
        let mut entries = Vec::new();
        let mut put = |key: String, value: Value| {
            let from = self.origins.get(&key).cloned();
            entries.push(Entry { key, value, from });
        };
        put("inventory.max_age_hours".to_owned(), json!(self.inventory.max_age_hours));
        put("inventory.require_fields".to_owned(), json!(self.inventory.require_fields));
        put("inventory.stale_days".to_owned(), json!(self.inventory.stale_days));
        put("owners.allowed".to_owned(), json!(self.owners));
        let general = ("lifetime".to_owned(), self.lifetime);
        let special = self.lifetime_overrides.iter().map(|(issuer, own)| (format!("lifetime.override.{issuer}"), *own));
        for (prefix, lifetime) in std::iter::once(general).chain(special) {
            put(format!("{prefix}.max_days"), json!(lifetime.max_days));
            put(format!("{prefix}.warn_days"), json!(lifetime.warn_days));
            put(format!("{prefix}.max_age_days"), json!(lifetime.max_age_days));
            put(format!("{prefix}.grace_days"), json!(lifetime.grace_days));
        }
        put("dynamic.issuers".to_owned(), json!(self.dynamic_issuers));
        put("scopes.deny".to_owned(), json!(self.denied_scopes));
        for (environment, kinds) in &self.places {
            put(format!("places.{environment}"), json!(kinds));
        }
        for environment in &self.environments {
            put(format!("environment.{}", environment.name), json!(environment.globs));
        }
        put("assets.mirrors".to_owned(), json!(self.mirrors));
        put("gate.pull_request".to_owned(), json!(self.gate.pull_request));
        put("gate.sweep".to_owned(), json!(self.gate.sweep));
        put("exceptions.max_days".to_owned(), json!(self.exception_days.unwrap_or(super::load::MAX_DAYS)));
        put("exceptions.approvers".to_owned(), json!(self.approvers));
        for exception in &self.exceptions {
            let value = json!({ "checks": exception.checks, "owner": exception.owner, "approver": exception.approver,
                "ticket": exception.ticket, "created": exception.created.to_string(), "expires": exception.expires.to_string() });
            put(format!("exception.{}", exception.id), value);
        }
        // An override that does not say has it from the general rule, or from nobody.
        for entry in &mut entries {
            if entry.from.is_none()
                && let Some(name) = entry.key.strip_prefix("lifetime.override.").and_then(|key| key.rsplit_once('.'))
            {
                entry.from = self.origins.get(&format!("lifetime.{}", name.1)).cloned();
            }
        }
        entries
    }
}
