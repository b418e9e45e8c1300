//! `rules/clients.toml` → `$OUT_DIR/clients.rs`.

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;

use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Clients {
    client: Vec<Client>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Client {
    id: String,
    name: String,
    #[serde(default)]
    aliases: Vec<String>,
    syntax: String,
    servers: String,
    documentation: String,
    places: Vec<String>,
    #[serde(default)]
    paths: Vec<String>,
    credentials: Vec<String>,
    #[serde(default)]
    references: Vec<String>,
    #[serde(default)]
    by_content: bool,
    unread: Option<String>,
    unverified: Option<String>,
    note: Option<String>,
}

/// `scope(system,…) path`.
struct Place<'t> {
    scope: &'t str,
    /// Bits: Linux 1, macOS 2, Windows 4.
    systems: u8,
    path: &'t str,
}

const SCOPES: [&str; 11] = [
    "user",
    "profile",
    "project",
    "plugin",
    "extension",
    "remote",
    "session",
    "data",
    "metadata",
    "system",
    "artifact",
];

pub(crate) fn generate() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=rules/clients.toml");
    let out = std::env::var("OUT_DIR")?;
    let clients: Clients = toml::from_str(&std::fs::read_to_string("rules/clients.toml")?)?;
    std::fs::write(Path::new(&out).join("clients.rs"), client_tables(&clients.client)?)?;
    Ok(())
}

fn client_tables(clients: &[Client]) -> Result<String, Box<dyn Error>> {
    let mut code = String::from("const CLIENTS: &[Client] = &[\n");
    let (mut exact, mut wild) = (Vec::new(), Vec::new());
    for (index, client) in clients.iter().enumerate() {
        let Client { id, name, aliases, servers, documentation, credentials, references, .. } = client;
        let Client { by_content, unread, unverified, note, .. } = client;
        let syntax = match client.syntax.as_str() {
            "json" => "Json",
            "toml" => "Toml",
            "yaml" => "Yaml",
            "xml" => "Xml",
            "front-matter" => "FrontMatter",
            "stored" => "Stored",
            "database" | "program" | "none" => "Unread",
            other => return Err(format!("rules/clients.toml: client `{id}`: unknown syntax `{other}`").into()),
        };
        let places = client.places.iter().map(|text| place(id, text)).collect::<Result<Vec<_>, _>>()?;
        let mut patterns: Vec<String> = places.iter().map(pattern).chain(client.paths.iter().cloned()).collect();
        patterns.sort();
        patterns.dedup();
        let tables: Vec<String> = places
            .iter()
            .map(|Place { scope, systems, path }| {
                format!("ClientPlace {{ scope: {scope:?}, systems: Systems({systems}), path: {path:?} }}")
            })
            .collect();
        writeln!(
            code,
            "Client {{ id: {id:?}, name: {name:?}, aliases: &{aliases:?}, syntax: Syntax::{syntax}, servers: {servers:?}, documentation: {documentation:?}, places: &[{}], paths: &{patterns:?}, credentials: &{credentials:?}, references: &{references:?}, by_content: {by_content}, unread: {unread:?}, unverified: {unverified:?}, note: {note:?} }},",
            tables.join(", ")
        )?;
        for path in &patterns {
            let whole = path.to_ascii_lowercase();
            let last = whole.rsplit('/').next().unwrap_or_default().to_owned();
            if last.contains("**") {
                return Err(format!("rules/clients.toml: client `{id}`: `{path}` does not end in a file name").into());
            }
            if last.contains('*') { &mut wild } else { &mut exact }.push((last, whole, index));
        }
    }
    code.push_str("];\n");
    exact.sort();
    wild.sort();
    for (table, patterns) in [("EXACT", exact), ("WILD", wild)] {
        writeln!(code, "const {table}: &[Pattern] = &[")?;
        for (last, whole, client) in patterns {
            writeln!(code, "Pattern {{ last: {last:?}, whole: {whole:?}, client: {client} }},")?;
        }
        code.push_str("];\n");
    }
    Ok(code)
}

fn place<'t>(id: &str, text: &'t str) -> Result<Place<'t>, String> {
    let wrong = || format!("rules/clients.toml: client `{id}`: `{text}` is not `scope(systems) path`");
    let (head, path) = text.split_once(' ').ok_or_else(wrong)?;
    let (scope, named) = head.strip_suffix(')').and_then(|head| head.split_once('(')).unwrap_or((head, ""));
    let mut systems = 0;
    for system in named.split(',').filter(|system| !system.is_empty()) {
        systems |= match system {
            "linux" => 1,
            "macos" => 2,
            "windows" => 4,
            _ => return Err(wrong()),
        };
    }
    if !SCOPES.contains(&scope) || path.is_empty() || path.contains('\\') {
        return Err(wrong());
    }
    Ok(Place { scope, systems: if systems == 0 { 7 } else { systems }, path })
}

/// What of a place is the same on every machine.
fn pattern(place: &Place<'_>) -> String {
    let path = place.path.trim_start_matches('/');
    ["~/", "{config}/", "{local}/"].iter().find_map(|base| path.strip_prefix(base)).unwrap_or(path).to_owned()
}
