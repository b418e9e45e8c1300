//! The values of a row as they stand in its text, which is copied only where it was escaped.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// One value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell<'t> {
    Null,
    Bool(bool),
    Number(Number),
    Text(Cow<'t, str>),
    List(Vec<Self>),
    Object(Fields<'t>),
}

/// The fields of a row or of an object in it. There are few of them, so that looking through them is the fastest way to
/// find one. Where a name is given twice, the last one counts.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Fields<'t>(Vec<(Cow<'t, str>, Cell<'t>)>);

impl<'t> Cell<'t> {
    pub(super) fn text(text: &'t str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }

    pub(super) fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The value of a field, where this is an object that has it.
    pub(super) fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(fields) => fields.get(name),
            _ => None,
        }
    }

    /// A scalar as text; blank is absent.
    pub(super) fn scalar(&self) -> Option<Cow<'_, str>> {
        let text = match self {
            Self::Text(text) => Cow::Borrowed(text.trim()),
            Self::Number(number) => Cow::Owned(number.to_string()),
            Self::Bool(true) => Cow::Borrowed("true"),
            Self::Bool(false) => Cow::Borrowed("false"),
            Self::Null | Self::List(_) | Self::Object(_) => return None,
        };
        (!text.is_empty()).then_some(text)
    }
}

impl<'t> Fields<'t> {
    pub(super) fn get(&self, name: &str) -> Option<&Cell<'t>> {
        self.0.iter().rfind(|(known, _)| known == name).map(|(_, cell)| cell)
    }

    pub(super) fn contains(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Takes a field out.
    pub(super) fn take(&mut self, name: &str) -> Option<Cell<'t>> {
        let at = self.0.iter().rposition(|(known, _)| known == name)?;
        let (_, taken) = self.0.swap_remove(at);
        if self.contains(name) {
            self.0.retain(|(known, _)| known != name);
        }
        Some(taken)
    }

    /// Adds a field, or replaces the one of that name.
    pub(super) fn insert(&mut self, name: impl Into<Cow<'t, str>>, cell: Cell<'t>) {
        let name = name.into();
        self.0.retain(|(known, _)| *known != name);
        self.0.push((name, cell));
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Drops the fields of which `keep` says no.
    pub(super) fn retain(&mut self, mut keep: impl FnMut(&str, &mut Cell<'t>) -> bool) {
        self.0.retain_mut(|(name, cell)| keep(name, cell));
    }
}

impl<'t> IntoIterator for Fields<'t> {
    type Item = (Cow<'t, str>, Cell<'t>);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'t> FromIterator<(Cow<'t, str>, Cell<'t>)> for Fields<'t> {
    fn from_iter<I: IntoIterator<Item = (Cow<'t, str>, Cell<'t>)>>(fields: I) -> Self {
        Self(fields.into_iter().collect())
    }
}

impl<'t> From<&'t Value> for Cell<'t> {
    fn from(value: &'t Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(flag) => Self::Bool(*flag),
            Value::Number(number) => Self::Number(number.clone()),
            Value::String(text) => Self::text(text),
            Value::Array(values) => Self::List(values.iter().map(Self::from).collect()),
            Value::Object(fields) => Self::Object(fields.into()),
        }
    }
}

impl<'t> From<&'t Map<String, Value>> for Fields<'t> {
    fn from(fields: &'t Map<String, Value>) -> Self {
        fields.iter().map(|(name, value)| (Cow::Borrowed(name.as_str()), Cell::from(value))).collect()
    }
}

impl From<Value> for Cell<'_> {
    fn from(value: Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(flag) => Self::Bool(flag),
            Value::Number(number) => Self::Number(number),
            Value::String(text) => Self::Text(Cow::Owned(text)),
            Value::Array(values) => Self::List(values.into_iter().map(Self::from).collect()),
            Value::Object(fields) => Self::Object(fields.into()),
        }
    }
}

impl From<Map<String, Value>> for Fields<'_> {
    fn from(fields: Map<String, Value>) -> Self {
        fields.into_iter().map(|(name, value)| (Cow::Owned(name), Cell::from(value))).collect()
    }
}

