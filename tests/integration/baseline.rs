//! The baseline: what was there when the gate was put up fails nothing, whatever is done to the lines around it.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use crate::runner::Case;

const CONFIG: &str =
    r#"{ "mcpServers": { "github": { "env": { "GITHUB_TOKEN": "<<ghp_{alnum:30}{crc32-github}>>" } } } }"#;
const OTHER: &str = "GITHUB_TOKEN=<<github_pat_{alnum:22}_{alnum:59}>>\n";

fn case() -> Case {
    Case::new().file("work/.mcp.json", CONFIG).commit("work")
}

#[track_caller]
fn write(case: &Case) -> String {
    let ran = case.run(["baseline", "write", "work", "--no-config", "--baseline", "known"]).exits(0);
    assert!(ran.stderr.contains("known: ") && ran.stderr.contains("written"), "{}", ran.stderr);
    fs::read_to_string(case.path("known")).expect("written")
}

/// `(check, baselineState, suppressed)` of each SARIF result.
fn results(case: &Case, code: i32) -> Vec<(String, String, bool)> {
    let sarif = case.scan(["work", "--no-config", "--baseline", "known", "-f", "sarif"]).exits(code).json();
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let results = sarif["runs"][0]["results"].as_array().expect("results");
    let tell = |one: &Value| (word(&one["ruleId"]), word(&one["baselineState"]), one.get("suppressions").is_some());
    results.iter().map(tell).collect()
}

#[test]
fn a_finding_has_the_same_id_wherever_keytrawl_is_started() {
    let case = case().file("work/sub/.mcp.json", OTHER).file("work/sub/deep/x", "").commit("work");
    let ids = |within: &str, arguments: &[&str]| {
        let report = case.scan([&["--no-config", "-f", "json"], arguments].concat()).within(within).exits(1).json();
        let findings = report["findings"].as_array().expect("findings");
        let id = |it: &Value| it["path"].as_str().unwrap().ends_with("sub/.mcp.json").then(|| it["id"].clone());
        let ids: Vec<Value> = findings.iter().filter_map(id).collect();
        assert!(!ids.is_empty(), "{arguments:?} in {within}");
        (ids, findings.len())
    };
    let known = ids("work", &["."]);
    for (within, arguments) in [(".", &["work"][..]), ("work/sub/deep", &["../.."]), ("work", &[".", "--history"])] {
        assert_eq!(ids(within, arguments), known, "{arguments:?} in {within}");
    }
    for within in ["work/sub", "work/sub/deep"] {
        let target = if within == "work/sub" { ".." } else { "../.." };
        let with_history = ids(within, &[target, "--history"]);
        assert_eq!(with_history, known, "history and work tree are one place in {within}");
    }
}

#[test]
fn a_baseline_is_one_id_a_line_sorted_and_nothing_else() {
    let case = case().file("work/a.env", OTHER);
    let text = write(&case);
    let ids: Vec<&str> = text.lines().collect();
    assert!(ids.len() >= 2 && ids.is_sorted() && text.ends_with('\n'), "{text}");
    assert!(ids.iter().all(|id| id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit())), "{text}");
    let printed = case.run(["baseline", "write", "work", "--no-config"]).exits(0).text();
    assert_eq!(printed, text, "standard output gets the same file");
    assert_eq!(write(&case), text, "and so does the next run");
}

#[test]
fn what_the_baseline_holds_fails_nothing_and_what_is_new_fails() {
    let case = case();
    write(&case);
    assert_eq!(results(&case, 0), [("exposed-in-repository".into(), "unchanged".into(), true)]);
    let case = case.file("work/a.env", OTHER);
    let found: BTreeMap<_, _> =
        results(&case, 1).into_iter().map(|(check, state, held)| (state, (check, held))).collect();
    assert_eq!(found["unchanged"], ("exposed-in-repository".into(), true));
    assert!(!found["new"].1, "{found:?}");
}

#[test]
fn without_a_baseline_nothing_is_said_of_one() {
    let sarif = case().scan(["work", "--no-config", "-f", "sarif"]).exits(1).json();
    assert!(!sarif.to_string().contains("baselineState"));
}

#[test]
fn ids_survive_moved_lines_reformatting_a_new_commit_and_a_squash() {
    let case = case();
    let before = write(&case);
    let spread = CONFIG.replace("{ ", "{\n\n\t").replace(" }", "\n}");
    let case = case.file("work/.mcp.json", &spread);
    assert_eq!(write(&case), before, "reformatted");
    let path = case.path("work");
    for arguments in [
        &["commit", "--quiet", "--all", "--message", "Reformat"][..],
        &["reset", "--quiet", "--soft", "HEAD~1"],
        &["commit", "--quiet", "--amend", "--message", "Squash"],
    ] {
        assert!(case.git(&path, arguments).status.success(), "{arguments:?}");
        assert_eq!(write(&case), before, "git {arguments:?}");
    }
    let text =
        CONFIG.replace("\"github\": {", "\"other\": { \"command\": \"npx\" }, \"github\": { \"args\": [\"-y\"],");
    assert_eq!(write(&case.file("work/.mcp.json", &text)), before, "a neighbour was added");
}

