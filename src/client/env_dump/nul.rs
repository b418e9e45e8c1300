//! Dumps whose variables are ended by NUL: `env -0`, `/proc/PID/environ`. Nothing in them is quoted.

use std::borrow::Cow;

use super::lines::name;
use super::{Assignment, Dump};
use crate::span::Text;

pub(super) fn read(text: &str, from: usize) -> Dump<'_> {
    let mut start = from;
    let mut dump = Dump::default();
    for part in text.get(from..).unwrap_or_default().split('\0') {
        // What a person added to the file stands behind the last NUL.
        let trimmed = part.trim_start_matches(['\r', '\n']);
        if let Some(name) = name(trimmed) {
            let value = trimmed.get(name.len() + 1..).unwrap_or_default();
            let text = Text::verbatim(value, start + part.len() - value.len());
            dump.assignments.push(Assignment { name: Cow::Borrowed(name), text, pointer: None });
        }
        start += part.len() + 1;
    }
    dump
}
