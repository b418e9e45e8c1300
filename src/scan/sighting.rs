//! What a config says beside the credentials in it: the servers that it starts or calls, and the references it holds instead.

use std::sync::Arc;

use crate::client::{self, Slot};
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

/// A value that names a credential and does not hold it, as it was seen.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReferenceSighting {
    /// The config.
    pub origin: Arc<Origin>,
    /// Where it stands.
    pub region: Region,
    /// The place in the config.
    pub slot: Slot,
    /// Name of the variable, input or secret, or the reference itself for a secret store.
    pub name: String,
}
