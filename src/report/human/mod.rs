//! For people: one block a credential — what, where, who owns it, why it is a finding, what to do — then a summary.

mod block;
mod layout;
mod summary;

use std::collections::BTreeMap;
use std::io;

use super::{Finding, Report, Style};
use layout::Layout;

pub use summary::coverage_line;

pub(super) fn write(report: &Report, out: &mut dyn io::Write, style: &Style) -> io::Result<()> {
    let layout = Layout::new(style);
    let mut of_credential: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    let mut others = Vec::new();
    for finding in &report.findings {
        match finding.credential.as_deref() {
            Some(id) => of_credential.entry(id).or_default().push(finding),
            None => others.push(finding),
        }
    }
    let mut text = String::new();
    for credential in &report.credentials {
        if let Some(findings) = of_credential.get(credential.id.as_str()) {
            block::credential(&layout, &mut text, credential, findings);
        }
    }
    block::others(&layout, &mut text, &others);
    summary::notices(&layout, &mut text, &report.notices);
    summary::summary(&layout, &mut text, report);
    out.write_all(text.as_bytes())
}
