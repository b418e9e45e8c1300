//! Servers that a program writes out for LangChain's MCP adapters.

use super::reading::Reading;
use super::{literal, shapes, slots};

/// Id in `rules/clients.toml`.
const CLIENT: &str = "langchain-mcp-adapters";
/// What is given the servers, in Python and in JavaScript.
const CALL: &str = "MultiServerMCPClient(";
/// Most calls that are read in one program.
const MOST: usize = 64;

/// Whether programs of this extension are looked at; a notebook is one where its cells have been joined.
pub(super) fn is_program(extension: &str) -> bool {
    matches!(extension, "py" | "pyi" | "ipynb" | "js" | "mjs" | "cjs" | "ts" | "mts" | "cts" | "tsx" | "jsx")
}

/// Reads the servers of each call. A pointer leads into what the call is given.
pub(super) fn read(text: &str) -> Option<Reading<'_>> {
    let mut reading = Reading { client: Some(CLIENT), ..Reading::default() };
    let calls = memchr::memmem::find_iter(text.as_bytes(), CALL.as_bytes()).take(MOST);
    for at in calls {
        let Some(tree) = given(text, at + CALL.len()) else { continue };
        let found = shapes::given(&tree);
        slots::fill(&mut reading, &tree, &found);
    }
    // The rest of the program is nobody's config.
    reading.client = None;
    reading.servers.iter_mut().for_each(|entry| entry.client = Some(CLIENT));
    (!reading.servers.is_empty()).then_some(reading)
}

/// The dictionary that the call is given, by its place or as `connections`.
fn given(text: &str, at: usize) -> Option<super::node::Node<'_>> {
    let rest = text.get(at..)?;
    let argument = rest.trim_start();
    let named = argument.strip_prefix("connections").map(str::trim_start).and_then(|rest| rest.strip_prefix('='));
    literal::read(text, text.len() - named.unwrap_or(argument).len())
}
