//! The policy file as it is written: key names are part of the contract, unknown ones are errors.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Deserializer, de};
use toml::Spanned;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub version: Spanned<i64>,
    #[serde(default)]
    pub inventory: Inventory,
    #[serde(default)]
    pub owners: Owners,
    #[serde(default)]
    pub lifetime: Lifetime,
    #[serde(default)]
    pub dynamic: Dynamic,
    #[serde(default)]
    pub scopes: Scopes,
    #[serde(default)]
    pub places: BTreeMap<String, Vec<Spanned<String>>>,
    #[serde(default)]
    pub environment: Vec<Environment>,
    #[serde(default)]
    pub assets: Assets,
    #[serde(default)]
    pub gate: Gate,
    #[serde(default)]
    pub exceptions: Exceptions,
    #[serde(default)]
    pub exception: Vec<Spanned<Exception>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Inventory {
    pub max_age_hours: Option<u32>,
    #[serde(default)]
    pub require_fields: Vec<Spanned<String>>,
    pub stale_days: Option<u32>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Owners {
    #[serde(default)]
    pub allowed: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Lifetime {
    pub max_days: Option<u32>,
    pub warn_days: Option<u32>,
    pub max_age_days: Option<u32>,
    pub grace_days: Option<u32>,
    #[serde(default, rename = "override")]
    pub overrides: Vec<Override>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Override {
    pub issuer: Spanned<String>,
    pub max_days: Option<u32>,
    pub warn_days: Option<u32>,
    pub max_age_days: Option<u32>,
    pub grace_days: Option<u32>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Dynamic {
    #[serde(default)]
    pub issuers: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Scopes {
    #[serde(default)]
    pub deny: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Environment {
    pub name: String,
    pub glob: Spanned<Globs>,
}

/// One glob or several.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Globs {
    One(String),
    Several(Vec<String>),
}

impl Globs {
    pub(super) fn into_vec(self) -> Vec<String> {
        match self {
            Self::One(glob) => vec![glob],
            Self::Several(globs) => globs,
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Assets {
    #[serde(default)]
    pub mirrors: Vec<Spanned<Vec<String>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Gate {
    #[serde(default)]
    pub pull_request: Vec<Spanned<String>>,
    #[serde(default)]
    pub sweep: Vec<Spanned<String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Exceptions {
    pub max_days: Option<Spanned<u32>>,
    #[serde(default)]
    pub approvers: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Exception {
    pub id: Spanned<String>,
    pub checks: Spanned<Vec<Spanned<String>>>,
    #[serde(rename = "match")]
    pub matcher: Spanned<Match>,
    pub owner: Spanned<String>,
    pub approver: Spanned<String>,
    pub reason: Spanned<String>,
    pub ticket: Spanned<String>,
    pub created: Spanned<Day>,
    pub expires: Spanned<Day>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Match {
    pub credential: Option<String>,
    pub record: Option<String>,
    pub path: Option<String>,
    pub server: Option<String>,
    pub asset: Option<String>,
}

/// A calendar day, as a TOML date or the same in quotes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Day(pub Date);

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = match toml::Value::deserialize(deserializer)? {
            toml::Value::Datetime(moment) => moment.date.map(|date| date.to_string()),
            toml::Value::String(text) => Some(text),
            _ => None,
        };
        let day = written.and_then(|text| text.trim().parse().ok());
        day.map(Self).ok_or_else(|| de::Error::custom("not a day; write it as 2026-11-01"))
    }
}
