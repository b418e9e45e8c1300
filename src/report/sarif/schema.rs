//! The published JSON Schema of SARIF 2.1.0, for tests.

use std::sync::OnceLock;

/// Checks a document against `tests/sarif/sarif-2.1.0.json`.
pub(in crate::report) fn validator() -> &'static jsonschema::Validator {
    static VALIDATOR: OnceLock<jsonschema::Validator> = OnceLock::new();
    VALIDATOR.get_or_init(|| {
        let schema = include_str!("../../../tests/sarif/sarif-2.1.0.json");
        jsonschema::validator_for(&serde_json::from_str(schema).unwrap()).unwrap()
    })
}

#[test]
fn the_schema_refuses_what_is_not_sarif() {
    let result = serde_json::json!({ "message": {}, "locations": [], "line": 1 });
    let tool = serde_json::json!({ "driver": { "name": "x" } });
    let log = |results| serde_json::json!({ "version": "2.1.0", "runs": [{ "tool": tool, "results": results }] });
    assert!(validator().is_valid(&log(vec![])));
    assert!(!validator().is_valid(&log(vec![result])));
}
