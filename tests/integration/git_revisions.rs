//! Revisions and ranges as people and hosts write them, held against `git rev-parse` and `git rev-list`.

use std::collections::BTreeSet;
use std::fs;

use keytrawl::source::git::revision::{self, RevisionError};
use keytrawl::source::git::{Environment, GitDirectory};

use crate::git_history::{commit, git, occurrences, repository};
use crate::runner::{Case, Ran};

const LINE: &str = "token = <<ghp_{alnum:30}{crc32-github}>>\n";

/// What keytrawl makes of a revision in the `work` of a case.
fn resolved(case: &Case, text: &str) -> Result<String, RevisionError> {
    let directory = GitDirectory::discover(&case.path("work"), &Environment::default()).expect("a repository");
    revision::commit(text, &directory, &directory.objects()).map(|id| id.to_string())
}

/// What git makes of it, if it is a commit.
fn of_git(case: &Case, text: &str) -> Option<String> {
    let output = case.git(&case.path("work"), &["rev-parse", "--verify", "--quiet", &format!("{text}^{{commit}}")]);
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// A history with a merge, an annotated and a plain tag, a stash, branches that were checked out one after the other, and a
/// remote that one of them follows.
fn with_history(format: &[&str]) -> Case {
    let case = Case::new().raw("work/README.md", "nothing here\n");
    let init = [&["init", "-q", "--initial-branch=main", "--template="][..], format].concat();
    git(&case, "work", &init);
    commit(&case, 1, "begin");
    git(&case, "work", &["tag", "-a", "v1.0", "-m", "one"]);
    git(&case, "work", &["switch", "-q", "-c", "side"]);
    let case = case.raw("work/side.txt", "side\n");
    commit(&case, 2, "fix the side");
    let case = case.raw("work/side.txt", "more\n");
    commit(&case, 3, "more of it");
    git(&case, "work", &["tag", "light"]);
    git(&case, "work", &["switch", "-q", "main"]);
    let case = case.raw("work/main.txt", "main\n");
    commit(&case, 4, "go on");
    git(&case, "work", &["merge", "-q", "--no-ff", "-m", "merge", "side"]);
    for text in ["one", "two"] {
        fs::write(case.path("work/README.md"), text).expect("writable");
        git(&case, "work", &["stash", "-q"]);
    }
    git(&case, "work", &["switch", "-q", "-c", "topic/three"]);
    let case = case.raw("work/three.txt", "three\n");
    commit(&case, 6, "three");
    git(&case, "work", &["switch", "-q", "--detach", "side"]);
    git(&case, "work", &["switch", "-q", "main"]);
    git(&case, "work", &["update-ref", "refs/remotes/origin/main", "main~1"]);
    git(&case, "work", &["symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main"]);
    for (key, value) in [
        ("remote.origin.url", "https://git.acme.io/app"),
        ("remote.origin.fetch", "+refs/heads/*:refs/remotes/origin/*"),
        ("branch.main.remote", "origin"),
        ("branch.main.merge", "refs/heads/main"),
    ] {
        git(&case, "work", &["config", key, value]);
    }
    case
}

/// All that is asked of both.
fn asked(case: &Case) -> Vec<String> {
    let head = git(case, "work", &["rev-parse", "HEAD"]);
    let tag = git(case, "work", &["rev-parse", "v1.0"]);
    let tree = git(case, "work", &["rev-parse", "HEAD^{tree}"]);
    let blob = git(case, "work", &["rev-parse", "HEAD:README.md"]);
    let mut all: Vec<String> = [
        "HEAD",
        "@",
        "main",
        "heads/main",
        "refs/heads/main",
        "side",
        "topic/three",
        "v1.0",
        "tags/v1.0",
        "light",
        "origin",
        "origin/main",
        "origin/HEAD",
        "stash",
        "stash@{0}",
        "stash@{1}",
        "stash@{2}",
        "stash^2",
        "stash@{1}^1",
        "HEAD~1",
        "HEAD~",
        "HEAD~~",
        "HEAD~0",
        "HEAD^",
        "HEAD^0",
        "HEAD^1",
        "HEAD^2",
        "HEAD^3",
        "HEAD^2~1",
        "HEAD~2^2",
        "HEAD^^",
        "HEAD^^2",
        "HEAD~9",
        "main^2^",
        "v1.0^{}",
        "v1.0^{commit}",
        "v1.0^0",
        "v1.0^{tag}",
        "light^{tag}",
        "light^{}",
        "v1.0~0",
        "HEAD^{object}",
        "v1.0^{object}",
        "HEAD^{tree}",
        "HEAD^{blob}",
        "HEAD:README.md",
        ":README.md",
        "HEAD^{tree}^{}",
        "HEAD@{0}",
        "HEAD@{1}",
        "HEAD@{2}",
        "HEAD@{99}",
        "@{0}",
        "@{1}",
        "main@{0}",
        "main@{1}",
        "main@{1}~1",
        "side@{1}",
        "@{-1}",
        "@{-2}",
        "@{-3}",
        "@{-4}",
        "@{-5}",
        "@{-9}",
        "@{-0}",
        "main@{-1}",
        "@{-2}~1",
        "@{u}",
        "@{upstream}",
        "main@{u}",
        "main@{UPSTREAM}~1",
        "side@{u}",
        "@{-1}@{u}",
        "@{-3}@{0}",
        "nowhere",
        "HEAD^{nothing}",
        "HEAD^{",
        "HEAD~x",
        "",
        "-",
        ".",
        "..",
        "main..side",
        "head",
        "Main",
        "refs/heads",
        "refs/heads/",
        "v1.0-0-gXYZ",
    ]
    .map(str::to_owned)
    .to_vec();
    for id in [&head, &tag, &tree, &blob] {
        all.extend([4, 7, 12, id.len()].map(|len| id[..len].to_owned()));
    }
    all.extend([head[..12].to_uppercase(), format!("v1.0-4-g{}", &head[..10]), format!("{}~1", &head[..9])]);
    all.extend(["0".repeat(head.len()), "1".repeat(head.len()), "f".repeat(7)]);
    all
}

#[track_caller]
fn agree(case: &Case) {
    for text in asked(case) {
        let ours = resolved(case, &text);
        // Git searches refs in other letters too where the file system does not tell them apart.
        assert_eq!(ours.clone().ok(), of_git(case, &text), "{text:?}: {ours:?}");
    }
}

#[test]
fn a_revision_names_the_commit_that_git_says_or_none() {
    agree(&with_history(&[]));
    agree(&with_history(&["--object-format=sha256"]));
    let case = with_history(&[]);
    git(&case, "work", &["gc", "-q"]);
    agree(&case);
}

#[test]
fn the_branch_before_is_found_in_a_reftable_too() {
    let format = ["--ref-format=reftable"];
    let probe = Case::new().raw("work/a", "a\n");
    if probe.git(&probe.path("work"), &["init", "-q", format[0]]).status.success() {
        agree(&with_history(&format));
    }
}

#[test]
fn a_short_name_of_several_objects_is_a_commit_if_only_one_of_them_is() {
    let case = repository();
    // Enough objects that names of four digits meet.
    let stream: String = (0..1500)
        .map(|at| {
            format!(
                "commit refs/heads/many\ncommitter T <t@example.com> {at} +0000\ndata 1\nx\nM 100644 inline f\ndata {}\n{at}\n",
                at.to_string().len()
            )
        })
        .collect();
    fs::write(case.path("stream"), stream).expect("writable");
    let made = case.shell(&case.path("work"), "git fast-import --quiet <../stream", "");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let list = git(&case, "work", &["cat-file", "--batch-all-objects", "--batch-check=%(objectname)"]);
    let mut heads: Vec<&str> = list.lines().map(|id| &id[..4]).collect();
    heads.sort_unstable();
    let twice: BTreeSet<&str> = heads.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]).collect();
    let mut ambiguous = 0;
    for head in &twice {
        let ours = resolved(&case, head);
        ambiguous += usize::from(matches!(ours, Err(RevisionError::Ambiguous(_))));
        assert_eq!(ours.clone().ok(), of_git(&case, head), "{head}: {ours:?}");
    }
    assert!(ambiguous > 0 && ambiguous < twice.len(), "{} meet, {ambiguous} of them ambiguous", twice.len());
}

