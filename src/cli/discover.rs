//! `keytrawl discover`: which MCP clients, servers and credentials this machine has.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::Metadata;
use std::path::{Path, PathBuf};

use anyhow::{anyhow, bail};
use clap::Args;

use super::pipeline;
use super::plan::{self, Host};
use super::{ExitStatus, deliver, speak};
use crate::client;
use crate::coverage::{Coverage, Notice, NoticeKind};
use crate::report::{Format, HostFile};
use crate::settings::typed::{Configuration, Governance, Reporting, Scanning, Talking};
use crate::settings::{self, Settings};
use crate::source::host::{Home, HostPlace, system_places};
use crate::source::host_moved::moved_places;
use crate::source::host_places::Sort;
use crate::source::{self, process};

/// List the MCP clients, servers and credentials of this machine or of any home directory.
///
/// Known places are read: client configs, stores of tokens, shell startup files and histories, agent transcripts. No
/// server is started, no key store opened, no connection made. Paths are shown from `~`.
#[derive(Debug, Args)]
#[command(after_help = super::EXIT_CODES, after_long_help = super::at_length(EXAMPLES))]
#[command(mut_arg("staged", |arg| arg.hide(true)), mut_arg("env_dump", |arg| arg.hide(true)), mut_arg("no_ignore", |arg| arg.hide(true)))]
pub(super) struct Discover {
    /// Look through this home directory instead of your own; one copied from another machine or system is understood.
    #[arg(long, value_name = "DIR", conflicts_with = "all_users", help_heading = "What is looked at")]
    home: Option<PathBuf>,
    /// Look through the home directories of all users; those that you may not read are counted.
    #[arg(long, help_heading = "What is looked at")]
    all_users: bool,
    /// Also look for project configs, dotenv files and token stores anywhere below this directory; repeatable.
    #[arg(long, value_name = "DIR", help_heading = "What is looked at")]
    root: Vec<PathBuf>,
    /// Also read the environment and arguments of your running MCP servers (Linux).
    #[arg(long, help_heading = "What is looked at")]
    processes: bool,
    /// Show the list of all server entries only; the JSON report always holds it.
    #[arg(long, help_heading = "Output")]
    servers: bool,
    #[command(flatten)]
    scanning: Scanning,
    #[command(flatten)]
    governance: Governance,
    #[command(flatten)]
    reporting: Reporting,
}

const EXAMPLES: &str = "\
Examples:
  keytrawl discover                                this user
  keytrawl discover --servers                      every server entry, whether or not it holds a credential
  keytrawl discover --home /mnt/backup/ann         a home directory that was copied here
  keytrawl discover --root ~/src --processes       project configs too, and what runs now
  sudo keytrawl discover --all-users --inventory nhi.jsonl -o host.sarif";

impl Discover {
    pub(super) fn run(mut self, talking: &Talking, configuration: &Configuration) -> anyhow::Result<ExitStatus> {
        let (file, config) = settings::configuration(configuration)?;
        let scanning = std::mem::take(&mut self.scanning);
        if scanning.staged || scanning.env_dump {
            bail!(
                "`--staged` and `--env-dump` say what `keytrawl scan` reads\nhint: `keytrawl discover` finds its files itself"
            );
        }
        let governance = std::mem::take(&mut self.governance);
        let reporting = std::mem::take(&mut self.reporting);
        let mut settings = Settings::resolve(Vec::new(), scanning, governance, reporting, talking, config)?;
        settings.reporting.servers_only = self.servers;
        let holds = |format: Format| matches!(format, Format::Human | Format::Json | Format::Jsonl);
        if self.servers && !settings.reporting.stdout.is_none_or(holds) {
            bail!(
                "`--servers` is a list for people, which this format does not hold\nhint: `-f json` holds every server entry too, under `servers`"
            );
        }
        if settings.talk.verbose {
            speak::settings(&settings, file.as_deref())?;
        }
        let cwd = super::current_directory()?;
        let mut coverage = Coverage::default();
        let homes = self.homes(&mut coverage)?;
        let mut places: Vec<HostPlace> = homes.iter().flat_map(|home| home.places(&mut coverage)).collect();
        if self.home.is_none() {
            places.extend(system_places());
        }
        if let Some(home) = homes.first().filter(|_| self.home.is_none() && !self.all_users) {
            places.extend(moved_places(home, |name| std::env::var_os(name), &mut coverage));
            // A variable may name what is looked at anyway.
            let mut seen = BTreeSet::new();
            places.retain(|place| seen.insert(place.path.clone()));
        }
        let items = if self.processes { process::items(&mut coverage) } else { Vec::new() };
        // Whatever ignores a file of a home directory does not ignore it as a place of credentials.
        let options = source::Options { no_ignore: true, ..plan::walked(&settings, &cwd) };
        let plan = source::Plan::of_host(&places, &self.root, &homes, items, options.clone())?;
        let person = homes.first().filter(|home| home.label == "~").map(|home| home.person.clone());
        let mut gathered =
            pipeline::gather_from(&settings, &cwd, Some(Host { plan, person, coverage, homes, options }))?;
        let held = gathered.paths();
        places.append(&mut gathered.followed);
        let there: BTreeSet<String> = held.union(&gathered.configs()).cloned().collect();
        let seen = files(&places, &gathered.walks, &there);
        gathered
            .coverage
            .notices
            .extend(seen.iter().filter(|file| file.world_readable && held.contains(&file.path)).map(open));
        gathered.files = seen;
        let report = gathered.report(&settings);
        deliver::conclude(&report, &settings)
    }

