//! Applies git's deltas: instructions that copy from a base or insert bytes of their own.

use std::ops::Range;

/// The sizes that a delta begins with: of its base and of what it makes.
#[must_use]
pub fn sizes(delta: &[u8]) -> Option<(u64, u64, usize)> {
    let (base, read) = size(delta)?;
    let (made, more) = size(delta.get(read..)?)?;
    Some((base, made, read + more))
}

/// Replaces what is in `into` with what `delta` makes of `base`; at most `most` bytes. `None` where the delta is damaged,
/// belongs to another base or makes more.
#[must_use]
pub fn apply(base: &[u8], delta: &[u8], most: u64, into: &mut Vec<u8>) -> Option<()> {
    apply_telling(base, delta, most, into, &mut Difference::default())
}

/// How what a delta makes differs from its base.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Difference {
    /// What was inserted, and as empty ranges the places where two pieces of the base meet that did not stand so in it, its
    /// end included; in order.
    pub fresh: Vec<Range<usize>>,
    /// What was taken over, in order.
    pub copies: Vec<Copied>,
}

impl Difference {
    /// Whether a text of `len` bytes begins as its base does, and whether it ends so.
    #[must_use]
    pub fn ends(&self, len: usize) -> (bool, bool) {
        let begins = self.copies.first().is_some_and(|first| first.from == 0 && first.to == 0);
        let goes_on = self.copies.last().is_some_and(|last| last.to + last.len == len);
        (begins, goes_on && self.fresh.last().is_none_or(|last| last.end < len))
    }
}

/// A piece that was taken over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Copied {
    /// Where it stands in the base.
    pub from: usize,
    /// Where it stands now.
    pub to: usize,
    /// Its length.
    pub len: usize,
}

/// Like [`apply`], and says how the result differs from the base.
#[must_use]
pub fn apply_telling(
    base: &[u8],
    delta: &[u8],
    most: u64,
    into: &mut Vec<u8>,
    difference: &mut Difference,
) -> Option<()> {
    let Difference { fresh, copies } = difference;
    fresh.clear();
    copies.clear();
    // Where the base went on after the last piece.
    let mut went_on = Some(0);
    let (from, made, mut at) = sizes(delta)?;
    if from != base.len() as u64 || made > most {
        return None;
    }
    let made = usize::try_from(made).ok()?;
    into.clear();
    into.reserve(made);
    while let Some(&op) = delta.get(at) {
        at += 1;
        let piece = if op & 0x80 == 0 {
            // Zero is reserved.
            let piece = delta.get(at..at + usize::from(op)).filter(|_| op != 0)?;
            at += piece.len();
            match fresh.last_mut().filter(|last| last.end == into.len()) {
                Some(last) => last.end += piece.len(),
                None => fresh.push(into.len()..into.len() + piece.len()),
            }
            went_on = None;
            piece
        } else {
            let (mut start, mut len) = (0, 0);
            for bit in 0..4 {
                if op & 1 << bit != 0 {
                    start |= usize::from(*delta.get(at)?) << (8 * bit);
                    at += 1;
                }
            }
            for bit in 0..3 {
                if op & 0x10 << bit != 0 {
                    len |= usize::from(*delta.get(at)?) << (8 * bit);
                    at += 1;
                }
            }
            let len = if len == 0 { 0x10000 } else { len };
            if went_on != Some(start) && fresh.last().is_none_or(|last| last.end != into.len()) {
                fresh.push(into.len()..into.len());
            }
            match copies.last_mut().filter(|last| last.to + last.len == into.len() && last.from + last.len == start) {
                Some(last) => last.len += len,
                None => copies.push(Copied { from: start, to: into.len(), len }),
            }
            went_on = Some(start + len);
            base.get(start..start + len)?
        };
        if piece.len() > made - into.len() {
            return None;
        }
        into.extend_from_slice(piece);
    }
    if went_on.is_some_and(|end| end != base.len()) {
        fresh.push(made..made);
    }
    (into.len() == made).then_some(())
}

/// A little-endian number of seven bits a byte.
fn size(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut value = 0u64;
    for (at, byte) in bytes.iter().take(9).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return Some((value, at + 1));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delta_copies_and_inserts() {
        let mut out = Vec::new();
        // 10 bytes in, 7 out: copy 4 from 2, insert `xyz`.
        let delta = [10, 7, 0x91, 2, 4, 3, b'x', b'y', b'z'];
        assert_eq!(apply(b"0123456789", &delta, 100, &mut out), Some(()));
        assert_eq!(out, b"2345xyz");
        assert_eq!(apply(b"0123456789", &delta, 6, &mut out), None, "more than is allowed");
        assert_eq!(apply(b"012345678", &delta, 100, &mut out), None, "another base");
        assert_eq!(apply(b"0123456789", &delta[..8], 100, &mut out), None, "cut off");
    }

    #[test]
    fn what_is_new_is_told() {
        let mut out = Vec::new();
        let mut told = Difference::default();
        // Copy 4 from 0, insert `xy`, copy 6 from 4: only the insertion is new.
        let delta = [10, 12, 0x90, 4, 2, b'x', b'y', 0x91, 4, 6];
        assert_eq!(apply_telling(b"0123456789", &delta, 100, &mut out, &mut told), Some(()));
        assert_eq!(&out[..], b"0123xy456789");
        assert_eq!((told.fresh.len(), told.fresh.first()), (1, Some(&(4..6))));
        assert_eq!(told.copies, [Copied { from: 0, to: 0, len: 4 }, Copied { from: 4, to: 6, len: 6 }]);
        // Copy 4 from 0, copy 2 from 6: something was taken out, and the end is gone.
        let delta = [10, 6, 0x90, 4, 0x91, 6, 2];
        assert_eq!(apply_telling(b"0123456789", &delta, 100, &mut out, &mut told), Some(()));
        assert_eq!((&out[..], &told.fresh[..]), (&b"012367"[..], &[4..4, 6..6][..]));
        assert_eq!(told.ends(6), (true, false));
        // Copy 2 from 8: the beginning is gone.
        let delta = [10, 2, 0x91, 8, 2];
        assert_eq!(apply_telling(b"0123456789", &delta, 100, &mut out, &mut told), Some(()));
        assert_eq!(told.ends(2), (false, true));
    }

    #[test]
    fn a_delta_that_makes_more_than_it_says_or_reads_outside_is_refused() {
        let mut out = Vec::new();
        assert_eq!(apply(b"0123456789", &[10, 3, 0x91, 2, 4], 100, &mut out), None);
        assert_eq!(apply(b"0123456789", &[10, 4, 0x91, 8, 4], 100, &mut out), None);
        assert_eq!(apply(b"0123456789", &[10, 1, 0], 100, &mut out), None);
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(base in proptest::collection::vec(0u8.., 0..40), delta in proptest::collection::vec(0u8.., 0..60)) {
            let mut out = Vec::new();
            let _ = apply(&base, &delta, 1000, &mut out);
            let whole = [&[base.len() as u8, 30], &delta[..]].concat();
            let _ = apply(&base, &whole, 1000, &mut out);
            proptest::prop_assert!(out.len() <= 1000);
        }
    }
}
