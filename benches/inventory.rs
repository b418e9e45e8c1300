//! A million rows against a hundred thousand credentials: how long loading and judging take, and how much memory.
//!
//! `cargo bench --bench inventory [ROWS CREDENTIALS]`

// What it measures it says on standard output, and what goes wrong in it may end it.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::ffi::OsStr;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::time::Instant;

use keytrawl::coverage::Coverage;
use keytrawl::credential::{Fingerprinter, KeyRing};
use keytrawl::detector::{Anatomy, Detectors, Facts};
use keytrawl::inventory::{Circumstances, Inventory, InventorySource, Subject};
use sha2::{Digest, Sha256};

fn main() {
    let sizes: Vec<usize> = std::env::args().filter_map(|word| word.parse().ok()).collect();
    let (rows, credentials) = match sizes.as_slice() {
        [rows, credentials, ..] => (*rows, *credentials),
        _ => (1_000_000, 100_000),
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nhi.jsonl");
    write(&path, rows);
    println!("{rows} rows, {} MB of JSON Lines", path.metadata().unwrap().len() >> 20);

    let start = Instant::now();
    let source = InventorySource::parse(OsStr::new(&path));
    let mut coverage = Coverage::default();
    let inventory = Inventory::load(&[source], Detectors::embedded(), &KeyRing::none(), &mut coverage).unwrap();
    let loaded = start.elapsed();

    let maker = Fingerprinter::new(KeyRing::none(), false);
    let public = Anatomy { prefix: 4, suffix: 0 };
    let identities: Vec<_> = (0..credentials)
        .map(|number| maker.identify(secret(number * 2).as_bytes(), public, 178, Facts::default()))
        .collect();
    let start = Instant::now();
    let mut exact = 0_usize;
    for identity in &identities {
        let circumstances = Circumstances::default();
        let subject = Subject {
            identity,
            detector: Some("github-pat"),
            issuer: Some("github"),
            places: Vec::new(),
            circumstances,
        };
        exact += usize::from(inventory.explain(&subject).standing.as_str() == "exact");
    }
    let joined = start.elapsed();
    println!(
        "loaded in {:.2} s, {credentials} credentials judged in {:.2} s, {exact} exact",
        loaded.as_secs_f64(),
        joined.as_secs_f64()
    );
    if let Some(peak) = peak() {
        println!("peak resident memory: {peak}");
    }
}

/// Every second credential has a row.
fn secret(number: usize) -> String {
    format!("tok_{:036x}", (number as u128 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835))
}

fn write(path: &std::path::Path, rows: usize) {
    let mut out = BufWriter::new(File::create(path).unwrap());
    writeln!(out, r#"{{"schema":"nhi-inventory/1","exported_at":"2026-11-21T02:00:00Z","complete":true}}"#).unwrap();
    for row in 0..rows {
        let digest: String = Sha256::digest(secret(row * 4)).iter().map(|byte| format!("{byte:02x}")).collect();
        writeln!(
            out,
            r#"{{"id":"nhi-{row:07}","name":"agent {row}","state":"active","kind":"api_token","issuer":"github","provider_type":"github-pat","system":"system-{}","purpose":"reads issues","owner":{{"kind":"team","id":"team-{}"}},"environment":"prod","workload":{{"kind":"agent","id":"spiffe://example.com/agent/{row}","server":"github"}},"scopes":["issues:read"],"created_at":"2026-09-01T00:00:00Z","expires_at":"2026-11-30T00:00:00Z","last_used_at":"2026-11-20T08:11:00Z","rotation":{{"max_age_days":90}},"match":[{{"alg":"sha256","value":"hex:{digest}"}}]}}"#,
            row % 500,
            row % 200,
        )
        .unwrap();
    }
    out.flush().unwrap();
}

/// The most memory that was resident, where the system tells.
fn peak() -> Option<String> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    Some(status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.trim().to_owned())
}
