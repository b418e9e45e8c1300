//! Writes an inventory in its canonical form: `nhi-inventory/1` as JSON Lines, in order of issuer and id.

use std::io::{self, Write};

use serde_json::{Map, Value, json};

use super::digest::to_hex;
use super::header::SCHEMA;
use super::record::{DeclaredLocation, Expiry, Key, Owner, Record, Workload};
use super::{Entity, Inventory, Word};

/// Writes header, records and sibling tables. Equal inventories give equal bytes, whatever the order of their rows.
///
/// # Errors
///
/// Where `out` cannot be written to.
pub fn write(inventory: &Inventory, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", header(inventory))?;
    let mut records: Vec<&Record> = inventory.records.iter().collect();
    records.sort_by(|a, b| (&a.issuer, &a.id, &a.file, a.line).cmp(&(&b.issuer, &b.id, &b.file, b.line)));
    for record in records {
        writeln!(out, "{}", line(record))?;
    }
    let tables = &inventory.tables;
    for (name, rows) in [
        ("workload", &tables.workloads),
        ("person", &tables.people),
        ("team", &tables.teams),
        ("system", &tables.systems),
    ] {
        for entity in rows.iter().flat_map(|rows| rows.values()) {
            writeln!(out, "{}", entity_line(name, entity))?;
        }
    }
    Ok(())
}

/// What the files say of themselves together: the oldest date, all that they cover.
fn header(inventory: &Inventory) -> Value {
    let mut header = Map::new();
    header.insert("schema".to_owned(), SCHEMA.into());
    if let Some(at) = inventory.exported_at() {
        header.insert("exported_at".to_owned(), at.to_string().into());
    }
    let exports = || inventory.exports.iter().filter(|export| export.records > 0);
    let headers = || exports().flat_map(|export| &export.headers);
    let covers_all = exports().any(|export| export.headers.is_empty())
        || headers().any(|header| header.scope.is_none() && header.complete != Some(false));
    let mut scope: Vec<&str> = headers().flat_map(|header| header.scope.iter().flatten().map(String::as_str)).collect();
    scope.sort_unstable();
    scope.dedup();
    if covers_all {
        header.insert("complete".to_owned(), true.into());
    } else {
        header.insert("scope".to_owned(), scope.into());
    }
    let mut checks: Vec<(&String, &[u8; 32])> =
        headers().filter_map(|header| header.key_id.as_ref().zip(header.key_check.as_ref())).collect();
    checks.dedup();
    if let [(id, check)] = checks.as_slice() {
        header.insert("key_id".to_owned(), id.as_str().into());
        header.insert("key_check".to_owned(), format!("hex:{}", to_hex(*check)).into());
    }
    Value::Object(header)
}

/// A record as one JSON object, fields in the order of the contract, absent ones left out.
#[must_use]
pub fn line(record: &Record) -> Value {
    let mut line = Map::new();
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            line.insert(name.to_owned(), value);
        }
    };
    let word = |word: &Option<Word>| word.as_deref().map(Value::from);
    let at = |at: &Option<jiff::Timestamp>| at.map(|at| Value::from(at.to_string()));
    let list = |list: &[Word]| (!list.is_empty()).then(|| list.iter().map(Word::as_str).collect());
    put("id", Some(record.id.as_str().into()));
    put("state", Some(record.state.as_str().into()));
    put("kind", Some(record.kind.as_str().into()));
    put("issuer", Some(record.issuer.as_str().into()));
    put("provider_type", word(&record.provider_type));
    put("name", record.name.as_deref().map(Value::from));
    put("system", word(&record.system));
    put("purpose", word(&record.purpose));
    put("owner", record.owner.as_ref().map(owner));
    put("team", word(&record.team));
    put(
        "workload",
        match record.workloads.as_slice() {
            [] => None,
            [one] => Some(workload(one)),
            several => Some(several.iter().map(workload).collect()),
        },
    );
    put("environment", word(&record.environment));
    put("scopes", list(&record.scopes));
    put("observed_scopes", list(&record.observed_scopes));
    put("created_at", at(&record.created_at));
    put("rotated_at", at(&record.rotated_at));
    put(
        "expires_at",
        match record.expires_at {
            Expiry::Unknown => None,
            Expiry::Never => Some(Value::Null),
            Expiry::At(at) => Some(at.to_string().into()),
        },
    );
    put("last_used_at", if record.is_never_used() { Some(Value::Null) } else { at(&record.last_used_at) });
    put("revoked_at", at(&record.revoked_at));
    put("decommissioned_at", at(&record.decommissioned_at));
    let mut rotation = Map::new();
    rotation.extend(record.max_age_days.map(|days| ("max_age_days".to_owned(), days.into())));
    rotation.extend(record.is_rotated_automatically.map(|automatic| ("automatic".to_owned(), automatic.into())));
    put("rotation", (!rotation.is_empty()).then(|| rotation.into()));
    put("static", record.is_static.map(Value::from));
    put("locations", (!record.locations.is_empty()).then(|| record.locations.iter().map(location).collect()));
    put("match", (!record.keys.is_empty()).then(|| record.keys.iter().map(key).collect()));
    put("sensitivity", word(&record.sensitivity));
    put("source", record.ext.get("source").cloned());
    let rest = record.ext.iter().filter(|(name, _)| !matches!(name.as_str(), super::row::NEVER_USED | "source"));
    let rest: Map<String, Value> = rest.map(|(name, value)| (name.clone(), value.clone())).collect();
    if !rest.is_empty() {
        put("ext", Some(rest.into()));
    }
    Value::Object(line)
}

