//! The `keytrawl-report/1` document: written for people and programs to keep, and read back to be converted.

use std::collections::BTreeMap;
use std::io;

use super::Report;

/// Value of [`Report::schema`].
pub const SCHEMA: &str = "keytrawl-report/1";

/// Why a file is not a report. Messages never quote the file: it may be any file.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Not JSON.
    #[error("line {line}, column {column}: not valid JSON\nhint: give a file written by `--format json`")]
    Syntax {
        /// 1-based.
        line: usize,
        /// 1-based.
        column: usize,
    },
    /// JSON, but of another kind or version.
    #[error("not a {SCHEMA} document\nhint: give a file written by `--format json` of this version of keytrawl")]
    Schema,
    /// The right kind, but a field is missing or of the wrong type.
    #[error("line {line}, column {column}: does not fit {SCHEMA}\nhint: docs/report.schema.json describes it")]
    Shape {
        /// 1-based.
        line: usize,
        /// 1-based.
        column: usize,
    },
    /// A finding points at nothing.
    #[error("finding {0} points at a credential or occurrence that the report does not have")]
    Dangling(usize),
}

pub(super) fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, report)?;
    out.write_all(b"\n")
}

impl Report {
    /// Reads a saved report.
    ///
    /// # Errors
    ///
    /// When it is not JSON, not a `keytrawl-report/1`, or points at things it does not hold.
    pub fn from_json(text: &[u8]) -> Result<Self, ReadError> {
        #[derive(serde::Deserialize)]
        struct Kind {
            schema: Option<String>,
        }
        let place = |error: &serde_json::Error| (error.line(), error.column());
        match serde_json::from_slice::<Kind>(text) {
            Ok(Kind { schema: Some(schema) }) if schema == SCHEMA => {}
            Err(error) if error.is_syntax() || error.is_eof() => {
                let (line, column) = place(&error);
                return Err(ReadError::Syntax { line, column });
            }
            _ => return Err(ReadError::Schema),
        }
        let report: Self = serde_json::from_slice(text).map_err(|error| {
            let (line, column) = place(&error);
            ReadError::Shape { line, column }
        })?;
        let held = report.credentials.iter().map(|credential| (credential.id.as_str(), credential.occurrences.len()));
        let held: BTreeMap<&str, usize> = held.collect();
        let dangles = |finding: &super::Finding| match (finding.credential.as_deref(), finding.occurrence) {
            (None, occurrence) => occurrence.is_some(),
            (Some(id), None) => !held.contains_key(id),
            (Some(id), Some(at)) => held.get(id).is_none_or(|count| at >= *count),
        };
        match report.findings.iter().position(dangles) {
            Some(index) => Err(ReadError::Dangling(index)),
            None => Ok(report),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::canned;

    #[test]
    fn a_report_read_back_is_the_report_that_was_written() {
        let mut written = Vec::new();
        write(&canned::report(), &mut written).unwrap();
        assert_eq!(Report::from_json(&written).unwrap(), canned::report());
    }

    #[test]
    fn errors_say_where_and_never_quote_the_file() {
        let message = |text: &str| Report::from_json(text.as_bytes()).unwrap_err().to_string();
        assert!(message("{\"schema\": hunter2}").starts_with("line 1, column"));
        assert!(!message("{\"schema\": \"hunter2\"}").contains("hunter2"));
        assert!(!message("{\"schema\": \"keytrawl-report/1\", \"mode\": [\"hunter2\"]}").contains("hunter2"));
        assert!(message("").starts_with("line 1"));
    }

    #[test]
    fn a_finding_on_a_credential_that_is_not_there_is_refused() {
        let mut report = canned::report();
        report.credentials.clear();
        let mut written = Vec::new();
        write(&report, &mut written).unwrap();
        assert!(matches!(Report::from_json(&written), Err(ReadError::Dangling(0))));
    }
}
