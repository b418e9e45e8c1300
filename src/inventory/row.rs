//! From the fields of a row to a record. What is required is refused, what is merely odd is left out and told.

use std::borrow::Cow;

use jiff::Timestamp;
use serde_json::Value;

use super::cell::{Cell, Fields};
use super::dates::{self, NotADate};
use super::match_entry::{self, Entry};
use super::record::{DeclaredLocation, Expiry, Owner, Record, State, Workload};
use super::word::{Word, Words};

/// Under this name `ext` keeps that a row says it was never used, which is more than not saying when.
pub(super) const NEVER_USED: &str = "last_used_at";

/// Builds the record of a row. The second value lists what was left out of it.
///
/// # Errors
///
/// A message where `id`, `state`, `kind` or `issuer` is missing or means nothing; it quotes no cell but a bad state.
pub(super) fn record(
    fields: Fields<'_>,
    words: &mut Words,
    file: &Word,
    line: u32,
) -> Result<(Record, Vec<String>), String> {
    let mut row = Reader { fields, words, problems: Vec::new() };
    let id = row.text("id").ok_or("`id` is missing")?.into_owned();
    let state = state(row.text("state").as_deref())?;
    let kind = row.lower("kind").ok_or("`kind` is missing")?;
    let issuer = row.lower("issuer").ok_or("`issuer` is missing")?;
    let (max_age_days, is_rotated_automatically) = row.rotation();
    let never_used = match row.fields.get("last_used_at") {
        Some(Cell::Null) => true,
        Some(Cell::Text(word)) => word.trim().eq_ignore_ascii_case("never"),
        _ => false,
    };
    let mut record = Record {
        id,
        state,
        kind,
        issuer,
        provider_type: row.word("provider_type"),
        name: row.text("name").map(|name| Box::from(&*name)),
        system: row.word("system"),
        purpose: row.word("purpose"),
        owner: row.owner(),
        team: row.word("team"),
        workloads: row.many("workload", workload),
        environment: row.environment(),
        scopes: row.many("scopes", scope),
        observed_scopes: row.many("observed_scopes", scope),
        created_at: row.date("created_at"),
        rotated_at: row.date("rotated_at"),
        expires_at: row.expiry(),
        last_used_at: row.date("last_used_at"),
        revoked_at: row.date("revoked_at"),
        decommissioned_at: row.date("decommissioned_at"),
        max_age_days,
        is_rotated_automatically,
        is_static: row.is_static(),
        locations: row.many("locations", location),
        keys: Vec::new(),
        sensitivity: row.lower("sensitivity"),
        ext: std::collections::BTreeMap::new(),
        file: file.clone(),
        line,
    };
    let entries = row.list("match");
    record.keys.reserve_exact(entries.len().min(8));
    for entry in &entries {
        match match_entry::read(entry, row.words) {
            Ok(Entry::Key(key)) if record.keys.contains(&key) => {}
            Ok(Entry::Key(key)) => record.keys.push(key),
            Ok(Entry::Place(place)) => record.locations.push(place),
            Err(message) => row.problems.push(message),
        }
    }
    if never_used {
        record.ext.insert(NEVER_USED.to_owned(), Value::Null);
    }
    let Reader { mut fields, problems, .. } = row;
    let inner = fields.take("ext");
    let mut rest = |fields: Fields<'_>| {
        record.ext.extend(fields.into_iter().map(|(name, cell)| (name.into_owned(), Value::from(cell))));
    };
    if let Some(Cell::Object(inner)) = inner {
        rest(inner);
    }
    rest(fields);
    Ok((record, problems))
}

