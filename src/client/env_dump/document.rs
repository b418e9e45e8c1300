//! Dumps that are documents: what containers were started with, what a cluster says, a map of the variables.

use std::borrow::Cow;

use super::Assignment;
use crate::client::node::{MAX_DEPTH, Node, pointer};
use crate::client::place::single;
use crate::span::Text;

/// The variables of a document, each with the pointer to its value.
pub(crate) fn of<'a>(tree: &Node<'a>) -> Vec<Assignment<'a>> {
    let mut found = Vec::new();
    walk(tree, "", &mut found, 0);
    if found.is_empty() {
        whole(tree, &mut found);
    }
    if tree.get("services").is_some() {
        // A compose file writes a dollar as two.
        for assignment in found.iter_mut().filter(|assignment| assignment.text.as_str().contains("$$")) {
            assignment.text = single(&assignment.text);
        }
    }
    found
}

fn walk<'a>(node: &Node<'a>, at: &str, found: &mut Vec<Assignment<'a>>, depth: usize) {
    if depth > MAX_DEPTH {
        return;
    }
    for (index, item) in node.items().iter().enumerate() {
        walk(item, &pointer(at, &index.to_string()), found, depth + 1);
    }
    for entry in node.entries() {
        let key = entry.key.as_str();
        let below = pointer(at, key);
        match key {
            "Env" | "env" | "environment" | "Environment" | "environ" => environment(&entry.node, &below, found),
            "data" | "stringData" if is_kind(node, "ConfigMap") || key == "stringData" => {
                environment(&entry.node, &below, found);
            }
            "data" if is_kind(node, "Secret") => encoded(&entry.node, &below, found),
            _ => walk(&entry.node, &below, found, depth + 1),
        }
    }
}

fn is_kind(node: &Node<'_>, kind: &str) -> bool {
    node.get("kind").and_then(Node::text) == Some(kind)
}

/// Variables in any of the ways in which they are listed: `"K=V"`, `{name, value}`, `K: V`.
fn environment<'a>(node: &Node<'a>, at: &str, found: &mut Vec<Assignment<'a>>) {
    for entry in node.entries() {
        let key = entry.key.as_str();
        if let Node::Text(text) | Node::Number(text) = &entry.node {
            found.push(Assignment {
                name: Cow::Owned(key.to_owned()),
                text: text.clone(),
                pointer: Some(pointer(at, key)),
            });
        }
    }
    for (index, item) in node.items().iter().enumerate() {
        let below = pointer(at, &index.to_string());
        match item {
            Node::Text(text) => found.extend(pair(text, below)),
            map => {
                let name = ["name", "Name", "key", "Key"].iter().find_map(|key| map.get(key).and_then(Node::text));
                let value = ["value", "Value"].iter().find_map(|key| Some((*key, map.get(key)?)));
                if let (Some(name), Some((key, Node::Text(text) | Node::Number(text)))) = (name, value) {
                    let pointer = Some(pointer(&below, key));
                    found.push(Assignment { name: Cow::Owned(name.to_owned()), text: text.clone(), pointer });
                }
            }
        }
    }
}

fn pair<'a>(text: &Text<'a>, at: String) -> Option<Assignment<'a>> {
    let name = super::lines::name(text.as_str())?.to_owned();
    let value = text.slice(name.len() + 1..text.as_str().len())?;
    Some(Assignment { name: Cow::Owned(name), text: value, pointer: Some(at) })
}

/// The values of a Kubernetes secret are written in base64.
fn encoded<'a>(node: &Node<'a>, at: &str, found: &mut Vec<Assignment<'a>>) {
    for entry in node.entries() {
        let key = entry.key.as_str();
        if let Node::Text(text) = &entry.node
            && let Some(value) = text.through(crate::span::decode::base64)
        {
            found.push(Assignment { name: Cow::Owned(key.to_owned()), text: value, pointer: Some(pointer(at, key)) });
        }
    }
}

/// A document that is nothing but the variables: a map, or a list of pairs, as programs print their environment.
fn whole<'a>(tree: &Node<'a>, found: &mut Vec<Assignment<'a>>) {
    let plain = tree.entries().iter().all(|entry| matches!(entry.node, Node::Text(_) | Node::Number(_)));
    if plain || !tree.items().is_empty() {
        environment(tree, "", found);
    }
}
