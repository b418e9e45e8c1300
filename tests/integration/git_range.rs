//! `scan --range` and `--since`: what commits introduced, by credential and not by line.

use std::fs;

use serde_json::Value;

use crate::git_history::{commit, git, occurrences, repository};
use crate::runner::{Case, Ran, checks};

const LINE: &str = "token = <<ghp_{alnum:30}{crc32-github}>>\n";
const OTHER_LINE: &str = "key = <<github_pat_{alnum:22}_{alnum:59}>>\n";
/// Enough that a line more or less makes no other file of it.
const BODY: &str = "one line\nand a second\nand a third\nand then\nmany more of them\nuntil it\nis enough\nof a file\n";

#[track_caller]
fn range(case: &Case, range: &str, code: i32) -> Ran {
    case.scan(["--range", range, "--no-config", "-f", "json"]).within("work").exits(code)
}

#[track_caller]
fn finds(case: &Case, of: &str, expected: &[&str]) -> Value {
    let report = range(case, of, i32::from(!expected.is_empty())).json();
    let mut paths: Vec<&str> = occurrences(&report).iter().map(|one| one["path"].as_str().expect("a path")).collect();
    paths.sort_unstable();
    assert_eq!(paths, expected, "{of}");
    report
}

#[test]
fn what_was_added_and_removed_inside_is_reported_with_its_commits() {
    let case = repository().file("work/a.env", LINE);
    let first = commit(&case, 1, "add it");
    fs::write(case.path("work/a.env"), "gone\n").expect("writable");
    commit(&case, 2, "remove it");
    let report = finds(&case, "HEAD~2..HEAD", &["a.env"]);
    let found = occurrences(&report)[0];
    for field in ["commit", "firstCommit", "lastCommit"] {
        assert_eq!(found[field], first, "{field}");
    }
    assert_eq!((&found["inHead"], &report["mode"]), (&false.into(), &"range".into()));
    assert_eq!(checks(&report), ["exposed-in-repository"]);
    finds(&case, "HEAD~1..HEAD", &[]);
    assert_eq!(report["coverage"]["commits"], 2);
}

#[test]
fn what_the_other_side_holds_in_that_file_is_no_news() {
    let case = repository().file("work/a.env", &format!("{LINE}{BODY}"));
    commit(&case, 1, "add it");
    git(&case, "work", &["tag", "base"]);
    let case = case.file("work/a.env", &format!("{BODY}\n\n{LINE}"));
    commit(&case, 2, "move the line");
    finds(&case, "base..HEAD", &[]);
    git(&case, "work", &["mv", "a.env", "b.env"]);
    commit(&case, 3, "rename the file");
    finds(&case, "base..HEAD", &[]);
    let case = case.file("work/b.env", &format!("{BODY}more\n{LINE}{OTHER_LINE}"));
    commit(&case, 4, "add another");
    finds(&case, "base..HEAD", &["b.env"]);
    let case = case.file("work/c.env", LINE);
    commit(&case, 5, "the first in another file");
    finds(&case, "base..HEAD", &["b.env", "c.env"]);
}

#[test]
fn what_is_removed_and_added_again_is_no_news_where_the_other_side_holds_it() {
    let case = repository().file("work/a.env", LINE);
    commit(&case, 1, "add it");
    git(&case, "work", &["tag", "base"]);
    fs::write(case.path("work/a.env"), "gone\n").expect("writable");
    commit(&case, 2, "remove it");
    let case = case.file("work/a.env", LINE);
    commit(&case, 3, "add it again");
    finds(&case, "base..HEAD", &[]);
}

#[test]
fn what_a_merge_brings_from_outside_is_no_news_and_its_own_content_is() {
    let case = repository();
    git(&case, "work", &["switch", "-q", "-c", "side"]);
    let case = case.raw("work/mine.txt", "mine\n");
    commit(&case, 1, "mine");
    git(&case, "work", &["switch", "-q", "main"]);
    let case = case.file("work/theirs.env", LINE);
    commit(&case, 2, "theirs");
    git(&case, "work", &["switch", "-q", "side"]);
    git(&case, "work", &["merge", "-q", "--no-commit", "--no-ff", "main"]);
    let plain = commit(&case, 3, "merge");
    finds(&case, "main..side", &[]);
    git(&case, "work", &["reset", "-q", "--hard", "HEAD~1"]);
    git(&case, "work", &["merge", "-q", "--no-commit", "--no-ff", "main"]);
    let case = case.file("work/evil.env", OTHER_LINE);
    let evil = commit(&case, 4, "merge with more");
    assert_ne!(plain, evil);
    let report = finds(&case, "main..side", &["evil.env"]);
    assert_eq!(occurrences(&report)[0]["firstCommit"], evil);
    finds(&case, "main...side", &["evil.env"]);
}

