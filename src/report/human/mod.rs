//! For people: one block a credential — what, where, who owns it, why it is a finding, what to do — then a summary.
//!
//! Notices and the coverage line are not part of it: every run says them on standard error.

mod block;
mod host;
mod layout;
mod summary;

use std::collections::BTreeMap;
use std::io;

use super::{Finding, Report, Style};
use layout::Layout;

pub(super) fn write(report: &Report, out: &mut dyn io::Write, style: &Style) -> io::Result<()> {
    let layout = Layout::new(style);
    if style.servers_only {
        return out.write_all(host::servers(&layout, report).as_bytes());
    }
    let mut of_credential: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    let mut others = Vec::new();
    for finding in &report.findings {
        match finding.credential.as_deref() {
            Some(id) => of_credential.entry(id).or_default().push(finding),
            None => others.push(finding),
        }
    }
    let mut text = if report.mode == "discover" { host::overview(&layout, report) } else { String::new() };
    for credential in &report.credentials {
        if let Some(findings) = of_credential.get(credential.id.as_str()) {
            block::credential(&layout, &mut text, credential, findings);
        }
    }
    block::others(&layout, &mut text, &others);
    summary::summary(&layout, &mut text, report);
    out.write_all(text.as_bytes())
}
