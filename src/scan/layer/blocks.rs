//! Blocks of other text within a text: fenced code in prose, JSON documents with a server map in anything.

use super::LITERAL;
use crate::client::deep_link;
use crate::span::Text;

/// The fenced code blocks of a Markdown text: where prose on servers shows their configs.
pub(super) fn fenced(text: &[u8]) -> Vec<Text<'_>> {
    const FENCE: &str = "```";
    let mut blocks = Vec::new();
    let Ok(text) = std::str::from_utf8(text) else { return blocks };
    let mut open: Option<usize> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        if line.trim_start().starts_with(FENCE) {
            open = match open {
                None => Some(at),
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
