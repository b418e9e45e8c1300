//! What to do about a report: one line a credential or row, grouped by owner, worst first.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::revocation::Revocations;
use super::{Credential, Finding, Report};
use crate::check;

/// Which work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// What must be revoked or removed.
    Revoke,
    /// What must be enrolled in the inventory, or put right there.
    Register,
    /// What must be replaced.
    Rotate,
    /// Everything, by owner.
    Owners,
}

/// Checks whose finding means that the credential must go.
const REVOKE: [&str; 6] = [
    "live-after-decommission",
    "orphaned-workload",
    "orphaned-owner",
    "revoked-present",
    "expired-present",
    "suspended-present",
];

/// Checks whose finding means that the inventory does not know it, or not well enough.
const REGISTER: [&str; 9] = [
    "unregistered",
    "shadow-server",
    "ambiguous-match",
    "missing-metadata",
    "owner-not-allowed",
    "duplicate-records",
    "registered-location-missing",
    "stale-record",
    "inventory-outdated",
];

/// Checks whose finding means that the credential must be replaced.
const ROTATE: [&str; 17] = [
    "env-crossing-reuse",
    "wrong-environment",
    "inventory-contains-plaintext",
    "scope-creep",
    "exposed-in-repository",
    "shared-across-agents",
    "exposed-in-history",
    "duplicated",
    "wrong-location",
    "no-expiry",
    "rotation-overdue",
    "human-use",
    "ttl-too-long",
    "exposed-on-host",
    "static-where-dynamic",
    "expiring-soon",
    "exception-expired",
];

impl View {
    /// Every view.
    pub const ALL: [Self; 4] = [Self::Revoke, Self::Register, Self::Rotate, Self::Owners];

    /// The word of `--view`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Revoke => "revoke",
            Self::Register => "register",
            Self::Rotate => "rotate",
            Self::Owners => "owners",
        }
    }

    /// Whether a finding of that check belongs here.
    fn holds(self, check: &str) -> bool {
        match self {
            Self::Revoke => REVOKE.contains(&check),
            Self::Register => REGISTER.contains(&check),
            Self::Rotate => ROTATE.contains(&check),
            Self::Owners => true,
        }
    }
}

/// A worklist.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Worklist {
    /// Always `keytrawl-worklist/1`.
    pub schema: &'static str,
    /// Which one.
    pub view: &'static str,
    /// The clock of the run.
    pub now: String,
    /// Owners, the one with the worst work first.
    pub owners: Vec<Owner>,
}

/// What one owner has to do.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Owner {
    /// `team:iam-platform`; `nobody` where no owner is known.
    pub owner: String,
    /// Their work, worst first.
    pub items: Vec<Item>,
}

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Item {
    /// Severity word of the worst finding.
    pub severity: &'static str,
    /// Its figure.
    pub risk: f32,
    /// What to do, in one sentence.
    pub action: String,
    /// Checks that fired, worst first.
    pub checks: Vec<String>,
    /// Id of the credential, where it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credential: Option<String>,
    /// What may be shown of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preview: Option<String>,
    /// Who issued it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// Ids of inventory rows.
    pub records: Vec<String>,
    /// Places: `path:line`.
    pub places: Vec<String>,
    /// Server entries.
    pub servers: Vec<String>,
    /// The issuer's page for revoking.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
    /// The issuer's command for revoking, to be filled in; never run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
}

impl Worklist {
    /// The work of a view in a report. Findings that an exception or baseline covers are no work.
    #[must_use]
    pub fn of(report: &Report, view: View) -> Self {
        let revocations = Revocations::embedded();
        let credentials: BTreeMap<&str, &Credential> =
            report.credentials.iter().map(|credential| (credential.id.as_str(), credential)).collect();
        let mut groups: BTreeMap<(Option<&str>, String), Vec<&Finding>> = BTreeMap::new();
        for finding in
            report.findings.iter().filter(|finding| finding.suppressed.is_none() && view.holds(&finding.check))
        {
            let key = match &finding.credential {
                Some(id) => (Some(id.as_str()), String::new()),
                None => (None, finding.records.first().cloned().unwrap_or_else(|| place(finding))),
            };
            groups.entry(key).or_default().push(finding);
        }
        let mut owners: BTreeMap<String, Vec<Item>> = BTreeMap::new();
        for ((id, _), findings) in groups {
            let credential = id.and_then(|id| credentials.get(id).copied());
            let owner = credential.and_then(|credential| credential.standing.owner.clone());
            owners.entry(owner.unwrap_or_else(|| "nobody".to_owned())).or_default().push(item(
                credential,
                &findings,
                view,
                &revocations,
            ));
        }
        let mut owners: Vec<Owner> = owners
            .into_iter()
            .map(|(owner, mut items)| {
                items.sort_by(|a, b| order(a).cmp(&order(b)));
                Owner { owner, items }
            })
            .collect();
        owners.sort_by(|a, b| {
            let worst = |owner: &Owner| Reverse(owner.items.first().map_or(0, |item| (item.risk * 10.0) as u32));
            (worst(a), &a.owner).cmp(&(worst(b), &b.owner))
        });
        Self { schema: "keytrawl-worklist/1", view: view.name(), now: report.now.clone(), owners }
    }
}

