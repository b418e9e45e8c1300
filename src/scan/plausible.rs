//! Whether a value that text gives to a name is a secret, and how sure that is: precision before recall.
//!
//! Structured configs say what a value is; text does not. So a value found only by the name in front of it must look
//! generated, or like a password in a file where passwords stand.

use super::assignment::Style;
use super::context::{Context, Kind};
use crate::detector::Confidence;
use crate::detector::language::wordiness;
use crate::detector::name::{self, Role};
use crate::detector::{placeholder, shape};
use crate::span::decode;

/// Longest value that is one credential without a documented format.
const LONGEST: usize = 256;
/// Shortest generated token.
const TOKEN: usize = 16;
/// Shortest password.
const PASSWORD: usize = 8;

/// How sure it is that `value` is a secret; `None` where it is not one.
pub(super) fn judge(name: &str, value: &str, style: Style, context: Context) -> Option<Confidence> {
    if context.kind == Kind::Derived || value.len() < PASSWORD || value.len() > LONGEST {
        return None;
    }
    if !value.bytes().all(|byte| byte.is_ascii_graphic()) || name::role(name) != Role::Secret {
        return None;
    }
    // The ids by which our own reports name credentials: a report kept beside the code must not raise findings.
    if name == "credential" && value.len() == 32 && value.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
        return None;
    }
    if is_code(value) || shape::is_innocent(value) || placeholder::is_placeholder(value, Some(name)) {
        return None;
    }
    if says_words(value) {
        return None;
    }
    let settings = context.kind == Kind::Settings;
    let found = if is_password(name) {
        password(value, settings)?
    } else if (value.len() >= TOKEN && looks_generated(value)) || is_random_password(value) {
        Confidence::Medium
    } else {
        return None;
    };
    // Settings beside tests and examples are read by programs and people alike; a generated value there is real enough.
    let rehearsal = context.rehearsal && !(settings && looks_generated(value));
    // `define("ACME_TOKEN", "…")` sets a constant; the arguments behind other words may be anything.
    let shouted = !name.bytes().any(|byte| byte.is_ascii_lowercase());
    // So does `headers.set("X-Api-Key", "…")`.
    let sets = shouted || name.contains('-') || name.eq_ignore_ascii_case("authorization");
    let doubtful = rehearsal || context.kind == Kind::Prose || (style == Style::Argument && !settings && !sets);
    Some(if doubtful { Confidence::Low } else { found })
}

/// Whether a name speaks of a password: something a person may have thought of, so that it need not look random.
pub(super) fn is_password(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    ["passw", "pwd", "passphrase", "pass"].iter().any(|word| lower.contains(word))
}

/// A password is believed where it mixes kinds of characters as people are made to mix them.
fn password(value: &str, settings: bool) -> Option<Confidence> {
    if is_named(value) || names_a_credential(value) {
        return None;
    }
    let generated = looks_generated(value) || is_random_password(value);
    match kinds(value) {
        3.. if is_thought_of(value) => Some(Confidence::Low),
        3.. if settings || generated || value.len() >= 10 => Some(Confidence::Medium),
        3.. => Some(Confidence::Low),
        2 if value.len() >= TOKEN && generated => Some(Confidence::Medium),
        2 if settings && value.len() >= 10 && value.bytes().any(|byte| byte.is_ascii_digit()) => Some(Confidence::Low),
        _ => None,
    }
}

/// Base64 of a few words or of a short one: an example. What reads as one long word has been judged as that word before.
fn says_words(value: &str) -> bool {
    /// So many characters are not text by chance.
    const TELLING: usize = 12;
    (value.len() >= TELLING || value.ends_with('='))
        && decode::base64(value)
            .is_some_and(|(text, _)| text.bytes().all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace()))
}

/// How many of small letters, capitals, digits and marks a value has.
fn kinds(value: &str) -> usize {
    let has = |test: fn(&u8) -> bool| usize::from(value.as_bytes().iter().any(test));
    has(u8::is_ascii_lowercase) + has(u8::is_ascii_uppercase) + has(u8::is_ascii_digit) + has(u8::is_ascii_punctuation)
}

/// `i18n.auth.password2`, `Users/Show42`: words joined as names are.
fn is_named(value: &str) -> bool {
    let joins = value.bytes().filter(|byte| b"._-/:".contains(byte)).count();
    joins >= 1
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-/:".contains(&byte))
        && wordiness(value) > 0.0
}

