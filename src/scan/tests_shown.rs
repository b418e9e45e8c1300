//! What stands for people to read: docstrings, examples, published values, references; none of it is a credential. Beside each
//! stands what differs in one thing and is one.

use super::tests::{made, scan};

/// Finds nothing in `shown`, and something in `meant`.
#[track_caller]
fn told_apart(path: &str, shown: &str, meant: &str) {
    assert_eq!(scan(path, shown).len(), 0, "{path}: {shown}");
    assert!(!scan(path, meant).is_empty(), "{path}: {meant}");
}

#[test]
fn what_a_docstring_shows_is_an_example_and_code_below_it_is_not() {
    let secret = made("{alnum:32}", 5);
    for (path, before, after) in [
        ("app/client.py", "def connect():\n    \"\"\"Opens it.\n\n        ", "    \"\"\"\n"),
        ("app/client.py", "def connect():\n    '''\n    Opens it.\n        ", "    '''\n"),
        ("library/ec2", "#!/usr/bin/python\nEXAMPLES = '''\n", "'''\n"),
        ("modules/ec2.py", "EXAMPLES = r\"\"\"\n", "\"\"\"\n"),
        ("lib/client.ex", "  @doc \"\"\"\n", "  \"\"\"\n"),
    ] {
        let line = "api_token = \"".to_owned() + &secret + "\"\n";
        told_apart(path, &format!("{before}{line}{after}"), &format!("{before}Text.\n{after}{line}"));
        told_apart(path, &format!("{before}{line}{after}"), &format!("{before}Text.\n{after}def f():\n    {line}"));
    }
    for end in ["\"\"\".format(x)\n", "\"\"\" % x\n", "\"\"\"\n", "\"\"\")\n"] {
        let text = format!("query = f(\"\"\"\n  select\n{end}api_token = \"{secret}\"\n");
        assert_eq!(scan("app/client.py", &text).len(), 1, "{text}");
        assert_eq!(
            scan("app/client.py", &text["query = f(\"\"\"\n  select\n".len()..]).len(),
            1,
            "a part of it: {text}"
        );
    }
    let usage = format!("USAGE = \"\"\"\nUsage:\n\"\"\"\napi_token = \"{secret}\"\n");
    assert_eq!(scan("app/client.py", &usage).len(), 1, "what is above the quotes that end a string says nothing");
    let multi = format!("CONFIG = \"\"\"\napi_token = \"{secret}\"\n\"\"\"\n");
    assert_eq!(scan("app/client.py", &multi).len(), 1, "a string that is assigned is data");
}

#[test]
fn what_stands_below_the_example_of_an_interface_is_published_by_its_author() {
    let token = made("{alnum:32}", 5);
    let of =
        |key: &str| format!("openapi: 3.0.0\ninfo: x\nJoin:\n  {key}:\n    Tokens:\n      join_token: \"{token}\"\n");
    told_apart("api/swagger.yaml", &of("example"), &of("value"));
    let json = |key: &str| {
        format!(
            "{{\n  \"openapi\": \"3.0.0\",\n  \"x\": {{\n    \"{key}\": {{\n      \"access_token\": \"{token}\"\n    }}\n  }}\n}}\n"
        )
    };
    told_apart("api/openapi.json", &json("examples"), &json("secrets"));
}

#[test]
fn the_fingerprint_of_a_key_that_signs_packages_is_a_reference() {
    for name in ["ARCHIVE_GPG_KEY", "TINI_GPG_KEY", "GPG_KEY"] {
        for recipe in ["{HEX:16}", "{HEX:40}"] {
            let line = |value: String| format!("export {name}={value}\n");
            told_apart("install.sh", &line(made(recipe, 5)), &line(made("{alnum:40}", 5)));
        }
    }
}

#[test]
fn an_address_that_begins_with_its_name_is_no_token() {
    let rest = "zQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb";
    let json = |value: &str| format!("{{\n  \"programs\": {{\n    \"token_2022\": \"{value}\"\n  }}\n}}\n");
    told_apart("programs.json", &json(&format!("Token{rest}")), &json(&format!("uQWxp{rest}")));
}

