//! References in server entries: what they are linked to, what is said of those that lead nowhere, and what is managed.

use serde_json::{Value, json};

use crate::runner::{Case, checks};

const PAT: &str = "<<ghp_{alnum:30}{crc32-github}>>";
const OPAQUE: &str = "<<{alnum:40}>>";

fn config(server: &str, entry: &Value) -> String {
    json!({ "mcpServers": { server: entry } }).to_string()
}

fn github(variables: &Value) -> String {
    config(
        "github",
        &json!({ "command": "npx", "args": ["-y", "@modelcontextprotocol/server-github"], "env": variables }),
    )
}

/// Path, line, slot, client, server and variable of each occurrence.
fn told(report: &Value) -> Vec<[String; 6]> {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let credentials = report["credentials"].as_array().expect("credentials");
    let places = credentials.iter().flat_map(|it| it["occurrences"].as_array().expect("occurrences"));
    let mut told: Vec<_> = places
        .map(|it| {
            let line = it["region"]["startLine"].to_string();
            [
                text(&it["path"]),
                line,
                text(&it["slot"]),
                text(&it["client"]),
                text(&it["server"]),
                text(&it["variable"]),
            ]
        })
        .collect();
    told.sort();
    told
}

/// Kind, name and standing of each reference.
fn references(report: &Value) -> Vec<[&str; 3]> {
    let all = report["references"].as_array().map(Vec::as_slice).unwrap_or_default();
    all.iter().map(|it| ["kind", "name", "standing"].map(|field| it[field].as_str().expect("text"))).collect()
}

fn undefined(report: &Value) -> Vec<&str> {
    let notices = report["notices"].as_array().expect("notices").iter();
    notices.filter(|it| it["kind"] == "reference-undefined").map(|it| it["message"].as_str().expect("text")).collect()
}

fn scanned(case: &Case, arguments: &[&str]) -> Value {
    case.scan([".", "--format", "json", "--exit-zero"]).args(arguments).exits(0).json()
}

#[test]
fn a_variable_is_linked_to_the_dotenv_file_of_the_project() {
    let case = Case::new()
        .raw("app/.mcp.json", github(&json!({ "GITHUB_PERSONAL_ACCESS_TOKEN": "${GITHUB_TOKEN}" })))
        .file("app/.env", &format!("# local\nGITHUB_TOKEN={PAT}\n"))
        .file("other/.env", "GITHUB_TOKEN=<<ghp_{alnum:31}{crc32-github}>>\nOTHER_API_KEY=<<{alnum:32}>>\n");
    let report = scanned(&case, &[]);
    let linked =
        ["app/.env", "2", "dotenv", "claude-code", "github", "GITHUB_PERSONAL_ACCESS_TOKEN"].map(str::to_owned);
    assert_eq!(told(&report).iter().filter(|it| it[0] == "app/.env").collect::<Vec<_>>(), [&linked]);
    assert!(told(&report).iter().filter(|it| it[0] == "other/.env").all(|it| it[4] == "-"));
    assert_eq!(references(&report), [["variable", "GITHUB_TOKEN", "linked"]]);
    assert_eq!(report["references"][0]["defined_in"], json!(["app/.env"]));
    assert_eq!(report["references"][0]["credentials"].as_array().map(Vec::len), Some(1));
    assert!(undefined(&report).is_empty());
}

#[test]
fn a_neutral_name_is_a_credential_where_a_server_takes_it_for_one() {
    let entry = github(&json!({ "GITHUB_PERSONAL_ACCESS_TOKEN": "${GH_MCP}" }));
    let dotenv = format!("GH_MCP={OPAQUE}\nGH_OTHER=<<{{alnum:41}}>>\n");
    let report = scanned(&Case::new().raw(".mcp.json", entry).file(".env", &dotenv), &[]);
    assert_eq!(
        told(&report),
        [[".env", "1", "dotenv", "claude-code", "github", "GITHUB_PERSONAL_ACCESS_TOKEN"].map(str::to_owned)]
    );
    // Nothing refers to it: it is what its name says, nothing.
    assert!(told(&scanned(&Case::new().file(".env", &dotenv), &[])).is_empty());
}

#[test]
fn a_header_and_an_argument_are_linked_and_keep_the_name_of_the_variable() {
    let entry =
        config("api", &json!({ "url": "https://mcp.acme.io", "headers": { "Authorization": "Bearer ${ACME_TOKEN}" } }));
    let case = Case::new().raw(".cursor/mcp.json", entry).file(".env.local", &format!("ACME_TOKEN={OPAQUE}\n"));
    assert_eq!(
        told(&scanned(&case, &[])),
        [[".env.local", "1", "dotenv", "cursor", "api", "ACME_TOKEN"].map(str::to_owned)]
    );
}