/// Reads a state. A short word that is none is quoted, since that is how the column is found that it belongs to.
fn state(word: Option<&str>) -> Result<State, String> {
    const KNOWN: &str = "active, suspended, expired, revoked, decommissioned, pending, unknown";
    let word = lower(word.ok_or_else(|| format!("`state` is missing; known states: {KNOWN}"))?);
    Ok(match &*word {
        "active" => State::Active,
        "suspended" => State::Suspended,
        "expired" => State::Expired,
        "revoked" => State::Revoked,
        "decommissioned" => State::Decommissioned,
        "pending" => State::Pending,
        "unknown" => State::Unknown,
        other if other.len() <= 16 && other.bytes().all(|byte| byte.is_ascii_alphabetic()) => {
            return Err(format!("`state` is `{other}`; known states: {KNOWN}"));
        }
        _ => return Err(format!("`state` is no state; known states: {KNOWN}")),
    })
}

/// Lower case; most words are written so already.
fn lower(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase()) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.to_lowercase())
}

/// The text of a cell that is no longer needed, without blanks around it.
fn owned(cell: Cell<'_>) -> Option<Cow<'_, str>> {
    match cell {
        Cell::Text(Cow::Borrowed(text)) => Some(text.trim()).filter(|text| !text.is_empty()).map(Cow::Borrowed),
        cell => cell.scalar().map(|text| Cow::Owned(text.into_owned())),
    }
}

fn scope(cell: &Cell<'_>, words: &mut Words) -> Option<Word> {
    cell.scalar().map(|scope| words.of(&scope))
}

fn workload(cell: &Cell<'_>, words: &mut Words) -> Option<Workload> {
    let field = |name: &str| cell.get(name).and_then(Cell::scalar);
    let id = cell.scalar().or_else(|| field("id")).or_else(|| field("name"))?;
    let id = Box::from(&*id);
    let mut word = |name: &str| field(name).map(|text| words.of(&text));
    let (kind, server) = (word("kind"), word("server"));
    let state = field("state").map(|state| words.of(&lower(&state)));
    Some(Workload { kind, id, server, state })
}

/// An object, `vault:kv/mcp/github#token`, `repo:infra/agents#.mcp.json`, or `infra/agents#.mcp.json`.
fn location(cell: &Cell<'_>, words: &mut Words) -> Option<DeclaredLocation> {
    if let Some(text) = cell.scalar() {
        const MANAGERS: [&str; 9] = ["vault", "op", "doppler", "aws", "gcp", "azure", "akeyless", "infisical", "bws"];
        let stated = |text| Some(text).filter(|text: &&str| !text.is_empty());
        let scheme = text.split_once(':').map(|(scheme, _)| scheme);
        if scheme.is_some_and(|scheme| MANAGERS.contains(&scheme)) {
            let reference = stated(&*text).map(|text| words.of(text));
            return Some(DeclaredLocation { kind: words.of("secret_manager"), reference, path: None, pointer: None });
        }
        const KINDS: [&str; 6] = ["repo", "host", "host_config", "config", "env", "image"];
        let kind = scheme.filter(|scheme| KINDS.contains(scheme));
        let text = kind.map_or(&*text, |kind| text.get(kind.len() + 1..).unwrap_or_default());
        let (repo, rest) = text.split_once('#').unwrap_or(("", text));
        let (reference, path) = (stated(repo).map(|text| words.of(text)), stated(rest).map(Box::from));
        let kind = words.of(kind.unwrap_or(if repo.is_empty() { "config" } else { "repo" }));
        return Some(DeclaredLocation { kind, reference, path, pointer: None });
    }
    let field = |name: &str| cell.get(name).and_then(Cell::scalar);
    let mut word = |name: &str| field(name).map(|text| words.of(&text));
    let (reference, pointer) = (word("ref"), word("pointer"));
    let (kind, path) = (field("kind"), field("path").map(|path| Box::from(&*path)));
    if reference.is_none() && path.is_none() && pointer.is_none() && kind.is_none() {
        return None;
    }
    let kind = words.of(&lower(kind.as_deref().unwrap_or("config")));
    Some(DeclaredLocation { kind, reference, path, pointer })
}

/// The fields not yet taken, and what was wrong with those that were.
struct Reader<'t, 'w> {
    fields: Fields<'t>,
    words: &'w mut Words,
    problems: Vec<String>,
}

impl<'t> Reader<'t, '_> {
    fn text(&mut self, name: &str) -> Option<Cow<'t, str>> {
        let cell = self.fields.take(name)?;
        if matches!(cell, Cell::Object(_) | Cell::List(_)) {
            self.problems.push(format!("`{name}` is not a text and was left out"));
        }
        owned(cell)
    }

    fn word(&mut self, name: &str) -> Option<Word> {
        self.text(name).map(|text| self.words.of(&text))
    }

    fn lower(&mut self, name: &str) -> Option<Word> {
        self.text(name).map(|text| self.words.of(&lower(&text)))
    }

    /// The usual names of environments in one spelling.
    fn environment(&mut self) -> Option<Word> {
        let text = self.text("environment")?;
        let name = lower(&text);
        Some(self.words.of(match &*name {
            "production" | "prd" | "live" => "prod",
            "development" => "dev",
            "stage" | "stg" => "staging",
            "testing" => "test",
            other => other,
        }))
    }

    /// A list, or one value in its place.
    fn list(&mut self, name: &str) -> Vec<Cell<'t>> {
        match self.fields.take(name) {
            None | Some(Cell::Null) => Vec::new(),
            Some(Cell::List(cells)) => cells,
            Some(cell) => vec![cell],
        }
    }

    fn many<T>(&mut self, name: &str, read: impl Fn(&Cell<'_>, &mut Words) -> Option<T>) -> Vec<T> {
        let cells = self.list(name);
        let mut found = Vec::with_capacity(cells.len());
        found.extend(cells.iter().filter_map(|cell| read(cell, self.words)));
        if found.len() < cells.len() {
            self.problems.push(format!("an entry of `{name}` names nothing and was left out"));
            found.shrink_to_fit();
        }
        found
    }

    fn date(&mut self, name: &str) -> Option<Timestamp> {
        let cell = self.fields.take(name)?;
        dates::past(Some(&cell)).unwrap_or_else(|NotADate| {
            self.problems.push(not_a_date(name));
            None
        })
    }

    fn expiry(&mut self) -> Expiry {
        let cell = self.fields.take("expires_at");
        dates::expiry(cell.as_ref()).unwrap_or_else(|NotADate| {
            self.problems.push(not_a_date("expires_at"));
            Expiry::Unknown
        })
    }

    fn owner(&mut self) -> Option<Owner> {
        const KINDS: [&str; 5] = ["team", "person", "service", "vendor", "unknown"];
        let cell = self.fields.take("owner")?;
        let field = |name: &str| cell.get(name).and_then(Cell::scalar);
        let id = cell.scalar().or_else(|| field("id"))?;
        let kind = field("kind");
        // `team:iam-platform` is how policies write an owner.
        let (kind, id) = match (kind.as_deref(), id.split_once(':')) {
            (None, Some((word, rest))) if KINDS.contains(&word) => (word, rest.trim()),
            (kind, _) => (kind.unwrap_or("unknown"), &*id),
        };
        let contact = field("contact").map(|contact| self.words.of(&contact));
        Some(Owner { kind: self.words.of(&lower(kind)), id: self.words.of(id), contact })
    }

    /// Days between rotations, and whether they happen by themselves.
    fn rotation(&mut self) -> (Option<u32>, Option<bool>) {
        let Some(cell) = self.fields.take("rotation") else { return (None, None) };
        let days = cell.get("max_age_days").and_then(Cell::scalar).map(|days| days.parse::<u32>());
        if matches!(days, Some(Err(_))) {
            self.problems.push("`max_age_days` is not a number of days and was left out".to_owned());
        }
        let automatic = cell.get("automatic").and_then(Cell::scalar).map(|word| is_true(&lower(&word)));
        (days.and_then(Result::ok), automatic)
    }

    fn is_static(&mut self) -> Option<bool> {
        let text = self.text("static")?;
        match &*lower(&text) {
            "dynamic" => Some(false),
            "static" => Some(true),
            "unknown" => None,
            word => Some(is_true(word)),
        }
    }
}

