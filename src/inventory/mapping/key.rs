//! How a match key is had from a row: which algorithm, from which column, split, decoded, or hashed from the clear.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_PAD_INDIFFERENT as BASE64;
use serde_json::{Map, Value, json};

use super::super::{digest, match_entry};
use super::column::{Column, text};
use super::spec::Spec;
use crate::mistyped::Complaint;

/// Algorithms that a mapping may name. `plaintext` is a column that holds the secret itself: it is hashed and dropped.
const ALGORITHMS: [&str; 10] =
    ["hmac-sha256", "sha256", "hmsl", "key_id", "last8", "hint", "principal", "reference", "location", "plaintext"];

/// Where a hint is cut, unless the mapping says.
const SPLIT: [&str; 4] = ["...", "…", "***", "*"];

/// One `[[source.match]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct KeyRule {
    alg: String,
    key_id: Option<String>,
    spec: Spec,
    split: Vec<String>,
    /// What a hint without a mark is: its head, or its tail.
    is_tail: bool,
    base64: bool,
}

impl KeyRule {
    pub(super) fn parse(mut table: toml::Table, at: usize) -> Result<Self, Complaint> {
        let bad = |message: &str, hint: &str| Complaint::new(at, message, hint);
        let mut word = |name: &str| match table.remove(name) {
            None => Ok(None),
            Some(toml::Value::String(word)) => Ok(Some(word)),
            Some(_) => Err(Complaint::new(at, format!("`{name}` is not a text"), "write it in quotes")),
        };
        let alg =
            word("alg")?.ok_or_else(|| bad("a match key has no `alg`", "name the algorithm, such as `sha256`"))?;
        let alg = alg.to_ascii_lowercase();
        if !ALGORITHMS.contains(&alg.as_str()) {
            let hint = format!("known: {}", ALGORITHMS.join(", "));
            return Err(bad("the `alg` of a match key is not known", &hint));
        }
        let key_id = word("key_id")?;
        let base64 = match word("enc")?.as_deref() {
            None | Some("hex") => false,
            Some("base64" | "b64") => true,
            Some(_) => return Err(bad("`enc` of a match key is unknown", "known: hex, base64")),
        };
        let is_tail = match word("part")?.as_deref() {
            None | Some("prefix") => false,
            Some("suffix") => true,
            Some(_) => return Err(bad("`part` of a match key is unknown", "known: prefix, suffix")),
        };
        let split = match table.remove("split") {
            None => SPLIT.map(str::to_owned).to_vec(),
            Some(toml::Value::String(mark)) if !mark.is_empty() => vec![mark],
            Some(toml::Value::Array(marks)) => marks
                .into_iter()
                .map(|mark| mark.as_str().filter(|mark| !mark.is_empty()).map(str::to_owned))
                .collect::<Option<_>>()
                .ok_or_else(|| bad("`split` is no list of marks", "write `split = [\"...\", \"…\"]`"))?,
            Some(_) => return Err(bad("`split` is no list of marks", "write `split = [\"...\", \"…\"]`")),
        };
        Ok(Self { alg, key_id, spec: Spec::of_table(&table, at)?, split, is_tail, base64 })
    }

    /// Whether the column holds the secret itself.
    pub(super) fn is_plaintext(&self) -> bool {
        self.alg == "plaintext"
    }

