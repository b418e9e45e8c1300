//! The parts of a URL that hold credentials: user and password, query parameters, path segments.

use std::ops::Range;

use super::target::host;
use super::value::query_role;
use super::{Place, Visit, server_at};
use crate::client::known::{self, Server};
use crate::client::reference;
use crate::client::slot::SlotKind;
use crate::detector::name::Role;
use crate::span::Text;

/// Keys of entries whose URLs are shown to people and never called with a credential.
const SHOWN: &[&str] = &[
    "icon",
    "icons",
    "iconUrl",
    "icon_url",
    "logo",
    "logoUrl",
    "logo_url",
    "image_url",
    "imageUrl",
    "homepage",
    "website",
    "websiteUrl",
    "documentation",
    "documentationUrl",
    "readme",
];

impl<'a> Visit<'_, 'a> {
    /// Records the parts of a URL and then the whole, for detectors that know whole URLs. `false` if it is none.
    pub(super) fn url(&mut self, place: &Place, text: &Text<'a>, layer: usize) -> bool {
        // References may hold the very characters that separate the parts.
        let masked = reference::masked(text.as_str());
        let Some(shape) = Shape::of(&masked) else { return false };
        let host = host(masked.get(shape.start..).unwrap_or_default()).unwrap_or_default().to_ascii_lowercase();
        if let Some(user) = shape.user.clone() {
            self.userinfo(place, text, user, shape.password.clone(), &host, layer);
        }
        // What signs the link to a picture is no credential of the server.
        let shown = place.pointer.rsplit('/').next().is_some_and(|key| SHOWN.contains(&key));
        if !shown {
            self.path(place, text, &masked, &shape, &host);
            self.query(place, text, &masked, &shape, &host, layer);
        }
        let kind = if place.hosted && place.kind != SlotKind::Arg { SlotKind::UrlPath } else { place.kind };
        if !text.as_str().contains(['$', '{', '%']) || masked == text.as_str() {
            self.emit(&Place { kind, role: Role::Neutral, issuer: None, ..place.clone() }, text.clone());
        }
        true
    }

    fn userinfo(
        &mut self,
        place: &Place,
        text: &Text<'a>,
        user: Range<usize>,
        password: Option<Range<usize>>,
        host: &str,
        layer: usize,
    ) {
        let issuer = server_at(host).and_then(Server::own_issuer);
        let part = Place { kind: SlotKind::UrlUserinfo, issuer: None, header: false, hosted: false, ..place.clone() };
        let value = |range: Range<usize>| text.slice(range).map(|part| percent_decoded(&part));
        let blank = password.as_ref().is_none_or(Range::is_empty);
        if let Some(name) = value(user).filter(|name| !name.as_str().is_empty()) {
            // `https://TOKEN@host` and `https://TOKEN:x-oauth-basic@host`: then the user is the credential.
            let basic =
                password.clone().and_then(|range| text.as_str().get(range)).is_some_and(|word| word == "x-oauth-basic");
            let token = (blank || basic) && is_token(name.as_str()) && !host.contains("sentry");
            let role = if token { Role::Secret } else { Role::Neutral };
            self.value(&Place { role, issuer: issuer.filter(|_| token), ..part.clone() }, name, layer + 1);
            if basic {
                return;
            }
        }
        if let Some(secret) = password.and_then(value).filter(|secret| !secret.as_str().is_empty()) {
            self.value(&Place { role: Role::Secret, issuer, ..part }, secret, layer + 1);
        }
    }

    fn path(&mut self, place: &Place, text: &Text<'a>, masked: &str, shape: &Shape, host: &str) {
        let names: Vec<&str> =
            shape.segments.iter().map(|range| masked.get(range.clone()).unwrap_or_default()).collect();
        let known = known::secret_segment(host, &names);
        for (index, range) in shape.segments.iter().enumerate() {
            let documented = known.filter(|(at, _)| *at == index);
            let generic =
                known.is_none() && place.hosted && shape.is_web && !shows_hashes(host) && is_random(names[index]);
            // A segment that is a reference has been masked, and is none of these.
            let literal = text.as_str().get(range.clone()) == Some(names[index]);
            if let Some(segment) = text.slice(range.clone()).filter(|_| literal && (documented.is_some() || generic)) {
                let issuer = documented.map(|(_, issuer)| issuer).filter(|issuer| !issuer.is_empty());
                self.emit(&Place { kind: SlotKind::UrlPath, role: Role::Secret, issuer, ..place.clone() }, segment);
            }
        }
    }

    fn query(&mut self, place: &Place, text: &Text<'a>, masked: &str, shape: &Shape, host: &str, layer: usize) {
        let server = server_at(host);
        let parameters = shape.query.iter().chain(&shape.fragment).flat_map(|range| pairs(masked, range.clone()));
        for (name, range) in parameters.collect::<Vec<_>>() {
            let Some(value) = text.slice(range).map(|value| percent_decoded(&value)) else { continue };
            let name = text.slice(name).map(|name| percent_decoded(&name).as_str().to_owned()).unwrap_or_default();
            let listed = server.and_then(|server| server.of_parameter(&name));
            let role = if listed.is_some() { Role::Secret } else { query_role(&name) };
            let own = server.and_then(Server::own_issuer).filter(|_| role == Role::Secret);
            let issuer = listed.unwrap_or(own);
            let place = Place {
                kind: SlotKind::UrlQuery,
                variable: Some(name),
                role,
                issuer,
                header: false,
                hosted: false,
                ..place.clone()
            };
            if !self.packed(&place, &value, layer) {
                self.value(&place, value, layer + 1);
            }
        }
    }
}

