//! Everything the checks may look at, and the ways they walk through it.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{Finding, Subject};
use crate::coverage::{Coverage, Notice};
use crate::credential::{Credential, Occurrence};
use crate::inventory::{Inventory, Record, Standing, Usage, Use};
use crate::policy::{Exception, Policy, exception::About};

/// What kind of run it is, as far as it matters to the checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Mode {
    /// Files and directories as they are.
    #[default]
    Scan,
    /// What is about to be committed.
    Staged,
    /// What some commits introduced.
    Range,
    /// Known places of this machine.
    Discover,
    /// Many repositories and hosts.
    Sweep,
}

impl Mode {
    /// The word used in `automationDetails.id`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Scan => "scan",
            Self::Staged => "staged",
            Self::Range => "range",
            Self::Discover => "discover",
            Self::Sweep => "sweep",
        }
    }

    /// Whether only a change is looked at. Whoever makes a change is not told of inventory rows that it does not touch.
    #[must_use]
    pub const fn is_change(self) -> bool {
        matches!(self, Self::Staged | Self::Range)
    }
}

/// Everything the checks may look at.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    /// What was found, sorted.
    pub credentials: &'a [Credential],
    /// What the inventory says of each, in the same order.
    pub standings: &'a [Standing],
    /// The inventory, where one was given.
    pub inventory: Option<&'a Inventory>,
    /// What the organisation decided.
    pub policy: &'a Policy,
    /// What was scanned, and what was not.
    pub coverage: &'a Coverage,
    /// The clock of the run.
    pub now: Timestamp,
    /// What kind of run it is.
    pub mode: Mode,
    /// Whose home directory is called `~`, where one was looked through.
    pub person: Option<&'a str>,
    /// What was seen of the use of credentials, where that was given.
    pub usage: Option<&'a Usage>,
    /// Which places were scanned, as far as somebody asks for them.
    pub ground: &'a Ground,
}

/// Places that were scanned: a credential that a row says is there, and that was not found there, is missing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ground {
    /// Files that rows declare and that were scanned: asset and reported path.
    pub files: BTreeSet<(String, String)>,
    /// Assets that were scanned from their root.
    pub whole: BTreeSet<String>,
}

/// A row of the inventory with its index.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    /// The row.
    pub record: &'a Record,
    index: usize,
}

impl Row<'_> {
    /// Index into the inventory's records.
    #[must_use]
    pub const fn index(&self) -> usize {
        self.index
    }
}

/// One occurrence with all that is known of it. Only [`Evidence`] makes one, so its place in the evidence is right.
#[derive(Debug, Clone, Copy)]
pub struct Found<'a> {
    /// The credential.
    pub credential: &'a Credential,
    /// Where it stands.
    pub occurrence: &'a Occurrence,
    /// What the inventory says of the credential.
    pub standing: &'a Standing,
    /// The row judged by, where the credential is registered.
    pub row: Option<Row<'a>>,
    subject: Subject,
}

impl Found<'_> {
    /// Its place in the evidence.
    #[must_use]
    pub const fn subject(&self) -> Subject {
        self.subject
    }

    /// Rows that the standing rests on: the match, or the candidates.
    #[must_use]
    pub fn rows(&self) -> &[usize] {
        match self.standing {
            Standing::Registered { rows, .. } | Standing::Ambiguous { rows, .. } => rows,
            Standing::Unregistered | Standing::NotCovered | Standing::Unchecked => &[],
        }
    }
}

