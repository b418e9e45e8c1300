//! Five hundred MCP-shaped files: every client, syntax, slot, encoding and bypass, with what must be found in each.
//!
//! Each file is a template with markers; a marker is replaced by a generated credential only when the file is written,
//! so the line that is expected is the marker's line and nothing credential-shaped stands in this source.

#![allow(clippy::needless_pass_by_value)] // `json!` values read best where they are made.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use keytrawl::detector::recipe;
use serde_json::{Value, json};

use crate::runner::Case;

/// What must be reported: where, and as what.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Planted {
    path: String,
    line: u64,
    client: String,
    server: String,
    slot: &'static str,
}

/// A client's config file and the shape of its server map.
struct Home {
    client: &'static str,
    path: &'static str,
    syntax: Syntax,
    wrap: fn(&str, Value) -> Value,
    /// Names of the fields for command, environment, URL and headers.
    command: &'static str,
    env: &'static str,
    url: &'static str,
    headers: &'static str,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Syntax {
    Json,
    Toml,
    Yaml,
}

fn mcp_servers(name: &str, server: Value) -> Value {
    json!({ "mcpServers": { name: server } })
}

const fn json_home(client: &'static str, path: &'static str, wrap: fn(&str, Value) -> Value) -> Home {
    Home { client, path, syntax: Syntax::Json, wrap, command: "command", env: "env", url: "url", headers: "headers" }
}

fn homes() -> Vec<Home> {
    vec![
        json_home("claude-code", "repo/.mcp.json", mcp_servers),
        json_home(
            "claude-code",
            "home/.claude.json",
            |name, server| json!({ "numStartups": 3, "projects": { "/work/app": { "mcpServers": { name: server } } } }),
        ),
        json_home("claude-desktop", "home/Library/Application Support/Claude/claude_desktop_config.json", mcp_servers),
        json_home("cursor", "home/.cursor/mcp.json", mcp_servers),
        json_home(
            "vscode",
            "repo/.vscode/mcp.json",
            |name, server| json!({ "inputs": [], "servers": { name: server } }),
        ),
        json_home(
            "vscode",
            "repo/.vscode/settings.json",
            |name, server| json!({ "editor.tabSize": 2, "mcp.servers": { name: server } }),
        ),
        json_home(
            "vscode",
            "repo/.devcontainer/devcontainer.json",
            |name, server| json!({ "image": "base", "customizations": { "vscode": { "mcp": { "servers": { name: server } } } } }),
        ),
        Home { url: "serverUrl", ..json_home("windsurf", "home/.codeium/windsurf/mcp_config.json", mcp_servers) },
        json_home(
            "cline",
            "home/.config/Code/User/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json",
            mcp_servers,
        ),
        json_home("roo-code", "repo/.roo/mcp.json", mcp_servers),
        Home { url: "httpUrl", ..json_home("gemini-cli", "home/.gemini/settings.json", mcp_servers) },
        json_home(
            "zed",
            "home/.config/zed/settings.json",
            |name, server| json!({ "context_servers": { name: server } }),
        ),
        Home {
            syntax: Syntax::Toml,
            headers: "http_headers",
            ..json_home("codex", "home/.codex/config.toml", |name, server| json!({ "mcp_servers": { name: server } }))
        },
        Home {
            syntax: Syntax::Yaml,
            command: "cmd",
            env: "envs",
            url: "uri",
            ..json_home(
                "goose",
                "home/.config/goose/config.yaml",
                |name, server| json!({ "GOOSE_PROVIDER": "openai", "extensions": { name: server } }),
            )
        },
    ]
}

/// One way in which a server entry holds a credential. `{planted}` stands for it.
struct Form {
    slot: &'static str,
    entry: fn(&Home) -> Value,
}

fn stdio(home: &Home, args: Value, env: Value) -> Value {
    let mut entry = json!({ "args": args });
    entry[home.command] = json!("npx");
    entry[home.env] = env;
    entry
}

