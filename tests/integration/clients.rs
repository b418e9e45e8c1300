//! The configs of all clients: every recipe is scanned by the binary, and each credential is found at its place.

use std::collections::BTreeMap;
use std::path::Path;

use keytrawl::client::clients;
use serde::Deserialize;

use crate::leveldb;
use crate::runner::Case;

#[derive(Deserialize)]
struct Recipe {
    path: String,
    config: String,
    #[serde(default)]
    credential: Vec<Expected>,
    malformed: Option<u32>,
    #[serde(default)]
    untold: bool,
}

#[derive(Deserialize)]
struct Expected {
    number: u64,
    slot: String,
    pointer: Option<String>,
    server: Option<String>,
    variable: Option<String>,
}

/// Client, name and recipe of each fixture of that name.
fn recipes(wanted: &[&str]) -> Vec<(String, String, Recipe)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/clients");
    let mut found = Vec::new();
    for client in std::fs::read_dir(root).expect("the fixtures") {
        let client = client.expect("an entry");
        let id = client.file_name().into_string().expect("a name");
        for name in wanted {
            let path = client.path().join(format!("{name}.toml"));
            if let Ok(text) = std::fs::read_to_string(path) {
                found.push((id.clone(), (*name).to_owned(), toml::from_str(&text).expect("a recipe")));
            }
        }
    }
    found.sort_by(|a, b| (&a.0, &a.1).cmp(&(&b.0, &b.1)));
    found
}

/// Line, slot, pointer, server, variable and client of an occurrence.
type Place = (u64, String, Option<String>, Option<String>, Option<String>, Option<String>);

/// What a scan of recipes says, and where each hole of each of them is.
struct Scanned {
    found: BTreeMap<String, Vec<Place>>,
    report: serde_json::Value,
    lines: Vec<BTreeMap<u64, u64>>,
}

/// Writes each config below a folder of its own, with another credential in each hole, and scans them all at once.
fn scanned(recipes: &[(String, String, Recipe)], credential: &str) -> Scanned {
    let mut case = Case::new();
    for (at, (id, name, recipe)) in recipes.iter().enumerate() {
        let mut config = recipe.config.clone();
        for expected in &recipe.credential {
            let own = secret(&case, credential, at, expected.number);
            config = config.replace(&format!("<<{}>>", expected.number), &own);
        }
        let path = format!("{id}/{name}/{}", recipe.path);
        case = match leveldb::is_stored(&recipe.path) {
            true => case.raw(&path, leveldb::of_page(&recipe.path, "persist:cherry-studio", config.trim())),
            false => case.raw(&path, config),
        };
    }
    let report = case.scan([".", "-f", "json", "--fail-on", "none"]).exits(0).json();
    let mut found: BTreeMap<String, Vec<Place>> = BTreeMap::new();
    for credential in report["credentials"].as_array().expect("credentials") {
        for place in credential["occurrences"].as_array().expect("occurrences") {
            let text = |key: &str| place[key].as_str().map(str::to_owned);
            let line = place["region"]["startLine"].as_u64().expect("a line");
            let slot = text("slot").expect("a slot");
            let path = text("path").expect("a path");
            let place = (line, slot, text("pointer"), text("server"), text("variable"), text("client"));
            found.entry(path).or_default().push(place);
        }
    }
    let line = |at: usize, number: u64| {
        let recipe = &recipes[at].2;
        if leveldb::is_stored(&recipe.path) {
            let (id, name, _) = &recipes[at];
            let bytes = std::fs::read(case.path(format!("{id}/{name}/{}", recipe.path))).expect("the database");
            return leveldb::line_of(&bytes, &secret(&case, credential, at, number));
        }
        let at = recipe.config.find(&format!("<<{number}>>")).expect("a hole");
        recipe.config[..at].matches('\n').count() as u64 + 1
    };
    let lines = recipes.iter().enumerate().map(|(at, (_, _, recipe))| {
        recipe.credential.iter().map(|expected| (expected.number, line(at, expected.number))).collect()
    });
    let lines = lines.collect();
    Scanned { found, report, lines }
}

