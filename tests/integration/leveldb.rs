//! Databases as browsers keep them for pages, written by another implementation: credentials in them are found and named.

use std::path::Path;

use rusty_leveldb::compressor::SnappyCompressor;
use rusty_leveldb::{CompressorId, DB, in_memory};
use serde_json::Value;

use crate::runner::{Case, NOW};

const FOLDER: &str = ".config/CherryStudio/Local Storage/leveldb";

/// Whether a recipe's path is that of a file of such a database.
pub(crate) fn is_stored(path: &str) -> bool {
    path.contains("/leveldb/")
}

/// The file of a database in which a page stored a text, as its extension says: the log, or the compressed table.
pub(crate) fn of_page(path: &str, name: &str, text: &str) -> Vec<u8> {
    database(path, &[(name, text)])
}

fn database(path: &str, entries: &[(&str, &str)]) -> Vec<u8> {
    let mut options = in_memory();
    options.compressor = SnappyCompressor::ID;
    let files = options.env.clone();
    let mut database = DB::open("db", options).expect("a database");
    database.put(b"META:file://", b"\x08\x01").expect("put");
    for at in 0..40 {
        let panel = format!("\x01{{\"width\":{at},\"open\":true}}");
        database.put(format!("_file://\0\x01panel-{at}").as_bytes(), panel.as_bytes()).expect("put");
    }
    for (name, text) in entries {
        // One byte a character where that is enough.
        let narrow: Option<Vec<u8>> = text.chars().map(|character| u8::try_from(u32::from(character)).ok()).collect();
        let value = match narrow {
            Some(bytes) => [vec![1], bytes].concat(),
            None => [vec![0], text.encode_utf16().flat_map(u16::to_le_bytes).collect()].concat(),
        };
        database.put(format!("_file://\0\x01{name}").as_bytes(), &value).expect("put");
    }
    database.flush().expect("flushed");
    let extension = path.rsplit('.').next().expect("an extension");
    if extension == "ldb" {
        database.compact_range(b"\0", b"\xff").expect("compacted");
    }
    let names = files.children(Path::new("db")).expect("files");
    let name = names.iter().find(|name| name.extension().is_some_and(|found| found == extension)).expect("a file");
    let mut bytes = Vec::new();
    let mut file = files.open_sequential_file(&Path::new("db").join(name)).expect("opened");
    file.read_to_end(&mut bytes).expect("read");
    bytes
}

/// The line of a file on which a text stands, in whichever of the two ways it is written there. Its ends may be copies of
/// what stands before.
pub(crate) fn line_of(bytes: &[u8], text: &str) -> u64 {
    let text = &text[4..20];
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let at = [text.as_bytes(), &wide]
        .iter()
        .find_map(|text| bytes.windows(text.len()).position(|window| window == *text))
        .expect("it stands there");
    bytes[..at].iter().filter(|byte| **byte == b'\n').count() as u64 + 1
}

fn state(key: &str, name: &str) -> String {
    let mcp = serde_json::json!({"servers": [
        {"id": "a", "name": name, "type": "stdio", "command": "npx", "args": ["-y", "acme-tickets-mcp"],
            "env": {"ACME_API_KEY": key}, "isActive": true}]});
    serde_json::json!({"mcp": mcp.to_string(), "_persist": "{\"version\":104}"}).to_string()
}

fn told(report: &Value) -> Vec<[String; 6]> {
    let credentials = report["credentials"].as_array().expect("credentials");
    let places = credentials.iter().flat_map(|it| it["occurrences"].as_array().expect("occurrences"));
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let mut told: Vec<_> = places
        .map(|it| ["path", "client", "server", "slot", "pointer", "variable"].map(|field| text(&it[field])))
        .collect();
    told.sort();
    told
}

