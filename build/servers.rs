//! `rules/servers/*.toml` → `$OUT_DIR/servers.rs`: the known servers, and sorted indexes by which each is looked up.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    server: Vec<Server>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Server {
    id: String,
    /// Empty where anybody may issue what it uses: a database, a proxy.
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
    secrets: Secrets,
    /// Issuers of those secrets that are not the server's own.
    #[serde(default)]
    issuers: BTreeMap<String, String>,
    #[serde(default)]
    not_secrets: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Secrets {
    #[serde(default)]
    variables: Vec<String>,
    #[serde(default)]
    headers: Vec<String>,
    #[serde(default)]
    args: Vec<String>,
    #[serde(default)]
    query: Vec<String>,
    #[serde(default)]
    paths: Vec<String>,
}

/// Lower-case names of one kind, each with the server that it means.
#[derive(Default)]
struct Index(BTreeMap<String, usize>);

impl Index {
    fn add(&mut self, key: String, server: usize, servers: &[Server]) -> Result<(), Box<dyn Error>> {
        if let Some(other) = self.0.get(&key).filter(|other| **other != server) {
            let (one, two) = (&servers[*other].id, &servers[server].id);
            return Err(format!("rules/servers: `{key}` means both `{one}` and `{two}`").into());
        }
        self.0.insert(key, server);
        Ok(())
    }

    fn write(&self, name: &str, code: &mut String) -> std::fmt::Result {
        writeln!(code, "pub(super) const {name}: &[(&str, usize)] = &[")?;
        for (key, server) in &self.0 {
            writeln!(code, "({key:?}, {server}),")?;
        }
        code.write_str("];\n")
    }
}

pub(crate) fn generate() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=rules/servers");
    let out = std::env::var("OUT_DIR")?;
    std::fs::write(Path::new(&out).join("servers.rs"), tables(&read()?)?)?;
    Ok(())
}

fn read() -> Result<Vec<Server>, Box<dyn Error>> {
    let entries = std::fs::read_dir("rules/servers")?.map(|entry| Ok(entry?.path()));
    let mut paths = entries.collect::<Result<Vec<PathBuf>, std::io::Error>>()?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    paths.sort();
    let mut servers = Vec::new();
    for path in paths {
        let file: File =
            toml::from_str(&std::fs::read_to_string(&path)?).map_err(|error| format!("{}: {error}", path.display()))?;
        servers.extend(file.server);
    }
    servers.sort_by(|a: &Server, b| a.id.cmp(&b.id));
    Ok(servers)
}

fn tables(servers: &[Server]) -> Result<String, Box<dyn Error>> {
    let (mut packages, mut images, mut hosts, mut names) =
        (Index::default(), Index::default(), Index::default(), Index::default());
    let mut shapes = String::from("pub(super) const SHAPES: &[(&str, usize)] = &[\n");
    let mut code = String::from("pub(super) const SERVERS: &[Server] = &[\n");
    for (at, server) in servers.iter().enumerate() {
        let Server { id, issuer, secrets, issuers, not_secrets, .. } = server;
        if at > 0 && servers[at - 1].id == *id {
            return Err(format!("rules/servers: the id `{id}` is given twice").into());
        }
        for package in &server.packages {
            packages.add(normal(package), at, servers)?;
        }
        for image in &server.images {
            images.add(image.to_ascii_lowercase(), at, servers)?;
        }
        for host in &server.hosts {
            hosts.add(host.to_ascii_lowercase(), at, servers)?;
        }
        for name in &server.names {
            names.add(name.to_ascii_lowercase(), at, servers)?;
        }
        for path in &secrets.paths {
            writeln!(shapes, "({path:?}, {at}),")?;
        }
        let mut unused: Vec<&String> = issuers.keys().collect();
        write!(code, "Server {{ id: {id:?}, issuer: {issuer:?}, secrets: &[")?;
        for (place, list) in [
            ("Variable", &secrets.variables),
            ("Header", &secrets.headers),
            ("Argument", &secrets.args),
            ("Query", &secrets.query),
        ] {
            for name in list {
                unused.retain(|unused| *unused != name);
                let issuer = issuers.get(name).unwrap_or(issuer);
                write!(code, "Secret {{ place: Where::{place}, name: {:?}, issuer: {issuer:?} }}, ", normal(name))?;
            }
        }
        if let Some(name) = unused.first() {
            return Err(
                format!("rules/servers: `{id}` names an issuer for `{name}`, which is none of its secrets").into()
            );
        }
        let not_secrets: Vec<String> = not_secrets.iter().map(|name| normal(name)).collect();
        writeln!(code, "], not_secrets: &{not_secrets:?} }},")?;
    }
    code.push_str("];\n");
    code.push_str(&shapes);
    code.push_str("];\n");
    packages.write("PACKAGES", &mut code)?;
    images.write("IMAGES", &mut code)?;
    hosts.write("HOSTS", &mut code)?;
    names.write("NAMES", &mut code)?;
    Ok(code)
}

/// As `src/client/known.rs` spells names before it looks them up.
fn normal(name: &str) -> String {
    name.trim_start_matches('-').to_ascii_lowercase().replace('_', "-")
}
