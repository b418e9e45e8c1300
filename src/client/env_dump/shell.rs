//! Dumps of lines: bare ones, whose values go on until the next name, and those that a shell quotes.

use std::borrow::Cow;

use super::lines::{Lines, name};
use super::{Assignment, Dump, Form};
use crate::client::shell::{Dialect, read as word};
use crate::span::Text;

/// A variable whose value is not known to have ended yet.
struct Open<'a> {
    name: &'a str,
    start: usize,
    end: usize,
    /// A key is being read, whose lines may look like anything.
    key: bool,
}

pub(super) fn read(text: &str, from: usize, form: Form) -> Dump<'_> {
    let mut dump = Dump::default();
    let mut lines = Lines::new(text, from);
    let mut open: Option<Open<'_>> = None;
    while let Some((start, end)) = lines.next() {
        let line = text.get(start..end).unwrap_or_default();
        if let Some(held) = open.as_mut().filter(|held| held.key) {
            held.end = end;
            held.key = !line.contains("-----END ");
        } else if let Some((name, value)) = exported(line) {
            close(text, &mut open, &mut dump);
            if line.get(value..).is_some_and(|rest| rest.starts_with('(')) {
                // An array cannot be exported, whatever is said of it.
                continue;
            }
            let dialect = if line.trim_start().starts_with("set -") { Dialect::Fish } else { Dialect::Posix };
            let (value, behind) = quoted(text, start + value, dialect);
            dump.assignments.push(Assignment { name: Cow::Borrowed(name), text: value, pointer: None });
            lines.skip_to(behind);
        } else if let Some(name) = name(line) {
            close(text, &mut open, &mut dump);
            let value = start + name.len() + 1;
            if form == Form::Set || is_escaped(text, value, end) {
                if text.as_bytes().get(value) != Some(&b'(') {
                    let (value, behind) = quoted(text, value, Dialect::Posix);
                    dump.assignments.push(Assignment { name: Cow::Borrowed(name), text: value, pointer: None });
                    lines.skip_to(behind);
                }
            } else {
                let key = line.contains("-----BEGIN ") && !line.contains("-----END ");
                open = Some(Open { name, start: value, end, key });
            }
        } else if let Some(held) = &mut open {
            // A value may hold line breaks (a PEM key does): a line that assigns nothing belongs to the one before.
            held.end = end;
        }
    }
    close(text, &mut open, &mut dump);
    dump
}

fn close<'a>(text: &'a str, open: &mut Option<Open<'a>>, dump: &mut Dump<'a>) {
    if let Some(Open { name, start, end, .. }) = open.take() {
        let text = Text::verbatim(text.get(start..end).unwrap_or_default(), start);
        dump.assignments.push(Assignment { name: Cow::Borrowed(name), text, pointer: None });
    }
}

/// `systemctl show-environment` writes `NAME=$'…'` for what is not plain.
fn is_escaped(text: &str, value: usize, end: usize) -> bool {
    text.get(value..end).is_some_and(|value| value.len() > 2 && value.starts_with("$'") && value.ends_with('\''))
}

/// A word as a shell quotes it, which may span lines; and where it ends.
fn quoted(text: &str, at: usize, dialect: Dialect) -> (Text<'_>, usize) {
    let word = word(text, at, dialect, &|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b';'));
    (word.text, word.end)
}

/// `export K=…`, `declare -x K=…` and `set -gx K …`: the name and where the value begins.
pub(super) fn exported(line: &str) -> Option<(&str, usize)> {
    let line = line.trim_end();
    let rest = ["export ", "declare ", "typeset "].iter().find_map(|word| line.strip_prefix(word));
    if let Some(mut rest) = rest {
        let (mut exports, flagged) = (line.starts_with("export "), rest.starts_with('-'));
        while let Some((option, behind)) = rest.strip_prefix('-').and_then(|rest| rest.split_once(' ')) {
            exports |= option.contains('x');
            rest = behind.trim_start();
        }
        let name = name(rest).filter(|_| exports || !flagged)?;
        return Some((name, line.len() - rest.len() + name.len() + 1));
    }
    let rest = line.strip_prefix("set -")?;
    let (options, rest) = rest.split_once(' ')?;
    let options = options.trim_start_matches('-');
    if !(options == "export" || options.bytes().all(|byte| b"gxUuL".contains(&byte)) && options.contains('x')) {
        return None;
    }
    let (name, value) = rest.trim_start().split_once(' ')?;
    let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') && !name.is_empty();
    plain.then_some((name, line.len() - value.len()))
}
