//! What `discover` finds in a home directory, and that a hostile one does it no harm.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::runner::{Case, NOW, checks};

/// `keytrawl discover` over the case's home directory, with the clock of the tests.
fn discover<'c>(case: &'c Case, more: &[&str]) -> crate::runner::Run<'c> {
    case.run(["discover", "--now", NOW, "--home", "home"]).args(more.iter().copied())
}

fn servers(report: &Value) -> Vec<(String, String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let servers = report["servers"].as_array().cloned().unwrap_or_default();
    servers.iter().map(|server| (text(&server["path"]), text(&server["name"]), text(&server["target"]))).collect()
}

fn home() -> Case {
    Case::new()
        .file(
            "home/.cursor/mcp.json",
            r#"{"mcpServers": {
  "tickets": {"command": "npx", "args": ["-y", "@acme/tickets"], "env": {"ACME_API_KEY": "<<{alnum:40}>>", "ACME_HOST_KEY": "${env:ACME_HOST_KEY}"}},
  "web": {"url": "https://mcp.acme.io/mcp"}
}}"#,
        )
        .file(
            "home/.claude/.credentials.json",
            r#"{"mcpOAuth": {"tickets|1": {"serverName": "tickets", "serverUrl": "https://mcp.acme.io/mcp", "clientId": "client-1", "accessToken": "<<{alnum:48}>>", "expiresAt": 1700000000000}}}"#,
        )
        .file("home/.zsh_history", ": 1700000000:0;claude mcp add files -e FILES_TOKEN=<<{alnum:44}>> -- npx files-mcp\n")
        .file("home/src/app/.vscode/mcp.json", r#"{"servers": {"app": {"type": "stdio", "command": "docker", "args": ["run", "-i", "acme/app"], "env": {"APP_TOKEN": "<<{alnum:36}>>"}}}}"#)
        .file("home/src/app/notes.txt", "APP_TOKEN=<<{alnum:38}>>\n")
}

#[test]
fn clients_servers_credentials_and_references_are_listed_from_the_home() {
    let case = home();
    let report = discover(&case, &["-f", "json"]).exits(1).json();
    assert_eq!(report["mode"], "discover");
    let places: BTreeSet<(String, String)> = report["credentials"]
        .as_array()
        .expect("credentials")
        .iter()
        .flat_map(|credential| credential["occurrences"].as_array().expect("occurrences"))
        .map(|place| (place["path"].as_str().unwrap().to_owned(), place["slot"].as_str().unwrap().to_owned()))
        .collect();
    let expected =
        [("~/.claude/.credentials.json", "oauth"), ("~/.cursor/mcp.json", "env"), ("~/.zsh_history", "command-line")];
    assert_eq!(places, expected.map(|(path, slot)| (path.to_owned(), slot.to_owned())).into());
    let cursor = "~/.cursor/mcp.json".to_owned();
    assert_eq!(
        servers(&report),
        [
            (cursor.clone(), "tickets".to_owned(), "@acme/tickets".to_owned()),
            (cursor, "web".to_owned(), "mcp.acme.io".to_owned())
        ]
    );
    let tickets = &report["servers"][0];
    assert_eq!((&tickets["kind"], &tickets["references"][0]), (&"package".into(), &"ACME_HOST_KEY".into()));
    assert_eq!(tickets["credentials"].as_array().map(Vec::len), Some(1));
    assert_eq!(report["servers"][1]["credentials"], Value::Null);
    let token =
        report["credentials"].as_array().unwrap().iter().find(|found| found["occurrences"][0]["slot"] == "oauth");
    let facts = &token.expect("a token")["facts"];
    assert_eq!((&facts["client_id"], &facts["host"]), (&"client-1".into(), &"mcp.acme.io".into()));
    assert_eq!(facts["expires_at"], "2023-11-14T22:13:20Z");
    assert!(checks(&report).contains(&"expired-present".to_owned()));
}

#[test]
fn people_read_clients_then_configs_then_servers() {
    let case = home();
    let text = discover(&case, &[]).exits(1).text();
    let order = [
        "cursor\n",
        "  ~/.cursor/mcp.json",
        "    tickets  package @acme/tickets",
        "env ACME_API_KEY, line 2",
        "refers to ACME_HOST_KEY",
        "web  host mcp.acme.io",
    ];
    let at: Vec<_> =
        order.iter().map(|part| text.find(part).unwrap_or_else(|| panic!("no {part:?} in\n{text}"))).collect();
    assert!(at.is_sorted(), "{text}");
    let list = discover(&case, &["--servers", "--root", "home/src"]).exits(1).text();
    assert!(list.contains("app  image acme/app  vscode") && list.ends_with("3 servers\n"), "{list}");
    assert!(!list.contains("MEDIUM"));
}

