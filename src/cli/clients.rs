//! `keytrawl clients`: which client configs are known and which of them this machine has.

use std::collections::BTreeSet;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::ExitStatus;
use crate::client::{self, Client};
use crate::coverage::Coverage;
use crate::report;
use crate::source::host::{Home, HostPlace, system_places};
use crate::source::host_moved::moved_places;
use crate::source::host_places::Sort;

/// Tell which MCP clients are known.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(super) struct Clients {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List every known client, where it keeps its configs, and those found on this machine.
    ///
    /// A path matches at the end of any path, so a home directory that was copied anywhere is understood. Nothing is read:
    /// only whether the file is there.
    List {
        /// Only the clients that have a config on this machine.
        #[arg(long)]
        found: bool,
    },
}

impl Clients {
    pub(super) fn run(&self) -> anyhow::Result<ExitStatus> {
        let Command::List { found: found_only } = self.command;
        let home = ["HOME", "USERPROFILE"].into_iter().find_map(std::env::var_os).map(PathBuf::from);
        let mut places = system_places();
        if let Some(home) = home.and_then(|home| Home::at(&home).ok()) {
            // What cannot be looked at is not there for this list; `discover` says what it could not read.
            places.extend(home.places(&mut Coverage::default()));
            places.extend(moved_places(&home, |name| std::env::var_os(name), &mut Coverage::default()));
            let mut seen = BTreeSet::new();
            places.retain(|place| seen.insert(place.path.clone()));
        }
        let mut out = BufWriter::new(io::stdout().lock());
        for client in client::clients() {
            let found: Vec<&HostPlace> =
                places.iter().filter(|place| place.client == Some(client.id) && place.sort == Sort::Config).collect();
            if found.is_empty() && found_only {
                continue;
            }
            describe(client, &mut out)?;
            for place in found {
                writeln!(out, "    found here: {}", report::escape(&place.reported))?;
            }
        }
        out.flush()?;
        Ok(ExitStatus::Clean)
    }
}

fn describe(client: &Client, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}  {}", client.id, client.name)?;
    for place in client.places {
        let systems: Vec<&str> = place.systems.names().collect();
        let systems = if systems.is_empty() { String::new() } else { format!(" ({})", systems.join(", ")) };
        writeln!(out, "    {}  {}{systems}", place.scope, place.path)?;
    }
    for (label, text) in [("not read", client.unread), ("unverified", client.unverified), ("note", client.note)] {
        if let Some(text) = text {
            writeln!(out, "    {label}: {text}")?;
        }
    }
    Ok(())
}
