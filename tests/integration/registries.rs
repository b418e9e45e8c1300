//! Every variable, header, flag and parameter that public registries list (`fixtures/registries.tsv`), through the binary: in an
//! entry that runs or calls the server, an unprefixed value is a sure credential of that issuer, or none.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::runner::Case;

/// One line of the table.
struct Row<'t> {
    server: &'t str,
    known_by: &'t str,
    key: &'t str,
    place: &'t str,
    name: &'t str,
    secret: bool,
    issuer: Option<&'t str>,
}

fn rows(table: &str) -> Vec<Row<'_>> {
    let rows = table.lines().skip(1).map(|line| {
        let cells: Vec<&str> = line.split('\t').collect();
        let [server, known_by, key, place, name, is, issuer] = cells[..] else { panic!("{line}") };
        let issuer = (issuer != "-").then_some(issuer);
        Row { server, known_by, key, place, name, secret: is == "secret", issuer }
    });
    rows.collect()
}

impl Row<'_> {
    /// A config with one entry that is this server and holds `value` in this place.
    fn config(&self, value: &str) -> String {
        let Self { key, name, .. } = self;
        let (label, mut entry) = match self.known_by {
            "package" if key.starts_with("github.com/") => {
                ("mine", json!({ "command": "uvx", "args": ["--from", format!("git+https://{key}"), "run-it"] }))
            }
            "package" => ("mine", json!({ "command": "npx", "args": ["-y", format!("{key}@1.2.3")] })),
            "image" => ("mine", json!({ "command": "docker", "args": ["run", "-i", "--rm", format!("{key}:1.2")] })),
            "host" => ("mine", json!({ "url": format!("https://{}/mcp", key.replace('*', "eu1")) })),
            "name" => (*key, json!({ "command": "/opt/run-it", "args": [] })),
            other => panic!("{other}"),
        };
        match self.place {
            "env" => entry["env"] = json!({ *name: value }),
            "header" => entry["headers"] = json!({ *name: value }),
            "arg" => {
                let words = entry["args"].as_array_mut().expect("a command");
                words.extend([json!(name), json!(value)]);
            }
            "query" => entry["url"] = json!(format!("{}?{name}={value}", entry["url"].as_str().expect("a host"))),
            other => panic!("{other}"),
        }
        json!({ "mcpServers": { label: entry } }).to_string()
    }
}

#[test]
fn what_registries_list_is_a_sure_credential_of_its_issuer_or_none() {
    let table = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/registries.tsv"));
    let table = table.expect("readable");
    let rows = rows(&table);
    assert!(rows.len() > 1000);
    let mut case = Case::new();
    for (at, row) in rows.iter().enumerate() {
        let value = keytrawl::detector::recipe::expand("{alnum:40}", at as u64).expect("a valid recipe");
        case = case.raw(&format!("{at}/.mcp.json"), row.config(&value));
    }
    let report = case.scan([".", "--format", "json", "--exit-zero"]).exits(0).json();
    let mut found: BTreeMap<usize, Vec<(String, Option<String>)>> = BTreeMap::new();
    for credential in report["credentials"].as_array().expect("credentials") {
        for place in credential["occurrences"].as_array().expect("occurrences") {
            let text = |value: &Value| value.as_str().map(str::to_owned);
            let path = place["path"].as_str().expect("a path");
            let at = path.split('/').next().and_then(|at| at.parse().ok()).expect("a row");
            let told = (text(&place["confidence"]).unwrap_or_default(), text(&credential["issuer"]));
            found.entry(at).or_default().push(told);
        }
    }
    let mut wrong = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        let told = found.remove(&at).unwrap_or_default();
        let right = match (&told[..], row.secret) {
            ([], false) => true,
            ([(confidence, issuer)], true) => {
                confidence == "high" && (row.issuer.is_none() || issuer.as_deref() == row.issuer)
            }
            _ => false,
        };
        if !right {
            wrong
                .push(format!("{} ({} {}): {} {} is {told:?}", row.server, row.known_by, row.key, row.place, row.name));
        }
    }
    assert!(wrong.is_empty(), "{} of {}\n{}", wrong.len(), rows.len(), wrong.join("\n"));
}
