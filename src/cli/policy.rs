//! `keytrawl policy`: can a policy be used, and what does it say once all its layers are on top of each other.

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::ExitStatus;
use crate::policy::Policy as Rules;

/// Check a policy, or show what it says and where each value came from.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(super) struct Policy {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Tell whether policy files can be used together, and what state their exceptions are in.
    #[command(
        after_help = "The first file is the organisation's policy; those after it are of repositories and may only tighten \
                      it.\n\nExit codes: 0 they can be used, 2 they cannot.\n\nExamples:\n  keytrawl policy check \
                      policy.toml\n  keytrawl policy check org.toml repository.toml"
    )]
    Check {
        /// Policy files.
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// The clock, for reproducible runs.
        #[arg(long, value_name = "RFC3339")]
        now: Option<Timestamp>,
    },
    /// Show the effective policy, key by key, each with the file and line that decided it.
    #[command(
        after_help = "Examples:\n  keytrawl policy show policy.toml\n  keytrawl policy show org.toml repository.toml -f json"
    )]
    Show {
        /// Policy files; without one, what is built in.
        files: Vec<PathBuf>,
        /// Format.
        #[arg(short, long, value_name = "FORMAT", default_value = "human")]
        format: Form,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    Human,
    Json,
}

impl Policy {
    pub(super) fn run(self) -> anyhow::Result<ExitStatus> {
        let mut out = BufWriter::new(io::stdout().lock());
        match self.command {
            Command::Check { files, now } => {
                let policy = Rules::load_layers(&files)?;
                let names: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
                check(&mut out, &policy, &names.join(" + "), now.unwrap_or_else(Timestamp::now))?;
            }
            Command::Show { files, format } => show(&mut out, &Rules::load_layers(&files)?, format)?,
        }
        out.flush()?;
        Ok(ExitStatus::Clean)
    }
}

fn check(out: &mut impl Write, policy: &Rules, name: &str, now: Timestamp) -> io::Result<()> {
    writeln!(out, "{name}: can be used")?;
    let exceptions = &policy.exceptions;
    let expired: Vec<_> = exceptions.iter().filter(|exception| exception.is_expired(now)).collect();
    let in_force = exceptions.iter().filter(|exception| exception.is_in_force(now)).count();
    let later = exceptions.len() - in_force - expired.len();
    writeln!(out, "exceptions: {in_force} in force, {} expired, {later} not yet in force", expired.len())?;
    for exception in expired {
        let place = format!("{}:{}", exception.file, exception.line);
        writeln!(out, "  {} expired on {} ({place})", exception.id, exception.expires)?;
    }
    Ok(())
}

fn show(out: &mut impl Write, policy: &Rules, form: Form) -> io::Result<()> {
    let entries = policy.entries();
    if form == Form::Json {
        let keys: Vec<Value> = entries
            .iter()
            .map(|entry| {
                let from = entry.from.as_ref().map_or_else(
                    || json!({ "layer": "built-in" }),
                    |(file, line)| json!({ "layer": "file", "file": file, "line": line }),
                );
                json!({ "key": entry.key, "value": entry.value, "from": from })
            })
            .collect();
        return writeln!(out, "{:#}", json!({ "schema": "keytrawl-policy/1", "keys": keys }));
    }
    let written: Vec<(String, String)> = entries
        .iter()
        .map(|entry| {
            let value = if entry.value.is_null() { "not set".to_owned() } else { entry.value.to_string() };
            let from =
                entry.from.as_ref().map_or_else(|| "built-in".to_owned(), |(file, line)| format!("{file}:{line}"));
            (format!("{} = {value}", entry.key), from)
        })
        .collect();
    let width = written.iter().map(|(text, _)| text.chars().count()).max().unwrap_or_default().min(72);
    for (text, from) in written {
        writeln!(out, "{text:<width$}  # {from}")?;
    }
    Ok(())
}
