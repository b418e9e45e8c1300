//! The sample workspace shows every headline finding.

use std::fs;

use serde_json::Value;

use crate::runner::{Case, NOW};

/// Checks that the demo is there to show.
const HEADLINES: [&str; 13] = [
    "ambiguous-match",
    "duplicate-records",
    "duplicated",
    "expired-present",
    "exposed-in-repository",
    "exposed-on-host",
    "live-after-decommission",
    "orphaned-owner",
    "orphaned-workload",
    "revoked-present",
    "shared-across-agents",
    "suspended-present",
    "unregistered",
];

#[test]
fn the_demo_shows_every_headline_finding_and_writes_sarif() {
    let case = Case::new();
    let ran = case.run(["demo", "sample", "--now", NOW]).exits(0);
    let text = ran.text();
    for check in HEADLINES {
        assert!(text.contains(check), "the report does not show {check}:\n{text}");
    }
    assert!(ran.stderr.contains("A real scan would have ended with exit code 1"), "{}", ran.stderr);
    let sarif: Value =
        serde_json::from_slice(&fs::read(case.path("sample/report.sarif")).expect("report")).expect("JSON");
    let results = sarif["runs"][0]["results"].as_array().expect("results");
    for check in HEADLINES {
        assert!(results.iter().any(|result| result["ruleId"] == check), "{check} is not in the SARIF");
    }
}

#[test]
fn the_demo_is_the_same_every_time() {
    let case = Case::new();
    let one = case.run(["demo", "one", "--now", NOW]).exits(0).text();
    let two = case.run(["demo", "two", "--now", NOW]).exits(0).text();
    assert!(one == two.replace("two/", "one/"), "two demos differ");
}

#[test]
fn the_command_that_the_demo_ends_with_finds_the_same_again() {
    let case = Case::new();
    let ran = case.run(["demo", "sample", "--now", NOW]).exits(0);
    let command = ran.stderr.lines().last().expect("a command");
    let arguments = command.split_whitespace().skip(1).map(str::to_owned).collect::<Vec<_>>();
    let again = case.run(&arguments).args(["--now", NOW]).exits(1);
    assert!(again.text().contains("live-after-decommission"), "{}", again.text());
}

#[test]
fn no_credential_of_the_demo_is_in_what_it_prints_or_writes() {
    let case = Case::new();
    let ran = case.run(["demo", "sample", "--now", NOW]).exits(0);
    let config = fs::read_to_string(case.path("sample/workspace/payments-agent/.mcp.json")).expect("config");
    let config: Value = serde_json::from_str(&config).expect("JSON");
    let token = config["mcpServers"]["github"]["env"]["GITHUB_PERSONAL_ACCESS_TOKEN"].as_str().expect("token");
    assert!(token.len() > 30, "the sample holds a whole token");
    for file in ["report.sarif", "inventory.jsonl", "policy.toml"] {
        let text = fs::read_to_string(case.path(format!("sample/{file}"))).expect("readable");
        assert!(!text.contains(token), "{file} holds the token");
    }
    ran.never_shows(token);
}

#[test]
fn the_demo_does_not_write_into_a_directory_that_holds_something() {
    let case = Case::new().raw("sample/mine.txt", "mine");
    case.run(["demo", "sample"]).exits(2).says("`sample` is not empty").says("hint: ");
    assert_eq!(fs::read_dir(case.path("sample")).expect("readable").count(), 1);
}