impl From<Cell<'_>> for Value {
    fn from(cell: Cell<'_>) -> Self {
        match cell {
            Cell::Null => Self::Null,
            Cell::Bool(flag) => Self::Bool(flag),
            Cell::Number(number) => Self::Number(number),
            Cell::Text(text) => Self::String(text.into_owned()),
            Cell::List(cells) => Self::Array(cells.into_iter().map(Self::from).collect()),
            Cell::Object(fields) => {
                Self::Object(fields.into_iter().map(|(name, cell)| (name.into_owned(), cell.into())).collect())
            }
        }
    }
}

impl<'t> Cell<'t> {
    /// Reads the text of a row.
    ///
    /// # Errors
    ///
    /// Where it is no JSON.
    pub(super) fn row(text: &'t str) -> Result<Self, serde_json::Error> {
        let mut parser = serde_json::Deserializer::from_str(text);
        let cell = parser.deserialize_any(CellVisitor { fields: 24 })?;
        parser.end().map(|()| cell)
    }
}

impl<'de> Deserialize<'de> for Cell<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(CellVisitor { fields: 4 })
    }
}

/// Reads a value. Depth is bounded by the parser's own limit.
struct CellVisitor {
    /// How many fields are expected.
    fields: usize,
}

impl<'de> Visitor<'de> for CellVisitor {
    type Value = Cell<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Cell::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Self::Value, E> {
        Ok(Cell::Bool(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Cell::Number(number.into()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Cell::Number(number.into()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Number::from_f64(number).map_or(Cell::Null, Cell::Number))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cell::text(text))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cell::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut cells: A) -> Result<Self::Value, A::Error> {
        let mut list = Vec::new();
        while let Some(cell) = cells.next_element()? {
            list.push(cell);
        }
        Ok(Cell::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        // A row has some twenty fields, an object in it some three: growing step by step costs more than both.
        let mut fields = Vec::with_capacity(self.fields);
        while let Some((Name(name), cell)) = entries.next_entry()? {
            fields.push((name, cell));
        }
        Ok(Cell::Object(Fields(fields)))
    }
}

/// The name of a field.
struct Name<'t>(Cow<'t, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameVisitor;

        impl<'de> Visitor<'de> for NameVisitor {
            type Value = Name<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a field")
            }

            fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Self::Value, E> {
                Ok(Name(Cow::Borrowed(name)))
            }

            fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
                Ok(Name(Cow::Owned(name.to_owned())))
            }
        }
        deserializer.deserialize_str(NameVisitor)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn text_is_borrowed_unless_it_was_escaped() {
        let Cell::Object(fields) =
            serde_json::from_str::<Cell<'_>>(r#"{"a": "x", "b": "\u0078", "c": [1, -2.5]}"#).unwrap()
        else {
            panic!("an object")
        };
        assert!(matches!(fields.get("a"), Some(Cell::Text(Cow::Borrowed("x")))));
        assert!(matches!(fields.get("b"), Some(Cell::Text(Cow::Owned(text))) if text == "x"));
        assert_eq!(Value::from(fields.get("c").unwrap().clone()), serde_json::json!([1, -2.5]));
    }

    #[test]
    fn of_two_fields_of_one_name_the_last_counts_and_none_is_left_behind() {
        let Ok(Cell::Object(mut fields)) = serde_json::from_str::<Cell<'_>>(r#"{"a": 1, "b": 2, "a": 3}"#) else {
            panic!("an object")
        };
        assert_eq!(fields.get("a"), Some(&Cell::Number(3.into())));
        assert_eq!(fields.take("a"), Some(Cell::Number(3.into())));
        assert!(!fields.contains("a") && fields.len() == 1);
    }

    proptest! {
        #[test]
        fn every_document_reads_as_the_parser_of_values_reads_it(text in "[\\[\\]{}\",:0-9a-c\\\\u. -]{0,60}") {
            let (own, known) = (serde_json::from_str::<Cell<'_>>(&text), serde_json::from_str::<Value>(&text));
            prop_assert_eq!(own.ok().map(Value::from), known.ok());
        }
    }
}
