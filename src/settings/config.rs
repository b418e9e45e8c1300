//! The configuration file: what a user would otherwise type every time.
//!
//! It comes from `--config`, `KEYTRAWL_CONFIG` or the user's own configuration directory. It is never looked for in the
//! current directory or in a scanned target: whoever opens a pull request must not be able to switch the gate off.

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer, de};

use super::gate::Term;
use super::output;
use super::size::Size;
use super::sources::NamedInventory;
use super::typed::{Level, When, Which};
use crate::mistyped::without_values;
use crate::report::Format;

/// What a configuration file may say; each key is the option of that name.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Config {
    /// `--inventory`; relative paths start at the configuration file.
    #[serde(deserialize_with = "words")]
    pub inventory: Vec<NamedInventory>,
    /// `--mapping`; relative paths start at the configuration file.
    pub mapping: Vec<PathBuf>,
    /// `--policy`; a relative path starts at the configuration file.
    pub policy: Option<PathBuf>,
    /// `--format`.
    #[serde(deserialize_with = "format")]
    pub format: Option<Format>,
    /// `--fail-on`.
    pub fail_on: Vec<Term>,
    /// `--findings`.
    pub findings: Option<Which>,
    /// `--exclude`.
    pub exclude: Vec<String>,
    /// `--no-ignore`.
    pub no_ignore: bool,
    /// `--rules`; relative paths start at the configuration file.
    pub rules: Vec<PathBuf>,
    /// `--max-file-size`.
    pub max_file_size: Option<Size>,
    /// `--max-archive-depth`.
    pub max_archive_depth: Option<u8>,
    /// `--min-confidence`.
    pub min_confidence: Option<Level>,
    /// `--threads`.
    pub threads: Option<NonZeroUsize>,
    /// `--baseline`; a relative path starts at the configuration file.
    pub baseline: Option<PathBuf>,
    /// `--sarif-omit-suppressed`.
    pub sarif_omit_suppressed: bool,
    /// `--progress`.
    pub progress: Option<When>,
    /// `--color`.
    pub color: Option<When>,
}

/// Why a configuration file was refused.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It cannot be read.
    #[error(
        "could not read the configuration `{path}`\nhint: name another file with --config, or run with --no-config"
    )]
    Unreadable {
        /// Which.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// It does not say something that can be understood.
    #[error(
        "{path}:{line}:{column}: {message}\nhint: its keys are the long options of `keytrawl scan`; --no-config runs \
         without the file"
    )]
    Malformed {
        /// Which.
        path: String,
        /// 1-based.
        line: usize,
        /// 1-based, in characters.
        column: usize,
        /// What is wrong; never quotes a value.
        message: String,
    },
}

/// Where the configuration is: the file the user named, else the one in their configuration directory if there is one.
///
/// `variable` gives the value of an environment variable; an empty value counts as unset.
#[must_use]
pub fn locate(named: Option<&Path>, variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let set = |name| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(path) = named.map(Path::to_path_buf).or_else(|| set("KEYTRAWL_CONFIG")) {
        return Some(path);
    }
    // XDG: a relative path there is invalid and must be passed over. It would also mean the current directory.
    let directory = [set("XDG_CONFIG_HOME"), set("HOME").map(|home| home.join(".config")), set("APPDATA")];
    let path = directory.into_iter().flatten().find(|path| path.is_absolute())?.join("keytrawl").join("config.toml");
    path.is_file().then_some(path)
}

/// Reads a configuration file.
///
/// # Errors
/// Where it cannot be read, or holds an unknown key or a value of another kind.
pub fn read(path: &Path) -> Result<Config, ConfigError> {
    let shown = path.display().to_string();
    let text =
        std::fs::read_to_string(path).map_err(|source| ConfigError::Unreadable { path: shown.clone(), source })?;
    let mut config = parse(&text).map_err(|(line, column, message)| ConfigError::Malformed {
        path: shown,
        line,
        column,
        message,
    })?;
    let base = path.parent().unwrap_or(Path::new(""));
    for inventory in &mut config.inventory {
        inventory.path = base.join(&inventory.path);
    }
    config.policy = config.policy.map(|policy| base.join(policy));
    config.baseline = config.baseline.map(|baseline| base.join(baseline));
    for path in config.rules.iter_mut().chain(&mut config.mapping) {
        *path = base.join(&*path);
    }
    Ok(config)
}

fn parse(text: &str) -> Result<Config, (usize, usize, String)> {
    toml::from_str(text).map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        (before.matches('\n').count() + 1, column, without_values(error.message()).replace('\n', " "))
    })
}

/// A list of words that each have a meaning of their own.
fn words<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
{
    let words = Vec::<String>::deserialize(deserializer)?;
    words.iter().map(|word| word.parse().map_err(de::Error::custom)).collect()
}

fn format<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Format>, D::Error> {
    let word = String::deserialize(deserializer)?;
    output::format(&word).map(Some).map_err(de::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_key_is_an_error_with_its_line() {
        let (line, column, message) = parse("threads = 2\n\nfail_on = []\n").expect_err("unknown key");
        assert_eq!((line, column), (3, 1));
        assert!(message.contains("unknown field `fail_on`"), "{message}");
    }

    #[test]
    fn an_unknown_word_in_a_list_is_an_error_with_its_line() {
        let (line, _, message) = parse("threads = 2\nfail-on = [\"hihg\"]\n").expect_err("unknown word");
        assert_eq!(line, 2);
        assert!(message.contains("did you mean `high`?"), "{message}");
    }

    #[test]
    fn a_value_of_another_kind_is_not_repeated() {
        let (_, _, message) = parse("threads = \"hunter2 \\\" and more\"\n").expect_err("not a number");
        assert!(!message.contains("hunter2"), "{message}");
        assert!(message.contains("expected"), "{message}");
    }

    #[test]
    fn a_named_file_wins_over_the_variable_and_the_home() {
        let variable = |name: &str| (name == "KEYTRAWL_CONFIG").then(|| OsString::from("/etc/k.toml"));
        assert_eq!(locate(Some(Path::new("mine.toml")), variable), Some(PathBuf::from("mine.toml")));
        assert_eq!(locate(None, variable), Some(PathBuf::from("/etc/k.toml")));
    }

    #[test]
    fn the_current_directory_is_never_looked_in() {
        let relative = |name: &str| (name == "XDG_CONFIG_HOME").then(|| OsString::from("."));
        assert_eq!(locate(None, relative), None);
        assert_eq!(locate(None, |_| None), None);
    }
}
