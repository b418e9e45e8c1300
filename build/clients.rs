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
    syntax: String,
    documentation: String,
    paths: Vec<String>,
    credentials: Vec<String>,
}

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
        let Client { id, name, documentation, paths, credentials, .. } = client;
        let syntax = match client.syntax.as_str() {
            "json" => "Json",
            "toml" => "Toml",
            "yaml" => "Yaml",
            other => return Err(format!("rules/clients.toml: client `{id}`: unknown syntax `{other}`").into()),
        };
        writeln!(
            code,
            "Client {{ id: {id:?}, name: {name:?}, syntax: Syntax::{syntax}, documentation: {documentation:?}, paths: &{paths:?}, credentials: &{credentials:?} }},"
        )?;
        for path in paths {
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
