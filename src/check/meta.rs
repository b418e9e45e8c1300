//! What a check says of itself; its doc comment is its help text everywhere, so that there is one text to keep true.

use super::{Evidence, Row, Severity};

/// What a check is called, how bad it is, which taxa it falls under, what it needs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Meta {
    /// Id in all output and on the command line.
    pub id: &'static str,
    /// One line that names the condition.
    pub title: &'static str,
    /// `security-severity` figure, 0.0 to 10.0.
    pub severity: f32,
    /// The check's doc comment, Markdown: what it does, why it is bad, what to do.
    pub help: &'static str,
    /// Evidence without which it is not evaluated.
    pub needs: &'static [Need],
    /// OWASP Non-Human Identities Top 10 2025 (`NHI2`).
    pub nhi: &'static [&'static str],
    /// OWASP MCP Top 10 (`MCP01`).
    pub mcp: &'static [&'static str],
    /// OWASP Top 10 for Agentic Applications 2026 (`ASI03`).
    pub asi: &'static [&'static str],
    /// NIST CSF 2.0 (`PR.AA-01`).
    pub csf: &'static [&'static str],
    /// CWE numbers.
    pub cwe: &'static [u16],
}

impl Meta {
    /// The band of its severity figure.
    #[must_use]
    pub fn band(&self) -> Severity {
        Severity::of(self.severity)
    }
}

/// Evidence that a check cannot do without.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// An inventory.
    Inventory,
    /// When the inventory was exported.
    ExportTime,
    /// Greatest age of an export.
    ExportAge,
    /// Fields that every row must fill.
    RequiredFields,
    /// Owners that may own.
    AllowedOwners,
    /// Longest lifetime.
    MaxLifetime,
    /// Days of warning before expiry.
    WarnDays,
    /// Issuers with short-lived credentials.
    DynamicIssuers,
    /// Places allowed.
    Places,
    /// Environments by path.
    Environments,
    /// A table of systems.
    Systems,
    /// Whose home directory was looked through.
    Person,
    /// Scopes that are granted, seen or denied.
    Scopes,
    /// Days after which a row is stale.
    StaleDays,
    /// A whole scan, rather than a change: what is absent from a change is nobody's business.
    WholeScan,
    /// A scan that left nothing out.
    CompleteScan,
    /// A declared place that was scanned.
    DeclaredPlaces,
    /// Exceptions.
    Exceptions,
    /// Objects of git repositories.
    History,
}

