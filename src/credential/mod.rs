//! Stage 3: who a credential is. Identity and preview are made in the scan stage; the ledger folds occurrences by them.

pub mod commits;
pub mod disclosure;
pub mod fingerprint;
pub mod identity;
pub mod key;
pub mod ledger;
pub mod link;
pub mod occurrence;
pub mod preview;
mod project;
pub mod reference;

pub use commits::Commits;
pub use fingerprint::Fingerprinter;
pub use identity::{CredentialId, Hint, Identity};
pub use key::{KeyError, KeyRing};
pub use ledger::Ledger;
pub use link::Linker;
pub use occurrence::{Location, Occurrence};
pub use preview::Preview;
pub use reference::{Bond, DefinedBy, Definitions, Reference, Resolved};

use std::sync::Arc;

use crate::detector::Confidence;

/// One secret, by identity, with all its occurrences.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// Id in all output.
    pub id: CredentialId,
    /// All non-reversible facts that identify it.
    pub identity: Arc<Identity>,
    /// Best detector of its occurrences.
    pub detector: &'static str,
    /// Who issued it (`github`, `aws` …), where known.
    pub issuer: Option<&'static str>,
    /// `api_key`, `api_token`, `password` … as in inventory records.
    pub kind: &'static str,
    /// What may be shown of it.
    pub preview: Preview,
    /// Highest confidence of its occurrences.
    pub confidence: Confidence,
    /// Every place it was found, sorted, at least one.
    pub occurrences: Vec<Occurrence>,
}
