//! How one field of a record is had from a row: a column, a template, the first of several; then cut, decoded, mapped.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_PAD_INDIFFERENT as BASE64;
use serde_json::{Map, Value};
use toml::Spanned;

use super::column::{Column, text};
use crate::mistyped::{Complaint, nearest};

/// How deep `first_of` may be nested; more than one level is already odd.
const DEEPEST: usize = 4;

/// Keys of a specification.
const KEYS: [&str; 8] = ["column", "template", "first_of", "tag", "after", "before", "map", "enc"];

/// Where a value comes from and what is done to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spec {
    from: From,
    after: Option<String>,
    before: Option<String>,
    base64: bool,
    map: Option<BTreeMap<String, String>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum From {
    Column(Column),
    /// Fixed text and columns in turn; absent where one of them is.
    Template(Vec<Piece>),
    FirstOf(Vec<Spec>),
    /// The value of one name in a list of `{Key, Value}`, or in an object.
    Tag(Column, String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Fixed(String),
    Column(Column),
}

impl Spec {
    /// Reads `"/pointer"`, or a table.
    pub(super) fn parse(written: &Spanned<toml::Value>) -> Result<Self, Complaint> {
        parse(written.get_ref(), written.span().start, 0)
    }

    /// Reads a table from which keys of another purpose have been taken.
    pub(super) fn of_table(table: &toml::Table, at: usize) -> Result<Self, Complaint> {
        parse(&toml::Value::Table(table.clone()), at, 0)
    }

    /// The value for a row; `null` where the row says `null`, `None` where it says nothing.
    pub(super) fn value(&self, row: &Map<String, Value>) -> Option<Value> {
        let value = match &self.from {
            From::Column(column) => column.get(row).cloned(),
            From::Template(pieces) => filled(pieces, row).map(Value::from),
            From::FirstOf(specs) => {
                let mut said_null = None;
                let found = specs.iter().filter_map(|spec| spec.value(row)).find(|value| match value {
                    Value::Null => {
                        said_null = Some(Value::Null);
                        false
                    }
                    Value::String(text) => !text.trim().is_empty(),
                    _ => true,
                });
                found.or(said_null)
            }
            From::Tag(column, name) => tagged(column.get(row)?, name),
        }?;
        if value.is_null() {
            return match self.map.as_ref().and_then(|map| map.get("null")) {
                Some(word) => Some(Value::from(word.as_str())),
                None => Some(value),
            };
        }
        self.changed(value)
    }

    /// As text, where it is one.
    pub(super) fn text(&self, row: &Map<String, Value>) -> Option<String> {
        text(&self.value(row)?)
    }

    /// Columns that it reads.
    pub(super) fn columns<'s>(&'s self, into: &mut Vec<&'s Column>) {
        match &self.from {
            From::Column(column) | From::Tag(column, _) => into.push(column),
            From::Template(pieces) => into.extend(pieces.iter().filter_map(|piece| match piece {
                Piece::Column(column) => Some(column),
                Piece::Fixed(_) => None,
            })),
            From::FirstOf(specs) => specs.iter().for_each(|spec| spec.columns(into)),
        }
    }

    /// Whether it maps words, so that a word it does not know is worth telling.
    pub(super) const fn maps(&self) -> bool {
        self.map.is_some()
    }

    /// Whether what it reads is there at all, whatever becomes of it.
    pub(super) fn is_stated(&self, row: &Map<String, Value>) -> bool {
        let mut columns = Vec::new();
        self.columns(&mut columns);
        columns.iter().any(|column| column.get(row).is_some_and(|value| text(value).is_some()))
    }

    fn changed(&self, value: Value) -> Option<Value> {
        if self.after.is_none() && self.before.is_none() && !self.base64 && self.map.is_none() {
            return Some(value);
        }
        if let Value::Array(values) = value {
            return Some(values.into_iter().filter_map(|value| self.changed(value)).collect());
        }
        let mut word = text(&value)?;
        if self.base64 {
            word = String::from_utf8(BASE64.decode(word).ok()?).ok()?.trim().to_owned();
        }
        if let Some(mark) = &self.after {
            word = word.rsplit_once(mark.as_str())?.1.to_owned();
        }
        if let Some(mark) = &self.before {
            word = word.split_once(mark.as_str()).map_or(word.clone(), |(head, _)| head.to_owned());
        }
        let Some(map) = &self.map else { return Some(Value::from(word)) };
        let meant = map.get(&word).or_else(|| map.get("*"))?;
        Some(Value::from(if meant == "*" { word.as_str() } else { meant.as_str() }))
    }
}

fn filled(pieces: &[Piece], row: &Map<String, Value>) -> Option<String> {
    let mut whole = String::new();
    for piece in pieces {
        match piece {
            Piece::Fixed(part) => whole.push_str(part),
            Piece::Column(column) => whole.push_str(&text(column.get(row)?)?),
        }
    }
    Some(whole)
}

fn tagged(tags: &Value, name: &str) -> Option<Value> {
    let same = |word: &str| word.eq_ignore_ascii_case(name);
    match tags {
        Value::Object(fields) => fields.iter().find(|(key, _)| same(key)).map(|(_, value)| value.clone()),
        Value::Array(entries) => entries.iter().find_map(|entry| {
            let field = |names: [&str; 2]| names.iter().find_map(|name| entry.get(*name));
            let key = field(["Key", "key"]).or_else(|| entry.get("name"))?.as_str()?;
            if same(key) { field(["Value", "value"]).cloned() } else { None }
        }),
        _ => None,
    }
}

