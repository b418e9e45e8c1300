//! Reads links that install a server into a client (`cursor://…`, `vscode:mcp/install?…`) wherever they are written.

use std::ops::Range;

use super::entry;
use super::node::{Entry, Node};
use super::reading::Reading;
use crate::span::{Text, decode};

/// What each kind of link holds, to be looked for in text. One of these stands in every link that is read.
pub const MARKS: &[&str] = &[
    "mcp/install?",
    "mcp%2Finstall%3F",
    "mcp%2finstall%3f",
    "mcp:/install?",
    "mcp-install?",
    "install-mcp?",
    "mcp/add?",
    "mcp-import?",
    "add_mcp?",
    "goose://extension?",
];

/// Most bytes before the mark.
const BEFORE: usize = 256;
/// Most bytes of a link.
const LONGEST: usize = 128 * 1024;
/// How often a parameter is decoded until a config appears.
const LAYERS: usize = 5;
/// How often a link holds another link.
const LINKS: usize = 3;

/// Words of the beginning of a link and the client that follows it. The first that is met counts.
const CLIENTS: &[(&str, &str)] = &[
    ("cursor://", "cursor"),
    ("cursor.com/", "cursor"),
    ("cursor.sh/", "cursor"),
    ("vscode-insiders:", "vscode"),
    ("vscode:", "vscode"),
    ("vscode.dev/", "vscode"),
    ("vsweb+mcp:", "visual-studio"),
    ("vs-open.link/", "visual-studio"),
    ("lmstudio", "lm-studio"),
    ("kiro", "kiro"),
    ("goose://", "goose"),
    ("cherrystudio://", "cherry-studio"),
    ("deepchat://", "deepchat"),
    ("windsurf", "windsurf"),
    ("trae", "trae"),
    ("raycast://", "raycast"),
];

/// Parameters that hold a config.
const CONFIGS: &[&str] = &["config", "servers", "code", "json", "mcp"];

/// A link and what it installs.
#[derive(Debug)]
pub struct DeepLink {
    /// Where it stands.
    pub run: Range<usize>,
    /// Its values, with places in the text that was given; `None` where its config does not parse.
    pub reading: Option<Reading<'static>>,
}

/// Reads the link around one of the [`MARKS`]; `None` where `mark` is out of bounds.
#[must_use]
pub fn read(text: &[u8], mark: Range<usize>) -> Option<DeepLink> {
    let run = run(text, mark)?;
    let raw = Text::verbatim(text.get(run.clone())?.utf8_chunks().next()?.valid(), run.start);
    let link = raw.through(decode::entities).unwrap_or(raw);
    Some(DeepLink { run, reading: follow(&link, 0) })
}

/// The bytes of the link around its mark.
#[must_use]
pub fn run(text: &[u8], mark: Range<usize>) -> Option<Range<usize>> {
    let part = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'<' | b'>' | b'`' | b'\\');
    let before = text.get(mark.start.saturating_sub(BEFORE)..mark.start)?;
    let open = |byte: u8| matches!(byte, b'\'' | b'(' | b'[' | b'{' | b',' | b';');
    let start = mark.start - before.iter().rev().take_while(|&&byte| part(byte) && !open(byte)).count();
    let quoted = start.checked_sub(1).and_then(|at| text.get(at)) == Some(&b'\'');
    let rest = text.get(mark.end..text.len().min(mark.end.saturating_add(LONGEST)))?;
    if rest.first() == Some(&b'{') {
        // Written without escapes, blanks and quotes included.
        return Some(start..mark.end + braces(rest).unwrap_or(rest.len()));
    }
    let mut depth = 0_usize;
    let mut len = 0;
    for &byte in rest {
        match byte {
            b'(' => depth += 1,
            b')' if depth == 0 => break,
            b')' => depth -= 1,
            b'\'' if quoted => break,
            _ if !part(byte) => break,
            _ => {}
        }
        len += 1;
    }
    Some(start..mark.end + len)
}

/// Length of the JSON object at the start of `bytes`.
pub(crate) fn braces(bytes: &[u8]) -> Option<usize> {
    let (mut depth, mut quoted, mut at) = (0_usize, false, 0);
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' if quoted => at += 1,
            b'"' => quoted = !quoted,
            b'{' if !quoted => depth += 1,
            b'}' if !quoted => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
        at += 1;
    }
    None
}

