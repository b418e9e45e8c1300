//! Values that are set off as something to be filled in or looked up: `<token>`, `${TOKEN}`, `{{ token }}`, `%TOKEN%`.

use super::sequence::is_sequence;
use super::vocabulary::{NOUNS, has};
use super::words;

/// The whole value is set off as something to be filled in.
pub(super) fn is_marked(value: &str) -> bool {
    /// Around words of any kind.
    const PAIRS: &[(&str, &str)] = &[
        ("<", ">"),
        ("{{", "}}"),
        ("${", "}"),
        ("$(", ")"),
        ("{", "}"),
        ("[", "]"),
        ("%", "%"),
        ("__", "__"),
        ("#{", "}"),
        ("%{", "}"),
        ("<%=", "%>"),
        ("{%", "%}"),
        ("((", "))"),
        ("«", "»"),
        ("&lt;", "&gt;"),
        ("\\u003c", "\\u003e"),
    ];
    /// Around names only: what else they hold may be a password.
    const NAMED: &[(&str, &str)] = &[
        ("<<", ">>"),
        ("@", "@"),
        ("@@", "@@"),
        ("#", "#"),
        ("(", ")"),
        ("*", "*"),
        ("--", "--"),
        ("~{", "}"),
        ("!{", "}"),
        ("$${", "}"),
    ];
    /// Within which a program looks something up.
    const LOOKED_UP: &[&str] = &["${", "{{", "$(", "#{", "%{", "<%=", "{%"];
    let inside = |(open, close): &(&str, &str)| {
        let inside = value.strip_prefix(open)?.strip_suffix(close)?.trim();
        (!inside.is_empty() && !inside.contains(open)).then_some(inside)
    };
    let marked = PAIRS.iter().any(|pair| {
        let looked_up = LOOKED_UP.contains(&pair.0);
        inside(pair).is_some_and(|inside| {
            is_name(inside, looked_up) || is_readable(inside) || looked_up && is_expression(inside)
        })
    });
    let named = || NAMED.iter().any(|pair| inside(pair).is_some_and(|inside| is_name(inside, false)));
    marked || named() || is_shell_name(value) || angle_inside(value) || is_template(value)
}

/// `data.vault.x.data["SMTP_PASSWORD"]`, `include "x.name" .`: names, quotes and brackets, and no value to fall back on.
fn is_expression(text: &str) -> bool {
    const FALLBACKS: &[&str] = &[":-", ":=", "||", "??", "?:", "default", "or "];
    let mark = |c: char| " .[]\"'()/:|,_$-".contains(c);
    text.len() <= 80
        && !FALLBACKS.iter().any(|fallback| text.contains(fallback))
        && text.chars().all(|c| c.is_ascii_alphanumeric() || mark(c))
        && text
            .split(|c: char| mark(c) && c != '_')
            .all(|part| part.is_empty() || is_name(part, true) || part.len() <= 3)
}

/// Holes with readable names (`{user}:{pass}`, `pa%40{alnum:12}`), and outside of them too little to be a secret.
fn is_template(value: &str) -> bool {
    const OUTSIDE: usize = 12;
    let mut rest = value;
    let (mut holes, mut outside) = (0, 0);
    while let Some((between, tail)) = rest.split_once('{') {
        let Some((hole, behind)) = tail.split_once('}') else { return false };
        if hole.is_empty() || !(is_readable(hole) || is_name(hole.trim(), false)) {
            return false;
        }
        holes += 1;
        outside += between.len();
        rest = behind;
    }
    holes > 0 && outside + rest.len() <= OUTSIDE
}

/// `sk-<your key>`, `https://<host>`: an angle pair with words in it anywhere.
fn angle_inside(value: &str) -> bool {
    let Some(open) = value.find('<') else { return false };
    value[open..].find('>').is_some_and(|close| close > 1 && is_readable(&value[open + 1..open + close]))
}

/// `$NAME`.
fn is_shell_name(value: &str) -> bool {
    value.strip_prefix('$').is_some_and(|name| {
        let name = name.strip_prefix("env:").unwrap_or(name);
        name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    })
}

/// Made of words as a person writes them, not of random characters.
fn is_readable(text: &str) -> bool {
    text.len() <= 80
        && words::pieces(text).all(|piece| is_wordlike(piece) || is_small_number(piece) || piece.len() <= 3)
}

/// `MQTT_PASSWORD`, `secrets.SMTP_PASSWORD`, `env:smtp_pass`, `mqttPassword`: a name, be its words readable or not. Where
/// something is looked up by it, any humps will do.
fn is_name(text: &str, looked_up: bool) -> bool {
    const LONGEST: usize = 64;
    const DIGITS: usize = 4;
    // `env:NAME`, `NAME:-`.
    let text = text.strip_suffix(":-").unwrap_or(text);
    let source = |head: &&str| head.len() <= 8 && head.bytes().all(|byte| byte.is_ascii_lowercase());
    let text = text.split_once(':').filter(|(head, _)| source(head)).map_or(text, |(_, name)| name);
    let alphabet = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.');
    let lower = |part: &str| part.bytes().any(|byte| byte.is_ascii_lowercase());
    let upper = |part: &str| part.bytes().any(|byte| byte.is_ascii_uppercase());
    let parted =
        || text.split('.').all(|part| !(lower(part) && upper(part))) && (text.contains(['_', '.']) || !lower(text));
    let humped = || {
        let mut humps = words::camel(text).peekable();
        humps.peek().is_some_and(|first| *first != text)
            && humps.any(|hump| has(NOUNS, &hump.to_ascii_lowercase()))
            && text.bytes().all(|byte| byte.is_ascii_alphabetic())
    };
    text.len() <= LONGEST
        && text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.bytes().all(alphabet)
        && text.bytes().filter(u8::is_ascii_digit).count() <= DIGITS
        && (looked_up || parted() || humped())
}

/// Letters of one case (or capitalised) in a length that words have, with vowels among them.
pub(super) fn is_wordlike(piece: &str) -> bool {
    let bytes = piece.as_bytes();
    if bytes.is_empty() || bytes.len() > 14 || !bytes.iter().all(u8::is_ascii_alphabetic) {
        return false;
    }
    let uniform = bytes[1..].iter().all(u8::is_ascii_lowercase) || bytes.iter().all(u8::is_ascii_uppercase);
    uniform && (bytes.len() <= 3 || bytes.iter().any(|byte| b"aeiouyAEIOUY".contains(byte)))
}

pub(super) fn is_small_number(piece: &str) -> bool {
    piece.bytes().all(|byte| byte.is_ascii_digit()) && (piece.len() <= 4 || is_sequence(piece))
}
