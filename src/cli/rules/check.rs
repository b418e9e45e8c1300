//! `keytrawl rules check`: whether rules hold, and what they cost.

use std::io::{self, Write};
use std::path::PathBuf;

use serde_json::{Value, json};

use super::{Format, profile};
use crate::cli::ExitStatus;
use crate::detector::Detectors;
use crate::detector::check::{Checked, Depth, Gravity, Summary, check as hold};
use crate::settings::rules;
use crate::settings::typed::Talking;

pub(super) fn check(
    out: &mut impl Write,
    paths: &[PathBuf],
    profiled: &[PathBuf],
    format: Format,
    talking: &Talking,
) -> anyhow::Result<ExitStatus> {
    let checked = if paths.is_empty() {
        let texts = Detectors::embedded().texts().iter();
        let files: Vec<(String, String)> =
            texts.map(|(name, text)| (format!("rules/detectors/{name}"), (*text).to_owned())).collect();
        hold(&files, None, Depth::Hostile)
    } else {
        hold(&rules::read(paths)?, Some(Detectors::embedded()), Depth::Hostile)
    };
    // Broken rules are not measured: their figures would mean nothing.
    let measured = match checked.holds() && !profiled.is_empty() {
        true => Some(profile::measure(rules::load(paths)?, profiled, talking)?),
        false => None,
    };
    match format {
        Format::Human => {
            human(out, &checked, !paths.is_empty() || talking.verbose)?;
            if let Some(measured) = &measured {
                measured.human(out)?;
            }
        }
        Format::Json => {
            let mut document = document(&checked);
            if let (Some(fields), Some(measured)) = (document.as_object_mut(), &measured) {
                fields.insert("profile".to_owned(), measured.document());
            }
            serde_json::to_writer_pretty(&mut *out, &document)?;
            writeln!(out)?;
        }
    }
    Ok(match measured {
        _ if !checked.holds() => ExitStatus::Error,
        Some(measured) if !measured.is_complete() => ExitStatus::Incomplete,
        _ => ExitStatus::Clean,
    })
}

/// Notes on the embedded rules are for those who write them, so they are told only where more is asked for.
fn human(out: &mut impl Write, checked: &Checked, notes: bool) -> io::Result<()> {
    let told = |gravity| notes || gravity == Gravity::Problem;
    for problem in checked.problems.iter().filter(|problem| told(problem.gravity)) {
        let kind = if problem.gravity == Gravity::Note { "note" } else { "problem" };
        writeln!(out, "{kind}: {problem}")?;
    }
    let grave = checked.problems.iter().filter(|problem| problem.gravity == Gravity::Problem).count();
    let Summary { detectors, samples } = checked.summary;
    match grave {
        0 if detectors == 1 => writeln!(out, "1 detector holds against {samples} samples"),
        0 => writeln!(out, "{detectors} detectors hold against {samples} samples"),
        1 => writeln!(out, "1 problem"),
        _ => writeln!(out, "{grave} problems"),
    }
}

fn document(checked: &Checked) -> Value {
    let problems: Vec<Value> = checked
        .problems
        .iter()
        .map(|problem| {
            json!({
                "file": problem.file,
                "line": problem.line,
                "detector": problem.detector,
                "level": if problem.gravity == Gravity::Note { "note" } else { "problem" },
                "message": problem.message,
                "hint": problem.hint,
            })
        })
        .collect();
    json!({
        "holds": checked.holds(),
        "detectors": checked.summary.detectors,
        "samples": checked.summary.samples,
        "problems": problems,
    })
}
