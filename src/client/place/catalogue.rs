//! An entry of Obot's catalogue: one server in a file of its own, with the values that are the same for everybody.
//!
//! Shape: `apiclient/types/mcpserver.go` of <https://github.com/obot-platform/obot>.

use super::{Node, Program, Reading, text};
use crate::client::node::pointer;
use crate::client::slot::SlotKind;
use crate::span::{Span, Text};

/// Whose it is, in `rules/clients.toml`.
const OBOT: &str = "obot";
/// The keys of what is run or called, as lines of the file begin with them.
pub(super) const CONFIGS: [&str; 4] = ["npxConfig:", "uvxConfig:", "containerizedConfig:", "remoteConfig:"];

pub(super) fn read<'a>(reading: &mut Reading<'a>, tree: &Node<'a>) {
    let config = |key: &str| tree.get(key.trim_end_matches(':'));
    let name = tree.get("name").and_then(Node::text);
    let run = CONFIGS.iter().find_map(|key| Some((key.trim_end_matches(':'), config(key)?)));
    let Some((kind, run)) = run else { return };
    let image = text(run, "image").filter(|_| kind == "containerizedConfig");
    let package = text(run, "package");
    let words = match (kind, package) {
        ("npxConfig", Some(package)) => vec![Text::verbatim("npx", 0), Text::verbatim("-y", 0), package.clone()],
        ("uvxConfig", Some(package)) => vec![Text::verbatim("uvx", 0), package.clone()],
        _ => Vec::new(),
    };
    let called = text(run, "fixedURL").or_else(|| text(run, "url"));
    let program = Program::server(name, image, words).kept_by(OBOT);
    let program = match called {
        Some(url) => program.called(url.as_str()),
        None => program,
    };
    let told = image.or(package).or(called);
    program.tell(reading, "", told.map_or_else(Span::default, Text::span));
    let at = pointer("", kind);
    if let Some(arguments) = run.get("args") {
        program.words(reading, arguments, &pointer(&at, "args"));
    }
    values(reading, &program, SlotKind::Env, tree.get("env"), &pointer("", "env"));
    values(reading, &program, SlotKind::Header, run.get("headers"), &pointer(&at, "headers"));
    // What an entry asks its users for, it may name wherever it likes.
    let asked = tree.get("env").map(Node::items).unwrap_or_default();
    let asked = |name: &str| asked.iter().any(|item| item.get("key").and_then(Node::text) == Some(name));
    reading.references.retain(|reference| !asked(&reference.name));
}

/// The values of a list of what a server needs; most are left to whoever uses it.
fn values<'a>(reading: &mut Reading<'a>, program: &Program, kind: SlotKind, list: Option<&Node<'a>>, at: &str) {
    for (index, item) in list.map(Node::items).unwrap_or_default().iter().enumerate() {
        if let (Some(key), Some(Node::Text(value))) = (item.get("key").and_then(Node::text), item.get("value")) {
            let at = pointer(&pointer(at, &index.to_string()), "value");
            program.value(reading, kind, key, value.clone(), &at);
        }
    }
}
