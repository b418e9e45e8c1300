//! Values in the slots of server entries: what is a credential there and what is a reference, a placeholder or nothing.

use crate::runner::Case;

/// The variables that are reported of a server entry with this environment.
fn reported(environment: &[(&str, &str)]) -> Vec<String> {
    let environment: serde_json::Map<_, _> =
        environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
    let config = serde_json::json!({ "mcpServers": { "acme": { "command": "acme-mcp", "env": environment } } });
    let report =
        Case::new().raw(".mcp.json", config.to_string()).scan([".", "--format", "json", "--exit-zero"]).exits(0).json();
    let mut variables: Vec<String> = report["credentials"]
        .as_array()
        .expect("credentials")
        .iter()
        .flat_map(|credential| credential["occurrences"].as_array().expect("occurrences"))
        .map(|occurrence| occurrence["variable"].as_str().expect("variable").to_owned())
        .collect();
    variables.sort();
    variables
}

#[test]
fn a_password_that_a_person_chose_is_found_in_a_slot_for_passwords() {
    let found = reported(&[
        ("A_PASSWORD", "correct horse battery staple"),
        ("B_PASSWORD", "amber-falcon-42"),
        ("C_PASSWORD", "hunter2"),
        ("D_PASSPHRASE", "Summer2024!"),
    ]);
    assert_eq!(found, ["A_PASSWORD", "B_PASSWORD", "C_PASSWORD", "D_PASSPHRASE"]);
}

#[test]
fn what_only_names_a_credential_is_not_reported() {
    let found = reported(&[
        ("A_PASSWORD", "$(pass show acme)"),
        ("B_PASSWORD", "`pass show acme`"),
        ("C_PASSWORD", "${ACME_PASSWORD:?not set}"),
        ("D_PASSWORD", "op://team/acme/password"),
        ("E_PASSWORD", "/run/secrets/acme"),
        ("F_PASSWORD", "https://acme.io/login"),
        ("G_PASSWORD", "changeme"),
        ("H_TOKEN", "your-token-here"),
        ("I_TOKEN", "ACME_TOKEN"),
        ("J_TOKEN", "arn:aws:secretsmanager:eu-west-1:1:secret:acme"),
    ]);
    assert!(found.is_empty(), "{found:?}");
}
