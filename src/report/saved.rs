//! Saved reports read back: one document, or the lines of any number of them.

use std::collections::BTreeMap;

use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::{Map, Value};

use super::Report;
use super::json::SCHEMA;

/// Why a file is not a report. Messages never quote the file: it may be any file.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Not JSON.
    #[error("line {line}, column {column}: not valid JSON\nhint: give a file written by `--format json` or `jsonl`")]
    Syntax {
        /// 1-based.
        line: usize,
        /// 1-based.
        column: usize,
    },
    /// JSON, but of another kind or version.
    #[error(
        "not a {SCHEMA} document\nhint: give a file written by `--format json` or `jsonl` of this version of keytrawl"
    )]
    Schema,
    /// The right kind, but a field is missing or of the wrong type.
    #[error("line {line}, column {column}: does not fit {SCHEMA}\nhint: docs/report.schema.json describes it")]
    Shape {
        /// 1-based.
        line: usize,
        /// 1-based.
        column: usize,
    },
    /// Lines that end before the report does. What was found last is missing, so what is left must not pass for all.
    #[error("the report that begins on line {line} has no `coverage` line: it was cut off\nhint: write it again")]
    Cut {
        /// Of its first line, 1-based.
        line: usize,
    },
    /// A finding points at nothing.
    #[error("finding {0} points at a credential or occurrence that the report does not have")]
    Dangling(usize),
}

