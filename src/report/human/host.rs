//! What a machine has, as people read it: clients, their configs and permissions, servers, credentials and references.

use std::collections::{BTreeMap, BTreeSet};

use super::layout::Layout;
use crate::report::{Credential, HostFile, Occurrence, Reference, Report, Server, escape};

/// Most credentials that are listed of one file; a transcript may hold many.
const SHOWN: usize = 12;

/// Clients → configs → servers → credentials and references.
pub(super) fn overview(layout: &Layout, report: &Report) -> String {
    let mut files: BTreeMap<&str, Vec<&HostFile>> = BTreeMap::new();
    let mut listed = BTreeSet::new();
    for file in &report.files {
        listed.insert(file.path.as_str());
        files.entry(group(file)).or_default().push(file);
    }
    let mut out = String::new();
    for (group, files) in &files {
        let shown: Vec<&&HostFile> = files.iter().filter(|file| is_worth_it(file, report)).collect();
        if shown.is_empty() {
            continue;
        }
        out.push_str(&format!("{}\n", layout.strong(group)));
        for file in shown {
            out.push_str(&format!("  {}  {}\n", escape(&file.path), layout.faint(&permissions(file))));
            config(layout, &mut out, report, &file.path);
        }
        out.push('\n');
    }
    // Configs of projects, and what no place lists: processes.
    let mut others: BTreeSet<&str> = report.servers.iter().map(|server| server.path.as_str()).collect();
    others.extend(report.credentials.iter().flat_map(|found| &found.occurrences).map(|place| place.path.as_str()));
    others.retain(|path| !listed.contains(path));
    if !others.is_empty() {
        out.push_str(&format!("{}\n", layout.strong("elsewhere")));
        for path in others {
            out.push_str(&format!("  {}\n", escape(path)));
            config(layout, &mut out, report, path);
        }
        out.push('\n');
    }
    out
}

/// One line a server entry.
pub(super) fn servers(layout: &Layout, report: &Report) -> String {
    let mut out = String::new();
    for server in &report.servers {
        let client = server.client.as_deref().unwrap_or("-");
        let held = count(server.credentials.len(), "credential");
        let refers = count(server.references.len(), "reference");
        let at = format!("{}:{}", server.path, server.line);
        out.push_str(&format!(
            "{}  {}  {}\n    {}  {}\n",
            layout.strong(name(server)),
            escape(&runs(server)),
            layout.faint(client),
            escape(&at),
            layout.faint(&format!("{held}, {refers}"))
        ));
    }
    out.push_str(&format!("{}\n", count(report.servers.len(), "server")));
    out
}

/// The client whose a file is, or what the file is.
fn group(file: &HostFile) -> &str {
    match (file.client.as_deref(), file.kind.as_str()) {
        (Some(client), _) => client,
        (None, "token-store") => "token stores",
        (None, "shell") => "shells",
        (None, "transcript") => "transcripts",
        (None, "log") => "logs",
        (None, _) => "variables",
    }
}

/// Configs are listed whatever they hold, all else for what it holds.
fn is_worth_it(file: &HostFile, report: &Report) -> bool {
    file.kind == "config" || places(report, &file.path).next().is_some()
}

fn permissions(file: &HostFile) -> String {
    match (&file.mode, file.world_readable) {
        (Some(mode), true) => format!("{mode}, every user may read it"),
        (Some(mode), false) => mode.clone(),
        (None, _) => String::new(),
    }
}

fn places<'r>(report: &'r Report, path: &'r str) -> impl Iterator<Item = (&'r Credential, &'r Occurrence)> {
    let all = report.credentials.iter().flat_map(|found| found.occurrences.iter().map(move |place| (found, place)));
    all.filter(move |(_, place)| place.path == path)
}

