//! What is found where: every syntax, every kind of slot, every way around them that users of scanners have reported.

use crate::client::{Reading, SlotValue, read};
use crate::detector::name::Role;

/// A value that looks issued and never was; its letters depend on the seed.
fn secret(seed: u64) -> String {
    let alphabet = b"abcdefghjkmnpqrstuvwxyzABCDEFGHJKMNPQRSTUVWXYZ23456789";
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    (0..32)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            char::from(alphabet[(state >> 33) as usize % alphabet.len()])
        })
        .collect()
}

fn reading<'a>(path: &str, raw: &'a str) -> Reading<'a> {
    read(path, raw).expect("parses").expect("is a config")
}

/// The one value with this text that is a credential.
fn only<'r, 'a>(reading: &'r Reading<'a>, text: &str) -> &'r SlotValue<'a> {
    let found: Vec<_> =
        reading.values.iter().filter(|value| value.text.as_str() == text && value.role == Role::Secret).collect();
    assert_eq!(found.len(), 1, "{:#?}", reading.values);
    found[0]
}

/// Asserts kind, pointer, variable and server of a credential, and that its span slices to what was written.
#[track_caller]
fn assert_slot(path: &str, raw: &str, text: &str, written: &str, expected: (&str, &str, Option<&str>, Option<&str>)) {
    let reading = reading(path, raw);
    let value = only(&reading, text);
    let slot = &value.slot;
    assert_eq!(
        (
            slot.kind.as_str(),
            slot.pointer.as_deref().unwrap_or_default(),
            slot.variable.as_deref(),
            slot.server.as_deref()
        ),
        expected
    );
    let span = value.text.span();
    assert_eq!(&raw[span.start..span.end], written);
}

fn secrets(raw: &str) -> Vec<String> {
    let reading = reading(".mcp.json", raw);
    reading
        .values
        .iter()
        .filter(|value| value.role == Role::Secret)
        .map(|value| value.text.as_str().to_owned())
        .collect()
}

fn entry(body: &str) -> String {
    format!("{{\"mcpServers\": {{\"s\": {{{body}}}}}}}")
}

