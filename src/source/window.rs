//! Where a file that is too large to hold at once is cut into windows.

use super::encoding::Encoding;

/// Bytes that two neighbouring windows share at least, so that what stands across a cut is whole in one of them.
pub const OVERLAP: usize = 64 << 10;
/// Smallest window, in bytes.
pub const SMALLEST: usize = 1 << 20;

/// Length of the part of `filled` that is scanned as one window, `filled` not being the end of the file.
///
/// The cut is behind the last line end of the last [`OVERLAP`] bytes, else behind the last byte there that no credential
/// holds, so that no credential is seen shortened; else at the end.
#[must_use]
pub fn cut(filled: &[u8], encoding: Encoding) -> usize {
    boundary(filled, filled.len().saturating_sub(OVERLAP), encoding)
}

/// Where the next window begins in a window that was cut: at least [`OVERLAP`] bytes before its end, if possible at the
/// beginning of a line. Never 0, so that windows always move on.
#[must_use]
pub fn resume(window: &[u8], encoding: Encoding) -> usize {
    let latest = window.len().saturating_sub(OVERLAP);
    let earliest = latest.saturating_sub(OVERLAP);
    let mut next = boundary(&window[..latest], earliest, encoding).max(encoding.width());
    // Not within a character, or its parts would count as columns in one window and not in the other.
    for _ in 0..3 {
        let within = encoding == Encoding::Bytes && window.get(next).is_some_and(|byte| byte & 0xc0 == 0x80);
        next -= usize::from(within && next > 1);
    }
    next
}

/// Whether the first window of a file begins with a byte order mark, which is no column.
#[must_use]
pub fn has_mark(window: &[u8]) -> bool {
    [&b"\xef\xbb\xbf"[..], b"\xff\xfe", b"\xfe\xff"].iter().any(|mark| window.starts_with(mark))
}

fn boundary(bytes: &[u8], earliest: usize, encoding: Encoding) -> usize {
    let width = encoding.width();
    let whole = bytes.len() / width * width;
    let tail = &bytes[earliest.min(whole) / width * width..whole];
    let start = whole - tail.len();
    let last = |ends: fn(u8) -> bool| match encoding {
        Encoding::Bytes => tail.iter().rposition(|byte| ends(*byte)).map(|at| start + at + 1),
        wide => {
            let low = usize::from(wide == Encoding::Utf16Be);
            let (units, _) = tail.as_chunks::<2>();
            units.iter().rposition(|unit| unit[1 - low] == 0 && ends(unit[low])).map(|at| start + (at + 1) * 2)
        }
    };
    last(|byte| byte == b'\n').or_else(|| last(stands_between)).unwrap_or(whole)
}

/// Whether a byte stands between words of any text and in no credential.
const fn stands_between(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b',' | b'"' | b'\'' | b'<' | b'>' | b'{' | b'}' | b'[' | b']')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_cut_behind_a_line_or_else_between_words() {
        let mut bytes = vec![b'x'; SMALLEST];
        assert_eq!(cut(&bytes, Encoding::Bytes), SMALLEST);
        bytes[SMALLEST - 10] = b' ';
        assert_eq!(cut(&bytes, Encoding::Bytes), SMALLEST - 9);
        bytes[SMALLEST - 500] = b'\n';
        assert_eq!(cut(&bytes, Encoding::Bytes), SMALLEST - 499);
    }

    #[test]
    fn the_next_window_shares_the_overlap_and_begins_a_line() {
        let mut bytes = vec![b'x'; SMALLEST];
        bytes[SMALLEST - OVERLAP - 7] = b'\n';
        bytes[SMALLEST - 3] = b'\n';
        assert_eq!(resume(&bytes, Encoding::Bytes), SMALLEST - OVERLAP - 6);
    }

    #[test]
    fn utf_16_is_cut_between_units() {
        let bytes: Vec<u8> = "x\n".repeat(SMALLEST / 4).encode_utf16().flat_map(u16::to_le_bytes).collect();
        let end = cut(&bytes[..bytes.len() - 1], Encoding::Utf16Le);
        assert_eq!((end % 4, end > bytes.len() - 8), (0, true));
        assert_eq!(resume(&bytes[..end], Encoding::Utf16Le) % 4, 0);
    }
}
