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

/// Head and tail of a secret that may be compared with the hints in an inventory.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hint {
    /// Public prefix and the first characters behind it.
    pub head: String,
    /// Last characters.
    pub tail: String,
    /// Length of the whole secret in bytes.
    pub length: usize,
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
