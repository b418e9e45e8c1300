//! What the scanner finds in whole artifacts, told in sentences.

mod servers;

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;

use super::*;
use crate::credential::KeyRing;
use crate::detector::recipe;
use crate::source::{Asset, Origin, Place};

pub(super) fn made(recipe: &str, seed: u64) -> String {
    recipe::expand(recipe, seed).unwrap()
}

pub(super) fn github() -> String {
    made("ghp_{alnum:30}{crc32-github}", 3)
}

/// One scanner for all tests of a confidence: identities of one secret are equal within a run of one.
pub(super) fn scanner(min_confidence: Confidence) -> &'static Scanner {
    static MEDIUM: LazyLock<Scanner> = LazyLock::new(|| made_for(Confidence::Medium));
    static LOW: LazyLock<Scanner> = LazyLock::new(|| made_for(Confidence::Low));
    if min_confidence == Confidence::Low { &LOW } else { &MEDIUM }
}

fn made_for(min_confidence: Confidence) -> Scanner {
    Scanner::new(Detectors::embedded(), Fingerprinter::new(KeyRing::none(), false), Options { min_confidence })
}

pub(super) fn scan_as(scanner: &Scanner, path: &str, bytes: &[u8], env_dump: bool) -> Scanned {
    let origin =
        Arc::new(Origin { env_dump, ..Origin::new(path.to_owned(), Place::HostConfig, Arc::new(Asset::host())) });
    scanner.scan(
        &Artifact { origin: &origin, bytes, base: 0, first_line: 1, first_column: 1, joined: None },
        &mut Scratch::default(),
    )
}

pub(super) fn scan(path: &str, text: &str) -> Vec<Occurrence> {
    scan_as(scanner(Confidence::Medium), path, text.as_bytes(), false).occurrences
}

fn raw<'t>(text: &'t str, found: &Occurrence) -> &'t str {
    let region = found.location.region;
    &text[region.byte_offset as usize..][..region.byte_length as usize]
}

#[test]
fn one_secret_has_one_identity_in_every_syntax_and_disguise() {
    let token = github();
    let scanner = scanner(Confidence::Medium);
    let escaped = token.replace('_', "\\u005f");
    let inner = format!(
        "{{\"mcpServers\": {{\"github\": {{\"command\": \"x\", \"env\": {{\"GITHUB_TOKEN\": \"{token}\"}}}}}}}}"
    );
    let texts = [
        ("mcp.json", inner.clone()),
        (".cursor/mcp.json", inner.replace(&token, &escaped)),
        ("notes.txt", format!("the token is {token}, keep it")),
        ("data.json", format!("{{\"note\": \"{escaped}\"}}")),
        (".codex/config.toml", format!("[mcp_servers.github.env]\nGITHUB_TOKEN = \"{token}\"\n")),
        ("goose/config.yaml", format!("extensions:\n  github:\n    envs:\n      GITHUB_TOKEN: {token}\n")),
        (".env", format!("GITHUB_TOKEN={token}\n")),
        ("secret.yaml", format!("data:\n  token: {}\n", STANDARD.encode(&token))),
        ("blob.txt", STANDARD.encode(format!("a {token}"))),
        ("blob.txt", STANDARD.encode(format!(" {token} "))),
        ("link.md", format!("https://cursor.com/install-mcp?name=x&config={}", STANDARD.encode(&inner))),
        ("url.txt", format!("https://example.com/?t={}", token.replace('_', "%5F"))),
        ("call.jsonl", format!("{{\"text\": \"{{\\\"token\\\": \\\"{token}\\\"}}\"}}")),
    ];
    let expected = scan_as(scanner, "x", token.as_bytes(), false).occurrences[0].identity.clone();
    for (path, text) in &texts {
        let found = scan_as(scanner, path, text.as_bytes(), false).occurrences;
        assert_eq!(found.len(), 1, "{path}: one occurrence");
        assert_eq!(found[0].identity.fold, expected.fold, "{path}: the same secret");
        assert_eq!(found[0].issuer, Some("github"), "{path}");
    }
}

