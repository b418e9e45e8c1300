//! Property lists of launchd and run configurations of JetBrains: variables in XML, entities undone.

use super::{Program, Reading};
use crate::client::node::{Node, pointer};
use crate::span::{Text, decode};

/// The text between two places, without its entities.
fn plain<'a>(text: &'a str, start: usize, end: usize) -> Option<Text<'a>> {
    let raw = Text::verbatim(text.get(start..end)?, start);
    Some(raw.through(decode::entities).unwrap_or(raw))
}

/// The elements of a flat scan: name, attributes or content, in order. Comments are passed over.
struct Tag<'a> {
    /// Name, with a `/` in front where it closes.
    name: &'a str,
    start: usize,
    /// Behind its `>`.
    end: usize,
}

fn tags(text: &str) -> Vec<Tag<'_>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(open) = text.get(at..).and_then(|rest| rest.find('<')) {
        let start = at + open;
        let rest = text.get(start..).unwrap_or_default();
        if rest.starts_with("<!--") {
            at = rest.find("-->").map_or(text.len(), |end| start + end + 3);
            continue;
        }
        let Some(close) = rest.find('>') else { break };
        let inner = rest.get(1..close).unwrap_or_default();
        let name = inner.split([' ', '\t', '\r', '\n']).next().unwrap_or_default();
        found.push(Tag { name, start, end: start + close + 1 });
        at = start + close + 1;
    }
    found
}

/// `EnvironmentVariables` and `ProgramArguments` of a property list in XML.
pub(super) fn property_list<'a>(reading: &mut Reading<'a>, text: &'a str) {
    let tags = tags(text);
    let content = |index: usize| {
        let (open, close) = (tags.get(index)?, tags.get(index + 1)?);
        plain(text, open.end, close.start)
    };
    let key = |index: usize| content(index).filter(|_| tags.get(index).is_some_and(|tag| tag.name == "key"));
    let section = |wanted: &str| (0..tags.len()).find(|at| key(*at).is_some_and(|key| key.as_str() == wanted));
    let strings = |from: usize, end: &str| -> Vec<usize> {
        let inside = (from..tags.len()).take_while(|at| tags.get(*at).is_some_and(|tag| tag.name != end));
        inside.filter(|at| tags.get(*at).is_some_and(|tag| tag.name == "string")).collect()
    };
    let arguments: Vec<Text<'a>> = section("ProgramArguments")
        .map(|at| strings(at, "/array").into_iter().filter_map(content).collect())
        .unwrap_or_default();
    let label = section("Label").and_then(|at| content(at + 2));
    let program = Program::of(label.as_ref().map(Text::as_str), None, arguments.clone());
    if let Some(label) = &label {
        program.tell(reading, "", label.span());
    }
    if let Some(at) = section("EnvironmentVariables") {
        for index in strings(at, "/dict") {
            // `<key>K</key><string>V</string>`: the key opens two tags before.
            let name = index.checked_sub(2).and_then(key);
            if let (Some(name), Some(value)) = (name, content(index)) {
                program.variable(reading, name.as_str(), value, &pointer("/EnvironmentVariables", name.as_str()));
            }
        }
    }
    let arguments = Node::List(arguments.into_iter().map(Node::Text).collect());
    program.arguments(reading, &arguments, "/ProgramArguments");
}

/// `<env name="K" value="V"/>` of a run configuration, and `<envs>` of plugins that write it so.
pub(super) fn run_configuration<'a>(reading: &mut Reading<'a>, text: &'a str) {
    let program = Program::default();
    for tag in tags(text).iter().filter(|tag| matches!(tag.name, "env" | "variable" | "entry")) {
        let of = |name: &str| attribute(text, tag, name);
        if let (Some(name), Some(value)) = (of("name").or_else(|| of("key")), of("value")) {
            program.variable(reading, name.as_str(), value, &format!("/env/{}", name.as_str()));
        }
    }
    for value in &mut reading.values {
        // There is no pointer into XML.
        value.slot.pointer = None;
    }
}

fn attribute<'a>(text: &'a str, tag: &Tag<'_>, name: &str) -> Option<Text<'a>> {
    let inner = text.get(tag.start..tag.end)?;
    let at = inner.match_indices(name).find_map(|(at, _)| {
        let before = inner.as_bytes().get(at.checked_sub(1)?)?.is_ascii_whitespace();
        let rest = inner.get(at + name.len()..)?.trim_start().strip_prefix('=')?.trim_start();
        (before && rest.starts_with(['"', '\''])).then(|| inner.len() - rest.len())
    })?;
    let quote = inner.get(at..)?.chars().next()?;
    let length = inner.get(at + 1..)?.find(quote)?;
    plain(text, tag.start + at + 1, tag.start + at + 1 + length)
}
