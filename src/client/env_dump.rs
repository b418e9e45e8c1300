//! Reads dumps of an environment: `env`, `env -0`, `/proc/PID/environ`, `export -p`, PowerShell's lists.

use super::dotenv::Assignment;
use super::reference::holds_token;
use crate::span::Text;

/// Reads all variables, in order, whichever program wrote the dump.
#[must_use]
pub fn read(text: &str) -> Vec<Assignment<'_>> {
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let base = text.len() - body.len();
    if body.contains('\0') {
        return nul_separated(body, base);
    }
    let mut found = Vec::new();
    let mut lines = Lines { text, at: base };
    let mut open: Option<(&str, usize, usize)> = None;
    while let Some((start, end)) = lines.next() {
        let line = text.get(start..end).unwrap_or_default();
        if let Some((name, value)) = exported(line) {
            close(text, &mut open, &mut found);
            let (value, behind) = quoted(text, start + value);
            found.push(Assignment { name, text: value });
            lines.skip_to(behind);
        } else if let Some(name) = name(line) {
            close(text, &mut open, &mut found);
            open = Some((name, start + name.len() + 1, end));
        } else if let Some((_, _, last)) = &mut open {
            // A value may hold line breaks (a PEM key does): a line that assigns nothing belongs to the one before.
            *last = end;
        } else if let Some((name, value)) = listed(line) {
            found.push(Assignment { name, text: Text::verbatim(line.get(value..).unwrap_or_default(), start + value) });
        }
    }
    close(text, &mut open, &mut found);
    found
}

/// Lines without their ends.
struct Lines<'a> {
    text: &'a str,
    at: usize,
}

impl Lines<'_> {
    fn next(&mut self) -> Option<(usize, usize)> {
        let rest = self.text.as_bytes().get(self.at..).filter(|rest| !rest.is_empty())?;
        let start = self.at;
        let length = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        self.at += length + 1;
        let carriage = usize::from(rest[..length].ends_with(b"\r"));
        Some((start, start + length - carriage))
    }

    /// Goes on behind the line that holds `at`.
    fn skip_to(&mut self, at: usize) {
        if at >= self.at {
            let rest = self.text.as_bytes().get(at..).unwrap_or_default();
            self.at = at + memchr::memchr(b'\n', rest).unwrap_or(rest.len()) + 1;
        }
    }
}

fn close<'a>(text: &'a str, open: &mut Option<(&'a str, usize, usize)>, found: &mut Vec<Assignment<'a>>) {
    if let Some((name, start, end)) = open.take() {
        let value = text.get(start..end).unwrap_or_default().trim_end_matches(['\r', '\n']);
        if !value.is_empty() {
            found.push(Assignment { name, text: Text::verbatim(value, start) });
        }
    }
}

fn nul_separated(body: &str, base: usize) -> Vec<Assignment<'_>> {
    let mut start = base;
    let mut found = Vec::new();
    for part in body.split('\0') {
        let trimmed = part.trim_start_matches(['\r', '\n']);
        if let Some(name) = name(trimmed) {
            let value = trimmed.get(name.len() + 1..).unwrap_or_default();
            if !value.is_empty() {
                found.push(Assignment { name, text: Text::verbatim(value, start + part.len() - value.len()) });
            }
        }
        start += part.len() + 1;
    }
    found
}

/// The name in front of `=`. Programs export others than shells allow (`ProgramFiles(x86)`, `npm_config_x.y`).
fn name(line: &str) -> Option<&str> {
    let name = line.split_once('=')?.0;
    let mut bytes = name.bytes();
    let first = bytes.next()?;
    ((first.is_ascii_alphabetic() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || b"_.-()%:".contains(&byte))
        && !holds_token(name))
    .then_some(name)
}

