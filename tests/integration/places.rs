//! Places beside client configs in which credentials of servers stand, each with what is said of it, and near misses.

use serde_json::Value;

use crate::runner::Case;

/// A token of GitHub, an opaque key.
const PAT: &str = "<<ghp_{alnum:30}{crc32-github}>>";
const KEY: &str = "<<{alnum:40}>>";

/// Line, slot, client, server, variable and issuer of each occurrence.
fn told(path: &str, text: &str) -> Vec<[String; 6]> {
    let case = Case::new().file(path, &text.replace("PAT!", PAT).replace("KEY!", KEY));
    let report = case.scan([".", "--format", "json", "--exit-zero"]).exits(0).json();
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let credentials = report["credentials"].as_array().expect("credentials");
    let mut told: Vec<_> = credentials
        .iter()
        .flat_map(|credential| {
            let places = credential["occurrences"].as_array().expect("occurrences");
            places.iter().map(move |it| (text(&credential["issuer"]), it))
        })
        .map(|(issuer, it)| {
            let line = it["region"]["startLine"].to_string();
            [line, text(&it["slot"]), text(&it["client"]), text(&it["server"]), text(&it["variable"]), issuer]
        })
        .collect();
    told.sort();
    told
}

#[track_caller]
fn expect(path: &str, text: &str, expected: &[[&str; 6]]) {
    let expected: Vec<_> = expected.iter().map(|it| it.map(str::to_owned)).collect();
    assert_eq!(told(path, text), expected, "{path}\n{text}");
}

#[track_caller]
fn nothing(path: &str, text: &str) {
    expect(path, text, &[]);
}

const COMMAND: &str = "command-line";

#[test]
fn commands_that_configure_a_server_are_read_in_the_history_of_bash() {
    let path = "home/.bash_history";
    for (command, client, server, variable) in [
        (
            "claude mcp add github -e GITHUB_PERSONAL_ACCESS_TOKEN=KEY! -- npx -y @modelcontextprotocol/server-github",
            "claude-code",
            "github",
            "GITHUB_PERSONAL_ACCESS_TOKEN",
        ),
        (
            "claude mcp add gh --env API_KEY='KEY!' -- npx -y @modelcontextprotocol/server-github",
            "claude-code",
            "gh",
            "API_KEY",
        ),
        (
            "claude mcp add gh -e API_KEY=$'KEY!' -- docker run -i ghcr.io/github/github-mcp-server",
            "claude-code",
            "gh",
            "API_KEY",
        ),
        (
            "claude mcp add --transport http gh https://api.githubcopilot.com/mcp --header \"Authorization: Bearer KEY!\"",
            "claude-code",
            "gh",
            "Authorization",
        ),
        (
            "claude mcp add-json github '{\"command\":\"npx\",\"args\":[\"-y\",\"@modelcontextprotocol/server-github\"],\"env\":{\"API_KEY\":\"KEY!\"}}'",
            "claude-code",
            "github",
            "API_KEY",
        ),
        (
            "codex mcp add github --env API_KEY=KEY! -- npx @modelcontextprotocol/server-github",
            "codex",
            "github",
            "API_KEY",
        ),
        (
            "codex -c mcp_servers.github.env.GITHUB_PERSONAL_ACCESS_TOKEN=KEY! exec x",
            "codex",
            "github",
            "GITHUB_PERSONAL_ACCESS_TOKEN",
        ),
        ("gemini mcp add -e API_KEY=KEY! gh npx @modelcontextprotocol/server-github", "gemini-cli", "gh", "API_KEY"),
        (
            "gemini mcp add -t http -H \"Authorization: Bearer KEY!\" gh https://api.githubcopilot.com/mcp",
            "gemini-cli",
            "gh",
            "Authorization",
        ),
        (
            "code --add-mcp '{\"name\":\"gh\",\"command\":\"npx\",\"args\":[\"@modelcontextprotocol/server-github\"],\"env\":{\"API_KEY\":\"KEY!\"}}'",
            "vscode",
            "gh",
            "API_KEY",
        ),
        (
            "code --add-mcp \"{\\\"name\\\":\\\"gh\\\",\\\"command\\\":\\\"npx\\\",\\\"args\\\":[\\\"@modelcontextprotocol/server-github\\\"],\\\"env\\\":{\\\"API_KEY\\\":\\\"KEY!\\\"}}\"",
            "vscode",
            "gh",
            "API_KEY",
        ),
        (
            "q mcp add --name gh --command npx --args @modelcontextprotocol/server-github --env API_KEY=KEY!",
            "amazon-q",
            "gh",
            "API_KEY",
        ),
        (
            "npx -y mcp-remote https://api.githubcopilot.com/mcp --header \"Authorization: Bearer KEY!\"",
            "-",
            "-",
            "Authorization",
        ),
        ("docker run -i --rm -e API_KEY=KEY! ghcr.io/github/github-mcp-server", "-", "-", "API_KEY"),
        ("docker mcp secret set github.personal_access_token=KEY!", "-", "github", "github.personal_access_token"),
    ] {
        let text = format!("ls\n#1700000000\n{command}\nls -l\n");
        expect(path, &text, &[["3", COMMAND, client, server, variable, "github"]]);
    }
}

