//! Tells a dump by how it begins: most texts are none, and are told so from their first lines.

use super::lines::name;
use crate::client::shell;

/// How a dump is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `NAME=value` lines without quotes: `env`, `printenv`, `set` of cmd.exe, `systemctl show-environment`.
    Lines,
    /// Ended by NUL: `env -0`, `/proc/PID/environ`.
    Nul,
    /// Commands that would make the variables again: `export -p`, `declare -x`, `typeset -x`, `set -x` of fish.
    Shell,
    /// `set` of a shell: every value is quoted where it has to be.
    Set,
    /// `set -x`, `set` and `export` of fish: `NAME value`, quoted as that shell does.
    Fish,
    /// The table of `Get-ChildItem Env:`.
    Table,
    /// The list of `Get-ChildItem Env: | Format-List`.
    List,
    /// `docker inspect`, `kubectl get -o json`, a map of the variables.
    Json,
    /// `docker compose config`, `kubectl get -o yaml`.
    Yaml,
}

/// Bytes of a text that are looked at to tell what it is.
pub const HEAD: usize = 8 * 1024;
/// Lines that are looked at.
const LINES: usize = 64;
/// Variables that systems set; who has this many of them is an environment and not somebody's settings.
const ENOUGH: usize = 3;

/// Variables that nearly every environment has and hardly any dotenv file.
const SYSTEM: &[&str] = &[
    "PATH",
    "HOME",
    "PWD",
    "OLDPWD",
    "USER",
    "LOGNAME",
    "SHELL",
    "SHLVL",
    "TERM",
    "HOSTNAME",
    "LANG",
    "LC_ALL",
    "_",
    "TMPDIR",
    "XDG_RUNTIME_DIR",
    "XDG_SESSION_ID",
    "DBUS_SESSION_BUS_ADDRESS",
    "SSH_CONNECTION",
    "SSH_CLIENT",
    "SSH_TTY",
    "LS_COLORS",
    "INVOCATION_ID",
    "JOURNAL_STREAM",
    "KUBERNETES_SERVICE_HOST",
    "KUBERNETES_PORT",
    "MAIL",
    "PS1",
    "IFS",
    "PPID",
    "OPTIND",
    "BASH",
    "BASHOPTS",
    "ZSH_VERSION",
    "MACHTYPE",
    "OSTYPE",
    "HOSTTYPE",
    "EUID",
    "UID",
    "ALLUSERSPROFILE",
    "APPDATA",
    "COMPUTERNAME",
    "ComSpec",
    "COMSPEC",
    "HOMEDRIVE",
    "HOMEPATH",
    "LOCALAPPDATA",
    "LOGONSERVER",
    "NUMBER_OF_PROCESSORS",
    "OS",
    "Path",
    "PATHEXT",
    "PROCESSOR_ARCHITECTURE",
    "ProgramData",
    "ProgramFiles",
    "PUBLIC",
    "SystemDrive",
    "SystemRoot",
    "TEMP",
    "TMP",
    "USERDOMAIN",
    "USERNAME",
    "USERPROFILE",
    "windir",
    "PSModulePath",
];

/// How a line of each form begins that is not told by the first: looked for before lines are told apart.
const MARKS: &[&str] = &["Name", "IFS=", "apiVersion:", "HOME /", "PATH /", "PATH '/", "PWD /"];

/// Whether a line begins with one of the marks: asked of every text that holds anything.
fn is_marked(head: &str) -> bool {
    let bytes = head.as_bytes();
    let starts = std::iter::once(0).chain(memchr::memchr_iter(b'\n', bytes).map(|end| end + 1));
    starts.take(LINES).any(|start| {
        let line = bytes.get(start..).unwrap_or_default();
        let indent = line.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let line = line.get(indent..).unwrap_or_default();
        matches!(line.first(), Some(b'N' | b'I' | b'a' | b'H' | b'P'))
            && MARKS.iter().any(|mark| line.starts_with(mark.as_bytes()))
    })
}

/// The form of a dump, by its first bytes; `None` where nothing says that the text is one.
#[must_use]
pub fn recognise(text: &str) -> Option<Form> {
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let head = head(body);
    if let Some(end) = memchr::memchr(0, head.as_bytes()) {
        let variables = name(head.get(..end)?).is_some() && (entries(head.split('\0')) >= 1 || nothing_else(head));
        return variables.then_some(Form::Nul);
    }
    let start = head.trim_start();
    if start.starts_with(['{', '[']) {
        return document(start).then_some(Form::Json);
    }
    let first = head.lines().take(LINES).find(|line| !line.trim().is_empty())?;
    let exported = super::shell::exported(first).is_some();
    if !(exported || name(first).is_some() || is_marked(head)) {
        return None;
    }
    let lines: Vec<&str> = head.lines().take(LINES).collect();
    if let Some(form) = tabular(&lines) {
        return Some(form);
    }
    if exported {
        let names = lines.iter().filter_map(|line| super::shell::exported(line)).map(|(name, _)| name);
        let declared =
            lines.iter().filter(|line| line.starts_with("declare -x ") || line.starts_with("typeset -x ")).count();
        return (declared >= ENOUGH || system(names) >= ENOUGH).then_some(Form::Shell);
    }
    if lines.iter().any(|line| line.strip_prefix("IFS=").is_some_and(|value| value.starts_with(['\'', '"', '$']))) {
        return Some(Form::Set);
    }
    if quoted_throughout(&lines) {
        return Some(Form::Set);
    }
    if lines.iter().any(|line| line.starts_with("apiVersion:")) && live(head) {
        return Some(Form::Yaml);
    }
    if name(first).is_some() && entries(lines.iter().copied()) >= ENOUGH {
        return Some(Form::Lines);
    }
    fish(&lines).then_some(Form::Fish)
}

