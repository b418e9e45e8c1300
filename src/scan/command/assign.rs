//! Variables that a shell line sets, in the manner of its shell: `export`, `set -gx`, `$env:K =`, `setx`, a name before a command.

use std::ops::Range;

use crate::client::{Dialect, shell_word};
use crate::span::Text;

/// Most bytes of a line before what it is read for.
const BEFORE: usize = 4 * 1024;
/// Most bytes behind it, continued lines included.
const LONGEST: usize = 16 * 1024;
/// Most words of a line that are looked at.
const MOST_WORDS: usize = 1024;

/// A variable and the value that a line gives it.
pub(in crate::scan) struct Set<'t> {
    pub(in crate::scan) name: &'t str,
    pub(in crate::scan) value: Text<'t>,
    /// The value is written between quotes.
    pub(in crate::scan) quoted: bool,
    /// The name and the value, as they stand in the text.
    pub(in crate::scan) run: Range<usize>,
}

/// A word and where it begins and ends in the text.
struct Placed<'t> {
    text: Text<'t>,
    run: Range<usize>,
    expands: bool,
}

/// Where the line around `at` ends, its continued lines included, and the variables that it sets.
///
/// Nothing before `floor` is read again, so that a line without end costs no more than its length.
pub(in crate::scan) fn read(text: &[u8], at: usize, floor: usize, dialect: Dialect) -> (usize, Vec<Set<'_>>) {
    let start = start_of(text, at, floor.max(at.saturating_sub(BEFORE)), dialect);
    let end = end_of(text, start, text.len().min(at.saturating_add(LONGEST)), dialect);
    let Some(line) = text.get(start..end).and_then(|line| std::str::from_utf8(line).ok()) else {
        return (end, Vec::new());
    };
    let words = words(line, start, dialect);
    let mut sets = Vec::new();
    for (index, word) in words.iter().enumerate() {
        let next = words.get(index + 1);
        let before = index.checked_sub(1).and_then(|at| words.get(at)).map(|word| word.text.as_str());
        sets.extend(match dialect {
            Dialect::Posix => assignment(line, start, word),
            Dialect::Fish if is_fish_set(&words, index) => named(line, start, word, next),
            Dialect::Fish => assignment(line, start, word),
            Dialect::PowerShell => power_shell(line, start, &words, index),
            Dialect::Prompt if before.is_some_and(|word| word.eq_ignore_ascii_case("setx")) => {
                named(line, start, word, next)
            }
            Dialect::Prompt => assignment(line, start, word),
        });
    }
    (end, sets)
}

/// Where the line begins that `at` stands in.
fn start_of(text: &[u8], at: usize, floor: usize, dialect: Dialect) -> usize {
    let mut end = at;
    loop {
        let before = text.get(floor..end).unwrap_or_default();
        let Some(feed) = memchr::memrchr(b'\n', before) else { return floor };
        let line = before.get(..feed).unwrap_or_default();
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if !line.ends_with(&[mark(dialect)]) {
            return floor + feed + 1;
        }
        end = floor + feed;
    }
}

const fn mark(dialect: Dialect) -> u8 {
    match dialect {
        Dialect::Posix | Dialect::Fish => b'\\',
        Dialect::PowerShell => b'`',
        Dialect::Prompt => b'^',
    }
}

/// Where the line ends that begins at `start`: behind no mark of continuation.
fn end_of(text: &[u8], start: usize, bound: usize, dialect: Dialect) -> usize {
    let mut at = start;
    loop {
        let rest = text.get(at..bound).unwrap_or_default();
        let Some(feed) = memchr::memchr(b'\n', rest) else { return bound };
        let line = rest.get(..feed).unwrap_or_default();
        if !line.strip_suffix(b"\r").unwrap_or(line).ends_with(&[mark(dialect)]) {
            return at + feed;
        }
        at += feed + 1;
    }
}

