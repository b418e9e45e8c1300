//! The organisation's HMAC keys: read from the environment or a file, wiped from memory, never printed.

use std::fmt;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_PAD_INDIFFERENT, URL_SAFE_PAD_INDIFFERENT};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// Name of the environment variable that may hold the keys.
pub const VARIABLE: &str = "KEYTRAWL_KEY";

/// Shortest key that is accepted, in bytes: the strength of the hash it feeds.
pub const SHORTEST: usize = 32;

/// Why no key could be taken from a source. Names the source, never the value.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The key file could not be read.
    #[error(
        "could not read key file `{path}`: {cause}\nhint: `--key-file` names a file that holds the key as hex or base64"
    )]
    Unreadable {
        /// Path as given.
        path: String,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The source holds nothing.
    #[error(
        "{from} holds no key\nhint: put at least 32 random bytes there as hex or base64, for example of `openssl rand -hex 32`"
    )]
    Empty {
        /// The source.
        from: String,
    },
    /// Neither hex nor base64.
    #[error(
        "key {ordinal} of {from} is neither hex nor base64\nhint: write it as `openssl rand -hex 32` prints it, with an optional `KEY_ID:` before it"
    )]
    Malformed {
        /// The source.
        from: String,
        /// Which key in it, from 1.
        ordinal: usize,
    },
    /// Fewer than 32 bytes.
    #[error(
        "key {ordinal} of {from} has {bytes} bytes, at least 32 are needed\nhint: make one with `openssl rand -hex 32`"
    )]
    TooShort {
        /// The source.
        from: String,
        /// Which key in it, from 1.
        ordinal: usize,
        /// How long it is.
        bytes: usize,
    },
    /// One key id stands before two keys.
    #[error("{from} names the key id `{key_id}` twice\nhint: give each live key an id of its own")]
    Repeated {
        /// The source.
        from: String,
        /// The id.
        key_id: String,
    },
}

/// One key.
#[derive(Clone)]
struct OrganisationKey {
    id: Option<String>,
    bytes: Zeroizing<Vec<u8>>,
}

/// The live keys, the one that makes credential ids first.
///
/// Written as `KEY` or `KEY_ID:KEY` (`KEY_ID=KEY` too), several separated by commas or line ends; `KEY` is hex or base64,
/// standard or URL alphabet, padded or not. In a file, lines that begin with `#` are comments.
#[derive(Clone, Default)]
pub struct KeyRing {
    keys: Vec<OrganisationKey>,
}

/// Shows the ids only.
impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyRing").field("key_ids", &self.ids().collect::<Vec<_>>()).finish_non_exhaustive()
    }
}

impl KeyRing {
    /// A ring without keys: identities then rest on SHA-256, and weak secrets get ids good for one run.
    #[must_use]
    pub const fn none() -> Self {
        Self { keys: Vec::new() }
    }

    /// Reads the keys from `file` if one is named, else from the value of `KEYTRAWL_KEY` if it is set.
    ///
    /// # Errors
    ///
    /// Whatever makes a named source unusable; a source that is not named is no error.
    pub fn load(file: Option<&Path>, variable: Option<&str>) -> Result<Self, KeyError> {
        match (file, variable) {
            (Some(path), _) => Self::read(path),
            (None, Some(text)) => Self::parse(text, &format!("the environment variable `{VARIABLE}`")),
            (None, None) => Ok(Self::none()),
        }
    }

    /// Reads a key file.
    ///
    /// # Errors
    ///
    /// Where the file cannot be read or holds no usable key.
    pub fn read(path: &Path) -> Result<Self, KeyError> {
        let shown = path.display().to_string();
        let bytes =
            Zeroizing::new(std::fs::read(path).map_err(|cause| KeyError::Unreadable { path: shown.clone(), cause })?);
        let from = format!("key file `{shown}`");
        let text = std::str::from_utf8(&bytes).map_err(|_| KeyError::Malformed { from: from.clone(), ordinal: 1 })?;
        Self::parse(text.trim_start_matches('\u{feff}'), &from)
    }

