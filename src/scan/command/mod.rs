//! Reads shell commands that configure a server (`claude mcp add …`), wherever they are written: histories, scripts, prose.

pub(super) mod assign;
pub(super) mod history;

use std::ops::Range;

use crate::client::{self, Dialect, Reading, SlotKind};
use crate::span::{Text, decode};

/// Most bytes of a command, its continued lines included.
const LONGEST: usize = 16 * 1024;
/// Most bytes before the verb in which the program stands.
const BEFORE: usize = 256;

/// Programs and the clients whose configs they write.
const PROGRAMS: &[(&str, &str)] = &[
    ("claude", "claude-code"),
    ("codex", "codex"),
    ("gemini", "gemini-cli"),
    ("qwen", "qwen-code"),
    ("code", "vscode"),
    ("code-insiders", "vscode"),
    ("cursor-agent", "cursor"),
    ("cursor", "cursor"),
    ("windsurf", "windsurf"),
    ("amp", "amp"),
    ("q", "amazon-q"),
    ("kiro-cli", "kiro"),
    ("copilot", "copilot-cli"),
    ("droid", "factory"),
    ("auggie", "augment"),
];

/// Options that take a value which is no credential.
const PLAIN: &[&str] = &[
    "-s",
    "--scope",
    "-t",
    "--transport",
    "--type",
    "--client-id",
    "--callback-port",
    "--timeout",
    "--bearer-token-env-var",
    "--description",
];

/// The end of the command around `verb` (` mcp add`, `--add-mcp`), and the values that it gives to a server.
pub(super) fn read(text: &[u8], verb: Range<usize>, dialect: Dialect) -> (usize, Option<Reading<'_>>) {
    (end_of(text, verb.end, dialect), reading(text, verb, dialect))
}

fn reading(text: &[u8], verb: Range<usize>, dialect: Dialect) -> Option<Reading<'_>> {
    let client = program(text, verb.start);
    let mut reading = match text.get(verb.clone())? {
        b"--add-mcp" => json(arguments(text, verb.end, dialect)?.first()?, client, None),
        b"--mcp-config" => json(arguments(text, verb.end, dialect)?.first()?, client.or(Some("claude-code")), None),
        b"mcp secret set" => secret(arguments(text, verb.end, dialect)?),
        b"mcp-remote" => remote(text, verb, dialect),
        b"mcp_servers." => setting(text, verb, dialect),
        b"docker run" | b"podman run" => container(text, verb, dialect),
        _ => add(text, verb.end, client, dialect),
    }?;
    // `{name}` in a command is a hole of a template, which whoever runs it fills.
    reading.values.retain(|value| !(value.text.as_str().contains('{') && value.text.as_str().contains('}')));
    for value in &mut reading.values {
        value.slot.kind = SlotKind::CommandLine;
    }
    Some(reading)
}

/// `claude mcp add NAME -e K=V -- COMMAND`, `claude mcp add-json NAME '{…}'`.
fn add<'t>(text: &'t [u8], start: usize, client: Option<&'static str>, dialect: Dialect) -> Option<Reading<'t>> {
    let as_json = text.get(start..)?.starts_with(b"-json");
    let start = start + if as_json { "-json".len() } else { 0 };
    if text.get(start).is_some_and(|byte| !byte.is_ascii_whitespace()) {
        return None;
    }
    let mut server: Option<Text<'_>> = None;
    let (mut variables, mut headers, mut words) = (Vec::new(), Vec::new(), Vec::new());
    let mut list = arguments(text, start, dialect)?.into_iter().peekable();
    while let Some(word) = list.next() {
        let shown = word.as_str();
        let rest_of = |from: usize| word.slice(from..shown.len());
        match shown {
            "--" => {
                words.extend(list.by_ref());
            }
            // Several may follow one option.
            "-e" | "--env" => {
                while let Some(next) =
                    list.next_if(|next| !next.as_str().starts_with('-') && next.as_str().contains('='))
                {
                    variables.push(next);
                }
            }
            "-H" | "--header" => match list.next() {
                Some(next) if next.as_str().contains(':') => headers.push(next),
                Some(next) => variables.push(next),
                None => {}
            },
            "--name" => server = server.or(list.next()),
            // What it runs or calls comes first, wherever it is written.
            "--command" | "--url" => {
                if let Some(next) = list.next() {
                    words.insert(0, next);
                }
            }
            "--args" => {
                while let Some(next) = list.next_if(|next| !next.as_str().starts_with("--")) {
                    words.push(next);
                }
            }
            plain if PLAIN.contains(&plain) => {
                list.next();
            }
            pair if pair.starts_with("--env=") => variables.extend(rest_of("--env=".len())),
            pair if pair.starts_with("--header=") => headers.extend(rest_of("--header=".len())),
            flag if flag.starts_with('-') => {
                words.push(word);
                words.extend(list.next_if(|next| !next.as_str().starts_with('-')));
            }
            body if as_json && body.trim_start().starts_with('{') => {
                return json(&word, client, server.as_ref().map(Text::as_str));
            }
            _ if server.is_none() => server = Some(word),
            pair if pair.contains('=') && !pair.contains("://") => variables.push(word),
            _ => words.push(word),
        }
    }
    if as_json {
        return None;
    }
    client::of_words(server.as_ref().map(Text::as_str), client, variables, headers, words)
}

