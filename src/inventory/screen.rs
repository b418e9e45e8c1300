//! No export is trusted to be free of secrets: every cell is looked at, and a credential in it becomes match keys.

use std::ops::Range;

use aho_corasick::{AhoCorasick, MatchKind};
use serde_json::{Map, Value};

use super::match_entry;
use super::record::Key;
use crate::credential::{Fingerprinter, Identity, KeyRing};
use crate::detector::{Anatomy, Confidence, Detectors, Facts, Hit};

/// What tells credentials in a text. The detectors do; a test may stand in for them.
pub(super) trait Recognise {
    /// The credentials in a cell.
    fn recognise(&self, cell: &str) -> Vec<Hit>;
}

/// The detectors, behind one search for all their keywords.
pub(super) struct Keywords<'d> {
    detectors: &'d Detectors,
    search: Option<AhoCorasick>,
    /// Detectors of each keyword, by position.
    owners: Vec<usize>,
}

impl<'d> Keywords<'d> {
    /// Prepares the search.
    #[must_use]
    pub(super) fn new(detectors: &'d Detectors) -> Self {
        let pairs = detectors.all().iter().enumerate().flat_map(|(index, detector)| {
            detector.keywords.iter().filter(|word| !word.is_empty()).map(move |word| (index, *word))
        });
        let (owners, words): (Vec<usize>, Vec<&str>) = pairs.unzip();
        let search =
            AhoCorasick::builder().match_kind(MatchKind::Standard).ascii_case_insensitive(true).build(words).ok();
        Self { detectors, search, owners }
    }
}

impl Recognise for Keywords<'_> {
    fn recognise(&self, cell: &str) -> Vec<Hit> {
        let Some(search) = &self.search else { return Vec::new() };
        let mut hits: Vec<Hit> = Vec::new();
        for found in search.find_overlapping_iter(cell) {
            let detector = self.owners.get(found.pattern().as_usize()).and_then(|at| self.detectors.all().get(*at));
            let hit = detector.and_then(|detector| detector.confirm(cell.as_bytes(), found.range()));
            hits.extend(hit.filter(|hit| hit.confidence >= Confidence::Medium));
        }
        hits
    }
}

/// What was taken out of a row.
#[derive(Default)]
struct Removed {
    keys: Vec<Key>,
    count: usize,
}

/// Drops credentials from rows and keeps what may be kept of them.
pub(super) struct Screen<'a> {
    recogniser: &'a dyn Recognise,
    fingerprinter: Fingerprinter,
    keys: &'a KeyRing,
}

impl<'a> Screen<'a> {
    /// A screen that hashes with the configured keys.
    #[must_use]
    pub(super) fn new(recogniser: &'a dyn Recognise, keys: &'a KeyRing) -> Self {
        Self { recogniser, fingerprinter: Fingerprinter::new(keys.clone(), false), keys }
    }

    /// Removes every cell of a row that holds a credential; returns the match keys of what was removed, and in which
    /// fields it stood.
    pub(super) fn clean(&self, fields: &mut Map<String, Value>) -> (Vec<Key>, Vec<String>) {
        let (mut removed, mut places) = (Removed::default(), Vec::new());
        let names: Vec<String> = fields.keys().cloned().collect();
        for name in names {
            let before = removed.count;
            let held = fields.get_mut(&name).is_some_and(|value| !self.keep(value, &mut removed));
            if held {
                fields.shift_remove(&name);
            }
            if held || removed.count > before {
                // A name could be the credential itself where an export has its columns the wrong way round.
                places.push(if self.find(&name).is_empty() { name } else { "a field".to_owned() });
            }
        }
        (removed.keys, places)
    }

    /// Looks at a value; false where it must go. Depth is bounded by the JSON parser's own limit.
    fn keep(&self, value: &mut Value, removed: &mut Removed) -> bool {
        match value {
            Value::String(text) => self.keep_text(text, removed),
            Value::Array(values) => {
                values.retain_mut(|value| self.keep(value, removed));
                true
            }
            Value::Object(fields) => {
                if let Some(alg) = fields.get("alg").and_then(Value::as_str) {
                    let value = fields.get("value").and_then(Value::as_str).unwrap_or_default();
                    if match_entry::is_digest(alg) && super::digest::parse(value).is_some() {
                        return true;
                    }
                }
                let count = fields.len();
                fields.retain(|_, value| self.keep(value, removed));
                // A match entry that lost its value declares nothing any more.
                fields.len() == count || !fields.contains_key("alg")
            }
            _ => true,
        }
    }

