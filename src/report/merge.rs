//! Several reports as one: the union of what they found, in the order of a fresh report.

use std::cmp::Reverse;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use super::{Coverage, Credential, Finding, Occurrence, Report, Scorecard, Severity, severity_of};

/// One report of several; nothing where there are none. Credentials with the same id become one with all their places.
///
/// Where two disagree on the inventory's word, the earlier counts; mode, gate and digest are those of the first.
#[must_use]
pub fn merge(reports: impl IntoIterator<Item = Report>) -> Option<Report> {
    let mut reports = reports.into_iter();
    let mut union = Union::of(reports.next()?);
    let mut several = false;
    for report in reports {
        union.absorb(report);
        several = true;
    }
    let mut merged = union.into_report();
    if several {
        sort(&mut merged);
    }
    // What was counted in each is counted afresh in all together.
    merged.scorecard = Some(Scorecard::of(&merged));
    Some(merged)
}

/// A report that grows, and where in it what is already there stands: the cost of a merge is linear in what is merged.
struct Union {
    report: Report,
    credentials: BTreeMap<String, Places>,
    findings: BTreeSet<(String, Option<usize>)>,
    /// Highest id that is good for one run only.
    transient: u128,
}

/// Where a credential stands, and where in it each of its places.
struct Places {
    at: usize,
    occurrences: BTreeMap<Occurrence, usize>,
}

impl Union {
    fn of(report: Report) -> Self {
        let places = |(at, credential): (usize, &Credential)| {
            let occurrences = credential.occurrences.iter().enumerate().map(|(at, it)| (it.clone(), at)).collect();
            (credential.id.clone(), Places { at, occurrences })
        };
        Self {
            credentials: report.credentials.iter().enumerate().map(places).collect(),
            findings: report.findings.iter().map(|finding| (finding.id.clone(), finding.occurrence)).collect(),
            transient: report.credentials.iter().filter_map(transient).max().unwrap_or_default(),
            report,
        }
    }

    fn absorb(&mut self, other: Report) {
        let base = self.transient + 1;
        // A number that is good for one run only may name another credential in the other run.
        let renamed: BTreeMap<String, String> = other
            .credentials
            .iter()
            .filter_map(|credential| Some((credential.id.clone(), base.saturating_add(transient(credential)?))))
            .map(|(id, number)| {
                self.transient = self.transient.max(number);
                (id, format!("{number:032x}"))
            })
            .collect();
        let name = |id: String| renamed.get(&id).cloned().unwrap_or(id);
        let mut moved: BTreeMap<(String, usize), usize> = BTreeMap::new();
        for mut credential in other.credentials {
            credential.id = name(credential.id);
            self.adopt(credential, &mut moved);
        }
        for mut finding in other.findings {
            finding.credential = finding.credential.map(name);
            if let (Some(id), Some(at)) = (&finding.credential, finding.occurrence) {
                finding.occurrence = moved.get(&(id.clone(), at)).copied().or(Some(at));
            }
            if self.findings.insert((finding.id.clone(), finding.occurrence)) {
                self.report.findings.push(finding);
            }
        }
        let into = &mut self.report;
        for exception in other.exceptions {
            match into.exceptions.iter_mut().find(|known| known.id == exception.id) {
                // What one part of the estate does not use another may.
                Some(known) if exception.state == "used" => known.state = exception.state,
                Some(_) => {}
                None => into.exceptions.push(exception),
            }
        }
        into.assets.extend(other.assets);
        into.references.extend(other.references);
        into.servers.extend(other.servers.into_iter().map(|mut server| {
            server.credentials = server.credentials.into_iter().map(name).collect();
            server
        }));
        into.files.extend(other.files);
        into.notices.extend(other.notices);
        into.notice_kinds.extend(other.notice_kinds);
        into.now = std::mem::take(&mut into.now).max(other.now);
        into.settings.inventory |= other.settings.inventory;
        into.settings.primary_only |= other.settings.primary_only;
        cover(&mut into.coverage, other.coverage);
    }

    /// Adds a credential, or its places to the one with the same id; `moved` tells where each occurrence went.
    fn adopt(&mut self, credential: Credential, moved: &mut BTreeMap<(String, usize), usize>) {
        match self.credentials.entry(credential.id.clone()) {
            Entry::Vacant(vacant) => {
                let occurrences = credential.occurrences.iter().enumerate().map(|(at, it)| (it.clone(), at)).collect();
                vacant.insert(Places { at: self.report.credentials.len(), occurrences });
                self.report.credentials.push(credential);
            }
            Entry::Occupied(mut known) => {
                let Places { at, occurrences } = known.get_mut();
                let Some(into) = self.report.credentials.get_mut(*at) else { return };
                for (number, occurrence) in credential.occurrences.into_iter().enumerate() {
                    let place = *occurrences.entry(occurrence).or_insert_with_key(|occurrence| {
                        into.occurrences.push(occurrence.clone());
                        into.occurrences.len() - 1
                    });
                    moved.insert((credential.id.clone(), number), place);
                }
            }
        }
    }

    fn into_report(self) -> Report {
        let mut report = self.report;
        in_order(&mut report.assets);
        let mut seen = BTreeSet::new();
        report.assets.retain(|asset| seen.insert(asset.id.clone()));
        in_order(&mut report.exceptions);
        in_order(&mut report.references);
        in_order(&mut report.servers);
        in_order(&mut report.files);
        report
    }
}

fn in_order<T: Ord>(list: &mut Vec<T>) {
    list.sort();
    list.dedup();
}

/// The number of a credential whose id is good for one run only.
fn transient(credential: &Credential) -> Option<u128> {
    credential.transient.then(|| u128::from_str_radix(&credential.id, 16).ok()).flatten()
}

/// Brings credentials and findings into the order of a fresh report: worst open finding first, then by id.
fn sort(report: &mut Report) {
    let mut worst: BTreeMap<&str, (bool, Severity)> = BTreeMap::new();
    for finding in &report.findings {
        if let Some(id) = finding.credential.as_deref() {
            let this = (finding.suppressed.is_none(), severity_of(&finding.severity));
            let known = worst.entry(id).or_insert(this);
            *known = (*known).max(this);
        }
    }
    report
        .credentials
        .sort_by_cached_key(|credential| (Reverse(worst.get(credential.id.as_str()).copied()), credential.id.clone()));
    let rank: BTreeMap<&str, usize> =
        report.credentials.iter().enumerate().map(|(at, credential)| (credential.id.as_str(), at)).collect();
    let place = |finding: &Finding| {
        let rank = finding.credential.as_deref().and_then(|id| rank.get(id).copied()).unwrap_or(rank.len());
        let place = (finding.path.clone(), finding.region.start_line, finding.id.clone());
        (rank, finding.occurrence, Reverse(severity_of(&finding.severity)), finding.check.clone(), place)
    };
    report.findings.sort_by_cached_key(place);
    in_order(&mut report.notices);
}

fn cover(into: &mut Coverage, other: Coverage) {
    let Coverage { complete, files, members, blobs, commits, tags, bytes, skipped, not_evaluated } = other;
    into.complete &= complete;
    into.files += files;
    into.members += members;
    into.blobs += blobs;
    into.commits += commits;
    into.tags += tags;
    into.bytes += bytes;
    for (reason, count) in skipped {
        *into.skipped.entry(reason).or_default() += count;
    }
    into.not_evaluated.extend(not_evaluated);
}
