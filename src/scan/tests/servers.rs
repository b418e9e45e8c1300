//! Every entry of `rules/servers/` against the scanner: its secrets are found, and what only sounds like one is not.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::{Value, json};

use super::*;

#[derive(Deserialize)]
struct File {
    server: Vec<Known>,
}

#[derive(Deserialize)]
struct Known {
    id: String,
    #[serde(default)]
    issuer: String,
    #[serde(default)]
    names: Vec<String>,
    #[serde(default)]
    packages: Vec<String>,
    #[serde(default)]
    images: Vec<String>,
    #[serde(default)]
    hosts: Vec<String>,
    #[serde(default)]
    secrets: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    issuers: BTreeMap<String, String>,
    #[serde(default)]
    not_secrets: Vec<String>,
}

fn known() -> Vec<Known> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules/servers");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let read = |path| toml::from_str::<File>(&std::fs::read_to_string(path).unwrap()).unwrap().server;
    paths.into_iter().flat_map(read).collect()
}

impl Known {
    /// The ways in which an entry that runs or calls the server may begin, and whether only its name tells.
    fn entries(&self) -> Vec<(Value, bool)> {
        let package = self.packages.iter().map(|package| match package.strip_prefix("github.com/") {
            Some(path) => {
                json!({"command": "uvx", "args": ["--from", format!("git+https://github.com/{path}.git@v1"), "run-it"]})
            }
            None if package.starts_with('@') => json!({"command": "npx", "args": ["-y", format!("{package}@1.2.3")]}),
            None => json!({"command": "uvx", "args": [format!("{package}==1.2.3")]}),
        });
        let image = self
            .images
            .iter()
            .map(|image| json!({"command": "docker", "args": ["run", "-i", "--rm", format!("{image}:1.2")]}));
        let host = self.hosts.iter().map(|host| json!({"url": format!("https://{}/mcp", host.replace('*', "eu1"))}));
        let name = self.names.first().map(|_| json!({"command": "/opt/run-it"}));
        let sure = package.chain(image).chain(host).map(|entry| (entry, false));
        sure.chain(name.map(|entry| (entry, true))).collect()
    }

    fn issuer_of(&self, name: &str) -> Option<&str> {
        let issuer = self.issuers.get(name).unwrap_or(&self.issuer);
        Some(issuer.as_str()).filter(|issuer| !issuer.is_empty())
    }

    fn secrets(&self, place: &str) -> &[String] {
        self.secrets.get(place).map_or(&[], Vec::as_slice)
    }

    /// The config of one client with this server in it.
    fn config(&self, entry: &Value, by_name: bool) -> String {
        let name = self.names.first().filter(|_| by_name).map_or("mine", String::as_str);
        json!({"mcpServers": {name: entry}}).to_string()
    }
}

fn scanned(config: &str) -> Vec<Occurrence> {
    let origin = Arc::new(Origin::new("home/.cursor/mcp.json".to_owned(), Place::HostConfig, Arc::new(Asset::host())));
    let artifact =
        Artifact { origin: &origin, bytes: config.as_bytes(), base: 0, first_line: 1, first_column: 1, joined: None };
    scanner(Confidence::Medium).scan(&artifact, &mut Scratch::default()).occurrences
}

/// What went wrong with a credential that is expected in a config; nothing if all is well.
fn mistake(found: &[Occurrence], issuer: Option<&str>) -> Option<String> {
    match found {
        [one] if one.confidence != Confidence::High => Some(format!("is {:?} only", one.confidence)),
        [one] if issuer.is_some() && one.issuer != issuer => Some(format!("is of {:?}, not {issuer:?}", one.issuer)),
        [_] => None,
        other => Some(format!("is found {} times", other.len())),
    }
}

