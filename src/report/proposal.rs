//! Draft records for credentials that no row stands for, made of a report, for the identity team to approve.

use serde_json::{Map, Value, json};

use super::suggestion::Suggestions;
use super::{Credential, Report, csv};
use crate::report::Occurrence;

/// Columns of the CSV form, which `--inventory` reads back.
const COLUMNS: [&str; 20] = [
    "id",
    "name",
    "state",
    "kind",
    "issuer",
    "provider_type",
    "system",
    "purpose",
    "owner",
    "owner_kind",
    "environment",
    "workload",
    "workload_kind",
    "server",
    "expires_at",
    "locations",
    "match",
    "keytrawl_id",
    "owner_suggested_by",
    "principals",
];

/// The drafts in order of id: state `pending`, so that nothing is taken for approved.
#[must_use]
pub fn drafts(report: &Report, suggestions: &Suggestions) -> Vec<Value> {
    let mut drafts: Vec<Value> = report
        .credentials
        .iter()
        .filter(|credential| {
            matches!(credential.standing.status.as_str(), "unregistered" | "not-covered" | "unchecked")
        })
        .map(|credential| draft(credential, suggestions))
        .collect();
    drafts.sort_by_key(|draft| draft["id"].to_string());
    drafts
}

fn draft(credential: &Credential, suggestions: &Suggestions) -> Value {
    let mut line = Map::new();
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            line.insert(name.to_owned(), value);
        }
    };
    let first = |of: fn(&Occurrence) -> Option<&String>| credential.occurrences.iter().find_map(of);
    let server = first(|at| at.server.as_ref());
    let client = first(|at| at.client.as_ref());
    let variable = first(|at| at.variable.as_ref());
    let name: Vec<&str> = server.into_iter().chain(variable).map(String::as_str).collect();
    put("id", Some(format!("proposed-{}", &credential.id.get(..16).unwrap_or(&credential.id)).into()));
    put("state", Some("pending".into()));
    put("kind", Some(credential.kind.as_str().into()));
    put("issuer", Some(credential.issuer.as_deref().unwrap_or("unknown").into()));
    put("provider_type", Some(credential.detector.as_str().into()));
    put("name", (!name.is_empty()).then(|| name.join(" ").into()));
    put("system", server.map(|server| server.as_str().into()));
    let owner = suggestions.of(credential);
    put(
        "owner",
        owner.as_ref().map(|(owner, _)| {
            let (kind, id) = owner.split_once(':').unwrap_or(("unknown", owner));
            json!({ "kind": kind, "id": id })
        }),
    );
    put("environment", first(|at| at.environment.as_ref()).map(|name| name.as_str().into()));
    put(
        "workload",
        server.map(|server| {
            let id = client.map_or_else(|| server.clone(), |client| format!("{client}/{server}"));
            json!({ "kind": "mcp_server", "id": id, "server": server })
        }),
    );
    put("expires_at", credential.facts.get("expires_at").map(|at| at.as_str().into()));
    put("locations", Some(credential.occurrences.iter().map(place).collect()));
    let keys: Vec<Value> = credential.keys.iter().map(|key| json!({ "alg": key.alg, "value": key.value })).collect();
    put("match", (!keys.is_empty()).then(|| keys.into()));
    let mut rest = Map::new();
    // Not `credential`: what is called so and looks like one is dropped when the draft is read.
    rest.insert("keytrawl_id".to_owned(), credential.id.as_str().into());
    if let Some((_, by)) = owner {
        rest.insert("owner_suggested_by".to_owned(), (*by).into());
    }
    let principals: Map<String, Value> = credential
        .facts
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "expires_at" | "key_id"))
        .map(|(name, value)| (name.clone(), value.as_str().into()))
        .collect();
    if !principals.is_empty() {
        rest.insert("principals".to_owned(), principals.into());
    }
    put("ext", Some(rest.into()));
    Value::Object(line)
}

fn place(at: &Occurrence) -> Value {
    let kind = match at.place.as_str() {
        "repo" => "repo",
        "env" => "env",
        _ => "config",
    };
    let mut place = json!({ "kind": kind, "path": at.path });
    if at.asset != "host" {
        place["ref"] = at.asset.as_str().into();
    }
    if let Some(pointer) = &at.pointer {
        place["pointer"] = pointer.as_str().into();
    }
    place
}

/// Writes drafts as JSON Lines. The header claims nothing: a draft says what there is, not that this is all.
///
/// # Errors
///
/// Where `out` cannot be written to.
pub fn jsonl(drafts: &[Value], out: &mut dyn std::io::Write) -> std::io::Result<()> {
    writeln!(out, "{}", json!({ "schema": "nhi-inventory/1", "complete": false, "scope": [] }))?;
    drafts.iter().try_for_each(|draft| writeln!(out, "{draft}"))
}

/// Writes drafts as CSV.
///
/// # Errors
///
/// Where `out` cannot be written to.
pub fn table(drafts: &[Value], out: &mut dyn std::io::Write) -> std::io::Result<()> {
    csv::line(out, &COLUMNS)?;
    for draft in drafts {
        let text = |value: &Value| value.as_str().map_or_else(String::new, str::to_owned);
        let list = |value: &Value, each: &dyn Fn(&Value) -> String| {
            value.as_array().map_or_else(String::new, |values| values.iter().map(each).collect::<Vec<_>>().join("|"))
        };
        let cells: Vec<String> = COLUMNS
            .iter()
            .map(|column| match *column {
                "owner" => text(&draft["owner"]["id"]),
                "owner_kind" => text(&draft["owner"]["kind"]),
                "workload" => text(&draft["workload"]["id"]),
                "workload_kind" => text(&draft["workload"]["kind"]),
                "server" => text(&draft["workload"]["server"]),
                "locations" => {
                    list(&draft["locations"], &|place| format!("{}#{}", text(&place["ref"]), text(&place["path"])))
                }
                "match" => list(&draft["match"], &|key| format!("{}:{}", text(&key["alg"]), text(&key["value"]))),
                "keytrawl_id" => text(&draft["ext"]["keytrawl_id"]),
                "owner_suggested_by" => text(&draft["ext"]["owner_suggested_by"]),
                "principals" => match &draft["ext"]["principals"] {
                    Value::Null => String::new(),
                    principals => principals.to_string(),
                },
                name => text(&draft[name]),
            })
            .collect();
        csv::line(out, &cells.iter().map(String::as_str).collect::<Vec<_>>())?;
    }
    Ok(())
}
