//! Digests as exports write them: `hex:…`, `b64:…`, bare hex, bare base64.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_PAD_INDIFFERENT, URL_SAFE_PAD_INDIFFERENT};

/// Reads a digest of 32 bytes; `None` where the text is anything else.
///
/// Bare base64 is taken too: GitHub's documentation prints `hashed_token` in base64 on one page and in hex on another.
#[must_use]
pub fn parse(text: &str) -> Option<[u8; 32]> {
    let text = text.trim();
    if let Some(rest) = text.strip_prefix("hex:") {
        return from_hex(rest.trim());
    }
    match ["b64:", "base64:"].iter().find_map(|tag| text.strip_prefix(tag)) {
        Some(rest) => from_base64(rest.trim()),
        None => from_hex(text).or_else(|| from_base64(text)),
    }
}

/// Writes bytes in lower-case hex.
#[must_use]
pub fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn from_hex(text: &str) -> Option<[u8; 32]> {
    if text.len() != 64 {
        return None;
    }
    let mut digest = [0; 32];
    for (byte, pair) in digest.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        let digit = |at: usize| char::from(pair[at]).to_digit(16);
        *byte = (digit(0)? * 16 + digit(1)?) as u8;
    }
    Some(digest)
}

fn from_base64(text: &str) -> Option<[u8; 32]> {
    // 32 bytes take 43 digits, or 44 with padding.
    if !(43..=44).contains(&text.len()) {
        return None;
    }
    let bytes = STANDARD_PAD_INDIFFERENT.decode(text).or_else(|_| URL_SAFE_PAD_INDIFFERENT.decode(text)).ok()?;
    bytes.try_into().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_spelling_of_a_digest_reads_alike(digest in any::<[u8; 32]>()) {
            let (hex, base64) = (to_hex(&digest), STANDARD_PAD_INDIFFERENT.encode(digest));
            let bare = base64.trim_end_matches('=').to_owned();
            let url = URL_SAFE_PAD_INDIFFERENT.encode(digest);
            for text in [format!("hex:{hex}"), hex.to_uppercase(), hex, format!("b64:{base64}"), base64, bare, url] {
                prop_assert_eq!(parse(&text), Some(digest));
            }
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".{0,80}") {
            prop_assert!(parse(&text).is_none_or(|digest| digest.len() == 32));
        }
    }

    #[test]
    fn a_digest_of_another_length_is_refused() {
        for text in ["", "hex:", "hex:abcd", "b64:…", &"a".repeat(62), &"b64:AA".repeat(9)] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
