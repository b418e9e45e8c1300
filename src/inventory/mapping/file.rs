//! The mapping file as it is written, and what it means; everything that can be wrong with it is found here.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::column::Column;
use super::error::MappingError;
use super::join::Join;
use super::key::KeyRule;
use super::spec::Spec;
use super::{Format, Rule, When};
use crate::mistyped::{Complaint, line_of, nearest};

/// What a field of a record may be called in a mapping: the columns of the CSV form, some under a second name.
pub(super) const TARGETS: [&str; 37] = [
    "automatic",
    "created_at",
    "decommissioned_at",
    "environment",
    "expires_at",
    "id",
    "issuer",
    "kind",
    "last_used_at",
    "locations",
    "max_age_days",
    "name",
    "observed_scopes",
    "owner",
    "owner_contact",
    "owner_id",
    "owner_kind",
    "provider_type",
    "purpose",
    "revoked_at",
    "rotated_at",
    "rotation",
    "scopes",
    "sensitivity",
    "server",
    "source",
    "state",
    "static",
    "system",
    "team",
    "workload",
    "workload_id",
    "workload_kind",
    "workload_server",
    "workload_state",
    "description",
    "match",
];

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: Spanned<i64>,
    #[serde(default)]
    source: Vec<Spanned<Source>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Source {
    name: Spanned<String>,
    /// What to export and how; for people.
    #[serde(rename = "export")]
    _export: Option<String>,
    /// The vendor's page; for people.
    #[serde(rename = "documentation")]
    _documentation: Option<String>,
    format: Option<Spanned<String>>,
    #[serde(default)]
    rows: String,
    each: Option<Spanned<String>>,
    scope: Option<Vec<String>>,
    when: Option<Spanned<Condition>>,
    #[serde(default)]
    defaults: BTreeMap<String, Spanned<toml::Value>>,
    #[serde(default)]
    fields: BTreeMap<String, Spanned<toml::Value>>,
    #[serde(default, rename = "match")]
    keys: Vec<Spanned<toml::Table>>,
    #[serde(default)]
    join: Vec<Spanned<JoinFile>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Condition {
    column: String,
    is: Option<Vec<String>>,
    not: Option<Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct JoinFile {
    file: Spanned<String>,
    format: Option<Spanned<String>>,
    #[serde(default)]
    rows: String,
    #[serde(default)]
    optional: bool,
    left: Spanned<toml::Value>,
    right: Spanned<toml::Value>,
    #[serde(default)]
    fields: BTreeMap<String, Spanned<toml::Value>>,
    #[serde(default, rename = "match")]
    keys: Vec<Spanned<toml::Table>>,
}

/// Reads the rules of a mapping file, in order, each with its name.
pub(super) fn parse(path: &str, text: &str) -> Result<Vec<(String, Rule)>, MappingError> {
    let toml = |error| Complaint::from_toml(&error, "docs/inventory.md describes the language");
    let file = toml::from_str(text).map_err(toml).and_then(|file| meant(file, path, text));
    file.map_err(|complaint| MappingError::invalid(complaint, path, text))
}

fn meant(file: File, path: &str, text: &str) -> Result<Vec<(String, Rule)>, Complaint> {
    if *file.version.get_ref() != 1 {
        let at = file.version.span().start;
        return Err(Complaint::new(at, "this version of the mapping format is not known", "write `version = 1`"));
    }
    if file.source.is_empty() {
        return Err(Complaint::new(0, "the mapping describes no source", "add a `[[source]]`"));
    }
    file.source.into_iter().map(|source| rule(source, path, text)).collect()
}

fn rule(written: Spanned<Source>, path: &str, text: &str) -> Result<(String, Rule), Complaint> {
    let at = written.span().start;
    let written = written.into_inner();
    let name = written.name.get_ref().trim().to_owned();
    let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    if !is_name {
        let hint = "a source is named in letters, digits, `-` and `_`: `--inventory NAME=FILE`";
        return Err(Complaint::new(written.name.span().start, "this is no name for a source", hint));
    }
    if super::super::Table::named(&name).is_some() {
        let message = format!("`{name}` is the name of a table");
        return Err(Complaint::new(written.name.span().start, message, "choose another name for the source"));
    }
    let fields = specs(written.fields)?;
    let defaults = defaults(written.defaults)?;
    for required in ["id", "kind", "issuer"] {
        if !fields.iter().any(|(target, _)| target == required) && !defaults.contains_key(required) {
            let message = format!("source `{name}` does not say how `{required}` is had");
            let hint = format!("every record needs it: add `{required}` to [source.fields] or [source.defaults]");
            return Err(Complaint::new(at, message, hint));
        }
    }
    let scope = match written.scope {
        Some(scope) => Some(scope.iter().map(|issuer| issuer.trim().to_lowercase()).collect()),
        None => defaults.get("issuer").map(|issuer| vec![issuer.to_lowercase()]),
    };
    let rule = Rule {
        format: format(written.format)?,
        rows: Column::parse(&written.rows),
        each: written.each.map(|each| Column::parse(each.get_ref())),
        when: written.when.map(when).transpose()?,
        scope,
        defaults,
        fields,
        keys: written.keys.into_iter().map(key).collect::<Result<_, _>>()?,
        joins: written.join.into_iter().map(|join| joined(join, path, text)).collect::<Result<_, _>>()?,
    };
    Ok((name, rule))
}

fn when(written: Spanned<Condition>) -> Result<When, Complaint> {
    let at = written.span().start;
    let written = written.into_inner();
    if written.is.is_none() == written.not.is_none() {
        return Err(Complaint::new(
            at,
            "a condition has one of `is` and `not`",
            "list the words that the column may hold, or may not",
        ));
    }
    Ok(When {
        column: Column::parse(&written.column),
        wanted: written.is.is_some(),
        words: written.is.or(written.not).unwrap_or_default(),
    })
}

fn specs(written: BTreeMap<String, Spanned<toml::Value>>) -> Result<Vec<(String, Spec)>, Complaint> {
    written.into_iter().map(|(target, value)| Ok((known(target, value.span().start)?, Spec::parse(&value)?))).collect()
}

fn defaults(written: BTreeMap<String, Spanned<toml::Value>>) -> Result<BTreeMap<String, String>, Complaint> {
    let word = |(target, value): (String, Spanned<toml::Value>)| {
        let at = value.span().start;
        let word = match value.into_inner() {
            toml::Value::String(word) => word,
            toml::Value::Integer(number) => number.to_string(),
            toml::Value::Boolean(flag) => flag.to_string(),
            toml::Value::Datetime(day) => day.to_string(),
            _ => return Err(Complaint::new(at, format!("the default of `{target}` is no text"), "write it in quotes")),
        };
        Ok((known(target, at)?, word))
    };
    written.into_iter().map(word).collect()
}

/// Refuses a target that is no field of a record.
fn known(target: String, at: usize) -> Result<String, Complaint> {
    if TARGETS.contains(&target.as_str()) {
        return Ok(target);
    }
    let hint = match nearest(&target, TARGETS) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "what has no field of its own is kept by itself, under the name that it has in the export".to_owned(),
    };
    Err(Complaint::new(at, format!("`{target}` is no field of a record"), hint))
}

fn format(written: Option<Spanned<String>>) -> Result<Option<Format>, Complaint> {
    let Some(written) = written else { return Ok(None) };
    match written.get_ref().to_ascii_lowercase().as_str() {
        "csv" => Ok(Some(Format::Csv)),
        "json" => Ok(Some(Format::Json)),
        "jsonl" | "ndjson" => Ok(Some(Format::Jsonl)),
        _ => Err(Complaint::new(written.span().start, "this format is not known", "known: csv, json, jsonl, ndjson")),
    }
}

fn key(written: Spanned<toml::Table>) -> Result<KeyRule, Complaint> {
    let at = written.span().start;
    KeyRule::parse(written.into_inner(), at)
}

fn joined(written: Spanned<JoinFile>, path: &str, text: &str) -> Result<Join, Complaint> {
    let line = line_of(text, written.get_ref().file.span().start);
    let written = written.into_inner();
    let file = written.file.get_ref().clone();
    if file.trim().is_empty() || file.contains("..") || std::path::Path::new(&file).is_absolute() {
        let hint = "name a file that lies beside the export, such as `audit-log.jsonl`";
        return Err(Complaint::new(written.file.span().start, "this is no name of a file beside the export", hint));
    }
    Ok(Join {
        file,
        named_at: format!("{path}:{line}"),
        format: format(written.format)?,
        rows: Column::parse(&written.rows),
        optional: written.optional,
        left: Spec::parse(&written.left)?,
        right: Spec::parse(&written.right)?,
        fields: specs(written.fields)?,
        keys: written.keys.into_iter().map(key).collect::<Result<_, _>>()?,
    })
}
