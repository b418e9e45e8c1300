//! Walks every string of every server entry and says which slot each value stands in.

mod args;
mod container;
mod program;
mod target;
mod url;
mod value;
mod words;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::ReferenceKind;
use super::known::{self, Known, Says, Server, Where};
use super::node::{Entry, MAX_DEPTH, Node, pointer};
use super::reading::{Reading, Reference, ServerEntry, SlotValue};
use super::reference::holds_token;
use super::shapes::{Found, ServerNode};
use super::slot::{Slot, SlotKind};
use crate::detector::Facts;
use crate::detector::name::{self, Role};
use crate::span::{Span, Text};
use container::Container;
pub(super) use program::Program;
pub(super) use target::host as host_of;
pub use target::is_server_command;
pub(crate) use words::of as words_of;

/// Fills a reading with the slots of the entries that were found in its tree.
pub(super) fn fill<'a>(reading: &mut Reading<'a>, tree: &Node<'a>, found: &Found<'_, 'a>) {
    for entry in &found.entries {
        server(reading, entry);
    }
    for (at, inputs) in &found.inputs {
        let mut visit = Visit::new(reading, None, None, None);
        for (index, input) in inputs.items().iter().enumerate() {
            visit.reading.inputs.extend(input.get("id").and_then(Node::text).map(str::to_owned));
            visit.input(input, &pointer(at, &index.to_string()));
        }
    }
    if reading.client.is_some() || !found.entries.is_empty() {
        declared(reading, tree);
    }
    // Settings of a known client may set variables for all of its servers.
    if reading.client.is_some() {
        for key in ["env", "containerEnv", "remoteEnv", "userConfig"] {
            let at = pointer("", key);
            if let Some(env) = tree.get(key).filter(|_| !found.entries.iter().any(|entry| entry.pointer == at)) {
                Visit::new(reading, None, None, None).node(env, &at, "env", Container::Env, 0);
            }
        }
        // Clients that keep one key of their own beside what they were told of servers.
        for key in ["apiKey", "encryptionKey"].into_iter().filter(|_| found.entries.is_empty()) {
            if let Some(Node::Text(text)) = tree.get(key) {
                let mut visit = Visit::new(reading, None, None, None);
                let place = visit.place(Container::Other, &pointer("", key), key);
                visit.value(&Place { role: Role::Secret, ..place }, text.clone(), 0);
            }
        }
    }
}

/// What an extension asks its user for: a default may be the credential itself.
fn declared<'a>(reading: &mut Reading<'a>, tree: &Node<'a>) {
    let Some(config) = tree.get("user_config") else { return };
    for Entry { key, node } in config.entries() {
        let Some(Node::Text(text)) = node.get("default") else { continue };
        let hidden = node.get("sensitive") == Some(&Node::Flag(true));
        let at = pointer(&pointer("/user_config", key.as_str()), "default");
        Visit::new(reading, None, None, None).default(key.as_str(), hidden, &at, text);
    }
}

fn server<'a>(reading: &mut Reading<'a>, entry: &ServerNode<'_, 'a>) {
    let name = entry.name.as_deref().map(Arc::from);
    let target::Target { name: target, kind, known } = target::of(entry.name.as_deref(), entry.node);
    reading.servers.push(ServerEntry {
        name: name.clone(),
        target: target.clone(),
        kind,
        pointer: entry.pointer.clone(),
        known: known.map(|known| known.server.id),
        span: entry.span,
        client: None,
    });
    Visit::new(reading, name, target, known).node(entry.node, &entry.pointer, "", Container::Other, 0);
}

/// The place of a value that is being looked at.
#[derive(Clone)]
struct Place {
    kind: SlotKind,
    /// Pointer to the string of the config in which the value stands.
    pointer: Arc<str>,
    variable: Option<String>,
    role: Role,
    issuer: Option<&'static str>,
    /// An auth scheme may stand before the value.
    header: bool,
    /// The value is where the server is called, so that a long path segment of its URL may be a key.
    hosted: bool,
}

/// One walk over one server entry.
struct Visit<'r, 'a> {
    reading: &'r mut Reading<'a>,
    server: Option<Arc<str>>,
    target: Option<Arc<str>>,
    known: Option<Known>,
    client: Option<&'static str>,
}

impl<'r, 'a> Visit<'r, 'a> {
    fn new(
        reading: &'r mut Reading<'a>,
        server: Option<Arc<str>>,
        target: Option<Arc<str>>,
        known: Option<Known>,
    ) -> Self {
        let client = reading.client;
        Self { reading, server, target, known, client }
    }

