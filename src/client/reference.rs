//! Tells a literal from a reference: how clients, shells and secret stores write "the value is elsewhere".
//!
//! Anchored: only what *is* a reference counts as one. Text beside a reference stays a literal, and so does the default
//! of `${VAR:-default}`; whoever appends ` ${HOME}` to a live key does not hide it.

use std::ops::Range;

use crate::detector::sealed;

/// Shortest literal that is kept beside a reference; shorter ones are separators and prefixes.
const MIN_LITERAL: usize = 8;

/// References nest (`${A:-${B:-x}}`) no deeper than anybody writes.
const MAX_NESTING: usize = 8;

/// Characters that could begin a reference and do not, after which a value is literal to its end: time stays linear.
const MAX_FAILURES: usize = 512;

/// Longest reference, its default included.
const MAX_REFERENCE: usize = 1024;

/// One part of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Bytes that are the value themselves.
    Literal(Range<usize>),
    /// Bytes that stand for a value kept elsewhere, and its name.
    Reference(Range<usize>, String),
}

/// Splits a value into references and literals, in order. A value without references is one literal.
#[must_use]
pub fn parts(value: &str) -> Vec<Part> {
    let trimmed = value.trim();
    if let Some(name) = store(trimmed).or_else(|| program(trimmed)) {
        let start = value.len() - value.trim_start().len();
        return vec![Part::Reference(start..start + trimmed.len(), name)];
    }
    let mut parts = Vec::new();
    split(value, 0..value.len(), 0, &mut parts);
    if !parts.iter().any(|part| matches!(part, Part::Reference(..))) {
        parts = vec![Part::Literal(0..value.len())];
    }
    parts
}

/// The value with each reference replaced by letters of the same length, so that it parses as a URL.
#[must_use]
pub fn masked(value: &str) -> String {
    let mut masked = String::with_capacity(value.len());
    let mut at = 0;
    for part in parts(value) {
        if let Part::Reference(range, _) = part
            && range.start >= at
        {
            masked.push_str(value.get(at..range.start).unwrap_or_default());
            masked.extend(std::iter::repeat_n('x', range.len()));
            at = range.end;
        }
    }
    masked.push_str(value.get(at..).unwrap_or_default());
    masked
}

/// Whether a text is a variable's name and not a token that somebody put in its place.
#[must_use]
pub fn is_variable_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && name.len() <= 96
        && !is_token_shaped(name)
}

/// Whether a name holds a run that is a token rather than a word: such a name must not be shown.
pub(crate) fn holds_token(name: &str) -> bool {
    name.split(|character: char| !character.is_ascii_alphanumeric()).any(|run| run.len() >= 20 && is_token_shaped(run))
}

/// Long, and a mix that no name is: three kinds of characters, two without an underscore, or many digits.
fn is_token_shaped(text: &str) -> bool {
    let count = |test: fn(&u8) -> bool| text.as_bytes().iter().filter(|byte| test(byte)).count();
    let (lower, upper, digits) =
        (count(u8::is_ascii_lowercase), count(u8::is_ascii_uppercase), count(u8::is_ascii_digit));
    text.len() >= 16
        && ((lower > 0 && upper > 0 && digits > 0)
            || (lower > 0 && digits >= 4)
            || (text.len() >= 24 && lower > 0 && upper > 0 && !text.contains('_'))
            || (text.len() >= 20 && digits >= 4 && !text.contains('_')))
}

