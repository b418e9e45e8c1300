//! Whether JSON or TOML of nobody known may hold a server map or a token: told from its words, before a tree is made of it.
//!
//! Most documents that speak of MCP are translations, manifests and API descriptions. A tree of one costs twenty times a look
//! at its keys. What is said here is never less than what `shapes.rs` and `token_store.rs` find in the tree.

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};

use super::Syntax;

/// What a word tells where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    /// Key of a map or list of servers, whatever is in it.
    Servers,
    /// The same below `mcp`; anywhere else only if something in it looks like a server.
    Below,
    /// Key of a map of servers if something in it looks like one.
    Loose,
    /// Key of a list of what a registry's server can be got from, or asked by.
    Registry,
    /// Key of the nodes of a workflow.
    Nodes,
    /// Key of the variables of a container.
    Variables,
    /// Name of a token or of a secret beside one.
    Token,
    /// What the login of a provider says that it is.
    Login,
}

const SIGNS: &[(&str, Sign)] = &[
    ("mcpServers", Sign::Servers),
    ("mcp_servers", Sign::Servers),
    ("mcp-servers", Sign::Servers),
    ("context_servers", Sign::Servers),
    ("modelContextProtocolServers", Sign::Servers),
    ("remoteMcpServersConfig", Sign::Servers),
    ("mcpservers", Sign::Servers),
    ("McpServers", Sign::Servers),
    ("McpApplicationServerCommands", Sign::Servers),
    ("McpProjectServerCommands", Sign::Servers),
    ("mcp.servers", Sign::Servers),
    ("servers", Sign::Below),
    ("mcp", Sign::Loose),
    ("mcp_config", Sign::Loose),
    ("extensions", Sign::Loose),
    ("packages", Sign::Registry),
    ("remotes", Sign::Registry),
    ("nodes", Sign::Nodes),
    ("env_vars", Sign::Variables),
    ("access_token", Sign::Token),
    ("accessToken", Sign::Token),
    ("client_secret", Sign::Token),
    ("clientSecret", Sign::Token),
    ("registration_access_token", Sign::Token),
    ("registrationAccessToken", Sign::Token),
    ("oauth", Sign::Login),
    ("api", Sign::Login),
    ("wellknown", Sign::Login),
];

/// The fields of which an entry that looks like a server has one.
const FIELDS: &[&str] = &["command", "url", "serverUrl", "httpUrl", "uri", "cmd", "type", "transport"];
/// The fields of which a registry's server has one.
const ASKED: &[&str] = &["environmentVariables", "runtimeArguments", "packageArguments", "headers", "transport"];

/// Values that are looked into together take at most so many times the length of the text: they nest.
const EFFORT: usize = 4;
/// How far before a word it is looked for the beginning of its line.
const HEADER: usize = 256;

fn words(list: &[&str]) -> Option<AhoCorasick> {
    AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(list).ok()
}

static WORDS: LazyLock<Option<AhoCorasick>> =
    LazyLock::new(|| words(&SIGNS.iter().map(|(word, _)| *word).collect::<Vec<_>>()));
static FIELD: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| words(FIELDS));
static ASK: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| words(ASKED));

/// Whether the tree of a text could have a server map or a token in it; other syntaxes are not asked.
pub(super) fn may_hold(syntax: Syntax, text: &str) -> bool {
    match syntax {
        Syntax::Json => json(text),
        Syntax::Toml => toml(text),
        _ => true,
    }
}

/// TOML has no braces around a table: a word that is a key anywhere tells.
fn toml(text: &str) -> bool {
    let bytes = text.as_bytes();
    let (Some(words), Some(field)) = (&*WORDS, &*FIELD) else { return true };
    if memchr::memmem::find(bytes, b"\\u").is_some() {
        return true;
    }
    // A map of servers without a name, of which each says what it runs or calls.
    let runs = |word: &[u8]| matches!(word, b"command" | b"url" | b"serverUrl" | b"httpUrl");
    field.find_iter(bytes).any(|found| runs(&bytes[found.range()]) && is_toml_key(bytes, &found.range()))
        || words.find_iter(bytes).any(|found| match SIGNS.get(found.pattern().as_usize()) {
            Some((_, Sign::Servers | Sign::Token)) | None => true,
            Some((_, Sign::Login)) => is_type(&bytes[..found.start()], b'='),
            Some(_) => is_toml_key(bytes, &found.range()),
        })
}

