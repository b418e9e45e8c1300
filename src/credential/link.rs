//! Links references in server entries to the dotenv files, dumps and inputs that hold the values, by name alone.
//!
//! Runs once, after everything has been scanned: what is linked does not depend on the order in which it was found. Nothing
//! is executed and no file is opened; only what the run has scanned can define a name.

use std::collections::{BTreeMap, BTreeSet};

use super::Occurrence;
use super::project;
use super::reference::{Bond, DefinedBy, Definitions, Reference, Resolved};
use crate::client::{ReferenceKind, SlotKind};
use crate::coverage::{Notice, NoticeKind};

/// Collects what can be linked, and links it at the end.
#[derive(Debug, Default)]
pub struct Linker {
    /// Credentials in dotenv files, dumps and inputs.
    held: Vec<Occurrence>,
    /// Values there that would be credentials if a slot said so.
    latent: Vec<Occurrence>,
    references: Vec<Reference>,
    definitions: Vec<Definitions>,
}

/// A name in an artifact: its path and the name.
type Definition<'a> = (&'a str, &'a str);

/// What a name in an artifact is found to be used by.
struct Binding<'r> {
    reference: &'r Reference,
    /// The variable of the entry that the name fills.
    variable: Option<&'r str>,
}

impl Linker {
    /// Takes in what one artifact holds; returns the occurrences that nothing could be linked to.
    pub fn absorb(
        &mut self,
        occurrences: Vec<Occurrence>,
        latent: Vec<Occurrence>,
        references: Vec<Reference>,
        definitions: Vec<Definitions>,
    ) -> Vec<Occurrence> {
        let (held, rest) = occurrences.into_iter().partition(can_be_linked);
        let held: Vec<Occurrence> = held;
        self.held.extend(held);
        self.latent.extend(latent);
        self.references.extend(references);
        self.definitions.extend(definitions);
        rest
    }

    /// Reported paths that references to a file of variables may mean, for those who can look there.
    #[must_use]
    pub fn named_files(&self) -> BTreeSet<String> {
        let named =
            self.references.iter().filter(|it| it.kind == ReferenceKind::File && it.slot.kind == SlotKind::File);
        named.flat_map(|reference| project::resolve(&reference.location.origin.path, &reference.name)).collect()
    }

