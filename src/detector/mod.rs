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

/// What one kind of credential looks like.
pub struct Detector {
    /// Id in output and in `provider_type`.
    pub id: &'static str,
    /// Issuer slug.
    pub issuer: Option<&'static str>,
    /// Words of which one stands in or beside every credential of this kind.
    pub keywords: &'static [&'static str],
}

/// A credential confirmed around a keyword.
pub struct Hit {
    /// The secret itself.
    pub secret: std::ops::Range<usize>,
    /// What it tells of itself.
    pub facts: Facts,
    /// How sure.
    pub confidence: Confidence,
    /// Estimated strength.
    pub bits: u32,
    /// Its constant head and tail.
    pub public: Anatomy,
}

impl Detector {
    /// Tries the pattern around a keyword hit.
    #[must_use]
    pub fn confirm(&self, _text: &[u8], _keyword: std::ops::Range<usize>) -> Option<Hit> {
        None
    }
}

/// All detectors.
pub struct Detectors(Vec<Detector>);

impl Detectors {
    /// Those of this build.
    #[must_use]
    pub fn embedded() -> &'static Self {
        static NONE: Detectors = Detectors(Vec::new());
        &NONE
    }

    /// In order of id.
    #[must_use]
    pub fn all(&self) -> &[Detector] {
        &self.0
    }
}