/// A config in one word. Some shells want its quotes escaped, others leave the backslashes in.
fn json(word: &Text<'_>, client: Option<&'static str>, name: Option<&str>) -> Option<Reading<'static>> {
    client::of_json(word, client, name).or_else(|| client::of_json(&word.through(decode::escapes)?, client, name))
}

/// `docker mcp secret set SERVER.NAME=VALUE`.
fn secret(words: Vec<Text<'_>>) -> Option<Reading<'_>> {
    // A blank stands in it where the command is written within quotes that end behind it.
    let is_pair = |text: &str| !text.starts_with('-') && text.contains('=') && !text.contains(char::is_whitespace);
    let pair = words.into_iter().find(|word| is_pair(word.as_str()))?;
    let name = pair.as_str().split(['.', '=']).next()?.to_owned();
    let server = pair.as_str().split('=').next()?.contains('.').then_some(name);
    client::of_secret(server.as_deref(), pair)
}

/// `docker run -e K=V IMAGE`, where the image is one of a server.
fn container(text: &[u8], verb: Range<usize>, dialect: Dialect) -> Option<Reading<'_>> {
    let words = arguments(text, verb.start, dialect)?;
    let reading = client::of_words(None, None, Vec::new(), Vec::new(), words)?;
    let entry = reading.servers.first()?;
    let named =
        entry.target.as_deref().is_some_and(|target| target.split(['/', '-', '_', ':']).any(|word| word == "mcp"));
    (entry.known.is_some() || named).then_some(reading)
}

/// `npx mcp-remote URL --header "Name: value"`.
fn remote(text: &[u8], verb: Range<usize>, dialect: Dialect) -> Option<Reading<'_>> {
    let line = text.get(verb.start.saturating_sub(BEFORE)..verb.start)?;
    let line = line.rsplit(|&byte| byte == b'\n').next()?;
    let runs =
        ["npx", "bunx", "pnpx", "dlx"].iter().any(|runner| memchr::memmem::find(line, runner.as_bytes()).is_some());
    if !runs || !line.last()?.is_ascii_whitespace() {
        return None;
    }
    let version = text.get(verb.end..)?.iter().take(32).take_while(|byte| !byte.is_ascii_whitespace()).count();
    if version > 0 && text.get(verb.end) != Some(&b'@') {
        return None;
    }
    client::of_words(None, None, Vec::new(), Vec::new(), arguments(text, verb.end + version, dialect)?)
}

/// `codex -c mcp_servers.NAME.env.K=V`.
fn setting(text: &[u8], verb: Range<usize>, dialect: Dialect) -> Option<Reading<'_>> {
    let before = text.get(verb.start.saturating_sub(BEFORE)..verb.start)?;
    let quote = before.last().copied().filter(|byte| matches!(byte, b'"' | b'\''));
    let option = before.get(..before.len() - usize::from(quote.is_some()))?;
    if ![&b"-c "[..], b"--config ", b"--config="].iter().any(|known| option.ends_with(known)) {
        return None;
    }
    let word = arguments(text, verb.start - usize::from(quote.is_some()), dialect)?.into_iter().next()?;
    if let Some(reading) = client::of_toml(&word, Some("codex")) {
        return Some(reading);
    }
    // A value that is no TOML is taken as it stands.
    let (path, _) = word.as_str().split_once('=')?;
    let server = path.split('.').nth(1)?.to_owned();
    let last = path.rfind('.')? + 1;
    let pair = word.slice(last..word.as_str().len())?;
    client::of_words(Some(&server), Some("codex"), vec![pair], Vec::new(), Vec::new())
}

