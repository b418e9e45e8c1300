//! Whose standing is asked for, and what else is known of it.

use jiff::Timestamp;

use crate::credential::{Credential, Identity};

/// What else is known about a credential that only others can tell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Circumstances {
    /// Environments in which it was found.
    pub environments: Vec<String>,
    /// When it was first committed: a row created more than a day later is another credential's.
    pub introduced_at: Option<Timestamp>,
}

/// Somebody whose standing is asked for: a credential, or a secret that was hashed to ask about it.
#[derive(Debug, Clone)]
pub struct Subject<'a> {
    /// Who it is.
    pub identity: &'a Identity,
    /// Its detector, as rows name it in `provider_type`.
    pub detector: Option<&'a str>,
    /// Its issuer.
    pub issuer: Option<&'a str>,
    /// Where it was found: reported path and pointer.
    pub places: Vec<(&'a str, Option<&'a str>)>,
    /// What else is known.
    pub circumstances: Circumstances,
}

impl<'a> Subject<'a> {
    /// A credential as subject.
    #[must_use]
    pub fn of(credential: &'a Credential, circumstances: Circumstances) -> Self {
        let place = credential.occurrences.iter();
        let places = place.map(|o| (o.location.origin.path.as_str(), o.slot.pointer.as_deref())).collect();
        let (detector, issuer) = (Some(credential.detector), credential.issuer);
        Self { identity: &credential.identity, detector, issuer, places, circumstances }
    }
}