/// Whether a word is a key of TOML, or the last part of one, or a part of the name of a table.
fn is_toml_key(text: &[u8], word: &Range<usize>) -> bool {
    let rest = text.get(word.end..).unwrap_or_default();
    let rest = rest.strip_prefix(b"\"").or_else(|| rest.strip_prefix(b"'")).unwrap_or(rest);
    let blank = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    match rest.get(blank) {
        Some(b'=' | b'.') => true,
        Some(b']') => {
            // The name of a table stands near the beginning of its line: a long line is not read for each word in it.
            let before = &text[word.start.saturating_sub(HEADER)..word.start];
            match memchr::memrchr(b'\n', before) {
                Some(end) => before[end + 1..].trim_ascii_start().starts_with(b"["),
                None => before.len() == HEADER || before.trim_ascii_start().starts_with(b"["),
            }
        }
        _ => false,
    }
}

fn json(text: &str) -> bool {
    let bytes = text.as_bytes();
    let (Some(words), Some(field), Some(ask)) = (&*WORDS, &*FIELD, &*ASK) else { return true };
    // Letters of keys may be written as escapes.
    if memchr::memmem::find_iter(bytes, b"\\u00").any(|at| matches!(bytes.get(at + 4), Some(b'4'..=b'7'))) {
        return true;
    }
    let mut left = bytes.len().saturating_mul(EFFORT);
    let mut within = |from: usize| {
        let inner = bytes.get(from..from + value(bytes, from)?)?;
        left = left.checked_sub(inner.len())?;
        Some(inner)
    };
    // What cannot be delimited may hold anything.
    let mut has = |from, fields| within(from).is_none_or(|inner| has_key(inner, fields));
    if bare(bytes).is_some_and(|first| has(first, field)) {
        return true;
    }
    let (mut below, mut above) = (false, false);
    for found in words.find_iter(bytes) {
        let Some((_, sign)) = SIGNS.get(found.pattern().as_usize()) else { continue };
        let sure = match sign {
            Sign::Login => is_type(&bytes[..found.start()], b':'),
            Sign::Token => !super::reading::opens_behind(&bytes[found.end()..]),
            _ => match opened(bytes, found.end()) {
                None => false,
                Some(from) => match sign {
                    Sign::Below if has(from, field) => true,
                    Sign::Loose if has(from, field) => true,
                    Sign::Below => {
                        below = true;
                        false
                    }
                    Sign::Loose => {
                        above = true;
                        false
                    }
                    Sign::Registry => has(from, ask),
                    Sign::Nodes => memchr::memmem::find(bytes, b"mcpClient").is_some(),
                    _ => true,
                },
            },
        };
        if sure || below && above {
            return true;
        }
    }
    false
}

/// Where the value begins of the first key of a document whose first value is a map, as all are in a map of servers without
/// a name.
fn bare(bytes: &[u8]) -> Option<usize> {
    let body = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    let inner = match body.first()? {
        b'{' => body.get(1..)?.trim_ascii_start(),
        b'/' => return Some(bytes.len()),
        _ => return None,
    };
    let from = bytes.len() - inner.len();
    let key = match inner.first()? {
        b'"' => from + string(inner)?,
        b'}' => return None,
        // A comment, or a key that is written in another manner.
        _ => return Some(bytes.len()),
    };
    opened(bytes, key).filter(|at| bytes.get(*at) != Some(&b'['))
}

/// Where the map or list begins that is the value of the key that ends at `end`. A comment may stand before it.
fn opened(bytes: &[u8], end: usize) -> Option<usize> {
    let rest = bytes.get(end..)?;
    let rest = rest.strip_prefix(b"\"").or_else(|| rest.strip_prefix(b"'")).unwrap_or(rest).trim_ascii_start();
    let rest = match rest.first()? {
        b':' => rest.get(1..)?.trim_ascii_start(),
        b'/' => rest,
        _ => return None,
    };
    matches!(rest.first()?, b'{' | b'[' | b'/').then_some(bytes.len() - rest.len())
}

/// Whether one of the words stands in a text as a key.
fn has_key(text: &[u8], words: &AhoCorasick) -> bool {
    words.find_iter(text).any(|found| {
        let rest = text.get(found.end()..).unwrap_or_default();
        let rest = rest.strip_prefix(b"\"").or_else(|| rest.strip_prefix(b"'")).unwrap_or(rest);
        matches!(rest.trim_ascii_start().first(), Some(b':' | b'/'))
    })
}

