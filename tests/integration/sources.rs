//! Which files count, where they are said to lie, and that bytes of every sort are read to the last one.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::runner::{Case, Ran, Run};

/// A credential that needs nothing around it to be known.
const TOKEN: &str = "ghp_{alnum:30}{crc32-github}";
/// A line that holds it.
const LINE: &str = "token = <<ghp_{alnum:30}{crc32-github}>>\n";

/// Where a credential was found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Found {
    line: u64,
    byte: u64,
    place: String,
    asset: String,
}

/// All occurrences of a JSON report by path; a path with two is an error.
fn found(report: &Value) -> BTreeMap<String, Found> {
    let mut all = BTreeMap::new();
    let credentials = report["credentials"].as_array().expect("credentials");
    for occurrence in credentials.iter().flat_map(|one| one["occurrences"].as_array().expect("occurrences")) {
        let word = |key: &str| occurrence[key].as_str().expect("text").to_owned();
        let number = |key: &str| occurrence["region"][key].as_u64().expect("a number");
        let found =
            Found { line: number("startLine"), byte: number("byteOffset"), place: word("place"), asset: word("asset") };
        let before = all.insert(word("path"), found);
        assert_eq!(before, None, "{} has two occurrences", word("path"));
    }
    all
}

/// A run to its JSON report that fails for a gap only.
fn report(run: Run<'_>, code: i32) -> Ran {
    run.args(["--no-config", "--fail-on", "none", "-f", "json"]).exits(code)
}

/// Paths in which a complete scan of `targets` finds the credential.
#[track_caller]
fn paths(case: &Case, arguments: &[&str]) -> Vec<String> {
    found(&report(case.scan(arguments), 0).json()).into_keys().collect()
}

/// How many were passed over for this reason.
fn skipped(report: &Value, reason: &str) -> u64 {
    report["coverage"]["skipped"][reason].as_u64().unwrap_or_default()
}

/// A case with one [`LINE`] in each of these files.
fn lines(files: &[&str]) -> Case {
    files.iter().fold(Case::new(), |case, file| case.file(file, LINE))
}

