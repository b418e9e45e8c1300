//! Reads TOML into the common tree.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::align::{align, borrowed};
use super::node::{Entry, MAX_DEPTH, Node};
use super::{SyntaxError, position};
use crate::span::Text;

/// Reads one document.
///
/// # Errors
/// Where the text is not TOML; with the place, never with the text.
pub fn read(text: &str) -> Result<Node<'_>, SyntaxError> {
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let base = text.len() - body.len();
    let table = DeTable::parse(body)
        .map_err(|error| position(text, base + error.span().map_or(0, |span| span.start), "not valid TOML"))?;
    Ok(map(text, base, table.get_ref(), 0))
}

fn map<'a>(text: &'a str, base: usize, table: &DeTable<'_>, depth: usize) -> Node<'a> {
    Node::Map(
        table
            .iter()
            .map(|(key, value)| Entry {
                key: string(text, base, key.get_ref(), key.span()),
                node: node(text, base, value, depth + 1),
            })
            .collect(),
    )
}

fn node<'a>(text: &'a str, base: usize, value: &Spanned<DeValue<'_>>, depth: usize) -> Node<'a> {
    if depth > MAX_DEPTH {
        return Node::Other;
    }
    let span = value.span();
    match value.get_ref() {
        DeValue::String(decoded) => Node::Text(string(text, base, decoded, span)),
        DeValue::Integer(_) | DeValue::Float(_) => {
            let (start, end) = (base + span.start, base + span.end);
            text.get(start..end).map_or(Node::Other, |written| Node::Number(Text::verbatim(written, start)))
        }
        DeValue::Array(items) => Node::List(items.iter().map(|item| node(text, base, item, depth + 1)).collect()),
        DeValue::Table(table) => map(text, base, table, depth),
        DeValue::Boolean(flag) => Node::Flag(*flag),
        DeValue::Datetime(_) => Node::Other,
    }
}

/// A key or a string: bare, or in one or three quotes of either kind.
fn string<'a>(text: &'a str, base: usize, decoded: &str, span: std::ops::Range<usize>) -> Text<'a> {
    if let Some(verbatim) = borrowed(text, decoded) {
        return verbatim;
    }
    let (start, end) = (base + span.start, base + span.end);
    let written = text.get(start..end).unwrap_or_default();
    let quotes = match written.as_bytes() {
        [b'"', b'"', b'"', ..] | [b'\'', b'\'', b'\'', ..] => 3,
        [b'"' | b'\'', ..] => 1,
        _ => 0,
    };
    let (start, end) = (start + quotes, end.saturating_sub(quotes));
    align(text, start, end.max(start), decoded, written.starts_with('"'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::span::Span;
    use proptest::prelude::*;

    fn text_of<'a>(tree: &Node<'a>, path: &[&str]) -> Text<'a> {
        let mut at = tree;
        for key in path {
            at = at.get(key).expect("there");
        }
        if let Node::Text(text) = at { text.clone() } else { panic!("a text") }
    }

    #[test]
    fn tables_dotted_keys_and_inline_tables_make_one_tree() {
        let raw = "[mcp_servers.a.env]\nK = \"v\\u0041w\"\n[mcp_servers]\nb = { url = 'https://x' }\n";
        let tree = read(raw).expect("reads");
        let text = text_of(&tree, &["mcp_servers", "a", "env", "K"]);
        assert_eq!(text.as_str(), "vAw");
        let at = raw.find('v').and_then(|_| raw.find("v\\u")).expect("there");
        assert_eq!(text.span(), Span::new(at, at + 8));
        let url = text_of(&tree, &["mcp_servers", "b", "url"]);
        assert_eq!(&raw[url.span().start..url.span().end], "https://x");
    }

    #[test]
    fn multi_line_strings_are_followed_to_the_byte() {
        let raw = "k = \"\"\"\nab\\\n   cd\n\"\"\"\n";
        let text = text_of(&read(raw).expect("reads"), &["k"]);
        assert_eq!(text.as_str(), "abcd\n");
        let at = raw.find("cd").expect("there");
        assert_eq!(text.raw(2..4), Span::new(at, at + 2));
    }

    #[test]
    fn a_deep_nest_and_broken_text_are_errors_without_the_text() {
        assert!(read(&format!("a = {}", "[".repeat(10_000))).is_err());
        let error = read("a = hunter2\n").expect_err("not TOML");
        assert!(!format!("{error:?} {error}").contains("hunter2"));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_and_spans_slice_it(raw in "\\PC{0,60}|[\\[\\]{}=.,'\"\\\\a-c#\n\u{e9}]{0,80}") {
            if let Ok(tree) = read(&raw) {
                tree.each_span(&mut |span| assert!(raw.get(span.start..span.end).is_some()));
            }
        }
    }
}
