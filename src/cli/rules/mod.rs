//! `keytrawl rules`: what is looked for, what each rule says, and whether rules hold.

mod check;
mod list;
mod profile;
mod show;

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::ExitStatus;
use crate::settings::{rules, typed::Talking};

/// Tell what is looked for: detectors and governance checks.
///
/// Detectors are data. docs/rules.md shows how to write your own; `--rules DIR` adds them to a scan.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(super) struct Rules {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List every detector, then every check with its severity.
    #[command(
        after_help = "Examples:\n  keytrawl rules list\n  keytrawl rules list --rules my-rules/\n  keytrawl rules \
                            list --format json | jq -r '.detectors[].issuer' | sort | uniq -c"
    )]
    List {
        #[command(flatten)]
        own: Own,
        /// Format of the list.
        #[arg(short, long, value_enum, default_value_t)]
        format: Format,
    },
    /// Explain one detector or check.
    ///
    /// Of a detector: what it finds and where that is documented, the variables that hold it, the ids it tells, its checksum
    /// and its samples. Of a check: what it means, why it matters and what to do.
    #[command(after_help = "Examples:\n  keytrawl rules show unregistered\n  keytrawl rules show jwt")]
    Show {
        /// Its id, as `rules list` and every report name it.
        id: String,
        #[command(flatten)]
        own: Own,
    },
    /// Hold rule files against their own samples.
    ///
    /// Patterns must compile within bounds, every keyword must be of use, every positive sample must be found by its own
    /// rule and no negative one may be, text made to keep the rule busy must not, and no id may be used twice. Samples are
    /// recipes such as `ghp_{alnum:30}{crc32-github}`, so that no rule file holds a credential. A note (a rule that takes
    /// a built-in one's place, a common keyword) is no problem.
    #[command(after_help = CHECK)]
    Check {
        /// Rule files, or directories with files that end in .toml [default: the embedded rules].
        #[arg(value_name = "FILE|DIR")]
        paths: Vec<PathBuf>,
        /// Also scan this tree and rank the detectors by the time they take; repeatable.
        #[arg(long, value_name = "PATH")]
        profile: Vec<PathBuf>,
        /// Format of the result.
        #[arg(short, long, value_enum, default_value_t)]
        format: Format,
    },
}

const CHECK: &str = "\
Exit codes: 0 every rule holds, 2 some do not or cannot be read, 3 the tree of --profile was not read completely.

Examples:
  keytrawl rules check                             the embedded rules
  keytrawl rules check my-rules/ more.toml         your own, beside the embedded ones
  keytrawl rules check my-rules/ --profile ~/src   what they cost on real material

Of --profile: candidates are the places where a keyword stands, confirmed those where the pattern holds, and found what a
scan reports. A rule with many candidates for each confirmation wants a longer keyword.";

/// Rules of the user's own.
#[derive(Debug, Args)]
struct Own {
    /// Also the rules of this file or directory, as for `scan --rules`; repeatable.
    #[arg(long, value_name = "DIR")]
    rules: Vec<PathBuf>,
}

/// How the result is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    #[default]
    Human,
    /// One JSON document.
    Json,
}

impl Rules {
    pub(super) fn run(&self, talking: &Talking) -> anyhow::Result<ExitStatus> {
        let mut out = BufWriter::new(io::stdout().lock());
        let status = match &self.command {
            Command::List { own, format } => {
                list::list(&mut out, rules::load(&own.rules)?, *format)?;
                ExitStatus::Clean
            }
            Command::Show { id, own } => {
                show::show(&mut out, rules::load(&own.rules)?, id)?;
                ExitStatus::Clean
            }
            Command::Check { paths, profile, format } => check::check(&mut out, paths, profile, *format, talking)?,
        };
        out.flush()?;
        Ok(status)
    }
}
