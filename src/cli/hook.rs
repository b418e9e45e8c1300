//! `keytrawl hook`: what git and pre-commit run before a commit, and how it gets there.

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::hook_file::{self, Installed};
use super::{ExitStatus, scan, speak};
use crate::settings::typed::{Configuration, Governance, Reporting, Scanning, Talking, When};
use crate::settings::{Settings, Staging};

/// Refuse commits that bring in a credential.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(super) struct Hook {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write a pre-commit hook into this repository.
    ///
    /// It goes where git looks for it: `core.hooksPath`, else the hooks directory of the repository. A hook that is there
    /// already is never overwritten.
    #[command(
        after_help = "Exit codes: 0 written, or there already; 2 another hook is there, or there is no repository.\n\n\
                      Examples:\n  keytrawl hook install\n  keytrawl hook install -- --inventory ~/nhi.jsonl --fail-on high"
    )]
    Install {
        /// Options for `keytrawl hook run`, behind `--`.
        #[arg(last = true, value_name = "OPTION")]
        options: Vec<String>,
    },
    /// Scan what is staged, as a hook does.
    ///
    /// As `keytrawl scan --staged`. Named files at which nothing is staged are scanned as they lie in the working tree, so
    /// that `pre-commit run --all-files` and `--files` look at what they are given; not while a merge is in progress.
    #[command(after_help = super::EXIT_CODES)]
    Run {
        /// Files that the hook is about, as pre-commit passes them [default: all that is staged].
        paths: Vec<PathBuf>,
        #[command(flatten)]
        scanning: Box<Scanning>,
        #[command(flatten)]
        governance: Box<Governance>,
        #[command(flatten)]
        reporting: Box<Reporting>,
    },
}

impl Hook {
    pub(super) fn run(self, talking: &Talking, configuration: &Configuration) -> anyhow::Result<ExitStatus> {
        match self.command {
            Command::Install { options } => install(&options, talking),
            Command::Run { paths, mut scanning, governance, reporting } => {
                scanning.staged = true;
                scan::run(paths, *scanning, *governance, *reporting, talking, configuration, |settings, _| Settings {
                    staged: Some(Staging::OrNamedFiles),
                    ..settings
                })
            }
        }
    }
}

fn install(options: &[String], talking: &Talking) -> anyhow::Result<ExitStatus> {
    let cwd = super::current_directory()?;
    let program = std::env::current_exe().unwrap_or_else(|_| PathBuf::from("keytrawl"));
    let said = match hook_file::install(&cwd, &program, options)? {
        Installed::New(path) => format!("{}: written\n", path.display()),
        Installed::Already(path) => format!("{}: there already\n", path.display()),
    };
    if !talking.quiet {
        speak::stderr(talking.color.unwrap_or(When::Auto)).write_all(said.as_bytes())?;
    }
    Ok(ExitStatus::Clean)
}