/// Where the parts of a URL stand.
struct Shape {
    /// Where the scheme begins.
    start: usize,
    /// Whether it is called over HTTP or a web socket.
    is_web: bool,
    user: Option<Range<usize>>,
    password: Option<Range<usize>>,
    segments: Vec<Range<usize>>,
    query: Option<Range<usize>>,
    fragment: Option<Range<usize>>,
}

impl Shape {
    fn of(url: &str) -> Option<Self> {
        let separator = url.find("://")?;
        let scheme = url.get(..separator)?;
        let is_scheme = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+.-:".contains(&byte));
        if !is_scheme || url.contains(['\n', '\r', ' ', '"']) {
            return None;
        }
        let is_web = matches!(scheme.to_ascii_lowercase().as_str(), "http" | "https" | "ws" | "wss" | "sse");
        let start = separator + 3;
        let until = |stops: &[char], from: usize| {
            url.get(from..).and_then(|rest| rest.find(stops)).map_or(url.len(), |at| from + at)
        };
        let mut authority = until(&['/', '?', '#'], start);
        // Passwords of databases hold unescaped `/`, `?` and `#` often enough; hosts of the web never need it.
        if !is_web
            && let Some(at) = url.rfind('@')
            && at > authority
            && url.get(start..authority).is_some_and(|head| head.contains(':'))
        {
            authority = until(&['/', '?', '#'], at);
        }
        let (mut user, mut password) = (None, None);
        if let Some(at) = url.get(start..authority)?.rfind('@') {
            let colon = url.get(start..start + at)?.find(':').map(|colon| start + colon);
            user = Some(start..colon.unwrap_or(start + at));
            password = colon.map(|colon| colon + 1..start + at);
        }
        let path_end = until(&['?', '#'], authority);
        let hash = until(&['#'], path_end);
        let mut segments = Vec::new();
        let mut from = authority + 1;
        for segment in url.get(authority..path_end)?.strip_prefix('/').into_iter().flat_map(|path| path.split('/')) {
            segments.push(from..from + segment.len());
            from += segment.len() + 1;
        }
        if segments.last().is_some_and(Range::is_empty) {
            segments.pop();
        }
        let query = (hash > path_end).then_some(path_end + 1..hash);
        let fragment = (url.len() > hash).then_some(hash + 1..url.len());
        let start = scheme.rfind(':').map_or(0, |at| at + 1);
        Some(Self { start, is_web, user, password, segments, query, fragment })
    }
}

