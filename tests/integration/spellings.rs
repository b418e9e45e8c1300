//! The many ways to write one value into a config: each is found at its bytes, with the pointer, server and slot it stands in.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::runner::Case;

/// Where a config lies and its text, in which `@` is the value as it is written, and pointer, server, slot and variable.
type Row = (&'static str, &'static str, [&'static str; 4]);

const TOKEN: [&str; 4] = ["/mcpServers/t/env/A_TOKEN", "t", "env", "A_TOKEN"];
const GOOSE: [&str; 4] = ["/extensions/t/envs/A_TOKEN", "t", "env", "A_TOKEN"];

const ROWS: &[Row] = &[
    // JSON and its kin.
    ("c/.cursor/mcp.json", r#"{"mcpServers":{"t":{"command":"npx","env":{"A_TOKEN":"@"}}}}"#, TOKEN),
    (
        "jsonc/.cursor/mcp.json",
        "// é\n{\"mcpServers\": {\"t\": {/*\"env\":{}*/\"command\":\"npx\",\"env\" /*k*/ : {\"A_TOKEN\": /*v*/ \"@\",},},},}\n",
        TOKEN,
    ),
    ("json5/.cursor/mcp.json", "{mcpServers: {t: {command: 'npx', env: {A_TOKEN: '@'}}}}", TOKEN),
    (
        "keys/.cursor/mcp.json",
        r#"{"mcpServers":{"t\u00e9\/~":{"command":"npx","env":{"A\u005fTOKEN":"@"}}}}"#,
        ["/mcpServers/té~1~0/env/A_TOKEN", "té/~", "env", "A_TOKEN"],
    ),
    (
        "wide/.cursor/mcp.json",
        r#"{"mcpServers":{"😀":{"command":"npx","note":"😀😀","env":{"A_TOKEN":"@"}}}}"#,
        ["/mcpServers/😀/env/A_TOKEN", "😀", "env", "A_TOKEN"],
    ),
    (
        "twice/.cursor/mcp.json",
        r#"{"mcpServers":{"t":{"command":"npx","env":{"A_TOKEN":"@","A_TOKEN":"${A}"}}}}"#,
        TOKEN,
    ),
    (
        "arg/.cursor/mcp.json",
        r#"{"mcpServers":{"t":{"command":"docker","args":["run","-e","A_TOKEN=@","acme/mcp"]}}}"#,
        ["/mcpServers/t/args/2", "t", "arg", "A_TOKEN"],
    ),
    (
        "flag/.cursor/mcp.json",
        r#"{"mcpServers":{"t":{"command":"npx","args":["x","--header=Authorization: Bearer @"]}}}"#,
        ["/mcpServers/t/args/1", "t", "arg", "Authorization"],
    ),
    (
        "line/.cursor/mcp.json",
        r#"{"mcpServers":{"t":{"command":"npx -y acme-mcp --api-key @"}}}"#,
        ["/mcpServers/t/command", "t", "arg", "--api-key"],
    ),
    (
        "url/.cursor/mcp.json",
        r#"{"mcpServers":{"t":{"url":"https://mcp.acme.io/mcp?api_key=@&x=1"}}}"#,
        ["/mcpServers/t/url", "t", "url-query", "api_key"],
    ),
    // TOML.
    (
        "a/.codex/config.toml",
        "mcp_servers.t.command = \"x\"\nmcp_servers.t.env.A_TOKEN = '@'\n",
        ["/mcp_servers/t/env/A_TOKEN", "t", "env", "A_TOKEN"],
    ),
    (
        "b/.codex/config.toml",
        "[mcp_servers.\"a.b/c~d é\"]\ncommand=\"x\"\n[mcp_servers.\"a.b/c~d é\".env]\n\"A_TOKEN\" = \"\"\"@\"\"\"\n",
        ["/mcp_servers/a.b~1c~0d é/env/A_TOKEN", "a.b/c~d é", "env", "A_TOKEN"],
    ),
    (
        "c/.codex/config.toml",
        "mcp_servers = { 'q\"x' = { command = \"x\", args = [\"--api-key\", \"@\"] } } # c\n",
        ["/mcp_servers/q\"x/args/1", "q\"x", "arg", "--api-key"],
    ),
    // YAML.
    (
        "a/.config/goose/config.yaml",
        "extensions:\n  t:\n    cmd: npx\n    type: stdio\n    envs:\n      A_TOKEN: @ # c\n",
        GOOSE,
    ),
    (
        "b/.config/goose/config.yaml",
        "extensions:\n  t:\n    cmd: npx\n    type: stdio\n    envs:\n      A_TOKEN: &a !!str \"@\"\n",
        GOOSE,
    ),
    ("c/.config/goose/config.yaml", "extensions: {t: {type: stdio, cmd: npx, envs: {A_TOKEN: &a @}}}\n", GOOSE),
    (
        "d/.config/goose/config.yaml",
        "extensions:\n  t:\n    cmd: npx\n    type: stdio\n    envs:\n      A_TOKEN: !!str |-\n        @\n",
        GOOSE,
    ),
    (
        "e/.config/goose/config.yaml",
        "extensions:\n  t:\n    cmd: npx\n    type: stdio\n    envs:\n      ? A_TOKEN\n      : >-\n        @\n",
        GOOSE,
    ),
    (
        "f/.config/goose/config.yaml",
        "a: &a {A_TOKEN: '@'}\nb: &b {A_TOKEN: x, B: y}\nextensions:\n  t:\n    cmd: npx\n    type: stdio\n    envs:\n      <<: [*a, *b]\n",
        GOOSE,
    ),
    (
        "g/.config/goose/config.yaml",
        "a: 1\n---\nextensions: {t: {type: stdio, cmd: npx, envs: {A_TOKEN: '@'}}}\n",
        ["/1/extensions/t/envs/A_TOKEN", "t", "env", "A_TOKEN"],
    ),
    // Files that nobody gave this name.
    ("other/foo.json", r#"{"mcpServers":{"t":{"command":"npx","env":{"A_TOKEN":"@"}}}}"#, TOKEN),
    ("other/notes.bak", r#"{"mcpServers":{"t":{"command":"npx","env":{"A_TOKEN":"@"}}}}"#, TOKEN),
    ("other/x.yml", "mcpServers:\n  t:\n    command: npx\n    env:\n      A_TOKEN: @\n", TOKEN),
    (
        "other/list.json",
        r#"{"servers":[{"name":"t","command":"npx","args":[],"env":{"A_TOKEN":"@"}}]}"#,
        ["/servers/0/env/A_TOKEN", "t", "env", "A_TOKEN"],
    ),
    (
        "other/s.yaml",
        "servers:\n  t:\n    command: npx\n    env:\n      A_TOKEN: @\n",
        ["/servers/t/env/A_TOKEN", "t", "env", "A_TOKEN"],
    ),
    (
        "other/s.toml",
        "[servers.t]\ncommand = \"npx\"\n[servers.t.env]\nA_TOKEN = \"@\"\n",
        ["/servers/t/env/A_TOKEN", "t", "env", "A_TOKEN"],
    ),
    (
        "other/deep.yaml",
        "agents:\n  - name: a\n    mcp_servers:\n      t:\n        command: npx\n        env: {A_TOKEN: @}\n",
        ["/agents/0/mcp_servers/t/env/A_TOKEN", "t", "env", "A_TOKEN"],
    ),
];

/// How the bytes of a file are written.
const ENCODINGS: [&str; 5] = ["plain", "mark", "crlf", "utf-16-le", "utf-16-be"];

fn encoded(text: &str, encoding: &str) -> Vec<u8> {
    match encoding {
        "mark" => [b"\xef\xbb\xbf", text.as_bytes()].concat(),
        "crlf" => text.replace('\n', "\r\n").into_bytes(),
        "utf-16-le" => std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect(),
        "utf-16-be" => std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_be_bytes).collect(),
        _ => text.as_bytes().to_vec(),
    }
}

/// The bytes of a value within such a file.
fn part(text: &str, encoding: &str) -> Vec<u8> {
    match encoding {
        "utf-16-le" => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        "utf-16-be" => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        _ => text.as_bytes().to_vec(),
    }
}

#[test]
fn each_spelling_in_each_encoding_is_found_at_its_bytes_and_in_its_slot() {
    let mut case = Case::new();
    let mut expected: BTreeMap<String, (Vec<u8>, usize, [&str; 4])> = BTreeMap::new();
    for (at, (path, text, told)) in ROWS.iter().enumerate() {
        for (nth, encoding) in ENCODINGS.iter().enumerate() {
            let secret = case.secret_of("{alnum:40}", (at * ENCODINGS.len() + nth) as u64);
            let written = part(&secret, encoding);
            let bytes = encoded(&text.replace('@', &secret), encoding);
            let start = bytes.windows(written.len()).position(|window| window == written).expect("it is there");
            let path = format!("{encoding}/{at}/{path}");
            case = case.raw(&path, bytes);
            expected.insert(path, (written, start, *told));
        }
    }
    let report: Value = case.scan([".", "-f", "sarif", "--exit-zero", "--findings", "primary"]).exits(0).json();
    let results = report["runs"][0]["results"].as_array().expect("results");
    let mut wrong = Vec::new();
    for result in results {
        let place = &result["locations"][0]["physicalLocation"];
        let path = place["artifactLocation"]["uri"].as_str().expect("a path");
        let Some((written, start, told)) = expected.remove(path) else {
            wrong.push(format!("{path}: twice, or not planted"));
            continue;
        };
        let number = |key: &str| place["region"][key].as_u64().unwrap_or_default() as usize;
        let text = |key: &str| result["properties"][key].as_str().unwrap_or("-");
        let found = [text("pointer"), text("server"), text("slot"), text("variable")];
        if (number("byteOffset"), number("byteLength")) != (start, written.len()) || found != told {
            wrong.push(format!("{path}: {found:?} at {} for {start}", number("byteOffset")));
        }
    }
    wrong.extend(expected.keys().map(|path| format!("{path}: not found")));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn an_escape_within_a_value_is_undone_and_the_region_covers_it_as_it_is_written() {
    let case = Case::new();
    let secret = case.secret("{alnum:40}");
    let first = secret.chars().next().expect("a character");
    let written = format!("\\u{:04x}{}", u32::from(first), &secret[1..]);
    let config = format!(r#"{{"mcpServers":{{"t":{{"command":"npx","env":{{"A_TOKEN":"{written}"}}}}}}}}"#);
    let at = config.find(&written).expect("it is there");
    let toml = format!("[mcp_servers.t]\ncommand = \"x\"\nenv = {{ A_TOKEN = \"{written}\" }}\n");
    let case = case
        .raw(".cursor/mcp.json", &config)
        .raw(".codex/config.toml", toml)
        .raw("plain.env", format!("A_TOKEN={secret}\n"));
    let report = case.scan([".", "-f", "json", "--exit-zero"]).exits(0).never_shows(&secret).json();
    let credentials = report["credentials"].as_array().expect("credentials");
    assert_eq!(credentials.len(), 1, "one secret, however it is written: {credentials:#?}");
    let places = credentials[0]["occurrences"].as_array().expect("occurrences");
    let region = |path: &str| {
        let place = places.iter().find(|place| place["path"] == path).expect("a place");
        (place["region"]["byteOffset"].as_u64(), place["region"]["byteLength"].as_u64())
    };
    assert_eq!(region(".cursor/mcp.json"), (Some(at as u64), Some(written.len() as u64)));
    assert_eq!(region(".codex/config.toml").1, Some(written.len() as u64));
}
