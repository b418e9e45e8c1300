//! All non-reversible facts that identify a secret.

use crate::detector::Facts;

/// The id of a credential in all output: 32 hex digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CredentialId {
    /// The digits.
    pub hex: String,
    /// Good for this run only: the secret is too weak for a plain hash and no key is configured.
    pub transient: bool,
}

impl CredentialId {
    /// The first half of the digest under the first key; without a key, of the tagged SHA-256 if the secret is strong;
    /// else no digits yet, and a mark that the ledger gives them for this run only.
    #[must_use]
    pub fn of(identity: &Identity) -> Self {
        match identity.hmac.first().or(identity.tagged_sha256.as_ref()) {
            Some(digest) => Self { hex: digest[..16].iter().map(|b| format!("{b:02x}")).collect(), transient: false },
            None => Self { hex: String::new(), transient: true },
        }
    }
}

/// Head and tail of a secret that may be compared with the hints in an inventory.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hint {
    /// Public prefix and the first characters behind it.
    pub head: String,
    /// Last characters.
    pub tail: String,
    /// Length of the whole secret in bytes.
    pub length: usize,
    /// Bytes at the start that every secret of its kind has: they tell nothing.
    pub public_prefix: usize,
    /// Bytes at the end that every secret of its kind has.
    pub public_suffix: usize,
}

/// What is kept of a secret once the scan stage is left. None of it gives the secret back.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity {
    /// Equal for equal secrets and only for those, within this run; keyed by a number drawn at start, never written.
    pub fold: [u8; 32],
    /// HMAC-SHA256 over `"keytrawl/1\0"` and the secret, by key id of each configured key, in order of the keys.
    pub hmac: Vec<[u8; 32]>,
    /// SHA-256 of the secret, where it is strong enough (≥ 80 bits) that this does not give it away.
    pub sha256: Option<[u8; 32]>,
    /// SHA-256 over `"keytrawl/1\0"` and the secret, on the same condition: the id where no key is configured.
    pub tagged_sha256: Option<[u8; 32]>,
    /// HMSL digest, where the inventory holds such keys.
    pub hmsl: Option<[u8; 32]>,
    /// Ids embedded in or beside the secret.
    pub facts: Facts,
    /// Head and tail, where what stays hidden is ≥ 80 bits.
    pub hint: Option<Hint>,
    /// Estimated strength in bits.
    pub bits: u32,
}
