//! Names of the taxa that checks are filed under: OWASP NHI, MCP and Agentic top tens, NIST CSF, CWE.

/// A taxonomy that checks are filed under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taxonomy {
    /// Short name, used in output.
    pub name: &'static str,
    /// Full name.
    pub title: &'static str,
    /// Who publishes it.
    pub organization: &'static str,
    /// Edition.
    pub version: &'static str,
    /// Where it is published.
    pub url: &'static str,
    /// Id and name of each taxon that a check uses, in order of id.
    pub taxa: &'static [(&'static str, &'static str)],
}

/// OWASP Non-Human Identities Top 10.
pub static NHI: Taxonomy = Taxonomy {
    name: "OWASP-NHI",
    title: "OWASP Non-Human Identities Top 10",
    organization: "OWASP",
    version: "2025",
    url: "https://owasp.org/www-project-non-human-identities-top-10/",
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
};

/// OWASP MCP Top 10.
pub static MCP: Taxonomy = Taxonomy {
    name: "OWASP-MCP",
    title: "OWASP MCP Top 10",
    organization: "OWASP",
    version: "v0.1 (beta)",
    url: "https://owasp.org/www-project-mcp-top-10/",
    taxa: &[
        ("MCP01", "Token Mismanagement & Secret Exposure"),
        ("MCP02", "Privilege Escalation via Scope Creep"),
        ("MCP07", "Insufficient Authentication & Authorization"),
        ("MCP08", "Lack of Audit and Telemetry"),
        ("MCP09", "Shadow MCP Servers"),
    ],
};

/// OWASP Top 10 for Agentic Applications.
pub static ASI: Taxonomy = Taxonomy {
    name: "OWASP-ASI",
    title: "OWASP Top 10 for Agentic Applications",
    organization: "OWASP",
    version: "2026",
    url: "https://genai.owasp.org/",
    taxa: &[
        ("ASI02", "Tool Misuse and Exploitation"),
        ("ASI03", "Identity and Privilege Abuse"),
        ("ASI04", "Agentic Supply Chain Vulnerabilities"),
        ("ASI10", "Rogue Agents"),
    ],
};

/// NIST Cybersecurity Framework.
pub static CSF: Taxonomy = Taxonomy {
    name: "NIST-CSF",
    title: "NIST Cybersecurity Framework",
    organization: "NIST",
    version: "2.0",
    url: "https://www.nist.gov/cyberframework",
    taxa: &[
        ("PR.AA-01", "Identities and credentials are managed by the organization"),
        ("PR.AA-03", "Users, services, and hardware are authenticated"),
        ("PR.AA-05", "Access permissions, entitlements, and authorizations are managed"),
    ],
};

/// Common Weakness Enumeration; ids without the `CWE-`.
pub static CWE: Taxonomy = Taxonomy {
    name: "CWE",
    title: "Common Weakness Enumeration",
    organization: "MITRE",
    version: "4",
    url: "https://cwe.mitre.org/",
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
};

impl Taxonomy {
    /// Name of a taxon.
    #[must_use]
    pub fn taxon(&self, id: &str) -> Option<&'static str> {
        self.taxa.iter().find(|(known, _)| *known == id).map(|(_, name)| *name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_taxon_of_every_check_has_a_name() {
        for check in crate::check::all() {
            let meta = check.meta();
            for (taxonomy, ids) in [(&NHI, meta.nhi), (&MCP, meta.mcp), (&ASI, meta.asi), (&CSF, meta.csf)] {
                for id in ids {
                    assert!(taxonomy.taxon(id).is_some(), "{}: {id} has no name in {}", meta.id, taxonomy.name);
                }
            }
            for id in meta.cwe {
                assert!(CWE.taxon(&id.to_string()).is_some(), "{}: CWE-{id} has no name", meta.id);
            }
        }
    }
}
