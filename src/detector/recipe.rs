//! Sample credentials written as recipes: fixed text and holes that are filled from a seed when they are needed.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use thiserror::Error;

use super::checksum;

const LOWER: &[u8] = b"abcdefghijklmnopqrstuvwxyz";
const UPPER: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const DIGIT: &[u8] = b"0123456789";
const ALNUM: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const LOWER_ALNUM: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";
const UPPER_ALNUM: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const HEX_LOWER: &[u8] = b"0123456789abcdef";
const HEX_UPPER: &[u8] = b"0123456789ABCDEF";
const BASE32: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// Of BIP 173, in capitals.
const BECH32: &[u8] = b"QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L";
const BASE64: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const BASE64_URL: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
/// What people type who count instead of thinking.
const COUNTED: &[u8] = b"1234567890abcdefghijklmnopqrstuvwxyz";
/// Marks that need no escaping in a shell word, a URL's userinfo, JSON, TOML or YAML.
const PASSWORD_MARKS: &[u8] = b"!*-_.~";
/// More than any credential is long.
const MAX_LENGTH: usize = 65_536;

/// A recipe that cannot be expanded.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RecipeError {
    /// `{` without its `}`.
    #[error("recipe hole at byte {at} is not closed\nhint: write a literal brace as `{{{{` or `}}}}`")]
    Unclosed {
        /// Offset of the `{`.
        at: usize,
    },
    /// No hole has this name.
    #[error(
        "recipe hole `{name}` is unknown\nhint: known are alnum, lower, upper, digit, hex, HEX, base32, b64, b64url, uuid, password, jwt, pem, x, counted …"
    )]
    Unknown {
        /// What was written.
        name: String,
    },
    /// A length is missing, not a number, or out of bounds.
    #[error("recipe hole `{name}` needs a length from 1 to {MAX_LENGTH}, as in `{{{name}:32}}`")]
    Length {
        /// Name of the hole.
        name: String,
    },
    /// A checksum hole has nothing in front of it that it could cover.
    #[error("recipe hole `{name}` has no token in front of it to cover")]
    NothingToCover {
        /// Name of the hole.
        name: String,
    },
    /// The argument of a JSON hole is not a JSON object.
    #[error("recipe hole `{name}` needs a JSON object")]
    Json {
        /// Name of the hole.
        name: String,
    },
}

/// Fills the holes of `recipe` with characters drawn from `seed`; the same recipe and seed always give the same text.
///
/// Holes with a length: `{alnum:36}` `{lower:8}` `{upper:8}` `{digit:11}` `{lowernum:40}` `{uppernum:27}` `{hex:32}`
/// `{HEX:8}` `{base32:16}` `{bech32:58}` `{b64:40}` `{b64url:43}` `{password:16}`, and what stands for a credential without being one: `{x:36}`
/// `{counted:36}`. Without: `{uuid}` (version 4),
/// `{b64pair}` (an id and a secret in base64), `{jwt}` or
/// `{jwt:{"iss":"x"}}`, `{b64json:{…}}`, `{pem}` and `{pem-escaped}` (line ends as `\n`), `{gitlab-payload}` (the
/// body of a routable token), and checksums over the token in front of them: `{crc32-github}` `{crc32-atlassian}`
/// `{crc32-grafana}` `{crc32-cloudflare}` `{crc32-zuplo}`. A literal brace is doubled.
pub fn expand(recipe: &str, seed: u64) -> Result<String, RecipeError> {
    let mut random = Random(seed ^ 0x6b65_7974_7261_776c);
    let mut out = String::with_capacity(recipe.len() * 2);
    let mut rest = recipe;
    while let Some(at) = rest.find(['{', '}']) {
        out.push_str(&rest[..at]);
        let tail = &rest[at..];
        if tail.starts_with("{{") || tail.starts_with("}}") {
            out.push_str(&tail[..1]);
            rest = &tail[2..];
        } else if let Some(after) = tail.strip_prefix('}') {
            out.push('}');
            rest = after;
        } else {
            let end = closing(tail).ok_or(RecipeError::Unclosed { at: recipe.len() - tail.len() })?;
            fill(&tail[1..end], &mut random, &mut out)?;
            rest = &tail[end + 1..];
        }
    }
    out.push_str(rest);
    Ok(out)
}

