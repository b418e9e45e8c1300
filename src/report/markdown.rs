//! Markdown: a table of findings, for a comment or a ticket.

use std::io;

use super::Report;

/// Rows of the table; comments have a greatest length.
const MOST: usize = 200;

pub(super) fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let open: Vec<_> = report.findings.iter().filter(|finding| finding.suppressed.is_none()).collect();
    let covered = report.findings.len() - open.len();
    writeln!(out, "# {} open, {covered} suppressed\n", open.len())?;
    if !open.is_empty() {
        writeln!(out, "| severity | check | where | what |\n|---|---|---|---|")?;
    }
    for finding in open.iter().take(MOST) {
        let place = format!("{}:{}", finding.path, finding.region.start_line);
        let cells = [&finding.severity, &finding.check, &place, &finding.message].map(|cell| text(cell));
        writeln!(out, "| {} |", cells.join(" | "))?;
    }
    if open.len() > MOST {
        writeln!(out, "\n{} more.", open.len() - MOST)?;
    }
    if !report.coverage.complete {
        writeln!(out, "\nIncomplete: something that should have been scanned was not.")?;
    }
    Ok(())
}

/// A text that stays text: no markup, link, mention or line break comes of it.
pub(super) fn text(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if c.is_control() => clean.push(' '),
            '\\' | '|' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '!' | '~' | '@' => {
                clean.push('\\');
                clean.push(c);
            }
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => clean.push('\u{fffd}'),
            c => clean.push(c),
        }
    }
    clean
}
