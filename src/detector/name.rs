//! Whether a name (variable, header, flag, JSON key) says that what it names is a credential.

use super::vocabulary::{
    EMPTY_TAILS, EXACT_NOT_SECRET, INNOCENT_TAILS, LOOK_ALIKE_HEADS, PLAIN_KEYS, PLAIN_TOKENS, QUERY_KEYS, SECRET_ENDS,
    SECRET_KEYS, SECRET_TAILS, has,
};
use super::{Detectors, words};

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
    let exactly = |name: &str| has(EXACT_NOT_SECRET, name);
    if name == GITHUB_PERMISSION || exactly(&normal(name)) || exactly(&words.join("_")) || is_client_side(&words) {
        return Role::NotSecret;
    }
    if words.iter().any(|word| SWITCHES.contains(word) || DERIVED.contains(word)) {
        return Role::NotSecret;
    }
    if matches!(words[..], [.., "connection" | "conn", "string" | "str"] | [.., "secret", "key", "base"]) {
        return Role::Secret;
    }
    while words.len() > 1 && words.last().is_some_and(|word| says_nothing(word)) {
        words.pop();
    }
    match evidence(name, &words) {
        Role::Neutral if words.iter().any(|word| LOOK_ALIKE_HEADS.iter().any(|head| word.starts_with(head))) => {
            Role::NotSecret
        }
        // `--infura-key`: what a provider is known to name so.
        Role::Neutral if Detectors::embedded().by_variable(name).is_some() => Role::Secret,
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

/// The permission of a GitHub workflow, whose value is `write` or `none`; `ID_TOKEN` elsewhere is a token.
const GITHUB_PERMISSION: &str = "id-token";

/// A longer name is generated or a sentence.
const MAX_NAME: usize = 128;

/// Words that make a name a switch.
const SWITCHES: &[&str] =
    &["disable", "disabled", "enable", "enabled", "require", "required", "requires", "allow", "skip"];

/// Words that say that what is named was made from a credential and does not give it back.
const DERIVED: &[&str] = &["hashed", "masked", "redacted"];

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
    has(EMPTY_TAILS, word)
        || word.bytes().all(|byte| byte.is_ascii_digit())
        || word.strip_prefix('v').is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()))
}

fn evidence(name: &str, words: &[&str]) -> Role {
    let Some((&tail, before)) = words.split_last() else { return Role::Neutral };
    let tail = if tail.len() > 3 { tail.trim_end_matches(|c: char| c.is_ascii_digit()) } else { tail };
    let owner = before.last().copied().unwrap_or_default();
    let names_credential = before.iter().any(|word| is_credential_word(word));
    if has(INNOCENT_TAILS, tail) {
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
        "token" if has(PLAIN_TOKENS, owner) => Role::NotSecret,
        "tokens" if owner.is_empty() || before.iter().any(|word| has(PLAIN_TOKENS, word)) => Role::NotSecret,
        "tokens" => Role::Neutral,
        "auth" if matches!(owner, "no" | "use" | "is" | "has") => Role::NotSecret,
        "pass" if matches!(owner, "by" | "render" | "first" | "second" | "multi" | "single") => Role::Neutral,
        "author" | "authority" => Role::NotSecret,
        _ if has(SECRET_TAILS, tail) => Role::Secret,
        _ if SECRET_ENDS.iter().any(|end| tail.ends_with(end)) => Role::Secret,
        _ => Role::Neutral,
    }
}

/// `GITHUB_KEY` in capitals is a variable that holds a key; `githubKey` in code may be any key of any map.
fn key_role(name: &str, owner: &str, words_before: usize, tail: &str) -> Role {
    if has(PLAIN_KEYS, owner) {
        return Role::NotSecret;
    }
    if has(SECRET_KEYS, owner) || owner.ends_with("api") {
        return Role::Secret;
    }
    let shouted = !name.bytes().any(|byte| byte.is_ascii_lowercase());
    if words_before > 0 && shouted && tail == "key" { Role::Secret } else { Role::Neutral }
}

