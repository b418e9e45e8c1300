//! How much of a secret may be shown or kept in the clear: the one place where the 80-bit rule is arithmetic.

use crate::detector::Anatomy;

/// Bits that must stay hidden before any variable character may be kept or shown, and the strength from which a plain
/// hash of a secret does not give it away.
pub const HIDDEN_FLOOR: u32 = 80;

/// A secret in characters, with its public head and tail: what a preview or hint may be cut from.
pub(super) struct Disclosure<'a> {
    text: &'a str,
    bits: u32,
    /// Bytes of public head and tail.
    public: Anatomy,
    /// Characters that are not public.
    variable: usize,
}

impl<'a> Disclosure<'a> {
    /// `None` where the secret is not text of visible ASCII: then nothing of it can be cut out and shown safely.
    pub(super) fn of(secret: &'a [u8], public: Anatomy, bits: u32) -> Option<Self> {
        let text = std::str::from_utf8(secret).ok()?;
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return None;
        }
        let prefix = public.prefix.min(text.len());
        let suffix = public.suffix.min(text.len() - prefix);
        let variable = text.len() - prefix - suffix;
        Some(Self { text, bits, public: Anatomy { prefix, suffix }, variable })
    }

    /// Public head and tail, no longer than the secret.
    pub(super) const fn public(&self) -> Anatomy {
        Anatomy { prefix: self.public.prefix, suffix: self.public.suffix }
    }

    /// The head with `variable` characters behind the public prefix, and the last `tail` characters, if together they
    /// leave at least [`HIDDEN_FLOOR`] bits hidden.
    pub(super) fn reveal(&self, variable: usize, tail: usize) -> Option<(&'a str, &'a str)> {
        let shown = variable + tail.saturating_sub(self.public.suffix);
        let hidden = self.variable.checked_sub(shown)?;
        // Strength is taken to be spread evenly over the variable characters.
        let left = u64::from(self.bits) * hidden as u64 / self.variable.max(1) as u64;
        if left < u64::from(HIDDEN_FLOOR) {
            return None;
        }
        let head = self.text.get(..self.public.prefix + variable)?;
        let tail = self.text.get(self.text.len().checked_sub(tail)?..)?;
        Some((head, tail))
    }
}
