//! The block of one credential, and the findings that are about no credential.

use super::layout::Layout;
use crate::check::Severity;
use crate::report::{Credential, Finding, Occurrence, Standing, catalogue, severity_of};

/// Most places listed by name; a credential in a thousand files must not bury the rest.
const PLACES: usize = 10;

/// What, where, who, why, what to do.
pub(super) fn credential(layout: &Layout, out: &mut String, credential: &Credential, findings: &[&Finding]) {
    let open: Vec<&&Finding> = findings.iter().filter(|finding| finding.suppressed.is_none()).collect();
    let worst = open.iter().map(|finding| severity_of(&finding.severity)).max();
    let heading = worst.map_or_else(|| layout.faint("EXCEPTED"), |worst| layout.severity(worst));
    let issuer = credential.issuer.as_deref().unwrap_or("unknown issuer");
    let about = format!("{issuer} · {} · {} confidence", credential.detector, credential.confidence);
    out.push_str(&format!("{heading}  {}  {}\n", layout.strong(&credential.preview), layout.faint(&about)));
    let id = if credential.transient { format!("{} (this run only)", credential.id) } else { credential.id.clone() };
    layout.field(out, "id", &id);
    for (at, occurrence) in credential.occurrences.iter().take(PLACES).enumerate() {
        layout.field(out, if at == 0 { "found" } else { "" }, &place(occurrence));
    }
    if let Some(more @ 1..) = credential.occurrences.len().checked_sub(PLACES) {
        layout.field(out, "", &format!("and {more} more {}", if more == 1 { "place" } else { "places" }));
    }
    let mut odd: Vec<String> = credential.occurrences.iter().filter_map(|at| credential.misplaced(at)).collect();
    odd.sort();
    odd.dedup();
    for (at, odd) in odd.iter().enumerate() {
        layout.field(out, if at == 0 { "note" } else { "" }, odd);
    }
    layout.field(out, "owner", &owner(&credential.standing));
    layout.field(out, "standing", &standing(&credential.standing));
    whys(layout, out, findings, credential.occurrences.len() > 1);
    todo(layout, out, &open);
    out.push('\n');
}

/// Findings on inventory rows and on gaps of the scan, one block a check.
pub(super) fn others(layout: &Layout, out: &mut String, findings: &[&Finding]) {
    let mut sorted = findings.to_vec();
    sorted.sort_by_key(|finding| (std::cmp::Reverse(severity_of(&finding.severity)), finding.check.as_str()));
    for group in sorted.chunk_by(|a, b| a.check == b.check) {
        let open: Vec<&&Finding> = group.iter().filter(|finding| finding.suppressed.is_none()).collect();
        let worst = open.iter().map(|finding| severity_of(&finding.severity)).max();
        let heading = worst.map_or_else(|| layout.faint("EXCEPTED"), |worst| layout.severity(worst));
        let check = group.first().map_or("", |finding| finding.check.as_str());
        let title = catalogue::get(check).map_or("", |meta| meta.title);
        out.push_str(&format!("{heading}  {}  {}\n", layout.strong(check), layout.faint(title)));
        for (at, finding) in group.iter().enumerate() {
            let line = format!("{}:{}  {}", finding.path, finding.region.start_line, why(finding));
            layout.field(out, if at == 0 { "found" } else { "" }, &line);
        }
        todo(layout, out, &open);
        out.push('\n');
    }
}

/// `path:line:col  client › server › slot variable`.
fn place(occurrence: &Occurrence) -> String {
    let slot = match &occurrence.variable {
        Some(variable) => format!("{} {variable}", occurrence.slot),
        None => occurrence.slot.clone(),
    };
    let parts = [occurrence.client.clone(), occurrence.server.clone(), Some(slot)];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    let region = &occurrence.region;
    let environment = occurrence.environment.as_ref().map(|name| format!("  ({name})")).unwrap_or_default();
    format!("{}:{}:{}  {}{environment}", occurrence.path, region.start_line, region.start_column, parts.join(" › "))
}

fn owner(standing: &Standing) -> String {
    match (&standing.owner, &standing.team) {
        (Some(owner), Some(team)) => format!("{owner}, team {team}"),
        (Some(owner), None) => owner.clone(),
        (None, Some(team)) => format!("team {team}"),
        (None, None) if standing.status == "unchecked" => "unknown: no inventory was given".to_owned(),
        (None, None) if standing.status == "ambiguous" => "unclear: several rows could be meant".to_owned(),
        (None, None) => "nobody on record".to_owned(),
    }
}