#[test]
fn an_unprefixed_value_in_each_listed_variable_is_a_credential_of_its_issuer() {
    let (mut tried, mut servers, mut wrong) = (0, 0, Vec::new());
    for (at, server) in known().iter().enumerate() {
        servers += usize::from(!server.secrets("variables").is_empty());
        for variable in server.secrets("variables") {
            for (mut entry, by_name) in server.entries() {
                let value = made("{alnum:40}", at as u64 + tried);
                entry["env"] = json!({ variable: value });
                tried += 1;
                let found = scanned(&server.config(&entry, by_name));
                let told = mistake(&found, server.issuer_of(variable));
                wrong.extend(
                    told.map(|told| format!("{}: {variable} {told} in {entry}", server.id).replace(&value, "…")),
                );
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {tried}\n{}", wrong.len(), wrong.join("\n"));
    assert!(servers >= 400 && tried >= 1000, "{servers} servers, {tried} entries");
}

#[test]
fn listed_headers_flags_and_parameters_are_credentials_of_their_issuer() {
    let (mut tried, mut wrong) = (0, Vec::new());
    for server in known() {
        let Some((entry, _)) = server.entries().into_iter().find(|(_, by_name)| !by_name) else { continue };
        let mut configs: Vec<(String, Value, String)> = Vec::new();
        for name in server.secrets("headers") {
            let value = made("{alnum:40}", tried);
            let mut entry = entry.clone();
            entry["headers"] = json!({ name: value });
            configs.push((name.clone(), entry, value));
        }
        for name in server.secrets("args") {
            let value = made("{alnum:40}", tried);
            let mut entry = entry.clone();
            if let Some(words) = entry["args"].as_array_mut() {
                // `#2` is the second plain word behind the package.
                match name.strip_prefix('#').map(|number| number.parse::<usize>().unwrap()) {
                    Some(number) => words.extend((1..number).map(|_| json!("word"))),
                    None => words.push(json!(name)),
                }
                words.push(json!(value));
                configs.push((name.clone(), entry, value));
            }
        }
        for (name, host) in
            server.secrets("query").iter().flat_map(|name| server.hosts.iter().map(move |host| (name, host)))
        {
            let value = made("{alnum:40}", tried);
            let url = format!("https://{}/mcp?{name}={value}", host.replace('*', "eu1"));
            configs.push((name.clone(), json!({ "url": url }), value));
        }
        for (name, entry, value) in configs {
            tried += 1;
            let found = scanned(&server.config(&entry, false));
            let told = mistake(&found, server.issuer_of(&name));
            wrong.extend(told.map(|told| format!("{}: {name} {told} in {entry}", server.id).replace(&value, "…")));
        }
    }
    assert!(wrong.is_empty(), "{} of {tried}\n{}", wrong.len(), wrong.join("\n"));
    assert!(tried >= 100, "{tried} entries");
}

#[test]
fn what_is_listed_as_no_secret_is_not_reported() {
    let (mut tried, mut wrong) = (0, Vec::new());
    for server in known() {
        for name in &server.not_secrets {
            for (mut entry, by_name) in server.entries() {
                tried += 1;
                for recipe in ["{alnum:40}", "{uuid}", "{hex:32}"] {
                    entry["env"] = json!({ name: made(recipe, tried) });
                    if !scanned(&server.config(&entry, by_name)).is_empty() {
                        wrong.push(format!("{}: {name} ({recipe})", server.id));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {tried}\n{}", wrong.len(), wrong.join("\n"));
    assert!(tried >= 200, "{tried} entries");
}

#[test]
fn the_documentation_counts_them_right() {
    let servers = known();
    let with = servers.iter().filter(|server| server.secrets.values().any(|names| !names.is_empty())).count();
    let counts = format!("`rules/servers/` knows {} MCP servers, {with} of them", servers.len());
    assert!(include_str!("../../../docs/servers.md").contains(&counts), "docs/servers.md should say: {counts}");
}

#[test]
fn a_credential_of_another_issuer_says_so() {
    let config = |variable: &str| {
        let entry =
            json!({"command": "npx", "args": ["-y", "@notionhq/notion-mcp-server"], "env": {variable: github()}});
        json!({"mcpServers": {"notes": entry}}).to_string()
    };
    let expected = |variable: &str| {
        let found = scanned(&config(variable));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].issuer, Some("github"));
        found[0].expected_issuer(found[0].issuer)
    };
    assert_eq!(expected("NOTION_TOKEN"), Some("notion"));
    assert_eq!(expected("GITHUB_TOKEN"), None, "a variable that the server is not known to read");
}