#[track_caller]
fn git(case: &Case, directory: &str, arguments: &[&str]) {
    let output = case.git(&case.path(directory), arguments);
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn hidden_files_count_and_dot_git_does_not() {
    let case = lines(&[".hidden", ".dir/deep/.file", "plain"]).commit(".").file(".git/description", LINE);
    assert_eq!(paths(&case, &["."]), [".dir/deep/.file", ".hidden", "plain"]);
    assert_eq!(paths(&case, &[".", "--no-ignore"]), [".dir/deep/.file", ".hidden", "plain"]);
}

#[test]
fn ignore_files_of_other_tools_are_not_honoured() {
    let case = lines(&["a", "b"]).raw(".ignore", "a\n").raw(".rgignore", "b\n").raw(".dockerignore", "*\n").commit(".");
    let case = case.raw(".git/info/exclude", "c\n").file("c", LINE);
    assert_eq!(paths(&case, &["."]), ["a", "b", "c"]);
}

#[test]
fn gitignore_means_nothing_outside_a_repository() {
    assert_eq!(paths(&lines(&["a"]).raw(".gitignore", "*\n"), &["."]), ["a"]);
}

#[test]
fn an_untracked_ignored_file_is_passed_over_and_counted() {
    let case = lines(&["kept", "junk.log", "build/one", "build/two"]).raw(".gitignore", "*.log\nbuild/\n").commit(".");
    let ran = report(case.scan(["."]), 0);
    assert_eq!(found(&ran.json()).into_keys().collect::<Vec<_>>(), ["kept"]);
    assert_eq!(skipped(&ran.json(), "ignored"), 2, "the file, and the directory as one");
    assert!(ran.coverage().contains("2 ignored") && ran.coverage().ends_with("complete"), "{}", ran.coverage());
}

#[test]
fn a_tracked_file_is_scanned_whatever_gitignore_says() {
    let case = lines(&["kept.log", "out/kept"]).commit(".").raw(".gitignore", "*.log\nout/\n").file("out/loose", LINE);
    let ran = report(case.scan(["."]), 0).json();
    let found = found(&ran);
    assert_eq!(found.keys().collect::<Vec<_>>(), ["kept.log", "out/kept"]);
    assert!(found.values().all(|one| one.place == "repo"));
    assert_eq!(skipped(&ran, "ignored"), 1);
}

#[test]
fn an_ignored_file_at_a_known_place_is_scanned() {
    let case = Case::new()
        .raw(".gitignore", ".env\n.cursor/\nhome/\n")
        .file(".env", "GITHUB_TOKEN=<<ghp_{alnum:30}{crc32-github}>>\n")
        .file(
            ".cursor/mcp.json",
            "{\"mcpServers\":{\"github\":{\"env\":{\"GITHUB_TOKEN\":\"<<ghp_{alnum:30}{crc32-github}>>\"}}}}",
        )
        .file("home/.claude/.credentials.json", "{\"token\": \"<<ghp_{alnum:30}{crc32-github}>>\"}")
        .file("home/notes", LINE)
        .commit(".");
    let found = found(&report(case.scan(["."]), 0).json());
    assert_eq!(found.keys().collect::<Vec<_>>(), [".cursor/mcp.json", ".env", "home/.claude/.credentials.json"]);
    assert!(found.values().all(|one| one.place == "host_config"), "ignored, so on no server");
}

#[test]
fn no_ignore_scans_what_gitignore_excludes() {
    let case = lines(&["junk.log", "build/one", "node_modules/p/x"]).raw(".gitignore", "*\n").commit(".");
    assert_eq!(paths(&case, &[".", "--no-ignore"]), ["build/one", "junk.log", "node_modules/p/x"]);
}

#[test]
fn excluded_files_are_left_out_and_counted() {
    let case = lines(&["src/a", "third_party/b", "third_party/deep/c", "x.lock"]).commit(".");
    let ran = report(case.scan([".", "--exclude", "third_party/**", "--exclude", "*.lock"]), 0).json();
    assert_eq!(found(&ran).into_keys().collect::<Vec<_>>(), ["src/a"]);
    assert!(skipped(&ran, "excluded") >= 2);
}

#[test]
fn a_named_file_is_scanned_even_if_excluded_unless_excludes_are_forced() {
    let case = lines(&["docs/a", "out/b", "plain"]).raw(".gitignore", "out/\n").commit(".");
    let named = ["docs/a", "out/b", "plain", "--exclude", "docs"];
    assert_eq!(paths(&case, &named), ["docs/a", "out/b", "plain"]);
    let ran = report(case.scan(named).args(["--force-exclude"]), 0).json();
    assert_eq!(found(&ran).into_keys().collect::<Vec<_>>(), ["plain"]);
    assert_eq!((skipped(&ran, "excluded"), skipped(&ran, "ignored")), (1, 1));
}

#[test]
fn paths_that_overlap_are_scanned_once() {
    let case = lines(&["a/b/c", "a/d", "e"]);
    assert_eq!(paths(&case, &["a", ".", "a/b/c", "a/b", "./a/"]), ["a/b/c", "a/d", "e"]);
}

#[test]
fn a_path_outside_the_current_directory_is_reported_relative_to_itself() {
    let case = lines(&["here/a", "there/deep/b"]);
    let ran = report(case.scan([".", "../there"]).within("here"), 0);
    assert_eq!(found(&ran.json()).into_keys().collect::<Vec<_>>(), ["a", "deep/b"]);
}

#[cfg(unix)]
#[test]
fn links_and_special_files_in_a_tree_are_counted_and_never_opened() {
    let case = lines(&["real/a"]).file("outside", LINE);
    std::os::unix::fs::symlink("..", case.path("real/loop")).expect("link");
    std::os::unix::fs::symlink("../outside", case.path("real/link")).expect("link");
    assert!(std::process::Command::new("mkfifo").arg(case.path("real/fifo")).status().expect("mkfifo").success());
    let ran = report(case.scan(["real"]), 0).json();
    assert_eq!(found(&ran).into_keys().collect::<Vec<_>>(), ["real/a"]);
    assert_eq!((skipped(&ran, "symlink"), skipped(&ran, "special")), (2, 1));
    assert_eq!(paths(&case, &["real/link"]), ["real/link"], "a link named by the user is followed");
    let ran = report(case.scan(["real/a", "real/fifo"]), 3).says("real/fifo").says("hint: ");
    assert!(ran.coverage().ends_with("; incomplete"), "{}", ran.coverage());
}

#[cfg(unix)]
#[test]
fn an_unreadable_directory_is_named_and_the_rest_is_scanned() {
    use std::os::unix::fs::PermissionsExt;
    let case = lines(&["open", "shut/a"]);
    fs::set_permissions(case.path("shut"), fs::Permissions::from_mode(0o000)).expect("permissions");
    // The superuser reads everything: there is no unreadable directory to be had.
    let superuser = fs::read_dir(case.path("shut")).is_ok();
    let ran = report(case.scan(["."]), if superuser { 0 } else { 3 });
    fs::set_permissions(case.path("shut"), fs::Permissions::from_mode(0o755)).expect("permissions");
    assert!(found(&ran.json()).contains_key("open"));
    assert!(superuser || ran.stderr.contains("shut"), "{}", ran.stderr);
}

#[cfg(target_os = "linux")]
#[test]
fn a_name_that_is_not_utf_8_is_scanned_and_shown_with_replacement_characters() {
    use std::os::unix::ffi::OsStrExt;
    let case = Case::new();
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9.txt");
    fs::write(case.path(name), format!("token = {}\n", case.secret(TOKEN))).expect("file");
    let case = case.commit(".");
    let found = found(&report(case.scan(["."]), 0).json());
    assert_eq!(found["caf\u{fffd}.txt"].place, "repo", "it is tracked under its own bytes");
}

#[test]
fn places_and_assets_say_where_a_credential_lies() {
    let case = lines(&["repo/tracked", "named/tracked", "loose"]).commit("repo").commit("named");
    let url = format!("https://bot:{}@GitHub.com/acme/agents.git", "word");
    git(&case, "named", &["remote", "add", "origin", &url]);
    let case = case.file("repo/untracked", LINE).file("dump.txt", "GITHUB_TOKEN=<<ghp_{alnum:30}{crc32-github}>>\n");
    let ran = report(case.scan(["repo", "named", "loose"]), 0).never_shows("bot:word");
    let found_in_tree = found(&ran.json());
    let says = |path: &str| (found_in_tree[path].place.as_str(), found_in_tree[path].asset.as_str());
    assert_eq!(says("repo/tracked"), ("repo", "repo:repo"));
    assert_eq!(says("repo/untracked"), ("host_config", "repo:repo"));
    assert_eq!(says("named/tracked"), ("repo", "github.com/acme/agents"));
    assert_eq!(says("loose"), ("host_config", "host"));
    let dump = found(&report(case.scan(["--env-dump", "dump.txt"]), 0).json());
    assert_eq!(dump["dump.txt"].place, "env");
}

#[test]
fn a_nested_repository_has_rules_and_a_name_of_its_own() {
    let case = lines(&["outer.txt", "vendor/lib/inner.txt"]).commit("vendor/lib").raw(".gitignore", "*.txt\nvendor/\n");
    let case = case.commit(".");
    let found = found(&report(case.scan(["."]), 0).json());
    assert_eq!(found.keys().collect::<Vec<_>>(), ["vendor/lib/inner.txt"]);
    assert_eq!((found["vendor/lib/inner.txt"].asset.as_str()), "repo:vendor/lib");
}

#[test]
fn linked_worktrees_and_submodules_are_repositories_and_a_missing_one_is_named() {
    let case = lines(&["lib/f", "main/a"]).commit("lib").commit("main");
    let url = case.path("lib").display().to_string();
    git(&case, "main", &["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", &url, "dep"]);
    git(&case, "main", &["commit", "--quiet", "--message", "Add dep"]);
    git(&case, "main", &["worktree", "add", "--quiet", "../tree"]);
    let ran = report(case.scan(["main", "tree"]), 0).says("tree/dep");
    let found = found(&ran.json());
    assert_eq!(found.keys().collect::<Vec<_>>(), ["main/a", "main/dep/f", "tree/a"]);
    assert!(found.values().all(|one| one.place == "repo"), "{found:?}");
    assert_eq!(found["tree/a"].asset, "repo:tree");
}

#[test]
fn a_file_that_a_sparse_checkout_left_behind_is_still_tracked() {
    let case = lines(&["near/a", "far/deep/b"]).raw(".gitignore", "").commit(".");
    git(&case, ".", &["sparse-checkout", "set", "--cone", "--sparse-index", "near"]);
    let case = case.file("far/deep/b", LINE).raw(".gitignore", "far/\n");
    let found = found(&report(case.scan(["."]), 0).json());
    assert_eq!(found.keys().collect::<Vec<_>>(), ["far/deep/b", "near/a"]);
    assert_eq!(found["far/deep/b"].place, "repo");
}

#[test]
fn a_repository_that_cannot_be_understood_is_incomplete_and_scanned_whole() {
    for (file, damage) in [(".git/index", "DIRCgarbage"), (".git/config", "[core\n")] {
        let case = lines(&["kept", "junk.log"]).raw(".gitignore", "*.log\n").commit(".").raw(file, damage);
        let ran = report(case.scan(["."]), 3).says("every file was scanned").says("hint: ");
        assert_eq!(found(&ran.json()).into_keys().collect::<Vec<_>>(), ["junk.log", "kept"], "{file}");
    }
}

#[test]
fn a_bare_repository_is_never_silently_clean() {
    let case = Case::new().raw("a", "nothing");
    git(&case, ".", &["init", "--quiet", "--bare", "bare.git"]);
    report(case.scan(["."]), 3).says("bare.git").says("hint: ");
}

/// `text` in UTF-16.
fn wide(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(unit).collect()
}

#[test]
fn utf_8_and_utf_16_are_read_with_and_without_a_byte_order_mark() {
    let text = format!("first line \u{e4}\nsecond\ntoken = {}\nlast\n", Case::new().secret(TOKEN));
    let ascii = text.replace('\u{e4}', "a");
    let case = Case::new()
        .raw("utf8", &text)
        .raw("utf8-bom", ["\u{feff}", &text].concat())
        .raw("le", wide(&ascii, u16::to_le_bytes))
        .raw("be", wide(&ascii, u16::to_be_bytes))
        .raw("le-bom", wide(&format!("\u{feff}{text}"), u16::to_le_bytes))
        .raw("be-bom", wide(&format!("\u{feff}{text}"), u16::to_be_bytes));
    let found = found(&report(case.scan(["."]), 0).json());
    let narrow = text.find("ghp_").expect("token") as u64;
    let units = ascii.find("ghp_").expect("token") as u64;
    for (path, byte) in [
        ("utf8", narrow),
        ("utf8-bom", narrow + 3),
        ("le", units * 2),
        ("be", units * 2),
        ("le-bom", units * 2 + 2),
        ("be-bom", units * 2 + 2),
    ] {
        let one = found.get(path).unwrap_or_else(|| panic!("nothing in {path}"));
        assert_eq!((one.line, one.byte), (3, byte), "{path}");
    }
}

#[test]
fn text_within_a_binary_file_is_scanned() {
    let mut bytes: Vec<u8> = (0..=255).cycle().take(70_000).collect();
    let at = bytes.len() as u64 + 13;
    bytes.extend(b"\0GITHUB_TOKEN=");
    let at = at + 1;
    let case = Case::new();
    bytes.extend(case.secret(TOKEN).bytes());
    bytes.extend([0, 255, 0, 1, 2]);
    let case = case.raw("program", bytes);
    assert_eq!(found(&report(case.scan(["."]), 0).json())["program"].byte, at);
}

/// Text of many lines with the credential behind the last; and the line and offset of the credential.
fn long(case: &Case, size: usize) -> (Vec<u8>, u64, u64) {
    let line = b"an ordinary line of a log that goes on and on and says nothing of note\n";
    let mut bytes = line.repeat(size / line.len());
    let (lines, at) = ((size / line.len()) as u64, bytes.len() as u64);
    bytes.extend(format!("token = {}\n", case.secret(TOKEN)).bytes());
    (bytes, lines + 1, at + "token = ".len() as u64)
}

#[test]
fn a_file_of_many_windows_gives_the_right_line_and_byte() {
    let case = Case::new();
    let (bytes, line, byte) = long(&case, 5 << 20);
    let case = case.raw("long.log", bytes);
    for size in ["1MiB", "2MiB", "64MiB"] {
        let found = found(&report(case.scan(["."]).args(["--max-file-size", size]), 0).json());
        assert_eq!((found["long.log"].line, found["long.log"].byte), (line, byte), "{size}");
    }
}

#[test]
fn a_credential_across_the_cut_of_two_windows_is_found_once_and_whole() {
    let case = Case::new();
    let token = case.secret(TOKEN);
    // One line without an end, so that no window can be cut at one.
    for shift in 0..3 {
        let mut bytes = b"x ".repeat(3 << 19);
        let at = (1 << 20) - 20 * (shift + 1);
        bytes.splice(at..at + token.len(), token.bytes());
        bytes[at - 1] = b' ';
        bytes[at + token.len()] = b' ';
        fs::write(case.path("one-line"), bytes).expect("file");
        let found = found(&report(case.scan(["."]).args(["--max-file-size", "1MiB"]), 0).json());
        assert_eq!((found["one-line"].line, found["one-line"].byte), (1, at as u64));
    }
}

#[test]
fn standard_input_is_read_to_its_end_in_windows_too() {
    let case = Case::new();
    let (bytes, line, byte) = long(&case, 3 << 20);
    let ran = report(case.scan(["-", "--max-file-size", "1MiB"]).stdin(bytes), 0);
    let one = &found(&ran.json())["<stdin>"];
    assert_eq!((one.line, one.byte, one.place.as_str(), one.asset.as_str()), (line, byte, "host_config", "host"));
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    let mut case = Case::new();
    for at in 0..150 {
        case = case.seed(at % 7).file(&format!("dir{}/file{at}", at % 9), LINE);
    }
    let case = case.commit("dir1");
    for format in ["json", "jsonl", "sarif", "human"] {
        let run = |threads: &str| {
            let run = case.scan([".", "--no-config", "--fail-on", "none", "-f", format, "--threads", threads]);
            run.exits(0).text()
        };
        let one = run("1");
        assert!(one == run("2") && one == run("8"), "{format} differs");
    }
}

#[test]
fn what_is_tracked_is_what_git_says() {
    for format in ["sha1", "sha256"] {
        for version in ["2", "3", "4"] {
            let case = lines(&["a", "a.b/c", "dir/long/path/x", "dir/long/path/y", "z", "new/n"]);
            git(&case, ".", &["init", "--quiet", "--object-format", format]);
            git(&case, ".", &["-c", &format!("index.version={version}"), "add", "a", "a.b", "dir", "z"]);
            git(&case, ".", &["update-index", "--skip-worktree", "z"]);
            let listed = case.git(Path::new(&case.path(".")), &["ls-files"]).stdout;
            let listed = String::from_utf8(listed).expect("text");
            let found = found(&report(case.scan(["."]), 0).json());
            let tracked: Vec<_> = found.iter().filter(|(_, one)| one.place == "repo").map(|(path, _)| path).collect();
            assert_eq!(tracked, listed.lines().collect::<Vec<_>>(), "{format} {version}");
            assert_eq!(found["new/n"].place, "host_config");
        }
    }
}
