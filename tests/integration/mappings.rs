//! Exports in forms of their own: for every built-in mapping the vendor's documented example becomes canonical records, and
//! a planted credential is matched by them. Fixtures are recipes; no export's credential in the clear survives.
//!
//! `fixtures/inventory/<mapping>/`: the export, what it is joined to, `expected.jsonl`, and `case.toml` with the credential
//! that is planted and what is to be said of it. `KEYTRAWL_BLESS=1` renews what is expected.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use keytrawl::credential::fingerprint::hmsl;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::runner::{Case, checks};

/// What is planted, and what is to be said of it.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Plant {
    secret: Option<String>,
    variable: Option<String>,
    #[serde(default)]
    also: BTreeMap<String, String>,
    /// Id of a Google service account key that is planted as a file of its own.
    gcp: Option<String>,
    record: Option<String>,
    status: Option<String>,
    by: Option<String>,
    #[serde(default)]
    plaintext: bool,
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/inventory")
}

/// Names of the fixtures, which are those of the mappings.
fn names() -> Vec<String> {
    let entries = fs::read_dir(fixtures()).unwrap().map(Result::unwrap).filter(|entry| entry.path().is_dir());
    let mut names: Vec<String> = entries.map(|entry| entry.file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn hex(bytes: impl AsRef<[u8]>) -> String {
    bytes.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What `<<…>>` in a fixture stands for: a recipe, or something that is made of what it makes.
fn expand(case: &Case, inside: &str) -> String {
    let (word, rest) = inside.split_once(' ').unwrap_or((inside, ""));
    let ends =
        || rest.split_once(' ').map(|(count, recipe)| (count.parse::<usize>().unwrap(), case.secret(recipe))).unwrap();
    match word {
        "sha256" => hex(Sha256::digest(case.secret(rest))),
        "sha256-base64" => STANDARD.encode(Sha256::digest(case.secret(rest))),
        "hmsl" => hex(hmsl(case.secret(rest).as_bytes()).unwrap()),
        "base64" => STANDARD.encode(case.secret(rest)),
        "alnum8" => "Ae178B4a".to_owned(),
        "head" => {
            let (count, secret) = ends();
            secret[..count].to_owned()
        }
        "tail" => {
            let (count, secret) = ends();
            secret[secret.len() - count..].to_owned()
        }
        _ => case.secret(inside),
    }
}

/// A template with everything filled in, and what was.
fn filled(case: &Case, template: &str, used: &mut BTreeMap<String, String>) -> String {
    let (mut text, mut rest) = (String::new(), template);
    while let Some((head, tail)) = rest.split_once("<<") {
        let (inside, behind) = tail.split_once(">>").expect("a closed recipe");
        let value = expand(case, inside);
        text.push_str(head);
        text.push_str(&value);
        used.insert(inside.to_owned(), value);
        rest = behind;
    }
    text.push_str(rest);
    text
}

/// A case with the files of a fixture, and the name of its export.
fn laid_out(name: &str) -> (Case, String, Plant, BTreeMap<String, String>) {
    let mut case = Case::new();
    let (mut used, mut export, mut plant) = (BTreeMap::new(), String::new(), Plant::default());
    let mut entries: Vec<_> = fs::read_dir(fixtures().join(name)).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        let file = path.file_name().unwrap().to_str().unwrap().to_owned();
        let text = fs::read_to_string(&path).unwrap();
        match file.as_str() {
            "case.toml" => plant = toml::from_str(&text).unwrap(),
            "expected.jsonl" => {}
            _ => {
                let text = filled(&case, &text, &mut used);
                if file.starts_with("export.") {
                    export = file.clone();
                }
                case = case.raw(&file, text);
            }
        }
    }
    (case, export, plant, used)
}

#[test]
fn every_built_in_mapping_has_a_fixture_and_makes_canonical_records_of_it() {
    let listed = Case::new().run(["inventory", "convert", "--list"]).exits(0).text();
    let known: Vec<&str> = listed.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(known, names(), "mappings and fixtures");
    for name in names() {
        let (case, export, plant, mut used) = laid_out(&name);
        let code = i32::from(plant.plaintext);
        let converted = case.run(["inventory", "convert", &format!("{name}={export}")]).exits(code);
        let text = converted.text();
        let expected = fixtures().join(&name).join("expected.jsonl");
        if std::env::var_os("KEYTRAWL_BLESS").is_some() {
            let recipes: Vec<String> =
                used.keys().filter(|inside| inside.contains('{') && !inside.contains(' ')).cloned().collect();
            for recipe in recipes.into_iter().chain(plant.secret.clone()) {
                used.insert(format!("sha256 {recipe}"), hex(Sha256::digest(case.secret(&recipe))));
            }
            let mut pairs: Vec<(String, String)> = used.into_iter().collect();
            pairs.sort_by_key(|(_, value)| std::cmp::Reverse(value.len()));
            let template =
                pairs.iter().fold(text.clone(), |text, (inside, value)| text.replace(value, &format!("<<{inside}>>")));
            fs::write(&expected, template).unwrap();
        }
        let template = fs::read_to_string(&expected).unwrap_or_else(|_| panic!("{} is missing", expected.display()));
        assert_eq!(text, filled(&case, &template, &mut BTreeMap::new()), "{name}");
        assert_eq!(code == 1, converted.stderr.contains("in the clear"), "{name}: {}", converted.stderr);
        // What was converted is an inventory that nothing is wrong with, and converting it again changes nothing.
        let case = case.raw("nhi.jsonl", &text);
        let again = case.run(["inventory", "convert", "nhi.jsonl"]).exits(0);
        assert_eq!(again.text(), text, "{name}");
    }
}

#[test]
fn a_planted_credential_is_matched_by_the_record_of_every_mapping_that_has_a_key() {
    for name in names() {
        let (mut case, export, plant, _) = laid_out(&name);
        let (Some(record), Some(status), Some(by)) = (&plant.record, &plant.status, &plant.by) else { continue };
        let record = filled(&case, record, &mut BTreeMap::new());
        if let Some(id) = &plant.gcp {
            let key = json!({"type": "service_account", "project_id": "my-project", "private_key_id": case.secret(id),
                "private_key": case.secret("{pem}"), "client_email": "agent@my-project.iam.gserviceaccount.com",
                "token_uri": "https://oauth2.googleapis.com/token"});
            case = case.raw("in/key.json", key.to_string());
        } else {
            let secret = case.secret(plant.secret.as_ref().unwrap());
            let mut env = serde_json::Map::new();
            for (variable, recipe) in &plant.also {
                env.insert(variable.clone(), case.secret(recipe).into());
            }
            env.insert(plant.variable.clone().unwrap(), secret.into());
            let config = json!({"mcpServers": {"x": {"command": "x-mcp", "env": env}}});
            case = case.raw("in/.mcp.json", config.to_string());
        }
        let named = format!("{name}={export}");
        let ran = case.scan(["in", "--inventory", &named, "-f", "json"]).exits(1);
        let report = ran.json();
        let credentials = report["credentials"].as_array().unwrap();
        let matched = credentials.iter().find(|credential| credential["standing"]["records"] == json!([record]));
        let matched = matched.unwrap_or_else(|| panic!("{name}: {credentials:#?}"));
        let standing = &matched["standing"];
        assert_eq!((&standing["status"], &standing["matched_by"]), (&json!(status), &json!(by)), "{name}");
        assert_eq!(checks(&report).contains(&"inventory-contains-plaintext".to_owned()), plant.plaintext, "{name}");
    }
}

#[test]
fn no_credential_of_an_export_survives_in_any_output() {
    for name in names() {
        let (case, export, plant, _) = laid_out(&name);
        let Some(recipe) = plant.secret.filter(|_| plant.plaintext) else { continue };
        let (secret, named) = (case.secret(&recipe), format!("{name}={export}"));
        let encoded = STANDARD.encode(&secret);
        let case = case.raw("in/a.txt", "nothing");
        let key = hex([7; 32]);
        let runs = [
            case.run(["inventory", "convert", &named]).env("KEYTRAWL_KEY", format!("q4:{key}")).exits(1),
            case.run(["inventory", "check", &named]).exits(1),
            case.scan(["in", "--inventory", &named, "-f", "json"]).exits(1),
            case.scan(["in", "--inventory", &named, "-f", "sarif"]).exits(1),
            case.scan(["in", "--inventory", &named, "-v"]).exits(1),
        ];
        for (index, ran) in runs.into_iter().enumerate() {
            let text = ran.never_shows(&secret).never_shows(&encoded).text();
            assert_eq!(
                index == 0,
                text.contains("hmac-sha256"),
                "{name}: only what is converted holds the keyed digest"
            );
        }
    }
}

/// The sample mapping of a user of our own names: an export with a word for what it is.
const OWN: &str = r#"version = 1
[[source]]
name = "acme"
format = "csv"
[source.defaults]
issuer = "github"
kind = "api_token"
[source.fields]
id = "Nr"
name = "Label"
state = { column = "Zustand", map = { offen = "active", zu = "revoked" } }
[[source.match]]
alg = "last8"
column = "Ende"
"#;

fn own(case: Case, rows: &str) -> Case {
    case.raw("map.toml", OWN).raw("acme.csv", format!("Nr,Label,Zustand,Ende\n{rows}"))
}

#[test]
fn a_mapping_of_ones_own_goes_before_those_built_in() {
    let case = own(Case::new(), "1,a,offen,12345678\n2,b,zu,12345679\n");
    let text = case.run(["inventory", "convert", "acme=acme.csv", "--mapping", "map.toml"]).exits(0).text();
    let states: Vec<Value> =
        text.lines().skip(1).map(|line| serde_json::from_str::<Value>(line).unwrap()["state"].clone()).collect();
    assert_eq!(states, ["active", "revoked"]);
    let case = case.raw("map.toml", OWN.replace("\"acme\"", "\"npm-tokens\""));
    case.run(["inventory", "convert", "npm-tokens=acme.csv", "--mapping", "map.toml"]).exits(0);
    // A mapping file with one source is meant for an export that is in no canonical form.
    let text = case.run(["inventory", "convert", "acme.csv", "--mapping", "map.toml"]).exits(0).text();
    assert!(text.contains("\"id\":\"1\""), "{text}");
}

#[test]
fn a_word_that_a_mapping_does_not_know_is_told_and_counts_as_unknown() {
    let case = own(Case::new(), "1,a,halb,12345678\n");
    let ran = case.run(["inventory", "convert", "acme=acme.csv", "--mapping", "map.toml"]).exits(1);
    let ran = ran.says("acme.csv:2").says("`state`");
    assert!(ran.text().contains("\"state\":\"unknown\""));
}

#[test]
fn a_missing_second_file_is_an_error_that_says_what_to_do() {
    let (case, export, ..) = laid_out("github-pats");
    fs::remove_file(case.path("audit-log.jsonl")).unwrap();
    let named = format!("github-pats={export}");
    case.run(["inventory", "convert", &named])
        .exits(2)
        .says("rules/inventory/github-pats.toml:")
        .says("audit-log.jsonl")
        .says("hint: put that export beside");
    case.raw("in/a.txt", "x").scan(["in", "--inventory", &named]).exits(2).says("audit-log.jsonl");
    // What is only good to know may be missing.
    let (case, export, ..) = laid_out("aws-access-keys");
    fs::remove_file(case.path("access-keys-last-used.jsonl")).unwrap();
    case.run(["inventory", "convert", &format!("aws-access-keys={export}")]).exits(0);
}

#[test]
fn what_is_wrong_with_a_mapping_names_file_and_line() {
    let case = own(Case::new(), "1,a,offen,12345678\n");
    for (piece, by, said) in [
        ("column = \"Ende\"", "colum = \"Ende\"", "bad.toml:12: unknown key `colum`"),
        ("name = \"Label\"", "label = \"Label\"", "bad.toml:10: `label` is no field of a record"),
        ("version = 1", "version = 9", "bad.toml:1: this version"),
        ("id = \"Nr\"\n", "", "does not say how `id` is had"),
        ("alg = \"last8\"", "alg = \"md5\"", "the `alg` of a match key is not known"),
    ] {
        let case = Case::new().raw("bad.toml", OWN.replacen(piece, by, 1)).raw("acme.csv", "x");
        case.run(["inventory", "convert", "acme=acme.csv", "--mapping", "bad.toml"]).exits(2).says(said).says("hint: ");
    }
    case.run(["inventory", "convert", "acm=acme.csv", "--mapping", "map.toml"]).exits(2).says("did you mean `acme`?");
    case.run(["inventory", "convert", "acme=acme.csv", "--mapping", "gone.toml"])
        .exits(2)
        .says("could not read mapping `gone.toml`");
}
