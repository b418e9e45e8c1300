//! CSV: one finding a line, for spreadsheets, with nothing that they would take for a formula.

use std::collections::BTreeMap;
use std::io;

use super::{Credential, Report};

/// Columns.
const COLUMNS: [&str; 20] = [
    "finding",
    "check",
    "severity",
    "suppressed",
    "credential",
    "preview",
    "detector",
    "issuer",
    "standing",
    "owner",
    "team",
    "records",
    "path",
    "line",
    "place",
    "asset",
    "client",
    "server",
    "environment",
    "message",
];

/// A text that may be absent.
fn text(text: Option<&String>) -> &str {
    text.map_or("", String::as_str)
}

pub(super) fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let credentials: BTreeMap<&str, &Credential> =
        report.credentials.iter().map(|credential| (credential.id.as_str(), credential)).collect();
    line(out, &COLUMNS)?;
    for finding in &report.findings {
        let credential = finding.credential.as_deref().and_then(|id| credentials.get(id).copied());
        let at = credential.zip(finding.occurrence).and_then(|(credential, at)| credential.occurrences.get(at));
        let suppressed = finding.suppressed.as_ref();
        let (records, number) = (finding.records.join("|"), finding.region.start_line.to_string());
        line(
            out,
            &[
                &finding.id,
                &finding.check,
                &finding.severity,
                suppressed.map_or("", |why| why.id.as_deref().unwrap_or(&why.kind)),
                text(finding.credential.as_ref()),
                text(credential.map(|credential| &credential.preview)),
                text(at.map(|at| &at.detector)),
                text(credential.and_then(|credential| credential.issuer.as_ref())),
                text(credential.map(|credential| &credential.standing.status)),
                text(credential.and_then(|credential| credential.standing.owner.as_ref())),
                text(credential.and_then(|credential| credential.standing.team.as_ref())),
                &records,
                &finding.path,
                &number,
                text(at.map(|at| &at.place)),
                text(at.map(|at| &at.asset)),
                text(at.and_then(|at| at.client.as_ref())),
                text(at.and_then(|at| at.server.as_ref())),
                text(at.and_then(|at| at.environment.as_ref())),
                &finding.message,
            ],
        )?;
    }
    Ok(())
}

/// One line. What a spreadsheet would take for a formula gets an apostrophe, control characters become blanks.
pub(super) fn line(out: &mut dyn io::Write, cells: &[&str]) -> io::Result<()> {
    let mut text = String::new();
    for (index, cell) in cells.iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        let clean: String = cell.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let guarded = if clean.starts_with(['=', '+', '-', '@']) { format!("'{clean}") } else { clean };
        if guarded.contains([',', '"', '\'', ';']) || guarded.trim() != guarded {
            text.push_str(&format!("\"{}\"", guarded.replace('"', "\"\"")));
        } else {
            text.push_str(&guarded);
        }
    }
    text.push('\n');
    out.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula_and_none_breaks_out_of_its_cell() {
        let mut written = Vec::new();
        line(&mut written, &["=cmd()", "a,\"b\"", "two\nlines", "plain"]).unwrap();
        assert_eq!(String::from_utf8(written).unwrap(), "\"'=cmd()\",\"a,\"\"b\"\"\",two lines,plain\n");
    }
}
