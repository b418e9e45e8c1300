//! Every check of the main job through the binary: one case that fires it, one near miss that does not.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::runner::{Case, checks};

const TOKEN: &str = "ghp_{alnum:30}{crc32-github}";

/// A config with one server that holds the token.
fn config(case: &Case, server: &str) -> String {
    let entry = json!({"command": "npx", "args": ["-y", "server"], "env": {"GITHUB_TOKEN": case.secret(TOKEN)}});
    let mut servers = serde_json::Map::new();
    servers.insert(server.to_owned(), entry);
    serde_json::to_string_pretty(&json!({ "mcpServers": servers })).unwrap()
}

/// A tree with the token in one config.
fn case() -> Case {
    configs(&[("in/.mcp.json", "github")])
}

/// A tree with the token in these configs, each under that server.
fn configs(places: &[(&str, &str)]) -> Case {
    places.iter().fold(Case::new(), |case, (path, server)| {
        let text = config(&case, server);
        case.raw(path, text)
    })
}

/// A row that matches the token and that nothing is wrong with, changed.
fn row(change: impl FnOnce(&mut Value)) -> Value {
    let digest: String = Sha256::digest(Case::new().secret(TOKEN)).iter().map(|byte| format!("{byte:02x}")).collect();
    let mut row = json!({"id": "nhi-1", "state": "active", "kind": "api_token", "issuer": "github",
        "owner": {"kind": "team", "id": "iam"}, "workload": {"kind": "agent", "id": "triage", "server": "github"},
        "match": [{"alg": "sha256", "value": digest}]});
    change(&mut row);
    row
}

/// The checks that fire on `in` with these lines of an inventory.
#[track_caller]
fn fired(case: Case, rows: &[Value]) -> Vec<String> {
    let case = case.raw("inv.jsonl", rows.iter().map(|row| format!("{row}\n")).collect::<String>());
    checks(&case.scan(["in", "--inventory", "inv.jsonl", "-f", "json"]).exits(1).json())
}

/// The same without what fires on any literal.
#[track_caller]
fn beyond(case: Case, rows: &[Value]) -> Vec<String> {
    fired(case, rows).into_iter().filter(|check| !check.starts_with("exposed-")).collect()
}

#[test]
fn a_tracked_file_is_exposed_in_the_repository_and_an_untracked_one_on_the_host() {
    let token = Case::new().secret(TOKEN);
    let case = case()
        .commit("in")
        .raw("in/notes.txt", format!("{token}\n"))
        .raw("in/safe/.mcp.json", "{\"mcpServers\": {\"a\": {\"env\": {\"T_TOKEN\": \"${T_TOKEN}\"}}}}");
    let report = case.scan(["in", "-f", "json"]).exits(1).json();
    let mut found: Vec<(&str, &str)> = Vec::new();
    for finding in report["findings"].as_array().unwrap() {
        found.push((finding["check"].as_str().unwrap(), finding["path"].as_str().unwrap()));
    }
    assert!(found.contains(&("exposed-in-repository", "in/.mcp.json")), "{found:?}");
    assert!(found.contains(&("exposed-on-host", "in/notes.txt")), "{found:?}");
    assert!(!found.iter().any(|(_, path)| path.contains("safe")), "a reference is no credential: {found:?}");
    assert!(!found.contains(&("exposed-on-host", "in/.mcp.json")), "{found:?}");
}

#[test]
fn a_registered_credential_that_nothing_is_wrong_with_is_only_exposed() {
    assert_eq!(fired(case(), &[row(|_| {})]), ["exposed-on-host"]);
}

#[test]
fn unregistered_needs_an_inventory_that_covers_the_issuer() {
    let stranger = row(|row| row["match"] = json!([{"alg": "sha256", "value": "0".repeat(64)}]));
    assert_eq!(beyond(case(), std::slice::from_ref(&stranger)), ["unregistered"]);
    let narrow = json!({"schema": "nhi-inventory/1", "complete": true, "scope": ["slack"]});
    assert_eq!(beyond(case(), &[narrow, stranger]), [""; 0]);
    assert_eq!(checks(&case().scan(["in", "-f", "json"]).exits(1).json()), ["exposed-on-host"]);
}

