//! Texts that carry what is read otherwise: the arguments of a process, and a config in base64 in a property list.

use crate::client::{self, Reading, SlotKind};
use crate::source::process;
use crate::span::Text;

/// Shortest run of base64 that may be a config.
const SHORTEST: usize = 40;
/// Most runs that are tried.
const MOST: usize = 64;

/// Whether a file at this path is either.
pub(super) fn is_carrier(path: &str) -> bool {
    holds_arguments(path) || carried(path).is_some()
}

fn holds_arguments(path: &str) -> bool {
    process::is_process(path) && path.ends_with("/cmdline")
}

/// The path by which a config is read that a file at this path carries in base64.
pub(super) fn carried(path: &str) -> Option<&'static str> {
    path.ends_with("com.openai.codex.plist").then_some(".codex/config.toml")
}

/// Where runs of base64 begin that are long enough to be a config.
pub(super) fn runs(text: &[u8]) -> Vec<usize> {
    let mut found = Vec::new();
    let mut begin = None;
    for (at, byte) in text.iter().enumerate() {
        // A property list breaks the lines of its data.
        let inside =
            byte.is_ascii_alphanumeric() || b"+/=".contains(byte) || (begin.is_some() && byte.is_ascii_whitespace());
        match (begin, inside) {
            (None, true) => begin = Some(at),
            (Some(from), false) => {
                if at - from >= SHORTEST {
                    found.push(from);
                }
                begin = None;
            }
            _ => {}
        }
        if found.len() >= MOST {
            return found;
        }
    }
    found.extend(begin.filter(|from| text.len() - from >= SHORTEST));
    found
}

/// The arguments of a process, which NUL bytes part.
pub(super) fn arguments<'t>(path: &str, text: &'t [u8]) -> Option<Reading<'t>> {
    if !holds_arguments(path) {
        return None;
    }
    let text = std::str::from_utf8(text).ok()?;
    let mut words = Vec::new();
    let mut at = 0;
    for word in text.split('\0') {
        words.push(Text::verbatim(word, at));
        at += word.len() + 1;
    }
    let mut reading = client::of_words(None, None, Vec::new(), Vec::new(), words)?;
    reading.values.iter_mut().for_each(|value| value.slot.kind = SlotKind::Process);
    Some(reading)
}
