//! Containers: the services of a compose file, and what `docker inspect` says of those that run.

use super::{Node, Program, Reading, nested, text, words};
use crate::client::node::{Entry, pointer};
use crate::client::slot::SlotKind;
use crate::span::{Span, Text};

/// The services of a compose file, and of `docker compose config`.
pub(super) fn compose<'a>(reading: &mut Reading<'a>, tree: &Node<'a>) {
    let Some(services) = tree.get("services") else { return };
    for Entry { key, node } in services.entries() {
        let at = pointer("/services", key.as_str());
        let mut line = words(node.get("entrypoint"));
        line.extend(words(node.get("command")));
        let program = Program::of(Some(key.as_str()), text(node, "image"), line);
        program.tell(reading, &at, key.span());
        if let Some(environment) = node.get("environment") {
            program.variables(reading, &undoubled(environment), &pointer(&at, "environment"));
        }
        if let Some(build) = node.get("build").and_then(|build| build.get("args")) {
            let below = pointer(&pointer(&at, "build"), "args");
            Program::default().variables(reading, &undoubled(build), &below);
        }
        for key in ["entrypoint", "command"] {
            if let Some(line) = node.get(key) {
                program.arguments(reading, &undoubled(line), &pointer(&at, key));
            }
        }
        env_files(reading, &program, node, &at);
    }
    for (list, key) in [("configs", "content"), ("secrets", "content")] {
        for Entry { key: name, node } in tree.get(list).map(Node::entries).unwrap_or_default() {
            let at = pointer(&pointer(&pointer("", list), name.as_str()), key);
            if let Some(content) = text(node, key)
                && !nested(reading, name.as_str(), content, &at)
                && list == "secrets"
            {
                Program::default().value(reading, SlotKind::Text, name.as_str(), content.clone(), &at);
            }
        }
    }
}

fn env_files<'a>(reading: &mut Reading<'a>, program: &Program, service: &Node<'a>, at: &str) {
    let at = pointer(at, "env_file");
    match service.get("env_file") {
        Some(Node::Text(path)) => program.file(reading, path, &at),
        Some(Node::List(items)) => {
            for (index, item) in items.iter().enumerate() {
                let below = pointer(&at, &index.to_string());
                match item {
                    Node::Text(path) => program.file(reading, path, &below),
                    map => {
                        if let Some(path) = text(map, "path") {
                            program.file(reading, path, &pointer(&below, "path"));
                        }
                    }
                }
            }
        }
        _ => {}
    }
}

/// The same with `$$`, by which compose files write a dollar, as one.
fn undoubled<'a>(node: &Node<'a>) -> Node<'a> {
    match node {
        Node::Map(entries) => Node::Map(
            entries.iter().map(|entry| Entry { key: entry.key.clone(), node: undoubled(&entry.node) }).collect(),
        ),
        Node::List(items) => Node::List(items.iter().map(undoubled).collect()),
        Node::Text(text) if text.as_str().contains("$$") => Node::Text(single(text)),
        other => other.clone(),
    }
}

pub(in crate::client) fn single<'a>(text: &Text<'a>) -> Text<'a> {
    let (mut value, mut table) = (String::new(), Vec::new());
    let mut characters = text.as_str().char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        if character == '$' && characters.peek().is_some_and(|next| next.1 == '$') {
            characters.next();
        }
        value.push(character);
        table.extend(std::iter::repeat_n(at, character.len_utf8()));
    }
    table.push(text.as_str().len());
    text.layer(value, &table).unwrap_or_else(|| text.clone())
}

/// `docker inspect`: a list of containers or images.
pub(super) fn inspected<'a>(reading: &mut Reading<'a>, tree: &Node<'a>) {
    for (index, item) in tree.items().iter().enumerate() {
        let at = pointer("", &index.to_string());
        let Some(config) = item.get("Config") else { continue };
        let below = pointer(&at, "Config");
        let name = text(item, "Name").map(|name| name.as_str().trim_start_matches('/'));
        let mut line = words(config.get("Entrypoint"));
        line.extend(words(config.get("Cmd")));
        let image = text(config, "Image").or_else(|| item.get("RepoTags").and_then(|tags| first(tags)));
        let program = Program::of(name, image, line);
        program.tell(reading, &at, image.map_or(Span::default(), Text::span));
        if let Some(variables) = config.get("Env") {
            program.variables(reading, variables, &pointer(&below, "Env"));
        }
        if let Some(labels) = config.get("Labels") {
            Program::default().variables(reading, labels, &pointer(&below, "Labels"));
        }
        for key in ["Entrypoint", "Cmd"] {
            if let Some(line) = config.get(key) {
                program.arguments(reading, line, &pointer(&below, key));
            }
        }
        if let Some(line) = item.get("Args") {
            program.arguments(reading, line, &pointer(&at, "Args"));
        }
    }
}

fn first<'t, 'a>(list: &'t Node<'a>) -> Option<&'t Text<'a>> {
    if let Some(Node::Text(text)) = list.items().first() { Some(text) } else { None }
}
