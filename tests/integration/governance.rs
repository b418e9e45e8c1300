//! The table of governance checks: for each its severity, where it fires and where it just does not, through the binary and
//! under a fixed clock. A check without a row here fails the test.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::runner::{Case, NOW, checks};

const TOKEN: &str = "ghp_{alnum:30}{crc32-github}";

/// A tree with a token, what it is held against, and the options of the scan.
struct Scene {
    case: Case,
    rows: Vec<Value>,
    arguments: Vec<String>,
    /// What is run over the tree.
    command: &'static [&'static str],
    /// The tree is made a repository first.
    is_repository: bool,
    /// A file that a second commit takes out of the repository.
    removed: Option<&'static str>,
}

/// A row that matches the token and that nothing is wrong with.
fn good() -> Value {
    let digest: String = Sha256::digest(Case::new().secret(TOKEN)).iter().map(|byte| format!("{byte:02x}")).collect();
    json!({"id": "nhi-1", "state": "active", "kind": "api_token", "issuer": "github",
        "owner": {"kind": "team", "id": "iam"}, "workload": {"kind": "agent", "id": "triage", "server": "github"},
        "match": [{"alg": "sha256", "value": digest}]})
}

/// A row of some other credential.
fn other(change: impl FnOnce(&mut Value)) -> Value {
    let mut row = good();
    row["id"] = json!("nhi-2");
    row["match"] = json!([{"alg": "sha256", "value": "0".repeat(64)}]);
    change(&mut row);
    row
}

fn text(servers: &[&str]) -> String {
    let entry = json!({"command": "npx", "args": ["-y", "server"], "env": {"GITHUB_TOKEN": Case::new().secret(TOKEN)}});
    let servers: serde_json::Map<_, _> = servers.iter().map(|server| ((*server).to_owned(), entry.clone())).collect();
    serde_json::to_string_pretty(&json!({ "mcpServers": servers })).unwrap()
}

/// The token in one config, registered by a good row.
fn scene() -> Scene {
    at("in/.mcp.json", &["github"])
}

/// The token in the servers of a config at some place.
fn at(path: &str, servers: &[&str]) -> Scene {
    over(Case::new().raw(path, text(servers)))
}

/// A tree of any kind.
fn over(case: Case) -> Scene {
    let command = &["scan", "in"];
    Scene { case, rows: vec![good()], arguments: Vec::new(), command, is_repository: false, removed: None }
}

impl Scene {
    fn and(mut self, path: &str, servers: &[&str]) -> Self {
        self.case = self.case.raw(path, text(servers));
        self
    }

    fn file(mut self, path: &str, text: &str) -> Self {
        self.case = self.case.raw(path, text);
        self
    }

    /// Changes the row of the token.
    fn row(mut self, change: impl FnOnce(&mut Value)) -> Self {
        change(&mut self.rows[0]);
        self
    }

    /// Another row, of any table.
    fn also(mut self, row: Value) -> Self {
        self.rows.push(row);
        self
    }

    fn header(mut self, header: Value) -> Self {
        self.rows.insert(0, header);
        self
    }

    fn policy(mut self, text: &str) -> Self {
        self.case = self.case.raw("policy.toml", format!("version = 1\n{text}"));
        self.arguments.extend(["--policy".to_owned(), "policy.toml".to_owned()]);
        self
    }

    fn usage(mut self, events: &[Value]) -> Self {
        self.case = self.case.raw("usage.jsonl", events.iter().map(|event| format!("{event}\n")).collect::<String>());
        self.arguments.extend(["--usage".to_owned(), "usage.jsonl".to_owned()]);
        self
    }

    fn repository(mut self) -> Self {
        self.is_repository = true;
        self
    }

    /// The history of the repository is scanned.
    fn history(mut self) -> Self {
        self.arguments.push("--history".to_owned());
        self.repository()
    }

