//! A workload's credential in the hands of a person.

use super::{Check, Evidence, Meta, Sink, wording};
use crate::inventory::{Owner, Record};
use crate::source::origin::Place;

declare! {
    /// ## What it does
    ///
    /// Reports a registered credential of a workload in the home directory of a person who is not its owner: in a client
    /// config there, a shell's startup file or history, a transcript or a store of tokens.
    ///
    /// ## Why it is bad
    ///
    /// What is done with it is laid to the workload, whoever did it. It gives a person rights that were meant for a
    /// program, past single sign-on, and leaves with that person.
    ///
    /// ## What to do
    ///
    /// Give the person an access of their own, remove the credential there and rotate it. If the person answers for it,
    /// say so in the row's `owner`.
    HumanUse {
        id: "human-use",
        title: "Credential of a workload is used by a person",
        severity: 6.0,
        needs: [Inventory, Person],
        nhi: ["NHI10"],
        mcp: ["MCP01"],
        asi: ["ASI03"],
        csf: ["PR.AA-03"],
        cwe: [522],
    }
}

impl Check for HumanUse {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, evidence: &Evidence<'_>, sink: &mut Sink<'_>) {
        for (found, row) in evidence.registered() {
            let origin = &found.occurrence.location.origin;
            let Some(person) = person(&origin.path, evidence.person) else { continue };
            if origin.place == Place::Repo || !is_workloads(row.record) || is_owner(row.record.owner.as_ref(), person) {
                continue;
            }
            let uses = row.record.workloads.iter().map(|workload| &*workload.id);
            sink.at(&found).because(format!(
                "{} of workload {} by {} is in the home directory of {}, who does not own it",
                wording::what(&found),
                wording::list(uses),
                wording::row(row),
                wording::code(person)
            ));
        }
    }
}

/// Whose home directory a reported path lies in: `~/…` is that of the run, `~ann/…` that of `ann`.
fn person<'a>(path: &'a str, own: Option<&'a str>) -> Option<&'a str> {
    match path.strip_prefix('~')?.split_once('/')?.0 {
        "" => own,
        name => Some(name),
    }
}

/// Whether a row belongs to a program.
fn is_workloads(record: &Record) -> bool {
    let mut workloads = record.workloads.iter().peekable();
    workloads.peek().is_some() && !workloads.all(|workload| workload.kind.as_deref() == Some("human"))
}

/// Whether a person is the owner, by login or by the local part of an address.
fn is_owner(owner: Option<&Owner>, person: &str) -> bool {
    owner.filter(|owner| !matches!(owner.kind.as_str(), "team" | "service" | "vendor")).is_some_and(|owner| {
        let id = owner.id.trim();
        let contact = owner.contact.as_deref().unwrap_or_default();
        let local = |address: &str| address.split('@').next().unwrap_or_default().eq_ignore_ascii_case(person);
        !person.is_empty() && (local(id) || local(contact))
    })
}
