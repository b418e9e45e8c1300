//! `keytrawl clients`: which client configs are known and which of them this machine has.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::ExitStatus;
use crate::client::{self, Client};

/// Tell which MCP clients are known.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(super) struct Clients {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List every known client, the configs it is known by, and those found in your home directory.
    ///
    /// A path matches at the end of any path, so a home directory that was copied anywhere is understood. Nothing is read:
    /// only whether the file is there.
    List,
}

/// Directories below a home in which clients keep configs, by system.
const ROOTS: [&str; 4] = ["", ".config", "Library/Application Support", "AppData/Roaming"];

impl Clients {
    pub(super) fn run(&self) -> anyhow::Result<ExitStatus> {
        let Command::List = self.command;
        let home = ["HOME", "USERPROFILE"].into_iter().find_map(std::env::var_os).map(PathBuf::from);
        let mut out = BufWriter::new(io::stdout().lock());
        for client in client::clients() {
            writeln!(out, "{}  {}", client.id, client.name)?;
            for path in client.paths {
                writeln!(out, "    {path}")?;
            }
            for found in home.iter().flat_map(|home| present(client, home)) {
                writeln!(out, "    found here: ~/{found}")?;
            }
        }
        out.flush()?;
        Ok(ExitStatus::Clean)
    }
}

/// The client's configs in a home directory, relative to it.
fn present(client: &Client, home: &Path) -> Vec<String> {
    let plain = client.paths.iter().filter(|path| !path.contains('*'));
    let candidates = plain.flat_map(|path| {
        ROOTS.iter().map(move |root| if root.is_empty() { (*path).to_owned() } else { format!("{root}/{path}") })
    });
    candidates.filter(|path| home.join(path).is_file()).collect()
}
