//! What went wrong, how many findings of which severity, and what was scanned.

use super::layout::Layout;
use crate::check::Severity;
use crate::report::{Coverage, Notice, Report, escape, severity_of};

/// Notices, one a line, with what to do about each below it.
pub(super) fn notices(layout: &Layout, out: &mut String, notices: &[Notice]) {
    for notice in notices {
        let place = match (&notice.path, notice.line) {
            (Some(path), Some(line)) => format!("{path}:{line}: "),
            (Some(path), None) => format!("{path}: "),
            (None, _) => String::new(),
        };
        out.push_str(&format!("{}: {}{}\n", layout.strong(&notice.level), escape(&place), escape(&notice.message)));
        if let Some(hint) = &notice.hint {
            layout.field(out, "hint", hint);
        }
    }
    if !notices.is_empty() {
        out.push('\n');
    }
}

/// Counts by severity, what is covered by exceptions, how many credentials raise nothing.
pub(super) fn summary(layout: &Layout, out: &mut String, report: &Report) {
    let open: Vec<Severity> = report
        .findings
        .iter()
        .filter(|finding| finding.suppressed.is_none())
        .map(|finding| severity_of(&finding.severity))
        .collect();
    let counts: Vec<String> = [Severity::Critical, Severity::High, Severity::Medium, Severity::Low]
        .into_iter()
        .map(|severity| (severity, open.iter().filter(|found| **found == severity).count()))
        .filter(|(_, count)| *count > 0)
        .map(|(severity, count)| format!("{count} {}", severity.as_str()))
        .collect();
    let mut line = match open.len() {
        0 => "No findings".to_owned(),
        _ => format!("{}: {}", plural(open.len() as u64, "finding"), counts.join(", ")),
    };
    let excepted = report.findings.len() - open.len();
    if excepted > 0 {
        line.push_str(&format!("; {excepted} excepted"));
    }
    line.push_str(&format!("; {}", plural(report.credentials.len() as u64, "credential")));
    let concerned: std::collections::BTreeSet<&str> =
        report.findings.iter().filter_map(|finding| finding.credential.as_deref()).collect();
    let fine = report.credentials.iter().filter(|credential| !concerned.contains(credential.id.as_str())).count();
    if fine > 0 {
        line.push_str(&format!(", {fine} of them without a finding"));
    }
    line.push('.');
    out.push_str(&layout.strong(&line));
    out.push('\n');
    if !report.coverage.complete {
        out.push_str("Incomplete: something that should have been scanned was not.\n");
    }
    for (check, lack) in &report.coverage.not_evaluated {
        layout.field(out, "", &format!("{check} was not evaluated: {lack}"));
    }
}

/// The line that every run ends with: what was scanned, what was passed over and why.
#[must_use]
pub fn coverage_line(coverage: &Coverage) -> String {
    let mut parts = Vec::new();
    for (count, noun) in [(coverage.files, "file"), (coverage.blobs, "blob"), (coverage.commits, "commit")] {
        if count > 0 || noun == "file" {
            parts.push(plural(count, noun));
        }
    }
    parts.push(size(coverage.bytes));
    let skipped: Vec<String> =
        coverage.skipped.iter().map(|(reason, count)| format!("{count} {}", escape(reason))).collect();
    let skipped =
        if skipped.is_empty() { "nothing skipped".to_owned() } else { format!("skipped {}", skipped.join(", ")) };
    let complete = if coverage.complete { "complete" } else { "INCOMPLETE" };
    format!("scanned {}; {skipped}; {complete}", parts.join(", "))
}

fn plural(count: u64, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// Bytes with a decimal unit and one digit behind the point.
fn size(bytes: u64) -> String {
    let units = [(1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")];
    match units.into_iter().find(|(unit, _)| bytes >= *unit) {
        Some((unit, name)) => format!("{}.{} {name}", bytes / unit, bytes % unit * 10 / unit),
        None => plural(bytes, "byte"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_coverage_line_counts_everything_and_says_when_it_is_not_all() {
        let coverage = Coverage {
            complete: false,
            files: 1,
            blobs: 0,
            commits: 2,
            bytes: 1_950_000,
            skipped: [("symlink".to_owned(), 3)].into(),
            not_evaluated: Default::default(),
        };
        assert_eq!(coverage_line(&coverage), "scanned 1 file, 2 commits, 1.9 MB; skipped 3 symlink; INCOMPLETE");
    }
}
