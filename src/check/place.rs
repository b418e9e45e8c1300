//! Whether a place that a row lists is one that was scanned.

use crate::policy::asset;

/// Whether a row that calls a repository or host `stated` means this asset. It may write less than the asset's id
/// (`infra/agents`), and any address by which git knows it.
pub(super) fn is_asset(id: &str, stated: &str) -> bool {
    ends_with(id, stated) || ends_with(&id.to_lowercase(), &asset::canonical(stated))
}

/// Whether the last segments of a path are these.
pub(super) fn ends_with(path: &str, tail: &str) -> bool {
    let tail = tail.trim_matches('/');
    !tail.is_empty() && path.strip_suffix(tail).is_some_and(|head| head.is_empty() || head.ends_with(['/', ':']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_is_known_by_its_name_and_by_every_address() {
        for stated in [
            "agents",
            "acme/agents",
            "github.com/acme/agents",
            "https://github.com/Acme/agents.git",
            "git@github.com:acme/agents.git",
            "repo:github.com/acme/agents",
        ] {
            assert!(is_asset("repo:github.com/acme/agents", stated), "{stated}");
        }
        for stated in ["gents", "other/agents", "https://gitlab.com/acme/agents", ""] {
            assert!(!is_asset("repo:github.com/acme/agents", stated), "{stated}");
        }
    }
}
