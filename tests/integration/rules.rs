//! Rules of a user's own: `--rules`, and what `keytrawl rules` says of them and of ours.

use std::fs;
use std::path::Path;

use crate::runner::Case;

/// The complete example of docs/rules.md.
fn example() -> String {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rules.md")).expect("docs/rules.md");
    let block = page.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a TOML block");
    block.to_owned()
}

const KEY: &str = "acme_live_{lower:4}_{alnum:32}";

/// A directory with the example as a rule, and a file with one of its keys.
fn acme() -> Case {
    Case::new().raw("rules/acme.toml", example()).file("app/settings.txt", "key <<acme_live_{lower:4}_{alnum:32}>>\n")
}

#[test]
fn the_examples_in_docs_rules_md_are_true() {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rules.md")).expect("docs/rules.md");
    let case = Case::new()
        .raw("rules.md", page)
        .raw("rules.in/acme.toml", example())
        .raw("rules.in/typo.toml", example().replace("keywords =", "keyword ="));
    let cases = trycmd::TestCases::new();
    cases.register_bin("keytrawl", Path::new(env!("CARGO_BIN_EXE_keytrawl")));
    cases.case(case.path("rules.md"));
    cases.run();
}

#[test]
fn a_rule_of_one_s_own_is_found_with_its_issuer_and_ids() {
    let case = acme();
    case.scan(["app"]).exits(0);
    let report = case.scan(["app", "--rules", "rules", "-f", "json"]).exits(1).never_shows(&case.secret(KEY)).json();
    let credential = &report["credentials"][0];
    assert_eq!((&credential["detector"], &credential["issuer"]), (&"acme-service-key".into(), &"acme".into()));
    assert_eq!(credential["facts"]["account"].as_str().expect("an account").len(), 4);
    case.scan(["app", "--rules", "rules/acme.toml"]).exits(1);
}

#[test]
fn rules_may_stand_in_the_configuration_and_never_in_what_is_scanned() {
    let case = acme().raw("home/mine.toml", "rules = [\"../rules\"]\n");
    case.scan(["app", "--config", "home/mine.toml"]).exits(1);
    let case = case
        .raw("app/rules/acme.toml", example())
        .raw("app/keytrawl.toml", "rules = [\"rules\"]\n")
        .raw("app/.keytrawl/rules/acme.toml", example());
    case.scan(["."]).within("app").exits(0);
}

#[test]
fn a_rule_of_a_known_id_takes_its_place_and_verbose_says_so() {
    let own = example().replace("\"acme-service-key\"", "\"github-pat-classic\"");
    let case =
        acme().raw("own/github.toml", own).file("token/settings.txt", "GITHUB <<ghp_{alnum:30}{crc32-github}>>\n");
    case.scan(["token"]).exits(1);
    case.scan(["token", "--rules", "own", "-v"]).exits(0).says("takes the place of github-pat-classic");
    case.scan(["app", "--rules", "rules", "-v"]).exits(1).says("(1 by --rules)");
    let text = case.run(["rules", "check", "own"]).exits(0).text();
    assert!(text.contains("note: own/github.toml:4: github-pat-classic: it takes the place"), "{text}");
}

#[test]
fn the_digest_of_the_settings_covers_the_rules() {
    let case = acme().raw("elsewhere/acme.toml", example()).raw("other/acme.toml", format!("{}\n# more\n", example()));
    let digest = |rules: &[&str]| {
        let ran = case.scan(["app", "-f", "json", "--exit-zero"]).args(rules).exits(0);
        ran.json()["settings"]["digest"].as_str().expect("a digest").to_owned()
    };
    let with = digest(&["--rules", "rules"]);
    assert_ne!(with, digest(&[]));
    assert_eq!(with, digest(&["--rules", "elsewhere"]), "where the rules lie makes no difference");
    assert_ne!(with, digest(&["--rules", "other"]));
}

#[test]
fn a_broken_rule_file_is_an_error_and_nothing_is_scanned() {
    let case = acme()
        .raw("broken/a.toml", example().replace("[A-Za-z0-9]{32}'", "[A-Za-z0-9'"))
        .raw("toml/a.toml", "[[detector]\n")
        .raw("twice/a.toml", example())
        .raw("twice/b.toml", example())
        .raw("sample/a.toml", example().replace("{alnum:31}", "{alnum:32}"))
        .raw("empty/readme.txt", "")
        .raw("large/a.toml", "#".repeat((1 << 20) + 1))
        .raw("binary/a.toml", [0xff, 0xfe]);
    for (rules, says) in [
        ("broken", "broken/a.toml:12: acme-service-key: the pattern does not compile"),
        ("toml", "toml/a.toml:1: "),
        ("twice", "twice/b.toml:4: acme-service-key: the id is used twice, first at twice/a.toml:4"),
        ("sample", "sample/a.toml:24: acme-service-key: negative sample 1 is found"),
        ("empty", "there is no rule file in `empty`"),
        ("large", "larger than 1 MiB"),
        ("binary", "`binary/a.toml`"),
        ("missing", "`missing`"),
    ] {
        let ran = case.scan(["app", "--rules", rules]).exits(2).says("error: ").says(says).says("hint: ");
        assert!(ran.stdout.is_empty() && !ran.stderr.contains("scanned "), "{}", ran.stderr);
        case.run(["rules", "check", rules]).exits(2);
    }
    case.run(["inventory", "hash", "--rules", "broken"]).exits(2).says("broken/a.toml:12");
    case.run(["rules", "list", "--rules", "broken"]).exits(2).says("broken/a.toml:12");
}