#[test]
fn a_rotated_credential_is_new_at_the_same_place() {
    let case = case();
    write(&case);
    let case = case.seed(8).file("work/.mcp.json", CONFIG);
    assert_eq!(results(&case, 1), [("exposed-in-repository".into(), "new".into(), false)]);
}

#[test]
fn a_second_copy_in_one_file_is_new_and_the_first_stays_known() {
    let line = "token = <<ghp_{alnum:30}{crc32-github}>>\n";
    let case = Case::new().file("work/notes.md", line).commit("work");
    write(&case);
    let case = case.file("work/notes.md", &format!("{line}\n\n{line}"));
    let mut states: Vec<String> = results(&case, 1).into_iter().map(|(_, state, _)| state).collect();
    states.sort();
    assert_eq!(states, ["new", "unchanged"]);
}

#[test]
fn primary_findings_do_not_let_a_known_one_stand_for_a_new_one() {
    let case = case();
    write(&case);
    // An inventory that covers the issuer and does not know the credential: one finding more on the same place.
    let case = case.raw(
        "nhi.jsonl",
        "{\"schema\":\"nhi-inventory/1\",\"exported_at\":\"2026-11-21T02:00:00Z\",\"complete\":true,\"scope\":[\"github\"]}\n\
         {\"id\":\"n1\",\"state\":\"active\",\"kind\":\"api_token\",\"issuer\":\"github\",\"match\":[{\"alg\":\"last8\",\"value\":\"12345678\"}]}\n",
    );
    for which in ["primary", "all"] {
        let arguments = ["work", "--no-config", "--baseline", "known", "--inventory", "nhi.jsonl", "-f", "json"];
        let report = case.scan(arguments).args(["--findings", which]).exits(1).json();
        let findings = report["findings"].as_array().expect("findings");
        let state = |check: &str| {
            let of = findings.iter().find(|finding| finding["check"] == check).expect("the check fired");
            (of["baseline_state"].as_str().map(str::to_owned), of.get("suppressed").is_some())
        };
        assert_eq!(state("unregistered"), (Some("new".to_owned()), false), "{which}");
        assert_eq!(state("exposed-in-repository"), (Some("unchanged".to_owned()), true), "{which}");
    }
}

#[test]
fn prune_takes_out_what_is_gone_and_adds_nothing() {
    let case = case().file("work/a.env", OTHER);
    let all = write(&case);
    fs::remove_file(case.path("work/a.env")).expect("removed");
    let case = case.file("work/new.env", "X_TOKEN=<<ghp_{alnum:30}{crc32-github}>>\n");
    let ran = case.run(["baseline", "prune", "work", "--no-config", "--baseline", "known"]).exits(0);
    assert!(ran.stderr.contains("known: 1 finding taken out, 1 kept"), "{}", ran.stderr);
    let kept = fs::read_to_string(case.path("known")).expect("readable");
    assert!(kept.lines().count() == 1 && all.contains(&kept), "{kept}");
    case.scan(["work", "--no-config", "--baseline", "known"]).exits(1);
}

#[test]
fn an_incomplete_scan_prunes_nothing() {
    let case = case();
    let before = write(&case);
    fs::remove_dir_all(case.path("work")).expect("removed");
    fs::create_dir(case.path("work")).expect("made");
    fs::write(case.path("known"), &before).expect("written");
    case.run(["baseline", "prune", "work", "--no-config", "--baseline", "known"]).exits(3).says("left as it was");
    assert_eq!(fs::read_to_string(case.path("known")).expect("readable"), before);
}

#[test]
fn a_baseline_that_cannot_be_used_scans_nothing() {
    let case = case().raw("broken", "0123\n").raw("conflict", "<<<<<<< ours\n");
    case.scan(["work", "--baseline", "none"]).exits(2).says("could not read baseline `none`").says("hint: ");
    case.scan(["work", "--baseline", "broken"]).exits(2).says("broken:1: not the id of a finding");
    case.scan(["work", "--baseline", "conflict"]).exits(2).says("resolve the merge conflict");
    case.run(["baseline", "prune", "work"]).exits(2).says("--baseline");
    case.run(["baseline", "write", "work", "--staged"]).exits(2).says("leave out --staged");
}

#[test]
fn a_saved_report_can_be_held_against_a_baseline_too() {
    let case = case();
    write(&case);
    case.scan(["work", "--no-config", "-q", "-o", "saved.json"]).exits(1);
    case.run(["report", "saved.json", "--no-config"]).exits(1);
    let held = case.run(["report", "saved.json", "--no-config", "--baseline", "known"]).exits(0);
    assert!(held.text().contains("1 in the baseline"), "{}", held.text());
}
