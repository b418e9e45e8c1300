//! From what was found unregistered to drafts, from drafts to an inventory, and what changed between two of them.

use serde_json::{Value, json};

use crate::runner::{Case, checks};

const TOKEN: &str = "ghp_{alnum:30}{crc32-github}";

fn case() -> Case {
    let case = Case::new().file(
        "in/deploy/.mcp.json",
        &format!("{{\"mcpServers\": {{\"github\": {{\"command\": \"x\", \"env\": {{\"GITHUB_TOKEN\": \"<<{TOKEN}>>\"}}}}}}}}\n"),
    );
    let stranger = json!({"id": "x", "state": "active", "kind": "api_token", "issuer": "github", "owner": "team:iam",
        "match": [{"alg": "last8", "value": "zzzzzzzz"}]});
    let case =
        case.raw("inv.jsonl", format!("{stranger}\n")).raw("CODEOWNERS", "* @acme/platform\nin/deploy/ @acme/sre\n");
    case.scan(["in", "--inventory", "inv.jsonl", "-o", "report.json", "--exit-zero", "-q"]).exits(0);
    case
}

fn draft(case: &Case, more: &[&str]) -> Value {
    let ran = case.run(["inventory", "propose", "report.json"]).args(more).exits(0).never_shows(&case.secret(TOKEN));
    let text = ran.text();
    let header: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    assert_eq!(header, json!({"schema": "nhi-inventory/1", "complete": false, "scope": []}), "drafts claim nothing");
    assert_eq!(text.lines().count(), 2);
    serde_json::from_str(text.lines().nth(1).unwrap()).unwrap()
}

#[test]
fn a_draft_has_what_the_scan_knows_and_is_not_approved() {
    let case = case();
    let draft = draft(&case, &[]);
    assert_eq!(
        (&draft["state"], &draft["issuer"], &draft["kind"]),
        (&json!("pending"), &json!("github"), &json!("api_token"))
    );
    assert_eq!((&draft["system"], &draft["name"]), (&json!("github"), &json!("github GITHUB_TOKEN")));
    assert_eq!(draft["workload"]["server"], "github");
    assert_eq!(draft["locations"][0]["path"], "in/deploy/.mcp.json");
    assert_eq!(draft["locations"][0]["pointer"], "/mcpServers/github/env/GITHUB_TOKEN");
    assert_eq!(draft["match"][0]["alg"], "sha256");
    assert_eq!(draft["owner"], Value::Null);
}

#[test]
fn the_policy_suggests_the_owner_before_codeowners_does() {
    let case = case()
        .raw("one.toml", "version = 1\n[owners]\nallowed = ['team:iam']\n")
        .raw("two.toml", "version = 1\n[owners]\nallowed = ['team:iam', 'team:sre']\n");
    let owner = |more: &[&str]| {
        let draft = draft(&case, more);
        (draft["owner"]["id"].clone(), draft["ext"]["owner_suggested_by"].clone())
    };
    assert_eq!(owner(&["--codeowners", "CODEOWNERS"]), (json!("sre"), json!("CODEOWNERS")));
    assert_eq!(owner(&["--codeowners", "CODEOWNERS", "--policy", "one.toml"]), (json!("iam"), json!("policy")));
    assert_eq!(owner(&["--codeowners", "CODEOWNERS", "--policy", "two.toml"]), (json!("sre"), json!("CODEOWNERS")));
}

