//! Folds occurrences into credentials: exactly, by identity, and with the same result whatever order they arrive in.

use std::cmp::{Ordering, Reverse};
use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Credential, CredentialId, Identity, Location, Occurrence, Preview};
use crate::client::Slot;
use crate::detector::{Confidence, Facts};

/// Collects the occurrences of a run.
#[derive(Debug, Default)]
pub struct Ledger {
    /// By fold value, which is equal for equal secrets and only for those.
    folds: BTreeMap<[u8; 32], Vec<Occurrence>>,
}

impl Ledger {
    /// An empty ledger.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in one occurrence. Order does not matter.
    pub fn absorb(&mut self, occurrence: Occurrence) {
        self.folds.entry(occurrence.identity.fold).or_default().push(occurrence);
    }

    /// The credentials, in order of where they were found first. Credentials whose secret is too weak for a stable id get
    /// their place in that order.
    #[must_use]
    pub fn into_credentials(self) -> Vec<Credential> {
        let mut credentials: Vec<Credential> = self.folds.into_values().filter_map(fold).collect();
        credentials.sort_by(order);
        for (index, credential) in credentials.iter_mut().enumerate() {
            if credential.id.transient {
                credential.id.hex = format!("{:032x}", index + 1);
            }
        }
        credentials
    }
}

/// One credential of occurrences that share a secret.
fn fold(mut occurrences: Vec<Occurrence>) -> Option<Credential> {
    // Nothing is compared by fold value: it is equal within the group, and random from run to run.
    occurrences.sort();
    let identity = Arc::new(merge(&occurrences)?);
    // Overlapping windows and two ways to read one place find the same bytes twice: keep what says most.
    occurrences
        .sort_by(|a, b| a.location.cmp(&b.location).then_with(|| telling(a).cmp(&telling(b))).then_with(|| a.cmp(b)));
    occurrences.dedup_by(|later, earlier| later.location == earlier.location);

    let best = occurrences.iter().min_by_key(|o| (Reverse(o.confidence), vagueness(o.detector), o.detector, *o))?;
    let issuer = occurrences
        .iter()
        .filter(|o| o.issuer.is_some())
        .min_by_key(|o| (vagueness(o.detector), Reverse(o.confidence), o.issuer))
        .and_then(|o| o.issuer);
    Some(Credential {
        id: CredentialId::of(&identity),
        detector: best.detector,
        issuer,
        kind: best.kind,
        preview: best.preview.clone(),
        confidence: best.confidence,
        identity,
        occurrences,
    })
}

/// What all the occurrences know together. A detector that knows the anatomy of a secret may know it to be strong, or to
/// carry ids, where another saw only text.
fn merge(occurrences: &[Occurrence]) -> Option<Identity> {
    let mut merged = Identity::clone(&occurrences.first()?.identity);
    let mut facts = Facts::default();
    for Occurrence { identity, .. } in occurrences {
        facts.merge(identity.facts.clone());
        merged.sha256 = merged.sha256.or(identity.sha256);
        merged.tagged_sha256 = merged.tagged_sha256.or(identity.tagged_sha256);
        merged.hmsl = merged.hmsl.or(identity.hmsl);
        merged.bits = merged.bits.max(identity.bits);
        let longest = |hint: &super::Hint| (hint.head.len() + hint.tail.len(), hint.head.len());
        if identity.hint.as_ref().map(longest) > merged.hint.as_ref().map(longest) {
            merged.hint.clone_from(&identity.hint);
        }
    }
    merged.facts = facts;
    Some(merged)
}

/// Order in which two occurrences at one place are preferred: most certain, most specific, most precisely placed first.
fn telling(o: &Occurrence) -> impl Ord {
    let placed = (o.slot.server.is_none(), o.slot.pointer.is_none(), o.slot.variable.is_none());
    (Reverse(o.confidence), vagueness(o.detector), placed)
}

/// How little a detector knows: 0 for one that knows the format, more for those that know only where the value stands.
fn vagueness(detector: &str) -> usize {
    ["mcp-", "dotenv-", "generic"].iter().position(|word| detector.starts_with(word)).map_or(0, |at| at + 1)
}

/// Total order of credentials that depends on neither arrival nor fold value: by place, then by whatever else is known.
fn order(a: &Credential, b: &Credential) -> Ordering {
    a.occurrences
        .iter()
        .map(place)
        .cmp(b.occurrences.iter().map(place))
        .then_with(|| a.id.cmp(&b.id))
        .then_with(|| a.identity.facts.cmp(&b.identity.facts))
        .then_with(|| (&a.identity.hmac, a.identity.bits).cmp(&(&b.identity.hmac, b.identity.bits)))
}

