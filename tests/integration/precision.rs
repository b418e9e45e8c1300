//! Recall and precision of generic detection: generated secrets under secret names are found in every form of assignment, and
//! nothing that only resembles one is.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use keytrawl::detector::recipe;

use crate::runner::Case;

/// Names of variables and keys that hold a credential.
const SECRET_NAMES: &[&str] = &[
    "API_KEY",
    "ACME_API_KEY",
    "APIKEY",
    "API_TOKEN",
    "ACME_TOKEN",
    "ACCESS_TOKEN",
    "AUTH_TOKEN",
    "BOT_TOKEN",
    "REFRESH_TOKEN",
    "SECRET",
    "CLIENT_SECRET",
    "APP_SECRET",
    "WEBHOOK_SECRET",
    "SIGNING_SECRET",
    "SESSION_SECRET",
    "JWT_SECRET",
    "SECRET_KEY",
    "SECRET_KEY_BASE",
    "VOLC_SECRETKEY",
    "ACCESS_KEY",
    "PRIVATE_TOKEN",
    "ENCRYPTION_KEY",
    "SIGNING_KEY",
    "MASTER_KEY",
    "DEPLOY_TOKEN",
    "PASSWORD",
    "DB_PASSWORD",
    "DATABASE_PASSWORD",
    "ADMIN_PASSWORD",
    "REDIS_PASSWORD",
    "SMTP_PASS",
    "DB_PWD",
    "PASSPHRASE",
    "ACME_CREDENTIAL",
    "SESSION_COOKIE",
    "ACME_AUTH_KEY",
    "ACME_PAT",
    "SERVICE_TOKEN",
    "ACME_DSN",
    "BEARER_TOKEN",
];

/// What is generated: the recipes of one kind, used in turn.
const KINDS: &[(&str, &[&str])] = &[
    ("hex 16-64", &["{hex:16}", "{hex:24}", "{hex:32}", "{hex:40}", "{hex:48}", "{hex:64}", "{HEX:32}"]),
    (
        "alnum 20-64",
        &["{alnum:20}", "{alnum:24}", "{alnum:32}", "{alnum:40}", "{alnum:64}", "{lowernum:28}", "{base32:26}"],
    ),
    ("base64 32-88", &["{b64:32}", "{b64:43}=", "{b64:64}", "{b64:86}==", "{b64url:43}", "{b64url:54}"]),
    ("uuid", &["{uuid}"]),
    ("password 12-20", &["{password:12}", "{password:14}", "{password:16}", "{password:20}"]),
];

/// How many secrets of a kind.
const SECRETS: usize = 200;

/// How a language writes an assignment.
struct Form {
    file: &'static str,
    head: &'static str,
    line: fn(&str, &str) -> String,
    tail: &'static str,
    /// Share of the secrets that must be found, in hundredths.
    floor: usize,
}

const CONFIG: usize = 95;
const CODE: usize = 90;

fn camel(name: &str) -> String {
    let mut out = String::new();
    for (index, part) in name.split('_').enumerate() {
        let lower = part.to_lowercase();
        match lower.chars().next() {
            Some(first) if index > 0 => {
                out.extend(first.to_uppercase());
                out.push_str(&lower[first.len_utf8()..]);
            }
            _ => out.push_str(&lower),
        }
    }
    out
}

fn dotted(name: &str) -> String {
    name.to_lowercase().replace('_', ".")
}

