//! Finds the rows that register a reference: the address of a secret in a store, never a value.

use super::Inventory;

/// Words before an address that say which store it is in, each with the one that stands for all of a kind.
const STORES: &[(&str, &str)] = &[
    ("op://", "op:"),
    ("vault://", "vault:"),
    ("vault:", "vault:"),
    ("doppler://", "doppler:"),
    ("doppler:", "doppler:"),
    ("akeyless://", "akeyless:"),
    ("infisical://", "infisical:"),
    ("bws://", "bws:"),
    ("keychain://", "keychain:"),
    ("keychain:", "keychain:"),
    ("keyring://", "keychain:"),
    ("keyring:", "keychain:"),
    ("gcpsm://", "gcp:"),
    ("gcp-sm://", "gcp:"),
    ("sm://", "gcp:"),
    ("awssm://", "aws:"),
    ("aws-sm://", "aws:"),
    ("k8s://", "k8s:"),
    ("k8s:", "k8s:"),
    ("kubernetes:", "k8s:"),
    ("secretkeyref:", "k8s:"),
    ("k8s_secret:", "k8s:"),
    ("secret:", "k8s:"),
];

/// An address in its parts: the store, then what leads to the secret, the outermost first.
#[derive(Debug, PartialEq, Eq)]
struct Address {
    store: &'static str,
    segments: Vec<String>,
}

impl Address {
    fn of(text: &str, kind: &str) -> Self {
        let text = text.trim();
        let text = text.strip_prefix("${").and_then(|text| text.strip_suffix('}')).unwrap_or(text);
        let lower = text.to_ascii_lowercase();
        let known = STORES.iter().find(|(word, _)| lower.starts_with(word));
        let (store, rest) = match known {
            Some((word, store)) => (*store, text.get(word.len()..).unwrap_or_default()),
            None if kind == "k8s_secret" => ("k8s:", text),
            None => ("", text),
        };
        let segments = if lower.starts_with("arn:") {
            arn(text)
        } else {
            let parts = rest.split(['/', '#']).filter(|part| !part.is_empty());
            // The second version of Vault's key-value store has a word of its own in the path.
            parts
                .enumerate()
                .filter(|(at, part)| !(store == "vault:" && *at == 1 && *part == "data"))
                .map(|(_, part)| part.to_owned())
                .collect()
        };
        Self { store, segments }
    }

    /// Whether a row that declares this address registers the other: the same, or one that leads to it.
    fn registers(&self, other: &Self) -> bool {
        if self.segments.is_empty() || self.store != other.store {
            return false;
        }
        let begins = other.segments.starts_with(&self.segments);
        // A vault's item, a secret without its key; never the store as a whole.
        let specific = self.segments.len() == other.segments.len() || self.segments.len() > 1 || self.store == "k8s:";
        // A pod need not say in which namespace it is, nor a row.
        let without_namespace = |from: &Self, to: &Self| {
            from.segments.len() > 1 && from.segments.get(1..).is_some_and(|tail| to.segments.starts_with(tail))
        };
        let shorter =
            other.segments.len() > 1 && other.segments.get(1..).is_some_and(|it| it.starts_with(&self.segments));
        (begins && specific) || (self.store == "k8s:" && (without_namespace(self, other) || shorter))
    }
}

/// An ARN without the six characters that Secrets Manager adds to a name, and what may follow it.
fn arn(text: &str) -> Vec<String> {
    let mut segments: Vec<String> = text.split(':').take(7).map(str::to_owned).collect();
    if let Some(name) = segments.get_mut(6)
        && let Some((head, tail)) = name.rsplit_once('-')
        && tail.len() == 6
        && tail.bytes().all(|byte| byte.is_ascii_alphanumeric())
    {
        *name = head.to_owned();
    }
    segments
}

impl Inventory {
    /// The rows, in order, that declare a reference to this secret.
    #[must_use]
    pub fn referenced(&self, name: &str) -> Vec<usize> {
        let wanted = Address::of(name, "");
        let declares = |row: &usize| {
            self.records.get(*row).is_some_and(|record| {
                record.locations.iter().any(|place| {
                    let declared = place.reference.as_deref();
                    let store = matches!(place.kind.as_str(), "secret_manager" | "k8s_secret" | "ci_secret");
                    store && declared.is_some_and(|text| Address::of(text, &place.kind).registers(&wanted))
                })
            })
        };
        (0..self.records.len()).filter(declares).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn registers(declared: &str, kind: &str, name: &str) -> bool {
        Address::of(declared, kind).registers(&Address::of(name, ""))
    }

    #[test]
    fn an_address_is_registered_by_itself_and_by_what_leads_to_it() {
        for (declared, kind, name) in [
            ("vault:kv/mcp/github#token", "secret_manager", "vault:kv/mcp/github#token"),
            ("vault:kv/data/mcp/github", "secret_manager", "vault://kv/mcp/github#token"),
            ("op://team/github", "secret_manager", "op://team/github/token"),
            (
                "arn:aws:secretsmanager:eu-west-1:1:secret:mcp/x-AbC123",
                "secret_manager",
                "arn:aws:secretsmanager:eu-west-1:1:secret:mcp/x",
            ),
            ("mcp/github-token", "k8s_secret", "k8s:mcp/github-token#token"),
            ("k8s:mcp/github-token#token", "secret_manager", "k8s:github-token#token"),
            ("secretKeyRef:github-token", "secret_manager", "k8s:mcp/github-token#token"),
            ("keychain:github", "secret_manager", "keychain://github"),
        ] {
            assert!(registers(declared, kind, name), "{declared} {name}");
        }
        for (declared, kind, name) in [
            ("vault:kv", "secret_manager", "vault:kv/mcp/github#token"),
            ("op://team/gitlab", "secret_manager", "op://team/github/token"),
            ("vault:kv/mcp/github#token", "secret_manager", "op://kv/mcp/github/token"),
            ("other", "k8s_secret", "k8s:mcp/github-token#token"),
            ("", "secret_manager", "op://a/b"),
        ] {
            assert!(!registers(declared, kind, name), "{declared} {name}");
        }
    }
}