#[test]
fn since_a_revision_is_up_to_head_and_sides_left_out_are_head() {
    let case = repository().file("work/a.env", LINE);
    commit(&case, 1, "add it");
    let since = |revision: &str, code| {
        case.scan(["--since", revision, "--no-config", "-f", "json"]).within("work").exits(code).json()
    };
    assert_eq!(occurrences(&since("HEAD~1", 1)).len(), 1);
    assert_eq!(occurrences(&since("HEAD", 0)).len(), 0);
    let first = git(&case, "work", &["rev-parse", "HEAD^"]);
    for of in ["HEAD~..", "@^..@", "main~1..main", "refs/heads/main^1..", "HEAD@{1}..", &format!("{}..", &first[..7])] {
        finds(&case, of, &["a.env"]);
    }
}

#[test]
fn what_a_branch_follows_can_begin_a_range() {
    let case = repository();
    git(&case, "", &["clone", "-q", "work", "clone"]);
    let case = case.file("clone/a.env", LINE);
    git(&case, "clone", &["add", "a.env"]);
    git(&case, "clone", &["-c", "user.name=A", "-c", "user.email=a@example.com", "commit", "-qm", "add it"]);
    let branch = git(&case, "clone", &["branch", "--show-current"]);
    for of in ["@{u}..", "@{upstream}..HEAD", &format!("{branch}@{{u}}..{branch}"), "@{Upstream}...HEAD"] {
        let ran = case.scan(["--range", of, "-f", "json"]).within("clone").exits(1);
        assert_eq!(occurrences(&ran.json())[0]["path"], "a.env", "{of}");
    }
    case.scan(["--since", "@{u}~0"]).within("clone").exits(1);
}

#[test]
fn an_empty_range_is_complete_and_clean_and_says_so() {
    let case = repository();
    let ran = range(&case, "HEAD..HEAD", 0).says("nothing to scan");
    assert!(ran.coverage().ends_with("complete"), "{}", ran.coverage());
}

#[test]
fn a_revision_that_cannot_be_resolved_is_an_error_that_speaks_of_the_depth() {
    let case = repository();
    for of in ["origin/main..HEAD", "HEAD..0123456789012345678901234567890123456789", "HEAD~9..HEAD", "deadbeef..HEAD"]
    {
        range(&case, of, 2).says("cannot be resolved").says("depth");
    }
    range(&case, "HEAD", 2).says("no range");
    range(&case, "@{u}..", 2).says("follows none");
    range(&case, "@{yesterday}..", 2).says("git rev-parse");
    case.scan(["--since", "nowhere"]).within("work").exits(2).says("cannot be resolved");
}

#[test]
fn messages_of_the_range_are_scanned() {
    let case = repository();
    let secret = case.secret("ghp_{alnum:30}{crc32-github}");
    let id = commit(&case, 1, &format!("try {secret}"));
    finds(&case, "HEAD~..", &[format!("<commit {id}>").as_str()]);
}

#[test]
fn a_bare_repository_is_scanned_as_a_hook_names_it() {
    let case = repository().file("work/a.env", LINE);
    commit(&case, 1, "add it");
    git(&case, ".", &["clone", "-q", "--bare", "work", "bare.git"]);
    let run = || case.scan(["--range", "HEAD~..HEAD", "--no-config", "-f", "json"]);
    assert_eq!(occurrences(&run().within("bare.git").exits(1).json()).len(), 1);
    let named = run().env("GIT_DIR", case.path("bare.git")).exits(1).json();
    assert_eq!(occurrences(&named).len(), 1);
    let below = case.scan(["--range", "HEAD~..HEAD", "--no-config", "-f", "json", "work"]).exits(1).json();
    assert_eq!(occurrences(&below)[0]["path"], "work/a.env");
}

#[test]
fn for_each_place_the_finding_that_matters_most_is_shown_unless_all_are_asked_for() {
    let case = repository().file("work/a.env", LINE).file(
        "nhi.jsonl",
        r#"{"id":"x","kind":"pat","issuer":"github","state":"active","match":[{"alg":"last8","value":"00000000"}]}"#,
    );
    commit(&case, 1, "add it");
    let run = |more: &[&str]| {
        let run = case.scan(["--range", "HEAD~..HEAD", "--no-config", "-f", "json", "--inventory", "../nhi.jsonl"]);
        checks(&run.args(more).within("work").exits(1).json())
    };
    assert_eq!(run(&[]), ["unregistered"]);
    assert_eq!(run(&["--findings", "all"]), ["exposed-in-repository", "unregistered"]);
}
