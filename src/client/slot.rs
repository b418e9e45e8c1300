//! A place in a structured config that may hold a credential: client, server, kind, pointer.

use std::sync::Arc;

/// Which kind of place a credential stands in (`result.properties.slot`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SlotKind {
    /// An environment variable of a server entry.
    Env,
    /// An HTTP header of a server entry.
    Header,
    /// A command line argument, `-e K=V` and `--header` inside arguments too.
    Arg,
    /// User or password of a URL.
    UrlUserinfo,
    /// A query parameter of a URL.
    UrlQuery,
    /// A path segment of a URL.
    UrlPath,
    /// The default of a declared input.
    Input,
    /// A field of an OAuth client or token object.
    Oauth,
    /// A file that a config points at.
    File,
    /// The environment or arguments of a running process.
    Process,
    /// A shell command that configures a server.
    CommandLine,
    /// A dotenv file.
    Dotenv,
    /// An env dump.
    EnvDump,
    /// An agent transcript.
    Transcript,
    /// Any other text.
    Text,
}

impl SlotKind {
    /// The word used in JSON and SARIF.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Env => "env",
            Self::Header => "header",
            Self::Arg => "arg",
            Self::UrlUserinfo => "url-userinfo",
            Self::UrlQuery => "url-query",
            Self::UrlPath => "url-path",
            Self::Input => "input",
            Self::Oauth => "oauth",
            Self::File => "file",
            Self::Process => "process",
            Self::CommandLine => "command-line",
            Self::Dotenv => "dotenv",
            Self::EnvDump => "env-dump",
            Self::Transcript => "transcript",
            Self::Text => "text",
        }
    }
}

/// The place of one value in a structured file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot {
    /// Which kind of place.
    pub kind: SlotKind,
    /// Id of the client in `rules/clients.toml`, where the file is one of its configs.
    pub client: Option<&'static str>,
    /// Name of the server entry.
    pub server: Option<Arc<str>>,
    /// What the server entry runs or calls: package, image, host or command, without arguments that may hold secrets.
    pub target: Option<Arc<str>>,
    /// RFC 6901 pointer into the config, for every syntax alike.
    pub pointer: Option<String>,
    /// Name of the variable, header, flag or query parameter.
    pub variable: Option<String>,
    /// Who issues what the slot is for, where the server is known. What stands in it may be issued by somebody else.
    pub issuer: Option<&'static str>,
}

impl Slot {
    /// A slot that says no more than where in text something stood.
    #[must_use]
    pub const fn bare(kind: SlotKind) -> Self {
        Self { kind, client: None, server: None, target: None, pointer: None, variable: None, issuer: None }
    }
}