#[test]
fn the_servers_of_cherry_studio_are_found_in_its_log_and_in_its_table() {
    for (file, name) in
        [("000003.log", "tickets"), ("000003.log", "工单"), ("000005.ldb", "tickets"), ("000005.ldb", "工单")]
    {
        let case = Case::new();
        let key = case.secret("{alnum:40}");
        let path = format!("home/{FOLDER}/{file}");
        let bytes = of_page(&path, "persist:cherry-studio", &state(&key, name));
        let case = case.raw(&path, &bytes);
        let report =
            case.run(["discover", "--now", NOW, "--home", "home", "-f", "json"]).exits(1).never_shows(&key).json();
        let expected = [&format!("~/{FOLDER}/{file}"), "cherry-studio", name, "env", "/mcp/servers/0/env/ACME_API_KEY"];
        assert_eq!(
            told(&report),
            [[expected[0], expected[1], expected[2], expected[3], expected[4], "ACME_API_KEY"].map(str::to_owned)]
        );
        let region = &report["credentials"][0]["occurrences"][0]["region"];
        let (from, length) =
            (region["byteOffset"].as_u64().expect("where"), region["byteLength"].as_u64().expect("how long"));
        let there = &bytes[from as usize..(from + length) as usize];
        let there: String = there.iter().filter(|byte| **byte != 0).map(|byte| char::from(*byte)).collect();
        assert_eq!(there, key, "the place is that of the characters in the file");
        let server = &report["servers"][0];
        assert_eq!(
            (&server["client"], &server["name"], &server["target"]),
            (&"cherry-studio".into(), &name.into(), &"acme-tickets-mcp".into())
        );
        // The same of a directory that was copied anywhere.
        let report = case.scan(["home", "-f", "json", "--exit-zero"]).exits(0).json();
        assert_eq!(told(&report).len(), 1);
        assert_eq!(
            told(&report)[0][1..],
            expected[1..].iter().map(|it| (*it).to_owned()).chain(["ACME_API_KEY".to_owned()]).collect::<Vec<_>>()[..]
        );
    }
}

#[test]
fn a_table_of_any_program_is_decompressed_and_a_damaged_one_is_scanned_as_it_is() {
    let case = Case::new();
    let token = case.secret("ghp_{alnum:30}{crc32-github}");
    let text = format!("{}{{\"note\":\"use {token}\"}}", "{\"note\":\"use ghp_\"}".repeat(60));
    let table = of_page("x.ldb", "notes", &text);
    assert!(!table.windows(token.len()).any(|window| window == token.as_bytes()), "its prefix is a copy");
    let mut damaged = of_page("x.ldb", "notes", &format!("{{\"note\":\"use {token}\"}}"));
    let end = damaged.len() - 1;
    damaged[end] ^= 1;
    let found = |path: &str, bytes: &[u8]| {
        let case = Case::new().raw(path, bytes);
        let report = case.scan([".", "-f", "json", "--exit-zero"]).exits(0).json();
        report["credentials"].as_array().map_or(0, Vec::len)
    };
    assert_eq!(found("profile/Local Storage/leveldb/000005.ldb", &table), 1);
    assert_eq!(found("profile/Local Storage/leveldb/000005.ldb", &damaged), 1);
    assert_eq!(found("profile/notes.bin", &table), 0);
}

#[test]
fn a_log_of_the_same_name_that_is_text_is_read_as_text() {
    let case = Case::new().file("logs/20260101.log", "2026-01-01 started with ACME_API_KEY=<<{alnum:40}>>\n");
    let report = case.scan([".", "-f", "json", "--exit-zero"]).exits(0).json();
    assert_eq!(report["credentials"].as_array().map(Vec::len), Some(1));
}

#[test]
fn a_page_that_saves_its_state_again_and_again_has_one_place_for_each_credential() {
    let case = Case::new();
    let (old, new) = (case.secret_of("{alnum:40}", 1), case.secret_of("{alnum:40}", 2));
    let (first, second) = (state(&old, "tickets"), state(&new, "tickets"));
    for names in [["a", "a"], ["a", "工单"]] {
        let second = second.replace("tickets\\\"", &format!("{}\\\"", names[1]));
        let saved: Vec<(&str, &str)> = [&first; 20]
            .into_iter()
            .chain([&second; 20])
            .map(|state| ("persist:cherry-studio", state.as_str()))
            .collect();
        let case = Case::new().raw(&format!("home/{FOLDER}/000003.log"), database("000003.log", &saved));
        let report = case.run(["discover", "--now", NOW, "--home", "home", "-f", "json"]).exits(1).json();
        let told = told(&report);
        assert_eq!(told.len(), 2, "{report:#}");
        assert!(told.iter().any(|it| it[4] == "/mcp/servers/0/env/ACME_API_KEY" && it[1] == "cherry-studio"));
        assert!(told.iter().all(|it| it[5] == "ACME_API_KEY"), "what was replaced is still there, with its name");
        assert_eq!(report["servers"].as_array().map(Vec::len), Some(1));
    }
}
