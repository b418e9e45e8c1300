//! Reads dotenv files: `export`, quotes, escapes, inline comments and values of several lines, to the byte.

use std::borrow::Cow;

use super::reference::holds_token;
use crate::span::Text;

/// A variable and its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment<'a> {
    /// The name, as it was written.
    pub name: Cow<'a, str>,
    /// The value: unquoted and unescaped.
    pub text: Text<'a>,
    /// RFC 6901 pointer to the value, where it stands in a document.
    pub pointer: Option<String>,
}

/// Whether a path is that of a dotenv file.
#[must_use]
pub fn is_dotenv(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    name == ".env"
        || name == ".envrc"
        || name == "env.sh"
        || name.starts_with(".env.")
        || name.starts_with(".env-")
        || (name.ends_with(".env") && name.len() > 4)
        || name == ".dev.vars"
}

/// Reads all assignments, in order. Lines that assign nothing are passed over.
#[must_use]
pub fn read(text: &str) -> Vec<Assignment<'_>> {
    let mut found = Vec::new();
    let mut at = text.len() - text.strip_prefix('\u{feff}').unwrap_or(text).len();
    while at < text.len() {
        let line_end = line_end(text, at);
        match assignment(text, at, line_end) {
            Some((name, value)) => {
                let (value, end) = self::value(text, value);
                found.extend(value.map(|text| Assignment { name: Cow::Borrowed(name), text, pointer: None }));
                at = self::line_end(text, end.max(at)).max(line_end) + 1;
            }
            None => at = line_end + 1,
        }
    }
    found
}

/// Offset of the line feed at or behind `at`, or of the end.
fn line_end(text: &str, at: usize) -> usize {
    text.as_bytes().get(at..).and_then(|rest| memchr::memchr(b'\n', rest)).map_or(text.len(), |length| at + length)
}

/// The name that the line assigns to, and where its value begins.
fn assignment(text: &str, at: usize, end: usize) -> Option<(&str, usize)> {
    let line = text.get(at..end)?;
    let mut rest = line.trim_start();
    for word in ["export", "set", "setx", "declare", "local"] {
        if let Some(tail) = rest.strip_prefix(word)
            && tail.starts_with([' ', '\t'])
        {
            rest = tail.trim_start();
            rest = rest.strip_prefix("-x").map_or(rest, str::trim_start);
            break;
        }
    }
    let rest = rest.strip_prefix("$env:").unwrap_or(rest);
    let length = rest
        .bytes()
        .enumerate()
        .take_while(|(at, byte)| {
            byte.is_ascii_alphabetic() || *byte == b'_' || (*at > 0 && (byte.is_ascii_digit() || b".-".contains(byte)))
        })
        .count();
    let (name, tail) = rest.split_at_checked(length).filter(|(name, _)| !name.is_empty() && !holds_token(name))?;
    let spaced = tail.trim_start_matches([' ', '\t']);
    let value = spaced.strip_prefix('=').or_else(|| spaced.strip_prefix(": "))?;
    let value = value.trim_start_matches([' ', '\t']);
    Some((name, end - value.len()))
}

/// The value that begins at `at`, and where it ends.
fn value(text: &str, at: usize) -> (Option<Text<'_>>, usize) {
    let rest = text.get(at..).unwrap_or_default();
    if let Some(quote @ ('"' | '\'' | '`')) = rest.chars().next()
        && let Some(length) = closing(rest.as_bytes(), quote as u8)
    {
        let body = rest.get(1..length).unwrap_or_default();
        let end = at + length + 1;
        let value = if quote == '"' { unescaped(body, at + 1) } else { Text::verbatim(body, at + 1) };
        return (Some(value), end);
    }
    let end = line_end(text, at);
    let line = text.get(at..end).unwrap_or_default();
    // A `#` begins a comment only behind a blank: passwords hold them.
    let comment = if line.starts_with('#') {
        Some(0)
    } else {
        line.char_indices()
            .zip(line.chars().skip(1))
            .find(|((_, before), character)| *character == '#' && before.is_whitespace())
            .map(|((at, _), _)| at)
    };
    let value = line.get(..comment.unwrap_or(line.len())).unwrap_or_default().trim_end();
    ((!value.is_empty()).then(|| Text::verbatim(value, at)), end)
}

