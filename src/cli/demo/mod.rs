//! `keytrawl demo`: the main job on a sample workspace, so that a stranger sees every headline finding in one command.

mod governance;
mod wallet;
mod workspace;

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use jiff::Timestamp;

use super::{ExitStatus, deliver, pipeline, speak};
use crate::inventory::{InventorySource, Table};
use crate::report::{FailOn, Format};
use crate::settings::output::Output;
use crate::settings::typed::Talking;
use crate::settings::{ReportSettings, Settings, Talk};
use wallet::Wallet;

/// Seed of the made-up credentials: fixed, so that everybody sees the same report.
const SEED: u64 = 1;

/// Write a small sample workspace and scan it.
///
/// Two repositories, the configs of five MCP clients, an env dump, an inventory and a policy. Every credential in them is
/// made up on the spot and was never issued by anybody. The workspace is kept, so that you can look at it and scan it
/// again; `report.sarif` is in it too.
#[derive(Debug, Args)]
#[command(after_help = "Exit code: 0 once the sample was scanned; what a real scan would have returned is printed.")]
pub(super) struct Demo {
    /// Where to write it: a directory that is empty or does not exist yet [default: a new temporary one].
    dir: Option<PathBuf>,

    /// The clock, for reproducible runs: `2026-11-23T00:00:00Z`.
    #[arg(long, value_name = "RFC3339")]
    now: Option<Timestamp>,
}

impl Demo {
    pub(super) fn run(self, talking: &Talking) -> anyhow::Result<ExitStatus> {
        let now = self.now.unwrap_or_else(Timestamp::now);
        let dir = match self.dir {
            Some(dir) => dir,
            None => fresh()?,
        };
        workspace::prepare(&dir)?;
        // A directory that was made a moment ago can be resolved; the full path makes the closing lines true anywhere.
        let dir = dir.canonicalize().context("could not resolve the directory of the sample")?;
        let wallet = Wallet::from_seed(SEED)?;
        workspace::write(&dir, &wallet, now)?;
        let governance = governance::write(&dir, &wallet, now)?;
        let settings = settings(&dir, governance, now, Talk::resolve(talking, &Default::default()));
        let report = pipeline::gather(&settings, &dir)?.report(&settings);
        deliver::deliver(&report, &settings.reporting, settings.talk)?;
        speak::conclude(&report, settings.talk)?;
        farewell(&dir, ExitStatus::of(&report), settings.talk)?;
        Ok(ExitStatus::Clean)
    }
}

/// What a user would have typed.
fn settings(dir: &Path, governance: governance::Governance, now: Timestamp, talk: Talk) -> Settings {
    let inventory = InventorySource { path: governance.inventory, table: Table::Records, mapping: None };
    Settings {
        inventory: vec![inventory],
        policy: vec![governance.policy],
        keys: governance.keys,
        reporting: ReportSettings {
            stdout: (!talk.quiet).then_some(Format::Human),
            outputs: vec![Output { format: Format::Sarif, path: dir.join("report.sarif") }],
            fail_on: FailOn::default(),
            gate_was_typed: false,
            primary_only: false,
            exit_zero: false,
            sarif_omit_suppressed: false,
            servers_only: false,
            baseline: None,
        },
        ..Settings::of(vec![workspace::root(dir)], vec![workspace::dump(dir)], now, talk)
    }
}

/// A directory of our own that nobody else could have made beforehand.
fn fresh() -> anyhow::Result<PathBuf> {
    let base = std::env::temp_dir();
    let mut random = [0_u8; 8];
    getrandom::fill(&mut random).map_err(|error| anyhow::anyhow!("the system gives no random numbers: {error}"))?;
    let dir = base.join(format!("keytrawl-demo-{:016x}", u64::from_le_bytes(random)));
    std::fs::create_dir(&dir).with_context(|| format!("could not make `{}`", dir.display()))?;
    Ok(dir)
}

fn farewell(dir: &Path, status: ExitStatus, talk: Talk) -> std::io::Result<()> {
    if talk.quiet {
        return Ok(());
    }
    let shown = dir.display();
    let text = format!(
        "\nEvery credential in this sample was made up. It is kept in {shown}, with report.sarif beside it.\n\
         A real scan would have ended with exit code {}. To run it yourself:\n\n  \
         keytrawl scan {shown}/workspace --inventory {shown}/inventory.jsonl --policy {shown}/policy.toml --key-file \
         {shown}/fingerprint.key\n",
        status.code()
    );
    speak::stderr(talk.color).write_all(text.as_bytes())
}
