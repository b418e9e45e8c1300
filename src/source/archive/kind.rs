//! Tells archives by their first bytes, never by their name.

/// A kind of archive or compressed file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Zip and all that is one inside: jar, whl, docx, xlsx, nupkg, vsix, mcpb, dxt, crx, pex.
    Zip,
    /// Tar: v7, ustar, GNU and POSIX.
    Tar,
    /// Gzip.
    Gzip,
    /// Zstandard.
    Zstd,
    /// XZ.
    Xz,
    /// Bzip2.
    Bzip2,
}

/// Bytes at the end of a file that [`recognise`] looks at.
pub const TAIL: usize = 22;

/// Bytes at the beginning of a file that [`recognise`] looks at.
pub(super) const HEAD: usize = BLOCK;

const BLOCK: usize = 512;

/// What kind of archive begins with `head` and ends with `tail` ([`TAIL`] bytes, or nothing where the end is not known).
///
/// Costs a few comparisons where it is none, as nearly always. A zip behind other bytes (a browser extension, a Python
/// executable) is told by its end.
#[must_use]
pub fn recognise(head: &[u8], tail: &[u8]) -> Option<Kind> {
    match head {
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] | [b'P', b'K', 7, 8, b'P', b'K', 3, 4, ..] => Some(Kind::Zip),
        [0x1f, 0x8b, 8, flags, ..] if flags & 0xe0 == 0 => Some(Kind::Gzip),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Kind::Zstd),
        // A frame for the user's own data may stand before those with content.
        [low, 0x2a, 0x4d, 0x18, ..] if low & 0xf0 == 0x50 => Some(Kind::Zstd),
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Some(Kind::Xz),
        [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, 0x59, 0x26, 0x53, 0x59, ..] => Some(Kind::Bzip2),
        _ if is_tar(head) => Some(Kind::Tar),
        _ if tail.len() == TAIL && tail.starts_with(b"PK\x05\x06") => Some(Kind::Zip),
        _ => None,
    }
}

/// What stands in a gzip file before and behind the time in its header, which says nothing of what it holds. `None` for any
/// other file.
#[must_use]
pub fn timeless(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    match bytes {
        // A header with a checksum of its own is damaged by another time.
        [0x1f, 0x8b, 8, flags, _, _, _, _, rest @ ..] if flags & 0xe2 == 0 => Some((&bytes[..4], rest)),
        _ => None,
    }
}

/// The name of an archive format that is known and not opened, by how it begins.
#[must_use]
pub fn unopened(head: &[u8]) -> Option<&'static str> {
    const FORMATS: &[(&[u8], &str)] = &[
        (b"7z\xbc\xaf\x27\x1c", "7z"),
        (b"Rar!\x1a\x07", "RAR"),
        (b"\x04\x22\x4d\x18", "LZ4"),
        (b"LZIP\x01", "lzip"),
        (b"MSCF\0\0\0\0", "cabinet"),
        (b"!<arch>\ndebian-binary", "Debian package"),
        (b"\xed\xab\xee\xdb", "RPM package"),
        (b"xar!\0\x1c", "xar"),
        (b"hsqs", "SquashFS"),
        (b"\x1f\x9d\x90", "compress"),
        (b"ArC\x01", "FreeArc"),
    ];
    FORMATS.iter().find(|(begin, _)| head.starts_with(begin)).map(|(_, name)| *name)
}

/// Whether the first block is the header of a tar member: its own checksum says so.
fn is_tar(head: &[u8]) -> bool {
    let Some(block) = head.get(..BLOCK) else { return false };
    // Old tars have no magic; their mode ends with a blank or NUL, and what follows a checksum is one too.
    let ends = |at: usize| matches!(block[at], 0 | b' ');
    block[0] != 0 && (ends(107) || ends(106)) && (ends(154) || ends(155)) && checksum_fits(block)
}

/// Whether the checksum of a tar header is that of its bytes, added up as unsigned or, by old programs, as signed.
pub(super) fn checksum_fits(block: &[u8]) -> bool {
    let Some(stated) = block.get(148..156).and_then(octal) else { return false };
    let blanked = |(at, byte): (usize, &u8)| if (148..156).contains(&at) { b' ' } else { *byte };
    let unsigned: u64 = block.iter().enumerate().map(blanked).map(u64::from).sum();
    let signed: i64 = block.iter().enumerate().map(blanked).map(|byte| i64::from(byte.cast_signed())).sum();
    stated == unsigned || i64::try_from(stated) == Ok(signed)
}

/// A number in octal digits, as tar writes it: blanks before, a blank or NUL behind.
pub(super) fn octal(field: &[u8]) -> Option<u64> {
    let text = field.trim_ascii_start();
    let digits = text.iter().take_while(|byte| matches!(byte, b'0'..=b'7')).count();
    let behind = text.get(digits).copied().unwrap_or(0);
    if digits == 0 || !matches!(behind, 0 | b' ') {
        return None;
    }
    text[..digits].iter().try_fold(0u64, |value, digit| value.checked_mul(8)?.checked_add(u64::from(digit - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_begins_like_an_archive_is_none() {
        for text in ["BZh9 is how bzip2 begins", "PKWARE", "7zXZ", "", "P"] {
            assert_eq!(recognise(text.as_bytes(), b""), None, "{text}");
        }
        let prose = "0000644 \0".repeat(100);
        assert_eq!(recognise(prose.as_bytes(), b""), None);
    }

    #[test]
    fn archives_that_are_not_opened_have_a_name() {
        for (head, name) in [(&b"7z\xbc\xaf\x27\x1c\0\x04"[..], "7z"), (b"Rar!\x1a\x07\x01\0", "RAR")] {
            assert_eq!((unopened(head), recognise(head, b"")), (Some(name), None));
        }
        for text in ["7z is a program", "Rar!", "hsq", "!<arch>\nfoo.o/"] {
            assert_eq!(unopened(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn octal_numbers_end_as_tar_writes_them() {
        assert_eq!(octal(b"0000644\0"), Some(0o644));
        assert_eq!(octal(b"  12 \0xx"), Some(0o12));
        assert_eq!(octal(b"77777777777777777777777\0"), None);
        assert_eq!((octal(b"12x"), octal(b"\0\0")), (None, None));
    }
}
