//! What can be wrong with a policy file, where, and what to do about it. Values from the file are never quoted.

use std::io;

use thiserror::Error;

/// Why a policy cannot be used.
#[derive(Debug, Error)]
pub enum PolicyError {
    /// The file could not be read.
    #[error("could not read policy `{path}`: {source}\nhint: give the path of a TOML file to --policy")]
    Read {
        /// Path as it was given.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// The file says something that cannot be meant.
    #[error("{path}:{line}: {message}\nhint: {hint}")]
    Invalid {
        /// Path as it was given.
        path: String,
        /// 1-based line.
        line: u32,
        /// What is wrong.
        message: String,
        /// What to do.
        hint: String,
    },
}

/// Something wrong at a byte of the file, before path and line are known.
#[derive(Debug)]
pub(super) struct Complaint {
    pub at: usize,
    pub message: String,
    pub hint: String,
}

impl Complaint {
    pub(super) fn new(at: usize, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { at, message: message.into(), hint: hint.into() }
    }

    /// Words what the TOML reader complains of.
    pub(super) fn from_toml(error: &toml::de::Error) -> Self {
        let at = error.span().map_or(0, |span| span.start);
        let message = without_values(error.message());
        let mut names = message.split('`').skip(1).step_by(2);
        let hint = if message.starts_with("unknown field") {
            let unknown = names.next().unwrap_or_default();
            let known: Vec<&str> = names.collect();
            match nearest(unknown, &known) {
                Some(near) => format!("did you mean `{near}`?"),
                None if known.is_empty() => "remove it; nothing may stand here".to_owned(),
                None => format!("known here: {}", known.join(", ")),
            }
        } else if message.starts_with("missing field") {
            format!("add `{}`", names.next().unwrap_or_default())
        } else {
            "compare with the policy that `keytrawl demo` writes".to_owned()
        };
        let message = match message.split_once(", expected") {
            Some((head, _)) if message.starts_with("unknown field") => head.replace("unknown field", "unknown key"),
            _ => message.replace("missing field", "missing key"),
        };
        // Nobody misspells a key at that length; it may be a secret of the wrong file.
        let message = match message.split('`').nth(1) {
            Some(key) if key.len() > LONGEST_KEY => message.replace(key, "…"),
            _ => message,
        };
        // The first line is what is wrong; the reader's further lines describe the syntax.
        Self { at, message: message.lines().next().unwrap_or_default().to_owned(), hint }
    }

    pub(super) fn into_error(self, path: &str, text: &str) -> PolicyError {
        let line = line_of(text, self.at);
        PolicyError::Invalid { path: path.to_owned(), line, message: self.message, hint: self.hint }
    }
}

/// Longest key that a message quotes, in bytes; the known ones are shorter.
const LONGEST_KEY: usize = 24;

/// 1-based line of a byte.
pub(super) fn line_of(text: &str, at: usize) -> u32 {
    let before = text.as_bytes().get(..at).unwrap_or(text.as_bytes());
    1 + memchr::memchr_iter(b'\n', before).count() as u32
}

/// A message without what stands in double quotes: the reader quotes values there, and a value may be a secret when the
/// wrong file was named.
fn without_values(message: &str) -> String {
    let mut clean = String::with_capacity(message.len());
    let (mut quoted, mut escaped) = (false, false);
    for c in message.chars() {
        match c {
            '"' if !escaped => {
                quoted = !quoted;
                clean.push_str(if quoted { "\"…" } else { "\"" });
            }
            _ if quoted => escaped = c == '\\' && !escaped,
            _ => clean.push(c),
        }
    }
    clean
}

/// The known name that is close enough to be meant.
pub(super) fn nearest<'a>(unknown: &str, known: &[&'a str]) -> Option<&'a str> {
    let scored = known.iter().map(|name| (distance(unknown, name), *name));
    scored.min().filter(|(distance, name)| *distance <= 1 + name.len() / 4).map(|(_, name)| name)
}

/// Edits from one name to the other.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    // Long keys cannot be near any known one; the bound keeps this cheap on a hostile file.
    for (i, a) in from.chars().take(64).enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_finds_the_name_that_was_meant() {
        assert_eq!(nearest("exipres", &["expires", "created"]), Some("expires"));
        assert_eq!(nearest("max_day", &["max_days", "max_age_days"]), Some("max_days"));
        assert_eq!(nearest("colour", &["expires", "created"]), None);
    }

    #[test]
    fn a_message_never_quotes_a_value() {
        assert_eq!(
            without_values(r#"invalid type: string "hunter\"2", expected u32"#),
            r#"invalid type: string "…", expected u32"#
        );
    }
}