/// `pixai_key` behind `bs_pass` in a list of names: the value is the name of a credential itself.
fn names_a_credential(value: &str) -> bool {
    const LAST: &[&str] = &["key", "token", "secret", "password", "pass", "pwd"];
    value.len() < TOKEN
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && value.rsplit_once('_').is_some_and(|(_, last)| LAST.iter().any(|word| last.eq_ignore_ascii_case(word)))
}

/// `Forge123`: a word and digits in a row, the password that everybody gives a service on his own machine.
pub(super) fn is_thought_of(value: &str) -> bool {
    let stem = value.trim_end_matches(|c: char| c.is_ascii_digit() || c == '!');
    let digits = value.get(stem.len()..).unwrap_or_default().trim_end_matches('!');
    !stem.is_empty()
        && stem.bytes().all(|byte| byte.is_ascii_alphabetic())
        && wordiness(stem) > 0.0
        && (digits.len() < 3 || "1234567890".starts_with(digits))
}

/// Twelve or more characters of all four kinds without words in them: nobody names a thing like that.
fn is_random_password(value: &str) -> bool {
    const SHORTEST: usize = 12;
    /// Marks that also stand in names ask for more.
    const FAR: f64 = -2.0;
    const FARTHER: f64 = -6.0;
    // Padding makes no password of base64.
    let value = value.trim_end_matches('=');
    (SHORTEST..=32).contains(&value.len())
        && kinds(value) == 4
        && !value.bytes().any(|byte| b"{}()[]<>\"'`|\\".contains(&byte))
        && wordiness(value) <= if value.bytes().any(|byte| b"!@#$%^&*~+?".contains(&byte)) { FAR } else { FARTHER }
        && entropy(value.as_bytes()) >= 3.0
        && !sequential(value.as_bytes())
}

/// Whether a value looks made by a generator: many different characters, letters mixed with digits, no words.
pub(super) fn looks_generated(value: &str) -> bool {
    /// Farther from language than names of programs are, in bits; without a digit, farther than acronyms are too.
    const FAR: f64 = -6.0;
    const FARTHER: f64 = -16.0;
    let bytes = value.as_bytes();
    let digits = bytes.iter().filter(|byte| byte.is_ascii_digit()).count();
    let letters = bytes.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
    let token = bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"_-+/=.~!@#$%^&*:".contains(byte));
    let hexadecimal = bytes.iter().all(|byte| byte.is_ascii_hexdigit() || *byte == b'-');
    let improbable = if hexadecimal {
        digits >= 2 && letters >= 1 && entropy(bytes) >= 2.5
    } else {
        let far = if digits > 0 { FAR } else { FARTHER };
        letters >= 2 && entropy(bytes) >= 3.0 && wordiness(value) <= far
    };
    token && improbable && !is_joined(value) && !sequential(bytes)
}

/// `sse_customer_key_base64`: parts of letters in one case, each with a small number behind it at most.
fn is_joined(value: &str) -> bool {
    let mut parts = value.split(['_', '-', '.', '/', ':']).filter(|part| !part.is_empty());
    let plain = |part: &str| {
        let letters = part.trim_end_matches(|c: char| c.is_ascii_digit());
        let small = part.len() - letters.len() <= 4;
        small && (letters.bytes().all(|b| b.is_ascii_lowercase()) || letters.bytes().all(|b| b.is_ascii_uppercase()))
    };
    parts.clone().count() > 2 && parts.all(plain)
}

/// Shannon entropy in bits a character.
fn entropy(bytes: &[u8]) -> f64 {
    let mut counts = [0_u32; 256];
    for &byte in bytes {
        counts[usize::from(byte)] += 1;
    }
    let len = bytes.len() as f64;
    counts.iter().filter(|&&count| count > 0).map(|&count| f64::from(count) / len).map(|p| -p * p.log2()).sum()
}

/// `0123456789abcdef…`: most characters follow the one before by a fixed step.
fn sequential(bytes: &[u8]) -> bool {
    let steps =
        bytes.windows(2).filter(|pair| pair[1].wrapping_sub(pair[0]) <= 1 || pair[0].wrapping_sub(pair[1]) == 1);
    steps.count() * 2 > bytes.len()
}

