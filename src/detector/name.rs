//! Whether a name (variable, header, flag, JSON key) says that what it names is a credential.

use super::words;

/// What a name says of its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// A credential.
    Secret,
    /// Something that belongs to a credential and is none, or a look-alike: `*_KEY_ID`, `MAX_TOKENS`, `KEYCLOAK_URL`.
    NotSecret,
    /// Nothing.
    Neutral,
}

/// What a variable, header, flag or key of this name holds.
///
/// English compounds name what they are by their last word: `API_KEY` is a key, `API_KEY_PATH` a path. So the last word
/// decides, and for the word `key`, which alone says little, the one in front of it.
#[must_use]
pub fn role(name: &str) -> Role {
    let words = words::of(name);
    let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
    if words.is_empty() || name.len() > MAX_NAME {
        return Role::Neutral;
    }
    if EXACT_NOT_SECRET.contains(&normal(name).as_str()) || is_client_side(&words) {
        return Role::NotSecret;
    }
    if words.iter().any(|word| SWITCHES.contains(word)) {
        return Role::NotSecret;
    }
    if matches!(words[..], [.., "connection" | "conn", "string" | "str"]) {
        return Role::Secret;
    }
    while words.len() > 1 && words.last().is_some_and(|word| says_nothing(word)) {
        words.pop();
    }
    match evidence(name, &words) {
        Role::Neutral if words.iter().any(|word| LOOK_ALIKE_HEADS.iter().any(|head| word.starts_with(head))) => {
            Role::NotSecret
        }
        role => role,
    }
}

/// What a parameter of this name in the query of a URL holds. Short names mean more there than elsewhere.
#[must_use]
pub fn query_role(name: &str) -> Role {
    match role(name) {
        Role::Neutral if QUERY_KEYS.iter().any(|key| name.eq_ignore_ascii_case(key)) => Role::Secret,
        role => role,
    }
}

/// A longer name is generated or a sentence.
const MAX_NAME: usize = 128;

/// Parameters that hold a credential though the word alone says too little elsewhere.
const QUERY_KEYS: &[&str] = &["key", "sig", "signature", "code", "auth", "k", "t", "sas", "session"];

/// Names that hold no credential, whatever their words say; spelled in lower-case snake.
const EXACT_NOT_SECRET: &[&str] = &[
    "bearer_token_env_var",
    "dbus_session_bus_address",
    "env_http_headers",
    "env_keys",
    "google_application_credentials",
    "posthog_project_api_key",
    "sentry_dsn",
    "ssh_auth_sock",
    "oldpwd",
    "id_token_write",
    "path",
    "pattern",
    "tmux",
    "author",
    "desktop_session",
    "session_manager",
];

/// Words that make a name a switch.
const SWITCHES: &[&str] =
    &["disable", "disabled", "enable", "enabled", "require", "required", "requires", "allow", "skip"];

/// Last words that name something about a credential rather than one.
const INNOCENT_TAILS: &[&str] = &[
    "id",
    "ids",
    "url",
    "urls",
    "uri",
    "uris",
    "path",
    "paths",
    "file",
    "files",
    "filename",
    "filepath",
    "dir",
    "directory",
    "folder",
    "name",
    "names",
    "type",
    "types",
    "ttl",
    "limit",
    "limits",
    "threshold",
    "endpoint",
    "endpoints",
    "host",
    "hosts",
    "hostname",
    "port",
    "arn",
    "header",
    "headers",
    "env",
    "var",
    "variable",
    "mode",
    "method",
    "methods",
    "issuer",
    "audience",
    "scope",
    "scopes",
    "addr",
    "address",
    "count",
    "size",
    "length",
    "len",
    "timeout",
    "expiry",
    "expires",
    "expiration",
    "lifetime",
    "age",
    "days",
    "hours",
    "minutes",
    "seconds",
    "alg",
    "algorithm",
    "format",
    "prefix",
    "suffix",
    "version",
    "region",
    "provider",
    "backend",
    "cache",
    "store",
    "storage",
    "manager",
    "parallelism",
    "field",
    "column",
    "index",
    "label",
    "hint",
    "placeholder",
    "description",
    "usage",
    "budget",
    "policy",
    "status",
    "state",
    "keyfile",
    "keyspace",
    "keystore",
    "admin",
    "sock",
    "socket",
    "flow",
    "strategy",
    "rotation",
    "server",
    "domain",
    "realm",
    "table",
    "bucket",
    "alias",
    "namespace",
    "checking",
    "regex",
    "rule",
    "rules",
    "schema",
    "validator",
    "parser",
    "helper",
    "handler",
    "callback",
    "middleware",
    "guard",
    "tokenizer",
    "encoder",
    "decoder",
    "kind",
    "class",
    "interval",
    "window",
    "at",
    "by",
    "from",
    "reference",
    "ref",
    "template",
    "section",
    "page",
    "form",
    "input",
    "button",
    "link",
    "text",
    "message",
    "error",
    "title",
    "order",
    "sort",
];

