//! What a pattern around a keyword finds, and what it passes over.

use crate::detector::recipe::expand;
use crate::detector::{Confidence, Detectors, Hit};

/// What `id` finds in the expanded recipe, and the text of it.
fn find(id: &str, recipe: &str) -> Option<(Hit, String)> {
    let text = expand(recipe, 5).unwrap();
    let detector = Detectors::embedded().get(id).unwrap();
    let hit = detector.keywords.iter().find_map(|keyword| {
        text.match_indices(keyword).find_map(|(at, _)| detector.confirm(text.as_bytes(), at..at + keyword.len()))
    })?;
    let secret = text[hit.secret.clone()].to_owned();
    Some((hit, secret))
}

fn principal<'a>(hit: &'a Hit, name: &str) -> Option<&'a str> {
    hit.facts.principals.get(name).map(String::as_str)
}

#[test]
fn a_line_of_wrapped_base64_is_doubted() {
    let line = |recipe: &str, seed| expand(recipe, seed).unwrap();
    let detector = Detectors::embedded().get("square-personal-token").unwrap();
    let sure = |above: &str| {
        let text = format!("\"{above}\"\n  \"{}\"", line("EAAA{alnum:60}", 2));
        let at = above.len() + 6;
        detector.confirm(text.as_bytes(), at..at + 4).unwrap().confidence
    };
    assert_eq!(sure(&line("{alnum:64}", 1)), Confidence::Low);
    assert_eq!(sure(&line("{alnum:20}", 1)), Confidence::Medium);
}

#[test]
fn a_valid_checksum_raises_confidence_and_an_invalid_one_does_not_hide() {
    assert_eq!(find("github-pat-classic", "ghp_{alnum:30}{crc32-github}").unwrap().0.confidence, Confidence::High);
    assert_eq!(find("github-pat-classic", "ghp_{alnum:36}").unwrap().0.confidence, Confidence::Medium);
    assert_eq!(
        find("grafana-service-account-token", "glsa_{alnum:32}_{hex:8}").unwrap().0.confidence,
        Confidence::Medium
    );
}

#[test]
fn escapes_in_front_of_a_token_do_not_hide_it() {
    for before in
        ["", "\"", "\\n", "\\t", "%20", "%3D", "\\u0022", "\\x3d", "\u{1b}[31m", "=", ":", "/", "${{X:-", "${{X-", "é"]
    {
        let found = find("gitlab-pat", &format!("{before}glpat-{{alnum:20}}"));
        assert_eq!(found.map(|(hit, _)| hit.secret.len()), Some(26), "{before}");
    }
    for before in ["x", "0", "_", "my-"] {
        assert_eq!(find("gitlab-pat", &format!("{before}glpat-{{alnum:20}}")), None, "{before}");
    }
}

#[test]
fn the_longest_legal_match_is_taken() {
    let (hit, secret) = find("gitlab-pat", "glpat-{gitlab-payload:o:1 u:iwbh4}.01.{lowernum:9} x").unwrap();
    assert!(secret.ends_with(|c: char| c.is_ascii_alphanumeric()) && secret.contains(".01."));
    assert_eq!(principal(&hit, "organization"), Some("1"));
    assert_eq!(principal(&hit, "user"), Some("31740952"));
}

#[test]
fn only_the_password_of_a_url_is_the_secret() {
    let (hit, secret) =
        find("postgres-url", "\"postgresql://svc:pa%40{alnum:12}@db.internal:5432/app?x=y@z\"").unwrap();
    assert!(secret.starts_with("pa%40") && secret.len() == 17);
    assert_eq!((principal(&hit, "user"), principal(&hit, "host")), (Some("svc"), Some("db.internal")));
    let detector = Detectors::embedded().get("postgres-url").unwrap();
    assert!(detector.canonical(secret.as_bytes()).starts_with(b"pa@"));
    assert!(find("redis-url", "redis://:{alnum:20}@cache:6379/0").is_some());
    assert!(find("mongodb-url", "mongodb+srv://svc:{alnum:20}@a.b.mongodb.net,c.d/x").is_some());
    assert!(find("postgres-url", "postgresql+asyncpg://svc:{alnum:20}@db/x").is_some());
    for userinfo in [
        "root:root",
        "user:pass",
        "myuser:mypassword",
        "<user>:<password>",
        "$U:${{PW}}",
        "{{u}}:{{pw}}",
        "%s:%s",
        "a:***",
    ] {
        assert_eq!(find("mysql-url", &format!("mysql://{userinfo}@localhost/x")), None, "{userinfo}");
    }
}

#[test]
fn an_aws_secret_carries_its_key_id_and_account() {
    let id = ["AKIA", "SP2TPHJSQH3FJRUX"].concat();
    let (hit, secret) =
        find("aws-access-key", &format!("aws_access_key_id = {id}\naws_secret_access_key = {{b64:40}}\n")).unwrap();
    assert_eq!(secret.len(), 40);
    assert_eq!(hit.facts.key_id.as_deref(), Some(id.as_str()));
    assert_eq!(principal(&hit, "account"), Some("171436882533"));
}

