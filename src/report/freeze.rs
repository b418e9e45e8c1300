//! Makes a report out of what the stages found: everything copied into plain strings, everything in a total order.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::veil::Veil;
use super::{
    Asset, Commits, Coverage, Credential, Exception, FailOn, Finding, MatchEntry, Notice, Occurrence, Region, Report,
    SCHEMA, Scorecard, Settings, Standing, Suppression, Tool, reference, severity_of,
};
use crate::check::{self, Evidence, Outcome, Severity, Subject, fingerprint, primary};
use crate::coverage::Notice as Trouble;
use crate::credential;
use crate::detector::Detectors;
use crate::inventory::record::Expiry;
use crate::inventory::{self, Record};
use crate::policy::{self, Baseline, Policy};
use crate::source;

/// Everything a report is made of.
#[derive(Debug)]
pub struct Inputs<'a> {
    /// What the checks looked at.
    pub evidence: &'a Evidence<'a>,
    /// What they said.
    pub outcome: Outcome,
    /// What stands in server entries for a value that is elsewhere.
    pub references: &'a [credential::Resolved],
    /// Assets that were scanned, those without a credential too.
    pub assets: &'a [Arc<source::Asset>],
    /// SHA-256 over detectors, policy and options, in hex.
    pub digest: String,
    /// What fails the run.
    pub fail_on: &'a FailOn,
    /// One finding an occurrence instead of all.
    pub primary_only: bool,
    /// What was seen beside credentials.
    pub seen: super::Seen<'a>,
    /// Findings that fail nothing because they were there before, where there is such a list.
    pub baseline: Option<&'a Baseline>,
}