/// Last words that add nothing to what stands in front of them.
const EMPTY_TAILS: &[&str] = &[
    "value",
    "val",
    "string",
    "str",
    "raw",
    "plain",
    "plaintext",
    "base64",
    "b64",
    "encoded",
    "prod",
    "production",
    "dev",
    "development",
    "staging",
    "test",
    "testing",
    "live",
    "sandbox",
    "old",
    "new",
    "current",
    "default",
    "primary",
    "secondary",
    "backup",
    "main",
    "local",
    "global",
    "rw",
    "ro",
    "readonly",
];

/// Last words that name a credential.
const SECRET_TAILS: &[&str] = &[
    "token",
    "secret",
    "password",
    "passwd",
    "pwd",
    "pass",
    "passphrase",
    "passcode",
    "passwort",
    "credential",
    "credentials",
    "creds",
    "auth",
    "authorization",
    "authorisation",
    "cookie",
    "cookies",
    "dsn",
    "pat",
    "bearer",
    "jwt",
    "apikey",
    "apikeys",
    "secrets",
    "connectionstring",
    "connstr",
    "sas",
    "psk",
    "privkey",
    "mnemonic",
    "sessionkey",
    "webhooksecret",
    "writekey",
    "pw",
];

/// Ends of words that are two words written as one: `VOLC_SECRETKEY`, `dbpassword`.
const SECRET_ENDS: &[&str] = &[
    "apikey",
    "secretkey",
    "accesskey",
    "privatekey",
    "authkey",
    "signingkey",
    "encryptionkey",
    "masterkey",
    "licensekey",
    "token",
    "password",
    "passwd",
    "passphrase",
    "secret",
    "authorization",
];

/// What kind of key is a credential.
const SECRET_KEYS: &[&str] = &[
    "api",
    "access",
    "secret",
    "private",
    "signing",
    "encryption",
    "encrypt",
    "decryption",
    "auth",
    "authentication",
    "master",
    "service",
    "account",
    "admin",
    "webhook",
    "deploy",
    "license",
    "role",
    "session",
    "subscription",
    "storage",
    "shared",
    "hmac",
    "app",
    "application",
    "write",
    "read",
    "ssh",
    "rsa",
    "pgp",
    "gpg",
    "jwt",
    "security",
    "crypto",
    "aes",
    "token",
    "client",
    "integration",
    "personal",
    "developer",
    "root",
    "consumer",
    "signature",
    "cookie",
    "management",
    "ingest",
    "ingestion",
    "search",
];

/// What kind of key is none.
const PLAIN_KEYS: &[&str] = &[
    "public",
    "pub",
    "publishable",
    "anon",
    "anonymous",
    "primary",
    "foreign",
    "partition",
    "sort",
    "cache",
    "idempotency",
    "tag",
    "host",
    "group",
    "object",
    "s3",
    "lookup",
    "row",
    "hash",
    "unique",
    "composite",
    "natural",
    "surrogate",
    "index",
    "map",
    "translation",
    "i18n",
    "locale",
    "routing",
    "message",
    "column",
    "parent",
    "child",
    "order",
    "ssl",
    "tls",
    "query",
    "hot",
    "short",
    "arrow",
    "dict",
    "json",
    "yaml",
    "config",
    "setting",
    "settings",
    "option",
    "env",
    "metadata",
    "storage_object",
    "registry",
    "field",
    "item",
    "data",
    "default",
    "name",
    "issue",
    "project",
    "space",
    "site",
    "verify",
    "verification",
    "known",
    "entity",
    "event",
    "state",
    "record",
    "attribute",
    "header",
    "param",
    "property",
    "label",
    "menu",
    "react",
    "range",
    "dedupe",
    "dedup",
];