/// Whether each line is a name and its value behind a blank, those of a system among them, sorted as fish does.
fn fish(lines: &[&str]) -> bool {
    let names: Option<Vec<&str>> = lines.iter().map(|line| Some(super::fish::name_of(line)?.0)).collect();
    let place = |line: &&str| ["HOME /", "PATH /", "PATH '/", "PWD /"].iter().any(|start| line.starts_with(start));
    lines.iter().any(place) && names.is_some_and(|names| names.is_sorted() && system(names.into_iter()) >= ENOUGH)
}

/// The form of a text that is said to be a dump.
#[must_use]
pub fn form(text: &str) -> Form {
    let start = text.trim_start_matches('\u{feff}').trim_start();
    let has_line = |word: &str| start.lines().take(LINES).any(|line| line.starts_with(word));
    match recognise(text) {
        Some(form) => form,
        None if text.contains('\0') => Form::Nul,
        None if start.starts_with(['{', '[']) => Form::Json,
        None if has_line("services:") || has_line("apiVersion:") || has_line("items:") => Form::Yaml,
        None => Form::Lines,
    }
}

/// The first bytes, up to a whole character.
fn head(text: &str) -> &str {
    let mut end = text.len().min(HEAD);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

/// Whether a head of parts that NUL ends holds variables only, and enough of them; the last may be cut off.
fn nothing_else(head: &str) -> bool {
    let whole = head.rsplit_once('\0').map_or(head, |(whole, _)| whole);
    let parts = || whole.split('\0').map(|part| part.trim_start_matches(['\r', '\n'])).filter(|part| !part.is_empty());
    parts().count() >= ENOUGH && parts().all(|part| name(part).is_some())
}

/// How many of the lines set a variable that systems set.
fn entries<'t>(lines: impl Iterator<Item = &'t str>) -> usize {
    system(lines.filter_map(name))
}

fn system<'t>(names: impl Iterator<Item = &'t str>) -> usize {
    let mut seen: Vec<&str> = names.filter(|name| SYSTEM.contains(name)).collect();
    seen.sort_unstable();
    seen.dedup();
    seen.len()
}

/// Whether each line is a variable of a system or another, and all that need quotes have them: `typeset -x` of zsh.
fn quoted_throughout(lines: &[&str]) -> bool {
    let mut quoted = 0;
    for line in lines.iter().filter(|line| !line.is_empty()) {
        let Some(name) = name(line) else { return false };
        let from = name.len() + 1;
        let word = shell::read(line, from, shell::Dialect::Posix, &|byte| byte.is_ascii_whitespace() || byte == b';');
        let value = line.get(from..).unwrap_or_default();
        if word.end < line.len() || word.expands || value.starts_with('"') {
            return false;
        }
        quoted += usize::from(value.starts_with(['\'', '$']) && value.ends_with('\''));
    }
    // A system manager knows hardly any variable of a user; nobody else writes `$'…'`.
    let escaped = lines.iter().any(|line| line.contains("=$'"));
    quoted > 0 && entries(lines.iter().copied()) >= ENOUGH - usize::from(escaped)
}

/// PowerShell's table has a head with a line below it, its list a `Name` and a `Value` of one width.
fn tabular(lines: &[&str]) -> Option<Form> {
    let mut lines = lines.iter().map(|line| line.trim_end()).filter(|line| !line.is_empty()).take(8).peekable();
    while let Some(line) = lines.next() {
        let next = lines.peek().copied().unwrap_or_default();
        let words = |line: &str, first: &str, second: &str| line.split_whitespace().eq([first, second]);
        if words(line, "Name", "Value") && words(next, "----", "-----") {
            return Some(Form::Table);
        }
        let label = |line: &str, label: &str| {
            line.strip_prefix(label).is_some_and(|rest| rest.trim_start().starts_with(": ") || rest.trim() == ":")
        };
        if label(line, "Name") && label(next, "Value") {
            return Some(Form::List);
        }
    }
    None
}

/// `docker inspect` and what a cluster says of what runs in it.
fn document(head: &str) -> bool {
    let inspected = head.starts_with('[')
        && head.contains("\"Id\"")
        && (head.contains("\"State\"") || head.contains("\"Config\"") || head.contains("\"RepoTags\""));
    inspected || (head.contains("\"apiVersion\"") && live(head))
}

/// Whether a manifest has what only a cluster writes into it.
fn live(head: &str) -> bool {
    ["resourceVersion", "creationTimestamp", "uid:", "\"uid\"", "kind: List", "\"kind\": \"List\""]
        .iter()
        .any(|mark| head.contains(mark))
}
