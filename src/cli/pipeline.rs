//! Runs the whole pipeline once: prepare what may fail, walk and scan, fold, judge, check, freeze.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Result;
use sha2::{Digest, Sha256};

use super::progress::Bar;
use crate::check::{self, Evidence, Ground, evidence::Mode};
use crate::coverage::Coverage;
use crate::credential::{Credential, Fingerprinter, Ledger};
use crate::detector::Detectors;
use crate::inventory::{Circumstances, Inventory, Standing, Usage};
use crate::policy::Policy;
use crate::report::{Inputs, Report};
use crate::scan::workers;
use crate::scan::{Options as ScanOptions, Scanner, Scratch};
use crate::settings::Settings;
use crate::source::{self, Asset};

/// Everything that is needed to scan. Once there is a plan, only single files can fail.
struct Plan {
    walks: Vec<source::Plan>,
    scanner: Scanner,
    inventory: Option<Inventory>,
    usage: Option<Usage>,
    policy: Policy,
    /// What loading the inventory had to say.
    coverage: Coverage,
}

/// All that was found and all that it is held against.
pub(super) struct Gathered {
    pub(super) credentials: Vec<Credential>,
    pub(super) inventory: Option<Inventory>,
    policy: Policy,
    usage: Option<Usage>,
    ground: Ground,
    coverage: Coverage,
    assets: Vec<Arc<Asset>>,
    digest: String,
}

/// Scans what the settings name and folds what was found. Paths are reported relative to `cwd`.
///
/// # Errors
/// Where a target is missing, or inventory or policy cannot be used: nothing has been scanned then. Or where keytrawl
/// itself failed.
pub(super) fn gather(settings: &Settings, cwd: &Path) -> Result<Gathered> {
    let detectors = settings.detectors;
    let plan = Plan::prepare(settings, cwd, detectors)?;
    let mut coverage = plan.coverage;
    let mut ledger = Ledger::default();
    let mut assets: BTreeSet<Arc<Asset>> = BTreeSet::new();
    let declared = Declared::of(plan.inventory.as_ref());
    let mut ground = Ground::default();
    let mut bar = Bar::new(settings.talk);
    for walk in &plan.walks {
        let scanned = workers::run(
            walk,
            Scratch::default,
            |artifact, scratch| {
                let declared = declared.holds(&artifact.origin.path).then(|| artifact.origin.path.clone());
                (Arc::clone(&artifact.origin.asset), declared, plan.scanner.scan(artifact, scratch))
            },
            |(asset, declared, scanned)| {
                if let Some(path) = declared {
                    ground.files.insert((asset.id.clone(), path));
                }
                if !assets.contains(&asset) {
                    assets.insert(asset);
                }
                coverage.notices.extend(scanned.notices);
                for occurrence in scanned.occurrences {
                    ledger.absorb(occurrence);
                }
            },
            |progress| bar.show(progress),
        );
        coverage.absorb(scanned?);
    }
    bar.finish();
    if let ([target], [], [asset]) =
        (&settings.targets[..], &settings.dumps[..], &assets.iter().collect::<Vec<_>>()[..])
        && target.join(".git").exists()
    {
        ground.whole.insert(asset.id.clone());
    }
    Ok(Gathered {
        credentials: ledger.into_credentials(),
        digest: digest(detectors, &plan.policy, settings),
        inventory: plan.inventory,
        policy: plan.policy,
        usage: plan.usage,
        ground,
        coverage,
        assets: assets.into_iter().collect(),
    })
}

impl Gathered {
    /// Judges, checks and freezes.
    pub(super) fn report(&self, settings: &Settings) -> Report {
        let standings: Vec<Standing> = self.credentials.iter().map(|credential| self.judge(credential)).collect();
        let evidence = Evidence {
            credentials: &self.credentials,
            standings: &standings,
            inventory: self.inventory.as_ref(),
            policy: &self.policy,
            coverage: &self.coverage,
            now: settings.now,
            mode: Mode::Scan,
            usage: self.usage.as_ref(),
            ground: &self.ground,
        };
        let fail_on = settings.reporting.fail_on.with_gate(
            self.policy.gate_of(evidence.mode.is_change(), evidence.mode == Mode::Sweep),
            settings.reporting.gate_was_typed,
        );
        Report::freeze(Inputs {
            evidence: &evidence,
            outcome: check::run(&evidence),
            assets: &self.assets,
            digest: self.digest.clone(),
            fail_on: &fail_on,
            primary_only: settings.reporting.primary_only,
        })
    }
}

