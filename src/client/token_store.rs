//! Where clients keep the tokens that they were given, and the OAuth object that each of them writes in its own way.

use super::dotfile;
use super::node::{Entry, MAX_DEPTH, Node, pointer};
use super::reading::{Reading, SlotValue};
use super::slot::{Slot, SlotKind};
use super::table::segment;
use crate::detector::Facts;
use crate::detector::name::Role;
use crate::span::Text;

/// A file in which tokens are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Store {
    /// Id of the client whose it is; none for programs between client and server.
    pub client: Option<&'static str>,
    /// Where it lies below a home directory; `{config}` and `{local}` as in `rules/clients.toml`.
    pub place: &'static str,
}

const fn of(client: &'static str, place: &'static str) -> Store {
    Store { client: Some(client), place }
}

const fn between(place: &'static str) -> Store {
    Store { client: None, place }
}

/// The stores that hold tokens in the clear, by default or where there is no key store. Key stores are never opened.
pub const STORES: &[Store] = &[
    between("~/.mcp-auth/**/*_tokens.json"),
    between("~/.mcp-auth/**/*_client_info.json"),
    between("~/.mcp-auth/**/*_code_verifier.txt"),
    between("~/.mcp-auth/**/*_debug.log"),
    of("cline", "~/.cline/data/secrets.json"),
    of("crush", "~/.local/share/crush/crush.json"),
    of("gemini-cli", "~/.gemini/mcp-oauth-tokens.json"),
    of("gemini-cli", "~/.gemini/a2a-oauth-tokens.json"),
    of("gemini-cli", "~/.gemini/oauth_creds.json"),
    of("gemini-cli", "~/.gemini/.env"),
    of("gemini-cli", "~/.gemini/extensions/*/.env"),
    of("qwen-code", "~/.qwen/mcp-oauth-tokens.json"),
    of("qwen-code", "~/.qwen/oauth_creds.json"),
    of("qwen-code", "~/.qwen/.env"),
    of("amazon-q", "~/.aws/sso/cache/*.token.json"),
    of("amazon-q", "~/.aws/sso/cache/*.registration.json"),
    between("~/.aws/sso/cache/*.json"),
    of("codex", "~/.codex/.credentials.json"),
    of("codex", "~/.codex/auth.json"),
    of("opencode", "{local}/opencode/mcp-auth.json"),
    of("opencode", "{local}/opencode/auth.json"),
    of("claude-code", "~/.claude/.credentials.json"),
    of("claude-code", "~/.claude/mcp-needs-auth-cache.json"),
    of("vscode", "{config}/Code/User/globalStorage/state.vscdb"),
    of("vscode", "{config}/Code - Insiders/User/globalStorage/state.vscdb"),
    of("cursor", "{config}/Cursor/User/globalStorage/state.vscdb"),
    of("continue", "~/.continue/index/globalContext.json"),
    of("continue", "~/.continue/.env"),
    of("goose", "~/.config/goose/secrets.yaml"),
    of("goose", "~/AppData/Roaming/Block/goose/config/secrets.yaml"),
    of("mcp-inspector", "~/.mcp-inspector/storage/*.json"),
    of("fastmcp", "~/.fastmcp/oauth-mcp-client-cache/*.json"),
    of("mcp-agent", "~/.mcp-agent/mcp_agent.secrets.yaml"),
    between("~/.docker/config.json"),
    of("lm-studio", "~/.lmstudio/.internal/*.json"),
    of("cherry-studio", "{config}/CherryStudio/Cookies"),
];

/// The store that a `/`-separated path is, by its end.
#[must_use]
pub fn owner(path: &str) -> Option<&'static Store> {
    let last = path.rsplit('/').next()?;
    let end = last.bytes().last()?.to_ascii_lowercase();
    let fits = |store: &&Store| {
        // Asked of every file: most stores are ruled out by the last letter of their names.
        if store.place.bytes().last().is_some_and(|byte| byte != b'*' && byte.to_ascii_lowercase() != end) {
            return false;
        }
        let place = store.place.trim_start_matches(['~', '/']);
        let place = place.strip_prefix("{config}/").or_else(|| place.strip_prefix("{local}/")).unwrap_or(place);
        let mut parts = place.rsplit('/');
        if !parts.next().is_some_and(|part| segment(part.to_ascii_lowercase().as_bytes(), last.as_bytes())) {
            return false;
        }
        let mut above = path.rsplit('/').skip(1);
        parts.all(|part| match part {
            // Whatever lies between; only one directory is named above it.
            "**" => true,
            ".mcp-auth" => above.any(|name| name == ".mcp-auth"),
            _ => above.next().is_some_and(|name| segment(part.to_ascii_lowercase().as_bytes(), name.as_bytes())),
        })
    };
    STORES.iter().find(fits)
}

