//! Flat columns, of a spreadsheet or a mapping, gathered into the nested fields of the canonical form.

use std::borrow::Cow;

use super::cell::{Cell, Fields};

/// Gathers flat columns into nested fields. Lists may be lists or `|`-separated texts.
pub(super) fn canonical(mut flat: Fields<'_>) -> Fields<'_> {
    let mut take = |name: &str| flat.take(name);
    let (owner, owner_kind, contact) = (take("owner"), take("owner_kind"), take("owner_contact"));
    let (workload, kind, server, state) =
        (take("workload"), take("workload_kind"), take("server"), take("workload_state"));
    let (max_age, automatic) = (take("max_age_days"), take("automatic"));

    match (owner, owner_kind, contact) {
        (Some(owner), None, None) => flat.insert("owner", owner),
        (Some(id), kind, contact) => {
            flat.insert("owner", object([("id", Some(id)), ("kind", kind), ("contact", contact)]));
        }
        (None, _, _) => {}
    }
    if let Some(ids) = workload {
        let each = |id| {
            let (kind, server, state) = (kind.clone(), server.clone(), state.clone());
            object([("id", Some(id)), ("kind", kind), ("server", server), ("state", state)])
        };
        flat.insert("workload", Cell::List(list(ids).into_iter().map(each).collect()));
    }
    if max_age.is_some() || automatic.is_some() {
        flat.insert("rotation", object([("max_age_days", max_age), ("automatic", automatic)]));
    }
    for name in ["scopes", "observed_scopes", "servers", "locations", "match"] {
        if let Some(cell) = flat.take(name) {
            flat.insert(name, Cell::List(list(cell)));
        }
    }
    flat
}

/// An object of the fields that there are.
fn object<'t, const N: usize>(fields: [(&'static str, Option<Cell<'t>>); N]) -> Cell<'t> {
    let fields = fields.into_iter().filter_map(|(name, cell)| Some((Cow::Borrowed(name), cell?)));
    Cell::Object(fields.collect())
}

/// The elements of a list, or the parts of a `|`-separated cell.
fn list(cell: Cell<'_>) -> Vec<Cell<'_>> {
    fn parts(text: &str) -> impl Iterator<Item = &str> {
        text.split('|').map(str::trim).filter(|part| !part.is_empty())
    }
    match cell {
        Cell::List(cells) => cells,
        Cell::Text(Cow::Borrowed(text)) => parts(text).map(Cell::text).collect(),
        Cell::Text(Cow::Owned(text)) => parts(&text).map(|part| Cell::Text(Cow::Owned(part.to_owned()))).collect(),
        Cell::Null => Vec::new(),
        cell => vec![cell],
    }
}