    /// A file that is no longer in the newest commit.
    fn removed(mut self, path: &'static str) -> Self {
        self.removed = Some(path);
        self
    }

    /// The tree is the home of one who is called `in`.
    fn home(mut self) -> Self {
        self.command = &["discover", "--home", "in"];
        self
    }

    /// What fires, and the report.
    fn report(mut self) -> Value {
        if self.is_repository {
            self.case = self.case.commit("in");
        }
        if let Some(path) = self.removed {
            std::fs::remove_file(self.case.path(path)).unwrap();
            self.case = self.case.commit("in");
        }
        let rows: String = self.rows.iter().map(|row| format!("{row}\n")).collect();
        let case = self.case.raw("inv.jsonl", rows);
        let run = case.run(self.command).args(["--now", NOW, "--inventory", "inv.jsonl", "-f", "json"]);
        run.args(&self.arguments).ends(None).never_shows(&case.secret(TOKEN)).json()
    }
}

fn table(name: &str, id: &str, state: &str) -> Value {
    json!({"table": name, "id": id, "state": state})
}

const ENVIRONMENTS: &str =
    "[[environment]]\nname = 'prod'\nglob = '**/prod/**'\n[[environment]]\nname = 'dev'\nglob = '**/dev/**'\n";

fn excepted(created: &str, expires: &str, path: &str) -> String {
    format!(
        "[[exception]]\nid = 'EX-1'\nchecks = ['exposed-on-host']\nmatch = {{ path = '{path}' }}\nowner = 'team:iam'\napprover = \
         'team:iam'\nreason = 'recorded'\nticket = 'SEC-1'\ncreated = {created}\nexpires = {expires}\n"
    )
}