/// Id of the client whose config or store of tokens a path is.
#[must_use]
pub fn owner_of(path: &str) -> Option<&'static str> {
    let known = |path: &str| super::recognise(path).map(|client| client.id).or_else(|| owner(path)?.client);
    known(path).or_else(|| known(&dotfile::in_use(path)?))
}

/// What is known of the tokens in a part of a file: each level of it may tell more.
#[derive(Clone, Default)]
struct Whose<'t> {
    server: Option<&'t str>,
    facts: Facts,
}

/// Adds the tokens in a tree to a reading, and what stands beside them to those that it has already.
pub(super) fn fill<'a>(reading: &mut Reading<'a>, tree: &Node<'a>) {
    walk(reading, tree, "", &Whose::default(), 0);
}

fn walk<'a>(reading: &mut Reading<'a>, node: &Node<'a>, at: &str, whose: &Whose<'_>, depth: usize) {
    if depth > MAX_DEPTH {
        return;
    }
    for (index, item) in node.items().iter().enumerate() {
        walk(reading, item, &pointer(at, &index.to_string()), whose, depth + 1);
    }
    if node.entries().is_empty() {
        return;
    }
    let whose = beside(node, whose);
    let holds = is_token(node) || is_registration(node);
    let login = login(node);
    for Entry { key, node: value } in node.entries() {
        let name = key.as_str();
        let below = pointer(at, name);
        match value {
            Node::Text(text) if (holds && is_secret(name)) || login.contains(&name) => {
                take(reading, text, name, &below, &whose, node);
            }
            Node::Map(_) => {
                // In a map of stores the key is the server: its name, or where it is called.
                let named = |fields: &[&str]| fields.iter().any(|field| value.get(field).is_some());
                let keyed = named(&["tokens", "clientInfo", "clientInformation", "token"])
                    || is_token(value)
                    || is_registration(value);
                let inner = Whose {
                    server: whose.server.or(Some(name).filter(|name| keyed && is_name(name))),
                    ..whose.clone()
                };
                let inner = match host(name).filter(|_| keyed) {
                    Some(host) => with(inner, "host", host),
                    None => inner,
                };
                walk(reading, value, &below, &inner, depth + 1);
            }
            other => walk(reading, other, &below, &whose, depth + 1),
        }
    }
}

/// What the fields of a map, and of the client's registration in it, say of the tokens in and below it.
fn beside<'t>(node: &'t Node<'_>, above: &Whose<'t>) -> Whose<'t> {
    let mut whose = above.clone();
    let text = |node: &'t Node<'_>, names: &[&str]| names.iter().find_map(|name| node.get(name).and_then(Node::text));
    if let Some(server) = text(node, &["serverName", "server_name"]) {
        whose.server = Some(server);
    }
    let registration =
        ["clientInfo", "clientInformation", "client_info", "client"].iter().find_map(|key| node.get(key));
    for node in [Some(node), registration.filter(|node| node.is_map())].into_iter().flatten() {
        if let Some(id) = text(node, &["client_id", "clientId"]) {
            whose = with(whose, "client_id", id);
        }
    }
    if let Some(host) = text(node, &["serverUrl", "mcpServerUrl", "server_url", "url", "tokenUrl"]).and_then(host) {
        whose = with(whose, "host", host);
    }
    if let Some(issuer) = text(node, &["issuer", "iss"]) {
        whose = with(whose, "iss", issuer);
    }
    whose
}

