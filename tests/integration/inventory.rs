//! The inventory: its forms, its match keys and their strength, what is wrong with rows, what is never trusted.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::runner::{Case, checks};

const TOKEN: &str = "ghp_{alnum:30}{crc32-github}";
const AWS_ID: &str = "AKIA{base32:16}";
const AWS_SECRET: &str = "{b64:40}";

fn hex(bytes: impl AsRef<[u8]>) -> String {
    bytes.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A tree with one token in it.
fn case() -> Case {
    Case::new().file(
        "in/.mcp.json",
        &format!("{{\"mcpServers\": {{\"github\": {{\"command\": \"x\", \"env\": {{\"GITHUB_TOKEN\": \"<<{TOKEN}>>\"}}}}}}}}\n"),
    )
}

fn sha256(case: &Case) -> String {
    hex(Sha256::digest(case.secret(TOKEN)))
}

/// A row that nothing is wrong with.
fn row(id: &str, keys: impl Into<Value>) -> Value {
    let keys = keys.into();
    json!({"id": id, "state": "active", "kind": "api_token", "issuer": "github",
        "owner": {"kind": "team", "id": "iam"}, "match": keys})
}

fn lines(rows: &[Value]) -> String {
    rows.iter().map(|row| format!("{row}\n")).collect()
}

/// Scans with an inventory of that name and content.
#[track_caller]
fn scanned(case: Case, name: &str, inventory: impl AsRef<[u8]>) -> Value {
    let case = case.raw(name, inventory);
    case.scan(["in", "--inventory", name, "-f", "json"]).exits(1).never_shows(&case.secret(TOKEN)).json()
}

/// Status and key by which the one credential matched.
fn standing(report: &Value) -> (String, String) {
    let credentials = report["credentials"].as_array().unwrap();
    assert_eq!(credentials.len(), 1);
    let standing = &credentials[0]["standing"];
    let text = |name: &str| standing[name].as_str().unwrap_or_default().to_owned();
    (text("status"), text("matched_by"))
}

#[track_caller]
fn stands(report: &Value, status: &str, by: &str) {
    assert_eq!(standing(report), (status.to_owned(), by.to_owned()), "{}", report["credentials"][0]["standing"]);
}

#[test]
fn every_canonical_form_is_read_alike() {
    let digest = sha256(&case());
    let row = row("a", json!([{"alg": "sha256", "value": format!("hex:{digest}")}]));
    let header = json!({"schema": "nhi-inventory/1", "exported_at": "2026-11-21T02:00:00Z", "complete": true});
    let jsonl = lines(&[header.clone(), row.clone()]);
    let csv = format!(
        "id,name,state,kind,issuer,owner,owner_kind,match\na,\"two\nlines\",active,api_token,github,iam,team,sha256:{digest}|last8:zzzzzzzz\n"
    );
    let mut wrapped = header.clone();
    wrapped["records"] = json!([row]);
    let forms = [
        ("i.jsonl", jsonl.clone()),
        ("i.jsonl", lines(std::slice::from_ref(&row))),
        ("i.jsonl", format!("\u{feff}{jsonl}")),
        ("i.jsonl", jsonl.replace('\n', "\r\n")),
        ("i.json", json!([row]).to_string()),
        ("i.json", serde_json::to_string_pretty(&json!([header, row])).unwrap()),
        ("i.json", wrapped.to_string()),
        ("i.json", json!({"header": header, "records": [row]}).to_string()),
        ("i.json", json!({"records": [row]}).to_string()),
        ("i.csv", csv.clone()),
        ("i.csv", format!("\u{feff}{}", csv.replace(',', ";").replace('\n', "\r\n"))),
        ("i.txt", csv),
    ];
    for (name, text) in forms {
        let report = scanned(case(), name, &text);
        stands(&report, "exact", "sha256");
        assert_eq!(report["credentials"][0]["standing"]["owner"], "team:iam", "{text}");
        assert_eq!(checks(&report), ["exposed-on-host"]);
    }
}

#[test]
fn a_digest_may_be_hex_or_base64_marked_or_bare() {
    let digest = Sha256::digest(case().secret(TOKEN));
    let (hex, base64) = (hex(digest), STANDARD.encode(digest));
    for value in [format!("hex:{hex}"), hex.clone(), hex.to_uppercase(), format!("b64:{base64}"), base64.clone()] {
        let report = scanned(case(), "i.jsonl", lines(&[row("a", json!([{"alg": "sha256", "value": value}]))]));
        stands(&report, "exact", "sha256");
    }
    // As GitHub's audit log calls it.
    let report = scanned(case(), "i.jsonl", lines(&[row("a", json!([{"alg": "hashed_token", "value": base64}]))]));
    stands(&report, "exact", "sha256");
}

#[test]
fn an_hmsl_digest_is_exact() {
    let token = case().secret(TOKEN);
    let mut digest = [0_u8; 32];
    let params = scrypt::Params::new(11, 8, 1).unwrap();
    scrypt::scrypt(token.as_bytes(), &Sha256::digest("GitGuardian"), &params, &mut digest).unwrap();
    let report = scanned(case(), "i.jsonl", lines(&[row("a", json!([{"alg": "hmsl", "value": hex(digest)}]))]));
    stands(&report, "exact", "hmsl");
}

#[test]
fn the_last_eight_are_strong_unless_two_rows_share_them() {
    let token = case().secret(TOKEN);
    let keys = json!([{"alg": "last8", "value": &token[32..]}]);
    stands(&scanned(case(), "i.jsonl", lines(&[row("a", keys.clone())])), "strong", "last8");
    let two = scanned(case(), "i.jsonl", lines(&[row("a", keys.clone()), row("b", keys)]));
    stands(&two, "ambiguous", "last8");
    assert_eq!(two["credentials"][0]["standing"]["records"], json!(["a", "b"]));
    assert!(checks(&two).contains(&"ambiguous-match".to_owned()));
}

#[test]
fn a_hint_is_probable_if_it_says_enough_and_ambiguous_if_not() {
    let token = case().secret(TOKEN);
    let hint =
        |head: usize, tail: usize| json!([{"alg": "hint", "prefix": &token[..head], "suffix": &token[40 - tail..]}]);
    stands(&scanned(case(), "i.jsonl", lines(&[row("a", hint(8, 4))])), "probable", "hint");
    let text = json!([format!("hint:{}…{}", &token[..8], &token[36..])]);
    stands(&scanned(case(), "i.jsonl", lines(&[row("a", text)])), "probable", "hint");
    // The prefix is constant: eight characters of which four say nothing.
    stands(&scanned(case(), "i.jsonl", lines(&[row("a", hint(6, 1))])), "ambiguous", "hint");
    let two = scanned(case(), "i.jsonl", lines(&[row("a", hint(8, 4)), row("b", hint(8, 4))]));
    stands(&two, "ambiguous", "hint");
    assert_eq!(checks(&two), ["ambiguous-match", "exposed-on-host"]);
}

#[test]
fn the_id_beside_a_secret_is_exact() {
    let case = Case::new()
        .file("in/.mcp.json", &format!(
            "{{\"mcpServers\": {{\"aws\": {{\"command\": \"x\", \"env\": {{\"AWS_ACCESS_KEY_ID\": \"<<{AWS_ID}>>\", \"AWS_SECRET_ACCESS_KEY\": \"<<{AWS_SECRET}>>\"}}}}}}}}"
        ));
    let row = json!({"id": "a", "state": "active", "kind": "access_key", "issuer": "aws", "owner": "team:iam",
        "match": [{"alg": "key_id", "value": case.secret(AWS_ID)}]});
    let case = case.raw("i.jsonl", lines(&[row]));
    let ran = case.scan(["in", "--inventory", "i.jsonl", "-f", "json"]).exits(1).never_shows(&case.secret(AWS_SECRET));
    stands(&ran.json(), "exact", "key_id");
}

#[test]
fn a_place_or_a_reference_never_registers_a_literal() {
    for entry in
        [json!({"alg": "location", "value": "in/.mcp.json"}), json!({"alg": "reference", "value": "vault:kv/a#b"})]
    {
        let mut row = row("a", json!([entry]));
        row["locations"] = json!([{"kind": "file", "path": "in/.mcp.json"}]);
        let report = scanned(case(), "i.jsonl", lines(&[row]));
        stands(&report, "unregistered", "");
    }
}

#[test]
fn unregistered_is_asserted_only_for_what_the_inventory_covers() {
    let other = row("a", json!([{"alg": "sha256", "value": "0".repeat(64)}]));
    let header = |fields: Value| {
        let mut header = json!({"schema": "nhi-inventory/1"});
        header.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        header
    };
    for (fields, covered) in [
        (json!({"complete": true}), true),
        (json!({"complete": false}), false),
        (json!({"complete": true, "scope": ["slack", "aws"]}), false),
        (json!({"scope": ["github"]}), true),
        (json!({"scope": ["issuer:github"]}), true),
        (json!({"scope": ["*"]}), true),
    ] {
        let report = scanned(case(), "i.jsonl", lines(&[header(fields.clone()), other.clone()]));
        stands(&report, if covered { "unregistered" } else { "not-covered" }, "");
        assert_eq!(checks(&report).contains(&"unregistered".to_owned()), covered, "{fields}");
    }
}

#[test]
fn sibling_tables_come_as_lines_or_as_files_of_their_own() {
    let digest = sha256(&case());
    let mut record = row("a", json!([{"alg": "sha256", "value": digest}]));
    record["owner"] = json!({"kind": "person", "id": "left.person"});
    record["workload"] = json!({"kind": "agent", "id": "gone"});
    let gone = json!({"table": "workload", "id": "gone", "state": "decommissioned"});
    let left = json!({"table": "person", "id": "left.person", "state": "departed"});
    let expected = ["exposed-on-host", "live-after-decommission", "orphaned-owner", "orphaned-workload"];
    // Tables may come before the rows that they are about.
    assert_eq!(checks(&scanned(case(), "i.jsonl", lines(&[left, gone, record]))), expected);

    let case = case()
        .raw("i.csv", format!("id,state,kind,issuer,owner,owner_kind,workload,match\na,active,api_token,github,left.person,person,gone,sha256:{digest}\n"))
        .raw("w.csv", "id,state\ngone,decommissioned\n")
        .raw("p.csv", "id,state\nleft.person,departed\n");
    let ran = case.scan([
        "in",
        "--inventory",
        "i.csv",
        "--inventory",
        "workloads=w.csv",
        "--inventory",
        "people=p.csv",
        "-f",
        "json",
    ]);
    assert_eq!(checks(&ran.exits(1).json()), expected);
    case.scan(["in", "--inventory", "cats=p.csv"]).exits(2).says("cats");
}

#[test]
fn dates_are_read_as_exports_write_them() {
    let digest = sha256(&case());
    let with = |expires: Option<Value>| {
        let mut record = row("a", json!([{"alg": "sha256", "value": digest}]));
        if let Some(expires) = expires {
            record["expires_at"] = expires;
        }
        let report = scanned(case(), "i.jsonl", lines(&[record]));
        assert_eq!(report["notices"], json!([]));
        checks(&report).contains(&"expired-present".to_owned())
    };
    // The clock of the tests is the first second of 2026-11-23.
    for expired in [
        json!("2026-11-22"),
        json!("2026-11-22T23:59:59Z"),
        json!("2026-11-23T00:59:59+01:00"),
        json!(1_700_000_000),
        json!("1700000000"),
    ] {
        assert!(with(Some(expired.clone())), "{expired}");
    }
    for live in [
        json!("2026-11-23"),
        json!("2026-11-23T00:00:01Z"),
        json!(1_900_000_000),
        json!(null),
        json!("never"),
        json!("N/A"),
        json!("no_information"),
        json!("0001-01-01"),
    ] {
        assert!(!with(Some(live.clone())), "{live}");
    }
    assert!(!with(None));
    let mut record = row("a", json!([{"alg": "sha256", "value": digest}]));
    record["expires_at"] = json!("next year");
    let report = scanned(case(), "i.jsonl", lines(&[row("z", json!([])), record]));
    assert_eq!((&report["notices"][0]["kind"], &report["notices"][0]["line"]), (&json!("inventory-row"), &json!(2)));
}

#[test]
fn never_expiring_and_not_saying_are_two_things() {
    let case = case()
        .raw("p.toml", "version = 1\n[lifetime]\nmax_days = 90\n[inventory]\nrequire_fields = [\"expires_at\"]\n");
    let key = json!([{"alg": "sha256", "value": sha256(&case)}]);
    let mut never = row("a", key.clone());
    never["expires_at"] = Value::Null;
    let mut found = Vec::new();
    let mut case = case;
    for record in [never, row("a", key)] {
        case = case.raw("i.jsonl", lines(&[record]));
        let report = case.scan(["in", "--inventory", "i.jsonl", "--policy", "p.toml", "-f", "json"]).exits(1).json();
        let fired = checks(&report);
        found.push((fired.contains(&"no-expiry".to_owned()), fired.contains(&"missing-metadata".to_owned())));
    }
    assert_eq!(found, [(true, false), (false, true)]);
}

#[test]
fn a_bad_row_is_told_by_file_and_line_and_does_not_stop_the_import() {
    let good = row("good", json!([{"alg": "sha256", "value": sha256(&case())}]));
    let bad = [
        json!({"id": "x", "kind": "api_token", "issuer": "github"}).to_string(),
        json!({"id": "x", "state": "alive", "kind": "api_token", "issuer": "github"}).to_string(),
        json!({"state": "active", "kind": "api_token", "issuer": "github"}).to_string(),
        json!({"id": "x", "state": "active", "issuer": "github"}).to_string(),
        json!({"id": "x", "state": "active", "kind": "api_token"}).to_string(),
        "{\"id\": ".to_owned(),
        "[1]".to_owned(),
    ];
    for line in bad {
        let case = case().raw("i.jsonl", format!("{good}\n{line}\n"));
        let ran = case.scan(["in", "--inventory", "i.jsonl", "-f", "json"]).exits(1).says("i.jsonl:2");
        stands(&ran.json(), "exact", "sha256");
        case.run(["inventory", "check", "i.jsonl"]).exits(1).says("i.jsonl:2");
    }
    let csv =
        format!("id,state,kind,issuer,match\nx,active\ngood,active,api_token,github,sha256:{}\n", sha256(&case()));
    let case = case().raw("i.csv", csv);
    stands(&case.scan(["in", "--inventory", "i.csv", "-f", "json"]).exits(1).says("i.csv:2").json(), "exact", "sha256");
}

#[test]
fn an_inventory_that_says_nothing_is_an_error_and_not_a_flood_of_findings() {
    let header = json!({"schema": "nhi-inventory/1", "complete": true});
    let empties = [
        ("i.jsonl", String::new()),
        ("i.jsonl", "\n\n".to_owned()),
        ("i.jsonl", format!("{header}\n")),
        ("i.jsonl", "{\"id\": \"a\"}\n".to_owned()),
        ("i.json", "[]".to_owned()),
        ("i.json", "{\"records\": []}".to_owned()),
        ("i.csv", "id,state,kind,issuer,match\n".to_owned()),
        ("i.csv", "dear reader\n".to_owned()),
        ("i.json", "[{\"id\": \"a\"".to_owned()),
        ("i.jsonl", "{\"schema\": \"nhi-inventory/9\"}\n{\"id\": \"a\"}\n".to_owned()),
    ];
    for (name, text) in empties {
        let case = case().raw(name, &text);
        let ran = case.scan(["in", "--inventory", name]).exits(2).says(name).says("hint:");
        assert!(ran.stdout.is_empty(), "{text}");
    }
    case().scan(["in", "--inventory", "absent.jsonl"]).exits(2).says("absent.jsonl");
}

#[test]
fn a_credential_in_the_clear_is_dropped_hashed_and_reported() {
    let token = case().secret(TOKEN);
    let mut deep = row("a", json!([]));
    deep["ext"] = json!({"notes": ["see", format!("the token is {token}")]});
    let mut key = row("a", json!([{"alg": "sha256", "value": token}]));
    key["purpose"] = json!("tests");
    let csv = format!("id,state,kind,issuer,name,match\na,active,api_token,github,{token},\n");
    for (name, text) in [("i.jsonl", lines(&[deep])), ("i.jsonl", lines(&[key])), ("i.csv", csv)] {
        let report = scanned(case(), name, text);
        stands(&report, "exact", "sha256");
        let finding =
            report["findings"].as_array().unwrap().iter().find(|f| f["check"] == "inventory-contains-plaintext");
        let finding = finding.expect("the finding");
        assert_eq!(finding["path"], name);
        assert_eq!(finding["region"]["startLine"], if name == "i.csv" { 2 } else { 1 });
    }
}

#[test]
fn explaining_names_each_row_that_was_looked_at() {
    let case = case();
    let keys = json!([{"alg": "sha256", "value": sha256(&case)}]);
    let case = case.raw("i.jsonl", lines(&[row("nhi-7", keys)]));
    let report = case.scan(["in", "-f", "json"]).exits(1).json();
    let id = report["credentials"][0]["id"].as_str().unwrap().to_owned();
    let ran = case
        .run(["inventory", "explain", &id, "in", "--inventory", "i.jsonl"])
        .exits(0)
        .never_shows(&case.secret(TOKEN));
    assert!(
        ran.text().contains("nhi-7 (i.jsonl:1) by sha256") && ran.text().contains("standing: exact"),
        "{}",
        ran.text()
    );
}

#[test]
fn every_field_of_a_record_survives_conversion() {
    let whole = json!({
        "id": "nhi-1", "state": "active", "kind": "api_token", "issuer": "github", "provider_type": "github-pat", "name": "triage",
        "system": "tickets", "purpose": "reads issues", "owner": {"kind": "team", "id": "iam", "contact": "iam@example.com"},
        "team": "platform", "workload": {"kind": "agent", "id": "spiffe://example.com/triage", "server": "github", "state": "active"},
        "environment": "prod", "scopes": ["issues:read"], "observed_scopes": ["issues:write"],
        "created_at": "2026-09-01T00:00:00Z", "rotated_at": "2026-09-02T00:00:00Z", "expires_at": "2026-11-30T00:00:00Z",
        "last_used_at": "2026-11-20T08:11:00Z", "revoked_at": "2026-11-21T00:00:00.25Z", "decommissioned_at": "2026-11-22T00:00:00Z",
        "rotation": {"max_age_days": 90, "automatic": true}, "static": true,
        "locations": [{"kind": "repo", "ref": "infra/agents", "path": ".mcp.json", "pointer": "/mcpServers/github/env/T"}],
        "match": [{"alg": "sha256", "value": format!("hex:{}", "0b".repeat(32))}, {"alg": "hint", "prefix": "ghp_a", "suffix": "Zq1x"}],
        "sensitivity": "high", "source": "export of May", "ext": {"cost centre": "4711"}
    });
    let person = json!({"table": "person", "id": "ada", "state": "active", "team": "iam", "names": ["Ada Lind"]});
    let case = Case::new().raw("whole.jsonl", lines(&[whole.clone(), person.clone()]));
    let text = case.run(["inventory", "convert", "whole.jsonl"]).exits(0).text();
    let found: Vec<Value> = text.lines().skip(1).map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(found, [whole, person]);
    case.run(["inventory", "convert", "whole.jsonl", "-o", "again.jsonl"]).exits(0);
    assert_eq!(case.run(["inventory", "convert", "again.jsonl"]).exits(0).text(), text);
    // A spreadsheet writes a place in one cell.
    let table = "id,state,kind,issuer,locations\na,active,api_key,acme,repo:infra/agents#.mcp.json|vault:kv/a#b\n";
    let converted = case.raw("t.csv", table).run(["inventory", "convert", "t.csv"]).exits(0).text();
    let row: Value = serde_json::from_str(converted.lines().nth(1).unwrap()).unwrap();
    assert_eq!(
        row["locations"],
        json!([{"kind": "repo", "ref": "infra/agents", "path": ".mcp.json"}, {"kind": "secret_manager", "ref": "vault:kv/a#b"}])
    );
}

#[test]
fn a_credential_is_found_however_its_cell_is_written() {
    let case = Case::new();
    let token = case.secret(TOKEN);
    let escaped: String = token.chars().map(|c| format!("\\u{:04x}", u32::from(c))).collect();
    let row = |field: &str, value: &str| {
        format!("{{\"id\":\"a\",\"state\":\"active\",\"kind\":\"api_key\",\"issuer\":\"acme\",\"{field}\":{value}}}\n")
    };
    for text in [
        row("purpose", &format!("\"{escaped}\"")),
        row("note", &format!("\"{}\\u0068{}\"", &token[..1], &token[2..])),
        row("x", &format!("[[\"see {token}.\"]]")),
        row("x", &format!("{{\"{token}\": 1}}")),
        row(&token, "\"yes\""),
        format!("[{}]", row("purpose", &format!("\"{token}\""))),
        format!("id;state;kind;issuer;note\na;active;api_key;acme;\"see\n{token}\"\n"),
        format!("id,state,kind,issuer,{token}\na,active,api_key,acme,x\n"),
    ] {
        let case = Case::new().raw("inv", &text);
        let ran = case.run(["inventory", "convert", "inv"]).exits(1).never_shows(&token).never_shows(&escaped);
        assert!(ran.stderr.contains("a credential stood in the clear"), "{text}: {}", ran.stderr);
        assert!(!ran.text().contains(&token[4..20]), "{}", ran.text());
        assert!(ran.text().contains("sha256"), "{}", ran.text());
    }
}