/// Index of the brace that closes the one `text` starts with.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

fn fill(hole: &str, random: &mut Random, out: &mut String) -> Result<(), RecipeError> {
    let (name, argument) = hole.split_once(':').map_or((hole, None), |(name, argument)| (name, Some(argument)));
    if let Some(alphabet) = alphabet(name) {
        random.draw(alphabet, length(name, argument)?, out);
        return Ok(());
    }
    match name {
        "password" => password(length(name, argument)?, random, out),
        "counted" => out.extend((0..length(name, argument)?).map(|at| char::from(COUNTED[at % COUNTED.len()]))),
        "uuid" => uuid(random, out),
        "b64pair" => b64pair(random, out),
        "jwt" => jwt(argument.unwrap_or(DEFAULT_CLAIMS), random, out)?,
        "b64json" => out.push_str(&URL_SAFE_NO_PAD.encode(object(name, argument.unwrap_or("{}"))?)),
        "pem" => pem("\n", argument, random, out),
        "pem-escaped" => pem("\\n", argument, random, out),
        "gitlab-payload" => gitlab_payload(argument.unwrap_or("o:1 u:2k"), random, out),
        _ => {
            let kind = checksum::Checksum::named(name.strip_prefix("crc32-").unwrap_or_default())
                .ok_or_else(|| RecipeError::Unknown { name: name.to_owned() })?;
            let sum = kind.complete(out).ok_or_else(|| RecipeError::NothingToCover { name: name.to_owned() })?;
            out.push_str(&sum);
        }
    }
    Ok(())
}

fn alphabet(name: &str) -> Option<&'static [u8]> {
    Some(match name {
        "alnum" => ALNUM,
        "lower" => LOWER,
        "upper" => UPPER,
        "digit" => DIGIT,
        "lowernum" => LOWER_ALNUM,
        "uppernum" => UPPER_ALNUM,
        "hex" => HEX_LOWER,
        "HEX" => HEX_UPPER,
        "base32" => BASE32,
        "bech32" => BECH32,
        // One character over and over: what a masked credential looks like.
        "x" => b"x",
        "b64" => BASE64,
        "b64url" => BASE64_URL,
        _ => return None,
    })
}

fn length(name: &str, argument: Option<&str>) -> Result<usize, RecipeError> {
    argument
        .and_then(|digits| digits.parse().ok())
        .filter(|length| (1..=MAX_LENGTH).contains(length))
        .ok_or_else(|| RecipeError::Length { name: name.to_owned() })
}

fn object(name: &str, text: &str) -> Result<String, RecipeError> {
    match serde_json::from_str::<serde_json::Value>(text) {
        Ok(value) if value.is_object() => Ok(text.to_owned()),
        _ => Err(RecipeError::Json { name: name.to_owned() }),
    }
}

const DEFAULT_CLAIMS: &str =
    r#"{"iss":"https://auth.keytrawl.invalid","sub":"svc-9d2","aud":"mcp","exp":1893456000,"jti":"k7f2"}"#;

