//! `scan --staged`: what a commit would bring in, and nothing that was there before.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::runner::{Case, Ran, checks};

const TOKEN: &str = "ghp_{alnum:30}{crc32-github}";
const OTHER: &str = "github_pat_{alnum:22}_{alnum:59}";
const LINE: &str = "token = <<ghp_{alnum:30}{crc32-github}>>\n";
const OTHER_LINE: &str = "key = <<github_pat_{alnum:22}_{alnum:59}>>\n";
const CONFIG: &str =
    r#"{ "mcpServers": { "github": { "env": { "GITHUB_TOKEN": "<<ghp_{alnum:30}{crc32-github}>>" } } } }"#;
/// Enough that a line more or less makes no other file of it.
const BODY: &str = "one line\nand a second\nand a third\nand then\nmany more of them\nuntil it\nis enough\nof a file\n";

#[track_caller]
fn git(case: &Case, directory: &str, arguments: &[&str]) {
    let output = case.git(&case.path(directory), arguments);
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// A repository `work` with one clean commit.
fn repository() -> Case {
    Case::new().raw("work/README.md", "nothing here\n").commit("work")
}

#[track_caller]
fn staged(case: &Case, arguments: &[&str], code: i32) -> Ran {
    let run = case.run(["scan", "--staged", "--no-config", "--now", crate::runner::NOW, "-f", "json"]);
    run.args(arguments).within("work").exits(code)
}

/// Paths at which something new is staged, each as often as it has an occurrence.
fn paths(report: &Value) -> Vec<String> {
    let credentials = report["credentials"].as_array().expect("credentials").iter();
    let found = credentials.flat_map(|one| one["occurrences"].as_array().expect("occurrences"));
    let mut paths: Vec<String> = found.map(|found| found["path"].as_str().expect("a path").to_owned()).collect();
    paths.sort();
    paths
}

#[track_caller]
fn finds(case: &Case, expected: &[&str]) {
    let ran = staged(case, &[], i32::from(!expected.is_empty()));
    assert_eq!(paths(&ran.json()), expected);
}

#[test]
fn a_staged_credential_is_found_with_client_slot_and_place() {
    let case = repository().file("work/.mcp.json", CONFIG);
    git(&case, "work", &["add", "--all"]);
    let ran = staged(&case, &[], 1);
    assert!(
        ran.coverage().starts_with("scanned 1 file, 0 blobs") && ran.coverage().ends_with("complete"),
        "{}",
        ran.coverage()
    );
    let report = ran.json();
    let found = &report["credentials"][0]["occurrences"][0];
    let words = ["path", "place", "client", "server", "slot", "pointer"].map(|key| found[key].as_str().unwrap_or("-"));
    assert_eq!(words, [".mcp.json", "repo", "claude-code", "github", "env", "/mcpServers/github/env/GITHUB_TOKEN"]);
    assert_eq!((report["mode"].as_str(), checks(&report)), (Some("staged"), vec!["exposed-in-repository".to_owned()]));
    assert_eq!(report["settings"]["primary_only"], true, "one finding a place unless all are asked for");
    let ran = ran.never_shows(&case.secret(TOKEN));
    assert!(ran.stderr.contains("complete"));
}

#[test]
fn the_index_counts_and_not_the_working_tree() {
    let case = repository().file("work/a.txt", LINE);
    finds(&case, &[]);
    git(&case, "work", &["add", "a.txt"]);
    let case = case.raw("work/a.txt", "taken out again\n");
    finds(&case, &["a.txt"]);
    fs::remove_file(case.path("work/a.txt")).expect("removed");
    finds(&case, &["a.txt"]);
}

#[test]
fn nothing_staged_is_complete_and_clean_and_said() {
    let case = repository();
    let ran = staged(&case, &[], 0).says("nothing is staged");
    assert!(ran.coverage().ends_with("complete"), "{}", ran.coverage());
    git(&case, "work", &["rm", "--quiet", "README.md"]);
    staged(&case, &[], 0).says("nothing is staged");
}

#[test]
fn moving_or_reformatting_a_line_reports_nothing_and_a_second_file_does() {
    let case = repository().file("work/a.txt", &format!("{LINE}{BODY}")).commit("work");
    let case = case.file("work/a.txt", &format!("{BODY}\n\tTOKEN={}", &LINE[8..]));
    git(&case, "work", &["add", "--all"]);
    finds(&case, &[]);
    let case = case.file("work/b.txt", LINE);
    git(&case, "work", &["add", "--all"]);
    finds(&case, &["b.txt"]);
}

#[test]
fn only_the_new_one_of_two_in_a_file_is_reported() {
    let case = repository().file("work/a.txt", LINE).commit("work").file("work/a.txt", &format!("{OTHER_LINE}{LINE}"));
    git(&case, "work", &["add", "--all"]);
    let report = staged(&case, &[], 1).json();
    assert_eq!(paths(&report), ["a.txt"]);
    assert_eq!(report["credentials"][0]["occurrences"][0]["region"]["startLine"], 1);
    let case = repository().file("work/a.txt", LINE).commit("work").seed(8).file("work/a.txt", LINE);
    git(&case, "work", &["add", "--all"]);
    finds(&case, &["a.txt"]);
}

#[test]
fn a_rename_brings_in_nothing_and_a_copy_does() {
    let case = repository().file("work/old/a.txt", &format!("{BODY}{LINE}")).commit("work");
    git(&case, "work", &["mv", "old", "new"]);
    finds(&case, &[]);
    let case = case.file("work/new/a.txt", &format!("{BODY}changed\n{LINE}"));
    git(&case, "work", &["add", "--all"]);
    finds(&case, &[]);
    let case = case.file("work/new/a.txt", &format!("{BODY}changed\n{LINE}{OTHER_LINE}"));
    git(&case, "work", &["add", "--all"]);
    finds(&case, &["new/a.txt"]);
    git(&case, "work", &["reset", "--quiet", "--hard"]);
    let case = case.file("work/copy.txt", &format!("{BODY}{LINE}"));
    git(&case, "work", &["add", "--all"]);
    finds(&case, &["copy.txt"]);
}

#[test]
fn a_file_that_is_another_one_altogether_did_not_move() {
    let case = repository().file("work/old.txt", &format!("{BODY}{BODY}{LINE}")).commit("work");
    git(&case, "work", &["rm", "--quiet", "old.txt"]);
    let case = case.file("work/new.txt", &format!("all\nof this\nis other\ntext than before\n{LINE}"));
    git(&case, "work", &["add", "--all"]);
    finds(&case, &["new.txt"]);
}

#[test]
fn a_changed_mode_is_no_new_content() {
    let case = repository().file("work/a.sh", LINE).commit("work");
    git(&case, "work", &["update-index", "--chmod=+x", "a.sh"]);
    finds(&case, &[]);
}

#[cfg(unix)]
#[test]
fn a_link_that_becomes_a_file_is_looked_into() {
    let case = repository();
    std::os::unix::fs::symlink("README.md", case.path("work/a.txt")).expect("a link");
    let case = case.commit("work");
    fs::remove_file(case.path("work/a.txt")).expect("removed");
    let case = case.file("work/a.txt", LINE);
    git(&case, "work", &["add", "--all"]);
    finds(&case, &["a.txt"]);
    git(&case, "work", &["commit", "--quiet", "--message", "Token"]);
    fs::remove_file(case.path("work/a.txt")).expect("removed");
    std::os::unix::fs::symlink("README.md", case.path("work/a.txt")).expect("a link");
    git(&case, "work", &["add", "--all"]);
    finds(&case, &[]);
}

#[test]
fn the_first_commit_has_nothing_before_it() {
    let case = Case::new().file("work/a.txt", LINE);
    git(&case, "work", &["init", "--quiet", "--initial-branch=main", "--template="]);
    finds(&case, &[]);
    git(&case, "work", &["add", "--all"]);
    finds(&case, &["a.txt"]);
    git(&case, "work", &["commit", "--quiet", "--message", "First"]);
    git(&case, "work", &["checkout", "--quiet", "--orphan", "other"]);
    finds(&case, &["a.txt"]);
}

#[test]
fn in_a_merge_what_either_side_holds_is_not_new() {
    let case = repository().raw("work/both.txt", "base\n").commit("work");
    git(&case, "work", &["checkout", "--quiet", "-b", "theirs"]);
    let case = case.file("work/theirs.txt", LINE).file("work/both.txt", OTHER_LINE).commit("work");
    git(&case, "work", &["checkout", "--quiet", "main"]);
    let case = case.raw("work/both.txt", "ours\n").commit("work");
    assert!(!case.git(&case.path("work"), &["merge", "--quiet", "theirs"]).status.success(), "a conflict");
    finds(&case, &[]);
    let case = case.file("work/both.txt", &format!("ours\n{OTHER_LINE}"));
    git(&case, "work", &["add", "--all"]);
    finds(&case, &[]);
    let case = case.file("work/both.txt", &format!("ours\n{OTHER_LINE}{LINE}"));
    git(&case, "work", &["add", "--all"]);
    finds(&case, &["both.txt"]);
    // The same content, but squashed: nothing says any more that another commit held it.
    let case = case.file("work/both.txt", &format!("ours\n{OTHER_LINE}"));
    git(&case, "work", &["add", "--all"]);
    fs::remove_file(case.path("work/.git/MERGE_HEAD")).expect("merging");
    finds(&case, &["both.txt", "theirs.txt"]);
}

#[test]
fn a_file_renamed_here_and_changed_there_is_one_file_in_a_merge() {
    let case = repository().raw("work/a.txt", BODY).commit("work");
    git(&case, "work", &["checkout", "--quiet", "-b", "theirs"]);
    let case = case.file("work/a.txt", &format!("{BODY}{LINE}")).commit("work");
    git(&case, "work", &["checkout", "--quiet", "main"]);
    git(&case, "work", &["mv", "a.txt", "b.txt"]);
    git(&case, "work", &["commit", "--quiet", "--message", "Rename"]);
    git(&case, "work", &["merge", "--quiet", "--no-commit", "theirs"]);
    finds(&case, &[]);
}

#[test]
fn a_file_that_is_only_announced_is_not_staged() {
    let case = repository().file("work/a.txt", LINE);
    git(&case, "work", &["add", "--intent-to-add", "a.txt"]);
    staged(&case, &[], 0).says("nothing is staged");
    git(&case, "work", &["add", "a.txt"]);
    finds(&case, &["a.txt"]);
}

#[test]
fn what_a_sparse_checkout_leaves_out_is_still_in_the_index() {
    for sparse_index in ["--no-sparse-index", "--sparse-index"] {
        let case =
            repository().raw("work/in/a", "a\n").raw("work/out/deep/b", "b\n").file("work/out/c", LINE).commit("work");
        git(&case, "work", &["sparse-checkout", "set", "--cone", sparse_index, "in"]);
        assert!(!case.path("work/out/c").exists());
        finds(&case, &[]);
        let case = case.file("work/in/new", LINE);
        git(&case, "work", &["add", "--all"]);
        finds(&case, &["in/new"]);
        git(&case, "work", &["commit", "--quiet", "--message", "New"]);
        // A collapsed directory that differs from HEAD: HEAD moves back, the index stays.
        let case = case.file("work/out/deep/b", OTHER_LINE);
        git(&case, "work", &["add", "--sparse", "out/deep/b"]);
        git(&case, "work", &["commit", "--quiet", "--message", "Outside"]);
        fs::remove_dir_all(case.path("work/out")).expect("removed");
        git(&case, "work", &["sparse-checkout", "reapply"]);
        git(&case, "work", &["reset", "--quiet", "--soft", "HEAD~1"]);
        finds(&case, &["out/deep/b"]);
    }
}

#[test]
fn a_linked_worktree_has_an_index_of_its_own() {
    let case = repository();
    git(&case, "work", &["worktree", "add", "--quiet", "../linked"]);
    let case = case.file("linked/sub/a.txt", LINE);
    git(&case, "linked", &["add", "--all"]);
    finds(&case, &[]);
    let report = case.run(["scan", "--staged", "--no-config", "-f", "json"]).within("linked").exits(1).json();
    assert_eq!(paths(&report), ["sub/a.txt"]);
}

#[test]
fn a_submodule_that_is_staged_is_named_and_not_looked_into() {
    let case = repository().file("module/a.txt", LINE).commit("module");
    let add = ["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", "../module", "module"];
    git(&case, "work", &add);
    let ran = staged(&case, &[], 0).says("module: another commit of this submodule is staged");
    assert_eq!(paths(&ran.json()), [""; 0]);
    assert!(ran.coverage().starts_with("scanned 1 file"), ".gitmodules: {}", ran.coverage());
}

#[test]
fn an_index_that_is_not_understood_is_never_clean() {
    let case = repository().file("work/a.txt", LINE);
    git(&case, "work", &["add", "--all"]);
    git(&case, "work", &["update-index", "--split-index"]);
    let shared = fs::read_dir(case.path("work/.git")).expect("a repository").flatten().map(|entry| entry.path());
    let shared = shared.filter(|path| path.to_string_lossy().contains("sharedindex.")).collect::<Vec<_>>();
    shared.iter().for_each(|path| fs::remove_file(path).expect("there"));
    staged(&case, &[], 3).says("split").says("--no-split-index");
    let case = case.raw("work/.git/index", "DIRC\0\0\0\x02\0\0\0\x09");
    staged(&case, &[], 3).says("the index ends within");
}

#[test]
fn a_split_index_is_put_together() {
    for (hash, version) in [("sha1", "2"), ("sha1", "4"), ("sha256", "3")] {
        let case = Case::new();
        let case = (0..200).fold(case, |case, at| case.raw(&format!("work/dir{}/kept{at:03}", at % 9), "kept\n"));
        let case = case.file("work/moves.txt", LINE).raw("work/gone.txt", "gone\n").raw("work/same.txt", "same\n");
        let format = format!("--object-format={hash}");
        git(&case, "work", &["init", "--quiet", "--initial-branch=main", "--template=", &format]);
        git(&case, "work", &["update-index", "--index-version", version]);
        git(&case, "work", &["add", "--all"]);
        git(&case, "work", &["commit", "--quiet", "--message", "First"]);
        git(&case, "work", &["config", "splitIndex.maxPercentChange", "100"]);
        git(&case, "work", &["update-index", "--split-index"]);
        // Replaced, gone, added and moved, on top of the shared entries.
        let case = case.file("work/dir3/kept003", OTHER_LINE).file("work/added.txt", OTHER_LINE);
        git(&case, "work", &["rm", "-q", "gone.txt"]);
        git(&case, "work", &["mv", "moves.txt", "moved.txt"]);
        git(&case, "work", &["add", "--all"]);
        let shared = |path: &fs::DirEntry| path.file_name().to_string_lossy().starts_with("sharedindex.");
        assert!(fs::read_dir(case.path("work/.git")).expect("a repository").flatten().any(|path| shared(&path)));
        finds(&case, &["added.txt", "dir3/kept003"]);
        // A walk tells tracked files by it too.
        let case = case.raw("work/.gitignore", "added.txt\nuntracked.txt\n").file("work/untracked.txt", LINE);
        let report = case.run(["scan", "--no-config", "-f", "json", "."]).within("work").exits(1).json();
        assert_eq!(paths(&report), ["added.txt", "dir3/kept003", "moved.txt"]);
    }
}

#[test]
fn every_version_of_the_index_and_every_hash_is_read() {
    for hash in ["sha1", "sha256"] {
        for version in ["2", "3", "4"] {
            let case =
                Case::new().raw("work/kept/a", "a\n").raw("work/kept/b", "b\n").file("work/deep/er/old.txt", LINE);
            let format = format!("--object-format={hash}");
            git(&case, "work", &["init", "--quiet", "--initial-branch=main", "--template=", &format]);
            git(&case, "work", &["add", "--all"]);
            git(&case, "work", &["commit", "--quiet", "--message", "First"]);
            let case = case.file("work/deep/er/new.txt", LINE).file("work/deep/er/old.txt", &format!("\n{LINE}"));
            git(&case, "work", &["update-index", "--index-version", version]);
            git(&case, "work", &["add", "--all"]);
            finds(&case, &["deep/er/new.txt"]);
            git(&case, "work", &["gc", "--quiet"]);
            finds(&case, &["deep/er/new.txt"]);
        }
    }
}

#[test]
fn paths_limit_what_is_looked_at_and_name_it() {
    let case = repository().file("work/a/one.txt", LINE).file("work/b/two.txt", LINE).file("work/three.txt", LINE);
    git(&case, "work", &["add", "--all"]);
    finds(&case, &["a/one.txt", "b/two.txt", "three.txt"]);
    assert_eq!(paths(&staged(&case, &["a"], 1).json()), ["a/one.txt"]);
    assert_eq!(paths(&staged(&case, &["b/two.txt", "three.txt"], 1).json()), ["b/two.txt", "three.txt"]);
    staged(&case, &["README.md"], 0).says("nothing is staged");
    let from = |directory: &str, arguments: &[&str]| {
        let run = case.run(["scan", "--staged", "--no-config", "-f", "json"]).args(arguments).within(directory);
        paths(&run.exits(1).json())
    };
    assert_eq!(from("work/a", &["."]), ["one.txt"]);
    assert_eq!(from("work/a", &[]), ["a/one.txt", "b/two.txt", "three.txt"], "the whole repository");
    assert_eq!(from(".", &["work"]), ["work/a/one.txt", "work/b/two.txt", "work/three.txt"]);
    staged(&case, &["nowhere"], 2).says("`nowhere` does not exist and is not staged");
    staged(&case, &["../README.md"], 2).says("hint: ");
    staged(&case, &["-"], 2).says("cannot be staged");
}

#[test]
fn what_is_excluded_is_passed_over_and_a_named_file_only_if_forced() {
    let case = repository().file("work/vendor/a.txt", LINE);
    git(&case, "work", &["add", "--all"]);
    let exclude = ["--exclude", "vendor/**"];
    let ran = staged(&case, &exclude, 0).says("all that is staged is excluded");
    assert!(ran.coverage().contains("1 excluded") && ran.coverage().ends_with("complete"), "{}", ran.coverage());
    staged(&case, &["vendor/a.txt", "--exclude", "vendor/**"], 1);
    staged(&case, &["vendor/a.txt", "--exclude", "vendor/**", "--force-exclude"], 0);
}

#[test]
fn an_archive_is_opened_and_held_against_what_it_held_before() {
    let pack = |case: &Case, lines: &[&str]| {
        let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for (at, line) in lines.iter().enumerate() {
            zip.start_file(format!("{at}.txt"), zip::write::SimpleFileOptions::default()).expect("a member");
            std::io::Write::write_all(&mut zip, case.secret(line).as_bytes()).expect("written");
        }
        zip.finish().expect("a zip").into_inner()
    };
    let case = repository();
    let bytes = pack(&case, &[TOKEN]);
    let case = case.raw("work/a.zip", bytes);
    git(&case, "work", &["add", "--all"]);
    finds(&case, &["a.zip!/0.txt"]);
    let case = case.commit("work");
    let bytes = pack(&case, &["nothing", TOKEN, OTHER]);
    let case = case.raw("work/a.zip", bytes);
    git(&case, "work", &["add", "--all"]);
    finds(&case, &["a.zip!/2.txt"]);
}

#[test]
fn what_git_tells_a_hook_is_heeded() {
    let case = repository().file("work/a.txt", LINE).file("work/b.txt", OTHER_LINE);
    git(&case, "work", &["add", "b.txt"]);
    let environment = |name: &str, value: &str, directory: &str| {
        let run = case.run(["scan", "--staged", "--no-config", "-f", "json"]).within(directory);
        run.env(name, value).env("GIT_WORK_TREE", case.path("work"))
    };
    let git_dir = case.path("work/.git").display().to_string();
    assert_eq!(paths(&environment("GIT_DIR", &git_dir, "work").exits(1).json()), ["b.txt"]);
    // `git commit a.txt` gives its hook an index without b.txt.
    let mut command = std::process::Command::new("git");
    command.args(["-C", "work", "add", "a.txt"]).current_dir(case.path("."));
    fs::copy(case.path("work/.git/index"), case.path("work/.git/next.lock")).expect("a copy");
    let status = command.env("GIT_INDEX_FILE", case.path("work/.git/next.lock")).status().expect("git runs");
    assert!(status.success());
    let run = |value: &str| {
        case.run(["scan", "--staged", "--no-config", "-f", "json"]).within("work").env("GIT_INDEX_FILE", value)
    };
    assert_eq!(paths(&run(".git/next.lock").exits(1).json()), ["a.txt", "b.txt"]);
    run(".git/none.lock").exits(2).says("GIT_INDEX_FILE");
    environment("GIT_DIR", "/nonexistent", "work").exits(2).says("GIT_DIR");
}

#[test]
fn without_a_repository_nothing_is_scanned() {
    let case = Case::new().raw("plain/a.txt", "a\n");
    case.run(["scan", "--staged", "--no-config"]).within("plain").exits(2).says("lies in no git repository");
    assert!(case.git(Path::new(&case.path(".")), &["init", "--quiet", "--bare", "bare"]).status.success());
    case.run(["scan", "--staged", "--no-config"]).within("bare").exits(2).says("bare repository");
}

#[test]
fn a_staged_object_that_is_missing_is_named_and_never_clean() {
    let case = repository().file("work/a.txt", LINE);
    git(&case, "work", &["add", "--all"]);
    let output = case.git(&case.path("work"), &["rev-parse", ":a.txt"]);
    let id = String::from_utf8(output.stdout).expect("a name");
    let path = case.path(format!("work/.git/objects/{}/{}", &id[..2], id[2..].trim()));
    fs::remove_file(path).expect("a loose object");
    staged(&case, &[], 3).says("a.txt: what is staged could not be read");
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    let mut case = repository();
    for at in 0..40 {
        case = case.seed(at).file(&format!("work/{at}.txt"), LINE);
    }
    git(&case, "work", &["add", "--all"]);
    let one = staged(&case, &["--threads", "1"], 1);
    assert_eq!(paths(&one.json()).len(), 40);
    for threads in ["2", "7"] {
        assert_eq!(staged(&case, &["--threads", threads], 1).text(), one.text());
    }
}

#[test]
fn nothing_that_the_repository_configures_is_run() {
    let case = repository().raw("work/.gitattributes", "* filter=bad diff=bad\n").file("work/a.txt", LINE);
    git(&case, "work", &["add", "--all"]);
    let touch = format!("touch {}", case.path("ran").display());
    for key in ["filter.bad.clean", "filter.bad.smudge", "diff.bad.textconv", "core.fsmonitor", "core.sshCommand"] {
        git(&case, "work", &["config", key, &touch]);
    }
    finds(&case, &["a.txt"]);
    assert!(!case.path("ran").exists());
}

/// A number below `most`, always the same for the same state.
fn next(state: &mut u64, most: u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*state >> 33) % most
}

