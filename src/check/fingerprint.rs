//! The id of a finding: what makes it the same finding in the next run, though lines moved or the file was reformatted.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use super::{Finding, Subject};
use crate::coverage::Notice;
use crate::credential::{Credential, Occurrence};
use crate::inventory::Record;
use crate::policy::Exception;

/// The id of each finding: 32 hex digits, in the order of the findings.
///
/// It is drawn from the check, the credential's id (not one that is good for this run only), the asset, the path in it and the
/// pointer, or slot and variable where the file has no pointers. Equal ones are numbered in order. It therefore survives
/// line moves and changes on rotation. Findings on rows are named by the row's id, those on notices by kind and
/// path, those on exceptions by id.
/// Call it with all findings of a run, before they are reduced to the primary ones.
#[must_use]
pub fn of(
    findings: &[Finding],
    credentials: &[Credential],
    records: &[Record],
    notices: &BTreeSet<Notice>,
    exceptions: &[Exception],
) -> Vec<String> {
    let notices: Vec<&Notice> = notices.iter().collect();
    let keys = findings.iter().map(|finding| {
        let mut key = Key::new(finding.check);
        match finding.subject {
            Subject::Occurrence { credential, occurrence } => {
                let found = credentials.get(credential);
                if let Some(id) = found.map(|found| &found.id).filter(|id| !id.transient) {
                    key.part(&id.hex);
                } else {
                    key.part("");
                }
                if let Some(occurrence) = found.and_then(|found| found.occurrences.get(occurrence)) {
                    key.place(occurrence);
                }
            }
            Subject::Record(row) => key.part(records.get(row).map_or("", |record| &record.id)),
            Subject::Notice(index) => {
                let notice = notices.get(index);
                key.part(notice.map_or("", |notice| notice.kind.id()));
                key.part(notice.and_then(|notice| notice.path.as_deref()).unwrap_or_default());
            }
            Subject::Exception(index) => key.part(exceptions.get(index).map_or("", |exception| &exception.id)),
        }
        key.hash
    });
    let mut seen: BTreeMap<[u8; 32], u32> = BTreeMap::new();
    keys.map(|hash| {
        let ordinal = seen.entry(hash.clone().finalize().into()).or_default();
        let id = hash.chain_update(ordinal.to_be_bytes()).finalize();
        *ordinal += 1;
        id.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    })
    .collect()
}

/// Hash of parts that cannot run into each other.
struct Key {
    hash: Sha256,
}

impl Key {
    fn new(check: &str) -> Self {
        let mut key = Self { hash: Sha256::new_with_prefix(b"keytrawl/1\0finding\0") };
        key.part(check);
        key
    }

    fn part(&mut self, text: &str) {
        self.hash.update((text.len() as u64).to_be_bytes());
        self.hash.update(text);
    }

    fn place(&mut self, occurrence: &Occurrence) {
        let origin = &occurrence.location.origin;
        // A repository without a remote is named by where it lies, which another run may see from elsewhere.
        let asset = origin.asset.id.as_str();
        self.part(if asset.starts_with("repo:") { "repo" } else { asset });
        self.part(origin.lasting());
        match &occurrence.slot.pointer {
            Some(pointer) => self.part(pointer),
            None => {
                self.part(occurrence.slot.kind.as_str());
                self.part(occurrence.slot.variable.as_deref().unwrap_or_default());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{At, credential};
    use super::*;
    use crate::coverage::NoticeKind;

    fn finding(credential: usize, occurrence: usize) -> Finding {
        let subject = Subject::Occurrence { credential, occurrence };
        Finding { check: "unregistered", subject, message: String::new(), records: Vec::new(), excepted_by: None }
    }

    fn id(credential: &Credential, occurrence: usize) -> String {
        of(&[finding(0, occurrence)], std::slice::from_ref(credential), &[], &BTreeSet::new(), &[]).remove(0)
    }

    #[test]
    fn an_id_survives_a_moved_line_and_changes_on_rotation() {
        let at = At::repo("github.com/acme/agents", ".mcp.json").server("github");
        let before = credential(1, [at.clone().line(4)]);
        let moved = credential(1, [at.clone().line(40)]);
        let rotated = credential(2, [at.line(4)]);
        assert_eq!(id(&before, 0), id(&moved, 0));
        assert_ne!(id(&before, 0), id(&rotated, 0));
        assert_eq!(id(&before, 0).len(), 32);
    }

    #[test]
    fn a_number_that_is_good_for_this_run_only_is_left_out() {
        let at = At::repo("github.com/acme/agents", ".mcp.json").server("db");
        let (mut first, mut second) = (credential(1, [at.clone()]), credential(2, [at]));
        first.id.transient = true;
        second.id.transient = true;
        assert_eq!(id(&first, 0), id(&second, 0));
    }

    #[test]
    fn equal_places_are_numbered() {
        let at = At::repo("github.com/acme/agents", "notes.md");
        let twice = credential(1, [at.clone().line(1), at.line(9)]);
        let ids = of(&[finding(0, 0), finding(0, 1)], std::slice::from_ref(&twice), &[], &BTreeSet::new(), &[]);
        assert_ne!(ids[0], ids[1]);
        assert_eq!(ids[0], id(&twice, 0));
    }

    #[test]
    fn a_notice_is_named_by_kind_and_path_not_by_its_words() {
        let notice = |message: &str| Notice {
            kind: NoticeKind::Unreadable,
            path: Some("a".to_owned()),
            line: None,
            message: message.to_owned(),
            hint: None,
        };
        let finding = Finding { subject: Subject::Notice(0), ..finding(0, 0) };
        let of_notice = |n: Notice| of(std::slice::from_ref(&finding), &[], &[], &BTreeSet::from([n]), &[]);
        assert_eq!(of_notice(notice("permission denied")), of_notice(notice("access refused")));
    }
}