/// Offset of the quote that closes the one at the start; an unescaped one.
fn closing(bytes: &[u8], quote: u8) -> Option<usize> {
    let mut at = 1;
    loop {
        match *bytes.get(at)? {
            b'\\' if quote == b'"' => at += 1,
            byte if byte == quote => return Some(at),
            _ => {}
        }
        at += 1;
    }
}

/// A double-quoted value without its escapes.
fn unescaped(body: &str, start: usize) -> Text<'_> {
    if !body.contains('\\') {
        return Text::verbatim(body, start);
    }
    let (mut value, mut table) = (String::with_capacity(body.len()), Vec::with_capacity(body.len() + 1));
    let mut characters = body.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        let decoded = match (character, characters.peek().map(|next| next.1)) {
            ('\\', Some('n')) => Some('\n'),
            ('\\', Some('r')) => Some('\r'),
            ('\\', Some('t')) => Some('\t'),
            ('\\', Some(same @ ('"' | '\'' | '\\' | '$' | '`'))) => Some(same),
            _ => None,
        };
        if decoded.is_some() {
            characters.next();
        }
        let decoded = decoded.unwrap_or(character);
        value.push(decoded);
        table.extend(std::iter::repeat_n(start + at, decoded.len_utf8()));
    }
    table.push(start + body.len());
    Text::decoded(value, table).unwrap_or(Text::verbatim(body, start))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pairs(raw: &str) -> Vec<(String, String)> {
        read(raw).iter().map(|found| (found.name.clone().into_owned(), found.text.as_str().to_owned())).collect()
    }

    #[test]
    fn the_grammar_of_dotenv_is_understood() {
        let raw = "\u{feff}# c\nA=1\r\nexport B = 'two # not'\nC=\"x\\ny\\\"z\" # why\nD=pa#ss # c\nE: yaml\nF=\nno line\nG=\"a\nb\"\nH=last";
        let expected = [
            ("A", "1"),
            ("B", "two # not"),
            ("C", "x\ny\"z"),
            ("D", "pa#ss"),
            ("E", "yaml"),
            ("G", "a\nb"),
            ("H", "last"),
        ];
        let expected: Vec<_> = expected.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        assert_eq!(pairs(raw), expected);
    }

    #[test]
    fn spans_point_at_the_raw_value() {
        let raw = "A=\"x\\\"y\"\n";
        let found = read(raw);
        let span = found[0].text.span();
        assert_eq!(&raw[span.start..span.end], "x\\\"y");
    }

    #[test]
    fn a_quote_that_never_closes_hides_nothing_below() {
        assert_eq!(pairs("A='x\nB=2\n").last(), Some(&("B".to_owned(), "2".to_owned())));
    }

    #[test]
    fn a_line_of_base64_is_no_assignment() {
        assert!(pairs(&format!("{}==\n", "a1B2c3".repeat(8))).is_empty());
    }

    #[test]
    fn names_of_dotenv_files_are_told_from_others() {
        for path in [".env", "a/.env.local", "prod.env", ".envrc", "x/env.sh"] {
            assert!(is_dotenv(path), "{path}");
        }
        for path in ["env", "a.envelope", "environment.ts"] {
            assert!(!is_dotenv(path), "{path}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_and_spans_slice_it(raw in "\\PC{0,60}|[A-C=:'\"\\\\# \n\u{e9}]{0,80}") {
            for found in read(&raw) {
                let span = found.text.span();
                prop_assert!(raw.get(span.start..span.end).is_some());
            }
        }
    }
}
