//! Prometheus text: the scorecard and the counts of findings as gauges, for a node exporter's textfile directory.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;

use super::{Report, Scorecard};

pub(super) fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let card = Scorecard::of(report);
    let mut text = String::new();
    let mut gauge = |name: &str, help: &str, samples: &[(String, f64)]| {
        let _ = writeln!(text, "# HELP keytrawl_{name} {help}\n# TYPE keytrawl_{name} gauge");
        for (labels, value) in samples {
            let _ = writeln!(text, "keytrawl_{name}{labels} {value}");
        }
    };
    let one = |value: u64| vec![(String::new(), value as f64)];
    gauge("credentials", "Credentials found.", &one(card.credentials));
    let shares = [
        ("registered", card.registered),
        ("owner", card.with_owner),
        ("expiry", card.with_expiry),
        ("workload", card.with_workload),
    ];
    let of = |value: &dyn Fn(u64) -> f64| -> Vec<(String, f64)> {
        shares.iter().map(|(name, part)| (format!("{{with=\"{name}\"}}"), value(*part))).collect()
    };
    gauge(
        "credentials_with",
        "Credentials that are registered, and of those with an owner, expiry, workload.",
        &of(&|part| part as f64),
    );
    gauge(
        "credentials_with_ratio",
        "The same as a share of all credentials, 0 to 1.",
        &of(&|part| card.percent(part) / 100.0),
    );
    gauge("workloads", "Workloads that registered credentials are bound to.", &one(card.workloads));
    gauge("orphans", "Credentials whose owner or workload is gone.", &one(card.orphans));
    if let Some(age) = card.median_age_days {
        gauge("credential_age_days_median", "Median days since creation or rotation.", &one(age));
    }
    let by = |label: &str, counts: &BTreeMap<String, u64>| -> Vec<(String, f64)> {
        counts.iter().map(|(name, count)| (format!("{{{label}=\"{}\"}}", quoted(name)), *count as f64)).collect()
    };
    gauge("exceptions", "Exceptions of the policy by state.", &by("state", &card.exceptions));
    gauge("findings_open", "Open findings by severity.", &by("severity", &card.open));
    let mut checks: BTreeMap<String, u64> = BTreeMap::new();
    for finding in report.findings.iter().filter(|finding| finding.suppressed.is_none()) {
        *checks.entry(finding.check.clone()).or_default() += 1;
    }
    gauge("check_findings_open", "Open findings by check.", &by("check", &checks));
    gauge("findings_suppressed", "Findings that an exception or baseline covers.", &one(card.suppressed));
    gauge("scan_complete", "1 where nothing was left out.", &one(u64::from(card.complete)));
    let scanned =
        [("files", report.coverage.files), ("blobs", report.coverage.blobs), ("commits", report.coverage.commits)];
    let scanned: Vec<(String, f64)> =
        scanned.iter().map(|(kind, count)| (format!("{{kind=\"{kind}\"}}"), *count as f64)).collect();
    gauge("scanned", "What was scanned.", &scanned);
    gauge("scanned_bytes", "Bytes scanned.", &one(report.coverage.bytes));
    out.write_all(text.as_bytes())
}

/// A label's value in quotes.
fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
