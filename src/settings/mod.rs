//! What was typed → what it means.
//!
//! [`typed`] holds the options as clap reads them, [`config`] what a configuration file says; [`Settings`] is what the two
//! mean together: checked, complete and immutable. All that can fail fails here, before any work is done.

pub mod config;
pub mod gate;
pub mod output;
pub mod rules;
pub mod size;
pub mod sources;
pub mod typed;

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::credential::key::VARIABLE as KEY_VARIABLE;
use crate::credential::{KeyError, KeyRing};
use crate::detector::{Confidence, Detectors};
use crate::inventory::InventorySource;
use crate::report::{FailOn, FailOnError, Format};
use crate::source::archive::DEFAULT_DEPTH;
use config::{Config, ConfigError};
use gate::Term;
use output::Output;
use sources::NamedInventoryError;
use typed::{Configuration, Governance, Reporting, Scanning, Talking, When, Which};

/// What scanning means.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What is scanned: paths, `-` for standard input.
    pub targets: Vec<PathBuf>,
    /// What is scanned as an env dump, whatever its name.
    pub dumps: Vec<PathBuf>,
    /// What of the git index is scanned, where it is: the targets limit it then.
    pub staged: Option<Staging>,
    /// Globs of what is passed over.
    pub exclude: Vec<String>,
    /// Globs and ignore rules apply to named files too.
    pub force_exclude: bool,
    /// Ignore rules do not apply at all.
    pub no_ignore: bool,
    /// Larger files are read in windows of this many bytes; `None` = as the source stage thinks best.
    pub max_file_size: Option<u64>,
    /// How many archives within each other are opened.
    pub max_archive_depth: u8,
    /// The history of repositories is scanned too.
    pub history: bool,
    /// Only what these commits introduced is scanned: `A..B`, as git writes ranges.
    pub range: Option<String>,
    /// What is looked for: the embedded detectors, and the user's.
    pub detectors: &'static Detectors,
    /// What is less sure is left out.
    pub min_confidence: Confidence,
    /// Workers.
    pub threads: NonZeroUsize,
    /// Inventory files, with how they are read.
    pub inventory: Vec<InventorySource>,
    /// Evidence of use.
    pub usage: Vec<PathBuf>,
    /// Policy files: the organisation's, then those that may only tighten it.
    pub policy: Vec<PathBuf>,
    /// Fingerprint keys.
    pub keys: KeyRing,
    /// The clock.
    pub now: Timestamp,
    /// What is written and what fails the run.
    pub reporting: ReportSettings,
    /// How the program talks.
    pub talk: Talk,
}

/// How the git index is scanned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Staging {
    /// What is staged, and nothing else.
    Only,
    /// What is staged; named files at which nothing is staged are scanned as they lie in the working tree. So a hook that is
    /// given files never says of one that it passed without having looked at it.
    OrNamedFiles,
}

/// What is written, where, and what fails the run.
#[derive(Debug, Clone)]
pub struct ReportSettings {
    /// Format of standard output; `None` = nothing goes there.
    pub stdout: Option<Format>,
    /// Report files.
    pub outputs: Vec<Output>,
    /// What fails the run.
    pub fail_on: FailOn,
    /// Whether somebody said so, on the command line or in the configuration.
    pub gate_was_typed: bool,
    /// One finding a place.
    pub primary_only: bool,
    /// Findings do not fail the run.
    pub exit_zero: bool,
    /// Suppressed results are left out of SARIF.
    pub sarif_omit_suppressed: bool,
    /// People are shown the server entries only.
    pub servers_only: bool,
    /// File of findings that fail nothing.
    pub baseline: Option<PathBuf>,
}

/// How the program talks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Talk {
    /// Colour.
    pub color: When,
    /// Progress bar.
    pub progress: When,
    /// More is said.
    pub verbose: bool,
    /// Only errors and the coverage line are said.
    pub quiet: bool,
}

