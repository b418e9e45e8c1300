//! No secret comes out of any writer, in any of the forms in which it could be recognised.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::prelude::*;

use super::*;
use crate::check::{self, Evidence, Ground, Mode};
use crate::client::{Slot, SlotKind};
use crate::credential::{Fingerprinter, KeyRing, Ledger, Location, Occurrence as Found, Preview};
use crate::detector::{Anatomy, Confidence, Facts};
use crate::inventory::Standing as Judged;
use crate::policy::Policy;
use crate::source::{Asset as Scanned, Origin, Place};

/// A report on one secret of that strength behind a public prefix, frozen as a run freezes it.
fn report_on(secret: &str, prefix: usize, bits: u32) -> Report {
    let public = Anatomy { prefix, suffix: 0 };
    let fingerprinter = Fingerprinter::new(KeyRing::default(), false);
    let mut ledger = Ledger::new();
    for (line, server) in (1..).zip(["github", "tickets"]) {
        let asset = Arc::new(Scanned::host());
        let path = format!("home/{server}/.mcp.json");
        ledger.absorb(Found {
            location: Location {
                origin: Arc::new(Origin::new(path, Place::HostConfig, asset)),
                region: crate::span::Region {
                    start_line: line,
                    start_column: 9,
                    end_line: line,
                    end_column: 49,
                    byte_offset: 90,
                    byte_length: secret.len() as u64,
                },
            },
            slot: Slot { server: Some(server.into()), ..Slot::bare(SlotKind::Env) },
            detector: "generic-secret",
            issuer: None,
            kind: "api_key",
            identity: Arc::new(fingerprinter.identify(secret.as_bytes(), public, bits, Facts::default())),
            preview: Preview::of(secret.as_bytes(), public, bits),
            confidence: Confidence::High,
            commits: None,
        });
    }
    let credentials = ledger.into_credentials();
    let standings = vec![Judged::Unregistered; credentials.len()];
    let coverage = crate::coverage::Coverage { files: 2, ..Default::default() };
    let policy = Policy::default();
    let evidence = Evidence {
        credentials: &credentials,
        standings: &standings,
        inventory: None,
        policy: &policy,
        coverage: &coverage,
        now: "2026-11-23T00:00:00Z".parse().unwrap(),
        mode: Mode::Scan,
        person: None,
        usage: None,
        ground: &Ground::default(),
    };
    Report::freeze(Inputs {
        baseline: None,
        evidence: &evidence,
        outcome: check::run(&evidence),
        references: &[],
        assets: &[],
        digest: "00".repeat(32),
        fail_on: &FailOn::default(),
        primary_only: false,
        seen: Seen::default(),
    })
}

/// The secret as it is, backwards, percent-encoded, and in base64 at each of the three alignments.
fn forms(secret: &str) -> Vec<String> {
    let mut forms = vec![
        secret.to_owned(),
        secret.chars().rev().collect(),
        utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string(),
        serde_json::to_string(secret).unwrap().trim_matches('"').to_owned(),
    ];
    for skip in 0..3 {
        // Whole groups of three bytes: what stands before and behind does not change their four letters.
        let inner = secret.as_bytes().get(skip..).unwrap_or_default();
        let inner = &inner[..inner.len() / 3 * 3];
        forms.extend([STANDARD_NO_PAD.encode(inner), URL_SAFE_NO_PAD.encode(inner)]);
    }
    forms
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_secret_is_in_any_output_in_any_form(
        secret in prop_oneof!["[!-~]{12,80}", "[a-z0-9]{12,40}", "[\\PC]{12,30}", "zq_[A-Za-z0-9]{24}"],
        prefix in 0_usize..4,
        bits in prop_oneof![Just(20_u32), 60_u32..300],
        color in any::<bool>(),
    ) {
        let prefix = if secret.starts_with("zq_") { prefix } else { 0 };
        let report = report_on(&secret, prefix, bits);
        prop_assert_eq!(report.credentials.len(), 1);
        for format in Format::ALL {
            let mut out = Vec::new();
            write(&report, format, &mut out, &Style { color, ..Style::default() }).unwrap();
            let text = String::from_utf8(out).unwrap();
            for form in forms(&secret) {
                prop_assert!(!text.contains(&form), "{} holds the secret", format.name());
            }
        }
    }
}
