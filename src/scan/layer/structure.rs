//! What a whole text is: a client's config, a dotenv file, an env dump, a place that starts programs; and what it defines.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use super::{Called, Kind, Layer, Outcome, Place, carrier, decode, slots};
use crate::client::{self, Assignment, Reading, SlotKind, dotenv, env_dump};
use crate::credential::DefinedBy;
use crate::scan::context::is_lock;

/// Names that a text defines, and for which server entry.
pub(in crate::scan) struct Defined {
    pub(in crate::scan) by: DefinedBy,
    pub(in crate::scan) server: Option<Arc<str>>,
    pub(in crate::scan) names: Vec<String>,
}

/// A variable whose value a dump shows the beginning of.
pub(in crate::scan) struct Cut {
    pub(in crate::scan) name: String,
    pub(in crate::scan) at: usize,
}

/// Most names that one text defines.
const MOST_NAMES: usize = 10_000;

impl Layer<'_> {
    /// Reads the text as a whole, where it is something that is known. `marked`: a server map may stand in it; `hit`: it
    /// holds something that is worth a look.
    pub(super) fn structure(&self, bytes: &[u8], marked: bool, hit: bool, outcome: &mut Outcome<'_>) {
        if self.path.is_empty() && !marked && !self.env_dump {
            // Decoded text has no name that could tell what it is.
            return;
        }
        if self.called.carrier {
            if let Some(reading) = carrier::arguments(self.path, bytes) {
                return self.take_in(&reading, outcome);
            }
            if let Some(path) = carrier::carried(self.path) {
                for run in carrier::runs(bytes) {
                    if let Some(inner) = decode::base64_behind(bytes, run) {
                        let called = Called::of(path);
                        Self { path, called, depth: self.depth + 1, ..*self }.adopt(&inner, outcome);
                    }
                }
            }
        }
        // No part of a page is a config, or starts programs: the blocks in it are read for themselves.
        let passage = self.part && self.context.kind == Kind::Prose;
        let marked = marked && !is_lock(self.path) && !passage;
        let config = marked || self.called.config;
        let dotenv = !self.env_dump && self.called.dotenv;
        let startup = self.outermost() && self.called.startup;
        // The environment of a process is one whatever the file is called that it was saved in.
        let is_text = || self.context.kind != Kind::Derived || begins_as_environ(bytes);
        let whole = hit && self.outermost() && !passage && is_text();
        if !(config || dotenv || startup || self.env_dump || whole) {
            return;
        }
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => Cow::Borrowed(text),
            // A byte of another encoding makes no variable unreadable.
            Err(_) if self.env_dump || dotenv => Cow::Owned(replaced(bytes)),
            Err(_) if whole && begins_as_environ(bytes) => Cow::Owned(replaced(bytes)),
            Err(_) => return,
        };
        let text = text.as_ref();
        let mut told = false;
        if config {
            let reading = match self.called.config {
                true => client::read(self.path, text),
                false => Ok(client::read_unclaimed(self.path, text)),
            };
            match reading {
                Ok(Some(reading)) => {
                    told = true;
                    self.refer(&reading, outcome);
                    self.take_in(&reading, outcome);
                    outcome.client = reading.client;
                    outcome.servers.extend(reading.servers);
                }
                Ok(None) => {}
                Err(mistake) => outcome.mistake = Some(mistake),
            }
        }
        if (whole || self.env_dump) && !told && self.place(text, outcome) {
            return;
        }
        let form = match self.env_dump {
            true => Some(env_dump::form(text)),
            // How a dump is told stands at its beginning.
            false if dotenv || !whole || self.part => None,
            false => env_dump::recognise(text),
        };
        if let Some(form) = form {
            let env_dump::Dump { assignments, truncated } = env_dump::read_as(text, form);
            outcome.env_dump = true;
            outcome.cut.extend(truncated.into_iter().map(|cut| Cut { name: cut.name.into_owned(), at: cut.at }));
            self.assigned(&assignments, SlotKind::EnvDump, DefinedBy::EnvDump, outcome);
        } else if dotenv {
            self.assigned(&dotenv::read(text), SlotKind::Dotenv, DefinedBy::Dotenv, outcome);
        } else if startup {
            let names = text.lines().filter_map(exported).map(str::to_owned);
            define(DefinedBy::Startup, names, outcome);
        }
    }

    /// Reads the text as a place in which programs are started. Whether the text has been read as a dump by that.
    fn place(&self, text: &str, outcome: &mut Outcome<'_>) -> bool {
        let Some(mut reading) = client::place::read(self.path, text).filter(|_| self.outermost()) else { return false };
        let dump = self.env_dump || env_dump::recognise(text).is_some();
        if dump {
            outcome.env_dump = true;
            for value in reading.values.iter_mut().filter(|value| value.slot.kind == SlotKind::Env) {
                value.slot.kind = SlotKind::EnvDump;
            }
            let names = reading.values.iter().filter_map(|value| value.slot.variable.clone());
            define(DefinedBy::EnvDump, names, outcome);
        }
        self.refer(&reading, outcome);
        self.take_in(&reading, outcome);
        outcome.servers.extend(reading.servers);
        dump
    }

    /// Whether this is the artifact itself, and not what was decoded from a part of it.
    const fn outermost(&self) -> bool {
        self.depth == 0
    }

    /// Judges variables, and takes over their places and names.
    fn assigned(&self, assignments: &[Assignment<'_>], kind: SlotKind, by: DefinedBy, outcome: &mut Outcome<'_>) {
        let judge = self.judge();
        judge.assignments(assignments, kind, &mut outcome.candidates);
        if self.outermost() {
            judge.latent(assignments, kind, &mut outcome.latent);
            let set = assignments.iter().filter(|assignment| !assignment.text.as_str().is_empty());
            define(by, set.map(|assignment| assignment.name.clone().into_owned()), outcome);
        }
        outcome.places.extend(assignments.iter().map(|assignment| Place {
            span: assignment.text.span(),
            slot: slots::variable_slot(assignment, kind),
            issuer: None,
            innocent: false,
        }));
    }

    /// Takes over the references of a config, and what its entries define themselves.
    fn refer(&self, reading: &Reading<'_>, outcome: &mut Outcome<'_>) {
        if !self.outermost() {
            return;
        }
        define(DefinedBy::Input, reading.inputs.iter().cloned(), outcome);
        if reading.references.is_empty() {
            return;
        }
        let mut entries: BTreeMap<Option<&Arc<str>>, BTreeSet<&str>> = BTreeMap::new();
        let slots = reading.values.iter().map(|value| &value.slot).chain(reading.references.iter().map(|it| &it.slot));
        for slot in slots.filter(|slot| slot.kind == SlotKind::Env) {
            entries.entry(slot.server.as_ref()).or_default().extend(slot.variable.as_deref());
        }
        outcome.defined.extend(entries.into_iter().map(|(server, names)| Defined {
            by: DefinedBy::Entry,
            server: server.cloned(),
            names: names.into_iter().map(str::to_owned).collect(),
        }));
        outcome.references.extend(reading.references.iter().cloned());
    }
}

