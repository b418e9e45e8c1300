//! Word lists that the build made of `rules/names.toml` and `rules/placeholders.toml`, each sorted.

include!(concat!(env!("OUT_DIR"), "/vocabulary.rs"));

/// Whether a sorted list holds `word`.
pub(super) fn has(list: &[&str], word: &str) -> bool {
    list.binary_search(&word).is_ok()
}

/// For each byte that a word of some lists begins with, a bit for each length of such words; the last is that of all longer
/// ones.
pub(super) struct Lengths([u32; 256]);

impl Lengths {
    pub(super) const fn of(lists: &[&[&str]]) -> Self {
        let mut lengths = [0; 256];
        let mut list = 0;
        while list < lists.len() {
            let mut word = 0;
            while word < lists[list].len() {
                let bytes = lists[list][word].as_bytes();
                lengths[bytes[0] as usize] |= 1 << bit(bytes.len());
                word += 1;
            }
            list += 1;
        }
        Self(lengths)
    }

    /// Whether a word may be in one of the lists.
    pub(super) fn may_have(&self, word: &str) -> bool {
        word.bytes().next().is_some_and(|first| self.0[usize::from(first)] >> bit(word.len()) & 1 == 1)
    }
}

const fn bit(len: usize) -> usize {
    if len < 32 { len } else { 31 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_the_lists_may_be_one_and_hardly_a_part_of_one() {
        let lists = [MARKERS, NOUNS, JOINERS, HEADS];
        let lengths = Lengths::of(&lists);
        assert!(lists.into_iter().flatten().all(|word| lengths.may_have(word)));
        assert!(!lengths.may_have("") && !lengths.may_have("zzzzzzzzzzz"));
    }
}
