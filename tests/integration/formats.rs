//! Every documented format of `fixtures/formats.tsv` through the binary: found in a server's config and in text, as what it is.

use std::collections::{BTreeMap, BTreeSet};

use keytrawl::detector::recipe;
use serde_json::{Value, json};

use crate::runner::Case;

/// One line of the table.
struct Format {
    line: usize,
    title: String,
    /// The variable that holds it; `None` where the recipe is a text of its own.
    name: Option<String>,
    /// Its variable is what tells it.
    by_name: bool,
    value: String,
    detectors: Vec<String>,
}

fn formats() -> Vec<Format> {
    let table =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/formats.tsv")).expect("readable");
    let rows = table.lines().enumerate().skip(1);
    rows.map(|(at, row)| {
        let cells: Vec<&str> = row.split('\t').collect();
        let [provider, format, name, value, detectors] = cells[..] else { panic!("line {} of the table", at + 1) };
        Format {
            line: at + 1,
            title: format!("{provider} {format}"),
            name: (name != "-").then(|| name.trim_end_matches('=').to_owned()),
            by_name: name.ends_with('='),
            value: recipe::expand(value, 40 + at as u64).expect("a valid recipe"),
            detectors: detectors.split(' ').filter(|id| *id != "-").map(str::to_owned).collect(),
        }
    })
    .collect()
}

/// Detectors by the file in which they found something.
fn found(report: &Value) -> BTreeMap<String, BTreeSet<String>> {
    let credentials = report["credentials"].as_array().expect("credentials");
    let occurrences = credentials.iter().flat_map(|one| one["occurrences"].as_array().expect("occurrences"));
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for occurrence in occurrences {
        let text = |key: &str| occurrence[key].as_str().unwrap_or_default().to_owned();
        found.entry(text("path")).or_default().insert(text("detector"));
    }
    found
}

#[test]
fn every_documented_format_is_found_in_a_config_and_in_text() {
    let formats = formats();
    let mut case = Case::new();
    let mut expected = Vec::new();
    for format in &formats {
        let Format { line, name, by_name, value, .. } = format;
        let mut files = Vec::new();
        match name {
            Some(name) => {
                let config = json!({ "mcpServers": { "s": { "command": "run-it", "env": { name: value } } } });
                files.push((".mcp.json", config.to_string()));
                files.push((".env", format!("{name}={value}\n")));
                if !by_name {
                    files.push(("notes.txt", format!("it is {value} now\n")));
                    files.push(("main.py", format!("use(\"{value}\")\n")));
                }
            }
            None => files.push(("notes.txt", format!("{value}\n"))),
        }
        for (file, text) in files {
            let path = format!("{line}/{file}");
            case = case.raw(&path, text);
            expected.push((path, format));
        }
    }
    let report = case.scan(["--format", "json", "--exit-zero", "."]).exits(0).json();
    let found = found(&report);
    let mut wrong = Vec::new();
    for (path, format) in &expected {
        let here = found.get(path).cloned().unwrap_or_default();
        let any = format.detectors.iter().any(|id| here.contains(id));
        if any == format.detectors.is_empty() || (format.detectors.is_empty() && !here.is_empty()) {
            wrong.push(format!("{} in {path}: {here:?} instead of {:?}", format.title, format.detectors));
        }
    }
    assert!(wrong.is_empty(), "{} of {}\n{}", wrong.len(), expected.len(), wrong.join("\n"));
}
