//! What the inventory says of one credential: match keys strongest first, then what narrows several candidates.

use std::collections::BTreeSet;

use jiff::{Timestamp, ToSpan as _};

use super::evidence::{self, Verdict};
use super::record::{Key, Record, State};
use super::{Inventory, MatchKey, Standing, Strength};
use crate::credential::{Credential, Identity};

/// Candidates looked at for one credential; more than that is ambiguous without looking, so that joining stays linear.
const MOST_CANDIDATES: usize = 1024;

/// Candidates named in an ambiguous standing.
const MOST_NAMED: usize = 20;

/// Bits by which a hint must exceed chance before it registers a credential.
const HINT_MARGIN: f64 = 20.0;

/// What else is known about a credential that only others can tell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Circumstances {
    /// Environments in which it was found.
    pub environments: Vec<String>,
    /// When it was first committed: a row created more than a day later is another credential's.
    pub introduced_at: Option<Timestamp>,
}

/// Somebody whose standing is asked for: a credential, or a secret that was hashed to ask about it.
#[derive(Debug, Clone)]
pub struct Subject<'a> {
    /// Who it is.
    pub identity: &'a Identity,
    /// Its detector, as rows name it in `provider_type`.
    pub detector: Option<&'a str>,
    /// Its issuer.
    pub issuer: Option<&'a str>,
    /// Where it was found: reported path and pointer.
    pub places: Vec<(&'a str, Option<&'a str>)>,
    /// What else is known.
    pub circumstances: Circumstances,
}

impl<'a> Subject<'a> {
    /// A credential as subject.
    #[must_use]
    pub fn of(credential: &'a Credential, circumstances: Circumstances) -> Self {
        let place = credential.occurrences.iter();
        let places = place.map(|o| (o.location.origin.path.as_str(), o.slot.pointer.as_deref())).collect();
        let (detector, issuer) = (Some(credential.detector), credential.issuer);
        Self { identity: &credential.identity, detector, issuer, places, circumstances }
    }
}

/// One row that was looked at, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consideration {
    /// Index of the row.
    pub row: usize,
    /// The key by which it came to be looked at.
    pub by: MatchKey,
    /// What came of it, as a lower-case fragment without any value.
    pub outcome: String,
}

impl Inventory {
    /// What the inventory says of a credential.
    #[must_use]
    pub fn judge(&self, credential: &Credential) -> Standing {
        self.judge_in(credential, Circumstances::default())
    }

    /// What the inventory says of a credential of which more is known.
    #[must_use]
    pub fn judge_in(&self, credential: &Credential, circumstances: Circumstances) -> Standing {
        self.decide(&Subject::of(credential, circumstances), &mut |_| {})
    }

    /// Decides, telling `witness` of each row that was looked at.
    pub(super) fn decide(&self, subject: &Subject<'_>, witness: &mut dyn FnMut(Consideration)) -> Standing {
        let decision = (self.by_digest(subject, witness))
            .or_else(|| self.by_key_id(subject, witness))
            .or_else(|| self.by_last8(subject, witness))
            .or_else(|| self.by_hint(subject, witness))
            .or_else(|| self.by_principal(subject, witness));
        decision.unwrap_or_else(|| match self.covers(subject.issuer) {
            true => Standing::Unregistered,
            false => Standing::NotCovered,
        })
    }

    /// Digests of the whole secret. All rows that claim it are named, whichever digest they claim it by.
    fn by_digest(&self, subject: &Subject<'_>, witness: &mut dyn FnMut(Consideration)) -> Option<Standing> {
        let Identity { hmac, sha256, hmsl, .. } = subject.identity;
        let hits = [
            (
                MatchKey::Hmac,
                hmac.iter().filter_map(|digest| self.index.hmac.get(digest)).flatten().collect::<Vec<_>>(),
            ),
            (MatchKey::Sha256, sha256.iter().filter_map(|digest| self.index.sha256.get(digest)).flatten().collect()),
            (MatchKey::Hmsl, hmsl.iter().filter_map(|digest| self.index.hmsl.get(digest)).flatten().collect()),
        ];
        let by = hits.iter().find(|(_, rows)| !rows.is_empty())?.0;
        let mut rows = BTreeSet::new();
        for (key, found) in hits {
            for row in found.into_iter().filter(|row| rows.insert(**row)).take(MOST_CANDIDATES) {
                witness(Consideration {
                    row: *row,
                    by: key,
                    outcome: "the digest of the whole secret is equal".into(),
                });
            }
        }
        Some(self.registered(Strength::Exact, by, rows.into_iter().collect(), Vec::new()))
    }

