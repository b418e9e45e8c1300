//! `scan --history` of repositories in odd shapes and with odd content, held against what git lists.

use std::fs;
use std::io::Write;

use serde_json::Value;

use crate::git_history::{commit, covers_all, git, history, occurrences, repository};
use crate::runner::{Case, checks};

const TOKEN: &str = "ghp_{alnum:30}{crc32-github}";
const LINE: &str = "token = <<ghp_{alnum:30}{crc32-github}>>\n";
const OTHER_LINE: &str = "key = <<github_pat_{alnum:22}_{alnum:59}>>\n";
/// Enough that a line more or less makes no other file of it.
const BODY: &str = "one line\nand a second\nand a third\nand then\nmany more of them\nuntil it\nis enough\nof a file\n";

fn paths(report: &Value) -> Vec<String> {
    let mut paths: Vec<String> =
        occurrences(report).iter().map(|one| one["path"].as_str().expect("a path").to_owned()).collect();
    paths.sort_unstable();
    paths
}

/// A repository that brought a credential and took it out again.
fn with_history() -> Case {
    let case = repository().file("work/a.env", LINE);
    commit(&case, 1, "add it");
    fs::write(case.path("work/a.env"), "gone\n").expect("writable");
    commit(&case, 2, "remove it");
    case
}

#[test]
fn packs_of_every_kind_are_read_and_their_objects_counted_once() {
    let case = with_history();
    // What no ref reaches goes into a pack of its own, with a file of times beside it.
    fs::write(case.path("loose"), format!("token = {}\n", case.secret_of(TOKEN, 2))).expect("writable");
    git(&case, "work", &["hash-object", "-w", "../loose"]);
    git(&case, "work", &["repack", "-q", "-a", "-d", "--cruft"]);
    assert_eq!(occurrences(&covers_all(&case, "work", 1)).len(), 2);
    // A second pack, an index of both, and a bitmap.
    let case = case.raw("work/b.txt", BODY);
    commit(&case, 3, "more");
    git(&case, "work", &["repack", "-q"]);
    git(&case, "work", &["multi-pack-index", "write", "--bitmap"]);
    assert_eq!(occurrences(&covers_all(&case, "work", 1)).len(), 2);
    // The same objects packed twice, and loose besides.
    git(&case, "work", &["repack", "-q", "-a", "-k"]);
    let pack = fs::read_dir(case.path("work/.git/objects/pack")).expect("packs").flatten().map(|entry| entry.path());
    let pack = pack.filter(|path| path.extension().is_some_and(|end| end == "pack")).max().expect("a pack");
    fs::copy(&pack, case.path("copy.pack")).expect("a copy");
    let unpacked = case.shell(&case.path("work"), "git unpack-objects -q <../copy.pack", "");
    assert!(unpacked.status.success());
    let report = covers_all(&case, "work", 1);
    assert_eq!((occurrences(&report).len(), &report["coverage"]["complete"]), (2, &true.into()));
}

#[test]
fn an_alternate_that_is_gone_is_never_clean() {
    let case = with_history();
    git(&case, ".", &["clone", "-q", "--shared", "work", "shared"]);
    assert_eq!(paths(&covers_all(&case, "shared", 1)), ["a.env"]);
    fs::rename(case.path("work"), case.path("moved")).expect("movable");
    history(&case, "shared", 3).says("it is not there").says("hint: ");
}

#[test]
fn a_clone_without_trees_is_called_a_partial_clone() {
    let case = with_history();
    git(&case, "work", &["config", "uploadpack.allowFilter", "true"]);
    let url = format!("file://{}", case.path("work").display());
    for (filter, directory) in [("tree:0", "treeless"), ("blob:none", "blobless")] {
        git(&case, ".", &["clone", "-q", "--bare", &format!("--filter={filter}"), &url, directory]);
        history(&case, directory, 3).says("is a partial clone").says("are missing").says("--refetch");
    }
}