#[test]
fn continued_lines_and_other_shells_are_followed() {
    let continued = "claude mcp add gh \\\n  -e API_KEY=\"KEY!\" \\\n  -- npx -y @modelcontextprotocol/server-github\n";
    let expected = |line| [line, COMMAND, "claude-code", "gh", "API_KEY", "github"];
    expect("setup.sh", continued, &[expected("2")]);
    let zsh = format!(": 1700000000:0;echo gr\u{fc}n\n: 1700000001:0;{}", continued.replace("\\\n", "\\\\\n"));
    expect("home/.zsh_history", &zsh, &[expected("3")]);
    let fish = "- cmd: ls\n  when: 1700000000\n- cmd: claude mcp add gh \\\\\\n  -e API_KEY='KEY!' -- npx -y @modelcontextprotocol/server-github\n  when: 1700000001\n";
    expect(".local/share/fish/fish_history", fish, &[expected("3")]);
    let power = "ls\nclaude mcp add gh `\n  -e API_KEY='KEY!' `\n  -- npx -y @modelcontextprotocol/server-github\n";
    expect("PowerShell/PSReadLine/ConsoleHost_history.txt", power, &[expected("3")]);
    let prompt = "claude mcp add gh ^\r\n  -e API_KEY=KEY! ^\r\n  -- npx -y @modelcontextprotocol/server-github\r\n";
    expect("setup.cmd", prompt, &[expected("2")]);
}

#[test]
fn a_history_of_zsh_is_unmetafied() {
    // `à` is c3 a0; zsh writes a0 as 83 80.
    let secret = "Qx7!vR2$kW9&zT4#mB6pL8sà";
    let command = format!("claude mcp add acme -e ACME_PASSWORD='{secret}' -- acme-mcp\n");
    let written = format!(": 1700000000:0;{command}").into_bytes().into_iter();
    let metafied: Vec<u8> = written.flat_map(|byte| if byte == 0xa0 { vec![0x83, 0x80] } else { vec![byte] }).collect();
    let report = |path: &str, bytes: &[u8]| {
        let key = ("KEYTRAWL_KEY", "ab".repeat(32));
        let case = Case::new().raw(path, bytes);
        case.scan([".", "--format", "json", "--exit-zero"]).env(key.0, &key.1).exits(0).json()
    };
    let zsh = report(".zsh_history", &metafied);
    let plain = report("x.sh", command.as_bytes());
    assert_eq!(zsh["credentials"][0]["id"], plain["credentials"][0]["id"]);
    assert!(zsh["credentials"][0]["id"].is_string());
}

#[test]
fn variables_that_a_shell_sets_are_read_in_its_quotes() {
    for (path, line) in [
        ("home/.bashrc", "export ACME_API_KEY='KEY!'"),
        ("home/.zshrc", "export ACME_API_KEY=KEY!"),
        ("home/.profile", "ACME_API_KEY=\"KEY!\"; export ACME_API_KEY"),
        ("home/.bash_history", "cd x && ACME_API_KEY=$'KEY!' npx y"),
        (".config/fish/config.fish", "set -gx ACME_API_KEY KEY!"),
        (".config/fish/config.fish", "set --export --universal ACME_API_KEY 'KEY!'"),
        ("Documents/PowerShell/Microsoft.PowerShell_profile.ps1", "$env:ACME_API_KEY = 'KEY!'"),
        ("PSReadLine/ConsoleHost_history.txt", "$env:ACME_API_KEY=\"KEY!\""),
        ("PSReadLine/ConsoleHost_history.txt", "[Environment]::SetEnvironmentVariable('ACME_API_KEY', 'KEY!', 'User')"),
        ("PSReadLine/ConsoleHost_history.txt", "setx ACME_API_KEY KEY!"),
        ("setup.bat", "setx ACME_API_KEY \"KEY!\""),
        ("setup.bat", "set \"ACME_API_KEY=KEY!\""),
    ] {
        expect(path, &format!("# first\n{line}\n"), &[["2", "text", "-", "-", "ACME_API_KEY", "-"]]);
    }
}

