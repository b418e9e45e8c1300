//! What was typed: the options that scanning commands share, before anything about them has been checked.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use jiff::Timestamp;

use super::gate::Term;
use super::output::{self, Output};
use super::size::Size;
use super::sources::NamedInventory;
use crate::detector::Confidence;
use crate::report::Format;

/// What is looked at and how.
#[derive(Debug, Clone, Default, Args)]
pub struct Scanning {
    /// The paths are env dumps (`env`, `env -0`, `export -p`, /proc/PID/environ), whatever their names.
    #[arg(long, help_heading = "What is scanned")]
    pub env_dump: bool,

    /// Scan what is staged in the git index instead of the working tree: every credential that HEAD, or a commit that is
    /// being merged, does not hold in the same file. The paths, if any, limit it.
    #[arg(long, conflicts_with = "env_dump", help_heading = "What is scanned")]
    pub staged: bool,

    /// Pass over what matches this glob, relative to each target; repeatable.
    #[arg(long, value_name = "GLOB", help_heading = "What is scanned")]
    pub exclude: Vec<String>,

    /// Let --exclude and ignore rules also apply to files named on the command line (pre-commit passes names).
    #[arg(long, help_heading = "What is scanned")]
    pub force_exclude: bool,

    /// Also scan untracked files that .gitignore excludes.
    #[arg(long, help_heading = "What is scanned")]
    pub no_ignore: bool,

    /// Read larger files in overlapping windows of this size (`10MB`, `64MiB`) instead of at once; none is skipped.
    #[arg(long, value_name = "SIZE", help_heading = "What is scanned")]
    pub max_file_size: Option<Size>,

    /// Open archives within archives to this depth, a compressed tar counting once [default: 3]; 0 opens none.
    #[arg(long, value_name = "N", help_heading = "What is scanned")]
    pub max_archive_depth: Option<u8>,
    /// Also look for what the rules in this directory (its *.toml files) or file describe; repeatable. A rule of a
    /// built-in detector's id takes its place. Never read from what is scanned; `keytrawl rules check DIR` checks them.
    #[arg(long, value_name = "DIR", help_heading = "What is scanned")]
    pub rules: Vec<PathBuf>,

    /// Leave out what a detector is less sure of than this [default: medium].
    #[arg(long, value_name = "LEVEL", help_heading = "What is scanned")]
    pub min_confidence: Option<Level>,

    /// Number of worker threads [default: one a core]. The output does not depend on it.
    #[arg(long, value_name = "N", help_heading = "What is scanned")]
    pub threads: Option<NonZeroUsize>,
}

/// What of git repositories is looked at beside, or instead of, the files.
#[derive(Debug, Clone, Default, Args)]
pub struct History {
    /// Also scan every object of the git history: all refs, stashes, reflogs, unreachable objects. Of a bare repository this
    /// is all there is. One of another user, which git would refuse (`safe.directory`), is scanned too, with a notice: nothing
    /// that a repository configures is run.
    #[arg(long, conflicts_with_all = ["range", "since", "staged", "env_dump"], help_heading = "What is scanned")]
    pub history: bool,

    /// Scan what these commits introduced instead, merge commits included: `A..B` is each commit reachable from B and not
    /// from A; `A...B` begins where the two parted. Zeros for A, as hosts and hooks write them, are a branch that is new,
    /// for B one that is deleted.
    #[arg(long, value_name = "A..B", conflicts_with_all = ["since", "staged", "env_dump"], help_heading = "What is scanned")]
    pub range: Option<String>,

    /// Scan what the commits since this revision introduced: `REV..HEAD`.
    #[arg(long, value_name = "REV", conflicts_with_all = ["staged", "env_dump"], help_heading = "What is scanned")]
    pub since: Option<String>,
}

/// What found credentials are held against.
#[derive(Debug, Clone, Default, Args)]
pub struct Governance {
    /// Inventory of non-human identities: JSONL, JSON or CSV; repeatable. A sibling table in CSV is named
    /// (`workloads=FILE`, `people=FILE`, `teams=FILE`, `systems=FILE`), and so is the mapping of an export in a form of
    /// its own (`github-pats=FILE`; `keytrawl inventory convert --list` lists them).
    #[arg(long, value_name = "[NAME=]FILE", help_heading = "What it is held against")]
    pub inventory: Vec<NamedInventory>,

    /// Mappings of your own for exports that are named with --inventory (TOML); repeatable.
    #[arg(long, value_name = "FILE", help_heading = "What it is held against")]
    pub mapping: Vec<PathBuf>,

