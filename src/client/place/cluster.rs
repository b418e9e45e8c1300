//! Kubernetes: variables of containers, secrets, configs in ConfigMaps, servers that an operator runs, and what was last applied.

use super::{Node, Program, Reading, nested, text, words};
use crate::client::json;
use crate::client::node::{Entry, MAX_DEPTH, pointer};
use crate::client::slot::SlotKind;
use crate::span::{Text, decode};

/// The annotation in which `kubectl apply` keeps the whole manifest.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Who runs such servers, in `rules/clients.toml`.
const OPERATOR: &str = "toolhive-operator";

/// Manifests, as they are written and as a cluster gives them: one, several, or a `List`.
pub(super) fn read<'a>(reading: &mut Reading<'a>, tree: &Node<'a>) {
    documents(reading, tree, "", 0);
}

fn documents<'a>(reading: &mut Reading<'a>, tree: &Node<'a>, at: &str, depth: usize) {
    if depth > 3 {
        return;
    }
    for (index, item) in tree.items().iter().enumerate() {
        documents(reading, item, &pointer(at, &index.to_string()), depth + 1);
    }
    if let Some(items) = tree.get("items").filter(|items| !items.items().is_empty()) {
        documents(reading, items, &pointer(at, "items"), depth + 1);
    }
    if tree.get("kind").is_some() {
        manifest(reading, tree, at, depth);
    }
}

fn manifest<'a>(reading: &mut Reading<'a>, tree: &Node<'a>, at: &str, depth: usize) {
    let metadata = tree.get("metadata");
    let of = |key: &str| metadata.and_then(|metadata| metadata.get(key)).and_then(Node::text);
    let (name, namespace) = (of("name"), of("namespace"));
    match tree.get("kind").and_then(Node::text).unwrap_or_default() {
        "Secret" => {
            for (key, encoded) in [("data", true), ("stringData", false)] {
                secret(reading, tree, key, encoded, at);
            }
        }
        "ConfigMap" => {
            let below = pointer(at, "data");
            for Entry { key, node } in tree.get("data").map(Node::entries).unwrap_or_default() {
                if let Node::Text(text) = node {
                    let below = pointer(&below, key.as_str());
                    if !nested(reading, key.as_str(), text, &below) && !text.as_str().contains('\n') {
                        Program::default().value(reading, SlotKind::Text, key.as_str(), text.clone(), &below);
                    }
                }
            }
        }
        "MCPServer" | "VirtualMCPServer" | "MCPRemoteProxy" => {
            if let Some(spec) = tree.get("spec") {
                operated(reading, spec, name, namespace, &pointer(at, "spec"));
            }
        }
        _ => {}
    }
    containers(reading, tree, namespace, at, 0);
    let applied = metadata.and_then(|metadata| metadata.get("annotations")).and_then(|all| all.get(LAST_APPLIED));
    if let Some(Node::Text(applied)) = applied
        && let Some(inner) = json::read(applied.as_str()).ok().flatten().and_then(|tree| tree.lifted(applied))
    {
        let (values, references) = (reading.values.len(), reading.references.len());
        documents(reading, &inner, "", depth + 1);
        let at = pointer(&pointer(&pointer(at, "metadata"), "annotations"), LAST_APPLIED);
        reading.values.iter_mut().skip(values).for_each(|value| value.slot.pointer = Some(at.clone()));
        reading.references.iter_mut().skip(references).for_each(|it| it.slot.pointer = Some(at.clone()));
    }
}

fn secret<'a>(reading: &mut Reading<'a>, tree: &Node<'a>, list: &str, encoded: bool, at: &str) {
    let at = pointer(at, list);
    for Entry { key, node } in tree.get(list).map(Node::entries).unwrap_or_default() {
        let Node::Text(text) = node else { continue };
        let below = pointer(&at, key.as_str());
        let value = if encoded { text.through(decode::base64) } else { Some(text.clone()) };
        let Some(value) = value.and_then(without_end) else { continue };
        if !nested(reading, key.as_str(), &value, &below) {
            Program::default().value(reading, SlotKind::Text, key.as_str(), value, &below);
        }
    }
}

