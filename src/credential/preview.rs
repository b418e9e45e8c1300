//! What may be shown of a secret: its public prefix, its last four characters if enough stays hidden, its length.

use std::fmt;

use super::disclosure::Disclosure;
use crate::detector::Anatomy;

/// Longest public prefix that is shown; a longer one adds nothing that tells credentials apart.
const LONGEST_PREFIX: usize = 32;

/// A string that shows a secret without giving it away: `ghp_…Zq1x (40)`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Preview(pub(super) String);

impl Preview {
    /// The preview of a secret: public prefix, `…`, the last four characters if what stays hidden is at least 80 bits,
    /// then the length in characters (bytes, where it is not UTF-8).
    ///
    /// A prefix is cut at the first character that is not visible ASCII. A PEM block shows its label and no tail.
    #[must_use]
    pub fn of(secret: &[u8], public: Anatomy, bits: u32) -> Self {
        let head = secret.get(..public.prefix.min(secret.len())).unwrap_or_default();
        let visible = head.iter().take_while(|byte| byte.is_ascii_graphic() || **byte == b' ').take(LONGEST_PREFIX);
        let prefix: String = visible.map(|&byte| char::from(byte)).collect();
        let tail = Disclosure::of(secret, public, bits).and_then(|d| d.reveal(0, 4)).map_or("", |(_, tail)| tail);
        let length = std::str::from_utf8(secret).map_or(secret.len(), |text| text.chars().count());
        Self(format!("{}…{tail} ({length})", prefix.trim_end()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Preview {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn anatomy(prefix: usize, suffix: usize) -> Anatomy {
        Anatomy { prefix, suffix }
    }

    #[test]
    fn a_strong_token_shows_prefix_last_four_and_length() {
        let secret = format!("ghp_{}Zq1x", "k".repeat(32));
        assert_eq!(Preview::of(secret.as_bytes(), anatomy(4, 0), 178).as_str(), "ghp_…Zq1x (40)");
    }

    #[test]
    fn a_weak_secret_shows_only_its_length() {
        assert_eq!(Preview::of(b"hunter2", anatomy(0, 0), 20).as_str(), "… (7)");
        let barely = "abcdefghijklmnopqrst";
        assert_eq!(Preview::of(barely.as_bytes(), anatomy(0, 0), 94).as_str(), "… (20)");
        assert_eq!(Preview::of(barely.as_bytes(), anatomy(0, 0), 100).as_str(), "…qrst (20)");
    }

    #[test]
    fn a_public_tail_reveals_nothing_and_is_not_counted() {
        let secret = format!("sk-ant-api03-{}xyAA", "k".repeat(91));
        assert_eq!(Preview::of(secret.as_bytes(), anatomy(13, 2), 82).as_str(), "sk-ant-api03-…xyAA (108)");
    }

    #[test]
    fn a_key_block_shows_its_label_and_nothing_of_its_body() {
        let label = "-----BEGIN PRIVATE KEY-----";
        let secret = format!("{label}\n{}\n-----END PRIVATE KEY-----", "body".repeat(20));
        let shown = Preview::of(secret.as_bytes(), anatomy(label.len(), 25), 256);
        assert_eq!(shown.as_str(), format!("{label}… ({})", secret.len()));
    }

    #[test]
    fn bytes_that_are_no_text_are_never_shown() {
        assert_eq!(Preview::of(b"\xff\x00\x1b[31m", anatomy(3, 0), 400).as_str(), "… (7)");
        assert_eq!(Preview::of("pässwörd".as_bytes(), anatomy(2, 9), 400).as_str(), "p… (8)");
    }

    proptest! {
        #[test]
        fn a_preview_never_holds_control_characters_or_more_than_prefix_and_four(
            secret in proptest::collection::vec(any::<u8>(), 0..200), prefix in 0usize..300, suffix in 0usize..300, bits in 0u32..900
        ) {
            let shown = Preview::of(&secret, anatomy(prefix, suffix), bits);
            prop_assert!(!shown.as_str().chars().any(char::is_control));
            let length = shown.as_str().rsplit(" (").next().unwrap().len() + 2;
            prop_assert!(shown.as_str().chars().count() <= prefix.min(LONGEST_PREFIX) + 1 + 4 + length);
        }
    }
}
