//! The generic detector: `name = value` in code, env files and text, where nothing but the name says what the value is.

use std::borrow::Cow;

use super::assignment;
use super::candidate::{Candidate, Evidence};
use super::context::{Context, Kind};
use super::{decode, plausible};
use crate::client::{Slot, SlotKind};
use crate::detector::{Anatomy, Detectors, Facts, strength};
use crate::span::{Span, Text};

/// Id of the detector for a credential that only its name gives away.
pub(super) const GENERIC: &str = "generic-credential";

/// The assignment around one generic word, judged.
///
/// Returns where the name ends too, so that a second word in the same name is not looked at again.
pub(super) fn look<'t>(
    text: &'t [u8],
    word: std::ops::Range<usize>,
    context: Context,
    detectors: &Detectors,
) -> (usize, Option<Candidate<'t>>) {
    let name = assignment::name_around(text, word);
    let end = name.end;
    (end, judged(text, name, context, detectors))
}

fn judged<'t>(
    text: &'t [u8],
    name: std::ops::Range<usize>,
    context: Context,
    detectors: &Detectors,
) -> Option<Candidate<'t>> {
    let found = assignment::read(text, name, matches!(context.kind, Kind::Settings | Kind::Plain))?;
    let name = std::str::from_utf8(text.get(found.name.clone())?).ok()?;
    let secret = text.get(found.value.clone())?;
    let value = std::str::from_utf8(secret).ok()?;
    // A Kubernetes secret holds its values in base64, a URL its parameters in percent escapes: the credential is what
    // they decode to.
    let decoded = decode::keyed(text, &found.name, &found.value);
    let (value, secret) = match &decoded {
        Some(inner) => (inner.as_str(), Cow::Owned(inner.as_str().as_bytes().to_vec())),
        None => (value, Cow::Borrowed(secret)),
    };
    // `TOKEN_HEX` says how the token is written.
    let told = decoded.as_ref().and_then(|_| unwritten(name)).unwrap_or(name);
    let confidence = plausible::judge(told, value, found.style, context)?;
    let known = detectors.by_variable(name);
    Some(Candidate {
        span: decoded.as_ref().map_or(Span::new(found.value.start, found.value.end), Text::span),
        bits: strength::bits(&secret),
        secret,
        evidence: Evidence::Generic,
        detector: GENERIC,
        issuer: known.and_then(|detector| detector.issuer),
        kind: known.map_or_else(|| kind_of(name), |detector| detector.kind),
        confidence,
        public: Anatomy::default(),
        facts: Facts::default(),
        slot: Slot { variable: Some(name.to_owned()), ..Slot::bare(SlotKind::Text) },
    })
}

/// A name without the word at its end that says how its value is written.
fn unwritten(name: &str) -> Option<&str> {
    let (head, tail) = name.rsplit_once(['_', '-', '.'])?;
    ["hex", "b64", "base64", "encoded"].iter().any(|word| tail.eq_ignore_ascii_case(word)).then_some(head)
}

/// The kind of credential that a name speaks of.
pub(super) fn kind_of(name: &str) -> &'static str {
    let lower = name.to_ascii_lowercase();
    if plausible::is_password(&lower) {
        "password"
    } else if lower.contains("token") || lower.contains("bearer") {
        "api_token"
    } else if lower.contains("key") {
        "api_key"
    } else if lower.contains("client") && lower.contains("secret") {
        "oauth_client"
    } else {
        "other"
    }
}