#[test]
fn submodules_are_scanned_where_they_are_checked_out_and_named_where_not() {
    let case = with_history();
    git(&case, ".", &["init", "-q", "--initial-branch=main", "--template=", "top"]);
    git(&case, "top", &["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", "../work", "module"]);
    git(&case, "top", &["commit", "-qm", "add a module"]);
    let report = history(&case, "top", 1).json();
    assert_eq!((paths(&report), &report["coverage"]["complete"]), (vec!["module/a.env".to_owned()], &true.into()));
    git(&case, ".", &["clone", "-q", "top", "bare-bones"]);
    let ran =
        history(&case, "bare-bones", 0).says("module: the submodule is not checked out").says("git submodule update");
    assert_eq!(ran.json()["coverage"]["complete"], true);
}

#[test]
fn a_range_names_a_submodule_of_which_it_brings_another_commit() {
    let case = with_history();
    git(&case, ".", &["init", "-q", "--initial-branch=main", "--template=", "top"]);
    git(&case, "top", &["commit", "-q", "--allow-empty", "-m", "begin"]);
    git(&case, "top", &["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", "../work", "module"]);
    git(&case, "top", &["commit", "-qm", "add a module"]);
    let run = |of: &str, path: &str| case.scan(["--range", of, "--no-config", path]).within("top").exits(0);
    run("HEAD~1..HEAD", ".").says("module: the range brings another commit of this submodule");
    assert!(!run("HEAD~1..HEAD", ".gitmodules").stderr.contains("submodule;"));
    assert!(!run("HEAD..HEAD", ".").stderr.contains("submodule;"));
}

#[test]
fn a_repository_within_another_has_a_history_of_its_own() {
    let case = with_history();
    let case = case.file("work/vendor/in/b.env", OTHER_LINE);
    git(&case, "work/vendor/in", &["init", "-q", "--initial-branch=main", "--template="]);
    git(&case, "work/vendor/in", &["add", "--all"]);
    git(&case, "work/vendor/in", &["commit", "-qm", "inner"]);
    git(&case, "work/vendor/in", &["rm", "-q", "b.env"]);
    git(&case, "work/vendor/in", &["commit", "-qm", "gone"]);
    let report = history(&case, "work", 1).json();
    assert_eq!(paths(&report), ["a.env", "vendor/in/b.env"]);
    let assets: Vec<&Value> = occurrences(&report).iter().map(|one| &one["asset"]).collect();
    assert_ne!(assets[0], assets[1]);
    assert_eq!(report["coverage"]["commits"], 5);
}

#[test]
fn what_the_variables_of_git_name_is_scanned_wherever_it_lies() {
    let case = with_history().raw("elsewhere/file", "x\n");
    git(&case, ".", &["clone", "-q", "--bare", "work", "bare.git"]);
    let run = || case.scan(["--history", "--no-config", "-f", "json"]).within("elsewhere");
    assert_eq!(occurrences(&run().exits(0).json()).len(), 0);
    for (directory, tree) in [("work/.git", Some("work")), ("bare.git", None), ("work/.git", None)] {
        let mut ran = run().env("GIT_DIR", case.path(directory));
        if let Some(tree) = tree {
            ran = ran.env("GIT_WORK_TREE", case.path(tree));
        }
        assert_eq!(occurrences(&ran.exits(1).json()).len(), 1, "{directory} {tree:?}");
    }
    // Another directory is not theirs.
    case.scan(["--history", "--no-config", "elsewhere"]).env("GIT_DIR", case.path("bare.git")).exits(0);
    run().env("GIT_DIR", case.path("nowhere")).exits(3).says("GIT_DIR");
    // Objects that only an alternate of the environment has.
    git(&case, ".", &["init", "-q", "--bare", "--template=", "empty.git"]);
    let objects = case.path("work/.git/objects");
    let lent = case.scan(["--history", "--no-config", "-f", "json", "."]).within("empty.git");
    let lent = lent.env("GIT_ALTERNATE_OBJECT_DIRECTORIES", objects).exits(1).json();
    assert_eq!(lent["coverage"]["commits"], 3);
}

