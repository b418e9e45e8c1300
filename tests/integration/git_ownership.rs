//! A repository of another user: scanned, and told of where git itself would refuse it.

#![cfg(unix)]

use crate::runner::{Case, NOW, Ran};

const WAYS: [&[&str]; 3] = [&["--history"], &["--range", "HEAD..HEAD"], &["--staged"]];
const NOTICE: &str = "the repository belongs to another user";

/// A run as somebody to whom the repository does not belong, where that can be had (the test runs as root).
fn look(case: &Case, way: &[&str]) -> Ran {
    let arguments = ["scan", "--now", NOW, "--no-config", "-f", "json"];
    case.unprivileged(arguments.iter().chain(way).chain(&["."])).within("work").exits(0)
}

/// A repository of who runs the test, and what the other's own git config says.
fn repository(config: &str) -> Case {
    let case = Case::new().raw("work/a.txt", "clean\n").commit("work");
    let config = config.replace("ROOT", &case.path("").display().to_string());
    case.raw("no-home/.gitconfig", config)
}

#[test]
fn a_repository_that_git_refuses_for_its_owner_is_scanned_with_a_notice_and_one_that_git_trusts_without() {
    for (config, trusted) in [
        ("", false),
        ("[safe]\n\tdirectory = *\n", true),
        ("[safe]\n\tdirectory = ROOTwork\n", true),
        ("[safe]\n\tdirectory = ROOT*\n", true),
        ("[safe]\n\tdirectory = ROOTother\n", false),
        ("[safe]\n\tdirectory = *\n\tdirectory =\n", false),
        ("[include]\n\tpath = more\n", true),
    ] {
        let case = repository(config).raw("no-home/more", "[safe]\n\tdirectory = *\n");
        let git = case.unprivileged_git(&case.path("work"), &["log", "--oneline"]);
        let refuses = !git.status.success() && String::from_utf8_lossy(&git.stderr).contains("dubious ownership");
        assert!(!(trusted && refuses), "git itself: {config:?}");
        for way in WAYS {
            let ran = look(&case, way);
            let notices = ran.json()["notices"].as_array().expect("notices").clone();
            let kinds: Vec<_> = notices.iter().filter(|notice| notice["kind"] == "other-owner").collect();
            assert_eq!(kinds.len(), usize::from(refuses), "{way:?} {config:?}\n{}", ran.stderr);
            assert_eq!(ran.stderr.contains(NOTICE), refuses, "{way:?} {config:?}\n{}", ran.stderr);
        }
    }
}

#[test]
fn what_the_repository_itself_says_of_its_trust_does_not_count() {
    let case = repository("");
    case.git(&case.path("work"), &["config", "safe.directory", "*"]);
    let git = case.unprivileged_git(&case.path("work"), &["log", "--oneline"]);
    for way in WAYS {
        let ran = look(&case, way);
        assert_eq!(ran.stderr.contains(NOTICE), !git.status.success(), "{way:?}\n{}", ran.stderr);
    }
}

#[test]
fn the_notice_says_what_safe_directory_means_here() {
    let case = repository("");
    let foreign = !case.unprivileged_git(&case.path("work"), &["log", "--oneline"]).status.success();
    let ran = look(&case, &["--history"]);
    let said = ran.stderr.lines().filter(|line| line.contains("safe.directory")).collect::<Vec<_>>().join("\n");
    let expected = if foreign {
        "warning: .: the repository belongs to another user: git would refuse it (`safe.directory`), keytrawl scanned it, as it \
         runs nothing that a repository configures\nhint: nothing needs to be done; `git config --global --add \
         safe.directory PATH` says that you trust it, and git and keytrawl say no more of it"
    } else {
        ""
    };
    assert_eq!(said, expected);
}

#[test]
fn nothing_is_said_of_a_repository_that_git_dir_names_as_git_asks_nothing_then_either() {
    let case = repository("");
    for way in WAYS {
        let arguments = ["scan", "--now", NOW, "--no-config"];
        let run = case.unprivileged(arguments.iter().chain(way).chain(&["."])).within("work");
        let ran = run.env("GIT_DIR", case.path("work/.git")).exits(0);
        assert!(!ran.stderr.contains(NOTICE), "{way:?}\n{}", ran.stderr);
    }
}