#[test]
fn a_root_adds_project_configs_and_nothing_else() {
    let case = home().commit("home/src/app");
    let report = discover(&case, &["--root", "home/src", "-f", "json"]).exits(1).json();
    let paths: BTreeSet<&str> =
        report["servers"].as_array().unwrap().iter().filter_map(|server| server["path"].as_str()).collect();
    assert_eq!(paths, ["~/.cursor/mcp.json", "~/src/app/.vscode/mcp.json"].into());
    assert!(!report.to_string().contains("notes.txt"));
    assert_eq!(report["assets"].as_array().map(Vec::len), Some(2), "the repository is an asset: {}", report["assets"]);
    assert!(checks(&report).contains(&"exposed-in-repository".to_owned()));
    // A root that holds the home finds nothing twice.
    let whole = discover(&case, &["--root", "home", "-f", "json"]).exits(1).json();
    assert_eq!(whole["credentials"].as_array().map(Vec::len), report["credentials"].as_array().map(Vec::len));
    assert!(!checks(&whole).contains(&"duplicated".to_owned()));
}

#[cfg(unix)]
#[test]
fn permissions_are_shown_and_a_config_that_everybody_may_read_is_said() {
    use std::os::unix::fs::PermissionsExt;
    let case = home();
    let set = |path: &str, mode| std::fs::set_permissions(case.path(path), PermissionsExt::from_mode(mode)).unwrap();
    set("", 0o755);
    set("home/.cursor/mcp.json", 0o644);
    set("home/.claude/.credentials.json", 0o600);
    let ran = discover(&case, &["-f", "json"]).exits(1);
    let report = ran.json();
    let file = |path: &str| {
        let files = report["files"].as_array().unwrap();
        files.iter().find(|file| file["path"] == path).cloned().unwrap_or_default()
    };
    assert_eq!(
        (&file("~/.cursor/mcp.json")["mode"], &file("~/.cursor/mcp.json")["world_readable"]),
        (&"0644".into(), &true.into())
    );
    assert_eq!(file("~/.claude/.credentials.json")["mode"], "0600");
    let said: Vec<&Value> = report["notices"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|it| it["kind"] == "world-readable")
        .map(|it| &it["path"])
        .collect();
    assert!(
        said.contains(&&Value::from("~/.cursor/mcp.json"))
            && !said.contains(&&Value::from("~/.claude/.credentials.json"))
    );
    // Nobody gets to a file through a directory that is closed.
    set("home", 0o700);
    let report = discover(&case, &["-f", "json"]).exits(1).json();
    assert!(report["notices"].as_array().unwrap().iter().all(|notice| notice["kind"] != "world-readable"));
}

#[test]
fn sarif_paths_are_relative_to_the_home() {
    let case = home();
    let sarif = discover(&case, &["-f", "sarif"]).exits(1).json();
    let run = &sarif["runs"][0];
    assert_eq!(run["automationDetails"]["id"], "keytrawl/discover/");
    let results = run["results"].as_array().unwrap();
    assert!(!results.is_empty());
    for result in results {
        let at = &result["locations"][0]["physicalLocation"]["artifactLocation"];
        assert_eq!(at["uriBaseId"], "HOME", "{at}");
        assert!(!at["uri"].as_str().unwrap().starts_with(['/', '~']), "{at}");
    }
    assert!(run["originalUriBaseIds"]["HOME"].is_object());
    assert!(!sarif.to_string().contains(&case.path("").display().to_string()));
}

