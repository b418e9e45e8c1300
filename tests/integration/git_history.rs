//! `scan --history`: every object, held against what git itself lists, and the commits that git itself names.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::runner::{Case, Ran, checks};

const TOKEN: &str = "ghp_{alnum:30}{crc32-github}";
const LINE: &str = "token = <<ghp_{alnum:30}{crc32-github}>>\n";
const OTHER_LINE: &str = "key = <<github_pat_{alnum:22}_{alnum:59}>>\n";
const CONFIG: &str =
    r#"{ "mcpServers": { "github": { "env": { "GITHUB_TOKEN": "<<ghp_{alnum:30}{crc32-github}>>" } } } }"#;

/// Runs git in a directory of the case, and expects that it succeeds. Each commit is a minute later than the one before.
#[track_caller]
pub(crate) fn git(case: &Case, directory: &str, arguments: &[&str]) -> String {
    let output = case.git(&case.path(directory), arguments);
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// Commits all that is in `work`, `minute` minutes after the beginning of 2026.
#[track_caller]
pub(crate) fn commit(case: &Case, minute: u32, message: &str) -> String {
    git(case, "work", &["add", "--all"]);
    let date = format!("{} +0000", 1_767_225_600 + u64::from(minute) * 60);
    let time = format!("user.time={date}");
    // Both times are taken from the environment, so a helper sets them.
    let script = format!(
        "GIT_AUTHOR_DATE='{date}' GIT_COMMITTER_DATE='{date}' git -c '{time}' commit -q --allow-empty -m \"$0\""
    );
    let output = case.shell(&case.path("work"), &script, message);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    git(case, "work", &["rev-parse", "HEAD"])
}

/// A repository `work` with one clean commit.
pub(crate) fn repository() -> Case {
    let case = Case::new().raw("work/README.md", "nothing here\n");
    git(&case, "work", &["init", "--quiet", "--initial-branch=main", "--template="]);
    commit(&case, 0, "begin");
    case
}

#[track_caller]
pub(crate) fn history(case: &Case, directory: &str, code: i32) -> Ran {
    case.scan(["--history", "--no-config", "-f", "json", "."]).within(directory).exits(code)
}

/// Every occurrence of a report.
pub(crate) fn occurrences(report: &Value) -> Vec<&Value> {
    let credentials = report["credentials"].as_array().expect("credentials").iter();
    credentials.flat_map(|one| one["occurrences"].as_array().expect("occurrences")).collect()
}

/// Number of objects of a kind, as git counts them.
fn counted(case: &Case, directory: &str, kind: &str) -> u64 {
    let format = "--batch-check=%(objecttype)";
    let list = git(case, directory, &["cat-file", "--batch-all-objects", "--unordered", format]);
    list.lines().filter(|line| *line == kind).count() as u64
}

/// Scans a repository and expects that exactly the objects were scanned that git lists.
#[track_caller]
pub(crate) fn covers_all(case: &Case, directory: &str, code: i32) -> Value {
    let report = history(case, directory, code).json();
    for (kind, field) in [("blob", "blobs"), ("commit", "commits"), ("tag", "tags")] {
        assert_eq!(report["coverage"][field], counted(case, directory, kind), "{kind} {}", report["notices"]);
    }
    report
}

#[test]
fn a_credential_that_was_removed_is_found_with_its_commits() {
    let case = repository().file("work/.cursor/mcp.json", CONFIG);
    let first = commit(&case, 1, "add it");
    fs::write(case.path("work/other.txt"), "x\n").expect("writable");
    let last = commit(&case, 2, "something else");
    fs::write(case.path("work/.cursor/mcp.json"), "{}\n").expect("writable");
    commit(&case, 3, "remove it");
    let report = covers_all(&case, "work", 1);
    let found = occurrences(&report);
    assert_eq!(found.len(), 1);
    assert_eq!((&found[0]["firstCommit"], &found[0]["lastCommit"]), (&first.into(), &last.into()));
    assert_eq!((&found[0]["inHead"], &found[0]["path"]), (&false.into(), &".cursor/mcp.json".into()));
    assert_eq!((&found[0]["client"], &found[0]["server"]), (&"cursor".into(), &"github".into()));
    assert_eq!((&found[0]["author"], &found[0]["authoredAt"]), (&"Test".into(), &"2026-01-01T00:01:00Z".into()));
    assert_eq!(checks(&report), ["exposed-in-history"]);
}

#[test]
fn what_files_and_history_hold_at_one_path_is_one_occurrence() {
    let case = repository().file("work/a.env", LINE);
    let first = commit(&case, 1, "add it");
    let case = case.file("work/a.env", &format!("# moved down\n{LINE}"));
    let last = commit(&case, 2, "move it");
    let report = covers_all(&case, "work", 1);
    let found = occurrences(&report);
    assert_eq!(found.len(), 1);
    assert_eq!((&found[0]["firstCommit"], &found[0]["lastCommit"]), (&first.into(), &last.into()));
    assert_eq!((&found[0]["inHead"], &found[0]["region"]["startLine"]), (&true.into(), &2.into()));
    assert_eq!(found[0]["branches"], serde_json::json!(["main"]));
    assert_eq!(checks(&report), ["exposed-in-repository"]);
}

#[test]
fn a_rename_is_one_occurrence_that_moved_and_a_copy_is_two() {
    let case = repository().file("work/old.env", LINE);
    let first = commit(&case, 1, "add it");
    git(&case, "work", &["mv", "old.env", "new.env"]);
    commit(&case, 2, "rename it");
    let report = covers_all(&case, "work", 1);
    let found = occurrences(&report);
    assert_eq!(found.len(), 1);
    assert_eq!((&found[0]["path"], &found[0]["firstCommit"]), (&"new.env".into(), &first.into()));
    fs::copy(case.path("work/new.env"), case.path("work/copy.env")).expect("a copy");
    commit(&case, 3, "copy it");
    assert_eq!(occurrences(&covers_all(&case, "work", 1)).len(), 2);
}

#[test]
fn messages_tags_notes_stashes_and_what_no_ref_reaches_are_scanned() {
    for place in ["message", "tag", "note", "stash", "dangling", "amended"] {
        let case = repository();
        let secret = case.secret(TOKEN);
        match place {
            "message" => _ = commit(&case, 1, &format!("use {secret}")),
            "tag" => _ = git(&case, "work", &["tag", "-a", "v1", "-m", &format!("token {secret}")]),
            "note" => _ = git(&case, "work", &["notes", "add", "-m", &format!("token {secret}")]),
            "stash" => {
                fs::write(case.path("work/README.md"), format!("token = {secret}\n")).expect("writable");
                git(&case, "work", &["stash"]);
            }
            "dangling" => {
                fs::write(case.path("blob"), format!("token = {secret}\n")).expect("writable");
                git(&case, "work", &["hash-object", "-w", "../blob"]);
            }
            _ => {
                fs::write(case.path("work/a.env"), format!("token = {secret}\n")).expect("writable");
                commit(&case, 1, "add it");
                fs::write(case.path("work/a.env"), "nothing\n").expect("writable");
                git(&case, "work", &["commit", "-q", "--amend", "-a", "-m", "better"]);
            }
        }
        let report = covers_all(&case, "work", 1);
        let found = occurrences(&report);
        assert_eq!((found.len(), &found[0]["inHead"]), (1, &false.into()), "{place}: {found:?}");
        assert_eq!(checks(&report), ["exposed-in-history"], "{place}");
        let said = report["findings"][0]["message"].as_str().expect("a message");
        let expected = match place {
            "message" => "the message of commit ",
            "tag" => "the message of a tag of ",
            "dangling" => "in an object that no commit holds",
            _ => "at no branch any more",
        };
        assert!(said.contains(expected), "{place}: {said}");
    }
}

/// A repository with a history: an old credential, a branch, a tag, a merge.
fn with_history() -> Case {
    let case = repository().file("work/app/.env", LINE).file("work/big.txt", &"some line of text\n".repeat(2000));
    commit(&case, 1, "add it");
    git(&case, "work", &["switch", "-q", "-c", "side"]);
    let case = case.file("work/side.txt", OTHER_LINE);
    commit(&case, 2, "on the side");
    git(&case, "work", &["switch", "-q", "main"]);
    fs::remove_file(case.path("work/app/.env")).expect("there");
    let case = case.file("work/big.txt", &format!("{}the end\n", "some line of text\n".repeat(2000)));
    commit(&case, 3, "remove it");
    git(&case, "work", &["merge", "-q", "--no-ff", "-m", "merge", "side"]);
    git(&case, "work", &["rm", "-q", "side.txt"]);
    commit(&case, 5, "remove that too");
    git(&case, "work", &["tag", "-a", "v1", "-m", "one"]);
    case
}

#[track_caller]
fn finds_both(case: &Case, directory: &str) {
    let report = covers_all(case, directory, 1);
    let mut paths: Vec<&str> = occurrences(&report).iter().map(|one| one["path"].as_str().expect("a path")).collect();
    paths.sort_unstable();
    assert_eq!(paths, ["app/.env", "side.txt"], "{}", report["notices"]);
    assert_eq!(report["coverage"]["complete"], true, "{}", report["notices"]);
}

#[test]
fn every_shape_of_a_repository_is_covered_as_git_lists_it() {
    let case = with_history();
    finds_both(&case, "work");
    git(&case, "work", &["repack", "-q"]);
    let case = case.file("work/later.txt", "later\n");
    commit(&case, 6, "later");
    git(&case, "work", &["repack", "-q"]);
    finds_both(&case, "work");
    git(&case, "work", &["multi-pack-index", "write"]);
    finds_both(&case, "work");
    git(&case, "work", &["gc", "-q", "--prune=now"]);
    finds_both(&case, "work");
    git(&case, "work", &["worktree", "add", "-q", "../linked", "side~1"]);
    let linked = covers_all(&case, "linked", 1);
    assert_eq!(occurrences(&linked).iter().filter(|one| one["path"] == "app/.env" && one["inHead"] == true).count(), 1);
    git(&case, ".", &["clone", "-q", "--bare", "work", "bare.git"]);
    finds_both(&case, "bare.git");
    git(&case, ".", &["clone", "-q", "--mirror", "work", "mirror.git"]);
    finds_both(&case, "mirror.git");
    git(&case, ".", &["clone", "-q", "--shared", "work", "shared"]);
    finds_both(&case, "shared");
    git(&case, ".", &["clone", "-q", "--no-local", "work", "clone"]);
    finds_both(&case, "clone");
}

#[test]
fn a_repository_named_by_sha_256_is_covered() {
    let case = Case::new().file("work/a.env", LINE);
    git(&case, "work", &["init", "-q", "--initial-branch=main", "--object-format=sha256", "--template="]);
    let first = commit(&case, 1, "add it");
    fs::write(case.path("work/a.env"), "gone\n").expect("writable");
    commit(&case, 2, "remove it");
    for pack in [false, true] {
        if pack {
            git(&case, "work", &["gc", "-q"]);
        }
        let report = covers_all(&case, "work", 1);
        assert_eq!((occurrences(&report)[0]["firstCommit"].as_str(), first.len()), (Some(first.as_str()), 64));
    }
}

#[test]
fn a_bare_repository_named_from_outside_is_scanned_and_reported_by_its_path() {
    let case = with_history();
    git(&case, ".", &["clone", "-q", "--bare", "work", "bare.git"]);
    let report = case.scan(["--history", "-f", "json", "bare.git"]).exits(1).json();
    let paths: Vec<&Value> = occurrences(&report).iter().map(|one| &one["path"]).collect();
    assert!(paths.contains(&&"bare.git/app/.env".into()), "{paths:?}");
}

#[test]
fn a_shallow_clone_is_incomplete_and_says_so() {
    let case = with_history();
    let url = format!("file://{}", case.path("work").display());
    git(&case, ".", &["clone", "-q", "--depth", "1", &url, "shallow"]);
    let ran = history(&case, "shallow", 3).says("shallow clone").says("--unshallow");
    assert_eq!(ran.json()["coverage"]["complete"], false);
}

#[test]
fn a_partial_clone_names_what_is_missing_and_fetches_nothing() {
    let case = with_history();
    git(&case, "work", &["config", "uploadpack.allowFilter", "true"]);
    let url = format!("file://{}", case.path("work").display());
    git(&case, ".", &["clone", "-q", "--filter=blob:none", &url, "partial"]);
    let before = git(&case, "partial", &["count-objects", "-v"]);
    history(&case, "partial", 3).says("partial clone").says("are missing");
    assert_eq!(git(&case, "partial", &["count-objects", "-v"]), before);
}

#[test]
fn damaged_objects_are_named_and_the_rest_is_scanned() {
    let case = repository().file("work/a.env", LINE).file("work/b.txt", "to be damaged\n");
    commit(&case, 1, "add it");
    let damaged = git(&case, "work", &["rev-parse", "HEAD:b.txt"]);
    let object = case.path(Path::new("work/.git/objects").join(&damaged[..2]).join(&damaged[2..]));
    fs::remove_file(&object).expect("loose");
    fs::write(&object, b"x\x9c no").expect("writable");
    let ran = history(&case, "work", 1).says(&damaged);
    assert_eq!((occurrences(&ran.json()).len(), &ran.json()["coverage"]["complete"]), (1, &false.into()));
    fs::remove_file(&object).expect("there");
    history(&case, "work", 1).says(&damaged).says("missing");
    fs::write(case.path("work/a.env"), "").expect("writable");
}

#[test]
fn a_damaged_pack_does_not_hide_what_is_left() {
    let case = with_history();
    git(&case, "work", &["gc", "-q"]);
    let pack = fs::read_dir(case.path("work/.git/objects/pack")).expect("packs");
    let pack = pack.flatten().map(|entry| entry.path()).find(|path| path.extension().is_some_and(|end| end == "pack"));
    let pack = pack.expect("a pack");
    let mut bytes = fs::read(&pack).expect("readable");
    let middle = bytes.len() / 2;
    bytes[middle..middle + 8].fill(0x55);
    fs::remove_file(&pack).expect("there");
    fs::write(&pack, bytes).expect("writable");
    let ran = case.scan(["--history", "-f", "json", "."]).within("work").ends(None);
    assert_eq!(ran.json()["coverage"]["complete"], false);
}

/// Whether the git of this machine knows reftables; a repository of that kind is `work` then.
fn keeps_reftables(case: &Case, hash: &str) -> bool {
    let format = format!("--object-format={hash}");
    let init = ["init", "-q", "--initial-branch=main", "--ref-format=reftable", &format, "--template="];
    case.git(&case.path("work"), &init).status.success()
}

#[test]
fn refs_in_a_reftable_are_read_as_git_reads_them() {
    for hash in ["sha1", "sha256"] {
        let case = Case::new().file("work/a.env", LINE);
        if !keeps_reftables(&case, hash) {
            return;
        }
        let first = commit(&case, 1, "add it");
        // Enough refs for several blocks, and names that share beginnings.
        let refs: String =
            (0..900).map(|at| format!("create refs/heads/topic/{at:04}/of-a-long-name {first}\n")).collect();
        fs::write(case.path("refs"), refs).expect("writable");
        let made =
            case.shell(&case.path("work"), "git update-ref --stdin <../refs && git pack-refs --all; rm ../refs", "");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let heads = || {
            let listed = git(&case, "work", &["for-each-ref", "--format=%(refname:short)", "refs/heads"]);
            listed.lines().map(str::to_owned).collect::<Vec<_>>()
        };
        let report = covers_all(&case, "work", 1);
        assert_eq!(report["coverage"]["complete"], true, "{}", report["notices"]);
        let found = occurrences(&report)[0].clone();
        let branches: Vec<&str> =
            found["branches"].as_array().expect("branches").iter().filter_map(Value::as_str).collect();
        assert_eq!(branches, heads()[..branches.len()]);
        assert_eq!((&found["inHead"], found["firstCommit"].as_str()), (&true.into(), Some(first.as_str())));
        // Newer tables amend: a branch moves, others go, HEAD is detached.
        fs::write(case.path("work/a.env"), "gone\n").expect("writable");
        commit(&case, 2, "remove it");
        git(&case, "work", &["update-ref", "-d", "refs/heads/topic/0000/of-a-long-name"]);
        git(&case, "work", &["switch", "-q", "--detach"]);
        let report = covers_all(&case, "work", 1);
        let found = occurrences(&report)[0].clone();
        assert_eq!((&found["inHead"], &found["branches"][0]), (&false.into(), &heads()[1].as_str().into()));
        let range = case.scan(["--range", "topic/0001/of-a-long-name..main", "-f", "json"]).within("work").exits(0);
        assert_eq!(range.json()["coverage"]["commits"], 1);
        git(&case, "work", &["worktree", "add", "-q", "../linked", "topic/0005/of-a-long-name"]);
        let linked = covers_all(&case, "linked", 1);
        assert_eq!(
            occurrences(&linked).iter().filter(|one| one["path"] == "a.env" && one["inHead"] == true).count(),
            1
        );
    }
}

#[test]
fn what_a_reftable_says_that_a_branch_was_can_begin_a_range() {
    for hash in ["sha1", "sha256"] {
        let case = Case::new().raw("work/a.txt", "nothing\n").file("later.env", LINE);
        if !keeps_reftables(&case, hash) {
            return;
        }
        let first = commit(&case, 1, "begin");
        for at in 2..5 {
            fs::write(case.path("work/a.txt"), format!("{at}\n")).expect("writable");
            commit(&case, at, "go on");
        }
        fs::rename(case.path("later.env"), case.path("work/a.env")).expect("movable");
        commit(&case, 5, "add it");
        let newest = git(&case, "work", &["rev-parse", "HEAD"]);
        git(&case, "work", &["reset", "-q", "--hard", &first]);
        for packed in [false, true] {
            if packed {
                git(&case, "work", &["pack-refs", "--all"]);
            }
            for back in 1..6 {
                let revision = format!("main@{{{back}}}");
                let commits = git(&case, "work", &["rev-list", "--count", &format!("main..{revision}")]);
                let ran = case.scan(["--range", &format!("main..{revision}"), "-f", "json"]).within("work").ends(None);
                assert_eq!(ran.json()["coverage"]["commits"].to_string(), commits, "{revision}");
            }
            case.scan(["--range", "main@{6}..main"]).within("work").exits(2).says("main@{6}");
            case.scan(["--range", "main..@{1}"]).within("work").exits(1);
        }
        // Only the log reaches it, and its blob is found all the same.
        let report = covers_all(&case, "work", 1);
        assert_eq!(occurrences(&report)[0]["firstCommit"].as_str(), Some(newest.as_str()));
    }
}

#[test]
fn a_damaged_reftable_never_makes_a_history_look_clean() {
    let case = Case::new().raw("work/a.txt", "nothing\n");
    if !keeps_reftables(&case, "sha1") {
        return;
    }
    commit(&case, 1, "begin");
    let tables = fs::read_dir(case.path("work/.git/reftable")).expect("tables").flatten().map(|entry| entry.path());
    let table = tables.filter(|path| path.extension().is_some_and(|end| end == "ref")).max().expect("a table");
    let bytes = fs::read(&table).expect("readable");
    fs::remove_file(&table).expect("there");
    fs::write(&table, &bytes[..bytes.len() - 3]).expect("writable");
    history(&case, "work", 3).says("reftable").says("cannot be understood");
}

#[test]
fn replaced_commits_and_grafts_are_read_like_any_object() {
    let case = with_history();
    let head = git(&case, "work", &["rev-parse", "HEAD"]);
    git(&case, "work", &["replace", "--graft", &head]);
    finds_both(&case, "work");
}

#[test]
fn nothing_that_the_repository_configures_is_run() {
    let case = repository().file("work/a.env", LINE);
    let trap = case.path("ran");
    let run = format!("touch {}", trap.display());
    for key in ["core.fsmonitor", "core.sshCommand", "diff.external", "core.pager", "filter.x.smudge", "filter.x.clean"]
    {
        git(&case, "work", &["config", key, &run]);
    }
    fs::write(case.path("work/.gitattributes"), "* filter=x diff=x\n").expect("writable");
    let _ = fs::remove_file(&trap);
    history(&case, "work", 1);
    assert!(!trap.exists());
}

#[test]
fn the_same_bytes_come_out_for_any_number_of_threads() {
    let case = with_history();
    git(&case, "work", &["gc", "-q"]);
    let run = |threads: &str| {
        case.scan(["--history", "-f", "json", "--threads", threads, "."]).within("work").exits(1).text()
    };
    assert_eq!(run("1"), run("7"));
}
