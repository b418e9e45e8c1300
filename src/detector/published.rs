//! Credentials that everybody knows: the examples of a provider's documentation, the keys of emulators.

use sha2::{Digest, Sha256};

use super::vocabulary::{PUBLISHED, has};

/// No published one is shorter or longer.
const LENGTHS: std::ops::RangeInclusive<usize> = 8..=256;

/// Whether this very value is printed in documentation for everybody to copy, so that it opens nothing.
pub(super) fn is_published(value: &str) -> bool {
    if !LENGTHS.contains(&value.len()) {
        return false;
    }
    let digest: [u8; 32] = Sha256::digest(value).into();
    let half = digest[..16].iter().fold(0_u128, |half, &byte| half << 8 | u128::from(byte));
    has(PUBLISHED, &format!("{half:032x}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_example_of_a_standard_is_known_and_another_value_is_not() {
        // The access token of OpenID Connect Core, section 3.1.3.3.
        let example = ["SlAV32", "hkKG"].concat();
        assert!(is_published(&example));
        assert!(!is_published(&example.to_lowercase()));
        assert!(!is_published(""));
    }

    #[test]
    fn each_is_half_a_digest() {
        for half in PUBLISHED {
            assert!(half.len() == 32 && half.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')), "{half}");
        }
    }
}