/// Whether the word of a server map may begin one: many a document lists servers that nobody starts.
pub(super) fn may_begin(text: &[u8], word: &Range<usize>) -> bool {
    // Less than what is looked at around a change (`history/changes.rs`), so that either of the two words tells there.
    const REACH: usize = 1000;
    let behind = || text.get(word.end..text.len().min(word.end + REACH)).unwrap_or_default();
    match text.get(word.clone()) {
        Some(b"servers:" | b"[servers.") => memchr::memmem::find(behind(), b"command").is_some(),
        Some([b'"', ..]) => client::is_key(behind()),
        _ => true,
    }
}

fn define(by: DefinedBy, names: impl Iterator<Item = String>, outcome: &mut Outcome<'_>) {
    let names: BTreeSet<String> = names.take(MOST_NAMES).collect();
    if !names.is_empty() {
        outcome.defined.push(Defined { by, server: None, names: names.into_iter().collect() });
    }
}

/// The variable that a line of a startup file exports.
fn exported(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let rest = match line.strip_prefix("export ") {
        Some(rest) => rest,
        None => {
            if let Some(rest) = line.strip_prefix("$env:").or_else(|| line.strip_prefix("$Env:")) {
                return rest.split(['=', ' ']).next().filter(|name| !name.is_empty());
            }
            let options = line.strip_prefix("set -").or_else(|| line.strip_prefix("declare -"))?;
            let (options, rest) = options.split_once(' ')?;
            options.contains('x').then_some(rest)?
        }
    };
    let name = rest.trim_start().split(['=', ' ', '\t']).next()?;
    client::reference::is_variable_name(name).then_some(name)
}

/// Whether binary bytes begin as the environment of a process does, and not as any other file with zeros in it.
fn begins_as_environ(bytes: &[u8]) -> bool {
    let head = bytes.get(..bytes.len().min(4096)).unwrap_or_default();
    let name = head.iter().take(96).take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
    name > 0 && head.get(name) == Some(&b'=') && head.contains(&0)
}

/// The bytes as text of the same length, those that are none replaced.
fn replaced(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(std::iter::repeat_n('?', chunk.invalid().len()));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_that_startup_files_export_are_read() {
        for (line, name) in [
            ("export A_TOKEN=x", Some("A_TOKEN")),
            ("  export A", Some("A")),
            ("set -gx A_TOKEN x", Some("A_TOKEN")),
            ("$env:A_TOKEN = 'x'", Some("A_TOKEN")),
            ("declare -x A=1", Some("A")),
            ("set -e", None),
            ("A=1", None),
        ] {
            assert_eq!(exported(line), name, "{line}");
        }
    }

    #[test]
    fn replaced_bytes_keep_all_others_in_place() {
        assert_eq!(replaced(b"A=\xffx\0"), "A=?x\0");
    }
}