#[test]
fn a_token_in_a_server_entry_is_told_with_its_slot_and_to_the_byte() {
    let token = github();
    let text = format!(
        "{{\n  \"mcpServers\": {{\n    \"github\": {{\n      \"command\": \"npx\",\n      \"env\": {{\"GITHUB_TOKEN\": \"{token}\"}}\n    }}\n  }}\n}}\n"
    );
    let found = scan(".cursor/mcp.json", &text);
    assert_eq!(found.len(), 1);
    assert_eq!(raw(&text, &found[0]), token);
    assert_eq!(found[0].location.region.start_line, 5);
    let slot = &found[0].slot;
    assert_eq!((slot.kind.as_str(), slot.server.as_deref(), slot.client), ("env", Some("github"), Some("cursor")));
    assert_eq!(slot.pointer.as_deref(), Some("/mcpServers/github/env/GITHUB_TOKEN"));
    assert_eq!(found[0].confidence, Confidence::High);
}

#[test]
fn a_uuid_or_password_in_a_slot_that_holds_a_credential_is_one() {
    for recipe in ["{uuid}", "{hex:32}", "{password:16}"] {
        let secret = made(recipe, 5);
        let value = serde_json::to_string(&secret).unwrap();
        let text = format!(
            "{{\"mcpServers\": {{\"search\": {{\"command\": \"x\", \"env\": {{\"SEARCH_API_KEY\": {value}}}}}}}}}"
        );
        let found = scan(".cursor/mcp.json", &text);
        assert_eq!(found.len(), 1, "{recipe}");
        assert_eq!((found[0].detector, found[0].slot.server.as_deref()), ("mcp-server-credential", Some("search")));
    }
}

#[test]
fn the_password_of_a_url_is_the_secret_and_not_the_url() {
    let secret = made("{alnum:24}", 8);
    let url = format!("https://user:{secret}@mcp.example.com/mcp");
    let text = format!("{{\"mcpServers\": {{\"s\": {{\"url\": \"{url}\"}}}}}}");
    let found = scan(".cursor/mcp.json", &text);
    assert_eq!(found.len(), 1);
    assert_eq!((raw(&text, &found[0]), found[0].slot.kind.as_str()), (secret.as_str(), "url-userinfo"));
}

#[test]
fn a_command_in_prose_is_told_with_its_server() {
    let secret = made("{uuid}", 6);
    let text = format!("Run `claude mcp add search -e SEARCH_API_KEY={secret} -- npx search`.\n");
    let found = scan("README.md", &text);
    assert_eq!(found.len(), 1);
    let slot = &found[0].slot;
    assert_eq!(
        (slot.kind.as_str(), slot.server.as_deref(), slot.client),
        ("command-line", Some("search"), Some("claude-code"))
    );
    assert_eq!(raw(&text, &found[0]), secret);
}

#[test]
fn the_values_of_a_kubernetes_secret_are_what_they_decode_to() {
    let secret = made("{alnum:32}", 6);
    let text = format!("kind: Secret\ndata:\n  API_TOKEN: {}\n", STANDARD.encode(&secret));
    let plain = format!("API_TOKEN: {secret}\n");
    let (found, plain) = (scan("secret.yaml", &text), scan("plain.yaml", &plain));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].identity.fold, plain[0].identity.fold);
}

#[test]
fn a_placeholder_or_reference_is_never_reported() {
    for value in
        ["YOUR_API_KEY", "<token>", "${API_KEY}", &format!("ghp_{}", "x".repeat(36)), "changeme", "$API_KEY", ""]
    {
        let text =
            format!("{{\"mcpServers\": {{\"s\": {{\"command\": \"x\", \"env\": {{\"API_KEY\": \"{value}\"}}}}}}}}");
        assert_eq!(scan(".cursor/mcp.json", &text), [], "{value}");
        assert_eq!(scan(".env", &format!("API_KEY={value}\n")), [], "{value}");
        assert_eq!(scan("main.py", &format!("API_KEY = \"{value}\"\n")), [], "{value}");
    }
}

