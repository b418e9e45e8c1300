//! Words of command lines as each shell quotes them, to the byte: POSIX shells, fish, PowerShell and the Windows prompt.

mod ansi;
mod word;

use crate::span::Text;
pub(crate) use word::{Word, read};

/// More words than anybody writes in one command; what follows is not read.
const MAX_WORDS: usize = 4096;

/// Whose rules of quoting apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// sh, bash, dash, zsh, ksh.
    Posix,
    /// fish.
    Fish,
    /// Windows PowerShell and PowerShell.
    PowerShell,
    /// cmd.exe and batch files.
    Prompt,
}

impl Dialect {
    /// The shell whose file a `/`-separated path is; `None` where the name does not tell.
    pub(crate) fn of(path: &str) -> Option<Self> {
        let name = path.rsplit(['/', '!']).next().unwrap_or(path);
        let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
        if extension.eq_ignore_ascii_case("fish") || matches!(name, "fish_history" | "fish_variables") {
            return Some(Self::Fish);
        }
        if ["ps1", "psm1", "psd1"].iter().any(|known| extension.eq_ignore_ascii_case(known))
            || name.eq_ignore_ascii_case("ConsoleHost_history.txt")
            || (name.ends_with("_history.txt") && path.to_ascii_lowercase().contains("psreadline/"))
        {
            return Some(Self::PowerShell);
        }
        if ["bat", "cmd"].iter().any(|known| extension.eq_ignore_ascii_case(known)) {
            return Some(Self::Prompt);
        }
        let posix = matches!(extension, "sh" | "bash" | "zsh" | "ksh")
            || name.ends_with("_history")
            || (name.starts_with('.')
                && ["rc", "profile", "_login", "_logout", "_aliases", "env"].iter().any(|end| name.ends_with(end))
                && ["sh", "profile", "bash", "zsh", "ksh"].iter().any(|shell| name.contains(shell)))
            || matches!(name, "crushrc" | ".histfile" | "histfile" | "bash.bashrc" | "zshenv" | "zshrc");
        posix.then_some(Self::Posix)
    }

    /// Whether the file is read by a shell when it starts: what it exports is what a server sees.
    pub(crate) fn is_startup(path: &str) -> bool {
        let name = path.rsplit(['/', '!']).next().unwrap_or(path);
        matches!(
            name,
            ".bashrc" | ".bash_profile" | ".bash_login" | ".profile" | ".zshrc" | ".zshenv" | ".zprofile" | ".zlogin"
        ) || matches!(name, ".kshrc" | "config.fish" | "fish_variables" | "bash.bashrc" | "zshenv" | "zshrc")
            || name.eq_ignore_ascii_case("Microsoft.PowerShell_profile.ps1")
            || name.eq_ignore_ascii_case("profile.ps1")
    }
}

/// The words of one command, its continued lines included. Ends where the text does: the caller has found its end.
pub(crate) fn words<'a>(line: &Text<'a>, dialect: Dialect) -> Vec<Word<'a>> {
    let text = line.as_str();
    let mut words = Vec::new();
    let mut at = 0;
    while at < text.len() && words.len() < MAX_WORDS {
        let rest = text.get(at..).unwrap_or_default();
        if let Some(length) = continued(rest, dialect) {
            at += length;
            continue;
        }
        match rest.chars().next() {
            Some(blank) if blank.is_whitespace() => at += blank.len_utf8(),
            Some(_) => {
                let word = read(text, at, dialect, &|byte| byte.is_ascii_whitespace());
                let end = word.end.max(at + 1);
                words.extend(lifted(line, word));
                at = end;
            }
            None => break,
        }
    }
    words
}

/// The words of a line of a unit: quotes of either kind, and the escapes of C anywhere.
pub(crate) fn c_words<'a>(line: &Text<'a>) -> Vec<Text<'a>> {
    let bytes = line.as_str().as_bytes();
    let mut words = Vec::new();
    let mut at = 0;
    while words.len() < MAX_WORDS {
        let blank = |byte: &u8| byte.is_ascii_whitespace() || *byte == b'\\';
        // A backslash before a line end is a blank.
        while bytes.get(at).is_some_and(blank)
            && (bytes.get(at) != Some(&b'\\') || bytes.get(at + 1).is_some_and(u8::is_ascii_whitespace))
        {
            at += 1;
        }
        if at >= bytes.len() {
            break;
        }
        let (word, end) = word::c_word(line.as_str(), at);
        words.extend(lifted(line, Word { text: word, end, expands: false }).map(|word| word.text));
        at = end.max(at + 1);
    }
    words
}