fn forms() -> Vec<Form> {
    let form = |file, floor, head, line, tail| Form { file, head, line, tail, floor };
    vec![
        form(".env", CONFIG, "", |n, v| format!("{n}={v}"), ""),
        form("app.env", CONFIG, "", |n, v| format!("{n}=\"{v}\""), ""),
        form("run.sh", CONFIG, "#!/bin/sh\n", |n, v| format!("export {n}='{v}'"), ""),
        form("Dockerfile", CONFIG, "FROM scratch\n", |n, v| format!("ENV {n}={v}"), ""),
        form("compose.yaml", CONFIG, "env:\n", |n, v| format!("  {}: \"{v}\"", n.to_lowercase()), ""),
        form("plain.yml", CONFIG, "env:\n", |n, v| format!("  {n}: {v}"), ""),
        form("settings.toml", CONFIG, "[app]\n", |n, v| format!("{} = \"{v}\"", n.to_lowercase()), ""),
        form("settings.ini", CONFIG, "[app]\n", |n, v| format!("{} = {v}", n.to_lowercase()), ""),
        form("app.properties", CONFIG, "", |n, v| format!("{}={v}", dotted(n)), ""),
        form("main.tfvars", CONFIG, "", |n, v| format!("{} = \"{v}\"", n.to_lowercase()), ""),
        form("main.tf", CONFIG, "locals {\n", |n, v| format!("  {} = \"{v}\"", n.to_lowercase()), "}\n"),
        form("settings.json", CONFIG, "{\n", |n, v| format!("  \"{}\": \"{v}\",", camel(n)), "  \"end\": 1\n}\n"),
        form("web.xml", CONFIG, "<c>\n", |n, v| format!("  <add key=\"{n}\" value=\"{v}\"/>"), "</c>\n"),
        form("app.xml", CONFIG, "<c>\n", |n, v| format!("  <{0}>{v}</{0}>", camel(n)), "</c>\n"),
        form("app.py", CODE, "", |n, v| format!("{n} = \"{v}\""), ""),
        form("call.py", CODE, "connect(\n", |n, v| format!("    {}='{v}',", n.to_lowercase()), ")\n"),
        form("app.js", CODE, "", |n, v| format!("const {} = '{v}';", camel(n)), ""),
        form("app.ts", CODE, "", |n, v| format!("  private {}: string = \"{v}\";", camel(n)), ""),
        form("app.go", CODE, "package main\n", |n, v| format!("\t{} := \"{v}\"", camel(n)), ""),
        form("App.java", CODE, "", |n, v| format!("  static final String {n} = \"{v}\";"), ""),
        form("app.rb", CODE, "", |n, v| format!("  {}: '{v}',", n.to_lowercase()), ""),
        form("app.php", CODE, "<?php\n", |n, v| format!("define('{n}', '{v}');"), ""),
        form("array.php", CODE, "<?php\n", |n, v| format!("  '{}' => '{v}',", n.to_lowercase()), ""),
        form("App.cs", CODE, "", |n, v| format!("  public const string {} = \"{v}\";", camel(n)), ""),
        form("app.rs", CODE, "", |n, v| format!("const {n}: &str = \"{v}\";"), ""),
    ]
}

/// Scans one file of assignments, one a line, and returns the lines on which a credential was reported.
fn found_in(form: &Form, assignments: &[(String, String)]) -> BTreeSet<usize> {
    let mut text = form.head.to_owned();
    for (name, value) in assignments {
        writeln!(text, "{}", (form.line)(name, value)).expect("a string grows");
    }
    text.push_str(form.tail);
    let case = Case::new().raw(form.file, text);
    let report = case.scan(["--format", "json", "--exit-zero", form.file]).exits(0).json();
    let credentials = report["credentials"].as_array().expect("credentials").clone();
    let occurrences =
        credentials.iter().flat_map(|credential| credential["occurrences"].as_array().expect("occurrences"));
    let head = form.head.lines().count();
    occurrences.map(|it| it["region"]["startLine"].as_u64().expect("a line") as usize - 1 - head).collect()
}

#[test]
fn generated_secrets_under_secret_names_are_found_in_every_form() {
    let mut table = format!("{:16}", "");
    for (kind, _) in KINDS {
        write!(table, "{kind:>16}").expect("a string grows");
    }
    let mut short = Vec::new();
    for form in forms() {
        write!(table, "\n{:16}", form.file).expect("a string grows");
        for (kind, recipes) in KINDS {
            let assignments: Vec<(String, String)> = (0..SECRETS)
                .map(|index| {
                    let recipe = recipes[index % recipes.len()];
                    let value = recipe::expand(recipe, 1_000 + index as u64).expect("a valid recipe");
                    (SECRET_NAMES[index % SECRET_NAMES.len()].to_owned(), value)
                })
                .collect();
            let found = found_in(&form, &assignments);
            let hundredths = found.len() * 100 / SECRETS;
            write!(table, "{:>14} %", found.len() as f64 * 100.0 / SECRETS as f64).expect("a string grows");
            if hundredths < form.floor {
                let missed: Vec<_> = (0..SECRETS).filter(|index| !found.contains(index)).collect();
                let names: BTreeSet<_> = missed.iter().map(|&index| assignments[index].0.as_str()).collect();
                let of: BTreeSet<_> = missed.iter().map(|&index| recipes[index % recipes.len()]).collect();
                short.push(format!("{}, {kind}: {} missed, under {names:?}, of {of:?}", form.file, missed.len()));
            }
        }
    }
    eprintln!("{table}");
    assert!(short.is_empty(), "{table}\n{}", short.join("\n"));
}