#[track_caller]
fn range(case: &Case, range: &str, code: i32) -> Ran {
    case.scan([&format!("--range={range}"), "--no-config", "-f", "json"]).within("work").exits(code)
}

#[test]
fn ranges_hold_the_commits_that_git_lists() {
    let case = with_history(&[]);
    for of in
        ["v1.0..main", "main..side", "side..main", "HEAD~2..", "..topic/three", "@{-1}..main", "stash..main", "@{u}.."]
    {
        let count = git(&case, "work", &["rev-list", "--count", of, "--"]);
        assert_eq!(range(&case, of, 0).json()["coverage"]["commits"].to_string(), count, "{of}");
    }
    // Three dots begin where the two parted, as a pull request does.
    for (from, to) in [("main", "side"), ("topic/three", "side"), ("side", "topic/three"), ("main~1", "side")] {
        let base = git(&case, "work", &["merge-base", from, to]);
        let count = git(&case, "work", &["rev-list", "--count", &format!("{base}..{to}"), &format!("^{from}")]);
        assert_eq!(
            range(&case, &format!("{from}...{to}"), 0).json()["coverage"]["commits"].to_string(),
            count,
            "{from}...{to}"
        );
    }
}

#[test]
fn what_is_no_range_of_commits_is_an_error_that_says_what_to_write() {
    let case = with_history(&[]);
    for (of, said) in [
        ("main", "write `A..B`"),
        ("^main side", "write `A..B`"),
        ("main..side..topic/three", "write `A..B`"),
        ("HEAD^{tree}..main", "names no commit"),
        ("HEAD:README.md..main", "names no commit"),
        (":/fix..main", "write what `git rev-parse` makes of it"),
        ("HEAD^{/fix}..main", "write what `git rev-parse` makes of it"),
        ("main^!..side", "write what `git rev-parse` makes of it"),
        ("main@{yesterday}..main", "write what `git rev-parse` makes of it"),
        ("-..main", "write `@{-1}`"),
        ("@{-9}..main", "fewer branches"),
    ] {
        range(&case, of, 2).says(said).says("hint: ");
    }
    case.scan(["--since=-"]).within("work").exits(2).says("@{-1}");
}

