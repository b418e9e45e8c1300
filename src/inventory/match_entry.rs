//! One entry of a row's `match` list, as object (`{"alg": …, "value": …}`) or as text (`alg:value`).

use std::borrow::Cow;

use super::cell::{Cell, Fields};
use super::digest;
use super::record::{DeclaredLocation, Key};
use super::word::Words;

/// What an entry declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Entry {
    /// A key by which a secret is matched.
    Key(Key),
    /// A place: a `reference` or `location` registers no value.
    Place(DeclaredLocation),
}

/// Reads an entry.
///
/// # Errors
///
/// A message that says what is wrong and never quotes the value.
pub(super) fn read(cell: &Cell<'_>, words: &mut Words) -> Result<Entry, String> {
    match cell {
        Cell::Text(text) => of_text(text, words),
        Cell::Object(fields) => of_fields(fields, words),
        _ => Err("a `match` entry is neither an object nor `alg:value`".to_owned()),
    }
}

/// The algorithms whose values are digests of the whole secret.
#[must_use]
pub(super) fn is_digest(alg: &str) -> bool {
    // Asked of whatever stands before a colon, in every row.
    alg.len() <= 16
        && alg.trim_start().starts_with(['h', 's', 'H', 'S'])
        && matches!(&*normal(alg), "hmac-sha256" | "sha256" | "hmsl")
}

fn normal(alg: &str) -> Cow<'_, str> {
    if matches!(alg, "hmac-sha256" | "sha256" | "hmsl" | "last8" | "hint" | "principal") {
        return Cow::Borrowed(alg);
    }
    let alg = alg.trim().to_ascii_lowercase().replace('_', "-");
    match alg.as_str() {
        "hmac" | "hmac-sha-256" => Cow::Borrowed("hmac-sha256"),
        "sha-256" | "hashed-token" => Cow::Borrowed("sha256"),
        "last-8" | "last-eight" | "token-last-eight" => Cow::Borrowed("last8"),
        _ => Cow::Owned(alg),
    }
}

fn of_text(text: &str, words: &mut Words) -> Result<Entry, String> {
    let (alg, value) = text.split_once(':').ok_or("a `match` entry has no `alg:` before its value")?;
    // `hmac-sha256@2026q4:hex:…` names the key where the header does not.
    let (alg, key_id) = alg.split_once('@').map_or((alg, None), |(alg, id)| (alg, Some(id)));
    entry(alg, Some(value), key_id, None, words)
}

