//! A literal credential in a file that git tracks.

use super::{Check, Evidence, Meta, Sink, wording};
use crate::source::origin::Place;

declare! {
    /// ## What it does
    ///
    /// Reports every literal credential in a tracked or staged file of a git repository.
    ///
    /// ## Why it is bad
    ///
    /// Everyone who can read the repository, now or later, can act as the identity behind the credential. Every clone,
    /// fork, mirror and build cache holds a copy, and the history keeps it after the line is gone.
    ///
    /// ## What to do
    ///
    /// 1. Rotate the credential at its issuer; removing the line is not enough.
    /// 2. Put a reference in its place: `${VAR}`, `${input:…}`, or the address in the secret manager.
    /// 3. Record the new credential in the inventory with the place it is delivered from.
    ExposedInRepository {
        id: "exposed-in-repository",
        title: "Literal credential in a repository",
        severity: 7.5,
        needs: [],
        nhi: ["NHI2"],
        mcp: ["MCP01"],
        asi: ["ASI03"],
        csf: ["PR.AA-01"],
        cwe: [798, 312],
    }
}

impl Check for ExposedInRepository {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn check(&self, evidence: &Evidence<'_>, sink: &mut Sink<'_>) {
        let in_repositories = evidence.found().filter(|found| found.occurrence.location.origin.place == Place::Repo);
        for found in in_repositories.filter(|found| evidence.is_present(found)) {
            let asset = &found.occurrence.location.origin.asset.id;
            sink.at(&found).because(format!(
                "{} stands literally in a tracked file of {}",
                wording::what(&found),
                wording::code(asset)
            ));
        }
    }
}
