//! `rules/clients.toml` → `$OUT_DIR/clients.rs`, `rules/servers.toml` → `$OUT_DIR/servers.rs`.

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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Servers {
    server: Vec<Server>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Server {
    id: String,
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
    variables: Vec<String>,
    #[serde(default)]
    headers: Vec<String>,
    #[serde(default)]
    args: Vec<String>,
    #[serde(default)]
    query: Vec<String>,
    #[serde(default)]
    urls: Vec<String>,
}

pub(crate) fn generate() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=rules/clients.toml");
    println!("cargo::rerun-if-changed=rules/servers.toml");
    let out = std::env::var("OUT_DIR")?;
    let clients: Clients = toml::from_str(&std::fs::read_to_string("rules/clients.toml")?)?;
    let servers: Servers = toml::from_str(&std::fs::read_to_string("rules/servers.toml")?)?;
    std::fs::write(Path::new(&out).join("clients.rs"), client_tables(&clients.client)?)?;
    std::fs::write(Path::new(&out).join("servers.rs"), server_table(&servers.server)?)?;
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

fn server_table(servers: &[Server]) -> Result<String, Box<dyn Error>> {
    let mut code = String::from("pub(super) const SERVERS: &[Server] = &[\n");
    for server in servers {
        let Server { id, issuer, names, packages, images, hosts, variables, headers, args, query, urls } = server;
        writeln!(
            code,
            "Server {{ id: {id:?}, issuer: {issuer:?}, names: &{names:?}, packages: &{packages:?}, images: &{images:?}, hosts: &{hosts:?}, variables: &{variables:?}, headers: &{headers:?}, args: &{args:?}, query: &{query:?}, urls: &{urls:?} }},"
        )?;
    }
    code.push_str("];\n");
    Ok(code)
}
