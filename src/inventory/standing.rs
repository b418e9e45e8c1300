//! What the inventory says of one credential.

/// How much a match may be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Strength {
    /// A hint that could hardly fit by chance.
    Probable,
    /// Last eight characters.
    Strong,
    /// A digest of the whole secret, or its own id.
    Exact,
}

/// By which key a row was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MatchKey {
    /// HMAC-SHA256.
    Hmac,
    /// SHA-256.
    Sha256,
    /// HMSL.
    Hmsl,
    /// Embedded id.
    KeyId,
    /// Last eight.
    Last8,
    /// Head and tail.
    Hint,
    /// Whom it belongs to.
    Principal,
}

impl MatchKey {
    /// The word used in `match[].alg`, JSON and SARIF (`matchedBy`).
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hmac => "hmac-sha256",
            Self::Sha256 => "sha256",
            Self::Hmsl => "hmsl",
            Self::KeyId => "key_id",
            Self::Last8 => "last8",
            Self::Hint => "hint",
            Self::Principal => "principal",
        }
    }
}

/// What the inventory says of one credential. Rows are indexes into [`super::Inventory::records`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// One row, or several rows that claim the same secret (first = the one judged by).
    Registered {
        /// How sure.
        strength: Strength,
        /// By which key.
        by: MatchKey,
        /// The rows, in order of id.
        rows: Vec<usize>,
        /// What narrowed several candidates to this one.
        narrowed_by: Vec<&'static str>,
    },
    /// Several candidates, or one below the bit threshold.
    Ambiguous {
        /// By which key.
        by: MatchKey,
        /// The candidates, in order of id.
        rows: Vec<usize>,
        /// Why it is not a match.
        reason: String,
    },
    /// No match, and the inventory covers the issuer.
    Unregistered,
    /// No match, but the inventory does not claim to cover the issuer.
    NotCovered,
    /// No inventory was given.
    Unchecked,
}

impl Standing {
    /// The word used in JSON and SARIF.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Registered { strength: Strength::Exact, .. } => "exact",
            Self::Registered { strength: Strength::Strong, .. } => "strong",
            Self::Registered { strength: Strength::Probable, .. } => "probable",
            Self::Ambiguous { .. } => "ambiguous",
            Self::Unregistered => "unregistered",
            Self::NotCovered => "not-covered",
            Self::Unchecked => "unchecked",
        }
    }

    /// The row judged by, where the credential is registered.
    #[must_use]
    pub fn row(&self) -> Option<usize> {
        match self {
            Self::Registered { rows, .. } => rows.first().copied(),
            _ => None,
        }
    }
}