#[test]
fn the_hash_of_a_password_is_never_reported() {
    for recipe in [
        "$2b$12${alnum:53}",
        "{{SSHA}}{alnum:32}",
        "admin:$apr1${alnum:8}${alnum:22}",
        "pbkdf2_sha256$600000${alnum:22}${alnum:43}=",
    ] {
        let hash = made(recipe, 3);
        let config = format!(r#"{{"mcpServers": {{"x": {{"command": "x", "env": {{"ADMIN_PASSWORD": "{hash}"}}}}}}}}"#);
        assert_eq!(scan(".mcp.json", &config), [], "{recipe}");
        assert_eq!(scan(".env", &format!("DB_PASSWORD='{hash}'\n")), [], "{recipe}");
        assert_eq!(scan("users.yaml", &format!("- name: ann\n  password: \"{hash}\"\n")), [], "{recipe}");
    }
}

#[test]
fn a_dotenv_value_is_told_with_its_variable() {
    let secret = made("{alnum:40}", 9);
    let text = format!("# comment\nPORT=8080\nSERVICE_API_KEY=\"{secret}\"\n");
    let found = scan("app/.env", &text);
    assert_eq!(found.len(), 1);
    assert_eq!(raw(&text, &found[0]), secret);
    assert_eq!((found[0].detector, found[0].slot.kind.as_str()), ("dotenv-credential", "dotenv"));
    assert_eq!(found[0].slot.variable.as_deref(), Some("SERVICE_API_KEY"));
}

#[test]
fn an_env_dump_is_read_as_one_whatever_its_name() {
    let secret = made("{alnum:40}", 9);
    let text = format!("HOME=/root\0SERVICE_API_KEY={secret}\0");
    let found = scan_as(scanner(Confidence::Medium), "dump.txt", text.as_bytes(), true).occurrences;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].slot.kind, SlotKind::EnvDump);
}

#[test]
fn a_generic_secret_in_code_is_told_with_the_name_it_is_given_to() {
    let secret = made("{alnum:32}", 4);
    let text = format!("fn main() {{\n    let api_token = \"{secret}\";\n}}\n");
    let found = scan("src/main.rs", &text);
    assert_eq!(found.len(), 1);
    assert_eq!((raw(&text, &found[0]), found[0].detector), (secret.as_str(), "generic-credential"));
    assert_eq!(found[0].slot.variable.as_deref(), Some("api_token"));
    assert_eq!(scan("tests/main.rs", &text), []);
    let header = format!("X-Amz-Security-Token:{secret}\n");
    assert_eq!(scan("signing-test-suite/request.txt", &header), []);
    assert_eq!(scan("notes/request.txt", &header).len(), 1);
}

#[test]
fn the_fingerprint_of_the_key_that_signs_commits_is_no_credential() {
    let digits = made("{HEX:40}", 3);
    assert_eq!(scan(".config/git/config", &format!("[user]\n\tsigningKey = {digits}\n")), []);
    let found = scan("app/settings.ini", &format!("signing_key = {}\n", made("{alnum:40}", 3)));
    assert_eq!(found.len(), 1);
}

#[test]
fn utf_16_is_read_with_exact_places() {
    let token = github();
    let text = format!("first line\nünï {token}\n");
    let bytes: Vec<u8> = std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let found = scan_as(scanner(Confidence::Medium), "x.txt", &bytes, false).occurrences;
    assert_eq!(found.len(), 1);
    let region = found[0].location.region;
    assert_eq!((region.start_line, region.start_column, region.byte_length), (2, 5, 80));
    assert_eq!(found[0].identity.fold, scan("x", &token)[0].identity.fold);
}

#[test]
fn a_broken_config_is_told_and_its_text_is_still_scanned() {
    let token = github();
    let text = format!("{{\"mcpServers\": {{\"github\": {{\"env\": {{\"GITHUB_TOKEN\": \"{token}\"\n");
    let scanned = scan_as(scanner(Confidence::Medium), ".cursor/mcp.json", text.as_bytes(), false);
    assert_eq!(scanned.occurrences.len(), 1);
    assert_eq!(scanned.notices.len(), 1);
    assert_eq!(scanned.notices[0].kind, NoticeKind::ConfigSyntax);
    assert!(!format!("{:?}", scanned.notices).contains(&token));
}

#[test]
fn low_confidence_is_kept_only_when_asked_for() {
    let text = format!("api_token = \"{}\"\n", made("{alnum:32}", 4));
    let of = |floor| scan_as(scanner(floor), "docs/example.py", text.as_bytes(), false).occurrences.len();
    assert_eq!((of(Confidence::Medium), of(Confidence::Low)), (0, 1));
}

#[test]
fn a_password_of_words_beside_a_test_is_doubted_and_a_random_one_is_not() {
    let netrc = |password: &str| format!("machine git.acme.io login bob password {password}\n");
    let words = netrc(&["too", "late", "in", "file"].join("-"));
    assert_eq!(scan("tests/home.netrc", &words).len(), 0);
    assert_eq!(scan("netrc/test.netrc", &netrc(&["bob", "will", "know"].concat())).len(), 0);
    assert_eq!(scan("home/.netrc", &words).len(), 1);
    assert_eq!(scan("tests/home.netrc", &netrc(&made("{password:16}", 3))).len(), 1);
}

