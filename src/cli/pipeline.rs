//! Runs the whole pipeline once: prepare what may fail, walk and scan, fold, judge, check, freeze.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use anyhow::Result;

use super::harvest::Harvest;
use super::plan::{Host, Plan};
use super::progress::Bar;
use crate::check::{self, Evidence, Ground, evidence::Mode};
use crate::coverage::{Coverage, Notice, NoticeKind};
use crate::credential::{Credential, Resolved};
use crate::inventory::{Circumstances, Inventory, Standing, Usage};
use crate::policy::{Baseline, Policy};
use crate::report::{HostFile, Inputs, Report, Seen};
use crate::scan::ServerSighting;
use crate::settings::Settings;
use crate::source::host::HostPlace;
use crate::source::{self, Asset};

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
    /// Those that were scanned because a config names them.
    pub(super) followed: Vec<HostPlace>,
    /// Whose home directory is called `~`.
    person: Option<String>,
    /// What was walked.
    pub(super) walks: Vec<source::Plan>,
    digest: String,
    mode: Mode,
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
    let plan = Plan::prepare(settings, cwd, host)?;
    let mut bar = Bar::new(settings.talk);
    let mut harvest = Harvest::reap(&plan, settings, &mut bar)?;
    let credentials = harvest.credentials();
    bar.finish();
    let Harvest { references, servers, assets, followed, mut ground, mut coverage, .. } = harvest;
    coverage.notices = markers(coverage.notices, &plan.policy);
    if let ([target], [], [asset]) =
        (&settings.targets[..], &settings.dumps[..], &assets.iter().collect::<Vec<_>>()[..])
        && target.join(".git").exists()
    {
        ground.whole.insert(asset.id.clone());
    }
    Ok(Gathered {
        credentials,
        references,
        servers,
        files: Vec::new(),
        followed,
        assets: assets.into_iter().collect(),
        ground,
        coverage,
        mode: plan.subject.mode(),
        inventory: plan.inventory,
        policy: plan.policy,
        baseline: plan.baseline,
        usage: plan.usage,
        person: plan.person,
        walks: plan.walks,
        digest: plan.digest,
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

    /// Paths at which credentials were found.
    pub(super) fn paths(&self) -> BTreeSet<String> {
        let found = self.credentials.iter().flat_map(|credential| &credential.occurrences);
        found.map(|occurrence| occurrence.location.origin.path.clone()).collect()
    }

    /// Paths of the configs in which servers stand.
    pub(super) fn configs(&self) -> BTreeSet<String> {
        self.servers.iter().map(|server| server.origin.path.clone()).collect()
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