    /// The id of this one credential, embedded in it or standing beside it.
    fn by_key_id(&self, subject: &Subject<'_>, witness: &mut dyn FnMut(Consideration)) -> Option<Standing> {
        let rows = self.index.key_id.get(subject.identity.facts.key_id.as_deref()?)?;
        let rows = self.remaining(subject, rows, MatchKey::KeyId, witness);
        // Ids are unique for their issuer only.
        let same: Vec<usize> =
            rows.iter().copied().filter(|row| self.same_issuer(subject, *row) == Some(true)).collect();
        let rows = if same.is_empty() { rows } else { same };
        (!rows.is_empty()).then(|| self.registered(Strength::Exact, MatchKey::KeyId, rows, Vec::new()))
    }

    fn by_last8(&self, subject: &Subject<'_>, witness: &mut dyn FnMut(Consideration)) -> Option<Standing> {
        let tail = &subject.identity.hint.as_ref()?.tail;
        let rows = self.index.last8.get(tail.get(tail.len().checked_sub(8)?..)?)?;
        let rows = self.remaining(subject, rows, MatchKey::Last8, witness);
        match rows.as_slice() {
            [] => None,
            [row] => {
                let strength =
                    if self.same_issuer(subject, *row) == Some(false) { Strength::Probable } else { Strength::Strong };
                Some(self.registered(strength, MatchKey::Last8, rows, Vec::new()))
            }
            _ => {
                let (rows, narrowed_by) = self.narrow(subject, rows);
                Some(match rows.len() {
                    1 => self.registered(Strength::Probable, MatchKey::Last8, rows, narrowed_by),
                    count => {
                        self.ambiguous(MatchKey::Last8, rows, format!("{count} rows end in the same eight characters"))
                    }
                })
            }
        }
    }

    /// Head and tail. A match by chance must be so unlikely that it can be called one.
    fn by_hint(&self, subject: &Subject<'_>, witness: &mut dyn FnMut(Consideration)) -> Option<Standing> {
        let hint = subject.identity.hint.as_ref()?;
        let rows: Vec<usize> = self.index.hinted(hint, MOST_CANDIDATES).into_iter().collect();
        let rows = self.remaining(subject, &rows, MatchKey::Hint, witness);
        // A hint that reveals only what every such credential begins or ends with says nothing.
        let telling =
            |row: &usize| self.records.get(*row).is_some_and(|record| evidence::hint_bits(record, hint) > 0.0);
        let rows: Vec<usize> = rows.into_iter().filter(telling).collect();
        let (mut rows, narrowed_by) = self.narrow(subject, rows);
        let row = *rows.first()?;
        if rows.len() > 1 {
            let reason = format!("the hints of {} rows agree with it", rows.len());
            return Some(self.ambiguous(MatchKey::Hint, rows, reason));
        }
        let record = self.records.get(row)?;
        let (bits, peers) = (evidence::hint_bits(record, hint), self.index.rows_of_type(record).max(1));
        let margin = bits - (peers as f64).log2();
        let reason = if margin < HINT_MARGIN {
            format!(
                "the hint reveals {bits:.1} bits, and {peers} such {} a match by chance too likely \
                 ({margin:.1} bits beyond chance, {HINT_MARGIN:.0} are needed)",
                if peers == 1 { "row makes" } else { "rows make" }
            )
        } else if !narrowed_by.is_empty() {
            format!("the hints of several rows agree with it, and only the {} picks one", narrowed_by.join(" and the "))
        } else if self.same_issuer(subject, row) == Some(false) {
            "the hint agrees, the issuer does not".to_owned()
        } else {
            return Some(self.registered(Strength::Probable, MatchKey::Hint, std::mem::take(&mut rows), narrowed_by));
        };
        Some(self.ambiguous(MatchKey::Hint, rows, reason))
    }

    /// Whom it belongs to. Says which row it is only where there is but one live row of theirs.
    fn by_principal(&self, subject: &Subject<'_>, witness: &mut dyn FnMut(Consideration)) -> Option<Standing> {
        let principals: BTreeSet<&str> = subject.identity.facts.principals.values().map(String::as_str).collect();
        let rows: BTreeSet<usize> = principals
            .into_iter()
            .filter_map(|id| self.index.principal.get(id))
            .flat_map(|rows| rows.iter().take(MOST_CANDIDATES + 1))
            .copied()
            .collect();
        let too_many = rows.len() > MOST_CANDIDATES;
        let rows: Vec<usize> = rows.into_iter().take(MOST_CANDIDATES).collect();
        let rows = self.remaining(subject, &rows, MatchKey::Principal, witness);
        let rows: Vec<usize> = rows.into_iter().filter(|row| self.same_issuer(subject, *row) != Some(false)).collect();
        let live: Vec<usize> = rows.iter().copied().filter(|row| self.records.get(*row).is_some_and(is_live)).collect();
        match live.as_slice() {
            [] if rows.is_empty() => None,
            [] => Some(self.ambiguous(MatchKey::Principal, rows, "no row of its principal is live".to_owned())),
            [_] if !too_many => Some(self.registered(Strength::Exact, MatchKey::Principal, live, Vec::new())),
            _ => {
                let (rows, narrowed_by) = self.narrow(subject, live);
                Some(match rows.len() {
                    1 if !too_many => self.registered(Strength::Strong, MatchKey::Principal, rows, narrowed_by),
                    count => self.ambiguous(MatchKey::Principal, rows, format!("{count} live rows have its principal")),
                })
            }
        }
    }