fn is_credential_word(word: &str) -> bool {
    matches!(word, "key" | "keys" | "api")
        || has(SECRET_TAILS, word)
        || SECRET_ENDS.iter().any(|end| word.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names and patterns seen in registries and documentation; `*` stands for any provider.
    const NOT_SECRET: &str = "
        ADX_TOKEN_FILE_PATH ALIBABA_CLOUD_ACCESS_KEY_ID ASTRA_DB_KEYSPACE AWS_ACCESS_KEY_ID
        CHARMHEALTH_TOKEN_URL COINBASE_CDP_API_KEY_NAME CRDB_SSL_KEYFILE CREDENTIALS_DIR
        DANGEROUSLY_DISABLE_OAUTH DEFAULT_MINIMUM_TOKENS FIRECRAWL_CREDIT_CRITICAL_THRESHOLD
        FIRECRAWL_CREDIT_WARNING_THRESHOLD GITLAB_AUTH_COOKIE_PATH GMAIL_CREDENTIALS_PATH KEYCLOAK_ADMIN
        KEYCLOAK_URL LANGFUSE_PUBLIC_KEY LARA_ACCESS_KEY_ID NEO4J_RESPONSE_TOKEN_LIMIT OKTA_KEY_ID
        PROXMOX_TOKEN_NAME RAZORPAY_KEY_ID REDIS_SSL_KEYFILE SERVICENOW_AUTH_TYPE SERVICE_ACCOUNT_KEY_PATH
        TEMPORAL_TLS_CLIENT_KEY_PATH VALKEY_HOST VALKEY_PORT disable_host_key_checking keyword *_KEY_ID
        *_ACCESS_KEY_ID *_PUBLIC_KEY *_PUBLISHABLE_KEY NEXT_PUBLIC_* VITE_* REACT_APP_* EXPO_PUBLIC_*
        STRIPE_PUBLISHABLE_KEY POSTHOG_PROJECT_API_KEY SUPABASE_ANON_KEY SENTRY_DSN *_CLIENT_ID
        *_TENANT_ID *_PROJECT_ID *_ACCOUNT_ID *_APP_ID *_ORG_ID MAX_TOKENS *_MAX_TOKENS *_TOKEN_LIMIT
        *_TOKEN_THRESHOLD *_MINIMUM_TOKENS TOKENIZERS_PARALLELISM *_TOKENIZER* TIKTOKEN_CACHE_DIR
        *_TOKEN_URL *_TOKEN_ENDPOINT *_TOKEN_FILE *_TOKEN_FILE_PATH *_TOKEN_NAME *_TOKEN_TYPE *_TOKEN_TTL
        *_KEY_NAME *_KEY_PATH *_KEY_FILE *_KEYFILE *_SSL_KEY *_CREDENTIALS_PATH *_CREDENTIALS_DIR
        GOOGLE_APPLICATION_CREDENTIALS *_COOKIE_PATH SSH_AUTH_SOCK GPG_AGENT_INFO XAUTHORITY AUTH_TYPE
        AUTH_MODE AUTH_METHOD *_AUTH_TYPE AUTH_URL AUTH_ISSUER OAUTH_REDIRECT_URI OAUTH_SCOPES
        OAUTH_CALLBACK_PORT DISABLE_AUTH AUTHOR AUTHOR_NAME GIT_AUTHOR_* KEYBOARD* KEYCHAIN* KEYSPACE
        KEYWORD* KEYRING_* HOTKEY MONKEY* PASSPORT* PASSTHROUGH BYPASS* COMPASS* DBUS_SESSION_BUS_ADDRESS
        XDG_SESSION_ID XDG_SESSION_TYPE DESKTOP_SESSION SESSION_MANAGER TMUX PATH PATTERN PATCH_* CREDIT_*
        FIRECRAWL_CREDIT_*_THRESHOLD SECRET_NAME SECRET_ARN *_SECRET_ARN *_SECRET_ID *_SECRET_NAME
        *_SECRET_PATH SECRETS_BACKEND VAULT_ADDR KB_INCLUSION_TAG_KEY FUNCTION_TAG_KEY
        STATE_MACHINE_TAG_KEY *_TAG_KEY PRIMARY_KEY FOREIGN_KEY PARTITION_KEY SORT_KEY CACHE_KEY
        IDEMPOTENCY_KEY API_KEY_HEADER API_KEY_ENV bearer_token_env_var env_http_headers env_keys id-token
        publicKeyToken";

    #[test]
    fn names_that_look_like_a_credential_s_and_are_none() {
        for pattern in NOT_SECRET.split_whitespace() {
            for filling in ["ACME", "GITHUB_MCP", "X"] {
                let name = pattern.replace('*', filling);
                assert_eq!(role(&name), Role::NotSecret, "{name}");
                // What a hump or a dash tells apart reads otherwise without it.
                if !["id-token", "publicKeyToken"].contains(&name.as_str()) {
                    assert_ne!(role(&name.to_lowercase()), Role::Secret, "{name}");
                }
            }
        }
    }

    #[test]
    fn names_that_hold_a_credential() {
        let names = "
             TOKEN SECRET PASSWORD PASSWD PWD DB_PWD PASSPHRASE API_KEY APIKEY ACCESS_KEY SECRET_KEY
             PRIVATE_KEY CREDENTIAL CREDENTIALS AUTH AUTHORIZATION COOKIE PG_DSN CONNECTION_STRING
             AZURE_STORAGE_CONNECTION_STRING PAT PAT_VALUE GITHUB_PAT WEBHOOK_SECRET SIGNING_KEY
             VOLC_SECRETKEY GITHUB_PERSONAL_ACCESS_TOKEN AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN
             NEO4J_PASSWORD MYSQL_PASS ES_API_KEY OPENAI_KEY SUPABASE_SERVICE_ROLE_KEY api-key apiKey
             rapidapi_key rapidApiKey tavilyApiKey exaApiKey access_token accessToken refresh_token
             client_secret clientSecret registration_access_token --api-key --token --password X-API-Key
             Api-Key PRIVATE-TOKEN Cookie X-Goog-Api-Key X-Auth-Token Authorization Proxy-Authorization
             xi-api-key X-Subscription-Token Ocp-Apim-Subscription-Key dbPassword db.password JWT_SECRET
             SESSION_SECRET ENCRYPTION_KEY APP_KEY DD_API_KEY DD_APP_KEY LANGFUSE_SECRET_KEY TOKEN_2
             API_KEY_PROD STRIPE_SECRET_KEY_LIVE MYSECRET githubtoken SLACK_MCP_XOXB_TOKEN BOT_TOKEN
             SECRET_TOKEN passphrase OP_SERVICE_ACCOUNT_TOKEN KEYCLOAK_CLIENT_SECRET COMPASS_API_KEY
             KEYRING_PASSWORD ID_TOKEN";
        for name in names.split_whitespace() {
            assert_eq!(role(name), Role::Secret, "{name}");
        }
    }

    #[test]
    fn names_that_say_nothing() {
        for name in
            ["NAME", "command", "LOG_LEVEL", "DATABASE_URL", "NODE_ENV", "key", "data", "", "--", "é", "team", "user"]
        {
            assert_eq!(role(name), Role::Neutral, "{name}");
        }
    }

    #[test]
    fn a_query_key_may_be_shorter() {
        for name in [
            "token",
            "key",
            "apikey",
            "api_key",
            "apiKey",
            "tavilyApiKey",
            "exaApiKey",
            "sig",
            "code",
            "access_token",
            "auth",
        ] {
            assert_eq!(query_role(name), Role::Secret, "{name}");
        }
        for name in ["profile", "transport", "pro", "tools", "project_ref"] {
            assert_ne!(query_role(name), Role::Secret, "{name}");
        }
    }

    #[test]
    fn positions_in_lists_and_texts_are_no_tokens() {
        for name in [
            "nextPageToken",
            "page_token",
            "continuation_token",
            "eos_token",
            "cancellationToken",
            "csrf_token",
            "max_tokens",
        ] {
            assert_ne!(role(name), Role::Secret, "{name}");
        }
    }
}
