//! What the command line answers: exit codes and messages for every bad input, streams, files, configuration.

use std::fs;
use std::io::Read;
use std::process::{Command, Stdio};

use crate::runner::{Case, checks};

const TOKEN: &str = "ghp_{alnum:30}{crc32-github}";

/// A config of Claude Code with one literal token.
fn one_token() -> Case {
    Case::new().file(
        ".mcp.json",
        r#"{ "mcpServers": { "github": { "env": { "GITHUB_TOKEN": "<<ghp_{alnum:30}{crc32-github}>>" } } } }"#,
    )
}

#[test]
fn a_finding_fails_the_run_and_a_clean_tree_does_not() {
    one_token().scan(["."]).exits(1);
    let ran = Case::new().raw("notes.txt", "nothing here\n").scan(["."]).exits(0);
    assert_eq!(ran.coverage(), "scanned 1 file, 0 blobs, 0 commits, 13 B; skipped nothing; complete");
}

#[test]
fn the_current_directory_is_scanned_where_no_path_is_named() {
    let case = one_token();
    assert_eq!(case.scan([""; 0]).exits(1).stdout, case.scan(["."]).exits(1).stdout);
}

#[test]
fn every_bad_value_is_refused_with_what_to_do() {
    let case = one_token();
    for (arguments, says) in [
        (&["--fail-on", "unregisterd"][..], "did you mean `unregistered`?"),
        (&["--fail-on", "none,high"], "`none` cannot be combined"),
        (&["--format", "sarfi"], "did you mean `sarif`?"),
        (&["--output", "out.xml"], "cannot tell the format"),
        (&["--output", "no/such/out.json"], "`no/such` is not a directory"),
        (&["--output", "json=-"], "use --format"),
        (&["--output", "a.json", "--output", "a.json"], "two reports"),
        (&["--max-file-size", "10parsecs"], "10MB or 64MiB"),
        (&["--now", "yesterday"], "--now"),
        (&["--threads", "0"], "--threads"),
        (&["--min-confidence", "huge"], "[possible values: low, medium, high]"),
        (&["--findings", "some"], "[possible values: primary, all]"),
        (&["--inventory", "worklods=x.csv"], "did you mean `workloads`?"),
        (&["--exclude", "["], "`[`"),
        (&["--no-such-option"], "--no-such-option"),
        (&["--verbose", "--quiet"], "cannot be used with"),
    ] {
        case.scan(["."]).args(arguments).exits(2).says("error: ").says(says);
    }
}

#[test]
fn what_a_later_version_may_learn_is_not_accepted_and_ignored() {
    let case = one_token();
    for option in ["--resume", "--targets"] {
        case.scan([option, "x"]).exits(2).says("unexpected argument");
    }
}

#[test]
fn a_missing_path_is_an_error_and_nothing_is_scanned() {
    let ran = one_token().scan([".", "no-such"]).exits(2).says("`no-such`").says("hint: ");
    assert!(ran.stdout.is_empty(), "nothing is reported");
}

#[cfg(unix)]
#[test]
fn an_unreadable_file_makes_the_run_incomplete_and_is_named() {
    use std::os::unix::fs::PermissionsExt;
    let case = Case::new().raw("open.txt", "x").raw("shut.txt", "x");
    fs::set_permissions(case.path("shut.txt"), fs::Permissions::from_mode(0o000)).expect("permissions");
    let ran = case.unprivileged(["scan", ".", "--fail-on", "none"]).exits(3).says("shut.txt").says("hint: ");
    assert!(ran.coverage().contains("1 unreadable") && ran.coverage().ends_with("incomplete"), "{}", ran.coverage());
}

#[test]
fn an_empty_directory_is_incomplete_because_nothing_was_scanned() {
    let ran = Case::new().scan(["."]).exits(3);
    assert!(ran.coverage().ends_with("; incomplete"), "{}", ran.coverage());
}

#[test]
fn a_config_that_does_not_parse_is_named_with_its_line_and_scanned_all_the_same() {
    let case = Case::new().file(
        ".mcp.json",
        "{ \"mcpServers\": {\n  \"github\": { \"env\": { \"GITHUB_TOKEN\": \"<<ghp_{alnum:30}{crc32-github}>>\" }\n",
    );
    let ran = case.scan([".", "-f", "json"]).exits(1).says(".mcp.json:").says("hint: ");
    assert!(ran.coverage().ends_with("; complete"), "{}", ran.coverage());
    assert_eq!(ran.json()["credentials"].as_array().expect("credentials").len(), 1);
}

