//! A row that says where its credential is, and it is not there.

use std::collections::BTreeSet;

use super::place::{ends_with, is_asset};
use super::{Check, Evidence, Meta, Row, Sink, wording};
use crate::inventory::State;
use crate::inventory::record::DeclaredLocation;

declare! {
    /// ## What it does
    ///
    /// Reports a row that lists a file which was scanned, or that would lie in a repository which was scanned as a whole,
    /// where its credential was not found there. Secret managers and other places that a scan does not see are passed over.
    ///
    /// ## Why it is bad
    ///
    /// The inventory describes an estate that is not there. In an incident somebody will rotate it where it was.
    ///
    /// ## What to do
    ///
    /// Find out where the credential went, and correct the row's `locations`.
    RegisteredLocationMissing {
        id: "registered-location-missing",
        title: "Credential is not where its row says",
        severity: 3.1,
        needs: [Inventory, WholeScan, DeclaredPlaces],
        nhi: ["NHI1"],
        mcp: ["MCP08"],
        asi: [],
        csf: ["PR.AA-01"],
        cwe: [],
    }
}

impl Check for RegisteredLocationMissing {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, evidence: &Evidence<'_>, sink: &mut Sink<'_>) {
        // Where the credential of each row was found.
        let mut found: BTreeSet<(usize, &str, &str)> = BTreeSet::new();
        for place in evidence.found() {
            let origin = &place.occurrence.location.origin;
            found.extend(place.rows().iter().map(|&row| (row, origin.asset.id.as_str(), origin.path.as_str())));
        }
        for row in evidence.rows() {
            if matches!(row.record.state, State::Revoked | State::Decommissioned | State::Expired) {
                continue;
            }
            let missing: Vec<&str> = row
                .record
                .locations
                .iter()
                .filter(|place| is_missing(row, place, evidence, &found))
                .filter_map(|place| place.path.as_deref())
                .collect();
            if !missing.is_empty() {
                let what = if missing.len() == 1 { "lists a place" } else { "lists places" };
                sink.on(row).because(format!(
                    "{} {what} where its credential is not: {}",
                    wording::row(row),
                    wording::list(missing)
                ));
            }
        }
    }
}

/// Whether a place was scanned and the row's credential was not found there.
fn is_missing(
    row: Row<'_>,
    place: &DeclaredLocation,
    evidence: &Evidence<'_>,
    found: &BTreeSet<(usize, &str, &str)>,
) -> bool {
    let Some(path) = place.path.as_deref().map(|path| path.trim_start_matches("./")).filter(|path| !path.is_empty())
    else {
        return false;
    };
    if !matches!(place.kind.as_str(), "repo" | "config" | "host" | "host_config" | "env") {
        return false;
    }
    let of_asset = |asset: &str| place.reference.as_deref().is_none_or(|stated| is_asset(asset, stated));
    let path = path.trim_start_matches("~/");
    let here = |asset: &str, reported: &str| of_asset(asset) && ends_with(reported, path);
    if found.iter().any(|&(index, asset, reported)| index == row.index() && here(asset, reported)) {
        return false;
    }
    let ground = evidence.ground;
    let files = || ground.files.iter().filter(|(asset, reported)| here(asset, reported));
    let unread = |reported: &str| {
        evidence.coverage.notices.iter().any(|notice| notice.kind.is_gap() && notice.path.as_deref() == Some(reported))
    };
    if files().next().is_some() {
        return files().all(|(_, reported)| !unread(reported));
    }
    // The file is gone; that can be told only of a repository that was looked at as a whole, and is named.
    place.reference.is_some() && evidence.coverage.is_complete() && ground.whole.iter().any(|asset| of_asset(asset))
}