#[test]
fn ambiguous_match_needs_two_candidates_or_a_weak_one() {
    let token = Case::new().secret(TOKEN);
    let by_tail = |id: &str| {
        row(|row| {
            row["id"] = json!(id);
            row["match"] = json!([{"alg": "last8", "value": &token[32..]}]);
        })
    };
    assert_eq!(beyond(case(), &[by_tail("a"), by_tail("b")]), ["ambiguous-match"]);
    assert_eq!(beyond(case(), &[by_tail("a")]), [""; 0]);
}

#[test]
fn duplicated_needs_two_assets_or_two_workloads_and_not_just_a_copy() {
    let rows = [row(|row| row["workload"] = json!([{"id": "a", "server": "github"}, {"id": "b", "server": "issues"}]))];
    let two = || configs(&[("in/a/.mcp.json", "github"), ("in/b/.mcp.json", "issues")]);
    assert_eq!(beyond(two(), &rows), ["duplicated"]);
    let repositories = configs(&[("in/a/.mcp.json", "github"), ("in/b/.mcp.json", "github")]);
    assert_eq!(beyond(repositories.commit("in/a").raw("in/b/x", "").commit("in/b"), &rows), ["duplicated"]);
    // Copies of one config, also where no client keeps its own.
    let copies =
        configs(&[("in/a/.mcp.json", "github"), ("in/b/.mcp.json", "github"), ("in/saved/copy.json", "github")]);
    assert_eq!(beyond(copies, &rows), [""; 0]);
}

#[test]
fn two_checkouts_of_one_repository_are_no_duplicate() {
    let case = configs(&[("in/a/.mcp.json", "github")]).commit("in/a");
    let cloned = case.git(&case.path("in"), &["clone", "--quiet", "a", "b"]);
    assert!(cloned.status.success());
    assert_eq!(beyond(case, &[row(|_| {})]), [""; 0]);
    // One remote in two spellings is one repository, even where the checkouts went apart.
    let case = configs(&[("in/a/.mcp.json", "github"), ("in/b/.mcp.json", "github")])
        .commit("in/a")
        .raw("in/b/x", "")
        .commit("in/b");
    for (directory, url) in [("in/a", "git@github.com:acme/agents.git"), ("in/b", "https://github.com/acme/agents")] {
        assert!(case.git(&case.path(directory), &["remote", "add", "origin", url]).status.success());
    }
    assert_eq!(beyond(case, &[row(|_| {})]), [""; 0]);
}

#[test]
fn shared_across_agents_goes_beyond_the_declared_workloads() {
    let one_file = || {
        let token = Case::new().secret(TOKEN);
        let entry = json!({"command": "x", "env": {"GITHUB_TOKEN": token}});
        let text = json!({"mcpServers": {"github": entry, "issues": entry}}).to_string();
        Case::new().raw("in/.mcp.json", text)
    };
    assert_eq!(beyond(one_file(), &[row(|_| {})]), ["shared-across-agents"]);
    let both = row(|row| row["workload"] = json!([{"id": "a", "server": "github"}, {"id": "b", "server": "issues"}]));
    assert_eq!(beyond(one_file(), &[both]), [""; 0]);
    let clients = || configs(&[("in/.mcp.json", "github"), ("in/.cursor/mcp.json", "github")]);
    assert!(beyond(clients(), &[row(|_| {})]).contains(&"shared-across-agents".to_owned()));
}

