//! Each place, with its variables, pointers, servers and references; and near misses.

use super::*;

/// Variable, value, slot, pointer and server of each value.
fn told(path: &str, text: &str) -> Vec<[String; 5]> {
    let reading = read(path, text).unwrap_or_default();
    for value in &reading.values {
        let span = value.text.span();
        assert!(text.get(span.start..span.end).is_some());
    }
    let own = |text: Option<&str>| text.unwrap_or("-").to_owned();
    let values = reading.values.iter().filter(|value| value.slot.variable.is_some());
    values
        .map(|value| {
            let slot = &value.slot;
            [
                own(slot.variable.as_deref()),
                value.text.as_str().to_owned(),
                slot.kind.as_str().to_owned(),
                own(slot.pointer.as_deref()),
                own(slot.server.as_deref()),
            ]
        })
        .collect()
}

#[track_caller]
fn expect(path: &str, text: &str, expected: &[[&str; 5]]) {
    let expected: Vec<_> = expected.iter().map(|it| it.map(str::to_owned)).collect();
    assert_eq!(told(path, text), expected, "{path}");
}

#[test]
fn the_services_of_a_compose_file_give_their_variables() {
    let text = "services:\n  gh:\n    image: ghcr.io/github/github-mcp-server:1\n    environment:\n      GITHUB_PERSONAL_ACCESS_TOKEN: v$$1\n  db:\n    image: postgres\n    environment:\n      - POSTGRES_PASSWORD=v2\n    env_file: .env\n";
    expect(
        "docker-compose.yml",
        text,
        &[
            [
                "GITHUB_PERSONAL_ACCESS_TOKEN",
                "v$1",
                "env",
                "/services/gh/environment/GITHUB_PERSONAL_ACCESS_TOKEN",
                "gh",
            ],
            ["POSTGRES_PASSWORD", "v2", "env", "/services/db/environment/0", "-"],
        ],
    );
    assert!(read("docker-compose.yml", "services:\n").is_none());
}

#[test]
fn containers_that_were_inspected_give_theirs() {
    let text = r#"[{"Id":"x","Name":"/gh","Config":{"Image":"mcp/github","Env":["A_TOKEN=v1","PATH=/bin"],"Cmd":["stdio","--token=v2"]}}]"#;
    expect(
        "inspect.json",
        text,
        &[
            ["A_TOKEN", "v1", "env", "/0/Config/Env/0", "gh"],
            ["PATH", "/bin", "env", "/0/Config/Env/1", "gh"],
            ["--token", "v2", "arg", "/0/Config/Cmd/1", "gh"],
        ],
    );
}

#[test]
fn manifests_give_variables_secrets_and_what_they_refer_to() {
    let text = r#"apiVersion: apps/v1
kind: Deployment
metadata: {name: x, namespace: mcp}
spec:
  template:
    spec:
      containers:
      - name: gh
        image: ghcr.io/github/github-mcp-server
        env:
        - {name: A_TOKEN, value: v1}
        - name: B_TOKEN
          valueFrom: {secretKeyRef: {name: gh, key: token}}
---
apiVersion: v1
kind: Secret
metadata: {name: s}
data: {C_TOKEN: djMK}
stringData: {D_TOKEN: v4}
---
apiVersion: v1
kind: ConfigMap
data:
  mcp.json: |
    {"mcpServers": {"acme": {"command": "x", "env": {"E_TOKEN": "v5"}}}}
"#;
    expect(
        "deploy.yaml",
        text,
        &[
            ["A_TOKEN", "v1", "env", "/0/spec/template/spec/containers/0/env/0/value", "gh"],
            ["C_TOKEN", "v3", "text", "/1/data/C_TOKEN", "-"],
            ["D_TOKEN", "v4", "text", "/1/stringData/D_TOKEN", "-"],
            ["E_TOKEN", "v5", "env", "/2/data/mcp.json", "acme"],
        ],
    );
    let reading = read("deploy.yaml", text).unwrap();
    let names: Vec<_> = reading.references.iter().map(|it| (it.name.as_str(), it.slot.variable.as_deref())).collect();
    assert_eq!(names, [("k8s:mcp/gh#token", Some("B_TOKEN"))]);
}

#[test]
fn what_was_last_applied_is_read_again() {
    let applied = r#"{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"spec\":{\"containers\":[{\"name\":\"x\",\"env\":[{\"name\":\"A_TOKEN\",\"value\":\"v1\"}]}]}}"#;
    let text = format!(
        r#"{{"apiVersion":"v1","kind":"Pod","metadata":{{"annotations":{{"kubectl.kubernetes.io/last-applied-configuration":"{applied}"}}}},"spec":{{}}}}"#
    );
    expect(
        "pod.json",
        &text,
        &[["A_TOKEN", "v1", "env", "/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration", "-"]],
    );
}

#[test]
fn a_server_that_an_operator_runs_is_a_server() {
    let text = "apiVersion: toolhive.stacklok.dev/v1alpha1\nkind: MCPServer\nmetadata: {name: acme}\nspec:\n  image: acme/thing\n  env:\n  - name: A_TOKEN\n    value: v1\n  secrets:\n  - name: s\n    key: k\n    targetEnvName: B_TOKEN\n";
    expect("server.yaml", text, &[["A_TOKEN", "v1", "env", "/spec/env/0/value", "acme"]]);
    let reading = read("server.yaml", text).unwrap();
    assert_eq!(
        (reading.references[0].name.as_str(), reading.references[0].slot.variable.as_deref()),
        ("k8s:s#k", Some("B_TOKEN"))
    );
}

