//! `keytrawl rules`: the detectors and checks, and whether rules hold against their own samples.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::{Args, Subcommand};

use super::ExitStatus;
use crate::check;
use crate::detector::check::{Problem, Summary, check as check_rules};
use crate::detector::{Detector, Detectors};

/// Tell what is looked for: detectors and governance checks.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(super) struct Rules {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List every detector, then every check with its severity.
    List,
    /// Explain one detector or check.
    #[command(after_help = "Examples:\n  keytrawl rules show unregistered\n  keytrawl rules show jwt")]
    Show {
        /// Its id, as `rules list` and every report name it.
        id: String,
    },
    /// Hold rule files against their own samples.
    ///
    /// Every positive sample must be found by its own rule and no negative one may be; patterns must compile within bounds.
    /// Samples are recipes such as `ghp_{alnum:30}{crc32-github}`, so that no rule file holds a credential.
    #[command(
        after_help = "Exit codes: 0 every rule holds, 1 some do not, 2 a file could not be read.\n\nExamples:\n  \
                      keytrawl rules check                the embedded rules\n  keytrawl rules check my-rules.toml"
    )]
    Check {
        /// Rule files [default: the embedded rules].
        files: Vec<PathBuf>,
    },
}

impl Rules {
    pub(super) fn run(&self) -> anyhow::Result<ExitStatus> {
        let mut out = BufWriter::new(io::stdout().lock());
        let status = match &self.command {
            Command::List => list(&mut out).map(|()| ExitStatus::Clean)?,
            Command::Show { id } => show(&mut out, id).map(|()| ExitStatus::Clean)?,
            Command::Check { files } => check_files(&mut out, files)?,
        };
        out.flush()?;
        Ok(status)
    }
}

fn list(out: &mut impl Write) -> io::Result<()> {
    let detectors = Detectors::embedded().all();
    let width = |lengths: &mut dyn Iterator<Item = usize>| lengths.max().unwrap_or_default();
    let ids = width(&mut detectors.iter().map(|detector| detector.id.len()));
    let kinds = width(&mut detectors.iter().map(|detector| detector.kind.len()));
    writeln!(out, "{} detectors", detectors.len())?;
    for Detector { id, kind, description, .. } in detectors {
        writeln!(out, "  {id:ids$}  {kind:kinds$}  {description}")?;
    }
    let checks = check::all();
    let ids = width(&mut checks.iter().map(|check| check.meta().id.len()));
    writeln!(out, "\n{} checks", checks.len())?;
    for check in checks {
        let meta = check.meta();
        writeln!(out, "  {:ids$}  {:3.1} {:8}  {}", meta.id, meta.severity, meta.band().as_str(), meta.title)?;
    }
    Ok(())
}

fn show(out: &mut impl Write, id: &str) -> anyhow::Result<()> {
    if let Some(check) = check::get(id) {
        write!(out, "{}", check::docs::section(check.meta()))?;
        return Ok(());
    }
    let Some(detector) = Detectors::embedded().get(id) else {
        bail!("there is no detector or check `{id}`\nhint: `keytrawl rules list` lists them");
    };
    writeln!(out, "{}: {}", detector.id, detector.description)?;
    let list = |words: &[&str]| if words.is_empty() { "-".to_owned() } else { words.join(", ") };
    for (field, value) in [
        ("provider", detector.provider.to_owned()),
        ("issuer", detector.issuer.unwrap_or("anybody").to_owned()),
        ("kind", detector.kind.to_owned()),
        ("keywords", list(detector.keywords)),
        ("held by", list(detector.names)),
        ("pattern", detector.pattern.to_owned()),
        ("documentation", detector.documentation.to_owned()),
        ("learnt from", detector.source.to_owned()),
    ] {
        writeln!(out, "  {field:13}  {value}")?;
    }
    Ok(())
}

fn check_files(out: &mut impl Write, files: &[PathBuf]) -> anyhow::Result<ExitStatus> {
    let mut texts: Vec<(String, String)> = Vec::new();
    for file in files {
        let name = file.display().to_string();
        let text = fs::read_to_string(file)
            .with_context(|| format!("could not read the rules `{name}`\nhint: a rule file is TOML in UTF-8"))?;
        texts.push((name, text));
    }
    if files.is_empty() {
        let embedded = Detectors::embedded().texts().iter();
        texts.extend(embedded.map(|(name, text)| (format!("rules/detectors/{name}"), (*text).to_owned())));
    }
    let mut sum = Summary::default();
    let mut problems = 0_usize;
    for (name, text) in &texts {
        match check_rules(text) {
            Ok(summary) => {
                sum.detectors += summary.detectors;
                sum.samples += summary.samples;
            }
            Err(found) => {
                problems += found.len();
                found.iter().try_for_each(|problem| say(out, name, problem))?;
            }
        }
    }
    if problems > 0 {
        writeln!(out, "{problems} {} found", if problems == 1 { "problem" } else { "problems" })?;
        return Ok(ExitStatus::Findings);
    }
    writeln!(out, "{} detectors hold against {} samples", sum.detectors, sum.samples)?;
    Ok(ExitStatus::Clean)
}

fn say(out: &mut impl Write, file: &str, problem: &Problem) -> io::Result<()> {
    match problem.line {
        Some(line) => writeln!(out, "{file}:{line}: {problem}"),
        None => writeln!(out, "{file}: {problem}"),
    }
}