/// The servers of one config, what they hold, and what of the file is no server's.
fn config(layout: &Layout, out: &mut String, report: &Report, path: &str) {
    let mut told = BTreeSet::new();
    for server in report.servers.iter().filter(|server| server.path == path) {
        out.push_str(&format!("    {}  {}\n", layout.strong(name(server)), layout.faint(&runs(server))));
        for id in &server.credentials {
            for (found, place) in places(report, path).filter(|(found, _)| found.id == *id) {
                if is_of(place, server) && told.insert((id.as_str(), place.region.byte_offset)) {
                    credential(layout, out, "      ", found, place);
                }
            }
        }
        let below = |reference: &&Reference| {
            reference.path == path && reference.pointer.as_deref().is_some_and(|at| is_below(at, &server.pointer))
        };
        let mut said = BTreeSet::new();
        for reference in report.references.iter().filter(below) {
            if said.insert((&reference.name, &reference.kind)) {
                out.push_str(&format!("      {}{}\n", layout.faint("refers to "), escape(&resolution(reference))));
            }
        }
    }
    let mut rest: Vec<_> = places(report, path)
        .filter(|(found, place)| !told.contains(&(found.id.as_str(), place.region.byte_offset)))
        .collect();
    rest.sort_by_key(|(found, place)| (place.region.byte_offset, &found.id));
    for (found, place) in rest.iter().take(SHOWN) {
        credential(layout, out, "    ", found, place);
    }
    if let Some(more @ 1..) = rest.len().checked_sub(SHOWN) {
        out.push_str(&format!("    and {} more\n", count(more, "credential")));
    }
}

/// Whether a place lies in a server entry.
fn is_of(place: &Occurrence, server: &Server) -> bool {
    place.pointer.as_ref().map_or(place.server == server.name, |at| is_below(at, &server.pointer))
}

fn is_below(pointer: &str, above: &str) -> bool {
    pointer.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// What a reference names and what became of it.
fn resolution(reference: &Reference) -> String {
    /// Most files that are named.
    const NAMED: usize = 2;
    let Reference { name, standing, kind, defined_in, records, .. } = reference;
    let stored = if records.is_empty() { String::new() } else { format!(", registered as {}", records.join(" ")) };
    let others: Vec<&str> = defined_in.iter().map(String::as_str).filter(|path| *path != reference.path).collect();
    let files = others.get(..others.len().min(NAMED)).unwrap_or_default().join(", ");
    let more = if others.len() > NAMED { format!(" and {} more", others.len() - NAMED) } else { String::new() };
    let became = match (standing.as_str(), kind.as_str()) {
        ("managed", _) => format!("kept in a secret store{stored}"),
        ("undefined", "file") => "a file that was not scanned".to_owned(),
        ("undefined", _) => "which nothing that was scanned defines".to_owned(),
        (_, "file") if others.first().is_some_and(|path| path == name) => "read".to_owned(),
        ("linked", _) if !others.is_empty() => format!("held in {files}{more}"),
        ("defined", _) if !others.is_empty() => format!("set in {files}{more}"),
        ("defined" | "linked", _) => "set in the entry itself".to_owned(),
        (_, "input") => "an input that the user is asked for".to_owned(),
        (_, "command") => "what a command gives".to_owned(),
        (_, "template") => "which the client fills in".to_owned(),
        _ => "which has a default or is set by the system".to_owned(),
    };
    format!("{name}: {became}")
}

fn credential(layout: &Layout, out: &mut String, indent: &str, found: &Credential, place: &Occurrence) {
    let variable = place.variable.as_deref().map(|name| format!(" {name}")).unwrap_or_default();
    let about = format!("{}{variable}, line {}, {}", place.slot, place.region.start_line, found.standing.status);
    out.push_str(&format!("{indent}{}  {}\n", escape(&found.preview), layout.faint(&about)));
}

fn name(server: &Server) -> &str {
    server.name.as_deref().unwrap_or("(without a name)")
}

fn runs(server: &Server) -> String {
    match (server.kind.as_deref(), server.target.as_deref()) {
        (Some(kind), Some(target)) => format!("{kind} {target}"),
        _ => String::new(),
    }
}

fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}
