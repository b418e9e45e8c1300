//! No export is trusted to be free of secrets: every cell is looked at, and a credential in it becomes match keys.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{PoisonError, RwLock};

use super::cell::{Cell, Fields};
use super::prepare::Recognised;
use super::record::Key;
use super::word::Word;
use super::{digest, match_entry};
use crate::credential::{Fingerprinter, Identity, KeyRing};
use crate::detector::{Anatomy, Confidence, Detector, Detectors, Facts, Hit, name, placeholder, shape, strength};
use crate::scan::prefilter::{Case, Prefilter};

/// Weakest value that is taken for a secret by the name of its field alone, in bits.
const WEAKEST: u32 = 40;

/// What tells credentials in a cell. The detectors do; a test may stand in for them.
pub(super) trait Recognise: Sync {
    /// Where in the text of a row a credential could be, for all its cells at once.
    fn mark<'t>(&self, _text: &'t [u8]) -> Marks<'t> {
        Marks::none()
    }

    /// Identities of the credentials in a cell, whose field may have a name that says what it holds. Marks of the text
    /// that the cell stands in spare looking for them.
    fn identify(&self, maker: &Fingerprinter, name: Option<&str>, cell: &str, marks: &Marks<'_>) -> Vec<Identity>;

    /// The detector that takes a text as a whole for a credential.
    fn known(&self, _secret: &str) -> Option<Recognised> {
        None
    }
}

/// Where the keywords of detectors stand in the text of a row: found in one pass over it, not in one over each cell.
pub(super) struct Marks<'t> {
    text: &'t [u8],
    /// Bytes and the detector's position, in order of their end.
    found: Vec<(Range<usize>, usize)>,
}

impl<'t> Marks<'t> {
    /// Marks of no text, in which no cell stands.
    pub(super) const fn none() -> Self {
        Self { text: &[], found: Vec::new() }
    }

    /// Whether a cell stands in the text and nothing is marked there.
    fn is_clear(&self, cell: &str) -> bool {
        self.within(cell).is_some_and(|mut marks| marks.next().is_none())
    }

    /// The marks within a cell, by its own bytes; `None` where it does not stand in the text, as one that was escaped.
    fn within(&self, cell: &str) -> Option<impl Iterator<Item = (Range<usize>, usize)>> {
        let start = (cell.as_ptr() as usize).checked_sub(self.text.as_ptr() as usize)?;
        let end = start.checked_add(cell.len()).filter(|end| *end <= self.text.len())?;
        let first = self.found.partition_point(|(bytes, _)| bytes.end <= start);
        let rest = self.found.get(first..).unwrap_or_default().iter();
        let inside = rest.take_while(move |(bytes, _)| bytes.end <= end).filter(move |(bytes, _)| bytes.start >= start);
        Some(inside.map(move |(bytes, detector)| (bytes.start - start..bytes.end - start, *detector)))
    }
}

/// The detectors, behind one search for all their keywords.
pub(super) struct Keywords<'d> {
    detectors: &'d Detectors,
    search: Prefilter,
    /// Detectors of each keyword, by position.
    owners: Vec<usize>,
    /// What the names of fields say: an export has few of them, and each in every row.
    names: RwLock<HashMap<String, Named<'d>>>,
}

/// What the name of a field says of its value.
#[derive(Clone, Copy)]
struct Named<'d> {
    /// Its detector holds such values even without a prefix.
    detector: Option<&'d Detector>,
    /// It names a secret.
    is_secret: bool,
}

/// Names remembered at most; an export of more is no table.
const MOST_NAMES: usize = 4096;

/// No shorter cell holds a credential worth the search.
const SHORTEST: usize = 8;

impl<'d> Keywords<'d> {
    /// Prepares the search.
    #[must_use]
    pub(super) fn new(detectors: &'d Detectors) -> Self {
        let pairs = detectors
            .all()
            .iter()
            .enumerate()
            .flat_map(|(index, detector)| detector.keywords.iter().map(move |word| (index, *word)));
        let (owners, words): (Vec<usize>, Vec<&str>) = pairs.unzip();
        let search = Prefilter::new(words.into_iter().map(|word| (word, Case::Exact)));
        Self { detectors, search, owners, names: RwLock::default() }
    }

