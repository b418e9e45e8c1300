//! Runs the whole pipeline once: prepare what may fail, walk and scan, fold, judge, check, freeze.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Result;
use sha2::{Digest, Sha256};

use super::histories;
use super::progress::Bar;
use crate::check::{self, Evidence, Ground, evidence::Mode};
use crate::coverage::{Coverage, Notice, NoticeKind};
use crate::credential::{Credential, Fingerprinter, Ledger, Linker, Occurrence, Resolved};
use crate::detector::Detectors;
use crate::inventory::{Circumstances, Inventory, Standing, Usage};
use crate::policy::{Baseline, Policy};
use crate::report::{HostFile, Inputs, Report, Seen};
use crate::scan::history::{self, range};
use crate::scan::novel::{self, Worker};
use crate::scan::{Options as ScanOptions, Scanned, Scanner, Scratch, ServerSighting, workers};
use crate::settings::{Settings, Staging};
use crate::source::exclude::Exclude;
use crate::source::git::Environment;
use crate::source::staged::{self, Staged};
use crate::source::{self, Asset};

/// Everything that is needed to scan. Once there is a plan, only single files can fail.
struct Plan {
    staged: Option<Staged>,
    range: Option<range::Plan>,
    walks: Vec<source::Plan>,
    scanner: Scanner,
    inventory: Option<Inventory>,
    usage: Option<Usage>,
    policy: Policy,
    baseline: Option<Baseline>,
    /// What loading the inventory had to say.
    coverage: Coverage,
}

/// All that was found and all that it is held against.
pub(super) struct Gathered {
    pub(super) credentials: Vec<Credential>,
    /// What stands in server entries for a value that is elsewhere, and what became of it.
    pub(super) references: Vec<Resolved>,
    pub(super) inventory: Option<Inventory>,
    policy: Policy,
    baseline: Option<Baseline>,
    usage: Option<Usage>,
    ground: Ground,
    pub(super) coverage: Coverage,
    assets: Vec<Arc<Asset>>,
    servers: Vec<ServerSighting>,
    /// Files of a host that were looked at because of their places.
    pub(super) files: Vec<HostFile>,
    /// Whose home directory is called `~`.
    person: Option<String>,
    /// What was walked.
    pub(super) walks: Vec<source::Plan>,
    digest: String,
    mode: Mode,
}

/// A host to be looked through, in the place of the targets of the settings.
pub(super) struct Host {
    pub(super) plan: source::Plan,
    /// Whose home directory is called `~`.
    pub(super) person: Option<String>,
    /// What looking for the places had to say.
    pub(super) coverage: Coverage,
}

/// Scans what the settings name and folds what was found. Paths are reported relative to `cwd`.
///
/// # Errors
/// Where a target is missing, or inventory or policy cannot be used: nothing has been scanned then. Or where keytrawl
/// itself failed.
pub(super) fn gather(settings: &Settings, cwd: &Path) -> Result<Gathered> {
    gather_from(settings, cwd, None)
}

/// Scans what the settings name, or a host in the place of it.
///
/// # Errors
/// As [`gather`].
pub(super) fn gather_from(settings: &Settings, cwd: &Path, host: Option<Host>) -> Result<Gathered> {
    let detectors = settings.detectors;
    let (walk, person, looked) = match host {
        Some(Host { plan, person, coverage }) => (Some(plan), person, coverage),
        None => (None, None, Coverage::default()),
    };
    let discovers = walk.is_some();
    let plan = Plan::prepare(settings, cwd, detectors, walk)?;
    let mut coverage = plan.coverage;
    coverage.absorb(looked);
    let mut ledger = Ledger::default();
    let mut linker = Linker::default();
    let mut assets: BTreeSet<Arc<Asset>> = BTreeSet::new();
    let mut found: Vec<Occurrence> = Vec::new();
    let mut servers = Vec::new();
    let mut take = |scanned: Scanned, coverage: &mut Coverage| {
        coverage.notices.extend(scanned.notices);
        servers.extend(scanned.servers);
        found.extend(linker.absorb(scanned.occurrences, scanned.latent, scanned.references, scanned.definitions));
    };
    let declared = Declared::of(plan.inventory.as_ref());
    let mut ground = Ground::default();
    let mut bar = Bar::new(settings.talk);
    if let Some(staged) = &plan.staged {
        assets.insert(Arc::clone(&staged.asset));
        coverage.absorb(staged.coverage.clone());
        let limits = walked(settings, cwd).limits();
        workers::each(
            &staged.changes,
            settings.threads.get(),
            |change| &change.origin.path,
            || Worker::new(staged),
            |change, worker| novel::scan(&plan.scanner, staged, change, &limits, worker),
            |(scanned, part)| {
                take(scanned, &mut coverage);
                coverage.absorb(part);
            },
        )?;
    }
    if let Some(range) = &plan.range {
        assets.insert(Arc::clone(&range.subject.asset));
        let exclude = Exclude::new(&settings.exclude)?;
        let limits = walked(settings, cwd).limits();
        let options = history::Options { threads: settings.threads.get(), limits, exclude: &exclude };
        let scanned = range::scan(&plan.scanner, range, &options)?;
        take(Scanned { occurrences: scanned.occurrences, ..Scanned::default() }, &mut coverage);
        coverage.absorb(scanned.coverage);
    }
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
                take(scanned, &mut coverage);
            },
            |progress| bar.show(progress),
        );
        let mut scanned = scanned?;
        if plan.staged.is_some() {
            scanned.excuse();
        }
        coverage.absorb(scanned);
        if discovers {
            // A repository is worth knowing of though nothing in it is at a known place.
            assets.extend(walk.assets());
        }
    }
    let (linked, references) = linker.link(&mut coverage.notices);
    found.extend(linked);
    if plan.staged.is_some() {
        // What defines a variable is seldom staged with what refers to it.
        coverage.notices.retain(|notice| notice.kind != NoticeKind::ReferenceUndefined);
    }
    if settings.history {
        let mut objects = Vec::new();
        for walk in &plan.walks {
            let histories = histories::scan(walk, &plan.scanner, &mut |progress| bar.show(progress))?;
            objects.extend(histories.occurrences);
            coverage.absorb(histories.coverage);
            assets.extend(histories.assets);
        }
        found = history::join(found, objects);
        if coverage.blobs + coverage.commits > 0 {
            coverage.notices.retain(|notice| notice.kind != NoticeKind::NothingScanned);
        }
    }
    found.into_iter().for_each(|occurrence| ledger.absorb(occurrence));
    bar.finish();
    coverage.notices = markers(coverage.notices, &plan.policy);
    if let ([target], [], [asset]) =
        (&settings.targets[..], &settings.dumps[..], &assets.iter().collect::<Vec<_>>()[..])
        && target.join(".git").exists()
    {
        ground.whole.insert(asset.id.clone());
    }
    Ok(Gathered {
        references,
        credentials: ledger.into_credentials(),
        digest: digest(detectors, &plan.policy, settings),
        inventory: plan.inventory,
        policy: plan.policy,
        baseline: plan.baseline,
        usage: plan.usage,
        ground,
        coverage,
        assets: assets.into_iter().collect(),
        mode: match (&plan.staged, &plan.range) {
            (Some(_), _) => Mode::Staged,
            (None, Some(_)) => Mode::Range,
            (None, None) if discovers => Mode::Discover,
            (None, None) => Mode::Scan,
        },
        servers,
        files: Vec::new(),
        person,
        walks: plan.walks,
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
            mode: self.mode,
            person: self.person.as_deref(),
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
            references: &self.references,
            assets: &self.assets,
            digest: self.digest.clone(),
            fail_on: &fail_on,
            primary_only: settings.reporting.primary_only,
            baseline: self.baseline.as_ref(),
            seen: Seen { servers: &self.servers, files: &self.files },
        })
    }
}

