//! Makes a report out of what the stages found: everything copied into plain strings, everything in a total order.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{
    Asset, Coverage, Credential, FailOn, Finding, Notice, Occurrence, Region, Report, SCHEMA, Settings, Standing,
    Suppression, Tool, severity_of,
};
use crate::check::{self, Evidence, Outcome, Severity, Subject, fingerprint, primary};
use crate::credential;
use crate::inventory::{self, Record};
use crate::policy::Policy;
use crate::source;

/// Everything a report is made of.
#[derive(Debug)]
pub struct Inputs<'a> {
    /// What the checks looked at.
    pub evidence: &'a Evidence<'a>,
    /// What they said.
    pub outcome: Outcome,
    /// Assets that were scanned, those without a credential too.
    pub assets: &'a [Arc<source::Asset>],
    /// SHA-256 over detectors, policy and options, in hex.
    pub digest: String,
    /// What fails the run.
    pub fail_on: &'a FailOn,
    /// One finding an occurrence instead of all.
    pub primary_only: bool,
}

impl Report {
    /// Freezes a run. Equal inputs give equal reports, whatever the order in which things were found.
    #[must_use]
    pub fn freeze(inputs: Inputs<'_>) -> Self {
        let Inputs { evidence, outcome, assets, digest, fail_on, primary_only } = inputs;
        let coverage = coverage(evidence, outcome.not_evaluated);
        let order = order(evidence, &outcome.findings);
        let findings = findings(evidence, &outcome.findings, &order, primary_only);
        let credentials = order.iter().map(|&index| credential(evidence, index)).collect();
        Self {
            schema: SCHEMA.to_owned(),
            tool: Tool { name: "keytrawl".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() },
            mode: evidence.mode.as_str().to_owned(),
            now: evidence.now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            settings: Settings {
                digest,
                fail_on: fail_on.terms(),
                primary_only,
                inventory: evidence.inventory.is_some(),
            },
            coverage,
            assets: frozen_assets(evidence, assets),
            credentials,
            findings,
            notices: evidence.coverage.notices.iter().map(notice).collect(),
            notice_kinds: evidence
                .coverage
                .notices
                .iter()
                .map(|notice| (notice.kind.id().to_owned(), notice.kind.description().to_owned()))
                .collect(),
        }
    }
}

/// Indexes of the credentials as a report lists them: worst open finding first, then those that exceptions cover, then
/// those without a finding; within each by id.
fn order(evidence: &Evidence<'_>, findings: &[check::Finding]) -> Vec<usize> {
    let mut worst: BTreeMap<usize, (bool, Severity)> = BTreeMap::new();
    for finding in findings {
        if let Subject::Occurrence { credential, .. } = finding.subject {
            let this = (finding.excepted_by.is_none(), severity(finding.check));
            let known = worst.entry(credential).or_insert(this);
            *known = (*known).max(this);
        }
    }
    let mut order: Vec<usize> = (0..evidence.credentials.len()).collect();
    order.sort_by_key(|&index| (std::cmp::Reverse(worst.get(&index)), &evidence.credentials[index].id, index));
    order
}

fn severity(check: &str) -> Severity {
    check::get(check).map_or(Severity::Low, |check| check.meta().band())
}

/// The findings to show, by credential in `order`, occurrence, severity and check; those on no credential come last.
fn findings(evidence: &Evidence<'_>, all: &[check::Finding], order: &[usize], primary_only: bool) -> Vec<Finding> {
    let ids = fingerprint::of(all, evidence.credentials, records(evidence), &evidence.coverage.notices);
    let mut rank = vec![order.len(); evidence.credentials.len()];
    for (at, &index) in order.iter().enumerate() {
        rank[index] = at;
    }
    let shown = if primary_only { reduced(all) } else { (0..all.len()).map(|index| (index, Vec::new())).collect() };
    let mut made: Vec<(usize, Finding)> = shown
        .into_iter()
        .filter_map(|(index, also)| {
            let finding = all.get(index)?;
            let rank = match finding.subject {
                Subject::Occurrence { credential, .. } => rank.get(credential).copied().unwrap_or(order.len()),
                Subject::Record(_) | Subject::Notice(_) => order.len(),
            };
            Some((rank, freeze_finding(evidence, finding, ids.get(index).cloned().unwrap_or_default(), also)))
        })
        .collect();
    made.sort_by(|(rank_a, a), (rank_b, b)| {
        let key = |finding: &Finding| (finding.occurrence, std::cmp::Reverse(severity_of(&finding.severity)));
        let rest =
            |f: &Finding| (f.check.clone(), f.path.clone(), f.region.start_line, f.message.clone(), f.id.clone());
        rank_a.cmp(rank_b).then_with(|| key(a).cmp(&key(b))).then_with(|| rest(a).cmp(&rest(b)))
    });
    made.into_iter().map(|(_, finding)| finding).collect()
}

