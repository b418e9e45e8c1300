//! Reads one text as a client's config: which syntax, which server entries, which values.

use std::sync::{Arc, LazyLock};

use aho_corasick::AhoCorasick;

use super::node::{Entry, Node};
use super::{
    Client, ReferenceKind, Slot, SlotKind, Store, Syntax, crushrc, json, program, recognise, shapes, signs, slots,
    template, token_store, toml, xml, yaml,
};
use crate::detector::Facts;
use crate::detector::name::Role;
use crate::span::{LineIndex, Span, Text};

/// Larger texts are scanned as text only: no client writes such a config, and a tree costs a multiple of its text.
const MAX_BYTES: usize = 32 << 20;

/// Words of which each server map has at least one; the cheap way to say no.
static MARKERS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    AhoCorasick::new([
        "mcp",
        "Mcp",
        "MCP",
        "modelcontextprotocol",
        "context_servers",
        "modelContextProtocolServers",
        "\"servers\"",
        "\"command\"",
        "\"serverUrl\"",
        "extensions:",
        "access_token",
        "accessToken",
    ])
    .ok()
});

/// What a config holds.
#[derive(Debug, Clone, Default)]
pub struct Reading<'a> {
    /// Id of the client whose config this is, where the path tells.
    pub client: Option<&'static str>,
    /// Literal values, those most specific first: a part of a URL comes before the URL that holds it.
    pub values: Vec<SlotValue<'a>>,
    /// What stands in for a value: variables, inputs, files, secret stores.
    pub references: Vec<Reference>,
    /// The server entries, in the order they were written.
    pub servers: Vec<ServerEntry>,
    /// Ids of the inputs that the config declares.
    pub inputs: Vec<String>,
}

/// A literal value (or the literal part of one) and the slot that holds it.
#[derive(Debug, Clone)]
pub struct SlotValue<'a> {
    /// The place.
    pub slot: Slot,
    /// The canonical value: unescaped, without an auth scheme, percent-decoded in the userinfo and query of a URL.
    pub text: Text<'a>,
    /// Whether the slot holds a credential.
    pub role: Role,
    /// Who issues what this slot holds, where the server is known.
    pub issuer: Option<&'static str>,
    /// What stands beside a token: whose it is, when it expires.
    pub facts: Facts,
}

/// A value that names a credential and does not hold it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The place.
    pub slot: Slot,
    /// Name of the variable, input or secret, or the reference itself for a secret store.
    pub name: String,
    /// What is at the other end.
    pub kind: ReferenceKind,
    /// Whether the slot holds a credential.
    pub role: Role,
    /// Something else is used where nothing is found.
    pub has_default: bool,
    /// Where it is written.
    pub span: Span,
}

/// What the target of a server entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TargetKind {
    /// A package or module that a runner fetches.
    Package,
    /// An image of a container.
    Image,
    /// A host that is called.
    Host,
    /// A program of the machine.
    Command,
}

impl TargetKind {
    /// The word used in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Package => "package",
            Self::Image => "image",
            Self::Host => "host",
            Self::Command => "command",
        }
    }
}

/// One server entry of a config.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ServerEntry {
    /// Its name; none in a list of nameless entries.
    pub name: Option<Arc<str>>,
    /// What it runs or calls: package, image, host or command.
    pub target: Option<Arc<str>>,
    /// Which of these it is.
    pub kind: Option<TargetKind>,
    /// Pointer to the entry.
    pub pointer: String,
    /// Id in `rules/servers/`, where the server is known.
    pub known: Option<&'static str>,
    /// Where its name (or, in a list, its first text) stands.
    pub span: Span,
    /// Id of the client, where the entry tells it and not the file.
    pub client: Option<&'static str>,
}

/// A config that does not parse. Tells the place and never quotes the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {message}")]
pub struct SyntaxError {
    /// 1-based line.
    pub line: u32,
    /// 1-based column, in code points.
    pub column: u32,
    /// What is wrong.
    pub message: String,
}

/// The error at a byte offset.
pub(crate) fn position(text: &str, at: usize, message: &str) -> SyntaxError {
    let (line, column) = LineIndex::new(text.as_bytes(), 1).position(at);
    SyntaxError { line, column, message: message.to_owned() }
}

/// Reads a text as a config. `Ok(None)` where it is neither a known client's config nor holds a server map.
///
/// # Errors
/// Where `path` is a known client's config and the text does not parse. Any other text that does not parse is
/// `Ok(None)`: it is somebody else's file.
pub fn read<'a>(path: &str, text: &'a str) -> Result<Option<Reading<'a>>, SyntaxError> {
    let client = recognise(path);
    // Not the config of a client, but its store of tokens.
    let store = if client.is_none() { token_store::owner(path) } else { None };
    read_of(client, store, path, text)
}

/// The same for a path that is known to be no client's: asking once more costs as much as many a text.
#[must_use]
pub(crate) fn read_unclaimed<'a>(path: &str, text: &'a str) -> Option<Reading<'a>> {
    read_of(None, None, path, text).ok().flatten()
}