impl Gathered {
    /// Paths at which credentials were found.
    pub(super) fn paths(&self) -> BTreeSet<String> {
        let found = self.credentials.iter().flat_map(|credential| &credential.occurrences);
        found.map(|occurrence| occurrence.location.origin.path.clone()).collect()
    }

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

/// Markers in words: one that refers to an exception of the policy has nothing to tell, and without a policy none has.
fn markers(notices: BTreeSet<Notice>, policy: &Policy) -> BTreeSet<Notice> {
    let known = |id: &str| policy.origins.is_empty() || policy.exceptions.iter().any(|exception| exception.id == id);
    notices
        .into_iter()
        .filter(|notice| notice.kind != NoticeKind::ExceptionMarker || !known(&notice.message))
        .map(|notice| match notice.kind {
            NoticeKind::ExceptionMarker => Notice {
                message: format!("refers to exception `{}`, which the policy does not hold", notice.message),
                hint: Some(
                    "a marker only refers; have the exception approved in the policy, or remove the marker".into(),
                ),
                ..notice
            },
            _ => notice,
        })
        .collect()
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
    fn prepare(
        settings: &Settings,
        cwd: &Path,
        detectors: &'static Detectors,
        host: Option<source::Plan>,
    ) -> Result<Self> {
        let discovers = host.is_some();
        let mut walks: Vec<source::Plan> = host.into_iter().collect();
        let staged = settings.staged.map(|staging| index(settings, cwd, staging)).transpose()?;
        let environment = Environment::of_process();
        let range = settings.range.as_deref();
        let range = range.map(|text| range::Plan::open(text, &settings.targets, cwd, &environment)).transpose()?;
        if let Some(files) = staged.as_ref().map(|staged| &staged.untouched).filter(|files| !files.is_empty()) {
            walks.push(walk(settings, cwd, files, false)?);
        }
        for (targets, env_dump) in [(&settings.targets, false), (&settings.dumps, true)] {
            if !targets.is_empty() && staged.is_none() && range.is_none() && !discovers {
                walks.push(walk(settings, cwd, targets, env_dump)?);
            }
        }
        let policy = Policy::load_layers(&settings.policy)?;
        let usage = if settings.usage.is_empty() { None } else { Some(Usage::load(&settings.usage)?) };
        let baseline = settings.reporting.baseline.as_deref().map(Baseline::load).transpose()?;
        let mut coverage = Coverage::default();
        let inventory = match settings.inventory.is_empty() {
            true => None,
            false => Some(Inventory::load(&settings.inventory, detectors, &settings.keys, &mut coverage)?),
        };
        let hmsl = inventory.as_ref().is_some_and(Inventory::wants_hmsl);
        let fingerprinter = Fingerprinter::new(settings.keys.clone(), hmsl);
        let options = ScanOptions { min_confidence: settings.min_confidence };
        let scanner = Scanner::new(detectors, fingerprinter, options);
        Ok(Self { staged, range, walks, scanner, inventory, usage, policy, baseline, coverage })
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
