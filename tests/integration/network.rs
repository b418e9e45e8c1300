//! The promise that nothing is called: no dependency that can, no line of ours that would, and no system call in a scan.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::runner::Case;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Rust files below a folder.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn no_dependency_can_open_a_connection() {
    let lock = fs::read_to_string(root().join("Cargo.lock")).expect("Cargo.lock");
    let names: Vec<&str> = lock.lines().filter_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"')).collect();
    assert!(names.contains(&"keytrawl") && names.len() > 50, "the lock file was read");
    const CALLERS: &[&str] = &[
        "async-std",
        "attohttpc",
        "curl",
        "curl-sys",
        "gix-transport",
        "h2",
        "hyper",
        "isahc",
        "libssh2-sys",
        "mio",
        "minreq",
        "native-tls",
        "openssl",
        "openssl-sys",
        "quinn",
        "reqwest",
        "rustls",
        "smol",
        "socket2",
        "surf",
        "tiny_http",
        "tokio",
        "tungstenite",
        "ureq",
    ];
    let found: Vec<&&str> = names.iter().filter(|name| CALLERS.contains(name)).collect();
    assert!(found.is_empty(), "{found:?} can open connections");
}

#[test]
fn no_line_of_ours_opens_a_connection_or_starts_a_program() {
    let mut files = Vec::new();
    sources(&root().join("src"), &mut files);
    assert!(files.len() > 100, "the sources were read");
    let mut found = Vec::new();
    for path in files {
        let text = fs::read_to_string(&path).expect("readable");
        // Tests stand at the end of a file, or in a file of their own; one of them runs itself again.
        let program = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        for (index, line) in program.lines().enumerate() {
            let code = line.trim_start();
            let calls = ["std::net", "os::unix::net", "TcpStream", "UdpSocket", "UnixStream", "process::Command"];
            let named = path.file_name().is_some_and(|name| name == "tests.rs" || name == "multitool.rs");
            if !code.starts_with("//") && !named && calls.iter().any(|call| code.contains(call)) {
                found.push(format!("{}:{}", path.display(), index + 1));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// What cannot be seen in sources, seen from outside where the system lets one look; the tests above hold everywhere.
#[cfg(target_os = "linux")]
#[test]
fn a_scan_makes_no_system_call_of_the_network_and_starts_no_program() {
    let case = Case::new().file(
        ".mcp.json",
        r#"{ "mcpServers": { "github": { "url": "https://u:<<password:16>>@example.com/mcp", "env": { "T": "<<ghp_{alnum:30}{crc32-github}>>" } } } }"#,
    );
    let case = case.raw("repo/a.txt", "x").commit("repo");
    let log = case.path("../calls").with_file_name(format!("keytrawl-calls-{}", std::process::id()));
    let traced = Command::new("strace")
        .args(["-f", "-qq", "-e", "trace=%network,execve", "-o"])
        .arg(&log)
        .arg(env!("CARGO_BIN_EXE_keytrawl"))
        .args(["scan", "--no-config", "--exit-zero", "--quiet", "."])
        .current_dir(case.path(""))
        .output();
    let calls = fs::read_to_string(&log).unwrap_or_default();
    let _ = fs::remove_file(&log);
    if traced.is_ok_and(|output| output.status.success()) {
        let calls: Vec<&str> = calls.lines().filter(|line| line.contains('(')).collect();
        assert_eq!(calls.len(), 1, "only the start of keytrawl itself: {calls:#?}");
        assert!(calls[0].contains("execve("), "{calls:?}");
    }
}
