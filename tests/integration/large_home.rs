//! A generated home directory as a busy developer's: what is planted is found, nothing else, and fast.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use crate::runner::{Case, NOW};

/// Path and line of each planted credential.
type Planted = BTreeSet<(String, u64)>;

/// Clients whose full recipe is put where the client looks for it, and where that is below the home directory.
const CLIENTS: &[(&str, &str)] = &[
    ("5ire", ".config/5ire/mcp.json"),
    ("amazon-q", ".aws/amazonq/mcp.json"),
    ("amp", ".config/amp/settings.json"),
    ("antigravity", ".gemini/antigravity/mcp_config.json"),
    ("anythingllm", ".config/anythingllm-desktop/storage/plugins/anythingllm_mcp_servers.json"),
    ("augment", ".augment/settings.json"),
    ("boltai", ".boltai/mcp.json"),
    ("claude-code", ".claude.json"),
    ("claude-desktop", ".config/Claude/claude_desktop_config.json"),
    ("cline", ".config/Code/User/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json"),
    ("codewhale", ".codewhale/mcp.json"),
    ("codex", ".codex/config.toml"),
    ("continue", ".continue/config.yaml"),
    ("copilot-cli", ".copilot/mcp-config.json"),
    ("copilot-jetbrains", ".config/github-copilot/intellij/mcp.json"),
    ("cross-agent", ".agents/mcp.json"),
    ("crush", ".config/crush/crush.json"),
    ("cursor", ".cursor/mcp.json"),
    ("devin", ".config/devin/mcp_config.json"),
    ("docker-mcp", ".docker/mcp/catalogs/acme.yaml"),
    ("factory", ".factory/mcp.json"),
    ("fx", ".fx/mcp.json"),
    ("gemini-cli", ".gemini/settings.json"),
    ("goose", ".config/goose/config.yaml"),
    ("grok-build", ".grok/config.toml"),
    ("jan", ".local/share/Jan/data/mcp_config.json"),
    ("jetbrains-ai", ".config/JetBrains/IntelliJIdea2025.2/options/llm.mcpServers.xml"),
    ("junie", ".junie/mcp/mcp.json"),
    ("kilo-code", ".config/kilo/kilo.jsonc"),
    ("kimi-code", ".kimi-code/mcp.json"),
    ("kiro", ".kiro/settings/mcp.json"),
    ("lm-studio", ".lmstudio/mcp.json"),
    ("mcp-inspector", ".mcp-inspector/mcp.json"),
    ("mcporter", ".mcporter/mcporter.json"),
    ("mistral-vibe", ".vibe/config.toml"),
    ("opencode", ".config/opencode/opencode.json"),
    ("openclaw", ".openclaw/openclaw.json"),
    ("pi", ".pi/agent/mcp.json"),
    ("qwen-code", ".qwen/settings.json"),
    ("roo-code", ".config/Code/User/globalStorage/rooveterinaryinc.roo-cline/settings/mcp_settings.json"),
    ("rovo-dev", ".rovodev/mcp.json"),
    ("toolhive", ".local/state/toolhive/runconfigs/tickets.json"),
    ("trae", ".trae/mcp.json"),
    ("vscode", ".config/Code/User/mcp.json"),
    ("warp", ".warp/.mcp.json"),
    ("windsurf", ".codeium/windsurf/mcp_config.json"),
    ("zed", ".config/zed/settings.json"),
];