#[test]
fn the_variables_of_an_env_file_belong_to_the_server_that_reads_it() {
    for (path, text) in [
        (
            ".vscode/mcp.json",
            r#"{"servers":{"db":{"command":"db-mcp","envFile":"${workspaceFolder}/secrets/db.env"}}}"#,
        ),
        (
            ".mcp.json",
            r#"{"mcpServers":{"db":{"command":"docker","args":["run","--env-file","./secrets/db.env","acme/db"]}}}"#,
        ),
        (
            ".mcp.json",
            r#"{"mcpServers":{"db":{"command":"docker","args":["run","--env-file=secrets/db.env","acme/db"]}}}"#,
        ),
    ] {
        let case = Case::new().raw(path, text).file("secrets/db.env", &format!("DB_API_KEY={OPAQUE}\n"));
        let report = scanned(&case, &[]);
        let client = if path.starts_with(".vscode") { "vscode" } else { "claude-code" };
        assert_eq!(
            told(&report),
            [["secrets/db.env", "1", "dotenv", client, "db", "DB_API_KEY"].map(str::to_owned)],
            "{text}"
        );
        assert!(references(&report).iter().any(|it| it[0] == "file" && it[2] == "linked"), "{report}");
    }
}

#[test]
fn a_dump_of_the_same_run_defines_what_no_file_does() {
    let entry = github(&json!({ "GITHUB_PERSONAL_ACCESS_TOKEN": "${GITHUB_TOKEN}" }));
    let dump = format!("HOME=/root\nPATH=/bin\nPWD=/\nGITHUB_TOKEN={PAT}\n");
    let case = Case::new().raw("app/.mcp.json", entry).file("dump.txt", &dump);
    let report = scanned(&case, &[]);
    assert_eq!(
        told(&report),
        [["dump.txt", "4", "env-dump", "claude-code", "github", "GITHUB_PERSONAL_ACCESS_TOKEN"].map(str::to_owned)]
    );
    assert_eq!(report["credentials"][0]["occurrences"][0]["place"], "env");
    assert_eq!(references(&report), [["variable", "GITHUB_TOKEN", "linked"]]);
}

#[test]
fn what_a_shell_exports_when_it_starts_is_linked_last() {
    let entry = github(&json!({ "GITHUB_PERSONAL_ACCESS_TOKEN": "${GITHUB_TOKEN}" }));
    let case =
        Case::new().raw(".claude.json", entry).file(".bashrc", &format!("alias l=ls\nexport GITHUB_TOKEN={PAT}\n"));
    let report = scanned(&case, &[]);
    assert_eq!(
        told(&report),
        [[".bashrc", "2", "text", "claude-code", "github", "GITHUB_PERSONAL_ACCESS_TOKEN"].map(str::to_owned)]
    );
}

#[test]
fn the_default_of_an_input_belongs_to_the_server_that_asks_for_it() {
    let text = r#"{
  "inputs": [
    {"type": "promptString", "id": "acme_key", "password": true, "default": "<<{alnum:40}>>"},
    {"type": "promptString", "id": "asked", "password": true}
  ],
  "servers": {"acme": {"command": "acme-mcp", "env": {"ACME_API_KEY": "${input:acme_key}", "B_KEY": "${input:asked}", "C_KEY": "${input:nowhere}"}}}
}"#;
    let report = scanned(&Case::new().file(".vscode/mcp.json", text), &[]);
    assert_eq!(
        told(&report),
        [[".vscode/mcp.json", "3", "input", "vscode", "acme", "ACME_API_KEY"].map(str::to_owned)]
    );
    assert_eq!(
        references(&report),
        [["input", "acme_key", "linked"], ["input", "asked", "supplied"], ["input", "nowhere", "undefined"]]
    );
    assert_eq!(undefined(&report), ["the input `nowhere` of server `acme` is defined by nothing that was scanned"]);
}

#[test]
fn a_variable_that_nothing_defines_is_a_notice_and_no_finding() {
    let entry = github(&json!({ "GITHUB_PERSONAL_ACCESS_TOKEN": "${GITHUB_TOKEN}" }));
    let report = Case::new().raw(".mcp.json", entry).scan([".", "--format", "json"]).exits(0).json();
    assert_eq!(
        undefined(&report),
        ["the variable `GITHUB_TOKEN` of server `github` is defined by nothing that was scanned"]
    );
    assert_eq!(report["notices"][0]["line"], 1);
    assert!(checks(&report).is_empty());
    assert_eq!(references(&report), [["variable", "GITHUB_TOKEN", "undefined"]]);
}