    /// Evidence of use: an audit-log export, or JSON Lines of events (credential or token id, time, actor, workload,
    /// scopes); repeatable.
    #[arg(long, value_name = "FILE", help_heading = "What it is held against")]
    pub usage: Vec<PathBuf>,

    /// Policy of the identity team (TOML). A second one, of a repository, may only tighten the first.
    #[arg(long, value_name = "FILE", help_heading = "What it is held against")]
    pub policy: Vec<PathBuf>,

    /// File that holds the fingerprint key: at least 32 bytes in hex or base64. Also: KEYTRAWL_KEY.
    #[arg(long, value_name = "FILE", help_heading = "What it is held against")]
    pub key_file: Option<PathBuf>,

    /// The clock, for reproducible runs: `2026-11-23T00:00:00Z`.
    #[arg(long, value_name = "RFC3339", help_heading = "What it is held against")]
    pub now: Option<Timestamp>,
}

/// What is said, where, and what fails the run.
#[derive(Debug, Clone, Default, Args)]
pub struct Reporting {
    /// Format of standard output: human, json, jsonl or sarif [default: human].
    #[arg(short, long, value_name = "FORMAT", value_parser = output::format, help_heading = "Output")]
    pub format: Option<Format>,

    /// Also write a report to this file; repeatable. The format follows the ending when it is not named.
    #[arg(short, long, value_name = "[FORMAT=]PATH", help_heading = "Output")]
    pub output: Vec<Output>,

    /// Checks and severities that fail the run (exit code 1), separated by commas [default: medium]. A severity counts
    /// with all above it.
    #[arg(long, value_name = "CHECK|SEVERITY,…", value_delimiter = ',', help_heading = "Gate")]
    pub fail_on: Vec<Term>,

    /// Every finding, or for each place only the one that matters most, the others named in it [default: all; with
    /// --staged: primary].
    #[arg(long, value_name = "WHICH", help_heading = "Gate")]
    pub findings: Option<Which>,

    /// Exit with 0 where findings would give 1; errors (2) and gaps (3) stay what they are.
    #[arg(long, help_heading = "Gate")]
    pub exit_zero: bool,

    /// Findings whose ids stand in this file fail nothing; the others are new. `keytrawl baseline write` makes it.
    #[arg(long, value_name = "FILE", help_heading = "Gate")]
    pub baseline: Option<PathBuf>,

    /// Leave suppressed results out of SARIF, for consumers that would show them as open.
    #[arg(long, help_heading = "Output")]
    pub sarif_omit_suppressed: bool,
}

/// A confidence, as typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Shaped like a credential, in a place that lowers belief.
    Low,
    /// Shaped like a credential.
    Medium,
    /// A documented format, a valid checksum, or a slot that holds a credential.
    High,
}

impl From<Level> for Confidence {
    fn from(level: Level) -> Self {
        match level {
            Level::Low => Self::Low,
            Level::Medium => Self::Medium,
            Level::High => Self::High,
        }
    }
}

/// Which findings are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Which {
    /// For each place the one that matters most.
    Primary,
    /// Every finding.
    All,
}

/// When something is done that depends on a terminal.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum When {
    /// On a terminal.
    #[default]
    Auto,
    /// Also into a pipe or file.
    Always,
    /// Not at all.
    Never,
}

/// How the program talks; shared by all commands.
#[derive(Debug, Clone, Default, Args)]
pub struct Talking {
    /// Colour.
    #[arg(long, value_name = "WHEN", global = true, help_heading = "Talking")]
    pub color: Option<When>,

    /// Progress bar on standard error.
    #[arg(long, value_name = "WHEN", global = true, help_heading = "Talking")]
    pub progress: Option<When>,

    /// Say more: what was loaded, and every notice where otherwise only the first of a kind are told.
    #[arg(short, long, global = true, conflicts_with = "quiet", help_heading = "Talking")]
    pub verbose: bool,

    /// Say nothing but errors and the coverage line; a report goes to standard output only where --format asks for it.
    #[arg(short, long, global = true, help_heading = "Talking")]
    pub quiet: bool,
}

/// Where options come from that are not typed.
#[derive(Debug, Clone, Default, Args)]
pub struct Configuration {
    /// Configuration file [default: KEYTRAWL_CONFIG, else keytrawl/config.toml in the user's configuration directory].
    /// Never looked for in the current directory or in what is scanned.
    #[arg(long, value_name = "FILE", global = true, conflicts_with = "no_config", help_heading = "Configuration")]
    pub config: Option<PathBuf>,

    /// Read no configuration file.
    #[arg(long, global = true, help_heading = "Configuration")]
    pub no_config: bool,
}
