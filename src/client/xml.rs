//! Reads XML into the common tree, as JetBrains IDEs serialise settings: what an element is called says less than its `name`.
//!
//! A `component` becomes a key by its name, a server in it a key by its own; `option`, `env` and `entry` become keys with
//! the values of their attributes, `list` and `map` what they are called. Wrappers without a name of their own leave no
//! trace, so that a pointer reads like that of a JSON config: `/McpApplicationServerCommands/github/envs/TOKEN`.

use super::node::{Entry, MAX_DEPTH, Node, implied};
use super::{SyntaxError, json, position};
use crate::span::{Text, decode};

/// Elements that are read; a settings file has some hundreds.
const MOST_ELEMENTS: usize = 200_000;

/// A name and a value.
type Attribute<'a> = (&'a str, Text<'a>);

/// An element that has been read: its name, its attributes, what it holds.
type Element<'a> = (&'a str, Vec<Attribute<'a>>, Node<'a>);

/// An element whose content is still being read.
struct Open<'a> {
    name: &'a str,
    attributes: Vec<Attribute<'a>>,
    children: Vec<Element<'a>>,
    text: Option<Text<'a>>,
}

/// Reads one document.
///
/// # Errors
/// Where the text is not XML, or is nested too deeply; with the place, never with the text.
pub(super) fn read(text: &str) -> Result<Node<'_>, SyntaxError> {
    let fail = |at: usize, message: &str| position(text, at, message);
    let top = Open { name: "", attributes: Vec::new(), children: Vec::new(), text: None };
    let mut stack = vec![top];
    let (mut at, mut elements) = (0, 0);
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let Some(open) = rest.find('<') else { break };
        let before = rest.get(..open).unwrap_or_default();
        if let Some(current) = stack.last_mut().filter(|_| !before.trim().is_empty()) {
            let start = at + (before.len() - before.trim_start().len());
            current.text = Some(unescaped(Text::verbatim(before.trim(), start)));
        }
        at += open;
        let rest = text.get(at..).unwrap_or_default();
        if let Some((mark, end)) = [("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>"), ("<!", ">")]
            .iter()
            .find(|(mark, _)| rest.starts_with(mark))
        {
            let inner = rest.get(mark.len()..).unwrap_or_default();
            let Some(len) = inner.find(end) else { return Err(fail(at, "not valid XML: something is not closed")) };
            if *mark == "<![CDATA["
                && let Some(current) = stack.last_mut()
            {
                current.text = inner.get(..len).map(|inner| Text::verbatim(inner, at + mark.len()));
            }
            at += mark.len() + len + end.len();
            continue;
        }
        let Some(tag) = tag(text, at) else { return Err(fail(at, "not valid XML: a tag is not closed")) };
        elements += 1;
        if elements > MOST_ELEMENTS || stack.len() > MAX_DEPTH {
            return Err(fail(at, "nested too deeply"));
        }
        at = tag.end;
        if tag.closes {
            let Some(done) = stack.pop().filter(|open| open.name == tag.name && !stack.is_empty()) else {
                return Err(fail(at, "not valid XML: a closing tag has no opening one"));
            };
            finish(&mut stack, done);
            continue;
        }
        let open = Open { name: tag.name, attributes: tag.attributes, children: Vec::new(), text: None };
        if tag.empty { finish(&mut stack, open) } else { stack.push(open) }
    }
    match (stack.pop(), stack.is_empty()) {
        (Some(top), true) => Ok(node(top)),
        _ => Err(fail(text.len(), "not valid XML: an element is not closed")),
    }
}

struct Tag<'a> {
    name: &'a str,
    attributes: Vec<Attribute<'a>>,
    closes: bool,
    empty: bool,
    end: usize,
}