/// Files of the index whose content HEAD does not have at that path, as git itself lists them.
fn listed_by_git(case: &Case) -> Vec<String> {
    let output = case.git(&case.path("work"), &["diff", "--cached", "--raw", "--no-renames", "--no-abbrev"]);
    let text = String::from_utf8(output.stdout).expect("text");
    let fields = text.lines().map(|line| line.split([' ', '\t']).collect::<Vec<_>>());
    let new = fields.filter(|fields| fields[4] != "D" && fields[2] != fields[3]);
    let mut paths: Vec<String> = new.map(|fields| fields[5].to_owned()).collect();
    paths.sort();
    paths
}

#[test]
fn whatever_is_staged_is_what_git_says_is_staged() {
    let mut case = repository();
    let (state, mut looked_at) = (&mut 11, 0);
    // Each file holds a credential of its own, so that each one looked at is reported: no content is like another's.
    for round in 0..24u64 {
        for _ in 0..=next(state, 6) {
            let path = format!("d{}/d{}/f{}", next(state, 3), next(state, 3), next(state, 4));
            let full = case.path(format!("work/{path}"));
            match next(state, 5) {
                0 if full.exists() => git(&case, "work", &["rm", "--quiet", "--force", &path]),
                1 if full.exists() => git(&case, "work", &["update-index", "--chmod=+x", &path]),
                2 => {
                    // A file where a directory was, and the other way round.
                    let above = full.parent().expect("a directory");
                    if above.is_dir() {
                        fs::remove_dir_all(above).expect("removed");
                    }
                    let path = format!("work/{}", path.rsplit_once('/').expect("a directory").0);
                    case = case.seed(1000 + next(state, 1_000_000)).file(&path, LINE);
                    git(&case, "work", &["add", "--all"]);
                    fs::remove_file(case.path(&path)).expect("removed");
                    git(&case, "work", &["add", "--all"]);
                }
                _ => {
                    case = case.seed(1000 + next(state, 1_000_000)).file(&format!("work/{path}"), LINE);
                    git(&case, "work", &["add", "--all"]);
                }
            }
        }
        match round % 6 {
            1 => git(&case, "work", &["update-index", "--force-write-index", "--index-version", "4"]),
            3 => git(&case, "work", &["update-index", "--force-write-index", "--index-version", "2"]),
            5 => git(&case, "work", &["gc", "--quiet"]),
            _ => {}
        }
        // `write-tree` fills the cached trees of the index, which are what lets a directory be passed over.
        if next(state, 2) == 0 {
            git(&case, "work", &["write-tree"]);
        }
        let expected = listed_by_git(&case);
        looked_at += expected.len();
        let ran = staged(&case, &["--fail-on", "none"], 0);
        assert_eq!(paths(&ran.json()), expected, "round {round}");
        if next(state, 2) == 0 {
            git(&case, "work", &["commit", "--quiet", "--allow-empty", "--message", "Round"]);
        }
    }
    assert!(looked_at > 24, "{looked_at}");
}
