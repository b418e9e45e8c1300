//! Archives, notebooks and databases through the binary: where a credential in them is said to be, and what is refused.

use std::io::Write;

use serde_json::Value;

use crate::git_history::{commit, covers_all, repository};
use crate::runner::Case;

const TOKEN: &str = "ghp_{alnum:30}{crc32-github}";
const CURSOR: &str = r#"{ "mcpServers": { "hub": { "command": "npx", "env": { "GITHUB_TOKEN": "<<TOKEN>>" } } } }"#;

/// A config with one token.
fn config(case: &Case) -> String {
    CURSOR.replace("<<TOKEN>>", &case.secret(TOKEN))
}

fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in members {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).expect("a member");
        writer.write_all(bytes).expect("written");
    }
    writer.finish().expect("a zip").into_inner()
}

fn tgz(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default()));
    for (name, bytes) in members {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, name, *bytes).expect("a member");
    }
    builder.into_inner().expect("a tar").finish().expect("a gzip")
}

/// All occurrences of a report.
fn occurrences(report: &Value) -> Vec<&Value> {
    let credentials = report["credentials"].as_array().expect("credentials").iter();
    credentials.flat_map(|credential| credential["occurrences"].as_array().expect("occurrences")).collect()
}

fn paths(report: &Value) -> Vec<&str> {
    occurrences(report).into_iter().filter_map(|at| at["path"].as_str()).collect()
}

#[test]
fn a_config_in_an_archive_is_a_config_of_its_client() {
    let case = Case::new();
    let text = format!("\n\n{}", config(&case));
    let case = case.raw("dist/kit.zip", zip(&[("home/.cursor/mcp.json", text.as_bytes())]));
    let report = case.scan(["--format", "json", "."]).exits(1).json();
    let found = occurrences(&report);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["path"], "dist/kit.zip!/home/.cursor/mcp.json");
    assert_eq!((&found[0]["client"], &found[0]["server"]), (&"cursor".into(), &"hub".into()));
    assert_eq!(found[0]["region"]["startLine"], 3);
    assert_eq!(found[0]["region"]["byteOffset"], text.find(&case.secret(TOKEN)).expect("there"));
}

#[test]
fn the_manifest_of_an_extension_bundle_is_read() {
    let case = Case::new();
    let manifest = format!(
        r#"{{ "manifest_version": "0.2", "name": "hub", "server": {{ "type": "node",
            "mcp_config": {{ "command": "node", "env": {{ "GITHUB_TOKEN": "{}" }} }} }} }}"#,
        case.secret(TOKEN)
    );
    let case = case.raw("dist/server.mcpb", zip(&[("manifest.json", manifest.as_bytes())]));
    let report = case.scan(["--format", "json", "."]).exits(1).json();
    assert_eq!(paths(&report), ["dist/server.mcpb!/manifest.json"]);
    assert_eq!(occurrences(&report)[0]["variable"], "GITHUB_TOKEN");
    assert_eq!(occurrences(&report)[0]["slot"], "env");
}

#[test]
fn archives_are_told_by_their_bytes_and_opened_to_a_depth() {
    let case = Case::new();
    let token = format!("GITHUB_TOKEN={}\n", case.secret(TOKEN));
    let inner = tgz(&[("c.env", token.as_bytes())]);
    let case = case.raw("a.bin", zip(&[("b.tar.gz", &inner)]));
    let report = case.scan(["--format", "json", "."]).exits(1).json();
    assert_eq!(paths(&report), ["a.bin!/b.tar.gz!/c.env"]);
    case.scan([".", "--max-archive-depth", "1"]).exits(3).says("raise `--max-archive-depth`, which is 1");
    let ran = case.scan([".", "--max-archive-depth", "0"]).exits(0);
    assert!(ran.coverage().ends_with("; complete"), "what is not to be opened is scanned as any file");
    case.scan([".", "--max-archive-depth", "deep"]).exits(2).says("--max-archive-depth");
}

