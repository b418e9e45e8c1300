//! A check that fired, on a credential's occurrence, a record, or a gap in coverage.

/// Severity word of a `security-severity` figure, by GitHub's bands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Below 4.0.
    Low,
    /// 4.0 to 6.9.
    Medium,
    /// 7.0 to 8.9.
    High,
    /// 9.0 and above.
    Critical,
}

impl Severity {
    /// The band of a figure.
    #[must_use]
    pub fn of(figure: f32) -> Self {
        match figure {
            f if f >= 9.0 => Self::Critical,
            f if f >= 7.0 => Self::High,
            f if f >= 4.0 => Self::Medium,
            _ => Self::Low,
        }
    }

    /// The word used on the command line and in output.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

/// What a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// One occurrence of one credential, by their indexes.
    Occurrence {
        /// Index into the sorted credentials.
        credential: usize,
        /// Index into its sorted occurrences.
        occurrence: usize,
    },
    /// A row of the inventory, by index.
    Record(usize),
    /// A notice, by index in order: something that was not scanned.
    Notice(usize),
    /// An exception of the policy, by index.
    Exception(usize),
}

/// A check that fired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Id of the check.
    pub check: &'static str,
    /// What it is about.
    pub subject: Subject,
    /// Why it fired here, in one or two sentences; no secret, no absolute path.
    pub message: String,
    /// Rows of the inventory that it rests on, by index.
    pub records: Vec<usize>,
    /// Id of the exception that covers it.
    pub excepted_by: Option<String>,
}