    fn named(&self, name: &str) -> Named<'d> {
        if let Some(known) = self.names.read().unwrap_or_else(PoisonError::into_inner).get(name) {
            return *known;
        }
        let is_secret = name::role(name) == name::Role::Secret;
        let named = Named { detector: self.detectors.by_variable(name), is_secret };
        let mut names = self.names.write().unwrap_or_else(PoisonError::into_inner);
        if names.len() < MOST_NAMES {
            names.insert(name.to_owned(), named);
        }
        named
    }

    /// Where keywords stand in a text, each with its detector's position, in order of their end.
    fn keywords(&self, text: &[u8]) -> Vec<(Range<usize>, usize)> {
        let mut hits = Vec::new();
        self.search.find(text, &mut hits);
        let place = |hit| Some((self.search.span(hit), *self.owners.get(usize::from(hit.keyword()))?));
        let mut found: Vec<_> = hits.into_iter().filter_map(place).collect();
        found.sort_unstable_by_key(|(bytes, detector)| (bytes.end, bytes.start, *detector));
        found
    }

    /// Every credential that a detector confirms around a keyword.
    fn confirmed(&self, text: &str, keywords: impl Iterator<Item = (Range<usize>, usize)>) -> Vec<(&'d Detector, Hit)> {
        let confirm = |(keyword, detector): (Range<usize>, usize)| {
            let detector = self.detectors.all().get(detector)?;
            let hit = detector.confirm(text.as_bytes(), keyword)?;
            (hit.confidence >= Confidence::Medium).then_some((detector, hit))
        };
        keywords.filter_map(confirm).collect()
    }

    /// Every credential that a detector confirms in a text.
    pub(super) fn hits(&self, text: &str) -> Vec<(&'d Detector, Hit)> {
        self.confirmed(text, self.keywords(text.as_bytes()).into_iter())
    }
}

/// The identity of what a detector found in a text.
pub(super) fn identity_of(maker: &Fingerprinter, text: &str, detector: &Detector, hit: Hit) -> Option<Identity> {
    let secret = text.as_bytes().get(hit.secret)?;
    // An access key id is how a row is matched, not what must be hidden.
    let is_id = hit.facts.key_id.as_deref().is_some_and(|id| id.as_bytes() == secret);
    let usable = !is_id && !secret.is_empty();
    usable.then(|| maker.identify(&detector.canonical(secret), hit.public, hit.bits, hit.facts))
}

impl Recognise for Keywords<'_> {
    fn mark<'t>(&self, text: &'t [u8]) -> Marks<'t> {
        Marks { text, found: self.keywords(text) }
    }

    fn identify(&self, maker: &Fingerprinter, name: Option<&str>, cell: &str, marks: &Marks<'_>) -> Vec<Identity> {
        if cell.len() < SHORTEST {
            return Vec::new();
        }
        let hits = match marks.within(cell) {
            Some(keywords) => self.confirmed(cell, keywords),
            None => self.hits(cell),
        };
        if !hits.is_empty() {
            return hits.into_iter().filter_map(|(detector, hit)| identity_of(maker, cell, detector, hit)).collect();
        }
        let Some(name) = name else { return Vec::new() };
        let named = self.named(name);
        if let Some((detector, hit)) = named.detector.and_then(|own| Some((own, own.examine(cell.as_bytes())?))) {
            return identity_of(maker, cell, detector, hit).into_iter().collect();
        }
        // Most fields are called nothing of the kind, and measuring strength is dear.
        if !named.is_secret {
            return Vec::new();
        }
        // A field called `secret` that holds neither a digest nor a hint holds a secret.
        let is_secret = digest::parse(cell).is_none()
            && !["…", "..", "**"].iter().any(|mark| cell.contains(mark))
            && !placeholder::is_placeholder(cell, Some(name))
            && !shape::is_innocent(cell);
        let bits = if is_secret { strength::bits(cell.as_bytes()) } else { 0 };
        if bits < WEAKEST {
            return Vec::new();
        }
        vec![maker.identify(cell.as_bytes(), Anatomy { prefix: 0, suffix: 0 }, bits, Facts::default())]
    }

    fn known(&self, secret: &str) -> Option<Recognised> {
        let hits = self.hits(secret);
        let whole = hits.iter().find(|(_, hit)| hit.secret == (0..secret.len())).or(hits.first());
        whole.map(|(detector, _)| Recognised { detector: detector.id, issuer: detector.issuer })
    }
}

