//! One credential, or one row of the inventory, that several agents use.

use std::collections::{BTreeMap, BTreeSet};

use super::workload::{FoundWorkload, Spread, distinct};
use super::{Check, Evidence, Meta, Row, Sink, wording};

declare! {
    /// ## What it does
    ///
    /// Reports a credential that two or more workloads of different client or server use, all credentials of one
    /// inventory row taken together, beyond the row's `workload` list: more of them than it lists, or, where it names
    /// servers, one that it does not name.
    ///
    /// ## Why it is bad
    ///
    /// Actions can no longer be laid to one agent, each gets the rights that any of them needs, and one that is
    /// compromised takes the others along.
    ///
    /// ## What to do
    ///
    /// Issue one credential per agent. Where sharing is meant, declare every workload in the row's `workload` list, each
    /// with its `server`.
    SharedAcrossAgents {
        id: "shared-across-agents",
        title: "Credential is shared by several agents",
        severity: 7.4,
        needs: [],
        nhi: ["NHI9"],
        mcp: ["MCP01", "MCP07"],
        asi: ["ASI03"],
        csf: ["PR.AA-05"],
        cwe: [522],
    }
}

impl Check for SharedAcrossAgents {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, evidence: &Evidence<'_>, sink: &mut Sink<'_>) {
        let mut of_row: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for credential in 0..evidence.credentials.len() {
            match evidence.standing(credential).row() {
                Some(row) => of_row.entry(row).or_default().push(credential),
                None => report(&[credential], None, evidence, sink),
            }
        }
        for (row, credentials) in of_row {
            report(&credentials, evidence.row(row), evidence, sink);
            if let Some(row) = evidence.row(row) {
                used_elsewhere(&credentials, row, evidence, sink);
            }
        }
    }
}

fn report(credentials: &[usize], row: Option<Row<'_>>, evidence: &Evidence<'_>, sink: &mut Sink<'_>) {
    let workloads: BTreeSet<FoundWorkload<'_>> =
        distinct(credentials.iter().flat_map(|&credential| Spread::of(credential, evidence).workloads).collect());
    let users: BTreeSet<_> = workloads.iter().map(|workload| (workload.server, workload.client)).collect();
    if users.len() < 2 || is_declared(&users, row) {
        return;
    }
    let names: Vec<String> = users.iter().map(|&(server, client)| user(server, client)).collect();
    let against = match row {
        None => String::new(),
        Some(row) => match row.record.workloads.as_slice() {
            [] => format!("; {} declares no workload", wording::row(row)),
            declared => format!(
                "; {} declares {}",
                wording::row(row),
                wording::list(declared.iter().map(|workload| workload.server.as_deref().unwrap_or(&workload.id)))
            ),
        },
    };
    for &credential in credentials {
        for found in evidence.found_of(credential) {
            sink.at(&found).because(format!(
                "{} is used by {} agents: {}{against}",
                wording::what(&found),
                users.len(),
                wording::list(names.iter().map(String::as_str)),
            ));
        }
    }
}

/// Use that was seen by workloads which the row does not declare.
fn used_elsewhere(credentials: &[usize], row: Row<'_>, evidence: &Evidence<'_>, sink: &mut Sink<'_>) {
    let declared = &row.record.workloads;
    for found in credentials.iter().flat_map(|&credential| evidence.found_of(credential)) {
        let used = evidence.used(found.credential, row);
        let is_declared = |id: &str| declared.iter().any(|workload| workload.id.eq_ignore_ascii_case(id));
        let others: Vec<&str> = used.workloads.iter().map(String::as_str).filter(|id| !is_declared(id)).collect();
        if others.is_empty() || (declared.is_empty() && others.len() < 2) {
            continue;
        }
        sink.at(&found).because(format!(
            "{} was used by {}, which {} does not declare",
            wording::what(&found),
            wording::list(others),
            wording::row(row)
        ));
    }
}

fn user(server: &str, client: Option<&str>) -> String {
    client.map_or_else(|| server.to_owned(), |client| format!("{client}/{server}"))
}

/// Whether the row's list of workloads declares this sharing.
fn is_declared(users: &BTreeSet<(&str, Option<&'static str>)>, row: Option<Row<'_>>) -> bool {
    let declared = row.map_or(&[][..], |row| &row.record.workloads);
    if users.len() > declared.len().max(1) {
        return false;
    }
    if declared.iter().all(|workload| workload.server.is_none()) {
        return true;
    }
    users.iter().all(|(server, _)| {
        declared.iter().any(|workload| {
            workload.server.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(server))
                || workload.id.eq_ignore_ascii_case(server)
        })
    })
}
