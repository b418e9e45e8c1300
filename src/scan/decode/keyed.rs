//! The value of a secret name as it is meant: without the escapes, the base64 or the digits it is written in.

use std::ops::Range;

use super::joint::joined;
use crate::span::{Text, decode};

/// How often a value is encoded.
const LAYERS: usize = 4;
/// Fewest hexadecimal digits that are taken for text.
const HEXADECIMAL: usize = 32;

/// What a value means where it does not read so; `None` where it is written as it reads.
pub(in crate::scan) fn keyed(text: &[u8], name: &Range<usize>, value: &Range<usize>) -> Option<Text<'static>> {
    let bytes = text.get(value.clone())?;
    if matches!(text.get(value.end), Some(b'"' | b'\''))
        && let Some(whole) = joined(text, value.start)
        && whole.span().end > value.end
    {
        return Some(whole);
    }
    let raw = Text::verbatim(std::str::from_utf8(bytes).ok()?, value.start);
    let mut found = None;
    if memchr::memchr(b'\\', bytes).is_some() {
        found = raw.through(decode::escapes);
    } else if memchr::memchr(b'&', bytes).is_some() {
        found = raw.through(decode::entities);
    } else if memchr::memchr(b'%', bytes).is_some()
        && matches!(name.start.checked_sub(1).and_then(|at| text.get(at)), Some(b'?' | b'&' | b';'))
    {
        found = raw.through(|text| decode::percent(text, false));
    }
    meant(found.as_ref().unwrap_or(&raw)).or(found)
}

/// What a value means that is written in base64 or hexadecimal digits, through several layers of them.
pub(in crate::scan) fn meant(value: &Text<'_>) -> Option<Text<'static>> {
    let mut found = encoded(value)?;
    for _ in 1..LAYERS {
        match encoded(&found) {
            Some(inner) => found = inner,
            None => break,
        }
    }
    Some(found)
}

/// What base64 or hexadecimal digits read, where that is one word.
fn encoded(text: &Text<'_>) -> Option<Text<'static>> {
    let written = text.as_str();
    let plain = |decoded: Option<Text<'static>>| {
        let decoded = decoded?;
        // `echo` ends what it encodes with a line end.
        let word = decoded.as_str().trim_end_matches(['\n', '\r']).len();
        let word = decoded.slice(0..word)?;
        (word.as_str().len() >= 8 && word.as_str().bytes().all(|byte| byte.is_ascii_graphic())).then_some(word)
    };
    if written.len() >= HEXADECIMAL && written.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return plain(text.through(decode::hexadecimal));
    }
    plain(text.through(decode::base64))
}

#[cfg(test)]
mod tests {
    use ::base64::Engine;
    use ::base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

    use super::*;

    fn meant(text: &str) -> Option<String> {
        let colon = text.find([':', '='])?;
        let value =
            text.len() - text[colon + 1..].trim_start_matches([' ', '"']).len()..text.trim_end_matches('"').len();
        keyed(text.as_bytes(), &(1..colon), &value).map(|it| it.as_str().to_owned())
    }

    #[test]
    fn values_are_read_as_they_are_meant() {
        let word = "w0rd/with~punctuation";
        let hex: String = word.bytes().map(|byte| format!("{byte:02x}")).collect();
        for text in [
            format!(" key: {}", STANDARD.encode(word)),
            format!(" key: {}", STANDARD.encode(format!("{word}\n"))),
            format!(" key: {}", URL_SAFE_NO_PAD.encode(word)),
            format!(" key: {}", STANDARD.encode(STANDARD.encode(word))),
            format!(" key: {hex}"),
            " key: \"w0rd\\/with~punctuation\"".to_owned(),
            "?key=w0rd%2Fwith%7epunctuation".to_owned(),
        ] {
            assert_eq!(meant(&text).as_deref(), Some(word), "{text}");
        }
        for text in [" key: 0123456789abcdef0123456789abcdef", " key: abcdefgh", " key: correct-horse"] {
            assert_eq!(meant(text), None, "{text}");
        }
    }
}
