//! What is a placeholder and what is not.

use super::*;
use crate::detector::recipe::expand;

#[test]
fn what_speaks_to_the_reader_is_a_placeholder() {
    for value in [
        "your_azure_connection_string:starts_with:BlobEndpoint=",
        "你的token",
        "Your-key:0a1b2c3d4e5f",
        "淘宝授权token，上面有授权链接",
        "union.jd.com上去取",
        "pass:with:colon",
        "tiger",
    ] {
        assert!(is_placeholder(value, None), "{value}");
    }
    assert!(!is_placeholder(&expand("your_{digit:2}{alnum:30}", 3).unwrap(), None));
}

#[test]
fn every_class_of_placeholder_is_one() {
    for value in [
        "<your-token>",
        "<TOKEN>",
        "{{api_key}}",
        "{{ secrets.token }}",
        "${TOKEN}",
        "${env:TOKEN}",
        "${{ secrets.X }}",
        "$TOKEN",
        "$(cat token)",
        "%TOKEN%",
        "[your api key]",
        "YOUR_API_KEY",
        "your-api-key",
        "your_token_here",
        "yourtokenhere",
        "my-token",
        "mytoken",
        "yourApiKey",
        "YOUR-GITHUB-TOKEN",
        "your-tavily-api-key",
        "xxx",
        "xxxx-xxxx-xxxx",
        "XXXXXXXXXXXX",
        "sk-xxxxxxxxxxxx",
        "sk-...",
        "sk-ant-...",
        "ntn_****",
        "ghp_...",
        "***",
        "********",
        "...",
        "ghp_your_token_here",
        "ghp_xxxxxxxxxxxxxxxxxxxx",
        "changeme",
        "change-me",
        "change_me_in_production",
        "replace-me",
        "REPLACE_WITH_YOUR_KEY",
        "insert-token-here",
        "enter your key",
        "put-your-key-here",
        "<insert key>",
        "example",
        "example-token",
        "test-token",
        "test_key",
        "dummy",
        "dummy-secret",
        "fake-key",
        "sample-api-key",
        "demo-key",
        "placeholder",
        "string",
        "null",
        "true",
        "none",
        "undefined",
        "write",
        "read",
        "api-key",
        "API_KEY",
        "access_token",
        "RAPIDAPI_KEY",
        "OPENAI_API_KEY",
        "sk_STRIPE_SECRET_KEY",
        "1234567890",
        "123456",
        "abcdef123456",
        "abcdefghijklmnopqrstuvwxyz",
        "0123456789abcdef0123456789abcdef",
        "00000000-0000-0000-0000-000000000000",
        "aaaaaaaaaaaa",
        "deadbeefdeadbeefdeadbeef",
        "REDACTED",
        "[REDACTED]",
        "<redacted>",
        "sk-ant-…",
        "process.env.TOKEN",
        "os.environ[\"TOKEN\"]",
        "os.getenv('X')",
        "Bearer your-token",
        "Bearer YOUR_TOKEN_HERE",
        "Bearer <token>",
        "Bearer ${AUTH_TOKEN}",
        "password",
        "secret",
        "pass",
        "user:pass",
        "pat123.abc123",
        "very-s3cret",
        "verYs3cret",
        "bar%25bar",
        "cachepass",
        "asdfqwer1234asdf",
        "000102030405060708090a0b0c0d0e0f",
        "A1B2C3D4E5F6G7H8I9J0",
        "$(grep PAT .env | cut -d '=' -f2)",
        "op://vault/item/field",
        "abc123",
        "test",
        "testing123",
        "foo",
        "foobar",
        "TODO",
        "tbd",
        "your-256-bit-secret",
        "super-secret-key",
        "my-super-secret-token",
        "",
        "ENC[AES256_GCM,data:x]",
        "secret123",
        "password123",
    ] {
        assert!(is_placeholder(value, None), "{value}");
    }
    let documentation = ["AKIAIOSFODNN7", "EXAMPLE"].concat();
    assert!(is_placeholder(&documentation, None));
}

#[test]
fn a_value_that_repeats_its_name_is_one() {
    assert!(is_placeholder("tavily-api-key", Some("TAVILY_API_KEY")));
    assert!(is_placeholder("tavily", Some("TAVILY_TOKEN")));
    assert!(is_placeholder("GITHUB_TOKEN", Some("GITHUB_TOKEN")));
    assert!(is_placeholder("rapidapi key", Some("rapidApiKey")));
}

#[test]
fn people_s_own_passwords_are_none() {
    for value in
        ["Summer-2024-rain", "correct-horse-battery-staple", "hunter2", "tr0ub4dor&3", "Xk9!mPq2", "sesame-open-91x"]
    {
        assert!(!is_placeholder(value, Some("DB_PASSWORD")), "{value}");
    }
}