/// The words of a line, commands that are joined on it not parted.
fn words<'t>(line: &'t str, base: usize, dialect: Dialect) -> Vec<Placed<'t>> {
    let stops = |byte: u8| {
        byte.is_ascii_whitespace()
            || b";&|".contains(&byte)
            || (dialect == Dialect::PowerShell && b"(),".contains(&byte))
    };
    let mut words = Vec::new();
    let mut at = 0;
    while words.len() < MOST_WORDS {
        let rest = line.as_bytes().get(at..).unwrap_or_default();
        let gap = rest.iter().take_while(|byte| stops(**byte) || **byte == mark(dialect)).count();
        // The mark of continuation is passed over with its line end only.
        let gap =
            gap.min(rest.iter().position(|byte| *byte == mark(dialect)).map_or(gap, |at| match rest.get(at + 1) {
                Some(b'\n' | b'\r') => gap,
                _ => at,
            }));
        at += gap;
        if at >= line.len() {
            break;
        }
        let word = shell_word(line, at, dialect, &stops);
        let end = word.end.max(at + 1);
        if let Some(text) = shifted(&word.text, line, base) {
            words.push(Placed { text, run: base + at..base + end, expands: word.expands });
        }
        at = end;
    }
    words
}

/// The text of a word in a line that begins at `base`.
fn shifted<'t>(text: &Text<'t>, line: &'t str, base: usize) -> Option<Text<'t>> {
    Text::verbatim(line, base).layer(
        text.as_str().to_owned(),
        &(0..=text.as_str().len()).map(|at| text.raw(at..at).start).collect::<Vec<_>>(),
    )
}

fn is_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn set<'t>(line: &'t str, base: usize, name: Range<usize>, value: Text<'t>, end: usize) -> Option<Set<'t>> {
    let start = name.start;
    let name = line.get(name.start.checked_sub(base)?..name.end.checked_sub(base)?).filter(|name| is_name(name))?;
    let first = value.span().start.checked_sub(base)?;
    let before = first.checked_sub(1).and_then(|at| line.as_bytes().get(at));
    let quoted = matches!(before, Some(b'"' | b'\''));
    Some(Set { name, value, quoted, run: start..end })
}

/// `K=V`, wherever it is a word of its own.
fn assignment<'t>(line: &'t str, base: usize, word: &Placed<'t>) -> Option<Set<'t>> {
    let text = word.text.as_str();
    let at = text.find('=').filter(|at| !word.expands && is_name(text.get(..*at).unwrap_or_default()))?;
    let value = word.text.slice(at + 1..text.len())?;
    let start = word.text.raw(0..0).start;
    set(line, base, start..start + at, value, word.run.end)
}

/// `K V`, behind a word that sets what follows.
fn named<'t>(line: &'t str, base: usize, word: &Placed<'t>, next: Option<&Placed<'t>>) -> Option<Set<'t>> {
    let next = next.filter(|next| !next.expands && !word.expands)?;
    set(line, base, range(&word.text), next.text.clone(), next.run.end)
}

fn range(text: &Text<'_>) -> Range<usize> {
    let span = text.span();
    span.start..span.end
}

