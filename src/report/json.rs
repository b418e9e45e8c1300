//! The `keytrawl-report/1` document: written for people and programs to keep, and read back to be converted.

use std::io;

use super::Report;

/// Value of [`Report::schema`].
pub const SCHEMA: &str = "keytrawl-report/1";

pub(super) fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, report)?;
    out.write_all(b"\n")
}
