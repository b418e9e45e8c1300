//! The servers that a config starts or calls, whether or not it holds a credential for them.

use std::sync::Arc;

use crate::client;
use crate::source::Origin;
use crate::span::Region;

/// A server entry of a config, as it was seen.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ServerSighting {
    /// The config.
    pub origin: Arc<Origin>,
    /// Where its name stands, or in a list its first text.
    pub region: Region,
    /// Id of the client whose config it is.
    pub client: Option<&'static str>,
    /// The entry.
    pub entry: client::ServerEntry,
}
