//! How many guesses a secret withstands: a conservative estimate that decides what may be shown or hashed of it.

use super::words;

/// Nothing is counted beyond this; it is already out of reach.
const MAX_BITS: f64 = 512.0;

/// Estimated strength in bits. Never generous: words, repeats and runs count little, a version-4 UUID its 122 random
/// bits, other UUIDs what is left without clock and node.
#[must_use]
pub fn bits(secret: &[u8]) -> u32 {
    if let Some(version) = uuid_version(secret) {
        return match version {
            b'4' => 122,
            b'7' => 74,
            _ => 14,
        };
    }
    let Ok(text) = std::str::from_utf8(secret) else { return (alphabet_bits(secret)).min(MAX_BITS) as u32 };
    let by_alphabet = alphabet_bits(secret) - predictable(text, secret);
    by_alphabet.min(by_frequency(secret)).clamp(0.0, MAX_BITS) as u32
}

fn uuid_version(secret: &[u8]) -> Option<u8> {
    let fits = secret.len() == 36
        && secret.iter().enumerate().all(|(at, &byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        });
    fits.then(|| secret[14])
}

fn alphabet_bits(secret: &[u8]) -> f64 {
    secret.len() as f64 * bits_per_byte(secret)
}

/// log2 of the smallest usual alphabet that the bytes come from.
fn bits_per_byte(secret: &[u8]) -> f64 {
    let has = |test: fn(&u8) -> bool| secret.iter().any(test);
    let lower = has(u8::is_ascii_lowercase);
    let upper = has(u8::is_ascii_uppercase);
    let digit = has(u8::is_ascii_digit);
    let other = secret.iter().any(|byte| !byte.is_ascii_alphanumeric());
    let one_case = !(lower && upper);
    let hex = !other && one_case && secret.iter().all(|byte| byte.is_ascii_hexdigit());
    if hex && !(lower || upper) {
        return 3.32;
    }
    if hex {
        return 4.0;
    }
    let size = 26 * usize::from(lower) + 26 * usize::from(upper) + 10 * usize::from(digit) + 2 * usize::from(other);
    (size.max(2) as f64).log2()
}

/// Bits to take off for what a guesser would try first: words, and runs such as `aaaa` or `1234`.
fn predictable(text: &str, secret: &[u8]) -> f64 {
    let per_byte = bits_per_byte(secret);
    let mut off = 0.0;
    for piece in words::pieces(text) {
        if looks_like_word(piece) {
            // A word of a large vocabulary is worth about twelve bits, however long.
            off += (piece.len() as f64 * per_byte - 12.0).max(0.0);
        }
    }
    let followers = secret
        .windows(2)
        .filter(|pair| {
            pair[0] == pair[1] || pair[0].checked_add(1) == Some(pair[1]) || pair[1].checked_add(1) == Some(pair[0])
        })
        .count();
    // In random text about one pair in ten is a step or a repeat; what is above that is a run.
    let expected = secret.len() / 8 + 1;
    off + followers.saturating_sub(expected) as f64 * per_byte
}

/// Letters of one case (or capitalised) that alternate between vowels and consonants as speech does.
fn looks_like_word(piece: &str) -> bool {
    let bytes = piece.as_bytes();
    if !(5..=64).contains(&bytes.len()) || !bytes.iter().all(u8::is_ascii_alphabetic) {
        return false;
    }
    let uniform = bytes[1..].iter().all(u8::is_ascii_lowercase) || bytes.iter().all(u8::is_ascii_uppercase);
    let is_vowel = |byte: &u8| b"aeiouyAEIOUY".contains(byte);
    let vowels = bytes.iter().filter(|byte| is_vowel(byte)).count();
    let consonants = bytes.split(is_vowel).map(<[u8]>::len).max().unwrap_or_default();
    let rare = bytes.iter().filter(|byte| b"jqxzJQXZ".contains(byte)).count();
    uniform && vowels * 4 >= bytes.len() && vowels * 5 <= bytes.len() * 3 && consonants <= 3 && rare * 8 <= bytes.len()
}

/// Shannon's bound over single bytes: bites where few different characters make up a long text.
fn by_frequency(secret: &[u8]) -> f64 {
    let entropy = super::entropy::per_byte(secret);
    let distinct = super::entropy::distinct(secret);
    // A short random text cannot show its alphabet, so this bound only counts where there is much repetition.
    if secret.len() >= 12 && distinct * 4 < secret.len() && distinct < 10 {
        entropy * secret.len() as f64 * 0.5
    } else {
        MAX_BITS
    }
}

#[cfg(test)]
mod tests {
    use super::bits;
    use crate::detector::recipe::expand;

    #[test]
    fn provider_tokens_are_strong() {
        for recipe in ["{alnum:36}", "{hex:32}", "{b64:40}", "{base32:32}", "{uuid}", "{b64url:43}", "{lowernum:28}"] {
            let weak = (0..1000).filter(|&seed| bits(expand(recipe, seed).unwrap().as_bytes()) < 80).count();
            // Capitals without digits happen to read like a word now and then; the estimate errs on the safe side.
            assert!(weak <= 5, "{recipe}: {weak} of 1000");
        }
    }

    #[test]
    fn people_s_passwords_are_not() {
        for password in [
            "Summer2024!",
            "correcthorsebattery",
            "CorrectHorseBatteryStaple1",
            "aaaaaaaaaaaaaaaaaaaaaaaa",
            "12345678901234567890",
        ] {
            assert!(bits(password.as_bytes()) < 80, "{password}: {}", bits(password.as_bytes()));
        }
    }

    #[test]
    fn a_uuid_counts_its_random_bits_and_hex_four_each() {
        assert_eq!(bits(expand("{uuid}", 1).unwrap().as_bytes()), 122);
        let hex = expand("{hex:32}", 3).unwrap();
        assert!((100..=128).contains(&bits(hex.as_bytes())));
        assert_eq!(bits(b""), 0);
        assert_eq!(bits(&[0xff; 3]).min(100), bits(&[0xff; 3]));
    }
}
