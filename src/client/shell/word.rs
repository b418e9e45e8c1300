//! One word of a command line: its quotes undone, each byte with its place, and whether the shell would fill something in.

use super::Dialect;
use super::ansi::{Escaped, escape};
use crate::span::Text;

/// Longest expansion (`$(…)`) that is passed over as one.
const LONGEST: usize = 4096;

/// A word, unquoted.
pub(crate) struct Word<'a> {
    /// What the program is given, where nothing is filled in.
    pub(crate) text: Text<'a>,
    /// Where the word has ended.
    pub(crate) end: usize,
    /// A variable or a command is filled in by the shell: the word is not what it reads.
    pub(crate) expands: bool,
}

/// The word that begins at `at` and ends before a byte outside of quotes that `stops`.
pub(crate) fn read<'a>(text: &'a str, at: usize, dialect: Dialect, stops: &dyn Fn(u8) -> bool) -> Word<'a> {
    let mut reader =
        Reader { bytes: text.as_bytes(), at, value: Vec::new(), table: Vec::new(), expands: false, last: at };
    match dialect {
        Dialect::Posix => reader.posix(stops),
        Dialect::Fish => reader.fish(stops),
        Dialect::PowerShell => reader.power_shell(stops),
        Dialect::Prompt => reader.prompt(stops),
    }
    reader.finish(text, at)
}

/// The word of a unit's line that begins at `at`, and where it ends.
pub(super) fn c_word(text: &str, at: usize) -> (Text<'_>, usize) {
    let mut reader =
        Reader { bytes: text.as_bytes(), at, value: Vec::new(), table: Vec::new(), expands: false, last: at };
    let mut quote = None;
    while let Some(byte) = reader.peek(0) {
        match (quote, byte) {
            (Some(open), close) if open == close => {
                quote = None;
                reader.at += 1;
            }
            (None, b'"' | b'\'') => {
                quote = Some(byte);
                reader.at += 1;
            }
            (None, blank) if blank.is_ascii_whitespace() => break,
            (_, b'\\') => reader.escaped(),
            _ => reader.take(),
        }
    }
    let word = reader.finish(text, at);
    (word.text, word.end)
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    value: Vec<u8>,
    table: Vec<usize>,
    expands: bool,
    /// Behind the last byte that gave something.
    last: usize,
}