/// The tag whose `<` stands at `at`.
fn tag(text: &str, at: usize) -> Option<Tag<'_>> {
    let bytes = text.as_bytes();
    let is_name = |byte: &u8| !byte.is_ascii_whitespace() && !b"=/>\"'<".contains(byte);
    let closes = bytes.get(at + 1) == Some(&b'/');
    let mut here = at + 1 + usize::from(closes);
    let span = |from: usize| from + bytes.iter().skip(from).take_while(|byte| is_name(byte)).count();
    let end = span(here);
    let name = text.get(here..end).filter(|name| !name.is_empty())?;
    here = end;
    let mut attributes = Vec::new();
    loop {
        match bytes.get(here)? {
            b'>' => return Some(Tag { name, attributes, closes, empty: false, end: here + 1 }),
            b'/' if bytes.get(here + 1) == Some(&b'>') => {
                return Some(Tag { name, attributes, closes, empty: true, end: here + 2 });
            }
            byte if byte.is_ascii_whitespace() => here += 1,
            byte if is_name(byte) => {
                let end = span(here);
                let key = text.get(here..end)?;
                here = end;
                while bytes.get(here).is_some_and(u8::is_ascii_whitespace) {
                    here += 1;
                }
                if bytes.get(here) != Some(&b'=') {
                    return None;
                }
                here += 1;
                while bytes.get(here).is_some_and(u8::is_ascii_whitespace) {
                    here += 1;
                }
                let quote = bytes.get(here).filter(|quote| b"\"'".contains(quote))?;
                let len = memchr::memchr(*quote, bytes.get(here + 1..)?)?;
                attributes.push((key, unescaped(Text::verbatim(text.get(here + 1..here + 1 + len)?, here + 1))));
                here += len + 2;
            }
            _ => return None,
        }
    }
}

fn unescaped(text: Text<'_>) -> Text<'_> {
    text.through(decode::entities).unwrap_or(text)
}

fn finish<'a>(stack: &mut [Open<'a>], mut done: Open<'a>) {
    let (name, attributes) = (done.name, std::mem::take(&mut done.attributes));
    let value = attributes.iter().find(|(key, _)| *key == "value").map(|(_, value)| value.clone());
    let inner = match value {
        Some(value) if done.children.is_empty() => leaf(value),
        _ => node(done),
    };
    if let Some(parent) = stack.last_mut() {
        parent.children.push((name, attributes, inner));
    }
}

