//! From the fields of a row to a record. What is required is refused, what is merely odd is left out and told.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::dates::{self, NotADate};
use super::match_entry::{self, Entry};
use super::record::{DeclaredLocation, Expiry, Owner, Record, State, Workload};
use super::word::Word;

/// Under this name `ext` keeps that a row says it was never used, which is more than not saying when.
pub(super) const NEVER_USED: &str = "last_used_at";

/// Builds the record of a row. The second value lists what was left out of it.
///
/// # Errors
///
/// A message where `id`, `state`, `kind` or `issuer` is missing or means nothing; it quotes no cell but a bad state.
pub(super) fn record(fields: Map<String, Value>, file: &str, line: u32) -> Result<(Record, Vec<String>), String> {
    let mut row = Fields { fields, problems: Vec::new() };
    let id = row.text("id").ok_or("`id` is missing")?;
    let state = state(row.text("state"))?;
    let kind = row.text("kind").ok_or("`kind` is missing")?.to_lowercase().into();
    let issuer = row.text("issuer").ok_or("`issuer` is missing")?.to_lowercase().into();
    let (max_age_days, _) = row.rotation();
    let never_used = match row.fields.get("last_used_at") {
        Some(Value::Null) => true,
        Some(Value::String(word)) => word.trim().eq_ignore_ascii_case("never"),
        _ => false,
    };
    let mut record = Record {
        id,
        state,
        kind,
        issuer,
        provider_type: row.text("provider_type").map(Word::from),
        name: row.text("name"),
        system: row.text("system").map(Word::from),
        purpose: row.text("purpose"),
        owner: row.owner(),
        team: row.text("team").map(Word::from),
        workloads: row.many("workload", workload),
        environment: row.text("environment").map(|name| environment(&name).into()),
        scopes: row.texts("scopes"),
        observed_scopes: row.texts("observed_scopes"),
        created_at: row.date("created_at"),
        rotated_at: row.date("rotated_at"),
        expires_at: row.expiry(),
        last_used_at: row.date("last_used_at"),
        revoked_at: row.date("revoked_at"),
        decommissioned_at: row.date("decommissioned_at"),
        max_age_days,
        is_static: row.is_static(),
        locations: row.many("locations", location),
        keys: Vec::new(),
        sensitivity: row.text("sensitivity").map(|word| word.to_lowercase().into()),
        ext: std::collections::BTreeMap::new(),
        file: file.into(),
        line,
    };
    for entry in row.list("match") {
        match match_entry::read(&entry) {
            Ok(Entry::Key(key)) if record.keys.contains(&key) => {}
            Ok(Entry::Key(key)) => record.keys.push(key),
            Ok(Entry::Place(place)) => record.locations.push(place),
            Err(message) => row.problems.push(message),
        }
    }
    if never_used {
        record.ext.insert(NEVER_USED.to_owned(), Value::Null);
    }
    if let Some(Value::Object(rest)) = row.fields.shift_remove("ext") {
        record.ext.extend(rest);
    }
    record.ext.extend(row.fields);
    Ok((record, row.problems))
}

