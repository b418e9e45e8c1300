//! `keytrawl report`: saved reports into any format, several into one.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;

use super::{ExitStatus, deliver, report_view, speak};
use crate::policy::Baseline;
use crate::report::{self, Report, View};
use crate::settings::typed::{Configuration, Reporting, Talking};
use crate::settings::{self, ReportDefaults, ReportSettings, Talk};

/// Convert or merge saved JSON reports into any format.
///
/// Reads what `--format json` or `-o report.json` wrote, and the lines of `jsonl`, of which one file or stream may hold
/// several reports one after another. Of several, credentials with the same id become one with all their places; nothing
/// is scanned again. The exit code is that of a scan with the same findings.
#[derive(Debug, Args)]
#[command(
    after_help = super::EXIT_CODES,
    after_long_help = "Examples:\n  keytrawl report scan.json -f human               read a saved report\n  \
    keytrawl report a.json b.json -o all.sarif       two reports as one SARIF file\n  \
    cat */scan.jsonl | keytrawl report - -f human    the lines of many machines as one report\n  \
    keytrawl report scan.json --fail-on critical     another gate over the same findings\n  \
    keytrawl report scan.json --view rotate -o rotate.md  what to rotate, by owner, for a ticket\n  \
    keytrawl report scan.json -o keytrawl.prom       the scorecard for Prometheus"
)]
pub(super) struct Merge {
    /// Saved reports; `-` for standard input.
    #[arg(required = true)]
    reports: Vec<PathBuf>,
    /// What to do instead of what was found: a worklist by owner, worst first, with each issuer's page for revoking.
    /// Written as human, csv, markdown or json.
    #[arg(long, value_name = "VIEW", value_parser = view)]
    view: Option<View>,
    #[command(flatten)]
    reporting: Reporting,
}

fn view(word: &str) -> Result<View, String> {
    View::ALL.into_iter().find(|view| view.name() == word).ok_or_else(|| {
        let near = crate::mistyped::nearest(word, View::ALL.map(View::name));
        let meant = near.map(|near| format!(" (did you mean `{near}`?)")).unwrap_or_default();
        format!("there is no view `{word}`{meant}; views are revoke, register, rotate and owners")
    })
}

impl Merge {
    pub(super) fn run(self, talking: &Talking, configuration: &Configuration) -> anyhow::Result<ExitStatus> {
        let (_, config) = settings::configuration(configuration)?;
        let talk = Talk::resolve(talking, &config);
        let gate_was_typed = !self.reporting.fail_on.is_empty();
        let to = ReportSettings::resolve(self.reporting, ReportDefaults::from(config), talk.quiet)?;
        let mut merged = read_all(&self.reports)?;
        if gate_was_typed {
            merged.settings.fail_on = to.fail_on.terms();
        }
        if let Some(baseline) = to.baseline.as_deref() {
            merged.hold_against(&Baseline::load(baseline)?);
        }
        if let Some(view) = self.view {
            report_view::deliver(&merged, view, &to)?;
            return Ok(ExitStatus::Clean);
        }
        deliver::deliver(&merged, &to, talk)?;
        speak::conclude(&merged, talk)?;
        Ok(ExitStatus::of_gate(&merged, to.exit_zero))
    }
}

/// Saved reports as one.
///
/// # Errors
/// Where one cannot be read, or is none.
pub(super) fn read_all(paths: &[PathBuf]) -> anyhow::Result<Report> {
    let reports = paths.iter().map(|path| read(path)).collect::<anyhow::Result<Vec<_>>>()?;
    report::merge(reports.into_iter().flatten()).context("no report was named")
}

fn read(path: &Path) -> anyhow::Result<Vec<Report>> {
    let shown = path.display();
    let text = if path.as_os_str() == "-" {
        let mut text = Vec::new();
        io::stdin().lock().read_to_end(&mut text).map(|_| text)
    } else {
        fs::read(path)
    };
    let text = text.with_context(|| {
        format!("could not read the report `{shown}`\nhint: give a file that `keytrawl scan -o report.json` wrote")
    })?;
    Report::read(&text).with_context(|| format!("`{shown}` is not a report"))
}