    fn keep_text(&self, text: &str, removed: &mut Removed) -> bool {
        // `sha256:…` of a CSV cell is a digest, not a secret.
        if text.split_once(':').is_some_and(|(alg, value)| {
            match_entry::is_digest(alg.split('@').next().unwrap_or(alg)) && super::digest::parse(value).is_some()
        }) {
            return true;
        }
        let found = self.find(text);
        removed.count += found.len();
        for key in found.iter().flat_map(|identity| self.keys_of(identity)) {
            if !removed.keys.contains(&key) {
                removed.keys.push(key);
            }
        }
        found.is_empty()
    }

    /// Identities of the credentials in a text.
    fn find(&self, text: &str) -> Vec<Identity> {
        let identify = |secret: Range<usize>, public: Anatomy, bits: u32, facts: Facts| {
            let secret = text.as_bytes().get(secret)?;
            // An access key id is how a row is matched, not what must be hidden.
            let is_id = facts.key_id.as_deref().is_some_and(|id| id.as_bytes() == secret);
            (!is_id && !secret.is_empty()).then(|| self.fingerprinter.identify(secret, public, bits, facts))
        };
        let hits = self.recogniser.recognise(text);
        hits.into_iter().filter_map(|hit| identify(hit.secret, hit.public, hit.bits, hit.facts)).collect()
    }

    fn keys_of(&self, identity: &Identity) -> Vec<Key> {
        let hmac = self.keys.ids().zip(&identity.hmac);
        let hmac = hmac.map(|(id, digest)| Key::Hmac { key_id: id.map(str::to_owned), digest: *digest });
        let facts = identity.facts.key_id.clone().map(Key::KeyId);
        hmac.chain(identity.sha256.map(Key::Sha256)).chain(facts).collect()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use serde_json::json;

    use super::*;

    /// Stands in for the detectors: takes what follows `tok-` for a credential, and `tokid-…` for an id.
    pub(in crate::inventory) struct Fake;

    impl Recognise for Fake {
        fn recognise(&self, cell: &str) -> Vec<Hit> {
            let hit = |start: usize, facts| Hit {
                secret: start..cell.len(),
                facts,
                confidence: Confidence::High,
                bits: 120,
                public: Anatomy { prefix: 4, suffix: 0 },
            };
            if cell.starts_with("tokid-") {
                return vec![hit(0, Facts { key_id: Some(cell.to_owned()), ..Facts::default() })];
            }
            cell.find("tok-").map(|at| hit(at, Facts::default())).into_iter().collect()
        }
    }

    fn clean(value: Value) -> (Value, Vec<Key>, Vec<String>) {
        let keys = KeyRing::parse(&format!("q4:{}", "0b".repeat(32)), "test").unwrap();
        let Value::Object(mut fields) = value else { panic!("an object") };
        let (found, places) = Screen::new(&Fake, &keys).clean(&mut fields);
        (Value::Object(fields), found, places)
    }

    #[test]
    fn a_credential_anywhere_in_a_row_is_dropped_and_becomes_match_keys() {
        let token = format!("tok-{}", "a".repeat(20));
        let row =
            json!({"id": "a", "ext": {"deep": ["x", token]}, "match": [{"alg": "sha256", "value": token}, "key_id:k"]});
        let (row, keys, places) = clean(row);
        assert_eq!(row, json!({"id": "a", "ext": {"deep": ["x"]}, "match": ["key_id:k"]}));
        assert!(matches!(&keys[..], [Key::Hmac { key_id: Some(id), .. }, Key::Sha256(_)] if id == "q4"));
        assert_eq!(places, ["ext", "match"]);
    }

    #[test]
    fn ids_digests_and_hints_stay() {
        let hex = "0b".repeat(32);
        let row = json!({"id": "tokid-1", "match": [{"alg": "hmac-sha256", "value": hex}, format!("sha256:{hex}"), "hint:tok…ab"]});
        assert_eq!(clean(row.clone()), (row, vec![], vec![]));
    }
}