    fn node(&mut self, node: &Node<'a>, at: &str, key: &str, container: Container, depth: usize) {
        if depth > MAX_DEPTH {
            return;
        }
        match node {
            Node::Map(_) if container.holds_pairs() && self.named_value(node, at, container, depth) => {}
            Node::Map(entries) => {
                // The words of a command and its arguments belong together, wherever the program stands.
                for Entry { key, node } in entries {
                    let key = key.as_str();
                    self.node(node, &pointer(at, key), key, container.below(key, node), depth + 1);
                }
            }
            Node::List(items) if container == Container::Args => self.list_of_args(items, at, depth),
            Node::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    let below = pointer(at, &index.to_string());
                    match item {
                        Node::Text(text) => self.list_item(text, &below, key, container),
                        other => self.node(other, &below, key, container, depth + 1),
                    }
                }
            }
            Node::Text(text) => self.leaf(text.clone(), at, key, container),
            Node::Number(text) => {
                let place = self.place(container, at, key);
                // A number is a credential only where one is expected: a PIN, a numeric token.
                if place.role == Role::Secret && container != Container::Args {
                    self.emit(&place, text.clone());
                }
            }
            Node::Flag(_) | Node::Other => {}
        }
    }

    /// `{name: "K", value: "V"}`, as registries and Kubernetes write a variable, a header or an argument.
    fn named_value(&mut self, node: &Node<'a>, at: &str, container: Container, depth: usize) -> bool {
        let Some(name) = ["name", "key"].iter().find_map(|key| node.get(key).and_then(Node::text)) else {
            return false;
        };
        let Some((key, value)) = ["value", "default"]
            .into_iter()
            .find_map(|key| Some((key, node.get(key).filter(|value| !value.is_map())?)))
        else {
            return false;
        };
        let below = pointer(at, key);
        match (container, value) {
            (Container::Args, Node::Text(text)) => {
                let place = self.argument(&below, Some(name));
                self.value(&place, text.clone(), 0);
            }
            _ => self.node(value, &below, name, container, depth + 1),
        }
        true
    }

    fn list_of_args(&mut self, items: &[Node<'a>], at: &str, depth: usize) {
        let mut list = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let below = pointer(at, &index.to_string());
            match item {
                Node::Text(text) | Node::Number(text) => list.push((text.clone(), Arc::from(below))),
                other => self.node(other, &below, "", Container::Args, depth + 1),
            }
        }
        self.args(&list, 0);
    }

    /// `env: ["K=V"]`, `headers: ["K: V"]`, `env_vars: ["NAME"]`.
    fn list_item(&mut self, text: &Text<'a>, at: &str, key: &str, container: Container) {
        let split = match container {
            Container::Env => text.as_str().split_once('='),
            Container::Header => text.as_str().split_once(':'),
            _ => None,
        };
        let Some((name, value)) = split else { return self.leaf(text.clone(), at, key, container) };
        let from = text.as_str().len() - value.len();
        let place = self.place(container, at, name.trim());
        if let Some(value) = text.slice(from..text.as_str().len()) {
            self.value(&place, value, 0);
        }
    }

    fn leaf(&mut self, text: Text<'a>, at: &str, key: &str, container: Container) {
        match container {
            Container::Args => {
                let pointer: Arc<str> = Arc::from(at);
                let list: Vec<_> = words::of(&text).into_iter().map(|word| (word, Arc::clone(&pointer))).collect();
                self.args(&list, 0);
            }
            Container::EnvNames | Container::HeaderNames => self.name(&text, at, key, container),
            Container::File => {
                let span = text.span();
                self.reference(&self.place(container, at, key), ReferenceKind::File, text.as_str().to_owned(), span);
            }
            _ => {
                let place = self.place(container, at, key);
                self.value(&place, text, 0);
            }
        }
    }

    /// A field whose value is the name of a variable; if it is not, somebody wrote the credential itself.
    fn name(&mut self, text: &Text<'a>, at: &str, key: &str, container: Container) {
        // A list of names: each is the variable's own.
        let listed = container == Container::EnvNames && super::reference::is_variable_name(text.as_str());
        let place = self.place(container, at, if listed { text.as_str() } else { key });
        if super::reference::is_variable_name(text.as_str()) {
            let name = text.as_str().to_owned();
            self.reference(&place, ReferenceKind::Variable, name, text.span());
        } else {
            self.value(&Place { role: Role::Secret, ..place }, text.clone(), 0);
        }
    }

    /// A declared input: its default may be the credential itself.
    fn input(&mut self, input: &Node<'a>, at: &str) {
        let Some(Node::Text(text)) = input.get("default") else { return };
        let id = input.get("id").and_then(Node::text).unwrap_or_default();
        let hidden = input.get("password") == Some(&Node::Flag(true))
            && input.get("type").and_then(Node::text).is_none_or(|kind| kind == "promptString");
        // What fills the slot of a credential is one.
        let fills = |it: &Reference| it.kind == ReferenceKind::Input && it.name == id && it.role == Role::Secret;
        let hidden = hidden || self.reading.references.iter().any(fills);
        self.default(id, hidden, &pointer(at, "default"), text);
    }

    /// The default of something that the user is asked for.
    fn default(&mut self, id: &str, hidden: bool, at: &str, text: &Text<'a>) {
        let place = Place {
            kind: SlotKind::Input,
            pointer: Arc::from(at),
            variable: Some(id.to_owned()).filter(|id| !id.is_empty()),
            role: if hidden { Role::Secret } else { name::role(id) },
            issuer: None,
            header: false,
            hosted: false,
        };
        self.value(&place, text.clone(), 0);
    }

    /// The place of a leaf by its key and what it stands in.
    fn place(&self, container: Container, at: &str, key: &str) -> Place {
        let kind = container.kind(key, self.known.is_some() || self.target.is_some());
        let (role, issuer) = self.role(container, key);
        Place {
            kind,
            pointer: Arc::from(at),
            variable: Some(key.to_owned()).filter(|key| !key.is_empty() && container != Container::Url),
            role,
            issuer,
            header: container == Container::Header,
            hosted: container == Container::Url,
        }
    }

    /// Whether a name is that of a credential here, and whose.
    fn role(&self, container: Container, key: &str) -> (Role, Option<&'static str>) {
        if let Some(known) = self.known {
            let place = match container {
                Container::Header | Container::HeaderNames => Where::Header,
                Container::Args => Where::Argument,
                _ => Where::Variable,
            };
            match known.says(place, key, container::is_generic_secret(key)) {
                Says::Secret(issuer) => return (Role::Secret, issuer),
                Says::NotSecret => return (Role::NotSecret, None),
                Says::Nothing => {}
            }
        }
        let role = match container {
            Container::Header if container::is_auth_header(key) => Role::Secret,
            Container::Oauth if container::is_oauth_secret(key) => Role::Secret,
            Container::Other if container::is_oauth_secret(key) => Role::Secret,
            _ => name::role(key.trim_start_matches('-')),
        };
        (role, None)
    }

    fn argument(&self, at: &str, variable: Option<&str>) -> Place {
        let (role, issuer) = variable.map_or((Role::Neutral, None), |name| self.role(Container::Args, name));
        Place {
            kind: SlotKind::Arg,
            pointer: Arc::from(at),
            variable: variable.map(str::to_owned),
            role,
            issuer,
            header: false,
            hosted: variable.is_none(),
        }
    }

    fn slot(&self, place: &Place) -> Slot {
        Slot {
            kind: place.kind,
            client: self.client,
            server: self.server.clone(),
            target: self.target.clone(),
            pointer: Some(place.pointer.to_string()),
            // Base64 ends in `=`, so a credential may be taken for the name of an assignment. Names are shown.
            variable: place.variable.clone().filter(|name| !holds_token(name)),
            issuer: place.issuer,
        }
    }

    fn emit(&mut self, place: &Place, text: Text<'a>) {
        if !text.as_str().is_empty() {
            let slot = self.slot(place);
            self.reading.values.push(SlotValue {
                slot,
                text,
                role: place.role,
                issuer: place.issuer,
                facts: Facts::default(),
            });
        }
    }

    fn reference(&mut self, place: &Place, kind: ReferenceKind, name: String, span: Span) {
        // A URL is looked at in parts and as a whole: the part, which came first, says more.
        if self.reading.references.iter().rev().take(16).any(|known| known.span == span) {
            return;
        }
        let slot = self.slot(place);
        let reference = Reference { slot, name, kind, role: place.role, has_default: false, span };
        self.reading.references.push(reference);
    }
}

/// The known server at a host, for the parts of a URL that points elsewhere than its entry.
fn server_at(host: &str) -> Option<&'static Server> {
    known::of_host(host)
}