/// The client whose program stands in front of the verb.
fn program(text: &[u8], verb: usize) -> Option<&'static str> {
    let before = text.get(verb.saturating_sub(BEFORE)..verb)?;
    let word = before.trim_ascii().rsplit(|byte| !(byte.is_ascii_alphanumeric() || *byte == b'-')).next()?;
    PROGRAMS.iter().find(|(program, _)| program.as_bytes() == word).map(|(_, client)| *client)
}

/// The words of the command from `start` to its end, without those that another command gives.
fn arguments(text: &[u8], start: usize, dialect: Dialect) -> Option<Vec<Text<'_>>> {
    let bytes = text.get(start..end_of(text, start, dialect))?;
    let line = bytes.utf8_chunks().next().map(|chunk| chunk.valid())?;
    let words = client::shell_words(&Text::verbatim(line, start), dialect);
    // What `$(…)` gives is not written here.
    let substituted = |text: &str| text.contains(['(', '`']);
    let mut words: Vec<_> = words
        .into_iter()
        .filter(|word| !(word.expands && substituted(word.text.as_str())))
        .map(|word| word.text)
        .collect();
    // An option and its value may be one word.
    if let Some(first) = words.first_mut().filter(|word| word.as_str().starts_with('='))
        && let Some(value) = first.slice(1..first.as_str().len())
    {
        *first = value;
    }
    Some(words)
}

/// The end of the command: a line end that is not continued, or what joins it to another.
fn end_of(text: &[u8], start: usize, dialect: Dialect) -> usize {
    let bound = text.len().min(start.saturating_add(LONGEST));
    let (mut at, mut quote, mut line) = (start, None, None);
    let (mut substituted, mut opened) = (0_usize, start);
    while at < bound {
        let Some(&byte) = text.get(at) else { break };
        match (quote, byte) {
            (_, b'(') if substituted > 0 || text.get(..at).is_some_and(|head| head.ends_with(b"$")) => substituted += 1,
            (_, b')') if substituted > 0 => substituted -= 1,
            (Some(_), b'\n') => {
                // Only a config is written over several lines; any other open quote is an apostrophe.
                if !opens_config(text, opened) {
                    return at;
                }
                line.get_or_insert(at);
            }
            (Some(mark), _) if byte == mark => quote = None,
            // `$'…'` and the quotes of fish know escapes.
            (Some(b'\''), b'\\')
                if dialect == Dialect::Fish || text.get(..opened).is_some_and(|it| it.ends_with(b"$'")) =>
            {
                at += 1;
            }
            (Some(b'"') | None, b'\\') => {
                let escapes = text.get(at..bound).unwrap_or_default().iter().take_while(|byte| **byte == b'\\').count();
                let behind = text.get(at + escapes..bound).unwrap_or_default();
                // zsh writes the mark of a continued line twice into its history.
                if quote.is_none() && (behind.starts_with(b"\n") || behind.starts_with(b"\r\n")) {
                    at += escapes;
                }
                let cr = text.get(at + 1) == Some(&b'\r');
                at += 1 + usize::from(cr);
            }
            (None, b'^') if dialect == Dialect::Prompt => at += 1 + usize::from(text.get(at + 1) == Some(&b'\r')),
            (Some(_), _) => {}
            (None, b'"' | b'\'') => (quote, opened) = (Some(byte), at + 1),
            // PowerShell goes on behind a grave accent, Markdown ends code with one.
            (None, b'`') if text.get(at + 1).is_some_and(|next| matches!(next, b'\n' | b'\r')) => at += 1,
            (None, b'|' | b';' | b'<' | b'>') if substituted > 0 => {}
            (None, b'\n' | b'`' | b';' | b'|' | b'<' | b'>') => return at,
            (None, _) => {}
        }
        at += 1;
    }
    // A quote that nothing closes is an apostrophe.
    line.filter(|_| quote.is_some()).unwrap_or(bound)
}

