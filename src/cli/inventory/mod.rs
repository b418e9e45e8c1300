//! `keytrawl inventory`: is an inventory usable, what are the match keys of a secret, why did a credential match its row.

mod convert;
mod diff;
mod propose;

use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use zeroize::Zeroizing;

use super::{ExitStatus, pipeline, speak};
use crate::coverage::Coverage;
use crate::credential::Fingerprinter;
use crate::detector::{Anatomy, Facts, strength};
use crate::inventory::{
    Circumstances, Consideration, Explanation, Inventory as Rows, InventorySource, Subject, Summary, hash,
};
use crate::settings::sources::{self, NamedInventory};
use crate::settings::typed::{Configuration, Governance, Reporting, Scanning, Talking};
use crate::settings::{self, Settings};

/// Check, convert and compare inventories, draft records for them, make match keys, explain a match.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(super) struct Inventory {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Tell whether inventory files can be used, and what is wrong with single rows.
    #[command(
        after_help = "Exit codes: 0 every row can be used, 1 some cannot, 2 the inventory cannot be used at all.\n\n\
                      Examples:\n  keytrawl inventory check nhi.jsonl\n  keytrawl inventory check nhi.csv \
                      workloads=workloads.csv"
    )]
    Check {
        /// Inventory files, as for `scan --inventory`.
        #[arg(required = true, value_name = "[NAME=]FILE")]
        files: Vec<NamedInventory>,
        /// Mappings of your own (TOML); repeatable.
        #[arg(long, value_name = "FILE")]
        mapping: Vec<PathBuf>,
        /// File that holds the fingerprint key. Also: KEYTRAWL_KEY.
        #[arg(long, value_name = "FILE")]
        key_file: Option<PathBuf>,
        /// Also the rules of this directory or file, as for `scan --rules`; repeatable.
        #[arg(long, value_name = "DIR")]
        rules: Vec<PathBuf>,
    },
    Convert(convert::Convert),
    Propose(Box<propose::Propose>),
    Diff(Box<diff::Diff>),
    /// Turn secrets, one a line on standard input, into match keys for the inventory. Secrets are never echoed.
    #[command(
        after_help = "Exit codes: 0 every secret was hashed, 2 some are too weak to be hashed without a key.\n\n\
                      Examples:\n  vault kv get -field=token kv/mcp/github | keytrawl inventory hash\n  \
                      keytrawl inventory hash --header --key-file org.key < /dev/null   the header's key_id and key_check"
    )]
    Hash {
        /// File that holds the fingerprint key. Also: KEYTRAWL_KEY.
        #[arg(long, value_name = "FILE")]
        key_file: Option<PathBuf>,
        /// Also the rules of this directory or file, as for `scan --rules`; repeatable.
        #[arg(long, value_name = "DIR")]
        rules: Vec<PathBuf>,
        /// Also HMSL digests.
        #[arg(long)]
        hmsl: bool,
        /// First the header fields that let a wrong key be noticed.
        #[arg(long)]
        header: bool,
    },
    /// Tell why a credential has its standing: every row that was looked at, and what came of it.
    ///
    /// No secret is ever kept, so the paths are scanned again to have the credential at hand. With `-` in the place of the id
    /// the secret itself is read from standard input and no path is scanned.
    #[command(after_help = "Examples:\n  keytrawl inventory explain 1f0c… . --inventory nhi.jsonl\n  vault kv get \
                            -field=token kv/mcp/github | keytrawl inventory explain - --inventory nhi.jsonl")]
    Explain {
        /// Credential id as reports show it (a beginning will do), or `-` for a secret on standard input.
        credential: String,
        /// Where it was found [default: the current directory].
        paths: Vec<PathBuf>,
        /// Also the rules of this directory or file, as for `scan --rules`; repeatable.
        #[arg(long, value_name = "DIR")]
        rules: Vec<PathBuf>,
        #[command(flatten)]
        governance: Box<Governance>,
    },
}

