//! What `set`, `set -x` and `export` of fish print: `NAME value` lines. It is not how that shell is written: what holds blanks
//! stands in single quotes as it is, all else is escaped, two blanks part the items of a list.

use std::borrow::Cow;

use super::lines::Lines;
use super::{Assignment, Dump, Truncated};
use crate::client::shell::{Dialect, read as word};
use crate::span::Text;

/// Shortest value that the listing cuts off, and not its author; without `--long` it shows some sixty characters.
const CUT: usize = 30;

/// The name at the beginning of a line and where its value begins; a variable may be empty.
pub(super) fn name_of(line: &str) -> Option<(&str, usize)> {
    let (name, rest) = line.split_once(' ').unwrap_or((line, ""));
    let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let begins = name.bytes().next().is_some_and(|byte| !byte.is_ascii_digit());
    (plain && begins).then_some((name, line.len() - rest.len()))
}

pub(super) fn read(text: &str, from: usize) -> Dump<'_> {
    let mut dump = Dump::default();
    let mut lines = Lines::new(text, from);
    while let Some((start, end)) = lines.next() {
        let line = text.get(start..end).unwrap_or_default();
        let Some((name, value)) = name_of(line) else { continue };
        let shown = line.get(value..).unwrap_or_default();
        if shown.ends_with('…') && shown.chars().count() > CUT {
            dump.truncated.push(Truncated { name: Cow::Borrowed(name), at: start });
            continue;
        }
        let quoted = shown.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
        let text = match quoted {
            // A list: programs are given its items in one, which fish does not show.
            Some(items) if items.contains("'  '") => continue,
            Some(inside) => Text::verbatim(inside, start + value + 1),
            None => word(text, start + value, Dialect::Fish, &|byte| matches!(byte, b'\r' | b'\n')).text,
        };
        dump.assignments.push(Assignment { name: Cow::Borrowed(name), text, pointer: None });
    }
    dump
}