#[test]
fn an_archive_in_standard_input_is_opened() {
    let case = Case::new();
    let bytes = config(&case).into_bytes();
    // More than is looked at to tell that it is an archive.
    let noise: Vec<u8> = (0..400_000_u32).flat_map(|at| at.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    for archive in [zip(&[("noise", &noise), (".mcp.json", &bytes)]), tgz(&[("noise", &noise), (".mcp.json", &bytes)])]
    {
        let report = case.scan(["--format", "json", "-"]).stdin(archive).exits(1).json();
        assert_eq!(paths(&report), ["<stdin>!/.mcp.json"]);
    }
}

#[test]
fn a_tracked_archive_is_exposed_in_its_repository() {
    let case = Case::new();
    let bytes = config(&case).into_bytes();
    let case = case.raw("repo/x.zip", zip(&[(".mcp.json", &bytes)])).commit("repo");
    let report = case.scan(["--format", "json", "repo"]).exits(1).json();
    assert_eq!(occurrences(&report)[0]["place"], "repo");
    assert_eq!(paths(&report), ["repo/x.zip!/.mcp.json"]);
}

#[test]
fn a_refused_archive_makes_the_run_incomplete_and_is_named() {
    let bomb = tgz(&[("zeros", &vec![0; 64 << 20])]);
    let case = Case::new().raw("bomb.tgz", bomb);
    let ran = case.scan(["."]).exits(3).says("error: bomb.tgz: inflates far more").says("hint: ");
    assert!(ran.coverage().ends_with("; incomplete"));
    let whole = zip(&[("x", b"nothing here"), ("y", b"nor there")]);
    Case::new().raw("cut.zip", &whole[..whole.len() / 2]).scan(["."]).exits(3).says("cut.zip: is truncated or corrupt");
    Case::new().raw("ok.zip", whole).scan(["."]).exits(0);
}

#[test]
fn what_only_looks_like_an_archive_is_still_scanned() {
    let case = Case::new().file("notes.txt", "PK\u{3}\u{4} GITHUB_TOKEN=<<ghp_{alnum:30}{crc32-github}>>\n");
    let ran = case.scan(["--format", "json", "."]).exits(1).says("notes.txt: is truncated or corrupt");
    assert_eq!(paths(&ran.json()), ["notes.txt"]);
}

#[test]
fn no_secret_of_an_archive_is_shown_and_threads_change_nothing() {
    let mut case = Case::new();
    for at in 0..20 {
        let bytes = config(&case).into_bytes();
        case = case.raw(&format!("{at}.zip"), zip(&[(".mcp.json", &bytes), ("cut.gz", b"\x1f\x8b\x08\0")]));
    }
    let one = case.scan([".", "--threads", "1"]).exits(1).never_shows(&case.secret(TOKEN));
    let four = case.scan([".", "--threads", "4"]).exits(1);
    assert!(one.stdout == four.stdout && one.stderr == four.stderr);
}

#[test]
fn a_notebook_is_found_in_its_source_and_outputs_each_place_once() {
    let case = Case::new();
    let token = case.secret(TOKEN);
    let (head, tail) = token.split_at(21);
    let notebook = format!(
        r#"{{ "cells": [
  {{ "cell_type": "code", "source": [ "import os\n",
     "os.environ[\"GITHUB_TOKEN\"] = \"{token}\"\n" ],
     "outputs": [ {{ "output_type": "stream", "text": [ "it is\n",
     "{token}\n" ] }},
     {{ "output_type": "stream", "text": [ "split: {head}",
     "{tail}\n" ] }} ] }} ], "nbformat": 4 }}
"#
    );
    let case = case.raw("work.ipynb", &notebook);
    let report = case.scan(["--format", "json", "."]).exits(1).json();
    let lines: Vec<_> = occurrences(&report).iter().map(|at| at["region"]["startLine"].as_u64()).collect();
    assert_eq!(lines, [Some(3), Some(5), Some(6)]);
    let split = &occurrences(&report)[2]["region"];
    assert_eq!(split["byteOffset"], notebook.find(&format!("{head}\"")).expect("there"));
    assert_eq!(split["endLine"], 7);
}