#[test]
fn the_key_id_stands_with_the_secret_of_an_aws_pair() {
    let id = made("AKIA{base32:16}", 2);
    let secret = made("{b64:40}", 2);
    let text = format!(
        "{{\"mcpServers\": {{\"aws\": {{\"command\": \"x\", \"env\": {{\"AWS_ACCESS_KEY_ID\": \"{id}\", \"AWS_SECRET_ACCESS_KEY\": \"{secret}\"}}}}}}}}"
    );
    let found = scan(".cursor/mcp.json", &text);
    let secret = found.iter().find(|found| found.slot.variable.as_deref() == Some("AWS_SECRET_ACCESS_KEY")).unwrap();
    assert_eq!((secret.issuer, secret.identity.facts.key_id.as_deref()), (Some("aws"), Some(id.as_str())));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_bytes_make_the_scanner_panic_and_no_two_occurrences_share_a_byte(
        bytes in proptest::collection::vec(any::<u8>(), 0..600), seed in 0u64..50, path in "(\\.env|mcp\\.json|a\\.yaml|x\\.toml|y\\.rs)"
    ) {
        let token = made("ghp_{alnum:30}{crc32-github}", seed);
        let text = [&bytes[..bytes.len() / 2], b" token=\"", token.as_bytes(), b"\" ", &bytes[bytes.len() / 2..]].concat();
        let scanned = scan_as(scanner(Confidence::Low), &path, &text, seed % 2 == 0);
        for pair in scanned.occurrences.windows(2) {
            let (first, second) = (pair[0].location.region, pair[1].location.region);
            prop_assert!(first.byte_offset + first.byte_length <= second.byte_offset);
        }
    }
}

