//! Recipes of images: what `ENV` and `ARG` put into an image for whoever gets it.

use super::{Program, Reading};
use crate::client::shell::{Dialect, words};
use crate::span::Text;

pub(super) fn read<'a>(reading: &mut Reading<'a>, text: &'a str) {
    let program = Program::default();
    for (start, end) in instructions(text) {
        let line = text.get(start..end).unwrap_or_default();
        let Some((word, rest)) = line.split_once([' ', '\t']) else { continue };
        let argument = word.eq_ignore_ascii_case("ARG");
        if !argument && !word.eq_ignore_ascii_case("ENV") {
            continue;
        }
        let rest = Text::verbatim(rest, end - rest.len());
        let list = words(&rest, Dialect::Posix);
        // `ENV K V with blanks` is the old manner, of one variable.
        if let Some(first) = list.first().filter(|first| !argument && !first.text.as_str().contains('=')) {
            let name = first.text.as_str().to_owned();
            let after = rest.as_str().get(first.end..).unwrap_or_default();
            let from = first.end + after.len() - after.trim_start().len();
            if let Some(value) = rest.slice(from..from + after.trim().len()).filter(|value| !value.as_str().is_empty())
            {
                program.variable(reading, &name, value, &format!("/ENV/{name}"));
            }
            continue;
        }
        for pair in list {
            let Some(at) = pair.text.as_str().find('=') else { continue };
            let name = pair.text.as_str().get(..at).unwrap_or_default().to_owned();
            if let Some(value) = pair.text.slice(at + 1..pair.text.as_str().len()) {
                let instruction = if argument { "ARG" } else { "ENV" };
                program.variable(reading, &name, value, &format!("/{instruction}/{name}"));
            }
        }
    }
}

/// Where each instruction begins and ends, continued lines included, comments not.
fn instructions(text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let (mut at, mut open) = (0, None);
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let body = line.trim_end();
        if open.is_none() && (body.trim_start().is_empty() || body.trim_start().starts_with('#')) {
            continue;
        }
        let begin = *open.get_or_insert(start + line.len() - line.trim_start().len());
        if !body.ends_with('\\') {
            found.push((begin, start + body.len()));
            open = None;
        }
    }
    found.extend(open.map(|begin| (begin, text.trim_end().len().max(begin))));
    found
}