#[test]
fn an_inventory_that_cannot_be_used_is_an_error() {
    let case = one_token().raw("empty.jsonl", "").raw("broken.jsonl", "{\"id\": \n").raw("odd.csv", "a,b\n1,2\n");
    for file in ["empty.jsonl", "broken.jsonl", "odd.csv", "missing.jsonl"] {
        case.scan([".", "--inventory", file]).exits(2).says(file).says("hint: ");
    }
}

#[test]
fn one_broken_row_of_an_inventory_is_named_and_the_others_are_used() {
    let case = one_token().raw(
        "nhi.jsonl",
        concat!(
            "{\"schema\":\"nhi-inventory/1\",\"exported_at\":\"2026-11-22T00:00:00Z\",\"complete\":true}\n",
            "{\"id\":\"nhi-1\",\"state\":\"active\",\"kind\":\"api_token\",\"issuer\":\"github\"}\n",
            "{\"id\":\"nhi-2\",\"state\":\"nonsense\",\"kind\":\"api_token\",\"issuer\":\"github\"}\n",
        ),
    );
    let ran =
        case.scan([".mcp.json", "--inventory", "nhi.jsonl", "-f", "json"]).exits(1).says("nhi.jsonl:3").says("hint: ");
    assert!(checks(&ran.json()).contains(&"unregistered".to_owned()));
}

#[test]
fn a_policy_that_cannot_be_used_is_an_error_with_its_line() {
    let case = one_token().raw("policy.toml", "version = 1\n[owners]\nalowed = []\n");
    case.scan([".", "--policy", "policy.toml"]).exits(2).says("policy.toml:3").says("hint: ");
    case.scan([".", "--policy", "missing.toml"]).exits(2).says("missing.toml").says("hint: ");
}

#[test]
fn a_key_that_cannot_be_used_is_an_error_and_is_not_repeated() {
    let case = one_token().raw("short.key", "5a5a").raw("odd.key", "hunter2 is not a key");
    case.scan([".", "--key-file", "short.key"]).exits(2).says("short.key").says("hint: ").never_shows("5a5a");
    case.scan([".", "--key-file", "odd.key"]).exits(2).says("odd.key").never_shows("hunter2");
    case.scan(["."]).env("KEYTRAWL_KEY", "tooshort").exits(2).says("KEYTRAWL_KEY").never_shows("tooshort");
}

#[test]
fn the_fail_on_list_decides_between_one_and_zero() {
    let case = one_token();
    case.scan([".", "--fail-on", "critical"]).exits(0);
    case.scan([".", "--fail-on", "exposed-on-host"]).exits(1);
    case.scan([".", "--fail-on", "none"]).exits(0);
    case.scan([".", "--exit-zero"]).exits(0);
    case.scan(["no-such", "--exit-zero"]).exits(2);
}

#[test]
fn standard_input_is_scanned_and_so_are_env_dumps_in_it() {
    let case = Case::new();
    let dump = format!("PATH=/bin\nGITHUB_TOKEN={}\n", case.secret(TOKEN));
    let report = case.scan(["-", "--env-dump", "-f", "json"]).stdin(dump).exits(1).json();
    let occurrence = &report["credentials"][0]["occurrences"][0];
    assert_eq!(occurrence["path"], "<stdin>");
    assert_eq!(occurrence["slot"], "env-dump");
    assert_eq!(occurrence["variable"], "GITHUB_TOKEN");
    assert_eq!(occurrence["region"]["startLine"], 2);
}

#[test]
fn reports_go_to_files_and_standard_output_at_once() {
    let case = one_token();
    let ran = case.scan([".", "-o", "out.sarif", "-o", "json=report.data", "-f", "jsonl"]).exits(1);
    assert!(ran.text().lines().all(|line| line.starts_with('{')), "standard output is JSONL");
    let sarif: serde_json::Value =
        serde_json::from_slice(&fs::read(case.path("out.sarif")).expect("written")).expect("JSON");
    assert_eq!(sarif["version"], "2.1.0");
    let json: serde_json::Value =
        serde_json::from_slice(&fs::read(case.path("report.data")).expect("written")).expect("JSON");
    assert_eq!(json["schema"], "keytrawl-report/1");
    let left_over = fs::read_dir(case.path("")).expect("readable").count();
    assert_eq!(left_over, 3, "no temporary file is left");
}

