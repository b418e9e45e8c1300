//! `keytrawl hook`, the hooks of pre-commit and the scripts for CI. The real pre-commit and actionlint run from scripts in
//! `tests/hooks`, which say so where those cannot be installed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::runner::Case;

const LINE: &str = "token = <<ghp_{alnum:30}{crc32-github}>>\n";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The directory of the binary, for a hook that looks for it by name.
fn search_path() -> String {
    let binary = PathBuf::from(env!("CARGO_BIN_EXE_keytrawl"));
    let directory = binary.parent().expect("a directory").display().to_string();
    format!("{directory}:{}", std::env::var("PATH").unwrap_or_default())
}

fn repository() -> Case {
    Case::new().raw("work/README.md", "nothing here\n").commit("work")
}

#[track_caller]
fn git(case: &Case, directory: &str, arguments: &[&str]) {
    let output = case.git(&case.path(directory), arguments);
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// `git commit` as a user does it: with hooks, and with keytrawl on the search path.
#[cfg(unix)]
fn commit(case: &Case, directory: &str) -> Output {
    let mut command = Command::new("git");
    command
        .args(["-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"])
        .args(["commit", "--quiet", "--message", "Change"])
        .current_dir(case.path(directory))
        .env("PATH", search_path())
        .env("HOME", case.path("no-home"))
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env_remove("XDG_CONFIG_HOME");
    for variable in ["GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "KEYTRAWL_KEY", "KEYTRAWL_CONFIG"] {
        command.env_remove(variable);
    }
    command.output().expect("git runs")
}

#[cfg(unix)]
#[test]
fn an_installed_hook_refuses_a_commit_with_a_credential_and_lets_others_pass() {
    let case = repository();
    case.run(["hook", "install"]).within("work").exits(0).says("pre-commit: written");
    let case = case.raw("work/a.txt", "clean\n");
    git(&case, "work", &["add", "--all"]);
    assert!(commit(&case, "work").status.success());
    let case = case.file("work/a.txt", LINE);
    git(&case, "work", &["add", "--all"]);
    let refused = commit(&case, "work");
    let said = String::from_utf8_lossy(&refused.stderr).into_owned() + &String::from_utf8_lossy(&refused.stdout);
    assert!(!refused.status.success() && said.contains("a.txt"), "{said}");
    // In a linked worktree the same hook runs, with the index of that worktree.
    git(&case, "work", &["worktree", "add", "--quiet", "../linked"]);
    let case = case.raw("linked/b.txt", "clean\n");
    git(&case, "linked", &["add", "--all"]);
    let passed = commit(&case, "linked");
    assert!(passed.status.success(), "{}", String::from_utf8_lossy(&passed.stderr));
}

#[test]
fn a_hook_that_is_there_is_never_overwritten() {
    let case = repository().raw("work/.git/hooks/pre-commit", "#!/bin/sh\necho mine\n");
    case.run(["hook", "install"]).within("work").exits(2).says("left as it is").says("keytrawl hook run");
    let text = fs::read_to_string(case.path("work/.git/hooks/pre-commit")).expect("readable");
    assert_eq!(text, "#!/bin/sh\necho mine\n");
}

#[test]
fn installing_twice_changes_nothing_and_other_options_do_not_replace_a_hook() {
    let case = repository();
    case.run(["hook", "install"]).within("work").exits(0);
    let path = case.path("work/.git/hooks/pre-commit");
    let before = fs::read_to_string(&path).expect("written");
    case.run(["hook", "install"]).within("work").exits(0).says("there already");
    case.run(["hook", "install", "--", "--fail-on", "high"]).within("work").exits(2).says("left as it is");
    assert_eq!(fs::read_to_string(&path).expect("readable"), before);
}

#[cfg(unix)]
#[test]
fn a_hook_goes_where_git_looks_for_it() {
    use std::os::unix::fs::PermissionsExt;
    let case = repository();
    git(&case, "work", &["config", "core.hooksPath", "tools/hooks"]);
    let case = case.raw("work/sub/file", "x\n");
    case.run(["hook", "install"]).within("work/sub").exits(0);
    assert!(!case.path("work/.git/hooks/pre-commit").exists());
    let mode = fs::metadata(case.path("work/tools/hooks/pre-commit")).expect("written").permissions().mode();
    assert_eq!(mode & 0o777 & 0o111, 0o111);
    let case = case.file("work/a.txt", LINE);
    git(&case, "work", &["add", "--all"]);
    assert!(!commit(&case, "work").status.success(), "git runs it from there");
    // A dangling link is a hook too: whatever made it will want it back.
    let case = repository();
    fs::create_dir_all(case.path("work/.git/hooks")).expect("directory");
    std::os::unix::fs::symlink("nowhere", case.path("work/.git/hooks/pre-commit")).expect("a link");
    case.run(["hook", "install"]).within("work").exits(2).says("left as it is");
}

#[test]
fn a_repository_with_other_hashes_gets_a_hook_and_no_repository_gets_none() {
    let case = Case::new();
    git(&case, ".", &["init", "--quiet", "--object-format=sha256", "--template=", "work"]);
    case.run(["hook", "install"]).within("work").exits(0);
    assert!(case.path("work/.git/hooks/pre-commit").is_file());
    let case = Case::new().raw("plain/a", "a\n");
    case.run(["hook", "install"]).within("plain").exits(2).says("hint: run in a git repository");
}

#[test]
fn named_files_at_which_nothing_is_staged_are_looked_at_whole() {
    let case = repository().file("work/old.txt", LINE).commit("work").raw("work/new.txt", "clean\n");
    git(&case, "work", &["add", "--all"]);
    let run =
        |arguments: &[&str]| case.run(["hook", "run", "--no-config", "--force-exclude"]).args(arguments).within("work");
    run(&[]).exits(0);
    run(&["new.txt"]).exits(0);
    run(&["old.txt", "new.txt"]).exits(1);
    run(&["old.txt", "--exclude", "old.*"]).exits(0);
    case.run(["scan", "--staged", "--no-config", "old.txt"]).within("work").exits(0).says("nothing is staged");
    // A file whose mode only is staged is not one that is looked at whole.
    git(&case, "work", &["update-index", "--chmod=+x", "old.txt"]);
    run(&["old.txt"]).exits(0);
}

#[test]
fn in_a_merge_named_files_are_not_looked_at_whole() {
    let case = repository().file("work/old.txt", LINE).raw("work/both", "base\n").commit("work");
    git(&case, "work", &["checkout", "--quiet", "-b", "side"]);
    let case = case.raw("work/both", "theirs\n").commit("work");
    git(&case, "work", &["checkout", "--quiet", "main"]);
    let case = case.raw("work/both", "ours\n").commit("work");
    assert!(!case.git(&case.path("work"), &["merge", "side"]).status.success());
    case.run(["hook", "run", "--no-config", "old.txt", "both"]).within("work").exits(0);
}

#[test]
fn the_hooks_of_pre_commit_are_those_that_the_program_has() {
    let text = fs::read_to_string(root().join(".pre-commit-hooks.yaml")).expect("readable");
    let entries: Vec<&str> = text.lines().filter_map(|line| line.trim().strip_prefix("entry: ")).collect();
    assert_eq!(entries.len(), text.matches("- id: ").count());
    let case = repository();
    for entry in entries {
        let arguments = entry.strip_prefix("keytrawl ").expect("runs keytrawl").split(' ');
        case.run(arguments).args(["--no-config", "README.md"]).within("work").exits(0);
    }
}

/// Runs the script of the GitHub action on a case; gives its output, the summary and what it tells later steps.
#[cfg(unix)]
fn action(case: &Case, variables: &[(&str, &str)]) -> (Output, String, String) {
    let (summary, output) = (case.path("summary"), case.path("output"));
    for path in [&summary, &output] {
        fs::write(path, "").expect("writable");
    }
    let mut command = Command::new("bash");
    command.arg(root().join("docs/integrations/github-scan.sh")).current_dir(case.path("work"));
    command.env("PATH", search_path()).env("HOME", case.path("no-home"));
    command.env("GITHUB_STEP_SUMMARY", &summary).env("GITHUB_OUTPUT", &output).env("SARIF", case.path("out.sarif"));
    command.envs(variables.iter().copied());
    let ran = command.output().expect("bash runs");
    let read = |path: &PathBuf| fs::read_to_string(path).expect("readable");
    (ran, read(&summary), read(&output))
}

#[cfg(unix)]
#[test]
fn the_action_writes_sarif_and_a_summary_in_which_no_name_is_markup() {
    let case = repository().file("work/<b>&x.txt", LINE);
    let (ran, summary, output) = action(&case, &[("EVENT", "push"), ("PUSH_BEFORE", &"0".repeat(40))]);
    assert!(ran.status.success(), "the gate is a step of its own: {}", String::from_utf8_lossy(&ran.stderr));
    assert_eq!(output, "exit-code=1\n");
    assert!(summary.contains("### keytrawl: findings") && summary.contains("&lt;b&gt;&amp;x.txt"), "{summary}");
    assert!(!summary.contains("<b>") && summary.contains("complete"), "{summary}");
    assert!(case.path("out.sarif").is_file());
    assert!(!summary.contains(&case.secret("ghp_{alnum:30}{crc32-github}")));
}

#[cfg(unix)]
#[test]
fn the_action_passes_on_what_a_user_gives_it() {
    let case = repository().file("work/a.txt", LINE).commit("work");
    case.run(["baseline", "write", "--no-config", "-o", "../known"]).within("work").exits(0);
    let (_, summary, output) = action(&case, &[("RANGE", "none"), ("BASELINE", "../known"), ("KEYTRAWL_KEY", "")]);
    assert_eq!(output, "exit-code=0\n", "{summary}");
    let (_, summary, output) = action(&case, &[("RANGE", "none"), ("PATHS", "README.md\n")]);
    assert_eq!(output, "exit-code=0\n", "{summary}");
    let (_, _, output) = action(&case, &[("RANGE", "none"), ("POLICY", "no-such-file")]);
    assert_eq!(output, "exit-code=2\n");
}

/// The lines of shell in a template for CI: those behind `mark`, as far as they are indented.
#[cfg(unix)]
fn script(template: &str, mark: &str) -> String {
    let text = fs::read_to_string(root().join("docs/integrations").join(template)).expect("a template");
    let (_, rest) = text.split_once(mark).expect("a script");
    let indent = rest.len() - rest.trim_start_matches(' ').len();
    let lines = rest.lines().take_while(|line| line.len() - line.trim_start().len() >= indent);
    lines.map(|line| format!("{}\n", &line[indent..])).collect()
}

#[cfg(unix)]
#[test]
fn the_scripts_of_the_templates_scan_what_a_change_brings_or_all_there_is() {
    let case = repository().file("work/old.txt", LINE).commit("work");
    let of = |case: &Case, name: &str| {
        let output = case.git(&case.path("work"), &["rev-parse", name]);
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    };
    let base = of(&case, "HEAD");
    git(&case, "work", &["update-ref", "refs/remotes/origin/main", &base]);
    let case = case.raw("work/clean.txt", "clean\n").commit("work");
    let clean = of(&case, "HEAD");
    let case = case.file("work/new.txt", "key = <<github_pat_{alnum:22}_{alnum:59}>>\n").commit("work");
    let run = |shell: &str, script: &str, variables: &[(&str, &str)]| {
        let mut command = Command::new(shell);
        command.args(["-e", "-c", script]).current_dir(case.path("work")).env("PATH", search_path());
        command.env("HOME", case.path("no-home")).env("BUILD_ARTIFACTSTAGINGDIRECTORY", ".");
        let ran = command.envs(variables.iter().copied()).output().expect("a shell runs");
        let sarif = fs::read_to_string(case.path("work/keytrawl.sarif")).expect("SARIF");
        (ran.status.code(), sarif.contains("old.txt"), sarif.contains("new.txt"))
    };
    let gitlab = script("gitlab.yml", "    - |\n");
    let head = of(&case, "HEAD");
    let merge = |to: &str| run("sh", &gitlab, &[("CI_MERGE_REQUEST_DIFF_BASE_SHA", &base), ("CI_COMMIT_SHA", to)]);
    assert_eq!(merge(&head), (Some(1), false, true));
    assert_eq!(merge(&clean), (Some(0), false, false));
    assert_eq!(run("sh", &gitlab, &[("CI_COMMIT_SHA", &head)]), (Some(1), true, true));
    let azure = script("azure-pipelines.yml", "  - bash: |\n");
    let pull = [("SYSTEM_PULLREQUEST_TARGETBRANCH", "refs/heads/main")];
    assert_eq!(run("bash", &azure, &pull), (Some(1), false, true));
    assert_eq!(run("bash", &azure, &[]), (Some(1), true, true));
}
