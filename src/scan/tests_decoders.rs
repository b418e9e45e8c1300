//! Every form in which a credential may be disguised: each is found, once, as the same secret, at its bytes.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use proptest::prelude::*;

use super::tests::{github, made, scan, scan_as, scanner};
use super::*;

/// How a text stands escaped in a JSON string.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

fn percent(text: &str) -> String {
    text.bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

fn html(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;")
}

/// The name a token is given, and the token: one of a documented format, one that only its name gives away.
fn tokens() -> [(&'static str, String); 2] {
    [("GITHUB_TOKEN", github()), ("SEARCH_API_TOKEN", made("{alnum:40}", 4))]
}

/// Asserts that the text holds the secret and nothing else.
fn holds(form: &str, path: &str, text: &str, token: &str) {
    let expected = scan(".env", &format!("API_TOKEN={token}\n"));
    let found = scan_as(scanner(Confidence::Medium), path, text.as_bytes(), false).occurrences;
    assert_eq!(found.len(), 1, "{form}: found once in {path}");
    assert_eq!(found[0].identity.fold, expected[0].identity.fold, "{form}: the same secret");
    let region = found[0].location.region;
    let end = (region.byte_offset + region.byte_length) as usize;
    assert!(region.byte_length > 0 && end <= text.len(), "{form}: within the text");
}

#[test]
fn a_secret_is_found_in_every_form_under_its_name() {
    for (name, token) in tokens() {
        let config =
            format!("{{\"mcpServers\": {{\"s\": {{\"command\": \"x\", \"env\": {{\"{name}\": \"{token}\"}}}}}}}}");
        let line = format!("first line\n{name}={token}\nlast line");
        let hex: String = token.bytes().map(|byte| format!("{byte:02x}")).collect();
        let encoded = STANDARD.encode(&token);
        let (head, tail) = token.split_at(10);
        let message = |text: &str| format!("{{\"type\": \"x\", \"text\": {}}}\n", quoted(text));
        let deeper = message(&message(&config));
        for (form, path, text) in [
            ("base64", "secret.yaml", format!("data:\n  {name}: {encoded}\n")),
            (
                "base64 of a line",
                "secret.yaml",
                format!("data:\n  {name}: {}\n", STANDARD.encode(format!("{token}\n"))),
            ),
            ("base64url", "secret.yaml", format!("data:\n  {name}: {}\n", URL_SAFE_NO_PAD.encode(&token))),
            ("base64 twice", "secret.yaml", format!("data:\n  {name}: {}\n", STANDARD.encode(&encoded))),
            ("base64 of a config", "blob.txt", format!("x {} y", STANDARD.encode(&config))),
            ("base64 of a config, wrapped", "blob.txt", {
                let all = STANDARD.encode(&config);
                format!("data: |\n    {}\n    {}\n", &all[..76], &all[76..])
            }),
            (
                "base64 of a config in a URL",
                "blob.txt",
                format!("https://h.example/?c={}", percent(&STANDARD.encode(&config))),
            ),
            (
                "base64 of an env file",
                "secret.yaml",
                format!("data:\n  env: {}\n", STANDARD_NO_PAD.encode(format!("{line}\n"))),
            ),
            ("percent of a config", "notes.txt", format!("see x://y/?c={}", percent(&config))),
            ("percent of a config, twice", "notes.txt", format!("see x://y/?c={}", percent(&percent(&config)))),
            ("query", "notes.txt", format!("GET https://h.example/?a=b&{name}={token}&c=d\n")),
            ("query in HTML", "notes.txt", format!("GET https://h.example/?a=b&amp;{name}={token}&amp;c=d\n")),
            ("env line in a string", "x.json", message(&line)),
            ("config in a string", "x.jsonl", message(&config)),
            ("config in a string in a string", "x.jsonl", message(&message(&config))),
            ("config three strings deep", "x.jsonl", message(&deeper)),
            ("config in a program", "x.py", format!("c = json.loads({})\n", quoted(&config))),
            ("numbered lines in a string", "x.jsonl", message(&format!("     1→{{\n     2→{}\n", &config[1..]))),
            ("prose around a config in a string", "x.jsonl", message(&format!("It is:\n{config}\nas you see"))),
            ("entities of a config", "x.html", format!("<div data-c=\"{}\"></div>", html(&config))),
            (
                "entities for punctuation",
                "x.html",
                format!("<div data-c=\"{}\"></div>", html(&config).replace('_', "&#x5f;")),
            ),
            (
                "escaped slashes and letters",
                "x.json",
                config.replace(head, &format!("\\u{:04x}{}", head.as_bytes()[0], &head[1..])),
            ),
            ("hexadecimal", "x.env.txt", format!("{name}_hex: {hex}\n")),
            ("closed and opened quotes", "x.sh", format!("export {name}=\"{head}\"'{tail}'\n")),
            ("joined strings", "x.py", format!("{name} = \"{head}\" + \"{tail}\"\n")),
            ("dollar quotes", "x.sh", format!("export {name}=$'\\x{:02x}{}'\n", token.as_bytes()[0], &token[1..])),
            (
                "annotation",
                "x.yaml",
                format!(
                    "metadata:\n  annotations:\n    last-applied: |\n      {{\"stringData\":{{\"{name}\":\"{token}\"}}}}\n"
                ),
            ),
        ] {
            holds(form, path, &text, &token);
        }
    }
}

#[test]
fn a_token_with_a_prefix_is_found_in_forms_that_hide_it() {
    let token = github();
    let (head, tail) = token.split_at(12);
    for (form, path, text) in [
        ("entity", "x.html", format!("<code>{}</code>", token.replace('_', "&#95;"))),
        ("hexadecimal entity", "x.html", format!("<code>{}</code>", token.replace('_', "&#x5F;"))),
        ("hexadecimal escape", "x.js", format!("a = \"{}\"", token.replace('_', "\\x5f"))),
        ("percent", "x.txt", format!("x={}", token.replace('_', "%5F"))),
        ("percent twice", "x.txt", format!("x={}", token.replace('_', "%255F"))),
        ("base64 twice", "x.txt", format!("x {} y", STANDARD.encode(STANDARD.encode(&token)))),
        ("continued line", "x.sh", format!("x={head}\\\n{tail}\n")),
        ("joined", "x.js", format!("f(\"{head}\" +\n  \"{tail}\")")),
        ("basic", "x.txt", format!("Authorization: Basic {}\n", STANDARD.encode(format!("me:{token}")))),
    ] {
        holds(form, path, &text, &token);
    }
}

/// A link, its client, and whether it names the server itself.
fn links(config: &str) -> Vec<(String, &'static str)> {
    let b64 = STANDARD.encode(config);
    let bare = STANDARD_NO_PAD.encode(config);
    let named = config.replacen('{', "{\"name\":\"db\",", 1);
    let wrapped = format!("{{\"mcpServers\":{{\"db\":{config}}}}}");
    vec![
        (format!("cursor://anysphere.cursor-deeplink/mcp/install?name=db&config={b64}"), "cursor"),
        (format!("https://cursor.com/install-mcp?name=db&config={}", percent(&b64)), "cursor"),
        (format!("https://cursor.com/en-US/install-mcp?name=db&config={bare}"), "cursor"),
        (format!("https://cursor.com/en/install-mcp?name=db&amp;config={bare}"), "cursor"),
        (
            format!("cursor://anysphere.cursor-deeplink/mcp/install?name=db&config={}", STANDARD.encode(&wrapped)),
            "cursor",
        ),
        (format!("vscode:mcp/install?{}", percent(&named)), "vscode"),
        (format!("vscode:mcp/install?{named}"), "vscode"),
        (format!("vscode-insiders:mcp/install?{}", percent(&named)), "vscode"),
        (
            format!(
                "https://insiders.vscode.dev/redirect/mcp/install?name=db&config={}&quality=insiders",
                percent(config)
            ),
            "vscode",
        ),
        (
            format!("https://vscode.dev/redirect?url={}", percent(&format!("vscode:mcp/install?{}", percent(&named)))),
            "vscode",
        ),
        (format!("https://vscode.dev/redirect?url=vscode:mcp/install?{}", percent(&percent(&named))), "vscode"),
        (format!("lmstudio://add_mcp?name=db&config={b64}"), "lm-studio"),
        (format!("https://lmstudio.ai/install-mcp?name=db&config={b64}"), "lm-studio"),
        (format!("https://kiro.dev/launch/mcp/add?name=db&config={}", percent(config)), "kiro"),
        (format!("cherrystudio://mcp/install?servers={}", STANDARD.encode(&wrapped)), "cherry-studio"),
        (format!("deepchat://mcp/install?code={}", STANDARD.encode(&wrapped)), "deepchat"),
    ]
}

#[test]
fn a_link_that_installs_a_server_tells_client_server_and_slot() {
    for (name, token) in tokens() {
        let config = format!("{{\"command\":\"npx\",\"args\":[\"-y\",\"x\"],\"env\":{{\"{name}\":\"{token}\"}}}}");
        let mut links = links(&config);
        links.push((
            format!("goose://extension?cmd=npx&arg=-y&id=db&name=db&env={}", percent(&format!("{name}={token}"))),
            "goose",
        ));
        for (link, client) in links {
            for (path, text) in [
                ("README.md", format!("[![Add](https://h.example/b.svg)]({link})\n")),
                ("chat.txt", format!("open {link} now\n")),
                ("site/index.html", format!("<a href='{link}'>Add</a>\n")),
                ("notes.json", format!("{{\"text\": {}}}\n", quoted(&format!("see \"this\"\n{link}\n")))),
            ] {
                holds(&link, path, &text, &token);
                let found = scan(path, &text);
                let slot = &found[0].slot;
                assert_eq!((slot.client, slot.server.as_deref()), (Some(client), Some("db")), "{path}: {link}");
                assert_eq!((slot.kind.as_str(), slot.variable.as_deref()), ("env", Some(name)), "{link}");
            }
        }
    }
}

#[test]
fn a_placeholder_in_a_link_is_never_reported() {
    for value in ["YOUR_API_KEY", "<token>", "${input:token}", "your-key-here", ""] {
        let config = format!("{{\"command\":\"npx\",\"env\":{{\"API_KEY\":\"{value}\"}}}}");
        for (link, _) in links(&config) {
            assert_eq!(scan("README.md", &format!("[add]({link})\n")), [], "{link}");
        }
    }
}

#[test]
fn commands_tell_client_and_server() {
    let token = made("{alnum:40}", 4);
    let config = format!("{{\"type\":\"stdio\",\"command\":\"x\",\"env\":{{\"API_TOKEN\":\"{token}\"}}}}");
    let named = config.replacen('{', "{\"name\":\"db\",", 1);
    for (command, client, server) in [
        (format!("claude mcp add-json db '{config}'"), Some("claude-code"), Some("db")),
        (format!("claude mcp add-json -s user db {}", quoted(&config)), Some("claude-code"), Some("db")),
        (format!("code --add-mcp '{named}'"), Some("vscode"), Some("db")),
        (format!("code-insiders --add-mcp {}", quoted(&named)), Some("vscode"), Some("db")),
        (format!("codex mcp add db --env API_TOKEN={token} -- npx x"), Some("codex"), Some("db")),
        (format!("gemini mcp add -e API_TOKEN={token} db npx x"), Some("gemini-cli"), Some("db")),
        (format!("claude mcp add db \\\n  -e API_TOKEN='{token}' \\\n  -- npx x"), Some("claude-code"), Some("db")),
        (format!("codex -c mcp_servers.db.env.API_TOKEN={token} exec"), Some("codex"), Some("db")),
        (format!("codex -c 'mcp_servers.db.env.API_TOKEN=\"{token}\"'"), Some("codex"), Some("db")),
        (format!("docker mcp secret set db.api_token={token}"), None, Some("db")),
        (format!("npx -y mcp-remote https://h.example/sse --header \"Authorization: Bearer {token}\""), None, None),
    ] {
        for (path, text) in [
            ("setup.sh", format!("set -e\n{command}\n")),
            ("README.md", format!("Run\n```sh\n{command}\n```\n")),
            (".claude/projects/-w/a.jsonl", format!("{{\"input\": {{\"command\": {}}}}}\n", quoted(&command))),
        ] {
            holds(&command, path, &text, &token);
            let found = scan(path, &text);
            let slot = &found[0].slot;
            assert_eq!(
                (slot.kind.as_str(), slot.client, slot.server.as_deref()),
                ("command-line", client, server),
                "{path}: {command}"
            );
        }
    }
}

#[test]
fn what_a_transcript_holds_says_so() {
    for (name, token) in tokens() {
        let config =
            format!("{{\"mcpServers\": {{\"s\": {{\"command\": \"x\", \"env\": {{\"{name}\": \"{token}\"}}}}}}}}");
        let path = ".claude/projects/-work-app/0a.jsonl";
        let result = |text: &str| {
            let content = format!("[{{\"type\": \"tool_result\", \"content\": {}}}]", quoted(text));
            format!("{{\"message\": {{\"role\": \"user\", \"content\": {content}}}}}\n")
        };
        for text in [format!("export {name}={token}"), format!("A=1\n{name}={token}\n"), format!("{name}: {token}")] {
            let text = result(&text);
            holds("line", path, &text, &token);
            assert_eq!(scan(path, &text)[0].slot.kind.as_str(), "transcript");
        }
        let text = result(&config);
        holds("config", path, &text, &token);
        assert_eq!(scan(path, &text)[0].slot.server.as_deref(), Some("s"));
    }
}

#[test]
fn hostile_nests_are_read_in_bounded_time() {
    let scanner = scanner(Confidence::Low);
    let mut base64 = github();
    for _ in 0..16 {
        base64 = STANDARD.encode(&base64);
    }
    let mut strings = github();
    for _ in 0..12 {
        strings = quoted(&strings);
    }
    let mut slow = Vec::new();
    for (form, text) in [
        ("percent", format!("x={}5F", "%25".repeat(20_000))),
        ("escapes", "\\u00".repeat(20_000)),
        ("base64", "eyJ".repeat(20_000)),
        ("base64 of base64", base64.chars().take(10_000).collect()),
        ("strings", strings),
        ("open strings", "{\"a\": \"\\\"".repeat(10_000)),
        ("links", "mcp/install?".repeat(10_000)),
        ("open links", "vscode:mcp/install?{".repeat(5_000)),
        ("commands", "claude mcp add ' ".repeat(5_000)),
        ("entities", "&quot;".repeat(20_000)),
        ("maps", "{\"mcpServers\": ".repeat(5_000)),
        ("joints", "ghp_\"'".repeat(10_000)),
        ("fences", "```\n\"mcpServers\"\n".repeat(5_000)),
    ] {
        let begin = std::time::Instant::now();
        let _ = scan_as(scanner, "x.jsonl", text.as_bytes(), false);
        // Far above what it takes, far below what a search that is not linear would.
        if begin.elapsed().as_secs() > 10 {
            slow.push((form, begin.elapsed()));
        }
    }
    assert_eq!(slow, []);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_disguised_text_makes_the_scanner_panic(
        pieces in proptest::collection::vec("(\\\\u00|%25|%22|&quot;|&#95;|eyJ|mcp/install\\?|vscode:|config=| mcp add|--add-mcp|\"|'|\\\\|\\{|\\}|ghp_|TOKEN=|[a-zA-Z0-9=+/ \n]{1,12}|λ)", 0..60),
        path in "(a\\.jsonl|\\.claude/projects/x/a\\.jsonl|b\\.md|c\\.html|d\\.sh)"
    ) {
        let text = pieces.concat();
        for found in scan_as(scanner(Confidence::Low), &path, text.as_bytes(), false).occurrences {
            let region = found.location.region;
            prop_assert!((region.byte_offset + region.byte_length) as usize <= text.len());
        }
    }
}