/// The config in a link, or in the link that it redirects to.
fn follow(link: &Text<'_>, links: usize) -> Option<Reading<'static>> {
    let whole = link.as_str();
    let (head, rest) = whole.split_once('?')?;
    let client = client(head);
    let start = whole.len() - rest.len();
    if rest.starts_with('{')
        || rest.get(..3).is_some_and(|lead| lead.eq_ignore_ascii_case("%7b"))
        || rest.starts_with("%257")
    {
        let config = config(link.slice(start..whole.len())?)?;
        return entry::of_json(&config, client, None);
    }
    let parameters = parameters(link, start, rest);
    let named = |name: &str| parameters.iter().find(|(key, _)| *key == name).map(|(_, value)| value);
    if let Some(url) = named("url")
        && links < LINKS
        && head.contains("redirect")
    {
        let mut inner = url.clone();
        for _ in 0..LAYERS {
            if inner.as_str().contains('?') {
                return follow(&inner, links + 1);
            }
            inner = inner.through(|text| decode::percent(text, false))?;
        }
        return None;
    }
    let name = named("name").or_else(|| named("id")).map(plain);
    let name = name.as_ref().map(Text::as_str);
    if head.contains("goose://extension") {
        return goose(&parameters, client, name);
    }
    let config = CONFIGS.iter().find_map(|key| named(key)).and_then(|value| config(value.clone()));
    let mut reading = match config {
        Some(config) => entry::of_json(&config, client, name)?,
        None => return None,
    };
    if let Some(inputs) = named("inputs").and_then(|value| self::config(value.clone())) {
        entry::add_inputs(&mut reading, &inputs);
    }
    Some(reading)
}

/// The parameters of a query, still escaped. A fragment ends it.
fn parameters<'k, 'a>(link: &Text<'a>, start: usize, query: &'k str) -> Vec<(&'k str, Text<'a>)> {
    let query = query.split('#').next().unwrap_or(query);
    let mut at = start;
    let mut found = Vec::new();
    for pair in query.split('&') {
        let end = at + pair.len();
        if let Some((key, value)) = pair.split_once('=') {
            found.extend(link.slice(end - value.len()..end).map(|value| (key, value)));
        }
        at = end + 1;
    }
    found
}

/// A parameter without its escapes.
fn plain<'a>(value: &Text<'a>) -> Text<'a> {
    value.through(|text| decode::percent(text, true)).unwrap_or_else(|| value.clone())
}

/// Decodes a parameter until JSON appears.
fn config(mut value: Text<'_>) -> Option<Text<'_>> {
    for _ in 0..LAYERS {
        let text = value.as_str();
        let body = text.trim_start();
        if body.starts_with(['{', '[']) {
            return Some(value);
        }
        value = if text.contains('%') {
            // Forms write blanks as plus; whoever escapes braces escapes a plus too.
            let plus =
                text.get(..3).is_some_and(|lead| lead.eq_ignore_ascii_case("%7b") || lead.eq_ignore_ascii_case("%5b"));
            value.through(|text| decode::percent(text, plus))?
        } else {
            value.through(decode::base64)?
        };
    }
    None
}

/// `cmd`, `arg`, `env=NAME=value` and `url`, each in a parameter of its own.
fn goose(
    parameters: &[(&str, Text<'_>)],
    client: Option<&'static str>,
    name: Option<&str>,
) -> Option<Reading<'static>> {
    let texts = |key: &str| -> Vec<Node<'static>> {
        let values = parameters.iter().filter(|(known, _)| *known == key).map(|(_, value)| plain(value));
        values.map(|value| Node::Text(value.owned())).collect()
    };
    let entry = |key: &'static str, node| Entry { key: Text::verbatim(key, 0), node };
    let mut entries = vec![
        entry("env", Node::List(texts("env"))),
        entry("headers", Node::List(texts("header"))),
        entry("args", Node::List(texts("cmd").into_iter().chain(texts("arg")).collect())),
    ];
    entries.extend(texts("url").into_iter().next().map(|url| entry("url", url)));
    entry::of_tree(&Node::Map(entries), client, name)
}

fn client(head: &str) -> Option<&'static str> {
    CLIENTS.iter().find(|(word, _)| head.contains(word)).map(|(_, client)| *client)
}

#[cfg(test)]
mod tests {
    use ::base64::Engine;
    use ::base64::engine::general_purpose::STANDARD_NO_PAD;
    use proptest::prelude::*;

    use super::*;

    fn found(text: &str) -> Option<DeepLink> {
        let (at, mark) = MARKS.iter().find_map(|mark| Some((text.find(mark)?, mark)))?;
        read(text.as_bytes(), at..at + mark.len())
    }

    #[test]
    fn a_link_names_client_server_variable_and_place() {
        let config = r#"{"command":"npx","env":{"A_TOKEN":"value-1"}}"#;
        let text = format!(
            "[x](cursor://anysphere.cursor-deeplink/mcp/install?name=my%20db&config={}) y",
            STANDARD_NO_PAD.encode(config)
        );
        let link = found(&text).unwrap();
        assert_eq!(&text[link.run.end..], ") y");
        let value =
            link.reading.as_ref().unwrap().values.iter().find(|value| value.text.as_str() == "value-1").unwrap();
        assert_eq!((value.slot.client, value.slot.server.as_deref()), (Some("cursor"), Some("my db")));
        assert_eq!(
            (value.slot.pointer.as_deref(), value.slot.variable.as_deref()),
            (Some("/env/A_TOKEN"), Some("A_TOKEN"))
        );
        let span = value.text.span();
        assert!(link.run.contains(&span.start) && span.len() >= 9 && span.len() <= 12);
    }

    proptest! {
        #[test]
        fn any_link_is_read_without_panic_and_within_bounds(tail in "[-a-zA-Z0-9=%&{}\":#?/+ λ]{0,120}", mark in 0..MARKS.len()) {
            let text = format!("a vscode:{}{tail}", MARKS[mark]);
            let at = 9;
            if let Some(link) = read(text.as_bytes(), at..at + MARKS[mark].len()) {
                prop_assert!(link.run.end <= text.len());
                for value in link.reading.iter().flat_map(|reading| &reading.values) {
                    prop_assert!(value.text.span().end <= text.len());
                }
            }
        }
    }
}
