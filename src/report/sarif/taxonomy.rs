//! The taxonomies that checks are filed under, with the names their authors gave each taxon.

use serde_sarif::sarif::{MultiformatMessageString, ReportingDescriptor, ToolComponent};

use crate::report::catalogue::Meta;

/// One taxonomy.
pub(super) struct Taxonomy {
    /// Name of the component.
    pub(super) name: &'static str,
    /// Its published name.
    full_name: &'static str,
    version: &'static str,
    organization: &'static str,
    uri: &'static str,
    /// Ours, constant; SARIF links components by it.
    pub(super) guid: &'static str,
    /// Head of the tags on rules; `None` where they have a form of their own.
    pub(super) prefix: Option<&'static str>,
    /// Id and name of each taxon that a check is filed under.
    taxa: &'static [(&'static str, &'static str)],
    /// Ids a check is filed under.
    of: fn(&Meta) -> Vec<String>,
}

impl Taxonomy {
    /// Ids of the taxa of a check, the main one first; only those this table knows.
    pub(super) fn taxa_of(&self, meta: &Meta) -> Vec<String> {
        (self.of)(meta).into_iter().filter(|id| self.position(id).is_some()).collect()
    }

    /// Index of a taxon in the component.
    pub(super) fn position(&self, id: &str) -> Option<i64> {
        self.taxa.iter().position(|(known, _)| *known == id).and_then(|at| i64::try_from(at).ok())
    }

    /// The taxonomy as SARIF carries it.
    pub(super) fn component(&self) -> ToolComponent {
        let text = |words: &str| MultiformatMessageString::from(&words.to_owned());
        let taxon = |(id, name): &(&str, &str)| {
            ReportingDescriptor::builder().id(*id).name(*name).short_description(text(&format!("{name}."))).build()
        };
        ToolComponent::builder()
            .name(self.name)
            .full_name(self.full_name)
            .version(self.version)
            .organization(self.organization)
            .information_uri(self.uri)
            .guid(self.guid)
            .is_comprehensive(false)
            .short_description(text(&format!("{}.", self.full_name)))
            .taxa(self.taxa.iter().map(taxon).collect::<Vec<_>>())
            .build()
    }
}

fn owned(ids: &[&str]) -> Vec<String> {
    ids.iter().map(|id| (*id).to_owned()).collect()
}