    /// Links; gives back what was held, and tells what became of each reference, in a total order.
    #[must_use]
    pub fn link(self, notices: &mut BTreeSet<Notice>) -> (Vec<Occurrence>, Vec<Resolved>) {
        let Self { mut held, mut latent, mut references, mut definitions } = self;
        references.sort();
        references.dedup();
        definitions.sort();
        definitions.dedup();
        let mut index = Index::new(&definitions);
        index.note_files(&references);
        let index = index;
        let mut bindings: BTreeMap<Definition<'_>, Binding<'_>> = BTreeMap::new();
        let mut files: BTreeMap<&str, &Reference> = BTreeMap::new();
        let found: Vec<(Bond, Vec<Definition<'_>>)> = references
            .iter()
            .map(|reference| {
                let (bond, defined) = index.resolve(reference);
                for definition in &defined {
                    let variable = reference.slot.variable.as_deref().filter(|_| reference.slot.kind == SlotKind::Env);
                    // References come in order: the first is kept.
                    bindings.entry(*definition).or_insert(Binding { reference, variable });
                }
                if let Some(path) = index.file(reference).filter(|_| reference.kind == ReferenceKind::File) {
                    files.entry(path).or_insert(reference);
                }
                (bond, defined)
            })
            .collect();
        let mut linked: BTreeMap<(String, String), Vec<super::Location>> = BTreeMap::new();
        let bind = |occurrence: &mut Occurrence, promoted: bool| -> bool {
            let path = occurrence.location.origin.path.as_str();
            let name = occurrence.slot.variable.as_deref().unwrap_or_default();
            match (bindings.get(&(path, name)), files.get(path)) {
                (Some(binding), _) if !promoted || binding.reference.secret => {
                    carry(occurrence, binding.reference, binding.variable);
                    true
                }
                (None, Some(reference)) if !promoted => {
                    carry(occurrence, reference, None);
                    true
                }
                _ => false,
            }
        };
        latent.retain_mut(|occurrence| {
            let key = key_of(occurrence);
            let kept = bind(occurrence, true);
            if kept {
                linked.entry(key).or_default().push(occurrence.location.clone());
            }
            kept
        });
        for occurrence in &mut held {
            let key = key_of(occurrence);
            if bind(occurrence, false) {
                linked.entry(key).or_default().push(occurrence.location.clone());
            }
        }
        let resolved = references
            .iter()
            .zip(found)
            .map(|(reference, (bond, defined))| {
                let mut places: Vec<super::Location> = defined
                    .iter()
                    .filter_map(|(path, name)| linked.get(&((*path).to_owned(), (*name).to_owned())))
                    .flatten()
                    .cloned()
                    .collect();
                let mut paths: Vec<String> = defined.iter().map(|(path, _)| (*path).to_owned()).collect();
                if let Some(path) = index.file(reference).filter(|_| reference.kind == ReferenceKind::File) {
                    let from = linked.range((path.to_owned(), String::new())..);
                    let within = from.take_while(|((of, _), _)| of == path).flat_map(|(_, places)| places);
                    places.extend(within.take(MOST).cloned());
                    paths.push(path.to_owned());
                }
                places.sort();
                places.dedup();
                paths.sort();
                paths.dedup();
                let bond = match bond {
                    Bond::Defined | Bond::Supplied if !places.is_empty() => Bond::Linked,
                    Bond::Undefined if !paths.is_empty() => {
                        if places.is_empty() {
                            Bond::Defined
                        } else {
                            Bond::Linked
                        }
                    }
                    other => other,
                };
                if bond == Bond::Undefined {
                    notices.extend(undefined(reference));
                }
                Resolved { reference: reference.clone(), bond, defined_in: paths, linked: places }
            })
            .collect();
        held.extend(latent);
        (held, resolved)
    }
}

/// The entry in which a reference stands.
fn entry_of(reference: &Reference) -> (String, Option<String>) {
    (reference.location.origin.path.clone(), reference.slot.server.as_deref().map(str::to_owned))
}

/// Path and variable of an occurrence as they were found.
fn key_of(occurrence: &Occurrence) -> (String, String) {
    (occurrence.location.origin.path.clone(), occurrence.slot.variable.clone().unwrap_or_default())
}

/// Whether something may refer to what stands there.
fn can_be_linked(occurrence: &Occurrence) -> bool {
    let slot = &occurrence.slot;
    slot.server.is_none()
        && match slot.kind {
            SlotKind::Dotenv | SlotKind::EnvDump | SlotKind::Input => true,
            SlotKind::Process | SlotKind::Text => slot.variable.is_some(),
            _ => false,
        }
}

/// Gives a credential the server, client and variable of the entry that refers to it.
fn carry(occurrence: &mut Occurrence, reference: &Reference, variable: Option<&str>) {
    let slot = &mut occurrence.slot;
    slot.server.clone_from(&reference.slot.server);
    slot.target.clone_from(&reference.slot.target);
    slot.client = reference.slot.client.or(slot.client);
    slot.issuer = slot.issuer.or(reference.slot.issuer);
    if let Some(variable) = variable {
        slot.variable = Some(variable.to_owned());
    }
    occurrence.issuer = occurrence.issuer.or(reference.slot.issuer);
}

/// What is said of a reference that leads nowhere; only of variables and inputs of a server entry, and not of those that
/// systems set.
fn undefined(reference: &Reference) -> Option<Notice> {
    let server = reference.slot.server.as_deref()?;
    let what = match reference.kind {
        ReferenceKind::Variable => "variable",
        ReferenceKind::Input => "input",
        _ => return None,
    };
    let location = &reference.location;
    Some(Notice {
        kind: NoticeKind::ReferenceUndefined,
        path: Some(location.origin.path.clone()),
        line: Some(location.region.start_line),
        message: format!("the {what} `{}` of server `{server}` is defined by nothing that was scanned", reference.name),
        hint: Some(match reference.kind {
            ReferenceKind::Input => "declare it under `inputs`, or remove the reference".to_owned(),
            _ => "scan the dotenv file or the env dump that sets it in the same run".to_owned(),
        }),
    })
}

/// Most places that may define one name for one reference; an estate of dumps may hold it in each.
const MOST: usize = 256;

/// Where names are defined: by what, in which scope (the directory of a dotenv file, the path of a config), by name.
#[derive(Default)]
struct Index<'d> {
    by_name: BTreeMap<(DefinedBy, &'d str, &'d str), Vec<&'d Definitions>>,
    /// Paths of dotenv files and dumps.
    files: BTreeSet<&'d str>,
    /// Directories in which a shell's startup files lie.
    homes: BTreeSet<&'d str>,
    /// The files of variables that an entry names: by path of the config and name of the server.
    given: BTreeMap<(String, Option<String>), BTreeSet<&'d str>>,
}

impl<'d> Index<'d> {
    fn new(definitions: &'d [Definitions]) -> Self {
        let mut index = Self::default();
        for defined in definitions {
            let path = defined.origin.path.as_str();
            let scope = match defined.by {
                DefinedBy::Dotenv if project::is_example(path) => continue,
                DefinedBy::Dotenv => project::directory(path),
                DefinedBy::Entry | DefinedBy::Input => path,
                DefinedBy::EnvDump | DefinedBy::Startup => "",
            };
            match defined.by {
                DefinedBy::Dotenv | DefinedBy::EnvDump => {
                    index.files.insert(path);
                }
                DefinedBy::Startup => {
                    index.homes.insert(project::directory(path));
                }
                DefinedBy::Entry | DefinedBy::Input => {}
            }
            for name in &defined.names {
                index.by_name.entry((defined.by, scope, name)).or_default().push(defined);
            }
        }
        index
    }

