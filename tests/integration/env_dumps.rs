//! Dumps of an environment in every form, with values that every form has to quote: written by the real programs where they
//! are installed, read back to the byte.

use std::collections::BTreeMap;
use std::process::Command;

use keytrawl::client::env_dump;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::runner::Case;

type Variables = BTreeMap<String, String>;

/// Thirty variables that are hard to write.
fn nasty() -> Variables {
    let key = format!("-----BEGIN {0}-----\nQUJD/+==\nabc=\n-----END {0}-----", "PRIVATE THING");
    [
        "plain",
        "with blanks",
        " leading",
        "trailing ",
        "tab\there",
        "it's",
        "say \"x\"",
        "both ' and \"",
        "back\\slash",
        "ends in \\",
        "$dollar ${braced} $(command)",
        "`grave`",
        "a=b=c",
        "=",
        "two\nlines",
        "three\n\nlines",
        "ends in line\n",
        key.as_str(),
        "größe λ 漢字 😀",
        "semi;colon & pipe | <x>",
        "#hash # not",
        "!bang *star? [x]",
        "{\"json\": [1, \"x\"]}",
        "%PERCENT% %20",
        "\u{1b}[1mescape\u{7}",
        "a: b, c",
        "'",
        "\"",
        "\\n is not a line",
        "~tilde ^caret",
    ]
    .iter()
    .enumerate()
    .map(|(at, value)| (format!("NASTY_{at:02}"), (*value).to_owned()))
    .collect()
}

/// The variables of a dump, without those that programs add.
fn read(dump: &str) -> Variables {
    let found = env_dump::read(dump).assignments.into_iter();
    let found = found.map(|it| (it.name.into_owned(), it.text.as_str().to_owned()));
    found.filter(|(name, _)| name.starts_with("NASTY_")).collect()
}

/// What a program prints of these variables; `None` where it is not installed.
fn printed(program: &str, arguments: &[&str], variables: &Variables) -> Option<String> {
    let output = Command::new(program)
        .args(arguments)
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("HOME", "/root")
        .env("PWD", "/")
        .env("USER", "root")
        .env("LC_ALL", "C.UTF-8")
        .envs(variables)
        .current_dir("/")
        .output()
        .ok()?;
    assert!(output.status.success(), "{program} {arguments:?}");
    Some(String::from_utf8(output.stdout).expect("text"))
}

/// Holds what programs print against what they were given, for those that are installed.
fn round_trip(programs: &[(&str, &[&str])], variables: &Variables) {
    for (program, arguments) in programs {
        if let Some(dump) = printed(program, arguments, variables) {
            assert_eq!(&read(&dump), variables, "{program} {arguments:?}");
        }
    }
}

#[test]
fn programs_that_are_not_installed_are_told() {
    for (program, _) in PROGRAMS {
        if Command::new(program).arg("--version").output().is_err() {
            eprintln!("{program} is not installed, so its dumps are not tested");
        }
    }
    assert!(printed("env", &["-0"], &nasty()).is_some(), "`env` is everywhere");
}

const PROGRAMS: &[(&str, &[&str])] = &[
    ("env", &["-0"]),
    ("bash", &["-c", "export -p"]),
    ("bash", &["-c", "declare -x"]),
    ("bash", &["-c", "declare -p"]),
    ("bash", &["-c", "set"]),
    ("bash", &["--posix", "-c", "export -p"]),
    ("dash", &["-c", "export -p"]),
    ("dash", &["-c", "set"]),
    ("zsh", &["-f", "-c", "export -p"]),
    ("zsh", &["-f", "-c", "typeset -x"]),
    ("zsh", &["-f", "-c", "set"]),
    ("fish", &["-N", "-c", "set -xL"]),
    ("ksh", &["-c", "export -p"]),
    ("busybox", &["sh", "-c", "export -p"]),
];

#[test]
fn thirty_nasty_variables_come_back_from_every_program() {
    assert_eq!(nasty().len(), 30);
    round_trip(PROGRAMS, &nasty());
    // Lines tell no value's end from its line breaks, but for those at the very end.
    round_trip(&[("env", &[]), ("printenv", &[])], &nasty());
}