/// A database with one row, whose text is cut between two pages after `cut` bytes.
fn database(text: &[u8], cut: usize) -> Vec<u8> {
    const PAGE: usize = 4096;
    let mut bytes = vec![0; 3 * PAGE];
    bytes[..16].copy_from_slice(b"SQLite format 3\0");
    bytes[16..18].copy_from_slice(&4096_u16.to_be_bytes());
    bytes[56..60].copy_from_slice(&1_u32.to_be_bytes());
    let kind = 13 + 2 * text.len();
    let mut payload = vec![4, 0x80 | (kind >> 14) as u8, 0x80 | (kind >> 7) as u8, (kind & 0x7f) as u8];
    payload.extend(text);
    let (head, tail) = payload.split_at(cut + 4);
    let mut cell = vec![0x80 | (payload.len() >> 7) as u8, (payload.len() & 0x7f) as u8, 1];
    cell.extend(head);
    cell.extend(3_u32.to_be_bytes());
    let at = PAGE - cell.len();
    bytes[PAGE] = 0x0d;
    bytes[PAGE + 4] = 1;
    bytes[PAGE + 8..PAGE + 10].copy_from_slice(&(at as u16).to_be_bytes());
    bytes[PAGE + at..2 * PAGE].copy_from_slice(&cell);
    bytes[2 * PAGE + 4..2 * PAGE + 4 + tail.len()].copy_from_slice(tail);
    bytes
}

#[test]
fn a_credential_that_goes_on_in_another_page_of_a_database_is_found() {
    // Of a row of this length, SQLite keeps 489 bytes in the page of the row, 4 of them before the text.
    const LENGTH: usize = 4400;
    const KEPT: usize = 485;
    let case = Case::new();
    let token = case.secret(TOKEN);
    let mut text = vec![b' '; LENGTH];
    text[KEPT - 10..KEPT - 10 + token.len()].copy_from_slice(token.as_bytes());
    let bytes = database(&text, KEPT);
    let case = case.raw("state.vscdb", &bytes);
    let report = case.scan(["--format", "json", "."]).exits(1).json();
    assert_eq!(paths(&report), ["state.vscdb"]);
    let offset = memchr::memmem::find(&bytes, &token.as_bytes()[..10]).expect("there");
    assert_eq!(occurrences(&report)[0]["region"]["byteOffset"], offset);
}

/// A database with a row of two texts for each of these, one behind the other from the end of the page on, as SQLite writes them.
fn rows(rows: &[(&str, &str)]) -> Vec<u8> {
    const PAGE: usize = 4096;
    let mut bytes = vec![0; 2 * PAGE];
    bytes[..16].copy_from_slice(b"SQLite format 3\0");
    bytes[16..18].copy_from_slice(&4096_u16.to_be_bytes());
    bytes[56..60].copy_from_slice(&1_u32.to_be_bytes());
    bytes[PAGE] = 0x0d;
    bytes[PAGE + 4] = rows.len() as u8;
    let mut end = PAGE;
    for (at, (key, value)) in rows.iter().enumerate() {
        let kind = |text: &str| match 13 + 2 * text.len() {
            short @ ..0x80 => vec![short as u8],
            long => vec![0x80 | (long >> 7) as u8, (long & 0x7f) as u8],
        };
        let (one, other) = (kind(key), kind(value));
        let header = [&[1 + (one.len() + other.len()) as u8][..], &one, &other].concat();
        let length = header.len() + key.len() + value.len();
        assert!(length < 0x80);
        let cell = [&[length as u8, at as u8 + 1][..], &header, key.as_bytes(), value.as_bytes()].concat();
        end -= cell.len();
        bytes[PAGE + end..PAGE + end + cell.len()].copy_from_slice(&cell);
        let pointer = PAGE + 8 + 2 * at;
        bytes[pointer..pointer + 2].copy_from_slice(&(end as u16).to_be_bytes());
    }
    bytes
}

