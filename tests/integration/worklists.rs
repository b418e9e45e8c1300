//! What to do about a report, and how well things are governed: worklists by owner, the scorecard, formats for both.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::runner::Case;

const TOKEN: &str = "ghp_{alnum:30}{crc32-github}";
const OTHER: &str = "sk-ant-api03-{b64url:93}AA";

/// A registered token of a workload that is gone, and a key that nobody knows.
fn case() -> Case {
    let case = Case::new();
    let digest: String = Sha256::digest(case.secret(TOKEN)).iter().map(|byte| format!("{byte:02x}")).collect();
    let config = json!({"mcpServers": {
        "github": {"command": "x", "env": {"GITHUB_TOKEN": case.secret(TOKEN)}},
        "claude": {"command": "x", "env": {"ANTHROPIC_API_KEY": case.secret(OTHER)}}}});
    let row = json!({"id": "nhi-1", "state": "active", "kind": "api_token", "issuer": "github",
        "owner": {"kind": "team", "id": "iam"}, "workload": {"id": "triage", "server": "github"},
        "created_at": "2026-11-13", "expires_at": "2026-12-30", "match": [{"alg": "sha256", "value": digest}]});
    let gone = json!({"table": "workload", "id": "triage", "state": "decommissioned"});
    let case = case.raw("in/.mcp.json", config.to_string()).raw("inv.jsonl", format!("{row}\n{gone}\n"));
    case.scan(["in", "--inventory", "inv.jsonl", "-o", "report.json", "--exit-zero", "-q"]).exits(0);
    case
}

fn view(case: &Case, name: &str) -> Value {
    case.run(["report", "report.json", "--view", name, "-f", "json"]).exits(0).never_shows(&case.secret(TOKEN)).json()
}

#[test]
fn each_view_holds_its_own_work_by_owner_and_worst_first() {
    let case = case();
    let revoke = view(&case, "revoke");
    assert_eq!(revoke["schema"], "keytrawl-worklist/1");
    let owners = revoke["owners"].as_array().unwrap();
    assert_eq!(owners.len(), 1);
    assert_eq!(owners[0]["owner"], "team:iam");
    let item = &owners[0]["items"][0];
    assert_eq!((&item["severity"], &item["checks"][0]), (&json!("critical"), &json!("live-after-decommission")));
    assert!(item["action"].as_str().unwrap().starts_with("Revoke it"));
    assert!(item["page"].as_str().unwrap().starts_with("https://docs.github.com/"));
    assert!(item["command"].as_str().unwrap().starts_with("gh api"), "the issuer's own tool, to be run by people");

    let register = view(&case, "register");
    assert_eq!(register["owners"][0]["owner"], "nobody");
    assert_eq!(register["owners"][0]["items"][0]["checks"], json!(["unregistered"]));
    let rotate = view(&case, "rotate");
    assert_eq!(rotate["owners"].as_array().unwrap().len(), 2);
    let all = view(&case, "owners");
    let risks: Vec<f64> =
        all["owners"].as_array().unwrap().iter().map(|owner| owner["items"][0]["risk"].as_f64().unwrap()).collect();
    assert!(risks.is_sorted_by(|a, b| a >= b), "{risks:?}");
}

#[test]
fn a_worklist_is_exported_as_csv_markdown_and_json() {
    let case = case();
    let ran =
        case.run(["report", "report.json", "--view", "owners", "-o", "w.csv", "-o", "w.md", "-o", "w.json"]).exits(0);
    assert!(ran.text().contains("team:iam (1 item)"), "{}", ran.text());
    let read = |name: &str| std::fs::read_to_string(case.path(name)).unwrap();
    let csv = read("w.csv");
    assert!(csv.starts_with("owner,severity,risk,action,checks,credential,preview,issuer,"), "{csv}");
    assert_eq!(csv.lines().count(), 3);
    assert!(read("w.md").contains("## team:iam") && read("w.md").contains("| critical |"));
    assert!(serde_json::from_str::<Value>(&read("w.json")).is_ok());
    case.run(["report", "report.json", "--view", "owners", "-f", "sarif"])
        .exits(2)
        .says("human, csv, markdown or json");
    case.run(["report", "report.json", "--view", "revoked"]).exits(2).says("did you mean `revoke`?");
}

#[test]
fn what_is_covered_by_an_exception_is_no_work() {
    let case = case().raw(
        "policy.toml",
        "version = 1\n[[exception]]\nid = 'EX-1'\nchecks = ['unregistered']\nmatch = { server = 'claude' }\nowner = 'team:a'\napprover = \
         'team:b'\nreason = 'r'\nticket = 't'\ncreated = 2026-11-01\nexpires = 2026-12-01\n",
    );
    case.scan(["in", "--inventory", "inv.jsonl", "--policy", "policy.toml", "-o", "report.json", "--exit-zero", "-q"])
        .exits(0);
    assert_eq!(view(&case, "register")["owners"], json!([]));
    let human = case.run(["report", "report.json", "--view", "register"]).exits(0).text();
    assert_eq!(human, "Nothing to register.\n");
    let card = case.run(["report", "report.json", "-f", "json", "--exit-zero"]).exits(0).json()["scorecard"].clone();
    assert_eq!((&card["exceptions"]["used"], &card["suppressed"]), (&json!(1), &json!(1)));
}

#[test]
fn the_scorecard_says_how_much_is_governed_in_every_form() {
    let case = case();
    let report: Value = serde_json::from_slice(&std::fs::read(case.path("report.json")).unwrap()).unwrap();
    let card = &report["scorecard"];
    for (name, value) in [
        ("credentials", 2),
        ("registered", 1),
        ("with_owner", 1),
        ("with_expiry", 1),
        ("with_workload", 1),
        ("workloads", 1),
        ("orphans", 1),
        ("median_age_days", 10),
    ] {
        assert_eq!(card[name], value, "{name}");
    }
    let human = case.scan(["in", "--inventory", "inv.jsonl", "--exit-zero"]).exits(0).text();
    assert!(human.contains("50 % registered") && human.contains("1 orphan"), "{human}");
    let prometheus = case.run(["report", "report.json", "-f", "prometheus", "--exit-zero"]).exits(0).text();
    for line in [
        "keytrawl_credentials 2",
        "keytrawl_credentials_with_ratio{with=\"registered\"} 0.5",
        "keytrawl_orphans 1",
        "keytrawl_check_findings_open{check=\"unregistered\"} 1",
        "keytrawl_scan_complete 1",
    ] {
        assert!(prometheus.lines().any(|written| written == line), "{line}\n{prometheus}");
    }
    // Every sample stands under its type, and every line ends.
    assert!(prometheus.ends_with('\n') && prometheus.matches("# TYPE").count() == prometheus.matches("# HELP").count());
}

#[test]
fn findings_are_exported_for_spreadsheets_and_comments() {
    let case = case();
    let csv = case
        .run(["report", "report.json", "-f", "csv", "--exit-zero"])
        .exits(0)
        .never_shows(&case.secret(TOKEN))
        .text();
    assert!(csv.starts_with("finding,check,severity,suppressed,credential,"), "{csv}");
    assert!(csv.contains(",live-after-decommission,critical,"));
    let markdown = case.run(["report", "report.json", "-f", "markdown", "--exit-zero"]).exits(0).text();
    assert!(markdown.contains("| critical | live-after-decommission |"), "{markdown}");
}