impl Inventory {
    pub(super) fn run(self, talking: &Talking, configuration: &Configuration) -> anyhow::Result<ExitStatus> {
        match self.command {
            Command::Check { files, mapping, key_file, rules } => {
                check(&sources::resolve(&files, &mapping)?, key_file.as_deref(), &rules, talking)
            }
            Command::Convert(convert) => convert.run(talking),
            Command::Propose(propose) => propose.run(),
            Command::Diff(diff) => diff.run(),
            Command::Hash { key_file, rules, hmsl, header } => digest(key_file.as_deref(), &rules, hmsl, header),
            Command::Explain { credential, paths, rules, governance } => {
                let (_, config) = settings::configuration(configuration)?;
                let scanning = Scanning { rules, ..Scanning::default() };
                let settings = Settings::resolve(paths, scanning, *governance, Reporting::default(), talking, config)?;
                explain(&credential, &settings)
            }
        }
    }
}

fn check(
    sources: &[InventorySource],
    key_file: Option<&Path>,
    rules: &[PathBuf],
    talking: &Talking,
) -> anyhow::Result<ExitStatus> {
    let keys = settings::keys(key_file)?;
    let mut coverage = Coverage::default();
    let inventory = Rows::load(sources, settings::rules::load(rules)?, &keys, &mut coverage)?;
    let mut out = BufWriter::new(io::stdout().lock());
    summarise(&mut out, &inventory.summary())?;
    out.flush()?;
    speak::rows(&coverage.notices, talking.color.unwrap_or_default())?;
    // The process ends here, and to give back a million rows one by one would be a tenth of its work.
    std::mem::forget(inventory);
    Ok(if coverage.notices.is_empty() { ExitStatus::Clean } else { ExitStatus::Findings })
}

fn summarise(out: &mut impl Write, summary: &Summary) -> io::Result<()> {
    for (path, taken, refused, plaintext) in &summary.files {
        let rows = if *taken == 1 { "row" } else { "rows" };
        writeln!(out, "{path}: {taken} {rows} used, {refused} refused, {plaintext} with a credential in the clear")?;
    }
    let list = |pairs: Vec<String>| if pairs.is_empty() { "none".to_owned() } else { pairs.join(", ") };
    let pair = |count: &usize, what: &str| format!("{count} {what}");
    writeln!(out, "states: {}", list(summary.states.iter().map(|(state, n)| pair(n, state.as_str())).collect()))?;
    writeln!(out, "issuers: {}", list(summary.issuers.iter().map(|(issuer, n)| pair(n, issuer)).collect()))?;
    writeln!(out, "match keys: {}", list(summary.keys.iter().map(|(key, n)| pair(n, key.as_str())).collect()))?;
    writeln!(out, "tables: {}", list(summary.tables.iter().map(|(table, n)| pair(n, table)).collect()))?;
    writeln!(out, "without a match key: {}; without an owner: {}", summary.keyless, summary.ownerless)
}

fn digest(key_file: Option<&Path>, rules: &[PathBuf], hmsl: bool, header: bool) -> anyhow::Result<ExitStatus> {
    let keys = settings::keys(key_file)?;
    let detectors = settings::rules::load(rules)?;
    let mut out = BufWriter::new(io::stdout().lock());
    if header {
        for fields in hash::header_fields(&keys) {
            writeln!(out, "{fields}")?;
        }
    }
    let mut input = io::stdin().lock();
    let hashed = hash::hash(&mut input, &mut out, detectors, &keys, hmsl)
        .context("could not read secrets or write their match keys")?;
    out.flush()?;
    anyhow::ensure!(
        hashed.written + hashed.refused > 0,
        "standard input holds no secret\nhint: pipe in one secret a line, as in `op read op://vault/item | keytrawl inventory hash`"
    );
    Ok(if hashed.refused > 0 { ExitStatus::Error } else { ExitStatus::Clean })
}