#[test]
fn a_quoted_value_has_one_identity_in_every_shell() {
    let case = Case::new();
    let secret = case.secret("{alnum:15}'{alnum:20}");
    let single = secret.replace('\'', "'\\''");
    let case = case
        .raw("home/.bashrc", format!("export ACME_PASSWORD='{single}'\n"))
        .raw("a.sh", format!("ACME_PASSWORD=$'{}' run\n", secret.replace('\'', "\\'")))
        .raw("config.fish", format!("set -gx ACME_PASSWORD '{}'\n", secret.replace('\'', "\\'")))
        .raw("a.ps1", format!("$env:ACME_PASSWORD = '{}'\n", secret.replace('\'', "''")));
    let report = case.scan([".", "--format", "json", "--exit-zero"]).exits(0).never_shows(&secret).json();
    let credentials = report["credentials"].as_array().expect("credentials");
    let counts: Vec<_> = credentials.iter().map(|it| it["occurrences"].as_array().map(Vec::len)).collect();
    assert_eq!(counts, [Some(4)], "{report}");
}

#[test]
fn commands_without_a_value_are_nothing() {
    for (path, line) in [
        (".bash_history", "claude mcp add github -e GITHUB_PERSONAL_ACCESS_TOKEN=$GITHUB_TOKEN -- npx x"),
        (".bash_history", "claude mcp add github -e GITHUB_PERSONAL_ACCESS_TOKEN=$(gh auth token) -- npx x"),
        (".bash_history", "claude mcp add github -e GITHUB_PERSONAL_ACCESS_TOKEN=\"${GITHUB_TOKEN}\" -- npx x"),
        (".bash_history", "claude mcp add github -e GITHUB_PERSONAL_ACCESS_TOKEN=<your-token> -- npx x"),
        (".bash_history", "docker run -i -e GITHUB_PERSONAL_ACCESS_TOKEN ghcr.io/github/github-mcp-server"),
        (".bash_history", "docker mcp secret ls"),
        (".bashrc", "export ACME_API_KEY=$(pass show acme)"),
        (".bashrc", "export ACME_API_KEY"),
        ("config.fish", "set -gx ACME_API_KEY (pass show acme)"),
        ("config.fish", "set -e ACME_API_KEY"),
        ("a.ps1", "$env:ACME_API_KEY = $key"),
        ("a.bat", "setx ACME_API_KEY %KEY%"),
        (".bash_history", "claude mcp list; claude mcp remove github"),
    ] {
        nothing(path, &format!("{line}\n"));
    }
}

#[test]
fn rules_that_allow_an_agent_a_command_are_read() {
    let text = r#"{
  "permissions": {"allow": [
    "Bash(claude mcp add gh -e API_KEY=KEY! -- npx -y @modelcontextprotocol/server-github:*)",
    "Bash(npm test:*)"
  ]}
}"#;
    expect(".claude/settings.local.json", text, &[["3", COMMAND, "claude-code", "gh", "API_KEY", "github"]]);
    let text = "{\"permissions\": {\"allow\": [\n\"Bash(export ACME_API_KEY=KEY!)\",\n\"Bash(ACME_API_KEY=\\\"$K\\\" run:*)\"]}}";
    expect(".claude/settings.local.json", text, &[["2", "text", "claude-code", "-", "ACME_API_KEY", "-"]]);
}

#[test]
fn transcripts_are_read_through_nested_escapes() {
    let command = "claude mcp add gh -e API_KEY=KEY! -- npx -y @modelcontextprotocol/server-github";
    let config = r#"{"mcpServers":{"gh":{"command":"npx","args":["@modelcontextprotocol/server-github"],"env":{"API_KEY":"KEY!"}}}}"#;
    let once = |text: &str| Value::from(text).to_string();
    let path = ".claude/projects/-w/1.jsonl";
    let bash = format!("{{\"type\":\"user\"}}\n{{\"message\":{{\"input\":{{\"command\":{}}}}}}}\n", once(command));
    expect(path, &bash, &[["2", COMMAND, "claude-code", "gh", "API_KEY", "github"]]);
    let result = format!("{{\"tool_result\":{}}}\n", once(&format!("{{\"content\":{}}}", once(config))));
    expect(path, &result, &[["1", "env", "-", "gh", "API_KEY", "github"]]);
    let printed = format!("{{\"tool_result\":{}}}\n", once("HOME=/root\nACME_API_KEY=KEY!\n"));
    expect(path, &printed, &[["1", "transcript", "-", "-", "ACME_API_KEY", "-"]]);
    nothing(path, &format!("{{\"message\":{}}}\n", once("set ACME_API_KEY=<your key> and say hello")));
}