/// Whether a field is one of the canonical form, whose name says nothing of a secret and is none. They are most of all.
fn is_canonical(name: &str) -> bool {
    matches!(
        name,
        "id" | "state"
            | "kind"
            | "issuer"
            | "provider_type"
            | "name"
            | "system"
            | "purpose"
            | "owner"
            | "contact"
            | "team"
            | "workload"
            | "server"
            | "environment"
            | "scopes"
            | "observed_scopes"
            | "created_at"
            | "rotated_at"
            | "expires_at"
            | "last_used_at"
            | "locations"
            | "ref"
            | "path"
            | "pointer"
            | "revoked_at"
            | "decommissioned_at"
            | "rotation"
            | "max_age_days"
            | "static"
            | "match"
            | "ext"
            | "alg"
            | "value"
            | "prefix"
            | "suffix"
            | "sensitivity"
    )
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

    /// What may be looked for in the text of a row at once.
    pub(super) fn mark<'t>(&self, text: &'t [u8]) -> Marks<'t> {
        self.recogniser.mark(text)
    }

    /// Removes every cell of a row that holds a credential; returns the match keys of what was removed, and in which
    /// fields it stood.
    pub(super) fn clean(&self, fields: &mut Fields<'_>, marks: &Marks<'_>) -> (Vec<Key>, Vec<String>) {
        let (mut removed, mut places) = (Removed::default(), Vec::new());
        fields.retain(|name, cell| {
            let before = removed.count;
            let kept = self.keep_field(name, cell, marks, &mut removed);
            if !kept || removed.count > before {
                let is_innocent = self.find(None, name, marks).is_empty();
                places.push(if is_innocent { name.to_owned() } else { "a field".to_owned() });
            }
            kept
        });
        (removed.keys, places)
    }

    /// Match keys of a text that is known to be a secret, and the detector that knows it. One that is too weak to be told
    /// from other words has none: a digest of it would match whatever else is called so.
    pub(super) fn take(&self, secret: &str) -> (Vec<Key>, Option<Recognised>) {
        let mut found = self.find(None, secret, &Marks::none());
        if found.is_empty() {
            let bits = strength::bits(secret.as_bytes());
            if bits >= WEAKEST {
                found.push(self.fingerprinter.identify(secret.as_bytes(), Anatomy::default(), bits, Facts::default()));
            }
        }
        let mut keys: Vec<Key> = Vec::new();
        for key in found.iter().flat_map(|identity| self.keys_of(identity)) {
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        (keys, self.recogniser.known(secret))
    }

    /// Looks at a field and its name: a name is the credential itself where an export has its columns the wrong way round.
    fn keep_field(&self, name: &str, cell: &mut Cell<'_>, marks: &Marks<'_>, removed: &mut Removed) -> bool {
        let name = Some(name).filter(|name| !is_canonical(name));
        name.is_none_or(|name| self.keep_text(None, name, marks, removed)) && self.keep(name, cell, marks, removed)
    }

    /// Looks at a value; false where it must go. Depth is bounded by the JSON parser's own limit.
    fn keep(&self, name: Option<&str>, cell: &mut Cell<'_>, marks: &Marks<'_>, removed: &mut Removed) -> bool {
        match cell {
            Cell::Text(text) => self.keep_text(name, text, marks, removed),
            Cell::List(cells) => {
                cells.retain_mut(|cell| self.keep(name, cell, marks, removed));
                true
            }
            Cell::Object(fields) => {
                if let Some(alg) = fields.get("alg").and_then(Cell::as_str) {
                    let value = fields.get("value").and_then(Cell::as_str).unwrap_or_default();
                    if match_entry::is_digest(alg) && digest::parse(value).is_some() {
                        return true;
                    }
                }
                let count = fields.len();
                fields.retain(|name, cell| self.keep_field(name, cell, marks, removed));
                // A match entry that lost its value declares nothing any more.
                fields.len() == count || !fields.contains("alg")
            }
            Cell::Null | Cell::Bool(_) | Cell::Number(_) => true,
        }
    }

    fn keep_text(&self, name: Option<&str>, text: &str, marks: &Marks<'_>, removed: &mut Removed) -> bool {
        if name.is_none() && marks.is_clear(text) {
            return true;
        }
        // `sha256:…` of a CSV cell is a digest, not a secret.
        if text.trim_start().starts_with(['h', 's', 'H', 'S'])
            && text.split_once(':').is_some_and(|(alg, value)| {
                match_entry::is_digest(alg.split('@').next().unwrap_or(alg)) && digest::parse(value).is_some()
            })
        {
            return true;
        }
        let found = self.find(name, text, marks);
        removed.count += found.len();
        for key in found.iter().flat_map(|identity| self.keys_of(identity)) {
            if !removed.keys.contains(&key) {
                removed.keys.push(key);
            }
        }
        found.is_empty()
    }

    fn find(&self, name: Option<&str>, text: &str, marks: &Marks<'_>) -> Vec<Identity> {
        self.recogniser.identify(&self.fingerprinter, name, text, marks)
    }

    fn keys_of(&self, identity: &Identity) -> Vec<Key> {
        let hmac = self.keys.ids().zip(&identity.hmac);
        let hmac = hmac.map(|(id, digest)| Key::Hmac { key_id: id.map(Word::from), digest: *digest });
        let facts = identity.facts.key_id.clone().map(Key::KeyId);
        hmac.chain(identity.sha256.map(Key::Sha256)).chain(facts).collect()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// Stands in for the detectors: takes whatever follows `tok-` for a credential.
    pub(in crate::inventory) struct Fake;

    impl Recognise for Fake {
        fn identify(&self, maker: &Fingerprinter, _: Option<&str>, cell: &str, _: &Marks<'_>) -> Vec<Identity> {
            let Some(at) = cell.find("tok-") else { return Vec::new() };
            vec![maker.identify(&cell.as_bytes()[at..], Anatomy { prefix: 4, suffix: 0 }, 120, Facts::default())]
        }
    }

    fn clean_by(recogniser: &dyn Recognise, value: &Value) -> (Value, Vec<Key>, Vec<String>) {
        let keys = KeyRing::parse(&format!("q4:{}", "0b".repeat(32)), "test").unwrap();
        let text = value.to_string();
        let mut fields = crate::inventory::jsonl::fields(1, text.as_bytes()).unwrap();
        let screen = Screen::new(recogniser, &keys);
        let (found, places) = screen.clean(&mut fields, &screen.mark(text.as_bytes()));
        (Cell::Object(fields).into(), found, places)
    }

    #[test]
    fn a_credential_anywhere_in_a_row_is_dropped_and_becomes_match_keys() {
        let token = format!("tok-{}", "a".repeat(20));
        let row =
            json!({"id": "a", "ext": {"deep": ["x", token]}, "match": [{"alg": "sha256", "value": token}, "key_id:k"]});
        let (row, keys, places) = clean_by(&Fake, &row);
        assert_eq!(row, json!({"id": "a", "ext": {"deep": ["x"]}, "match": ["key_id:k"]}));
        assert!(matches!(&keys[..], [Key::Hmac { key_id: Some(id), .. }, Key::Sha256(_)] if id == "q4"));
        assert_eq!(places, ["ext", "match"]);
    }

    #[test]
    fn the_detectors_tell_tokens_by_format_and_secrets_by_the_name_of_their_field() {
        let fill = |recipe: &str| crate::detector::recipe::expand(recipe, 7).unwrap();
        let keywords = Keywords::new(Detectors::embedded());
        let cells = [
            ("purpose", fill("ghp_{alnum:30}{crc32-github} since May")),
            ("name", fill("sk-ant-api03-{b64url:93}AA")),
            ("servers", fill("postgres://app:{alnum:24}@db.internal.example/app")),
            ("client_secret", fill("{uuid}")),
            ("AWS_SECRET_ACCESS_KEY", fill("{b64:40}")),
        ];
        for (name, cell) in cells {
            let (row, keys, places) = clean_by(&keywords, &json!({ name: cell, "id": "a" }));
            assert_eq!((row, places), (json!({"id": "a"}), vec![name.to_owned()]));
            assert!(!keys.is_empty() && !format!("{keys:?}").contains(&cell));
        }
    }

    #[test]
    fn ids_digests_and_hints_stay() {
        let fill = |recipe: &str| crate::detector::recipe::expand(recipe, 7).unwrap();
        let hex = fill("{hex:64}");
        let row = json!({
            "id": fill("apikey_{alnum:24}"), "name": "github token of CI", "secret_name": "prod/github", "token_id": "918273645",
            "workload": [{"id": "spiffe://example.com/agent/pr-triage"}, "arn:aws:iam::609629065308:user/mcp-cost"],
            "owner": {"kind": "team", "id": "iam", "contact": "iam@example.com"}, "token": fill("ghp_{alnum:4}...{alnum:4}"),
            "locations": [{"kind": "secret_manager", "ref": "vault:kv/mcp/github#token"}], "secret": hex,
            "match": [
                {"alg": "hmac-sha256", "key_id": "2026q4", "value": hex}, {"alg": "sha256", "value": fill("b64:{b64:43}=")},
                {"alg": "last8", "value": fill("{alnum:8}")}, {"alg": "key_id", "value": fill("AKIA{base32:16}")},
                {"alg": "hint", "prefix": "sk-ant-api03-R2D", "suffix": "igAA"}, format!("sha256:{hex}"), "hint:xoxb-111…9Zq1",
                {"alg": "principal", "value": "bot@project.iam.gserviceaccount.com"},
            ],
        });
        assert_eq!(clean_by(&Keywords::new(Detectors::embedded()), &row), (row.clone(), vec![], vec![]));
    }
}