/// `echo` ends what it encodes with a line end.
fn without_end(text: Text<'_>) -> Option<Text<'_>> {
    let length = text.as_str().trim_end_matches(['\r', '\n']).len();
    if length == text.as_str().len() { Some(text) } else { text.slice(0..length) }
}

/// Looks for lists of containers wherever a kind of object keeps them.
fn containers<'a>(reading: &mut Reading<'a>, node: &Node<'a>, namespace: Option<&str>, at: &str, depth: usize) {
    if depth > MAX_DEPTH {
        return;
    }
    for Entry { key, node } in node.entries() {
        let below = pointer(at, key.as_str());
        if matches!(key.as_str(), "containers" | "initContainers" | "ephemeralContainers") {
            for (index, item) in node.items().iter().enumerate() {
                container(reading, item, namespace, &pointer(&below, &index.to_string()));
            }
        } else {
            containers(reading, node, namespace, &below, depth + 1);
        }
    }
    for (index, item) in node.items().iter().enumerate() {
        containers(reading, item, namespace, &pointer(at, &index.to_string()), depth + 1);
    }
}

fn container<'a>(reading: &mut Reading<'a>, node: &Node<'a>, namespace: Option<&str>, at: &str) {
    let mut line = words(node.get("command"));
    line.extend(words(node.get("args")));
    let program = Program::of(node.get("name").and_then(Node::text), text(node, "image"), line);
    if let Some(name) = text(node, "name") {
        program.tell(reading, at, name.span());
    }
    variables(reading, &program, node.get("env"), namespace, &pointer(at, "env"));
    for key in ["command", "args"] {
        if let Some(line) = node.get(key) {
            program.arguments(reading, line, &pointer(at, key));
        }
    }
}

/// A list of `{name, value}` or `{name, valueFrom}`.
fn variables<'a>(
    reading: &mut Reading<'a>,
    program: &Program,
    list: Option<&Node<'a>>,
    namespace: Option<&str>,
    at: &str,
) {
    for (index, item) in list.map(Node::items).unwrap_or_default().iter().enumerate() {
        let below = pointer(at, &index.to_string());
        let Some(name) = item.get("name").and_then(Node::text) else { continue };
        if let Some(Node::Text(value) | Node::Number(value)) = item.get("value") {
            program.variable(reading, name, value.clone(), &pointer(&below, "value"));
        }
        let stored = item.get("valueFrom").and_then(|from| from.get("secretKeyRef"));
        if let Some(stored) = stored
            && let (Some(secret), Some(key)) = (text(stored, "name"), text(stored, "key"))
        {
            let below = pointer(&pointer(&below, "valueFrom"), "secretKeyRef");
            program.stored(reading, name, address(namespace, secret.as_str(), key.as_str()), &below, key.span());
        }
    }
}

/// How a key of a secret is called in reports and inventories: `k8s:NAMESPACE/SECRET#KEY`.
fn address(namespace: Option<&str>, secret: &str, key: &str) -> String {
    match namespace {
        Some(namespace) => format!("k8s:{namespace}/{secret}#{key}"),
        None => format!("k8s:{secret}#{key}"),
    }
}

/// A server that an operator runs (ToolHive): its variables, and the secrets that it is given.
fn operated<'a>(reading: &mut Reading<'a>, spec: &Node<'a>, name: Option<&str>, namespace: Option<&str>, at: &str) {
    let program = Program::server(name, text(spec, "image"), Vec::new()).kept_by(OPERATOR);
    if let Some(image) = text(spec, "image") {
        program.tell(reading, at, image.span());
    }
    variables(reading, &program, spec.get("env"), namespace, &pointer(at, "env"));
    if let Some(line) = spec.get("args") {
        program.arguments(reading, line, &pointer(at, "args"));
    }
    let below = pointer(at, "secrets");
    for (index, item) in spec.get("secrets").map(Node::items).unwrap_or_default().iter().enumerate() {
        if let (Some(secret), Some(key)) = (text(item, "name"), text(item, "key")) {
            let variable = item.get("targetEnvName").and_then(Node::text).unwrap_or(key.as_str());
            let at = pointer(&below, &index.to_string());
            program.stored(reading, variable, address(namespace, secret.as_str(), key.as_str()), &at, key.span());
        }
    }
}