/// Histories of six shells, startup files and stores of tokens; `<<>>` is another credential each time.
const FILES: &[(&str, &str)] = &[
    (
        ".bash_history",
        "cd src\nexport ACME_API_KEY=<<>>\nls -la\nclaude mcp add tickets -e ACME_TOKEN=<<>> -- npx -y acme-tickets-mcp\ngit status\n",
    ),
    (
        ".zsh_history",
        ": 1700000000:0;git log --oneline -5\n: 1700000001:0;codex mcp add tickets --env ACME_API_KEY=<<>> -- npx acme-tickets-mcp\n: 1700000002:0;docker run -e ACME_TOKEN=<<>> acme/tickets\n",
    ),
    (
        ".local/share/fish/fish_history",
        "- cmd: gemini mcp add -e ACME_API_KEY=<<>> tickets npx acme-tickets-mcp\n  when: 1700000000\n- cmd: set -x ACME_TOKEN <<>>\n  when: 1700000001\n",
    ),
    (
        ".local/share/powershell/PSReadLine/ConsoleHost_history.txt",
        "$env:ACME_API_KEY=\"<<>>\"\nsetx ACME_TOKEN <<>>\nGet-ChildItem\n",
    ),
    (".sh_history", "npx mcp-remote https://mcp.acme.io/sse --header \"Authorization: Bearer <<>>\"\n"),
    (
        ".config/nushell/history.txt",
        "code --add-mcp '{\"name\":\"tickets\",\"command\":\"npx\",\"env\":{\"ACME_API_KEY\":\"<<>>\"}}'\n",
    ),
    (".zshrc", "export PATH=$HOME/bin:$PATH\nexport ACME_API_KEY='<<>>'\nalias ll='ls -l'\n"),
    (".config/fish/config.fish", "set -gx ACME_API_TOKEN <<>>\nset -gx EDITOR vim\n"),
    (".env", "ACME_URL=https://acme.io\nACME_API_KEY=<<>>\n"),
    (
        ".mcp-auth/mcp-remote-v1/0123456789abcdef0123456789abcdef_tokens.json",
        "{\n  \"access_token\": \"<<>>\",\n  \"token_type\": \"Bearer\",\n  \"expires_in\": 3600,\n  \"refresh_token\": \"<<>>\"\n}\n",
    ),
    (
        ".mcp-auth/mcp-remote-v1/0123456789abcdef0123456789abcdef_client_info.json",
        "{\n  \"client_id\": \"client-1\",\n  \"client_secret\": \"<<>>\",\n  \"redirect_uris\": [\"http://127.0.0.1:3334/oauth/callback\"]\n}\n",
    ),
    (
        ".claude/.credentials.json",
        "{\"mcpOAuth\": {\"tickets|1\": {\"serverName\": \"tickets\", \"serverUrl\": \"https://mcp.acme.io/mcp\", \"clientId\": \"client-1\",\n  \"accessToken\": \"<<>>\",\n  \"refreshToken\": \"<<>>\", \"expiresAt\": 1900000000000}}}\n",
    ),
    (
        ".gemini/mcp-oauth-tokens.json",
        "[{\"serverName\": \"tickets\", \"clientId\": \"client-1\", \"mcpServerUrl\": \"https://mcp.acme.io\", \"token\": {\n  \"accessToken\": \"<<>>\", \"tokenType\": \"Bearer\", \"expiresAt\": 1900000000000}}]\n",
    ),
    (
        ".codex/.credentials.json",
        "{\"tickets|ab\": {\"server_name\": \"tickets\", \"server_url\": \"https://mcp.acme.io\", \"client_id\": \"client-1\",\n  \"access_token\": \"<<>>\",\n  \"refresh_token\": \"<<>>\", \"expires_at\": 1900000000}}\n",
    ),
    (
        ".local/share/opencode/mcp-auth.json",
        "{\"tickets\": {\"serverUrl\": \"https://mcp.acme.io\", \"clientInfo\": {\"clientId\": \"client-1\"}, \"tokens\": {\n  \"accessToken\": \"<<>>\", \"expiresAt\": 1900000000}}}\n",
    ),
    (
        ".local/share/crush/crush.json",
        "{\"mcp\": {\"tickets\": {\"type\": \"http\", \"url\": \"https://mcp.acme.io\", \"oauth_token\": {\n  \"access_token\": \"<<>>\", \"expires_in\": 3600}}}}\n",
    ),
    (".config/goose/secrets.yaml", "ACME_API_KEY: <<>>\n"),
];

/// A home directory with all of it, and transcripts of about that many bytes each.
fn home(transcripts: usize, bytes: usize) -> (Case, Planted) {
    let mut case = Case::new();
    let mut planted = Planted::new();
    let mut number = 0;
    let mut fill = |case: &Case, path: &str, template: &str| {
        let mut text = String::new();
        for (at, line) in template.split_inclusive('\n').enumerate() {
            let mut rest = line;
            while let Some(start) = rest.find("<<") {
                let end = start + rest[start..].find(">>").expect("a hole") + 2;
                number += 1;
                text.push_str(&rest[..start]);
                text.push_str(&case.secret_of("{alnum:40}", number));
                planted.insert((format!("~/{path}"), at as u64 + 1));
                rest = &rest[end..];
            }
            text.push_str(rest);
        }
        text
    };
    for (client, path) in CLIENTS {
        let recipe = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/clients").join(client).join("full.toml");
        let recipe: toml::Value =
            toml::from_str(&std::fs::read_to_string(recipe).expect("a recipe")).expect("a recipe");
        let text = fill(&case, path, recipe["config"].as_str().expect("a config"));
        case = case.raw(&format!("home/{path}"), text);
    }
    for (path, template) in FILES {
        let text = fill(&case, path, template);
        case = case.raw(&format!("home/{path}"), text);
    }
    for at in 0..transcripts {
        let folder = if at % 2 == 0 { ".claude/projects/-home-ann-src-app" } else { ".codex/sessions/2026/11/20" };
        let path = format!("{folder}/{at:08}-0000-4000-8000-000000000000.jsonl");
        let text = fill(&case, &path, &transcript(at as u64, bytes));
        case = case.raw(&format!("home/{path}"), text);
    }
    (case, planted)
}