/// The credential in a hole of the recipe at this place in the list.
fn secret(case: &Case, credential: &str, at: usize, number: u64) -> String {
    case.secret_of(credential, (at as u64) * 16 + number)
}

#[test]
fn every_clients_config_gives_line_server_slot_pointer_and_client() {
    let recipes = recipes(&["minimal", "full", "commented"]);
    assert!(recipes.len() >= 222, "{}", recipes.len());
    let Scanned { found, lines, .. } = scanned(&recipes, "{alnum:40}");
    let mut wrong = Vec::new();
    let mut total = 0;
    for ((id, name, recipe), lines) in recipes.iter().zip(&lines) {
        let path = format!("{id}/{name}/{}", recipe.path);
        let mut expected: Vec<Place> = recipe
            .credential
            .iter()
            .map(|of| {
                let client = Some(id.clone());
                (lines[&of.number], of.slot.clone(), of.pointer.clone(), of.server.clone(), of.variable.clone(), client)
            })
            .collect();
        let mut there = found.get(&path).cloned().unwrap_or_default();
        expected.sort();
        there.sort();
        total += expected.len();
        if expected != there {
            wrong.push(format!("{path}\n  expected {expected:?}\n  found    {there:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(found.values().map(Vec::len).sum::<usize>(), total, "and nothing else");
}

#[test]
fn a_config_that_does_not_parse_is_named_with_its_line_and_its_text_is_scanned() {
    let recipes = recipes(&["malformed"]);
    assert!(recipes.len() >= 74, "{}", recipes.len());
    let Scanned { found, report, lines } = scanned(&recipes, "ghp_{alnum:30}{crc32-github}");
    for ((id, name, recipe), lines) in recipes.iter().zip(&lines) {
        let path = format!("{id}/{name}/{}", recipe.path);
        let notices = report["notices"].as_array().expect("notices");
        let notice = notices.iter().find(|notice| notice["path"] == path.as_str());
        let line = notice.and_then(|notice| notice["line"].as_u64());
        // The value of a page is one line, on whichever line of the file.
        let told = recipe.malformed.map(|line| if leveldb::is_stored(&recipe.path) { lines[&1] } else { line.into() });
        assert_eq!(line, told, "{path}");
        let line = lines[&1];
        let there = found.get(&path).cloned().unwrap_or_default();
        let told: Vec<_> = there.iter().map(|place| (place.0, place.5.as_deref())).collect();
        assert_eq!(told, [(line, Some(id.as_str()).filter(|_| !recipe.untold))], "{path}");
    }
}

#[test]
fn the_list_names_every_client_its_places_and_what_is_here() {
    let case = Case::new().raw("home/.cursor/mcp.json", "{}").raw("home/AppData/Roaming/Code/User/mcp.json", "{}");
    let home = case.path("home");
    let text = case.run(["clients", "list"]).env("HOME", &home).exits(0).text();
    for client in clients() {
        assert!(text.contains(&format!("{}  {}\n", client.id, client.name)), "{}", client.id);
    }
    assert!(
        text.contains("found here: ~/.cursor/mcp.json")
            && text.contains("found here: ~/AppData/Roaming/Code/User/mcp.json")
    );
    assert!(text.contains("system (linux)") || text.contains("/etc/codex/config.toml (linux, macos)"), "{text}");
    assert!(text.contains("unverified: "));
    let found = case.run(["clients", "list", "--found"]).env("HOME", &home).exits(0).text();
    assert!(found.contains("cursor  Cursor") && !found.contains("zed  Zed"));
}

#[test]
fn every_product_that_is_known_has_an_id() {
    // Products by the names that people know them by; some share the configs of another.
    for name in [
        "VS Code Insiders",
        "Cline (shared SDK/CLI/JetBrains)",
        "Kilo Code (legacy)",
        "Continue (legacy)",
        "Kiro (IDE+CLI)",
        "Augment (Auggie)",
        "Trae (and Trae CN)",
        "Docker MCP Gateway",
        "GitHub Copilot cloud (coding) agent",
        "OpenClaw / Clawdbot",
        "cross-agent",
        "MCPB/DXT bundle",
        "Sema4.ai Studio",
        "MCPX (Lunar)",
        "Open WebUI / mcpo",
        "JetBrains AI Assistant",
    ] {
        let known = clients().iter().any(|client| client.name == name || client.aliases.contains(&name));
        assert!(known, "{name}");
    }
    let names: usize = clients().iter().map(|client| 1 + client.aliases.len()).sum();
    assert!(clients().len() >= 79 && names >= 100, "{} clients, {names} names", clients().len());
}

#[test]
fn the_page_of_clients_lists_every_one() {
    let page =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/clients.md")).expect("the page");
    for client in clients() {
        let mark = if client.unverified.is_some() { " *" } else { "" };
        let line = format!("| {}{mark} | {}", client.id, client.name);
        assert!(page.contains(&line), "docs/clients.md lacks {line}");
    }
}

#[test]
fn codex_settings_that_a_company_distributes_are_read_through_the_base64_in_them() {
    use base64::Engine;
    let case = Case::new();
    let secret = case.secret("{alnum:40}");
    let config =
        format!("[mcp_servers.tickets]\ncommand = \"npx\"\n[mcp_servers.tickets.env]\nACME_API_KEY = \"{secret}\"\n");
    let encoded = base64::engine::general_purpose::STANDARD.encode(config);
    let xml = format!(
        "<?xml version=\"1.0\"?>\n<plist version=\"1.0\"><dict>\n<key>config_toml_base64</key>\n<string>{encoded}</string>\n</dict></plist>\n"
    );
    // A binary property list holds the same string in one piece.
    let mut binary = b"bplist00\xd1\x01\x02_\x10\x12config_toml_base64_\x11\x00\xff".to_vec();
    binary.extend_from_slice(encoded.as_bytes());
    binary.extend_from_slice(b"\x00\x08\x0b\xff\xfe");
    for bytes in [xml.into_bytes(), binary] {
        let case = Case::new().raw("Managed Preferences/com.openai.codex.plist", bytes);
        let report = case.scan([".", "-f", "json", "--fail-on", "none"]).exits(0).json();
        let place = &report["credentials"][0]["occurrences"][0];
        assert_eq!(
            (&place["client"], &place["server"], &place["slot"]),
            (&"codex".into(), &"tickets".into(), &"env".into()),
            "{report:#}"
        );
        assert_eq!(place["pointer"], "/mcp_servers/tickets/env/ACME_API_KEY");
        assert_eq!(report["servers"][0]["name"], "tickets");
    }
}

/// A binary property list: a string, a dictionary of entries, or a list of values.
enum Listed<'t> {
    Text(&'t str),
    Map(Vec<(&'t str, Listed<'t>)>),
    List(Vec<Listed<'t>>),
}

impl Listed<'_> {
    /// Appends the objects and returns the number of this one; text that is not ASCII is UTF-16, as macOS writes it.
    fn write(&self, wide: bool, objects: &mut Vec<Vec<u8>>) -> u8 {
        let number = objects.len() as u8;
        objects.push(Vec::new());
        let head = |kind: u8, length: usize| vec![kind << 4 | 0xf, 0x10, length as u8];
        objects[usize::from(number)] = match self {
            Listed::Text(text) if wide => {
                let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
                [head(6, units.len() / 2), units].concat()
            }
            Listed::Text(text) => [head(5, text.len()), text.as_bytes().to_vec()].concat(),
            Listed::Map(entries) => {
                let keys: Vec<u8> = entries.iter().map(|(key, _)| Listed::Text(key).write(false, objects)).collect();
                let values: Vec<u8> = entries.iter().map(|(_, value)| value.write(wide, objects)).collect();
                [head(0xd, entries.len()), keys, values].concat()
            }
            Listed::List(items) => {
                let items: Vec<u8> = items.iter().map(|item| item.write(wide, objects)).collect();
                [head(0xa, items.len()), items].concat()
            }
        };
        number
    }

    fn bytes(&self, wide: bool) -> Vec<u8> {
        let mut objects = Vec::new();
        self.write(wide, &mut objects);
        let mut bytes = b"bplist00".to_vec();
        let mut table = Vec::new();
        for object in &objects {
            table.extend((bytes.len() as u16).to_be_bytes());
            bytes.extend(object);
        }
        let at = bytes.len() as u64;
        bytes.extend(table);
        bytes.extend([0, 0, 0, 0, 0, 0, 2, 1]);
        bytes.extend([objects.len() as u64, 0, at].into_iter().flat_map(u64::to_be_bytes));
        bytes
    }
}

#[test]
fn property_lists_are_read_in_xml_and_in_binary_alike() {
    for wide in [false, true] {
        let case = Case::new();
        let secret = case.secret("{alnum:40}");
        let list = Listed::Map(vec![
            ("Label", Listed::Text("io.acme.github-mcp")),
            ("ProgramArguments", Listed::List(vec![Listed::Text("npx"), Listed::Text("@acme/tickets-mcp")])),
            ("EnvironmentVariables", Listed::Map(vec![("ACME_API_KEY", Listed::Text(&secret))])),
        ]);
        let bytes = list.bytes(wide);
        let written: Vec<u8> =
            if wide { secret.encode_utf16().flat_map(u16::to_be_bytes).collect() } else { secret.clone().into_bytes() };
        let at = bytes.windows(written.len()).position(|window| window == written).expect("it is there");
        let case = case.raw("home/Library/LaunchAgents/io.acme.plist", bytes);
        let report = case.run(["discover", "--home", "home", "-f", "json"]).exits(1).never_shows(&secret).json();
        let place = &report["credentials"][0]["occurrences"][0];
        let told = ["slot", "pointer", "variable"].map(|key| place[key].as_str().unwrap_or_default());
        assert_eq!(told, ["env", "/EnvironmentVariables/ACME_API_KEY", "ACME_API_KEY"], "{report:#}");
        assert_eq!(place["region"]["byteOffset"], at);
        assert_eq!(place["region"]["byteLength"], written.len());
        assert_eq!(report["credentials"].as_array().map(Vec::len), Some(1), "the raw bytes are no second one");
    }
}

#[test]
fn what_stands_outside_of_all_servers_of_a_config_has_the_pointer_of_its_string() {
    let case = Case::new();
    let (key, other) = (case.secret_of("{alnum:40}", 1), case.secret_of("ghp_{alnum:30}{crc32-github}", 2));
    let secrets = format!("openai:\n  api_key: \"{key}\"\nmcp:\n  servers: {{}}\n");
    let settings = format!("{{\"lsp\": {{\"a/b\": [\"--token {other}\"]}}}}\n");
    let case = case.raw("mcp_agent.secrets.yaml", secrets).raw(".zed/settings.json", settings);
    let report = case.scan([".", "-f", "json", "--exit-zero"]).exits(0).json();
    let credentials = report["credentials"].as_array().expect("credentials");
    let mut told: Vec<_> = credentials
        .iter()
        .map(|credential| &credential["occurrences"][0])
        .map(|place| [&place["path"], &place["client"], &place["pointer"]].map(|text| text.as_str().unwrap_or("-")))
        .collect();
    told.sort();
    assert_eq!(
        told,
        [[".zed/settings.json", "zed", "/lsp/a~1b/0"], ["mcp_agent.secrets.yaml", "mcp-agent", "/openai/api_key"]]
    );
}