/// Values that stand where a credential may stand and are none. Holes are recipes.
const NO_SECRETS: &[&str] = &[
    // Holes of templates and references.
    "<your-token>",
    "<TOKEN>",
    "<api_key_here>",
    "{{{{api_key}}}}",
    "{{{{ secrets.token }}}}",
    "${{TOKEN}}",
    "${{TOKEN:-}}",
    "${{env:TOKEN}}",
    "${{{{ secrets.TOKEN }}}}",
    "$TOKEN",
    "$ACME_TOKEN_2",
    "$(cat /run/token)",
    "$(pass show acme)",
    "%TOKEN%",
    "[your api key]",
    "#{{token}}",
    "${{input:token}}",
    "{{env:TOKEN}}",
    "__TOKEN__",
    "@TOKEN@",
    "%(token)s",
    "{{token}}",
    "op://vault/item/field",
    "vault:secret/data/acme#token",
    "arn:aws:secretsmanager:eu-west-1:123456789012:secret:acme",
    "process.env.ACME_TOKEN",
    "os.environ['ACME_TOKEN']",
    "os.getenv('ACME_TOKEN')",
    "import.meta.env.TOKEN",
    // Placeholders.
    "YOUR_API_KEY",
    "your-api-key",
    "your_token_here",
    "yourtokenhere",
    "yourApiKey",
    "my-token",
    "my-secret-token",
    "mysecretpassword",
    "xxx",
    "xxxxxxxxxxxxxxxxxxxxxxxx",
    "XXXXXXXX-XXXX-XXXX-XXXX-XXXXXXXXXXXX",
    "sk-...",
    "sk-xxxxxxxxxxxxxxxx",
    "ntn_****",
    "********",
    "ghp_xxxxxxxxxxxxxxxxxxxx",
    "changeme",
    "change-me-in-production",
    "replace-with-your-key",
    "REPLACE_ME",
    "insert-token-here",
    "enter-your-key",
    "example-token",
    "test-token",
    "test_key_1",
    "dummy-secret",
    "fake-key-for-tests",
    "sample-api-key",
    "placeholder",
    "1234567890",
    "abcdef123456",
    "abcdefghijklmnopqrstuvwxyz",
    "0123456789abcdef0123456789abcdef",
    "00000000-0000-0000-0000-000000000000",
    "aaaaaaaaaaaaaaaa",
    "deadbeefdeadbeefdeadbeef",
    "REDACTED",
    "[REDACTED]",
    "not-a-real-token",
    "pat123.abc123",
    "not-needed",
    "sk_STRIPE_SECRET_KEY",
    "tavily-api-key",
    "Bearer your-token",
    "super-secret-password",
    "correct-horse",
    "test1234",
    "foobar123",
    "password",
    "password123",
    "secret",
    "postgres",
    "root",
    "admin",
    "letmein",
    // Types, switches and words.
    "string",
    "true",
    "null",
    "write",
    "required",
    "optional",
    "none",
    "bearer",
    "oauth2",
    "production",
    "client_credentials",
    "authorization_code",
    "refresh_token",
    "service-account",
    "vault",
    "keychain",
    "environment",
    "us-east-1",
    "gpt-4o-mini",
    "HS256",
    "RS256",
    // Identifiers of programs.
    "getUserAccessToken",
    "AccessTokenExpired",
    "aws_sse_customer_key_base64",
    "com.acme.auth.TokenProvider",
    "acme/auth/token",
    "ERR_TOKEN_EXPIRED_401",
    "auth.token.refresh",
    "X-Acme-Token",
    "user_password_reset_tokens",
    "TokenV2Parser",
    "i18n.auth.password2",
    "Invalid2FATokenError",
    "oauth2_client_secret_basic",
    "jwt-bearer-grant-v2",
    "PasswordResetRequested20",
    // Paths, URLs, hosts, addresses.
    "/run/secrets/acme_token",
    "~/.config/acme/token.json",
    "./keys/service-account.json",
    "C:\\\\keys\\\\acme.pem",
    "secrets/acme/token",
    "https://acme.example.com/v1/tokens",
    "http://localhost:8080/token",
    "https://login.acme.com/oauth2/v2.0/token",
    "localhost:6379",
    "db.internal:5432",
    "127.0.0.1",
    "token.acme.io",
    "me@example.com",
    "file:///run/secrets/token",
    "wss://acme.io/token/refresh",
    "postgresql://localhost/mydb",
    "@acme/token-provider",
    "ghcr.io/acme/token-server",
    // Versions, dates, numbers, times.
    "1.2.3",
    "v0.14.0-rc.1",
    "^4.0.0",
    "2026-11-23",
    "2026-11-23T10:00:00Z",
    "3600",
    "30s",
    "0.75",
    "1_000_000",
    "24h",
    // Digests with their algorithm.
    "sha512-{b64:86}==",
    "sha256-{b64:43}=",
    "sha256:{hex:64}",
    "sha1:{hex:40}",
    "md5:{hex:32}",
    "h1:{b64:43}=",
];

