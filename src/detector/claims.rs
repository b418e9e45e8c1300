//! Reads the payload of a JSON Web Token, and other base64 JSON, without trusting it.

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::{Map, Value};

use super::Facts;

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// Bytes of base64 text in either alphabet, padded or not.
pub(super) fn base64(text: &[u8]) -> Option<Vec<u8>> {
    URL_SAFE.decode(text).or_else(|_| STANDARD.decode(text)).ok()
}

/// A JSON object written as base64.
pub(super) fn object(text: &[u8]) -> Option<Map<String, Value>> {
    match serde_json::from_slice(&base64(text)?).ok()? {
        Value::Object(object) => Some(object),
        _ => None,
    }
}

/// Header and claims of a token of three segments.
pub(super) fn of(token: &[u8]) -> Option<(Map<String, Value>, Map<String, Value>)> {
    let mut segments = token.split(|&byte| byte == b'.');
    Some((object(segments.next()?)?, object(segments.next()?)?))
}

/// Ids among the claims: who issued it to whom for what, and until when.
pub(super) fn facts(header: &Map<String, Value>, claims: &Map<String, Value>, facts: &mut Facts) {
    const CLAIMS: &[(&str, &str)] = &[
        ("iss", "iss"),
        ("sub", "sub"),
        ("aud", "aud"),
        ("client_id", "client_id"),
        ("azp", "client_id"),
        ("appid", "client_id"),
        ("tid", "tenant"),
        ("ref", "project"),
        ("role", "role"),
        ("scope", "scope"),
        ("scp", "scope"),
        ("email", "email"),
    ];
    for &(claim, name) in CLAIMS {
        if let Some(text) = claims.get(claim).and_then(scalar) {
            facts.principals.entry(name).or_insert(text);
        }
    }
    facts.key_id = claims.get("jti").and_then(scalar).or_else(|| header.get("kid").and_then(scalar));
    if let Some(kid) = header.get("kid").and_then(scalar) {
        facts.principals.entry("kid").or_insert(kid);
    }
    facts.expires_at = claims.get("exp").and_then(|exp| exp.as_i64().or_else(|| exp.as_f64().map(|exp| exp as i64)));
}

/// A string, a number, or the first of a list, kept short.
pub(super) fn scalar(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Array(values) => return values.first().filter(|first| !first.is_array()).and_then(scalar),
        _ => return None,
    };
    let plain = !text.is_empty() && text.len() <= 256 && !text.chars().any(char::is_control);
    plain.then_some(text)
}
