//! Reads a server entry that stands outside of a config file: in a link that installs it, in a command that adds it.

use super::node::{Entry, Node};
use super::reading::Reading;
use super::shapes::{self, Found, ServerNode};
use super::{SlotKind, json, known, slots, toml};
use crate::detector::name::Role;
use crate::span::Text;

/// Reads JSON that holds one server, or a map of servers in any of the known wrappers; `name` is what a lone one is called.
pub(crate) fn of_json(config: &Text<'_>, client: Option<&'static str>, name: Option<&str>) -> Option<Reading<'static>> {
    let tree = json::read(config.as_str()).ok()??.lifted(config)?;
    of_tree(&tree, client, name)
}

/// Reads one assignment of TOML, as options write it.
pub(crate) fn of_toml(config: &Text<'_>, client: Option<&'static str>) -> Option<Reading<'static>> {
    let tree = toml::read(config.as_str()).ok()?.lifted(config)?;
    of_tree(&tree, client, None)
}

/// Reads a tree that holds one server or a map of servers.
pub(crate) fn of_tree<'a>(tree: &Node<'a>, client: Option<&'static str>, name: Option<&str>) -> Option<Reading<'a>> {
    let mut found = shapes::find(tree, true);
    if found.entries.is_empty() {
        if !tree.is_map() {
            return None;
        }
        let own = tree.get("name").and_then(Node::text);
        let mut span = None;
        tree.each_span(&mut |text| span = span.or(Some(text)));
        found.entries.push(ServerNode {
            name: name.or(own).map(str::to_owned),
            pointer: String::new(),
            node: tree,
            span: span.unwrap_or_default(),
        });
        if let Some(inputs) = tree.get("inputs").filter(|inputs| !inputs.items().is_empty()) {
            found.inputs.push(("/inputs".to_owned(), inputs));
        }
    }
    let mut reading = Reading { client, ..Reading::default() };
    slots::fill(&mut reading, tree, &found);
    Some(reading)
}

/// Adds the defaults of a JSON list of declared inputs to a reading.
pub(crate) fn add_inputs(reading: &mut Reading<'static>, inputs: &Text<'_>) {
    let Some(list) = json::read(inputs.as_str()).ok().flatten().and_then(|tree| tree.lifted(inputs)) else { return };
    let found = Found { inputs: vec![("/inputs".to_owned(), &list)], ..Found::default() };
    slots::fill(reading, &Node::Other, &found);
}

/// Reads what a command line gives to a server: its variables, its headers, and the words of the command it runs, or the
/// URL that it is called at before them.
pub(crate) fn of_words<'a>(
    name: Option<&str>,
    client: Option<&'static str>,
    variables: Vec<Text<'a>>,
    headers: Vec<Text<'a>>,
    mut words: Vec<Text<'a>>,
) -> Option<Reading<'a>> {
    let list = |texts: Vec<Text<'a>>| Node::List(texts.into_iter().map(Node::Text).collect());
    let entry = |key: &'static str, node| Entry { key: Text::verbatim(key, 0), node };
    let remote = words.first().is_some_and(|word| is_url(word.as_str())).then(|| words.remove(0));
    let mut entries = vec![entry("env", list(variables)), entry("headers", list(headers))];
    entries.extend(remote.map(|url| entry("url", Node::Text(url))));
    entries.push(entry("args", list(words)));
    let mut reading = of_tree(&Node::Map(entries), client, name)?;
    for value in &mut reading.values {
        value.slot.kind = SlotKind::CommandLine;
        // There is no config to point into.
        value.slot.pointer = None;
    }
    Some(reading)
}

fn is_url(word: &str) -> bool {
    ["http://", "https://", "ws://", "wss://"].iter().any(|scheme| word.starts_with(scheme))
}

/// Reads a pair that is given to a server as a secret, whatever it is called.
pub(crate) fn of_secret<'a>(server: Option<&str>, pair: Text<'a>) -> Option<Reading<'a>> {
    let issuer = known::of_entry(server, None, &[], None).and_then(|known| known.server.own_issuer());
    let mut reading = of_words(server, None, vec![pair], Vec::new(), Vec::new())?;
    for value in &mut reading.values {
        value.role = Role::Secret;
        value.issuer = value.issuer.or(issuer);
        value.slot.issuer = value.slot.issuer.or(issuer);
    }
    Some(reading)
}
