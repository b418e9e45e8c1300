//! Reads a dictionary or object that is written out in a program, in Python and JavaScript alike, into the common tree.

use super::node::{Entry, MAX_DEPTH, Node};
use crate::span::{Text, decode};

/// Reads the value that begins at `at`. `None` where a bracket or a string does not end, or what begins there is none.
///
/// What is not written out (a name, a call, a sum) is [`Node::Other`]; a variable of the environment that is asked for
/// there is the text `${NAME}`.
pub(super) fn read(text: &str, at: usize) -> Option<Node<'_>> {
    let mut reader = Reader { text, at };
    reader.blanks();
    matches!(reader.peek(), Some(b'{' | b'[')).then_some(())?;
    reader.value(0)
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Passes over blanks and comments.
    fn blanks(&mut self) {
        loop {
            let rest = self.rest();
            let blank = rest.len() - rest.trim_start().len();
            self.at += blank;
            let rest = self.rest();
            if rest.starts_with('#') || rest.starts_with("//") {
                self.at += rest.find('\n').unwrap_or(rest.len());
            } else if rest.starts_with("/*") {
                self.at += rest.find("*/").map_or(rest.len(), |end| end + 2);
            } else {
                return;
            }
        }
    }

    fn value(&mut self, depth: usize) -> Option<Node<'a>> {
        if depth > MAX_DEPTH {
            return None;
        }
        self.blanks();
        let start = self.at;
        let node = match self.peek()? {
            b'{' => self.map(depth)?,
            b'[' | b'(' => self.list(depth)?,
            _ => match self.string()? {
                Some(text) => Node::Text(text),
                None => return self.expression(start),
            },
        };
        self.blanks();
        // What goes on is a sum, a call of a method, or a string that the next one is joined to.
        if self.is_end() { Some(node) } else { self.expression(start) }
    }

    fn is_end(&self) -> bool {
        matches!(self.peek(), None | Some(b',' | b'}' | b']' | b')' | b';'))
    }

    fn map(&mut self, depth: usize) -> Option<Node<'a>> {
        self.at += 1;
        let mut entries = Vec::new();
        loop {
            self.blanks();
            match self.peek()? {
                b'}' => {
                    self.at += 1;
                    return Some(Node::Map(entries));
                }
                b',' => {
                    self.at += 1;
                    continue;
                }
                _ => {}
            }
            let start = self.at;
            let key = match self.string()? {
                Some(key) => Some(key),
                None => self.word(),
            };
            self.blanks();
            if let Some(key) = key.filter(|_| self.peek() == Some(b':')) {
                self.at += 1;
                let node = self.value(depth + 1)?;
                entries.push(Entry { key, node });
            } else {
                // `**others`, `...others`, a computed key, a name alone.
                self.expression(start)?;
            }
            self.blanks();
            match self.peek()? {
                b',' | b'}' => {}
                _ => return None,
            }
        }
    }

    fn list(&mut self, depth: usize) -> Option<Node<'a>> {
        let close = if self.peek() == Some(b'[') { b']' } else { b')' };
        self.at += 1;
        let mut items = Vec::new();
        loop {
            self.blanks();
            match self.peek()? {
                byte if byte == close => {
                    self.at += 1;
                    return Some(Node::List(items));
                }
                b',' => self.at += 1,
                b'}' | b']' | b')' | b';' => return None,
                _ => items.push(self.value(depth + 1)?),
            }
        }
    }

    /// A key without quotes.
    fn word(&mut self) -> Option<Text<'a>> {
        let rest = self.rest();
        let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$')).unwrap_or(rest.len());
        let word = rest.get(..end).filter(|word| !word.is_empty())?;
        let from = self.at;
        self.at += end;
        Some(Text::verbatim(word, from))
    }

    /// A string that holds nothing but what is written: `Some(None)` where no string begins here, `None` where it does
    /// not end. One with a hole for a value stands for no text and is left to [`Self::expression`].
    fn string(&mut self) -> Option<Option<Text<'a>>> {
        let rest = self.rest();
        let letters = rest.bytes().take(3).take_while(u8::is_ascii_alphabetic).count();
        let prefix = rest.get(..letters).unwrap_or_default();
        let Some(quote @ (b'"' | b'\'' | b'`')) = rest.as_bytes().get(letters).copied() else { return Some(None) };
        if letters > 2 || !prefix.bytes().all(|letter| b"rRbBfFuU".contains(&letter)) {
            return Some(None);
        }
        let has = |letter: u8| prefix.bytes().any(|one| one.eq_ignore_ascii_case(&letter));
        let triple = rest.as_bytes().get(letters..letters + 3) == Some(&[quote; 3]) && quote != b'`';
        let open = letters + if triple { 3 } else { 1 };
        let bytes = rest.as_bytes();
        let mut end = open;
        loop {
            match *bytes.get(end)? {
                b'\\' => end += 2,
                b'\n' if !triple && quote != b'`' => return None,
                byte if byte == quote && (!triple || bytes.get(end..end + 3) == Some(&[quote; 3])) => break,
                _ => end += 1,
            }
        }
        let content = rest.get(open..end)?;
        let hole = (has(b'f') && content.contains('{')) || (quote == b'`' && content.contains("${"));
        if hole {
            return Some(None);
        }
        let text = Text::verbatim(content, self.at + open);
        self.at += end + if triple { 3 } else { 1 };
        Some(Some(if has(b'r') { text } else { text.through(decode::escapes).unwrap_or(text) }))
    }

    /// Passes over a comment that begins here, behind a blank: in it a quote opens nothing.
    fn comment(&mut self, start: usize) -> bool {
        let rest = self.rest();
        let before = self.text.as_bytes().get(start..self.at).and_then(<[u8]>::last);
        let begins = before.is_none_or(u8::is_ascii_whitespace) && (rest.starts_with("# ") || rest.starts_with("// "));
        if begins {
            self.at += rest.find('\n').unwrap_or(rest.len());
        }
        begins
    }

    /// Passes over what is not written out, up to what ends it.
    fn expression(&mut self, start: usize) -> Option<Node<'a>> {
        self.at = start;
        let bytes = self.text.as_bytes();
        let mut open: Vec<u8> = Vec::new();
        loop {
            let byte = self.peek()?;
            match byte {
                b'#' | b'/' if self.comment(start) => continue,
                b',' | b';' if open.is_empty() => break,
                b'{' | b'[' | b'(' => open.push(byte),
                b'}' | b']' | b')' => {
                    let Some(last) = open.pop() else { break };
                    if !matches!((last, byte), (b'{', b'}') | (b'[', b']') | (b'(', b')')) {
                        return None;
                    }
                }
                b'"' | b'\'' | b'`' => {
                    let mut end = self.at + 1;
                    while *bytes.get(end)? != byte {
                        end += if bytes.get(end) == Some(&b'\\') { 2 } else { 1 };
                    }
                    self.at = end;
                }
                _ => {}
            }
            if open.len() > MAX_DEPTH {
                return None;
            }
            self.at += 1;
        }
        let written = self.text.get(start..self.at)?.trim_end();
        if matches!(written, "True" | "true") {
            return Some(Node::Flag(true));
        }
        if !written.is_empty() && written.bytes().all(|byte| byte.is_ascii_digit()) {
            return Some(Node::Number(Text::verbatim(written, start)));
        }
        Some(asked_for(written, start).map_or(Node::Other, Node::Text))
    }
}