#[test]
fn every_kind_of_slot_is_told_in_json() {
    let k = secret(1);
    let at = |tail: &str| format!("/mcpServers/s/{tail}");
    let basic = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, format!("me:{k}"));
    for (body, kind, tail, variable) in [
        (format!(r#""command":"x","env":{{"API_KEY":"{k}"}}"#), "env", "env/API_KEY", Some("API_KEY")),
        (
            format!(r#""url":"https://h/mcp","headers":{{"Authorization":"Bearer {k}"}}"#),
            "header",
            "headers/Authorization",
            Some("Authorization"),
        ),
        (
            format!(r#""url":"https://h/mcp","requestOptions":{{"headers":{{"X-API-Key":"{k}"}}}}"#),
            "header",
            "requestOptions/headers/X-API-Key",
            Some("X-API-Key"),
        ),
        (
            format!(r#""transport":{{"url":"https://h","headers":{{"X-Auth-Token":"{k}"}}}}"#),
            "header",
            "transport/headers/X-Auth-Token",
            Some("X-Auth-Token"),
        ),
        (format!(r#""command":"x","args":["--api-key","{k}"]"#), "arg", "args/1", Some("--api-key")),
        (format!(r#""command":"x","args":["--api-key={k}"]"#), "arg", "args/0", Some("--api-key")),
        (format!(r#""command":"docker","args":["run","-e","API_KEY={k}","i"]"#), "arg", "args/2", Some("API_KEY")),
        (format!(r#""command":"docker","args":["run","-eAPI_KEY={k}","i"]"#), "arg", "args/1", Some("API_KEY")),
        (format!(r#""command":"docker","args":["run","--env=API_KEY={k}","i"]"#), "arg", "args/1", Some("API_KEY")),
        (format!(r#""command":"docker","args":["run","--env","API_KEY={k}","i"]"#), "arg", "args/2", Some("API_KEY")),
        (
            format!(r#""command":"npx","args":["mcp-remote","https://h","--header","Authorization: Bearer {k}"]"#),
            "arg",
            "args/3",
            Some("Authorization"),
        ),
        (
            format!(r#""command":"npx","args":["mcp-remote","https://h","--header","Authorization:Bearer {k}"]"#),
            "arg",
            "args/3",
            Some("Authorization"),
        ),
        (
            format!(r#""command":"npx","args":["mcp-remote","https://h","-H","X-Api-Key:{k}"]"#),
            "arg",
            "args/3",
            Some("X-Api-Key"),
        ),
        (format!(r#""command":["npx","p","--token","{k}"]"#), "arg", "command/3", Some("--token")),
        (format!(r#""command":"uvx p --token {k} --x""#), "arg", "command", Some("--token")),
        (format!(r#""command":"sh","args":["-c","API_TOKEN={k} npx p"]"#), "arg", "args/1", Some("API_TOKEN")),
        (format!(r#""url":"https://u:{k}@h/mcp""#), "url-userinfo", "url", None),
        (format!(r#""serverUrl":"https://h/mcp?x=1&apiKey={k}""#), "url-query", "serverUrl", Some("apiKey")),
        (format!(r#""httpUrl":"https://mcp.firecrawl.dev/{k}/v2/mcp""#), "url-path", "httpUrl", None),
        (format!(r#""url":"https://mcp.example.com/s/{k}/sse""#), "url-path", "url", None),
        (format!(r#""command":"npx","args":["p","postgresql://u:{k}@h/db"]"#), "url-userinfo", "args/1", None),
        (
            format!(r#""command":"x","env":{{"DATABASE_URL":"postgres://u:{k}@h/db"}}"#),
            "url-userinfo",
            "env/DATABASE_URL",
            Some("DATABASE_URL"),
        ),
        (
            format!(r#""command":"npx","args":["mcp-remote","https://mcp.exa.ai/mcp?exaApiKey={k}"]"#),
            "url-query",
            "args/1",
            Some("exaApiKey"),
        ),
        (
            format!(r#""url":"https://h","oauth":{{"client_secret":"{k}"}}"#),
            "oauth",
            "oauth/client_secret",
            Some("client_secret"),
        ),
        (
            format!(r#""url":"https://h","oauth":{{"tokens":{{"access_token":"{k}"}}}}"#),
            "oauth",
            "oauth/tokens/access_token",
            Some("access_token"),
        ),
        (
            format!(r#""url":"https://h","auth":{{"CLIENT_SECRET":"{k}"}}"#),
            "oauth",
            "auth/CLIENT_SECRET",
            Some("CLIENT_SECRET"),
        ),
        (
            format!(r#""url":"https://h","headers":{{"Authorization":"Basic {basic}"}}"#),
            "header",
            "headers/Authorization",
            Some("Authorization"),
        ),
        (
            format!(r#""command":"x","env":{{"OPENAPI_MCP_HEADERS":"{{\"Authorization\":\"Bearer {k}\"}}"}}"#),
            "env",
            "env/OPENAPI_MCP_HEADERS",
            Some("OPENAPI_MCP_HEADERS"),
        ),
        (
            format!(
                r#""command":"npx","args":["mcp-remote","https://h","--static-oauth-client-info","{{\"client_secret\":\"{k}\"}}"]"#
            ),
            "oauth",
            "args/3",
            Some("client_secret"),
        ),
        (
            format!(r#""command":"x","customUserVars":{{"API_TOKEN":"{k}"}}"#),
            "env",
            "customUserVars/API_TOKEN",
            Some("API_TOKEN"),
        ),
        (
            format!(r#""command":"x","env":[{{"name":"API_TOKEN","value":"{k}"}}]"#),
            "env",
            "env/0/value",
            Some("API_TOKEN"),
        ),
    ] {
        let raw = entry(&body);
        let written = if body.contains("Basic ") { None } else { Some(k.as_str()) };
        match written {
            Some(written) => assert_slot("x.json", &raw, &k, written, (kind, &at(tail), variable, Some("s"))),
            None => {
                let reading = reading("x.json", &raw);
                assert_eq!(only(&reading, &k).slot.kind.as_str(), kind);
            }
        }
    }
}

#[test]
fn toml_yaml_and_json_give_the_same_slot() {
    let k = secret(2);
    let expected = ("env", "/mcp_servers/a.b/env/API_KEY", Some("API_KEY"), Some("a.b"));
    let toml = format!("[mcp_servers.\"a.b\".env]\nAPI_KEY = '{k}'\n");
    assert_slot(".codex/config.toml", &toml, &k, &k, expected);
    let yaml = format!("mcp_servers:\n  a.b:\n    env: {{API_KEY: \"{k}\"}}\n");
    assert_slot("x.yaml", &yaml, &k, &k, expected);
    let json = format!("{{'mcp_servers': {{'a.b': {{env: {{API_KEY: '{k}',}}}}}}}}");
    assert_slot("x.json5", &json, &k, &k, expected);
}

#[test]
fn goose_continue_and_codex_are_read() {
    let k = secret(3);
    let goose = format!(
        "extensions:\n  gh:\n    type: stdio\n    cmd: npx\n    args: [-y, p]\n    envs:\n      GITHUB_TOKEN: {k}\n    env_keys: [OTHER_TOKEN]\n"
    );
    assert_slot(
        ".config/goose/config.yaml",
        &goose,
        &k,
        &k,
        ("env", "/extensions/gh/envs/GITHUB_TOKEN", Some("GITHUB_TOKEN"), Some("gh")),
    );
    let list = format!(
        "mcpServers:\n  - name: one\n    url: https://h\n    requestOptions:\n      headers:\n        Authorization: Bearer {k}\n"
    );
    assert_slot(
        ".continue/config.yaml",
        &list,
        &k,
        &k,
        ("header", "/mcpServers/0/requestOptions/headers/Authorization", Some("Authorization"), Some("one")),
    );
    let codex = format!(
        "[mcp_servers.x]\nurl = \"https://h\"\nbearer_token_env_var = \"X_TOKEN\"\nenv_http_headers = {{ A = \"A_TOKEN\" }}\nenv_vars = [\"B_TOKEN\"]\nhttp_headers = {{ \"X-Token\" = \"{k}\" }}\n"
    );
    assert_slot(
        ".codex/config.toml",
        &codex,
        &k,
        &k,
        ("header", "/mcp_servers/x/http_headers/X-Token", Some("X-Token"), Some("x")),
    );
    let names: Vec<_> = reading(".codex/config.toml", &codex).references.into_iter().map(|found| found.name).collect();
    assert_eq!(names, ["X_TOKEN", "A_TOKEN", "B_TOKEN"]);
}

#[test]
fn an_escaped_value_is_canonical_and_points_at_what_was_written() {
    let k = secret(4);
    let escaped = format!("\\u{:04x}{}", u32::from(k.as_bytes()[0]), &k[1..]);
    let raw = entry(&format!(r#""command":"x","env":{{"API_KEY":"{escaped}"}}"#));
    assert_slot("x.json", &raw, &k, &escaped, ("env", "/mcpServers/s/env/API_KEY", Some("API_KEY"), Some("s")));
}

#[test]
fn a_percent_encoded_password_is_decoded_and_points_at_what_was_written() {
    let k = format!("{}/+", secret(5));
    let encoded = k.replace('/', "%2F").replace('+', "%2B");
    let raw = entry(&format!(r#""url":"https://u:{encoded}@h/mcp""#));
    assert_slot("x.json", &raw, &k, &encoded, ("url-userinfo", "/mcpServers/s/url", None, Some("s")));
}

#[test]
fn the_default_of_an_input_is_a_slot() {
    let k = secret(6);
    let raw = format!(
        r#"{{"inputs":[{{"id":"api-key","type":"promptString","password":true,"default":"{k}"}}],"servers":{{"s":{{"command":"x","env":{{"K":"${{input:api-key}}"}}}}}}}}"#
    );
    assert_slot(".vscode/mcp.json", &raw, &k, &k, ("input", "/inputs/0/default", Some("api-key"), None));
    let reading = reading(".vscode/mcp.json", &raw);
    assert_eq!(reading.client, Some("vscode"));
    assert_eq!(reading.references.len(), 1);
}

#[test]
fn references_are_no_values_and_literals_beside_them_are() {
    let k = secret(7);
    assert!(secrets(&entry(r#""url":"https://h/mcp","headers":{"Authorization":"Bearer ${input:t}"},"env":{"API_KEY":"$API_KEY","B_TOKEN":"${{ secrets.B }}"}"#)).is_empty());
    assert_eq!(
        secrets(&entry(&format!(r#""command":"x","env":{{"API_KEY":"{k} ${{ANTHROPIC_API_KEY}}"}}"#))),
        [k.as_str()]
    );
    assert_eq!(secrets(&entry(&format!(r#""command":"x","env":{{"API_KEY":"${{API_KEY:-{k}}}"}}"#))), [k.as_str()]);
    assert_eq!(secrets(&entry(&format!(r#""url":"https://h/mcp?token=${{A}}&key={k}""#))), [k.as_str()]);
    assert!(
        secrets(&entry(r#""command":"docker","args":["run","-e","GITHUB_TOKEN","--env","B_TOKEN","i"]"#)).is_empty()
    );
    assert!(secrets(&entry(r#""command":"x","env":{"DATABASE_URL":"postgres://u:${PASSWORD}@h/db"}"#)).is_empty());
}

#[test]
fn what_stands_behind_a_scheme_is_a_credential_whatever_its_variable_is_called() {
    let k = secret(14);
    let raw = entry(&format!(
        r#""command":"npx","args":["mcp-remote","https://h","--header","Authorization:${{AUTH_HEADER}}"],"env":{{"AUTH_HEADER":"Bearer {k}"}}"#
    ));
    assert_slot("x.json", &raw, &k, &k, ("env", "/mcpServers/s/env/AUTH_HEADER", Some("AUTH_HEADER"), Some("s")));
}

#[test]
fn a_commit_in_a_url_is_no_credential() {
    let commit = "76d64c82".repeat(5);
    assert!(secrets(&entry(&format!(r#""url":"https://github.com/o/r/tree/{commit}""#))).is_empty());
}

#[test]
fn a_token_where_a_name_belongs_is_a_literal() {
    let k = secret(8);
    let raw = format!("[mcp_servers.x]\nbearer_token_env_var = \"{k}\"\n");
    assert_slot(
        "config.toml",
        &raw,
        &k,
        &k,
        ("header", "/mcp_servers/x/bearer_token_env_var", Some("bearer_token_env_var"), Some("x")),
    );
}

#[test]
fn ids_urls_paths_and_limits_are_no_secrets() {
    let raw = entry(
        r#""command":"npx","args":["-y","@scope/package@1.2.3","--port","8080","--max-tokens","4096"],
        "env":{"MAX_TOKENS":"100000","TOKEN_URL":"https://auth.example.com/oauth/token","KEY_FILE":"/etc/key.pem","CLIENT_ID":"abc"}"#,
    );
    assert!(secrets(&raw).is_empty(), "{:?}", secrets(&raw));
}

#[test]
fn a_uuid_is_a_secret_path_only_in_a_documented_shape() {
    let uuid = "1b4e28ba-2fa1-4d2e-883f-0016d3cca427";
    assert!(secrets(&entry(&format!(r#""url":"https://example.com/{uuid}/mcp""#))).is_empty());
    assert_eq!(secrets(&entry(&format!(r#""url":"https://mcp.composio.dev/composio/server/{uuid}/mcp""#))), [uuid]);
}

#[test]
fn a_known_server_names_the_issuer_of_a_generic_variable() {
    let k = secret(9);
    let raw = entry(&format!(r#""command":"npx","args":["-y","@brightdata/mcp"],"env":{{"API_TOKEN":"{k}"}}"#));
    let reading = reading("x.json", &raw);
    assert_eq!(only(&reading, &k).issuer, Some("brightdata"));
    assert_eq!(reading.servers[0].target.as_deref(), Some("@brightdata/mcp"));
}

#[test]
fn one_file_name_has_two_owners() {
    assert_eq!(reading(".mcp.json", &entry(r#""command":"x""#)).client, Some("claude-code"));
    assert_eq!(reading(".mcp.json", r#"{"servers":{"s":{"command":"x"}}}"#).client, Some("visual-studio"));
    assert_eq!(reading("any/name.txt", &entry(r#""command":"x""#)).client, None);
}

#[test]
fn only_a_known_clients_config_can_be_broken() {
    assert!(read("notes.json", "{ mcpServers: ").expect("somebody else's").is_none());
    let error = read(".cursor/mcp.json", "{\n \"mcpServers\": }").expect_err("broken");
    assert_eq!(error.line, 2);
    assert!(read("src/main.rs", "let mcp = 1;").expect("no config").is_none());
}

#[test]
fn settings_of_a_client_set_variables_for_all_servers() {
    let k = secret(10);
    let raw = format!(r#"{{"env":{{"ANTHROPIC_API_KEY":"{k}"}}}}"#);
    assert_slot(
        ".claude/settings.local.json",
        &raw,
        &k,
        &k,
        ("env", "/env/ANTHROPIC_API_KEY", Some("ANTHROPIC_API_KEY"), None),
    );
}

#[test]
fn a_packed_config_in_a_query_is_looked_into() {
    let (k, inner) = (secret(11), secret(12));
    let packed = base64::Engine::encode(
        &base64::engine::general_purpose::STANDARD_NO_PAD,
        format!(r#"{{"notionApiKey":"{inner}"}}"#),
    );
    let found = secrets(&entry(&format!(r#""url":"wss://server.smithery.ai/a/ws?config={packed}&api_key={k}""#)));
    assert_eq!(found, [inner, k]);
}

#[test]
fn a_connection_string_gives_its_password() {
    let k = secret(13);
    let raw = entry(&format!(
        r#""command":"x","env":{{"SQL_CONNECTION_STRING":"Server=h;User Id=u;Password={k};Encrypt=true"}}"#
    ));
    assert_eq!(secrets(&raw), [k]);
}

#[test]
fn no_credential_is_taken_for_the_name_of_a_variable() {
    let k = format!("{}==", secret(15));
    for body in [
        format!(r#""command":"x","args":["{k}"]"#),
        format!(r#""command":"x","args":["-p{k}"]"#),
        format!(r#""url":"https://h/mcp?{k}""#),
        format!(r#""command":"x","args":["--header","{k}"]"#),
        format!(r#""command":"x","args":["-e","{k}"]"#),
    ] {
        let raw = entry(&body);
        let reading = reading("x.json", &raw);
        assert!(!reading.values.iter().any(|value| format!("{:?}", value.slot).contains(&k[..32])), "{body}");
        assert!(!reading.references.iter().any(|found| format!("{found:?}").contains(&k[..32])), "{body}");
    }
}

#[test]
fn a_numeric_pin_in_a_secret_slot_is_looked_at() {
    assert_eq!(secrets(&entry(r#""command":"x","env":{"DB_PASSWORD":83746152,"PORT":8080}"#)), ["83746152"]);
}

mod fixtures;

mod properties {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_value_in_any_slot_has_a_span_that_slices(value in "\\PC{0,30}|[${}:/@?&=%a-c0-9 \"'\\\\.-]{0,60}", path in "(x|.mcp).(json|toml|yaml)") {
            let quoted = serde_json::to_string(&value).expect("a string");
            let raw = format!("{{\"mcpServers\":{{\"s\":{{\"command\":{quoted},\"url\":{quoted},\"args\":[{quoted},\"-e\",{quoted},\"--header\",{quoted}],\"env\":{{\"K\":{quoted},\"API_KEY\":{quoted}}},\"headers\":{{\"Authorization\":{quoted}}}}}}}}}");
            if let Ok(Some(reading)) = read(&path, &raw) {
                for value in &reading.values {
                    let span = value.text.span();
                    prop_assert!(raw.get(span.start..span.end).is_some());
                }
                for found in &reading.references {
                    prop_assert!(raw.get(found.span.start..found.span.end).is_some());
                }
            }
        }
    }
}

#[test]
fn a_word_is_known_by_its_number_behind_the_package() {
    let uuid = "5f0c9f6e-2b7d-4c1a-9e38-7d64b1a2c3f0";
    let upstash = entry(&format!(
        r#""command": "npx", "args": ["-y", "@upstash/mcp-server@1.2", "run", "me@acme.test", "{uuid}"]"#
    ));
    assert_slot(".mcp.json", &upstash, uuid, uuid, ("arg", "/mcpServers/s/args/4", None, Some("s")));
    let other = entry(&format!(r#""command": "npx", "args": ["-y", "@upstash/mcp-server", "run", "{uuid}"]"#));
    assert!(secrets(&other).is_empty(), "{:?}", secrets(&other));
    let key = "0123456789ABCDEF".replace("0123", "Q7ZK");
    let market = entry(&format!(r#""command": "uvx", "args": ["marketdata-mcp-server", "{key}"]"#));
    assert_slot(".mcp.json", &market, &key, &key, ("arg", "/mcpServers/s/args/1", None, Some("s")));
}

#[test]
fn what_signs_the_link_to_a_picture_is_no_credential() {
    let k = secret(1);
    let of = |key: &str| {
        entry(&format!(r#""url": "https://mcp.acme.io/mcp", "{key}": "https://cdn.acme.io/logo?v=2&token={k}""#))
    };
    assert!(secrets(&of("icon")).is_empty(), "{:?}", secrets(&of("icon")));
    assert_eq!(secrets(&of("other")).len(), 1);
}