#[test]
fn a_gone_workload_orphans_its_credential_and_a_living_one_does_not() {
    let table = |state: &str| json!({"table": "workload", "id": "triage", "state": state});
    let both = ["live-after-decommission", "orphaned-workload"];
    assert_eq!(beyond(case(), &[row(|_| {}), table("decommissioned")]), both);
    assert_eq!(beyond(case(), &[row(|_| {}), table("active")]), [""; 0]);
    assert_eq!(beyond(case(), &[row(|row| row["workload"]["state"] = json!("decommissioned"))]), both);
    let system = |state: &str| json!({"table": "system", "id": "tickets", "state": state});
    let of_system = || row(|row| row["system"] = json!("tickets"));
    assert_eq!(beyond(case(), &[of_system(), system("decommissioned")]), both);
    assert_eq!(beyond(case(), &[of_system(), system("active")]), [""; 0]);
    // Where the row is closed too, revocation did not fail; the credential is an orphan all the same.
    let closed = row(|row| row["state"] = json!("decommissioned"));
    assert_eq!(beyond(case(), &[closed, table("decommissioned")]), ["orphaned-workload"]);
}

#[test]
fn an_owner_must_be_there() {
    let person = |state: &str| json!({"table": "person", "id": "jo", "state": state});
    let owned = || row(|row| row["owner"] = json!({"kind": "person", "id": "jo"}));
    assert_eq!(beyond(case(), &[owned(), person("departed")]), ["orphaned-owner"]);
    assert_eq!(beyond(case(), &[owned(), person("active")]), [""; 0]);
    let team = |id: &str, state: &str| json!({"table": "team", "id": id, "state": state});
    assert_eq!(beyond(case(), &[row(|_| {}), team("iam", "disbanded")]), ["orphaned-owner"]);
    assert_eq!(beyond(case(), &[row(|_| {}), team("iam", "active")]), [""; 0]);
    assert_eq!(beyond(case(), &[row(|_| {}), team("others", "active")]), ["orphaned-owner"], "unknown to the table");
    assert_eq!(beyond(case(), &[row(|row| row["owner"] = Value::Null)]), ["orphaned-owner"]);
    // An active row is told of even where its credential was not found; a closed one is not.
    let absent = |state: &str| {
        row(|row| {
            row["id"] = json!("nhi-2");
            row["state"] = json!(state);
            row["owner"] = Value::Null;
            row["match"] = json!([{"alg": "sha256", "value": "0".repeat(64)}]);
        })
    };
    assert_eq!(beyond(case(), &[row(|_| {}), absent("active")]), ["orphaned-owner"]);
    assert_eq!(beyond(case(), &[row(|_| {}), absent("revoked")]), [""; 0]);
}

#[test]
fn the_state_of_the_row_is_held_against_what_is_present() {
    for (state, expected) in [
        ("revoked", &["revoked-present"][..]),
        ("suspended", &["suspended-present"]),
        ("expired", &["expired-present"]),
        ("decommissioned", &["orphaned-workload"]),
        ("pending", &[]),
        ("unknown", &[]),
    ] {
        assert_eq!(beyond(case(), &[row(|row| row["state"] = json!(state))]), expected, "{state}");
    }
    // A row of some other credential says nothing of this one.
    let other = row(|row| {
        row["id"] = json!("nhi-2");
        row["state"] = json!("revoked");
        row["match"] = json!([{"alg": "sha256", "value": "0".repeat(64)}]);
    });
    assert_eq!(beyond(case(), &[row(|_| {}), other]), [""; 0]);
}

#[test]
fn expiry_is_told_by_the_row_or_by_the_token_itself() {
    let expires = |at: &str| row(|row| row["expires_at"] = json!(at));
    assert_eq!(beyond(case(), &[expires("2026-11-22")]), ["expired-present"]);
    assert_eq!(beyond(case(), &[expires("2026-11-23")]), [""; 0]);

    // Signed by nobody and put together here, so that its end can be chosen.
    let encode = |value: Value| {
        use base64::Engine as _;
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(value.to_string())
    };
    let jwt = |ends: i64| {
        let claims = json!({"iss": "https://id.example.com", "sub": "agent-7", "exp": ends});
        let signature = Case::new().secret("{b64url:43}");
        format!("{}.{}.{signature}", encode(json!({"alg": "HS256", "typ": "JWT"})), encode(claims))
    };
    for (ends, expected) in [(1_763_800_000, true), (1_795_391_999, true), (1_795_392_001, false)] {
        let case = Case::new().raw(
            "in/.mcp.json",
            json!({"mcpServers": {"a": {"url": "https://mcp.example.com/", "headers": {"Authorization": format!("Bearer {}", jwt(ends))}}}}).to_string(),
        );
        let report = case.scan(["in", "-f", "json"]).exits(1).never_shows(&jwt(ends)).json();
        assert_eq!(checks(&report).contains(&"expired-present".to_owned()), expected, "{ends}");
    }
}