/// How a credential is written at each place where one was seen: the same credential each time, and nothing else.
#[test]
fn a_credential_is_found_in_every_form_it_is_written_in() {
    let (u, h, a) = (made("{uuid}", 3), made("{hex:32}", 3), made("{alnum:32}", 3));
    let p = made("{password:16}", 3).replace(['"', '\\', '\'', '$', '`', '#', ' ', '<', '&', '%'], "x");
    let b = |text: &str| STANDARD.encode(text);
    let pct = |text: &str| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
    let srv = |env: &str| format!("{{\"command\":\"npx\",\"args\":[\"-y\",\"pkg\"],\"env\":{{{env}}}}}");
    let forms: Vec<(&str, String, &str)> = vec![
        (".mcp.json", format!("{{\"s\":{{\"command\":\"x\",\"args\":[\"--api-key\",\"{u}\"]}}}}"), &u),
        (".mcp.json", format!("{{\"mcpServers\":{{\"s\":{{\"command\":\"x\",\"args\":[\"--api-key={h}\"]}}}}}}"), &h),
        (
            ".mcp.json",
            format!(
                "{{\"mcpServers\":{{\"s\":{{\"command\":\"docker\",\"args\":[\"run\",\"-e\",\"API_KEY={u}\"]}}}}}}"
            ),
            &u,
        ),
        (".mcp.json", format!("{{\"mcpServers\":{{\"s\":{{\"url\":\"https://h.example/mcp?api_key={u}\"}}}}}}"), &u),
        (
            ".mcp.json",
            format!("{{\"mcpServers\":{{\"s\":{{\"url\":\"https://mcp.zapier.com/api/mcp/s/{a}/mcp\"}}}}}}"),
            &a,
        ),
        (
            ".mcp.json",
            format!(
                "{{\"mcpServers\":{{\"s\":{{\"url\":\"https://h/\",\"headers\":{{\"Authorization\":\"Bearer {a}\"}}}}}}}}"
            ),
            &a,
        ),
        (
            ".mcp.json",
            format!(
                "{{\"mcpServers\":{{\"s\":{{\"url\":\"https://h/\",\"headers\":{{\"Authorization\":\"Basic {}\"}}}}}}}}",
                b(&format!("user:{p}"))
            ),
            &p,
        ),
        (
            ".mcp.json",
            format!(
                "{{\"mcpServers\":{{\"s\":{{\"env\":{{\"OPENAPI_MCP_HEADERS\":\"{{\\\"Authorization\\\":\\\"Bearer {a}\\\"}}\"}},\"command\":\"x\"}}}}}}"
            ),
            &a,
        ),
        (
            ".mcp.json",
            format!(
                "{{\"mcpServers\":{{\"s\":{{\"env\":{{\"DATABASE_URL\":\"postgres://u:{a}@h/db\"}},\"command\":\"x\"}}}}}}"
            ),
            &a,
        ),
        (
            ".mcp.json",
            format!("{{\"mcpServers\":{{\"s\":{{\"command\":\"x\",\"env\":{{\"API_KEY\":\"${{API_KEY:-{a}}}\"}}}}}}}}"),
            &a,
        ),
        (".bash_history", format!("claude mcp add s -e API_KEY={u} -- npx x\n"), &u),
        (
            ".bash_history",
            format!("claude mcp add --transport http s https://h --header \"Authorization: Bearer {a}\"\n"),
            &a,
        ),
        (".bash_history", format!("claude mcp add-json s '{}'\n", srv(&format!("\"API_KEY\":\"{u}\""))), &u),
        (".bash_history", format!("code --add-mcp '{}'\n", srv(&format!("\"API_KEY\":\"{a}\""))), &a),
        (".zshrc", format!("export API_KEY={a}\n"), &a),
        (".zshrc", format!("export DB_PASSWORD='{p}'\n"), &p),
        (".zsh_history", format!(": 1:0;npx mcp-remote https://h --header \"X-Api-Key: {a}\"\n"), &a),
        (
            "README.md",
            format!("[x](https://cursor.com/install-mcp?name=s&config={})", b(&srv(&format!("\"API_KEY\":\"{u}\"")))),
            &u,
        ),
        ("README.md", format!("[x](vscode:mcp/install?{})", pct(&srv(&format!("\"API_KEY\":\"{u}\"")))), &u),
        (
            "README.md",
            format!(
                "[x](https://vscode.dev/redirect?url={})",
                pct(&format!("vscode:mcp/install?{}", pct(&srv(&format!("\"API_KEY\":\"{a}\"")))))
            ),
            &a,
        ),
        (
            "README.md",
            format!("```json\n{{\"mcpServers\":{{\"s\":{}}}}}\n```\n", srv(&format!("\"API_KEY\":\"{u}\""))),
            &u,
        ),
        (
            "README.md",
            format!("```json\n{{\"mcpServers\":{{\"s\":{}}}}}\n```\n", srv(&format!("\"API_KEY\":\"{a}\""))),
            &a,
        ),
        ("docker-compose.yml", format!("services:\n  x:\n    environment:\n      - API_KEY={a}\n"), &a),
        ("docker-compose.yml", format!("services:\n  x:\n    environment:\n      API_KEY: {u}\n"), &u),
        ("deploy.yaml", format!("env:\n- name: API_KEY\n  value: {a}\n"), &a),
        ("deploy.yaml", format!("env:\n- name: API_KEY\n  value: \"{u}\"\n"), &u),
        ("secret.yaml", format!("data:\n  API_KEY: {}\n", b(&u)), &u),
        ("Dockerfile", format!("ENV API_KEY={a}\n"), &a),
        ("Dockerfile", format!("ENV API_KEY {a}\n"), &a),
        ("x.service", format!("[Service]\nEnvironment=\"API_KEY={a}\" \"B=1\"\n"), &a),
        ("x.plist", format!("<key>API_KEY</key>\n<string>{a}</string>"), &a),
        (".idea/x.xml", format!("<env name=\"API_KEY\" value=\"{a}\" />"), &a),
        ("inspect.json", format!("[{{\"Config\":{{\"Env\":[\"API_KEY={a}\"]}}}}]"), &a),
        ("n.ipynb", format!("{{\"source\":[\"os.environ['API_KEY'] = \\\"{a}\\\"\\n\"]}}"), &a),
        ("s.jsonl", format!("{{\"m\":\"{{\\\\\\\"API_KEY\\\\\\\": \\\\\\\"{a}\\\\\\\"}}\"}}"), &a),
        ("terraform.tfvars", format!("api_key = \"{a}\"\n"), &a),
        ("p.ps1", format!("$env:API_KEY = \"{a}\"\n"), &a),
        ("x.bat", format!("setx API_KEY {a}\r\n"), &a),
        ("main.py", format!("client = Client(api_key=\"{a}\")\n"), &a),
        ("main.ts", format!("const t = new T({{requestInit: {{headers: {{Authorization: `Bearer {a}`}}}}}})\n"), &a),
        ("cmdline.txt", format!("npx\0mcp-remote\0https://h\0--header\0Authorization: Bearer {a}\0"), &a),
        ("settings.xml", format!("<password>{p}</password>"), &p),
        (".env.local", format!("DB_PASSWORD={p}\n"), &p),
        (".env", format!("export API_KEY=\"{u}\" # c\n"), &u),
        ("log.txt", format!("Authorization: Bearer {a}\n"), &a),
        ("x.toml", format!("[mcp_servers.s]\nbearer_token = \"{a}\"\ncommand=\"x\"\n"), &a),
        (
            "goose/config.yaml",
            format!("extensions:\n  s:\n    type: stdio\n    cmd: x\n    envs:\n      API_KEY: {u}\n"),
            &u,
        ),
    ];
    for (path, text, secret) in &forms {
        let expected = scanner(Confidence::Medium).fingerprinter.identify(
            secret.as_bytes(),
            crate::detector::Anatomy::default(),
            0,
            crate::detector::Facts::default(),
        );
        let found = scan(path, text);
        let all: Vec<_> = found.iter().map(|found| found.identity.fold).collect();
        assert_eq!(all, [expected.fold], "{path}: {}", text.replace(*secret, "…"));
    }
}

