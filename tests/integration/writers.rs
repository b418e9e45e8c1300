//! The writers: what SARIF, JSON, JSON Lines and the report for people hold, and what none of them ever does.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::runner::Case;

const TOKEN: &str = "ghp_{alnum:30}{crc32-github}";
const FORMATS: [&str; 4] = ["human", "json", "jsonl", "sarif"];

fn config(server: &str, token: &str) -> String {
    let mut servers = serde_json::Map::new();
    servers.insert(server.to_owned(), json!({"command": "npx", "args": ["-y", "x"], "env": {"GITHUB_TOKEN": token}}));
    serde_json::to_string_pretty(&json!({ "mcpServers": servers })).unwrap()
}

/// A tree with the token in a config at each of the paths.
fn at(paths: &[&str]) -> Case {
    paths.iter().fold(Case::new(), |case, path| {
        let text = config("github", &case.secret(TOKEN));
        case.raw(path, text)
    })
}

/// The one run of a SARIF log.
fn run(log: &Value) -> &Value {
    assert_eq!(log["version"], "2.1.0");
    assert!(log["$schema"].as_str().unwrap().contains("sarif-schema-2.1.0"));
    assert_eq!(log["runs"].as_array().unwrap().len(), 1);
    &log["runs"][0]
}

fn results(log: &Value) -> &Vec<Value> {
    run(log)["results"].as_array().unwrap()
}

/// The schema of that file, ready to validate.
fn schema(path: &str) -> jsonschema::Validator {
    let text = std::fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    jsonschema::validator_for(&serde_json::from_str(&text).unwrap()).unwrap()
}