impl<'a> Evidence<'a> {
    /// What the inventory says of a credential, by its index.
    #[must_use]
    pub fn standing(&self, credential: usize) -> &'a Standing {
        self.standings.get(credential).unwrap_or(&Standing::Unchecked)
    }

    /// A row by index.
    #[must_use]
    pub fn row(&self, index: usize) -> Option<Row<'a>> {
        let record = self.inventory?.records.get(index)?;
        Some(Row { record, index })
    }

    /// Every row of the inventory.
    pub fn rows(&self) -> impl Iterator<Item = Row<'a>> + use<'a> {
        let records = self.inventory.map_or(&[][..], |inventory| &inventory.records);
        records.iter().enumerate().map(|(index, record)| Row { record, index })
    }

    /// Every occurrence of every credential.
    pub fn found(&self) -> impl Iterator<Item = Found<'a>> + use<'a> {
        let evidence = *self;
        (0..self.credentials.len()).flat_map(move |credential| evidence.found_of(credential))
    }

    /// Every occurrence of one credential, by its index.
    pub fn found_of(&self, credential: usize) -> impl Iterator<Item = Found<'a>> + use<'a> {
        let standing = self.standing(credential);
        let row = standing.row().and_then(|index| self.row(index));
        self.credentials.get(credential).into_iter().flat_map(move |found| {
            found.occurrences.iter().enumerate().map(move |(index, occurrence)| Found {
                credential: found,
                occurrence,
                standing,
                row,
                subject: Subject::Occurrence { credential, occurrence: index },
            })
        })
    }

    /// Every registered occurrence, with its row.
    pub fn registered(&self) -> impl Iterator<Item = (Found<'a>, Row<'a>)> + use<'a> {
        self.found().filter_map(|found| found.row.map(|row| (found, row)))
    }

    /// What was seen of the use of a registered credential: by its own facts and by its row's.
    #[must_use]
    pub fn used(&self, credential: &Credential, row: Row<'_>) -> Use {
        let Some(usage) = self.usage else { return Use::default() };
        let mut seen = usage.of_record(row.record);
        seen.merge(&usage.of_credential(credential));
        seen
    }

    /// Rows that some credential of this run stands for.
    #[must_use]
    pub fn seen_rows(&self) -> BTreeSet<usize> {
        let rows = self.standings.iter().flat_map(|standing| match standing {
            Standing::Registered { rows, .. } | Standing::Ambiguous { rows, .. } => rows.as_slice(),
            Standing::Unregistered | Standing::NotCovered | Standing::Unchecked => &[],
        });
        rows.copied().collect()
    }

    /// Whether an occurrence is present: in a file, at the head of a branch, or in the change that is looked at; and not only
    /// in the history of a repository.
    #[must_use]
    pub fn is_present(&self, found: &Found<'_>) -> bool {
        self.mode.is_change() || found.occurrence.commits.as_ref().is_none_or(|commits| commits.is_at_head())
    }

    /// Every notice, with its index in order.
    pub fn notices(&self) -> impl Iterator<Item = (usize, &'a Notice)> + use<'a> {
        self.coverage.notices.iter().enumerate()
    }

    /// The exception in force that covers a finding.
    pub(super) fn exception(&self, finding: &Finding) -> Option<&'a Exception> {
        if self.policy.exceptions.is_empty() {
            return None;
        }
        let about = self.about(finding)?;
        self.policy
            .exceptions
            .iter()
            .find(|exception| exception.is_in_force(self.now) && exception.covers(finding.check, &about, self.policy))
    }

    /// Whether an exception would cover a finding.
    pub(super) fn is_covered(&self, finding: &Finding, exception: &Exception) -> bool {
        let is_named = exception.checks.iter().any(|check| check == finding.check);
        is_named && self.about(finding).is_some_and(|about| exception.covers(finding.check, &about, self.policy))
    }

    /// What a finding is about, in the words that an exception may match.
    fn about(&self, finding: &Finding) -> Option<About<'a>> {
        let mut about = About::default();
        match finding.subject {
            Subject::Occurrence { credential, occurrence } => {
                let credential = self.credentials.get(credential)?;
                let occurrence = credential.occurrences.get(occurrence)?;
                let origin = &occurrence.location.origin;
                about.credential = (!credential.id.transient).then_some(credential.id.hex.as_str());
                about.path = Some(&origin.path);
                about.asset = Some(&origin.asset.id);
                about.server = occurrence.slot.server.as_deref();
            }
            Subject::Record(index) => about.path = Some(&self.row(index)?.record.file),
            Subject::Notice(index) => about.path = self.coverage.notices.iter().nth(index)?.path.as_deref(),
            // An exception covers findings, never what is said of exceptions.
            Subject::Exception(_) => return None,
        }
        about.records = finding.records.iter().filter_map(|&row| Some(self.row(row)?.record.id.as_str())).collect();
        Some(about)
    }
}
