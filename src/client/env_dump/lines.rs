//! Names of variables as programs export them, and the lines of a text without their ends.

use crate::client::reference::holds_token;

/// The name in front of `=`. Programs export others than shells allow (`ProgramFiles(x86)`, `npm_config_x.y`).
pub(super) fn name(line: &str) -> Option<&str> {
    let name = line.split_once('=')?.0;
    let mut bytes = name.bytes();
    let first = bytes.next()?;
    ((first.is_ascii_alphabetic() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || b"_.-()%:".contains(&byte))
        && !holds_token(name))
    .then_some(name)
}

/// Lines without their ends.
pub(super) struct Lines<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Lines<'a> {
    /// The lines from `at` on.
    pub(super) const fn new(text: &'a str, at: usize) -> Self {
        Self { text, at }
    }

    /// Where the next line begins and ends.
    pub(super) fn next(&mut self) -> Option<(usize, usize)> {
        let rest = self.text.as_bytes().get(self.at..).filter(|rest| !rest.is_empty())?;
        let start = self.at;
        let length = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        self.at += length + 1;
        let carriage = usize::from(rest.get(..length).is_some_and(|line| line.ends_with(b"\r")));
        Some((start, start + length - carriage))
    }

    /// Goes on behind the line that holds `at`.
    pub(super) fn skip_to(&mut self, at: usize) {
        if at >= self.at {
            let rest = self.text.as_bytes().get(at..).unwrap_or_default();
            self.at = at + memchr::memchr(b'\n', rest).unwrap_or(rest.len()) + 1;
        }
    }
}