#[test]
fn a_report_that_cannot_be_written_is_an_error() {
    let case = one_token().raw("taken/x", "");
    case.scan([".mcp.json", "-o", "json=taken"]).exits(2).says("taken");
}

#[test]
fn the_output_is_the_same_bytes_for_any_number_of_threads() {
    let mut case = one_token();
    for n in 0..60 {
        let seeded = format!("GITHUB_TOKEN=<<ghp_{{alnum:30}}{{crc32-github}}>>\nPORT={n}\n");
        case = case.file(&format!("service-{n}/.env"), &seeded);
    }
    for format in ["human", "json", "jsonl", "sarif"] {
        let one = case.scan([".", "-f", format, "--threads", "1"]).exits(1);
        let four = case.scan([".", "-f", format, "--threads", "4"]).exits(1);
        assert!(one.stdout == four.stdout, "{format} differs");
        assert_eq!(one.coverage(), four.coverage());
    }
}

#[test]
fn quiet_leaves_the_coverage_line_and_what_was_asked_for() {
    let case = one_token();
    let ran = case.scan([".", "--quiet"]).exits(1);
    assert!(ran.stdout.is_empty());
    assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.stderr);
    assert!(!case.scan([".", "--quiet", "-f", "json"]).exits(1).stdout.is_empty());
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let mut case = Case::new();
    for n in 0..300 {
        case = case.seed(n).file(&format!("s{n}/.env"), "GITHUB_TOKEN=<<ghp_{alnum:30}{crc32-github}>>\n");
    }
    let mut child = Command::new(env!("CARGO_BIN_EXE_keytrawl"))
        .args(["scan", "--no-config", "-f", "json"])
        .arg(case.path(""))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    drop(child.stdout.take());
    let mut stderr = String::new();
    child.stderr.take().expect("piped").read_to_string(&mut stderr).expect("text");
    let status = child.wait().expect("the binary ends");
    assert_eq!(status.code(), Some(0), "{stderr}");
    assert!(!stderr.contains("error"), "{stderr}");
}

#[test]
fn a_configuration_comes_from_where_the_user_says_and_the_command_line_wins() {
    let case = one_token().raw("mine.toml", "fail-on = [\"none\"]\nformat = \"json\"\n");
    case.scan([".mcp.json", "--config", "mine.toml"]).exits(0).json();
    case.scan([".mcp.json"]).env("KEYTRAWL_CONFIG", "mine.toml").exits(0).json();
    case.scan([".mcp.json", "--no-config"]).env("KEYTRAWL_CONFIG", "mine.toml").exits(1);
    case.scan([".mcp.json", "--config", "mine.toml", "--fail-on", "low"]).exits(1).json();
    let home = case.path("home/.config/keytrawl");
    fs::create_dir_all(&home).expect("directory");
    fs::copy(case.path("mine.toml"), home.join("config.toml")).expect("copied");
    case.scan([".mcp.json"]).env("HOME", case.path("home")).exits(0).json();
    case.scan([".mcp.json"]).env("XDG_CONFIG_HOME", case.path("home/.config")).exits(0).json();
}

#[test]
fn a_scanned_tree_cannot_configure_the_scan() {
    let case = one_token()
        .raw("keytrawl.toml", "fail-on = [\"none\"]\n")
        .raw(".keytrawl.toml", "fail-on = [\"none\"]\n")
        .raw("keytrawl/config.toml", "fail-on = [\"none\"]\n")
        .raw(".config/keytrawl/config.toml", "fail-on = [\"none\"]\n")
        .raw(".ignore", "*\n");
    case.scan(["."]).exits(1);
    case.scan(["."]).env("XDG_CONFIG_HOME", ".").exits(1);
}

#[test]
fn a_broken_configuration_is_an_error_with_its_line() {
    let case = one_token().raw("mine.toml", "threads = 2\nfail_on = []\n").raw("words.toml", "fail-on = [\"hihg\"]\n");
    case.scan([".", "--config", "mine.toml"]).exits(2).says("mine.toml:2:1: unknown field `fail_on`").says("hint: ");
    case.scan([".", "--config", "words.toml"]).exits(2).says("words.toml:1:").says("did you mean `high`?");
    case.scan([".", "--config", "missing.toml"]).exits(2).says("missing.toml").says("--no-config");
}

