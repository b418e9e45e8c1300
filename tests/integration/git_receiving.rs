//! A hook of a server: keytrawl looks at what a push brings before the repository takes it in.

#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Output;

use crate::git_history::{commit, git, repository};
use crate::runner::Case;

const LINE: &str = "token = <<ghp_{alnum:30}{crc32-github}>>\n";

/// A bare repository that has what `work` has, and runs keytrawl on each range it is sent, as `docs/integrations.md` says.
fn with_server(case: Case) -> Case {
    git(&case, ".", &["clone", "-q", "--bare", "--template=", "work", "server.git"]);
    git(&case, "work", &["remote", "add", "origin", "../server.git"]);
    let hook = case.path("server.git/hooks/pre-receive");
    fs::create_dir_all(hook.parent().expect("a directory")).expect("directory");
    // What is given to the hook, and what it ends with, is written beside the repository.
    let script = format!(
        "#!/bin/sh\ncode=0\nwhile read -r old new ref; do\n  '{}' scan --no-config --range \"$old..$new\" . >>../hook.log 2>&1 || code=$?\ndone\n\
         echo \"exit $code quarantine ${{GIT_QUARANTINE_PATH:+yes}}\" >>../hook.log\nexit $code\n",
        env!("CARGO_BIN_EXE_keytrawl")
    );
    fs::write(&hook, script).expect("writable");
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).expect("permissions");
    case
}

/// Pushes; gives what git says and what the hook said.
fn push(case: &Case, what: &[&str]) -> (Output, String) {
    let _ = fs::remove_file(case.path("hook.log"));
    let output = case.git(&case.path("work"), &[&["push", "-q", "origin"][..], what].concat());
    (output, fs::read_to_string(case.path("hook.log")).unwrap_or_default())
}

#[track_caller]
fn passes(case: &Case, what: &[&str]) -> String {
    let (output, said) = push(case, what);
    assert!(output.status.success(), "{}\n{said}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("exit 0 quarantine yes"), "{said}");
    said
}

#[track_caller]
fn stops(case: &Case, what: &[&str]) -> String {
    let (output, said) = push(case, what);
    assert!(!output.status.success(), "{said}");
    assert!(
        said.contains("exit 1 quarantine yes") && !said.contains(&case.secret("ghp_{alnum:30}{crc32-github}")),
        "{said}"
    );
    said
}

#[test]
fn a_push_with_a_credential_is_stopped_and_a_clean_one_passes() {
    let case = with_server(repository()).raw("work/a.txt", "clean\n");
    commit(&case, 1, "clean");
    assert!(passes(&case, &["main"]).contains("1 commit"));
    let clean = git(&case, "server.git", &["rev-parse", "main"]);
    let case = case.file("work/a.env", LINE);
    commit(&case, 2, "add it");
    assert!(stops(&case, &["main"]).contains("a.env"));
    assert_eq!(git(&case, "server.git", &["rev-parse", "main"]), clean, "nothing was taken in");
    // Removed again in a later commit, it is in the history of the push all the same.
    fs::remove_file(case.path("work/a.env")).expect("there");
    commit(&case, 3, "remove it");
    assert!(stops(&case, &["main"]).contains("a.env"));
    // With many objects git keeps the push as one pack.
    for at in 0..150 {
        fs::write(case.path(format!("work/{at}.txt")), format!("{at}\n")).expect("writable");
    }
    commit(&case, 4, "many");
    assert!(stops(&case, &["main"]).contains("a.env"));
}

#[test]
fn a_new_branch_is_held_against_what_the_server_has() {
    let case = repository().file("work/old.env", LINE);
    commit(&case, 1, "before there was a hook");
    let case = with_server(case);
    git(&case, "work", &["switch", "-q", "-c", "topic"]);
    let case = case.raw("work/new.txt", "clean\n");
    commit(&case, 2, "clean");
    assert!(passes(&case, &["topic"]).contains("1 commit"));
    // The commits of a new branch that is where an old one is are known.
    passes(&case, &["main:refs/heads/again"]);
    let case = case.file("work/new.env", "key = <<github_pat_{alnum:22}_{alnum:59}>>\n");
    commit(&case, 3, "add another");
    assert!(stops(&case, &["topic:refs/heads/other"]).contains("new.env"));
    // What is deleted brings nothing, and git keeps nothing apart for it.
    let (output, said) = push(&case, &[":topic"]);
    assert!(output.status.success() && said.contains("deleted") && said.contains("exit 0"), "{said}");
}