fn is_true(word: &str) -> bool {
    matches!(word, "true" | "yes" | "1")
}

fn not_a_date(name: &str) -> String {
    format!("`{name}` is not a date (RFC 3339, YYYY-MM-DD or Unix seconds) and counts as unknown")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::inventory::record::Key;

    fn read(value: Value) -> Result<(Record, Vec<String>), String> {
        let Value::Object(mut fields) = value else { panic!("an object") };
        for (name, text) in [("id", "a"), ("state", "active"), ("kind", "api_key"), ("issuer", "github")] {
            fields.entry(name).or_insert_with(|| Value::from(text));
        }
        record(fields.into(), &mut Words::default(), &"inv.jsonl".into(), 3)
    }

    #[test]
    fn each_required_field_is_asked_for_by_name() {
        for name in ["id", "state", "kind", "issuer"] {
            assert!(read(json!({ name: "" })).unwrap_err().contains(&format!("`{name}` is missing")));
        }
    }

    #[test]
    fn an_unknown_state_is_told_with_the_known_ones() {
        assert!(read(json!({"state": "aktive"})).unwrap_err().contains("`aktive`; known states: active"));
        assert!(!read(json!({"state": "hunter2-and-more"})).unwrap_err().contains("hunter2"));
        assert_eq!(read(json!({"state": "Revoked"})).unwrap().0.state, State::Revoked);
    }

    #[test]
    fn every_field_finds_its_place() {
        let (record, problems) = read(json!({
            "owner": "team:iam", "workload": [{"kind": "agent", "id": "w", "server": "gh"}, "w2"],
            "environment": "Production", "scopes": ["a", "b"], "expires_at": null, "created_at": "2026-05-01",
            "rotation": {"max_age_days": "90"}, "static": "dynamic",
            "locations": ["repo:infra/agents#.mcp.json", "vault:kv/a#b", {"kind": "repo", "path": "x"}],
            "match": [{"alg": "key_id", "value": "k"}, "key_id:k", {"alg": "reference", "value": "op://v/i/f"}],
            "x_own": {"a": 1}
        }))
        .unwrap();
        assert_eq!(problems, Vec::<String>::new());
        assert_eq!(record.owner, Some(Owner { kind: "team".into(), id: "iam".into(), contact: None }));
        assert_eq!((record.workloads.len(), record.workloads[0].server.as_deref()), (2, Some("gh")));
        assert_eq!(
            (record.environment.as_deref(), record.max_age_days, record.is_static),
            (Some("prod"), Some(90), Some(false))
        );
        assert_eq!(record.expires_at, Expiry::Never);
        assert_eq!(record.keys, [Key::KeyId("k".into())]);
        assert_eq!(record.locations.len(), 4);
        let place = &record.locations[0];
        assert_eq!(
            (&*place.kind, place.reference.as_deref(), place.path.as_deref()),
            ("repo", Some("infra/agents"), Some(".mcp.json"))
        );
        assert!(record.locations[1].reference.is_some() && record.ext.contains_key("x_own"));
    }

    #[test]
    fn an_odd_field_is_left_out_and_the_row_is_kept() {
        let (record, problems) = read(json!({
            "created_at": "soon", "expires_at": "later", "name": ["x"], "match": ["md5:x", {"alg": "key_id", "value": "k"}],
            "rotation": {"max_age_days": "often"}, "workload": [{}]
        }))
        .unwrap();
        assert_eq!((record.created_at, record.expires_at, record.keys.len()), (None, Expiry::Unknown, 1));
        assert_eq!(problems.len(), 6, "{problems:?}");
    }
}
