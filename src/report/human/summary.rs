//! How many findings of which severity, and what could not be judged.

use std::collections::{BTreeMap, BTreeSet};

use super::layout::Layout;
use crate::check::Severity;
use crate::report::{Report, Scorecard, severity_of};

/// Counts by severity, what is covered by exceptions, how many credentials raise nothing.
pub(super) fn summary(layout: &Layout, out: &mut String, report: &Report) {
    let open: Vec<Severity> = report
        .findings
        .iter()
        .filter(|finding| finding.suppressed.is_none())
        .map(|finding| severity_of(&finding.severity))
        .collect();
    let counts: Vec<String> = [Severity::Critical, Severity::High, Severity::Medium, Severity::Low]
        .into_iter()
        .map(|severity| (severity, open.iter().filter(|found| **found == severity).count()))
        .filter(|(_, count)| *count > 0)
        .map(|(severity, count)| format!("{count} {}", severity.as_str()))
        .collect();
    let mut line = match open.len() {
        0 => "No findings".to_owned(),
        _ => format!("{}: {}", plural(open.len() as u64, "finding"), counts.join(", ")),
    };
    let covered = report.findings.iter().filter_map(|finding| finding.suppressed.as_ref());
    let (known, excepted): (Vec<_>, Vec<_>) = covered.partition(|reason| reason.kind == "baseline");
    for (count, word) in [(excepted.len(), "excepted"), (known.len(), "in the baseline")] {
        if count > 0 {
            line.push_str(&format!("; {count} {word}"));
        }
    }
    line.push_str(&format!("; {}", plural(report.credentials.len() as u64, "credential")));
    let concerned: BTreeSet<&str> =
        report.findings.iter().filter_map(|finding| finding.credential.as_deref()).collect();
    let fine = report.credentials.iter().filter(|credential| !concerned.contains(credential.id.as_str())).count();
    if fine > 0 {
        line.push_str(&format!(", {fine} of them without a finding"));
    }
    line.push('.');
    out.push_str(&layout.strong(&line));
    out.push('\n');
    if report.settings.inventory && !report.credentials.is_empty() {
        let card = Scorecard::of(report);
        let mut text = format!(
            "Governed: {:.0} % registered, {:.0} % with an owner, {:.0} % with an expiry, {:.0} % bound to a workload; {}",
            card.percent(card.registered),
            card.percent(card.with_owner),
            card.percent(card.with_expiry),
            card.percent(card.with_workload),
            plural(card.orphans, "orphan"),
        );
        if let Some(age) = card.median_age_days {
            text.push_str(&format!("; median age {}", plural(age, "day")));
        }
        for (state, count) in &card.exceptions {
            text.push_str(&format!("; {} {state}", plural(*count, "exception")));
        }
        text.push('.');
        layout.paragraph(out, &text);
    }
    if !report.coverage.complete {
        layout.paragraph(out, "Incomplete: something that should have been scanned was not.");
    }
    not_evaluated(layout, out, &report.coverage.not_evaluated);
}

/// Checks that an option would bring are counted by it; what an option alone does not mend is said of each.
fn not_evaluated(layout: &Layout, out: &mut String, lacking: &BTreeMap<String, String>) {
    let mut options: BTreeMap<&str, u64> = BTreeMap::new();
    let mut lacks: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (check, lack) in lacking {
        match option(lack) {
            Some(option) => *options.entry(option).or_default() += 1,
            None => lacks.entry(lack).or_default().push(check),
        }
    }
    if !options.is_empty() {
        let each: Vec<String> = options
            .into_iter()
            .map(|(option, count)| format!("{} for want of {option}", plural(count, "check")))
            .collect();
        layout.paragraph(out, &format!("Not evaluated: {} (-f json names them).", each.join(", ")));
    }
    for (lack, checks) in lacks {
        layout.paragraph(out, &format!("Not evaluated: {} ({lack}).", checks.join(", ")));
    }
}

/// The option that a lack ends with: `needs an inventory (--inventory FILE)`.
fn option(lack: &str) -> Option<&str> {
    let (_, tail) = lack.strip_suffix(')')?.rsplit_once("(--")?;
    lack.get(lack.len() - tail.len() - 3..)?.split([' ', ')']).next()
}

fn plural(count: u64, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}