/// Length of a mark and the line end behind it, which together are nothing.
fn continued(text: &str, dialect: Dialect) -> Option<usize> {
    let marks: &[char] = match dialect {
        Dialect::Posix | Dialect::Fish => &['\\'],
        Dialect::PowerShell => &['`'],
        Dialect::Prompt => &['^'],
    };
    let rest = text.trim_start_matches(marks);
    let behind = ["\r\n", "\n"].iter().find(|end| rest.starts_with(**end))?;
    (rest.len() < text.len()).then_some(text.len() - rest.len() + behind.len())
}

/// A word of a decoded line, brought back to the raw bytes of the line.
fn lifted<'a>(line: &Text<'a>, word: Word<'_>) -> Option<Word<'a>> {
    let Word { text, end, expands } = word;
    let span = text.span();
    if line.as_str().get(span.start..span.end) == Some(text.as_str()) {
        return Some(Word { text: line.slice(span.start..span.end)?, end, expands });
    }
    let table: Vec<usize> = (0..=text.as_str().len()).map(|at| text.raw(at..at).start).collect();
    Some(Word { text: line.layer(text.as_str().to_owned(), &table)?, end, expands })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn told(line: &str, dialect: Dialect) -> Vec<String> {
        words(&Text::verbatim(line, 0), dialect).iter().map(|word| word.text.as_str().to_owned()).collect()
    }

    #[test]
    fn each_shell_quotes_in_its_own_way() {
        for (dialect, line, expected) in [
            (
                Dialect::Posix,
                "a 'b c' \"d \\\" e\" f\\ g $'h\\n\\x41' 'i'\\''j'",
                &["a", "b c", "d \" e", "f g", "h\nA", "i'j"][..],
            ),
            (Dialect::Posix, "a \\\n  b\\\r\n c", &["a", "b", "c"]),
            (Dialect::Fish, "a 'b\\'c' \"d\\\"e\" f\\ g", &["a", "b'c", "d\"e", "f g"]),
            (
                Dialect::PowerShell,
                "a 'b''c' \"d`\"e\" \"f\"\"g\" `\n h C:\\x",
                &["a", "b'c", "d\"e", "f\"g", "h", "C:\\x"],
            ),
            (Dialect::Prompt, "a \"b c\" d^&e ^\r\n f \"g\\\"h\"", &["a", "b c", "d&e", "f", "g\"h"]),
        ] {
            assert_eq!(told(line, dialect), expected, "{line}");
        }
    }

    #[test]
    fn a_word_that_the_shell_fills_in_says_so() {
        let expands = |line: &str, dialect| {
            words(&Text::verbatim(line, 0), dialect).iter().map(|it| it.expands).collect::<Vec<_>>()
        };
        assert_eq!(
            expands("a$B \"$C\" '$D' $(e f) \\$G $'$H' `i j` x$", Dialect::Posix),
            [true, true, false, true, false, false, true, false]
        );
        assert_eq!(expands("\"$x\" '$x' \"`$x\" $env:A", Dialect::PowerShell), [true, false, false, true]);
        assert_eq!(expands("%A% 5%", Dialect::Prompt), [true, false]);
        assert_eq!(expands("(a b) 'c'", Dialect::Fish), [true, false]);
    }

    #[test]
    fn paths_tell_the_shell() {
        for (path, dialect) in [
            ("home/.bash_history", Dialect::Posix),
            ("home/.zshrc", Dialect::Posix),
            ("x/.aws/amazonq/.cli_bash_history", Dialect::Posix),
            ("deploy.sh", Dialect::Posix),
            (".local/share/fish/fish_history", Dialect::Fish),
            (".config/fish/config.fish", Dialect::Fish),
            ("AppData/Roaming/Microsoft/Windows/PowerShell/PSReadLine/ConsoleHost_history.txt", Dialect::PowerShell),
            ("setup.bat", Dialect::Prompt),
        ] {
            assert_eq!(Dialect::of(path), Some(dialect), "{path}");
        }
        for path in ["README.md", "history.txt", ".npmrc", "notes.txt"] {
            assert_eq!(Dialect::of(path), None, "{path}");
        }
    }

    proptest! {
        #[test]
        fn any_line_is_split_without_panic_and_spans_slice_it(line in "[-a-c'\"\\\\$`^%(){} \n\r=x0u8λ]{0,60}|\\PC{0,40}") {
            for dialect in [Dialect::Posix, Dialect::Fish, Dialect::PowerShell, Dialect::Prompt] {
                for word in words(&Text::verbatim(&line, 0), dialect) {
                    let span = word.text.span();
                    prop_assert!(line.get(span.start..span.end).is_some());
                }
            }
        }
    }
}