#[test]
fn zeros_at_the_beginning_are_a_branch_that_is_new() {
    for format in ["sha1", "sha256"] {
        let case = Case::new().file("work/a.env", LINE);
        git(
            &case,
            "work",
            &["init", "-q", "--initial-branch=main", "--template=", &format!("--object-format={format}")],
        );
        let first = commit(&case, 1, "add it");
        fs::write(case.path("work/a.env"), "gone\n").expect("writable");
        commit(&case, 2, "remove it");
        let zeros = "0".repeat(first.len());
        for of in [format!("{zeros}..HEAD"), format!("{zeros}...HEAD"), format!("{zeros}..")] {
            let report = range(&case, &of, 1).json();
            assert_eq!(
                (&report["coverage"]["commits"], &report["coverage"]["complete"]),
                (&2.into(), &true.into()),
                "{of}"
            );
            assert_eq!(occurrences(&report)[0]["firstCommit"], first);
        }
        let since = case.scan(["--since", &zeros, "--no-config", "-f", "json"]).within("work").exits(1);
        assert_eq!(since.json()["coverage"]["commits"], 2);
    }
}

#[test]
fn zeros_at_the_end_are_a_branch_that_is_deleted_and_bring_nothing() {
    let case = repository();
    let zeros = "0".repeat(40);
    let ran = range(&case, &format!("HEAD..{zeros}"), 0).says("deleted").says("nothing to scan");
    assert_eq!(ran.json()["coverage"]["complete"], true);
    range(&case, &format!("nowhere..{zeros}"), 2).says("cannot be resolved");
    // Fewer of them are the beginning of some object's name.
    range(&case, "0000000..HEAD", 2).says("cannot be resolved");
    range(&case, &format!("{}..HEAD", "0".repeat(64)), 2).says("cannot be resolved");
}

#[test]
fn a_new_branch_in_a_shallow_clone_is_incomplete() {
    let case = repository().raw("work/a.txt", "a\n");
    commit(&case, 1, "go on");
    let url = format!("file://{}", case.path("work").display());
    git(&case, ".", &["clone", "-q", "--depth", "1", &url, "shallow"]);
    let of = format!("--range={}..HEAD", "0".repeat(40));
    case.scan([&of, "--no-config"]).within("shallow").exits(3).says("shallow clone").says("--unshallow");
}