/// Reads a state. A short word that is none is quoted, since that is how the column is found that it belongs to.
fn state(word: Option<String>) -> Result<State, String> {
    const KNOWN: &str = "active, suspended, expired, revoked, decommissioned, pending, unknown";
    let word = word.ok_or_else(|| format!("`state` is missing; known states: {KNOWN}"))?.to_lowercase();
    Ok(match word.as_str() {
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

/// The usual names of environments in one spelling.
fn environment(name: &str) -> String {
    match name.to_lowercase().as_str() {
        "production" | "prd" | "live" => "prod".to_owned(),
        "development" => "dev".to_owned(),
        "stage" | "stg" => "staging".to_owned(),
        "testing" => "test".to_owned(),
        other => other.to_owned(),
    }
}

/// A scalar as text; blank is absent.
fn scalar(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(_) | Value::Bool(_) => value.to_string(),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

/// The same of a value that is no longer needed: most texts have no blanks around them and need not be copied.
fn owned(value: Value) -> Option<String> {
    match value {
        Value::String(text) if text.trim().len() == text.len() => (!text.is_empty()).then_some(text),
        value => scalar(&value),
    }
}

fn workload(value: &Value) -> Option<Workload> {
    let field = |name: &str| value.get(name).and_then(scalar);
    let id = scalar(value).or_else(|| field("id")).or_else(|| field("name"))?;
    Some(Workload { kind: field("kind"), id, server: field("server"), state: field("state").map(|s| s.to_lowercase()) })
}

/// An object, `vault:kv/mcp/github#token`, or `repo#path`.
fn location(value: &Value) -> Option<DeclaredLocation> {
    let own = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    if let Some(text) = scalar(value) {
        const MANAGERS: [&str; 9] = ["vault", "op", "doppler", "aws", "gcp", "azure", "akeyless", "infisical", "bws"];
        let scheme = text.split_once(':').map(|(scheme, _)| scheme);
        if scheme.is_some_and(|scheme| MANAGERS.contains(&scheme)) {
            return Some(DeclaredLocation {
                kind: "secret_manager".into(),
                reference: own(&text),
                path: None,
                pointer: None,
            });
        }
        let (repo, rest) = text.split_once('#').unwrap_or(("", &text));
        let kind = if repo.is_empty() { "config" } else { "repo" };
        return Some(DeclaredLocation { kind: kind.into(), reference: own(repo), path: own(rest), pointer: None });
    }
    let field = |name: &str| value.get(name).and_then(scalar);
    let (reference, path) = (field("ref"), field("path"));
    if reference.is_none() && path.is_none() && field("pointer").is_none() && field("kind").is_none() {
        return None;
    }
    let kind = field("kind").unwrap_or_else(|| "config".to_owned()).to_lowercase();
    Some(DeclaredLocation { kind, reference, path, pointer: field("pointer") })
}

/// The fields not yet taken, and what was wrong with those that were.
struct Fields {
    fields: Map<String, Value>,
    problems: Vec<String>,
}

impl Fields {
    fn take(&mut self, name: &str) -> Option<Value> {
        self.fields.swap_remove(name)
    }

    fn text(&mut self, name: &str) -> Option<String> {
        let value = self.take(name)?;
        if value.is_object() || value.is_array() {
            self.problems.push(format!("`{name}` is not a text and was left out"));
        }
        owned(value)
    }

    /// A list, or one value in its place.
    fn list(&mut self, name: &str) -> Vec<Value> {
        match self.take(name) {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(values)) => values,
            Some(value) => vec![value],
        }
    }

    fn many<T>(&mut self, name: &str, read: impl Fn(&Value) -> Option<T>) -> Vec<T> {
        let values = self.list(name);
        let found: Vec<T> = values.iter().filter_map(read).collect();
        if found.len() < values.len() {
            self.problems.push(format!("an entry of `{name}` names nothing and was left out"));
        }
        found
    }

    fn texts(&mut self, name: &str) -> Vec<String> {
        self.many(name, scalar)
    }

    fn date(&mut self, name: &str) -> Option<Timestamp> {
        let value = self.take(name);
        dates::past(value.as_ref()).unwrap_or_else(|NotADate| {
            self.problems.push(not_a_date(name));
            None
        })
    }

    fn expiry(&mut self) -> Expiry {
        let value = self.take("expires_at");
        dates::expiry(value.as_ref()).unwrap_or_else(|NotADate| {
            self.problems.push(not_a_date("expires_at"));
            Expiry::Unknown
        })
    }

    fn owner(&mut self) -> Option<Owner> {
        const KINDS: [&str; 5] = ["team", "person", "service", "vendor", "unknown"];
        let value = self.take("owner")?;
        let field = |name: &str| value.get(name).and_then(scalar);
        let id = scalar(&value).or_else(|| field("id"))?;
        let kind = field("kind").map(|kind| kind.to_lowercase());
        // `team:iam-platform` is how policies write an owner.
        let (kind, id) = match (kind, id.split_once(':')) {
            (None, Some((word, rest))) if KINDS.contains(&word) => (word.to_owned(), rest.trim().to_owned()),
            (kind, _) => (kind.unwrap_or_else(|| "unknown".to_owned()), id),
        };
        Some(Owner { kind: kind.into(), id: id.into(), contact: field("contact") })
    }

    /// Days between rotations, and whether they happen by themselves.
    fn rotation(&mut self) -> (Option<u32>, Option<bool>) {
        let Some(value) = self.take("rotation") else { return (None, None) };
        let days = value.get("max_age_days").and_then(scalar);
        let parsed = days.as_ref().map(|days| days.parse::<u32>());
        if matches!(parsed, Some(Err(_))) {
            self.problems.push("`max_age_days` is not a number of days and was left out".to_owned());
        }
        let automatic = value.get("automatic").and_then(scalar).map(|word| is_true(&word));
        (parsed.and_then(Result::ok), automatic)
    }

    fn is_static(&mut self) -> Option<bool> {
        match self.text("static")?.to_lowercase().as_str() {
            "dynamic" => Some(false),
            "static" => Some(true),
            "unknown" => None,
            word => Some(is_true(word)),
        }
    }
}

fn is_true(word: &str) -> bool {
    matches!(word.to_lowercase().as_str(), "true" | "yes" | "1")
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
        record(fields, "inv.jsonl", 3)
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
            "locations": ["infra/agents#.mcp.json", "vault:kv/a#b", {"kind": "repo", "path": "x"}],
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
        assert_eq!(record.locations[0].path.as_deref(), Some(".mcp.json"));
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