#[test]
fn shadow_servers_and_uses_by_people_are_told_by_the_inventory() {
    use sha2::{Digest, Sha256};
    let case = home();
    let digest = |recipe: &str| -> String {
        Sha256::digest(case.secret(recipe)).iter().map(|byte| format!("{byte:02x}")).collect()
    };
    let row = |id: &str, owner: &str, recipe: &str| {
        format!(
            r#"{{"id":"{id}","state":"active","kind":"api_key","issuer":"acme","owner":{{"kind":"person","id":"{owner}"}},"workload":{{"kind":"agent","id":"triage"}},"match":[{{"alg":"sha256","value":"hex:{}"}}]}}"#,
            digest(recipe)
        )
    };
    let inventory = [
        r#"{"schema":"nhi-inventory/1","complete":true}"#.to_owned(),
        row("nhi-1", "home", "{alnum:40}"),
        row("nhi-2", "somebody", "{alnum:44}"),
        r#"{"table":"system","id":"tickets-system","state":"active","servers":["@acme/tickets"]}"#.to_owned(),
    ]
    .join("\n");
    let case = case.raw("nhi.jsonl", inventory);
    let report = discover(&case, &["--inventory", "nhi.jsonl", "-f", "json"]).exits(1).json();
    let on = |check: &str| -> Vec<String> {
        let findings = report["findings"].as_array().unwrap().iter().filter(|finding| finding["check"] == check);
        findings.map(|finding| finding["path"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(on("human-use"), ["~/.zsh_history"]);
    let shadows: BTreeSet<String> = on("shadow-server").into_iter().collect();
    assert!(shadows.contains("~/.zsh_history") && !shadows.contains("~/.cursor/mcp.json"), "{shadows:?}");
}

#[test]
fn a_home_that_is_none_is_an_error_and_an_empty_one_is_not_clean() {
    let case = Case::new().raw("home/src/main.rs", "");
    discover(&case, &[]).exits(3).says("nothing was scanned");
    case.run(["discover", "--home", "nowhere"]).exits(2).says("hint: name the directory");
    case.run(["discover", "--home", "home", "--all-users"]).exits(2);
    discover(&case, &["--servers", "-f", "sarif"]).exits(2).says("hint: `-f json`");
}

#[cfg(unix)]
#[test]
fn a_hostile_home_ends_with_its_skips_counted() {
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::{PermissionsExt, symlink};
    let case = home();
    let at = |path: &str| case.path("home").join(path);
    for directory in [".claude/plugins/a/b", ".claude/projects/p", ".codex", ".mcp-auth/locked"] {
        std::fs::create_dir_all(at(directory)).unwrap();
    }
    // Circles, a way out, and links to nothing.
    symlink("..", at(".claude/plugins/a/b/up")).unwrap();
    symlink("/", at(".claude/projects/root")).unwrap();
    symlink(".bashrc", at(".bashrc")).unwrap();
    symlink("/etc/passwd", at(".profile")).unwrap();
    let fifo = std::process::Command::new("mkfifo").arg(at(".bash_history")).status().unwrap();
    assert!(fifo.success());
    // Sparse, so that it takes no room on the disk.
    std::fs::File::create(at(".python_history")).unwrap().set_len(3 << 30).unwrap();
    std::fs::File::create(at(".histfile")).unwrap().set_len(192 << 20).unwrap();
    std::fs::write(at(".claude/projects").join(std::ffi::OsStr::from_bytes(b"\xff\xfe.jsonl")), "{}\n").unwrap();
    for number in 0..5000 {
        std::fs::write(at(&format!(".claude/projects/p/{number}.jsonl")), "{}\n").unwrap();
    }
    std::fs::write(at(".codex/config.toml"), [0xff; 64]).unwrap();
    std::fs::set_permissions(at(".mcp-auth/locked"), PermissionsExt::from_mode(0o000)).unwrap();
    // The tests of the case write as root where they run so; the one that looks is nobody.
    for directory in ["", "home"] {
        std::fs::set_permissions(case.path(directory), PermissionsExt::from_mode(0o755)).unwrap();
    }
    let home = case.path("home");
    let ran = case.unprivileged(["discover", "--now", NOW, "-f", "json", "--home"]).args([&home]).exits(1);
    let report = ran.json();
    let skipped = &report["coverage"]["skipped"];
    assert_eq!(skipped["special"], 1, "{skipped}");
    assert_eq!(skipped["symlink"], 3, "{skipped}");
    assert_eq!(skipped["unreadable"], 1, "{skipped}");
    assert_eq!(report["coverage"]["complete"], false);
    assert!(report["coverage"]["files"].as_u64().unwrap() > 5000);
    assert_eq!(report["credentials"].as_array().map(Vec::len), Some(3), "what is there is found all the same");
    std::fs::set_permissions(at(".mcp-auth/locked"), PermissionsExt::from_mode(0o755)).unwrap();
}

#[cfg(target_os = "linux")]
#[test]
fn a_running_server_shows_its_environment_and_arguments() {
    let case = home().raw("mcp-server-tickets", "#!/bin/sh\nread line\n");
    let secret = case.secret("{alnum:42}");
    let header = format!("Authorization: Bearer {}", case.secret("{alnum:46}"));
    let mut server = std::process::Command::new("sh")
        .arg(case.path("mcp-server-tickets"))
        .args(["--header", &header])
        .env("TICKETS_API_KEY", &secret)
        .stdin(std::process::Stdio::piped())
        .spawn()
        .expect("a server");
    let report = discover(&case, &["--processes", "-f", "json"]).exits(1).never_shows(&secret).json();
    drop(server.stdin.take());
    server.wait().expect("it ends");
    let number = server.id();
    let of = |name: &str| -> Vec<(String, String)> {
        let all = report["credentials"].as_array().unwrap().iter();
        let places = all.flat_map(|found| found["occurrences"].as_array().unwrap());
        let own = places.filter(|place| place["path"] == format!("process/{number}/{name}").as_str());
        own.map(|place| {
            (place["slot"].as_str().unwrap().to_owned(), place["variable"].as_str().unwrap_or_default().to_owned())
        })
        .collect()
    };
    assert!(of("environ").contains(&("process".to_owned(), "TICKETS_API_KEY".to_owned())), "{report:#}");
    assert!(of("cmdline").contains(&("process".to_owned(), "Authorization".to_owned())), "{report:#}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_variable_that_only_a_running_process_sets_is_linked_to_the_entry_that_refers_to_it() {
    let case = Case::new().raw("mcp-server-notes", "#!/bin/sh\nread line\n").raw(
        "home/.cursor/mcp.json",
        r#"{"mcpServers": {"notes": {"command": "notes-mcp", "env": {"NOTES_API_KEY": "${env:NOTES_LOGIN}"}}}}"#,
    );
    // Of its own name nobody would take it for a credential.
    let secret = case.secret("{alnum:40}");
    let mut server = std::process::Command::new("sh")
        .arg(case.path("mcp-server-notes"))
        .env("NOTES_LOGIN", &secret)
        .stdin(std::process::Stdio::piped())
        .spawn()
        .expect("a server");
    let report = discover(&case, &["--processes", "-f", "json", "--exit-zero"]).exits(0).never_shows(&secret).json();
    drop(server.stdin.take());
    server.wait().expect("it ends");
    let reference = &report["references"][0];
    assert_eq!((&reference["name"], &reference["standing"]), (&"NOTES_LOGIN".into(), &"linked".into()), "{report:#}");
    let path = format!("process/{}/environ", server.id());
    let all = report["credentials"].as_array().unwrap().iter();
    let places = all.flat_map(|found| found["occurrences"].as_array().unwrap());
    let linked: Vec<&Value> = places.filter(|place| place["path"] == path.as_str()).collect();
    assert_eq!(linked.len(), 1, "{report:#}");
    let told = ["slot", "client", "server", "variable"].map(|key| linked[0][key].as_str().unwrap_or_default());
    assert_eq!(told, ["process", "cursor", "notes", "NOTES_API_KEY"]);
}

#[cfg(unix)]
#[test]
fn what_variables_of_the_environment_have_moved_is_read_as_if_it_lay_at_its_usual_place() {
    let toml = "[mcp_servers.tickets]\ncommand = \"npx\"\nenv = { ACME_API_KEY = \"<<{alnum:40}>>\" }\n";
    let yaml = "extensions:\n  tickets:\n    cmd: npx\n    envs:\n      ACME_API_KEY: <<{alnum:41}>>\n";
    let case = Case::new()
        .raw("home/.profile", "umask 077\n")
        .file("tools/codex/config.toml", toml)
        .file("home/settings/goose/config.yaml", yaml)
        .file(
            "tools/claude/.credentials.json",
            r#"{"mcpOAuth": {"t|1": {"serverName": "t", "accessToken": "<<{alnum:42}>>", "expiresAt": 1}}}"#,
        )
        .file("tools/claude/projects/p/1.jsonl", "{\"content\": \"$ export ACME_TOKEN=<<{alnum:43}>>\"}\n")
        .file(
            "shell/.zsh_history",
            ": 1700000000:0;codex mcp add t --env ACME_API_KEY=<<{alnum:44}>> -- npx acme-mcp\n",
        );
    let report = case
        .run(["discover", "--now", NOW, "-f", "json"])
        .env("HOME", case.path("home"))
        .env("CODEX_HOME", case.path("tools/codex"))
        .env("CLAUDE_CONFIG_DIR", case.path("tools/claude"))
        .env("XDG_CONFIG_HOME", case.path("home/settings"))
        .env("ZDOTDIR", case.path("shell"))
        .exits(1)
        .json();
    let mut told: Vec<[String; 4]> = report["credentials"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|found| found["occurrences"].as_array().unwrap())
        .map(|place| {
            let text = |key: &str| place[key].as_str().unwrap_or_default().to_owned();
            let path = text("path");
            let path = path.find("/tools/").or(path.find("/shell/")).map_or(path.as_str(), |at| &path[at..]);
            [path.to_owned(), text("slot"), text("client"), text("server")]
        })
        .collect();
    told.sort();
    let expected = [
        ["/shell/.zsh_history", "command-line", "codex", "t"],
        ["/tools/claude/.credentials.json", "oauth", "claude-code", "t"],
        ["/tools/claude/projects/p/1.jsonl", "transcript", "", ""],
        ["/tools/codex/config.toml", "env", "codex", "tickets"],
        ["~/settings/goose/config.yaml", "env", "goose", "tickets"],
    ];
    assert_eq!(told, expected.map(|row| row.map(str::to_owned)), "{report:#}");
    // Another's home is not where this user's variables lead.
    let other = case.run(["discover", "--home", "home", "-f", "json"]).env("CODEX_HOME", case.path("tools/codex"));
    assert_eq!(other.exits(0).json()["credentials"].as_array().map(Vec::len), Some(0));
}

#[test]
fn a_file_of_variables_that_a_config_names_is_read_wherever_it_lies_in_the_home() {
    let entry = |file: &str| {
        serde_json::json!({"mcpServers": {"tickets": {"command": "npx", "args": ["-y", "acme-tickets-mcp"],
            "envFile": file, "env": {"ACME_API_KEY": "${env:TICKETS_KEY}"}}}})
        .to_string()
    };
    for file in ["${userHome}/keys/tickets.txt", "~/keys/tickets.txt", "/home/ann/keys/tickets.txt"] {
        let case = Case::new()
            .raw("home/.cursor/mcp.json", entry(file))
            .file("home/keys/tickets.txt", "TICKETS_KEY=<<{alnum:40}>>\nMODE=fast\n")
            .file("home/keys/other.txt", "OTHER_KEY=<<{alnum:41}>>\n");
        let report = discover(&case, &["-f", "json"]).exits(1).json();
        let credentials = report["credentials"].as_array().expect("credentials");
        assert_eq!(credentials.len(), 1, "{file}: what nothing names is not read");
        let place = &credentials[0]["occurrences"][0];
        let told = ["path", "slot", "client", "server", "variable"].map(|key| place[key].as_str().unwrap_or("-"));
        assert_eq!(told, ["~/keys/tickets.txt", "dotenv", "cursor", "tickets", "ACME_API_KEY"], "{file}");
        let kinds = || report["notices"].as_array().expect("notices").iter().map(|notice| &notice["kind"]);
        assert!(kinds().all(|kind| kind != "reference-undefined"), "{report:#}");
        let files = report["files"].as_array().expect("files");
        assert!(files.iter().any(|file| file["path"] == "~/keys/tickets.txt" && file["mode"] != Value::Null));
        let text = discover(&case, &[]).exits(1).text();
        assert!(text.contains("refers to TICKETS_KEY: held in ~/keys/tickets.txt\n"), "{text}");
    }
    // Nothing outside of the home is followed, whatever a config names.
    let case =
        Case::new().raw("home/.cursor/mcp.json", entry("../keys.txt")).file("keys.txt", "TICKETS_KEY=<<{alnum:40}>>\n");
    let report = discover(&case, &["-f", "json"]).exits(0).json();
    assert_eq!(report["coverage"]["files"], 1);
}

#[test]
fn what_became_of_each_reference_is_said_below_its_server() {
    let config = serde_json::json!({"servers": {"a": {"command": "npx", "env": {
        "A_TOKEN": "${input:token}", "B_TOKEN": "op://team/b/token", "C_TOKEN": "${env:NOWHERE}", "D_TOKEN": "${env:SET}"}}},
        "inputs": [{"id": "token", "type": "promptString", "password": true}]});
    let case = Case::new()
        .raw("home/src/app/.vscode/mcp.json", config.to_string())
        .file("home/src/app/.env", "SET=<<{alnum:40}>>\n");
    let text = discover(&case, &["--root", "home/src"]).exits(1).text();
    for line in [
        "vscode\n  ~/src/app/.vscode/mcp.json",
        "refers to token: an input that the user is asked for",
        "refers to op://team/b/token: kept in a secret store",
        "refers to NOWHERE: which nothing that was scanned defines",
        "refers to SET: held in ~/src/app/.env",
    ] {
        assert!(text.contains(line), "no {line:?} in\n{text}");
    }
    assert!(!text.contains("elsewhere"), "{text}");
}

#[cfg(target_os = "linux")]
#[test]
fn processes_of_other_users_are_counted_and_not_read() {
    let case = home();
    // Whoever runs the tests, the first process is the superuser's.
    let home = case.path("home");
    let ran = case.unprivileged(["discover", "--now", NOW, "--processes", "-f", "json", "--home"]).args([&home]);
    let report = ran.exits(1).json();
    assert!(report["coverage"]["skipped"]["other-user"].as_u64() > Some(0), "{}", report["coverage"]);
    assert!(!report.to_string().contains("process/1/"));
}

#[cfg(unix)]
#[test]
fn the_homes_of_all_users_are_labelled_with_their_names() {
    let case = Case::new();
    let ran = case.unprivileged(["discover", "--now", NOW, "--all-users", "-f", "json", "--fail-on", "none"]);
    let report = ran.ends(None).json();
    assert_eq!(report["mode"], "discover");
    for file in report["files"].as_array().into_iter().flatten() {
        let path = file["path"].as_str().expect("a path");
        assert!(!path.starts_with("~/") && !path.starts_with('/'), "{path}");
    }
}

#[test]
fn a_system_home_of_windows_is_understood_where_its_variables_lead() {
    let json = |key: &str| {
        format!(r#"{{"mcpServers": {{"tickets": {{"command": "npx", "env": {{"ACME_API_KEY": "{key}"}}}}}}}}"#)
    };
    let case = Case::new()
        .raw("home/.profile", "umask 077\n")
        .file("roaming/Claude/claude_desktop_config.json", &json("<<{alnum:40}>>"))
        .file(
            "data/opencode/mcp-auth.json",
            r#"{"tickets": {"tokens": {"accessToken": "<<{alnum:41}>>", "expiresAt": 1}}}"#,
        );
    let ran = case.run(["discover", "--now", NOW, "-f", "json"]);
    let ran = ran.env("HOME", case.path("home")).env("APPDATA", case.path("roaming"));
    let report = ran.env("XDG_DATA_HOME", case.path("data")).exits(1).json();
    let credentials = report["credentials"].as_array().expect("credentials");
    let mut clients: Vec<_> =
        credentials.iter().map(|it| it["occurrences"][0]["client"].as_str().unwrap_or("-")).collect();
    clients.sort_unstable();
    assert_eq!(clients, ["claude-desktop", "opencode"], "{report:#}");
}

#[test]
fn stores_of_tokens_are_their_clients_whatever_their_shape() {
    let case = Case::new()
        .file(
            "home/.local/share/opencode/auth.json",
            r#"{"one": {"type": "oauth", "access": "<<{alnum:40}>>", "refresh": "<<{alnum:41}>>", "expires": 1700000000000}, "two": {"type": "api", "key": "<<{alnum:42}>>"}}"#,
        )
        .file(
            "home/.continue/index/globalContext.json",
            r#"{"mcpOauthStorage": {"https://mcp.acme.io": {"tokens": {"access_token": "<<{alnum:43}>>", "expires_in": 3600}}}}"#,
        );
    let report = discover(&case, &["-f", "json"]).exits(1).json();
    let credentials = report["credentials"].as_array().expect("credentials");
    let mut told: Vec<_> = credentials
        .iter()
        .map(|it| {
            let place = &it["occurrences"][0];
            [&place["client"], &place["slot"], &place["pointer"], &it["facts"]["expires_at"]]
                .map(|it| it.as_str().unwrap_or("-"))
        })
        .collect();
    told.sort_unstable();
    let expected = [
        ["continue", "oauth", "/mcpOauthStorage/https:~1~1mcp.acme.io/tokens/access_token", "-"],
        ["opencode", "oauth", "/one/access", "2023-11-14T22:13:20Z"],
        ["opencode", "oauth", "/one/refresh", "-"],
        ["opencode", "oauth", "/two/key", "-"],
    ];
    assert_eq!(told, expected);
}