    pub(super) fn columns<'s>(&'s self, into: &mut Vec<&'s Column>) {
        self.spec.columns(into);
    }

    /// The match entries of a row, in canonical form; several where the column holds a list.
    pub(super) fn entries(&self, row: &Map<String, Value>) -> Vec<Value> {
        match self.spec.value(row) {
            Some(Value::Array(values)) => values.iter().filter_map(|value| self.entry(&text(value)?)).collect(),
            Some(value) => text(&value).and_then(|text| self.entry(&text)).into_iter().collect(),
            None => Vec::new(),
        }
    }

    /// Hands every secret of the column to `take`. Depth is bounded by the JSON parser's own limit.
    pub(super) fn plaintexts(&self, row: &Map<String, Value>, take: &mut dyn FnMut(&str)) {
        fn walk(value: &Value, base64: bool, take: &mut dyn FnMut(&str)) {
            match value {
                Value::String(text) if base64 => {
                    let decoded = BASE64.decode(text.split_whitespace().collect::<String>()).ok();
                    let decoded = decoded.map(zeroize::Zeroizing::new);
                    match decoded.as_ref().and_then(|bytes| std::str::from_utf8(bytes).ok()) {
                        Some(text) => take(text.trim_end_matches(['\r', '\n'])),
                        None => take(text),
                    }
                }
                Value::String(text) => take(text.trim_end_matches(['\r', '\n'])),
                Value::Array(values) => values.iter().for_each(|value| walk(value, base64, take)),
                Value::Object(fields) => fields.values().for_each(|value| walk(value, base64, take)),
                _ => {}
            }
        }
        if let Some(value) = self.spec.value(row) {
            walk(&value, self.base64, take);
        }
    }

    fn entry(&self, value: &str) -> Option<Value> {
        if match_entry::is_digest(&self.alg) {
            // Both spellings are taken, whichever is named: GitHub's own documentation prints both.
            let digest = digest::parse(value)
                .map_or_else(|| value.to_owned(), |bytes| format!("hex:{}", digest::to_hex(&bytes)));
            let mut entry = json!({ "alg": self.alg, "value": digest });
            if let Some(id) = &self.key_id {
                entry["key_id"] = Value::from(id.as_str());
            }
            return Some(entry);
        }
        if self.alg == "hint" {
            let cut =
                self.split.iter().filter_map(|mark| value.split_once(mark.as_str())).min_by_key(|(head, _)| head.len());
            let (prefix, suffix) = match cut {
                Some((head, tail)) => {
                    // A run of marks (`****`) is one mark.
                    let marks = |text: char| self.split.iter().any(|mark| mark.contains(text));
                    (head.trim_end_matches(marks), tail.trim_start_matches(marks))
                }
                None if self.is_tail => ("", value),
                None => (value, ""),
            };
            if prefix.is_empty() && suffix.is_empty() {
                return None;
            }
            return Some(json!({ "alg": "hint", "prefix": prefix, "suffix": suffix }));
        }
        Some(json!({ "alg": self.alg, "value": value }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(rule: &str, row: &Value) -> Vec<Value> {
        KeyRule::parse(rule.parse().unwrap(), 0).unwrap().entries(row.as_object().unwrap())
    }

    #[test]
    fn hints_are_cut_at_their_mark() {
        let hint = |prefix: &str, suffix: &str| vec![json!({"alg": "hint", "prefix": prefix, "suffix": suffix})];
        let rule = "alg = 'hint'\ncolumn = '/h'";
        assert_eq!(entries(rule, &json!({"h": "sk-ant-api03-R2D...igAA"})), hint("sk-ant-api03-R2D", "igAA"));
        assert_eq!(entries(rule, &json!({"h": "sk-abc********def"})), hint("sk-abc", "def"));
        assert_eq!(entries(rule, &json!({"h": "npm_aB"})), hint("npm_aB", ""));
        assert_eq!(entries(&format!("{rule}\npart = 'suffix'"), &json!({"h": "4242"})), hint("", "4242"));
        assert!(entries(rule, &json!({"h": "..."})).is_empty());
    }

    #[test]
    fn digests_are_taken_in_either_spelling() {
        let digest = [7_u8; 32];
        let expected = vec![json!({"alg": "sha256", "value": format!("hex:{}", digest::to_hex(&digest))})];
        let rule = "alg = 'sha256'\nenc = 'base64'\ncolumn = 'd'";
        assert_eq!(entries(rule, &json!({"d": BASE64.encode(digest)})), expected);
        assert_eq!(entries(rule, &json!({"d": digest::to_hex(&digest)})), expected);
    }
}