fn split(value: &str, range: Range<usize>, nesting: usize, parts: &mut Vec<Part>) {
    let (mut at, mut literal) = (range.start, range.start);
    let (first, mut failures) = (parts.len(), 0);
    while at < range.end {
        let Some(rest) = value.get(at..range.end) else { break };
        let before = value.get(..at).and_then(|text| text.chars().next_back());
        let Some(found) = reference(rest, before) else {
            failures += usize::from(rest.starts_with(['$', '{', '%', '=']));
            if failures > MAX_FAILURES {
                break;
            }
            at += rest.chars().next().map_or(1, char::len_utf8);
            continue;
        };
        keep(value, literal..at, parts);
        parts.push(Part::Reference(at..at + found.length, found.name));
        if let Some(default) = found.default.filter(|_| nesting < MAX_NESTING) {
            let default = at + default.start..at + default.end;
            let count = parts.len();
            split(value, default.clone(), nesting + 1, parts);
            if parts.len() == count && !default.is_empty() {
                parts.push(Part::Literal(default));
            }
        }
        at += found.length;
        literal = at;
    }
    if parts.len() > first {
        keep(value, literal..range.end, parts);
    }
}

/// Keeps a literal that stands beside a reference, without the separators between them.
fn keep(value: &str, range: Range<usize>, parts: &mut Vec<Part>) {
    let text = value.get(range.clone()).unwrap_or_default();
    let separator = |character: char| character.is_whitespace() || "-_:./,;@+&=|\"'".contains(character);
    let start = range.start + text.len() - text.trim_start_matches(separator).len();
    let trimmed = text.trim_matches(separator);
    if trimmed.len() >= MIN_LITERAL {
        parts.push(Part::Literal(start..start + trimmed.len()));
    }
}

struct Found {
    length: usize,
    name: String,
    /// Where the default stands.
    default: Option<Range<usize>>,
}

impl Found {
    fn new(length: usize, name: &str) -> Option<Self> {
        Some(Self { length, name: bare(name).to_owned(), default: None })
    }
}

/// The reference that a text begins with.
fn reference(text: &str, before: Option<char>) -> Option<Found> {
    let whole_word = before.is_none_or(|character| !character.is_ascii_alphanumeric() && character != '$');
    match text.as_bytes() {
        [b'$', b'{', b'{', ..] => double(text, 3, "}}"),
        [b'=', b'{', b'{', ..] if before.is_none() => double(text, 3, "}}"),
        [b'{', b'{', ..] => double(text, 2, "}}"),
        [b'$', b'{', ..] => braced(text),
        [b'$', b'(', ..] => {
            let length = balanced(text, b'(', b')')?;
            Found::new(length, command(text.get(2..length - 1)?.trim()))
        }
        [b'`', ..] if before.is_none() => {
            let length = 2 + find(text.get(1..)?, "`")?;
            let line = text.get(1..length - 1)?.trim();
            (!line.is_empty() && one_line(line)).then(|| Found::new(length, command(line)))?
        }
        [b'$', ..] if whole_word => dollar(text),
        [b'%', ..] if whole_word => {
            let end = 1 + find(text.get(1..)?, "%")?;
            let name = text.get(1..end)?;
            let alone = text.as_bytes().get(end + 1).is_none_or(|byte| !byte.is_ascii_alphanumeric());
            (alone && name.len() > 1 && is_variable_name(name)).then(|| Found::new(end + 1, name))?
        }
        [b'{', ..] => {
            let end = find(text, "}")?;
            let name = text.get(1..end)?;
            let prefixed =
                ["env:", "file:", "input:", "secret:", "secrets."].iter().any(|start| name.starts_with(start));
            let plain = !name.is_empty()
                && name.len() <= 64
                && name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte))
                && !is_token_shaped(name);
            (prefixed && one_line(name) || plain).then(|| Found::new(end + 1, name))?
        }
        _ => code(text, before),
    }
}

/// What a command substitution is called: the command, or only its program if an argument could be a credential.
fn command(line: &str) -> &str {
    let plain = |word: &str| {
        !is_token_shaped(word) && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte))
    };
    if line.len() <= 128 && line.split_whitespace().all(plain) {
        return line;
    }
    line.split_whitespace().next().filter(|word| plain(word)).unwrap_or("command")
}