impl Report {
    /// Reads what `--format json` wrote, or `--format jsonl`: the lines of several reports may follow one another, as
    /// programs that spread the work over many machines put them together. Never empty.
    ///
    /// # Errors
    ///
    /// When it is neither, not a `keytrawl-report/1`, cut off, or points at things it does not hold.
    pub fn read(text: &[u8]) -> Result<Vec<Self>, ReadError> {
        let first = text.split(|&byte| byte == b'\n').find(|line| !line.trim_ascii().is_empty()).unwrap_or_default();
        #[derive(serde::Deserialize)]
        struct Kind {
            r#type: Option<IgnoredAny>,
        }
        match serde_json::from_slice(first) {
            Ok(Kind { r#type: Some(_) }) => of_lines(text),
            _ => Ok(vec![Self::from_json(text)?]),
        }
    }

    /// Reads one saved document.
    ///
    /// # Errors
    ///
    /// When it is not JSON, not a `keytrawl-report/1`, or points at things it does not hold.
    pub fn from_json(text: &[u8]) -> Result<Self, ReadError> {
        #[derive(serde::Deserialize)]
        struct Kind {
            schema: Option<String>,
        }
        match serde_json::from_slice::<Kind>(text) {
            Ok(Kind { schema: Some(schema) }) if schema == SCHEMA => {}
            Err(error) if error.is_syntax() || error.is_eof() => {
                return Err(ReadError::Syntax { line: error.line(), column: error.column() });
            }
            _ => return Err(ReadError::Schema),
        }
        let report: Self = serde_json::from_slice(text)
            .map_err(|error| ReadError::Shape { line: error.line(), column: error.column() })?;
        report.whole()
    }

    /// Itself, unless a finding points at nothing.
    fn whole(self) -> Result<Self, ReadError> {
        let held = self.credentials.iter().map(|credential| (credential.id.as_str(), credential.occurrences.len()));
        let held: BTreeMap<&str, usize> = held.collect();
        let dangles = |finding: &super::Finding| match (finding.credential.as_deref(), finding.occurrence) {
            (None, occurrence) => occurrence.is_some(),
            (Some(id), None) => !held.contains_key(id),
            (Some(id), Some(at)) => held.get(id).is_none_or(|count| at >= *count),
        };
        match self.findings.iter().position(dangles) {
            Some(index) => Err(ReadError::Dangling(index)),
            None => Ok(self),
        }
    }
}

/// Reports of lines, in their order.
fn of_lines(text: &[u8]) -> Result<Vec<Report>, ReadError> {
    let mut reports = Vec::new();
    let mut open: Option<Open> = None;
    for (number, line) in (1..).zip(text.split(|&byte| byte == b'\n')) {
        if line.trim_ascii().is_empty() {
            continue;
        }
        let mut object: Map<String, Value> =
            serde_json::from_slice(line).map_err(|error| ReadError::Syntax { line: number, column: error.column() })?;
        let kind = object.remove("type");
        let kind = kind.as_ref().and_then(Value::as_str).unwrap_or_default();
        match (kind, open.take()) {
            ("report", None) if object.get("schema").and_then(Value::as_str) == Some(SCHEMA) => {
                open = Some(Open { line: number, head: object, lists: Lists::default() });
            }
            ("report", Some(cut)) => return Err(ReadError::Cut { line: cut.line }),
            ("coverage", Some(whole)) => reports.push(whole.close(object)?),
            (_, Some(mut report)) => {
                report.lists.take(kind, object, number)?;
                open = Some(report);
            }
            (_, None) => return Err(ReadError::Schema),
        }
    }
    match open {
        Some(cut) => Err(ReadError::Cut { line: cut.line }),
        None => Ok(reports),
    }
}

/// A report of which the last line is yet to come.
struct Open {
    line: usize,
    head: Map<String, Value>,
    lists: Lists,
}

#[derive(Default)]
struct Lists {
    credentials: Vec<super::Credential>,
    references: Vec<super::Reference>,
    findings: Vec<super::Finding>,
    notices: Vec<super::Notice>,
    servers: Vec<super::Server>,
    files: Vec<super::HostFile>,
}

impl Lists {
    /// Adds the object of one line. What a later version may add is passed over, as unknown fields are.
    fn take(&mut self, kind: &str, object: Map<String, Value>, line: usize) -> Result<(), ReadError> {
        match kind {
            "credential" => self.credentials.push(fit(object, line)?),
            "reference" => self.references.push(fit(object, line)?),
            "finding" => self.findings.push(fit(object, line)?),
            "notice" => self.notices.push(fit(object, line)?),
            "server" => self.servers.push(fit(object, line)?),
            "file" => self.files.push(fit(object, line)?),
            _ => {}
        }
        Ok(())
    }
}

impl Open {
    fn close(mut self, coverage: Map<String, Value>) -> Result<Report, ReadError> {
        self.head.insert("coverage".to_owned(), Value::Object(coverage));
        for list in ["credentials", "findings", "notices"] {
            self.head.insert(list.to_owned(), Value::Array(Vec::new()));
        }
        let head: Report = fit(self.head, self.line)?;
        let Lists { credentials, references, findings, notices, servers, files } = self.lists;
        Report { credentials, references, findings, notices, servers, files, ..head }.whole()
    }
}

fn fit<T: DeserializeOwned>(object: Map<String, Value>, line: usize) -> Result<T, ReadError> {
    serde_json::from_value(Value::Object(object)).map_err(|_| ReadError::Shape { line, column: 1 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{canned, json, jsonl};

    fn lines() -> Vec<u8> {
        let mut written = Vec::new();
        jsonl::write(&canned::report(), &mut written).unwrap();
        written
    }

    #[test]
    fn a_report_read_back_is_the_report_that_was_written() {
        let mut written = Vec::new();
        json::write(&canned::report(), &mut written).unwrap();
        assert_eq!(Report::read(&written).unwrap(), [canned::report()]);
        assert_eq!(Report::read(&lines()).unwrap(), [canned::report()]);
    }

    #[test]
    fn lines_of_several_reports_follow_one_another() {
        let text = [lines(), b"\n".to_vec(), lines()].concat();
        assert_eq!(Report::read(&text).unwrap(), [canned::report(), canned::report()]);
    }

    #[test]
    fn lines_that_were_cut_off_are_refused() {
        let text = lines();
        let end = text[..text.len() - 1].iter().rposition(|&byte| byte == b'\n').unwrap() + 1;
        assert!(matches!(Report::read(&text[..end]), Err(ReadError::Cut { line: 1 })));
        assert!(matches!(Report::read(&[&text[..end], &text].concat()), Err(ReadError::Cut { line: 1 })));
        assert!(matches!(Report::read(&text[..end - 3]), Err(ReadError::Syntax { .. })));
    }

    #[test]
    fn errors_say_where_and_never_quote_the_file() {
        let message = |text: &str| Report::read(text.as_bytes()).unwrap_err().to_string();
        assert!(message("{\"schema\": hunter2}").starts_with("line 1, column"));
        for text in [
            "{\"schema\": \"hunter2\"}",
            "{\"schema\": \"keytrawl-report/1\", \"mode\": [\"hunter2\"]}",
            "{\"type\": \"report\", \"schema\": \"hunter2\"}",
            "{\"type\": \"report\", \"schema\": \"keytrawl-report/1\"}\n{\"type\": \"finding\", \"id\": [\"hunter2\"]}",
            "{\"type\": \"hunter2\"}",
        ] {
            assert!(!message(text).contains("hunter2"), "{text}");
        }
        assert!(message("").starts_with("line 1"));
    }

    #[test]
    fn a_finding_on_a_credential_that_is_not_there_is_refused() {
        let mut report = canned::report();
        report.credentials.clear();
        let mut written = Vec::new();
        json::write(&report, &mut written).unwrap();
        assert!(matches!(Report::from_json(&written), Err(ReadError::Dangling(0))));
    }
}
