//! Columns, wrapping and colour of the human report. All text passes through here, and is escaped here.

use anstyle::{AnsiColor, Style as Ansi};

use crate::check::Severity;
use crate::report::{Style, escape};

/// Width of the column that holds the labels.
const LABEL: usize = 9;
/// Narrowest column worth wrapping to.
const NARROWEST: usize = 24;

/// How the report is laid out.
pub(super) struct Layout {
    color: bool,
    width: Option<usize>,
}

impl Layout {
    pub(super) fn new(style: &Style) -> Self {
        Self { color: style.color, width: style.width }
    }

    /// A word for a severity, in capitals and in its colour.
    pub(super) fn severity(&self, severity: Severity) -> String {
        let color = match severity {
            Severity::Critical => AnsiColor::Magenta,
            Severity::High => AnsiColor::Red,
            Severity::Medium => AnsiColor::Yellow,
            Severity::Low => AnsiColor::Cyan,
        };
        self.paint(color.on_default().bold(), &severity.as_str().to_uppercase())
    }

    /// Escaped and bold.
    pub(super) fn strong(&self, text: &str) -> String {
        self.paint(Ansi::new().bold(), &escape(text))
    }

    /// Escaped and dim.
    pub(super) fn faint(&self, text: &str) -> String {
        self.paint(Ansi::new().dimmed(), &escape(text))
    }

    fn paint(&self, style: Ansi, escaped: &str) -> String {
        if self.color { format!("{style}{escaped}{style:#}") } else { escaped.to_owned() }
    }

    /// Text from the left edge on.
    pub(super) fn paragraph(&self, out: &mut String, text: &str) {
        for line in wrap(&escape(text), self.width.map(|width| width.max(NARROWEST))) {
            out.push_str(&line);
            out.push('\n');
        }
    }

    /// One labelled line; text that is too long goes on below, indented to the same column.
    pub(super) fn field(&self, out: &mut String, label: &str, text: &str) {
        let lines = wrap(&escape(text), self.width.map(|width| width.saturating_sub(LABEL + 2).max(NARROWEST)));
        for (at, line) in lines.iter().enumerate() {
            let label = if at == 0 { label } else { "" };
            let padded = format!("{label:<LABEL$}");
            out.push_str("  ");
            out.push_str(&if at == 0 && !label.is_empty() { self.faint(&padded) } else { padded });
            out.push_str(line);
            out.push('\n');
        }
    }
}

/// Breaks at blanks so that no line is longer than `width` characters, words longer than that excepted. Blanks inside
/// a line are kept as they are.
fn wrap(text: &str, width: Option<usize>) -> Vec<String> {
    let Some(width) = width else { return vec![text.to_owned()] };
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut length = 0;
    for word in text.split_inclusive(' ') {
        let added = word.trim_end().chars().count();
        if length > 0 && length + added > width {
            lines.push(std::mem::take(&mut line).trim_end().to_owned());
            length = 0;
        }
        line.push_str(word);
        length += word.chars().count();
    }
    lines.push(line.trim_end().to_owned());
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_text_is_wrapped_and_long_words_are_not_lost() {
        assert_eq!(wrap("aa bb cc", Some(5)), ["aa bb", "cc"]);
        assert_eq!(wrap("aaaaaaaa b", Some(3)), ["aaaaaaaa", "b"]);
        assert_eq!(wrap("a b", None), ["a b"]);
        assert_eq!(wrap("", Some(3)), [""]);
    }

    #[test]
    fn without_colour_there_is_no_escape_sequence() {
        let plain = Layout::new(&Style::default());
        assert_eq!(plain.severity(Severity::High), "HIGH");
        let mut out = String::new();
        plain.field(&mut out, "found", "a\x1b[0m");
        assert_eq!(out, "  found    a\\x1b[0m\n");
    }
}
