//! `keytrawl rules list`: one line a detector, one line a check.

use std::io::{self, Write};

use serde_json::json;

use super::Format;
use crate::check;
use crate::detector::Detectors;

pub(super) fn list(out: &mut impl Write, detectors: &Detectors, format: Format) -> io::Result<()> {
    match format {
        Format::Human => human(out, detectors),
        Format::Json => document(out, detectors),
    }
}

fn human(out: &mut impl Write, detectors: &Detectors) -> io::Result<()> {
    let all = detectors.all();
    writeln!(out, "{} detectors", all.len())?;
    let head = ["id", "provider", "issuer", "kind", "keywords"].map(str::to_owned);
    let rows = all.iter().map(|detector| {
        [
            detector.id.to_owned(),
            detector.provider.to_owned(),
            detector.issuer.unwrap_or("-").to_owned(),
            detector.kind.to_owned(),
            detector.keywords.len().to_string(),
        ]
    });
    table(out, &std::iter::once(head).chain(rows).collect::<Vec<_>>())?;

    let checks = check::all();
    writeln!(out, "\n{} checks", checks.len())?;
    let head = ["id", "score", "severity", "title"].map(str::to_owned);
    let rows = checks.iter().map(|check| {
        let meta = check.meta();
        let score = format!("{:.1}", meta.severity);
        [meta.id.to_owned(), score, meta.band().as_str().to_owned(), meta.title.to_owned()]
    });
    table(out, &std::iter::once(head).chain(rows).collect::<Vec<_>>())
}

/// Columns as wide as their widest cell; nothing stands behind the last cell of a row.
pub(super) fn table<const N: usize>(out: &mut impl Write, rows: &[[String; N]]) -> io::Result<()> {
    let mut widths = [0; N];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    for row in rows {
        let cells: Vec<String> = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        writeln!(out, "  {}", cells.join("  ").trim_end())?;
    }
    Ok(())
}

fn document(out: &mut impl Write, detectors: &Detectors) -> io::Result<()> {
    let replaced = detectors.replaced();
    let rules: Vec<_> = detectors
        .all()
        .iter()
        .map(|detector| {
            json!({
                "id": detector.id,
                "provider": detector.provider,
                "issuer": detector.issuer,
                "kind": detector.kind,
                "description": detector.description,
                "keywords": detector.keywords.len(),
                "replaces": replaced.contains(&detector.id),
            })
        })
        .collect();
    let checks: Vec<_> = check::all()
        .iter()
        .map(|check| {
            let meta = check.meta();
            let score = format!("{:.1}", meta.severity);
            json!({ "id": meta.id, "score": score, "severity": meta.band().as_str(), "title": meta.title })
        })
        .collect();
    serde_json::to_writer_pretty(&mut *out, &json!({ "detectors": rules, "checks": checks }))?;
    writeln!(out)
}
