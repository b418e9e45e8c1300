//! What PowerShell shows of `Env:`: a table, whose long values are cut off, or a list, whose long values are wrapped.

use std::borrow::Cow;

use super::lines::Lines;
use super::{Assignment, Dump, Truncated};
use crate::span::Text;

/// The marks of a value that was cut off: PowerShell 7's, and that of Windows PowerShell.
const CUT: [&str; 2] = ["…", "..."];

/// A value that is put together from its lines.
#[derive(Default)]
struct Built {
    value: String,
    table: Vec<usize>,
    end: usize,
}

impl Built {
    fn line(&mut self, line: &str, at: usize) {
        for (offset, character) in line.char_indices() {
            self.value.push(character);
            self.table.extend(std::iter::repeat_n(at + offset, character.len_utf8()));
        }
        self.end = at + line.len();
    }

    fn line_end(&mut self) {
        self.value.push('\n');
        self.table.push(self.end);
    }

    fn text(mut self) -> Text<'static> {
        self.table.push(self.end);
        Text::decoded(self.value, self.table).unwrap_or(Text::verbatim("", 0))
    }
}

/// The table of `Get-ChildItem Env:`, whose values stand in one column; with `-Wrap`, over several lines.
pub(super) fn table(text: &str, from: usize) -> Dump<'_> {
    let mut dump = Dump::default();
    let mut lines = Lines::new(text, from);
    // Where the second column begins, in characters.
    let mut column = None;
    let mut open: Option<(&str, usize, Built)> = None;
    while let Some((start, end)) = lines.next() {
        let line = text.get(start..end).unwrap_or_default().trim_end();
        let Some(column) = column else {
            if line.split_whitespace().eq(["----", "-----"]) {
                column = line.char_indices().skip_while(|(_, c)| *c == '-').find(|(_, c)| *c == '-').map(|(at, _)| at);
            }
            continue;
        };
        let split = line.char_indices().nth(column).map(|(at, _)| at);
        let name = line.split_whitespace().next().unwrap_or_default();
        match split.and_then(|split| Some((line.get(..split)?, line.get(split..)?))) {
            Some((lead, value)) if lead.trim().is_empty() && !value.is_empty() => {
                if let Some((_, _, built)) = &mut open {
                    built.line(value, start + line.len() - value.len());
                }
            }
            Some((lead, value)) if lead.ends_with(' ') => {
                finish(&mut open, &mut dump);
                let mut built = Built::default();
                built.line(value, start + line.len() - value.len());
                open = Some((lead.trim_end(), start, built));
            }
            _ => {
                finish(&mut open, &mut dump);
                // A name as wide as its column is cut off too, and its value stands behind one blank.
                if CUT.iter().any(|mark| name.ends_with(mark)) {
                    dump.truncated.push(Truncated { name: Cow::Borrowed(name), at: start });
                }
            }
        }
    }
    finish(&mut open, &mut dump);
    dump
}

fn finish<'a>(open: &mut Option<(&'a str, usize, Built)>, dump: &mut Dump<'a>) {
    let Some((name, at, built)) = open.take() else { return };
    let cut = |text: &str| CUT.iter().any(|mark| text.ends_with(mark));
    if cut(&built.value) || cut(name) {
        dump.truncated.push(Truncated { name: Cow::Borrowed(name), at });
    } else if !name.is_empty() {
        dump.assignments.push(Assignment { name: Cow::Borrowed(name), text: built.text(), pointer: None });
    }
}

/// The list of `Get-ChildItem Env: | Format-List`: `Name  : K`, `Value : V`, and lines indented as far where V goes on.
pub(super) fn list(text: &str, from: usize) -> Dump<'_> {
    let mut dump = Dump::default();
    let mut name: Option<(&str, usize)> = None;
    let mut open: Option<(&str, usize, Built)> = None;
    // As wide as the window was: a line that fills it goes on in the next, any other ended there.
    let mut width = 0;
    let mut lines = Lines::new(text, from);
    while let Some((start, end)) = lines.next() {
        width = width.max(text.get(start..end).unwrap_or_default().chars().count());
    }
    let mut lines = Lines::new(text, from);
    let mut full = false;
    while let Some((start, end)) = lines.next() {
        let line = text.get(start..end).unwrap_or_default();
        match labelled(line) {
            Some(("Name" | "Key", value)) => {
                flush(&mut open, &mut dump);
                name = Some((line.get(value..).unwrap_or_default().trim_end(), start));
            }
            Some(("Value", value)) => {
                flush(&mut open, &mut dump);
                if let Some((name, at)) = name {
                    let mut built = Built::default();
                    built.line(line.get(value..).unwrap_or_default(), start + value);
                    open = Some((name, at, built));
                }
            }
            Some(_) => flush(&mut open, &mut dump),
            None => {
                let indent = line.len() - line.trim_start_matches(' ').len();
                if let Some((_, _, built)) = open.as_mut().filter(|_| indent >= INDENT && !line.trim().is_empty()) {
                    if !full || built.value.contains("-----BEGIN ") {
                        built.line_end();
                    }
                    let indent = indent.min(value_column(text, from));
                    built.line(line.get(indent..).unwrap_or_default(), start + indent);
                } else {
                    flush(&mut open, &mut dump);
                }
            }
        }
        full = line.chars().count() == width;
    }
    flush(&mut open, &mut dump);
    dump
}

/// Least indentation of a line that goes on: `Value : ` is as wide.
const INDENT: usize = 8;

/// Where values begin: all labels of a list are as wide as its widest.
fn value_column(text: &str, from: usize) -> usize {
    let mut lines = Lines::new(text, from);
    while let Some((start, end)) = lines.next() {
        if let Some((_, value)) = labelled(text.get(start..end).unwrap_or_default()) {
            return value;
        }
    }
    INDENT
}

fn flush<'a>(open: &mut Option<(&'a str, usize, Built)>, dump: &mut Dump<'a>) {
    finish(open, dump);
}

/// The label of a line of a list, and where its value begins.
fn labelled(line: &str) -> Option<(&str, usize)> {
    let colon = line.find(':')?;
    let label = line.get(..colon)?;
    let bare = label.trim_end();
    let plain = !bare.is_empty() && !label.starts_with(' ') && bare.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let known = matches!(
        bare,
        "Name"
            | "Key"
            | "Value"
            | "PSPath"
            | "PSDrive"
            | "PSProvider"
            | "PSIsContainer"
            | "PSParentPath"
            | "PSChildName"
    );
    if !(plain && known && label.ends_with(' ')) {
        return None;
    }
    let behind = line.get(colon + 1..)?;
    Some((bare, colon + 1 + usize::from(behind.starts_with(' '))))
}