impl Reader<'_> {
    /// What has been read of `text` from `at` on.
    fn finish(self, text: &str, at: usize) -> Word<'_> {
        let Self { at: end, value, mut table, expands, last, .. } = self;
        let start = table.first().copied().unwrap_or(at);
        let raw = text.get(start..last.max(start)).unwrap_or_default();
        if raw.as_bytes() == value {
            return Word { text: Text::verbatim(raw, start), end, expands };
        }
        table.push(last.max(start));
        let value = match String::from_utf8(value) {
            Ok(value) => value,
            // Bytes that are no text: kept in number, so that the table fits.
            Err(error) => {
                let bytes = error.into_bytes().into_iter();
                bytes.map(|byte| if byte.is_ascii() { char::from(byte) } else { '?' }).collect()
            }
        };
        Word { text: Text::decoded(value, table).unwrap_or(Text::verbatim(raw, start)), end, expands }
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }

    fn push(&mut self, byte: u8, from: usize, end: usize) {
        self.value.push(byte);
        self.table.push(from);
        self.last = end;
    }

    /// Takes the next byte as it stands.
    fn take(&mut self) {
        if let Some(byte) = self.peek(0) {
            // All bytes of a character begin where the character does.
            let from = if byte & 0xc0 == 0x80 { self.table.last().copied().unwrap_or(self.at) } else { self.at };
            self.push(byte, from, self.at + 1);
        }
        self.at += 1;
    }

    /// Takes the byte behind a mark that quotes it.
    fn take_quoted(&mut self) {
        let from = self.at;
        self.at += 1;
        if let Some(byte) = self.peek(0) {
            self.push(byte, from, self.at + 1);
        }
        self.at += 1;
    }

    /// Length of a line end ahead.
    fn line_end(&self, ahead: usize) -> Option<usize> {
        match (self.peek(ahead), self.peek(ahead + 1)) {
            (Some(b'\n'), _) => Some(1),
            (Some(b'\r'), Some(b'\n')) => Some(2),
            _ => None,
        }
    }

    fn until(&mut self, quote: u8) {
        while self.peek(0).is_some_and(|byte| byte != quote) {
            self.take();
        }
        self.at = (self.at + 1).min(self.bytes.len());
    }

    /// Whether a `$` here begins an expansion.
    fn is_expansion(&self) -> bool {
        self.peek(1).is_some_and(|next| next.is_ascii_alphanumeric() || b"_{(@*#?!-".contains(&next))
    }

    /// Takes an expansion whole, so that blanks in it end no word.
    fn expansion(&mut self) {
        self.expands = true;
        self.take();
        match self.peek(0) {
            Some(b'(') => self.bracketed(b'(', b')'),
            Some(b'{') => self.bracketed(b'{', b'}'),
            _ => {}
        }
    }

    fn posix(&mut self, stops: &dyn Fn(u8) -> bool) {
        while let Some(byte) = self.peek(0).filter(|byte| !stops(*byte)) {
            match (byte, self.peek(1)) {
                (b'$', Some(b'\'')) => {
                    self.at += 2;
                    self.ansi();
                }
                (b'$', Some(b'"')) => self.at += 1,
                (b'$', _) if self.is_expansion() => self.expansion(),
                (b'`', _) => self.backquoted(),
                (b'\'', _) => {
                    self.at += 1;
                    self.until(b'\'');
                }
                (b'"', _) => {
                    self.at += 1;
                    self.double(b'"', b"\"\\$`", b'\\');
                }
                (b'\\', Some(next)) => match self.line_end(1) {
                    Some(length) => self.at += 1 + length,
                    // A path of Windows is written without quotes, and no shell writes `\a` for `a`.
                    None if next.is_ascii_alphanumeric() => self.take(),
                    None => self.take_quoted(),
                },
                _ => self.take(),
            }
        }
    }

    fn backquoted(&mut self) {
        self.expands = true;
        self.take();
        while self.peek(0).is_some_and(|byte| byte != b'`' && byte != b'\n') {
            self.take();
        }
        if self.peek(0) == Some(b'`') {
            self.take();
        }
    }

    /// Inside `"…"`: the mark quotes only what would mean something.
    fn double(&mut self, quote: u8, special: &[u8], mark: u8) {
        while let Some(byte) = self.peek(0).filter(|byte| *byte != quote) {
            match self.peek(1) {
                Some(next) if byte == mark && special.contains(&next) => self.take_quoted(),
                Some(_) if byte == mark && self.line_end(1).is_some() => self.at += 1 + self.line_end(1).unwrap_or(1),
                _ if byte == b'$' && self.is_expansion() => self.expansion(),
                _ => {
                    self.expands |= byte == b'`' && mark == b'\\';
                    self.take();
                }
            }
        }
        self.at = (self.at + 1).min(self.bytes.len());
    }

    /// Inside `$'…'`.
    fn ansi(&mut self) {
        while let Some(byte) = self.peek(0).filter(|byte| *byte != b'\'') {
            if byte == b'\\' {
                self.escaped();
            } else {
                self.take();
            }
        }
        self.at = (self.at + 1).min(self.bytes.len());
    }

    fn escaped(&mut self) {
        let from = self.at;
        let (meaning, length) = escape(self.bytes.get(from..).unwrap_or_default());
        match meaning {
            Escaped::Byte(byte) => self.push(byte, from, from + length),
            Escaped::Char(character) => {
                for byte in character.encode_utf8(&mut [0; 4]).bytes() {
                    self.push(byte, from, from + length);
                }
            }
            Escaped::Unknown => return self.take(),
        }
        self.at = from + length;
    }

    fn fish(&mut self, stops: &dyn Fn(u8) -> bool) {
        while let Some(byte) = self.peek(0).filter(|byte| !stops(*byte)) {
            match (byte, self.peek(1)) {
                (b'$', _) if self.is_expansion() => self.expansion(),
                (b'(', _) => {
                    self.expands = true;
                    self.bracketed(b'(', b')');
                }
                (b'\'', _) => {
                    self.at += 1;
                    while let Some(byte) = self.peek(0).filter(|byte| *byte != b'\'') {
                        match self.peek(1) {
                            Some(b'\'' | b'\\') if byte == b'\\' => self.take_quoted(),
                            _ => self.take(),
                        }
                    }
                    self.at = (self.at + 1).min(self.bytes.len());
                }
                (b'"', _) => {
                    self.at += 1;
                    self.double(b'"', b"\"\\$", b'\\');
                }
                (b'\\', Some(next)) => match self.line_end(1) {
                    Some(length) => self.at += 1 + length,
                    None if next.is_ascii_alphanumeric() => self.escaped(),
                    None => self.take_quoted(),
                },
                _ => self.take(),
            }
        }
    }

    /// Takes a bracket whole.
    fn bracketed(&mut self, open: u8, close: u8) {
        let mut depth = 0_usize;
        for _ in 0..LONGEST {
            match self.peek(0) {
                None => return,
                Some(byte) if byte == open => depth += 1,
                Some(byte) if byte == close => depth = depth.saturating_sub(1),
                Some(_) => {}
            }
            self.take();
            if depth == 0 {
                return;
            }
        }
    }

    fn power_shell(&mut self, stops: &dyn Fn(u8) -> bool) {
        while let Some(byte) = self.peek(0).filter(|byte| !stops(*byte)) {
            match (byte, self.peek(1)) {
                (b'$', _) if self.is_expansion() => self.expansion(),
                (quote @ (b'\'' | b'"'), _) => {
                    self.at += 1;
                    self.power_quoted(quote);
                }
                (b'`', Some(_)) => match self.line_end(1) {
                    Some(length) => self.at += 1 + length,
                    None => self.grave(),
                },
                _ => self.take(),
            }
        }
    }

    /// Inside PowerShell's quotes: a doubled quote is one; between double quotes a grave accent escapes.
    fn power_quoted(&mut self, quote: u8) {
        while let Some(byte) = self.peek(0) {
            if byte == quote {
                if self.peek(1) != Some(quote) {
                    break;
                }
                self.take_quoted();
            } else if quote == b'"' && byte == b'`' && self.peek(1).is_some() {
                self.grave();
            } else if quote == b'"' && byte == b'$' && self.is_expansion() {
                self.expansion();
            } else {
                self.take();
            }
        }
        self.at = (self.at + 1).min(self.bytes.len());
    }

    fn grave(&mut self) {
        let meant = match self.peek(1) {
            Some(b'n') => b'\n',
            Some(b't') => b'\t',
            Some(b'r') => b'\r',
            Some(b'e') => 27,
            _ => return self.take_quoted(),
        };
        self.push(meant, self.at, self.at + 2);
        self.at += 2;
    }

    fn prompt(&mut self, stops: &dyn Fn(u8) -> bool) {
        let mut quoted = false;
        while let Some(byte) = self.peek(0).filter(|byte| quoted || !stops(*byte)) {
            match (byte, self.peek(1)) {
                (b'\\', Some(b'"')) => self.take_quoted(),
                (b'"', _) => {
                    quoted = !quoted;
                    self.at += 1;
                }
                (b'^', Some(_)) if !quoted => match self.line_end(1) {
                    Some(length) => self.at += 1 + length,
                    None => self.take_quoted(),
                },
                (b'%', Some(next)) if next.is_ascii_alphabetic() || next == b'_' => {
                    let name = self.bytes.get(self.at + 1..).unwrap_or_default().iter().take(96);
                    let length = name.take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
                    self.expands |= self.peek(1 + length) == Some(b'%');
                    self.take();
                }
                _ => self.take(),
            }
        }
    }
}
