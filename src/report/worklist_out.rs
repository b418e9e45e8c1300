//! Writes a worklist: for people, as CSV, Markdown or JSON.

use std::io;

use super::escape::escape;
use super::worklist::{Item, Worklist};
use super::{Format, csv, markdown};

/// Columns of the CSV form.
const COLUMNS: [&str; 13] = [
    "owner",
    "severity",
    "risk",
    "action",
    "checks",
    "credential",
    "preview",
    "issuer",
    "records",
    "places",
    "servers",
    "page",
    "command",
];

/// Whether a worklist can be written so.
#[must_use]
pub fn can_be(format: Format) -> bool {
    matches!(format, Format::Human | Format::Csv | Format::Markdown | Format::Json)
}

/// Writes a worklist; formats of whole reports fall back to JSON.
///
/// # Errors
///
/// Where `out` cannot be written to.
pub fn write(list: &Worklist, format: Format, out: &mut dyn io::Write) -> io::Result<()> {
    match format {
        Format::Human => human(list, out),
        Format::Csv => {
            csv::line(out, &COLUMNS)?;
            for owner in &list.owners {
                for item in &owner.items {
                    let cells = cells(item);
                    let mut line = vec![owner.owner.as_str()];
                    line.extend(cells.iter().map(String::as_str));
                    csv::line(out, &line)?;
                }
            }
            Ok(())
        }
        Format::Markdown => {
            writeln!(out, "# To {}\n", list.view)?;
            if list.owners.is_empty() {
                writeln!(out, "Nothing.")?;
            }
            for owner in &list.owners {
                writeln!(out, "## {}\n", markdown::text(&owner.owner))?;
                writeln!(out, "| severity | what | credential | where | how |\n|---|---|---|---|---|")?;
                for item in &owner.items {
                    let what = format!("{} ({})", item.action, item.checks.join(", "));
                    let how: Vec<&str> = item.page.iter().chain(&item.command).map(String::as_str).collect();
                    let cells =
                        [item.severity, &what, &name(item), &places(item), &how.join(" · ")].map(markdown::text);
                    writeln!(out, "| {} |", cells.join(" | "))?;
                }
                writeln!(out)?;
            }
            Ok(())
        }
        _ => {
            serde_json::to_writer_pretty(&mut *out, list)?;
            writeln!(out)
        }
    }
}

fn human(list: &Worklist, out: &mut dyn io::Write) -> io::Result<()> {
    if list.owners.is_empty() {
        return writeln!(out, "Nothing to {}.", if list.view == "owners" { "do" } else { list.view });
    }
    for owner in &list.owners {
        let count = owner.items.len();
        writeln!(out, "{} ({count} {})", escape(&owner.owner), if count == 1 { "item" } else { "items" })?;
        for item in &owner.items {
            writeln!(out, "  {:<8} {}", item.severity, item.action)?;
            writeln!(out, "           {}", escape(&name(item)))?;
            writeln!(out, "           {}: {}", item.checks.join(", "), escape(&places(item)))?;
            for how in item.page.iter().chain(&item.command) {
                writeln!(out, "           {how}")?;
            }
        }
        writeln!(out)?;
    }
    Ok(())
}

/// What an item is about.
fn name(item: &Item) -> String {
    let mut parts: Vec<String> = Vec::new();
    parts.extend(item.preview.clone());
    parts.extend(item.credential.clone());
    parts.extend(item.records.iter().map(|record| format!("record {record}")));
    parts.extend(item.servers.iter().map(|server| format!("server {server}")));
    parts.join(", ")
}

/// The first places, and how many more there are.
fn places(item: &Item) -> String {
    const SHOWN: usize = 3;
    let mut text = item.places.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    if item.places.len() > SHOWN {
        text.push_str(&format!(" and {} more", item.places.len() - SHOWN));
    }
    text
}

fn cells(item: &Item) -> Vec<String> {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    vec![
        item.severity.to_owned(),
        format!("{:.1}", item.risk),
        item.action.clone(),
        item.checks.join("|"),
        text(&item.credential),
        text(&item.preview),
        text(&item.issuer),
        item.records.join("|"),
        item.places.join("|"),
        item.servers.join("|"),
        text(&item.page),
        text(&item.command),
    ]
}