/// `process.env.X`, `os.environ["X"]`, `os.getenv("X")`: code that reads a variable, in a config somebody generates.
fn code(text: &str, before: Option<char>) -> Option<Found> {
    if before.is_some_and(|character| character.is_ascii_alphanumeric() || character == '_') {
        return None;
    }
    let rest = ["process.env.", "process.env[", "import.meta.env.", "os.environ.get(", "os.environ[", "os.getenv("]
        .iter()
        .find_map(|start| text.strip_prefix(start))?;
    let quote = rest.len() - rest.trim_start_matches(['"', '\'']).len();
    let name: &str = rest.get(quote..)?.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next()?;
    let tail = rest.get(quote + name.len()..)?;
    let closing = tail.len() - tail.trim_start_matches(['"', '\'', ']', ')']).len();
    (!name.is_empty()).then(|| Found::new(text.len() - tail.len() + closing, name))?
}

fn double(text: &str, open: usize, close: &str) -> Option<Found> {
    let end = open + find(text.get(open..)?, close)?;
    let name = text.get(open..end)?.trim();
    let token = name
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .any(|word| word.len() >= 24 && is_token_shaped(word));
    (!name.is_empty() && !token && one_line(name)).then(|| Found::new(end + close.len(), name))?
}

/// `${VAR}` with the operators of a shell, and `${kind:name}` as editors write it.
fn braced(text: &str) -> Option<Found> {
    let length = balanced(text, b'{', b'}')?;
    let inner = text.get(2..length - 1)?;
    let name_length = inner.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
    let (name, rest) = inner.split_at_checked(name_length)?;
    let token = name.len() >= 24 && is_token_shaped(name);
    if name.is_empty() || token || name.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    let default_at = |operator: &str| 2 + name_length + operator.len();
    let found = Found { length, name: name.to_owned(), default: None };
    match rest.as_bytes() {
        [] => Some(found),
        [b':', b'-' | b'=', ..] => Some(Found { default: Some(default_at(":-")..length - 1), ..found }),
        [b'-' | b'=', ..] => Some(Found { default: Some(default_at("-")..length - 1), ..found }),
        // An alternative is used where the variable is set: it is as literal as a default.
        [b':', b'+', ..] => Some(Found { default: Some(default_at(":+")..length - 1), ..found }),
        [b':', b'?', ..] | [b'?' | b'#' | b'%' | b'/' | b'^' | b',' | b'@', ..] => Some(found),
        [b':' | b'.', ..] if one_line(rest) => {
            // `${env:VAR:-default}` is not written by any client, but costs nothing to understand.
            let inner_default = rest.find(":-").map(|at| 2 + name_length + at + 2..length - 1);
            let end = inner_default.as_ref().map_or(inner.len(), |range| range.start - 4);
            Some(Found { length, name: bare(inner.get(..end)?).to_owned(), default: inner_default })
        }
        _ => None,
    }
}

/// `$VAR` and `$env:VAR`.
fn dollar(text: &str) -> Option<Found> {
    let prefix = if text.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("$env:")) { 5 } else { 1 };
    let name: &str = text.get(prefix..)?.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next()?;
    // A password may hold a dollar: only what reads as a variable's name and ends where a word ends is one.
    let next = text.as_bytes().get(prefix + name.len());
    let ends = next.is_none_or(|byte| byte.is_ascii_whitespace() || b"/:@,;&?\"'.-)]}".contains(byte));
    let single_case =
        !(name.bytes().any(|byte| byte.is_ascii_lowercase()) && name.bytes().any(|byte| byte.is_ascii_digit()));
    (ends && name.len() > 1 && is_variable_name(name) && (prefix == 5 || single_case))
        .then(|| Found::new(prefix + name.len(), name))?
}

/// Length of the bracket that opens at byte 1, nested ones included.
fn balanced(text: &str, open: u8, close: u8) -> Option<usize> {
    let mut depth = 0usize;
    for (at, byte) in text.bytes().enumerate().skip(1).take(MAX_REFERENCE) {
        if byte == open {
            depth += 1;
        } else if byte == close {
            depth -= 1;
            if depth == 0 {
                return Some(at + 1);
            }
        }
    }
    None
}

