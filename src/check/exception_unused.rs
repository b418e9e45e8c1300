//! An exception that covers nothing any more.

use super::{Check, Evidence, Finding, Meta, Sink, wording};

declare! {
    /// ## What it does
    ///
    /// Reports an exception in force that covered no finding of a complete scan.
    ///
    /// ## Why it is bad
    ///
    /// What it was granted for is gone; what it would cover next, nobody has looked at.
    ///
    /// ## What to do
    ///
    /// Remove it from the policy. Where only part of the estate is scanned, give each part the policy of its own
    /// exceptions, or look at this in the sweep alone.
    ExceptionUnused {
        id: "exception-unused",
        title: "Exception covers nothing",
        severity: 1.0,
        needs: [Exceptions, WholeScan, CompleteScan],
        nhi: ["NHI1"],
        mcp: ["MCP08"],
        asi: [],
        csf: ["PR.AA-01"],
        cwe: [],
    }
}

impl Check for ExceptionUnused {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, _: &Evidence<'_>, _: &mut Sink<'_>) {}

    fn conclude(&self, evidence: &Evidence<'_>, findings: &[Finding], sink: &mut Sink<'_>) {
        for (index, exception) in evidence.policy.exceptions.iter().enumerate() {
            let in_force = exception.is_in_force(evidence.now);
            if in_force && !findings.iter().any(|finding| evidence.is_covered(finding, exception)) {
                sink.on_exception(index).because(format!(
                    "exception {} for {} matched nothing",
                    wording::code(&exception.id),
                    wording::list(exception.checks.iter().map(String::as_str))
                ));
            }
        }
    }
}
