//! Findings that somebody answers for until a date. An exception leaves the finding in the report, suppressed.

use std::fmt;

use globset::GlobSet;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::{Policy, environment};

/// A finding that somebody answers for until a date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    /// Its id, unique in the policy.
    pub id: String,
    /// Ids of the checks it covers.
    pub checks: Vec<String>,
    /// What it covers.
    pub matcher: Matcher,
    /// Who answers.
    pub owner: String,
    /// Who agreed.
    pub approver: String,
    /// Why.
    pub reason: String,
    /// Where it is followed up.
    pub ticket: String,
    /// First day in force, UTC.
    pub created: Date,
    /// Last day in force, UTC.
    pub expires: Date,
    /// Reported path of the policy.
    pub file: String,
    /// 1-based line in it.
    pub line: u32,
}

/// What an exception covers: everything that is stated must fit, and at least one thing is.
#[derive(Clone, Default)]
pub struct Matcher {
    /// Id of the credential.
    pub credential: Option<String>,
    /// Id of a row that the finding rests on.
    pub record: Option<String>,
    /// Glob over the reported path.
    pub path: Option<String>,
    /// Name of the server entry.
    pub server: Option<String>,
    /// Id or address of the asset.
    pub asset: Option<String>,
    /// The compiled glob.
    pub(super) path_glob: GlobSet,
}

impl Matcher {
    fn stated(&self) -> [&Option<String>; 5] {
        [&self.credential, &self.record, &self.path, &self.server, &self.asset]
    }
}

impl fmt::Debug for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Matcher").field(&self.stated()).finish()
    }
}

impl PartialEq for Matcher {
    fn eq(&self, other: &Self) -> bool {
        self.stated() == other.stated()
    }
}

impl Eq for Matcher {}

/// What a finding is about, in the words that an exception may match.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct About<'a> {
    /// Id of the credential, unless it is good for one run only.
    pub credential: Option<&'a str>,
    /// Ids of the rows that the finding rests on.
    pub records: Vec<&'a str>,
    /// Reported path.
    pub path: Option<&'a str>,
    /// Name of the server entry.
    pub server: Option<&'a str>,
    /// Id of the asset.
    pub asset: Option<&'a str>,
}

impl Exception {
    /// Whether it is in force: from the start of its first day to the end of its last, UTC.
    #[must_use]
    pub fn is_in_force(&self, now: Timestamp) -> bool {
        let start = self.created.to_zoned(TimeZone::UTC).map(|start| start.timestamp());
        start.is_ok_and(|start| start <= now) && !self.is_expired(now)
    }

    /// Whether it has outlived its last day.
    #[must_use]
    pub fn is_expired(&self, now: Timestamp) -> bool {
        let after = self.expires.checked_add(1.day()).and_then(|day| day.to_zoned(TimeZone::UTC));
        after.is_ok_and(|after| after.timestamp() <= now)
    }

    /// Whether it covers a finding of that check about that.
    #[must_use]
    pub fn covers(&self, check: &str, about: &About<'_>, policy: &Policy) -> bool {
        let matcher = &self.matcher;
        let same = |wanted: &Option<String>, is: Option<&str>| wanted.as_deref().is_none_or(|want| is == Some(want));
        self.checks.iter().any(|id| id == check)
            && matcher
                .credential
                .as_ref()
                .is_none_or(|want| about.credential.is_some_and(|is| is.eq_ignore_ascii_case(want)))
            && matcher.record.as_deref().is_none_or(|want| about.records.contains(&want))
            && same(&matcher.server, about.server)
            && (matcher.path.is_none() || about.path.is_some_and(|path| environment::matches(&matcher.path_glob, path)))
            && matcher.asset.as_ref().is_none_or(|want| {
                about.asset.is_some_and(|is| {
                    policy.same_asset(is, want) || super::asset::canonical(is) == super::asset::canonical(want)
                })
            })
    }
}