#[test]
fn a_value_of_a_database_ends_where_the_next_one_begins() {
    let case = Case::new();
    let (first, second) = (case.secret_of(TOKEN, 1), case.secret_of(TOKEN, 2));
    // A row's length stands right behind the one before it: here it is a digit, which would be a part of the token.
    let bytes = rows(&[("github.token", &first), ("another.token", &second), ("gone", "")]);
    assert!(memchr::memmem::find(&bytes, format!("github.token{first}").as_bytes()).is_some());
    assert!(memchr::memmem::find(&bytes, format!("{second}7").as_bytes()).is_some());
    let case = case.raw("state.vscdb", &bytes);
    let report = case.scan(["--format", "json", "."]).exits(1).json();
    let mut found: Vec<_> = occurrences(&report).iter().filter_map(|at| at["region"]["byteOffset"].as_u64()).collect();
    found.sort_unstable();
    let place = |token: &str| memchr::memmem::find(&bytes, token.as_bytes()).map(|at| at as u64).expect("there");
    assert_eq!(found, [place(&second), place(&first)]);
}

#[test]
fn an_archive_that_is_never_opened_is_told_and_its_bytes_are_scanned() {
    let case = Case::new();
    let stored = [b"7z\xbc\xaf\x27\x1c\0\x04".as_slice(), b"\n", case.secret(TOKEN).as_bytes(), b"\n"].concat();
    let inner = zip(&[("in/kit.rar", b"Rar!\x1a\x07\x01\0rest")]);
    let case = case.raw("a.bin", stored).raw("b.zip", inner);
    let ran = case
        .scan(["--format", "json", "."])
        .exits(1)
        .says("error: a.bin: is an archive of a format that is not opened")
        .says("error: b.zip!/in/kit.rar: is an archive of a format that is not opened");
    assert!(ran.coverage().ends_with("; incomplete"));
    assert_eq!(paths(&ran.json()), ["a.bin"]);
    case.scan([".", "--exclude", "a.bin", "--exclude", "b.zip"]).exits(3).says("nothing was scanned");
    case.scan([".", "--exit-zero", "--max-archive-depth", "0"]).exits(0);
}

#[test]
fn members_are_counted_beside_the_files_that_hold_them() {
    let inner = tgz(&[("c.txt", b"one"), ("d.txt", b"two")]);
    let case = Case::new().raw("a.zip", zip(&[("b.tar.gz", &inner), ("e.txt", b"three")])).raw("f.txt", "four");
    let ran = case.scan([".", "--format", "json"]).exits(0);
    assert!(ran.coverage().starts_with("scanned 2 files with 3 members, 0 blobs"), "{}", ran.coverage());
    assert_eq!(ran.json()["coverage"]["members"], 3);
}

#[test]
fn what_is_too_much_to_be_decoded_makes_the_run_incomplete() {
    use base64::Engine as _;
    let mut text = String::from("{\"nothing\":\"is here\"}");
    for _ in 0..12 {
        text = base64::engine::general_purpose::STANDARD.encode(format!("{{\"next\":\"{text}\"}}"));
    }
    let ran = Case::new().raw("deep.txt", &text).scan(["."]).exits(3).says("deep.txt: holds more encoded text within");
    assert!(ran.coverage().ends_with("; incomplete"));
}

#[test]
fn an_asset_that_was_packed_again_is_covered_in_every_version_and_found_where_it_holds_a_credential() {
    let case = repository();
    let clean = "let it = 1;\n".repeat(200);
    let telling = format!("{clean}token = \"{}\"\n", case.secret(TOKEN));
    let mut commits = Vec::new();
    for (minute, text) in (1_u32..).zip([&clean, &clean, &clean, &telling, &telling]) {
        let builder = flate2::GzBuilder::new().mtime(1_600_000_000 + minute);
        let mut encoder = builder.write(Vec::new(), flate2::Compression::best());
        encoder.write_all(text.as_bytes()).expect("written");
        std::fs::write(case.path("work/app.js.gz"), encoder.finish().expect("a gzip")).expect("writable");
        commits.push(commit(&case, minute, "build"));
    }
    let report = covers_all(&case, "work", 1);
    // Of each version, and of the file in the work tree.
    assert_eq!(report["coverage"]["members"], 6);
    let found = occurrences(&report);
    assert_eq!(paths(&report), ["app.js.gz!/app.js"]);
    assert_eq!(found[0]["firstCommit"], *commits[3]);
    assert_eq!(found[0]["inHead"], true);
}
