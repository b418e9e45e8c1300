//! Places beside client configs in which the variables of programs stand: containers, clusters, units, jobs, editors.

mod catalogue;
mod cluster;
mod container;
mod image;
mod markup;
mod settings;
mod unit;

#[cfg(test)]
mod tests;

pub(super) use container::single;

use super::node::Node;
use super::reading::Reading;
use super::slots::Program;
use super::{ReferenceKind, Syntax, json, shapes, slots, toml, yaml};
use crate::detector::name::Role;
use crate::span::Text;

/// Larger texts are scanned as text only.
const MAX_BYTES: usize = 8 << 20;

/// What a text is, by its path and its first lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Catalogue,
    Compose,
    Cluster,
    Inspected,
    Settings(settings::Kind),
    Unit,
    Image,
    PropertyList,
    RunConfiguration,
}

/// Reads a text as one of the places. `None` where it is none: told by path and first lines, before anything is parsed.
#[must_use]
pub fn read<'a>(path: &str, text: &'a str) -> Option<Reading<'a>> {
    let kind = kind(path, text)?;
    if text.len() > MAX_BYTES {
        return None;
    }
    let mut reading = Reading::default();
    match kind {
        Kind::Unit => unit::read(&mut reading, text),
        Kind::Image => image::read(&mut reading, text),
        Kind::PropertyList => markup::property_list(&mut reading, text),
        Kind::RunConfiguration => markup::run_configuration(&mut reading, text),
        Kind::Catalogue | Kind::Compose | Kind::Cluster | Kind::Inspected | Kind::Settings(_) => {
            let tree = tree(text)?;
            match kind {
                Kind::Catalogue => catalogue::read(&mut reading, &tree),
                Kind::Compose => container::compose(&mut reading, &tree),
                Kind::Cluster => cluster::read(&mut reading, &tree),
                Kind::Inspected => container::inspected(&mut reading, &tree),
                Kind::Settings(kind) => settings::read(&mut reading, &tree, kind),
                _ => {}
            }
        }
    }
    // What other programs fill in is told only where it is a secret's address or belongs to a server.
    reading.references.retain(|reference| {
        reference.slot.server.is_some() || (reference.kind == ReferenceKind::Store && reference.role == Role::Secret)
    });
    let nothing = reading.values.is_empty() && reading.references.is_empty() && reading.servers.is_empty();
    (!nothing).then_some(reading)
}

fn tree(text: &str) -> Option<Node<'_>> {
    let json = text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']).starts_with(['{', '[']);
    if json { json::read(text).ok()? } else { yaml::read(text).ok()? }
}

fn kind(path: &str, text: &str) -> Option<Kind> {
    let lower = path.to_ascii_lowercase();
    let (directory, name) = lower.rsplit_once('/').unwrap_or(("", &lower));
    let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
    if let Some(kind) = settings::kind(directory, name) {
        return Some(Kind::Settings(kind));
    }
    match extension {
        "service" | "socket" | "timer" | "scope" => return Some(Kind::Unit),
        "conf" if directory.ends_with(".service.d") => return Some(Kind::Unit),
        "plist" => return text.contains("<plist").then_some(Kind::PropertyList),
        "xml" => {
            let runs = directory.ends_with("runconfigurations") || name.ends_with(".run.xml") || stem == "workspace";
            return runs.then_some(Kind::RunConfiguration);
        }
        "dockerfile" | "containerfile" => return Some(Kind::Image),
        _ if stem == "dockerfile" || name == "dockerfile" || stem == "containerfile" || name == "containerfile" => {
            return Some(Kind::Image);
        }
        "yaml" | "yml" | "json" | "" | "txt" | "out" | "log" | "dump" => {}
        _ => return None,
    }
    let begins = text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
    if begins.starts_with(['{', '[']) {
        let head = head(begins);
        return match () {
            () if head.contains("\"apiVersion\"") => Some(Kind::Cluster),
            () if begins.starts_with('[') && text.contains("\"Config\"") && text.contains("\"Env\"") => {
                Some(Kind::Inspected)
            }
            () if head.contains("\"services\"") => Some(Kind::Compose),
            () => None,
        };
    }
    if !matches!(extension, "yaml" | "yml") && !begins.starts_with("apiVersion:") && !begins.starts_with("services:") {
        return None;
    }
    let has = |start: &str| text.starts_with(start) || text.contains(&format!("\n{start}"));
    if has("apiVersion:") && has("kind:") || has("- apiVersion:") {
        Some(Kind::Cluster)
    } else if has("services:") {
        Some(Kind::Compose)
    } else if has("runtime:") && catalogue::CONFIGS.iter().any(|config| has(config)) {
        Some(Kind::Catalogue)
    } else {
        None
    }
}

/// The first bytes, up to a whole character.
fn head(text: &str) -> &str {
    let mut end = text.len().min(4096);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

/// Words of which a config that stands in a string has at least one.
const SERVERS: &[&str] = &["mcpServers", "mcp_servers", "context_servers", "\"servers\""];

/// Reads a string that holds a whole config, as ConfigMaps and jobs do; its values point at the string.
fn nested<'a>(reading: &mut Reading<'a>, name: &str, text: &Text<'a>, at: &str) -> bool {
    let value = text.as_str();
    if !SERVERS.iter().any(|word| value.contains(word)) {
        return false;
    }
    let syntax = match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("toml") => Syntax::Toml,
        Some("yaml" | "yml") => Syntax::Yaml,
        _ if value.trim_start().starts_with('{') => Syntax::Json,
        _ => Syntax::Yaml,
    };
    let tree = match syntax {
        Syntax::Json => json::read(value).ok().flatten(),
        Syntax::Toml => toml::read(value).ok(),
        _ => yaml::read(value).ok().flatten(),
    };
    let Some(tree) = tree.and_then(|tree| tree.lifted(text)) else { return false };
    let found = shapes::find(&tree, false);
    if found.entries.is_empty() {
        return false;
    }
    let (values, references) = (reading.values.len(), reading.references.len());
    slots::fill(reading, &tree, &found);
    reading.values.iter_mut().skip(values).for_each(|value| value.slot.pointer = Some(at.to_owned()));
    reading.references.iter_mut().skip(references).for_each(|it| it.slot.pointer = Some(at.to_owned()));
    true
}

/// The words of a command line: a list, or a line that is split as a shell does.
fn words<'a>(node: Option<&Node<'a>>) -> Vec<Text<'a>> {
    match node {
        Some(Node::Text(text)) => slots::words_of(text),
        Some(Node::List(items)) => items
            .iter()
            .filter_map(|item| if let Node::Text(text) | Node::Number(text) = item { Some(text.clone()) } else { None })
            .collect(),
        _ => Vec::new(),
    }
}

/// The text of a key of a map.
fn text<'t, 'a>(node: &'t Node<'a>, key: &str) -> Option<&'t Text<'a>> {
    if let Some(Node::Text(text)) = node.get(key) { Some(text) } else { None }
}
