//! `keytrawl inventory propose`: draft records for what a report found unregistered.

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, ValueEnum};

use super::super::{ExitStatus, deliver, report};
use crate::coverage::Coverage;
use crate::inventory::Inventory;
use crate::policy::{CodeOwners, Policy};
use crate::report::proposal;
use crate::report::suggestion::Suggestions;
use crate::settings;
use crate::settings::sources::{self, NamedInventory};

/// Draft records for credentials that no row stands for, from saved reports, for the identity team to approve.
///
/// A draft has the match keys, server, places, environment, issuer, ids and expiry that the scan found, and a suggested owner:
/// the only one whom the policy allows, else whom CODEOWNERS names for its path, else the team of whoever first committed it.
/// Its state is `pending`; who approves it fills in purpose and workload and makes it `active`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  keytrawl scan . --inventory nhi.jsonl -o report.json --exit-zero\n  keytrawl inventory propose \
                  report.json --codeowners .github/CODEOWNERS -o drafts.jsonl\n  keytrawl scan . --history --inventory \
                  nhi.jsonl -o report.json --exit-zero\n  keytrawl inventory propose report.json --inventory people=hr.csv"
)]
pub(in crate::cli) struct Propose {
    /// Saved JSON reports; `-` for standard input.
    #[arg(required = true)]
    reports: Vec<PathBuf>,
    /// Policy whose owners are suggested.
    #[arg(long, value_name = "FILE")]
    policy: Vec<PathBuf>,
    /// CODEOWNERS of the repository that was scanned.
    #[arg(long, value_name = "FILE")]
    codeowners: Option<PathBuf>,
    /// Inventory files whose people and teams tell the team of who committed a credential, by the name, address or id that
    /// the commit was signed with. Reports of `--history` and `--range` scans name who did. Repeatable.
    #[arg(long, value_name = "[NAME=]FILE")]
    inventory: Vec<NamedInventory>,
    /// Format.
    #[arg(short, long, value_name = "FORMAT")]
    format: Option<Form>,
    /// Write to this file, as a whole or not at all [default: standard output]. `.csv` means CSV.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    Jsonl,
    Csv,
}

impl Propose {
    pub(super) fn run(self) -> anyhow::Result<ExitStatus> {
        let merged = report::read_all(&self.reports)?;
        let policy = Policy::load_layers(&self.policy)?;
        let code = match &self.codeowners {
            Some(path) => {
                let text = std::fs::read_to_string(path).with_context(|| {
                    format!("could not read `{}`\nhint: --codeowners names a CODEOWNERS file", path.display())
                })?;
                CodeOwners::parse(&text)
            }
            None => CodeOwners::default(),
        };
        let sources = sources::resolve(&self.inventory, &[])?;
        let tables = Inventory::load_tables(&sources, settings::rules::load(&[])?, &mut Coverage::default())?;
        let drafts = proposal::drafts(&merged, &Suggestions { allowed: policy.owners, code, tables });
        let by_name = self.output.as_ref().is_some_and(|path| path.extension().is_some_and(|ending| ending == "csv"));
        let form = self.format.unwrap_or(if by_name { Form::Csv } else { Form::Jsonl });
        let write = |out: &mut dyn Write| match form {
            Form::Jsonl => proposal::jsonl(&drafts, out),
            Form::Csv => proposal::table(&drafts, out),
        };
        match &self.output {
            Some(path) => deliver::file(path, write)
                .with_context(|| format!("could not write the drafts `{}`", path.display()))?,
            None => {
                let mut out = BufWriter::new(io::stdout().lock());
                write(&mut out)?;
                out.flush()?;
            }
        }
        Ok(ExitStatus::Clean)
    }
}