#[test]
fn two_rows_must_not_claim_one_credential() {
    let second = |change: fn(&mut Value)| {
        row(|row| {
            row["id"] = json!("nhi-2");
            change(row);
        })
    };
    assert_eq!(beyond(case(), &[row(|_| {}), second(|_| {})]), ["duplicate-records"]);
    let other = second(|row| row["match"] = json!([{"alg": "sha256", "value": "0".repeat(64)}]));
    assert_eq!(beyond(case(), &[row(|_| {}), other]), [""; 0]);
    let case = case().raw("inv.jsonl", format!("{}\n{}\n", row(|_| {}), second(|_| {})));
    let report = case.scan(["in", "--inventory", "inv.jsonl", "-f", "json"]).exits(1).json();
    let finding = report["findings"].as_array().unwrap().iter().find(|f| f["check"] == "duplicate-records").unwrap();
    assert_eq!((&finding["path"], &finding["region"]["startLine"]), (&json!("inv.jsonl"), &json!(2)));
}

#[test]
fn a_scan_that_left_something_out_says_so_and_a_complete_one_does_not() {
    let empty = Case::new().raw("keep", "").raw("empty/x", "");
    std::fs::remove_file(empty.path("empty/x")).unwrap();
    let ran = empty.scan(["empty", "-f", "json", "--exit-zero"]).exits(3);
    assert_eq!(checks(&ran.json()), ["scan-incomplete"]);
    assert!(ran.coverage().ends_with("incomplete"), "{}", ran.coverage());

    // Small as it is, it counts: a repository whose index cannot be read is not known to be complete.
    let clean = Case::new().raw("in/a.txt", "hello").raw("in/.mcp.json", "{\"mcpServers\": {");
    let ran = clean.scan(["in", "-f", "json"]).exits(0).says("in/.mcp.json:1").says("does not parse");
    assert_eq!(checks(&ran.json()), [""; 0], "a config that does not parse is scanned as text");
    assert!(ran.coverage().ends_with("complete") && !ran.coverage().ends_with("incomplete"));
}

#[test]
fn what_cannot_be_judged_is_named_and_not_passed_over() {
    let report = case().scan(["in", "-f", "json"]).exits(1).json();
    let lacks = report["coverage"]["not_evaluated"].as_object().unwrap();
    for check in ["unregistered", "ambiguous-match", "orphaned-owner", "orphaned-workload", "revoked-present"] {
        assert!(lacks[check].as_str().unwrap().contains("--inventory"), "{check}");
    }
    assert!(!lacks.contains_key("exposed-on-host") && !lacks.contains_key("expired-present"));
}

#[test]
fn severities_gate_as_the_table_of_checks_says() {
    let case = case();
    for (terms, code) in [
        ("critical", 0),
        ("high", 0),
        ("medium", 1),
        ("low", 1),
        ("HIGH", 0),
        ("Medium", 1),
        ("none", 0),
        ("exposed-on-host", 1),
        ("unregistered", 0),
        ("critical,exposed-on-host", 1),
    ] {
        case.scan(["in", "--fail-on", terms]).exits(code);
        case.scan(["in", "--fail-on", terms, "--exit-zero"]).exits(0);
    }
    case.scan(["in", "--fail-on", "exposed"]).exits(2).says("exposed");
    case.scan(["in"]).exits(1);
}