#[test]
fn saved_reports_are_converted_and_merged() {
    let case = one_token();
    case.scan([".mcp.json", "-o", "one.json"]).exits(1);
    let case = case.seed(8).file("other/.env", "GITHUB_TOKEN=<<ghp_{alnum:30}{crc32-github}>>\n");
    case.scan(["other", "-o", "two.json"]).exits(1);
    let merged = case.run(["report", "one.json", "two.json", "-f", "json"]).exits(1).json();
    assert_eq!(merged["credentials"].as_array().expect("credentials").len(), 2);
    assert_eq!(merged["coverage"]["files"], 2);
    let other = case.run(["report", "two.json", "one.json", "-f", "json"]).exits(1).json();
    assert_eq!(merged["credentials"], other["credentials"], "the order in which reports are named decides nothing");
    assert_eq!(merged["findings"], other["findings"]);
    assert_eq!(merged["servers"].as_array().expect("servers").len(), 1, "{}", merged["servers"]);
    assert_eq!(other["servers"], merged["servers"]);
    let same = case.run(["report", "one.json", "one.json", "-f", "json"]).exits(1).json();
    assert_eq!(same["servers"], merged["servers"]);
    assert_eq!(same["credentials"].as_array().expect("credentials").len(), 1);
    assert_eq!(case.run(["report", "one.json", "-f", "sarif"]).exits(1).json()["version"], "2.1.0");
    case.run(["report", "one.json", "--fail-on", "critical"]).exits(0);
    case.run(["report", ".mcp.json"]).exits(2).says(".mcp.json").says("hint: ");
}

#[test]
fn lines_of_several_reports_are_merged_like_documents() {
    let case = one_token();
    case.scan([".mcp.json", "-o", "one.json", "-o", "one.jsonl"]).exits(1);
    let case = case.seed(8).file("other/.env", "GITHUB_TOKEN=<<ghp_{alnum:30}{crc32-github}>>\n");
    case.scan(["other", "-o", "two.json", "-o", "two.jsonl"]).exits(1);
    let read = |name: &str| fs::read_to_string(case.path(name)).expect("a report");
    let lines = read("one.jsonl") + &read("two.jsonl");
    let documents = case.run(["report", "one.json", "two.json", "-f", "json"]).exits(1).json();
    assert_eq!(case.run(["report", "one.jsonl", "two.jsonl", "-f", "json"]).exits(1).json(), documents);
    assert_eq!(case.run(["report", "-", "-f", "json"]).stdin(lines.as_bytes()).exits(1).json(), documents);
    let cut = lines.rsplit_once("{\"type\":\"coverage\"").expect("a last line").0;
    case.run(["report", "-"]).stdin(cut.as_bytes()).exits(2).says("cut off").says("hint: ");
}

#[test]
fn help_tells_examples_and_exit_codes() {
    let case = Case::new();
    for command in [&["--help"][..], &["scan", "--help"]] {
        let text = case.run(command).exits(0).text();
        assert!(text.contains("Examples:") && text.contains("Exit codes:"), "{text}");
    }
    case.run([""; 0]).exits(2);
    case.run(["--version"]).exits(0);
}

#[test]
fn a_tracked_file_is_in_the_repository_and_an_ignored_one_on_the_host() {
    let line = "GITHUB_TOKEN=<<ghp_{alnum:30}{crc32-github}>>\n";
    let case = Case::new()
        .raw("repo/.gitignore", ".env\nbuild/\n")
        .file("repo/.env", line)
        .file("repo/build/dump.txt", line)
        .file("repo/deploy/settings.txt", line)
        .commit("repo");
    let ran = case.scan(["repo", "-f", "json"]).exits(1);
    let report = ran.json();
    let occurrences = report["credentials"][0]["occurrences"].as_array().expect("occurrences");
    let places: Vec<String> =
        occurrences.iter().map(|place| format!("{} {}", place["path"], place["place"]).replace('"', "")).collect();
    assert_eq!(places, ["repo/.env host_config", "repo/deploy/settings.txt repo"]);
    assert!(ran.coverage().contains("1 ignored"), "{}", ran.coverage());
    case.scan(["repo", "--no-ignore", "-f", "json"]).exits(1).says("skipped nothing");
}