    fn homes(&self, coverage: &mut Coverage) -> anyhow::Result<Vec<Home>> {
        if self.all_users {
            return Ok(Home::all(coverage));
        }
        let own = || ["HOME", "USERPROFILE"].into_iter().find_map(std::env::var_os).map(PathBuf::from);
        let path = self.home.clone().or_else(own);
        let path = path.ok_or_else(|| anyhow!("HOME is not set\nhint: name a home directory with --home"))?;
        let mut home = Home::at(&path)?;
        let user = ["USER", "LOGNAME", "USERNAME"].into_iter().find_map(|name| std::env::var(name).ok());
        if let Some(user) = user.filter(|user| self.home.is_none() && !user.is_empty()) {
            home.person = user;
        }
        Ok(vec![home])
    }
}

/// The files at the places, and those below them that hold credentials or servers, with their permissions.
fn files(places: &[HostPlace], walks: &[source::Plan], held: &BTreeSet<String>) -> Vec<HostFile> {
    let mut reachable = BTreeMap::new();
    let mut file = |reported: &str, path: &Path, sort: Sort, client: Option<&str>| -> Option<HostFile> {
        let meta = path.metadata().ok().filter(Metadata::is_file)?;
        let mode = mode(&meta);
        Some(HostFile {
            path: reported.to_owned(),
            kind: sort.as_str().to_owned(),
            client: client.map(str::to_owned),
            mode: mode.map(|mode| format!("{mode:04o}")),
            world_readable: mode.is_some_and(|mode| mode & 0o004 != 0)
                && path.parent().is_some_and(|above| is_reachable(above, &mut reachable)),
        })
    };
    let here = places.iter().filter_map(|place| file(&place.reported, &place.path, place.sort, place.client));
    let mut files: Vec<HostFile> = here.collect();
    let known: BTreeMap<&str, Sort> = places.iter().map(|place| (place.reported.as_str(), place.sort)).collect();
    for reported in held.iter().filter(|path| !known.contains_key(path.as_str()) && !process::is_process(path)) {
        let mut directories = reported.rmatch_indices('/').filter_map(|(at, _)| reported.get(..at));
        let above = directories.find_map(|directory| known.get(directory));
        let client = client::owner_of(reported);
        let sort = above.copied().unwrap_or(if client.is_some() { Sort::Config } else { Sort::Variables });
        if let Some(path) = walks.iter().find_map(|walk| walk.real_path(reported)) {
            files.extend(file(reported, &path, sort, client));
        }
    }
    files
}

/// Whether a directory and every one above it lets everybody through.
fn is_reachable(directory: &Path, known: &mut BTreeMap<PathBuf, bool>) -> bool {
    if let Some(known) = known.get(directory) {
        return *known;
    }
    let open = directory.metadata().ok().and_then(|meta| mode(&meta)).is_none_or(|mode| mode & 0o001 != 0);
    let open = open && directory.parent().is_none_or(|above| is_reachable(above, known));
    known.insert(directory.to_path_buf(), open);
    open
}

#[cfg(unix)]
fn mode(meta: &Metadata) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt;
    Some(meta.permissions().mode() & 0o7777)
}

#[cfg(not(unix))]
fn mode(_meta: &Metadata) -> Option<u32> {
    None
}

fn open(file: &HostFile) -> Notice {
    Notice {
        kind: NoticeKind::WorldReadable,
        path: Some(file.path.clone()),
        line: None,
        message: format!(
            "every user may read it (mode {}), and it holds credentials",
            file.mode.as_deref().unwrap_or("?")
        ),
        hint: Some("take the right from others: chmod 600".to_owned()),
    }
}
