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
