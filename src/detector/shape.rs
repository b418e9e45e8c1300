//! Whether a value is plainly something else than a credential: a path, a URL, a version, a date, a word, a number.

use super::hashed::is_password_hash;
use super::language::wordiness;
use super::public::is_public;
use super::sealed::is_sealed;
use super::words;

/// Whether `value` has a shape that credentials do not have. Says nothing about placeholders.
#[must_use]
pub fn is_innocent(value: &str) -> bool {
    let value = value.trim();
    value.is_empty() || is_structured(value) || is_identifier(value) || is_prose(value)
}

/// Whether a person may have chosen `value` as a password: words, but more than one plain word. For slots that are said
/// to hold a password, where [`is_innocent`] would take a passphrase for prose and `amber-falcon-42` for an identifier.
#[must_use]
pub fn may_be_password(value: &str) -> bool {
    value.len() >= 8 && !is_structured(value) && value.bytes().any(|byte| !byte.is_ascii_alphabetic())
}

/// Whether `value` was made so that it may be stored or shown: the hash of a password, ciphertext, a public key, a
/// certificate, the name of a resource. No slot makes a credential of it.
#[must_use]
pub fn is_shareable(value: &str) -> bool {
    is_password_hash(value) || is_sealed(value)
}

/// Values of a grammar of their own.
fn is_structured(value: &str) -> bool {
    is_literal(value)
        || is_number(value)
        || is_version(value)
        || is_date(value)
        || is_email(value)
        || is_host_and_port(value)
        || is_plain_url(value)
        || is_path(value)
        || is_lock_hash(value)
        || is_shareable(value)
        || is_public(value)
        || is_code(value)
        || is_choice(value)
        || is_parameter(value)
}

/// `path=/etc/app/passwords`: a parameter of what stands in front of it, and its value is a path.
fn is_parameter(value: &str) -> bool {
    value.split_once('=').is_some_and(|(name, path)| {
        !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
            && path.starts_with('/')
            && path.bytes().filter(|&byte| byte == b'/').count() >= 2
            && path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte))
    })
}

/// `required|min:6|confirmed`: words and their numbers with bars between them, as rules and alternatives are written.
fn is_choice(value: &str) -> bool {
    value.split('|').count() >= 3
        && value.split('|').all(|part| {
            let (word, number) = part.split_once(':').unwrap_or((part, ""));
            is_plain_piece(word)
                && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
                && number
                    .bytes()
                    .all(|byte| byte.is_ascii_digit() || byte.is_ascii_lowercase() || b"_,".contains(&byte))
        })
}

fn is_literal(value: &str) -> bool {
    const LITERALS: &[&str] = &[
        "true",
        "false",
        "yes",
        "no",
        "on",
        "off",
        "null",
        "none",
        "nil",
        "undefined",
        "nan",
        "n/a",
        "auto",
        "default",
    ];
    LITERALS.iter().any(|literal| value.eq_ignore_ascii_case(literal))
}

/// A decimal number with sign, fraction, unit or thousands marks; a long run of digits may be a credential.
fn is_number(value: &str) -> bool {
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    if digits == 0 || digits > 12 {
        return false;
    }
    let rest = value.trim_start_matches(['+', '-']).trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == '%');
    let unit = value.len() - rest.len();
    unit <= 4 && rest.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b',' | b'_' | b' '))
}

/// `1.2.3`, `v0.14.0-rc.1`, `^4.0`, `>=3.9,<4`.
fn is_version(value: &str) -> bool {
    let rest = value.trim_start_matches(['v', 'V', '^', '~', '=', '>', '<', ' ']);
    value.len() <= 40
        && rest.starts_with(|c: char| c.is_ascii_digit())
        && rest.contains('.')
        && rest.split(['.', '-', '+', ',', ' ', '<', '>', '=']).all(|part| {
            part.bytes().all(|byte| byte.is_ascii_digit())
                || ["alpha", "beta", "rc", "dev", "pre", "post", "x", "final", "snapshot", "SNAPSHOT", "*", "a", "b"]
                    .contains(&part.trim_end_matches(|c: char| c.is_ascii_digit()))
        })
}