/// A variable of the environment, as programs ask for it.
fn asked_for(written: &str, start: usize) -> Option<Text<'static>> {
    const FORMS: [&str; 8] = [
        "os.environ.get(",
        "os.environ[",
        "environ.get(",
        "environ[",
        "os.getenv(",
        "getenv(",
        "process.env.",
        "process.env[",
    ];
    let rest = FORMS.iter().find_map(|form| written.strip_prefix(form))?.trim_start_matches(['"', '\'']);
    let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
    let name = rest.get(..end).filter(|name| super::reference::is_variable_name(name))?;
    let from = start + (written.len() - rest.len());
    let table = [from, from].into_iter().chain(from..=from + name.len()).chain([from + name.len()]).collect();
    Text::decoded(format!("${{{name}}}"), table)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The texts of a tree, each with its key, in the order they were written.
    fn texts(node: &Node<'_>) -> Vec<String> {
        let mut found: Vec<String> = node
            .entries()
            .iter()
            .flat_map(|entry| match entry.node.text() {
                Some(text) => vec![format!("{}={text}", entry.key.as_str())],
                None => texts(&entry.node),
            })
            .collect();
        found
            .extend(node.items().iter().flat_map(|item| item.text().map_or_else(|| texts(item), |it| vec![it.into()])));
        found
    }

    #[test]
    fn dictionaries_of_python_and_objects_of_javascript_are_read() {
        let python = r#"({  # servers
            'a': {"command": sys.executable, "args": ["-y", r"\x", *more], "env": {"T": os.environ["TOKEN"], **os.environ}},
            "b": {"url": f"https://x/{path}", "headers": {"A": "Bearer x" "y", "B": """z"""}, "timeout": 30},
        })"#;
        let tree = read(python, 1).expect("reads");
        assert_eq!(texts(&tree), ["-y", "\\x", "T=${TOKEN}", "B=z"]);
        let noted = "{'a': run(  # don't\n 1), 'b': 'c'}";
        assert_eq!(texts(&read(noted, 0).expect("reads")), ["b=c"]);
        let script = "({ mcpServers: { a: { // c\n url: `https://x`, headers: { K: process.env.KEY!, L: 'a\\u0041' }, ...rest, on }, }, });";
        assert_eq!(texts(&read(script, 1).expect("reads")), ["url=https://x", "K=${KEY}", "L=aA"]);
    }

    #[test]
    fn what_does_not_end_or_is_not_written_out_is_not_read() {
        for text in ["{'a': 'b'", "{'a': 'b]}", "{'a': (1]}", "config)", "{'a' 'b'", "", "{'a': \"x\n\"}"] {
            assert!(read(text, 0).is_none(), "{text}");
        }
        assert!(read(&"[".repeat(100_000), 0).is_none());
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic_and_its_texts_stand_in_it(text in "[\\[{(]{1,2}[a-f\"'`{}()\\[\\],:\\\\ \n#/é$0-9]{0,60}") {
            if let Some(tree) = read(&text, 0) {
                tree.each_span(&mut |span| assert!(text.get(span.start..span.end).is_some()));
            }
        }
    }
}
