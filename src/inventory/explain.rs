//! Why a credential has its standing: every row that was looked at, and what came of it.

use super::judge::Consideration;
use super::record::{Key, Record};
use super::subject::Subject;
use super::{Inventory, MatchKey, Standing, digest};

/// A standing with its reasons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The verdict.
    pub standing: Standing,
    /// Rows that were looked at, in the order of the match keys.
    pub considered: Vec<Consideration>,
    /// Whether the inventory claims to cover the issuer.
    pub covered: bool,
}

impl Inventory {
    /// The standing of a subject and the rows that led to it. Holds no value that could be a secret.
    #[must_use]
    pub fn explain(&self, subject: &Subject<'_>) -> Explanation {
        let mut considered = Vec::new();
        let standing = self.decide(subject, &mut |consideration| considered.push(consideration));
        Explanation { standing, considered, covered: self.covers(subject.issuer) }
    }

    /// Rows that hold the keyed digest from which a credential id was cut: what can be told of an id without the secret.
    #[must_use]
    pub fn explain_id(&self, credential: &str) -> Vec<Consideration> {
        let credential = credential.trim().to_ascii_lowercase();
        let holds = |record: &Record| {
            record.keys.iter().any(|key| match key {
                Key::Hmac { digest, .. } => credential.len() == 32 && digest::to_hex(&digest[..16]) == credential,
                _ => false,
            })
        };
        let rows = self.records.iter().enumerate().filter(|(_, record)| holds(record));
        rows.map(|(row, _)| Consideration {
            row,
            by: MatchKey::Hmac,
            outcome: "the credential id is the beginning of its digest",
        })
        .collect()
    }
}
