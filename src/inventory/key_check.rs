//! Whether rows can be matched with the keys that are configured: a wrong key must not make everything unregistered.

use std::collections::BTreeSet;

use super::Export;
use super::error::InventoryError;
use super::header::Header;
use super::record::{Key, Record};
use super::word::Word;
use crate::credential::KeyRing;

/// Rows that do not say with which key they were hashed mean the one their header names.
pub(super) fn name_keys(records: &mut [Record], headers: &[Header]) {
    let Some(name) = headers.iter().find_map(|header| header.key_id.as_deref()) else { return };
    let name = Word::from(name);
    for key in records.iter_mut().flat_map(|record| &mut record.keys) {
        if let Key::Hmac { key_id: key_id @ None, .. } = key {
            *key_id = Some(name.clone());
        }
    }
}

/// Checks that the rows of a file can be matched with the configured keys; returns the key ids that its headers prove to
/// be configured.
pub(super) fn check_keys(
    export: &Export,
    records: &[Record],
    keys: &KeyRing,
) -> Result<BTreeSet<String>, InventoryError> {
    let path = &export.path;
    let missing = |line, key_id: Option<&str>| {
        let (path, key_id) = (path.clone(), key_id.map(str::to_owned));
        match keys.is_empty() {
            true => InventoryError::MissingKey { path, line, key_id },
            false => InventoryError::WrongKey { path, line, key_id },
        }
    };
    let is_hmac = |key: &Key| matches!(key, Key::Hmac { .. });
    // A row's other keys do not make up for it: a weak secret has no SHA-256, a hint may be ambiguous.
    if keys.is_empty()
        && let Some(record) = records.iter().find(|record| record.keys.iter().any(is_hmac))
    {
        let named = record.keys.iter().find_map(|key| match key {
            Key::Hmac { key_id, .. } => key_id.as_deref(),
            _ => None,
        });
        return Err(missing(record.line, named));
    }
    let checks = keys.checks();
    let mut proven = BTreeSet::new();
    for header in &export.headers {
        let Some(check) = header.key_check else { continue };
        let named = header.key_id.as_deref().and_then(|id| keys.position(id));
        let agrees = match named {
            Some(at) => checks.get(at) == Some(&check),
            None => checks.contains(&check),
        };
        // Even where no row of this export was hashed with it: whoever runs without the key runs another scan than the
        // one the export was made for.
        if !agrees {
            return Err(missing(header.line, header.key_id.as_deref()));
        }
        proven.extend(header.key_id.clone().filter(|_| agrees));
    }
    let has_nameless = keys.ids().any(|id| id.is_none());
    let usable = |key_id: &Option<Word>| match key_id {
        None => !keys.is_empty(),
        Some(id) => has_nameless || keys.position(id).is_some() || proven.contains(id.as_str()),
    };
    for record in records {
        let other = record.keys.iter().any(|key| !is_hmac(key) && !matches!(key, Key::Principal(_)));
        let mut hmacs = record.keys.iter().filter_map(|key| match key {
            Key::Hmac { key_id, .. } => Some(key_id),
            _ => None,
        });
        if !other && hmacs.clone().next().is_some() && !hmacs.clone().any(usable) {
            return Err(missing(record.line, hmacs.find_map(Option::as_deref)));
        }
    }
    Ok(proven)
}
