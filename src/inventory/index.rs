//! Finds the rows that a credential could be, without looking at the others.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::digests::Digests;
use super::record::{Key, Record};
use crate::credential::Hint;

/// Longest tail that an identity keeps; more of a hint's tail cannot be compared.
const LONGEST_TAIL: usize = 8;

/// Rows by what they may be matched on. Maps are only ever asked, never walked, so that their order does not matter.
#[derive(Debug, Clone, Default)]
pub(super) struct Index {
    pub(super) hmac: Digests,
    pub(super) sha256: Digests,
    pub(super) hmsl: Digests,
    pub(super) key_id: HashMap<String, Vec<usize>>,
    pub(super) last8: HashMap<String, Vec<usize>>,
    pub(super) principal: HashMap<String, Vec<usize>>,
    hints: Hints,
    /// Rows of each issuer.
    issuers: HashMap<String, usize>,
    /// Rows of each issuer and provider type; rows that do not say their type count for every type.
    types: HashMap<String, Vec<(Option<String>, usize)>>,
}

impl Index {
    /// Indexes all rows.
    pub(super) fn new(records: &[Record]) -> Self {
        let mut index = Self::default();
        // Most rows have the issuer and type of the row before, so that the names need not be looked up.
        let is_alike = |a: &Record, b: &Record| a.issuer == b.issuer && a.provider_type == b.provider_type;
        for alike in records.chunk_by(is_alike) {
            let Some(record) = alike.first() else { continue };
            *index.issuers.entry(record.issuer.to_string()).or_default() += alike.len();
            let types = index.types.entry(record.issuer.to_string()).or_default();
            match types.iter_mut().find(|(kind, _)| kind.as_deref() == record.provider_type.as_deref()) {
                Some((_, count)) => *count += alike.len(),
                None => types.push((record.provider_type.as_deref().map(str::to_owned), alike.len())),
            }
        }
        for (row, record) in records.iter().enumerate() {
            for key in &record.keys {
                let digests = match key {
                    Key::Hmac { digest, .. } => Some((&mut index.hmac, digest)),
                    Key::Sha256(digest) => Some((&mut index.sha256, digest)),
                    Key::Hmsl(digest) => Some((&mut index.hmsl, digest)),
                    _ => None,
                };
                if let Some((digests, digest)) = digests {
                    digests.push(*digest, row);
                    continue;
                }
                let rows = match key {
                    Key::Hmac { .. } | Key::Sha256(_) | Key::Hmsl(_) => continue,
                    Key::KeyId(id) => index.key_id.entry(id.clone()).or_default(),
                    Key::Last8(tail) => index.last8.entry(tail.clone()).or_default(),
                    Key::Principal(id) => index.principal.entry(id.clone()).or_default(),
                    Key::Hint { prefix, suffix } => {
                        index.hints.insert(prefix, suffix, row);
                        continue;
                    }
                };
                if rows.last() != Some(&row) {
                    rows.push(row);
                }
            }
        }
        for digests in [&mut index.hmac, &mut index.sha256, &mut index.hmsl] {
            digests.seal();
        }
        index
    }

    /// How many rows could be mistaken for this one: those of its type, or of its issuer where it does not say.
    pub(super) fn rows_of_type(&self, record: &Record) -> usize {
        let of = |kind: Option<&str>| {
            let types = self.types.get(record.issuer.as_str()).map_or(&[][..], Vec::as_slice);
            types.iter().find(|(known, _)| known.as_deref() == kind).map_or(0, |(_, count)| *count)
        };
        match record.provider_type.as_deref() {
            Some(kind) => of(Some(kind)) + of(None),
            None => self.issuers.get(record.issuer.as_str()).copied().unwrap_or_default(),
        }
    }

    /// Rows whose hint agrees with a head and tail, at most `limit`, in order.
    pub(super) fn hinted(&self, hint: &Hint, limit: usize) -> BTreeSet<usize> {
        self.hints.find(&hint.head, &hint.tail, limit)
    }
}

/// Rows by suffix, then by prefix.
#[derive(Debug, Clone, Default)]
struct Hints {
    /// By length of the suffix: where the kept tail is at least as long.
    whole: BTreeMap<usize, HashMap<String, Prefixes>>,
    /// By length of the kept tail: where the suffix is longer than that and only its end can be compared.
    cut: BTreeMap<usize, HashMap<String, Prefixes>>,
}

/// Rows of one suffix by prefix.
#[derive(Debug, Clone, Default)]
struct Prefixes {
    rows: BTreeMap<String, Vec<usize>>,
    lengths: BTreeSet<usize>,
}

impl Hints {
    fn insert(&mut self, prefix: &str, suffix: &str, row: usize) {
        let tail = |length: usize| suffix.len().checked_sub(length).and_then(|from| suffix.get(from..));
        let add = |group: &mut BTreeMap<usize, HashMap<String, Prefixes>>, length: usize| {
            if let Some(tail) = tail(length) {
                let prefixes = group.entry(length).or_default().entry(tail.to_owned()).or_default();
                prefixes.lengths.insert(prefix.len());
                prefixes.rows.entry(prefix.to_owned()).or_default().push(row);
            }
        };
        add(&mut self.whole, suffix.len().min(LONGEST_TAIL));
        // Identities keep tails of 8, 4 or no characters.
        for length in [0, 4].into_iter().filter(|length| *length < suffix.len().min(LONGEST_TAIL)) {
            add(&mut self.cut, length);
        }
    }

    fn find(&self, head: &str, tail: &str, limit: usize) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        let ends = |length: &usize| tail.len().checked_sub(*length).and_then(|from| tail.get(from..));
        let whole = self.whole.iter().filter_map(|(length, group)| group.get(ends(length)?));
        let cut = self.cut.get(&tail.len()).and_then(|group| group.get(tail));
        for prefixes in whole.chain(cut) {
            let shorter =
                prefixes.lengths.range(..=head.len()).filter_map(|length| prefixes.rows.get(head.get(..*length)?));
            // A prefix that reveals more than was kept of the secret agrees as far as it can be compared.
            let longer = prefixes.rows.range(head.to_owned()..);
            let longer = longer
                .take_while(|(prefix, _)| prefix.starts_with(head))
                .filter(|(prefix, _)| prefix.len() > head.len());
            for rows in shorter.chain(longer.map(|(_, rows)| rows)) {
                found.extend(rows.iter().take(limit.saturating_sub(found.len())));
                if found.len() >= limit {
                    return found;
                }
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_index_finds_exactly_the_hints_that_agree(
            hints in proptest::collection::vec(("[ab]{0,4}", "[ab]{0,10}"), 0..30), head in "[ab]{0,5}", tail in "[ab]{8}", kept in 0usize..3
        ) {
            let tail = &tail[..[0, 4, 8][kept]];
            let mut index = Hints::default();
            for (row, (prefix, suffix)) in hints.iter().enumerate() {
                index.insert(prefix, suffix, row);
            }
            let agrees = |(prefix, suffix): &(String, String)| {
                let suffix = &suffix[suffix.len().saturating_sub(LONGEST_TAIL)..];
                (head.starts_with(prefix.as_str()) || prefix.starts_with(&head))
                    && (tail.ends_with(suffix) || suffix.ends_with(tail))
            };
            let expected: BTreeSet<usize> = hints.iter().enumerate().filter(|(_, hint)| agrees(hint)).map(|(row, _)| row).collect();
            prop_assert_eq!(index.find(&head, tail, usize::MAX), expected);
        }
    }
}
