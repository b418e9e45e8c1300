//! What a report says of servers and of the files of a host, beside the credentials that were found.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Occurrence, Report};
use crate::credential::Resolved;
use crate::scan::ServerSighting;

/// A server entry of a config: an asset of its own, whether or not it holds a credential.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Server {
    /// Reported path of the config.
    pub path: String,
    /// Line on which its name stands.
    pub line: u32,
    /// Id of the repository or host.
    pub asset: String,
    /// MCP client.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub client: Option<String>,
    /// Name of the entry.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<String>,
    /// `package image host command`: what `target` is.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub kind: Option<String>,
    /// What it runs or calls.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub target: Option<String>,
    /// Id of the known server that it is.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub known: Option<String>,
    /// RFC 6901 pointer to the entry.
    pub pointer: String,
    /// Ids of the credentials that it holds, sorted.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub credentials: Vec<String>,
    /// Names of what it refers to instead of holding it, sorted.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub references: Vec<String>,
}

/// A file of a host that was looked at because of its place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct HostFile {
    /// Reported path.
    pub path: String,
    /// `config token-store shell variables transcript log`.
    pub kind: String,
    /// MCP client whose it is.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub client: Option<String>,
    /// Permissions in octal (`0600`), where the system has them.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub mode: Option<String>,
    /// Every user of the machine may read it.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub world_readable: bool,
}

/// What was seen beside credentials.
#[derive(Debug, Clone, Copy, Default)]
pub struct Seen<'a> {
    /// Server entries.
    pub servers: &'a [ServerSighting],
    /// Files of a host.
    pub files: &'a [HostFile],
}

impl Report {
    /// Takes in the servers and files, with what of the credentials and references is theirs.
    pub(super) fn with(mut self, seen: Seen<'_>, references: &[Resolved]) -> Self {
        let mut held: BTreeMap<(&str, &str), BTreeSet<String>> = BTreeMap::new();
        for credential in &self.credentials {
            for Occurrence { path, server, pointer, .. } in &credential.occurrences {
                let place = pointer.as_deref().or(server.as_deref());
                if let Some(place) = place {
                    held.entry((path, place)).or_default().insert(credential.id.clone());
                }
            }
        }
        let mut named: BTreeMap<(&str, &str), BTreeSet<String>> = BTreeMap::new();
        for Resolved { reference, .. } in references {
            if let Some(pointer) = reference.slot.pointer.as_deref() {
                let path = &reference.location.origin.path;
                named.entry((path, pointer)).or_default().insert(reference.name.clone());
            }
        }
        let mut servers: Vec<Server> = seen
            .servers
            .iter()
            .map(|found| {
                let path = found.origin.path.as_str();
                let entry = &found.entry;
                let text = |text: &std::sync::Arc<str>| text.to_string();
                Server {
                    path: path.to_owned(),
                    line: found.region.start_line,
                    asset: found.origin.asset.id.clone(),
                    client: found.client.map(str::to_owned),
                    name: entry.name.as_ref().map(text),
                    kind: entry.kind.map(|kind| kind.as_str().to_owned()),
                    target: entry.target.as_ref().map(text),
                    known: entry.known.map(str::to_owned),
                    pointer: entry.pointer.clone(),
                    credentials: below(&held, path, &entry.pointer),
                    references: below(&named, path, &entry.pointer),
                }
            })
            .collect();
        servers.sort();
        servers.dedup();
        self.servers = servers;
        self.files = seen.files.to_vec();
        self.files.sort();
        self.files.dedup();
        self
    }
}

/// What is known of pointers in an entry of a file.
fn below(known: &BTreeMap<(&str, &str), BTreeSet<String>>, path: &str, pointer: &str) -> Vec<String> {
    let inside = known.range((path, pointer)..).take_while(|((of, at), _)| *of == path && at.starts_with(pointer));
    let exact = inside
        .filter(|((_, at), _)| at.get(pointer.len()..).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')));
    let all: BTreeSet<String> = exact.flat_map(|(_, names)| names.iter().cloned()).collect();
    all.into_iter().collect()
}
