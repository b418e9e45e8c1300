//! The taxonomies that checks are filed under, as SARIF components that rules point at.

use serde_sarif::sarif::{MultiformatMessageString, ReportingDescriptor, ToolComponent};

use crate::check::Meta;
use crate::check::taxonomy::{ASI, CSF, CWE, MCP, NHI, Taxonomy};

/// A taxonomy and how checks are filed under it.
pub(super) struct Filed {
    taxonomy: &'static Taxonomy,
    /// Drawn once, constant: SARIF links components by it.
    pub(super) guid: &'static str,
    /// Head of the tags on rules; `None` where they have a form of their own.
    pub(super) prefix: Option<&'static str>,
    /// Head of the ids in SARIF.
    head: &'static str,
    of: fn(&Meta) -> Vec<String>,
}

/// Every taxonomy, in the order of `run.taxonomies`.
pub(super) static ALL: &[Filed] = &[
    Filed {
        taxonomy: &CWE,
        guid: "5d6c2f0e-9a0b-4a53-8d0e-6d3f6a3f8a01",
        prefix: None,
        head: "CWE-",
        of: |meta| meta.cwe.iter().map(u16::to_string).collect(),
    },
    Filed {
        taxonomy: &NHI,
        guid: "5d6c2f0e-9a0b-4a53-8d0e-6d3f6a3f8a02",
        prefix: Some("owasp-nhi"),
        head: "",
        of: |meta| owned(meta.nhi),
    },
    Filed {
        taxonomy: &MCP,
        guid: "5d6c2f0e-9a0b-4a53-8d0e-6d3f6a3f8a03",
        prefix: Some("owasp-mcp"),
        head: "",
        of: |meta| owned(meta.mcp),
    },
    Filed {
        taxonomy: &ASI,
        guid: "5d6c2f0e-9a0b-4a53-8d0e-6d3f6a3f8a04",
        prefix: Some("owasp-asi"),
        head: "",
        of: |meta| owned(meta.asi),
    },
    Filed {
        taxonomy: &CSF,
        guid: "5d6c2f0e-9a0b-4a53-8d0e-6d3f6a3f8a05",
        prefix: Some("nist-csf"),
        head: "",
        of: |meta| owned(meta.csf),
    },
];

fn owned(ids: &[&str]) -> Vec<String> {
    ids.iter().map(|id| (*id).to_owned()).collect()
}

impl Filed {
    /// Name of the component.
    pub(super) const fn name(&self) -> &'static str {
        self.taxonomy.name
    }

    /// Taxa of a check, the main one first: the id as SARIF has it, and its index in the component.
    pub(super) fn taxa_of(&self, meta: &Meta) -> Vec<(String, i64)> {
        let known = |id: String| {
            let index = self.taxonomy.taxa.iter().position(|(known, _)| *known == id)?;
            Some((format!("{}{id}", self.head), i64::try_from(index).ok()?))
        };
        (self.of)(meta).into_iter().filter_map(known).collect()
    }

    /// The taxonomy as SARIF carries it.
    pub(super) fn component(&self) -> ToolComponent {
        let text = |words: &str| MultiformatMessageString::from(&format!("{words}."));
        let taxon = |(id, name): &(&str, &str)| {
            let id = format!("{}{id}", self.head);
            ReportingDescriptor::builder().id(id).name(*name).short_description(text(name)).build()
        };
        let Taxonomy { name, title, organization, version, url, taxa } = self.taxonomy;
        ToolComponent::builder()
            .name(*name)
            .full_name(format!("{title} {version}"))
            .version(*version)
            .organization(*organization)
            .information_uri(*url)
            .guid(self.guid)
            .is_comprehensive(false)
            .short_description(text(title))
            .taxa(taxa.iter().map(taxon).collect::<Vec<_>>())
            .build()
    }
}