/// What kind of token is none: positions in a list, marks in a text, limits.
const PLAIN_TOKENS: &[&str] = &[
    "next",
    "page",
    "pagination",
    "continuation",
    "continue",
    "sync",
    "resume",
    "cursor",
    "previous",
    "prev",
    "eos",
    "bos",
    "pad",
    "unk",
    "sep",
    "cls",
    "mask",
    "special",
    "cancellation",
    "cancel",
    "stop",
    "start",
    "end",
    "csrf",
    "xsrf",
    "per",
    "max",
    "min",
    "minimum",
    "maximum",
    "num",
    "total",
    "prompt",
    "completion",
    "context",
    "lex",
    "syntax",
    "first",
    "last",
    "upload",
    "change",
    "current",
    "marker",
    "design",
    "color",
];

/// Words that begin like a credential's and are something else.
const LOOK_ALIKE_HEADS: &[&str] = &[
    "author",
    "bypass",
    "compass",
    "credit",
    "keyboard",
    "keychain",
    "keycloak",
    "keyring",
    "keyspace",
    "keyword",
    "monkey",
    "hotkey",
    "passport",
    "passthrough",
    "pathname",
    "patch",
    "tiktoken",
    "tokenizer",
    "tokeniz",
    "valkey",
    "vault",
    "xauthority",
    "xdg",
    "gpg",
    "secretary",
    "cookiecutter",
    "passive",
    "passing",
    "passenger",
    "oauth",
];

/// Lower-case snake.
fn normal(name: &str) -> String {
    name.trim_matches(|c: char| !c.is_alphanumeric())
        .chars()
        .map(|c| if c.is_alphanumeric() { c.to_ascii_lowercase() } else { '_' })
        .collect()
}

/// Bundlers inline these variables into pages that everybody downloads.
fn is_client_side(words: &[&str]) -> bool {
    matches!(words, ["next" | "expo", "public", ..] | ["vite", ..] | ["react", "app", ..])
}

fn says_nothing(word: &str) -> bool {
    EMPTY_TAILS.contains(&word)
        || word.bytes().all(|byte| byte.is_ascii_digit())
        || word.strip_prefix('v').is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()))
}

fn evidence(name: &str, words: &[&str]) -> Role {
    let Some((&tail, before)) = words.split_last() else { return Role::Neutral };
    let tail = if tail.len() > 3 { tail.trim_end_matches(|c: char| c.is_ascii_digit()) } else { tail };
    let owner = before.last().copied().unwrap_or_default();
    let names_credential = before.iter().any(|word| is_credential_word(word));
    if INNOCENT_TAILS.contains(&tail) {
        let about_credential =
            names_credential || before.iter().any(|word| word.starts_with("auth") || word.ends_with("auth"));
        return if about_credential || tail.starts_with("key") || tail == "id" {
            Role::NotSecret
        } else {
            Role::Neutral
        };
    }
    match tail {
        "key" | "keys" => key_role(name, owner, before.len(), tail),
        "token" if PLAIN_TOKENS.contains(&owner) => Role::NotSecret,
        "tokens" if owner.is_empty() || before.iter().any(|word| PLAIN_TOKENS.contains(word)) => Role::NotSecret,
        "tokens" => Role::Neutral,
        "auth" if matches!(owner, "no" | "use" | "is" | "has") => Role::NotSecret,
        "pass" if matches!(owner, "by" | "render" | "first" | "second" | "multi" | "single") => Role::Neutral,
        "author" | "authority" => Role::NotSecret,
        _ if SECRET_TAILS.contains(&tail) => Role::Secret,
        _ if SECRET_ENDS.iter().any(|end| tail.ends_with(end)) => Role::Secret,
        _ => Role::Neutral,
    }
}

/// `GITHUB_KEY` in capitals is a variable that holds a key; `githubKey` in code may be any key of any map.
fn key_role(name: &str, owner: &str, words_before: usize, tail: &str) -> Role {
    if PLAIN_KEYS.contains(&owner) {
        return Role::NotSecret;
    }
    if SECRET_KEYS.contains(&owner) || owner.ends_with("api") {
        return Role::Secret;
    }
    let shouted = !name.bytes().any(|byte| byte.is_ascii_lowercase());
    if words_before > 0 && shouted && tail == "key" { Role::Secret } else { Role::Neutral }
}

fn is_credential_word(word: &str) -> bool {
    matches!(word, "key" | "keys" | "api")
        || SECRET_TAILS.contains(&word)
        || SECRET_ENDS.iter().any(|end| word.ends_with(end))
}