/// One check: its id and severity, where it fires, and where it just does not.
struct Row(&'static str, f32, fn() -> Scene, fn() -> Scene);

#[rustfmt::skip]
const TABLE: &[Row] = &[
    Row("ambiguous-match", 3.7,
        || scene().row(tail).also(other(tail)),
        || scene().row(tail)),
    Row("duplicate-records", 4.0,
        || scene().also(other(|row| row["match"] = good()["match"].clone())),
        || scene().also(other(|_| ()))),
    Row("duplicated", 6.8,
        || scene().and("in/b/.mcp.json", &["issues"]),
        || scene().and("in/b/.mcp.json", &["github"])),
    Row("env-crossing-reuse", 8.8,
        || at("in/prod/.mcp.json", &["github"]).and("in/dev/.mcp.json", &["github"]).policy(ENVIRONMENTS),
        || at("in/prod/.mcp.json", &["github"]).and("in/a/prod/.mcp.json", &["github"]).policy(ENVIRONMENTS)),
    Row("exception-expired", 5.0,
        || scene().policy(&excepted("2026-10-01", "2026-11-22", "in/**")),
        || scene().policy(&excepted("2026-10-01", "2026-11-23", "in/**"))),
    Row("exception-unused", 1.0,
        || scene().policy(&excepted("2026-10-01", "2026-12-01", "elsewhere/**")),
        || scene().policy(&excepted("2026-10-01", "2026-12-01", "in/**"))),
    Row("expired-present", 5.3,
        || scene().row(|row| row["expires_at"] = json!("2026-11-22")),
        || scene().row(|row| row["expires_at"] = json!("2026-11-23"))),
    Row("expiring-soon", 2.0,
        || scene().row(|row| row["expires_at"] = json!("2026-12-06")).policy("[lifetime]\nwarn_days = 14"),
        || scene().row(|row| row["expires_at"] = json!("2026-12-08")).policy("[lifetime]\nwarn_days = 14")),
    Row("exposed-in-history", 7.1,
        || scene().history().removed("in/.mcp.json"),
        || scene().history()),
    Row("exposed-in-repository", 7.5,
        || scene().repository(),
        scene),
    Row("exposed-on-host", 5.4,
        scene,
        || scene().repository()),
    Row("human-use", 6.0,
        || at("in/.cursor/mcp.json", &["github"]).home().row(owned_by("somebody")),
        || at("in/.cursor/mcp.json", &["github"]).home().row(owned_by("in"))),
    Row("inventory-contains-plaintext", 8.1,
        || scene().row(|row| row["secret"] = json!(Case::new().secret(TOKEN))),
        || scene().row(|row| row["secret"] = json!("ghp_…Zq1x"))),
    Row("inventory-outdated", 3.0,
        || scene().header(exported("2026-11-20T23:00:00Z")).policy("[inventory]\nmax_age_hours = 48"),
        || scene().header(exported("2026-11-21T01:00:00Z")).policy("[inventory]\nmax_age_hours = 48")),
    Row("live-after-decommission", 9.3,
        || scene().also(table("workload", "triage", "decommissioned")),
        || scene().also(table("workload", "triage", "decommissioned")).row(|row| row["state"] = json!("revoked"))),
    Row("missing-metadata", 4.3,
        || scene().row(|row| row["purpose"] = json!("TBD")).policy("[inventory]\nrequire_fields = ['purpose']"),
        || scene().row(|row| row["purpose"] = json!("reads issues")).policy("[inventory]\nrequire_fields = ['purpose']")),
    Row("no-expiry", 6.5,
        || scene().row(|row| row["expires_at"] = Value::Null).policy("[lifetime]\nmax_days = 90"),
        || scene().policy("[lifetime]\nmax_days = 90")),
    Row("orphaned-owner", 8.1,
        || scene().also(table("team", "iam", "disbanded")),
        || scene().also(table("team", "iam", "active"))),
    Row("orphaned-workload", 8.6,
        || scene().also(table("workload", "triage", "decommissioned")),
        || scene().also(table("workload", "triage", "active"))),
    Row("owner-not-allowed", 5.5,
        || scene().policy("[owners]\nallowed = ['team:secops']"),
        || scene().policy("[owners]\nallowed = ['team:iam']")),
    Row("registered-location-missing", 3.1,
        || scene().file("in/moved.json", "{}").row(|row| row["locations"] = json!([{"kind": "config", "path": "moved.json"}])),
        || scene().file("in/moved.json", "{}").row(|row| row["locations"] = json!([{"kind": "config", "path": ".mcp.json"}, {"kind": "secret_manager", "ref": "vault:kv/x"}]))),
    Row("revoked-present", 5.0,
        || scene().row(|row| row["state"] = json!("revoked")),
        || scene().row(|row| row["state"] = json!("pending"))),
    Row("rotation-overdue", 6.2,
        || scene().row(|row| row["created_at"] = json!("2026-08-15")).policy("[lifetime]\nmax_age_days = 90\ngrace_days = 7"),
        || scene().row(|row| row["created_at"] = json!("2026-08-20")).policy("[lifetime]\nmax_age_days = 90\ngrace_days = 7")),
    Row("scan-incomplete", 3.0,
        || over(Case::new().raw("in/.keep", "").raw("in/a/b", "").raw("in/bad.zip", b"PK\x03\x04 broken")),
        scene),
    Row("scope-creep", 7.8,
        || scene().row(|row| row["scopes"] = json!(["issues:read"])).usage(&[used("nhi-1", &["issues:read", "repo:delete"], "triage")]),
        || scene().row(|row| row["scopes"] = json!(["issues:read"])).usage(&[used("nhi-1", &["issues:read"], "triage")])),
    Row("shadow-server", 6.9,
        || scene().also(serving("gitlab")),
        || scene().also(serving("github"))),
    Row("shared-across-agents", 7.4,
        || at("in/.mcp.json", &["github", "issues"]),
        || at("in/.mcp.json", &["github", "issues"]).row(|row| row["workload"] = json!([{"id": "a", "server": "github"}, {"id": "b", "server": "issues"}]))),
    Row("stale-record", 3.5,
        || scene().also(other(|row| row["last_used_at"] = json!("2026-08-20"))).policy("[inventory]\nstale_days = 90"),
        || scene().also(other(|row| row["last_used_at"] = json!("2026-08-30"))).policy("[inventory]\nstale_days = 90")),
    Row("static-where-dynamic", 4.8,
        || scene().policy("[dynamic]\nissuers = ['github']"),
        || scene().policy("[dynamic]\nissuers = ['aws']")),
    Row("suspended-present", 5.0,
        || scene().row(|row| row["state"] = json!("suspended")),
        || scene().row(|row| row["state"] = json!("unknown"))),
    Row("ttl-too-long", 5.9,
        || scene().row(lives("2026-10-01", "2026-12-31")).policy("[lifetime]\nmax_days = 90"),
        || scene().row(lives("2026-10-01", "2026-12-29")).policy("[lifetime]\nmax_days = 90")),
    Row("unregistered", 8.2,
        || scene().row(|row| row["match"] = json!([{"alg": "sha256", "value": "0".repeat(64)}])),
        || scene().row(|row| row["match"] = json!([{"alg": "sha256", "value": "0".repeat(64)}])).header(json!({"schema": "nhi-inventory/1", "scope": ["slack"]}))),
    Row("wrong-environment", 8.8,
        || at("in/dev/.mcp.json", &["github"]).row(|row| row["environment"] = json!("prod")).policy(ENVIRONMENTS),
        || at("in/prod/.mcp.json", &["github"]).row(|row| row["environment"] = json!("prod")).policy(ENVIRONMENTS)),
    Row("wrong-location", 6.6,
        || scene().policy("[places]\ndefault = ['secret_manager']"),
        || scene().policy("[places]\ndefault = ['secret_manager', 'host_config']")),
];

/// Only the last eight characters of the token.
fn tail(row: &mut Value) {
    row["match"] = json!([{"alg": "last8", "value": &Case::new().secret(TOKEN)[32..]}]);
}

fn owned_by(person: &'static str) -> impl FnOnce(&mut Value) {
    move |row| row["owner"] = json!({"kind": "person", "id": person})
}

/// A system that is known by the name of a server.
fn serving(server: &str) -> Value {
    json!({"table": "system", "id": "tickets", "state": "active", "servers": [server]})
}

fn exported(at: &str) -> Value {
    json!({"schema": "nhi-inventory/1", "exported_at": at})
}

fn used(record: &str, scopes: &[&str], workload: &str) -> Value {
    json!({"record": record, "time": "2026-11-20T00:00:00Z", "actor": "bot", "workload": workload, "scopes": scopes})
}

fn lives(from: &'static str, to: &'static str) -> impl FnOnce(&mut Value) {
    move |row| {
        row["created_at"] = json!(from);
        row["expires_at"] = json!(to);
    }
}

#[test]
fn every_check_has_a_row_in_the_table_with_its_severity() {
    let rows: BTreeSet<&str> = TABLE.iter().map(|row| row.0).collect();
    for check in keytrawl::check::all() {
        let meta = check.meta();
        let row = TABLE.iter().find(|row| row.0 == meta.id);
        assert!(row.is_some(), "the check {} has no row", meta.id);
        assert!(row.is_none_or(|row| (row.1 - meta.severity).abs() < 0.01), "{}: severity {}", meta.id, meta.severity);
    }
    let known: BTreeSet<&str> = keytrawl::check::all().iter().map(|check| check.meta().id).collect();
    assert!(rows.is_subset(&known), "{:?}", rows.difference(&known));
}

#[test]
fn every_check_fires_where_its_condition_holds() {
    for Row(check, _, fires, _) in TABLE {
        let report = fires().report();
        assert!(checks(&report).contains(&(*check).to_owned()), "{check}: {:?}", checks(&report));
    }
}

#[test]
fn no_check_fires_where_its_condition_just_does_not_hold() {
    for Row(check, _, _, near_miss) in TABLE {
        let report = near_miss().report();
        assert!(!checks(&report).contains(&(*check).to_owned()), "{check}: {:#}", report["findings"]);
    }
}

#[test]
fn a_check_without_its_evidence_says_in_coverage_what_it_lacks() {
    let report = scene().report();
    let lacks = &report["coverage"]["not_evaluated"];
    for (check, lack) in [
        ("stale-record", "stale_days"),
        ("exception-unused", "[[exception]]"),
        ("registered-location-missing", "lists a place"),
        ("scope-creep", "--usage"),
        ("no-expiry", "max_days"),
    ] {
        assert!(lacks[check].as_str().is_some_and(|text| text.contains(lack)), "{check}: {lacks}");
    }
}

#[test]
fn use_by_a_second_workload_is_sharing_and_recent_use_is_not_stale() {
    let events = [used("nhi-1", &[], "triage"), used("nhi-1", &[], "somebody-else")];
    assert!(checks(&scene().usage(&events).report()).contains(&"shared-across-agents".to_owned()));
    assert!(!checks(&scene().usage(&events[..1]).report()).contains(&"shared-across-agents".to_owned()));
    let stale =
        || scene().also(other(|row| row["last_used_at"] = json!("2026-01-01"))).policy("[inventory]\nstale_days = 90");
    assert!(!checks(&stale().usage(&[used("nhi-2", &[], "triage")]).report()).contains(&"stale-record".to_owned()));
    // A token in an audit log is named by its digest.
    let digest = good()["match"][0]["value"].clone();
    let event = json!({"hashed_token": digest, "@timestamp": 1_794_900_000_000_i64, "token_scopes": "admin:org"});
    let report = scene().row(|row| row["scopes"] = json!(["repo"])).usage(&[event]).report();
    assert!(checks(&report).contains(&"scope-creep".to_owned()));
}

#[test]
fn a_finding_on_an_exception_is_located_at_its_line_in_the_policy() {
    let report = scene().policy(&excepted("2026-10-01", "2026-11-22", "in/**")).report();
    let findings = report["findings"].as_array().unwrap();
    let finding = findings.iter().find(|finding| finding["check"] == "exception-expired").unwrap();
    assert_eq!((&finding["path"], &finding["region"]["startLine"]), (&json!("policy.toml"), &json!(2)));
    let exposed = findings.iter().find(|finding| finding["check"] == "exposed-on-host").unwrap();
    assert_eq!(exposed["suppressed"], Value::Null, "an expired exception suppresses nothing");
}

#[test]
fn usage_that_cannot_be_read_is_an_error() {
    let case = scene().case.raw("inv.jsonl", format!("{}\n", good())).raw("usage.jsonl", "{\"actor\": \"x\"}\n");
    let scan = |file: &str| case.scan(["in", "--inventory", "inv.jsonl", "--usage", file]).exits(2);
    scan("gone.jsonl").says("could not read usage `gone.jsonl`");
    scan("usage.jsonl").says("usage.jsonl:1: ").says("hint: each event names a credential");
}

#[test]
fn every_error_of_an_inventory_names_file_and_line_and_what_to_do() {
    let twice = format!("{}\n{}\n", good(), good());
    let case = scene().case.raw("inv.jsonl", twice);
    let run = case.scan(["in", "--inventory", "inv.jsonl"]).exits(2);
    run.says("inv.jsonl:2: the `id` is that of line 1 too").says("hint: an id names one identity");
    case.run(["inventory", "check", "inv.jsonl"]).exits(2).says("inv.jsonl:2: ");

    let mut keyed = good();
    keyed["match"] = json!([{"alg": "hmac-sha256", "key_id": "q4", "value": "0".repeat(64)}]);
    let case = scene().case.raw("inv.jsonl", format!("{keyed}\n"));
    case.scan(["in", "--inventory", "inv.jsonl"])
        .exits(2)
        .says("inv.jsonl:1: matching needs")
        .says("hint: set KEYTRAWL_KEY");
    let scan = case.scan(["in", "--inventory", "inv.jsonl"]).env("KEYTRAWL_KEY", format!("q5:{}", "0b".repeat(32)));
    scan.exits(2).says("inv.jsonl:1: the configured key is not the one").says("hint: ");

    case.scan(["in", "--inventory", "github-pat=x.json"]).exits(2).says("did you mean `github-pats`?");
    case.scan(["in", "--inventory", "gone.jsonl"])
        .exits(2)
        .says("could not read inventory `gone.jsonl`")
        .says("hint: ");
}

/// What a mistake is called, the file that holds it, the options that name the file, and what is said of it.
struct Mistake(&'static str, String, &'static [&'static str], &'static str, &'static str);

#[test]
fn each_class_of_error_ends_the_run_and_names_file_and_line_and_what_to_do() {
    let row = |id: &str, keys: Value| json!({"id": id, "state": "active", "kind": "api_key", "issuer": "acme", "match": keys});
    let keyed = row("a", json!([{"alg": "hmac-sha256", "key_id": "q4", "value": "0".repeat(64)}]));
    let approved = "version = 1\n[exceptions]\napprovers = ['team:secops']\n";
    let joined = "version = 1\n[[source]]\nname = 'mine'\n[source.defaults]\nkind = 'api_key'\nissuer = 'acme'\n[source.fields]\nid = '/id'\n\
                  [[source.join]]\nfile = 'log.json'\nleft = '/id'\nright = '/id'\n";
    let mistakes = [
        Mistake(
            "unknown policy key",
            "version = 1\n[owners]\nalowed = ['team:iam']\n".to_owned(),
            &["--policy", "wrong"],
            "wrong:3: unknown key `alowed`",
            "did you mean `allowed`?",
        ),
        Mistake(
            "exception without expiry",
            format!(
                "version = 1\n{}",
                excepted("2026-10-01", "2026-12-01", "in/**").replace("expires = 2026-12-01\n", "")
            ),
            &["--policy", "wrong"],
            "wrong:2: missing key `expires`",
            "add `expires`",
        ),
        Mistake(
            "approver not allowed",
            format!("{approved}{}", excepted("2026-10-01", "2026-12-01", "in/**")),
            &["--policy", "wrong"],
            "wrong:9: `team:iam` may not approve exceptions",
            "must approve: team:secops",
        ),
        Mistake(
            "join file missing",
            joined.to_owned(),
            &["--mapping", "wrong", "--inventory", "mine=rows.json"],
            "wrong:10: could not read `log.json`, which is joined to `rows.json`",
            "put that export beside `rows.json`",
        ),
        Mistake(
            "duplicate ids",
            format!("{}\n{}\n", row("a", json!([])), row("a", json!(["key_id:k"]))),
            &["--inventory", "wrong"],
            "wrong:2: the `id` is that of line 1 too",
            "an id names one identity",
        ),
        Mistake(
            "wrong key",
            format!("{keyed}\n"),
            &["--inventory", "wrong"],
            "wrong:1: the configured key is not the one",
            "KEYTRAWL_KEY",
        ),
    ];
    for Mistake(class, text, options, said, hint) in mistakes {
        let case = Case::new().raw("in/a.txt", "nothing").raw("rows.json", "[{\"id\": \"a\"}]").raw("wrong", text);
        let scan = case.scan(["in"]).args(options).env("KEYTRAWL_KEY", format!("q5:{}", "0b".repeat(32)));
        let ran = scan.exits(2).says(said).says("hint: ");
        assert!(ran.stderr.contains(hint) && ran.stdout.is_empty(), "{class}: {}", ran.stderr);
    }
}