/// A text, or the JSON document in it.
fn leaf(text: Text<'_>) -> Node<'_> {
    let document = text.as_str().trim_start().starts_with(['{', '[']);
    let tree = if document { json::read(text.as_str()).ok().flatten() } else { None };
    tree.and_then(|tree| tree.lifted(&text)).unwrap_or(Node::Text(text))
}

/// What an element holds, without its attributes.
fn node(open: Open<'_>) -> Node<'_> {
    let Open { name, mut children, text, .. } = open;
    if children.is_empty() {
        return text.map_or(Node::Other, leaf);
    }
    if matches!(name, "list" | "array" | "set") {
        return Node::List(children.into_iter().map(|(_, _, node)| node).collect());
    }
    if name == "dict" {
        return dict(children);
    }
    // A wrapper around the one thing that tells what it is.
    if let [(only, attributes, _)] = children.as_slice()
        && attributes.is_empty()
        && matches!(*only, "map" | "list" | "array" | "set" | "dict")
    {
        return children.pop().map_or(Node::Other, |(_, _, node)| node);
    }
    let mut entries = Vec::new();
    for (tag, attributes, inner) in children {
        let named = attributes.into_iter().find(|(key, _)| matches!(*key, "name" | "key")).map(|(_, name)| name);
        let own =
            || inner.get("name").and_then(|name| if let Node::Text(name) = name { Some(name.clone()) } else { None });
        match named.or_else(own) {
            Some(key) => entries.push(Entry { key, node: inner }),
            // `<commands>`, `<application>`: what is in them is what counts.
            None if inner.is_map() && !matches!(tag, "envs" | "env" | "headers" | "map") => {
                if let Node::Map(inner) = inner {
                    entries.extend(inner);
                }
            }
            None => entries.push(Entry { key: implied(tag), node: inner }),
        }
    }
    Node::Map(entries)
}

/// A property list's dictionary: keys and values in turns.
fn dict<'a>(children: Vec<Element<'a>>) -> Node<'a> {
    let mut entries = Vec::new();
    let mut key = None;
    for (tag, _, node) in children {
        match (tag, node) {
            ("key", Node::Text(text)) => key = Some(text),
            (_, node) => entries.extend(key.take().map(|key| Entry { key, node })),
        }
    }
    Node::Map(entries)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const CONFIG: &str = r#"<?xml version="1.0"?>
<application>
  <!-- a comment with <tags> -->
  <component name="McpApplicationServerCommands" modifiable="true">
    <commands>
      <McpServerCommand>
        <option name="enabled" value="true" />
        <option name="name" value="github" />
        <option name="programPath" value="npx" />
        <option name="arguments" value="-y pkg --k &quot;a b&quot;" />
        <envs><env name="TOKEN" value="a&amp;b" /></envs>
      </McpServerCommand>
      <McpServerConfigurationProperties>
        <option name="args"><list><option value="x" /><option value="y" /></list></option>
        <option name="env"><map><entry key="K" value="v" /></map></option>
        <option name="name" value="files" />
      </McpServerConfigurationProperties>
    </commands>
    <urls />
  </component>
</application>
"#;

    fn at<'t, 'a>(tree: &'t Node<'a>, path: &str) -> &'t Node<'a> {
        path.split('/').skip(1).fold(tree, |node, key| node.get(key).unwrap_or_else(|| panic!("no {key} in {node:?}")))
    }

    #[test]
    fn both_shapes_of_a_server_become_maps_under_its_name() {
        let tree = read(CONFIG).expect("reads");
        let servers = "/McpApplicationServerCommands";
        assert_eq!(at(&tree, &format!("{servers}/github/envs/TOKEN")).text(), Some("a&b"));
        assert_eq!(at(&tree, &format!("{servers}/github/arguments")).text(), Some("-y pkg --k \"a b\""));
        assert_eq!(at(&tree, &format!("{servers}/files/env/K")).text(), Some("v"));
        assert_eq!(at(&tree, &format!("{servers}/files/args")).items().len(), 2);
    }

    #[test]
    fn a_value_with_entities_points_at_its_raw_bytes() {
        let tree = read(CONFIG).expect("reads");
        let Node::Text(text) = at(&tree, "/McpApplicationServerCommands/github/envs/TOKEN") else { panic!("a text") };
        let span = text.span();
        assert_eq!(&CONFIG[span.start..span.end], "a&amp;b");
    }

    #[test]
    fn a_property_list_is_a_map() {
        let tree = read(
            "<plist><dict><key>a</key><string>x</string><key>b</key><array><string>y</string></array></dict></plist>",
        );
        let tree = tree.expect("reads");
        assert_eq!(at(&tree, "/a").text(), Some("x"));
        assert_eq!(at(&tree, "/b").items().len(), 1);
    }

    #[test]
    fn broken_and_deep_documents_are_errors_without_the_text() {
        for raw in ["<a hunter2", "<a>hunter2", "<a></b>", "</a>", "<!-- hunter2", "<a b=hunter2>"] {
            let error = read(raw).expect_err(raw);
            assert!(!format!("{error:?}").contains("hunter2"), "{raw}");
        }
        assert!(read(&"<a>".repeat(5000)).is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_and_spans_slice_it(raw in "\\PC{0,60}|[<>/=\"'a-c &;!\\-\n\u{e9}]{0,80}") {
            if let Ok(tree) = read(&raw) {
                tree.each_span(&mut |span| assert!(raw.get(span.start..span.end).is_some()));
            }
        }
    }
}