/// Every taxonomy, in the order of `run.taxonomies`.
pub(super) static ALL: &[Taxonomy] = &[
    Taxonomy {
        name: "CWE",
        full_name: "Common Weakness Enumeration",
        version: "4.18",
        organization: "MITRE",
        uri: "https://cwe.mitre.org/",
        guid: "5d6c2f0e-9a0b-4a53-8d0e-6d3f6a3f8a01",
        prefix: None,
        taxa: &[
            ("250", "Execution with Unnecessary Privileges"),
            ("256", "Plaintext Storage of a Password"),
            ("262", "Not Using Password Aging"),
            ("263", "Password Aging with Long Expiration"),
            ("269", "Improper Privilege Management"),
            ("282", "Improper Ownership Management"),
            ("283", "Unverified Ownership"),
            ("312", "Cleartext Storage of Sensitive Information"),
            ("324", "Use of a Key Past its Expiration Date"),
            ("522", "Insufficiently Protected Credentials"),
            ("526", "Cleartext Storage of Sensitive Information in an Environment Variable"),
            ("527", "Exposure of Version-Control Repository to an Unauthorized Control Sphere"),
            ("540", "Inclusion of Sensitive Information in Source Code"),
            ("613", "Insufficient Session Expiration"),
            ("653", "Improper Isolation or Compartmentalization"),
            ("668", "Exposure of Resource to Wrong Sphere"),
            ("672", "Operation on a Resource after Expiration or Release"),
            ("708", "Incorrect Ownership Assignment"),
            ("798", "Use of Hard-coded Credentials"),
            ("922", "Insecure Storage of Sensitive Information"),
            ("1391", "Use of Weak Credentials"),
        ],
        of: |meta| meta.cwe.iter().map(u16::to_string).collect(),
    },
    Taxonomy {
        name: "OWASP NHI",
        full_name: "OWASP Non-Human Identities Top 10 2025",
        version: "2025",
        organization: "OWASP",
        uri: "https://owasp.org/www-project-non-human-identities-top-10/2025/",
        guid: "5d6c2f0e-9a0b-4a53-8d0e-6d3f6a3f8a02",
        prefix: Some("owasp-nhi"),
        taxa: &[
            ("NHI1", "Improper Offboarding"),
            ("NHI2", "Secret Leakage"),
            ("NHI3", "Vulnerable Third-Party NHI"),
            ("NHI4", "Insecure Authentication"),
            ("NHI5", "Overprivileged NHI"),
            ("NHI6", "Insecure Cloud Deployment Configurations"),
            ("NHI7", "Long-Lived Secrets"),
            ("NHI8", "Environment Isolation"),
            ("NHI9", "NHI Reuse"),
            ("NHI10", "Human Use of NHI"),
        ],
        of: |meta| owned(meta.nhi),
    },
    Taxonomy {
        name: "OWASP MCP",
        full_name: "OWASP MCP Top 10 2025 (v0.1, beta)",
        version: "0.1",
        organization: "OWASP",
        uri: "https://owasp.org/www-project-mcp-top-10/",
        guid: "5d6c2f0e-9a0b-4a53-8d0e-6d3f6a3f8a03",
        prefix: Some("owasp-mcp"),
        taxa: &[
            ("MCP01", "Token Mismanagement & Secret Exposure"),
            ("MCP02", "Privilege Escalation via Scope Creep"),
            ("MCP07", "Insufficient Authentication & Authorization"),
            ("MCP08", "Lack of Audit and Telemetry"),
            ("MCP09", "Shadow MCP Servers"),
        ],
        of: |meta| owned(meta.mcp),
    },
    Taxonomy {
        name: "OWASP Agentic",
        full_name: "OWASP Top 10 for Agentic Applications 2026",
        version: "2026",
        organization: "OWASP",
        uri: "https://genai.owasp.org/",
        guid: "5d6c2f0e-9a0b-4a53-8d0e-6d3f6a3f8a04",
        prefix: Some("owasp-agentic"),
        taxa: &[
            ("ASI02", "Tool Misuse and Exploitation"),
            ("ASI03", "Identity and Privilege Abuse"),
            ("ASI04", "Agentic Supply Chain Vulnerabilities"),
            ("ASI10", "Rogue Agents"),
        ],
        of: |meta| owned(meta.asi),
    },
    Taxonomy {
        name: "NIST CSF",
        full_name: "NIST Cybersecurity Framework 2.0",
        version: "2.0",
        organization: "NIST",
        uri: "https://www.nist.gov/cyberframework",
        guid: "5d6c2f0e-9a0b-4a53-8d0e-6d3f6a3f8a05",
        prefix: Some("nist-csf"),
        taxa: &[
            (
                "PR.AA-01",
                "Identities and credentials for authorized users, services, and hardware are managed by the organization",
            ),
            ("PR.AA-03", "Users, services, and hardware are authenticated"),
            (
                "PR.AA-05",
                "Access permissions, entitlements, and authorizations are defined in a policy, managed, enforced, and \
                 reviewed, and incorporate the principles of least privilege and separation of duties",
            ),
        ],
        of: |meta| owned(meta.csf),
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::catalogue;

    #[test]
    fn every_taxon_of_every_check_has_a_name_here() {
        for meta in catalogue::all() {
            for taxonomy in ALL {
                let filed = (taxonomy.of)(meta);
                assert_eq!(taxonomy.taxa_of(meta), filed, "{} under {}", meta.id, taxonomy.name);
            }
        }
    }
}