#[test]
fn the_locale_of_a_shell_changes_nothing() {
    for locale in ["C", "C.UTF-8"] {
        let mut variables = nasty();
        variables.insert("NASTY_ZZ".to_owned(), "é\n'".to_owned());
        let with = |arguments: &[&str]| {
            let mut command = Command::new("bash");
            command.args(arguments).env_clear().env("LC_ALL", locale).env("PWD", "/").envs(&variables);
            command.output().ok().map(|it| String::from_utf8_lossy(&it.stdout).into_owned())
        };
        for arguments in [&["-c", "export -p"][..], &["-c", "set"]] {
            if let Some(dump) = with(arguments) {
                assert_eq!(read(&dump), variables, "{locale} {arguments:?}");
            }
        }
    }
}

#[test]
fn the_environment_of_a_process_comes_back() {
    let Ok(mut child) = Command::new("sleep").arg("60").env_clear().env("PATH", "/bin").envs(nasty()).spawn() else {
        return;
    };
    let dump = std::fs::read_to_string(format!("/proc/{}/environ", child.id()));
    child.kill().expect("ends");
    child.wait().expect("ended");
    if let Ok(dump) = dump {
        assert_eq!(read(&dump), nasty());
    }
}

/// A dump in a form that no program here writes.
type Written = (&'static str, String);

fn documents(variables: &Variables) -> Vec<Written> {
    let pairs: Vec<String> = variables.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let listed: Vec<Value> = variables.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
    let inspected = json!([{ "Id": "0", "State": {}, "Config": { "Env": pairs, "Cmd": ["x"] } }]);
    let pod = json!({ "apiVersion": "v1", "kind": "Pod", "metadata": { "uid": "0" }, "spec": { "containers": [{ "name": "x", "env": listed }] } });
    let list = json!({ "apiVersion": "v1", "kind": "List", "items": [pod] });
    // JSON strings are strings of YAML too.
    let mut yaml =
        "apiVersion: v1\nitems:\n- apiVersion: v1\n  kind: Pod\n  spec:\n    containers:\n    - env:\n".to_owned();
    for (name, value) in variables {
        yaml.push_str(&format!("      - name: {name}\n        value: {}\n", Value::from(value.as_str())));
    }
    yaml.push_str("kind: List\nmetadata:\n  resourceVersion: \"\"\n");
    let mut compose = "name: x\nservices:\n  x:\n    environment:\n".to_owned();
    for (name, value) in variables {
        compose.push_str(&format!("      {name}: {}\n", Value::from(value.replace('$', "$$"))));
    }
    vec![
        ("docker inspect", inspected.to_string()),
        ("docker inspect, indented", serde_json::to_string_pretty(&inspected).expect("JSON")),
        ("kubectl get -o json", serde_json::to_string_pretty(&list).expect("JSON")),
        ("kubectl get -o yaml", yaml),
        ("docker compose config", compose),
        ("a map", json!(variables).to_string()),
    ]
}

/// As systemd writes it: what is not plain in `$'…'`.
fn show_environment(variables: &Variables) -> String {
    let mut dump = "LANG=C.UTF-8\nPATH=/usr/bin\nUSER=root\n".to_owned();
    for (name, value) in variables {
        let plain = value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-/.".contains(&byte));
        if plain {
            dump.push_str(&format!("{name}={value}\n"));
            continue;
        }
        let mut quoted = String::new();
        for character in value.chars() {
            match character {
                '\n' => quoted.push_str("\\n"),
                '\t' => quoted.push_str("\\t"),
                '\u{7}' => quoted.push_str("\\a"),
                '\'' | '\\' | '"' => quoted.extend(['\\', character]),
                control if control.is_control() => quoted.push_str(&format!("\\{:03o}", u32::from(control))),
                other => quoted.push(other),
            }
        }
        dump.push_str(&format!("{name}=$'{quoted}'\n"));
    }
    dump
}

/// As fish writes functions that export.
fn fish(variables: &Variables) -> String {
    let quoted = |value: &str| value.replace('\\', "\\\\").replace('\'', "\\'");
    variables.iter().map(|(name, value)| format!("set --export {name} '{}'\n", quoted(value))).collect()
}

/// As `Get-ChildItem Env: | Format-List` writes it into a window that is wide enough.
fn format_list(variables: &Variables) -> String {
    let mut dump = format!("\nName  : WIDE\nValue : {}\n", "x".repeat(200));
    for (name, value) in variables {
        dump.push_str(&format!("\nName  : {name}\nValue : {}\n", value.replace('\n', "\n        ")));
    }
    dump
}

#[test]
fn thirty_nasty_variables_come_back_from_every_document_and_list() {
    let variables = nasty();
    for (form, dump) in documents(&variables)
        .into_iter()
        .chain([("systemctl show-environment", show_environment(&variables)), ("fish", fish(&variables))])
    {
        assert_eq!(read(&dump), variables, "{form}");
    }
    // PowerShell shows blank lines and trailing ones as nothing.
    let shown: Variables =
        variables.into_iter().filter(|(_, value)| !value.contains("\n\n") && !value.ends_with('\n')).collect();
    assert_eq!(read(&format_list(&shown)), shown);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_values_come_back_from_every_program(values in proptest::collection::vec("[ -~\n\té漢]{0,40}", 1..12)) {
        let variables: Variables = values.into_iter().enumerate().map(|(at, value)| (format!("NASTY_{at}"), value)).collect();
        round_trip(PROGRAMS, &variables);
        let forms = [("systemctl", show_environment(&variables)), ("fish", fish(&variables))];
        for (form, dump) in documents(&variables).into_iter().chain(forms) {
            prop_assert_eq!(&read(&dump), &variables, "{}", form);
        }
        // What looks like another variable is one to whoever reads lines.
        let told: Variables = variables.into_iter().filter(|(_, value)| !value.contains('\n')).collect();
        round_trip(&[("env", &[])], &told);
    }
}

/// Path, line, slot, place and variable of each occurrence.
fn told(report: &Value) -> Vec<[String; 5]> {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let credentials = report["credentials"].as_array().expect("credentials");
    let places = credentials.iter().flat_map(|it| it["occurrences"].as_array().expect("occurrences"));
    let mut told: Vec<_> = places
        .map(|it| {
            let line = it["region"]["startLine"].to_string();
            [text(&it["path"]), line, text(&it["slot"]), text(&it["place"]), text(&it["variable"])]
        })
        .collect();
    told.sort();
    told
}

#[test]
fn a_dump_is_told_by_its_content_and_one_secret_is_one_credential_in_all_forms() {
    let secret = Case::new().secret("{alnum:20}'\"$\\{alnum:20}");
    let variables = Variables::from([("ACME_API_KEY".to_owned(), secret.clone())]);
    let quoted = secret.replace('\\', "\\\\").replace('"', "\\\"").replace('$', "\\$");
    let json = Value::from(format!("ACME_API_KEY={secret}"));
    let utf16 = |text: &str| -> Vec<u8> {
        std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
    };
    let table = format!(
        "\r\nName                           Value\r\n----                           -----\r\nACME_API_KEY                   {secret}\r\nACME_TOKEN                     abc...\r\n"
    );
    let case = Case::new()
        .raw("lines.txt", format!("HOME=/root\nPATH=/bin\nPWD=/\nACME_API_KEY={secret}\n"))
        .raw("crlf.txt", format!("ALLUSERSPROFILE=C:\\x\r\nAPPDATA=C:\\y\r\nOS=W\r\nACME_API_KEY={secret}\r\n"))
        .raw("environ", format!("HOME=/root\0PATH=/bin\0ACME_API_KEY={secret}\0"))
        .raw(
            "declare.txt",
            format!("declare -x HOME=\"/root\"\ndeclare -x PATH=\"/bin\"\ndeclare -x ACME_API_KEY=\"{quoted}\"\n"),
        )
        .raw("table.txt", utf16(&table))
        .raw("list.txt", utf16(&format!("\r\nName  : ACME_API_KEY\r\nValue : {secret}\r\n")))
        .raw("inspect.json", format!("[{{\"Id\":\"0\",\"State\":{{}},\"Config\":{{\"Env\":[{json}]}}}}]"))
        .raw("systemd.txt", show_environment(&variables));
    let report = case.scan([".", "--format", "json", "--exit-zero"]).exits(0).never_shows(&secret).json();
    let expected = |path: &str, line: &str| [path, line, "env-dump", "env", "ACME_API_KEY"].map(str::to_owned);
    assert_eq!(
        told(&report),
        [
            expected("crlf.txt", "4"),
            expected("declare.txt", "3"),
            expected("environ", "1"),
            expected("inspect.json", "1"),
            expected("lines.txt", "4"),
            expected("list.txt", "3"),
            expected("systemd.txt", "4"),
            expected("table.txt", "4"),
        ]
    );
    assert_eq!(report["credentials"].as_array().map(Vec::len), Some(1));
    let notices: Vec<_> = report["notices"].as_array().expect("notices").iter().collect();
    assert_eq!(notices.len(), 1, "{notices:?}");
    assert_eq!((notices[0]["kind"].as_str(), notices[0]["line"].as_u64()), (Some("env-truncated"), Some(5)));
    assert_eq!(notices[0]["message"], "the value of `ACME_TOKEN` is cut off, so it was not judged");
}

#[test]
fn what_the_user_says_is_a_dump_is_read_as_one() {
    for (name, text) in [
        ("x", "ACME_API_KEY=<<{alnum:40}>>\n"),
        ("x.json", "{\"ACME_API_KEY\": \"<<{alnum:40}>>\"}"),
        ("compose.txt", "services:\n  x:\n    environment:\n      ACME_API_KEY: <<{alnum:40}>>\n"),
        ("list", "Name  : ACME_API_KEY\nValue : <<{alnum:40}>>\n"),
        ("export", "export ACME_API_KEY='<<{alnum:40}>>'\n"),
        (".env", "ACME_API_KEY=<<{alnum:40}>>\n"),
    ] {
        let case = Case::new().file(name, text);
        let report = case.scan([name, "--env-dump", "--format", "json", "--exit-zero"]).exits(0).json();
        let told = told(&report);
        assert_eq!(told.len(), 1, "{name}: {told:?}");
        assert_eq!(
            (told[0][2].as_str(), told[0][3].as_str(), told[0][4].as_str()),
            ("env-dump", "env", "ACME_API_KEY"),
            "{name}"
        );
    }
}

#[test]
fn files_that_only_look_like_a_dump_are_none() {
    for (name, text) in [
        ("settings.conf", "A=1\nB=2\nACME_API_KEY=<<{alnum:40}>>\n"),
        ("x.sh", "export PATH=$PATH:/x\nexport ACME_API_KEY=<<{alnum:40}>>\n"),
        ("data.json", "[{\"Id\": 1, \"ACME_API_KEY\": \"<<{alnum:40}>>\"}]"),
    ] {
        let report = Case::new().file(name, text).scan([".", "--format", "json", "--exit-zero"]).exits(0).json();
        let slots: Vec<_> = told(&report).into_iter().map(|it| it[2].clone()).collect();
        assert_eq!(slots, ["text"], "{name}");
    }
}

#[test]
fn an_environment_is_told_by_its_content_whatever_its_file_is_called() {
    let usual = "HOME=/root\0PATH=/bin\0TEXT=two\nlines\0ACME_LOGIN=<<{alnum:40}>>\0ACME_API_KEY=<<{alnum:41}>>\0";
    let bare = "ACME_API_KEY=<<{alnum:41}>>\0MODE=fast\0LEVEL=3\0";
    for text in [usual, bare] {
        for name in ["environ.bin", "dump.bin", "proc-123", "123.dat", "environ", "saved"] {
            let case = Case::new().file(name, text);
            let report = case.scan([".", "-f", "json", "--exit-zero"]).exits(0).json();
            let place = &report["credentials"][0]["occurrences"][0];
            let told = ["path", "slot", "variable", "place"].map(|field| place[field].as_str().unwrap_or("-"));
            assert_eq!(told, [name, "env-dump", "ACME_API_KEY", "env"], "{report:#}");
        }
    }
    // A program's data with zeros in it is no environment.
    let case = Case::new().file("table.bin", "ACME_API_KEY=<<{alnum:41}>>\0\u{1}\u{2}\0x\0");
    let report = case.scan([".", "-f", "json", "--exit-zero"]).exits(0).json();
    assert_eq!(report["credentials"].as_array().map(Vec::len), Some(0), "{report:#}");
}