/// Where a word first stands, no further on than a reference is long.
fn find(text: &str, word: &str) -> Option<usize> {
    let near = text.as_bytes().get(..MAX_REFERENCE).unwrap_or(text.as_bytes());
    memchr::memmem::find(near, word.as_bytes())
}

fn one_line(text: &str) -> bool {
    text.len() <= 256 && !text.contains(['\n', '{', '}', '"'])
}

/// The name without the word that says where it is looked up.
fn bare(name: &str) -> &str {
    let kinds = ["env:", "input:", "secrets.", "inputs.", "secret:", "user_config.", "vars.", "env.", "$env.", "file:"];
    kinds.iter().find_map(|kind| name.strip_prefix(kind)).unwrap_or(name)
}

/// `!op read x`, `cmd:op read x`: a value that clients replace by what a command prints.
fn program(value: &str) -> Option<String> {
    let line = ["!", "cmd:", "command:", "exec:", "shell:"].iter().find_map(|head| value.strip_prefix(head))?.trim();
    let (word, _) = line.split_once(' ')?;
    let runs = word.starts_with(|c: char| c.is_ascii_lowercase() || "./~".contains(c))
        && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./~".contains(&byte))
        && !is_token_shaped(word);
    (runs && one_line(line)).then(|| command(line).to_owned())
}

