//! Rows by digest: sorted pairs, which take a third of the memory of a map and are asked as fast.

/// Rows by digest.
#[derive(Debug, Clone, Default)]
pub(super) struct Digests {
    pairs: Vec<([u8; 32], u32)>,
}

impl Digests {
    /// Adds a row; [`Digests::seal`] must follow before anything is asked.
    pub(super) fn push(&mut self, digest: [u8; 32], row: usize) {
        self.pairs.push((digest, u32::try_from(row).unwrap_or(u32::MAX)));
    }

    /// Puts the pairs in order, each once.
    pub(super) fn seal(&mut self) {
        self.pairs.sort_unstable();
        self.pairs.dedup();
        self.pairs.shrink_to_fit();
    }

    /// Rows of a digest, in order.
    pub(super) fn get(&self, digest: &[u8; 32]) -> impl Iterator<Item = usize> + use<'_> {
        let start = self.pairs.partition_point(|(known, _)| known < digest);
        let digest = *digest;
        let rest = self.pairs.get(start..).unwrap_or_default();
        rest.iter().take_while(move |(known, _)| *known == digest).map(|(_, row)| *row as usize)
    }

    /// Whether there is none.
    pub(super) const fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_a_digest_is_found_once_and_in_order() {
        let mut digests = Digests::default();
        for (byte, row) in [(3, 9), (1, 4), (3, 2), (3, 9), (2, 7)] {
            digests.push([byte; 32], row);
        }
        digests.seal();
        let rows = |byte: u8| digests.get(&[byte; 32]).collect::<Vec<_>>();
        assert_eq!((rows(3), rows(1), rows(4)), (vec![2, 9], vec![4], vec![]));
    }
}
