//! `keytrawl inventory diff`: what changed between two inventories.

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::super::ExitStatus;
use crate::coverage::Coverage;
use crate::inventory::Inventory;
use crate::inventory::diff::Difference;
use crate::settings::sources::{self, NamedInventory};
use crate::settings::{self, rules};

/// Tell what changed between two inventories: rows that came and went, and fields that say something else.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 they say the same, 1 they do not, 2 one of them cannot be used.\n\nExamples:\n  keytrawl \
                  inventory diff monday.jsonl tuesday.jsonl\n  keytrawl inventory diff nhi.jsonl github-pats=pats.json -f json"
)]
pub(in crate::cli) struct Diff {
    /// The old one.
    #[arg(value_name = "[NAME=]OLD")]
    old: NamedInventory,
    /// The new one.
    #[arg(value_name = "[NAME=]NEW")]
    new: NamedInventory,
    /// Mappings of your own (TOML); repeatable.
    #[arg(long, value_name = "FILE")]
    mapping: Vec<PathBuf>,
    /// File that holds the fingerprint key. Also: KEYTRAWL_KEY.
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
    /// Format.
    #[arg(short, long, value_name = "FORMAT", default_value = "human")]
    format: Form,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    Human,
    Json,
}

impl Diff {
    pub(super) fn run(self) -> anyhow::Result<ExitStatus> {
        let keys = settings::keys(self.key_file.as_deref())?;
        let detectors = rules::load(&[])?;
        let load = |named: &NamedInventory| -> anyhow::Result<Inventory> {
            let sources = sources::resolve(std::slice::from_ref(named), &self.mapping)?;
            Ok(Inventory::load(&sources, detectors, &keys, &mut Coverage::default())?)
        };
        let difference = Difference::between(&load(&self.old)?, &load(&self.new)?);
        let mut out = BufWriter::new(io::stdout().lock());
        match self.format {
            Form::Json => writeln!(out, "{:#}", serde_json::to_value(&difference)?)?,
            Form::Human => human(&mut out, &difference)?,
        }
        out.flush()?;
        Ok(if difference.is_empty() { ExitStatus::Clean } else { ExitStatus::Findings })
    }
}

fn human(out: &mut impl Write, difference: &Difference) -> io::Result<()> {
    let Difference { added, removed, changed } = difference;
    for id in added {
        writeln!(out, "+ {}", crate::report::escape(id))?;
    }
    for id in removed {
        writeln!(out, "- {}", crate::report::escape(id))?;
    }
    for row in changed {
        writeln!(out, "~ {}", crate::report::escape(&row.id))?;
        for field in &row.fields {
            let (old, new) = (field.old.to_string(), field.new.to_string());
            writeln!(out, "    {}: {} -> {}", field.name, crate::report::escape(&old), crate::report::escape(&new))?;
        }
    }
    writeln!(out, "{} added, {} removed, {} changed", added.len(), removed.len(), changed.len())
}