fn read_of<'a>(
    client: Option<&'static Client>,
    store: Option<&'static Store>,
    path: &str,
    text: &'a str,
) -> Result<Option<Reading<'a>>, SyntaxError> {
    let known = client.is_some() || store.is_some();
    if client.is_none() && is_program(path) && !begins_as_json(text) {
        return Ok(if text.len() > MAX_BYTES { None } else { program::read(text) });
    }
    let Some(syntax) = syntax(path, text, client.map(|client| client.syntax)) else { return Ok(None) };
    // A bare `servers` stands in many a file: in these syntaxes one of MCP is told by what it starts.
    let started = || matches!(syntax, Syntax::Yaml | Syntax::Toml) && is_started(text);
    let marked = known || is_marked(text);
    if !marked && !started() {
        return Ok(None);
    }
    if !known && !signs::may_hold(syntax, text) {
        return Ok(None);
    }
    if text.len() > MAX_BYTES {
        return if known { Err(position(text, 0, "too large to be read as a config")) } else { Ok(None) };
    }
    let tree = match parse(syntax, path, text) {
        Ok(Some(tree)) => tree,
        Ok(None) => return Ok(None),
        Err(error) if known => filled(syntax, path, text).ok_or(error)?,
        Err(_) => return Ok(None),
    };
    let found = shapes::find(&tree, client.is_some());
    if !marked && found.entries.is_empty() {
        return Ok(None);
    }
    let id = client.map(|client| client.id).or_else(|| store.and_then(|store| store.client));
    let mut reading = Reading { client: id.or(found.client), ..Reading::default() };
    // One file name, two owners: Visual Studio writes `servers` where Claude Code writes `mcpServers`.
    if reading.client == Some("claude-code") && path.ends_with(".mcp.json") && found.servers_key {
        reading.client = Some("visual-studio");
    }
    slots::fill(&mut reading, &tree, &found);
    token_store::fill(&mut reading, &tree);
    if !known && reading.servers.is_empty() && reading.values.is_empty() {
        return Ok(None);
    }
    if is_crushrc(path) {
        reading.values.iter_mut().for_each(|value| value.slot.kind = SlotKind::CommandLine);
    }
    Ok(Some(reading))
}

/// The tree of a config, known or not; `None` where it is too large, does not parse or has no syntax that is known.
pub(super) fn tree<'a>(path: &str, text: &'a str) -> Option<Node<'a>> {
    let syntax = syntax(path, text, recognise(path).map(|client| client.syntax))?;
    if text.len() > MAX_BYTES { None } else { parse(syntax, path, text).ok()? }
}

/// Whether a word stands in the text without which it holds no server map and no token.
fn is_marked(text: &str) -> bool {
    let bytes = text.as_bytes();
    MARKERS.iter().flat_map(|markers| markers.find_iter(text)).any(|found| {
        let behind = bytes.get(found.end()..).unwrap_or_default();
        match bytes.get(found.range()) {
            // By chance these letters stand in a digest too.
            Some(b"mcp" | b"Mcp" | b"MCP") => !is_within_digits(bytes, found.range()),
            Some([b'"', ..]) => is_key(behind),
            // The description of an interface has a parameter of that name.
            Some(b"access_token" | b"accessToken") => !opens_behind(behind),
            _ => true,
        }
    })
}

/// Whether what stands before this text is a key: a colon follows, or an equals sign.
pub(crate) fn is_key(behind: &[u8]) -> bool {
    matches!(behind.trim_ascii_start().first(), Some(b':' | b'='))
}

/// Whether a map or a list is the value of the key that ends here.
pub(super) fn opens_behind(behind: &[u8]) -> bool {
    let rest = behind.strip_prefix(b"\"").unwrap_or(behind).trim_ascii_start();
    rest.strip_prefix(b":").is_some_and(|value| matches!(value.trim_ascii_start().first(), Some(b'{' | b'[')))
}

/// Whether a word is a part of base64 that is longer than any name.
fn is_within_digits(text: &[u8], word: std::ops::Range<usize>) -> bool {
    const LONGEST_NAME: usize = 64;
    let is_digit = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let before = text.get(..word.start).unwrap_or_default().iter().rev().take(LONGEST_NAME).take_while(is_digit);
    let behind = text.get(word.end..).unwrap_or_default().iter().take(LONGEST_NAME).take_while(is_digit);
    before.count() + behind.count() > LONGEST_NAME
}

/// Crush's other config is a script.
fn is_crushrc(path: &str) -> bool {
    matches!(path.rsplit('/').next(), Some("crushrc" | ".crushrc"))
}

