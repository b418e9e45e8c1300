//! What the sample organisation knows and decided: inventory, policy and the key of its fingerprints.

use std::path::{Path, PathBuf};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::wallet::Wallet;
use super::workspace::{WorkspaceError, put};
use crate::credential::{Fingerprinter, KeyRing};
use crate::detector::{Anatomy, Facts, strength};

/// Id of the fingerprint key.
const KEY_ID: &str = "demo";

/// Where what the organisation knows was written.
pub(super) struct Governance {
    /// Inventory, JSONL.
    pub(super) inventory: PathBuf,
    /// Policy.
    pub(super) policy: PathBuf,
    /// Key file.
    pub(super) key: PathBuf,
    /// The key in it.
    pub(super) keys: KeyRing,
}

/// Writes inventory, policy and key beside the workspace.
pub(super) fn write(demo: &Path, wallet: &Wallet, now: Timestamp) -> anyhow::Result<Governance> {
    let written = Governance {
        inventory: demo.join("inventory.jsonl"),
        policy: demo.join("policy.toml"),
        key: demo.join("fingerprint.key"),
        keys: KeyRing::parse(&format!("{KEY_ID}:{}", wallet.key), "the demo")?,
    };
    put_all(&written, wallet, now)?;
    Ok(written)
}

fn put_all(to: &Governance, wallet: &Wallet, now: Timestamp) -> Result<(), WorkspaceError> {
    let book = Book { keys: &to.keys, now };
    let lines: Vec<String> = book.rows(wallet).iter().map(|row| format!("{row}\n")).collect();
    put(&to.inventory, &lines.concat())?;
    put(&to.policy, &book.policy())?;
    put(&to.key, &format!("{KEY_ID}:{}\n", wallet.key))
}

struct Book<'a> {
    keys: &'a KeyRing,
    now: Timestamp,
}

impl Book<'_> {
    /// The day that lies `days` from now.
    fn day(&self, days: i64) -> Date {
        let then = self.now.saturating_add(SignedDuration::from_hours(24 * days)).unwrap_or(self.now);
        then.to_zoned(TimeZone::UTC).date()
    }

    /// Match key of a secret: what an organisation gets from `keytrawl inventory hash`.
    fn fingerprint(&self, secret: &str) -> Value {
        let anatomy = Anatomy { prefix: 0, suffix: 0 };
        let identity = Fingerprinter::new(self.keys.clone(), false).identify(
            secret.as_bytes(),
            anatomy,
            strength::bits(secret.as_bytes()),
            Facts::default(),
        );
        let digest = identity.hmac.first().map(|digest| hex(digest)).unwrap_or_default();
        json!([{ "alg": "hmac-sha256", "key_id": KEY_ID, "value": format!("hex:{digest}") }])
    }

    /// A row with what all rows share; `more` wins.
    fn row(&self, id: &str, issuer: &str, kind: &str, system: &str, more: Value) -> Value {
        let mut row = json!({
            "id": id, "state": "active", "kind": kind, "issuer": issuer, "system": system,
            "purpose": "sample", "owner": { "kind": "team", "id": "iam-platform" }, "team": "platform",
            "environment": "dev", "created_at": self.day(-60).to_string(), "expires_at": self.day(30).to_string(),
        });
        if let (Some(row), Value::Object(more)) = (row.as_object_mut(), more) {
            row.extend(more);
        }
        row
    }

    fn rows(&self, wallet: &Wallet) -> Vec<Value> {
        let check = self.keys.checks().first().map(|check| hex(check)).unwrap_or_default();
        let (stripe_head, stripe_tail) = (&wallet.stripe[..9], &wallet.stripe[wallet.stripe.len() - 2..]);
        vec![
            json!({ "schema": "nhi-inventory/1", "exported_at": self.now.to_string(), "complete": true, "scope": ["*"],
                    "key_id": KEY_ID, "key_check": format!("hex:{check}") }),
            self.row(
                "nhi-0001",
                "github",
                "api_token",
                "github-mcp-server",
                json!({
                "name": "payments agent on GitHub", "match": self.fingerprint(&wallet.github),
                "workload": { "kind": "agent", "id": "payments-agent", "server": "github" } }),
            ),
            self.row(
                "nhi-0002",
                "linear",
                "api_key",
                "linear",
                json!({
                "name": "payments agent on Linear", "state": "suspended", "match": self.fingerprint(&wallet.linear) }),
            ),
            self.row(
                "nhi-0003",
                "linear",
                "api_key",
                "linear",
                json!({
                "name": "linear (imported twice)", "state": "suspended", "match": self.fingerprint(&wallet.linear) }),
            ),
            self.row(
                "nhi-0004",
                "notion",
                "api_token",
                "notion",
                json!({
                "name": "payments agent on Notion", "state": "expired", "expires_at": self.day(-12).to_string(),
                "match": self.fingerprint(&wallet.notion) }),
            ),
            self.row(
                "nhi-0005",
                "anthropic",
                "api_key",
                "summarise",
                json!({
                "name": "research summaries", "match": self.fingerprint(&wallet.anthropic),
                "workload": { "kind": "agent", "id": "summariser", "server": "summarise" } }),
            ),
            self.row(
                "nhi-0006",
                "slack",
                "oauth_token",
                "slack",
                json!({
                "name": "research alerts", "state": "revoked", "revoked_at": self.day(-5).to_string(),
                "match": self.fingerprint(&wallet.slack) }),
            ),
            self.row(
                "nhi-0007",
                "huggingface",
                "api_token",
                "models",
                json!({
                "name": "model downloads", "owner": { "kind": "person", "id": "kim" },
                "match": self.fingerprint(&wallet.hugging_face) }),
            ),
            self.row(
                "nhi-0008",
                "aws",
                "access_key",
                "aws-mcp",
                json!({
                "name": "nightly billing job", "state": "decommissioned",
                "decommissioned_at": self.day(-20).to_string(),
                "match": [{ "alg": "key_id", "value": wallet.aws_id }] }),
            ),
            self.row(
                "nhi-0009",
                "stripe",
                "api_key",
                "stripe",
                json!({
                "name": "billing, key shown in part only",
                "match": [{ "alg": "hint", "prefix": stripe_head, "suffix": stripe_tail }] }),
            ),
            json!({ "table": "workload", "id": "payments-agent", "state": "active" }),
            json!({ "table": "workload", "id": "summariser", "state": "decommissioned" }),
            json!({ "table": "team", "id": "iam-platform", "state": "active" }),
            json!({ "table": "person", "id": "kim", "state": "departed" }),
        ]
    }

    fn policy(&self) -> String {
        format!(
            r#"# What the sample organisation decided.
version = 1

[inventory]
max_age_hours  = 48
require_fields = ["owner", "purpose", "system"]

[owners]
allowed = ["team:iam-platform"]

[lifetime]
max_days  = 180
warn_days = 7

[dynamic]
issuers = ["gcp"]

[places]
default = ["secret_manager", "repo", "host_config", "env"]

[[environment]]
name = "dev"
glob = ["workspace/**", "dumps/**"]

[exceptions]
max_days  = 90
approvers = ["team:iam-platform"]

[[exception]]
id       = "EX-1"
checks   = ["exposed-on-host"]
match    = {{ path = "**/.config/goose/config.yaml" }}
owner    = "team:iam-platform"
approver = "team:iam-platform"
reason   = "Moves to the secret manager with the new laptop image"
ticket   = "SEC-1"
created  = {}
expires  = {}
"#,
            self.day(-10),
            self.day(50)
        )
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