fn remote(home: &Home, url: &str, headers: Value) -> Value {
    let mut entry = json!({});
    entry[home.url] = json!(url);
    entry[home.headers] = headers;
    entry
}

/// Values that must never be reported, beside the planted one.
fn innocent() -> Value {
    json!({
        "LOG_LEVEL": "debug", "MAX_TOKENS": "4096", "BASE_URL": "https://api.example.com/v2", "ACME_CLIENT_ID": "9f8e7d6c5b4a39281706f5e4d3c2b1a0",
        "OTHER_TOKEN": "${OTHER_TOKEN}", "THIRD_API_KEY": "YOUR_API_KEY_HERE", "FOURTH_SECRET": "<your-secret>", "FIFTH_KEY": "op://vault/item/field",
        "SIXTH_TOKEN": "xxxxxxxxxxxxxxxx", "SEVENTH_PASSWORD": "changeme", "TOKEN_FILE_PATH": "/run/secrets/token", "EIGHTH_TOKEN": "${env:EIGHTH_TOKEN}"
    })
}

fn forms() -> Vec<Form> {
    vec![
        Form {
            slot: "env",
            entry: |home| {
                let mut env = innocent();
                env["ACME_API_KEY"] = json!("{planted}");
                stdio(home, json!(["-y", "@acme/mcp-server@1.4.2"]), env)
            },
        },
        Form {
            slot: "header",
            entry: |home| remote(home, "https://mcp.acme.io/mcp", json!({ "Authorization": "Bearer {planted}" })),
        },
        Form {
            slot: "header",
            entry: |home| {
                remote(
                    home,
                    "https://mcp.acme.io/mcp",
                    json!({ "X-API-Key": "{planted}", "Accept": "text/event-stream" }),
                )
            },
        },
        Form {
            slot: "arg",
            entry: |home| stdio(home, json!(["-y", "@acme/mcp", "--api-key", "{planted}", "--verbose"]), innocent()),
        },
        Form {
            slot: "arg",
            entry: |home| stdio(home, json!(["-y", "@acme/mcp", "--access-token={planted}"]), json!({})),
        },
        Form {
            slot: "arg",
            entry: |home| {
                stdio(
                    home,
                    json!(["run", "-i", "-e", "ACME_TOKEN={planted}", "-e", "OTHER_TOKEN", "acme/mcp:2"]),
                    json!({}),
                )
            },
        },
        Form {
            slot: "arg",
            entry: |home| {
                stdio(
                    home,
                    json!([
                        "-y",
                        "mcp-remote",
                        "https://mcp.acme.io/sse",
                        "--header",
                        "Authorization: Bearer {planted}"
                    ]),
                    json!({}),
                )
            },
        },
        Form {
            slot: "arg",
            entry: |home| {
                stdio(
                    home,
                    json!(["mcp-remote", "https://mcp.acme.io/sse", "--header", "X-API-Key:{planted}"]),
                    json!({ "A_TOKEN": "$A_TOKEN" }),
                )
            },
        },
        Form {
            slot: "url-query",
            entry: |home| remote(home, "https://mcp.acme.io/mcp?region=eu&api_key={planted}", json!({})),
        },
        Form { slot: "url-userinfo", entry: |home| remote(home, "https://svc:{planted}@mcp.acme.io/mcp", json!({})) },
        Form {
            slot: "url-userinfo",
            entry: |home| {
                stdio(
                    home,
                    json!([
                        "-y",
                        "@modelcontextprotocol/server-postgres",
                        "postgresql://app:{planted}@db.acme.io:5432/app"
                    ]),
                    json!({}),
                )
            },
        },
        Form {
            slot: "url-userinfo",
            entry: |home| {
                stdio(
                    home,
                    json!(["-y", "pg-mcp"]),
                    json!({ "DATABASE_URI": "postgresql://app:{planted}@db.acme.io/app?sslmode=require" }),
                )
            },
        },
        Form {
            slot: "url-path",
            entry: |home| remote(home, "https://mcp.zapier.com/api/mcp/s/{planted}/mcp", json!({})),
        },
        Form {
            slot: "env",
            entry: |home| {
                stdio(
                    home,
                    json!(["-y", "@acme/openapi-mcp"]),
                    json!({ "OPENAPI_MCP_HEADERS": "{\"Authorization\": \"Bearer {planted}\", \"Acme-Version\": \"2022-06-28\"}" }),
                )
            },
        },
        Form {
            slot: "oauth",
            entry: |home| {
                let mut entry = remote(home, "https://mcp.acme.io/mcp", json!({}));
                entry["oauth"] = json!({ "clientId": "acme-agent", "clientSecret": "{planted}" });
                entry
            },
        },
        Form {
            slot: "env",
            entry: |home| {
                stdio(home, json!(["-y", "@acme/mcp"]), json!({ "ACME_PASSWORD": "${ACME_PASSWORD:-{planted}}" }))
            },
        },
        Form {
            slot: "env",
            entry: |home| {
                stdio(home, json!(["-y", "@acme/mcp"]), json!({ "ACME_SECRET": "{planted} ${ANTHROPIC_API_KEY}" }))
            },
        },
    ]
}