#[test]
fn a_hook_of_a_linked_worktree_scans_its_own_range_and_history() {
    let case = with_history();
    git(&case, "work", &["worktree", "add", "-q", "-b", "topic", "../linked"]);
    let case = case.file("linked/b.env", OTHER_LINE);
    git(&case, "linked", &["add", "--all"]);
    git(&case, "linked", &["commit", "-qm", "on the side"]);
    let own = git(&case, "linked", &["rev-parse", "--absolute-git-dir"]);
    let range = case.scan(["--range", "main..HEAD", "--no-config", "-f", "json"]).within("linked").env("GIT_DIR", &own);
    assert_eq!(paths(&range.exits(1).json()), ["b.env"]);
    let whole = case.scan(["--history", "--no-config", "-f", "json", "."]).within("linked").env("GIT_DIR", &own);
    let report = whole.exits(1).json();
    assert_eq!(
        (paths(&report), &report["coverage"]["commits"]),
        (vec!["a.env".to_owned(), "b.env".to_owned()], &4.into())
    );
}

#[test]
fn the_own_content_of_a_merge_belongs_to_the_merge() {
    let case = repository();
    git(&case, "work", &["switch", "-q", "-c", "side"]);
    let case = case.raw("work/side.txt", "side\n");
    commit(&case, 1, "side");
    git(&case, "work", &["switch", "-q", "main"]);
    let case = case.raw("work/main.txt", "main\n");
    commit(&case, 2, "main");
    git(&case, "work", &["merge", "-q", "--no-commit", "--no-ff", "side"]);
    let case = case.file("work/evil.env", LINE);
    let merge = commit(&case, 3, "merge");
    fs::remove_file(case.path("work/evil.env")).expect("there");
    commit(&case, 4, "remove it");
    let report = covers_all(&case, "work", 1);
    let found = occurrences(&report)[0];
    assert_eq!((&found["firstCommit"], &found["lastCommit"]), (&merge.as_str().into(), &merge.as_str().into()));
}

#[test]
fn a_file_that_moves_again_and_again_is_one_place() {
    let case = repository().file("work/a.env", &format!("{BODY}{LINE}"));
    let first = commit(&case, 1, "add it");
    for (minute, from, to) in
        [(2, "a.env", "b.env"), (4, "b.env", "a.env"), (6, "a.env", "c/d.env"), (8, "c/d.env", "b.env")]
    {
        fs::create_dir_all(case.path("work/c")).expect("directory");
        git(&case, "work", &["mv", from, to]);
        commit(&case, minute, "move it");
        let text = fs::read_to_string(case.path("work").join(to)).expect("readable");
        fs::write(case.path("work").join(to), format!("{text}{minute}\n")).expect("writable");
        let last = commit(&case, minute + 1, "change it");
        let report = covers_all(&case, "work", 1);
        let found = occurrences(&report);
        assert_eq!((found.len(), &found[0]["path"]), (1, &to.into()), "{minute}: {found:?}");
        assert_eq!(
            (&found[0]["firstCommit"], &found[0]["lastCommit"]),
            (&first.as_str().into(), &last.as_str().into())
        );
        assert_eq!(checks(&report), ["exposed-in-repository"]);
    }
    git(&case, "work", &["rm", "-q", "b.env"]);
    commit(&case, 10, "remove it");
    let report = covers_all(&case, "work", 1);
    assert_eq!((paths(&report), checks(&report)), (vec!["b.env".to_owned()], vec!["exposed-in-history".to_owned()]));
}

#[test]
fn people_are_called_as_the_mailmap_says_and_no_address_is_told() {
    let case = with_history();
    let case = case.raw("work/.mailmap", "Ada Lovelace <ada@example.org> <test@example.com>\n");
    let secret = case.secret(TOKEN);
    commit(&case, 3, &format!("map, and {secret}"));
    let report = covers_all(&case, "work", 1);
    for found in occurrences(&report) {
        assert_eq!((&found["author"], found["committedAt"].is_string()), (&"Ada Lovelace".into(), true));
    }
    for format in ["json", "jsonl", "sarif", "human", "csv", "markdown"] {
        let text = case.scan(["--history", "--no-config", "-f", format, "."]).within("work").exits(1).text();
        assert!(!text.contains("@example."), "{format}");
        assert_eq!(text.contains("Ada Lovelace"), format.starts_with("json"), "names stand in JSON only: {format}");
    }
}

