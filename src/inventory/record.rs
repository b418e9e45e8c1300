//! One row of the inventory, in the canonical form of `nhi-inventory/1`.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::word::Word;

/// Where in its life an identity is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// May be used.
    Active,
    /// Must not be used now but could return.
    Suspended,
    /// Past its expiry.
    Expired,
    /// The provider says that it is dead.
    Revoked,
    /// The identity was retired; the secret may still be live.
    Decommissioned,
    /// Issued, not in use yet.
    Pending,
    /// The export does not say.
    Unknown,
}

impl State {
    /// The word used in exports and output.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
            Self::Decommissioned => "decommissioned",
            Self::Pending => "pending",
            Self::Unknown => "unknown",
        }
    }
}

/// When an identity expires, as its row states it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expiry {
    /// The row does not say.
    Unknown,
    /// The row says `null`: declared to never expire.
    Never,
    /// At this time.
    At(Timestamp),
}

/// Who answers for an identity.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Owner {
    /// `team person service vendor unknown`.
    pub kind: Word,
    /// Id in the sibling tables.
    pub id: Word,
    /// How to reach them.
    pub contact: Option<Word>,
}

/// A workload that an identity is bound to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Workload {
    /// `agent mcp_client mcp_server pipeline service human integration unknown`.
    pub kind: Option<Word>,
    /// SPIFFE id, ARN, app id or name.
    pub id: Box<str>,
    /// The MCP server entry it uses.
    pub server: Option<Word>,
    /// State stated in the row itself.
    pub state: Option<Word>,
}

/// A declared place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DeclaredLocation {
    /// `repo host secret_manager ci_secret k8s_secret config env image`.
    pub kind: Word,
    /// Reference (`vault:kv/mcp/github#token`).
    pub reference: Option<Word>,
    /// Path.
    pub path: Option<Box<str>>,
    /// RFC 6901 pointer.
    pub pointer: Option<Word>,
}

/// A key by which a found secret is matched to its row without the secret.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// HMAC-SHA256 with the key of that id.
    Hmac {
        /// Which key, where the row says.
        key_id: Option<Word>,
        /// Digest.
        digest: [u8; 32],
    },
    /// SHA-256 of the secret.
    Sha256([u8; 32]),
    /// HMSL digest.
    Hmsl([u8; 32]),
    /// Id embedded in or beside the secret.
    KeyId(String),
    /// Last eight characters.
    Last8(String),
    /// Head and tail.
    Hint {
        /// Revealed head, public prefix included.
        prefix: String,
        /// Revealed tail.
        suffix: String,
    },
    /// Id of whom it belongs to.
    Principal(String),
}

impl Record {
    /// Whether the row says that it was never used, rather than nothing.
    #[must_use]
    pub fn is_never_used(&self) -> bool {
        self.last_used_at.is_none() && self.ext.get(super::row::NEVER_USED).is_some_and(serde_json::Value::is_null)
    }
}

/// One row.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Id, unique in its file.
    pub id: String,
    /// Where in its life.
    pub state: State,
    /// `api_key api_token …`.
    pub kind: Word,
    /// Issuer slug.
    pub issuer: Word,
    /// Detector id.
    pub provider_type: Option<Word>,
    /// Display name.
    pub name: Option<Box<str>>,
    /// MCP server or target system.
    pub system: Option<Word>,
    /// What it is for.
    pub purpose: Option<Word>,
    /// Who answers for it.
    pub owner: Option<Owner>,
    /// Team it is routed to.
    pub team: Option<Word>,
    /// Bound workloads; more than one = declared sharing.
    pub workloads: Vec<Workload>,
    /// `prod staging test dev sandbox unknown`.
    pub environment: Option<Word>,
    /// Granted scopes.
    pub scopes: Vec<Word>,
    /// Scopes seen in use.
    pub observed_scopes: Vec<Word>,
    /// Created.
    pub created_at: Option<Timestamp>,
    /// Last rotated.
    pub rotated_at: Option<Timestamp>,
    /// Expires.
    pub expires_at: Expiry,
    /// Last used.
    pub last_used_at: Option<Timestamp>,
    /// Revoked.
    pub revoked_at: Option<Timestamp>,
    /// Decommissioned.
    pub decommissioned_at: Option<Timestamp>,
    /// Longest time between rotations, in days.
    pub max_age_days: Option<u32>,
    /// Whether it is rotated without anybody's doing, where stated.
    pub is_rotated_automatically: Option<bool>,
    /// Static or dynamic, where stated.
    pub is_static: Option<bool>,
    /// Declared places.
    pub locations: Vec<DeclaredLocation>,
    /// Match keys.
    pub keys: Vec<Key>,
    /// `low medium high critical`.
    pub sensitivity: Option<Word>,
    /// Everything else, untouched and not printed.
    pub ext: BTreeMap<String, serde_json::Value>,
    /// Reported path of the export.
    pub file: Word,
    /// 1-based line of the row in it.
    pub line: u32,
}
