//! What a key of a server entry holds: variables, headers, arguments, a URL, an OAuth client.

use crate::client::node::Node;
use crate::client::slot::SlotKind;
use crate::detector::name::{self, Role};

/// What the values below a key are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Container {
    /// Environment variables.
    Env,
    /// HTTP headers.
    Header,
    /// Words of a command line.
    Args,
    /// The URL of the server.
    Url,
    /// An OAuth client or its tokens.
    Oauth,
    /// Names of environment variables.
    EnvNames,
    /// Names of variables that hold headers.
    HeaderNames,
    /// The path of another file.
    File,
    /// Anything else.
    Other,
}

impl Container {
    /// What stands below a key of this container. Keys of variables and headers are names and mean nothing else.
    pub(super) fn below(self, key: &str, node: &Node<'_>) -> Self {
        if matches!(self, Self::Env | Self::Header | Self::EnvNames | Self::HeaderNames) {
            return self;
        }
        let plain: String = key
            .chars()
            .filter(|character| !matches!(character, '_' | '-' | '.'))
            .map(|c| c.to_ascii_lowercase())
            .collect();
        match plain.as_str() {
            "env" | "environment" | "envs" | "environmentvariables" | "customuservars" | "processenv" => Self::Env,
            // Codex lists names here; a list of assignments is told from it by its `=`.
            "envvars"
                if matches!(node, Node::Map(_))
                    || node.items().iter().any(|item| item.text().is_some_and(|text| text.contains('='))) =>
            {
                Self::Env
            }
            "envvars" | "envkeys" => Self::EnvNames,
            "bearertokenenvvar" | "bearertokenenv" | "bearerenvvar" | "envhttpheaders" | "headerenv" => {
                Self::HeaderNames
            }
            "headers" | "httpheaders" | "requestheaders" | "extraheaders" | "customheaders" | "defaultheaders" => {
                Self::Header
            }
            "args" | "arguments" | "cmd" | "argv" | "cmdargs" | "programpath" | "runtimearguments"
            | "packagearguments" | "runargs" | "runtimeargs" => Self::Args,
            // Zed nests the whole command: {"command": {"path", "args", "env"}}.
            "command" if !node.is_map() => Self::Args,
            "url" | "serverurl" | "httpurl" | "uri" | "endpoint" | "baseurl" | "sseurl" | "wsurl" | "mcpserverurl"
            | "endpointurl" | "sseendpoint" => {
                if self == Self::Oauth {
                    Self::Oauth
                } else {
                    Self::Url
                }
            }
            "oauth" | "auth" | "oauthtoken" | "oauth2" | "oauthconfig" | "oauthclient" | "tokens" | "authprovider"
            | "authentication" => Self::Oauth,
            "authorization" if node.is_map() => Self::Oauth,
            "envfile" | "headerfile" => Self::File,
            // Names in a secret store, and the variables that they fill.
            "secrets" if !node.items().is_empty() && node.items().iter().all(|item| item.text().is_some()) => {
                Self::File
            }
            _ if self == Self::Args && node.is_map() => Self::Args,
            _ if self == Self::Oauth => Self::Oauth,
            _ => Self::Other,
        }
    }

    /// Whether maps inside it may be `{name, value}` pairs.
    pub(super) const fn holds_pairs(self) -> bool {
        matches!(self, Self::Env | Self::Header | Self::Args)
    }

    /// The kind of slot of a leaf with this key.
    pub(super) fn kind(self, key: &str, runs: bool) -> SlotKind {
        match self {
            Self::Env | Self::EnvNames => SlotKind::Env,
            Self::Header | Self::HeaderNames => SlotKind::Header,
            Self::Args => SlotKind::Arg,
            Self::Url => SlotKind::UrlPath,
            Self::Oauth => SlotKind::Oauth,
            Self::File => SlotKind::File,
            Self::Other if is_oauth_secret(key) => SlotKind::Oauth,
            // `apiKey`, `bearerToken` beside a URL: clients send them as an authorization header.
            Self::Other if runs && name::role(key) == Role::Secret => SlotKind::Header,
            Self::Other => SlotKind::Text,
        }
    }
}

/// Headers that carry credentials.
pub(super) fn is_auth_header(name: &str) -> bool {
    let lower = name.trim().to_ascii_lowercase();
    matches!(
        lower.as_str(),
        "authorization" | "proxy-authorization" | "cookie" | "x-api-key" | "apikey" | "api-key" | "private-token"
    ) || ["-token", "-api-key", "-apikey", "-auth", "-authorization", "-secret", "_token", "_key", "-key", "-password"]
        .iter()
        .any(|end| lower.ends_with(end))
        && name::role(&lower) != Role::NotSecret
}

/// Fields of OAuth clients and token responses that are credentials.
pub(super) fn is_oauth_secret(name: &str) -> bool {
    let plain: String =
        name.chars().filter(|character| !matches!(character, '_' | '-')).map(|c| c.to_ascii_lowercase()).collect();
    matches!(
        plain.as_str(),
        "clientsecret"
            | "accesstoken"
            | "refreshtoken"
            | "idtoken"
            | "oauthclientsecret"
            | "registrationaccesstoken"
            | "codeverifier"
            | "privatekey"
            | "clientassertion"
    )
}

/// Names of a credential that do not say whose it is.
pub(super) fn is_generic_secret(name: &str) -> bool {
    let plain: String = name
        .trim_start_matches('-')
        .chars()
        .filter(|character| !matches!(character, '_' | '-'))
        .map(|c| c.to_ascii_lowercase())
        .collect();
    matches!(
        plain.as_str(),
        "apikey"
            | "apitoken"
            | "token"
            | "accesstoken"
            | "authtoken"
            | "secret"
            | "password"
            | "key"
            | "authorization"
            | "xapikey"
            | "pat"
            | "bearertoken"
            | "personalaccesstoken"
    )
}

/// Query parameters that carry credentials, whatever the words of their names say.
pub(super) fn is_query_secret(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    matches!(
        lower.as_str(),
        "token"
            | "key"
            | "apikey"
            | "api_key"
            | "api-key"
            | "auth"
            | "secret"
            | "sig"
            | "signature"
            | "code"
            | "access_token"
            | "pat"
            | "password"
            | "pwd"
            | "passwd"
            | "client_secret"
            | "auth_token"
            | "authtoken"
            | "access_key"
            | "jwt"
            | "sas"
            | "accesstoken"
            | "refresh_token"
            | "id_token"
            | "bearer"
            | "authorization"
            | "subscription-key"
    ) || lower.ends_with("apikey")
        || lower.ends_with("api_key")
}
