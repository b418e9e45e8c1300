//! What an export says of itself: when it was made, what it covers, with which key its rows were hashed.

use super::cell::{Cell, Fields};
use super::{InventoryError, dates, digest};
use jiff::Timestamp;

/// The schema this version reads.
pub const SCHEMA: &str = "nhi-inventory/1";

/// The header of an export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// When it was exported.
    pub exported_at: Option<Timestamp>,
    /// Whether it holds every identity of what it covers.
    pub complete: Option<bool>,
    /// Issuers that it covers, `*` for all; `None` where it does not say.
    pub scope: Option<Vec<String>>,
    /// Which key its rows were hashed with.
    pub key_id: Option<String>,
    /// `HMAC-SHA256(key, "check")`.
    pub key_check: Option<[u8; 32]>,
    /// 1-based line.
    pub line: u32,
}

impl Header {
    /// Whether a row is a header.
    #[must_use]
    pub(super) fn is(fields: &Fields<'_>) -> bool {
        fields.contains("schema") && !fields.contains("id")
    }

    /// Reads a header.
    ///
    /// # Errors
    ///
    /// Where the schema is another, or a field that decides what may be asserted cannot be understood.
    pub(super) fn read(fields: &Fields<'_>, path: &str, line: u32) -> Result<Self, InventoryError> {
        if fields.get("schema").and_then(Cell::as_str) != Some(SCHEMA) {
            return Err(InventoryError::Schema { path: path.to_owned(), line });
        }
        let bad = |field, message, hint| InventoryError::Header { path: path.to_owned(), line, field, message, hint };
        let text = |name: &str| fields.get(name).and_then(Cell::as_str).map(str::trim).filter(|text| !text.is_empty());
        let exported_at = dates::past(fields.get("exported_at"))
            .map_err(|_| bad("exported_at", "is not a date", "write it as RFC 3339: `2026-11-21T02:00:00Z`"))?;
        let complete = match fields.get("complete") {
            None | Some(Cell::Null) => None,
            Some(Cell::Bool(complete)) => Some(*complete),
            Some(_) => return Err(bad("complete", "is neither true nor false", "write `true` or `false`")),
        };
        let key_check = match fields.get("key_check") {
            None | Some(Cell::Null) => None,
            Some(value) => Some(value.as_str().and_then(digest::parse).ok_or_else(|| {
                bad(
                    "key_check",
                    "is not a digest of 32 bytes",
                    "write HMAC-SHA256(key, \"check\") as `hex:…` or `b64:…`",
                )
            })?),
        };
        Ok(Self {
            exported_at,
            complete,
            scope: scope(fields.get("scope")).map_err(|()| {
                bad("scope", "is not a list of issuers", "write `[\"github\", \"aws\"]`, or `[\"*\"]` for all")
            })?,
            key_id: text("key_id").map(str::to_owned),
            key_check,
            line,
        })
    }

    /// What a mapped export says of itself: which issuers it covers.
    #[must_use]
    pub(super) const fn of_scope(scope: Vec<String>) -> Self {
        Self { exported_at: None, complete: None, scope: Some(scope), key_id: None, key_check: None, line: 1 }
    }

    /// Whether an export with this header claims to hold every identity of that issuer; `None` asks about a credential
    /// whose issuer is not known.
    ///
    /// A scope names what is covered. Without one, `complete` decides; a header that says neither is as good as none, and
    /// an export without a header is taken to be the whole inventory.
    #[must_use]
    pub fn covers(&self, issuer: Option<&str>) -> bool {
        match &self.scope {
            Some(scope) => scope.iter().any(|entry| entry == "*" || issuer == Some(entry)),
            None => self.complete != Some(false),
        }
    }
}

/// `["github", "issuer:aws"]`, or one of them as a string.
fn scope(value: Option<&Cell<'_>>) -> Result<Option<Vec<String>>, ()> {
    let entry = |text: &str| {
        let text = text.trim();
        text.strip_prefix("issuer:").unwrap_or(text).trim().to_lowercase()
    };
    match value {
        None | Some(Cell::Null) => Ok(None),
        Some(Cell::Text(text)) => Ok(Some(text.split([',', '|']).map(entry).collect())),
        Some(Cell::List(entries)) => {
            entries.iter().map(|value| value.as_str().map(entry).ok_or(())).collect::<Result<_, _>>().map(Some)
        }
        Some(_) => Err(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(value: &Value) -> Result<Header, InventoryError> {
        Header::read(&value.as_object().unwrap().into(), "inv.jsonl", 1)
    }

    #[test]
    fn a_scope_covers_its_issuers_and_nobody_else() {
        let header = read(&json!({"schema": SCHEMA, "scope": ["GitHub", "issuer:aws"], "complete": true})).unwrap();
        assert!(header.covers(Some("github")) && header.covers(Some("aws")));
        assert!(!header.covers(Some("slack")) && !header.covers(None));
        assert!(read(&json!({"schema": SCHEMA, "scope": "*"})).unwrap().covers(None));
    }

    #[test]
    fn without_a_scope_completeness_decides() {
        for (complete, covers) in [(json!(true), true), (json!(false), false), (json!(null), true)] {
            assert_eq!(read(&json!({"schema": SCHEMA, "complete": complete})).unwrap().covers(Some("x")), covers);
        }
    }

    #[test]
    fn a_header_that_cannot_be_understood_stops_the_import() {
        assert!(matches!(read(&json!({"schema": "nhi-inventory/2"})), Err(InventoryError::Schema { .. })));
        for field in ["exported_at", "complete", "scope", "key_check"] {
            let error = read(&json!({"schema": SCHEMA, field: [{}]})).unwrap_err().to_string();
            assert!(error.starts_with("inv.jsonl:1:") && error.contains(field) && error.contains("hint:"), "{error}");
        }
    }
}