/// `export K=…` and `declare -x K=…`: the name and where the value begins.
fn exported(line: &str) -> Option<(&str, usize)> {
    let rest = ["declare -", "typeset -"]
        .iter()
        .find_map(|start| line.strip_prefix(start).and_then(|rest| rest.split_once(' ')).map(|(_, rest)| rest))
        .or_else(|| line.strip_prefix("export "))
        .or_else(|| line.strip_prefix("set -gx ").or_else(|| line.strip_prefix("set -x ")))?;
    let rest = rest.trim_start();
    let rest = rest.strip_prefix("-x ").map_or(rest, str::trim_start);
    let name = name(rest)?;
    Some((name, line.len() - rest.len() + name.len() + 1))
}

/// PowerShell's `Name  Value` table and `Name : K` list, where the value is not cut off.
fn listed(line: &str) -> Option<(&str, usize)> {
    let end = line.find(|character: char| !character.is_ascii_alphanumeric() && character != '_')?;
    let name = line.get(..end).filter(|name| name.len() > 1)?;
    let gap = line.get(end..)?;
    let value = gap.trim_start_matches(' ');
    let truncated = value.ends_with("...") || value.ends_with('…');
    (gap.len() - value.len() >= 2 && !value.is_empty() && !value.starts_with(':') && !truncated && name != "Name")
        .then_some((name, line.len() - value.len()))
}

/// A word as a shell quotes it, which may span lines; and where it ends.
pub(super) fn quoted(text: &str, at: usize) -> (Text<'_>, usize) {
    let rest = text.get(at..).unwrap_or_default();
    let mut word = Word { text, at, value: String::new(), table: Vec::new() };
    word.read(rest.len());
    let end = word.at;
    word.table.push(end);
    let raw = text.get(at..end).unwrap_or_default();
    if raw == word.value {
        return (Text::verbatim(raw, at), end);
    }
    (Text::decoded(word.value, word.table).unwrap_or(Text::verbatim(raw, at)), end)
}

/// A word being read, with the raw offset of each byte.
struct Word<'a> {
    text: &'a str,
    at: usize,
    value: String,
    table: Vec<usize>,
}