#[test]
fn logs_of_servers_are_read() {
    let text = "2026-01-01T00:00:00Z [gh] [info] Initializing\n2026-01-01T00:00:01Z [gh] env: {\"GITHUB_PERSONAL_ACCESS_TOKEN\":\"PAT!\"}\n";
    expect(
        "Library/Logs/Claude/mcp-server-gh.log",
        text,
        &[["2", "text", "-", "-", "GITHUB_PERSONAL_ACCESS_TOKEN", "github"]],
    );
    nothing("Library/Logs/Claude/mcp-server-gh.log", "[gh] GITHUB_PERSONAL_ACCESS_TOKEN is not set\n");
}

#[test]
fn services_and_containers_are_read() {
    let text = "services:\n  gh:\n    image: ghcr.io/github/github-mcp-server:1\n    environment:\n      API_KEY: KEY!\n      OTHER_KEY: ${OTHER}\n  db:\n    image: postgres\n    environment:\n      - ACME_API_KEY=PAT!\n      - POSTGRES_PASSWORD=changeme\n";
    expect(
        "docker-compose.yml",
        text,
        &[["10", "env", "-", "-", "ACME_API_KEY", "github"], ["5", "env", "-", "gh", "API_KEY", "github"]],
    );
    expect("Dockerfile", "FROM x\nENV A=1 \\\n  ACME_API_KEY=KEY!\n", &[["3", "env", "-", "-", "ACME_API_KEY", "-"]]);
    nothing(
        "Dockerfile",
        "FROM x\nARG ACME_API_KEY\nENV ACME_API_KEY=${ACME_API_KEY}\nRUN --mount=type=secret,id=acme_key x\n",
    );
}

#[test]
fn manifests_are_read_and_what_they_refer_to_is_no_credential() {
    let text = "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - name: gh\n    image: ghcr.io/github/github-mcp-server\n    env:\n    - name: API_KEY\n      value: KEY!\n    - name: B_TOKEN\n      valueFrom:\n        secretKeyRef:\n          name: github-token\n          key: token\n";
    expect("pod.yaml", text, &[["9", "env", "-", "gh", "API_KEY", "github"]]);
    let text = "apiVersion: v1\nkind: ConfigMap\ndata:\n  mcp.json: |\n    {\"mcpServers\": {\"gh\": {\"command\": \"npx\",\n      \"args\": [\"@modelcontextprotocol/server-github\"], \"env\": {\"API_KEY\": \"KEY!\"}}}}\n";
    expect("config.yaml", text, &[["6", "env", "-", "gh", "API_KEY", "github"]]);
    let text = "apiVersion: v1\nkind: Secret\nstringData:\n  acme-token: KEY!\n";
    expect("secret.yaml", text, &[["4", "text", "-", "-", "acme-token", "-"]]);
    let case = Case::new();
    let secret = case.secret("{alnum:40}");
    let encoded = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, &secret);
    let text = format!("apiVersion: v1\nkind: Secret\ndata:\n  acme-token: {encoded}\n");
    let report = case.raw("a.yaml", text).raw("b.sh", format!("export ACME_TOKEN={secret}\n"));
    let report = report.scan([".", "--format", "json", "--exit-zero"]).exits(0).json();
    assert_eq!(report["credentials"].as_array().map(Vec::len), Some(1), "one secret, however it is written");
}