    /// Reads keys from text; `from` names the source in errors.
    ///
    /// # Errors
    ///
    /// Where there is no key, or one is malformed, too short or named twice.
    pub fn parse(text: &str, from: &str) -> Result<Self, KeyError> {
        let mut keys: Vec<OrganisationKey> = Vec::new();
        let parts = text
            .lines()
            .map(str::trim)
            .filter(|line| !line.starts_with('#'))
            .flat_map(|line| line.split(','))
            .map(str::trim)
            .filter(|part| !part.is_empty());
        for (index, part) in parts.enumerate() {
            let ordinal = index + 1;
            let (id, encoded) = split_id(part);
            let bytes = decode(encoded).ok_or_else(|| KeyError::Malformed { from: from.to_owned(), ordinal })?;
            if bytes.len() < SHORTEST {
                return Err(KeyError::TooShort { from: from.to_owned(), ordinal, bytes: bytes.len() });
            }
            if let Some(key_id) = id.filter(|id| keys.iter().any(|key| key.id.as_deref() == Some(id))) {
                return Err(KeyError::Repeated { from: from.to_owned(), key_id: key_id.to_owned() });
            }
            keys.push(OrganisationKey { id: id.map(str::to_owned), bytes });
        }
        if keys.is_empty() { Err(KeyError::Empty { from: from.to_owned() }) } else { Ok(Self { keys }) }
    }

    /// Whether there is no key.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// How many keys are live.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// The key ids in order, `None` for a key without one.
    pub fn ids(&self) -> impl Iterator<Item = Option<&str>> {
        self.keys.iter().map(|key| key.id.as_deref())
    }

    /// `HMAC-SHA256(key, "check")` of each key in order: what an inventory header states as `key_check`.
    #[must_use]
    pub fn checks(&self) -> Vec<[u8; 32]> {
        self.keys.iter().map(|key| finish(keyed(&key.bytes).chain_update("check"))).collect()
    }

    /// Position of the key of that id.
    #[must_use]
    pub fn position(&self, key_id: &str) -> Option<usize> {
        self.keys.iter().position(|key| key.id.as_deref() == Some(key_id))
    }

    /// The keyed hash states, in order of the keys.
    pub(super) fn states(&self) -> Vec<Hmac<Sha256>> {
        self.keys.iter().map(|key| keyed(&key.bytes)).collect()
    }
}

