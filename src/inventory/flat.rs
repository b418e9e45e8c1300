//! Flat columns, of a spreadsheet or a mapping, gathered into the nested fields of the canonical form.

use serde_json::{Map, Value, json};

/// Gathers flat columns into nested fields. Lists may be lists or `|`-separated texts.
pub(super) fn canonical(mut flat: Map<String, Value>) -> Map<String, Value> {
    let mut take = |name: &str| flat.shift_remove(name);
    let (owner, owner_kind, contact) = (take("owner"), take("owner_kind"), take("owner_contact"));
    let (workload, kind, server, state) =
        (take("workload"), take("workload_kind"), take("server"), take("workload_state"));
    let (max_age, automatic) = (take("max_age_days"), take("automatic"));
    let (locations, keys) = (take("locations"), take("match"));

    match (owner, owner_kind, contact) {
        (Some(owner), None, None) => drop(flat.insert("owner".to_owned(), owner)),
        (Some(id), kind, contact) => {
            drop(flat.insert("owner".to_owned(), json!({ "id": id, "kind": kind, "contact": contact })));
        }
        (None, _, _) => {}
    }
    if let Some(ids) = workload {
        let each = list(ids).map(|id| json!({ "id": id, "kind": kind, "server": server, "state": state }));
        flat.insert("workload".to_owned(), each.collect());
    }
    if max_age.is_some() || automatic.is_some() {
        flat.insert("rotation".to_owned(), json!({ "max_age_days": max_age, "automatic": automatic }));
    }
    for name in ["scopes", "observed_scopes", "servers"] {
        if let Some(cell) = flat.get_mut(name) {
            *cell = list(cell.take()).collect();
        }
    }
    for (name, value) in [("locations", locations), ("match", keys)] {
        if let Some(value) = value {
            flat.insert(name.to_owned(), list(value).collect());
        }
    }
    flat
}

/// The elements of a list, or the parts of a `|`-separated cell.
fn list(cell: Value) -> impl Iterator<Item = Value> {
    let values = match cell {
        Value::Array(values) => values,
        Value::String(text) => {
            text.split('|').map(str::trim).filter(|part| !part.is_empty()).map(Value::from).collect()
        }
        Value::Null => Vec::new(),
        value => vec![value],
    };
    values.into_iter()
}
