//! The histories of the repositories that a walk has met, one after the other.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use crate::coverage::{Coverage, Notice, NoticeKind};
use crate::credential::Occurrence;
use crate::scan::Scanner;
use crate::scan::history::{self, Options, Subject};
use crate::scan::workers::{Progress, WorkersError};
use crate::source::git::{Environment, GitDirectory, GitError};
use crate::source::repository::Repository;
use crate::source::{Asset, Plan};

/// What the histories hold, and what they belong to.
#[derive(Debug, Default)]
pub(super) struct Histories {
    pub(super) occurrences: Vec<Occurrence>,
    pub(super) coverage: Coverage,
    pub(super) assets: BTreeSet<Arc<Asset>>,
}

/// Scans the history of each repository once, however many work trees of it there are.
pub(super) fn scan(
    plan: &Plan,
    scanner: &Scanner,
    progress: &mut dyn FnMut(Progress),
) -> Result<Histories, WorkersError> {
    let mut all = Histories::default();
    let mut seen = BTreeSet::new();
    for found in subjects(plan) {
        let subject = match found {
            Ok(subject) => subject,
            Err((path, trouble)) => {
                all.coverage.notices.insert(unreadable(path, &trouble));
                continue;
            }
        };
        let common = &subject.directory.common;
        if !seen.insert(common.canonicalize().unwrap_or_else(|_| common.clone())) {
            continue;
        }
        let options = Options { threads: plan.threads(), limits: plan.limits(), exclude: plan.exclude() };
        let found = history::scan(scanner, &subject, &options, progress)?;
        all.occurrences.extend(found.occurrences);
        all.coverage.absorb(found.coverage);
        all.assets.insert(subject.asset);
    }
    Ok(all)
}

type Refused = (String, GitError);

fn subjects(plan: &Plan) -> Vec<Result<Subject, Refused>> {
    let (work_trees, bare) = plan.met();
    let mut subjects = Vec::new();
    let environment = Environment::of_process();
    let cwd = std::env::current_dir().unwrap_or_default();
    for repository in work_trees {
        let label = plan.label_paths(&repository.root);
        subjects.push(match GitDirectory::of_work_tree(&repository.root) {
            Ok(directory) => {
                let directory = directory.in_hook(&environment, &cwd);
                Ok(Subject { directory, asset: Arc::clone(&repository.asset), label })
            }
            Err(trouble) => Err((label.root(), trouble)),
        });
    }
    for directory in bare {
        let subject = of_bare(plan, &directory)
            .map(|subject| Subject { directory: subject.directory.in_hook(&environment, &cwd), ..subject });
        subjects.push(subject.map_err(|trouble| (plan.label_paths(&directory).root(), trouble)));
    }
    // What git's variables name may lie anywhere: it is the repository of the directory that they were set in.
    if environment.git_dir.is_some() && plan.reaches(&cwd) {
        subjects.push(of_variables(plan, &environment, &cwd).map_err(|trouble| (".".to_owned(), trouble)));
    }
    subjects
}

fn of_variables(plan: &Plan, environment: &Environment, cwd: &Path) -> Result<Subject, GitError> {
    let directory = GitDirectory::discover(cwd, environment)?;
    let root = directory.work_tree.as_deref().unwrap_or(cwd);
    let root = root.canonicalize().unwrap_or_else(|_| root.to_owned());
    let asset = Arc::new(Repository::asset(&directory, &plan.name_bare(&root)));
    Ok(Subject { directory, asset, label: plan.label_paths(&root) })
}

fn of_bare(plan: &Plan, path: &Path) -> Result<Subject, GitError> {
    let directory = GitDirectory::of_bare(path)?;
    let asset = Arc::new(Repository::asset(&directory, &plan.name_bare(path)));
    Ok(Subject { directory, asset, label: plan.label_paths(path) })
}

fn unreadable(path: String, trouble: &GitError) -> Notice {
    Notice {
        kind: NoticeKind::HistoryIncomplete,
        path: Some(path),
        line: None,
        message: format!("the history was not scanned: {trouble}"),
        hint: Some("repair the repository (`git status` must work in it), or clone it anew".to_owned()),
    }
}