#[test]
fn units_agents_and_run_configurations_are_read() {
    let text = "[Service]\nEnvironment=\"A=1\" \"ACME_API_KEY=KEY!\"\nEnvironmentFile=-/etc/acme.env\nLoadCredential=x:/etc/x\n";
    expect("etc/systemd/system/acme.service", text, &[["2", "env", "-", "-", "ACME_API_KEY", "-"]]);
    nothing(
        "etc/systemd/system/acme.service",
        "[Service]\nEnvironmentFile=/etc/acme.env\nLoadCredential=acme-token:/etc/x\n",
    );
    let text = "<?xml version=\"1.0\"?>\n<plist version=\"1.0\"><dict>\n<key>Label</key><string>gh</string>\n<key>ProgramArguments</key><array><string>npx</string><string>@modelcontextprotocol/server-github</string></array>\n<key>EnvironmentVariables</key><dict>\n<key>API_KEY</key>\n<string>KEY!</string></dict></dict></plist>\n";
    expect("Library/LaunchAgents/gh.plist", text, &[["7", "env", "-", "gh", "API_KEY", "github"]]);
    let text = "<component name=\"x\">\n<envs>\n<env name=\"ACME_API_KEY\" value=\"KEY!\" />\n<env name=\"B_KEY\" value=\"$B_KEY$\" />\n</envs></component>\n";
    expect(".idea/runConfigurations/x.xml", text, &[["3", "env", "-", "-", "ACME_API_KEY", "-"]]);
}

#[test]
fn jobs_charts_states_launches_and_notebooks_are_read() {
    let text = "jobs:\n  x:\n    env:\n      ACME_API_KEY: KEY!\n      B_TOKEN: ${{ secrets.B_TOKEN }}\n";
    expect(".github/workflows/ci.yml", text, &[["4", "env", "-", "-", "ACME_API_KEY", "-"]]);
    let text = "jobs:\n  x:\n    steps:\n    - uses: anthropics/claude-code-action@v1\n      with:\n        claude_args: |\n          --mcp-config '{\"mcpServers\":{\"gh\":{\"command\":\"npx\",\"args\":[\"@modelcontextprotocol/server-github\"],\"env\":{\"API_KEY\":\"KEY!\"}}}}'\n";
    let found = told(".github/workflows/claude.yml", text);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0][3].as_str(), found[0][4].as_str(), found[0][5].as_str()), ("gh", "API_KEY", "github"));
    expect(".gitlab-ci.yml", "variables:\n  ACME_API_KEY: KEY!\n", &[["2", "env", "-", "-", "ACME_API_KEY", "-"]]);
    expect(
        "chart/values.yaml",
        "app:\n  extraEnv:\n  - name: ACME_API_KEY\n    value: KEY!\n",
        &[["4", "env", "-", "-", "ACME_API_KEY", "-"]],
    );
    nothing(
        "chart/values.yaml",
        "app:\n  env:\n    ACME_API_KEY: ENC[AES256_GCM,data:abc,iv:def,tag:ghi,type:str]\n  existingSecret: acme-token\n",
    );
    let text = "{\"resources\": [{\"instances\": [{\"attributes\": {\n\"environment\": [{\"variables\": {\"ACME_API_KEY\": \"KEY!\"}}]}}]}]}\n";
    expect("terraform.tfstate", text, &[["2", "env", "-", "-", "ACME_API_KEY", "-"]]);
    let text =
        "{\n// one\n\"configurations\": [{\"env\": {\"ACME_API_KEY\": \"KEY!\", \"B_KEY\": \"${env:B_KEY}\"}}]\n}\n";
    expect(".vscode/launch.json", text, &[["3", "env", "-", "-", "ACME_API_KEY", "-"]]);
    let text = "{\"cells\": [{\"cell_type\": \"code\", \"source\": [\n\"import os\\n\",\n\"os.environ[\\\"ACME_API_KEY\\\"] = \\\"KEY!\\\"\\n\"], \"outputs\": []}]}\n";
    expect("x.ipynb", text, &[["3", "text", "-", "-", "ACME_API_KEY", "-"]]);
}

/// Path, client, server, slot and variable of every occurrence.
fn named(report: &Value) -> Vec<[String; 5]> {
    let credentials = report["credentials"].as_array().expect("credentials");
    let places = credentials.iter().flat_map(|it| it["occurrences"].as_array().expect("occurrences"));
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let mut named: Vec<_> =
        places.map(|it| ["path", "client", "server", "slot", "variable"].map(|field| text(&it[field]))).collect();
    named.sort();
    named
}