/// Names and values of a query.
fn pairs(url: &str, range: Range<usize>) -> Vec<(Range<usize>, Range<usize>)> {
    let mut from = range.start;
    let mut found = Vec::new();
    for pair in url.get(range).unwrap_or_default().split('&') {
        // `&amp;` of a URL that was copied out of a page.
        let entity = if pair.starts_with("amp;") { 4 } else { 0 };
        if let Some(equals) = pair.find('=').filter(|equals| *equals >= entity) {
            found.push((from + entity..from + equals, from + equals + 1..from + pair.len()));
        }
        from += pair.len() + 1;
    }
    found
}

/// Without percent escapes. One that makes no text stays as it is.
fn percent_decoded<'a>(text: &Text<'a>) -> Text<'a> {
    let value = text.as_str();
    if !value.contains('%') {
        return text.clone();
    }
    let bytes = value.as_bytes();
    let (mut decoded, mut table) = (Vec::with_capacity(bytes.len()), Vec::with_capacity(bytes.len() + 1));
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let digit = |ahead: usize| bytes.get(at + ahead).and_then(|digit| char::from(*digit).to_digit(16));
        table.push(at);
        if let (b'%', Some(high), Some(low)) = (byte, digit(1), digit(2)) {
            decoded.push((high * 16 + low) as u8);
            at += 3;
        } else {
            decoded.push(byte);
            at += 1;
        }
    }
    table.push(bytes.len());
    String::from_utf8(decoded).ok().and_then(|decoded| text.layer(decoded, &table)).unwrap_or_else(|| text.clone())
}

/// A user that is a token and not a name.
fn is_token(text: &str) -> bool {
    text.len() >= 16
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte))
        && text.bytes().any(|byte| byte.is_ascii_digit())
        && text.bytes().any(|byte| byte.is_ascii_alphabetic())
}

/// A path segment that nobody chose: long, and a run of letters and digits that change places often.
/// Words, versions, packages and UUIDs (ids, unless a documented shape says otherwise) are not.
fn is_random(segment: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.~=%".contains(&byte);
    if segment.len() < 20 || !segment.bytes().all(allowed) || is_uuid(segment) {
        return false;
    }
    let longest = segment
        .split(|character: char| !character.is_ascii_alphanumeric())
        .max_by_key(|run| run.len())
        .unwrap_or_default();
    let digits = longest.bytes().filter(u8::is_ascii_digit).count();
    let changes =
        longest.as_bytes().windows(2).filter(|pair| pair[0].is_ascii_digit() != pair[1].is_ascii_digit()).count();
    longest.len() >= 16 && digits >= 2 && digits < longest.len() && changes >= 3
}

/// Hosts of code and packages: the long segments of their URLs are commits and checksums.
fn shows_hashes(host: &str) -> bool {
    [
        "github.com",
        "githubusercontent.com",
        "gitlab.com",
        "bitbucket.org",
        "npmjs.org",
        "npmjs.com",
        "pypi.org",
        "pythonhosted.org",
    ]
    .iter()
    .any(|known| host == *known || host.strip_suffix(known).is_some_and(|rest| rest.ends_with('.')))
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text
            .bytes()
            .enumerate()
            .all(|(at, byte)| if matches!(at, 8 | 13 | 18 | 23) { byte == b'-' } else { byte.is_ascii_hexdigit() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_versions_packages_and_uuids_are_no_random_segments() {
        for segment in [
            "mcp",
            "v2",
            "my-very-long-server-name-2024",
            "@scope",
            "a-package-name-1.2.3",
            "00000000-0000-4000-8000-000000000000",
            "internationalization",
            "server.smithery.ai.2025",
        ] {
            assert!(!is_random(segment), "{segment}");
        }
        assert!(is_random(&"a1b".repeat(10)));
    }

    #[test]
    fn a_database_password_may_hold_unescaped_separators() {
        let shape = Shape::of("postgres://u:p/s?s@h/db").expect("a URL");
        assert_eq!(shape.password, Some(13..18));
    }

    #[test]
    fn percent_escapes_map_to_their_raw_bytes() {
        let text = percent_decoded(&Text::verbatim("a%2Fb%zz", 5));
        assert_eq!(text.as_str(), "a/b%zz");
        assert_eq!((text.raw(1..2).start, text.raw(1..2).end), (6, 9));
    }
}