fn owner(owner: &Owner) -> Value {
    let mut fields = json!({ "kind": owner.kind.as_str(), "id": owner.id.as_str() });
    if let Some(contact) = &owner.contact {
        fields["contact"] = contact.as_str().into();
    }
    fields
}

fn workload(workload: &Workload) -> Value {
    let mut fields = Map::new();
    for (name, value) in [
        ("kind", workload.kind.as_deref()),
        ("id", Some(&*workload.id)),
        ("server", workload.server.as_deref()),
        ("state", workload.state.as_deref()),
    ] {
        if let Some(value) = value {
            fields.insert(name.to_owned(), value.into());
        }
    }
    Value::Object(fields)
}

fn location(place: &DeclaredLocation) -> Value {
    let mut fields = Map::new();
    for (name, value) in [
        ("kind", Some(place.kind.as_str())),
        ("ref", place.reference.as_deref()),
        ("path", place.path.as_deref()),
        ("pointer", place.pointer.as_deref()),
    ] {
        if let Some(value) = value {
            fields.insert(name.to_owned(), value.into());
        }
    }
    Value::Object(fields)
}

/// A match key as an entry of `match`.
#[must_use]
pub fn key(key: &Key) -> Value {
    let digest = |alg: &str, digest: &[u8; 32]| json!({ "alg": alg, "value": format!("hex:{}", to_hex(digest)) });
    match key {
        Key::Hmac { key_id, digest: bytes } => {
            let mut entry = digest("hmac-sha256", bytes);
            if let Some(id) = key_id {
                entry["key_id"] = id.as_str().into();
            }
            entry
        }
        Key::Sha256(bytes) => digest("sha256", bytes),
        Key::Hmsl(bytes) => digest("hmsl", bytes),
        Key::KeyId(id) => json!({ "alg": "key_id", "value": id }),
        Key::Last8(tail) => json!({ "alg": "last8", "value": tail }),
        Key::Hint { prefix, suffix } => json!({ "alg": "hint", "prefix": prefix, "suffix": suffix }),
        Key::Principal(id) => json!({ "alg": "principal", "value": id }),
    }
}

fn entity_line(table: &str, entity: &Entity) -> Value {
    let mut line = Map::new();
    line.insert("table".to_owned(), table.into());
    line.insert("id".to_owned(), entity.id.as_str().into());
    if let Some(state) = &entity.state {
        line.insert("state".to_owned(), state.as_str().into());
    }
    if !entity.servers.is_empty() {
        line.insert("servers".to_owned(), entity.servers.as_slice().into());
    }
    if let Some(team) = &entity.team {
        line.insert("team".to_owned(), team.as_str().into());
    }
    if !entity.names.is_empty() {
        line.insert("names".to_owned(), entity.names.as_slice().into());
    }
    Value::Object(line)
}
