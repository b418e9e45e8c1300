//! The command line: one file per command. Only this folder, `main.rs` and `report/` write to a stream.

mod baseline;
mod clients;
mod deliver;
mod demo;
mod discover;
mod harvest;
mod histories;
mod hook;
mod hook_file;
mod inventory;
pub mod panics;
mod pipeline;
mod plan;
mod policy;
mod progress;
mod report;
mod report_view;
mod rules;
mod scan;
mod speak;

use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::Context;
use clap::{Parser, Subcommand};

pub use crate::report::ExitStatus;
pub use speak::{complain, is_broken_pipe};

use crate::settings::typed::{Configuration, Talking};

/// Printed behind every `--help`: what a script may rely on.
const EXIT_CODES: &str = "\
Exit codes:
  0   scanned, complete, nothing at or above --fail-on
  1   at least one finding at or above --fail-on
  2   usage, configuration, inventory, policy or key error: nothing was scanned
  3   incomplete: something that should have been scanned was not, or nothing was
  70  a bug in keytrawl
1 outranks 3, 3 outranks 0. --exit-zero turns 1 into 0, never 2 or 3.";

/// Printed behind the long `--help`.
const EXAMPLES: &str = "\
Examples:
  keytrawl demo                                            every finding on a sample workspace
  keytrawl scan                                            the current directory
  keytrawl scan . --inventory nhi.jsonl -o out.sarif       against an inventory, with a SARIF file
  keytrawl discover                                        the clients, servers and credentials of this machine
  printenv | keytrawl scan --env-dump -                    an environment from standard input
  keytrawl inventory explain 1f0c… --inventory nhi.jsonl   why a credential matched its row

Environment:
  KEYTRAWL_KEY     fingerprint key, at least 32 bytes in hex or base64 (never an argument)
  KEYTRAWL_CONFIG  configuration file
  NO_COLOR         no colour";

/// Finds the credentials that MCP servers run on, and says which of them nobody governs.
///
/// keytrawl reads MCP client configurations, dotenv files, env dumps and any other text, joins every credential it finds
/// to your inventory of non-human identities, and reports what somebody must act on: unregistered, duplicated, shared,
/// orphaned, expired, revoked but still there. It never prints, writes or sends a secret, and it never uses the network.
#[derive(Debug, Parser)]
#[command(
    name = "keytrawl",
    version,
    propagate_version = true,
    arg_required_else_help = true,
    max_term_width = 100,
    after_help = EXIT_CODES,
    after_long_help = at_length(EXAMPLES),
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    talking: Talking,
    #[command(flatten)]
    configuration: Configuration,
}

#[derive(Debug, Subcommand)]
enum Command {
    Scan(Box<scan::Scan>),
    Discover(Box<discover::Discover>),
    Baseline(baseline::Baseline),
    Hook(hook::Hook),
    Inventory(inventory::Inventory),
    Policy(policy::Policy),
    Rules(rules::Rules),
    Clients(clients::Clients),
    Report(report::Merge),
    Demo(demo::Demo),
}

/// Parses the arguments and runs the command they name.
///
/// # Errors
/// Where nothing could be scanned, or a report could not be written.
pub fn run(args: impl IntoIterator<Item = OsString>) -> anyhow::Result<ExitStatus> {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => {
            error.print()?;
            return Ok(if error.use_stderr() { ExitStatus::Error } else { ExitStatus::Clean });
        }
    };
    match cli.command {
        Command::Scan(command) => command.run(&cli.talking, &cli.configuration),
        Command::Discover(command) => command.run(&cli.talking, &cli.configuration),
        Command::Baseline(command) => command.run(&cli.talking, &cli.configuration),
        Command::Hook(command) => command.run(&cli.talking, &cli.configuration),
        Command::Inventory(command) => command.run(&cli.talking, &cli.configuration),
        Command::Policy(command) => command.run(),
        Command::Rules(command) => command.run(&cli.talking),
        Command::Clients(command) => command.run(),
        Command::Report(command) => command.run(&cli.talking, &cli.configuration),
        Command::Demo(command) => command.run(&cli.talking),
    }
}

/// What stands behind a long `--help`: examples, then the exit codes.
fn at_length(examples: &str) -> String {
    format!("{examples}\n\n{EXIT_CODES}")
}

/// Where the user stands; reported paths are relative to it.
fn current_directory() -> anyhow::Result<PathBuf> {
    std::env::current_dir().context("could not tell the current directory\nhint: change to a directory that exists")
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }
}