/// Credentials: with and without a known prefix.
const RECIPES: [&str; 12] = [
    "ghp_{alnum:30}{crc32-github}",
    "{uuid}",
    "{hex:32}",
    "sk-ant-api03-{b64url:93}AA",
    "{alnum:40}",
    "lin_api_{alnum:40}",
    "ntn_{digit:11}{alnum:35}",
    "{hex:64}",
    "hf_{alnum:34}",
    "{alnum:24}",
    "glpat-{alnum:20}",
    "tvly-dev-{alnum:32}",
];

/// How the bytes reach the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dress {
    Plain,
    Compact,
    Comments,
    Crlf,
    Bom,
    Utf16Le,
    Utf16BeBom,
    Escaped,
}

const DRESSES: [Dress; 8] = [
    Dress::Plain,
    Dress::Utf16Le,
    Dress::Compact,
    Dress::Comments,
    Dress::Crlf,
    Dress::Bom,
    Dress::Utf16BeBom,
    Dress::Escaped,
];

fn render(document: &Value, syntax: Syntax, dress: Dress) -> String {
    match syntax {
        Syntax::Json if dress == Dress::Compact => document.to_string(),
        Syntax::Json => {
            let text = serde_json::to_string_pretty(document).expect("serialisable");
            if dress == Dress::Comments {
                format!("// settings\n{}", text.replacen("{\n", "{\n  /* note */\n", 1))
            } else {
                text
            }
        }
        Syntax::Toml => {
            let text = toml::to_string(document).expect("serialisable");
            if dress == Dress::Comments { format!("# settings\n\n{text}") } else { text }
        }
        Syntax::Yaml => {
            let mut text = if dress == Dress::Comments { "# settings\n---\n".to_owned() } else { String::new() };
            yaml(document, 0, &mut text);
            text
        }
    }
}

/// Block YAML with double-quoted scalars.
fn yaml(value: &Value, depth: usize, out: &mut String) {
    let pad = "  ".repeat(depth);
    match value {
        Value::Object(map) => {
            for (key, child) in map {
                match child {
                    Value::Object(inner) if inner.is_empty() => writeln!(out, "{pad}{key}: {{}}").expect("string"),
                    Value::Array(inner) if inner.is_empty() => writeln!(out, "{pad}{key}: []").expect("string"),
                    Value::Object(_) | Value::Array(_) => {
                        writeln!(out, "{pad}{key}:").expect("string");
                        yaml(child, depth + 1, out);
                    }
                    scalar => writeln!(out, "{pad}{key}: {scalar}").expect("string"),
                }
            }
        }
        Value::Array(items) => {
            for item in items {
                writeln!(out, "{pad}- {item}").expect("string");
            }
        }
        scalar => writeln!(out, "{pad}{scalar}").expect("string"),
    }
}