/// `2026-11-23`, with or without a time.
fn is_date(value: &str) -> bool {
    let bytes = value.as_bytes();
    bytes.len() >= 8
        && bytes.len() <= 40
        && bytes[..4].iter().all(u8::is_ascii_digit)
        && matches!(bytes[4], b'-' | b'/' | b'.')
        && bytes.iter().all(|&byte| byte.is_ascii_digit() || b"-/.:TZ+ ".contains(&byte))
}

fn is_email(value: &str) -> bool {
    let Some((local, domain)) = value.split_once('@') else { return false };
    !local.is_empty()
        && local.len() <= 64
        && local.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._%+-".contains(&byte))
        && domain.contains('.')
        && is_host(domain)
}

fn is_host(host: &str) -> bool {
    !host.is_empty()
        && host.split('.').all(|label| {
            !label.is_empty()
                && label.len() <= 63
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        })
}

/// `localhost`, `db.internal:5432`, `127.0.0.1`: a port, or a last label that is a word, and labels that are not random.
fn is_host_and_port(value: &str) -> bool {
    let (host, port) = value.rsplit_once(':').map_or((value, None), |(host, port)| (host, Some(port)));
    if !is_host(host) {
        return false;
    }
    match port {
        Some(port) => port.len() <= 5 && !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()),
        None => {
            host.eq_ignore_ascii_case("localhost")
                || (host.contains('.')
                    && host.len() <= 100
                    && host.split('.').all(|label| label.len() <= 20)
                    && host.rsplit('.').next().is_some_and(|last| {
                        (2..=10).contains(&last.len()) && last.bytes().all(|byte| byte.is_ascii_lowercase())
                    }))
                || host.split('.').count() == 4 && host.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        }
    }
}

/// A URL without userinfo, without a query that could hold a key, and without a segment that looks random.
fn is_plain_url(value: &str) -> bool {
    let Some((scheme, rest)) = value.split_once("://") else { return false };
    let plain_scheme =
        !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+.-".contains(&byte));
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let query = rest.split_once('?').map(|(_, query)| query).unwrap_or_default();
    plain_scheme
        && !authority.contains('@')
        && query.split(['&', '?']).all(|pair| pair.split_once('=').is_none_or(|(_, value)| !looks_random(value)))
        && rest.split(['?', '#']).next().unwrap_or_default().split('/').all(|segment| !looks_random(segment))
}

fn is_path(value: &str) -> bool {
    if value.len() > 1024 || value.contains(['\n', '\r']) {
        return false;
    }
    let rooted = [
        "/",
        "./",
        "../",
        "~/",
        "~\\",
        ".\\",
        "..\\",
        "$HOME/",
        "${HOME}/",
        "\\\\",
        "@/",
        "%USERPROFILE%",
        "%APPDATA%",
        "file://",
    ]
    .iter()
    .any(|root| value.starts_with(root))
        || matches!(value.as_bytes(), [drive, b':', b'\\' | b'/', ..] if drive.is_ascii_alphabetic());
    let separated = value.contains(['/', '\\']);
    let segments_are_plain = value.split(['/', '\\']).all(|segment| !looks_random(segment));
    if rooted {
        return segments_are_plain;
    }
    (separated
        && segments_are_plain
        && !value.contains(['=', '+'])
        && value.split(['/', '\\']).all(|segment| segment.len() <= 40))
        || has_file_extension(value)
}

