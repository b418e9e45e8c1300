//! Blocks of other text within a text: fenced code in prose, JSON documents with a server map in anything.

use super::LITERAL;
use crate::client::deep_link;
use crate::span::Text;

/// The fenced code blocks of a Markdown text: where prose on servers shows their configs.
pub(super) fn fenced(text: &[u8]) -> Vec<Text<'_>> {
    const FENCE: &[u8] = b"```";
    let mut blocks = Vec::new();
    let mut marks = memchr::memmem::find_iter(text, FENCE).peekable();
    let Some(text) = marks.peek().and_then(|_| std::str::from_utf8(text).ok()) else { return blocks };
    let (mut open, mut floor) = (None, 0);
    for mark in marks {
        let Some(before) = text.get(floor..mark) else { continue };
        let start = memchr::memrchr(b'\n', before.as_bytes()).map_or(floor, |at| floor + at + 1);
        let fences = text.get(start..mark).is_some_and(|indent| indent.trim_start().is_empty());
        floor = memchr::memchr(b'\n', &text.as_bytes()[mark..]).map_or(text.len(), |at| mark + at + 1);
        if fences {
            open = match open {
                None => Some(floor),
                Some(begin) => {
                    blocks.extend(text.get(begin..start).map(|block| Text::verbatim(block, begin)));
                    None
                }
            };
        }
    }
    blocks
}

/// The JSON documents with a server map that stand in other text: messages, heredocs, programs.
pub(super) fn embedded(text: &[u8]) -> Vec<Text<'_>> {
    const MAP: &[u8] = b"\"mcpServers\"";
    let mut documents = Vec::new();
    let mut floor = 0;
    for at in memchr::memmem::find_iter(text, MAP) {
        let Some(before) = text.get(floor..at) else { continue };
        let open = floor + before.trim_ascii_end().len();
        let (Some(start), Some(rest)) = (open.checked_sub(1), text.get(at..text.len().min(at + LITERAL))) else {
            continue;
        };
        if before.trim_ascii_end().last() != Some(&b'{') || start == 0 {
            continue;
        }
        // The brace before the name, and what it opens.
        let len = deep_link::braces(text.get(start..at + rest.len()).unwrap_or_default());
        floor = start + len.unwrap_or(rest.len());
        if let Some(document) = len.and_then(|len| std::str::from_utf8(text.get(start..start + len)?).ok()) {
            documents.push(Text::verbatim(document, start));
        }
    }
    documents
}
