//! Which string of a config a place in its text stands in, for what is found there outside of all server entries.

use super::node::{Node, pointer};
use super::reading;
use crate::span::Span;

/// A string of a config.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// RFC 6901 pointer to it.
    pub pointer: String,
    /// Its key, where it is the value of one.
    pub key: Option<String>,
    /// Where it is written.
    pub span: Span,
}

/// The string that holds each of `spans`. None for all of them where the text is no config that can be parsed.
#[must_use]
pub fn holders(path: &str, text: &str, spans: &[Span]) -> Vec<Option<Holder>> {
    let mut found = vec![None; spans.len()];
    if let Some(tree) = reading::tree(path, text) {
        let mut order: Vec<(Span, usize)> = spans.iter().copied().zip(0..).collect();
        order.sort_unstable_by_key(|(span, at)| (span.start, span.end, *at));
        walk(&tree, &mut Vec::new(), &order, &mut found);
    }
    found
}

/// The tree is as deep as its syntax allows, which bounds the recursion.
fn walk<'t>(node: &'t Node<'_>, above: &mut Vec<Step<'t>>, spans: &[(Span, usize)], found: &mut [Option<Holder>]) {
    for entry in node.entries() {
        above.push(Step::Key(entry.key.as_str()));
        walk(&entry.node, above, spans, found);
        above.pop();
    }
    for (index, item) in node.items().iter().enumerate() {
        above.push(Step::Index(index));
        walk(item, above, spans, found);
        above.pop();
    }
    let (Node::Text(text) | Node::Number(text)) = node else { return };
    let whole = text.span();
    let first = spans.partition_point(|(span, _)| span.start < whole.start);
    for (span, at) in spans.iter().skip(first).take_while(|(span, _)| span.start < whole.end) {
        // What an anchor names stands once and is pointed at where it is written.
        if whole.contains(*span)
            && let Some(holder @ None) = found.get_mut(*at)
        {
            let path = above.iter().fold(String::new(), |path, step| match step {
                Step::Key(key) => pointer(&path, key),
                Step::Index(index) => pointer(&path, &index.to_string()),
            });
            let key = if let Some(Step::Key(key)) = above.last() { Some((*key).to_owned()) } else { None };
            *holder = Some(Holder { pointer: path, key, span: whole });
        }
    }
}

/// One step down a tree.
enum Step<'t> {
    Key(&'t str),
    Index(usize),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(path: &str, text: &str, word: &str) -> Option<(String, Option<String>)> {
        let at = text.find(word).expect("the word");
        let found = holders(path, text, &[Span::new(at, at + word.len())]);
        found.into_iter().next().flatten().map(|holder| (holder.pointer, holder.key))
    }

    #[test]
    fn a_place_is_told_by_the_string_that_holds_it_in_every_syntax() {
        let own = |text: &str| Some(text.to_owned());
        for (path, text, pointer, key) in [
            (".zed/settings.json", r#"{"a/b": [{"k": "see HERE now"}]} // HER"#, "/a~1b/0/k", own("k")),
            (".codex/config.toml", "[a.\"b~c\"]\nk = ['x', 'HERE']\n", "/a/b~0c/k/1", None),
            ("mcp_agent.secrets.yaml", "openai:\n  api_key: HERE\n", "/openai/api_key", own("api_key")),
        ] {
            assert_eq!(told(path, text, "HERE"), Some((pointer.to_owned(), key)), "{path}");
        }
    }

    #[test]
    fn a_place_outside_of_all_strings_and_a_broken_config_are_told_by_nothing() {
        for (path, text) in [
            (".zed/settings.json", r#"{"HERE": "k"}"#),
            (".zed/settings.json", r#"{"k": "HERE"#),
            ("mcp_agent.secrets.yaml", "k: v # HERE\n"),
            ("notes.md", "HERE"),
        ] {
            assert_eq!(told(path, text, "HERE"), None, "{text}");
        }
    }
}
