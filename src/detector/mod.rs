//! What a credential looks like: keywords, pattern, entropy floor, checksum, embedded ids. Data, in `rules/detectors/`.

pub mod facts;

pub use facts::Facts;

/// How sure a detector is that what it found is a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// Shaped like one, in a place that lowers belief.
    Low,
    /// Shaped like one.
    Medium,
    /// A documented format, a valid checksum, or a slot that holds a credential.
    High,
}

impl Confidence {
    /// The word used in JSON, SARIF and `--min-confidence`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// How much of a secret is public because every secret of its kind has it: bytes of constant head and tail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Anatomy {
    /// Bytes of the constant head (`ghp_`).
    pub prefix: usize,
    /// Bytes of the constant tail (`AA`).
    pub suffix: usize,
}
