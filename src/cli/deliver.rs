//! Brings a report to where it was asked for: files first, each as a whole or not at all, then standard output.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};

use super::speak;
use crate::report::{self, ExitStatus, Format, Report, Style};
use crate::settings::{ReportSettings, Settings, Talk};

/// Columns of a terminal that does not say how wide it is.
const USUAL_WIDTH: usize = 100;

/// A report that could not be written. A failed write is an error: whoever uploads the file must not find an old one.
#[derive(Debug, thiserror::Error)]
pub(super) enum DeliveryError {
    /// Into a file.
    #[error("could not write the report `{path}`\nhint: check that the directory is writable and has room")]
    File {
        /// Which.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// To standard output.
    #[error("could not write to standard output")]
    Stdout(#[source] io::Error),
}

/// Brings the report of a run where it was asked for, says the coverage line, and gives the exit status.
///
/// # Errors
/// Where a report cannot be written, or standard error not.
pub(super) fn conclude(report: &Report, settings: &Settings) -> anyhow::Result<ExitStatus> {
    let delivered = deliver(report, &settings.reporting, settings.talk);
    // The coverage line is said even where the report could not be: it tells what the failed run had done.
    speak::conclude(report, settings.talk)?;
    delivered?;
    Ok(ExitStatus::of_gate(report, settings.reporting.exit_zero))
}

/// Writes every file that was asked for, then standard output.
///
/// # Errors
/// At the first report that cannot be written.
pub(super) fn deliver(report: &Report, to: &ReportSettings, talk: Talk) -> Result<(), DeliveryError> {
    for output in &to.outputs {
        let style = Style {
            color: false,
            width: None,
            omit_suppressed: to.sarif_omit_suppressed,
            servers_only: to.servers_only,
        };
        file(&output.path, |out| report::write(report, output.format, out, &style))
            .map_err(|source| DeliveryError::File { path: output.path.display().to_string(), source })?;
    }
    match to.stdout {
        Some(format) => stdout(report, format, to, talk).map_err(DeliveryError::Stdout),
        None => Ok(()),
    }
}

fn stdout(report: &Report, format: Format, to: &ReportSettings, talk: Talk) -> io::Result<()> {
    let choice = match speak::choice(talk.color) {
        anstream::ColorChoice::Auto => anstream::AutoStream::choice(&io::stdout()),
        choice => choice,
    };
    let style = Style {
        color: format == Format::Human && choice != anstream::ColorChoice::Never,
        width: io::stdout().is_terminal().then(width),
        omit_suppressed: to.sarif_omit_suppressed,
        servers_only: to.servers_only,
    };
    let mut out = BufWriter::new(anstream::AutoStream::new(io::stdout().lock(), choice));
    report::write(report, format, &mut out, &style)?;
    out.flush()
}

fn width() -> usize {
    std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok()).unwrap_or(USUAL_WIDTH).max(40)
}

/// Writes a file so that at no moment half of it can be seen: into a neighbour, which then takes its name.
pub(super) fn file(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    // A link is written through, not replaced.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    if path.metadata().is_ok_and(|found| !found.is_file()) {
        // A pipe or device has no neighbour that could take its name.
        let mut out = BufWriter::new(OpenOptions::new().write(true).open(&path)?);
        write(&mut out)?;
        return out.flush();
    }
    let (neighbour, file) = neighbour(&path)?;
    let mut out = BufWriter::new(file);
    let written = write(&mut out)
        .and_then(|()| out.flush())
        .and_then(|()| out.get_ref().sync_all())
        .and_then(|()| fs::rename(&neighbour, &path));
    if written.is_err() {
        let _ = fs::remove_file(&neighbour);
    }
    written
}

/// A new, empty file beside `path`.
fn neighbour(path: &Path) -> io::Result<(PathBuf, File)> {
    let name = path.file_name().ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
    for attempt in 0..100 {
        let mut hidden = std::ffi::OsString::from(".");
        hidden.push(name);
        hidden.push(format!(".{}-{attempt}.tmp", std::process::id()));
        let candidate = path.with_file_name(hidden);
        match OpenOptions::new().write(true).create_new(true).open(&candidate) {
            Ok(file) => return Ok((candidate, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_write_leaves_the_old_file_and_nothing_else() {
        let dir = tempfile::tempdir().expect("temporary directory");
        let path = dir.path().join("out.json");
        fs::write(&path, "old").expect("writable");
        let failed = file(&path, |out| {
            out.write_all(b"half")?;
            Err(io::ErrorKind::StorageFull.into())
        });
        assert!(failed.is_err());
        assert_eq!(fs::read_to_string(&path).expect("readable"), "old");
        assert_eq!(fs::read_dir(dir.path()).expect("readable").count(), 1);
    }

    #[test]
    fn a_write_replaces_the_whole_file() {
        let dir = tempfile::tempdir().expect("temporary directory");
        let path = dir.path().join("out.json");
        fs::write(&path, "a much longer old report").expect("writable");
        file(&path, |out| out.write_all(b"new")).expect("written");
        assert_eq!(fs::read_to_string(&path).expect("readable"), "new");
        assert_eq!(fs::read_dir(dir.path()).expect("readable").count(), 1);
    }
}