#[test]
fn blobs_are_read_as_files_are() {
    let case = repository();
    let token = case.secret(TOKEN);
    let of = |number| case.secret_of(TOKEN, number);
    // UTF-16, an archive, more than a window, and a config that is one by one of its paths only.
    let wide: Vec<u8> = format!("\u{feff}token = {token}\n").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file("in/a.env", zip::write::SimpleFileOptions::default()).expect("a member");
    zip.write_all(format!("TOKEN={}\n", of(1)).as_bytes()).expect("memory");
    let zip = zip.finish().expect("an archive").into_inner();
    let long = format!("{}token = {}\n", "a line without anything in it\n".repeat(80_000), of(2));
    let value = case.secret("{alnum:9}");
    let config = format!(r#"{{"mcpServers": {{"acme": {{"env": {{"ACME_PASSWORD": "{value}"}}}}}}}}"#);
    let work = case.path("work");
    for (path, bytes) in [
        ("wide.txt", wide),
        ("pack.zip", zip),
        ("long.txt", long.into_bytes()),
        ("z/old.bak", config.clone().into()),
        (".cursor/mcp.json", config.into()),
    ] {
        fs::create_dir_all(work.join(path).parent().expect("below")).expect("directory");
        fs::write(work.join(path), bytes).expect("writable");
    }
    commit(&case, 1, "add them");
    git(&case, "work", &["rm", "-rq", "--", "wide.txt", "pack.zip", "long.txt", "z", ".cursor"]);
    commit(&case, 2, "remove them");
    for packed in [false, true] {
        if packed {
            git(&case, "work", &["gc", "-q"]);
        }
        let run = case.scan(["--history", "--no-config", "--max-file-size", "1M", "-f", "json", "."]);
        let report = run.within("work").exits(1).json();
        let found = paths(&report);
        for path in ["wide.txt", "pack.zip!/in/a.env", "long.txt", ".cursor/mcp.json"] {
            assert!(found.iter().any(|other| other == path), "{path}: {found:?}");
        }
        let config = occurrences(&report).into_iter().find(|one| one["path"] == ".cursor/mcp.json").expect("found");
        assert_eq!((&config["client"], &config["server"]), (&"cursor".into(), &"acme".into()));
        assert_eq!(report["coverage"]["complete"], true, "{}", report["notices"]);
    }
}

#[test]
fn a_baseline_of_a_history_outlives_a_rebase_and_shows_what_is_new() {
    let case = with_history().file("work/b.env", OTHER_LINE);
    commit(&case, 3, "another");
    case.run(["baseline", "write", "--history", "--no-config", "-o", "../known", "."]).within("work").exits(0);
    let held = |code: i32| {
        let run = case.scan(["--history", "--no-config", "--baseline", "../known", "-f", "json", "."]);
        run.within("work").exits(code).json()
    };
    assert_eq!(held(0)["findings"].as_array().map(Vec::len), Some(2));
    // Lines move, objects are packed, every commit gets another name.
    let text = fs::read_to_string(case.path("work/b.env")).expect("readable");
    fs::write(case.path("work/b.env"), format!("\n\n\n{text}")).expect("writable");
    commit(&case, 4, "move it");
    let before = git(&case, "work", &["rev-parse", "HEAD"]);
    let filter = "git filter-branch -f --msg-filter 'cat; echo again' HEAD >/dev/null 2>&1 && git update-ref -d refs/original/refs/heads/main && git reflog expire --expire=now --all && git gc -q --prune=now";
    assert!(case.shell(&case.path("work"), filter, "").status.success());
    assert_ne!(git(&case, "work", &["rev-parse", "HEAD"]), before);
    let report = held(0);
    let states: Vec<&Value> =
        report["findings"].as_array().expect("findings").iter().map(|one| &one["baseline_state"]).collect();
    assert_eq!(states, ["unchanged", "unchanged"]);
    // A credential that is new is new though it was removed at once.
    fs::write(case.path("work/c.env"), format!("token = {}\n", case.secret_of(TOKEN, 5))).expect("writable");
    commit(&case, 6, "add");
    git(&case, "work", &["rm", "-q", "c.env"]);
    commit(&case, 7, "remove");
    held(1);
}

#[test]
fn a_shallow_clone_has_ranges_as_far_as_it_goes() {
    let case = repository();
    for at in 1..5 {
        fs::write(case.path("work/a.txt"), format!("{at}\n")).expect("writable");
        commit(&case, at, "go on");
    }
    let case = case.file("work/a.env", LINE);
    commit(&case, 5, "add it");
    let url = format!("file://{}", case.path("work").display());
    git(&case, ".", &["clone", "-q", "--depth", "3", &url, "shallow"]);
    let run = |of: &str, code| case.scan(["--range", of, "--no-config", "-f", "json"]).within("shallow").exits(code);
    for of in ["HEAD~1..HEAD", "HEAD~2..HEAD"] {
        let report = run(of, 1).json();
        assert_eq!((paths(&report), &report["coverage"]["complete"]), (vec!["a.env".to_owned()], &true.into()), "{of}");
    }
    run("HEAD~3..HEAD", 2).says("fetch-depth: 0");
    // Findings outrank what is missing, and what is missing outranks nothing found.
    let whole = |more: &[&str], code| {
        case.scan(["--history", "--no-config", "."]).args(more).within("shallow").exits(code).says("shallow clone");
    };
    whole(&[], 1);
    whole(&["--exit-zero"], 3);
    whole(&["--fail-on", "critical"], 3);
}

#[test]
fn the_first_commit_is_the_one_that_git_names_where_commits_are_grafted_or_replaced() {
    for way in ["graft", "replace", "neither"] {
        let case = repository().file("work/a.env", LINE);
        let blob = git(&case, "work", &["hash-object", "a.env"]);
        commit(&case, 1, "add it");
        let case = case.raw("work/b.txt", "b\n");
        let second = commit(&case, 2, "go on");
        commit(&case, 3, "and on");
        match way {
            "graft" => {
                fs::create_dir_all(case.path("work/.git/info")).expect("directory");
                fs::write(case.path("work/.git/info/grafts"), format!("{second}\n")).expect("writable");
            }
            "replace" => _ = git(&case, "work", &["replace", "--graft", &second]),
            _ => {}
        }
        let find = format!("--find-object={blob}");
        let named = git(&case, "work", &["log", "--branches", "--reverse", "--format=%H", &find]);
        let report = covers_all(&case, "work", 1);
        assert_eq!(occurrences(&report)[0]["firstCommit"].as_str(), named.lines().next(), "{way}");
    }
}

#[test]
fn forks_and_mirrors_are_one_asset_and_another_repository_is_a_duplicate() {
    let case = with_history().file("work/b.env", OTHER_LINE);
    commit(&case, 3, "another");
    git(&case, ".", &["clone", "-q", "--mirror", "work", "mirror.git"]);
    git(&case, ".", &["clone", "-q", "--no-local", "work", "fork"]);
    git(&case, "fork", &["remote", "remove", "origin"]);
    git(&case, "fork", &["commit", "-q", "--allow-empty", "-m", "forked"]);
    let all =
        |case: &Case| case.scan(["--history", "--no-config", "--findings", "all", "-f", "json", "."]).exits(1).json();
    let report = all(&case);
    assert!(!checks(&report).contains(&"duplicated".to_owned()), "{:?}", checks(&report));
    assert_eq!(occurrences(&report).len(), 6);
    // The same line in a repository that has nothing to do with it.
    let case = case.file("else/b.env", OTHER_LINE).commit("else");
    let report = all(&case);
    let doubles = report["findings"].as_array().expect("findings").iter().filter(|one| one["check"] == "duplicated");
    let credentials: std::collections::BTreeSet<&str> = doubles.filter_map(|one| one["credential"].as_str()).collect();
    assert_eq!(credentials.len(), 1, "only the one that stands in both families");
}
