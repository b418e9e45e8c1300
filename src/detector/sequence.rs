//! Characters in an order that nobody drew: counted up, taken in turn, repeated.

use super::entropy;

/// Steps over the end of the digits, the hex digits and the letters.
const WRAPS: &[&[u8]] = &[b"90", b"09", b"9a", b"za", b"z0", b"z1", b"f0"];

/// `1234567890`, `abcdef…`, and mixtures of such runs.
pub(super) fn is_sequence(body: &str) -> bool {
    let bytes: Vec<u8> = body.bytes().filter(u8::is_ascii_alphanumeric).map(|byte| byte.to_ascii_lowercase()).collect();
    if bytes.len() < 5 {
        return matches!(bytes.as_slice(), b"1234" | b"abcd" | b"abc" | b"123" | b"4321");
    }
    let steps = bytes
        .windows(2)
        .filter(|pair| {
            let step = i16::from(pair[1]) - i16::from(pair[0]);
            step.abs() == 1 || WRAPS.iter().any(|wrap| wrap == pair)
        })
        .count();
    steps * 10 >= (bytes.len() - 1) * 7
}

/// `000102…1e1f`, `A1B2C3D4…`: two sequences, taken in turn.
pub(super) fn is_braided(body: &str) -> bool {
    let bytes: Vec<u8> = body.bytes().filter(u8::is_ascii_alphanumeric).map(|byte| byte.to_ascii_lowercase()).collect();
    let steps = bytes.windows(3).filter(|three| {
        let step = i16::from(three[2]) - i16::from(three[0]);
        step.abs() <= 1 || WRAPS.iter().any(|wrap| wrap[0] == three[0] && wrap[1] == three[2])
    });
    bytes.len() >= 12 && steps.count() * 5 >= (bytes.len() - 2) * 4
}

/// `a1b2c3d4-e5f6-7890-abcd-ef1234567890`: a mixture of all that.
pub(super) fn is_patterned(body: &str) -> bool {
    const SHORTEST: usize = 20;
    let bytes: Vec<u8> = body.bytes().filter(u8::is_ascii_alphanumeric).map(|byte| byte.to_ascii_lowercase()).collect();
    let follows = |from: u8, to: u8, most: u8| {
        to.abs_diff(from) <= most || WRAPS.iter().any(|wrap| wrap[0] == from && wrap[1] == to)
    };
    let steps = bytes
        .windows(3)
        .filter(|three| (three[1] != three[2] && follows(three[1], three[2], 1)) || follows(three[0], three[2], 1));
    // Digits alone follow one another too often by chance.
    bytes.len() >= SHORTEST
        && bytes.iter().any(u8::is_ascii_alphabetic)
        && steps.count() * 100 >= (bytes.len() - 2) * 87
}

/// Hardly any different characters, or one short text over and over.
pub(super) fn is_repeated(body: &str) -> bool {
    let bytes: Vec<u8> = body.bytes().filter(u8::is_ascii_alphanumeric).collect();
    if bytes.len() < 3 {
        return false;
    }
    let distinct = entropy::distinct(&bytes);
    if distinct == 1 || (bytes.len() >= 8 && distinct == 2) || (bytes.len() >= 20 && distinct <= 4) {
        return true;
    }
    let most = entropy::largest_share(&bytes);
    if bytes.len() >= 8 && most >= 0.6 {
        return true;
    }
    (2..=bytes.len() / 2).take(16).any(|period| {
        bytes.len() >= 12
            && bytes.len() >= period * 2
            && bytes.iter().skip(period).zip(&bytes).all(|(later, earlier)| later == earlier)
    })
}

#[cfg(test)]
mod tests {
    use super::{is_braided, is_patterned, is_repeated, is_sequence};
    use crate::detector::recipe::expand;

    #[test]
    fn what_is_counted_or_repeated_is_told() {
        assert!(is_sequence("1234567890") && is_sequence("abcdef123456"));
        assert!(is_braided("000102030405060708090a0b0c0d0e0f") && is_braided("A1B2C3D4E5F6G7H8I9J0"));
        assert!(is_patterned("a1b2c3d4-e5f6-7890-abcd-ef1234567890"));
        assert!(is_repeated("aaaaaaaaaaaa") && is_repeated("deadbeefdeadbeef"));
    }

    #[test]
    fn what_is_drawn_is_not() {
        for recipe in ["{hex:16}", "{hex:20}", "{hex:32}", "{alnum:20}", "{uuid}", "{digit:20}"] {
            let wrong = (0..1000)
                .map(|seed| expand(recipe, seed).unwrap())
                .filter(|value| is_sequence(value) || is_braided(value) || is_patterned(value) || is_repeated(value));
            assert_eq!(wrong.count(), 0, "{recipe}");
        }
    }
}
