//! An exception that outlived its date.

use super::{Check, Evidence, Meta, Sink, wording};

declare! {
    /// ## What it does
    ///
    /// Reports an exception of the policy whose last day has passed. It suppresses nothing any more; it is located at its
    /// line in the policy.
    ///
    /// ## Why it is bad
    ///
    /// Somebody answered for a risk until a date. After it nobody does, and the list of exceptions says otherwise.
    ///
    /// ## What to do
    ///
    /// Fix what it covered and remove it, or have it approved afresh with a new date.
    ExceptionExpired {
        id: "exception-expired",
        title: "Exception has expired",
        severity: 5.0,
        needs: [Exceptions],
        nhi: ["NHI1"],
        mcp: ["MCP08"],
        asi: [],
        csf: ["PR.AA-01"],
        cwe: [],
    }
}

impl Check for ExceptionExpired {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, evidence: &Evidence<'_>, sink: &mut Sink<'_>) {
        for (index, exception) in evidence.policy.exceptions.iter().enumerate() {
            if exception.is_expired(evidence.now) {
                sink.on_exception(index).because(format!(
                    "exception {} of {} expired on {} (ticket {})",
                    wording::code(&exception.id),
                    wording::code(&exception.owner),
                    exception.expires,
                    wording::code(&exception.ticket)
                ));
            }
        }
    }
}