#[track_caller]
fn fits(schema: &jsonschema::Validator, value: &Value) {
    let errors: Vec<String> =
        schema.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

/// A workspace that raises findings on credentials, on rows and on configuration, one of them excepted.
fn workspace() -> Case {
    let policy = "version = 1\n[[exception]]\nid = \"EX-1\"\nchecks = [\"exposed-in-repository\"]\nmatch = { path = \"repo/fixtures/**\" }\nowner = \"team:iam\"\napprover = \"team:iam\"\nreason = \"Recorded [fixture]\"\nticket = \"S-1\"\ncreated = 2026-11-01\nexpires = 2027-01-15\n";
    let stale = json!({"id": "nhi-9", "state": "active", "kind": "api_token", "issuer": "slack"});
    at(&["repo/.mcp.json", "repo/.cursor/mcp.json", "repo/fixtures/.mcp.json"])
        .raw("repo/broken/.mcp.json", "{\"mcpServers\": {")
        .commit("repo")
        .raw(
            "inv.jsonl",
            format!("{}\n{stale}\n{{\"id\": \"x\"}}\n", json!({"schema": "nhi-inventory/1", "complete": true})),
        )
        .raw("policy.toml", policy)
}

fn scan(case: &Case, format: &str) -> Vec<u8> {
    case.scan(["repo", "--inventory", "inv.jsonl", "--policy", "policy.toml", "-f", format]).exits(1).stdout
}

fn sarif(case: &Case) -> Value {
    serde_json::from_slice(&scan(case, "sarif")).unwrap()
}

#[test]
fn sarif_is_valid_and_each_result_is_whole() {
    let case = workspace();
    let log = sarif(&case);
    fits(&schema("tests/sarif/sarif-2.1.0.json"), &log);
    let rules = run(&log)["tool"]["driver"]["rules"].as_array().unwrap();
    for result in results(&log) {
        let rule = &rules[result["ruleIndex"].as_u64().unwrap() as usize];
        assert_eq!(rule["id"], result["ruleId"]);
        assert_eq!(result["locations"].as_array().unwrap().len(), 1);
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uriBaseId"], "SRCROOT");
        for edge in ["startLine", "startColumn", "endLine", "endColumn"] {
            assert!(place["region"][edge].as_u64().is_some_and(|at| at > 0), "{edge}");
        }
        assert!(place["region"].get("snippet").is_none() && result.get("rank").is_none());
        let id = result["fingerprints"]["keytrawl/v1"].as_str().unwrap();
        let hash = result["partialFingerprints"]["primaryLocationLineHash"].as_str().unwrap();
        let (digits, ordinal) = hash.split_once(':').unwrap();
        assert!(digits.len() == 16 && digits.bytes().all(|b| b.is_ascii_hexdigit()) && ordinal.parse::<u32>().is_ok());
        assert!(!id.is_empty());
    }
    let record = results(&log).iter().find(|result| result["ruleId"] == "orphaned-owner").unwrap();
    let place = &record["locations"][0]["physicalLocation"];
    assert_eq!((&place["artifactLocation"]["uri"], &place["region"]["startLine"]), (&json!("inv.jsonl"), &json!(2)));
}

#[test]
fn sarif_holds_one_result_for_each_check_and_occurrence() {
    let case = workspace();
    let log = sarif(&case);
    let exposed: Vec<&Value> =
        results(&log).iter().filter(|result| result["ruleId"] == "exposed-in-repository").collect();
    let paths: BTreeSet<&str> = exposed
        .iter()
        .filter_map(|result| result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str())
        .collect();
    assert_eq!(exposed.len(), 3);
    assert_eq!(paths.len(), 3);
    let ids: BTreeSet<&str> = results(&log).iter().filter_map(|r| r["fingerprints"]["keytrawl/v1"].as_str()).collect();
    assert_eq!(ids.len(), results(&log).len(), "every finding has an id of its own");
}

#[test]
fn sarif_properties_name_what_is_known() {
    let log = sarif(&workspace());
    let result = results(&log)
        .iter()
        .find(|result| result["ruleId"] == "unregistered" && result["properties"]["client"] == "claude-code");
    let properties = &result.unwrap()["properties"];
    for (name, value) in [
        ("detector", "github-pat-classic"),
        ("issuer", "github"),
        ("standing", "unregistered"),
        ("server", "github"),
        ("slot", "env"),
        ("pointer", "/mcpServers/github/env/GITHUB_TOKEN"),
        ("variable", "GITHUB_TOKEN"),
        ("confidence", "high"),
        ("asset", "repo:repo"),
    ] {
        assert_eq!(properties[name], value, "{name}");
    }
    assert_eq!(properties["credential"].as_str().unwrap().len(), 32);
    assert!(properties["preview"].as_str().unwrap().starts_with("ghp_…"));
    for unknown in ["record", "matchedBy", "owner", "team", "commit", "firstCommit", "environment"] {
        assert!(properties.get(unknown).is_none(), "{unknown}");
    }
}

#[test]
fn sarif_describes_run_rules_and_taxonomies() {
    let log = sarif(&workspace());
    let run = run(&log);
    assert_eq!(run["automationDetails"]["id"], "keytrawl/scan/");
    assert_eq!(run["columnKind"], "unicodeCodePoints");
    assert!(run["originalUriBaseIds"]["SRCROOT"].is_object());
    assert!(run["originalUriBaseIds"]["SRCROOT"].get("uri").is_none(), "where the root is stays here");
    let names: Vec<&str> = run["taxonomies"].as_array().unwrap().iter().filter_map(|t| t["name"].as_str()).collect();
    assert_eq!(names, ["CWE", "OWASP-NHI", "OWASP-MCP", "OWASP-ASI", "NIST-CSF"]);
    for rule in run["tool"]["driver"]["rules"].as_array().unwrap() {
        let severity: f32 = rule["properties"]["security-severity"].as_str().unwrap().parse().unwrap();
        assert!((0.1..=10.0).contains(&severity));
        assert!(rule["properties"]["tags"].as_array().unwrap().len() <= 10);
        assert!(rule["help"]["markdown"].is_string() && rule["shortDescription"]["text"].is_string());
        for relationship in rule["relationships"].as_array().into_iter().flatten() {
            let component = relationship["target"]["toolComponent"]["index"].as_u64().unwrap() as usize;
            let taxon = relationship["target"]["index"].as_u64().unwrap() as usize;
            assert_eq!(run["taxonomies"][component]["taxa"][taxon]["id"], relationship["target"]["id"]);
        }
    }
    let rule = |id: &str| {
        let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
        rules.iter().find(|rule| rule["id"] == id).unwrap()["properties"]["security-severity"].clone()
    };
    for (id, severity) in [
        ("exposed-in-repository", "7.5"),
        ("exposed-on-host", "5.4"),
        ("unregistered", "8.2"),
        ("ambiguous-match", "3.7"),
        ("duplicated", "6.8"),
        ("shared-across-agents", "7.4"),
        ("orphaned-workload", "8.6"),
        ("orphaned-owner", "8.1"),
        ("live-after-decommission", "9.3"),
        ("revoked-present", "5.0"),
        ("expired-present", "5.3"),
        ("suspended-present", "5.0"),
        ("duplicate-records", "4.0"),
        ("scan-incomplete", "3.0"),
    ] {
        assert_eq!(rule(id), severity, "{id}");
    }
    let invocation = &run["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], true);
    assert!(
        invocation["toolExecutionNotifications"][0]["message"]["text"].as_str().unwrap().contains("does not parse")
    );
    assert!(
        invocation["toolConfigurationNotifications"][0]["message"]["text"].as_str().unwrap().contains("row refused")
    );
    for private in ["commandLine", "arguments", "environmentVariables", "workingDirectory", "account", "machine"] {
        assert!(invocation.get(private).is_none(), "{private}");
    }
}

#[test]
fn sarif_says_where_a_scan_was_not_successful() {
    let case = Case::new().raw("empty/x", "");
    std::fs::remove_file(case.path("empty/x")).unwrap();
    let log = case.scan(["empty", "-f", "sarif"]).exits(3).json();
    assert_eq!(run(&log)["invocations"][0]["executionSuccessful"], false);
    assert_eq!(results(&log)[0]["ruleId"], "scan-incomplete");
}

#[test]
fn sarif_keeps_suppressed_results_with_their_reason_unless_told_otherwise() {
    let case = workspace();
    let log = sarif(&case);
    let suppressed: Vec<&Value> = results(&log).iter().filter(|result| result.get("suppressions").is_some()).collect();
    assert_eq!(suppressed.len(), 1);
    assert!(suppressed[0]["suppressions"][0]["justification"].as_str().unwrap().contains("Recorded [fixture]"));
    let ran = case.scan([
        "repo",
        "--inventory",
        "inv.jsonl",
        "--policy",
        "policy.toml",
        "-f",
        "sarif",
        "--sarif-omit-suppressed",
    ]);
    let omitted = ran.exits(1).json();
    let open: Vec<&Value> = results(&log).iter().filter(|result| result.get("suppressions").is_none()).collect();
    assert_eq!(results(&omitted).iter().collect::<Vec<_>>(), open);
}

#[test]
fn at_most_twenty_places_are_related_and_the_rest_is_counted() {
    let paths: Vec<String> = (0..25).map(|at| format!("in/{at:02}/.mcp.json")).collect();
    let case = at(&paths.iter().map(String::as_str).collect::<Vec<_>>());
    let log = case.scan(["in", "-f", "sarif"]).exits(1).json();
    for result in results(&log) {
        assert_eq!(result["relatedLocations"].as_array().unwrap().len(), 20);
        let text = result["message"]["text"].as_str().unwrap();
        assert!(text.contains("](20) and 4 more places"), "{text}");
        let ids: Vec<u64> =
            result["relatedLocations"].as_array().unwrap().iter().filter_map(|l| l["id"].as_u64()).collect();
        assert!(ids.iter().all(|id| text.contains(&format!("]({id})"))));
    }
}

#[test]
fn uris_are_encoded_and_relative_wherever_the_target_lies() {
    let names = ["a b", "50%41", "a#b", "a?b", "größe", "x:y", "[z]"];
    let paths: Vec<String> = names.iter().map(|name| format!("in/{name}/.mcp.json")).collect();
    let case = at(&paths.iter().map(String::as_str).collect::<Vec<_>>()).raw("elsewhere/x", "");
    let absolute = case.path("in").display().to_string();
    for (target, within, prefix) in [
        ("in", ".", "in/"),
        ("./in", ".", "in/"),
        (absolute.as_str(), ".", "in/"),
        (absolute.as_str(), "elsewhere", ""),
    ] {
        let ran = case.scan([target, "-f", "sarif"]).within(within).exits(1);
        assert!(!ran.text().contains("keytrawl-case-"), "no absolute path");
        let log = ran.json();
        let mut seen = BTreeSet::new();
        for result in results(&log) {
            let uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap();
            assert!(uri.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~!@+,=/%".contains(&b)), "{uri}");
            seen.insert(percent_encoding::percent_decode_str(uri).decode_utf8().unwrap().into_owned());
        }
        let expected: BTreeSet<String> = names.iter().map(|name| format!("{prefix}{name}/.mcp.json")).collect();
        assert_eq!(seen, expected);
    }
}

#[test]
fn a_fingerprint_survives_moves_and_reformatting_and_changes_on_rotation() {
    let prints = |case: &Case| {
        let log = case.scan(["in", "-f", "sarif"]).exits(1).json();
        let all: BTreeSet<(String, String)> = results(&log)
            .iter()
            .map(|result| {
                (
                    result["fingerprints"]["keytrawl/v1"].to_string(),
                    result["partialFingerprints"]["primaryLocationLineHash"].to_string(),
                )
            })
            .collect();
        assert!(!all.is_empty());
        all
    };
    let token = Case::new().secret(TOKEN);
    let pretty = config("github", &token);
    let compact = serde_json::from_str::<Value>(&pretty).unwrap().to_string();
    let of = |text: &str| prints(&Case::new().raw("in/.mcp.json", text).raw("in/notes.md", format!("see {token}\n")));
    let original = of(&pretty);
    assert_eq!(original, of(&format!("\n\n\n{pretty}")));
    assert_eq!(original, of(&compact));
    assert_eq!(original, of(&pretty.replace('\n', "\r\n")));
    let rotated = Case::new().seed(99).secret(TOKEN);
    assert!(of(&config("github", &rotated)).is_disjoint(&prints(&Case::new().raw("in/.mcp.json", &pretty))));
}

#[test]
fn remotes_are_told_without_userinfo() {
    let case = at(&["in/.mcp.json"]).commit("in");
    let password = case.secret("{alnum:24}");
    let url = format!("https://bot:{password}@github.com/acme/agents.git");
    assert!(case.git(&case.path("in"), &["remote", "add", "origin", &url]).status.success());
    let log = case.scan(["in", "-f", "sarif"]).exits(1).never_shows(&password).never_shows("test@example.com").json();
    let provenance = &run(&log)["versionControlProvenance"][0];
    assert_eq!(provenance["repositoryUri"], "https://github.com/acme/agents.git");
    assert_eq!(provenance["revisionId"].as_str().unwrap().len(), 40);
}

#[test]
fn json_and_its_lines_fit_the_schema_that_ships() {
    let case = workspace();
    let report: Value = serde_json::from_slice(&scan(&case, "json")).unwrap();
    assert_eq!(report["schema"], "keytrawl-report/1");
    fits(&schema("docs/report.schema.json"), &report);
    let text = String::from_utf8(scan(&case, "jsonl")).unwrap();
    let mut counts = std::collections::BTreeMap::new();
    for line in text.lines() {
        let object: Value = serde_json::from_str(line).unwrap();
        *counts.entry(object["type"].as_str().unwrap().to_owned()).or_insert(0_usize) += 1;
    }
    let of = |name: &str| report[name].as_array().unwrap().len();
    assert_eq!(counts["credential"], of("credentials"));
    assert_eq!(counts["finding"], of("findings"));
    assert_eq!(counts["notice"], of("notices"));
    assert_eq!((counts["report"], counts["coverage"]), (1, 1));
}

#[test]
fn a_person_reads_what_where_who_why_and_what_to_do() {
    let text = String::from_utf8(scan(&workspace(), "human")).unwrap();
    for words in [
        "ghp_…",
        "repo/.mcp.json:10:",
        "claude-code › github › env GITHUB_TOKEN",
        "owner    nobody on record",
        "unregistered (high):",
        "do       Rotate the credential",
        "covered by exception EX-1: Recorded [fixture]",
        "record `nhi-9` is active, but names no owner",
        "1 excepted",
    ] {
        assert!(text.contains(words), "the report lacks {words:?}:\n{text}");
    }
    assert_eq!(text.matches("unregistered (high):").count(), 1, "one line a check, however many places:\n{text}");
}

#[test]
fn the_same_bytes_come_out_of_every_run_with_any_number_of_threads() {
    let case = workspace();
    for format in FORMATS {
        let ran = |threads: &str| {
            let arguments =
                ["repo", "--inventory", "inv.jsonl", "--policy", "policy.toml", "-f", format, "--threads", threads];
            let ran = case.scan(arguments).exits(1);
            (ran.stdout, ran.stderr)
        };
        let first = ran("1");
        assert_eq!(first, ran("4"), "{format}");
        assert_eq!(first, ran("4"), "{format}");
    }
}

#[test]
fn several_reports_come_out_of_one_run() {
    let case = at(&["in/.mcp.json"]);
    let ran =
        case.scan(["in", "-f", "json", "-o", "a.sarif", "-o", "b.json", "-o", "c.jsonl", "-o", "human=d.log"]).exits(1);
    let read = |name: &str| std::fs::read(case.path(name)).unwrap();
    assert_eq!(read("b.json"), ran.stdout);
    assert_eq!(read("a.sarif"), case.scan(["in", "-f", "sarif"]).exits(1).stdout);
    assert_eq!(read("c.jsonl"), case.scan(["in", "-f", "jsonl"]).exits(1).stdout);
    assert_eq!(read("d.log"), case.scan(["in"]).exits(1).stdout);
    case.scan(["in", "-o", "out.unknown"]).exits(2).says("out.unknown");
    case.scan(["in", "-o", "absent/out.json"]).exits(2).says("absent");
}

#[test]
fn reports_that_lie_in_what_is_scanned_raise_nothing() {
    let case = at(&["in/.mcp.json"]);
    let outputs = ["-o", "in/a.sarif", "-o", "in/b.json", "-o", "in/c.jsonl", "-o", "in/d.txt"];
    let first = case.scan(["in"]).args(outputs).exits(1);
    let second = case.scan(["in"]).args(outputs).exits(1);
    assert_eq!(first.text(), second.text());
}

/// A secret as it is, backwards, percent-encoded, in hex and in base64 at each of the three alignments.
fn forms(secret: &str) -> Vec<String> {
    let every: String = secret.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    let mut forms = vec![
        secret.to_owned(),
        secret.chars().rev().collect(),
        utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string(),
        every,
        hex,
    ];
    for skip in 0..3 {
        let inner = secret.as_bytes().get(skip..).unwrap_or_default();
        let inner = &inner[..inner.len() / 3 * 3];
        forms.extend([STANDARD_NO_PAD.encode(inner), URL_SAFE_NO_PAD.encode(inner)]);
    }
    forms
}

/// Every kind of credential that the detectors know, planted in each kind of place; returns what must never be seen.
fn everything(seed: u64) -> (Case, Vec<String>) {
    let mut case = Case::new().seed(seed);
    let recipes = [
        TOKEN,
        "{jwt}",
        "{pem}",
        "{password:16}",
        "{uuid}",
        "{hex:40}",
        "xoxb-{digit:12}-{digit:12}-{alnum:24}",
        "sk-ant-api03-{b64url:93}AA",
        "glpat-{alnum:20}",
        "hf_{alnum:34}",
        "AIza{b64url:35}",
        "lin_api_{alnum:40}",
        "sk_live_{alnum:24}",
    ];
    let mut secrets = Vec::new();
    for (at, recipe) in recipes.iter().enumerate() {
        let secret = case.secret(recipe);
        let line = secret.replace('\n', "\\n");
        let userinfo = utf8_percent_encode(&line, NON_ALPHANUMERIC);
        let entry = json!({
            "command": "docker",
            "args": ["run", "-e", format!("API_TOKEN={line}"), "--api-key", line, "--header", format!("Authorization: Bearer {line}")],
            "env": {"API_TOKEN": secret, "DATABASE_URL": format!("postgres://app:{userinfo}@db.example.com/x")},
            "headers": {"Authorization": format!("Bearer {line}")},
            "url": format!("https://mcp.example.com/?api_key={userinfo}"),
        });
        case = case
            .raw(&format!("in/{at}/.mcp.json"), json!({"mcpServers": {format!("s{at}"): entry}}).to_string())
            .raw(
                &format!("in/{at}/.env"),
                format!(
                    "API_TOKEN=\"{line}\"\nSECRET_B64={}\n",
                    base64::engine::general_purpose::STANDARD.encode(&secret)
                ),
            )
            .raw(
                &format!("in/{at}/broken/.mcp.json"),
                format!("{{\"mcpServers\": {{\"a\": {{\"env\": {{\"API_TOKEN\": \"{line}\", @@"),
            )
            .raw(
                &format!("in/{at}/broken/.codex/config.toml"),
                format!("[mcp_servers.a]\nenv = {{ API_TOKEN = \"{line}\" \n"),
            )
            .raw(
                &format!("in/{at}/a.yaml"),
                format!("mcpServers:\n  a:\n    env:\n      API_TOKEN: '{line}'\n   - : \"\n"),
            );
        secrets.push(secret);
    }
    // Names are no better a place.
    let token = secrets[0].clone();
    case = case
        .raw(&format!("in/{token}/x/.env"), format!("API_TOKEN={token}\n"))
        .raw("in/names/.mcp.json", json!({"mcpServers": {&token: {"env": {"API_TOKEN": token, &token: "x"}}}}).to_string())
        .raw(
            "inv.jsonl",
            format!(
                "{}\n{}\n{}\n",
                json!({"id": "a", "state": "active", "kind": "api_token", "issuer": "github", "purpose": token}),
                json!({"id": "b", "state": token, "kind": token, "issuer": "github"}),
                json!({"id": token, "state": "active", "kind": "api_token", "issuer": "github", "match": [{"alg": "sha256", "value": token}]}),
            ),
        );
    (case, secrets)
}

#[test]
fn no_output_holds_a_secret_in_any_form() {
    for seed in [1, 2] {
        let (case, secrets) = everything(seed);
        let forbidden: Vec<String> = secrets.iter().flat_map(|secret| forms(secret)).collect();
        let check = |what: &str, bytes: &[u8]| {
            let text = String::from_utf8_lossy(bytes);
            for (at, form) in forbidden.iter().enumerate() {
                assert!(!text.contains(form.as_str()), "{what} holds secret {} in form {}", at / 11, at % 11);
            }
        };
        for format in FORMATS {
            let ran = case.scan(["in", "--inventory", "inv.jsonl", "-f", format, "-v"]).exits(1);
            check(&format!("{format} -v"), &ran.stdout);
            check("standard error", ran.stderr.as_bytes());
        }
        for token in &secrets {
            let case = Case::new()
                .raw("in/a.txt", "x")
                .raw("inv.json", token)
                .raw("policy.toml", format!("version = 1\nowners = \"{token}\"\n"))
                .raw("config.toml", format!("exclude = 1\nx = \"{token}\n"));
            for arguments in [
                ["--inventory", "inv.json"],
                ["--policy", "policy.toml"],
                ["--config", "config.toml"],
                ["--key-file", "inv.json"],
            ] {
                let ran = case.run(["scan", "in"]).args(arguments);
                // Some of the secrets are long enough for a key; nothing else of it may succeed.
                let code = if arguments[0] == "--key-file" { None } else { Some(2) };
                let ran = ran.ends(code);
                check(arguments[0], ran.stderr.as_bytes());
                check(arguments[0], &ran.stdout);
            }
            if !token.contains('\n') {
                let ran = case.run(["inventory", "hash"]).stdin(format!("{token}\n")).ends(None);
                check("inventory hash", &ran.stdout);
                check("inventory hash", ran.stderr.as_bytes());
            }
        }
    }
}
