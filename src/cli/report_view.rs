//! Brings a worklist to where it was asked for: `keytrawl report --view`.

use std::io::{self, BufWriter, Write};

use anyhow::{Context, ensure};

use super::deliver;
use crate::report::{Format, Report, View, Worklist, worklist_out};
use crate::settings::ReportSettings;

/// Writes the worklist to every file that was asked for, then to standard output.
///
/// # Errors
/// Where a format cannot show a worklist, or a file cannot be written.
pub(super) fn deliver(report: &Report, view: View, to: &ReportSettings) -> anyhow::Result<()> {
    for format in to.outputs.iter().map(|output| output.format).chain(to.stdout) {
        ensure!(
            worklist_out::can_be(format),
            "a worklist cannot be written as {}\nhint: use human, csv, markdown or json",
            format.name()
        );
    }
    let list = Worklist::of(report, view);
    for output in &to.outputs {
        deliver::file(&output.path, |out| worklist_out::write(&list, output.format, out))
            .with_context(|| format!("could not write the worklist `{}`", output.path.display()))?;
    }
    let mut out = BufWriter::new(io::stdout().lock());
    worklist_out::write(&list, to.stdout.unwrap_or(Format::Human), &mut out)?;
    out.flush()?;
    Ok(())
}