fn encode(text: &str, dress: Dress) -> Vec<u8> {
    match dress {
        Dress::Crlf => text.replace('\n', "\r\n").into_bytes(),
        Dress::Bom => [b"\xEF\xBB\xBF", text.as_bytes()].concat(),
        Dress::Utf16Le => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        Dress::Utf16BeBom => std::iter::once(0xFEFF).chain(text.encode_utf16()).flat_map(u16::to_be_bytes).collect(),
        _ => text.as_bytes().to_vec(),
    }
}

/// Writes the corpus and says what must be found in it.
fn plant(root: &Path) -> (usize, Vec<Planted>) {
    let mut planted = Vec::new();
    let mut files = 0;
    let (homes, forms) = (homes(), forms());
    for (h, home) in homes.iter().enumerate() {
        for (f, form) in forms.iter().enumerate() {
            for round in 0..3 {
                let seed = ((h * forms.len() + f) * 3 + round) as u64;
                let dress = DRESSES[(seed as usize + h) % DRESSES.len()];
                let secret = recipe::expand(RECIPES[(seed as usize) % RECIPES.len()], seed).expect("recipe");
                let server = format!("acme-{round}");
                let text = render(&(home.wrap)(&server, (form.entry)(home)), home.syntax, dress);
                let line = 1 + text[..text.find("{planted}").expect("marker")].matches('\n').count() as u64;
                let written = match (dress, home.syntax) {
                    (Dress::Escaped, Syntax::Json | Syntax::Toml | Syntax::Yaml) if form.slot != "header" => {
                        let first = secret.chars().nth(5).expect("long enough");
                        format!("{}\\u{:04x}{}", &secret[..5], u32::from(first), &secret[6..])
                    }
                    _ => secret.clone(),
                };
                // A TOML literal string or YAML plain scalar has no escapes; every value here is double-quoted.
                let text = text.replace("{planted}", &written);
                let path = format!("{seed:03}/{}", home.path);
                let file = root.join(&path);
                std::fs::create_dir_all(file.parent().expect("parent")).expect("directory");
                std::fs::write(&file, encode(&text, dress)).expect("file");
                files += 1;
                planted.push(Planted { path, line, client: home.client.to_owned(), server, slot: form.slot });
            }
        }
    }
    (files, planted)
}

#[test]
fn at_least_ninety_five_percent_of_a_corpus_is_found_with_line_server_slot_and_client_and_nothing_else() {
    let case = Case::new();
    let (files, planted) = plant(&case.path(""));
    assert!(files >= 500, "the corpus has {files} files");
    let report = case.scan([".", "--format", "json", "--exit-zero"]).exits(0).json();
    let mut found = BTreeSet::new();
    let mut lines = BTreeSet::new();
    for credential in report["credentials"].as_array().expect("credentials") {
        for occurrence in credential["occurrences"].as_array().expect("occurrences") {
            let text = |key: &str| occurrence[key].as_str().unwrap_or_default().to_owned();
            let line = occurrence["region"]["startLine"].as_u64().expect("line");
            lines.insert((text("path"), line));
            found.insert((text("path"), line, text("client"), text("server"), text("slot")));
        }
    }
    let key = |p: &Planted| (p.path.clone(), p.line, p.client.clone(), p.server.clone(), p.slot.to_owned());
    let missed: Vec<_> = planted.iter().filter(|p| !found.contains(&key(p))).collect();
    let expected: BTreeSet<_> = planted.iter().map(|p| (p.path.clone(), p.line)).collect();
    let false_alarms: Vec<_> = lines.difference(&expected).collect();
    assert!(false_alarms.is_empty(), "{} false alarms: {false_alarms:#?}", false_alarms.len());
    let share = 1.0 - missed.len() as f64 / planted.len() as f64;
    assert!(share >= 0.95, "found {:.1} % of {}; missed {missed:#?}", share * 100.0, planted.len());
}