impl Report {
    /// Freezes a run. Equal inputs give equal reports, whatever the order in which things were found.
    #[must_use]
    pub fn freeze(inputs: Inputs<'_>) -> Self {
        let Inputs { evidence, outcome, references, assets, digest, fail_on, primary_only, seen, baseline } = inputs;
        let coverage = coverage(evidence, outcome.not_evaluated);
        let order = order(evidence, &outcome.findings);
        let findings = findings(evidence, &outcome.findings, &order, primary_only, baseline);
        let credentials = order.iter().map(|&index| credential(evidence, index)).collect();
        let mut report = Self {
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
            references: reference::freeze(evidence, references),
            findings,
            notices: evidence.coverage.notices.iter().map(notice).collect(),
            servers: Vec::new(),
            files: Vec::new(),
            notice_kinds: evidence
                .coverage
                .notices
                .iter()
                .map(|notice| (notice.kind.id().to_owned(), notice.kind.description().to_owned()))
                .collect(),
            exceptions: exceptions(evidence, &outcome.findings),
            scorecard: None,
        }
        .with(seen, references);
        Veil::new(Detectors::embedded()).cover(&mut report);
        report.scorecard = Some(Scorecard::of(&report));
        report
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
fn findings(
    evidence: &Evidence<'_>,
    all: &[check::Finding],
    order: &[usize],
    primary_only: bool,
    baseline: Option<&Baseline>,
) -> Vec<Finding> {
    let ids = fingerprint::of(
        all,
        evidence.credentials,
        records(evidence),
        &evidence.coverage.notices,
        &evidence.policy.exceptions,
    );
    let mut rank = vec![order.len(); evidence.credentials.len()];
    for (at, &index) in order.iter().enumerate() {
        rank[index] = at;
    }
    let known = |index: usize| baseline.zip(ids.get(index)).is_some_and(|(baseline, id)| baseline.contains(id));
    let shown =
        if primary_only { reduced(all, known) } else { (0..all.len()).map(|index| (index, Vec::new())).collect() };
    let notices: Vec<&Trouble> = evidence.coverage.notices.iter().collect();
    let mut made: Vec<(usize, Finding)> = shown
        .into_iter()
        .filter_map(|(index, also)| {
            let finding = all.get(index)?;
            let rank = match finding.subject {
                Subject::Occurrence { credential, .. } => rank.get(credential).copied().unwrap_or(order.len()),
                Subject::Record(_) | Subject::Notice(_) | Subject::Exception(_) => order.len(),
            };
            let id = ids.get(index).cloned().unwrap_or_default();
            let mut frozen = freeze_finding(evidence, &notices, finding, id, also);
            if let Some(baseline) = baseline {
                frozen.hold_against(baseline);
            }
            Some((rank, frozen))
        })
        .collect();
    made.sort_by(|(rank_a, a), (rank_b, b)| rank_a.cmp(rank_b).then_with(|| place_in_list(a).cmp(&place_in_list(b))));
    made.into_iter().map(|(_, finding)| finding).collect()
}

/// What findings on one credential are sorted by.
fn place_in_list(finding: &Finding) -> (Option<usize>, std::cmp::Reverse<Severity>, &str, &str, u32, &str, &str) {
    let Finding { occurrence, severity, check, path, region, message, id, .. } = finding;
    (*occurrence, std::cmp::Reverse(severity_of(severity)), check, path, region.start_line, message, id)
}

/// One open finding an occurrence. Findings that an exception or the baseline covers are all kept: they are counted, never
/// dropped, and none of them stands for an open one.
fn reduced(all: &[check::Finding], known: impl Fn(usize) -> bool) -> Vec<(usize, Vec<&'static str>)> {
    let (covered, open): (Vec<usize>, Vec<usize>) =
        (0..all.len()).partition(|&index| all[index].excepted_by.is_some() || known(index));
    let findings: Vec<check::Finding> = open.iter().map(|&index| all[index].clone()).collect();
    let primaries = primary::reduce(&findings).into_iter();
    let open = primaries.filter_map(|primary| Some((*open.get(primary.index)?, primary.also)));
    open.chain(covered.into_iter().map(|index| (index, Vec::new()))).collect()
}

fn freeze_finding(
    evidence: &Evidence<'_>,
    notices: &[&Trouble],
    finding: &check::Finding,
    id: String,
    also: Vec<&'static str>,
) -> Finding {
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
            Some(record) => (record.file.to_string(), Region::line(record.line)),
            None => (".".to_owned(), Region::line(1)),
        },
        Subject::Notice(index) => {
            let notice = notices.get(index);
            let path = notice.and_then(|notice| notice.path.clone()).unwrap_or_else(|| ".".to_owned());
            (path, Region::line(notice.and_then(|notice| notice.line).unwrap_or(1)))
        }
        Subject::Exception(index) => match evidence.policy.exceptions.get(index) {
            Some(exception) => (exception.file.clone(), Region::line(exception.line)),
            None => (".".to_owned(), Region::line(1)),
        },
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
        baseline_state: None,
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
        keys: keys(&found.identity),
        standing: standing(records(evidence), judged, row),
        occurrences: found.occurrences.iter().map(|at| occurrence(at, found.issuer, evidence.policy, row)).collect(),
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
            "" => owner.id.to_string(),
            kind => format!("{kind}:{}", owner.id),
        }),
        team: row.and_then(|row| row.team.as_deref()).map(str::to_owned),
        system: row.and_then(|row| row.system.as_deref()).map(str::to_owned),
        workloads: row
            .map(|row| row.workloads.iter().map(|workload| workload.id.to_string()).collect())
            .unwrap_or_default(),
        expires_at: row.and_then(|row| match row.expires_at {
            Expiry::Unknown => None,
            Expiry::Never => Some("never".to_owned()),
            Expiry::At(at) => Some(at.to_string()),
        }),
        since: row.and_then(|row| row.created_at.max(row.rotated_at)).map(|at| at.to_string()),
    }
}

/// By what a row could match a credential: what `inventory propose` makes records of.
fn keys(identity: &credential::Identity) -> Vec<MatchEntry> {
    let digest = |alg: &str, digest: &[u8; 32]| MatchEntry {
        alg: alg.to_owned(),
        value: format!("hex:{}", inventory::digest::to_hex(digest)),
    };
    let keyed = identity.hmac.iter().map(|bytes| digest("hmac-sha256", bytes));
    let plain = identity.sha256.iter().map(|bytes| digest("sha256", bytes));
    let id = identity.facts.key_id.iter().map(|id| MatchEntry { alg: "key_id".to_owned(), value: id.clone() });
    keyed.chain(plain).chain(id).collect()
}