fn parse(written: &toml::Value, at: usize, depth: usize) -> Result<Spec, Complaint> {
    const HINT: &str = "write a pointer or column, or a table with `column`, `template`, `first_of` or `tag`";
    let bad = |message: &str| Complaint::new(at, message, HINT);
    let plain = |from| Spec { from, after: None, before: None, base64: false, map: None };
    let table = match written {
        toml::Value::String(column) if !column.trim().is_empty() => {
            return Ok(plain(From::Column(Column::parse(column))));
        }
        toml::Value::Table(table) => table,
        _ => return Err(bad("this names no column")),
    };
    if let Some(odd) = table.keys().find(|key| !KEYS.contains(&key.as_str())) {
        let hint = nearest(odd, KEYS)
            .map_or_else(|| format!("known: {}", KEYS.join(", ")), |near| format!("did you mean `{near}`?"));
        return Err(Complaint::new(at, format!("unknown key `{}`", crate::mistyped::without_values(odd)), hint));
    }
    let word = |name: &str| match table.get(name) {
        None => Ok(None),
        Some(toml::Value::String(word)) if !word.is_empty() => Ok(Some(word.clone())),
        Some(_) => Err(Complaint::new(at, format!("`{name}` is not a text"), HINT)),
    };
    let column = word("column")?.map(|column| Column::parse(&column));
    let from = match (column, word("template")?, table.get("first_of"), word("tag")?) {
        (Some(column), None, None, Some(tag)) => From::Tag(column, tag),
        (Some(column), None, None, None) => From::Column(column),
        (None, Some(template), None, None) => From::Template(pieces(&template, at)?),
        (None, None, Some(toml::Value::Array(specs)), None) if depth < DEEPEST && !specs.is_empty() => {
            From::FirstOf(specs.iter().map(|spec| parse(spec, at, depth + 1)).collect::<Result<_, _>>()?)
        }
        _ => return Err(bad("a field comes from exactly one of `column`, `template` and `first_of`")),
    };
    let base64 = match word("enc")?.as_deref() {
        None => false,
        Some("base64") => true,
        Some(_) => return Err(Complaint::new(at, "`enc` of a field is unknown", "known: base64")),
    };
    let map = match table.get("map") {
        None => None,
        Some(toml::Value::Table(map)) => {
            let pairs = map.iter().map(|(from, to)| Some((from.clone(), to.as_str()?.to_owned())));
            Some(pairs.collect::<Option<_>>().ok_or_else(|| bad("`map` maps words to words"))?)
        }
        Some(_) => return Err(bad("`map` is not a table of words")),
    };
    Ok(Spec { from, after: word("after")?, before: word("before")?, base64, map })
}

/// `aws:{/AccessKeyId}` in pieces.
fn pieces(template: &str, at: usize) -> Result<Vec<Piece>, Complaint> {
    let mut pieces = Vec::new();
    let mut rest = template;
    while let Some((head, tail)) = rest.split_once('{') {
        let Some((column, behind)) = tail.split_once('}') else {
            return Err(Complaint::new(
                at,
                "the template has a `{` that is not closed",
                "write columns as `{/pointer}`",
            ));
        };
        if !head.is_empty() {
            pieces.push(Piece::Fixed(head.to_owned()));
        }
        pieces.push(Piece::Column(Column::parse(column)));
        rest = behind;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Fixed(rest.to_owned()));
    }
    Ok(pieces)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn value(spec: &str, row: &Value) -> Option<Value> {
        let table: toml::Table = format!("x = {spec}").parse().unwrap();
        parse(&table["x"], 0, 0).unwrap().value(row.as_object().unwrap())
    }

    #[test]
    fn each_way_of_having_a_field_reads_as_it_is_documented() {
        let row = json!({"id": 7, "status": "Active", "name": "projects/p/keys/abc", "none": null, "blank": " ",
            "tags": [{"Key": "Owner", "Value": "iam"}], "labels": {"team": "x"}, "b": "aGVsbG8=", "list": ["a/1", "b/2"]});
        for (spec, expected) in [
            ("'/id'", Some(json!(7))),
            ("{ column = '/status', map = { Active = 'active' } }", Some(json!("active"))),
            ("{ column = '/status', map = { Inactive = 'suspended' } }", None),
            ("{ column = '/status', map = { '*' = 'unknown' } }", Some(json!("unknown"))),
            ("{ column = '/status', map = { '*' = '*' } }", Some(json!("Active"))),
            ("{ template = 'x:{/id}-{/status}' }", Some(json!("x:7-Active"))),
            ("{ template = 'x:{/missing}' }", None),
            ("{ first_of = ['/missing', '/none', '/blank', '/status'] }", Some(json!("Active"))),
            ("{ first_of = ['/missing', '/none'] }", Some(json!(null))),
            ("{ column = '/name', after = '/keys/' }", Some(json!("abc"))),
            ("{ column = '/name', after = 'projects/', before = '/' }", Some(json!("p"))),
            ("{ column = '/tags', tag = 'owner' }", Some(json!("iam"))),
            ("{ column = '/labels', tag = 'team' }", Some(json!("x"))),
            ("{ column = '/b', enc = 'base64' }", Some(json!("hello"))),
            ("{ column = '/list', after = '/' }", Some(json!(["1", "2"]))),
        ] {
            assert_eq!(value(spec, &row), expected, "{spec}");
        }
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for (spec, message) in [
            ("{ colum = '/a' }", "unknown key `colum`"),
            ("{ column = '/a', template = 'x' }", "exactly one of"),
            ("{ template = 'x{/a' }", "not closed"),
            ("{ map = {} }", "exactly one of"),
            ("7", "names no column"),
            ("{ column = '/a', enc = 'rot13' }", "`enc`"),
        ] {
            let table: toml::Table = format!("x = {spec}").parse().unwrap();
            let complaint = parse(&table["x"], 0, 0).unwrap_err();
            assert!(complaint.message.contains(message), "{spec}: {}", complaint.message);
        }
    }
}