/// Whether the quote before `at` opens a JSON document.
fn opens_config(text: &[u8], at: usize) -> bool {
    let inside = text.get(at..text.len().min(at.saturating_add(64))).unwrap_or_default();
    matches!(inside.trim_ascii_start().first(), Some(b'{' | b'[' | b'\\'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Server, client, variable and value.
    type Told = (Option<String>, Option<&'static str>, Option<String>, String);

    fn told(text: &str, verb: &str) -> Vec<Told> {
        let at = text.find(verb).unwrap();
        let reading = read(text.as_bytes(), at..at + verb.len(), Dialect::Posix).1.unwrap();
        let of = |value: &client::SlotValue<'_>| {
            assert_eq!(value.slot.kind, SlotKind::CommandLine);
            let span = value.text.span();
            assert_eq!(&text[span.start..span.end], value.text.as_str());
            let server = value.slot.server.as_deref().map(str::to_owned);
            (server, value.slot.client, value.slot.variable.clone(), value.text.as_str().to_owned())
        };
        reading.values.iter().map(of).collect()
    }

    #[test]
    fn a_command_gives_its_server_variables_and_headers() {
        let text = "$ claude mcp add -s user github -e A_TOKEN=v1 B=v2 \\\n  --header \"X-Api-Key: Bearer v3\" -- npx pkg --api-key v4\nnext";
        let told = told(text, " mcp add");
        for (name, value) in [("A_TOKEN", "v1"), ("B", "v2"), ("X-Api-Key", "v3"), ("--api-key", "v4")] {
            let found = told.iter().find(|it| it.3 == value).unwrap();
            let expected = (Some("github".to_owned()), Some("claude-code"), Some(name.to_owned()), value.to_owned());
            assert_eq!(*found, expected, "{name}");
        }
    }

    #[test]
    fn a_substituted_command_gives_nothing() {
        let text = "claude mcp add github -e A_TOKEN=$(grep PAT .env | cut -d '=' -f2) -e B=v2";
        let told = told(text, " mcp add");
        assert!(!told.is_empty() && told.iter().all(|it| it.3 == "v2"));
    }

    #[test]
    fn configs_and_settings_on_the_command_line_are_read() {
        for (text, verb, server, client) in [
            (
                "claude mcp add-json db '{\"command\":\"x\",\"env\":{\"K\":\"v1\"}}'",
                " mcp add",
                "db",
                Some("claude-code"),
            ),
            (
                "code --add-mcp '{\"name\":\"db\",\"command\":\"x\",\"env\":{\"K\":\"v1\"}}'",
                "--add-mcp",
                "db",
                Some("vscode"),
            ),
            ("docker mcp secret set db.key=v1", "mcp secret set", "db", None),
            ("codex -c mcp_servers.db.env.K=v1 exec", "mcp_servers.", "db", Some("codex")),
            ("codex -c 'mcp_servers.db.env={K=\"v1\"}'", "mcp_servers.", "db", Some("codex")),
            ("codex mcp add db --env K=v1 -- npx x", " mcp add", "db", Some("codex")),
            ("gemini mcp add -e K=v1 db npx x", " mcp add", "db", Some("gemini-cli")),
        ] {
            let told = told(text, verb);
            let found = told.iter().find(|it| it.3 == "v1").unwrap_or_else(|| panic!("{text}"));
            assert_eq!((found.0.as_deref(), found.1), (Some(server), client), "{text}");
        }
        let told = told("npx -y mcp-remote@latest https://h.example/sse --header \"X-Key: v1\"", "mcp-remote");
        assert!(told.iter().any(|it| it.3 == "v1" && it.2.as_deref() == Some("X-Key")));
    }

    proptest! {
        #[test]
        fn any_command_is_read_without_panic_and_within_bounds(tail in "[-a-zA=:\"'` \\\\\n{}λ]{0,80}") {
            for (verb, lead) in [(" mcp add", "claude"), ("--add-mcp", "code "), ("mcp-remote", "npx "), ("mcp_servers.", "codex -c ")] {
                let text = format!("{lead}{verb}{tail}");
                let values =
                    read(text.as_bytes(), lead.len()..lead.len() + verb.len(), Dialect::Posix).1.map(|it| it.values);
                for value in values.into_iter().flatten() {
                    let span = value.text.span();
                    prop_assert!(text.as_bytes().get(span.start..span.end).is_some());
                }
            }
        }
    }
}
