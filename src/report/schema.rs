//! The shipped JSON Schema, held against what the writers make. Properties it does not describe fail the test.

use std::sync::OnceLock;

use jsonschema::Validator;
use serde_json::Value;

/// The schema with every described object closed.
fn schema() -> Value {
    let mut schema = serde_json::from_str(include_str!("../../docs/report.schema.json")).unwrap();
    close(&mut schema);
    schema
}

fn close(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            fields.values_mut().for_each(close);
            if fields.get("properties").is_some_and(|inner| inner.is_object()) && fields.contains_key("required") {
                fields.insert("additionalProperties".to_owned(), Value::from(false));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}

/// For whole reports.
pub(super) fn of_report() -> &'static Validator {
    static VALIDATOR: OnceLock<Validator> = OnceLock::new();
    VALIDATOR.get_or_init(|| jsonschema::validator_for(&schema()).unwrap())
}

/// For lines of a JSONL report.
pub(super) fn of_line() -> &'static Validator {
    static VALIDATOR: OnceLock<Validator> = OnceLock::new();
    VALIDATOR.get_or_init(|| {
        let mut schema = schema();
        let line = schema["$defs"]["line"].clone();
        for field in ["properties", "required", "additionalProperties"] {
            schema.as_object_mut().unwrap().remove(field);
        }
        schema["oneOf"] = line["oneOf"].clone();
        jsonschema::validator_for(&schema).unwrap()
    })
}

#[test]
fn the_schema_describes_every_property_and_refuses_others() {
    let mut report = serde_json::to_value(super::canned::report()).unwrap();
    if let Err(error) = of_report().validate(&report) {
        panic!("{error} at {}", error.instance_path());
    }
    report["credentials"][0]["secret"] = "x".into();
    assert!(!of_report().is_valid(&report));
}