/// The policy's exceptions and what became of them.
fn exceptions(evidence: &Evidence<'_>, findings: &[check::Finding]) -> Vec<Exception> {
    let used: BTreeSet<&str> = findings.iter().filter_map(|finding| finding.excepted_by.as_deref()).collect();
    let state =
        |exception: &policy::Exception| match (exception.is_expired(evidence.now), exception.is_in_force(evidence.now))
        {
            (true, _) => "expired",
            (_, false) => "pending",
            _ if used.contains(exception.id.as_str()) => "used",
            _ => "unused",
        };
    let each =
        |exception: &policy::Exception| Exception { id: exception.id.clone(), state: state(exception).to_owned() };
    let mut exceptions: Vec<Exception> = evidence.policy.exceptions.iter().map(each).collect();
    exceptions.sort_by(|a, b| a.id.cmp(&b.id));
    exceptions
}

fn occurrence(
    found: &credential::Occurrence,
    issuer: Option<&str>,
    policy: &Policy,
    row: Option<&Record>,
) -> Occurrence {
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
        expected_issuer: found.expected_issuer(issuer).map(str::to_owned),
        commits: found.commits.as_deref().map(commits),
    }
}

fn commits(found: &credential::Commits) -> Commits {
    let time = |at: Option<i64>| at.and_then(|at| jiff::Timestamp::from_second(at).ok()).map(|at| at.to_string());
    Commits {
        commit: found.shown.clone(),
        first_commit: found.first.clone(),
        last_commit: found.last.clone(),
        in_head: found.in_head,
        branches: found.branches.clone(),
        author: found.author.clone(),
        authored_at: time(found.authored_at),
        committed_at: time(found.committed_at),
        object: found.object.clone(),
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
        members: run.members,
        blobs: run.blobs,
        commits: run.commits,
        tags: run.tags,
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

fn notice(notice: &Trouble) -> Notice {
    Notice {
        kind: notice.kind.id().to_owned(),
        level: if notice.kind.is_gap() { "error" } else { "warning" }.to_owned(),
        path: notice.path.clone(),
        line: notice.line,
        message: notice.message.clone(),
        hint: notice.hint.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::{Slot, SlotKind};
    use crate::coverage::{Coverage as Run, NoticeKind, Skip};
    use crate::credential::{CredentialId, Identity, Location, Preview};
    use crate::detector::{Anatomy, Confidence, Facts};
    use crate::report::ExitStatus;
    use crate::source::{Origin, Place};

    fn credential(number: u8, paths: &[&str]) -> credential::Credential {
        let identity = Arc::new(Identity {
            fold: [number; 32],
            hmac: Vec::new(),
            sha256: None,
            tagged_sha256: None,
            hmsl: None,
            facts: Facts { key_id: Some("KEY-1".to_owned()), expires_at: Some(0), ..Facts::default() },
            hint: None,
            bits: 178,
        });
        let preview = Preview::of(b"", Anatomy::default(), 0);
        let place = |path: &&str| credential::Occurrence {
            location: Location {
                origin: Arc::new(Origin::new((*path).to_owned(), Place::HostConfig, Arc::new(source::Asset::host()))),
                region: crate::span::Region {
                    start_line: 3,
                    start_column: 9,
                    end_line: 3,
                    end_column: 49,
                    byte_offset: 90,
                    byte_length: 40,
                },
            },
            slot: Slot::bare(SlotKind::Text),
            detector: "github-pat",
            issuer: Some("github"),
            kind: "api_token",
            identity: Arc::clone(&identity),
            preview: preview.clone(),
            confidence: Confidence::High,
            commits: None,
        };
        credential::Credential {
            id: CredentialId { hex: format!("{number:032x}"), transient: false },
            identity: Arc::clone(&identity),
            detector: "github-pat",
            issuer: Some("github"),
            kind: "api_token",
            preview: preview.clone(),
            confidence: Confidence::High,
            occurrences: paths.iter().map(place).collect(),
        }
    }

    fn at(check: &'static str, credential: usize, occurrence: usize) -> check::Finding {
        let subject = Subject::Occurrence { credential, occurrence };
        check::Finding { check, subject, message: check.to_owned(), records: Vec::new(), excepted_by: None }
    }

    fn run() -> Run {
        let mut run = Run { files: 3, bytes: 9, ..Run::default() };
        run.skip(Skip::Unreadable);
        run.notices.insert(Trouble {
            kind: NoticeKind::Unreadable,
            path: Some("locked".to_owned()),
            line: None,
            message: "permission denied".to_owned(),
            hint: None,
        });
        run
    }

    fn frozen(credentials: &[credential::Credential], findings: Vec<check::Finding>, primary_only: bool) -> Report {
        let policy = Policy::default();
        let standings = vec![inventory::Standing::Unchecked; credentials.len()];
        let evidence = Evidence {
            credentials,
            standings: &standings,
            inventory: None,
            policy: &policy,
            coverage: &run(),
            now: "2026-11-23T00:00:00.5Z".parse().unwrap(),
            mode: check::Mode::Scan,
            person: None,
            usage: None,
            ground: &check::Ground::default(),
        };
        Report::freeze(Inputs {
            evidence: &evidence,
            outcome: Outcome { findings, not_evaluated: BTreeMap::from([("unregistered", "no inventory".to_owned())]) },
            references: &[],
            assets: &[Arc::new(source::Asset::host())],
            digest: "00".repeat(32),
            fail_on: &FailOn::default(),
            primary_only,
            seen: super::super::Seen::default(),
            baseline: None,
        })
    }

    #[test]
    fn the_worst_credential_comes_first_and_its_findings_with_it() {
        let found = [credential(1, &["a"]), credential(2, &["b", "c"])];
        let findings = vec![at("exposed-on-host", 0, 0), at("exposed-on-host", 1, 1), at("unregistered", 1, 1)];
        let report = frozen(&found, findings, false);
        let ids: Vec<&str> = report.credentials.iter().map(|credential| credential.id.as_str()).collect();
        assert_eq!(ids, [format!("{:032x}", 2), format!("{:032x}", 1)]);
        let order: Vec<_> = report.findings.iter().map(|finding| (finding.path.as_str(), &*finding.check)).collect();
        assert_eq!(order, [("c", "unregistered"), ("c", "exposed-on-host"), ("a", "exposed-on-host")]);
        assert_eq!(report.now, "2026-11-23T00:00:00Z");
        assert_eq!(report.assets.len(), 1);
    }

    #[test]
    fn the_order_in_which_checks_report_does_not_matter() {
        let found = [credential(1, &["a"]), credential(2, &["b", "c"])];
        let mut findings = vec![at("exposed-on-host", 0, 0), at("exposed-on-host", 1, 1), at("unregistered", 1, 1)];
        let report = frozen(&found, findings.clone(), false);
        findings.reverse();
        assert_eq!(frozen(&found, findings, false), report);
    }

    #[test]
    fn primary_mode_shows_one_open_finding_an_occurrence_and_drops_none_that_is_excepted() {
        let found = [credential(1, &["a"])];
        let mut excepted = at("duplicated", 0, 0);
        excepted.excepted_by = Some("EX-1".to_owned());
        let findings = vec![at("exposed-on-host", 0, 0), at("unregistered", 0, 0), excepted];
        let report = frozen(&found, findings, true);
        let shown: Vec<_> =
            report.findings.iter().map(|f| (&*f.check, f.also.clone(), f.suppressed.is_some())).collect();
        let also = vec!["exposed-on-host".to_owned()];
        assert_eq!(shown, [("unregistered", also, false), ("duplicated", Vec::new(), true)]);
    }

    #[test]
    fn gaps_are_errors_and_make_the_run_incomplete() {
        let subject = Subject::Notice(0);
        let report = frozen(&[], vec![check::Finding { subject, ..at("scan-incomplete", 0, 0) }], false);
        assert_eq!((report.notices[0].level.as_str(), report.findings[0].path.as_str()), ("error", "locked"));
        assert!(report.notice_kinds.contains_key("unreadable"));
        assert_eq!(report.coverage.skipped.get("unreadable"), Some(&1));
        assert_eq!(ExitStatus::of(&report), ExitStatus::Incomplete);
    }

    #[test]
    fn a_finding_that_points_nowhere_is_kept_and_harmless() {
        let report = frozen(&[], vec![at("unregistered", 7, 7)], true);
        assert_eq!((report.findings[0].path.as_str(), report.findings[0].credential.as_deref()), (".", None));
    }
}
