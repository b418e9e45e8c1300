//! The name of a git object: a SHA-1 or a SHA-256.

use std::fmt;
use std::hash::{Hash, Hasher};

/// Bytes of the longer of the two.
const LONGEST: usize = 32;

/// The name of an object.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Id {
    bytes: [u8; LONGEST],
    len: u8,
}

impl Id {
    /// A name of 20 or 32 bytes.
    #[must_use]
    pub fn from_bytes(name: &[u8]) -> Option<Self> {
        if !matches!(name.len(), 20 | LONGEST) {
            return None;
        }
        let mut bytes = [0; LONGEST];
        bytes[..name.len()].copy_from_slice(name);
        Some(Self { bytes, len: name.len() as u8 })
    }

    /// A name of 40 or 64 hex digits.
    #[must_use]
    pub fn from_hex(digits: &[u8]) -> Option<Self> {
        let mut bytes = [0; LONGEST];
        if !matches!(digits.len(), 40 | 64) {
            return None;
        }
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            let high = char::from(pair[0]).to_digit(16)?;
            let low = char::from(pair[1]).to_digit(16)?;
            *byte = (high << 4 | low) as u8;
        }
        Some(Self { bytes, len: (digits.len() / 2) as u8 })
    }

    /// The bytes: 20 or 32 of them.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }

    /// Whether it is all zeros, which names nothing.
    #[must_use]
    pub fn is_null(&self) -> bool {
        self.bytes.iter().all(|byte| *byte == 0)
    }
}

/// By the first eight bytes: a name is a hash already.
impl Hash for Id {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let [a, b, c, d, e, f, g, h, ..] = self.bytes;
        state.write_u64(u64::from_ne_bytes([a, b, c, d, e, f, g, h]));
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_bytes().iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_forty_or_sixty_four_digits_and_is_written_as_it_was_read() {
        for digits in ["0123456789abcdef0123456789abcdef01234567", &"ab".repeat(32)] {
            let id = Id::from_hex(digits.as_bytes()).expect("a name");
            assert_eq!(id.to_string(), digits);
            assert_eq!(Id::from_bytes(id.as_bytes()), Some(id));
        }
        assert_eq!(Id::from_hex(b"abc"), None);
        assert_eq!(Id::from_hex(&[b'g'; 40]), None);
        assert!(Id::from_bytes(&[0; 20]).is_some_and(|id| id.is_null()));
    }
}