    /// Takes in which entries name which of the scanned files.
    fn note_files(&mut self, references: &[Reference]) {
        for reference in references.iter().filter(|reference| reference.kind == ReferenceKind::File) {
            if let Some(path) = self.file(reference) {
                self.given.entry(entry_of(reference)).or_default().insert(path);
            }
        }
    }

    /// What becomes of a reference, and by what its name is defined.
    fn resolve(&self, reference: &Reference) -> (Bond, Vec<Definition<'d>>) {
        let nothing = |bond| (bond, Vec::new());
        let config = reference.location.origin.path.as_str();
        match reference.kind {
            ReferenceKind::Store => nothing(Bond::Managed),
            ReferenceKind::Command | ReferenceKind::Template => nothing(Bond::Supplied),
            ReferenceKind::File => nothing(Bond::Undefined),
            ReferenceKind::Input => {
                let declared = self.named(DefinedBy::Input, config, &reference.name, |_| true);
                if declared.is_empty() { nothing(Bond::Undefined) } else { (Bond::Supplied, declared) }
            }
            ReferenceKind::Variable if self.in_entry(reference) => nothing(Bond::Defined),
            ReferenceKind::Variable => {
                let defined = self.variable(reference);
                if !defined.is_empty() {
                    return (Bond::Defined, defined);
                }
                let supplied = reference.has_default || ReferenceKind::is_predefined(&reference.name);
                nothing(if supplied { Bond::Supplied } else { Bond::Undefined })
            }
        }
    }

    fn named(
        &self,
        by: DefinedBy,
        scope: &str,
        name: &str,
        test: impl Fn(&Definitions) -> bool,
    ) -> Vec<Definition<'d>> {
        let Some(all) = self.by_name.get(&(by, scope, name)) else { return Vec::new() };
        let mut found: Vec<_> = all
            .iter()
            .filter(|defined| test(defined))
            .take(MOST)
            .filter_map(|defined| {
                let at = defined.names.binary_search_by(|known| known.as_str().cmp(name)).ok()?;
                Some((defined.origin.path.as_str(), defined.names.get(at)?.as_str()))
            })
            .collect();
        found.dedup();
        found
    }

    /// Whether the entry sets the variable itself.
    fn in_entry(&self, reference: &Reference) -> bool {
        let Reference { location, slot, name, .. } = reference;
        // `"K": "${K}"` sets K to what it is elsewhere.
        let itself = slot.kind == SlotKind::Env && slot.variable.as_deref() == Some(name.as_str());
        let of_entry = |defined: &Definitions| defined.server.is_none() || defined.server == slot.server;
        !itself && !self.named(DefinedBy::Entry, &location.origin.path, name, of_entry).is_empty()
    }

    /// The first of what may define a variable: the file that the entry names, a dotenv file of the project, a dump or
    /// process, the shell's startup.
    fn variable(&self, reference: &Reference) -> Vec<Definition<'d>> {
        let origin = &reference.location.origin;
        let config = origin.path.as_str();
        let name = reference.name.as_str();
        for file in self.given.get(&entry_of(reference)).into_iter().flatten() {
            let found =
                self.named(DefinedBy::Dotenv, project::directory(file), name, |defined| defined.origin.path == *file);
            if !found.is_empty() {
                return found;
            }
        }
        for directory in project::ancestors(project::root(config)) {
            let found = self.named(DefinedBy::Dotenv, directory, name, |defined| defined.origin.asset == origin.asset);
            if !found.is_empty() {
                return found;
            }
        }
        let found = self.named(DefinedBy::EnvDump, "", name, |_| true);
        if !found.is_empty() {
            return found;
        }
        self.named(DefinedBy::Startup, "", name, |defined| {
            self.homes.len() == 1 || project::is_below(config, project::directory(&defined.origin.path))
        })
    }

    /// The path of the scanned dotenv file or dump that a reference to a file means.
    fn file(&self, reference: &Reference) -> Option<&'d str> {
        if reference.slot.kind != SlotKind::File {
            return None;
        }
        let candidates = project::resolve(&reference.location.origin.path, &reference.name);
        let exact = candidates.iter().find_map(|path| self.files.get(path.as_str()));
        // An absolute path, where paths are reported relative to some directory of it.
        let tails = || candidates.iter().filter(|path| path.starts_with('/')).flat_map(|path| project::tails(path));
        exact.or_else(|| tails().find_map(|tail| self.files.get(tail))).copied()
    }
}