fn explain(credential: &str, settings: &Settings) -> anyhow::Result<ExitStatus> {
    if settings.inventory.is_empty() {
        bail!("no inventory was given\nhint: name one with --inventory FILE");
    }
    if credential == "-" {
        return explain_secret(settings);
    }
    let id = credential.to_ascii_lowercase();
    if id.len() < 4 || !id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        bail!(
            "`{credential}` is not a credential id\nhint: reports show them as 32 hex digits; four will do if they are unique"
        );
    }
    let cwd = super::current_directory()?;
    let gathered = pipeline::gather(settings, &cwd)?;
    let Some(inventory) = &gathered.inventory else { bail!("no inventory was loaded") };
    let mut out = BufWriter::new(io::stdout().lock());
    let found: Vec<_> = gathered.credentials.iter().filter(|found| found.id.hex.starts_with(&id)).collect();
    match found.as_slice() {
        [found] => {
            writeln!(out, "{} {}, places: {}", found.id.hex, found.preview, found.occurrences.len())?;
            tell(&mut out, inventory, &inventory.explain(&Subject::of(found, gathered.circumstances(found))))?;
        }
        [] => {
            let rows = inventory.explain_id(&id);
            if rows.is_empty() {
                bail!(
                    "no credential `{id}` was found in the scanned paths, and no row holds its digest\nhint: name the \
                     paths in which it was found, and the key that was used then"
                );
            }
            writeln!(out, "{id} was not found in the scanned paths")?;
            considered(&mut out, inventory, &rows)?;
        }
        several => bail!("{} credentials begin with `{id}`\nhint: write more of the id", several.len()),
    }
    out.flush()?;
    Ok(ExitStatus::Clean)
}

fn explain_secret(settings: &Settings) -> anyhow::Result<ExitStatus> {
    let inventory = Rows::load(&settings.inventory, settings.detectors, &settings.keys, &mut Coverage::default())?;
    // Read in one piece of fixed size, so that growing leaves no copy of the secret behind.
    let mut secret = Zeroizing::new(Vec::with_capacity(1 << 20));
    io::stdin().lock().take(1 << 20).read_to_end(&mut secret).context("could not read standard input")?;
    let secret = secret.trim_ascii_end();
    if secret.is_empty() {
        bail!("there is no secret on standard input\nhint: pipe it in, without quotes");
    }
    let fingerprinter = Fingerprinter::new(settings.keys.clone(), inventory.wants_hmsl());
    let nothing_public = Anatomy { prefix: 0, suffix: 0 };
    let identity = fingerprinter.identify(secret, nothing_public, strength::bits(secret), Facts::default());
    let subject = Subject {
        identity: &identity,
        detector: None,
        issuer: None,
        places: Vec::new(),
        circumstances: Circumstances::default(),
    };
    let mut out = BufWriter::new(io::stdout().lock());
    tell(&mut out, &inventory, &inventory.explain(&subject))?;
    out.flush()?;
    Ok(ExitStatus::Clean)
}

fn tell(out: &mut impl Write, inventory: &Rows, explanation: &Explanation) -> io::Result<()> {
    writeln!(out, "standing: {}", explanation.standing.as_str())?;
    writeln!(
        out,
        "the inventory {} its issuer",
        if explanation.covered { "covers" } else { "does not claim to cover" }
    )?;
    considered(out, inventory, &explanation.considered)
}

fn considered(out: &mut impl Write, inventory: &Rows, rows: &[Consideration]) -> io::Result<()> {
    if rows.is_empty() {
        writeln!(out, "no row came into question")?;
    }
    for Consideration { row, by, outcome } in rows {
        if let Some(record) = inventory.records.get(*row) {
            writeln!(out, "{} ({}:{}) by {}: {outcome}", record.id, record.file, record.line, by.as_str())?;
        }
    }
    Ok(())
}
