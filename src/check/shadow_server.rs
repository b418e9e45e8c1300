//! A server that holds credentials and that the inventory's systems do not know.

use super::{Check, Evidence, Meta, Sink, wording};
use crate::client;

declare! {
    /// ## What it does
    ///
    /// Reports each credential that a server entry holds whose server is none of the inventory's systems: neither its name
    /// nor its package, image, host or command is listed in a system's `servers`, no system is called so, and the
    /// credential's row names no known system.
    ///
    /// ## Why it is bad
    ///
    /// Nobody reviewed what the server does with the credential, nobody answers for it, and nobody will take it away when
    /// it is given up.
    ///
    /// ## What to do
    ///
    /// Have the server reviewed and list it in the `servers` of a system, or remove the entry and rotate the credential.
    /// `keytrawl discover --servers` lists every server entry of a machine.
    ShadowServer {
        id: "shadow-server",
        title: "Server holds credentials and is no known system",
        severity: 6.9,
        needs: [Systems],
        nhi: ["NHI3"],
        mcp: ["MCP09"],
        asi: ["ASI04"],
        csf: ["PR.AA-01"],
        cwe: [],
    }
}

impl Check for ShadowServer {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, evidence: &Evidence<'_>, sink: &mut Sink<'_>) {
        let Some(systems) = evidence.inventory.and_then(|inventory| inventory.tables.systems.as_ref()) else { return };
        for found in evidence.found() {
            let slot = &found.occurrence.slot;
            let (name, target) = (slot.server.as_deref(), slot.target.as_deref());
            if name.is_none() && target.is_none() {
                continue;
            }
            let is_known = systems.values().any(|system| {
                let listed = system.servers.iter().map(String::as_str).chain([system.id.as_str()]);
                listed.into_iter().any(|listed| client::is_same_server(listed, name, target))
            });
            // The credential's own row says of which system it is.
            let own = found.row.and_then(|row| row.record.system.as_deref());
            if !is_known && own.is_none_or(|own| !systems.contains_key(own)) {
                let server = wording::code(name.or(target).unwrap_or_default());
                let runs = target.filter(|target| name.is_some_and(|name| name != *target));
                let runs = runs.map(|target| format!(" ({})", wording::code(target))).unwrap_or_default();
                sink.at(&found).because(format!(
                    "{} is held by server {server}{runs}, which is none of the inventory's {}",
                    wording::what(&found),
                    wording::count(systems.len(), "system", "systems")
                ));
            }
        }
    }
}