impl Gathered {
    /// What is known of a credential beside itself: the environments of the places where it was found.
    pub(super) fn circumstances(&self, credential: &Credential) -> Circumstances {
        let paths = credential.occurrences.iter().map(|occurrence| &occurrence.location.origin.path);
        let environments: BTreeSet<&str> = paths.filter_map(|path| self.policy.environment(path)).collect();
        let environments = environments.into_iter().map(str::to_owned).collect();
        Circumstances { environments, ..Circumstances::default() }
    }

    fn judge(&self, credential: &Credential) -> Standing {
        match &self.inventory {
            Some(inventory) => inventory.judge_in(credential, self.circumstances(credential)),
            None => Standing::Unchecked,
        }
    }
}

/// File names of the places that rows declare, so that most files are told from them by their name alone.
struct Declared {
    names: BTreeSet<String>,
}

impl Declared {
    fn of(inventory: Option<&Inventory>) -> Self {
        let records = inventory.map_or(&[][..], |inventory| &inventory.records);
        let paths = records.iter().flat_map(|record| &record.locations).filter_map(|place| place.path.as_deref());
        Self { names: paths.filter_map(|path| path.rsplit('/').next()).map(str::to_owned).collect() }
    }

    fn holds(&self, path: &str) -> bool {
        !self.names.is_empty() && path.rsplit('/').next().is_some_and(|name| self.names.contains(name))
    }
}

impl Plan {
    fn prepare(settings: &Settings, cwd: &Path, detectors: &'static Detectors) -> Result<Self> {
        let mut walks = Vec::new();
        for (targets, env_dump) in [(&settings.targets, false), (&settings.dumps, true)] {
            if !targets.is_empty() {
                walks.push(walk(settings, cwd, targets, env_dump)?);
            }
        }
        let policy = Policy::load_layers(&settings.policy)?;
        let usage = if settings.usage.is_empty() { None } else { Some(Usage::load(&settings.usage)?) };
        let mut coverage = Coverage::default();
        let inventory = match settings.inventory.is_empty() {
            true => None,
            false => Some(Inventory::load(&settings.inventory, detectors, &settings.keys, &mut coverage)?),
        };
        let hmsl = inventory.as_ref().is_some_and(Inventory::wants_hmsl);
        let fingerprinter = Fingerprinter::new(settings.keys.clone(), hmsl);
        let options = ScanOptions { min_confidence: settings.min_confidence };
        Ok(Self { walks, scanner: Scanner::new(detectors, fingerprinter, options), inventory, usage, policy, coverage })
    }
}

fn walk(settings: &Settings, cwd: &Path, targets: &[PathBuf], env_dump: bool) -> Result<source::Plan> {
    let defaults = source::Options::new(cwd.to_path_buf());
    let options = source::Options {
        no_ignore: settings.no_ignore,
        exclude: settings.exclude.clone(),
        force_exclude: settings.force_exclude,
        max_file_size: settings.max_file_size.unwrap_or(defaults.max_file_size),
        max_archive_depth: settings.max_archive_depth,
        env_dump,
        threads: settings.threads.get(),
        ..defaults
    };
    Ok(source::Plan::new(targets, options)?)
}

/// SHA-256 over all that shapes the result: two runs with equal digests over equal bytes find the same.
fn digest(detectors: &Detectors, policy: &Policy, settings: &Settings) -> String {
    let mut hash = Sha256::new();
    hash.update(env!("CARGO_PKG_VERSION"));
    hash.update(detectors.digest());
    hash.update(policy.digest);
    hash.update([u8::from(settings.no_ignore), u8::from(settings.force_exclude), settings.min_confidence as u8]);
    hash.update(settings.max_file_size.unwrap_or_default().to_le_bytes());
    hash.update([settings.max_archive_depth]);
    for glob in &settings.exclude {
        hash.update((glob.len() as u64).to_le_bytes());
        hash.update(glob);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
