//! Microsoft's SARIF validator over what the writer makes. Not part of a plain `cargo test`: it may install a package.

use std::path::Path;
use std::process::Command;

use crate::report::{Format, Report, Style, canned, write};

fn save(dir: &Path, name: &str, report: &Report, style: &Style) -> std::path::PathBuf {
    let path = dir.join(name);
    let mut out = Vec::new();
    write(report, Format::Sarif, &mut out, style).unwrap();
    std::fs::write(&path, out).unwrap();
    path
}

#[test]
#[ignore = "needs npm: cargo test --lib -- --ignored multitool"]
fn the_validator_of_microsoft_accepts_what_is_written() {
    let dir = tempfile::tempdir().unwrap();
    let report = canned::report();
    let mut odd = report.clone();
    odd.findings[0].message = "[click](http://example.com) {0} {{x}} \u{202e}".to_owned();
    odd.findings[0].path = "a b/100% #1?.json".to_owned();
    odd.findings[1].path = "x.zip!/größe/.mcp.json".to_owned();
    odd.findings[2].check = "check-of-another-version".to_owned();
    let mut empty = report.clone();
    empty.findings.clear();
    empty.credentials.clear();
    empty.notices.clear();
    empty.assets.clear();
    let omit = Style { omit_suppressed: true, ..Style::default() };
    let files = [
        save(dir.path(), "canned.sarif", &report, &Style::default()),
        save(dir.path(), "omitted.sarif", &report, &omit),
        save(dir.path(), "odd.sarif", &odd, &Style::default()),
        save(dir.path(), "empty.sarif", &empty, &Style::default()),
    ];
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sarif/validate.sh");
    let ran = Command::new(script).args(&files).output().unwrap();
    let said = String::from_utf8_lossy(&ran.stdout).into_owned() + &String::from_utf8_lossy(&ran.stderr);
    println!("{said}");
    // 4 = the validator cannot be had here; the script has said so.
    assert!(matches!(ran.status.code(), Some(0 | 4)), "{said}");
}