#[test]
fn tokens_against_forged_requests_and_cookies_of_other_things_are_none() {
    let value = made("{alnum:32}", 5);
    told_apart(
        "trace.txt",
        &format!("set-cookie: csrftoken={value}; path=/\n"),
        &format!("set-cookie: session_token={value}; path=/\n"),
    );
    told_apart("trace.txt", &format!("csrftoken={value}\n"), &format!("apitoken={value}\n"));
    told_apart("trace.txt", &format!("Set-Cookie: discount={value}\n"), &format!("Set-Cookie: sid={value}\n"));
}

#[test]
fn cookies_and_tokens_against_forged_requests_that_a_server_is_given_are_credentials() {
    let made = |recipe| made(recipe, 5);
    let cookies = format!("a1={}; web_session={}", made("{alnum:52}"), made("{alnum:38}"));
    let session = format!("li_at={}", made("{alnum:80}"));
    let padded = format!("{}=", made("{alnum:43}"));
    let token = made("{alnum:40}");
    for value in [&cookies, &session, &padded, &token] {
        for name in ["XHS_COOKIE", "ACME_COOKIE", "ATL_TOKEN", "CSRFTOKEN"] {
            let config = format!(
                "{{\"mcpServers\": {{\"a\": {{\"command\": \"a\", \"env\": {{\"{name}\": \"{value}\"}}}}}}}}\n"
            );
            assert_eq!(scan(".mcp.json", &config).len(), 1, "{name}={value}");
            assert_eq!(scan(".env", &format!("{name}='{value}'\n")).len(), 1, "{name}={value}");
        }
        let config = format!(
            "{{\"mcpServers\": {{\"a\": {{\"url\": \"https://acme.dev/mcp\", \"headers\": {{\"Cookie\": \"{value}\"}}}}}}}}\n"
        );
        assert_eq!(scan(".mcp.json", &config).len(), 1, "{value}");
    }
}

#[test]
fn arguments_that_are_passed_on_are_no_connection_string() {
    let password = made("{alnum:18}", 5);
    told_apart(
        "app/db.py",
        "    connect(server=self.host, user=self.db_user, password=self.db_password_2)\n    f(x=1, user=self.a, password=self.mdt_pw)\n",
        &format!("    connect(\"host=db.acme.io user=svc password={password}\")\n"),
    );
}

#[test]
fn a_sentence_that_says_by_what_something_is_identified_is_no_statement() {
    told_apart(
        "message.txt",
        "the port, which is identified by 'MSWin32', needs it\n",
        &format!("create user app identified by '{}'\n", made("{alnum:16}", 5)),
    );
}

#[test]
fn the_password_of_a_data_source_counts_and_not_the_address() {
    let dsn = |password: &str| format!("APP_MYSQL_DSN=app_user:{password}@tcp(mysql:3306)/app?parseTime=true\n");
    told_apart("compose.yml", &dsn("app_password"), &dsn(&made("{alnum:20}", 5)));
    let service = |password: &str| format!("services:\n  app:\n    environment:\n      - {}", dsn(password));
    told_apart("docker-compose.yml", &service("app_password"), &service(&made("{alnum:20}", 5)));
}

#[test]
fn a_parameter_that_names_a_path_is_no_secret() {
    told_apart(
        "site.yml",
        "- htpasswd: path=/etc/apache2/passwdfile name=ann\n",
        &format!("- htpasswd: {}\n", made("{password:16}", 5)),
    );
}

#[test]
fn what_a_device_encrypted_into_its_configuration_is_no_password() {
    let inner = made("{password:30}", 5);
    told_apart("switch.yml", &format!("password: \"%^%#{inner}%^%#\"\n"), &format!("password: \"{}\"\n", &inner[..16]));
}

#[test]
fn what_others_wrote_and_changelogs_show_is_doubted() {
    let line = format!("user.password = \"{}\"\n", made("{password:12}", 5));
    for path in
        ["CHANGELOG", "guides/security.textile", "lib/site-packages/acme/api.py", "mod/acme.io/kit@v0.9.0/kit.go"]
    {
        assert_eq!(scan(path, &line).len(), 0, "{path}");
    }
    assert_eq!(scan("app/user.rb", &line).len(), 1);
}

#[test]
fn the_basic_scheme_of_a_test_is_a_rehearsal() {
    use base64::Engine;
    let pair = format!("admin:{}", made("{password:10}", 5));
    let line = format!("want: \"Basic {}\",\n", base64::engine::general_purpose::STANDARD.encode(pair));
    assert_eq!(scan("proxy_test.go", &line).len(), 0);
    assert_eq!(scan("proxy.go", &line).len(), 1);
}