fn parse<'a>(syntax: Syntax, path: &str, text: &'a str) -> Result<Option<Node<'a>>, SyntaxError> {
    match syntax {
        _ if is_crushrc(path) => Ok(Some(crushrc::read(text))),
        Syntax::Json => json::read(text),
        Syntax::Toml => toml::read(text).map(Some),
        Syntax::Yaml => yaml::read(text),
        Syntax::Xml => xml::read(text).map(Some),
        Syntax::FrontMatter => front_matter(text),
        Syntax::Stored => json::read(text).map(|tree| tree.map(unfolded)),
        Syntax::Unread => Ok(None),
    }
}

/// The tree of a template that parses once its instructions are taken out.
fn filled(syntax: Syntax, path: &str, text: &str) -> Option<Node<'static>> {
    let blank = template::blanked(text)?;
    parse(syntax, path, &blank).ok()??.lifted(&Text::verbatim(text, 0))
}

/// The tree with the JSON in each of its strings in the place of the string.
fn unfolded(tree: Node<'_>) -> Node<'_> {
    let Node::Map(entries) = tree else { return tree };
    let inner = |node: &Node<'_>| match node {
        Node::Text(text) if begins_as_json(text.as_str()) => {
            json::read(text.as_str()).ok().flatten().and_then(|inner| inner.lifted(text))
        }
        _ => None,
    };
    let unfold = |Entry { key, node }| Entry { key, node: inner(&node).unwrap_or(node) };
    Node::Map(entries.into_iter().map(unfold).collect())
}

/// The YAML at the head of a Markdown text.
fn front_matter(text: &str) -> Result<Option<Node<'_>>, SyntaxError> {
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let Some(rest) = body.strip_prefix("---\n").or_else(|| body.strip_prefix("---\r\n")) else { return Ok(None) };
    let start = text.len() - rest.len();
    let Some(len) = rest.find("\n---") else { return Ok(None) };
    let matter = rest.get(..len + 1).unwrap_or_default();
    match yaml::read(matter) {
        Ok(tree) => Ok(tree.and_then(|tree| tree.lifted(&Text::verbatim(matter, start)))),
        Err(error) => Err(SyntaxError { line: error.line.saturating_add(1), ..error }),
    }
}

/// The syntax by extension, by the client, or by how the text begins.
fn syntax(path: &str, text: &str, client: Option<Syntax>) -> Option<Syntax> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
    let body = body(text);
    if client == Some(Syntax::Stored) {
        // The file is a database: only what was taken from it is such a text.
        return begins_as_json(text).then_some(Syntax::Stored);
    }
    let begins_as_json = begins_as_json(text) || (body.starts_with('/') && client == Some(Syntax::Json));
    match extension.as_deref() {
        Some("json" | "jsonc" | "json5" | "code-workspace") => Some(Syntax::Json),
        Some("toml") => Some(Syntax::Toml),
        Some("yaml" | "yml") => Some(Syntax::Yaml),
        Some("jsonl" | "ndjson" | "db" | "vscdb" | "ldb" | "log") => None,
        Some("xml" | "plist") if client.is_some() => Some(Syntax::Xml),
        _ if client.is_some() => client,
        // A TOML file may begin with a table, which looks like a JSON list.
        _ if begins_as_json && !body.starts_with("[mcp_servers") => Some(Syntax::Json),
        // Copies and templates of configs; the text of any other file is not worth the look.
        None
        | Some(
            "txt" | "bak" | "backup" | "old" | "orig" | "save" | "conf" | "cfg" | "config" | "local" | "example"
            | "sample" | "template" | "tmpl" | "tpl" | "dist",
        ) if has_line(text, "[mcp_servers") => Some(Syntax::Toml),
        None
        | Some(
            "txt" | "bak" | "backup" | "old" | "orig" | "save" | "conf" | "cfg" | "config" | "local" | "example"
            | "sample" | "template" | "tmpl" | "tpl" | "dist",
        ) if has_line(text, "mcpServers:") || has_line(text, "mcp_servers:") || has_line(text, "extensions:") => {
            Some(Syntax::Yaml)
        }
        _ => None,
    }
}

/// The text without what may stand before it.
fn body(text: &str) -> &str {
    text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n'])
}

fn begins_as_json(text: &str) -> bool {
    body(text).starts_with(['{', '['])
}

fn is_program(path: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, extension)| program::is_program(extension))
}

/// Whether a map of servers may stand here, by its key and the command of one behind it.
fn is_started(text: &str) -> bool {
    const REACH: usize = 1024;
    ["servers:", "[servers."].iter().any(|start| {
        lines_from(text, start).any(|at| {
            let behind = text.as_bytes().get(at..text.len().min(at + REACH)).unwrap_or_default();
            memchr::memmem::find(behind, b"command").is_some()
        })
    })
}

fn has_line(text: &str, start: &str) -> bool {
    lines_from(text, start).next().is_some()
}

/// Where the lines begin that start so.
fn lines_from<'t>(text: &'t str, start: &'t str) -> impl Iterator<Item = usize> + 't {
    memchr::memmem::find_iter(text.as_bytes(), start.as_bytes())
        .filter(|at| text.as_bytes().get(..*at).is_some_and(|before| before.is_empty() || before.ends_with(b"\n")))
}
