//! Where in a row something stands: a CSV header, or a JSON pointer.

use serde_json::{Map, Value};

/// A place in a row.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::inventory) struct Column {
    segments: Vec<String>,
}

impl Column {
    /// The whole row.
    pub(super) const WHOLE: Self = Self { segments: Vec::new() };

    /// Reads `/a/b` as an RFC 6901 pointer and anything else as the name of a column.
    pub(super) fn parse(text: &str) -> Self {
        let segments = match text.strip_prefix('/') {
            Some(rest) => rest.split('/').map(|part| part.replace("~1", "/").replace("~0", "~")).collect(),
            None if text.is_empty() => Vec::new(),
            None => vec![text.to_owned()],
        };
        Self { segments }
    }

    /// Its segments; none is the whole row.
    pub(in crate::inventory) fn segments(&self) -> &[String] {
        &self.segments
    }

    /// The value there.
    pub(super) fn get<'v>(&self, row: &'v Map<String, Value>) -> Option<&'v Value> {
        let (first, rest) = self.segments.split_first()?;
        rest.iter().try_fold(row.get(first)?, |value, segment| match value {
            Value::Object(fields) => fields.get(segment),
            Value::Array(values) => values.get(segment.parse::<usize>().ok()?),
            _ => None,
        })
    }

    /// Takes the value out; containers that are empty then go too.
    pub(super) fn remove(&self, row: &mut Map<String, Value>) -> Option<Value> {
        fn within(value: &mut Value, segments: &[String]) -> Option<Value> {
            match value {
                Value::Object(fields) => below(fields, segments),
                _ => None,
            }
        }
        fn below(fields: &mut Map<String, Value>, segments: &[String]) -> Option<Value> {
            let (first, rest) = segments.split_first()?;
            if rest.is_empty() {
                return fields.shift_remove(first);
            }
            let inner = fields.get_mut(first)?;
            let taken = within(inner, rest);
            if inner.as_object().is_some_and(Map::is_empty) {
                fields.shift_remove(first);
            }
            taken
        }
        below(row, &self.segments)
    }

    /// Puts a value there, in place of what stood there.
    pub(super) fn put(&self, row: &mut Map<String, Value>, value: Value) {
        let Some((last, path)) = self.segments.split_last() else { return };
        let mut fields = row;
        for segment in path {
            let Some(Value::Object(inner)) = fields.get_mut(segment) else { return };
            fields = inner;
        }
        fields.insert(last.clone(), value);
    }
}

/// A scalar as text; blank is absent.
pub(super) fn text(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(_) | Value::Bool(_) => value.to_string(),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_pointer_leads_into_a_row_and_a_name_to_a_column() {
        let row = json!({"a": {"b/c": [1, "x"]}, "Last used": "y"});
        let row = row.as_object().unwrap();
        assert_eq!(Column::parse("/a/b~1c/1").get(row), Some(&json!("x")));
        assert_eq!(Column::parse("Last used").get(row), Some(&json!("y")));
        for nowhere in ["/a/z", "/a/b~1c/7", "/a/b~1c/x", "", "/"] {
            assert_eq!(Column::parse(nowhere).get(row), None, "{nowhere}");
        }
    }

    #[test]
    fn what_is_taken_out_leaves_no_empty_shell() {
        let mut row = json!({"a": {"b": {"c": 1}}, "d": 2}).as_object().cloned().unwrap();
        assert_eq!(Column::parse("/a/b/c").remove(&mut row), Some(json!(1)));
        assert_eq!(Value::Object(row), json!({"d": 2}));
    }
}