#[test]
fn what_is_defined_elsewhere_or_needs_no_definition_is_no_notice() {
    let entry = config(
        "acme",
        &json!({
            "command": "docker",
            "args": ["run", "-e", "ACME_TOKEN", "-v", "${workspaceFolder}:/w", "--key", "${ACME_KEY:-none}", "--other", "${B_KEY}"],
            "env": { "ACME_TOKEN": "${HOME}/x", "A_KEY": "$(pass show x)", "B_KEY": "changeme" }
        }),
    );
    let report = scanned(&Case::new().raw(".mcp.json", entry), &[]);
    assert!(undefined(&report).is_empty(), "{:?}", undefined(&report));
}

#[test]
fn a_secret_store_is_managed_matched_to_the_inventory_and_never_exposed() {
    let rows = concat!(
        r#"{"schema":"nhi-inventory/1","exported_at":"2026-11-21T02:00:00Z","complete":true}"#,
        "\n",
        r#"{"id":"nhi-1","state":"active","kind":"api_token","issuer":"github","owner":{"kind":"team","id":"a"},"match":[{"alg":"reference","value":"vault:kv/mcp/github#token"}]}"#,
        "\n",
        r#"{"id":"nhi-2","state":"active","kind":"api_token","issuer":"notion","owner":{"kind":"team","id":"a"},"locations":[{"kind":"secret_manager","ref":"op://team/notion"}]}"#,
        "\n"
    );
    let entry = github(&json!({
        "A_TOKEN": "vault:kv/data/mcp/github#token",
        "B_TOKEN": "op://team/notion/credential",
        "C_TOKEN": "arn:aws:secretsmanager:eu-west-1:1:secret:x",
        "D_TOKEN": "keychain:acme"
    }));
    let report =
        scanned(&Case::new().raw(".mcp.json", entry).raw("inventory.jsonl", rows), &["--inventory", "inventory.jsonl"]);
    let managed: Vec<_> = report["references"]
        .as_array()
        .expect("references")
        .iter()
        .map(|it| (it["variable"].as_str().expect("variable"), it["standing"].as_str(), it["records"].clone()))
        .collect();
    let standing = Some("managed");
    assert_eq!(
        managed,
        [
            ("A_TOKEN", standing, json!(["nhi-1"])),
            ("B_TOKEN", standing, json!(["nhi-2"])),
            ("C_TOKEN", standing, Value::Null),
            ("D_TOKEN", standing, Value::Null)
        ]
    );
    assert!(report["credentials"].as_array().is_some_and(Vec::is_empty));
    assert!(!checks(&report).iter().any(|check| check.starts_with("exposed") || check == "unregistered"));
}

#[test]
fn the_same_is_linked_for_any_number_of_threads() {
    let mut case = Case::new();
    for at in 0..20 {
        let entry = github(&json!({ "GITHUB_PERSONAL_ACCESS_TOKEN": "${GITHUB_TOKEN}", "X_TOKEN": "${NOWHERE}" }));
        case = case
            .raw(&format!("p{at}/.mcp.json"), &entry)
            .raw(&format!("p{at}/.cursor/mcp.json"), &entry)
            .file(&format!("p{at}/.env"), &format!("GITHUB_TOKEN={PAT}\n"));
    }
    let run = |threads: &str| case.scan([".", "--format", "json", "--exit-zero", "--threads", threads]).exits(0).stdout;
    let one = run("1");
    assert_eq!(one, run("4"));
    assert_eq!(one, run("7"));
}

#[test]
fn the_default_of_an_input_is_a_credential_where_it_fills_the_slot_of_one() {
    let text = r#"{
  "inputs": [{"type": "promptString", "id": "first", "default": "<<{alnum:40}>>"}, {"type": "promptString", "id": "second", "default": "<<{alnum:41}>>"}],
  "servers": {"acme": {"command": "acme-mcp", "env": {"ACME_API_KEY": "${input:first}", "ACME_MODE": "${input:second}"}}}
}"#;
    let report = scanned(&Case::new().file(".vscode/mcp.json", text), &[]);
    assert_eq!(
        told(&report),
        [[".vscode/mcp.json", "2", "input", "vscode", "acme", "ACME_API_KEY"].map(str::to_owned)]
    );
}

#[test]
fn a_list_of_variables_that_a_server_is_given_names_each_of_them() {
    let text = "[mcp_servers.acme]\ncommand = \"npx\"\nargs = [\"-y\", \"acme-mcp\"]\nenv_vars = [\"ACME_API_KEY\", \"ACME_MODE\"]\n";
    let dump = format!("HOME=/root\nPATH=/bin\nUSER=ann\nACME_MODE=fast\nACME_API_KEY={OPAQUE}\n");
    let case = Case::new().raw(".codex/config.toml", text).file("dump.txt", &dump);
    let report = scanned(&case, &[]);
    assert_eq!(told(&report), [["dump.txt", "5", "env-dump", "codex", "acme", "ACME_API_KEY"].map(str::to_owned)]);
    assert!(report["references"].as_array().is_some_and(|all| all.iter().any(|it| it["variable"] == "ACME_API_KEY")));
}
