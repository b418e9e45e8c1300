//! One value, layer by layer: auth scheme, references, JSON in a string, URL, connection string; what is left is literal.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::container::{Container, is_oauth_secret};
use super::{Place, Visit};
use crate::client::ReferenceKind;
use crate::client::json;
use crate::client::node::Node;
use crate::client::reference::{self, Part};
use crate::client::slot::SlotKind;
use crate::detector::name::{self, Role};
use crate::detector::shape;
use crate::span::Text;

/// Layers that are looked through: JSON in a query of a URL in a variable is three.
const MAX_LAYERS: usize = 6;

/// Words before a credential in a header. Compared without regard to case.
const SCHEMES: [&str; 14] = [
    "bearer",
    "token",
    "basic",
    "apikey",
    "api-key",
    "api_key",
    "bot",
    "oauth",
    "key",
    "ssws",
    "splunk",
    "jwt",
    "deepl-auth-key",
    "genie-key",
];

/// Base64 as people paste it: with or without padding.
const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

impl<'a> Visit<'_, 'a> {
    /// Looks at one value and records its literals and references.
    pub(super) fn value(&mut self, place: &Place, text: Text<'a>, layer: usize) {
        let Some(text) = trimmed(text) else { return };
        if layer >= MAX_LAYERS {
            return self.emit(place, text);
        }
        let whole = text.as_str().len();
        let Some(text) = self.unschemed(place, text, layer) else { return };
        // Whatever its variable is called: what stands behind an auth scheme is a credential.
        let place = &match place.kind {
            SlotKind::Env | SlotKind::Header | SlotKind::Arg if text.as_str().len() < whole => {
                Place { role: Role::Secret, ..place.clone() }
            }
            _ => place.clone(),
        };
        let parts = reference::parts(text.as_str());
        let wholly = parts.iter().all(|part| matches!(part, Part::Reference(..)));
        // `{SHA}…` and `$ANSIBLE_VAULT;…` only look like references, and what stands behind them is no secret.
        if !wholly && shape::is_shareable(text.as_str()) {
            return;
        }
        if !wholly && (self.json(place, &text, layer) || self.url(place, &text, layer) || self.connection(place, &text))
        {
            self.references(place, &text, &parts);
            return;
        }
        self.references(place, &text, &parts);
        let mixed = parts.iter().any(|part| matches!(part, Part::Reference(..)));
        for part in parts {
            if let Part::Literal(range) = part
                && let Some(literal) = text.slice(range)
            {
                if mixed {
                    self.value(place, literal, layer + 1);
                } else {
                    self.emit(place, normal(literal));
                }
            }
        }
    }

    fn references(&mut self, place: &Place, text: &Text<'a>, parts: &[Part]) {
        for part in parts {
            if let Part::Reference(range, name) = part {
                let written = text.as_str().get(range.clone()).unwrap_or_default();
                let kind = ReferenceKind::of(written);
                self.reference(place, kind, name.clone(), text.raw(range.clone()));
                if let Some(known) = self.reading.references.last_mut().filter(|_| has_default(written)) {
                    known.has_default = true;
                }
            }
        }
    }

    /// The value behind its auth scheme; `None` where it was `Basic` and has been recorded.
    fn unschemed(&mut self, place: &Place, text: Text<'a>, layer: usize) -> Option<Text<'a>> {
        let value = text.as_str();
        let Some((scheme, rest)) = value.split_once(|c: char| c.is_ascii_whitespace()) else { return Some(text) };
        let scheme = scheme.trim_end_matches(':');
        let common = ["bearer", "token", "basic"].iter().any(|known| known.eq_ignore_ascii_case(scheme));
        let known = common || (place.header && SCHEMES.iter().any(|known| known.eq_ignore_ascii_case(scheme)));
        let rest = rest.trim_start();
        // Prose may begin with "token"; a credential holds no blanks, unless a reference is written with some.
        if !known || (!place.header && rest.contains(char::is_whitespace) && !rest.contains('{')) {
            return Some(text);
        }
        let from = value.len() - rest.len();
        let credential = text.slice(from..value.len())?;
        if scheme.eq_ignore_ascii_case("basic")
            && let Some(pair) = decoded(&credential)
            && let Some(colon) = pair.as_str().find(':')
        {
            if let Some(user) = pair.slice(0..colon) {
                self.emit(&Place { role: Role::Neutral, issuer: None, ..place.clone() }, user);
            }
            if let Some(password) = pair.slice(colon + 1..pair.as_str().len()) {
                self.value(&Place { role: Role::Secret, header: false, ..place.clone() }, password, layer + 1);
            }
            return None;
        }
        // `Token token=…`, as Rails and PagerDuty write it.
        match rest.strip_prefix("token=") {
            Some(token) => {
                let quoted = token.len() - token.trim_start_matches('"').len();
                text.slice(from + 6 + quoted..from + 6 + token.trim_end_matches('"').len())
            }
            None => Some(credential),
        }
    }

    /// JSON in a string, as `OPENAPI_MCP_HEADERS` and `--static-oauth-client-info` hold it.
    fn json(&mut self, place: &Place, text: &Text<'a>, layer: usize) -> bool {
        let value = text.as_str();
        if !(value.starts_with('{') && value.ends_with('}') || value.starts_with('[') && value.ends_with(']'))
            || value.len() < 5
        {
            return false;
        }
        let Ok(Some(tree @ (Node::Map(_) | Node::List(_)))) = json::read(value) else { return false };
        let name = place.variable.as_deref().unwrap_or_default().to_ascii_lowercase();
        let container = if name.contains("header") {
            Container::Header
        } else if name.contains("oauth") || name.contains("client-info") || name.contains("client_info") {
            Container::Oauth
        } else {
            Container::Other
        };
        let before = self.reading.values.len() + self.reading.references.len();
        self.nested(place, text, &tree, "", container, layer, 0);
        self.reading.values.len() + self.reading.references.len() > before
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "one recursive walk; a struct for it would hold what changes at each step"
    )]
    fn nested(
        &mut self,
        place: &Place,
        outer: &Text<'a>,
        node: &Node<'_>,
        key: &str,
        container: Container,
        layer: usize,
        depth: usize,
    ) {
        if depth > 32 {
            return;
        }
        for entry in node.entries() {
            let key = entry.key.as_str();
            let below = match container.below(key, &entry.node) {
                // An argument list inside a JSON string is not walked word by word; its strings are still looked at.
                Container::Args | Container::Url | Container::EnvNames | Container::HeaderNames | Container::File => {
                    Container::Other
                }
                other => other,
            };
            self.nested(place, outer, &entry.node, key, below, layer, depth + 1);
        }
        for item in node.items() {
            self.nested(place, outer, item, key, container, layer, depth + 1);
        }
        let Node::Text(inner) = node else { return };
        let Some(text) = lifted(outer, inner) else { return };
        let (role, issuer) = self.role(container, key);
        // Headers in a variable are the variable's value, as headers in arguments are an argument's.
        let held = container == Container::Header && place.kind == SlotKind::Env;
        let kind = match container {
            Container::Header if held => SlotKind::Env,
            Container::Header => SlotKind::Header,
            Container::Oauth => SlotKind::Oauth,
            Container::Env => SlotKind::Env,
            _ if is_oauth_secret(key) && key.to_ascii_lowercase().contains("client") => SlotKind::Oauth,
            _ => place.kind,
        };
        let variable = if held || (kind == place.kind && container == Container::Other) {
            place.variable.clone()
        } else {
            Some(key.to_owned())
        };
        let inner_place = Place {
            kind,
            variable,
            role,
            issuer,
            header: container == Container::Header,
            hosted: false,
            ..place.clone()
        };
        self.value(&inner_place, text, layer + 1);
    }

    /// `Server=…;Password=…;`: the credential is one field of it.
    fn connection(&mut self, place: &Place, text: &Text<'a>) -> bool {
        let value = text.as_str();
        if !value.contains(';') || !value.contains('=') {
            return false;
        }
        let (mut start, mut found) = (0, false);
        for field in value.split(';') {
            let end = start + field.len();
            if let Some((name, secret)) = field.split_once('=') {
                let plain: String =
                    name.chars().filter(|c| c.is_ascii_alphanumeric()).map(|c| c.to_ascii_lowercase()).collect();
                let holds = matches!(
                    plain.as_str(),
                    "password"
                        | "pwd"
                        | "accountkey"
                        | "sharedaccesskey"
                        | "sharedaccesssignature"
                        | "secret"
                        | "accesskey"
                        | "apikey"
                );
                if let Some(secret) =
                    text.slice(end - secret.len()..end).filter(|secret| holds && !secret.as_str().is_empty())
                {
                    let parts = reference::parts(secret.as_str());
                    if !parts.iter().any(|part| matches!(part, Part::Reference(..))) {
                        self.emit(&Place { role: Role::Secret, ..place.clone() }, secret);
                    }
                    found = true;
                }
            }
            start = end + 1;
        }
        found
    }

    /// Base64 of JSON, as some hosts take the whole config in their query.
    pub(super) fn packed(&mut self, place: &Place, text: &Text<'a>, layer: usize) -> bool {
        let value = text.as_str();
        value.len() >= 16
            && (value.starts_with("ey") || value.starts_with("ew"))
            && decoded(text).is_some_and(|plain| plain.as_str().starts_with('{') && self.json(place, &plain, layer + 1))
    }
}