impl Word<'_> {
    fn peek(&self, ahead: usize) -> Option<u8> {
        self.text.as_bytes().get(self.at + ahead).copied()
    }

    fn push(&mut self, character: char, from: usize) {
        self.value.push(character);
        self.table.extend(std::iter::repeat_n(from, character.len_utf8()));
    }

    /// Takes the next character as it stands.
    fn take(&mut self) {
        if let Some(character) = self.text.get(self.at..).and_then(|rest| rest.chars().next()) {
            self.push(character, self.at);
            self.at += character.len_utf8();
        } else {
            self.at += 1;
        }
    }

    fn read(&mut self, length: usize) {
        let end = self.at + length;
        while self.at < end {
            match (self.peek(0), self.peek(1)) {
                (Some(b' ' | b'\t' | b'\r' | b'\n' | b';'), _) | (None, _) => break,
                (Some(b'$'), Some(b'\'')) => {
                    self.at += 2;
                    self.ansi();
                }
                (Some(b'\''), _) => {
                    self.at += 1;
                    while self.peek(0).is_some_and(|byte| byte != b'\'') {
                        self.take();
                    }
                    self.at = (self.at + 1).min(self.text.len());
                }
                (Some(b'"'), _) => {
                    self.at += 1;
                    self.double();
                }
                (Some(b'\\'), Some(_)) => {
                    self.at += 1;
                    self.take();
                }
                _ => self.take(),
            }
        }
    }

    /// Inside `"…"`: a backslash quotes only what would mean something.
    fn double(&mut self) {
        while let Some(byte) = self.peek(0).filter(|byte| *byte != b'"') {
            if byte == b'\\' && self.peek(1).is_some_and(|next| b"\"\\$`".contains(&next)) {
                let from = self.at;
                self.at += 1;
                if let Some(next) = self.peek(0) {
                    self.push(char::from(next), from);
                }
                self.at += 1;
            } else {
                self.take();
            }
        }
        self.at = (self.at + 1).min(self.text.len());
    }

    /// Inside `$'…'`: the escapes of C.
    fn ansi(&mut self) {
        while let Some(byte) = self.peek(0).filter(|byte| *byte != b'\'') {
            if byte != b'\\' {
                self.take();
                continue;
            }
            let from = self.at;
            let Some(letter) = self.peek(1) else {
                self.take();
                continue;
            };
            let (digits, radix, skip) = match letter {
                b'x' => (2, 16, 2),
                b'u' => (4, 16, 2),
                b'U' => (8, 16, 2),
                b'0'..=b'7' => (3, 8, 1),
                _ => (0, 10, 2),
            };
            let simple = match letter {
                b'n' => '\n',
                b't' => '\t',
                b'r' => '\r',
                b'a' => '\u{7}',
                b'b' => '\u{8}',
                b'e' | b'E' => '\u{1b}',
                b'f' => '\u{c}',
                b'v' => '\u{b}',
                other => char::from(other),
            };
            if digits == 0 {
                self.at += 1;
                if letter.is_ascii() {
                    self.push(simple, from);
                    self.at += 1;
                } else {
                    self.take();
                }
                continue;
            }
            let start = self.at + skip;
            let number: String = self
                .text
                .get(start..)
                .unwrap_or_default()
                .chars()
                .take(digits)
                .take_while(|c| c.is_digit(radix))
                .collect();
            self.at = start + number.len();
            if let Some(character) = u32::from_str_radix(&number, radix).ok().and_then(char::from_u32) {
                self.push(character, from);
            }
        }
        self.at = (self.at + 1).min(self.text.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pairs(raw: &str) -> Vec<(String, String)> {
        read(raw).iter().map(|found| (found.name.to_owned(), found.text.as_str().to_owned())).collect()
    }

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn lines_of_env_keep_their_line_breaks() {
        assert_eq!(
            pairs("A=1\r\nKEY=-----BEGIN\nabc\n-----END\nB=x=y\n"),
            [pair("A", "1"), pair("KEY", "-----BEGIN\nabc\n-----END"), pair("B", "x=y")]
        );
    }

    #[test]
    fn nul_separated_dumps_are_read() {
        assert_eq!(pairs("A=1\0B=two\nlines\0C=\0"), [pair("A", "1"), pair("B", "two\nlines")]);
    }

    #[test]
    fn exports_are_unquoted_to_the_byte() {
        let raw = "declare -x A=\"x\\\"y\\$z\"\nexport B='it'\\''s'\ndeclare -rx C=$'a\\nb\\x41'\nexport D=plain\n";
        assert_eq!(pairs(raw), [pair("A", "x\"y$z"), pair("B", "it's"), pair("C", "a\nbA"), pair("D", "plain")]);
        let found = read(raw);
        let span = found[3].text.span();
        assert_eq!(&raw[span.start..span.end], "plain");
    }

    #[test]
    fn an_export_of_several_lines_ends_where_its_quote_does() {
        assert_eq!(
            pairs("declare -x A=\"one\nB=two\"\ndeclare -x C=\"3\"\n"),
            [pair("A", "one\nB=two"), pair("C", "3")]
        );
    }

    #[test]
    fn a_powershell_table_is_read_and_cut_values_are_not() {
        assert_eq!(
            pairs("Name      Value\n----      -----\nAPI_KEY   abc\nLONG      abc...\n"),
            [pair("API_KEY", "abc")]
        );
    }

    proptest! {
        #[test]
        fn any_text_is_read_and_spans_slice_it(raw in "\\PC{0,60}|(declare -x |export )?[A-C=$'\"\\\\x0u \n\0\u{e9}]{0,80}") {
            for found in read(&raw) {
                let span = found.text.span();
                prop_assert!(raw.get(span.start..span.end).is_some());
            }
        }
    }
}
