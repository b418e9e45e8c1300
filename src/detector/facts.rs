//! What a credential tells of itself without giving itself away: ids embedded in it or standing beside it.

use std::collections::BTreeMap;

/// Non-secret facts read from a credential. Everything here may be printed.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Facts {
    /// Id of this one credential: AWS access key id, `private_key_id`, JWT `jti` or `kid`, SendGrid key id …
    pub key_id: Option<String>,
    /// Ids of whom it belongs to, by name: `account`, `client_id`, `email`, `iss`, `sub`, `team`, `app`, `user`, `host` …
    pub principals: BTreeMap<&'static str, String>,
    /// Expiry that the credential itself states, in Unix seconds (JWT `exp`).
    pub expires_at: Option<i64>,
}

impl Facts {
    /// Takes over what `other` knows and this does not.
    pub fn merge(&mut self, other: Self) {
        self.key_id = self.key_id.take().or(other.key_id);
        self.expires_at = self.expires_at.or(other.expires_at);
        for (name, value) in other.principals {
            self.principals.entry(name).or_insert(value);
        }
    }
}