/// The messages of a session: prose, listings, digests, a tool's answer with a variable in it, and one with a config.
fn transcript(seed: u64, bytes: usize) -> String {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state >> 33
    };
    let mut text = String::with_capacity(bytes + 4096);
    let mut line = 0_u64;
    let (first, second) = (bytes / 3, bytes / 2);
    let (mut told, mut shown) = (false, false);
    while text.len() < bytes {
        line += 1;
        let id = format!(
            "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
            next(),
            next() & 0xffff,
            next() & 0xfff,
            next() & 0xfff,
            next()
        );
        let body = if !told && text.len() > first {
            told = true;
            "$ env | sort\\nHOME=/home/ann\\nACME_API_TOKEN=<<>>\\nLANG=C.UTF-8\\n".to_owned()
        } else if !shown && text.len() > second {
            shown = true;
            r#"{\"mcpServers\": {\"tickets\": {\"command\": \"npx\", \"args\": [\"-y\", \"acme-tickets-mcp\"], \"env\": {\"ACME_API_KEY\": \"<<>>\"}}}}"#.to_owned()
        } else {
            match next() % 5 {
                0 => "I read the file and the tests next to it. The token bucket refills too slowly, so the key of the cache is looked up twice; I will move the password prompt behind it.".to_owned(),
                1 => format!("commit {:08x}{:08x}{:08x}{:08x}{:08x}\\nAuthor: Ann <ann@acme.io>\\n\\n    auth: refresh the session before it ends\\n", next(), next(), next(), next(), next()),
                2 => "fn refresh(token: &Token, secret: &Secret) -> Result<Session> {\\n    let key = config.api_key.as_deref().ok_or(Error::NoKey)?;\\n    client.post(url).bearer_auth(key).send()\\n}\\n".to_owned(),
                3 => format!("-rw-r--r-- 1 ann ann {} Nov 20 11:0{} src/session/mod_{}.rs\\n-rw-r--r-- 1 ann ann 811 Nov 20 11:04 src/auth/token_store.rs\\n", next() % 100_000, next() % 10, next() % 1000),
                _ => format!("test session::tests::a_token_that_expired_is_refreshed_{} ... ok\\ntest result: ok. {} passed; 0 failed\\n", next() % 1000, next() % 900),
            }
        };
        let _ = writeln!(
            text,
            r#"{{"parentUuid":"{id}","sessionId":"{id}","version":"2.0.{}","type":"user","message":{{"role":"user","content":[{{"type":"tool_result","content":"{body}"}}]}},"uuid":"{id}","timestamp":"2026-11-20T11:00:{:02}.000Z"}}"#,
            line % 9,
            line % 60
        );
    }
    text
}

/// Path and line of each occurrence.
fn found(report: &serde_json::Value) -> Planted {
    let credentials = report["credentials"].as_array().expect("credentials").iter();
    let places = credentials.flat_map(|found| found["occurrences"].as_array().expect("occurrences"));
    places
        .map(|place| (place["path"].as_str().unwrap().to_owned(), place["region"]["startLine"].as_u64().unwrap()))
        .collect()
}

#[test]
fn all_that_is_planted_in_a_home_is_found_and_nothing_else() {
    let (case, planted) = home(6, 200_000);
    let report = case.run(["discover", "--now", NOW, "--home", "home", "-f", "json"]).exits(1).json();
    let found = found(&report);
    let missing: Vec<_> = planted.difference(&found).collect();
    let beside: Vec<_> = found.difference(&planted).collect();
    assert!(missing.is_empty() && beside.is_empty(), "missing {missing:#?}\nbeside {beside:#?}");
    let clients: BTreeSet<&str> =
        report["servers"].as_array().unwrap().iter().filter_map(|it| it["client"].as_str()).collect();
    assert!(clients.len() >= 40, "{} clients", clients.len());
    assert_eq!(report["coverage"]["complete"], true);
}

/// Measures, so it needs a release build and a machine of its own: `cargo test --release --test integration -- --ignored large_home`.
#[test]
#[ignore = "measures: needs a release build"]
fn thirty_transcripts_of_five_megabytes_take_less_than_two_seconds() {
    let (case, planted) = home(30, 5 << 20);
    let run = || {
        let begin = std::time::Instant::now();
        let report =
            case.run(["discover", "--now", NOW, "--threads", "2", "--home", "home", "-f", "json"]).exits(1).json();
        (begin.elapsed(), report)
    };
    // The first run finds the files on the disk, the second in memory.
    run();
    let (took, report) = run();
    assert_eq!(found(&report), planted);
    assert!(took.as_secs_f32() < 2.0, "{took:?}");
}
