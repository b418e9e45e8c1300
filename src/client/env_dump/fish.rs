//! What `set -x`, `set` and `export` of fish print: `NAME value` lines, the items of a list one behind the other.

use std::borrow::Cow;

use super::lines::Lines;
use super::{Assignment, Dump};
use crate::client::shell::{Dialect, read as word};
use crate::detector::name;

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
        let Some((name, value)) = name_of(text.get(start..end).unwrap_or_default()) else { continue };
        let (mut at, mut items) = (start + value, 0);
        while at < end {
            let found = word(text, at, Dialect::Fish, &|byte| matches!(byte, b' ' | b'\r' | b'\n'));
            // A secret is no list; of one each item is shown, so that none is taken for the whole.
            if items == 0 || name::role(name) == name::Role::Secret {
                dump.assignments.push(Assignment { name: Cow::Borrowed(name), text: found.text, pointer: None });
            }
            items += 1;
            at = found.end.max(at + 1);
            at += text.get(at..end).map_or(0, |rest| rest.len() - rest.trim_start_matches(' ').len());
        }
        lines.skip_to(at.saturating_sub(1));
    }
    dump
}