/// Whether a reference says what is used where its variable is not set.
fn has_default(written: &str) -> bool {
    let name = written.strip_prefix("${").unwrap_or_default();
    let behind = name.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':');
    behind.starts_with(['-', '=', '+'])
}

/// The role of a query parameter.
pub(super) fn query_role(name: &str) -> Role {
    if super::container::is_query_secret(name) { Role::Secret } else { name::role(name) }
}

/// Without blanks at either end; `None` where nothing is left.
fn trimmed(text: Text<'_>) -> Option<Text<'_>> {
    let value = text.as_str();
    let kept = value.trim();
    let start = value.len() - value.trim_start().len();
    if kept.len() == value.len() {
        return (!kept.is_empty()).then_some(text);
    }
    if kept.is_empty() { None } else { text.slice(start..start + kept.len()) }
}

/// CRLF becomes LF in values of several lines, so that a key has one identity on every system.
fn normal(text: Text<'_>) -> Text<'_> {
    let value = text.as_str();
    if !value.contains("\r\n") {
        return text;
    }
    let (mut kept, mut table) = (String::with_capacity(value.len()), Vec::with_capacity(value.len()));
    let mut characters = value.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        if character == '\r' && characters.peek().is_some_and(|next| next.1 == '\n') {
            continue;
        }
        kept.push(character);
        table.extend(std::iter::repeat_n(at, character.len_utf8()));
    }
    table.push(value.len());
    text.layer(kept, &table).unwrap_or(text)
}

/// The text that base64 decodes to, each byte at the character that begins it.
pub(super) fn decoded<'a>(text: &Text<'a>) -> Option<Text<'a>> {
    let encoded = text.as_str().as_bytes();
    let bytes = STANDARD.decode(encoded).or_else(|_| URL_SAFE.decode(encoded)).ok()?;
    let mut table: Vec<usize> = (0..bytes.len()).map(|at| at * 4 / 3).collect();
    table.push(encoded.len());
    text.layer(String::from_utf8(bytes).ok()?, &table)
}

/// A text inside a decoded text, brought back to raw bytes.
fn lifted<'a>(outer: &Text<'a>, inner: &Text<'_>) -> Option<Text<'a>> {
    let span = inner.span();
    if outer.as_str().get(span.start..span.end) == Some(inner.as_str()) {
        return outer.slice(span.start..span.end);
    }
    let length = inner.as_str().len();
    let table: Vec<usize> = (0..=length).map(|at| inner.raw(at..at).start).collect();
    outer.layer(inner.as_str().to_owned(), &table)
}