/// A value that is wholly the address of a secret in a store; the address is the name.
fn store(value: &str) -> Option<String> {
    if value.is_empty() || value.len() > 512 || value.contains(char::is_whitespace) {
        return None;
    }
    let addresses = [
        "op://",
        "doppler://",
        "bws://",
        "bw://",
        "infisical://",
        "azurekeyvault://",
        "awssm://",
        "aws-sm://",
        "gcpsm://",
        "gcp-sm://",
        "sm://",
        "berglas://",
        "secret://",
        "secretref:",
        "ref+",
        "keyring://",
        "keychain://",
        "env://",
        "file://",
        "vault://",
        "akeyless://",
        "arn:aws:secretsmanager:",
        "arn:aws:ssm:",
        "arn:aws-us-gov:secretsmanager:",
        "arn:aws-cn:secretsmanager:",
        "@Microsoft.KeyVault(",
        "keyvaultref:",
        "https://secretmanager.googleapis.com/v1/projects/",
    ];
    if value.starts_with("ENC[AES256_GCM,") {
        return Some("sops".to_owned());
    }
    let in_key_vault = value.starts_with("https://") && sealed::is_resource_name(value);
    if in_key_vault || addresses.iter().any(|start| value.starts_with(start)) {
        return Some(value.to_owned());
    }
    let path = ["vault:", "keychain:", "keyring:", "env:", "file:", "doppler:", "ssm:", "secret:"]
        .iter()
        .find_map(|start| value.strip_prefix(start));
    if let Some(path) = path {
        // The token itself behind the word is no address.
        return (!path.is_empty() && !path.split(['/', '#', '.', ':']).any(is_token_shaped))
            .then(|| bare(value).to_owned());
    }
    let mut segments = value.split('/');
    let google = segments.next() == Some("projects") && segments.nth(1) == Some("secrets");
    google.then(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn literals(value: &str) -> Vec<&str> {
        parts(value)
            .into_iter()
            .filter_map(|part| if let Part::Literal(range) = part { value.get(range) } else { None })
            .collect()
    }

    fn names(value: &str) -> Vec<String> {
        parts(value)
            .into_iter()
            .filter_map(|part| if let Part::Reference(_, name) = part { Some(name) } else { None })
            .collect()
    }

    #[test]
    fn every_documented_form_is_a_reference_with_its_name() {
        for (value, name) in [
            ("${VAR}", "VAR"),
            ("$VAR", "VAR"),
            ("%VAR%", "VAR"),
            ("${env:VAR}", "VAR"),
            ("${input:api-key}", "api-key"),
            ("{env:VAR}", "VAR"),
            ("{file:~/.key}", "~/.key"),
            ("${{ secrets.X }}", "X"),
            ("${{ inputs.X }}", "X"),
            ("${user_config.key}", "key"),
            ("{{github.token}}", "github.token"),
            ("{curly}", "curly"),
            ("$(pass show x)", "pass show x"),
            ("${VAR:?must be set}", "VAR"),
            ("$env:VAR", "VAR"),
            ("={{$env.X}}", "X"),
            ("op://vault/item/field", "op://vault/item/field"),
            ("vault:secret/data/x#key", "vault:secret/data/x#key"),
            ("keychain:github", "keychain:github"),
            ("projects/1/secrets/x/versions/latest", "projects/1/secrets/x/versions/latest"),
            (
                "@Microsoft.KeyVault(SecretUri=https://v/secrets/x/)",
                "@Microsoft.KeyVault(SecretUri=https://v/secrets/x/)",
            ),
            ("https://v.vault.azure.net/secrets/x/0f", "https://v.vault.azure.net/secrets/x/0f"),
            ("!op read x", "op read x"),
            ("cmd:pass show mcp/x", "pass show mcp/x"),
            ("process.env.VAR", "VAR"),
            ("os.environ[\"VAR\"]", "VAR"),
        ] {
            assert_eq!(names(value), [name], "{value}");
            assert!(literals(value).is_empty(), "{value}");
        }
    }

    #[test]
    fn the_literal_beside_a_reference_stays() {
        assert_eq!(literals("real-key ${ANTHROPIC_API_KEY}"), ["real-key"]);
        assert_eq!(literals("${ANTHROPIC_API_KEY}real-key"), ["real-key"]);
        assert!(literals("${A}-lit").is_empty());
        assert!(literals("${A}:${B}").is_empty());
    }

    #[test]
    fn a_default_is_a_literal() {
        assert_eq!(literals("${VAR:-fallback}"), ["fallback"]);
        assert_eq!(literals("${A:-${B:-deep}}"), ["deep"]);
        assert_eq!(literals("${VAR-x}"), ["x"]);
        assert!(literals("${VAR:-}").is_empty());
        assert_eq!(names("${A:-${B}}"), ["A", "B"]);
    }

    #[test]
    fn a_password_with_a_dollar_or_percent_is_a_literal() {
        for value in
            ["pa$$word", "x$y9z", "100%sure%", "a%41%42", "$1aB", "{\"a\":1}", "plain", "${not closed", "$", "%%", "{}"]
        {
            assert_eq!(literals(value), [value]);
        }
    }

    #[test]
    fn braces_around_a_token_do_not_make_it_a_reference_and_no_name_holds_one() {
        let token = "a1B2c3D4".repeat(4);
        for value in [format!("${{{token}}}"), format!("{{{{{token}}}}}"), format!("{{{token}}}")] {
            assert_eq!(literals(&value), [value.as_str()]);
        }
        assert_eq!(names(&format!("$(curl -H X:{token} h)")), ["curl"]);
    }

    #[test]
    fn a_token_in_place_of_a_name_is_no_name() {
        assert!(is_variable_name("GITHUB_TOKEN"));
        assert!(is_variable_name("AWS_S3_KEY_2024_PROD"));
        assert!(!is_variable_name("a1B2c3D4e5F6g7H8i9"));
        assert!(!is_variable_name("has-dash"));
        assert!(!is_variable_name(""));
    }

    #[test]
    fn masking_keeps_every_offset() {
        let value = "https://u:${P:-a/b@c}@h/${X}/z";
        let masked = masked(value);
        assert_eq!(masked.len(), value.len());
        assert!(!masked.contains('$'));
    }

    proptest! {
        #[test]
        fn parts_always_slice_the_value(value in "\\PC{0,40}|[${}%():a-zA=@é-]{0,60}") {
            for part in parts(&value) {
                let (Part::Literal(range) | Part::Reference(range, _)) = part;
                prop_assert!(value.get(range).is_some());
            }
            prop_assert!(masked(&value).len() == value.len());
        }
    }
}
