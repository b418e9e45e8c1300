//! Two rows of the inventory that claim one credential.

use std::collections::{BTreeMap, BTreeSet};

use super::{Check, Evidence, Meta, Row, Sink, wording};
use crate::inventory::Standing;
use crate::inventory::record::Key;

declare! {
    /// ## What it does
    ///
    /// Reports a row of the inventory that claims a credential which an earlier row claims too: by an equal digest or
    /// embedded id of one issuer, or because one credential found matches both.
    ///
    /// ## Why it is bad
    ///
    /// One token, one owner. Where two rows answer for it, each owner waits for the other to rotate it, and closing one
    /// row leaves the other alive on paper.
    ///
    /// ## What to do
    ///
    /// Merge the rows, or correct the match key of the wrong one. Not evaluated on a mere change (`--staged`,
    /// `--range`).
    DuplicateRecords {
        id: "duplicate-records",
        title: "Two inventory rows claim one credential",
        severity: 4.0,
        needs: [Inventory],
        nhi: ["NHI1"],
        mcp: ["MCP08"],
        asi: [],
        csf: ["PR.AA-01"],
        cwe: [],
    }
}

impl Check for DuplicateRecords {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, evidence: &Evidence<'_>, sink: &mut Sink<'_>) {
        if evidence.mode.is_change() {
            return;
        }
        let mut claims: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        for rows in claims_by_key(evidence).into_iter().chain(claims_by_match(evidence)) {
            let Some(&first) = rows.first() else { continue };
            for &later in rows.iter().skip(1) {
                claims.entry(later).or_default().insert(first);
            }
        }
        for (later, firsts) in claims {
            let Some(row) = evidence.row(later) else { continue };
            let others: Vec<Row<'_>> = firsts
                .iter()
                .filter_map(|&first| evidence.row(first))
                .filter(|other| other.record.id != row.record.id)
                .collect();
            let Some(other) = others.first() else { continue };
            let by = format!("{} in {}:{}", wording::row(*other), wording::code(&other.record.file), other.record.line);
            let rows: Vec<usize> = others.iter().map(Row::index).collect();
            sink.on(row)
                .and_rows(rows)
                .because(format!("{} claims a credential that {by} claims too", wording::row(row)));
        }
    }
}

/// Rows that share a key which can mean one credential only.
fn claims_by_key(evidence: &Evidence<'_>) -> Vec<BTreeSet<usize>> {
    let mut by_key: BTreeMap<(&str, &[u8]), BTreeSet<usize>> = BTreeMap::new();
    for row in evidence.rows() {
        for key in &row.record.keys {
            let key = match key {
                Key::Hmac { digest, .. } => ("hmac-sha256", digest.as_slice()),
                Key::Sha256(digest) => ("sha256", digest.as_slice()),
                Key::Hmsl(digest) => ("hmsl", digest.as_slice()),
                Key::KeyId(id) => (row.record.issuer.as_str(), id.as_bytes()),
                Key::Last8(_) | Key::Hint { .. } | Key::Principal(_) => continue,
            };
            by_key.entry(key).or_default().insert(row.index());
        }
    }
    by_key.into_values().filter(|rows| rows.len() > 1).collect()
}

/// Rows that one credential found matches.
fn claims_by_match(evidence: &Evidence<'_>) -> Vec<BTreeSet<usize>> {
    let registered = evidence.standings.iter().filter_map(|standing| match standing {
        Standing::Registered { rows, .. } if rows.len() > 1 => Some(rows.iter().copied().collect()),
        _ => None,
    });
    registered.collect()
}