/// Names whose value is no credential, whatever it looks like.
const NO_SECRET_NAMES: &[&str] = &[
    "ALIBABA_CLOUD_ACCESS_KEY_ID",
    "ASTRA_DB_KEYSPACE",
    "ACME_TOKEN_URL",
    "COINBASE_CDP_API_KEY_NAME",
    "CRDB_SSL_KEYFILE",
    "CREDENTIALS_DIR",
    "DANGEROUSLY_DISABLE_OAUTH",
    "DEFAULT_MINIMUM_TOKENS",
    "GITLAB_AUTH_COOKIE_PATH",
    "KEYCLOAK_ADMIN",
    "KEYCLOAK_URL",
    "LANGFUSE_PUBLIC_KEY",
    "OKTA_KEY_ID",
    "PROXMOX_TOKEN_NAME",
    "RAZORPAY_KEY_ID",
    "SERVICENOW_AUTH_TYPE",
    "VALKEY_HOST",
    "keyword",
    "MAX_TOKENS",
    "ACME_TOKEN_LIMIT",
    "ACME_TOKENIZER",
    "TIKTOKEN_CACHE_DIR",
    "ACME_CLIENT_ID",
    "ACME_TENANT_ID",
    "SECRET_NAME",
    "SECRET_ARN",
    "CACHE_KEY",
    "PRIMARY_KEY",
    "PARTITION_KEY",
    "IDEMPOTENCY_KEY",
    "TAG_KEY",
    "API_KEY_HEADER",
    "API_KEY_ENV",
    "NEXT_PUBLIC_API_KEY",
    "VITE_API_KEY",
    "REACT_APP_API_KEY",
    "EXPO_PUBLIC_API_KEY",
    "STRIPE_PUBLISHABLE_KEY",
    "NEXT_PAGE_TOKEN",
    "CONTINUATION_TOKEN",
    "CSRF_TOKEN",
    "HASHED_SECRET",
    "PASSWORD_HASH",
    "TOKEN_DIGEST",
    "KEY_FINGERPRINT",
    "PASSPORT_NUMBER",
    "MONKEY",
    "COMPASS_POINT",
    "AUTHOR",
    "COMMIT_SHA",
    "GIT_SHA",
    "CHECKSUM",
    "INTEGRITY",
    "SHA256",
    "ETAG",
    "REQUEST_ID",
    "TRACE_ID",
    "SESSION_ID",
    "BUILD_ID",
    "IMAGE_DIGEST",
];

/// What stands under those names: what would be a credential under another.
const LOOK_ALIKES: &[&str] = &["{hex:40}", "{uuid}", "{b64:43}=", "{alnum:32}"];

#[test]
fn nothing_that_only_resembles_a_secret_is_reported_in_any_form() {
    let mut wrong = Vec::new();
    let mut total = 0;
    for form in forms() {
        let mut assignments = Vec::new();
        for (index, recipe) in NO_SECRETS.iter().enumerate() {
            let value = recipe::expand(recipe, index as u64).expect("a valid recipe");
            for name in 0..2 {
                let name = SECRET_NAMES[(index * 2 + name * 21) % SECRET_NAMES.len()];
                assignments.push((name.to_owned(), value.clone()));
            }
        }
        for (index, name) in NO_SECRET_NAMES.iter().enumerate() {
            let value = recipe::expand(LOOK_ALIKES[index % LOOK_ALIKES.len()], index as u64).expect("a valid recipe");
            assignments.push(((*name).to_owned(), value));
        }
        total += assignments.len();
        for line in found_in(&form, &assignments) {
            let (name, value) = &assignments[line];
            wrong.push(format!("{}: {name} {value}", form.file));
        }
    }
    eprintln!("{total} values that are no credential, {} reported", wrong.len());
    assert!(total >= 3_000, "{total}");
    assert!(wrong.is_empty(), "{} of {total}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn encoded_words_and_everyday_passwords_of_jobs_are_not_reported() {
    use base64::Engine as _;
    let encoded = base64::engine::general_purpose::STANDARD.encode("alice:secret-passwd");
    let everyday = ["Forge", "123"].concat();
    let job = format!(
        "on: push\njobs:\n  db:\n    runs-on: ubuntu-latest\n    services:\n      sql:\n        image: sql\n        env:\n          SA_PASSWORD: {everyday}\n"
    );
    let case = Case::new()
        .raw("auth.sh", format!("set_reply <<-EOF\ncredential={encoded}\nEOF\nexport AUTH_TOKEN={encoded}\n"))
        .raw(".github/workflows/databases.yml", &job)
        .raw("url_for.rb", "\"http://openid.example.com%2Fnext:one+two%3F@www.example.com/c/a/i\"\n")
        .raw("client.ts", "/**\n * {\n *   \"refresh_token\": \"oauth_refresh_9f4d3a206b2e4a7e8c91\"\n * }\n */\n");
    let report = case.scan([".", "--format", "json", "--exit-zero"]).exits(0).json();
    assert_eq!(report["credentials"], serde_json::json!([]));
}