impl Need {
    /// The word used in documentation.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Inventory => "an inventory",
            Self::ExportTime => "an inventory whose header says when it was exported",
            Self::ExportAge => "`[inventory] max_age_hours` in the policy",
            Self::RequiredFields => "`[inventory] require_fields` in the policy",
            Self::AllowedOwners => "`[owners] allowed` in the policy",
            Self::MaxLifetime => "`[lifetime] max_days` in the policy",
            Self::WarnDays => "`[lifetime] warn_days` in the policy",
            Self::DynamicIssuers => "`[dynamic] issuers` in the policy",
            Self::Places => "`[places]` in the policy, or rows that list `locations`",
            Self::Environments => "`[[environment]]` in the policy",
            Self::Systems => "an inventory with systems",
            Self::Person => "a home directory that `keytrawl discover` looks through",
            Self::Scopes => "scopes in the inventory, `[scopes] deny` in the policy, or evidence of use",
            Self::StaleDays => "`[inventory] stale_days` in the policy",
            Self::WholeScan => "a scan of more than a change",
            Self::CompleteScan => "a complete scan",
            Self::DeclaredPlaces => "a row that lists a place which was scanned",
            Self::Exceptions => "`[[exception]]` in the policy",
            Self::History => "the history of repositories",
        }
    }

    /// What is lacking, and how to give it; `None` where it is there.
    pub(super) fn missing(self, evidence: &Evidence<'_>) -> Option<String> {
        let policy = evidence.policy;
        let lifetimes = || std::iter::once(&policy.lifetime).chain(policy.lifetime_overrides.values());
        let is_there = match self {
            Self::Inventory => evidence.inventory.is_some(),
            Self::ExportTime => evidence.inventory.is_some_and(|inventory| inventory.exported_at().is_some()),
            Self::ExportAge => policy.inventory.max_age_hours.is_some(),
            Self::RequiredFields => !policy.inventory.require_fields.is_empty(),
            Self::AllowedOwners => !policy.owners.is_empty(),
            Self::MaxLifetime => lifetimes().any(|lifetime| lifetime.max_days.is_some()),
            Self::WarnDays => lifetimes().any(|lifetime| lifetime.warn_days.is_some()),
            Self::DynamicIssuers => !policy.dynamic_issuers.is_empty(),
            Self::Places => !policy.places.is_empty() || evidence.rows().any(|row| !row.record.locations.is_empty()),
            Self::Environments => !policy.environments.is_empty(),
            Self::Systems => evidence.inventory.is_some_and(|inventory| inventory.tables.systems.is_some()),
            Self::Person => evidence.mode == super::Mode::Discover,
            Self::Scopes => {
                let is_scoped = |row: Row<'_>| !row.record.scopes.is_empty() || !row.record.observed_scopes.is_empty();
                evidence.usage.is_some() || !policy.denied_scopes.is_empty() || evidence.rows().any(is_scoped)
            }
            Self::StaleDays => policy.inventory.stale_days.is_some(),
            Self::WholeScan => !evidence.mode.is_change(),
            Self::CompleteScan => evidence.coverage.is_complete(),
            Self::DeclaredPlaces => !evidence.ground.files.is_empty() || !evidence.ground.whole.is_empty(),
            Self::Exceptions => !policy.exceptions.is_empty(),
            Self::History => evidence.coverage.blobs + evidence.coverage.commits > 0,
        };
        let option = match self {
            Self::Inventory | Self::ExportTime | Self::Systems => " (--inventory FILE)",
            Self::Scopes => " (--usage FILE)",
            Self::History => " (--history)",
            Self::WholeScan | Self::CompleteScan | Self::DeclaredPlaces | Self::Person => "",
            _ => " (--policy FILE)",
        };
        (!is_there).then(|| format!("needs {}{option}", self.as_str()))
    }
}

/// Declares a check: its doc comment becomes the help text of `META`, next to the figures of the table of checks.
macro_rules! declare {
    (
        $(#[doc = $line:literal])+
        $name:ident {
            id: $id:literal,
            title: $title:literal,
            severity: $severity:literal,
            needs: [$($need:ident),*],
            nhi: [$($nhi:literal),*],
            mcp: [$($mcp:literal),*],
            asi: [$($asi:literal),*],
            csf: [$($csf:literal),*],
            cwe: [$($cwe:literal),*] $(,)?
        }
    ) => {
        $(#[doc = $line])+
        #[derive(Debug, Clone, Copy)]
        pub(super) struct $name;

        const DOC: &str = concat!($($line, "\n"),+);
        const HELP: [u8; $crate::check::meta::trimmed_len(DOC)] = $crate::check::meta::trimmed(DOC);

        static META: $crate::check::Meta = $crate::check::Meta {
            id: $id,
            title: $title,
            severity: $severity,
            help: match std::str::from_utf8(&HELP) {
                Ok(help) => help,
                Err(_) => DOC,
            },
            needs: &[$($crate::check::Need::$need),*],
            nhi: &[$($nhi),*],
            mcp: &[$($mcp),*],
            asi: &[$($asi),*],
            csf: &[$($csf),*],
            cwe: &[$($cwe),*],
        };
    };
}

/// Length of a doc comment without the blank that `///` leaves at the head of each line.
pub(super) const fn trimmed_len(doc: &str) -> usize {
    let bytes = doc.as_bytes();
    let mut kept = 0;
    let mut at = 0;
    while at < bytes.len() {
        kept += !is_margin(bytes, at) as usize;
        at += 1;
    }
    kept
}

/// A doc comment without that blank. Only ASCII blanks are dropped, so it stays UTF-8.
pub(super) const fn trimmed<const N: usize>(doc: &str) -> [u8; N] {
    let bytes = doc.as_bytes();
    let mut out = [b' '; N];
    let mut kept = 0;
    let mut at = 0;
    while at < bytes.len() {
        if !is_margin(bytes, at) && kept < N {
            out[kept] = bytes[at];
            kept += 1;
        }
        at += 1;
    }
    out
}

const fn is_margin(bytes: &[u8], at: usize) -> bool {
    bytes[at] == b' ' && (at == 0 || bytes[at - 1] == b'\n')
}