fn standing(standing: &Standing) -> String {
    let by = standing.matched_by.as_ref().map(|key| format!(" by {key}")).unwrap_or_default();
    let rows = standing.records.join(", ");
    let mut words = match standing.status.as_str() {
        "exact" | "strong" | "probable" => {
            let state = standing.state.as_ref().map(|state| format!(", {state}")).unwrap_or_default();
            let system = standing.system.as_ref().map(|system| format!(", for {system}")).unwrap_or_default();
            format!("registered as {rows}{state}{system} ({} match{by})", standing.status)
        }
        "ambiguous" => format!("ambiguous{by}: could be {rows}"),
        "unregistered" => "unregistered: no row matches, though the inventory claims to cover it".to_owned(),
        "not-covered" => "not covered: no row matches, and the inventory does not claim to cover it".to_owned(),
        "unchecked" => "unchecked: no inventory was given".to_owned(),
        other => other.to_owned(),
    };
    if let Some(reason) = &standing.reason {
        words.push_str(" — ");
        words.push_str(reason);
    }
    words
}

/// One line for each check, however many places it fired at: what differs between them stands under `found`.
fn whys(layout: &Layout, out: &mut String, findings: &[&Finding], scattered: bool) {
    let mut sorted = findings.to_vec();
    let key = |finding: &Finding| {
        let covered = finding.suppressed.as_ref().map(|reason| reason.justification.clone());
        (covered, std::cmp::Reverse(severity_of(&finding.severity)), finding.check.clone(), finding.message.clone())
    };
    sorted.sort_by_cached_key(|finding| key(finding));
    let alike = |a: &&Finding, b: &&Finding| {
        let justification = |finding: &Finding| finding.suppressed.as_ref().map(|reason| reason.justification.clone());
        a.check == b.check && justification(a) == justification(b)
    };
    for (at, group) in sorted.chunk_by(alike).enumerate() {
        let Some(first) = group.first() else { continue };
        let same = group.iter().all(|finding| finding.message == first.message);
        let times = match group.len() {
            1 if scattered => format!(" (at {}:{})", first.path, first.region.start_line),
            1 => String::new(),
            many if same => format!(" (at {many} places)"),
            2 => format!(" (at {}:{}, likewise at 1 more place)", first.path, first.region.start_line),
            many => format!(" (at {}:{}, likewise at {} more places)", first.path, first.region.start_line, many - 1),
        };
        let line = format!("{} ({}): {}{times}", first.check, first.severity, why(first));
        layout.field(out, if at == 0 { "why" } else { "" }, &line);
    }
}

fn why(finding: &Finding) -> String {
    let mut words = finding.message.clone();
    if !finding.also.is_empty() {
        words.push_str(&format!("; also {}", finding.also.join(", ")));
    }
    if let Some(reason) = &finding.suppressed {
        let id = reason.id.as_ref().map(|id| format!(" {id}")).unwrap_or_default();
        // An exception's justification begins with its id, for SARIF has no other place for it.
        let why = reason.justification.strip_prefix(&format!("{}: ", id.trim_start())).unwrap_or(&reason.justification);
        words.push_str(&format!(" [covered by {}{id}: {why}]", reason.kind));
    }
    words
}

/// One line of advice for each check that is open, worst first.
fn todo(layout: &Layout, out: &mut String, open: &[&&Finding]) {
    let mut checks: Vec<(std::cmp::Reverse<Severity>, &str)> = open
        .iter()
        .map(|finding| (std::cmp::Reverse(severity_of(&finding.severity)), finding.check.as_str()))
        .collect();
    checks.sort_unstable();
    checks.dedup();
    let mut advice: Vec<String> = Vec::new();
    for line in checks.into_iter().filter_map(|(_, check)| catalogue::advice(check)) {
        if !advice.contains(&line) {
            advice.push(line);
        }
    }
    for (at, line) in advice.iter().enumerate() {
        layout.field(out, if at == 0 { "do" } else { "" }, line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Style, canned};

    #[test]
    fn a_credential_in_slots_of_another_services_server_is_noted_once() {
        let mut found = canned::report().credentials.swap_remove(0);
        let shown = |found: &Credential| {
            let mut out = String::new();
            credential(&Layout::new(&Style::default()), &mut out, found, &[]);
            out
        };
        assert!(!shown(&found).contains("note"));
        for at in &mut found.occurrences[..2] {
            at.expected_issuer = Some("airtable".to_owned());
        }
        let out = shown(&found);
        assert_eq!(out.matches("is a github credential in a slot of an airtable server").count(), 1, "{out}");
    }
}
