//! The tree that every syntax is read into: keys, texts and numbers that know their raw bytes.

use crate::span::{Span, Text};

/// Deepest nesting that is read; what lies deeper is a syntax error, so that no walk can exhaust the stack.
pub const MAX_DEPTH: usize = 128;

/// One value of a config.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node<'a> {
    /// A map, in the order it was written; keys may repeat.
    Map(Vec<Entry<'a>>),
    /// A list.
    List(Vec<Node<'a>>),
    /// A string, decoded.
    Text(Text<'a>),
    /// A number, as it was written.
    Number(Text<'a>),
    /// A boolean.
    Flag(bool),
    /// Nulls and dates: nothing that may hold a credential.
    Other,
}

/// One key of a map and its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry<'a> {
    /// The key, decoded.
    pub key: Text<'a>,
    /// Its value.
    pub node: Node<'a>,
}

impl<'a> Node<'a> {
    /// The entries of a map; none for anything else.
    #[must_use]
    pub fn entries(&self) -> &[Entry<'a>] {
        if let Self::Map(entries) = self { entries } else { &[] }
    }

    /// The items of a list; none for anything else.
    #[must_use]
    pub fn items(&self) -> &[Self] {
        if let Self::List(items) = self { items } else { &[] }
    }

    /// The value of a key of a map. Of repeated keys the last counts, as in every reader of these configs.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entries().iter().rev().find(|entry| entry.key.as_str() == key).map(|entry| &entry.node)
    }

    /// The decoded string; `None` for anything else.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text.as_str()) } else { None }
    }

    /// Whether this is a map.
    #[must_use]
    pub const fn is_map(&self) -> bool {
        matches!(self, Self::Map(_))
    }

    /// The same tree with every text mapped to the raw bytes of `outer`, from whose decoded text it was read.
    #[must_use]
    pub fn lifted(&self, outer: &Text<'_>) -> Option<Node<'static>> {
        let lift = |inner: &Text<'_>| {
            let table: Vec<usize> = (0..=inner.as_str().len()).map(|at| inner.raw(at..at).start).collect();
            outer.layer(inner.as_str().to_owned(), &table)
        };
        Some(match self {
            Self::Map(entries) => Node::Map(
                entries
                    .iter()
                    .map(|entry| Some(Entry { key: lift(&entry.key)?, node: entry.node.lifted(outer)? }))
                    .collect::<Option<_>>()?,
            ),
            Self::List(items) => Node::List(items.iter().map(|item| item.lifted(outer)).collect::<Option<_>>()?),
            Self::Text(text) => Node::Text(lift(text)?),
            Self::Number(text) => Node::Number(lift(text)?),
            Self::Flag(flag) => Node::Flag(*flag),
            Self::Other => Node::Other,
        })
    }

    /// Calls `visit` with the span of every key, text and number.
    pub fn each_span(&self, visit: &mut dyn FnMut(Span)) {
        match self {
            Self::Map(entries) => {
                for entry in entries {
                    visit(entry.key.span());
                    entry.node.each_span(visit);
                }
            }
            Self::List(items) => items.iter().for_each(|item| item.each_span(visit)),
            Self::Text(text) | Self::Number(text) => visit(text.span()),
            Self::Flag(_) | Self::Other => {}
        }
    }
}

/// A key that the syntax implies and nobody wrote: it stands nowhere.
pub(super) fn implied(key: &str) -> Text<'static> {
    Text::decoded(key.to_owned(), vec![0; key.len() + 1]).unwrap_or(Text::verbatim("", 0))
}

/// One more token of an RFC 6901 pointer.
#[must_use]
pub fn pointer(parent: &str, key: &str) -> String {
    let mut joined = String::with_capacity(parent.len() + key.len() + 1);
    joined.push_str(parent);
    joined.push('/');
    for character in key.chars() {
        match character {
            '~' => joined.push_str("~0"),
            '/' => joined.push_str("~1"),
            other => joined.push(other),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_escapes_tilde_and_slash_and_keeps_dots() {
        assert_eq!(pointer("/projects", "/home/~me"), "/projects/~1home~1~0me");
        assert_eq!(pointer("", "amp.mcpServers"), "/amp.mcpServers");
    }
}