#[test]
fn units_are_read_with_their_quotes_and_escapes() {
    let text = "[Service]\nEnvironment=\"A_TOKEN=v 1\" B_TOKEN=v2 'C_TOKEN=v\\x413'\nEnvironment=D_TOKEN=v4 \\\n  E_TOKEN=v5\nSetCredential=f_token:v6\n#Environment=G_TOKEN=v7\nExecStart=/usr/bin/x\n";
    expect(
        "etc/systemd/system/x.service",
        text,
        &[
            ["A_TOKEN", "v 1", "env", "/Service/Environment/A_TOKEN", "-"],
            ["B_TOKEN", "v2", "env", "/Service/Environment/B_TOKEN", "-"],
            ["C_TOKEN", "vA3", "env", "/Service/Environment/C_TOKEN", "-"],
            ["D_TOKEN", "v4", "env", "/Service/Environment/D_TOKEN", "-"],
            ["E_TOKEN", "v5", "env", "/Service/Environment/E_TOKEN", "-"],
            ["f_token", "v6", "text", "/Service/SetCredential/f_token", "-"],
        ],
    );
}

#[test]
fn property_lists_and_run_configurations_are_read_without_their_entities() {
    let text = "<plist version=\"1.0\"><dict><key>Label</key><string>gh</string>\n<key>ProgramArguments</key><array><string>npx</string><string>@modelcontextprotocol/server-github</string></array>\n<key>EnvironmentVariables</key><dict><!-- <key>N</key> --><key>A_TOKEN</key>\n<string>v&amp;1</string></dict></dict></plist>";
    let found = told("Library/LaunchAgents/gh.plist", text);
    assert_eq!(found[0], ["A_TOKEN", "v&1", "env", "/EnvironmentVariables/A_TOKEN", "gh"].map(str::to_owned));
    let text = "<configuration><envs><env name=\"A_TOKEN\" value=\"v&quot;1\" /><env name='B' value='v2'/></envs></configuration>";
    expect(
        ".idea/runConfigurations/x.xml",
        text,
        &[["A_TOKEN", "v\"1", "env", "-", "-"], ["B", "v2", "env", "-", "-"]],
    );
    assert!(told("pom.xml", text).is_empty());
}

#[test]
fn the_recipe_of_an_image_gives_its_variables() {
    let text = "FROM x\n# ENV N=1\nENV A_TOKEN=v1 \\\n    B=\"v 2\"\nARG C_TOKEN=v3\nENV D_TOKEN v 4\nRUN x\n";
    expect(
        "Dockerfile",
        text,
        &[
            ["A_TOKEN", "v1", "env", "/ENV/A_TOKEN", "-"],
            ["B", "v 2", "env", "/ENV/B", "-"],
            ["C_TOKEN", "v3", "env", "/ARG/C_TOKEN", "-"],
            ["D_TOKEN", "v 4", "env", "/ENV/D_TOKEN", "-"],
        ],
    );
}

#[test]
fn jobs_charts_states_and_launches_are_read() {
    let text = "env:\n  A_TOKEN: v1\njobs:\n  x:\n    environment: production\n    steps:\n    - env:\n        B_TOKEN: v2\n        C_TOKEN: ${{ secrets.C }}\n";
    expect(
        ".github/workflows/ci.yml",
        text,
        &[["A_TOKEN", "v1", "env", "/env/A_TOKEN", "-"], ["B_TOKEN", "v2", "env", "/jobs/x/steps/0/env/B_TOKEN", "-"]],
    );
    let reading = read(".github/workflows/ci.yml", text).unwrap();
    assert_eq!(reading.references.len(), 1);
    expect(
        "chart/values.yaml",
        "app:\n  env:\n  - name: A_TOKEN\n    value: v1\n",
        &[["A_TOKEN", "v1", "env", "/app/env/0/value", "-"]],
    );
    let text = r#"{"resources":[{"instances":[{"attributes":{"environment":[{"variables":{"A_TOKEN":"v1"}}],"password":"v2","arn":"x","defs":"[{\"environment\":[{\"name\":\"B_TOKEN\",\"value\":\"v3\"}]}]"}}]}],"outputs":{"api_token":{"value":"v4"}}}"#;
    let at = "/resources/0/instances/0/attributes";
    expect(
        "terraform.tfstate",
        text,
        &[
            ["A_TOKEN", "v1", "env", &format!("{at}/environment/0/variables/A_TOKEN"), "-"],
            ["password", "v2", "text", &format!("{at}/password"), "-"],
            ["B_TOKEN", "v3", "env", &format!("{at}/defs"), "-"],
            ["api_token", "v4", "text", "/outputs/api_token/value", "-"],
        ],
    );
    let text = "{\"configurations\": [{\"env\": {\"A_TOKEN\": \"v1\"}}], // x\n}";
    expect(".vscode/launch.json", text, &[["A_TOKEN", "v1", "env", "/configurations/0/env/A_TOKEN", "-"]]);
    let text = r#"{"terminal.integrated.env.linux": {"A_TOKEN": "v1"}, "editor.x": {"B_TOKEN": "v2"}}"#;
    expect("x/User/settings.json", text, &[["A_TOKEN", "v1", "env", "/terminal.integrated.env.linux/A_TOKEN", "-"]]);
}

#[test]
fn other_documents_are_left_alone() {
    for (path, text) in [
        ("openapi.yaml", "openapi: 3\npaths: {}\n"),
        ("data.json", "{\"environment\": {\"A_TOKEN\": \"v\"}}"),
        ("src/main.rs", "services: \n"),
        ("x.yaml", "kind: x\nenv: {A_TOKEN: v}\n"),
    ] {
        assert!(read(path, text).is_none(), "{path}");
    }
}
