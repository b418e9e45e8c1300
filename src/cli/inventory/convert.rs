//! `keytrawl inventory convert`: exports in any known form into one canonical inventory.

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use anyhow::Context;
use clap::Args;

use super::super::{ExitStatus, deliver, speak};
use crate::coverage::Coverage;
use crate::inventory::{Inventory, Mapping, canonical};
use crate::settings;
use crate::settings::sources::{self, NamedInventory};
use crate::settings::typed::Talking;

/// Turn exports into canonical JSON Lines. Credentials in the clear are hashed and dropped.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 every row was converted, 1 some were refused or held a credential in the clear, 2 nothing could \
                  be.\n\nExamples:\n  keytrawl inventory convert github-pats=pats.json aws-access-keys=keys.json -o nhi.jsonl\n  \
                  keytrawl inventory convert --list\n  keytrawl inventory convert --show spreadsheet > mine.toml   a start for a \
                  mapping of your own"
)]
pub(in crate::cli) struct Convert {
    /// Exports, as for `scan --inventory`.
    #[arg(required_unless_present_any = ["list", "show"], value_name = "[NAME=]FILE")]
    files: Vec<NamedInventory>,
    /// Mappings of your own (TOML); repeatable.
    #[arg(long, value_name = "FILE")]
    mapping: Vec<PathBuf>,
    /// Write to this file, as a whole or not at all [default: standard output].
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// File that holds the fingerprint key. Also: KEYTRAWL_KEY.
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
    /// List the built-in mappings.
    #[arg(long, conflicts_with_all = ["files", "show"])]
    list: bool,
    /// Print a built-in mapping.
    #[arg(long, value_name = "NAME", conflicts_with = "files")]
    show: Option<String>,
}

impl Convert {
    pub(super) fn run(self, talking: &Talking) -> anyhow::Result<ExitStatus> {
        if self.list || self.show.is_some() {
            return list(self.show.as_deref());
        }
        let keys = settings::keys(self.key_file.as_deref())?;
        let sources = sources::resolve(&self.files, &self.mapping)?;
        let mut coverage = Coverage::default();
        let inventory = Inventory::load(&sources, settings::rules::load(&[])?, &keys, &mut coverage)?;
        match &self.output {
            Some(path) => deliver::file(path, |out| canonical::write(&inventory, out))
                .with_context(|| format!("could not write the inventory `{}`", path.display()))?,
            None => {
                let mut out = BufWriter::new(io::stdout().lock());
                canonical::write(&inventory, &mut out)?;
                out.flush()?;
            }
        }
        speak::rows(&coverage.notices, talking.color.unwrap_or_default())?;
        Ok(if coverage.notices.is_empty() { ExitStatus::Clean } else { ExitStatus::Findings })
    }
}

fn list(show: Option<&str>) -> anyhow::Result<ExitStatus> {
    let mut out = BufWriter::new(io::stdout().lock());
    match show {
        Some(name) => {
            let text = Mapping::built_in_text(name).with_context(|| {
                format!("there is no built-in mapping `{name}`\nhint: `keytrawl inventory convert --list` lists them")
            })?;
            out.write_all(text.as_bytes())?;
        }
        None => {
            for name in Mapping::built_in_names() {
                // The first line of a mapping says what it reads.
                let text = Mapping::built_in_text(name).and_then(|text| text.lines().next()).unwrap_or_default();
                writeln!(out, "{name:<28} {}", text.trim_start_matches(['#', ' ']))?;
            }
        }
    }
    out.flush()?;
    Ok(ExitStatus::Clean)
}
