//! The policy: every key, what is said of mistakes, layers that may only tighten, gates, exceptions.

use serde_json::{Value, json};

use crate::runner::{Case, checks};

const TOKEN: &str = "ghp_{alnum:30}{crc32-github}";

const WHOLE: &str = r#"version = 1

[inventory]
max_age_hours  = 48
require_fields = ["owner", "purpose", "system", "workload", "expires_at"]
stale_days     = 90

[owners]
allowed = ["team:iam-platform", "team:secops"]

[lifetime]
max_days      = 90
warn_days     = 14
max_age_days  = 90
grace_days    = 7
[[lifetime.override]]
issuer   = "aws"
max_days = 30

[dynamic]
issuers = ["aws", "gcp", "azure", "vault"]

[scopes]
deny = ["*", "admin:*", "repo:delete"]

[places]
prod    = ["secret_manager", "ci_secret", "k8s_secret"]
default = ["secret_manager", "ci_secret", "k8s_secret", "host_config"]

[[environment]]
name = "prod"
glob = ["deploy/prod/**", "**/prod/**"]
[[environment]]
name = "dev"
glob = ["~/**", "**/.cursor/**", "**/.env.local"]

[assets]
mirrors = [["git@github.com:acme/agents", "https://gitlab.acme.io/mirror/agents"]]

[gate]
pull_request = ["unregistered", "exposed-in-repository"]
sweep        = ["high"]

[exceptions]
max_days  = 90
approvers = ["team:iam-platform"]

[[exception]]
id       = "EX-2026-014"
checks   = ["unregistered", "exposed-on-host"]
match    = { path = "in/**" }
owner    = "team:iam-platform"
approver = "team:iam-platform"
reason   = "Recorded fixture, revoked at source"
ticket   = "SEC-4412"
created  = 2026-11-01
expires  = 2027-01-15
"#;

fn case() -> Case {
    Case::new()
        .file("in/.mcp.json", &format!("{{\"mcpServers\": {{\"github\": {{\"command\": \"x\", \"env\": {{\"GITHUB_TOKEN\": \"<<{TOKEN}>>\"}}}}}}}}\n"))
        .raw("policy.toml", WHOLE)
}

#[test]
fn every_key_of_the_sample_is_understood_and_shown_with_its_line() {
    let case = case();
    let said = case.run(["policy", "check", "policy.toml", "--now", crate::runner::NOW]).exits(0).text();
    assert!(said.contains("policy.toml: can be used") && said.contains("1 in force, 0 expired"), "{said}");
    let shown = case.run(["policy", "show", "policy.toml", "-f", "json"]).exits(0).json();
    let key = |name: &str| shown["keys"].as_array().unwrap().iter().find(|key| key["key"] == name).unwrap().clone();
    for (name, value, line) in [
        ("inventory.max_age_hours", json!(48), 4),
        ("owners.allowed", json!(["team:iam-platform", "team:secops"]), 9),
        ("lifetime.max_days", json!(90), 12),
        ("lifetime.override.aws.max_days", json!(30), 18),
        ("dynamic.issuers", json!(["aws", "gcp", "azure", "vault"]), 21),
        ("scopes.deny", json!(["*", "admin:*", "repo:delete"]), 24),
        ("places.prod", json!(["secret_manager", "ci_secret", "k8s_secret"]), 27),
        ("gate.sweep", json!(["high"]), 42),
        ("exceptions.max_days", json!(90), 45),
    ] {
        let key = key(name);
        assert_eq!(
            (&key["value"], &key["from"]),
            (&value, &json!({"layer": "file", "file": "policy.toml", "line": line})),
            "{name}"
        );
    }
    // What an override does not say comes from the rule for all.
    assert_eq!(key("lifetime.override.aws.warn_days")["from"]["line"], 13);
    assert_eq!(key("exception.EX-2026-014")["from"]["line"], 48);
    let human = case.run(["policy", "show", "policy.toml"]).exits(0).text();
    assert!(human.contains("lifetime.max_days = 90") && human.contains("# policy.toml:12"), "{human}");
    let built_in = case.run(["policy", "show"]).exits(0).text();
    assert!(built_in.contains("inventory.max_age_hours = not set") && built_in.contains("# built-in"), "{built_in}");
}