/// Whether this text ends with the key `type`, what stands between it and its value, and the quote of that.
fn is_type(before: &[u8], between: u8) -> bool {
    let Some(key) = before.strip_suffix(b"\"").or_else(|| before.strip_suffix(b"'")) else { return false };
    let key = key.trim_ascii_end();
    let near = &key[key.len().saturating_sub(HEADER)..];
    let line = memchr::memrchr(b'\n', near).map_or(near, |end| &near[end + 1..]);
    let has = |part: &[u8]| memchr::memmem::find(line, part).is_some();
    // A comment to the end of its line may stand before the value; most often the slashes are an address's.
    if has(b"//") && (has(b"type") || !has(b"://")) {
        return true;
    }
    let key = if key.ends_with(b"/") { Some(key) } else { key.strip_suffix(&[between]) };
    key.map(<[u8]>::trim_ascii_end).is_some_and(|key| {
        let name = key.strip_suffix(b"\"").or_else(|| key.strip_suffix(b"'")).unwrap_or(key);
        name.ends_with(b"type") || name.ends_with(b"/")
    })
}

/// Length of the map or list that begins at `from`; `None` where it does not end, or anything stands in it that plain JSON
/// has in strings only.
fn value(bytes: &[u8], from: usize) -> Option<usize> {
    let text = bytes.get(from..)?;
    let (mut depth, mut at) = (0_usize, 0);
    loop {
        match text.get(at)? {
            b'"' => at += string(text.get(at..)?)? - 1,
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            b'\'' | b'/' => return None,
            _ => {}
        }
        at += 1;
    }
}

