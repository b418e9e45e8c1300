//! Applies git's deltas: instructions that copy from a base or insert bytes of their own.

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
            base.get(start..start + if len == 0 { 0x10000 } else { len })?
        };
        if piece.len() > made - into.len() {
            return None;
        }
        into.extend_from_slice(piece);
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
