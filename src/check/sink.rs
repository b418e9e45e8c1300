//! Where checks report: a finding is built in one sentence, and one that points nowhere cannot be built.

use super::{Evidence, Finding, Found, Meta, Row, Subject};

/// Takes the findings of one check.
pub struct Sink<'a> {
    meta: &'static Meta,
    findings: &'a mut Vec<Finding>,
}

impl<'a> Sink<'a> {
    /// A sink for one check.
    pub(super) fn new(meta: &'static Meta, findings: &'a mut Vec<Finding>) -> Self {
        Self { meta, findings }
    }

    /// A finding on an occurrence; it rests on the rows of the credential's standing.
    pub fn at(&mut self, found: &Found<'_>) -> Draft<'_, 'a> {
        let records = found.rows().to_vec();
        Draft { sink: self, subject: found.subject(), records }
    }

    /// A finding on a row of the inventory.
    pub fn on(&mut self, row: Row<'_>) -> Draft<'_, 'a> {
        Draft { sink: self, subject: Subject::Record(row.index()), records: vec![row.index()] }
    }

    /// A finding on an exception of the policy.
    pub fn on_exception(&mut self, index: usize) -> Draft<'_, 'a> {
        Draft { sink: self, subject: Subject::Exception(index), records: Vec::new() }
    }

    /// A finding on every notice that `applies`, worded by `wording`.
    pub fn on_notices(
        &mut self,
        evidence: &Evidence<'_>,
        applies: impl Fn(&crate::coverage::Notice) -> bool,
        wording: impl Fn(&crate::coverage::Notice) -> String,
    ) {
        for (index, notice) in evidence.notices().filter(|(_, notice)| applies(notice)) {
            Draft { sink: self, subject: Subject::Notice(index), records: Vec::new() }.because(wording(notice));
        }
    }
}

/// A finding that still lacks its reason.
#[must_use = "a finding is reported by `because`"]
pub struct Draft<'s, 'a> {
    sink: &'s mut Sink<'a>,
    subject: Subject,
    records: Vec<usize>,
}

impl Draft<'_, '_> {
    /// Names further rows that it rests on.
    pub fn and_rows(mut self, rows: impl IntoIterator<Item = usize>) -> Self {
        for row in rows {
            if !self.records.contains(&row) {
                self.records.push(row);
            }
        }
        self
    }

    /// Reports it. The reason names facts, never a value.
    pub fn because(self, reason: impl Into<String>) {
        self.sink.findings.push(Finding {
            check: self.sink.meta.id,
            subject: self.subject,
            message: reason.into(),
            records: self.records,
            excepted_by: None,
        });
    }
}
