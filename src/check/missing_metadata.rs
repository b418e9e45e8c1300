//! A row that does not say what the policy requires.

use super::{Check, Evidence, Meta, Sink, wording};
use crate::inventory::Record;
use crate::inventory::record::Expiry;

declare! {
    /// ## What it does
    ///
    /// Reports a credential whose row leaves a field absent, blank or filled with a placeholder (`TBD`, `n/a`,
    /// `unknown`) that the policy requires. An expiry that is declared as never counts as filled in.
    ///
    /// ## Why it is bad
    ///
    /// What is not recorded cannot be governed: an incident starts with finding out what the identity is for.
    ///
    /// ## What to do
    ///
    /// Have the owner fill in the fields that are named.
    MissingMetadata {
        id: "missing-metadata",
        title: "Inventory row lacks required fields",
        severity: 4.3,
        needs: [Inventory, RequiredFields],
        nhi: ["NHI1"],
        mcp: ["MCP08"],
        asi: [],
        csf: ["PR.AA-01"],
        cwe: [],
    }
}

impl Check for MissingMetadata {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, evidence: &Evidence<'_>, sink: &mut Sink<'_>) {
        let required = &evidence.policy.inventory.require_fields;
        for (found, row) in evidence.registered() {
            let missing: Vec<&str> =
                required.iter().map(String::as_str).filter(|field| is_missing(row.record, field)).collect();
            if !missing.is_empty() {
                sink.at(&found).because(format!("{} does not say {}", wording::row(row), wording::list(missing)));
            }
        }
    }
}

fn is_missing(record: &Record, field: &str) -> bool {
    let text = |value: Option<&str>| value.is_none_or(wording::is_placeholder);
    match field {
        "created_at" => record.created_at.is_none(),
        "environment" => text(record.environment.as_deref()),
        "expires_at" => record.expires_at == Expiry::Unknown,
        "last_used_at" => record.last_used_at.is_none(),
        "locations" => record.locations.is_empty(),
        "match" => record.keys.is_empty(),
        "name" => text(record.name.as_deref()),
        "owner" => text(record.owner.as_ref().map(|owner| owner.id.as_str())),
        "provider_type" => text(record.provider_type.as_deref()),
        "purpose" => text(record.purpose.as_deref()),
        "rotated_at" => record.rotated_at.is_none(),
        "rotation" => record.max_age_days.is_none(),
        "scopes" => record.scopes.is_empty(),
        "sensitivity" => text(record.sensitivity.as_deref()),
        "system" => text(record.system.as_deref()),
        "team" => text(record.team.as_deref()),
        "workload" => record.workloads.iter().all(|workload| wording::is_placeholder(&workload.id)),
        // The policy names no other field: its reader refuses them.
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_field_that_a_policy_may_require_is_looked_at() {
        let mut bare = crate::check::sample::row("nhi-1");
        bare.created_at = None;
        bare.expires_at = super::Expiry::Unknown;
        bare.owner = None;
        bare.purpose = Some("TBD".into());
        bare.system = None;
        bare.workloads.clear();
        for field in crate::policy::FIELDS {
            assert!(super::is_missing(&bare, field), "{field}");
        }
    }
}