#[test]
fn the_team_of_who_first_committed_it_is_suggested_where_nobody_else_is() {
    let case = Case::new()
        .file("in/a.env", &format!("GITHUB_TOKEN=<<{TOKEN}>>\n"))
        .commit("in")
        .raw("people.jsonl", "{\"table\": \"person\", \"id\": \"u1\", \"name\": \"Test\", \"team\": \"agents\"}\n")
        .raw("CODEOWNERS", "*.env @acme/sre\n")
        .raw("policy.toml", "version = 1\n[owners]\nallowed = ['team:agents', 'team:iam']\n");
    let scan = |more: &[&str]| {
        case.scan(["in", "--exit-zero", "-q", "-o", "report.json", "-o", "report.sarif"]).args(more).exits(0);
    };
    let suggested = |more: &[&str]| {
        let draft = draft(&case, more);
        (draft["owner"]["id"].clone(), draft["ext"]["owner_suggested_by"].clone())
    };
    let nobody = (Value::Null, Value::Null);
    let committer = (json!("agents"), json!("committer"));
    let people = ["--inventory", "people=people.jsonl"];
    scan(&["--history"]);
    assert_eq!(suggested(&[]), nobody);
    assert_eq!(suggested(&people), committer);
    assert_eq!(
        suggested(&[&people[..], &["--codeowners", "CODEOWNERS"]].concat()),
        (json!("sre"), json!("CODEOWNERS"))
    );
    let policy = ["--codeowners", "CODEOWNERS", "--policy", "policy.toml"];
    assert_eq!(
        suggested(&[&people[..], &policy].concat()),
        committer,
        "the policy does not allow whom CODEOWNERS names"
    );
    let sarif = std::fs::read_to_string(case.path("report.sarif")).unwrap();
    assert!(!sarif.contains("test@example.com"), "no address of an author is in SARIF");
    // Who it was is only known where the history was looked at.
    scan(&[]);
    assert_eq!(suggested(&people), nobody);
}

#[test]
fn an_approved_draft_registers_its_credential_as_json_lines_and_as_csv() {
    let case = case();
    case.run(["inventory", "propose", "report.json", "--codeowners", "CODEOWNERS", "-o", "drafts.jsonl"]).exits(0);
    case.run(["inventory", "propose", "report.json", "--codeowners", "CODEOWNERS", "-o", "drafts.csv"]).exits(0);
    for name in ["drafts.jsonl", "drafts.csv"] {
        let text = std::fs::read_to_string(case.path(name)).unwrap().replace("pending", "active");
        std::fs::write(case.path(name), text).unwrap();
        case.run(["inventory", "check", name]).exits(0);
        let report = case.scan(["in", "--inventory", "inv.jsonl", "--inventory", name, "-f", "json"]).exits(1).json();
        assert_eq!(report["credentials"][0]["standing"]["status"], "exact", "{name}");
        assert_eq!(report["credentials"][0]["standing"]["owner"], "team:sre", "{name}");
        assert_eq!(checks(&report), ["exposed-on-host"], "{name}");
    }
}

#[test]
fn with_a_key_a_draft_holds_the_keyed_digest() {
    let case = case();
    let key = "0b".repeat(32);
    let scan = case.scan(["in", "--inventory", "inv.jsonl", "-o", "report.json", "--exit-zero", "-q"]);
    scan.env("KEYTRAWL_KEY", format!("q4:{key}")).exits(0);
    let draft = draft(&case, &[]);
    assert_eq!(draft["match"][0]["alg"], "hmac-sha256");
    let id = draft["ext"]["keytrawl_id"].as_str().unwrap();
    assert_eq!(
        draft["match"][0]["value"],
        json!(draft["match"][0]["value"].as_str().filter(|value| value.starts_with(&format!("hex:{id}"))))
    );
}

#[test]
fn two_inventories_are_compared_row_by_row() {
    let row = |id: &str, state: &str| json!({"id": id, "state": state, "kind": "api_token", "issuer": "github"});
    let case = Case::new()
        .raw("old.jsonl", format!("{}\n{}\n{}\n", row("a", "active"), row("b", "active"), row("c", "active")))
        .raw("new.jsonl", format!("{}\n{}\n{}\n", row("d", "active"), row("b", "revoked"), row("a", "active")));
    let text = case.run(["inventory", "diff", "old.jsonl", "new.jsonl"]).exits(1).text();
    assert_eq!(text, "+ d\n- c\n~ b\n    state: \"active\" -> \"revoked\"\n1 added, 1 removed, 1 changed\n");
    let json = case.run(["inventory", "diff", "old.jsonl", "new.jsonl", "-f", "json"]).exits(1).json();
    assert_eq!(json["changed"][0]["fields"][0], json!({"name": "state", "old": "active", "new": "revoked"}));
    case.run(["inventory", "diff", "old.jsonl", "old.jsonl"]).exits(0);
    case.run(["inventory", "diff", "old.jsonl", "gone.jsonl"]).exits(2).says("gone.jsonl");
}
