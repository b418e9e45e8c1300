//! What is written in base64, in links, in commands and in transcripts, seen from outside.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use keytrawl::detector::recipe;
use serde_json::Value;

use crate::runner::Case;

#[test]
fn one_secret_is_one_credential_in_a_link_a_command_and_a_transcript() {
    let secret = recipe::expand("{alnum:40}", 7).expect("a valid recipe");
    let config = format!("{{\"command\":\"npx\",\"env\":{{\"SEARCH_API_TOKEN\":\"{secret}\"}}}}");
    let link =
        format!("cursor://anysphere.cursor-deeplink/mcp/install?name=search&config={}", STANDARD.encode(&config));
    let told = serde_json::to_string(&format!("export SEARCH_API_TOKEN={secret}\n")).expect("JSON");
    let case = Case::new()
        .raw("README.md", format!("# Install\n\n[add]({link})\n"))
        .raw("setup.sh", format!("claude mcp add-json search '{config}'\n"))
        .raw(".claude/projects/-w/0.jsonl", format!("{{\"type\":\"user\",\"text\":{told}}}\n"));
    let report = case.scan([".", "--format", "json", "--exit-zero"]).exits(0).json();
    let credentials = report["credentials"].as_array().expect("credentials");
    assert_eq!(credentials.len(), 1);
    let mut places: Vec<[&str; 4]> = credentials[0]["occurrences"]
        .as_array()
        .expect("occurrences")
        .iter()
        .map(|occurrence| ["path", "slot", "client", "server"].map(|key| text(occurrence, key)))
        .collect();
    places.sort_unstable();
    assert_eq!(
        places,
        [
            [".claude/projects/-w/0.jsonl", "transcript", "", ""],
            ["README.md", "env", "cursor", "search"],
            ["setup.sh", "command-line", "claude-code", "search"],
        ]
    );
}

fn text<'v>(occurrence: &'v Value, key: &str) -> &'v str {
    occurrence[key].as_str().unwrap_or_default()
}
