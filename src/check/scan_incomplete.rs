//! Something that should have been scanned was not.

use super::{Check, Evidence, Meta, Sink, wording};

declare! {
    /// ## What it does
    ///
    /// Reports each gap of the run: a file or directory that could not be read, a repository that could not be
    /// understood, a run that scanned nothing at all.
    ///
    /// ## Why it is bad
    ///
    /// A clean result is only worth as much as what was looked at. The run ends with exit code 3 where nothing else
    /// fails it.
    ///
    /// ## What to do
    ///
    /// Give read access to what is named, fetch what is missing, or exclude it with `--exclude` if it is not to be
    /// scanned.
    ScanIncomplete {
        id: "scan-incomplete",
        title: "Something that should have been scanned was not",
        severity: 3.0,
        needs: [],
        nhi: [],
        mcp: ["MCP08"],
        asi: [],
        csf: [],
        cwe: [],
    }
}

impl Check for ScanIncomplete {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, evidence: &Evidence<'_>, sink: &mut Sink<'_>) {
        sink.on_notices(
            evidence,
            |notice| notice.kind.is_gap(),
            |notice| match &notice.path {
                Some(path) => format!("{} was not scanned: {}", wording::code(path), notice.message),
                None => notice.message.clone(),
            },
        );
    }
}
