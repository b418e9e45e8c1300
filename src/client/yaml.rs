//! Reads YAML into the common tree; several documents become a list.

use std::collections::{BTreeMap, BTreeSet};

use saphyr_parser::{Event, Marker, Parser, ScalarStyle};

use super::align::{align, borrowed};
use super::node::{Entry, MAX_DEPTH, Node};
use super::{SyntaxError, position};
use crate::span::Text;

/// Values that one document may hold, those that aliases repeat included: a bomb of aliases ends here.
const MAX_NODES: usize = 1 << 18;

/// What is being built, innermost last.
enum Open<'a> {
    Map { entries: Vec<Entry<'a>>, key: Option<Text<'a>>, anchor: usize },
    List { items: Vec<Node<'a>>, anchor: usize },
}

/// Reads all documents of a text. `Ok(None)` where there is none.
///
/// # Errors
/// Where the text is not YAML, nested too deeply, or too large once its aliases are followed.
pub fn read(text: &str) -> Result<Option<Node<'_>>, SyntaxError> {
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let base = text.len() - body.len();
    let offsets = Offsets::of(text, base);
    let mut builder = Builder::default();
    for event in Parser::new_from_str(body) {
        let (event, span) = event.map_err(|error| position(text, offsets.byte(error.marker()), "not valid YAML"))?;
        let (start, end) = (offsets.byte(&span.start), offsets.byte(&span.end));
        builder.take(text, event, start, end).map_err(|message| position(text, start, message))?;
    }
    let mut documents = builder.documents;
    Ok(if documents.len() > 1 { Some(Node::List(documents)) } else { documents.pop() })
}

/// Byte offsets of the characters that markers count.
struct Offsets {
    base: usize,
    len: usize,
    /// Offset of each character; empty where every character is one byte.
    table: Vec<u32>,
}

impl Offsets {
    fn of(text: &str, base: usize) -> Self {
        let body = text.get(base..).unwrap_or_default();
        let table = if body.is_ascii() { Vec::new() } else { body.char_indices().map(|(at, _)| at as u32).collect() };
        Self { base, len: text.len(), table }
    }

    fn byte(&self, marker: &Marker) -> usize {
        let index = marker.index();
        let offset = if self.table.is_empty() { Some(index) } else { self.table.get(index).map(|at| *at as usize) };
        offset.map_or(self.len, |offset| (self.base + offset).min(self.len))
    }
}

#[derive(Default)]
struct Builder<'a> {
    documents: Vec<Node<'a>>,
    open: Vec<Open<'a>>,
    /// Each anchored value and how deep it nests.
    anchors: BTreeMap<usize, (Node<'a>, usize)>,
    nodes: usize,
}

impl<'a> Builder<'a> {
    fn take(&mut self, text: &'a str, event: Event<'_>, start: usize, end: usize) -> Result<(), &'static str> {
        match event {
            Event::Scalar(value, style, anchor, _) => {
                let node = scalar(text, &value, style, start, end);
                self.put(node, anchor)
            }
            Event::Alias(anchor) => {
                let Some((node, deep)) = self.anchors.get(&anchor) else { return self.put(Node::Other, 0) };
                if self.open.len() + deep > MAX_DEPTH {
                    return Err("nested too deeply");
                }
                self.nodes += measure(node).0;
                if self.nodes > MAX_NODES {
                    return Err("too many values");
                }
                let node = node.clone();
                self.put(node, 0)
            }
            Event::MappingStart(anchor, _) => self.push(Open::Map { entries: Vec::new(), key: None, anchor }),
            Event::SequenceStart(anchor, _) => self.push(Open::List { items: Vec::new(), anchor }),
            Event::MappingEnd | Event::SequenceEnd => match self.open.pop() {
                Some(Open::Map { entries, anchor, .. }) => self.put(Node::Map(merged(entries)), anchor),
                Some(Open::List { items, anchor }) => self.put(Node::List(items), anchor),
                None => Ok(()),
            },
            Event::DocumentStart(_) => {
                self.anchors.clear();
                Ok(())
            }
            Event::DocumentEnd | Event::StreamStart | Event::StreamEnd | Event::Nothing => Ok(()),
        }
    }

    fn push(&mut self, open: Open<'a>) -> Result<(), &'static str> {
        if self.open.len() >= MAX_DEPTH {
            return Err("nested too deeply");
        }
        self.open.push(open);
        Ok(())
    }

    fn put(&mut self, node: Node<'a>, anchor: usize) -> Result<(), &'static str> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err("too many values");
        }
        if anchor != 0 {
            let (count, deep) = measure(&node);
            self.nodes += count;
            self.anchors.insert(anchor, (node.clone(), deep));
        }
        match self.open.last_mut() {
            None => self.documents.push(node),
            Some(Open::List { items, .. }) => items.push(node),
            Some(Open::Map { entries, key, .. }) => match key.take() {
                Some(key) => entries.push(Entry { key, node }),
                None => {
                    *key = Some(match node {
                        Node::Text(text) | Node::Number(text) => text,
                        // A key that is a map or a list names nothing that could be pointed at.
                        _ => Text::verbatim("", 0),
                    });
                }
            },
        }
        Ok(())
    }
}