/// A keyed hash state. The key is brought to the block size as HMAC itself prescribes, which cannot fail.
pub(super) fn keyed(key: &[u8]) -> Hmac<Sha256> {
    let mut block = Zeroizing::new([0_u8; 64]);
    if key.len() > block.len() {
        block[..32].copy_from_slice(&Sha256::digest(key));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    Hmac::new(&(*block).into())
}

/// The digest of a keyed state.
pub(super) fn finish(state: Hmac<Sha256>) -> [u8; 32] {
    state.finalize().into_bytes().into()
}

/// Splits `KEY_ID:KEY` and `KEY_ID=KEY`. `=` counts only where more than padding follows; `hex:` and `b64:` name an
/// encoding, not a key.
fn split_id(part: &str) -> (Option<&str>, &str) {
    let split = part.split_once(':').or_else(|| {
        part.split_once('=').filter(|(id, rest)| !id.is_empty() && !rest.trim_start_matches('=').is_empty())
    });
    match split {
        Some(("hex" | "b64" | "base64", rest)) => (None, rest.trim()),
        Some((id, rest)) if !id.trim().is_empty() => {
            let rest = rest.trim();
            let rest = ["hex:", "b64:", "base64:"].iter().find_map(|tag| rest.strip_prefix(tag)).unwrap_or(rest);
            (Some(id.trim()), rest)
        }
        _ => (None, part),
    }
}

/// Hex if all digits are hex, else base64.
fn decode(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let bytes = if text.len().is_multiple_of(2) && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        let nibble = |byte: u8| char::from(byte).to_digit(16).map_or(0, |digit| digit as u8);
        text.as_bytes().chunks_exact(2).map(|pair| nibble(pair[0]) << 4 | nibble(pair[1])).collect()
    } else {
        STANDARD_PAD_INDIFFERENT.decode(text).or_else(|_| URL_SAFE_PAD_INDIFFERENT.decode(text)).ok()?
    };
    Some(Zeroizing::new(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex() -> String {
        "5a".repeat(32)
    }

    #[test]
    fn one_key_in_hex_and_in_both_base64_alphabets_is_the_same_key() {
        let bytes: Vec<u8> = (0..32).map(|n| n * 8 + 3).collect();
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let spellings = [
            hex.to_uppercase(),
            STANDARD_PAD_INDIFFERENT.encode(&bytes),
            STANDARD_PAD_INDIFFERENT.encode(&bytes).trim_end_matches('=').to_owned(),
            URL_SAFE_PAD_INDIFFERENT.encode(&bytes),
            format!("2026q4:{hex}"),
            format!("2026q4={}", STANDARD_PAD_INDIFFERENT.encode(&bytes)),
            format!("b64:{}", URL_SAFE_PAD_INDIFFERENT.encode(&bytes)),
        ];
        let expected = KeyRing::parse(&hex, "test").unwrap().checks();
        for spelling in spellings {
            assert_eq!(KeyRing::parse(&spelling, "test").unwrap().checks(), expected);
        }
    }

    #[test]
    fn two_keys_may_be_live_and_are_found_by_id() {
        let text = format!("# rotation\nold:{}\nnew:{}\n", hex(), "b7".repeat(40));
        let ring = KeyRing::parse(&text, "test").unwrap();
        assert_eq!(ring.ids().collect::<Vec<_>>(), [Some("old"), Some("new")]);
        assert_eq!(ring.position("new"), Some(1));
        let commas = KeyRing::parse(&format!("old:{},new:{}", hex(), "b7".repeat(40)), "test").unwrap();
        assert_eq!(commas.checks(), ring.checks());
    }

    #[test]
    fn an_unusable_key_is_refused_by_source_and_never_quoted() {
        let short = KeyRing::parse("5a5a5a", "the test").unwrap_err().to_string();
        assert!(short.contains("key 1 of the test has 3 bytes") && short.contains("hint:") && !short.contains("5a5a"));
        let bad = KeyRing::parse(&format!("{},hunter2!", hex()), "the test").unwrap_err().to_string();
        assert!(bad.contains("key 2") && !bad.contains("hunter2"));
        assert!(matches!(KeyRing::parse(" \n# none\n", "x"), Err(KeyError::Empty { .. })));
        assert!(matches!(KeyRing::parse(&format!("a:{0},a:{0}", hex()), "x"), Err(KeyError::Repeated { .. })));
        assert!(matches!(KeyRing::read(Path::new("/nonexistent/key")), Err(KeyError::Unreadable { .. })));
    }

    #[test]
    fn debug_output_does_not_show_a_key() {
        let ring = KeyRing::parse(&format!("q:{}", hex()), "test").unwrap();
        let shown = format!("{ring:?}");
        assert!(shown.contains('q') && !shown.contains("5a") && !shown.contains("90"));
    }

    #[test]
    fn the_keyed_hash_is_hmac_sha256() {
        // RFC 4231, test cases 2 (short key) and 6 (key longer than a block).
        let case = |key: &[u8], data: &str| {
            finish(keyed(key).chain_update(data)).iter().map(|b| format!("{b:02x}")).collect::<String>()
        };
        assert!(case(b"Jefe", "what do ya want for nothing?").starts_with("5bdcc146bf60754e6a042426089575c7"));
        let long = case(&[0xaa; 131], "Test Using Larger Than Block-Size Key - Hash Key First");
        assert!(long.starts_with("60e431591ee0b67f0d8a26aacbf5b77f"));
    }
}