/// Length of the string that begins here, with its quotes.
fn string(text: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        at += memchr::memchr2(b'"', b'\\', text.get(at..)?)?;
        if text.get(at) == Some(&b'"') {
            return Some(at + 1);
        }
        at += 2;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::node::{Entry, Node};
    use super::super::{json, reading::Reading, shapes, slots, token_store, toml};
    use super::*;

    #[test]
    fn a_document_that_only_speaks_of_servers_is_not_read() {
        for text in [
            r#"{"name": "x", "contributes": {"commands": [{"command": "cline.mcpButton", "title": "MCP"}]}}"#,
            r#"{"mcp": {"title": "MCP servers", "add": "Add"}, "settings": {"a": "b"}}"#,
            r#"{"a": {"b": "the mcp url"}, "type": "module", "access_token": {"type": "string"}}"#,
            "[]",
            "",
        ] {
            assert!(!may_hold(Syntax::Json, text), "{text}");
        }
    }

    #[test]
    fn what_looks_like_a_server_or_a_token_is_read() {
        for text in [
            r#"{"mcpServers": {}}"#,
            r#"{"a.mcp": {"servers": {"x": {}}}}"#,
            r#"{"mcp": {"s": {"type": "local"}}}"#,
            r#"{"s": {"url": "x"}}"#,
            "{/* c */ s: {url: 'x'}}",
            r#"{"m\u0063pServers": {"a": {}}}"#,
            r#"{"x": {"type": "api", "key": "k"}}"#,
            "{\"x\": {\"type\": // which\n\"api\", \"key\": \"k\"}}",
            r#"{"x": [{"accessToken": "t", "expiresIn": 1}]}"#,
        ] {
            assert!(may_hold(Syntax::Json, text), "{text}");
        }
    }

    #[test]
    fn a_manifest_in_toml_is_not_read_and_a_config_is() {
        let manifest = "[project]\nname = \"acme.mcp\"\nkeywords = [\"api\", \"mcp\"]\ndependencies = [\"mcp[cli]>=1.11\"]\n\
                        [project.urls]\nhomepage = \"https://acme.io/mcp/\"\n[project.scripts]\n\"acme.x-mcp-server\" = \"a:main\"\n";
        assert!(!may_hold(Syntax::Toml, manifest));
        for config in [
            "[mcp_servers.x]\ncommand = \"npx\"\n",
            "[mcp.servers.x]\nenv = {}\n",
            "[ tool.\"mcp\" ]\nx = { type = \"local\" }\n",
            "x.url = \"https://acme.io\"\n",
            "[x]\ntype = \"api\"\nkey = \"k\"\n",
        ] {
            assert!(may_hold(Syntax::Toml, config), "{config}");
        }
    }

    #[test]
    fn values_that_nest_are_not_looked_into_for_ever() {
        assert!(may_hold(Syntax::Json, &r#"{"mcp":{"extensions":"#.repeat(20_000)));
        let nested = format!("{}1{}", r#"{"mcp":"#.repeat(100), "}".repeat(100));
        assert!(may_hold(Syntax::Json, &nested));
    }

    /// JSON of the words that matter.
    fn document() -> impl Strategy<Value = String> {
        let keys: Vec<String> = SIGNS
            .iter()
            .map(|(word, _)| *word)
            .chain(FIELDS.iter().copied())
            .chain(ASKED.iter().copied())
            .chain([
                "a", "env", "args", "inputs", "name", "image", "key", "token", "x.mcp", "refresh", "access", "expires",
            ])
            .chain(["client_id", "expires_in", "parameters", "protocol", "enabled", "my.servers"])
            .map(str::to_owned)
            .collect();
        let texts =
            ["npx", "stdio", "http", "oauth", "api", "x", "a.mcpClientTool", "local", "https://x.io/a", "it's / {"];
        let leaf = prop_oneof![
            4 => proptest::sample::select(texts.to_vec()).prop_map(|text| format!("\"{text}\"")),
            1 => Just("1".to_owned()),
        ];
        let key = (proptest::sample::select(keys), 0..12_u8).prop_map(|(key, how)| match how {
            0 if !key.contains(['.', '-']) => key,
            1 => format!("'{key}' "),
            2 => format!("\"{key}\" /* {{ */"),
            _ => format!("\"{key}\""),
        });
        leaf.prop_recursive(5, 40, 4, move |inner| {
            let entry = (key.clone(), inner.clone()).prop_map(|(key, value)| format!("{key}: {value}"));
            prop_oneof![
                4 => prop::collection::vec(entry, 0..4).prop_map(|entries| format!("{{{}}}", entries.join(", "))),
                1 => prop::collection::vec(inner, 0..4).prop_map(|items| format!("[{}]", items.join(","))),
            ]
        })
    }

    /// A value as TOML writes it in one line.
    fn written(node: &Node<'_>, text: &mut String) {
        match node {
            Node::Map(entries) => {
                text.push('{');
                for (at, Entry { key, node }) in entries.iter().enumerate() {
                    text.push_str(if at > 0 { ", " } else { " " });
                    text.push_str(&format!("\"{}\" = ", key.as_str()));
                    written(node, text);
                }
                text.push('}');
            }
            Node::List(items) => {
                text.push('[');
                for item in items {
                    written(item, text);
                    text.push(',');
                }
                text.push(']');
            }
            Node::Text(value) => text.push_str(&format!("'{}'", value.as_str().replace('\'', "-"))),
            _ => text.push('1'),
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]
        #[test]
        fn nothing_that_the_tree_shows_is_denied(text in document()) {
            let tree = json::read(&text).expect("JSON").expect("a value");
            let found = shapes::find(&tree, false);
            let mut reading = Reading::default();
            slots::fill(&mut reading, &tree, &found);
            token_store::fill(&mut reading, &tree);
            if !reading.servers.is_empty() || !reading.values.is_empty() {
                prop_assert!(may_hold(Syntax::Json, &text), "{}", text);
            }
        }

        #[test]
        fn nothing_that_the_tree_of_toml_shows_is_denied(value in document()) {
            // The same document in another syntax, where it can be written in that.
            let Ok(Some(Node::Map(entries))) = json::read(&value) else { return Ok(()) };
            let mut text = String::new();
            for Entry { key, node } in &entries {
                text.push_str(&format!("\"{}\" = ", key.as_str()));
                written(node, &mut text);
                text.push('\n');
            }
            let Ok(tree) = toml::read(&text) else { return Ok(()) };
            let found = shapes::find(&tree, false);
            let mut reading = Reading::default();
            slots::fill(&mut reading, &tree, &found);
            token_store::fill(&mut reading, &tree);
            if !reading.servers.is_empty() || !reading.values.is_empty() {
                prop_assert!(may_hold(Syntax::Toml, &text), "{}", text);
            }
        }

        #[test]
        fn any_text_is_looked_at(text in "\\PC{0,60}|[\\[\\]{}:,'\"\\\\/mcp \n]{0,80}") {
            let _ = (may_hold(Syntax::Json, &text), may_hold(Syntax::Toml, &text));
        }
    }
}