fn with<'t>(mut whose: Whose<'t>, name: &'static str, value: &str) -> Whose<'t> {
    if value.len() <= 512 {
        whose.facts.principals.insert(name, value.to_owned());
    }
    whose
}

/// The key of a store, without what tells two of one name apart.
fn is_name(key: &str) -> bool {
    !key.contains("://")
        && !matches!(
            key,
            "tokens"
                | "token"
                | "oauth"
                | "oauth_token"
                | "clientInfo"
                | "clientInformation"
                | "claudeAiOauth"
                | "auth"
                | "credentials"
                | "settings"
                // The words of API descriptions and recorded answers.
                | "value"
                | "example"
                | "data"
                | "result"
                | "response"
                | "body"
                | "json"
                | "payload"
        )
}

fn host(url: &str) -> Option<&str> {
    super::slots::host_of(url)
}

/// An access token with a field that only a token response has.
fn is_token(node: &Node<'_>) -> bool {
    let has = |names: &[&str]| names.iter().any(|name| node.get(name).is_some_and(|value| !value.is_map()));
    has(&["access_token", "accessToken"])
        && has(&[
            "refresh_token",
            "refreshToken",
            "expires_in",
            "expiresIn",
            "expires_at",
            "expiresAt",
            "token_type",
            "tokenType",
            "expiry",
            "expiry_date",
        ])
}

/// A client that has registered itself, or was registered, at an authorisation server.
fn is_registration(node: &Node<'_>) -> bool {
    let has = |names: &[&str]| names.iter().any(|name| node.get(name).and_then(Node::text).is_some());
    has(&["client_id", "clientId"])
        && has(&["client_secret", "clientSecret", "registration_access_token", "registrationAccessToken"])
}

/// The secrets of a login at a provider of models, as opencode keeps it: they have no names of their own.
fn login(node: &Node<'_>) -> &'static [&'static str] {
    let has = |name: &str| node.get(name).is_some();
    match node.get("type").and_then(Node::text) {
        Some("oauth") if has("refresh") && has("access") && has("expires") => &["access", "refresh"],
        Some("api") if has("key") && node.entries().len() <= 3 => &["key"],
        Some("wellknown") if has("key") && has("token") => &["token"],
        _ => &[],
    }
}

fn is_secret(name: &str) -> bool {
    matches!(
        name,
        "access_token"
            | "accessToken"
            | "refresh_token"
            | "refreshToken"
            | "id_token"
            | "idToken"
            | "client_secret"
            | "clientSecret"
            | "registration_access_token"
            | "registrationAccessToken"
    )
}

/// When the access token of a token response ends, in Unix seconds.
fn expiry(node: &Node<'_>) -> Option<i64> {
    /// A number beyond this counts milliseconds: in seconds it would be the year 5138.
    const SECONDS: i64 = 100_000_000_000;
    let names = ["expires_at", "expiresAt", "expiry", "expiry_date", "expiresOn", "expires"];
    let value = names.iter().find_map(|key| node.get(key))?;
    match value {
        Node::Number(number) => {
            let whole = number.as_str().split('.').next()?.parse::<i64>().ok().filter(|at| *at > 0)?;
            Some(if whole > SECONDS { whole / 1000 } else { whole })
        }
        Node::Text(text) => text.as_str().parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_second),
        _ => None,
    }
}

