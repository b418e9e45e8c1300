//! Reads JSON, JSONC and JSON5 into the common tree.

use jsonc_parser::ast::{ObjectPropName, StringLit, Value};
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use super::align::{align, borrowed};
use super::node::{Entry, MAX_DEPTH, Node};
use super::{SyntaxError, position};
use crate::span::Text;

/// Reads one document. `Ok(None)` for a text of blanks and comments only.
///
/// # Errors
/// Where the text is not JSON5 either, or is nested deeper than [`MAX_DEPTH`]; with the place, never with the text.
pub fn read(text: &str) -> Result<Option<Node<'_>>, SyntaxError> {
    if let Some(at) = too_deep(text.as_bytes()) {
        return Err(position(text, at, "nested too deeply"));
    }
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let base = text.len() - body.len();
    let parsed = parse_to_ast(body, &CollectOptions::default(), &ParseOptions::default())
        .map_err(|error| position(text, base + error.range().start, "not valid JSON"))?;
    Ok(parsed.value.map(|value| node(text, base, &value, 0)))
}

fn node<'a>(text: &'a str, base: usize, value: &Value<'_>, depth: usize) -> Node<'a> {
    match value {
        _ if depth > MAX_DEPTH => Node::Other,
        Value::StringLit(literal) => Node::Text(string(text, base, literal)),
        Value::NumberLit(number) => borrowed(text, number.value).map_or(Node::Other, Node::Number),
        Value::Array(array) => {
            Node::List(array.elements.iter().map(|element| node(text, base, element, depth + 1)).collect())
        }
        Value::Object(object) => Node::Map(
            object
                .properties
                .iter()
                .map(|property| Entry {
                    key: match &property.name {
                        ObjectPropName::String(literal) => string(text, base, literal),
                        ObjectPropName::Word(word) => {
                            borrowed(text, word.value).unwrap_or(Text::verbatim("", base + word.range.start))
                        }
                    },
                    node: node(text, base, &property.value, depth + 1),
                })
                .collect(),
        ),
        Value::BooleanLit(flag) => Node::Flag(flag.value),
        Value::NullKeyword(_) => Node::Other,
    }
}

/// A string literal without its quotes.
fn string<'a>(text: &'a str, base: usize, literal: &StringLit<'_>) -> Text<'a> {
    let (start, end) = (base + literal.range.start + 1, (base + literal.range.end).saturating_sub(1));
    align(text, start, end.max(start), &literal.value, true)
}

/// Where the nesting exceeds what is read. Looked for before parsing, as the parser recurses.
fn too_deep(bytes: &[u8]) -> Option<usize> {
    let (mut depth, mut at) = (0usize, 0usize);
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'{' | b'[' => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return Some(at);
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'"' | b'\'' => at = behind_string(bytes, at),
            b'/' if bytes.get(at + 1) == Some(&b'/') => {
                at += memchr::memchr(b'\n', &bytes[at..]).unwrap_or(bytes.len() - at);
            }
            b'/' if bytes.get(at + 1) == Some(&b'*') => {
                at += memchr::memmem::find(&bytes[at..], b"*/").map_or(bytes.len() - at, |length| length + 1);
            }
            _ => {}
        }
        at += 1;
    }
    None
}

/// Offset of the quote that closes the string at `at`, or of the end.
fn behind_string(bytes: &[u8], at: usize) -> usize {
    let quote = bytes[at];
    let mut end = at + 1;
    while let Some(&byte) = bytes.get(end) {
        match byte {
            b'\\' => end += 1,
            _ if byte == quote => break,
            _ => {}
        }
        end += 1;
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::span::Span;
    use proptest::prelude::*;

    #[test]
    fn comments_trailing_commas_single_quotes_and_bare_keys_are_read() {
        let raw = "\u{feff}// c\n{ a: 'x', \"b\": [1, 'y',], }";
        let tree = read(raw).expect("reads").expect("a value");
        assert_eq!(tree.get("a").and_then(Node::text), Some("x"));
        let Some(Node::Text(text)) = tree.get("b").map(|list| &list.items()[1]) else { panic!("a text") };
        let at = raw.find('y').expect("there");
        assert_eq!(text.span(), Span::new(at, at + 1));
    }

    #[test]
    fn an_escaped_string_maps_to_its_raw_bytes() {
        let raw = r#"{"k":"a\u0062c\/d"}"#;
        let tree = read(raw).expect("reads").expect("a value");
        let Some(Node::Text(text)) = tree.get("k") else { panic!("a text") };
        assert_eq!(text.as_str(), "abc/d");
        assert_eq!(text.raw(1..2), Span::new(7, 13));
        assert_eq!(text.span(), Span::new(6, 17));
    }

    #[test]
    fn a_nest_of_ten_thousand_is_an_error_with_a_place() {
        let error = read(&"[".repeat(10_000)).expect_err("too deep");
        assert_eq!((error.line, error.column), (1, MAX_DEPTH as u32 + 1));
    }

    #[test]
    fn brackets_in_strings_and_comments_do_not_count_as_nesting() {
        let raw = format!("{{\"a\": \"{}\" /* {} */}}", "[".repeat(500), "{".repeat(500));
        assert!(read(&raw).is_ok());
    }

    #[test]
    fn an_error_never_quotes_the_text() {
        let error = read("{\"a\": hunter2hunter2}").expect_err("not JSON");
        assert!(!format!("{error:?} {error}").contains("hunter2"));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_and_spans_slice_it(raw in "\\PC{0,60}|[\\[\\]{}:,'\"\\\\a-c/*\n\u{e9}]{0,80}") {
            if let Ok(Some(tree)) = read(&raw) {
                tree.each_span(&mut |span| assert!(raw.get(span.start..span.end).is_some()));
            }
        }
    }
}
