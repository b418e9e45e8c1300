//! Units of systemd: `Environment=` with several quoted pairs on a line, `EnvironmentFile=`, `SetCredential=`.

use super::{Program, Reading};
use crate::client::shell::c_words;
use crate::client::slot::SlotKind;
use crate::client::slots;
use crate::span::Text;

pub(super) fn read<'a>(reading: &mut Reading<'a>, text: &'a str) {
    let lines = lines(text);
    let of = |key: &'static str| lines.iter().filter(move |(name, _)| *name == key).map(|(_, value)| value);
    let command = of("ExecStart").next().map(slots::words_of).unwrap_or_default();
    let program = Program::of(None, None, command);
    for line in of("Environment") {
        for word in c_words(line) {
            let Some(at) = word.as_str().find('=') else { continue };
            let name = word.as_str().get(..at).unwrap_or_default().to_owned();
            if let Some(value) = word.slice(at + 1..word.as_str().len()) {
                program.variable(reading, &name, value, &format!("/Service/Environment/{name}"));
            }
        }
    }
    for line in of("SetCredential") {
        if let Some(at) = line.as_str().find(':')
            && let Some(value) = line.slice(at + 1..line.as_str().len())
        {
            let name = line.as_str().get(..at).unwrap_or_default().to_owned();
            program.value(reading, SlotKind::Text, &name, value, &format!("/Service/SetCredential/{name}"));
        }
    }
    for line in of("EnvironmentFile") {
        let optional = usize::from(line.as_str().starts_with('-'));
        if let Some(path) = line.slice(optional..line.as_str().len()) {
            program.file(reading, &path, "/Service/EnvironmentFile");
        }
    }
}

/// The settings of a unit, lines that end with a backslash going on in the next.
fn lines(text: &str) -> Vec<(&str, Text<'_>)> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let start = at;
        let mut end = start;
        loop {
            let rest = text.get(at..).unwrap_or_default();
            let length = rest.find('\n').unwrap_or(rest.len());
            end = end.max(at + length);
            at += length + 1;
            if !rest.get(..length).unwrap_or_default().trim_end_matches('\r').ends_with('\\') || at >= text.len() {
                break;
            }
        }
        let line = text.get(start..end).unwrap_or_default();
        let indent = line.len() - line.trim_start().len();
        if let Some((key, value)) = line.trim_start().split_once('=')
            && key.trim_end().bytes().all(|byte| byte.is_ascii_alphanumeric())
        {
            let from = start + indent + key.len() + 1;
            let blank = value.len() - value.trim_start().len();
            found.push((key.trim_end(), Text::verbatim(value.trim(), from + blank)));
        }
    }
    found
}
