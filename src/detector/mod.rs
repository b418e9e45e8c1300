//! What a credential looks like: keywords, pattern, entropy floor, checksum, embedded ids. Data, in `rules/detectors/`.

pub mod check;
pub mod checksum;
mod claims;
mod confirm;
mod decode;
pub mod docs;
mod entropy;
pub mod facts;
pub mod hashed;
mod join;
pub mod language;
mod load;
mod marked;
pub mod name;
pub mod placeholder;
#[cfg(test)]
mod properties;
pub mod public;
mod published;
pub mod recipe;
pub mod rule;
pub mod scope;
pub mod sealed;
mod sequence;
pub mod shape;
pub mod strength;
mod table;
mod trial;
mod vocabulary;
mod words;

use std::ops::Range;

pub use checksum::Checksum;
pub use confirm::Form;
use confirm::Regexes;
pub use confirm::{LONGEST_USER, ends_user, names_a_user};
pub use decode::Decoder;
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

/// What one kind of credential looks like. The fields are those of [`rule::Rule`], checked when the program was built.
#[derive(Debug)]
pub struct Detector {
    /// Name in all output, in kebab case.
    pub id: &'static str,
    /// Who issues it, for people.
    pub provider: &'static str,
    /// Who issues it, as inventories write it; `None` for formats anybody may issue (JWT, PEM, passwords).
    pub issuer: Option<&'static str>,
    /// Kind of inventory record.
    pub kind: &'static str,
    /// One line on what it opens.
    pub description: &'static str,
    /// The vendor's page on it.
    pub documentation: &'static str,
    /// Where the format was learnt.
    pub source: &'static str,
    /// Case-sensitive literals of which one stands in every match; empty if it only goes by `names`.
    pub keywords: &'static [&'static str],
    /// Variables and headers that hold it even without its prefix.
    pub names: &'static [&'static str],
    /// Constant, public head.
    pub prefix: &'static str,
    /// Constant, public tail.
    pub suffix: &'static str,
    /// The byte-wise regular expression.
    pub pattern: &'static str,
    /// Bytes before the keyword within which a match starts.
    pub before: usize,
    /// Bytes behind the keyword within which a match ends.
    pub after: usize,
    near: Option<(&'static str, usize, usize)>,
    also: &'static [&'static str],
    also_within: usize,
    alphabet: &'static str,
    entropy: f64,
    checksum: Option<Checksum>,
    decoder: Option<Decoder>,
    form: Form,
    confidence: Confidence,
    regexes: Regexes,
}

/// A credential that a detector found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// Where the secret stands in the text that was searched.
    pub secret: Range<usize>,
    /// Ids embedded in it or standing beside it.
    pub facts: Facts,
    /// How sure the detector is.
    pub confidence: Confidence,
    /// Estimated strength of what is secret in it, in bits.
    pub bits: u32,
    /// What of it is public.
    pub public: Anatomy,
}

/// Bytes of constant, public head and tail of a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Anatomy {
    /// Length of the head.
    pub prefix: usize,
    /// Length of the tail.
    pub suffix: usize,
}

/// All detectors, sorted by id.
#[derive(Debug)]
pub struct Detectors {
    all: &'static [Detector],
    names: &'static [(&'static str, usize)],
    texts: &'static [(&'static str, &'static str)],
    replaced: &'static [&'static str],
    added: usize,
}

impl Detectors {
    /// The detectors that were built in.
    #[must_use]
    pub fn embedded() -> &'static Self {
        &table::EMBEDDED
    }

    /// Every detector, sorted by id.
    #[must_use]
    pub fn all(&self) -> &'static [Detector] {
        self.all
    }

    /// The detector of this id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&'static Detector> {
        self.all.binary_search_by(|detector| detector.id.cmp(id)).ok().map(|index| &self.all[index])
    }

    /// The detector of what a variable or header of this name holds. Case, `-` and `_` make no difference.
    #[must_use]
    pub fn by_variable(&self, name: &str) -> Option<&'static Detector> {
        let normal = normal_name(name.trim_start_matches('-'));
        let found = self.names.binary_search_by(|(known, _)| known.cmp(&normal.as_str())).ok()?;
        self.all.get(self.names[found].1)
    }

    /// The rule files themselves, by file name: what `rules check` reads.
    #[must_use]
    pub fn texts(&self) -> &'static [(&'static str, &'static str)] {
        self.texts
    }

    /// SHA-256 over all rules, known servers and clients, word lists and the version of the program; a scan with the same
    /// digest finds the same in the same bytes.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        use sha2::Digest;
        let added = self.texts.get(table::EMBEDDED.texts.len()..).unwrap_or_default();
        if added.is_empty() {
            return table::RULES;
        }
        let mut hash = sha2::Sha256::new_with_prefix(table::RULES);
        for (name, text) in added {
            hash.update((name.len() as u64).to_le_bytes());
            hash.update(name);
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text);
        }
        hash.finalize().into()
    }
}

/// How the name of a variable or header is compared.
fn normal_name(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_detector_is_found_by_its_id_and_its_names() {
        let detectors = Detectors::embedded();
        assert!(!detectors.all().is_empty());
        for detector in detectors.all() {
            assert_eq!(detectors.get(detector.id).map(|found| found.id), Some(detector.id));
            for name in detector.names {
                assert_eq!(detectors.by_variable(&name.to_lowercase()).map(|found| found.id), Some(detector.id));
            }
        }
        assert!(detectors.get("no-such").is_none());
        assert!(detectors.by_variable("EDITOR").is_none());
    }

    #[test]
    fn the_digest_covers_every_file_of_the_rules() {
        use sha2::Digest;
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
        let mut folders = vec![root.clone()];
        let mut files = Vec::new();
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() { folders.push(path) } else { files.push(path) }
            }
        }
        files.sort();
        assert!(files.len() > 250, "detectors, servers, clients and words");
        let mut hash = sha2::Sha256::new();
        let mut part = |bytes: &[u8]| {
            hash.update((bytes.len() as u64).to_le_bytes());
            hash.update(bytes);
        };
        part(env!("CARGO_PKG_VERSION").as_bytes());
        for file in files {
            part(file.strip_prefix(&root).unwrap().to_str().unwrap().as_bytes());
            part(&std::fs::read(&file).unwrap());
        }
        let expected: [u8; 32] = hash.finalize().into();
        assert_eq!(Detectors::embedded().digest(), expected);
    }
}