/// One open finding an occurrence. Findings that an exception covers are all kept: they are counted, never dropped.
fn reduced(all: &[check::Finding]) -> Vec<(usize, Vec<&'static str>)> {
    let (covered, open): (Vec<usize>, Vec<usize>) = (0..all.len()).partition(|&index| all[index].excepted_by.is_some());
    let findings: Vec<check::Finding> = open.iter().map(|&index| all[index].clone()).collect();
    let primaries = primary::reduce(&findings).into_iter();
    let open = primaries.filter_map(|primary| Some((*open.get(primary.index)?, primary.also)));
    open.chain(covered.into_iter().map(|index| (index, Vec::new()))).collect()
}

fn freeze_finding(evidence: &Evidence<'_>, finding: &check::Finding, id: String, also: Vec<&'static str>) -> Finding {
    let mut credential = None;
    let mut occurrence = None;
    let (path, region) = match finding.subject {
        Subject::Occurrence { credential: of, occurrence: at } => {
            let found = evidence.credentials.get(of);
            credential = found.map(|found| found.id.hex.clone());
            occurrence = found.map(|_| at);
            let place = found.and_then(|found| found.occurrences.get(at)).map(|found| &found.location);
            place.map_or((".".to_owned(), Region::line(1)), |place| (place.origin.path.clone(), place.region.into()))
        }
        Subject::Record(row) => match records(evidence).get(row) {
            Some(record) => (record.file.clone(), Region::line(record.line)),
            None => (".".to_owned(), Region::line(1)),
        },
        Subject::Notice(index) => {
            let notice = evidence.coverage.notices.iter().nth(index);
            let path = notice.and_then(|notice| notice.path.clone()).unwrap_or_else(|| ".".to_owned());
            (path, Region::line(notice.and_then(|notice| notice.line).unwrap_or(1)))
        }
    };
    Finding {
        id,
        check: finding.check.to_owned(),
        severity: severity(finding.check).as_str().to_owned(),
        message: finding.message.clone(),
        credential,
        occurrence,
        path,
        region,
        records: row_ids(records(evidence), &finding.records),
        also: also.into_iter().map(str::to_owned).collect(),
        suppressed: finding.excepted_by.as_deref().map(|id| suppression(evidence.policy, id)),
    }
}

fn suppression(policy: &Policy, id: &str) -> Suppression {
    let justification = match policy.exceptions.iter().find(|exception| exception.id == id) {
        Some(covers) => format!(
            "{id}: {} (owner {}, approved by {}, ticket {}, until {})",
            covers.reason, covers.owner, covers.approver, covers.ticket, covers.expires
        ),
        None => id.to_owned(),
    };
    Suppression { kind: "exception".to_owned(), id: Some(id.to_owned()), justification }
}

fn records<'a>(evidence: &Evidence<'a>) -> &'a [Record] {
    evidence.inventory.map_or(&[], |inventory| &inventory.records)
}

fn row_ids(records: &[Record], rows: &[usize]) -> Vec<String> {
    rows.iter().filter_map(|&row| Some(records.get(row)?.id.clone())).collect()
}

fn credential(evidence: &Evidence<'_>, index: usize) -> Credential {
    let found = &evidence.credentials[index];
    let judged = evidence.standing(index);
    let row = judged.row().and_then(|row| records(evidence).get(row));
    let facts = &found.identity.facts;
    let mut told: BTreeMap<String, String> =
        facts.principals.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    told.extend(facts.key_id.iter().map(|id| ("key_id".to_owned(), id.clone())));
    let expiry = facts.expires_at.and_then(|at| jiff::Timestamp::from_second(at).ok());
    told.extend(expiry.map(|at| ("expires_at".to_owned(), at.to_string())));
    Credential {
        id: found.id.hex.clone(),
        transient: found.id.transient,
        detector: found.detector.to_owned(),
        issuer: found.issuer.map(str::to_owned),
        kind: found.kind.to_owned(),
        preview: found.preview.as_str().to_owned(),
        confidence: found.confidence.as_str().to_owned(),
        facts: told,
        standing: standing(records(evidence), judged, row),
        occurrences: found.occurrences.iter().map(|at| occurrence(at, evidence.policy, row)).collect(),
    }
}

