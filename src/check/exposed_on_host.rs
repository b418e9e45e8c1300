//! A literal credential in a file or environment of a host.

use super::{Check, Evidence, Meta, Sink, wording};
use crate::source::origin::Place;

declare! {
    /// ## What it does
    ///
    /// Reports every literal credential that a host holds in the clear: in a client config, dotfile, shell history,
    /// transcript, token cache or env dump, or in any file that no repository tracks.
    ///
    /// ## Why it is bad
    ///
    /// Every process of that user can read it, MCP servers and the tools that an agent is talked into running among
    /// them. Backups and synchronised folders carry it further.
    ///
    /// ## What to do
    ///
    /// Put a reference in its place (`${VAR}`, `${input:…}`, a secret manager's command), keep the value in the
    /// system's key store or the secret manager, and rotate it if anyone else could read the file.
    ExposedOnHost {
        id: "exposed-on-host",
        title: "Literal credential on a host",
        severity: 5.4,
        needs: [],
        nhi: ["NHI2"],
        mcp: ["MCP01"],
        asi: ["ASI03"],
        csf: ["PR.AA-01"],
        cwe: [312, 526],
    }
}

impl Check for ExposedOnHost {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, evidence: &Evidence<'_>, sink: &mut Sink<'_>) {
        for found in evidence.found() {
            let place = match found.occurrence.location.origin.place {
                Place::Repo => continue,
                Place::HostConfig => "a file that no repository tracks",
                Place::Env => "an environment",
            };
            sink.at(&found).because(format!("{} stands literally in {place}", wording::what(&found)));
        }
    }
}
