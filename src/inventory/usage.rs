//! Evidence of use: which credential was used when, by whom, from which workload, with which scopes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::record::{Key, Record};
use super::{dates, digest, mapping};
use crate::credential::Credential;

/// Workloads and scopes remembered of one credential; more tell nothing new.
const MOST: usize = 256;

/// Why evidence of use cannot be read (exit code 2).
#[derive(Debug, thiserror::Error)]
pub enum UsageError {
    /// The file could not be read.
    #[error("could not read usage `{path}`: {source}\nhint: `--usage` names an audit-log export, or JSON Lines of use")]
    Read {
        /// Path as it was given.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file breaks off, or nothing in it can be used.
    #[error(
        "{path}:{line}: {message}\nhint: each event names a credential (`credential`, `record`, `token_id`, `key_id`, `hashed_token`) and a `time`"
    )]
    Invalid {
        /// Path as it was given.
        path: String,
        /// 1-based line.
        line: u32,
        /// What is wrong.
        message: String,
    },
}

/// What was seen of the use of one credential.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Use {
    /// Last time.
    pub last: Option<Timestamp>,
    /// Scopes that were used.
    pub scopes: BTreeSet<String>,
    /// Workloads that used it.
    pub workloads: BTreeSet<String>,
    /// Accounts that used it.
    pub actors: BTreeSet<String>,
}

/// All that was seen, by whatever names the credential in an event. The order of events is all one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Usage {
    named: BTreeMap<String, Use>,
    digests: BTreeMap<[u8; 32], Use>,
}

impl Usage {
    /// Reads files of events: JSON Lines, JSON or CSV.
    ///
    /// # Errors
    ///
    /// Where a file cannot be read, or holds no event that can be used.
    pub fn load<P: AsRef<Path>>(paths: &[P]) -> Result<Self, UsageError> {
        let mut usage = Self::default();
        for path in paths {
            let shown = path.as_ref().display().to_string();
            let bytes = fs::read(path).map_err(|source| UsageError::Read { path: shown.clone(), source })?;
            let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
            usage.read(bytes).map_err(|(line, message)| UsageError::Invalid { path: shown, line, message })?;
        }
        Ok(usage)
    }

    fn read(&mut self, bytes: &[u8]) -> Result<(), (u32, String)> {
        let (mut taken, mut first) = (0_usize, None);
        mapping::events(bytes, &mut |row| match row {
            Ok(row) if self.absorb(&row.fields) => taken += 1,
            Ok(row) => first = first.take().or(Some((row.line, "the event names no credential or no time".to_owned()))),
            Err(bad) => first = first.take().or(Some((bad.line, bad.message))),
        })
        .map_err(|bad| (bad.line, bad.message))?;
        if taken == 0 { Err(first.unwrap_or((1, "the file holds no event".to_owned()))) } else { Ok(()) }
    }

    /// Takes in an event; false where it tells nothing of a credential.
    fn absorb(&mut self, event: &Map<String, Value>) -> bool {
        let text = |names: &[&str]| names.iter().find_map(|name| at(event, name).and_then(scalar));
        let time = ["time", "@timestamp", "timestamp", "eventTime", "last_used_at", "created_at"]
            .iter()
            .find_map(|name| dates::past(Some(&at(event, name)?.into())).ok().flatten());
        let mut seen = Use { last: time, ..Use::default() };
        seen.scopes = list(event, &["scopes", "token_scopes", "scope"]);
        seen.workloads = list(event, &["workload", "workload_id"]);
        seen.actors = list(event, &["actor", "user", "userIdentity/userName"]);
        let names = ["credential", "record", "token_id", "key_id", "userIdentity/accessKeyId", "accessKeyId", "kid"];
        let named: Vec<String> = names.iter().filter_map(|name| text(&[name])).collect();
        let hashed = text(&["hashed_token", "sha256"]).and_then(|text| digest::parse(&text));
        if (named.is_empty() && hashed.is_none())
            || (time.is_none() && seen.scopes.is_empty() && seen.workloads.is_empty())
        {
            return false;
        }
        for name in named {
            self.named.entry(name).or_default().merge(&seen);
        }
        if let Some(digest) = hashed {
            self.digests.entry(digest).or_default().merge(&seen);
        }
        true
    }

