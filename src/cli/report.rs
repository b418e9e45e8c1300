//! `keytrawl report`: saved JSON reports into any format, several into one.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;

use super::{ExitStatus, deliver, report_view, speak};
use crate::check::Severity;
use crate::policy::Baseline;
use crate::report::{Coverage, Credential, Report, Scorecard, View};
use crate::settings::typed::{Configuration, Reporting, Talking};
use crate::settings::{self, ReportDefaults, ReportSettings, Talk};

/// Convert or merge saved JSON reports into any format.
///
/// Reads what `--format json` or `-o report.json` wrote. Of several reports, credentials with the same id become one with
/// all their places; nothing is scanned again. The exit code is that of a scan with the same findings.
#[derive(Debug, Args)]
#[command(
    after_help = super::EXIT_CODES,
    after_long_help = "Examples:\n  keytrawl report scan.json -f human               read a saved report\n  \
    keytrawl report a.json b.json -o all.sarif       two reports as one SARIF file\n  \
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
        // What was counted in each is counted afresh in all together.
        merged.scorecard = Some(Scorecard::of(&merged));
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
    merge(reports).context("no report was named")
}

fn read(path: &Path) -> anyhow::Result<Report> {
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
    Report::from_json(&text).with_context(|| format!("`{shown}` is not a report"))
}

/// One report of several: the union of what they found. Where two disagree on the inventory's word, the earlier counts.
fn merge(reports: Vec<Report>) -> Option<Report> {
    let mut reports = reports.into_iter();
    let mut merged = reports.next()?;
    for other in reports {
        absorb(&mut merged, other);
        sort(&mut merged);
    }
    Some(merged)
}

/// Brings credentials and findings into the order of a fresh report: worst open finding first, then by id.
fn sort(report: &mut Report) {
    let mut worst: BTreeMap<String, (bool, Severity)> = BTreeMap::new();
    for finding in &report.findings {
        if let Some(id) = &finding.credential {
            let this = (finding.suppressed.is_none(), severity(&finding.severity));
            let known = worst.entry(id.clone()).or_insert(this);
            *known = (*known).max(this);
        }
    }
    report.credentials.sort_by_key(|credential| (Reverse(worst.get(&credential.id).copied()), credential.id.clone()));
    let rank: BTreeMap<&str, usize> =
        report.credentials.iter().enumerate().map(|(at, credential)| (credential.id.as_str(), at)).collect();
    let last = rank.len();
    report.findings.sort_by_cached_key(|finding| {
        let rank = finding.credential.as_deref().map_or(last, |id| rank.get(id).copied().unwrap_or(last));
        let place = (finding.path.clone(), finding.region.start_line, finding.id.clone());
        (rank, finding.occurrence, Reverse(severity(&finding.severity)), finding.check.clone(), place)
    });
}

/// A word of another version counts as the worst, so that it is not missed.
fn severity(word: &str) -> Severity {
    [Severity::Low, Severity::Medium, Severity::High]
        .into_iter()
        .find(|severity| severity.as_str() == word)
        .unwrap_or(Severity::Critical)
}

fn absorb(into: &mut Report, other: Report) {
    // A number that is good for one run only may name another credential in the other run.
    let renamed = rename_transient(&into.credentials, &other.credentials);
    let name = |id: String| renamed.get(&id).cloned().unwrap_or(id);
    let mut moved: BTreeMap<(String, usize), usize> = BTreeMap::new();
    for mut credential in other.credentials {
        credential.id = name(credential.id);
        adopt(into, credential, &mut moved);
    }
    for mut finding in other.findings {
        finding.credential = finding.credential.map(name);
        if let (Some(id), Some(at)) = (&finding.credential, finding.occurrence) {
            finding.occurrence = moved.get(&(id.clone(), at)).copied().or(Some(at));
        }
        if !into.findings.iter().any(|known| known.id == finding.id && known.occurrence == finding.occurrence) {
            into.findings.push(finding);
        }
    }
    for asset in other.assets {
        if !into.assets.iter().any(|known| known.id == asset.id) {
            into.assets.push(asset);
        }
    }
    into.assets.sort_by(|a, b| a.id.cmp(&b.id));
    for exception in other.exceptions {
        match into.exceptions.iter_mut().find(|known| known.id == exception.id) {
            // What one part of the estate does not use another may.
            Some(known) if exception.state == "used" => known.state = exception.state,
            Some(_) => {}
            None => into.exceptions.push(exception),
        }
    }
    into.exceptions.sort_by(|a, b| a.id.cmp(&b.id));
    for reference in other.references {
        if !into.references.contains(&reference) {
            into.references.push(reference);
        }
    }
    into.references.sort();
    for notice in other.notices {
        if !into.notices.contains(&notice) {
            into.notices.push(notice);
        }
    }
    into.now = into.now.clone().max(other.now);
    into.settings.inventory |= other.settings.inventory;
    into.settings.primary_only |= other.settings.primary_only;
    cover(&mut into.coverage, other.coverage);
}

/// New ids for the transient credentials of `theirs`, counted on from the highest of `ours`.
fn rename_transient(ours: &[Credential], theirs: &[Credential]) -> BTreeMap<String, String> {
    let transient = |credentials: &[Credential]| -> Vec<u128> {
        let ids = credentials.iter().filter(|credential| credential.transient);
        ids.filter_map(|credential| u128::from_str_radix(&credential.id, 16).ok()).collect()
    };
    let base = transient(ours).into_iter().max().map_or(0, |highest| highest + 1);
    transient(theirs)
        .into_iter()
        .map(|id| (format!("{id:032x}"), format!("{:032x}", base.saturating_add(id))))
        .collect()
}

/// Adds a credential, or its places to the one with the same id; `moved` tells where each occurrence went.
fn adopt(into: &mut Report, credential: Credential, moved: &mut BTreeMap<(String, usize), usize>) {
    match into.credentials.iter_mut().find(|known| known.id == credential.id) {
        None => into.credentials.push(credential),
        Some(known) => {
            for (at, occurrence) in credential.occurrences.into_iter().enumerate() {
                let place = known.occurrences.iter().position(|other| *other == occurrence).unwrap_or_else(|| {
                    known.occurrences.push(occurrence);
                    known.occurrences.len() - 1
                });
                moved.insert((credential.id.clone(), at), place);
            }
        }
    }
}

fn cover(into: &mut Coverage, other: Coverage) {
    into.complete &= other.complete;
    into.files += other.files;
    into.members += other.members;
    into.blobs += other.blobs;
    into.commits += other.commits;
    into.bytes += other.bytes;
    for (reason, count) in other.skipped {
        *into.skipped.entry(reason).or_default() += count;
    }
    into.not_evaluated.extend(other.not_evaluated);
}
