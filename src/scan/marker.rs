//! Markers beside a credential (`keytrawl:allow EX-2026-014`): they refer to an exception of the policy and grant nothing.

use crate::coverage::{Notice, NoticeKind};

use super::Occurrence;

/// What a marker begins with.
const MARKER: &[u8] = b"keytrawl:allow";

/// Markers looked at in one artifact.
const MOST: usize = 64;

/// A notice for each marker on the line of a credential or on the line before it; its message is the id alone, which
/// whoever has the policy puts into words. `line` gives the line of an offset.
pub(super) fn notices(path: &str, text: &[u8], occurrences: &[Occurrence], line: impl Fn(usize) -> u32) -> Vec<Notice> {
    if occurrences.is_empty() {
        return Vec::new();
    }
    let mut found = Vec::new();
    for at in memchr::memmem::find_iter(text, MARKER).take(MOST) {
        let id = id(text.get(at + MARKER.len()..).unwrap_or_default());
        let line = line(at);
        let beside = occurrences.iter().any(|occurrence| {
            let region = &occurrence.location.region;
            (region.start_line.saturating_sub(1)..=region.end_line).contains(&line)
        });
        if let Some(id) = id.filter(|_| beside) {
            found.push(Notice {
                kind: NoticeKind::ExceptionMarker,
                path: Some(path.to_owned()),
                line: Some(line),
                message: id,
                hint: None,
            });
        }
    }
    found
}

/// The id behind a marker: letters, digits, `-`, `_` and `.`, as far as an id may reach.
fn id(behind: &[u8]) -> Option<String> {
    const LONGEST: usize = 64;
    let start = behind.iter().position(|byte| *byte != b' ' && *byte != b'\t' && *byte != b':')?;
    let is_id = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let text: Vec<u8> = behind.get(start..)?.iter().copied().take_while(is_id).take(LONGEST).collect();
    String::from_utf8(text).ok().filter(|id| !id.is_empty())
}

#[cfg(test)]
mod tests {
    use super::id;

    #[test]
    fn the_id_is_the_word_behind_the_marker() {
        assert_eq!(id(b" EX-2026-014 because").as_deref(), Some("EX-2026-014"));
        assert_eq!(id(b": EX-1*/").as_deref(), Some("EX-1"));
        assert_eq!(id(b"\n"), None);
        assert_eq!(id(b""), None);
    }
}