fn of_fields(fields: &Fields<'_>, words: &mut Words) -> Result<Entry, String> {
    let text = |name: &str| fields.get(name).and_then(Cell::as_str);
    let alg = text("alg").ok_or("a `match` entry has no `alg`")?;
    let number = match fields.get("value") {
        Some(Cell::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    let ends = match (text("prefix"), text("suffix")) {
        (None, None) => None,
        (prefix, suffix) => Some((prefix.unwrap_or_default(), suffix.unwrap_or_default())),
    };
    if normal(alg) == "location" {
        let mut own = |name: &str| text(name).map(|text| words.of(text));
        let kind = own("kind");
        let path = text("path").or_else(|| text("value")).map(Box::from);
        let (reference, pointer) = (own("ref"), own("pointer"));
        let kind = kind.unwrap_or_else(|| words.of("config"));
        return Ok(Entry::Place(DeclaredLocation { kind, reference, path, pointer }));
    }
    entry(alg, text("value").or(number.as_deref()), text("key_id"), ends, words)
}

fn entry(
    alg: &str,
    value: Option<&str>,
    key_id: Option<&str>,
    ends: Option<(&str, &str)>,
    words: &mut Words,
) -> Result<Entry, String> {
    let alg = normal(alg);
    let missing = || format!("a `match` entry of alg `{alg}` has no value");
    let value = value.map(str::trim).filter(|value| !value.is_empty());
    if is_digest(&alg) {
        let digest = digest::parse(value.ok_or_else(missing)?)
            .ok_or_else(|| format!("the value of alg `{alg}` is not a digest of 32 bytes in `hex:` or `b64:`"))?;
        return Ok(Entry::Key(match &*alg {
            "sha256" => Key::Sha256(digest),
            "hmsl" => Key::Hmsl(digest),
            _ => {
                let key_id = key_id.map(str::trim).filter(|id| !id.is_empty()).map(|id| words.of(id));
                Key::Hmac { key_id, digest }
            }
        }));
    }
    Ok(Entry::Key(match &*alg {
        "key_id" | "key-id" => Key::KeyId(value.ok_or_else(missing)?.to_owned()),
        "principal" => Key::Principal(value.ok_or_else(missing)?.to_owned()),
        "last8" => {
            let value = value.ok_or_else(missing)?;
            if value.len() != 8 || !value.is_ascii() {
                return Err("the value of alg `last8` is not eight characters long".to_owned());
            }
            Key::Last8(value.to_owned())
        }
        "hint" => {
            let (prefix, suffix) = match ends {
                Some(ends) => ends,
                None => halves(value.ok_or_else(missing)?)
                    .ok_or("a hint is written `head…tail`, or with `prefix` and `suffix`")?,
            };
            let (prefix, suffix) = (prefix.trim(), suffix.trim());
            if prefix.is_empty() && suffix.is_empty() {
                return Err("a hint reveals neither head nor tail".to_owned());
            }
            Key::Hint { prefix: prefix.to_owned(), suffix: suffix.to_owned() }
        }
        "reference" => {
            let reference = Some(words.of(value.ok_or_else(missing)?));
            let kind = words.of("secret_manager");
            return Ok(Entry::Place(DeclaredLocation { kind, reference, path: None, pointer: None }));
        }
        "location" => {
            let path = Some(Box::from(value.ok_or_else(missing)?));
            let kind = words.of("config");
            return Ok(Entry::Place(DeclaredLocation { kind, reference: None, path, pointer: None }));
        }
        _ => {
            return Err(
                "a `match` entry has an unknown `alg`; known: hmac-sha256, sha256, hmsl, key_id, last8, hint, \
                        principal, reference, location"
                    .to_owned(),
            );
        }
    }))
}

/// Head and tail around an ellipsis, dots or asterisks.
fn halves(text: &str) -> Option<(&str, &str)> {
    let from = ["…", "...", "***", "**", "*"].iter().filter_map(|mark| text.find(mark)).min()?;
    let rest = text.get(from..)?;
    Some((text.get(..from)?, rest.trim_start_matches(['…', '.', '*'])))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn read(value: &Value) -> Result<Entry, String> {
        super::read(&value.into(), &mut Words::default())
    }

    fn hint(prefix: &str, suffix: &str) -> Result<Entry, String> {
        Ok(Entry::Key(Key::Hint { prefix: prefix.to_owned(), suffix: suffix.to_owned() }))
    }

    #[test]
    fn objects_and_texts_declare_the_same_keys() {
        let hex = "0b".repeat(32);
        let pairs = [
            (
                json!({"alg": "hmac-sha256", "key_id": "q4", "value": format!("hex:{hex}")}),
                format!("hmac-sha256@q4:hex:{hex}"),
            ),
            (json!({"alg": "sha256", "value": hex}), format!("sha256:{hex}")),
            (json!({"alg": "hmsl", "value": hex}), format!("hmsl:{hex}")),
            (json!({"alg": "key_id", "value": "id-1"}), "key_id:id-1".to_owned()),
            (json!({"alg": "principal", "value": 42}), "principal:42".to_owned()),
            (json!({"alg": "last8", "value": "12345678"}), "last8:12345678".to_owned()),
            (json!({"alg": "hint", "prefix": "xoxb-111", "suffix": "9Zq1"}), "hint:xoxb-111…9Zq1".to_owned()),
            (json!({"alg": "reference", "value": "vault:kv/a#b"}), "reference:vault:kv/a#b".to_owned()),
        ];
        for (object, text) in pairs {
            assert!(read(&object).is_ok(), "{text}");
            assert_eq!(read(&object), read(&Value::from(text)));
        }
    }

    #[test]
    fn hints_are_cut_at_any_usual_mark() {
        for text in ["ab…cd", "ab...cd", "ab****cd"] {
            assert_eq!(read(&json!({"alg": "hint", "value": text})), hint("ab", "cd"), "{text}");
        }
        assert_eq!(read(&json!("hint:abc…")), hint("abc", ""));
    }

    #[test]
    fn what_cannot_be_matched_on_is_refused_without_being_quoted() {
        for entry in ["hunter2", "md5:hunter2", "sha256:hunter2", "last8:hunter2", "hint:hunter2", "hint:…", "key_id:"]
        {
            let message = read(&json!(entry)).unwrap_err();
            assert!(!message.contains("hunter2"), "{message}");
        }
        assert!(read(&json!(7)).is_err() && read(&json!({"value": "x"})).is_err());
    }

    proptest! {
        #[test]
        fn no_entry_is_too_strange(text in ".{0,60}") {
            prop_assert!(read(&json!(text)).is_err() || text.contains(':'));
        }
    }
}