#[test]
fn each_of_several_key_ids_gets_its_own_secret() {
    let detector = Detectors::embedded().get("aws-access-key").unwrap();
    for recipe in [
        "A_KEY_ID=AKIA{base32:16}\nA_SECRET=1{b64:39}\nB_KEY_ID=AKIA{base32:16}\nB_SECRET=2{b64:39}\n",
        "secret = 1{b64:39}\nid = AKIA{base32:16}\n\n[other]\nsecret = 2{b64:39}\nid = AKIA{base32:16}\n",
    ] {
        for seed in 0..20 {
            let text = expand(recipe, seed).unwrap();
            let secrets: String = text
                .match_indices("AKIA")
                .filter_map(|(at, _)| detector.confirm(text.as_bytes(), at..at + 4))
                .map(|hit| &text[hit.secret.start..=hit.secret.start])
                .collect();
            assert_eq!(secrets, "12", "{recipe}");
        }
    }
}

#[test]
fn a_whole_value_is_tried_without_a_keyword() {
    for (id, recipe) in
        [("aws-access-key", "{b64:40}"), ("exa-api-key", "{uuid}"), ("github-pat-classic", "ghp_{alnum:36}")]
    {
        let detector = Detectors::embedded().get(id).unwrap();
        let value = expand(recipe, 1).unwrap();
        assert_eq!(detector.examine(value.as_bytes()).map(|hit| hit.secret), Some(0..value.len()), "{id}");
        assert_eq!(detector.examine(format!("{value}, more").as_bytes()), None, "{id}");
    }
}

#[test]
fn a_private_key_has_one_canonical_form() {
    let detector = Detectors::embedded().get("pem-private-key").unwrap();
    let plain = find("pem-private-key", "{pem}").unwrap().1;
    let escaped = find("pem-private-key", "{{\"key\": \"{pem-escaped}\"}}").unwrap().1;
    let twice = escaped.replace("\\n", "\\\\n");
    let crlf = plain.replace('\n', "\r\n");
    let indented = plain.replace('\n', "\n    ");
    for form in [&escaped, &twice, &crlf, &indented] {
        assert_eq!(detector.canonical(form.as_bytes()), detector.canonical(plain.as_bytes()));
    }
    assert_eq!(detector.canonical(plain.as_bytes()), plain.as_bytes());
}

#[test]
fn ids_inside_and_beside_a_token_become_facts() {
    let (hit, _) =
        find("github-app-installation-token", "ghs_123456_{jwt:{\"iss\":\"123456\",\"exp\":1893456000}}").unwrap();
    assert_eq!((principal(&hit, "app"), hit.facts.expires_at), (Some("123456"), Some(1_893_456_000)));
    assert_eq!(hit.confidence, Confidence::High);
    let (hit, _) = find("jwt", "{jwt}").unwrap();
    assert_eq!((hit.facts.key_id.as_deref(), principal(&hit, "aud")), (Some("k7f2"), Some("mcp")));
    let (hit, _) = find("slack-bot-token", concat!("xoxb-", "111122223333-444455556666-{alnum:24}")).unwrap();
    assert_eq!((principal(&hit, "team"), principal(&hit, "bot")), (Some("111122223333"), Some("444455556666")));
    assert!((80..150).contains(&hit.bits));
    let (hit, _) = find("sendgrid-api-key", "SG.{alnum:22}.{alnum:43}").unwrap();
    assert_eq!(hit.facts.key_id.map(|id| id.len()), Some(22));
    let (hit, _) = find("sentry-org-token", r#"sntrys_{b64json:{"iat":1700000000.5,"url":"https://sentry.io","region_url":"https://us.sentry.io","org":"acme"}}_{b64:43}"#).unwrap();
    assert_eq!(principal(&hit, "organization"), Some("acme"));
    let account = r#"{{"private_key_id": "{hex:40}", "private_key": "{pem-escaped}", "client_email": "a@p.iam.gserviceaccount.com"}}"#;
    let (hit, secret) = find("gcp-service-account-key", account).unwrap();
    assert!(secret.starts_with("-----BEGIN") && hit.facts.key_id.is_some());
    assert_eq!(principal(&hit, "email"), Some("a@p.iam.gserviceaccount.com"));
}

#[test]
fn constant_head_and_tail_are_told_from_the_secret() {
    let (hit, _) = find("anthropic-api-key", "sk-ant-api03-{b64url:93}AA").unwrap();
    assert_eq!((hit.public.prefix, hit.public.suffix), (13, 2));
}

#[test]
fn any_bytes_at_any_keyword_position_are_survived() {
    let text: Vec<u8> = (0..=255_u8).cycle().take(3_000).collect();
    for detector in Detectors::embedded().all() {
        for at in (0..text.len()).step_by(97) {
            assert_eq!(detector.confirm(&text, at..at + 3), None, "{}", detector.id);
        }
        assert_eq!(detector.confirm(b"", 0..0), None);
        assert_eq!(detector.examine(&text), None);
    }
}

#[test]
fn hostile_repetition_costs_no_more_than_its_length() {
    let text = ".eyJ".repeat(20_000) + &"T3BlbkFJ".repeat(10_000) + &"PRIVATE KEY-----".repeat(2_000);
    for id in ["jwt", "openai-api-key", "pem-private-key", "supabase-service-role-key"] {
        let detector = Detectors::embedded().get(id).unwrap();
        for keyword in detector.keywords {
            let found = text
                .match_indices(keyword)
                .filter(|(at, _)| detector.confirm(text.as_bytes(), *at..at + keyword.len()).is_some());
            assert_eq!(found.count(), 0, "{id}");
        }
    }
}