/// An occurrence without its identity, whose order would be random.
fn place(o: &Occurrence) -> (&Location, &Slot, &'static str, &Preview, Confidence) {
    (&o.location, &o.slot, o.detector, &o.preview, o.confidence)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::client::SlotKind;
    use crate::credential::{Fingerprinter, KeyRing};
    use crate::detector::Anatomy;
    use crate::source::{Asset, Origin, Place};
    use crate::span::Region;

    fn occurrence(maker: &Fingerprinter, secret: &str, path: &str, at: u64, detector: &'static str) -> Occurrence {
        let origin = Origin::new(path.to_owned(), Place::Repo, Arc::new(Asset::host()));
        let bits = secret.len() as u32 * 5;
        let region = Region {
            start_line: 1,
            start_column: at as u32 + 1,
            end_line: 1,
            end_column: at as u32 + 1 + secret.len() as u32,
            byte_offset: at,
            byte_length: secret.len() as u64,
        };
        let mut facts = Facts::default();
        if at.is_multiple_of(2) {
            facts.principals.insert("user", path.to_owned());
        }
        Occurrence {
            location: Location { origin: Arc::new(origin), region },
            slot: Slot::bare(SlotKind::Text),
            detector,
            issuer: (detector == "acme-token").then_some("acme"),
            kind: "api_token",
            identity: Arc::new(maker.identify(secret.as_bytes(), Anatomy::default(), bits, facts)),
            preview: Preview::of(secret.as_bytes(), Anatomy::default(), bits),
            confidence: if at > 50 { Confidence::High } else { Confidence::Medium },
            commits: None,
        }
    }

    fn collect(occurrences: impl IntoIterator<Item = Occurrence>) -> Vec<Credential> {
        let mut ledger = Ledger::new();
        occurrences.into_iter().for_each(|o| ledger.absorb(o));
        ledger.into_credentials()
    }

    /// What a reader of the report sees of the credentials.
    fn seen(credentials: &[Credential]) -> Vec<String> {
        let one = |c: &Credential| {
            let places: Vec<_> = c.occurrences.iter().map(place).collect();
            format!("{:?} {} {:?} {} {:?} {places:?}", c.id, c.detector, c.issuer, c.preview, c.identity.facts)
        };
        credentials.iter().map(one).collect()
    }

    #[test]
    fn one_secret_in_two_files_is_one_credential_of_the_most_specific_detector() {
        let maker = Fingerprinter::new(KeyRing::none(), false);
        let secret = "k9".repeat(12);
        let found = collect([
            occurrence(&maker, &secret, "b.json", 3, "generic-secret"),
            occurrence(&maker, &secret, "a.env", 3, "acme-token"),
        ]);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].detector, found[0].issuer), ("acme-token", Some("acme")));
        assert_eq!(
            found[0].occurrences.iter().map(|o| o.location.origin.path.as_str()).collect::<Vec<_>>(),
            ["a.env", "b.json"]
        );
        assert!(!found[0].id.transient && found[0].id.hex.len() == 32);
    }

    #[test]
    fn a_place_seen_through_two_windows_counts_once() {
        let maker = Fingerprinter::new(KeyRing::none(), false);
        let twice = [0, 1].map(|_| occurrence(&maker, "same-secret-value", "a.env", 7, "acme-token"));
        assert_eq!(collect(twice)[0].occurrences.len(), 1);
    }

    #[test]
    fn a_weak_secret_without_a_key_gets_a_number_and_with_a_key_an_id() {
        let maker = Fingerprinter::new(KeyRing::none(), false);
        let found = collect([occurrence(&maker, "hunter2", "a", 1, "generic-secret")]);
        assert_eq!((found[0].id.hex.as_str(), found[0].id.transient), ("00000000000000000000000000000001", true));
        let keyed = Fingerprinter::new(KeyRing::parse(&"ab".repeat(32), "test").unwrap(), false);
        let found = collect([occurrence(&keyed, "hunter2", "a", 1, "generic-secret")]);
        assert!(!found[0].id.transient);
    }

    proptest! {
        #[test]
        fn any_order_of_arrival_and_any_run_gives_the_same_result(
            picks in proptest::collection::vec((0usize..6, 0usize..4, 0u64..100, 0usize..2), 1..40),
            seed in proptest::collection::vec(any::<u32>(), 40)
        ) {
            let secrets = ["hunter2", "swordfish", "k9k9k9k9k9k9k9k9k9k9", "another-long-secret-value", "pw", "hunter3"];
            let paths = ["a", "b/c", "b/d", "e"];
            let detectors = ["generic-secret", "acme-token"];
            let make = |maker: &Fingerprinter| -> Vec<Occurrence> {
                picks.iter().map(|&(s, p, at, d)| occurrence(maker, secrets[s], paths[p], at, detectors[d])).collect()
            };
            let first = make(&Fingerprinter::new(KeyRing::none(), false));
            let mut second: Vec<_> = make(&Fingerprinter::new(KeyRing::none(), false)).into_iter().zip(seed).collect();
            second.sort_by_key(|(_, key)| *key);
            prop_assert_eq!(seen(&collect(first)), seen(&collect(second.into_iter().map(|(o, _)| o))));
        }
    }
}
