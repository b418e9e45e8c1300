//! Where a finding stands, as SARIF says it: percent-encoded URIs relative to a named root, never an absolute path.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_sarif::sarif::{ArtifactLocation, Location, Message, PhysicalLocation, Region as SarifRegion};

use crate::report::{Region, escape};

/// Root of everything scanned.
pub(super) const SRCROOT: &str = "SRCROOT";
/// A home directory, for paths that begin with `~/`.
pub(super) const HOME: &str = "HOME";

/// Everything but RFC 3986's unreserved characters and a few that no consumer mistakes for syntax. `:` is encoded, so
/// that no file name looks like a scheme or a drive.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'!')
    .remove(b'@')
    .remove(b'+')
    .remove(b',')
    .remove(b'=');

/// A reported path as a URI reference. Dot segments are resolved and never lead out of the root; of an absolute path,
/// which has no business in a report, only the name is kept.
pub(super) fn artifact(path: &str) -> ArtifactLocation {
    let (base, path) = match path.strip_prefix("~/") {
        Some(rest) => (HOME, rest),
        None => (SRCROOT, path),
    };
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => _ = segments.pop(),
            name => segments.push(name),
        }
    }
    if is_absolute(path) {
        segments = segments.pop().into_iter().collect();
    }
    let encoded: Vec<String> = segments.iter().map(|segment| utf8_percent_encode(segment, KEPT).to_string()).collect();
    let uri = if encoded.is_empty() { ".".to_owned() } else { encoded.join("/") };
    ArtifactLocation::builder().uri(uri).uri_base_id(base).build()
}

/// Whether a path names its place from the root of a file system: POSIX, a Windows drive or a UNC share.
fn is_absolute(path: &str) -> bool {
    let bytes = path.as_bytes();
    path.starts_with('/')
        || path.starts_with('\\')
        || (bytes.len() > 2 && bytes[0].is_ascii_alphabetic() && bytes[1] == b':' && matches!(bytes[2], b'/' | b'\\'))
}

/// A region as SARIF wants it: positions from 1 on, an end that is not before the start, bytes only where they are known.
pub(super) fn region(region: &Region) -> SarifRegion {
    let start_line = region.start_line.max(1);
    let start_column = region.start_column.max(1);
    let end_line = region.end_line.max(start_line);
    let end_column =
        if end_line == start_line { region.end_column.max(start_column) } else { region.end_column.max(1) };
    let mut made = SarifRegion::builder()
        .start_line(i64::from(start_line))
        .start_column(i64::from(start_column))
        .end_line(i64::from(end_line))
        .end_column(i64::from(end_column))
        .build();
    let bytes = (i64::try_from(region.byte_offset), i64::try_from(region.byte_length));
    if let (Ok(offset), Ok(length @ 1..)) = bytes {
        made.byte_offset = Some(offset);
        made.byte_length = Some(length);
    }
    made
}

/// Makes a place in the home of another user, `~ann/…`, relative to where the homes are.
pub(super) fn home(location: &mut Location) {
    let Some(at) = location.physical_location.as_mut().and_then(|it| it.artifact_location.as_mut()) else { return };
    let Some(rest) = at.uri.as_deref().and_then(|uri| uri.strip_prefix('~')) else { return };
    if rest.split_once('/').is_some_and(|(name, _)| !name.is_empty()) {
        at.uri = Some(rest.to_owned());
        at.uri_base_id = Some(HOME.to_owned());
    }
}

/// The one location of a finding.
pub(super) fn location(path: &str, at: &Region) -> Location {
    let physical = PhysicalLocation::builder().artifact_location(artifact(path)).region(region(at)).build();
    Location::builder().physical_location(physical).build()
}

/// A place that a message links to by `id`, with the words a viewer shows for it.
pub(super) fn related(id: i64, path: &str, at: &Region, words: &str) -> Location {
    let mut made = location(path, at);
    made.id = Some(id);
    made.message = Some(Message::from(&message_text(words)));
    made
}

/// Text for a SARIF message: no control characters, and nothing in it can pass for a link or a placeholder.
pub(super) fn message_text(text: &str) -> String {
    let mut made = String::with_capacity(text.len());
    let shown = escape(text);
    for character in shown.chars() {
        match character {
            '[' | ']' | '\\' => made.extend(['\\', character]),
            '{' | '}' => made.extend([character, character]),
            _ => made.push(character),
        }
    }
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uri(path: &str) -> String {
        artifact(path).uri.unwrap()
    }

    #[test]
    fn odd_names_become_valid_uris() {
        assert_eq!(uri("a b/50%#1?.json"), "a%20b/50%25%231%3F.json");
        assert_eq!(uri("größe.json"), "gr%C3%B6%C3%9Fe.json");
        assert_eq!(uri("<stdin>"), "%3Cstdin%3E");
        assert_eq!(uri("x.zip!/a/.mcp.json"), "x.zip!/a/.mcp.json");
        assert_eq!(uri("http://evil"), "http%3A/evil");
        assert_eq!(uri("a\\b\n"), "a%5Cb%0A");
    }

    #[test]
    fn no_uri_is_absolute_or_leads_out_of_its_root() {
        assert_eq!(uri("../../a/../b"), "b");
        assert_eq!(uri("/etc/secrets/env"), "env");
        assert_eq!(uri("C:\\Users\\x"), "C%3A%5CUsers%5Cx");
        assert_eq!(uri(""), ".");
    }

    #[test]
    fn home_paths_are_relative_to_home() {
        let made = artifact("~/.cursor/mcp.json");
        assert_eq!((made.uri.as_deref(), made.uri_base_id.as_deref()), (Some(".cursor/mcp.json"), Some(HOME)));
    }

    #[test]
    fn the_home_of_another_user_is_told_by_his_name() {
        let of = |path: &str| {
            let mut made = location(path, &Region::line(1));
            home(&mut made);
            let at = made.physical_location.and_then(|it| it.artifact_location).unwrap();
            (at.uri.unwrap(), at.uri_base_id.unwrap())
        };
        assert_eq!(of("~ann/.cursor/mcp.json"), ("ann/.cursor/mcp.json".to_owned(), HOME.to_owned()));
        assert_eq!(of("~/.cursor/mcp.json"), (".cursor/mcp.json".to_owned(), HOME.to_owned()));
        assert_eq!(of("src/~x"), ("src/~x".to_owned(), SRCROOT.to_owned()));
    }

    #[test]
    fn a_region_is_never_empty_handed_or_backwards() {
        let made = region(&Region {
            start_line: 0,
            start_column: 0,
            end_line: 0,
            end_column: 0,
            byte_offset: 0,
            byte_length: 0,
        });
        assert_eq!(
            (made.start_line, made.start_column, made.end_line, made.end_column),
            (Some(1), Some(1), Some(1), Some(1))
        );
        assert_eq!(made.byte_length, None);
    }

    #[test]
    fn text_cannot_pass_for_a_link() {
        assert_eq!(message_text("[x](http://e) {0}\n"), "\\[x\\](http://e) {{0}}\\\\x0a");
    }
}