/// Why nothing was scanned.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A broken configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A broken or missing key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A broken rule file.
    #[error(transparent)]
    Rules(#[from] rules::RulesError),
    /// An inventory that cannot be named so, or a broken mapping.
    #[error(transparent)]
    Inventory(#[from] NamedInventoryError),
    /// A gate that cannot be understood.
    #[error(transparent)]
    Gate(#[from] FailOnError),
    /// One file for two reports.
    #[error("two reports would be written to `{0}`\nhint: give each --output a file of its own")]
    OutputTwice(String),
    /// No directory to write a report in.
    #[error("the report `{path}` cannot be written: `{directory}` is not a directory\nhint: make it first")]
    NoOutputDirectory {
        /// The report.
        path: String,
        /// What is missing.
        directory: String,
    },
    /// A directory where a report should go.
    #[error("the report `{0}` cannot be written: it is a directory\nhint: name a file in it")]
    OutputIsDirectory(String),
    /// Standard input is not in the index.
    #[error("standard input (`-`) cannot be staged\nhint: leave out `-`, or --staged")]
    StagedStdin,
    /// An environment variable that is not text.
    #[error("the environment variable `{0}` is not UTF-8")]
    NotText(&'static str),
}

/// Configuration, where there is one and it was not refused.
///
/// # Errors
/// Where the file cannot be read or understood.
pub fn configuration(typed: &Configuration) -> Result<(Option<PathBuf>, Config), SettingsError> {
    if typed.no_config {
        return Ok((None, Config::default()));
    }
    match config::locate(typed.config.as_deref(), |name| std::env::var_os(name)) {
        Some(path) => {
            let config = config::read(&path)?;
            Ok((Some(path), config))
        }
        None => Ok((None, Config::default())),
    }
}

/// Fingerprint keys from the file that was named, else from the environment.
///
/// # Errors
/// Where there is a key, but it cannot be read or is not one.
pub fn keys(file: Option<&Path>) -> Result<KeyRing, SettingsError> {
    let variable = std::env::var_os(KEY_VARIABLE).filter(|value| !value.is_empty());
    let text = match (file, &variable) {
        (None, Some(value)) => Some(value.to_str().ok_or(SettingsError::NotText(KEY_VARIABLE))?),
        _ => None,
    };
    Ok(KeyRing::load(file, text)?)
}

impl Settings {
    /// What the options mean. The command line wins over the configuration; lists that exclude add up.
    ///
    /// # Errors
    /// Where a key is broken, a gate contradicts itself or an output is impossible.
    pub fn resolve(
        paths: Vec<PathBuf>,
        scanning: Scanning,
        governance: Governance,
        reporting: Reporting,
        talking: &Talking,
        config: Config,
    ) -> Result<Self, SettingsError> {
        let talk = Talk::resolve(talking, &config);
        let mut exclude = config.exclude;
        exclude.extend(scanning.exclude);
        let staged = scanning.staged.then_some(Staging::Only);
        let paths = if paths.is_empty() && staged.is_none() { vec![PathBuf::from(".")] } else { paths };
        if staged.is_some() && paths.iter().any(|path| path.as_os_str() == "-") {
            return Err(SettingsError::StagedStdin);
        }
        let threads = scanning.threads.or(config.threads);
        let rules = if scanning.rules.is_empty() { config.rules } else { scanning.rules };
        let default_report = ReportDefaults {
            format: config.format,
            fail_on: config.fail_on,
            findings: config.findings.or(staged.map(|_| Which::Primary)),
            sarif_omit_suppressed: config.sarif_omit_suppressed,
            baseline: config.baseline,
        };
        Ok(Self {
            staged,
            targets: if scanning.env_dump { Vec::new() } else { paths.clone() },
            dumps: if scanning.env_dump { paths } else { Vec::new() },
            exclude,
            force_exclude: scanning.force_exclude,
            no_ignore: scanning.no_ignore || config.no_ignore,
            max_file_size: scanning.max_file_size.or(config.max_file_size).map(|size| size.0),
            max_archive_depth: scanning.max_archive_depth.or(config.max_archive_depth).unwrap_or(DEFAULT_DEPTH),
            history: false,
            range: None,
            detectors: rules::load(&rules)?,
            min_confidence: scanning.min_confidence.or(config.min_confidence).map_or(Confidence::Medium, Into::into),
            threads: threads.unwrap_or_else(|| std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)),
            inventory: sources::resolve(
                if governance.inventory.is_empty() { &config.inventory } else { &governance.inventory },
                if governance.mapping.is_empty() { &config.mapping } else { &governance.mapping },
            )?,
            usage: governance.usage,
            policy: if governance.policy.is_empty() { config.policy.into_iter().collect() } else { governance.policy },
            keys: keys(governance.key_file.as_deref())?,
            now: governance.now.unwrap_or_else(Timestamp::now),
            reporting: ReportSettings::resolve(reporting, default_report, talk.quiet)?,
            talk,
        })
    }
}

impl Settings {
    /// The same with what of git repositories is looked at. Of a change, only the finding that matters most is shown for each
    /// place, unless `chosen` says that the user chose.
    #[must_use]
    pub fn with_history(mut self, typed: typed::History, chosen: bool) -> Self {
        self.history = typed.history;
        self.range = typed.range.or_else(|| typed.since.map(|since| format!("{since}..HEAD")));
        self.reporting.primary_only |= self.range.is_some() && !chosen;
        self
    }

    /// The defaults, for these paths and dumps.
    #[must_use]
    pub fn of(targets: Vec<PathBuf>, dumps: Vec<PathBuf>, now: Timestamp, talk: Talk) -> Self {
        Self {
            targets,
            dumps,
            staged: None,
            exclude: Vec::new(),
            force_exclude: false,
            no_ignore: false,
            max_file_size: None,
            max_archive_depth: DEFAULT_DEPTH,
            history: false,
            range: None,
            detectors: Detectors::embedded(),
            min_confidence: Confidence::Medium,
            threads: std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
            inventory: Vec::new(),
            usage: Vec::new(),
            policy: Vec::new(),
            keys: KeyRing::none(),
            now,
            reporting: ReportSettings {
                stdout: Some(Format::Human),
                outputs: Vec::new(),
                fail_on: FailOn::default(),
                gate_was_typed: false,
                primary_only: false,
                exit_zero: false,
                sarif_omit_suppressed: false,
                servers_only: false,
                baseline: None,
            },
            talk,
        }
    }
}

impl Talk {
    /// What the options and the configuration mean together.
    #[must_use]
    pub fn resolve(typed: &Talking, config: &Config) -> Self {
        Self {
            color: typed.color.or(config.color).unwrap_or_default(),
            progress: typed.progress.or(config.progress).unwrap_or_default(),
            verbose: typed.verbose,
            quiet: typed.quiet,
        }
    }
}

/// What a configuration says of reports.
#[derive(Debug, Clone, Default)]
pub struct ReportDefaults {
    /// `format`.
    pub format: Option<Format>,
    /// `fail-on`.
    pub fail_on: Vec<Term>,
    /// `findings`.
    pub findings: Option<Which>,
    /// `sarif-omit-suppressed`.
    pub sarif_omit_suppressed: bool,
    /// `baseline`.
    pub baseline: Option<PathBuf>,
}

impl ReportSettings {
    /// What the options and the configuration mean together.
    ///
    /// # Errors
    /// Where an output cannot be written.
    pub fn resolve(typed: Reporting, defaults: ReportDefaults, quiet: bool) -> Result<Self, SettingsError> {
        outputs_are_possible(&typed.output)?;
        let default_format = if quiet { None } else { Some(defaults.format.unwrap_or(Format::Human)) };
        let gates = if typed.fail_on.is_empty() { defaults.fail_on } else { typed.fail_on };
        Ok(Self {
            stdout: typed.format.or(default_format),
            outputs: typed.output,
            fail_on: gate::gate(&gates)?,
            gate_was_typed: !gates.is_empty(),
            primary_only: typed.findings.or(defaults.findings) == Some(Which::Primary),
            exit_zero: typed.exit_zero,
            sarif_omit_suppressed: typed.sarif_omit_suppressed || defaults.sarif_omit_suppressed,
            servers_only: false,
            baseline: typed.baseline.or(defaults.baseline),
        })
    }
}

fn outputs_are_possible(outputs: &[Output]) -> Result<(), SettingsError> {
    let mut seen = BTreeSet::new();
    for output in outputs {
        let shown = output.path.display().to_string();
        let directory = output.path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        if output.path.is_dir() {
            return Err(SettingsError::OutputIsDirectory(shown));
        }
        if !directory.is_dir() {
            return Err(SettingsError::NoOutputDirectory { path: shown, directory: directory.display().to_string() });
        }
        if !seen.insert(&output.path) {
            return Err(SettingsError::OutputTwice(shown));
        }
    }
    Ok(())
}

impl From<Config> for ReportDefaults {
    fn from(config: Config) -> Self {
        Self {
            format: config.format,
            fail_on: config.fail_on,
            findings: config.findings,
            sarif_omit_suppressed: config.sarif_omit_suppressed,
            baseline: config.baseline,
        }
    }
}