fn jwt(claims: &str, random: &mut Random, out: &mut String) -> Result<(), RecipeError> {
    out.push_str(&URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#));
    out.push('.');
    out.push_str(&URL_SAFE_NO_PAD.encode(object("jwt", claims)?));
    out.push('.');
    random.draw(BASE64_URL, 43, out);
    Ok(())
}

fn pem(line_end: &str, label: Option<&str>, random: &mut Random, out: &mut String) {
    let label = label.map(|label| format!("{label} ")).unwrap_or_default();
    out.push_str(&format!("-----BEGIN {label}PRIVATE KEY-----{line_end}"));
    let bytes: Vec<u8> = (0..144).map(|_| (random.next() >> 32) as u8).collect();
    let body = STANDARD.encode(bytes);
    for line in body.as_bytes().chunks(64) {
        out.push_str(&String::from_utf8_lossy(line));
        out.push_str(line_end);
    }
    out.push_str(&format!("-----END {label}PRIVATE KEY-----{line_end}"));
}

/// Random bytes, the routing lines, and the number of random bytes in the last byte.
fn gitlab_payload(routes: &str, random: &mut Random, out: &mut String) {
    let mut bytes: Vec<u8> = (0..16).map(|_| (random.next() >> 32) as u8).collect();
    let routes = routes.replace(' ', "\n");
    bytes.extend_from_slice(routes.as_bytes());
    bytes.push(routes.len() as u8);
    out.push_str(&URL_SAFE_NO_PAD.encode(bytes));
}

fn password(length: usize, random: &mut Random, out: &mut String) {
    for place in 0..length {
        // One of each class at fixed places, so that every password is a mixture.
        let alphabet = match place {
            2 => DIGIT,
            3 => UPPER,
            4 => LOWER,
            5 => PASSWORD_MARKS,
            _ => ALNUM,
        };
        random.draw(alphabet, 1, out);
    }
}

/// `<id>:<secret>` in base64.
fn b64pair(random: &mut Random, out: &mut String) {
    let mut pair = String::new();
    random.draw(ALNUM, 20, &mut pair);
    pair.push(':');
    random.draw(ALNUM, 22, &mut pair);
    out.push_str(&STANDARD.encode(pair));
}

fn uuid(random: &mut Random, out: &mut String) {
    for (part, length) in [8, 4, 3, 3, 12].into_iter().enumerate() {
        if part > 0 {
            out.push('-');
        }
        match part {
            2 => out.push('4'),
            3 => random.draw(b"89ab", 1, out),
            _ => {}
        }
        random.draw(HEX_LOWER, length, out);
    }
}

/// SplitMix64: small, good enough for samples, and the same on every platform.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn draw(&mut self, alphabet: &[u8], count: usize, out: &mut String) {
        for _ in 0..count {
            let index = (self.next() >> 33) as usize % alphabet.len();
            out.push(char::from(alphabet[index]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_text_and_another_seed_another() {
        let recipe = "a_{alnum:36}-{uuid}.{jwt}";
        assert_eq!(expand(recipe, 1), expand(recipe, 1));
        assert_ne!(expand(recipe, 1), expand(recipe, 2));
    }

    #[test]
    fn a_hole_has_the_length_and_alphabet_it_names() {
        let text = expand("{hex:32}", 7).unwrap();
        assert_eq!(text.len(), 32);
        assert!(text.bytes().all(|byte| HEX_LOWER.contains(&byte)));
        assert_eq!(expand("{uuid}", 7).unwrap().len(), 36);
    }

    #[test]
    fn braces_are_literal_when_doubled() {
        assert_eq!(expand("{{\"a\":1}}", 0).unwrap(), "{\"a\":1}");
    }

    #[test]
    fn claims_may_be_given_as_json() {
        let text = expand(r#"{jwt:{"iss":"a","x":{"y":1}}}"#, 3).unwrap();
        let claims = URL_SAFE_NO_PAD.decode(text.split('.').nth(1).unwrap()).unwrap();
        assert_eq!(claims, br#"{"iss":"a","x":{"y":1}}"#);
    }

    #[test]
    fn mistakes_are_told_apart() {
        assert!(matches!(expand("{hex:32", 0), Err(RecipeError::Unclosed { at: 0 })));
        assert!(matches!(expand("{hax:32}", 0), Err(RecipeError::Unknown { .. })));
        assert!(matches!(expand("{hex}", 0), Err(RecipeError::Length { .. })));
        assert!(matches!(expand("{hex:99999999}", 0), Err(RecipeError::Length { .. })));
        assert!(matches!(expand("{crc32-github}", 0), Err(RecipeError::NothingToCover { .. })));
        assert!(matches!(expand("{jwt:3}", 0), Err(RecipeError::Json { .. })));
    }
}