fn has_file_extension(value: &str) -> bool {
    const EXTENSIONS: &[&str] = &[
        "json", "yaml", "yml", "toml", "pem", "key", "crt", "cer", "p12", "pfx", "jks", "txt", "env", "ini", "cfg",
        "conf", "js", "ts", "py", "rb", "go", "rs", "sh", "md", "html", "css", "xml", "db", "sqlite", "log", "pub",
        "jsx", "tsx", "java", "php", "lock",
    ];
    value.rsplit_once('.').is_some_and(|(stem, extension)| {
        EXTENSIONS.contains(&extension) && !stem.is_empty() && stem.len() <= 80 && !looks_random(stem)
    })
}

/// How lock files and images begin a digest.
const DIGEST_HEADS: &[&str] = &[
    "sha1-", "sha256-", "sha384-", "sha512-", "sha1:", "sha256:", "sha384:", "sha512:", "md5:", "md5-", "h1:",
    "blake3:",
];

/// `sha512-…`, `sha256:…`, `md5:…`: digests as lock files and images write them.
#[must_use]
pub fn is_lock_hash(value: &str) -> bool {
    DIGEST_HEADS.iter().any(|head| value.starts_with(head))
}

/// Whether what follows `before` is the rest of such a digest.
pub(super) fn begins_digest(before: &[u8]) -> bool {
    DIGEST_HEADS.iter().any(|head| before.ends_with(head.as_bytes()))
}

/// In bits: names of programs that are all acronyms are not farther from language than this.
const ACRONYMS: f64 = -10.0;

/// Words joined as programmers join them: `us-east-1`, `readOnly`, `gpt-4o-mini`, `application/json`.
fn is_identifier(value: &str) -> bool {
    if value.len() > 64 || !value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.:/@ ".contains(&byte)) {
        return false;
    }
    let joins = value.bytes().filter(|byte| !byte.is_ascii_alphanumeric()).count();
    let wordiness = wordiness(value);
    if joins >= 2 && wordiness > 0.0 {
        return true;
    }
    if wordiness < ACRONYMS {
        return false;
    }
    let mut pieces = 0;
    let mut words = 0;
    let mut mixtures = 0;
    for piece in words::pieces(value) {
        pieces += 1;
        if !is_plain_piece(piece) {
            return false;
        }
        let letters = piece.bytes().filter(u8::is_ascii_alphabetic).count();
        words += usize::from(letters == piece.len() && letters >= 4);
        mixtures += usize::from(letters != piece.len() && letters > 0);
    }
    let separators = value.bytes().filter(|byte| !byte.is_ascii_alphanumeric()).count();
    let is_phrase = words > 0 && mixtures <= 2 && (separators + 1 >= pieces || words * 2 >= pieces);
    pieces > 0 && (is_phrase && value.len() <= pieces * 14 && words * 4 >= pieces || value.len() <= 6)
}

/// A pronounceable word, a small number, or a short mixture such as `v2`, `4o`, `k8s`, `x86`.
fn is_plain_piece(piece: &str) -> bool {
    let bytes = piece.as_bytes();
    if bytes.len() <= 3 {
        return true;
    }
    let stem = piece.trim_end_matches(|c: char| c.is_ascii_digit());
    if piece.len() - stem.len() > 4 {
        return false;
    }
    let stem = stem.as_bytes();
    let vowels = stem.iter().filter(|byte| b"aeiouyAEIOUY".contains(byte)).count();
    (stem.len() <= 16 || stem.len() <= 28 && stem.iter().all(u8::is_ascii_lowercase) && vowels * 4 >= stem.len())
        && stem.iter().all(u8::is_ascii_alphabetic)
        && (stem.is_empty() || vowels * 6 >= stem.len())
        && longest_consonant_run(stem) <= if stem.len() < 9 { 5 } else { 4 }
        && (stem.len() < 9 || vowels * 5 >= stem.len())
}

fn longest_consonant_run(bytes: &[u8]) -> usize {
    bytes.split(|byte| b"aeiouyAEIOUY".contains(byte)).map(<[u8]>::len).max().unwrap_or_default()
}

