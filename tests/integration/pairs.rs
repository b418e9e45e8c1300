//! Credentials of several parts: one occurrence, with the id beside it as identity, and never with a neighbour's.

use serde_json::Value;

use crate::runner::Case;

/// A credential of two parts.
struct Pair {
    title: &'static str,
    id: (&'static str, &'static str),
    secret: (&'static str, &'static str),
    /// Where a report tells the id.
    fact: &'static str,
}

const PAIRS: &[Pair] = &[
    Pair {
        title: "AWS",
        id: ("AWS_ACCESS_KEY_ID", "AKIA{base32:16}"),
        secret: ("AWS_SECRET_ACCESS_KEY", "{b64:40}"),
        fact: "key_id",
    },
    Pair {
        title: "Twilio",
        id: ("TWILIO_ACCOUNT_SID", "AC{hex:32}"),
        secret: ("TWILIO_AUTH_TOKEN", "{hex:32}"),
        fact: "account",
    },
    Pair {
        title: "OAuth",
        id: ("OAUTH_CLIENT_ID", "mcp-{lowernum:12}"),
        secret: ("OAUTH_CLIENT_SECRET", "{alnum:40}"),
        fact: "client_id",
    },
    Pair {
        title: "OAuth fields",
        id: ("client_id", "{hex:24}"),
        secret: ("client_secret", "{b64url:43}"),
        fact: "client_id",
    },
    Pair {
        title: "Google",
        id: ("GOOGLE_CLIENT_ID", "{digit:12}-{lowernum:32}.apps.googleusercontent.com"),
        secret: ("GOOGLE_CLIENT_SECRET", "GOCSPX-{b64url:28}"),
        fact: "client_id",
    },
];

/// Two parts in each syntax, in the given order; `other` stands in a neighbouring object.
fn forms(first: (&str, &str), second: (&str, &str), other: Option<(&str, &str)>) -> Vec<(&'static str, String)> {
    let ((a, x), (b, y)) = (first, second);
    let (o, z) = other.unwrap_or(("REGION", "eu-west-1"));
    vec![
        (
            ".mcp.json",
            format!(
                r#"{{"mcpServers":{{"o":{{"command":"x","env":{{"{o}":"{z}"}}}},"s":{{"command":"y","env":{{"{a}":"{x}","{b}":"{y}"}}}},"p":{{"command":"z","env":{{"{o}":"{z}"}}}}}}}}"#
            ),
        ),
        (
            "pretty/.mcp.json",
            format!(
                "{{\n  \"mcpServers\": {{\n    \"o\": {{ \"command\": \"x\", \"env\": {{ \"{o}\": \"{z}\" }} }},\n    \"s\": {{\n      \"command\": \"y\",\n      \"env\": {{\n        \"{a}\": \"{x}\",\n        \"{b}\": \"{y}\"\n      }}\n    }}\n  }}\n}}\n"
            ),
        ),
        (
            "mcp.yaml",
            format!(
                "mcpServers:\n  o:\n    command: x\n    env:\n      {o}: {z}\n  s:\n    command: y\n    env:\n      {a}: {x}\n      {b}: {y}\n  p:\n    command: z\n    env:\n      {o}: {z}\n"
            ),
        ),
        (
            ".codex/config.toml",
            format!(
                "[mcp_servers.o]\ncommand = \"x\"\n[mcp_servers.o.env]\n{o} = \"{z}\"\n[mcp_servers.s]\ncommand = \"y\"\n[mcp_servers.s.env]\n{a} = \"{x}\"\n{b} = \"{y}\"\n[mcp_servers.p.env]\n{o} = \"{z}\"\n"
            ),
        ),
        (
            "settings.js",
            format!(
                "const all = {{\n  o: {{ {o}: \"{z}\" }},\n  s: {{\n    {a}: \"{x}\",\n    {b}: \"{y}\",\n  }},\n}};\n"
            ),
        ),
        ("other.ini", format!("[o]\n{o}={z}\n\n[s]\n{a}={x}\n{b}={y}\n\n[p]\n{o}={z}\n")),
    ]
}

/// The values of a fact, one for each credential of a report.
fn facts(report: &Value, fact: &str) -> Vec<Option<String>> {
    let credentials = report["credentials"].as_array().expect("credentials");
    credentials.iter().map(|credential| credential["facts"][fact].as_str().map(str::to_owned)).collect()
}

/// Where a pair is told wrongly; `alone`: the id stands in a neighbouring object only.
fn wrong(pair: &Pair, alone: bool) -> Vec<String> {
    let case = Case::new();
    let (id, secret) = (case.secret(pair.id.1), case.secret(pair.secret.1));
    let (id, secret) = ((pair.id.0, id.as_str()), (pair.secret.0, secret.as_str()));
    let plain = ("LOG_LEVEL", "debug");
    let first = if alone { plain } else { id };
    let mut wrong = Vec::new();
    for (first, second) in [(first, secret), (secret, first)] {
        let mut all = forms(first, second, alone.then_some(id));
        if !alone {
            all.push((".env", format!("{}={}\n# beside\n{}={}\n", first.0, first.1, second.0, second.1)));
            let list = |(name, value): (&str, &str)| format!("        - name: {name}\n          value: {value}\n");
            all.push(("pod.yaml", format!("spec:\n  containers:\n    - env:\n{}{}", list(first), list(second))));
        }
        for (file, text) in all {
            let case = Case::new().raw(file, text);
            let report = case.scan([".", "--format", "json", "--exit-zero"]).exits(0).json();
            let told = facts(&report, pair.fact);
            if told != [(!alone).then(|| id.1.to_owned())] {
                wrong.push(format!("{} in {file}: {told:?}", pair.title));
            }
        }
    }
    wrong
}

#[test]
fn a_pair_is_one_credential_with_its_id_in_every_syntax_and_order() {
    let wrong: Vec<String> = PAIRS.iter().flat_map(|pair| wrong(pair, false)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn an_id_of_a_neighbouring_object_is_not_taken_for_its_own() {
    let wrong: Vec<String> = PAIRS.iter().flat_map(|pair| wrong(pair, true)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn two_secrets_that_work_together_are_two_credentials_of_one_issuer() {
    let case = Case::new().file(
        ".mcp.json",
        r#"{"mcpServers":{"d":{"command":"x","env":{"DD_API_KEY":"<<{hex:32}>>","DD_APP_KEY":"<<{hex:40}>>"}},
            "s":{"command":"y","env":{"SLACK_MCP_XOXD_TOKEN":"<<xoxd-{b64:110}%3D>>",
            "SLACK_MCP_XOXC_TOKEN":"<<xoxc-{digit:12}-{digit:12}-{digit:13}-{hex:64}>>"}}}}"#,
    );
    let report = case.scan([".", "--format", "json", "--exit-zero"]).exits(0).json();
    let credentials = report["credentials"].as_array().expect("credentials");
    let mut told: Vec<[&str; 2]> = credentials
        .iter()
        .map(|credential| ["detector", "issuer"].map(|key| credential[key].as_str().unwrap_or_default()))
        .collect();
    told.sort_unstable();
    let expected = [
        ["datadog-api-key", "datadog"],
        ["datadog-application-key", "datadog"],
        ["slack-session-cookie", "slack"],
        ["slack-session-token", "slack"],
    ];
    assert_eq!(told, expected);
    let teams: Vec<Option<String>> = facts(&report, "team").into_iter().filter(Option::is_some).collect();
    assert!(
        teams.len() == 2 && teams[0] == teams[1],
        "the cookie is known by the team of the token beside it: {teams:?}"
    );
}
