//! How facts are put into messages: names in code marks, dates as days, long lists cut short with a count.

use jiff::Timestamp;

use super::{Found, Row};
use crate::inventory::Owner;

/// Names in a list before it is cut.
const SHOWN: usize = 4;

/// A name from outside, in code marks. Control characters and backticks would break out of them.
pub(super) fn code(name: &str) -> String {
    let clean: String = name.chars().map(|c| if c.is_control() || c == '`' { ' ' } else { c }).collect();
    format!("`{}`", clean.trim())
}

/// `a`, `b` and 3 more.
pub(super) fn list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.into_iter().collect();
    let shown: Vec<String> = names.iter().take(SHOWN).map(|name| code(name)).collect();
    match (names.len().saturating_sub(SHOWN), shown.as_slice()) {
        (0, [first @ .., last]) if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        (0, _) => shown.join(", "),
        (more, _) => format!("{} and {more} more", shown.join(", ")),
    }
}

/// The day of a time, in UTC.
pub(super) fn day(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}

/// `1 path`, `3 paths`.
pub(super) fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// `team:iam-platform`; the id alone where the kind is not known.
pub(super) fn owner(owner: &Owner) -> String {
    match owner.kind.trim() {
        "" | "unknown" => owner.id.trim().to_owned(),
        kind => format!("{kind}:{}", owner.id.trim()),
    }
}

/// Record `nhi-0001` (owner `team:iam-platform`).
pub(super) fn row(row: Row<'_>) -> String {
    let id = code(&row.record.id);
    match &row.record.owner {
        Some(named) if !named.id.trim().is_empty() => format!("record {id} (owner {})", code(&owner(named))),
        _ => format!("record {id} (no owner)"),
    }
}

/// What was found, as the subject of a sentence: detector, server, client, variable.
pub(super) fn what(found: &Found<'_>) -> String {
    let slot = &found.occurrence.slot;
    let mut text = format!("{} credential", code(found.occurrence.detector));
    if let Some(server) = &slot.server {
        text.push_str(&format!(" of server {}", code(server)));
    }
    if let Some(client) = slot.client {
        text.push_str(&format!(" in {}", code(client)));
    }
    if let Some(variable) = &slot.variable {
        text.push_str(&format!(" ({} {})", slot.kind.as_str(), code(variable)));
    }
    text
}

/// Whether a field of a row only looks filled in.
pub(super) fn is_placeholder(text: &str) -> bool {
    const WORDS: [&str; 20] = [
        "",
        "-",
        "--",
        "?",
        "??",
        "???",
        "n/a",
        "na",
        "nil",
        "no owner",
        "nobody",
        "none",
        "null",
        "tba",
        "tbd",
        "todo",
        "unassigned",
        "undefined",
        "unknown",
        "xxx",
    ];
    let text = text.trim();
    WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// Whether an environment's name means production.
pub(super) fn is_production(environment: &str) -> bool {
    ["prod", "production", "prd", "live"].iter().any(|name| environment.trim().eq_ignore_ascii_case(name))
}
