//! Stage 6: the frozen report and its writers.
//!
//! [`Report`] is both what every writer reads and the `keytrawl-report/1` document itself, so a saved JSON report can be
//! turned into any other format later. It is made of plain strings and numbers: nothing in it can hold a secret.

mod catalogue;
mod csv;
mod escape;
pub mod exit;
pub mod fail_on;
pub mod format;
pub mod freeze;
mod host;
mod human;
mod json;
mod jsonl;
mod known;
mod markdown;
mod merge;
mod prometheus;
pub mod proposal;
mod reference;
mod revocation;
mod sarif;
mod saved;
pub mod scorecard;
pub mod suggestion;
mod veil;
pub mod worklist;
pub mod worklist_out;

#[cfg(test)]
mod canned;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod secrecy;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use escape::escape;
pub use exit::ExitStatus;
pub use fail_on::{FailOn, FailOnError};
pub use format::{Format, FormatError, Style, write};
pub use freeze::Inputs;
pub use host::{HostFile, Seen, Server};
pub use json::SCHEMA;
pub use merge::merge;
pub use reference::Reference;
pub use saved::ReadError;
pub use scorecard::Scorecard;
pub use worklist::{View, Worklist};

use crate::check::Severity;

/// The severity a report's word stands for; a word of no known severity counts as the worst, so that it is not missed.
fn severity_of(word: &str) -> Severity {
    fail_on::severity(word).unwrap_or(Severity::Critical)
}

/// `keytrawl-report/1`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Always `keytrawl-report/1`.
    pub schema: String,
    /// Who wrote it.
    pub tool: Tool,
    /// `scan`, `discover` …; part of SARIF's `automationDetails.id`.
    pub mode: String,
    /// The clock of the run, RFC 3339.
    pub now: String,
    /// Digest of everything that shapes the result: detectors, policy, options.
    pub settings: Settings,
    /// What was scanned.
    pub coverage: Coverage,
    /// Repositories and hosts, in order of id.
    pub assets: Vec<Asset>,
    /// Every credential, most severe finding first, then by id.
    pub credentials: Vec<Credential>,
    /// What server entries hold in the place of a credential, by place.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub references: Vec<Reference>,
    /// Every finding, by credential, occurrence, severity, check.
    pub findings: Vec<Finding>,
    /// Trouble, in order.
    pub notices: Vec<Notice>,
    /// Every server entry of every config, by path and line.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub servers: Vec<Server>,
    /// The files of a host that were looked at because of their places, by path.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub files: Vec<HostFile>,
    /// What each kind of trouble in `notices` means.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub notice_kinds: BTreeMap<String, String>,
    /// Exceptions of the policy, by id.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub exceptions: Vec<Exception>,
    /// How well all this is governed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub scorecard: Option<Scorecard>,
}

/// Who wrote a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tool {
    /// `keytrawl`.
    pub name: String,
    /// Semantic version.
    pub version: String,
}

/// What shaped a result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// SHA-256 over detectors, policy and options, in hex.
    pub digest: String,
    /// What fails the run: checks and severities, sorted.
    pub fail_on: Vec<String>,
    /// Whether one finding an occurrence was asked for.
    pub primary_only: bool,
    /// Whether an inventory was given.
    pub inventory: bool,
}

/// What was scanned, and what was not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// Nothing that should have been scanned was left out.
    pub complete: bool,
    /// Files scanned.
    pub files: u64,
    /// Members of archives scanned; an archive itself is one file.
    #[serde(skip_serializing_if = "is_zero", default)]
    pub members: u64,
    /// Git blobs scanned.
    pub blobs: u64,
    /// Commits looked at.
    pub commits: u64,
    /// Annotated tags looked at.
    #[serde(default)]
    pub tags: u64,
    /// Bytes scanned.
    pub bytes: u64,
    /// Passed over, by reason.
    pub skipped: BTreeMap<String, u64>,
    /// Checks that could not be evaluated, with the evidence each lacked.
    pub not_evaluated: BTreeMap<String, String>,
}

// What serde calls takes a reference.
#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// A repository family or host.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Asset {
    /// Stable name.
    pub id: String,
    /// Remote URL without userinfo.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub remote: Option<String>,
    /// Commit of HEAD.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub revision: Option<String>,
    /// Branch of HEAD.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub branch: Option<String>,
}

/// One credential.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credential {
    /// 32 hex digits.
    pub id: String,
    /// The id is good for this run only.
    #[serde(default)]
    pub transient: bool,
    /// Detector.
    pub detector: String,
    /// Issuer, where known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub issuer: Option<String>,
    /// Kind, as in inventory records.
    pub kind: String,
    /// What may be shown.
    pub preview: String,
    /// `high medium low`.
    pub confidence: String,
    /// Ids that the credential itself tells (`key_id`, `account`, `iss` …).
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub facts: BTreeMap<String, String>,
    /// Keys by which a row could match it, in the form of an inventory's `match`: digests, embedded id.
    #[serde(skip_serializing_if = "Vec::is_empty", default, rename = "match")]
    pub keys: Vec<MatchEntry>,
    /// What the inventory says.
    pub standing: Standing,
    /// Every place it was found.
    pub occurrences: Vec<Occurrence>,
}

/// A key by which a row could match a credential.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct MatchEntry {
    /// `hmac-sha256 sha256 hmsl key_id`.
    pub alg: String,
    /// `hex:…`, or the id.
    pub value: String,
}

