//! String literals that hold other text: escaped in data, a JSON document in a program, any in a transcript.

use std::ops::Range;
use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::{LITERAL, Layer, decode, unescape};
use crate::span::Text;

/// Shortest string of a transcript that is looked into though it holds no escape.
const TOLD: usize = 24;

/// How the rules begin by which an agent may run a command.
const ALLOWED: &str = "Bash(";

/// The command of a rule that allows it: `Bash(command:*)`.
fn allowed<'t>(rule: &Text<'t>) -> Option<Text<'t>> {
    let inner = rule.as_str().strip_prefix(ALLOWED)?;
    let inner = inner.strip_suffix(')').unwrap_or(inner);
    let inner = inner.strip_suffix(":*").unwrap_or(inner);
    rule.slice(ALLOWED.len()..ALLOWED.len() + inner.len())
}

impl Layer<'_> {
    /// The string literal around `place`, where it holds other text: escaped in data, a JSON document in a program, and
    /// any in a transcript.
    pub(super) fn literal<'t>(
        &self,
        text: &'t [u8],
        strings: &mut decode::Strings<'t>,
        place: usize,
        data: bool,
        command: bool,
    ) -> Option<(Range<usize>, Text<'t>)> {
        let (run, escaped) = strings.around(place)?;
        let content = text.get(run.clone())?;
        let document = matches!(content.first(), Some(b'{' | b'['));
        // A command that somebody allowed an agent to run, or one that configures a server.
        let command = data && (command || content.starts_with(ALLOWED.as_bytes()));
        // What is one word is no text in which something could be told.
        let told = self.transcript && run.len() >= TOLD && content.iter().any(|byte| b" =:".contains(byte));
        if !(escaped && (data || document)) && !told && !command {
            return None;
        }
        if content.len() > LITERAL {
            self.budget.run_short();
            return None;
        }
        let raw = Text::verbatim(std::str::from_utf8(content).ok()?, run.start);
        let inner = match raw.through(unescape::escapes) {
            Some(inner) => inner,
            None if self.transcript || command => raw,
            None => return None,
        };
        let inner = allowed(&inner).unwrap_or(inner);
        let inner = inner.through(unescape::unnumbered).unwrap_or(inner);
        Some((run, inner))
    }
}

/// Whether a string in a text may be a JSON document.
pub(super) fn quotes_document(text: &[u8]) -> bool {
    static STARTS: LazyLock<[Finder<'_>; 2]> = LazyLock::new(|| [Finder::new("\"{"), Finder::new("\"[")]);
    STARTS.iter().any(|start| start.find(text).is_some())
}
