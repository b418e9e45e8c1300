//! Every detector through the binary: its sample, planted in the shapes in which MCP credentials are met, is found as what it is.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use keytrawl::detector::rule::{Rule, RuleFile};
use keytrawl::detector::{Detectors, recipe};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::runner::Case;

/// One file of one detector.
struct Planted {
    shape: &'static str,
    path: &'static str,
    text: String,
}

fn rules() -> Vec<Rule> {
    let texts = Detectors::embedded().texts().iter();
    texts.flat_map(|(_, text)| toml::from_str::<RuleFile>(text).expect("a rule file").detector).collect()
}

/// The variable in which a sample is planted.
fn variable(rule: &Rule) -> String {
    rule.names.first().cloned().unwrap_or_else(|| "SERVICE_TOKEN".to_owned()).replace('-', "_").to_uppercase()
}

/// A server map with one server.
fn map(server: &Value) -> String {
    serde_json::to_string_pretty(&json!({ "mcpServers": { "s": server } })).expect("JSON")
}

/// Shapes for what is one word, as nearly all credentials are.
fn word(name: &str, value: &str, named: bool) -> Vec<Planted> {
    let flag = format!("--{}", name.to_lowercase().replace('_', "-"));
    let header = if named { json!({ name: value }) } else { json!({ "Authorization": format!("Bearer {value}") }) };
    let settings = json!({ "env": { name: value } }).to_string();
    let address = if value.contains("://") {
        value.to_owned()
    } else {
        format!("https://mcp.acme.dev/mcp?{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC))
    };
    let escaped = json!({ "type": "user", "message": { "content": json!({ "env": { name: value } }).to_string() } });
    let linked = utf8_percent_encode(&settings, NON_ALPHANUMERIC).to_string();
    let plant = |shape, path, text| Planted { shape, path, text };
    vec![
        plant(
            "JSON env",
            "a/.mcp.json",
            map(&json!({ "command": "npx", "args": ["-y", "srv"], "env": { name: value } })),
        ),
        plant("JSON header", "b/.mcp.json", map(&json!({ "url": "https://mcp.acme.dev/mcp", "headers": header }))),
        plant("argument", "c/.mcp.json", map(&json!({ "command": "npx", "args": ["-y", "srv", flag, value] }))),
        plant("argument=", "d/.mcp.json", map(&json!({ "command": "npx", "args": [format!("{flag}={value}")] }))),
        plant("address", "e/.mcp.json", map(&json!({ "url": address }))),
        plant(
            "TOML env",
            ".codex/config.toml",
            format!("[mcp_servers.s]\ncommand = \"npx\"\n[mcp_servers.s.env]\n{name} = \"{value}\"\n"),
        ),
        plant(
            "YAML env",
            "f/mcp.yaml",
            format!("mcpServers:\n  s:\n    command: npx\n    env:\n      {name}: \"{value}\"\n"),
        ),
        plant("dotenv", ".env", format!("{name}={value}\n")),
        plant("shell", "setup.sh", format!("#!/bin/sh\nexport {name}=\"{value}\"\n")),
        plant("Python", "main.py", format!("import os\n\n{name} = \"{value}\"\n")),
        plant("Markdown", "README.md", format!("# Setup\n\n```sh\nexport {name}=\"{value}\"\n```\n")),
        plant("transcript", "session.jsonl", format!("{escaped}\n")),
        plant("base64", "link.txt", format!("config={}\n", STANDARD.encode(&settings))),
        plant("percent", "deep.txt", format!("https://cursor.com/install-mcp?name=s&config={linked}\n")),
    ]
}

/// Shapes for what takes several words or lines: pairs, keys, what stands beside something.
fn passage(text: &str) -> Vec<Planted> {
    let escaped = json!({ "type": "user", "message": { "content": json!({ "text": text }).to_string() } });
    let linked = utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let plant = |shape, path, text| Planted { shape, path, text };
    vec![
        plant("text", "notes.txt", format!("{text}\n")),
        plant("JSON string", "state.json", json!({ "text": text }).to_string()),
        plant("argument", "c/.mcp.json", map(&json!({ "command": "sh", "args": ["-c", text] }))),
        plant("TOML string", "x.toml", format!("text = '''\n{text}'''\n")),
        plant("Python", "main.py", format!("TEXT = '''\n{text}\n'''\n")),
        plant("Markdown", "README.md", format!("# Setup\n\n```\n{text}\n```\n")),
        plant("transcript", "session.jsonl", format!("{escaped}\n")),
        plant("base64", "link.txt", format!("{}\n", STANDARD.encode(text))),
        plant("percent", "deep.txt", format!("https://cursor.com/install-mcp?name=s&config={linked}\n")),
    ]
}

/// What the sample of a rule looks like in each shape.
fn plants(rule: &Rule, seed: u64) -> Vec<Planted> {
    let sample = recipe::expand(rule.samples.positive.first().expect("a sample"), seed).expect("a valid recipe");
    if sample.contains(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ';')) {
        passage(&sample)
    } else {
        word(&variable(rule), &sample, rule.keywords.is_empty())
    }
}

/// Detectors by the file in which they found something.
fn found(report: &Value) -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for occurrence in report["credentials"]
        .as_array()
        .expect("credentials")
        .iter()
        .flat_map(|c| c["occurrences"].as_array().expect("occurrences"))
    {
        let text = |key: &str| occurrence[key].as_str().unwrap_or_default().to_owned();
        found.entry(text("path")).or_default().insert(text("detector"));
    }
    found
}

#[test]
fn the_sample_of_every_detector_is_found_in_every_shape() {
    let rules = rules();
    let mut case = Case::new();
    let mut expected = Vec::new();
    for rule in &rules {
        for planted in plants(rule, 11) {
            let path = format!("{}/{}", rule.id, planted.path);
            case = case.raw(&path, &planted.text);
            expected.push((path, planted.shape, rule));
        }
    }
    let report = case.scan(["--format", "json", "--exit-zero", "."]).exits(0).json();
    let found = found(&report);
    let issuers: BTreeMap<&str, Option<&str>> =
        Detectors::embedded().all().iter().map(|detector| (detector.id, detector.issuer)).collect();
    let mut missed = Vec::new();
    for (path, shape, rule) in &expected {
        let here = found.get(path);
        // The address of a hosted server holds a key that the detector of that key knows too.
        let same = |id: &String| {
            *id == rule.id || (rule.id.ends_with("-url") && issuers.get(id.as_str()) == Some(&rule.issuer.as_deref()))
        };
        if !here.is_some_and(|ids| ids.iter().any(same)) {
            missed.push(format!("{} in {shape}: {here:?}", rule.id));
        }
    }
    assert!(missed.is_empty(), "{} of {} missed\n{}", missed.len(), expected.len(), missed.join("\n"));
}

#[test]
fn a_placeholder_in_the_place_of_a_sample_is_never_reported() {
    let rules = rules();
    let mut case = Case::new();
    let values = ["<your-key>", "YOUR_API_KEY", "${SERVICE_KEY}", "xxxxxxxxxxxxxxxxxxxxxxxx"];
    for (rule, value) in rules.iter().zip(values.iter().cycle()) {
        for planted in word(&variable(rule), value, true) {
            case = case.raw(&format!("{}/{}", rule.id, planted.path), &planted.text);
        }
    }
    let report = case.scan(["--format", "json", "--exit-zero", "."]).exits(0).json();
    assert_eq!(found(&report), BTreeMap::new());
}