/// Whether the word is what `set` with an option of fish sets.
fn is_fish_set(words: &[Placed<'_>], index: usize) -> bool {
    let before = words.get(..index).unwrap_or_default().iter().rev();
    let mut before = before.map(|word| word.text.as_str()).skip_while(|word| word.starts_with('-'));
    let options = words.get(..index).unwrap_or_default().last().is_some_and(|word| word.text.as_str().starts_with('-'));
    options && before.next() == Some("set")
}

fn power_shell<'t>(line: &'t str, base: usize, words: &[Placed<'t>], index: usize) -> Option<Set<'t>> {
    let word = words.get(index)?;
    let text = word.text.as_str();
    let lower = text.get(..5).map(str::to_ascii_lowercase);
    let next = words.get(index + 1);
    if lower.as_deref() == Some("$env:") {
        let start = word.text.raw(5..5).start;
        let name = text.get(5..)?;
        return match name.find('=') {
            // `$env:K="V"` is one word.
            Some(at) => {
                let value = word.text.slice(5 + at + 1..text.len())?;
                if value.as_str().is_empty() {
                    return set(
                        line,
                        base,
                        start..start + at,
                        next.filter(|next| !next.expands)?.text.clone(),
                        next?.run.end,
                    );
                }
                let plain = !value.as_str().contains('$');
                plain.then(|| set(line, base, start..start + at, value, word.run.end))?
            }
            None => {
                let equals = next.filter(|next| next.text.as_str().starts_with('='))?;
                if equals.text.as_str().len() > 1 {
                    let value = equals.text.slice(1..equals.text.as_str().len()).filter(|_| !equals.expands)?;
                    return set(line, base, start..start + name.len(), value, equals.run.end);
                }
                let value = words.get(index + 2).filter(|value| !value.expands)?;
                set(line, base, start..start + name.len(), value.text.clone(), value.run.end)
            }
        };
    }
    let before = index.checked_sub(1).and_then(|at| words.get(at)).map(|word| word.text.as_str()).unwrap_or_default();
    if before.eq_ignore_ascii_case("setx") || before.to_ascii_lowercase().ends_with("]::setenvironmentvariable") {
        return named(line, base, word, next);
    }
    if lower.as_deref().is_some_and(|lower| lower.starts_with("env:")) {
        let value = words.get(index + 1..)?.iter().take(4).find(|word| !word.text.as_str().starts_with('-'))?;
        let span = word.text.span();
        return set(line, base, span.start + 4..span.end, value.text.clone(), value.run.end).filter(|_| !value.expands);
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn told(line: &str, dialect: Dialect) -> Vec<(String, String)> {
        let (_, sets) = read(line.as_bytes(), 0, 0, dialect);
        sets.iter().map(|set| (set.name.to_owned(), set.value.as_str().to_owned())).collect()
    }

    #[test]
    fn each_shell_sets_variables_in_its_own_way() {
        for (dialect, line, value) in [
            (Dialect::Posix, "export K='it'\\''s v'", "it's v"),
            (Dialect::Posix, "cd x && K=$'a\\tb' run", "a\tb"),
            (Dialect::Posix, "env K=\"a \\\"b\\\"\" run; x", "a \"b\""),
            (Dialect::Posix, "export A=1 \\\n  K=v", "v"),
            (Dialect::Posix, "K=v;run", "v"),
            (Dialect::Fish, "set -gx K 'it\\'s'", "it's"),
            (Dialect::Fish, "set --export --global K v", "v"),
            (Dialect::Fish, "K=v run", "v"),
            (Dialect::PowerShell, "$env:K = 'it''s'", "it's"),
            (Dialect::PowerShell, "$Env:K=\"a`\"b\"; run", "a\"b"),
            (Dialect::PowerShell, "[Environment]::SetEnvironmentVariable('K', 'v w', 'User')", "v w"),
            (Dialect::PowerShell, "[System.Environment]::SetEnvironmentVariable(\"K\",\"v\")", "v"),
            (Dialect::PowerShell, "Set-Item -Path Env:K -Value 'v'", "v"),
            (Dialect::PowerShell, "setx K \"v w\"", "v w"),
            (Dialect::Prompt, "set K=v", "v"),
            (Dialect::Prompt, "set \"K=v w\"", "v w"),
            (Dialect::Prompt, "setx K \"v w\" /M", "v w"),
        ] {
            let found = told(line, dialect);
            assert!(found.contains(&("K".to_owned(), value.to_owned())), "{line}: {found:?}");
        }
    }

    #[test]
    fn what_the_shell_fills_in_is_no_value() {
        for (dialect, line) in [
            (Dialect::Posix, "export K=$(pass show x)"),
            (Dialect::Posix, "K=\"${OTHER}\""),
            (Dialect::Posix, "curl --key=v 'K: v'"),
            (Dialect::Fish, "set -gx K (pass x)"),
            (Dialect::Fish, "set K"),
            (Dialect::PowerShell, "$env:K = $other"),
            (Dialect::PowerShell, "$env:K"),
            (Dialect::Prompt, "setx K %OTHER%"),
        ] {
            assert!(told(line, dialect).is_empty(), "{line}");
        }
    }

    proptest! {
        #[test]
        fn any_line_is_read_without_panic(line in "[-a-cK$env:='\"\\\\` ;&|()\nλ]{0,60}", at in 0usize..60) {
            for dialect in [Dialect::Posix, Dialect::Fish, Dialect::PowerShell, Dialect::Prompt] {
                let (end, sets) = read(line.as_bytes(), at.min(line.len()), 0, dialect);
                prop_assert!(end <= line.len());
                for set in sets {
                    let span = set.value.span();
                    prop_assert!(line.get(span.start..span.end).is_some() && set.run.end <= line.len());
                }
            }
        }
    }
}
