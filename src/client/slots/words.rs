//! Splits a command line into words as a shell does, each with its raw bytes.

use crate::span::Text;

/// More words than anybody writes on one line; what follows is one word.
const MAX_WORDS: usize = 4096;

/// The words of a command line; a text without blanks or quotes is its own only word.
pub(crate) fn of<'a>(text: &Text<'a>) -> Vec<Text<'a>> {
    let line = text.as_str();
    if !line.contains(char::is_whitespace) {
        return vec![text.clone()];
    }
    let mut words = Vec::new();
    // `C:\Program Files\…\npx.cmd`: such a path is written without quotes.
    let program = windows_program(line);
    words.extend(program.and_then(|end| text.slice(0..end)));
    let mut word = Word::default();
    let mut quote: Option<char> = None;
    let mut characters = line.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        if program.is_some_and(|end| at < end) {
            continue;
        }
        match (quote, character) {
            (Some(open), close) if open == close => quote = None,
            (Some('"') | None, '\\') => {
                let escapes = |next: &char| match quote {
                    Some(_) => matches!(next, '"' | '\\' | '$' | '`'),
                    None => next.is_whitespace() || matches!(next, '"' | '\'' | '\\' | '$' | '&' | ';' | '|'),
                };
                match characters.peek().map(|next| next.1).filter(escapes) {
                    // A continued line.
                    Some('\n') => {
                        characters.next();
                    }
                    Some(next) => {
                        characters.next();
                        word.push(next, at);
                    }
                    None => word.push(character, at),
                }
            }
            (None, '"' | '\'') => {
                quote = Some(character);
                word.begin(at + 1);
            }
            (None, blank) if blank.is_whitespace() && words.len() < MAX_WORDS => word.end(text, at, &mut words),
            (_, other) => word.push(other, at),
        }
    }
    word.end(text, line.len(), &mut words);
    words
}

/// Length of the path of a Windows program that a line begins with.
fn windows_program(line: &str) -> Option<usize> {
    let bytes = line.as_bytes();
    if !(bytes.first()?.is_ascii_alphabetic() && bytes.get(1..3)? == b":\\") {
        return None;
    }
    let lower = line.to_ascii_lowercase();
    let end = [".exe", ".cmd", ".bat"].iter().filter_map(|extension| lower.find(extension)).min()? + 4;
    lower.as_bytes().get(end).is_none_or(u8::is_ascii_whitespace).then_some(end)
}

#[derive(Default)]
struct Word {
    value: String,
    table: Vec<usize>,
    started: Option<usize>,
}

impl Word {
    fn begin(&mut self, at: usize) {
        self.started.get_or_insert(at);
    }

    fn push(&mut self, character: char, at: usize) {
        self.begin(at);
        self.value.push(character);
        self.table.extend(std::iter::repeat_n(at, character.len_utf8()));
    }

    fn end<'a>(&mut self, line: &Text<'a>, at: usize, words: &mut Vec<Text<'a>>) {
        let Self { value, mut table, started } = std::mem::take(self);
        let Some(start) = started else { return };
        // Behind the last character, before a closing quote.
        let end = table.last().map_or(start, |last| {
            *last + line.as_str().get(*last..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8)
        });
        if line.as_str().get(start..end) == Some(value.as_str()) {
            words.extend(line.slice(start..end));
        } else {
            table.push(end.min(at));
            words.extend(line.layer(value, &table));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn words(line: &str) -> Vec<String> {
        of(&Text::verbatim(line, 0)).iter().map(|word| word.as_str().to_owned()).collect()
    }

    #[test]
    fn quotes_escapes_and_continued_lines_are_a_shells() {
        assert_eq!(
            words("npx -y pkg --k 'a b' \"c \\\" d\" e\\ f \\\n g"),
            ["npx", "-y", "pkg", "--k", "a b", "c \" d", "e f", "g"]
        );
        assert_eq!(words("C:\\bin\\x.exe --a"), ["C:\\bin\\x.exe", "--a"]);
        assert_eq!(words("C:\\Program Files\\nodejs\\npx.cmd -y p"), ["C:\\Program Files\\nodejs\\npx.cmd", "-y", "p"]);
        assert_eq!(words("one"), ["one"]);
    }

    #[test]
    fn a_word_points_at_its_raw_bytes() {
        let line = "a --k='x y' b";
        let words = of(&Text::verbatim(line, 100));
        assert_eq!(words[1].as_str(), "--k=x y");
        let value = words[1].slice(4..7).expect("in bounds").span();
        assert_eq!(&line[value.start - 100..value.end - 100], "x y");
        assert_eq!(words[2].span().start, 112);
    }

    proptest! {
        #[test]
        fn any_line_is_split_and_spans_slice_it(line in "\\PC{0,40}|[a-c'\" \\\\\n\u{e9}]{0,60}") {
            for word in of(&Text::verbatim(&line, 0)) {
                let span = word.span();
                prop_assert!(line.get(span.start..span.end).is_some());
            }
        }
    }
}