/// What the inventory says of a credential.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// `exact strong probable ambiguous unregistered not-covered unchecked`.
    pub status: String,
    /// By which key.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub matched_by: Option<String>,
    /// Ids of the rows: the match, or the candidates.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub records: Vec<String>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// State of the row.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub state: Option<String>,
    /// Owner of the row, `kind:id`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub owner: Option<String>,
    /// Team of the row.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub team: Option<String>,
    /// System of the row.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub system: Option<String>,
    /// Workloads that the row binds it to.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub workloads: Vec<String>,
    /// When the row expires, RFC 3339, or `never`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub expires_at: Option<String>,
    /// When the row's credential was made or last rotated, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub since: Option<String>,
}

/// An exception of the policy, as far as figures need it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Exception {
    /// Its id.
    pub id: String,
    /// `used unused expired pending`.
    pub state: String,
}

/// One place of a credential.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Occurrence {
    /// Reported path.
    pub path: String,
    /// The secret itself, to the byte.
    pub region: Region,
    /// `repo host_config env`.
    pub place: String,
    /// Id of the asset.
    pub asset: String,
    /// Detector that found it here.
    pub detector: String,
    /// `high medium low`.
    pub confidence: String,
    /// Kind of slot.
    pub slot: String,
    /// MCP client.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub client: Option<String>,
    /// Server entry.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub server: Option<String>,
    /// RFC 6901 pointer.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub pointer: Option<String>,
    /// Variable, header, flag or parameter.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub variable: Option<String>,
    /// Environment, by the policy's globs or the row.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub environment: Option<String>,
    /// Who issues what the slot is for, where somebody else issued what stands in it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub expected_issuer: Option<String>,
    /// Since when it stands there, where the history of a repository was looked at.
    #[serde(flatten, skip_serializing_if = "Option::is_none", default)]
    pub commits: Option<Commits>,
}

/// What the history of a repository says of an occurrence.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Commits {
    /// Commit in whose tree the region stands.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub commit: Option<String>,
    /// Oldest commit whose tree holds it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub first_commit: Option<String>,
    /// Newest such commit.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub last_commit: Option<String>,
    /// Whether the tree of HEAD holds it.
    pub in_head: bool,
    /// Branches whose newest tree holds it.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub branches: Vec<String>,
    /// Name of who wrote the first commit.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub author: Option<String>,
    /// When it was written, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub authored_at: Option<String>,
    /// When it was committed, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub committed_at: Option<String>,
    /// Blob, commit or tag it stands in.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub object: Option<String>,
}

impl Credential {
    /// What is odd about a place: the credential is not of the service whose server it was given to.
    fn misplaced(&self, at: &Occurrence) -> Option<String> {
        let (issuer, expected) = (self.issuer.as_deref()?, at.expected_issuer.as_deref()?);
        let article = |word: &str| if word.starts_with(['a', 'e', 'i', 'o']) { "an" } else { "a" };
        Some(format!("is {} {issuer} credential in a slot of {} {expected} server", article(issuer), article(expected)))
    }
}

/// A place in a text; columns count Unicode code points, the end is exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Region {
    /// 1-based.
    pub start_line: u32,
    /// 1-based.
    pub start_column: u32,
    /// 1-based.
    pub end_line: u32,
    /// 1-based, exclusive.
    pub end_column: u32,
    /// Offset in the file.
    pub byte_offset: u64,
    /// Length in the file.
    pub byte_length: u64,
}

impl Region {
    /// The head of a line of which no more is known.
    #[must_use]
    pub const fn line(line: u32) -> Self {
        let line = if line == 0 { 1 } else { line };
        Self { start_line: line, start_column: 1, end_line: line, end_column: 2, byte_offset: 0, byte_length: 0 }
    }
}

/// A check that fired.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// 32 hex digits; survives line moves and reformatting, changes on rotation.
    pub id: String,
    /// Check id.
    pub check: String,
    /// `critical high medium low`.
    pub severity: String,
    /// Why it fired here.
    pub message: String,
    /// The credential, where it is about one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub credential: Option<String>,
    /// Index into that credential's occurrences.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub occurrence: Option<usize>,
    /// Reported path: of the occurrence, of the inventory row, of what could not be read.
    pub path: String,
    /// Region in it; for a row or notice, its line.
    pub region: Region,
    /// Ids of inventory rows it rests on.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub records: Vec<String>,
    /// In primary mode, the other checks that fired on this occurrence.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub also: Vec<String>,
    /// Set where an exception or baseline covers it: it is counted, but fails nothing.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub suppressed: Option<Suppression>,
    /// Where a baseline was given: `unchanged` if it holds this finding, else `new`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub baseline_state: Option<String>,
}

/// Why a finding fails nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suppression {
    /// `exception` or `baseline`.
    pub kind: String,
    /// Id of the exception.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub id: Option<String>,
    /// Its reason and date.
    pub justification: String,
}

/// Trouble.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Notice {
    /// Kind id.
    pub kind: String,
    /// `error` where something was not scanned, else `warning`.
    pub level: String,
    /// Reported path.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub path: Option<String>,
    /// 1-based line.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub line: Option<u32>,
    /// What happened.
    pub message: String,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub hint: Option<String>,
}