/// A call, an index, an operator: source text and not a value.
fn is_code(value: &str) -> bool {
    let called = value.find('(').is_some_and(|at| {
        at > 0
            && value.contains(')')
            && value[..at].bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.:$!>-".contains(&byte))
            && !looks_random(&value[..at])
    });
    let has_operator = [" + ", " == ", " && ", " || ", " => ", " ? ", "::", "->", " | "]
        .iter()
        .any(|operator| value.contains(operator));
    let dotted = value.contains('.')
        && wordiness(value) >= ACRONYMS / 2.0
        && value.split('.').count() <= 8
        && value.split('.').all(|part| {
            part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
                && (is_identifier(part) || part.len() <= 3)
                && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        });
    called || (has_operator && !value.contains("://")) || dotted
}

/// Several words with spaces between them.
fn is_prose(value: &str) -> bool {
    let mut total = 0_usize;
    let mut plain = 0_usize;
    for word in value.split_whitespace() {
        total += 1;
        let word = word.trim_matches(|c: char| c.is_ascii_punctuation());
        if word.is_empty() || (!looks_random(word) && !word.bytes().any(|byte| byte.is_ascii_digit())) {
            plain += 1;
        }
    }
    total >= 2 && plain == total
}

/// Eight or more characters that are not words: letters mixed with digits, or case mixed without sense.
fn looks_random(text: &str) -> bool {
    if text.len() < 8 {
        return false;
    }
    let pieces = words::pieces(text).count().max(1);
    let letters = text.bytes().filter(u8::is_ascii_alphanumeric).count();
    words::pieces(text).any(|piece| piece.len() >= 4 && !is_plain_piece(piece))
        || (text.len() >= 10 && letters < pieces * 3)
}

#[cfg(test)]
mod tests {
    use super::is_innocent;
    use crate::detector::recipe::expand;

    #[test]
    fn what_configs_are_full_of_is_innocent() {
        for value in [
            "",
            "true",
            "production",
            "us-east-1",
            "gpt-4o-mini",
            "claude-sonnet-4",
            "application/json",
            "3000",
            "0.75",
            "30s",
            "1.2.3",
            "v0.14.0-rc.1",
            "^4.0.0",
            "2026-11-23",
            "2026-11-23T10:00:00Z",
            "me@example.com",
            "localhost:5432",
            "db.internal.example.com",
            "127.0.0.1",
            "https://api.example.com/v1/mcp",
            "http://localhost:8080/mcp?transport=sse",
            "/usr/local/bin/node",
            "~/.config/app/credentials.json",
            "C:\\Users\\me\\key.pem",
            "./keys/service-account.json",
            "@modelcontextprotocol/server-github",
            "ghcr.io/github/github-mcp-server",
            "getToken",
            "readOnly",
            "MY_CONSTANT_NAME",
            "process.env.TOKEN",
            "config.get(\"token\")",
            "a sentence of several words",
            "sha512-abcdefg==",
            "service-account.json",
            "--transport",
            "required|min:6|confirmed",
            "path=/etc/apache2/passwords",
            "required|confirmed|different:email",
            "stdio",
        ] {
            assert!(is_innocent(value), "{value}");
        }
    }

    #[test]
    fn random_values_and_urls_with_passwords_are_not() {
        for recipe in [
            "{alnum:20}",
            "{alnum:36}",
            "{hex:32}",
            "{uuid}",
            "{b64:40}",
            "{b64url:43}",
            "{password:16}",
            "{base32:20}",
            "postgres://u:{alnum:14}@db/x",
            "https://h/mcp?k={alnum:24}",
            "https://h/{hex:32}/mcp",
            "a.{b64url:32}.c",
        ] {
            let guilty = (0..500).filter(|&seed| !is_innocent(&expand(recipe, seed).unwrap())).count();
            assert!(guilty >= 490, "{recipe}: {guilty} of 500");
        }
    }
}
