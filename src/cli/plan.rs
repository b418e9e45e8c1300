//! What a run needs before it can scan; whatever may fail as a whole fails here.

use std::path::{Path, PathBuf};

use anyhow::Result;
use sha2::{Digest, Sha256};

use crate::check::evidence::Mode;
use crate::coverage::Coverage;
use crate::credential::Fingerprinter;
use crate::detector::Detectors;
use crate::inventory::{Inventory, Usage};
use crate::policy::{Baseline, Policy};
use crate::scan::history::range;
use crate::scan::{Options as ScanOptions, Scanner};
use crate::settings::{Settings, Staging};
use crate::source;
use crate::source::archive::Limits;
use crate::source::git::Environment;
use crate::source::host::Home;
use crate::source::staged::{self, Staged};

/// A host to be looked through, in the place of the targets of the settings.
pub(super) struct Host {
    pub(super) plan: source::Plan,
    /// Whose home directory is called `~`.
    pub(super) person: Option<String>,
    /// What looking for the places had to say.
    pub(super) coverage: Coverage,
    /// Whose files may be followed where a config names one, and how they are read.
    pub(super) homes: Vec<Home>,
    pub(super) options: source::Options,
}

/// Everything that is needed to scan. Once there is a plan, only single files can fail.
pub(super) struct Plan {
    pub(super) subject: Subject,
    /// What is walked: the targets, or what beside the subject is to be read as it is.
    pub(super) walks: Vec<source::Plan>,
    /// How files are read.
    pub(super) limits: Limits,
    pub(super) scanner: Scanner,
    pub(super) inventory: Option<Inventory>,
    pub(super) usage: Option<Usage>,
    pub(super) policy: Policy,
    pub(super) baseline: Option<Baseline>,
    /// Whose home directory is called `~`.
    pub(super) person: Option<String>,
    /// What loading had to say.
    pub(super) coverage: Coverage,
    /// Over all that shapes the result.
    pub(super) digest: String,
}

/// What the run is about.
pub(super) enum Subject {
    /// Files and directories as they are.
    Files,
    /// The next commit.
    Staged(Box<Staged>),
    /// What some commits introduced.
    Range(Box<range::Plan>),
    /// The known places of a host, and what configs there name in the homes.
    Host { homes: Vec<Home>, options: Box<source::Options> },
}

impl Subject {
    pub(super) const fn mode(&self) -> Mode {
        match self {
            Self::Files => Mode::Scan,
            Self::Staged(_) => Mode::Staged,
            Self::Range(_) => Mode::Range,
            Self::Host { .. } => Mode::Discover,
        }
    }
}

impl Plan {
    /// Opens what the settings name, or looks through a host in the place of it.
    ///
    /// # Errors
    /// Where a target is missing or a revision unknown, or inventory, usage, policy or baseline cannot be used.
    pub(super) fn prepare(settings: &Settings, cwd: &Path, host: Option<Host>) -> Result<Self> {
        let mut coverage = Coverage::default();
        let mut walks = Vec::new();
        let mut person = None;
        let subject = if let Some(host) = host {
            walks.push(host.plan);
            person = host.person;
            coverage.absorb(host.coverage);
            Subject::Host { homes: host.homes, options: Box::new(host.options) }
        } else if let Some(staging) = settings.staged {
            let staged = index(settings, cwd, staging)?;
            if !staged.untouched.is_empty() {
                walks.push(walk(settings, cwd, &staged.untouched, false)?);
            }
            Subject::Staged(Box::new(staged))
        } else if let Some(range) = &settings.range {
            let environment = Environment::of_process();
            Subject::Range(Box::new(range::Plan::open(range, &settings.targets, cwd, &environment)?))
        } else {
            for (targets, env_dump) in [(&settings.targets, false), (&settings.dumps, true)] {
                if !targets.is_empty() {
                    walks.push(walk(settings, cwd, targets, env_dump)?);
                }
            }
            Subject::Files
        };
        let policy = Policy::load_layers(&settings.policy)?;
        let usage = if settings.usage.is_empty() { None } else { Some(Usage::load(&settings.usage)?) };
        let baseline = settings.reporting.baseline.as_deref().map(Baseline::load).transpose()?;
        let inventory = match settings.inventory.is_empty() {
            true => None,
            false => Some(Inventory::load(&settings.inventory, settings.detectors, &settings.keys, &mut coverage)?),
        };
        let hmsl = inventory.as_ref().is_some_and(Inventory::wants_hmsl);
        let fingerprinter = Fingerprinter::new(settings.keys.clone(), hmsl);
        let options = ScanOptions { min_confidence: settings.min_confidence };
        Ok(Self {
            subject,
            walks,
            limits: walked(settings, cwd).limits(),
            scanner: Scanner::new(settings.detectors, fingerprinter, options),
            digest: digest(settings.detectors, &policy, settings),
            inventory,
            usage,
            policy,
            baseline,
            person,
            coverage,
        })
    }
}

/// What is staged in the repository that the targets lie in.
fn index(settings: &Settings, cwd: &Path, staging: Staging) -> Result<Staged> {
    let options = staged::Options {
        cwd: cwd.to_path_buf(),
        environment: Environment::of_process(),
        exclude: settings.exclude.clone(),
        force_exclude: settings.force_exclude,
        untouched: staging == Staging::OrNamedFiles,
    };
    Ok(Staged::open(&settings.targets, &options)?)
}

fn walk(settings: &Settings, cwd: &Path, targets: &[PathBuf], env_dump: bool) -> Result<source::Plan> {
    Ok(source::Plan::new(targets, source::Options { env_dump, ..walked(settings, cwd) })?)
}

/// How targets are scanned.
pub(super) fn walked(settings: &Settings, cwd: &Path) -> source::Options {
    let defaults = source::Options::new(cwd.to_path_buf());
    source::Options {
        no_ignore: settings.no_ignore,
        exclude: settings.exclude.clone(),
        force_exclude: settings.force_exclude,
        max_file_size: settings.max_file_size.unwrap_or(defaults.max_file_size),
        max_archive_depth: settings.max_archive_depth,
        history: settings.history,
        threads: settings.threads.get(),
        ..defaults
    }
}

/// SHA-256 over all that shapes the result: two runs with equal digests over equal bytes find the same.
fn digest(detectors: &Detectors, policy: &Policy, settings: &Settings) -> String {
    let mut hash = Sha256::new();
    hash.update(env!("CARGO_PKG_VERSION"));
    hash.update(detectors.digest());
    hash.update(policy.digest);
    hash.update([u8::from(settings.no_ignore), u8::from(settings.force_exclude), settings.min_confidence as u8]);
    hash.update(settings.max_file_size.unwrap_or_default().to_le_bytes());
    hash.update([settings.max_archive_depth, u8::from(settings.history)]);
    hash.update(settings.range.as_deref().unwrap_or_default());
    for glob in &settings.exclude {
        hash.update((glob.len() as u64).to_le_bytes());
        hash.update(glob);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