#[test]
fn paths_are_relative_to_where_the_run_is_started() {
    let case = one_token().raw("elsewhere/x", "");
    let path = |report: serde_json::Value| report["credentials"][0]["occurrences"][0]["path"].clone();
    assert_eq!(path(case.scan([".", "-f", "json"]).exits(1).json()), ".mcp.json");
    assert_eq!(path(case.scan(["..", "-f", "json"]).within("elsewhere").exits(1).json()), ".mcp.json");
}

#[test]
fn the_report_for_people_says_what_where_and_what_to_do() {
    let case = one_token();
    let ran = case.scan([".", "--color", "never"]).exits(1);
    let text = ran.scrubbed(&ran.text());
    let credential = text.split("\n\n").next().expect("a block");
    insta::assert_snapshot!(credential, @r"
    MEDIUM  ghp_…x6DZ (40)  github · github-pat-classic · high confidence
      id       e64d4a9d9819fc7bccdc4e22a20f2d31
      found    .mcp.json:1:57  claude-code › github › env GITHUB_TOKEN
      owner    unknown: no inventory was given
      standing unchecked: no inventory was given
      why      exposed-on-host (medium): `github-pat-classic` credential of server `github` in `claude-code` (env `GITHUB_TOKEN`) stands literally in a file that no repository tracks
      do       Put a reference in its place (`${VAR}`, `${input:…}`, a secret manager's command), keep the value in the system's key store or the secret manager, and rotate it if anyone else could read the file.
    ");
}

#[test]
fn no_report_holds_an_absolute_path() {
    let case = Case::new();
    let root = case.path("").display().to_string();
    case.run(["demo", &case.path("sample").display().to_string()]).exits(0);
    for format in ["json", "jsonl", "sarif", "human"] {
        let absolute = |path: &str| case.path(path).into_os_string();
        let ran = case
            .scan([absolute("sample/workspace")])
            .args(["-f", format, "--inventory"])
            .args([absolute("sample/inventory.jsonl"), "--key-file".into(), absolute("sample/fingerprint.key")])
            .within("sample/dumps")
            .exits(1);
        assert!(!ran.text().contains(&root), "{format} holds {root}");
    }
}

#[test]
fn progress_is_shown_where_it_is_asked_for_and_never_in_the_report() {
    let case = one_token();
    let silent = case.scan(["."]).exits(1);
    let shown = case.scan([".", "--progress", "always"]).exits(1).says("scanning: ");
    assert!(!silent.stderr.contains("scanning: ") && silent.stdout == shown.stdout);
}

#[test]
fn inventory_hash_never_echoes_a_secret_and_its_keys_match() {
    let case = one_token();
    let secret = case.secret(TOKEN);
    let hashed = case.run(["inventory", "hash"]).stdin(format!("{secret}\n")).exits(0).never_shows(&secret);
    let keys = hashed.json()["match"].clone();
    let row = serde_json::json!({
        "id": "nhi-1", "state": "active", "kind": "api_token", "issuer": "github",
        "owner": { "kind": "team", "id": "iam" }, "match": keys,
    });
    let case = case.raw("nhi.jsonl", format!("{row}\n"));
    let report = case.scan([".mcp.json", "--inventory", "nhi.jsonl", "-f", "json"]).exits(1).json();
    assert_eq!(report["credentials"][0]["standing"]["status"], "exact");
    let id = report["credentials"][0]["id"].as_str().expect("an id").to_owned();
    let explain = ["inventory", "explain", &id, ".mcp.json", "--inventory", "nhi.jsonl"];
    let text = case.run(explain).exits(0).never_shows(&secret).text();
    assert!(text.contains("standing: exact") && text.contains("nhi-1 (nhi.jsonl:1)"), "{text}");
    let explain = ["inventory", "explain", "-", "--inventory", "nhi.jsonl"];
    let text = case.run(explain).stdin(secret.clone()).exits(0).never_shows(&secret).text();
    assert!(text.contains("standing: exact"), "{text}");
    case.run(["inventory", "explain", "zz", "--inventory", "nhi.jsonl"]).exits(2).says("hint: ");
    case.run(["inventory", "hash"]).stdin("hunter2\n").exits(2).never_shows("hunter2");
}
