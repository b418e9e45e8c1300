//! Reads every recipe in `fixtures/clients/<client>/`: a config with `<<n>>` for credentials, and where each is to be found.

use std::path::Path;

use serde::Deserialize;

use super::secret;
use crate::client::clients;
use crate::detector::name::Role;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Recipe {
    /// Path of the config, of which the end tells the client.
    path: String,
    /// The config.
    config: String,
    /// What is to be found, and nothing else.
    #[serde(default)]
    credential: Vec<Expected>,
    /// Names of the references.
    #[serde(default)]
    references: Vec<String>,
    /// The config does not parse, and this line is said to be at fault.
    malformed: Option<u32>,
    /// The config does not parse, and nothing but its content would tell whose it is.
    #[serde(default)]
    untold: bool,
}

#[derive(Deserialize, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[serde(deny_unknown_fields)]
struct Expected {
    number: u64,
    slot: String,
    #[serde(default)]
    pointer: String,
    server: Option<String>,
    variable: Option<String>,
}

#[test]
fn every_recipe_gives_its_credentials_and_no_others() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/clients");
    let (mut count, mut wrong) = (0, Vec::new());
    for client in std::fs::read_dir(root).expect("the fixtures") {
        let client = client.expect("an entry");
        let id = client.file_name().into_string().expect("a name");
        assert!(clients().iter().any(|known| known.id == id), "fixtures for an unknown client: {id}");
        for file in std::fs::read_dir(client.path()).expect("a folder") {
            let file = file.expect("an entry").path();
            let text = std::fs::read_to_string(&file).expect("readable");
            let recipe: Recipe = toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
            wrong.extend(complaint(&id, &recipe).map(|text| format!("{}: {text}", file.display())));
            count += 1;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count >= 300, "{count} recipes");
}

#[test]
fn every_client_has_the_four_recipes_or_says_why_no_config_of_it_can_be_read() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/clients");
    for client in clients() {
        for name in ["minimal", "full", "commented", "malformed"] {
            let path = root.join(client.id).join(format!("{name}.toml"));
            assert_eq!(path.is_file(), client.unread.is_none(), "{}", path.display());
        }
        // What is read is told by a path, or else by what stands in it.
        let told = client.by_content == client.paths.is_empty();
        assert!(client.unread.is_some() || told, "{}", client.id);
    }
}

/// What is not as the recipe says.
fn complaint(id: &str, recipe: &Recipe) -> Option<String> {
    let mut raw = recipe.config.clone();
    for expected in &recipe.credential {
        raw = raw.replace(&format!("<<{}>>", expected.number), &secret(100 + expected.number));
    }
    let read = crate::client::read(&recipe.path, &raw);
    let read = match read {
        Ok(None) => Ok(crate::client::place::read(&recipe.path, &raw)),
        read => read,
    };
    if recipe.untold {
        return (!matches!(read, Ok(None))).then(|| "is read".to_owned());
    }
    if let Some(line) = recipe.malformed {
        let at = read.err().map(|error| error.line);
        return (at != Some(line)).then(|| format!("at fault is line {at:?}, not {line}"));
    }
    let Ok(Some(reading)) = read else { return Some(format!("is not read: {:?}", read.err())) };
    let mut found: Vec<Expected> = reading
        .values
        .iter()
        .filter(|value| value.role == Role::Secret)
        .map(|value| Expected {
            number: recipe
                .credential
                .iter()
                .find(|expected| secret(100 + expected.number) == value.text.as_str())
                .map_or(0, |expected| expected.number),
            slot: value.slot.kind.as_str().to_owned(),
            pointer: value.slot.pointer.clone().unwrap_or_default(),
            server: value.slot.server.as_deref().map(str::to_owned),
            variable: value.slot.variable.clone(),
        })
        .collect();
    found.sort();
    let mut expected: Vec<&Expected> = recipe.credential.iter().collect();
    expected.sort();
    let names: Vec<&str> = reading.references.iter().map(|reference| reference.name.as_str()).collect();
    // A program or a manifest is no config: the entries in it are the client's.
    let entries = reading.servers.iter().all(|entry| entry.client == Some(id));
    let slots = reading.values.iter().all(|value| value.slot.client == Some(id));
    if reading.client != Some(id) && !(reading.client.is_none() && entries && slots) {
        Some(format!("is taken for the config of {:?}", reading.client))
    } else if found.iter().collect::<Vec<_>>() != expected {
        Some(format!("found {found:#?}"))
    } else if names != recipe.references {
        Some(format!("refers to {names:?}"))
    } else {
        None
    }
}

/// The configs of the recipes, with their paths; of those that all clients have, one a syntax.
fn configs() -> Vec<(String, String)> {
    const ONE: [&str; 6] = ["codex", "goose", "continue", "jetbrains-ai", "copilot-agents", "mcpb"];
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/clients");
    let wanted = |path: &Path| {
        let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
        let of_one = path.parent().is_some_and(|folder| ONE.iter().any(|id| folder.ends_with(id)));
        !["minimal", "full", "commented", "malformed"].contains(&name) || (name == "full" && of_one)
    };
    let folders = std::fs::read_dir(root).expect("the fixtures").map(|folder| folder.expect("an entry").path());
    let files = folders.flat_map(|folder| std::fs::read_dir(folder).expect("a folder"));
    files
        .map(|file| file.expect("an entry").path())
        .filter(|path| wanted(path))
        .map(|path| {
            let text = std::fs::read_to_string(path).expect("readable");
            let recipe: Recipe = toml::from_str(&text).expect("a recipe");
            (recipe.path, recipe.config.replace("<<", "value").replace(">>", "value"))
        })
        .collect()
}

#[test]
fn a_config_cut_or_changed_anywhere_is_read_or_refused_and_spans_slice_it() {
    for (path, config) in configs() {
        for (at, _) in config.char_indices().step_by(5) {
            for damage in ["", "\"", "{", "é", "\\", "\n", "${", ": ", "'", "#"] {
                let (head, tail) = config.split_at(at);
                let cut = if damage.is_empty() { head.to_owned() } else { format!("{head}{damage}{tail}") };
                let Ok(Some(reading)) = crate::client::read(&path, &cut) else { continue };
                for span in reading
                    .values
                    .iter()
                    .map(|value| value.text.span())
                    .chain(reading.references.iter().map(|found| found.span))
                {
                    assert!(cut.get(span.start..span.end).is_some(), "{path} at {at} with {damage:?}");
                }
            }
        }
    }
}