#[test]
fn nothing_random_is_ever_one() {
    let recipes = [
        "{alnum:12}",
        "{alnum:20}",
        "{alnum:36}",
        "{hex:20}",
        "{hex:32}",
        "{hex:40}",
        "{hex:64}",
        "{uuid}",
        "{b64:24}",
        "{b64:40}",
        "{b64url:22}",
        "{b64url:43}",
        "{base32:16}",
        "{base32:26}",
        "{lowernum:20}",
        "{uppernum:27}",
        "{password:12}",
        "{password:16}",
        "sk_test_{alnum:24}",
        "my-{hex:32}",
        "test_{alnum:32}",
        "ghp_{alnum:36}",
        "sk-proj-{b64url:74}T3BlbkFJ{b64url:74}",
        "xoxb-{digit:12}-{digit:13}-{alnum:24}",
        "example-{uuid}",
        "{digit:10}:AA{b64url:33}",
        "dp.st.dev.{alnum:43}",
        "{jwt}",
    ];
    let mut wrong = Vec::new();
    for recipe in recipes.iter().filter(|recipe| !recipe.starts_with("example")) {
        for seed in 0..1_500 {
            let value = expand(recipe, seed).unwrap();
            if is_placeholder(&value, Some("MY_TEST_API_KEY")) {
                wrong.push(value);
            }
        }
    }
    assert!(wrong.is_empty(), "{} of them: {:?}", wrong.len(), &wrong[..wrong.len().min(5)]);
}

#[test]
fn a_marked_name_is_one_whatever_its_words() {
    let names = "PGPASSWORD MQTT_PASSWORD XQZK_PASS SMTP_PASSWORD MSSQL_SA_PASSWORD KTQ_DB_PW mqtt_password secrets.MQTT_PASSWORD";
    for name in names.split(' ') {
        for (open, close) in [
            ("${", "}"),
            ("{{", "}}"),
            ("{{ ", " }}"),
            ("$(", ")"),
            ("#{", "}"),
            ("{", "}"),
            ("%", "%"),
            ("__", "__"),
            ("@", "@"),
            ("@@", "@@"),
            ("<", ">"),
            ("<<", ">>"),
            ("[", "]"),
            ("(", ")"),
            ("#", "#"),
            ("*", "*"),
            ("--", "--"),
            ("~{", "}"),
            ("<%= ", " %>"),
            ("{% ", " %}"),
            ("${env:", "}"),
            ("${", ":-}"),
            ("${", "}-suffix"),
        ] {
            let value = format!("{open}{name}{close}");
            assert!(is_placeholder(&value, None), "{value}");
        }
    }
    for value in
        ["${mqttPwd}", "<mqttPassword>", r#"${data.vault.x.data["SMTP_PASSWORD"]}"#, r#"{{ include "x.smtp" . }}"#]
    {
        assert!(is_placeholder(value, None), "{value}");
    }
    for recipe in ["${{SMTP_PASSWORD:-{alnum:24}}}", "({password:14})", "*{alnum:20}*", "#{alnum:24}#"] {
        let taken = (0..500).filter(|&seed| is_placeholder(&expand(recipe, seed).unwrap(), None)).count();
        assert!(taken <= 5, "{recipe}: {taken} of 500");
    }
    let taken = (0..500).filter(|&seed| is_placeholder(&expand("@{password:14}@", seed).unwrap(), None)).count();
    assert!(taken <= 5, "{taken} of 500");
}

#[test]
fn a_token_without_a_signature_opens_nothing() {
    let signed = expand("{jwt}", 7).unwrap();
    let (unsigned, _) = signed.rsplit_once('.').unwrap();
    for value in [format!("{unsigned}."), format!("workos:{unsigned}."), format!("{unsigned}.signature")] {
        assert!(is_placeholder(&value, Some("accessToken")), "{value}");
    }
    assert!(!is_placeholder(&format!("workos:{signed}"), Some("accessToken")));
}

#[test]
fn a_disguised_word_of_documentation_is_a_placeholder() {
    for parts in [
        ["P@55w0rd_Ex", "@mple_2023!"],
        ["S0m3!1n1t14l!p4", "55w0rd"],
        ["c0mplexp@ss", "word!"],
        ["MySekret", "Pa$$word"],
        ["Ch4ng", "3Me-9f8e7d"],
    ] {
        assert!(is_placeholder(&parts.concat(), None), "{parts:?}");
    }
}

#[test]
fn a_value_that_spells_its_name_otherwise_is_a_placeholder() {
    for (name, value) in
        [("NEO4J_PASSWORD", "neo-4-j-password"), ("X-Api2-Key", "xApi2Key"), ("PGPASSWORD", "pg_pass word")]
    {
        assert!(is_placeholder(value, Some(name)), "{name}: {value}");
    }
}
