//! Reads shell commands that configure a server (`claude mcp add …`), wherever they are written: histories, scripts, prose.

use std::ops::Range;
use std::sync::Arc;

use crate::client::{Slot, SlotKind};
use crate::detector::name::{self, Role};
use crate::span::Text;

/// Most bytes of a command, its continued lines included.
const LONGEST: usize = 8 * 1024;
/// Most bytes before the verb in which the program stands.
const BEFORE: usize = 256;

/// Programs and the clients whose configs they write.
const PROGRAMS: &[(&str, &str)] = &[
    ("claude", "claude-code"),
    ("codex", "codex"),
    ("gemini", "gemini-cli"),
    ("qwen", "qwen-code"),
    ("code", "vscode"),
    ("cursor-agent", "cursor"),
];

/// Options that take a value which is no credential.
const PLAIN: &[&str] =
    &["-s", "--scope", "-t", "--transport", "--type", "--url", "--client-id", "--callback-port", "--timeout"];

/// A value in a command, and the slot it fills.
pub(super) struct Given<'t> {
    pub(super) text: Text<'t>,
    pub(super) slot: Slot,
    pub(super) role: Role,
}

/// The values that the command around `verb` (` mcp add`, `--add-mcp`) gives to a server.
pub(super) fn read(text: &[u8], verb: Range<usize>) -> Vec<Given<'_>> {
    let words = words(text, verb.end, end_of(text, verb.end));
    let mut reader = Reader { client: program(text, verb.start), server: None, given: Vec::new() };
    let mut at = 0;
    while let Some(&(word, start)) = words.get(at) {
        at += 1;
        if word == "-e" || word == "--env" {
            // Several may follow one option.
            while let Some(&(next, start)) =
                words.get(at).filter(|(next, _)| !next.starts_with('-') && next.contains('='))
            {
                reader.pair(next, start, '=');
                at += 1;
            }
        } else if word == "-H" || word == "--header" {
            if let Some(&(next, start)) = words.get(at) {
                reader.pair(next, start, if next.contains(':') { ':' } else { '=' });
                at += 1;
            }
        } else if PLAIN.contains(&word) {
            at += 1;
        } else if word.starts_with('-') && word.contains('=') {
            match word.split_once('=') {
                Some(("--env" | "--header", pair)) => {
                    reader.pair(
                        pair,
                        start + word.len() - pair.len(),
                        if word.starts_with("--env") { '=' } else { ':' },
                    );
                }
                _ => reader.pair(word, start, '='),
            }
        } else if word.starts_with("--") && name::role(word) == Role::Secret {
            if let Some(&(next, start)) = words.get(at).filter(|(next, _)| !next.starts_with('-')) {
                reader.give(word, next, start);
                at += 1;
            }
        } else if !word.starts_with('-') && reader.server.is_none() && !word.starts_with('{') {
            reader.server = Some(word.into());
        } else if word.contains('=') && !word.contains("://") {
            reader.pair(word, start, '=');
        }
    }
    reader.given
}

struct Reader<'t> {
    client: Option<&'static str>,
    server: Option<Arc<str>>,
    given: Vec<Given<'t>>,
}

impl<'t> Reader<'t> {
    /// `NAME=value`, `Name: value`.
    fn pair(&mut self, word: &'t str, start: usize, mark: char) {
        if let Some((name, value)) = word.split_once(mark) {
            let lead = value.len() - value.trim_start_matches(['"', '\'', ' ', '\\']).len();
            let value = value.trim_matches(['"', '\'', ' ', '\\']);
            self.give(name, value, start + name.len() + mark.len_utf8() + lead);
        }
    }

    fn give(&mut self, name: &'t str, value: &'t str, start: usize) {
        let scheme = ["Bearer ", "bearer ", "token "].iter().find_map(|scheme| value.strip_prefix(scheme));
        let value_start = start + scheme.map_or(0, |rest| value.len() - rest.len());
        let name = name.trim_start_matches(['-', '"', '\'']);
        self.given.push(Given {
            text: Text::verbatim(scheme.unwrap_or(value), value_start),
            slot: Slot {
                client: self.client,
                server: self.server.clone(),
                variable: Some(name.to_owned()),
                ..Slot::bare(SlotKind::CommandLine)
            },
            role: name::role(name),
        });
    }
}