fn standing(records: &[Record], judged: &inventory::Standing, row: Option<&Record>) -> Standing {
    let (by, rows, reason) = match judged {
        inventory::Standing::Registered { by, rows, narrowed_by, .. } => {
            let narrowed = (!narrowed_by.is_empty()).then(|| format!("narrowed by {}", narrowed_by.join(", ")));
            (Some(by), rows.as_slice(), narrowed)
        }
        inventory::Standing::Ambiguous { by, rows, reason } => (Some(by), rows.as_slice(), Some(reason.clone())),
        _ => (None, &[][..], None),
    };
    let owner = row.and_then(|row| row.owner.as_ref()).filter(|owner| !owner.id.trim().is_empty());
    Standing {
        status: judged.as_str().to_owned(),
        matched_by: by.map(|key| key.as_str().to_owned()),
        records: row_ids(records, rows),
        reason,
        state: row.map(|row| row.state.as_str().to_owned()),
        owner: owner.map(|owner| match owner.kind.trim() {
            "" => owner.id.clone(),
            kind => format!("{kind}:{}", owner.id),
        }),
        team: row.and_then(|row| row.team.clone()),
        system: row.and_then(|row| row.system.clone()),
    }
}

fn occurrence(found: &credential::Occurrence, policy: &Policy, row: Option<&Record>) -> Occurrence {
    let origin = &found.location.origin;
    let environment = policy.environment(&origin.path).or_else(|| row?.environment.as_deref());
    Occurrence {
        path: origin.path.clone(),
        region: found.location.region.into(),
        place: origin.place.as_str().to_owned(),
        asset: origin.asset.id.clone(),
        detector: found.detector.to_owned(),
        confidence: found.confidence.as_str().to_owned(),
        slot: found.slot.kind.as_str().to_owned(),
        client: found.slot.client.map(str::to_owned),
        server: found.slot.server.as_deref().map(str::to_owned),
        pointer: found.slot.pointer.clone(),
        variable: found.slot.variable.clone(),
        environment: environment.map(str::to_owned),
    }
}

impl From<crate::span::Region> for Region {
    fn from(region: crate::span::Region) -> Self {
        let crate::span::Region { start_line, start_column, end_line, end_column, byte_offset, byte_length } = region;
        Self { start_line, start_column, end_line, end_column, byte_offset, byte_length }
    }
}

fn coverage(evidence: &Evidence<'_>, not_evaluated: BTreeMap<&'static str, String>) -> Coverage {
    let run = evidence.coverage;
    Coverage {
        complete: run.is_complete(),
        files: run.files,
        blobs: run.blobs,
        commits: run.commits,
        bytes: run.bytes,
        skipped: run.skipped.iter().map(|(reason, count)| (reason.as_str().to_owned(), *count)).collect(),
        not_evaluated: run
            .not_evaluated
            .iter()
            .map(|(check, lack)| ((*check).to_owned(), lack.clone()))
            .chain(not_evaluated.into_iter().map(|(check, lack)| (check.to_owned(), lack)))
            .collect(),
    }
}

/// Assets by id; of several with one id, the first in order that has a remote.
fn frozen_assets(evidence: &Evidence<'_>, scanned: &[Arc<source::Asset>]) -> Vec<Asset> {
    let found = evidence.credentials.iter().flat_map(|credential| &credential.occurrences);
    let mut all: Vec<&source::Asset> = found.map(|at| &*at.location.origin.asset).collect();
    all.extend(scanned.iter().map(|asset| &**asset));
    all.sort_by_key(|asset| (&asset.id, asset.remote.is_none(), *asset));
    all.dedup_by(|b, a| a.id == b.id);
    let freeze = |asset: &source::Asset| {
        let source::Asset { id, remote, revision, branch } = asset.clone();
        Asset { id, remote, revision, branch }
    };
    all.into_iter().map(freeze).collect()
}

fn notice(notice: &crate::coverage::Notice) -> Notice {
    Notice {
        kind: notice.kind.id().to_owned(),
        level: if notice.kind.is_gap() { "error" } else { "warning" }.to_owned(),
        path: notice.path.clone(),
        line: notice.line,
        message: notice.message.clone(),
        hint: notice.hint.clone(),
    }
}
