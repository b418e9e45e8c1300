//! Identity of a credential: the ids that users, inventories and other programs compute for themselves.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::runner::Case;

/// The recipe of the credential that most tests plant.
const TOKEN: &str = "ghp_{alnum:30}{crc32-github}";

fn hex(bytes: impl AsRef<[u8]>) -> String {
    bytes.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// 32 bytes of a key.
fn key(seed: u8) -> [u8; 32] {
    std::array::from_fn(|at| seed.wrapping_add(at as u8))
}

/// `hmac`, as the contract defines it.
fn hmac(key: &[u8], secret: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(b"keytrawl/1\0");
    mac.update(secret.as_bytes());
    hex(mac.finalize().into_bytes())
}

/// Ids of the credentials in a report.
fn ids(report: &Value) -> Vec<String> {
    let credentials = report["credentials"].as_array().unwrap();
    credentials.iter().map(|found| found["id"].as_str().unwrap().to_owned()).collect()
}

/// One token in every syntax and escaping.
fn in_every_form(token: &str) -> Case {
    let escaped: String = token.chars().map(|c| format!("\\u{:04x}", u32::from(c))).collect();
    let half = format!("{}\\x{:02x}", &token[..token.len() - 1], token.as_bytes()[token.len() - 1]);
    let encoded = STANDARD.encode(token);
    let basic = STANDARD.encode(format!("user:{token}"));
    let entry = |fields: Value| json!({"mcpServers": {"github": fields}}).to_string();
    let header = |value: String| entry(json!({"url": "https://mcp.example.com/", "headers": {"Authorization": value}}));
    let plain = entry(json!({"command": "x", "env": {"GITHUB_TOKEN": token}}));
    let utf16: Vec<u8> = std::iter::once(0xfeff).chain(plain.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    Case::new()
        .raw("in/json/.mcp.json", &plain)
        .raw("in/utf16/.mcp.json", utf16)
        .raw("in/escaped/.mcp.json", plain.replace(token, &escaped))
        .raw("in/bearer/.mcp.json", header(format!("Bearer {token}")))
        .raw("in/token/.mcp.json", header(format!("token {token}")))
        .raw("in/basic/.mcp.json", header(format!("Basic {basic}")))
        .raw("in/query/.mcp.json", entry(json!({"url": format!("https://mcp.example.com/?api_key={token}")})))
        .raw(
            "in/percent/.mcp.json",
            entry(json!({"url": format!("https://mcp.example.com/?api_key={}", token.replace('_', "%5F"))})),
        )
        .raw("in/userinfo/.mcp.json", entry(json!({"url": format!("https://u:{token}@mcp.example.com/")})))
        .raw(
            "in/argument/.mcp.json",
            entry(json!({"command": "docker", "args": ["run", "-e", format!("T_TOKEN={token}")]})),
        )
        .raw(
            "in/.codex/config.toml",
            format!("[mcp_servers.github]\ncommand = \"x\"\nenv = {{ A_TOKEN = \"{token}\" }}\n"),
        )
        .raw(
            "in/yaml/config.yaml",
            format!("mcpServers:\n  github:\n    command: x\n    env:\n      A_TOKEN: {token}\n"),
        )
        .raw(
            "in/quoted/config.yaml",
            format!("mcpServers:\n  github:\n    command: x\n    env:\n      A_TOKEN: \"{half}\"\n"),
        )
        .raw("in/.env", format!("export GITHUB_TOKEN='{token}'\r\n"))
        .raw("in/base64.txt", format!("token: {encoded}\n"))
        .raw("in/code.py", format!("TOKEN = \"{token}\"\n"))
}

#[test]
fn one_secret_has_one_id_in_every_syntax_and_escaping() {
    let token = Case::new().secret(TOKEN);
    let case = in_every_form(&token);
    let keyed = case.scan(["in", "-f", "json"]).env("KEYTRAWL_KEY", hex(key(1))).exits(1).json();
    assert_eq!(ids(&keyed), [hmac(&key(1), &token)[..32].to_owned()]);
    assert_eq!(keyed["credentials"][0]["occurrences"].as_array().unwrap().len(), 16);

    let bare = case.scan(["in", "-f", "json"]).exits(1).json();
    let expected = hex(Sha256::digest(format!("keytrawl/1\0{token}")));
    assert_eq!(ids(&bare), [expected[..32].to_owned()]);
    assert_eq!(bare["credentials"][0]["transient"], false);
}

#[test]
fn a_key_is_read_in_each_spelling_and_from_a_file() {
    let case =
        Case::new().file("in/.env", &format!("GITHUB_TOKEN=<<{TOKEN}>>\n")).raw("k.key", format!("{}\n", hex(key(1))));
    let expected = hmac(&key(1), &case.secret(TOKEN))[..32].to_owned();
    let spellings = [
        hex(key(1)),
        hex(key(1)).to_uppercase(),
        STANDARD.encode(key(1)),
        URL_SAFE_NO_PAD.encode(key(1)),
        format!("2026q4:{}", hex(key(1))),
    ];
    for spelling in spellings {
        let report = case.scan(["in", "-f", "json"]).env("KEYTRAWL_KEY", spelling).exits(1).json();
        assert_eq!(ids(&report), [expected.as_str()]);
    }
    let report = case.scan(["in", "-f", "json", "--key-file", "k.key"]).exits(1).json();
    assert_eq!(ids(&report), [expected]);
}

#[test]
fn a_key_that_is_short_or_garbled_is_an_error_that_does_not_show_it() {
    let case = Case::new().raw("in/a.txt", "nothing").raw("short.key", "0badc0de\n");
    for bad in ["0badc0de", &"not hex, not base64".repeat(4), &hex(&key(1)[..31])] {
        case.scan(["in"]).env("KEYTRAWL_KEY", bad).exits(2).says("KEYTRAWL_KEY").never_shows(bad);
    }
    case.scan(["in", "--key-file", "short.key"]).exits(2).says("short.key").never_shows("0badc0de");
    case.scan(["in", "--key-file", "absent.key"]).exits(2).says("absent.key");
}

#[test]
fn a_weak_secret_has_an_id_for_this_run_only_unless_there_is_a_key() {
    let case = Case::new()
        .file(".mcp.json", r#"{"mcpServers": {"db": {"command": "x", "env": {"DB_PASSWORD": "<<{password:11}>>"}}}}"#);
    let secret = case.secret("{password:11}");
    let bare = case.scan([".mcp.json", "-f", "json"]).exits(1).never_shows(&secret).json();
    assert_eq!(bare["credentials"][0]["transient"], true);
    assert_eq!(bare["credentials"][0]["preview"], "… (11)");
    let keyed = case.scan([".mcp.json", "-f", "json"]).env("KEYTRAWL_KEY", hex(key(1))).exits(1).json();
    assert_eq!(ids(&keyed), [hmac(&key(1), &secret)[..32].to_owned()]);
    assert_eq!(keyed["credentials"][0]["transient"], false);
}

#[test]
fn a_preview_shows_the_public_prefix_the_last_four_and_the_length() {
    let case = Case::new().file("in/a.txt", &format!("<<{TOKEN}>>\n"));
    let token = case.secret(TOKEN);
    let report = case.scan(["in", "-f", "json"]).exits(1).never_shows(&token).json();
    assert_eq!(report["credentials"][0]["preview"], format!("ghp_…{} (40)", &token[36..]));
}

#[test]
fn a_private_key_is_the_same_with_either_line_end_and_inside_json() {
    let pem = Case::new().secret("{pem}");
    let case = Case::new()
        .raw("in/a.pem", format!("{}\n", pem.trim_end()))
        .raw("in/b.pem", pem.trim_end().replace('\n', "\r\n"))
        .raw("in/c.json", json!({"private_key": pem}).to_string());
    let report = case.scan(["in", "-f", "json"]).exits(1).json();
    assert_eq!(ids(&report).len(), 1);
    assert_eq!(report["credentials"][0]["occurrences"].as_array().unwrap().len(), 3);
}

/// An inventory of one row, hashed with that key.
fn hashed(case: Case, with: &[u8], key_id: &str) -> Case {
    let check = {
        let mut mac = Hmac::<Sha256>::new_from_slice(with).unwrap();
        mac.update(b"check");
        format!("b64:{}", STANDARD.encode(mac.finalize().into_bytes()))
    };
    let header = json!({"schema": "nhi-inventory/1", "complete": true, "key_id": key_id, "key_check": check});
    let digest = format!("hex:{}", hmac(with, &case.secret(TOKEN)));
    let row = json!({"id": "nhi-1", "state": "active", "kind": "api_token", "issuer": "github",
        "owner": {"kind": "team", "id": "iam"}, "match": [{"alg": "hmac-sha256", "key_id": key_id, "value": digest}]});
    case.raw("inv.jsonl", format!("{header}\n{row}\n"))
}

#[test]
fn while_keys_rotate_an_inventory_of_either_key_matches() {
    let case = Case::new().file("in/a.txt", &format!("<<{TOKEN}>>\n"));
    let case = hashed(case, &key(1), "2026q3");
    let both = format!("2026q4:{},2026q3:{}", hex(key(9)), hex(key(1)));
    let nameless = format!("{},{}", hex(key(9)), hex(key(1)));
    for keys in [both, nameless] {
        let report =
            case.scan(["in", "--inventory", "inv.jsonl", "-f", "json"]).env("KEYTRAWL_KEY", keys).exits(1).json();
        assert_eq!(report["credentials"][0]["standing"]["status"], "exact");
        // New ids come from the new key.
        assert_eq!(ids(&report), [hmac(&key(9), &case.secret(TOKEN))[..32].to_owned()]);
    }
}

#[test]
fn a_wrong_or_missing_key_is_an_error_and_never_a_finding() {
    let case = Case::new().file("in/a.txt", &format!("<<{TOKEN}>>\n"));
    let case = hashed(case, &key(1), "2026q4");
    let run = || case.scan(["in", "--inventory", "inv.jsonl", "-f", "json", "-o", "out.sarif"]);
    assert!(run().exits(2).says("inv.jsonl:").says("KEYTRAWL_KEY").stdout.is_empty());
    assert!(run().env("KEYTRAWL_KEY", hex(key(2))).exits(2).says("2026q4").stdout.is_empty());
    run().env("KEYTRAWL_KEY", format!("2026q4:{}", hex(key(2)))).exits(2);
    run().env("KEYTRAWL_KEY", hex(key(1))).exits(1);
}

#[test]
fn other_match_keys_do_not_make_up_for_a_missing_key() {
    let case = Case::new().file("in/a.txt", &format!("<<{TOKEN}>>\n"));
    let token = case.secret(TOKEN);
    let both = json!([{"alg": "hmac-sha256", "value": hmac(&key(1), &token)}, {"alg": "sha256", "value": hex(Sha256::digest(&token))}]);
    let row = json!({"id": "a", "state": "active", "kind": "api_token", "issuer": "github", "match": both});
    let case = case.raw("inv.jsonl", format!("{row}\n"));
    case.scan(["in", "--inventory", "inv.jsonl"]).exits(2).says("inv.jsonl:1").says("hint:");
    // A header that proves its key asks for it, whatever its rows were hashed with.
    let header = json!({"schema": "nhi-inventory/1", "key_id": "q4", "key_check": hex([7; 32])});
    let row = json!({"id": "a", "state": "active", "kind": "api_token", "issuer": "github",
        "match": [{"alg": "sha256", "value": hex(Sha256::digest(&token))}]});
    let case = case.raw("inv.jsonl", format!("{header}\n{row}\n"));
    case.scan(["in", "--inventory", "inv.jsonl"]).exits(2).says("inv.jsonl:1").says("q4");
    case.scan(["in", "--inventory", "inv.jsonl"]).env("KEYTRAWL_KEY", hex(key(1))).exits(2);
}

#[test]
fn hashing_prints_the_keys_that_a_scan_matches_by_and_never_the_secret() {
    let case = Case::new();
    let token = case.secret(TOKEN);
    let ran = case
        .run(["inventory", "hash"])
        .env("KEYTRAWL_KEY", hex(key(1)))
        .stdin(format!("{token}\r\n"))
        .exits(0)
        .never_shows(&token);
    let line = ran.json();
    assert_eq!(line["match"][0], json!({"alg": "hmac-sha256", "value": format!("hex:{}", hmac(&key(1), &token))}));
    assert_eq!(line["match"][1], json!({"alg": "sha256", "value": format!("hex:{}", hex(Sha256::digest(&token)))}));
    case.run(["inventory", "hash"]).exits(2).says("no secret");
}