/// Splices `<<: *defaults` and `<<: [*one, *two]` into the map; keys of the map itself win, then those of earlier ones.
fn merged(entries: Vec<Entry<'_>>) -> Vec<Entry<'_>> {
    if !entries.iter().any(|entry| entry.key.as_str() == "<<") {
        return entries;
    }
    let (inherited, mut own): (Vec<_>, Vec<_>) = entries.into_iter().partition(|entry| entry.key.as_str() == "<<");
    let mut known: BTreeSet<String> = own.iter().map(|entry| entry.key.as_str().to_owned()).collect();
    let maps = inherited.into_iter().flat_map(|entry| match entry.node {
        Node::List(maps) => maps,
        map => vec![map],
    });
    for map in maps {
        if let Node::Map(defaults) = map {
            let new: Vec<_> = defaults.into_iter().filter(|default| !known.contains(default.key.as_str())).collect();
            known.extend(new.iter().map(|entry| entry.key.as_str().to_owned()));
            own.extend(new);
        }
    }
    own
}

/// How many values a node holds, itself included, and how deep it nests; what is built is at most [`MAX_DEPTH`] deep.
fn measure(node: &Node<'_>) -> (usize, usize) {
    let children: &mut dyn Iterator<Item = &Node<'_>> = match node {
        Node::Map(entries) => &mut entries.iter().map(|entry| &entry.node),
        Node::List(items) => &mut items.iter(),
        _ => return (1, 1),
    };
    let (count, deep) = children.map(measure).fold((0, 0), |sum, child| (sum.0 + child.0, sum.1.max(child.1)));
    (count + 1, deep + 1)
}

fn scalar<'a>(text: &'a str, value: &str, style: ScalarStyle, start: usize, end: usize) -> Node<'a> {
    if style == ScalarStyle::Plain {
        if matches!(value, "" | "~" | "null" | "Null" | "NULL" | "true" | "True" | "TRUE" | "false" | "False" | "FALSE")
        {
            // A key may be one of these words; it is still a name.
            return Node::Text(borrowed(text, value).unwrap_or_else(|| align(text, start, end, value, false)));
        }
        if let Some(number) = borrowed(text, value).filter(|_| value.parse::<f64>().is_ok()) {
            return Node::Number(number);
        }
    }
    if let Some(verbatim) = borrowed(text, value) {
        return Node::Text(verbatim);
    }
    let start = behind_properties(text, start, end);
    let written = text.get(start..end).unwrap_or_default();
    let start = match style {
        ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => start + usize::from(written.starts_with(['\'', '"'])),
        // The header of a block (`|-`, `>2 # why`) ends with its line.
        ScalarStyle::Literal | ScalarStyle::Folded if written.starts_with(['|', '>']) => {
            start + written.find('\n').map_or(written.len(), |at| at + 1)
        }
        _ => start,
    };
    let end = match style {
        ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted if written.len() > 1 => end - 1,
        _ => end,
    };
    Node::Text(align(text, start, end.max(start), value, style == ScalarStyle::DoubleQuoted))
}

/// Where a scalar begins behind its anchor and tag (`&name`, `!!str`): none begins with one of their marks.
fn behind_properties(text: &str, start: usize, end: usize) -> usize {
    let mut rest = text.get(start..end).unwrap_or_default();
    while rest.starts_with(['&', '!']) {
        let Some(blank) = rest.find(char::is_whitespace) else { break };
        rest = rest.get(blank..).unwrap_or_default().trim_start();
    }
    end - rest.len().min(end - start.min(end))
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

    fn one(raw: &str) -> Node<'_> {
        read(raw).expect("reads").expect("a document")
    }

    #[test]
    fn plain_and_quoted_scalars_stand_where_they_were_written() {
        let raw = "\u{feff}é: ü\r\na: 'it''s'\r\nb: \"x\\u0041y\"\r\nc: plain one # why\r\n";
        let tree = one(raw);
        assert_eq!(text_of(&tree, &["a"]).as_str(), "it's");
        let b = text_of(&tree, &["b"]);
        assert_eq!(b.as_str(), "xAy");
        assert_eq!(&raw[b.span().start..b.span().end], "x\\u0041y");
        let c = text_of(&tree, &["c"]).span();
        assert_eq!(&raw[c.start..c.end], "plain one");
    }

    #[test]
    fn block_scalars_are_followed_to_the_byte() {
        let raw = "a: |\n  first\n  second\nb: >-\n  folded\n  text\n";
        let tree = one(raw);
        let a = text_of(&tree, &["a"]);
        assert_eq!(a.as_str(), "first\nsecond\n");
        let at = raw.find("second").expect("there");
        assert_eq!(a.raw(6..12), Span::new(at, at + 6));
        let b = text_of(&tree, &["b"]);
        let at = raw.find("text").expect("there");
        assert_eq!(b.raw(7..11), Span::new(at, at + 4));
    }

    #[test]
    fn an_alias_points_at_the_place_of_its_anchor_and_merges() {
        let raw = "x: &x {K: vvv}\ny: *x\nz:\n  <<: *x\n  L: www\n";
        let tree = one(raw);
        let at = raw.find("vvv").expect("there");
        assert_eq!(text_of(&tree, &["y", "K"]).span(), Span::new(at, at + 3));
        assert_eq!(text_of(&tree, &["z", "K"]).as_str(), "vvv");
    }

    #[test]
    fn a_bomb_of_aliases_and_a_deep_nest_are_errors() {
        let mut bomb = String::from("a0: &a0 [x,x,x,x,x,x,x,x]\n");
        for level in 1..12 {
            let below = format!("*a{}", level - 1);
            bomb.push_str(&format!("a{level}: &a{level} [{}]\n", vec![below; 8].join(",")));
        }
        assert!(read(&bomb).is_err());
        assert!(read(&"[".repeat(10_000)).is_err());
    }

    #[test]
    fn several_documents_become_a_list() {
        assert_eq!(one("a: 1\n---\nb: 2\n").items().len(), 2);
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_and_spans_slice_it(raw in "\\PC{0,60}|[\\[\\]{}:,'\"\\\\a-c|>&*#\n \u{e9}-]{0,80}") {
            if let Ok(Some(tree)) = read(&raw) {
                tree.each_span(&mut |span| assert!(raw.get(span.start..span.end).is_some()));
            }
        }
    }
}