/// The client whose program stands in front of the verb.
fn program(text: &[u8], verb: usize) -> Option<&'static str> {
    let before = text.get(verb.saturating_sub(BEFORE)..verb)?;
    let word = before.trim_ascii().rsplit(|byte| !(byte.is_ascii_alphanumeric() || *byte == b'-')).next()?;
    PROGRAMS.iter().find(|(program, _)| program.as_bytes() == word).map(|(_, client)| *client)
}

/// The end of the command: a line end that is not continued, or what joins it to another.
fn end_of(text: &[u8], start: usize) -> usize {
    let bound = text.len().min(start.saturating_add(LONGEST));
    let mut at = start;
    while let Some(found) = text.get(at..bound).and_then(|rest| memchr::memchr(b'\n', rest)) {
        let end = at + found;
        let line = text.get(at..end).unwrap_or_default().trim_ascii_end();
        if !line.ends_with(b"\\") && !line.ends_with(b"`") {
            return end;
        }
        at = end + 1;
    }
    bound
}

/// The words of a command with their places, without the quotes around a whole word.
fn words(text: &[u8], start: usize, end: usize) -> Vec<(&str, usize)> {
    let mut words = Vec::new();
    let mut at = start;
    while at < end {
        let Some(&byte) = text.get(at) else { break };
        if byte.is_ascii_whitespace() || byte == b'\\' || byte == b'`' {
            at += 1;
            continue;
        }
        if matches!(byte, b';' | b'|' | b'<' | b'>') {
            break;
        }
        let from = at;
        let mut quote = None;
        // Within `$(…)` blanks and quotes belong to the command that is substituted.
        let mut substituted = 0_usize;
        while let Some(&byte) = text.get(at).filter(|_| at < end) {
            match quote {
                _ if byte == b'(' && (substituted > 0 || text.get(..at).is_some_and(|head| head.ends_with(b"$"))) => {
                    substituted += 1;
                }
                _ if substituted > 0 => substituted -= usize::from(byte == b')'),
                Some(mark) if byte == mark => quote = None,
                None if matches!(byte, b'"' | b'\'') => quote = Some(byte),
                None if byte.is_ascii_whitespace() || byte == b'`' => break,
                _ => {}
            }
            at += 1;
        }
        let Some(word) = text.get(from..at).and_then(|word| std::str::from_utf8(word).ok()) else { continue };
        let inner = word.trim_start_matches(['"', '\'']);
        let lead = word.len() - inner.len();
        words.push((inner.trim_end_matches(['"', '\'', '\\']), from + lead));
    }
    words
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_command_gives_its_server_variables_and_headers() {
        let text = "$ claude mcp add -s user github -e A_TOKEN=v1 B=v2 \\\n  --header \"X-Api-Key: Bearer v3\" -- npx pkg --api-key v4\nnext";
        let verb = text.find(" mcp add").unwrap();
        let given = read(text.as_bytes(), verb..verb + " mcp add".len());
        let told: Vec<_> = given
            .iter()
            .map(|it| {
                (
                    it.slot.variable.as_deref().unwrap(),
                    it.text.as_str(),
                    &text[it.text.span().start..it.text.span().end],
                )
            })
            .collect();
        let expected = [("A_TOKEN", "v1"), ("B", "v2"), ("X-Api-Key", "v3"), ("api-key", "v4")];
        assert_eq!(told, expected.map(|(name, value)| (name, value, value)));
        assert_eq!(given[0].slot.server.as_deref(), Some("github"));
        assert_eq!(given[0].slot.client, Some("claude-code"));
    }

    #[test]
    fn a_substituted_command_is_one_word() {
        let text = "claude mcp add github -e A_TOKEN=$(grep PAT .env | cut -d '=' -f2) -e B=v2";
        let given = read(text.as_bytes(), 6..14);
        let told: Vec<_> = given.iter().map(|it| it.text.as_str()).collect();
        assert_eq!(told, ["$(grep PAT .env | cut -d '=' -f2)", "v2"]);
    }

    proptest! {
        #[test]
        fn any_command_is_read_without_panic_and_to_the_byte(tail in "[-a-zA=:\"' \\\\\n{}λ]{0,80}") {
            let text = format!("claude mcp add{tail}");
            for given in read(text.as_bytes(), 6..14) {
                let span = given.text.span();
                prop_assert_eq!(&text[span.start..span.end], given.text.as_str());
            }
        }
    }
}