#[test]
fn rules_check_names_every_problem_with_file_line_and_hint() {
    let case = acme()
        .raw("own/a.toml", example().replace("entropy =", "entropie =").replace("[[detector]]", "\n[[detector]]"))
        .raw("own/b.toml", example().replace("\"api_key\"", "\"apikey\"").replace("https:", "http:"));
    let text = case.run(["rules", "check", "own"]).exits(2).text();
    insta::assert_snapshot!(text, @r"
    problem: own/a.toml:16: acme-service-key: unknown key `entropie`
    hint: did you mean `entropy`?
    problem: own/b.toml:7: acme-service-key: `kind` is not a kind of inventory record
    hint: compare with a rule that works: `keytrawl rules show ID`, docs/rules.md
    problem: own/b.toml:9: acme-service-key: `documentation` is not an https address
    hint: compare with a rule that works: `keytrawl rules show ID`, docs/rules.md
    3 problems
    ");
    let json = case.run(["rules", "check", "own", "--format", "json"]).exits(2).json();
    assert_eq!((&json["holds"], &json["problems"][0]["line"]), (&false.into(), &16.into()));
}

#[test]
fn our_own_rules_hold() {
    let case = Case::new();
    let text = case.run(["rules", "check"]).exits(0).text();
    assert!(
        text.contains(" detectors hold against ") && !text.contains("problem: ") && !text.contains("note: "),
        "{text}"
    );
}

#[test]
fn the_profile_ranks_detectors_by_what_they_cost() {
    let case = acme().raw("app/code.rs", "let acme_live_wire = 1;\nlet token = load();\n".repeat(50));
    let check = ["rules", "check", "rules", "--profile", "app"];
    let profile = case.run(check).args(["--format", "json"]).exits(0).json()["profile"].clone();
    assert_eq!((&profile["files"], &profile["complete"]), (&2.into(), &true.into()));
    let ranked = profile["detectors"].as_array().expect("detectors");
    let acme = ranked.iter().find(|cost| cost["id"] == "acme-service-key").expect("acme");
    assert_eq!((&acme["candidates"], &acme["confirmed"], &acme["found"]), (&51.into(), &1.into(), &1.into()));
    assert!(ranked.iter().any(|cost| cost["id"] == "generic-credential" && cost["candidates"].as_u64() >= Some(50)));
    let times: Vec<u64> = ranked.iter().map(|cost| cost["nanoseconds"].as_u64().expect("a time")).collect();
    assert!(times.is_sorted_by(|a, b| a >= b), "{times:?}");
    let text = case.run(check).exits(0).never_shows(&case.secret(KEY)).text();
    assert!(text.contains("acme-service-key") && text.contains("candidates") && text.contains("2 files"), "{text}");
    case.run(["rules", "check", "--profile", "missing"]).exits(2).says("`missing` does not exist");
}

#[test]
fn the_list_has_a_line_for_each_detector_and_check() {
    let case = acme();
    let text = case.run(["rules", "list", "--rules", "rules"]).exits(0).text();
    let columns = |id: &str| -> Vec<String> {
        let line = text.lines().find(|line| line.split_whitespace().next() == Some(id)).expect(id);
        line.split_whitespace().map(str::to_owned).collect()
    };
    assert_eq!(columns("id"), ["id", "provider", "issuer", "kind", "keywords"]);
    assert_eq!(columns("acme-service-key"), ["acme-service-key", "Acme", "acme", "api_key", "2"]);
    assert_eq!(columns("jwt")[0], "jwt");
    assert_eq!(columns("unregistered")[0], "unregistered");
    let json = case.run(["rules", "list", "--rules", "rules", "--format", "json"]).exits(0).json();
    let detectors = json["detectors"].as_array().expect("detectors");
    assert!(text.starts_with(&format!("{} detectors\n", detectors.len())));
    assert!(detectors.iter().any(|detector| detector["id"] == "acme-service-key" && detector["keywords"] == 2));
    assert!(json["checks"].as_array().is_some_and(|checks| checks.iter().any(|check| check["id"] == "unregistered")));
}

#[test]
fn every_id_of_the_list_can_be_shown() {
    let case = Case::new();
    let json = case.run(["rules", "list", "--format", "json"]).exits(0).json();
    // Each of a stride only: a process an id.
    for (kind, stride) in [("detectors", 23), ("checks", 9)] {
        for entry in json[kind].as_array().expect("a list").iter().step_by(stride) {
            let id = entry["id"].as_str().expect("an id");
            let text = case.run(["rules", "show", id]).exits(0).text();
            assert!(text.contains(id), "{id}");
            let told = if kind == "detectors" { "samples        " } else { "\n" };
            assert!(text.contains(told), "{text}");
        }
    }
    let text = case.run(["rules", "show", "github-pat-classic"]).exits(0).text();
    assert!(text.contains("checksum       github") && text.contains("documentation  https://"), "{text}");
    case.run(["rules", "show", "generic-credential"]).exits(0);
    case.run(["rules", "show", "unregisterd"]).exits(2).says("did you mean `unregistered`?");
    case.run(["rules", "show", "github-pat-clasic"]).exits(2).says("did you mean `github-pat-classic`?");
    case.run(["rules", "show", "zzzzzzzzzzzzzzzzzzz"]).exits(2).says("`keytrawl rules list` lists them");
}

#[test]
fn the_help_of_every_rules_command_has_examples() {
    let case = Case::new();
    for command in ["list", "show", "check"] {
        let text = case.run(["rules", command, "--help"]).exits(0).text();
        assert!(text.contains("Examples:"), "{text}");
    }
    assert!(case.run(["scan", "--help"]).exits(0).text().contains("--rules <DIR>"));
}
