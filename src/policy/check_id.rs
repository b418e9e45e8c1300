//! Ids of the checks that a policy may name. Checks stand to the right of the policy, so the list is its own; a test
//! holds it against them.

/// Every check id, sorted. Those that this version does not evaluate yet may be named all the same.
pub const ALL: [&str; 34] = [
    "ambiguous-match",
    "duplicate-records",
    "duplicated",
    "env-crossing-reuse",
    "exception-expired",
    "exception-unused",
    "expired-present",
    "expiring-soon",
    "exposed-in-history",
    "exposed-in-repository",
    "exposed-on-host",
    "human-use",
    "inventory-contains-plaintext",
    "inventory-outdated",
    "live-after-decommission",
    "missing-metadata",
    "no-expiry",
    "orphaned-owner",
    "orphaned-workload",
    "owner-not-allowed",
    "registered-location-missing",
    "revoked-present",
    "rotation-overdue",
    "scan-incomplete",
    "scope-creep",
    "shadow-server",
    "shared-across-agents",
    "stale-record",
    "static-where-dynamic",
    "suspended-present",
    "ttl-too-long",
    "unregistered",
    "wrong-environment",
    "wrong-location",
];

/// Severity words, which a gate may name in place of checks.
pub const SEVERITIES: [&str; 4] = ["critical", "high", "medium", "low"];

/// Whether this is the id of a check.
#[must_use]
pub fn is_known(id: &str) -> bool {
    ALL.contains(&id)
}
