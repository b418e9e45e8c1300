//! What a single row proves for or against a credential.

use std::collections::BTreeSet;

use super::record::{Key, Record};
use crate::credential::{Hint, Identity};

/// What a row's other keys say of a candidate found by one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It may be the credential.
    Open,
    /// It is another credential's, and why.
    Other(&'static str),
}

/// Weighs a row's keys against an identity: a key that can be compared and differs proves that the row is another's,
/// for example the row of the token that replaced a rotated one.
pub(super) fn weigh(record: &Record, identity: &Identity, known_keys: &BTreeSet<String>) -> Verdict {
    let differs = |test: &dyn Fn(&Key) -> Option<bool>| {
        let (mut compared, mut equal) = (false, false);
        for same in record.keys.iter().filter_map(test) {
            (compared, equal) = (true, equal || same);
        }
        compared && !equal
    };
    let hmac = differs(&|key| match key {
        Key::Hmac { key_id: Some(id), digest } if !identity.hmac.is_empty() && known_keys.contains(id.as_str()) => {
            Some(identity.hmac.contains(digest))
        }
        _ => None,
    });
    let sha256 = differs(&|key| match key {
        Key::Sha256(digest) => identity.sha256.map(|own| own == *digest),
        _ => None,
    });
    let hmsl = differs(&|key| match key {
        Key::Hmsl(digest) => identity.hmsl.map(|own| own == *digest),
        _ => None,
    });
    if hmac || sha256 || hmsl {
        return Verdict::Other("its digest is that of another secret");
    }
    let key_id = differs(&|key| match key {
        Key::KeyId(id) => identity.facts.key_id.as_ref().map(|own| own == id),
        _ => None,
    });
    if key_id {
        return Verdict::Other("its key id is another");
    }
    let ends = differs(&|key| match (key, &identity.hint) {
        (Key::Last8(tail), Some(hint)) if hint.tail.len() >= 8 => Some(hint.tail.ends_with(tail.as_str())),
        (Key::Hint { prefix, suffix }, Some(hint)) => Some(agrees(prefix, suffix, hint)),
        _ => None,
    });
    if ends { Verdict::Other("its hint is that of another secret") } else { Verdict::Open }
}

/// Whether a hint of the inventory fits what was kept of the secret, as far as they can be compared.
fn agrees(prefix: &str, suffix: &str, hint: &Hint) -> bool {
    (hint.head.starts_with(prefix) || prefix.starts_with(&hint.head))
        && (hint.tail.ends_with(suffix) || suffix.ends_with(&hint.tail))
}

/// Effective bits of the best hint of a row that agrees: the logarithm of the alphabet for each revealed character that
/// is not the same in every credential of its kind.
pub(super) fn hint_bits(record: &Record, hint: &Hint) -> f64 {
    let per_character = (alphabet(hint) as f64).log2();
    let revealed = record.keys.iter().filter_map(|key| match key {
        Key::Hint { prefix, suffix } if agrees(prefix, suffix, hint) => {
            let head = prefix.len().min(hint.head.len()).saturating_sub(hint.public_prefix);
            let tail = suffix.len().min(hint.tail.len()).saturating_sub(hint.public_suffix);
            Some(head + tail)
        }
        _ => None,
    });
    revealed.max().unwrap_or_default() as f64 * per_character
}

/// Size of the smallest usual alphabet that holds the variable characters that were kept of a secret.
fn alphabet(hint: &Hint) -> u32 {
    let head = hint.head.get(hint.public_prefix.min(hint.head.len())..).unwrap_or_default();
    let tail = hint.tail.get(..hint.tail.len().saturating_sub(hint.public_suffix)).unwrap_or_default();
    let all = |test: &dyn Fn(u8) -> bool| head.bytes().chain(tail.bytes()).all(test);
    if all(&|b| b.is_ascii_digit()) {
        10
    } else if all(&|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
        || all(&|b| b.is_ascii_digit() || (b'A'..=b'F').contains(&b))
    {
        16
    } else if all(&|b| b.is_ascii_digit() || b.is_ascii_lowercase())
        || all(&|b| b.is_ascii_digit() || b.is_ascii_uppercase())
    {
        36
    } else if all(&|b| b.is_ascii_alphanumeric()) {
        62
    } else if all(&|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'+' | b'/' | b'=')) {
        64
    } else {
        94
    }
}

/// Whether a row declares the place of an occurrence: its path (or the end of it), and its pointer where it gives one.
pub(super) fn declares(record: &Record, (path, pointer): (&str, Option<&str>)) -> bool {
    record.locations.iter().any(|declared| {
        let here = declared.path.as_deref().is_some_and(|own| {
            let own = own.trim_start_matches("./");
            path.strip_suffix(own).is_some_and(|before| before.is_empty() || before.ends_with('/')) && !own.is_empty()
        });
        here && declared.pointer.as_deref().is_none_or(|own| Some(own) == pointer)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hint(head: &str, tail: &str, public_prefix: usize, public_suffix: usize) -> Hint {
        Hint { head: head.into(), tail: tail.into(), length: 108, public_prefix, public_suffix }
    }

    #[test]
    fn the_alphabet_is_the_smallest_that_holds_what_was_kept() {
        for (head, tail, size) in [
            ("x_12", "34", 10),
            ("x_1a", "ff", 16),
            ("x_1a", "zz", 36),
            ("x_1A", "ZZ", 36),
            ("x_aA", "9", 62),
            ("x_aA", "-", 64),
            ("x_a", "!", 94),
        ] {
            assert_eq!(alphabet(&hint(head, tail, 2, 0)), size, "{head} {tail}");
        }
        // A constant tail does not make an alphabet larger.
        assert_eq!(alphabet(&hint("x_1a", "ffAA", 2, 2)), 16);
    }
}
