//! What a run brings in, source by source, until it is folded into credentials.

use std::collections::BTreeSet;
use std::sync::Arc;

use anyhow::Result;

use super::histories;
use super::plan::{Plan, Subject};
use super::progress::Bar;
use crate::check::Ground;
use crate::coverage::{Coverage, NoticeKind};
use crate::credential::{Credential, Ledger, Linker, Occurrence, Resolved};
use crate::inventory::Inventory;
use crate::scan::history::{self, range};
use crate::scan::novel::{self, Worker};
use crate::scan::{Scanned, Scratch, ServerSighting, workers};
use crate::settings::Settings;
use crate::source::exclude::Exclude;
use crate::source::host::HostPlace;
use crate::source::host_named::named_places;
use crate::source::staged::Staged;
use crate::source::{self, Asset};

/// All that was found so far.
#[derive(Default)]
pub(super) struct Harvest {
    found: Vec<Occurrence>,
    linker: Linker,
    /// What stands in server entries for a value that is elsewhere, and what became of it.
    pub(super) references: Vec<Resolved>,
    pub(super) servers: Vec<ServerSighting>,
    /// Files of a host that were scanned because a config names them.
    pub(super) followed: Vec<HostPlace>,
    pub(super) assets: BTreeSet<Arc<Asset>>,
    pub(super) ground: Ground,
    pub(super) coverage: Coverage,
}

impl Harvest {
    /// Scans all that a plan names.
    ///
    /// # Errors
    /// Where keytrawl itself failed.
    pub(super) fn reap(plan: &Plan, settings: &Settings, bar: &mut Bar) -> Result<Self> {
        let mut harvest = Self { coverage: plan.coverage.clone(), ..Self::default() };
        match &plan.subject {
            Subject::Staged(staged) => harvest.staged(plan, staged, settings)?,
            Subject::Range(range) => harvest.range(plan, range, settings)?,
            Subject::Files | Subject::Host { .. } => {}
        }
        for walk in &plan.walks {
            harvest.walk(plan, walk, bar)?;
        }
        harvest.follow(plan, bar)?;
        harvest.link(plan);
        if settings.history {
            harvest.histories(plan, bar)?;
        }
        Ok(harvest)
    }

    /// The change that is about to be committed.
    fn staged(&mut self, plan: &Plan, staged: &Staged, settings: &Settings) -> Result<()> {
        self.assets.insert(Arc::clone(&staged.asset));
        self.coverage.absorb(staged.coverage.clone());
        workers::each(
            &staged.changes,
            settings.threads.get(),
            |change| &change.origin.path,
            || Worker::new(staged),
            |change, worker| novel::scan(&plan.scanner, staged, change, &plan.limits, worker),
            |(scanned, coverage)| {
                self.take(scanned);
                self.coverage.absorb(coverage);
            },
        )?;
        Ok(())
    }

    /// What some commits introduced.
    fn range(&mut self, plan: &Plan, range: &range::Plan, settings: &Settings) -> Result<()> {
        self.assets.insert(Arc::clone(&range.subject.asset));
        let exclude = Exclude::new(&settings.exclude)?;
        let options = history::Options { threads: settings.threads.get(), limits: plan.limits, exclude: &exclude };
        let scanned = range::scan(&plan.scanner, range, &options)?;
        self.take(Scanned { occurrences: scanned.occurrences, ..Scanned::default() });
        self.coverage.absorb(scanned.coverage);
        Ok(())
    }

    /// Files and directories as they are.
    fn walk(&mut self, plan: &Plan, walk: &source::Plan, bar: &mut Bar) -> Result<()> {
        let declared = Declared::of(plan.inventory.as_ref());
        let mut scanned = workers::run(
            walk,
            Scratch::default,
            |artifact, scratch| {
                let declared = declared.holds(&artifact.origin.path).then(|| artifact.origin.path.clone());
                (Arc::clone(&artifact.origin.asset), declared, plan.scanner.scan(artifact, scratch))
            },
            |(asset, declared, scanned)| {
                if let Some(path) = declared {
                    self.ground.files.insert((asset.id.clone(), path));
                }
                if !self.assets.contains(&asset) {
                    self.assets.insert(asset);
                }
                self.take(scanned);
            },
            |progress| bar.show(progress),
        )?;
        match plan.subject {
            Subject::Staged(_) => scanned.excuse(),
            // A repository is worth knowing of though nothing in it is at a known place.
            Subject::Host { .. } => self.assets.extend(walk.assets()),
            Subject::Files | Subject::Range(_) => {}
        }
        self.coverage.absorb(scanned);
        Ok(())
    }

    /// The files of a host that its configs name for the variables of a server.
    fn follow(&mut self, plan: &Plan, bar: &mut Bar) -> Result<()> {
        let Subject::Host { homes, options } = &plan.subject else { return Ok(()) };
        let mut places = named_places(&self.linker.named_files(), homes);
        places.retain(|place| !plan.walks.iter().any(|walk| walk.reaches(&place.path)));
        if !places.is_empty() {
            let walk = source::Plan::of_host(&places, &[], homes, Vec::new(), source::Options::clone(options))?;
            self.walk(plan, &walk, bar)?;
            self.followed = places;
        }
        Ok(())
    }

    fn take(&mut self, scanned: Scanned) {
        self.coverage.notices.extend(scanned.notices);
        self.servers.extend(scanned.servers);
        let Scanned { occurrences, latent, references, definitions, .. } = scanned;
        self.found.extend(self.linker.absorb(occurrences, latent, references, definitions));
    }

    /// Joins what refers to a variable with what defines it, wherever the two were met.
    fn link(&mut self, plan: &Plan) {
        let (linked, references) = std::mem::take(&mut self.linker).link(&mut self.coverage.notices);
        self.found.extend(linked);
        self.references = references;
        if matches!(plan.subject, Subject::Staged(_)) {
            // What defines a variable is seldom staged with what refers to it.
            self.coverage.notices.retain(|notice| notice.kind != NoticeKind::ReferenceUndefined);
        }
    }

    /// The histories of the repositories that were walked.
    fn histories(&mut self, plan: &Plan, bar: &mut Bar) -> Result<()> {
        let mut objects = Vec::new();
        for walk in &plan.walks {
            let histories = histories::scan(walk, &plan.scanner, &mut |progress| bar.show(progress))?;
            objects.extend(histories.occurrences);
            self.coverage.absorb(histories.coverage);
            self.assets.extend(histories.assets);
        }
        self.found = history::join(std::mem::take(&mut self.found), objects);
        if self.coverage.blobs + self.coverage.commits > 0 {
            self.coverage.notices.retain(|notice| notice.kind != NoticeKind::NothingScanned);
        }
        Ok(())
    }

    /// The occurrences, folded into credentials.
    pub(super) fn credentials(&mut self) -> Vec<Credential> {
        let mut ledger = Ledger::default();
        std::mem::take(&mut self.found).into_iter().for_each(|occurrence| ledger.absorb(occurrence));
        ledger.into_credentials()
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