#[test]
fn every_mistake_names_file_and_line_and_what_to_do() {
    for (piece, by, said) in [
        (
            "warn_days     = 14",
            "warm_days = 14",
            "policy.toml:13: unknown key `warm_days`\nhint: did you mean `warn_days`?",
        ),
        ("expires  = 2027-01-15\n", "", "missing key `expires`\nhint: add `expires`"),
        (
            "expires  = 2027-01-15",
            "expires = 2027-06-15",
            "policy.toml:57: the exception lasts 226 days; 90 are allowed",
        ),
        (
            "approver = \"team:iam-platform\"",
            "approver = \"team:me\"",
            "policy.toml:53: `team:me` may not approve exceptions",
        ),
        ("{ path = \"in/**\" }", "{ path = \"**\" }", "policy.toml:51: `match` of the exception fits everything"),
        (
            "\"unregistered\", \"exposed-on-host\"",
            "\"unregisterd\"",
            "`unregisterd` is no check\nhint: did you mean `unregistered`?",
        ),
        ("sweep        = [\"high\"]", "sweep = [\"hihg\"]", "did you mean `high`?"),
        (
            "checks   = [\"unregistered\", \"exposed-on-host\"]",
            "checks = [\"live-after-decommission\"]",
            "7 are allowed for `live-after-decommission`",
        ),
        ("version = 1", "version = 2", "write `version = 1`"),
    ] {
        assert!(WHOLE.contains(piece), "{piece}");
        let case = case().raw("policy.toml", WHOLE.replacen(piece, by, 1));
        // Standard error shows a hint on a line of its own, after the message.
        let (message, hint) = said.split_once('\n').unwrap_or((said, "hint: "));
        case.run(["policy", "check", "policy.toml"]).exits(2).says(message).says(hint);
        case.scan(["in", "--policy", "policy.toml"]).exits(2).says(message);
    }
    case().scan(["in", "--policy", "gone.toml"]).exits(2).says("could not read policy `gone.toml`").says("hint: ");
}

#[test]
fn a_repositorys_policy_may_only_tighten() {
    let with = |text: &str| case().raw("repo.toml", format!("version = 1\n{text}"));
    let tighter = with("[lifetime]\nmax_days = 30\n[gate]\npull_request = ['duplicated']\n");
    tighter.run(["policy", "check", "policy.toml", "repo.toml"]).exits(0).text();
    let shown = tighter.run(["policy", "show", "policy.toml", "repo.toml"]).exits(0).text();
    assert!(
        shown.lines().any(|line| line.starts_with("lifetime.max_days = 30 ") && line.ends_with("# repo.toml:3")),
        "{shown}"
    );
    for (text, said) in [
        ("[lifetime]\nmax_days = 120\n", "repo.toml:3: `lifetime.max_days = 120` is more than 90"),
        ("[owners]\nallowed = ['team:mine']\n", "repo.toml:3: `owners.allowed` adds `team:mine`"),
        ("[places]\nprod = ['repo']\n", "repo.toml:3: `places.prod` adds `repo`"),
    ] {
        let case = with(text);
        case.run(["policy", "check", "policy.toml", "repo.toml"])
            .exits(2)
            .says(said)
            .says("may only tighten what policy.toml:");
        case.scan(["in", "--policy", "policy.toml", "--policy", "repo.toml"]).exits(2).says(said);
    }
    // Nothing in a scanned tree is a policy unless somebody names it.
    let case = case().raw("in/policy.toml", "not even a policy").raw("in/keytrawl.toml", "version = 9");
    case.scan(["in"]).exits(1);
}

#[test]
fn an_exception_suppresses_and_is_counted_everywhere() {
    let case = case();
    let run =
        |format: &str| case.scan(["in", "--policy", "policy.toml", "--fail-on", "low", "-f", format]).ends(Some(0));
    let report = run("json").json();
    let findings = report["findings"].as_array().unwrap();
    let exposed = findings.iter().find(|finding| finding["check"] == "exposed-on-host").unwrap();
    assert_eq!(exposed["suppressed"]["id"], "EX-2026-014");
    let sarif = run("sarif").json();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let justification = results[0]["suppressions"][0]["justification"].as_str().unwrap();
    assert!(justification.contains("SEC-4412") && justification.contains("2027-01-15"), "{justification}");
    let human = run("human").text();
    assert!(human.contains("suppressed") || human.contains("excepted"), "{human}");
    // The day after its last day it covers nothing.
    let later = case
        .run(["scan", "--now", "2027-01-16T00:00:00Z", "in", "--policy", "policy.toml", "-f", "json"])
        .exits(1)
        .json();
    assert!(checks(&later).contains(&"exception-expired".to_owned()));
    assert!(later["findings"].as_array().unwrap().iter().all(|finding| finding["suppressed"] == Value::Null));
}

#[test]
fn a_marker_refers_to_an_exception_and_grants_nothing() {
    let token = Case::new().secret(TOKEN);
    let with = |id: &str| case().raw("in/a.env", format!("# keytrawl:allow {id}\nGITHUB_TOKEN={token}\n"));
    let outside = |case: Case| case.raw("policy.toml", WHOLE.replace("in/**", "elsewhere/**"));
    let open = |case: &Case| {
        let ran = case.scan(["in/a.env", "--policy", "policy.toml", "-f", "json"]).exits(1);
        let findings = ran.json()["findings"].as_array().unwrap().clone();
        (
            findings
                .iter()
                .any(|finding| finding["check"] == "exposed-on-host" && finding["suppressed"] == Value::Null),
            ran.stderr,
        )
    };
    let (is_open, said) = open(&outside(with("EX-2026-014")));
    assert!(is_open, "an exception for another path is not widened by a marker");
    assert!(!said.contains("refers to exception"), "{said}");
    let (is_open, said) = open(&outside(with("EX-9")));
    assert!(is_open && said.contains("in/a.env:1") && said.contains("`EX-9`"), "{said}");
}
