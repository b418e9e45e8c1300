//! Governance checks: each file is one condition under which somebody must act.

pub mod finding;

pub use finding::{Finding, Severity, Subject};