    /// What was seen of a row's credential.
    #[must_use]
    pub fn of_record(&self, record: &Record) -> Use {
        let mut all = Use::default();
        let mut add = |seen: Option<&Use>| seen.into_iter().for_each(|seen| all.merge(seen));
        add(self.named.get(&record.id));
        // `ghpat:98716` is how a mapping writes a token id.
        add(record.id.split_once(':').and_then(|(_, id)| self.named.get(id)));
        for key in &record.keys {
            match key {
                Key::Sha256(digest) => add(self.digests.get(digest)),
                Key::KeyId(id) => add(self.named.get(id)),
                _ => {}
            }
        }
        all
    }

    /// What was seen of a credential that was found.
    #[must_use]
    pub fn of_credential(&self, credential: &Credential) -> Use {
        let mut all = Use::default();
        let mut add = |seen: Option<&Use>| seen.into_iter().for_each(|seen| all.merge(seen));
        if !credential.id.transient {
            add(self.named.get(&credential.id.hex));
        }
        add(credential.identity.sha256.and_then(|digest| self.digests.get(&digest)));
        add(credential.identity.facts.key_id.as_ref().and_then(|id| self.named.get(id)));
        all
    }
}

impl Use {
    /// Adds what else was seen.
    pub fn merge(&mut self, other: &Self) {
        self.last = self.last.max(other.last);
        for (own, others) in [
            (&mut self.scopes, &other.scopes),
            (&mut self.workloads, &other.workloads),
            (&mut self.actors, &other.actors),
        ] {
            own.extend(others.iter().cloned());
            // The first in order are kept, so that the order of events does not matter.
            while own.len() > MOST {
                own.pop_last();
            }
        }
    }
}

/// A field, or one below another.
fn at<'v>(event: &'v Map<String, Value>, name: &str) -> Option<&'v Value> {
    let (first, rest) = name.split_once('/').map_or((name, None), |(first, rest)| (first, Some(rest)));
    let value = event.get(first)?;
    rest.map_or(Some(value), |rest| value.get(rest))
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn list(event: &Map<String, Value>, names: &[&str]) -> BTreeSet<String> {
    let parts = |text: &str| -> Vec<String> {
        text.split([',', ' ', '|']).map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
    };
    let mut all = BTreeSet::new();
    for value in names.iter().filter_map(|name| at(event, name)) {
        match value {
            Value::Array(values) => all.extend(values.iter().filter_map(scalar)),
            value => all.extend(scalar(value).into_iter().flat_map(|text| parts(&text))),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usage(text: &str) -> Usage {
        let mut usage = Usage::default();
        usage.read(text.as_bytes()).unwrap();
        usage
    }

    #[test]
    fn events_in_any_order_and_form_say_the_same() {
        let first = r#"{"token_id": 7, "@timestamp": 1794900000000, "actor": "a", "token_scopes": "repo,read:org"}"#;
        let second = r#"{"token_id": "7", "time": "2026-11-20T00:00:00Z", "workload": "triage", "scopes": ["repo"]}"#;
        let one = usage(&format!("{first}\n{second}\n"));
        assert_eq!(one, usage(&format!("{second}\n{first}\n")));
        assert_eq!(one, usage(&format!("[{first},{second}]")));
        let seen = &one.named["7"];
        assert_eq!(seen.last, Some("2026-11-20T00:00:00Z".parse().unwrap()));
        assert_eq!((seen.scopes.len(), seen.workloads.len(), seen.actors.len()), (2, 1, 1));
    }

    #[test]
    fn a_file_without_an_event_is_refused() {
        for text in ["", "{\"actor\": \"a\"}\n", "[]", "{\"token_id\": 1}"] {
            assert!(Usage::default().read(text.as_bytes()).is_err(), "{text}");
        }
    }
}