fn take<'a>(reading: &mut Reading<'a>, text: &Text<'a>, name: &str, at: &str, whose: &Whose<'_>, node: &Node<'_>) {
    let mut facts = whose.facts.clone();
    if matches!(name, "access_token" | "accessToken" | "access" | "client_secret" | "clientSecret") {
        facts.expires_at = expiry(node);
    }
    let span = text.span();
    if let Some(known) = reading.values.iter_mut().find(|value| value.text.span() == span) {
        known.facts.merge(facts);
        return;
    }
    if text.as_str().is_empty() {
        return;
    }
    let slot = Slot {
        kind: SlotKind::Oauth,
        client: reading.client,
        server: whose.server.map(std::sync::Arc::from),
        target: facts.principals.get("host").map(|host| std::sync::Arc::from(host.as_str())),
        pointer: Some(at.to_owned()),
        variable: Some(name.to_owned()),
        issuer: None,
    };
    reading.values.push(SlotValue { slot, text: text.clone(), role: Role::Secret, issuer: None, facts });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::read;

    /// Pointer, server, client id, host and expiry of a token.
    type Told = (String, Option<String>, Option<String>, Option<String>, Option<i64>);

    fn tokens(path: &str, raw: &str) -> Vec<Told> {
        let reading = read(path, raw).expect("reads").expect("a store");
        let fact = |value: &SlotValue<'_>, name: &str| value.facts.principals.get(name).cloned();
        reading
            .values
            .iter()
            .filter(|value| value.role == Role::Secret)
            .map(|value| {
                let server = value.slot.server.as_deref().map(str::to_owned);
                let pointer = value.slot.pointer.clone().unwrap_or_default();
                (pointer, server, fact(value, "client_id"), fact(value, "host"), value.facts.expires_at)
            })
            .collect()
    }

    #[test]
    fn each_store_tells_server_client_host_and_expiry() {
        let own = |text: &str| Some(text.to_owned());
        let (client, host) = (own("cid"), own("mcp.acme.io"));
        for (path, raw, pointer, server, expires) in [
            (
                "h/.claude/.credentials.json",
                r#"{"mcpOAuth":{"gh|1a":{"serverName":"gh","serverUrl":"https://mcp.acme.io/x","clientId":"cid","accessToken":"t","expiresAt":1700000000000}}}"#,
                "/mcpOAuth/gh|1a/accessToken",
                own("gh"),
                Some(1_700_000_000),
            ),
            (
                ".gemini/mcp-oauth-tokens.json",
                r#"[{"serverName":"gh","clientId":"cid","mcpServerUrl":"https://mcp.acme.io","token":{"accessToken":"t","tokenType":"Bearer","expiresAt":1700000000}}]"#,
                "/0/token/accessToken",
                own("gh"),
                Some(1_700_000_000),
            ),
            (
                ".codex/.credentials.json",
                r#"{"gh|x":{"server_name":"gh","server_url":"https://mcp.acme.io","client_id":"cid","access_token":"t","expires_at":1700000000}}"#,
                "/gh|x/access_token",
                own("gh"),
                Some(1_700_000_000),
            ),
            (
                ".local/share/opencode/mcp-auth.json",
                r#"{"gh":{"serverUrl":"https://mcp.acme.io","clientInfo":{"clientId":"cid"},"tokens":{"accessToken":"t","expiresAt":1700000000.5}}}"#,
                "/gh/tokens/accessToken",
                own("gh"),
                Some(1_700_000_000),
            ),
            (
                ".continue/index/globalContext.json",
                r#"{"mcpOauthStorage":{"https://mcp.acme.io/x":{"clientInformation":{"client_id":"cid"},"tokens":{"access_token":"t","token_type":"b"}}}}"#,
                "/mcpOauthStorage/https:~1~1mcp.acme.io~1x/tokens/access_token",
                None,
                None,
            ),
        ] {
            assert_eq!(
                tokens(path, raw),
                [(pointer.to_owned(), server, client.clone(), host.clone(), expires)],
                "{path}"
            );
        }
    }

    #[test]
    fn an_object_that_only_names_a_token_is_left_alone() {
        for raw in [r#"{"access_token":"t"}"#, r#"{"access_token":{"type":"string"},"expires_in":{"type":"number"}}"#] {
            let reading = read("x.json", raw).expect("reads");
            assert!(reading.is_none_or(|reading| reading.values.is_empty()), "{raw}");
        }
    }

    #[test]
    fn a_store_is_known_by_the_end_of_its_path() {
        for (path, client) in [
            ("home/.mcp-auth/mcp-remote-0.1.2/ab_tokens.json", None),
            ("x/.aws/sso/cache/1f.token.json", Some("amazon-q")),
            ("AppData/Local/opencode/mcp-auth.json", Some("opencode")),
            ("~/.claude/.credentials.json", Some("claude-code")),
        ] {
            assert_eq!(owner(path).map(|store| store.client), Some(client), "{path}");
        }
        for path in [".credentials.json", "src/tokens.json", "x_tokens.json", ""] {
            assert!(owner(path).is_none(), "{path}");
        }
    }
}