/// References and pieces of programs that happen to stand between quotes.
pub(super) fn is_code(value: &str) -> bool {
    const OPENERS: &[&str] = &["${", "{{", "#{", "%(", "$(", "<%", "<", "{", "%{", "$", "&", "*", "//", "\\", "@", "("];
    const HOLDERS: &[&str] =
        &["process.env", "os.environ", "getenv", "env.", "secrets.", "vault:", "op://", "arn:", "var."];
    OPENERS.iter().any(|opener| value.starts_with(opener))
        || HOLDERS.iter().any(|holder| value.contains(holder))
        || value.contains("${")
        || value.contains("{{")
        || value.contains("::")
        || value.contains("->")
        || value.contains("()")
        || (value.contains('%') && value.contains('s') && value.len() < TOKEN)
}

#[cfg(test)]
mod tests {
    use ::base64::Engine;
    use ::base64::engine::general_purpose::STANDARD;

    use super::*;
    use crate::detector::recipe;

    const SETTINGS: Context = Context { kind: Kind::Settings, rehearsal: false };
    const CODE: Context = Context { kind: Kind::Code, rehearsal: false };

    fn made(recipe: &str) -> String {
        recipe::expand(recipe, 7).unwrap()
    }

    #[test]
    fn generated_tokens_are_believed_and_words_are_not() {
        for recipe in ["{alnum:32}", "{hex:40}", "{b64url:43}"] {
            assert_eq!(judge("API_TOKEN", &made(recipe), Style::Quoted, CODE), Some(Confidence::Medium), "{recipe}");
        }
        for value in [
            "my-service-account-token",
            "getUserAccessToken",
            "application/json",
            "AccessTokenExpired2024",
            "aws_sse_customer_key_base64",
        ] {
            assert_eq!(judge("API_TOKEN", value, Style::Quoted, CODE), None, "{value}");
        }
    }

    #[test]
    fn nearly_every_generated_secret_is_believed() {
        for (name, recipe, least) in [
            ("API_TOKEN", "{hex:16}", 990),
            ("API_TOKEN", "{alnum:20}", 990),
            ("API_TOKEN", "{password:12}", 960),
            ("DB_PASSWORD", "{password:12}", 990),
        ] {
            let values = (0..1000).map(|seed| recipe::expand(recipe, seed).unwrap());
            let believed = values.filter(|value| judge(name, value, Style::Quoted, CODE) == Some(Confidence::Medium));
            let believed = believed.count();
            assert!(believed >= least, "{name} {recipe}: {believed} of 1000");
        }
    }

    #[test]
    fn passwords_that_everybody_uses_on_his_own_machine_are_doubted() {
        for value in ["Forge123", "Welcome1234", "verYs3cret", "i18n.auth.password2", "Users.Show42"] {
            assert_ne!(judge("SA_PASSWORD", value, Style::Bare, SETTINGS), Some(Confidence::Medium), "{value}");
        }
    }

    #[test]
    fn base64_of_words_is_no_secret() {
        for words in ["this is password", "secret is secure", "value-2\r\n", "changeme"] {
            let value = STANDARD.encode(words);
            assert_eq!(judge("secret", &value, Style::Bare, SETTINGS), None, "{value}");
        }
        assert!(judge("secret", &made("{b64:44}"), Style::Bare, SETTINGS).is_some());
    }

    #[test]
    fn tests_and_prose_lower_belief() {
        let value = made("{alnum:32}");
        let rehearsal = Context { rehearsal: true, ..CODE };
        assert_eq!(judge("API_TOKEN", &value, Style::Quoted, rehearsal), Some(Confidence::Low));
        let lock = Context { kind: Kind::Derived, rehearsal: false };
        assert_eq!(judge("API_TOKEN", &value, Style::Quoted, lock), None);
    }

    #[test]
    fn references_and_names_without_secrets_are_passed_over() {
        let value = made("{alnum:32}");
        assert_eq!(judge("API_TOKEN_URL", &value, Style::Quoted, CODE), None);
        for value in ["${API_TOKEN_2}abcdef12", "process.env.TOKEN9", "{{secrets.t0ken}}"] {
            assert_eq!(judge("API_TOKEN", value, Style::Quoted, SETTINGS), None, "{value}");
        }
    }
}