/// What items are sorted by.
fn order(item: &Item) -> (Reverse<u32>, Option<&str>, &[String], &[String]) {
    (Reverse((item.risk * 10.0) as u32), item.credential.as_deref(), &item.records, &item.places)
}

fn place(finding: &Finding) -> String {
    format!("{}:{}", finding.path, finding.region.start_line)
}

fn figure(check: &str) -> f32 {
    check::get(check).map_or(10.0, |check| check.meta().severity)
}

fn item(credential: Option<&Credential>, findings: &[&Finding], view: View, revocations: &Revocations) -> Item {
    let mut checks: Vec<String> = findings.iter().map(|finding| finding.check.clone()).collect();
    checks.sort_by_key(|check| (check::primary::rank(check), check.clone()));
    checks.dedup();
    let risk = checks.iter().map(|check| figure(check)).fold(0.0, f32::max);
    let mut places: Vec<String> = findings.iter().map(|finding| place(finding)).collect();
    places.sort();
    places.dedup();
    let mut records: Vec<String> = findings.iter().flat_map(|finding| finding.records.iter().cloned()).collect();
    records.sort();
    records.dedup();
    let servers: BTreeSet<String> =
        credential.iter().flat_map(|credential| &credential.occurrences).filter_map(|at| at.server.clone()).collect();
    let issuer = credential.and_then(|credential| credential.issuer.clone());
    let revocation = issuer.as_deref().and_then(|issuer| revocations.of(issuer)).filter(|_| view != View::Register);
    let first = checks.first().map(String::as_str).unwrap_or_default();
    Item {
        severity: check::Severity::of(risk).as_str(),
        risk,
        action: action(first).to_owned(),
        checks,
        credential: credential.map(|credential| credential.id.clone()),
        preview: credential.map(|credential| credential.preview.clone()),
        issuer,
        records,
        places,
        servers: servers.into_iter().collect(),
        page: revocation.map(|revocation| revocation.page.clone()),
        command: revocation.and_then(|revocation| revocation.command.clone()),
    }
}

/// What the finding that matters most asks for.
fn action(check: &str) -> &'static str {
    match check {
        "live-after-decommission" => "Revoke it at the issuer now, remove it, and close the row",
        "orphaned-workload" => "Revoke it at the issuer and remove it: what it was for is gone",
        "orphaned-owner" => "Give it an owner, or revoke it",
        "revoked-present" | "expired-present" => "Remove it: it is dead, and whoever uses it fails",
        "suspended-present" => "Remove it, or have its owner lift the suspension",
        "unregistered" => "Register it with owner, purpose and expiry, or revoke it",
        "shadow-server" => "Have the system approved and registered, or remove the server",
        "ambiguous-match" => "Enrol a digest of it, so that one row can be told from the other",
        "missing-metadata" => "Fill in what its row lacks",
        "owner-not-allowed" => "Hand it to an owner that the policy allows",
        "duplicate-records" => "Leave one row for it",
        "registered-location-missing" => "Correct the places that its row lists",
        "stale-record" => "Ask its owner; revoke it and close the row",
        "inventory-outdated" => "Export the inventory anew",
        "exception-expired" | "exception-unused" => "Remove the exception, or have it approved afresh",
        "inventory-contains-plaintext" => "Rotate it and delete the export that held it in the clear",
        "duplicated" | "shared-across-agents" => "Give each workload a credential of its own",
        "env-crossing-reuse" | "wrong-environment" => "Replace it by one for each environment",
        "wrong-location" => "Move it to a place that the policy allows, and rotate it",
        "scope-creep" => "Reissue it with the scopes of its purpose",
        "static-where-dynamic" => "Replace it by short-lived credentials",
        "expiring-soon" => "Rotate it before it expires",
        "no-expiry" | "ttl-too-long" | "rotation-overdue" => "Rotate it, with an expiry within the policy",
        "scan-incomplete" => "Scan again what was left out",
        _ => "Rotate it, and keep the new one in a secret manager",
    }
}
