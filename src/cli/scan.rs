//! `keytrawl scan`: the main job.

use std::path::PathBuf;

use clap::Args;

use super::{ExitStatus, deliver, pipeline, speak};
use crate::settings::typed::{Configuration, Governance, History, Reporting, Scanning, Talking};
use crate::settings::{self, Settings};

/// Find the credentials in files and directories and hold them against the inventory.
///
/// Every file is read, hidden ones too, `.git` itself not. In a git repository an untracked file that .gitignore excludes is
/// passed over and counted, unless it lies where credentials are kept (client configs, dotenv files, token stores); a
/// tracked file is always scanned. Nothing in a scanned tree can configure the scan.
#[derive(Debug, Args)]
#[command(after_help = super::EXIT_CODES, after_long_help = super::at_length(EXAMPLES))]
pub(super) struct Scan {
    /// Files and directories; `-` for standard input [default: the current directory].
    paths: Vec<PathBuf>,
    #[command(flatten)]
    history: History,
    #[command(flatten)]
    scanning: Scanning,
    #[command(flatten)]
    governance: Governance,
    #[command(flatten)]
    reporting: Reporting,
}

const EXAMPLES: &str = "\
Examples:
  keytrawl scan                                    the current directory
  keytrawl scan ~/.cursor ~/.claude.json           two places
  keytrawl scan . --inventory nhi.jsonl            which of the credentials does nobody govern?
  keytrawl scan . -o sarif=out.sarif -o out.json   reports beside the one on standard output
  keytrawl scan . --fail-on unregistered,critical  fail on this check, and on anything critical
  keytrawl scan --history                          every object of the repository, not only its files
  keytrawl scan --range origin/main..HEAD          what a branch brings (pull request)
  keytrawl scan --staged                           what the next commit would bring in
  keytrawl scan . --baseline known                 fail only on what was not there before
  kubectl exec POD -- env | keytrawl scan --env-dump -

Every run ends with a coverage line on standard error: what was scanned, what was passed over and why.";

impl Scan {
    pub(super) fn run(self, talking: &Talking, configuration: &Configuration) -> anyhow::Result<ExitStatus> {
        let Self { paths, history, scanning, governance, reporting } = self;
        run(paths, scanning, governance, reporting, talking, configuration, |settings, chosen| {
            settings.with_history(history, chosen)
        })
    }
}

/// Scans and reports; `adjust` has the last word on the settings, and is told whether the user chose which findings to see.
pub(super) fn run(
    paths: Vec<PathBuf>,
    scanning: Scanning,
    governance: Governance,
    reporting: Reporting,
    talking: &Talking,
    configuration: &Configuration,
    adjust: impl FnOnce(Settings, bool) -> Settings,
) -> anyhow::Result<ExitStatus> {
    let (file, config) = settings::configuration(configuration)?;
    let chosen = reporting.findings.is_some() || config.findings.is_some();
    let settings = adjust(Settings::resolve(paths, scanning, governance, reporting, talking, config)?, chosen);
    if settings.talk.verbose {
        speak::settings(&settings, file.as_deref())?;
    }
    let cwd = super::current_directory()?;
    let report = pipeline::gather(&settings, &cwd)?.report(&settings);
    deliver::conclude(&report, &settings)
}
