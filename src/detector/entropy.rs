//! Shannon entropy of a few bytes.

/// Bits per byte, from the frequencies of the bytes themselves; at most log2 of the length.
#[must_use]
pub(super) fn per_byte(bytes: &[u8]) -> f64 {
    let total = bytes.len() as f64;
    counts(bytes)
        .iter()
        .filter(|&&count| count > 0)
        .map(|&count| {
            let share = f64::from(count) / total;
            -share * share.log2()
        })
        .sum()
}

/// How many different bytes there are.
#[must_use]
pub(super) fn distinct(bytes: &[u8]) -> usize {
    counts(bytes).iter().filter(|&&count| count > 0).count()
}

/// Share of the most frequent byte, from 0 to 1.
#[must_use]
pub(super) fn largest_share(bytes: &[u8]) -> f64 {
    let most = counts(bytes).into_iter().max().unwrap_or_default();
    f64::from(most) / bytes.len().max(1) as f64
}

fn counts(bytes: &[u8]) -> [u32; 256] {
    let mut counts = [0_u32; 256];
    for &byte in bytes {
        counts[usize::from(byte)] += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::{distinct, per_byte};

    #[test]
    fn one_repeated_byte_has_none_and_a_permutation_the_most() {
        assert_eq!(per_byte(b"aaaa"), 0.0);
        assert_eq!(per_byte(b"abcd"), 2.0);
        assert_eq!(per_byte(b""), 0.0);
        assert_eq!(distinct(b"abca"), 3);
    }
}
