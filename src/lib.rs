//! keytrawl finds the credentials that MCP servers run on and says which of them nobody governs.
//!
//! A **Source** yields **Artifacts**. A **Scanner** finds **Occurrences** in an Artifact. The **Ledger** folds
//! Occurrences into **Credentials**. The **Inventory** gives each Credential a **Standing**. **Checks** turn that into
//! **Findings**. A **Report** freezes them, and a **Writer** writes it.
//!
//! ```text
//! source ──► scan ──► credential ──► inventory ──► check ──► report
//!    ▲         ▲                                     ▲
//!  client   detector                               policy
//! ```
//!
//! Each stage sees only what stands to its left. The raw secret is only ever a slice borrowed from the bytes of an
//! artifact inside [`scan`]; what leaves that stage is an identity and a preview, and neither gives the secret back.

pub mod check;
pub mod cli;
pub mod client;
pub mod coverage;
pub mod credential;
pub mod detector;
pub mod inventory;
mod mistyped;
pub mod policy;
pub mod report;
pub mod scan;
pub mod settings;
pub mod source;
pub mod span;