proptest::proptest! {
    #[test]
    fn keywords_that_are_carried_along_a_delta_are_those_of_the_new_text(
        base in proptest::collection::vec(0usize..8, 0..600),
        pieces in proptest::collection::vec((0usize..3500, 0usize..2000, 0usize..8, 0usize..4), 0..8),
    ) {
        const WORDS: [&str; 8] = ["token", "\n", "mcpServers ", "xx yy ", "ghp_", "\"command\"", "password=", "ab"];
        let base: String = base.iter().map(|word| WORDS[*word]).collect();
        let base = base.as_bytes();
        let mut delta = vec![0; 0];
        let mut made = Vec::new();
        for (from, len, word, times) in pieces {
            let from = from.min(base.len());
            let len = len.min(base.len() - from);
            if len > 0 {
                delta.extend([0x80 | 0x01 | 0x02 | 0x10 | 0x20]);
                delta.extend([from as u8, (from >> 8) as u8, len as u8, (len >> 8) as u8]);
                made.extend_from_slice(&base[from..from + len]);
            }
            let text = WORDS[word].repeat(times);
            if !text.is_empty() {
                delta.push(text.len() as u8);
                delta.extend(text.bytes());
                made.extend(text.bytes());
            }
        }
        let size = |len: usize| [(len & 0x7f) as u8 | 0x80, (len >> 7) as u8];
        let delta = [&size(base.len())[..], &size(made.len()), &delta].concat();
        let (mut out, mut difference) = (Vec::new(), Difference::default());
        let applied = crate::source::git::delta::apply_telling(base, &delta, 1 << 20, &mut out, &mut difference);
        proptest::prop_assert!(applied.is_some() && out == made);
        let scanner = Scanner::new(Detectors::embedded(), Fingerprinter::new(KeyRing::none(), false), Options::default());
        let places = |text: &[u8]| {
            let mut hits = Vec::new();
            scanner.keywords.find(text, &mut hits);
            hits.sort_unstable();
            hits
        };
        let carried = scanner.carry(&places(base), &difference, &made, &mut Scratch::default());
        // Whether a keyword of two or three bytes is noticed depends on where the text begins.
        let long = |hits: Vec<Hit>| {
            hits.into_iter().filter(|hit| scanner.keywords.span(*hit).len() > 3).collect::<Vec<_>>()
        };
        proptest::prop_assert_eq!(long(carried), long(places(&made)));
    }
}

#[test]
fn the_example_of_a_described_interface_is_none_and_the_same_line_elsewhere_is_one() {
    let line = format!("      Token:\n        type: string\n        example: \"{}\"\n", github());
    for head in ["swagger: \"2.0\"\n", "# The API.\nopenapi: 3.1.0\n"] {
        assert_eq!(scan("api/swagger.yaml", &format!("{head}{line}")), []);
    }
    assert_eq!(scan("conf/some.yaml", &line).len(), 1);
    let default = line.replace("example", "default");
    assert_eq!(scan("api/swagger.yaml", &format!("swagger: \"2.0\"\n{default}")).len(), 1);
}

#[test]
fn pieces_of_strings_in_a_program_are_no_assignment() {
    let value = made("{password:24}", 5);
    let within = format!("\u{7f}ELF\0\0truewaitreadDB_PASSWORD={value} on  in all");
    assert_eq!(scan("bin/tool", &within), []);
    let alone = format!("\u{7f}ELF\0\0DB_PASSWORD={value}\0on\0");
    assert_eq!(scan("bin/tool", &alone).len(), 1);
    assert_eq!(scan("conf/tool", &within[6..]).len(), 1);
}
