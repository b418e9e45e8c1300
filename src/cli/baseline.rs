//! `keytrawl baseline`: which findings were there when the gate was put up.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::{Args, Subcommand};

use super::{ExitStatus, deliver, pipeline, speak};
use crate::policy::Baseline as Known;
use crate::report::Report;
use crate::settings::typed::{Configuration, Governance, History, Reporting, Scanning, Talking, Which};
use crate::settings::{self, Settings};

/// Write down the findings that are there today, so that only new ones fail the gate.
///
/// A baseline is a sorted file with the id of one finding a line. An id is drawn from the check, the credential, the file and
/// the place in it: it survives line moves, reformatting, rebases and squashes, and changes when the credential is rotated.
/// `scan --baseline FILE` shows what the baseline holds as covered and fails on anything else.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(super) struct Baseline {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Scan, and write the id of every finding that no exception covers.
    ///
    /// An id is drawn from what the run knows: give the same inventory, policy and key as the gate does.
    #[command(
        after_help = "Exit codes: 0 written, 2 nothing was scanned or the file cannot be written, 3 written, but the scan \
                      was incomplete.\n\nExamples:\n  keytrawl baseline write . --baseline keytrawl.baseline\n  \
                      keytrawl baseline write . --inventory nhi.jsonl > keytrawl.baseline"
    )]
    Write(Scan),
    /// Scan, and take the ids out of the baseline that are found no more. Adds none.
    ///
    /// Give the paths and options that the gate is run with: what they do not reach would be taken for gone. After an
    /// incomplete scan nothing is taken out.
    #[command(
        after_help = "Exit codes: 0 pruned, 2 nothing was scanned or the file cannot be read or written, 3 the scan was \
                      incomplete and the file left as it was.\n\nExamples:\n  keytrawl baseline prune . --baseline \
                      keytrawl.baseline"
    )]
    Prune(Scan),
}

#[derive(Debug, Args)]
struct Scan {
    /// Files and directories, as for `scan` [default: the current directory].
    paths: Vec<PathBuf>,
    /// The baseline; `write` writes to standard output where none is named.
    #[arg(long, short = 'o', visible_alias = "output", value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Also every object of the git history, as for `scan`.
    #[arg(long, conflicts_with_all = ["staged", "env_dump"], help_heading = "What is scanned")]
    history: bool,
    #[command(flatten)]
    scanning: Box<Scanning>,
    #[command(flatten)]
    governance: Box<Governance>,
}

impl Baseline {
    pub(super) fn run(self, talking: &Talking, configuration: &Configuration) -> anyhow::Result<ExitStatus> {
        match self.command {
            Command::Write(scan) => write(scan, talking, configuration),
            Command::Prune(scan) => prune(scan, talking, configuration),
        }
    }
}

fn write(scan: Scan, talking: &Talking, configuration: &Configuration) -> anyhow::Result<ExitStatus> {
    let to = scan.baseline.clone();
    let (settings, report) = scan.report(talking, configuration)?;
    let found = report.baseline();
    let complete = ExitStatus::of_gate(&report, true);
    match &to {
        Some(path) => {
            save(path, &found)?;
            say(&settings, &format!("{}: {} written\n", path.display(), findings(found.len())))?;
        }
        None => {
            let mut out = std::io::stdout().lock();
            out.write_all(found.render().as_bytes())
                .and_then(|()| out.flush())
                .context("could not write the baseline")?;
        }
    }
    let weak = report.credentials.iter().filter(|credential| credential.transient).count();
    if weak > 0 {
        say(
            &settings,
            &format!(
                "warning: {weak} of the credentials are too weak to be told apart by a plain hash: the baseline knows their \
                 places only, and covers another one there too\nhint: set KEYTRAWL_KEY, here and in the gate\n"
            ),
        )?;
    }
    speak::conclude(&report, settings.talk)?;
    Ok(complete)
}

fn prune(scan: Scan, talking: &Talking, configuration: &Configuration) -> anyhow::Result<ExitStatus> {
    let Some(path) = scan.baseline.clone() else {
        bail!("no baseline was named\nhint: name the file with --baseline FILE");
    };
    let known = Known::load(&path)?;
    let (settings, report) = scan.report(talking, configuration)?;
    let complete = ExitStatus::of_gate(&report, true);
    if complete == ExitStatus::Clean {
        let kept = known.both(&report.baseline());
        let gone = known.len() - kept.len();
        if gone > 0 {
            save(&path, &kept)?;
        }
        say(&settings, &format!("{}: {} taken out, {} kept\n", path.display(), findings(gone), kept.len()))?;
    } else {
        let left = "left as it was, for what was not scanned may still be there";
        say(&settings, &format!("{}: {left}\n", path.display()))?;
    }
    speak::conclude(&report, settings.talk)?;
    Ok(complete)
}

impl Scan {
    /// Scans, with every finding shown and none held against a baseline.
    fn report(self, talking: &Talking, configuration: &Configuration) -> anyhow::Result<(Settings, Report)> {
        if self.scanning.staged {
            bail!("a baseline is not made of what is staged\nhint: leave out --staged");
        }
        let (_, config) = settings::configuration(configuration)?;
        let reporting = Reporting { findings: Some(Which::All), ..Reporting::default() };
        let mut settings = Settings::resolve(self.paths, *self.scanning, *self.governance, reporting, talking, config)?;
        settings = settings.with_history(History { history: self.history, ..History::default() }, true);
        settings.reporting.baseline = None;
        let cwd = super::current_directory()?;
        let report = pipeline::gather(&settings, &cwd)?.report(&settings);
        Ok((settings, report))
    }
}

fn save(path: &Path, baseline: &Known) -> anyhow::Result<()> {
    deliver::file(path, |out| out.write_all(baseline.render().as_bytes())).with_context(|| {
        format!(
            "could not write the baseline `{}`\nhint: check that the directory is there and writable",
            path.display()
        )
    })
}

fn say(settings: &Settings, text: &str) -> std::io::Result<()> {
    if settings.talk.quiet { Ok(()) } else { speak::stderr(settings.talk.color).write_all(text.as_bytes()) }
}

fn findings(count: usize) -> String {
    if count == 1 { "1 finding".to_owned() } else { format!("{count} findings") }
}