    /// Candidates without those that another key or the time shows to be some other credential.
    fn remaining(
        &self,
        subject: &Subject<'_>,
        rows: &[usize],
        by: MatchKey,
        witness: &mut dyn FnMut(Consideration),
    ) -> Vec<usize> {
        let introduced = subject.circumstances.introduced_at.and_then(|at| at.checked_add(24.hours()).ok());
        let outcome = |record: &Record| {
            if record.created_at.zip(introduced).is_some_and(|(created, introduced)| created > introduced) {
                return Err("the row was created after the credential was committed");
            }
            // The credential's own id settles it: a digest beside it may be of another spelling of the secret.
            match evidence::weigh(record, subject.identity, &self.known_keys) {
                Verdict::Other(why) if by != MatchKey::KeyId => Err(why),
                _ => Ok(()),
            }
        };
        let mut left = Vec::new();
        for row in rows.iter().copied().take(MOST_CANDIDATES) {
            let Some(record) = self.records.get(row) else { continue };
            let outcome = match outcome(record) {
                Ok(()) => {
                    left.push(row);
                    format!("its {} agrees", by.as_str())
                }
                Err(why) => why.to_owned(),
            };
            witness(Consideration { row, by, outcome });
        }
        left
    }

    /// Narrows candidates by what the rows say beside their keys, until one is left.
    fn narrow(&self, subject: &Subject<'_>, mut rows: Vec<usize>) -> (Vec<usize>, Vec<&'static str>) {
        let mut narrowed_by = Vec::new();
        let facts = &subject.identity.facts.principals;
        let has_principal = |record: &Record| {
            record.keys.iter().any(|key| matches!(key, Key::Principal(id) if facts.values().any(|own| own == id)))
        };
        let fits: [(&'static str, Test<'_>); 5] = [
            ("provider_type", &|record| {
                subject.detector.is_some() && record.provider_type.as_deref() == subject.detector
            }),
            ("issuer", &|record| subject.issuer == Some(record.issuer.as_str())),
            ("principal", &has_principal),
            ("environment", &|record| {
                record.environment.as_ref().is_some_and(|name| subject.circumstances.environments.contains(name))
            }),
            ("location", &|record| subject.places.iter().any(|place| evidence::declares(record, *place))),
        ];
        for (name, fits) in fits {
            if rows.len() < 2 {
                break;
            }
            let kept: Vec<usize> =
                rows.iter().copied().filter(|row| self.records.get(*row).is_some_and(fits)).collect();
            if !kept.is_empty() && kept.len() < rows.len() {
                rows = kept;
                narrowed_by.push(name);
            }
        }
        (rows, narrowed_by)
    }

    /// Whether issuer of subject and row are the same; `None` where the subject's is not known.
    fn same_issuer(&self, subject: &Subject<'_>, row: usize) -> Option<bool> {
        Some(self.records.get(row)?.issuer == subject.issuer?)
    }

    /// Orders rows by id; the first is judged by, so a live one goes before them.
    fn registered(
        &self,
        strength: Strength,
        by: MatchKey,
        mut rows: Vec<usize>,
        narrowed_by: Vec<&'static str>,
    ) -> Standing {
        self.order(&mut rows);
        if let Some(live) = rows.iter().position(|row| self.records.get(*row).is_some_and(is_live)) {
            rows[..=live].rotate_right(1);
        }
        Standing::Registered { strength, by, rows, narrowed_by }
    }

    fn ambiguous(&self, by: MatchKey, mut rows: Vec<usize>, mut reason: String) -> Standing {
        self.order(&mut rows);
        if rows.len() > MOST_NAMED {
            reason.push_str(&format!("; the first {MOST_NAMED} are named"));
            rows.truncate(MOST_NAMED);
        }
        Standing::Ambiguous { by, rows, reason }
    }

    fn order(&self, rows: &mut Vec<usize>) {
        rows.sort_by_key(|row| (self.records.get(*row).map(|record| record.id.as_str()), *row));
        rows.dedup();
    }
}

/// A question about a row.
type Test<'a> = &'a dyn Fn(&Record) -> bool;

/// Whether the identity of a row may still be in use.
fn is_live(record: &Record) -> bool {
    !matches!(record.state, State::Expired | State::Revoked | State::Decommissioned)
}