#[test]
fn a_config_in_a_repository_of_dotfiles_is_its_clients() {
    let json = r#"{"mcpServers": {"tickets": {"command": "npx", "env": {"ACME_API_KEY": "<<{alnum:40}>>"}}}}"#;
    let toml = "{{ if eq .os \"linux\" }}\n[mcp_servers.tickets]\ncommand = \"npx\"\nstartup = {{ .wait }}\n\
                [mcp_servers.tickets.env]\nACME_API_KEY = \"<<{alnum:41}>>\"\n{{ end }}\n";
    for (path, client, text) in [
        ("dot_cursor/mcp.json", "cursor", json),
        ("private_dot_claude.json", "claude-code", json),
        ("dot_gemini/private_settings.json.tmpl", "gemini-cli", json),
        ("home/dot_config/exact_private_amp/settings.json", "amp", json),
        (
            "private_Library/private_Application Support/private_Claude/claude_desktop_config.json",
            "claude-desktop",
            json,
        ),
        ("private_dot_codex/private_config.toml.tmpl", "codex", toml),
        ("cursor/.cursor/mcp.json", "cursor", json),
        ("home/.cursor/mcp.json", "cursor", json),
        (".cursor/mcp.json##os.Linux", "cursor", json),
    ] {
        let case = Case::new().file(path, text).commit(".");
        let expected = [path, client, "tickets", "env", "ACME_API_KEY"].map(str::to_owned);
        for more in [&[][..], &["--history"]] {
            let report = case.scan([".", "-f", "json", "--exit-zero"]).args(more).exits(0).json();
            assert_eq!(named(&report), std::slice::from_ref(&expected), "{path} {more:?}");
        }
    }
}

#[test]
fn shell_files_variables_and_token_stores_are_told_in_a_repository_of_dotfiles_too() {
    let case = Case::new()
        .file("dot_zshrc.tmpl", "claude mcp add files -e FILES_TOKEN=<<{alnum:44}>> -- npx files-mcp\n")
        .file("private_dot_env", "ACME_LOGIN_KEY=<<{alnum:40}>>\n")
        .file(
            "private_dot_claude/private_dot_credentials.json",
            r#"{"mcpOAuth": {"t|1": {"serverName": "t", "accessToken": "<<{alnum:42}>>", "expiresAt": 1}}}"#,
        );
    let report = case.scan([".", "-f", "json", "--exit-zero"]).exits(0).json();
    let expected = [
        ["dot_zshrc.tmpl", "claude-code", "files", "command-line", "FILES_TOKEN"],
        ["private_dot_claude/private_dot_credentials.json", "claude-code", "t", "oauth", "accessToken"],
        ["private_dot_env", "-", "-", "dotenv", "ACME_LOGIN_KEY"],
    ];
    assert_eq!(named(&report), expected.map(|row| row.map(str::to_owned)));
}

#[test]
fn what_a_state_marks_as_secret_and_what_an_editor_starts_is_read() {
    let state = "{\"version\": 4, \"resources\": [{\"type\": \"github_actions_secret\", \"instances\": [{\n\
        \"attributes\": {\"secret_name\": \"A\",\n\"plaintext_value\": \"<<{alnum:40}>>\"},\n\
        \"sensitive_attributes\": [[{\"type\": \"get_attr\", \"value\": \"plaintext_value\"}]]}]}]}\n";
    expect("terraform.tfstate", state, &[["3", "text", "-", "-", "plaintext_value", "-"]]);
    let launch = "{\"configurations\": [{\"program\": \"main.py\",\n\
        \"args\": [\"--verbose\", \"--api-key\", \"<<{alnum:40}>>\"]}]}\n";
    expect(".vscode/launch.json", launch, &[["2", "arg", "-", "-", "--api-key", "-"]]);
}

#[test]
fn a_job_is_read_whole_though_it_configures_a_server_by_a_command_too() {
    let job = "on: push\nenv:\n  ACME_API_KEY: <<{alnum:40}>>\njobs:\n  a:\n    steps:\n      - uses: acme/agent@v1\n        with:\n\
        \x20         mcp_config: |\n            {\"mcpServers\": {\"desk\": {\"command\": \"npx\", \"env\": {\"DESK_API_KEY\": \"<<{alnum:41}>>\"}}}}\n\
        \x20     - run: claude mcp add files -e FILES_TOKEN=<<{alnum:42}>> -- npx files-mcp\n";
    expect(
        ".github/workflows/agent.yml",
        job,
        &[
            ["10", "env", "-", "desk", "DESK_API_KEY", "-"],
            ["11", "command-line", "claude-code", "files", "FILES_TOKEN", "-"],
            ["3", "env", "-", "-", "ACME_API_KEY", "-"],
        ],
    );
}
