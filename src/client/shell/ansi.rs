//! The escapes of C that shells write inside `$'…'` and fish outside of quotes: letters, octal, hexadecimal, Unicode, control.

/// What an escape stands for.
pub(super) enum Escaped {
    /// One byte, which may be part of a character.
    Byte(u8),
    /// A character.
    Char(char),
    /// Nothing that is known: the backslash stands for itself.
    Unknown,
}

/// The escape whose backslash is the first byte, and its length.
pub(super) fn escape(bytes: &[u8]) -> (Escaped, usize) {
    let Some(&letter) = bytes.get(1) else { return (Escaped::Unknown, 1) };
    let simple = match letter {
        b'n' => b'\n',
        b't' => b'\t',
        b'r' => b'\r',
        b'a' => 7,
        b'b' => 8,
        b'e' | b'E' => 27,
        b'f' => 12,
        b'v' => 11,
        b'\\' | b'\'' | b'"' | b'?' | b'$' | b'`' | b' ' => letter,
        b'x' => return byte(bytes, 2, 2, 16),
        b'0'..=b'7' => return byte(bytes, 1, 3, 8),
        b'u' => return character(bytes, 4),
        b'U' => return character(bytes, 8),
        b'c' => return control(bytes, 2),
        // zsh writes `\C-x` for a control character and `\M-x` for one beyond ASCII.
        b'C' if bytes.get(2) == Some(&b'-') => return control(bytes, 3),
        b'M' if bytes.get(2) == Some(&b'-') => {
            return match bytes.get(3) {
                Some(b'\\') => match escape(bytes.get(3..).unwrap_or_default()) {
                    (Escaped::Byte(low), length) => (Escaped::Byte(low | 0x80), length + 3),
                    (Escaped::Char(_) | Escaped::Unknown, _) => (Escaped::Unknown, 1),
                },
                Some(low) if low.is_ascii() => (Escaped::Byte(low | 0x80), 4),
                _ => (Escaped::Unknown, 1),
            };
        }
        _ => return (Escaped::Unknown, 1),
    };
    (Escaped::Byte(simple), 2)
}

fn digits(bytes: &[u8], from: usize, most: usize, radix: u32) -> (u32, usize) {
    let digits = bytes.get(from..).unwrap_or_default().iter().take(most);
    digits
        .map_while(|byte| char::from(*byte).to_digit(radix))
        .fold((0, 0), |(value, count), digit| (value * radix + digit, count + 1))
}

fn byte(bytes: &[u8], from: usize, most: usize, radix: u32) -> (Escaped, usize) {
    match digits(bytes, from, most, radix) {
        (_, 0) => (Escaped::Unknown, 1),
        (value, count) => (Escaped::Byte((value & 0xff) as u8), from + count),
    }
}

fn character(bytes: &[u8], most: usize) -> (Escaped, usize) {
    let (value, count) = match most {
        // Eight digits may be more than fits.
        8 => match digits(bytes, 2, 6, 16) {
            (0, 6) => {
                let (value, count) = digits(bytes, 8, 2, 16);
                (value, 6 + count)
            }
            (value, 6) => {
                let (low, count) = digits(bytes, 8, 2, 16);
                (value.checked_shl(4 * count as u32).unwrap_or(u32::MAX) | low, 6 + count)
            }
            other => other,
        },
        most => digits(bytes, 2, most, 16),
    };
    match char::from_u32(value).filter(|_| count > 0) {
        Some(found) => (Escaped::Char(found), 2 + count),
        None => (Escaped::Unknown, 1),
    }
}

fn control(bytes: &[u8], at: usize) -> (Escaped, usize) {
    match bytes.get(at) {
        Some(b'?') => (Escaped::Byte(127), at + 1),
        Some(letter) if letter.is_ascii_graphic() => (Escaped::Byte(letter & 0x1f), at + 1),
        _ => (Escaped::Unknown, 1),
    }
}
