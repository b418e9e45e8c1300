//! One way to write the address of a repository, so that every spelling of it means one asset.

/// Canonical form: host and path, without scheme, userinfo, `.git` and closing `/`, in lower case.
///
/// `git@github.com:acme/agents.git` and `https://github.com/acme/agents` are both `github.com/acme/agents`. What is no
/// address (`host`, `repo:agents`) stays recognisably itself.
#[must_use]
pub fn canonical(address: &str) -> String {
    let address = address.trim();
    let (rest, is_url) = match address.split_once("://") {
        Some((_, rest)) => (rest, true),
        None => (address, false),
    };
    let authority_end = rest.find('/').unwrap_or(rest.len());
    let (authority, path) = rest.split_at(authority_end);
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let joined = match authority.split_once(':') {
        // `host:port` in a URL, `host:path` in the short form of ssh.
        Some((host, _)) if is_url => format!("{host}{path}"),
        Some((host, head)) => format!("{host}/{head}{path}"),
        None => format!("{authority}{path}"),
    };
    let trimmed = joined.trim_end_matches('/');
    trimmed.strip_suffix(".git").unwrap_or(trimmed).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::canonical;

    #[test]
    fn every_spelling_of_one_repository_is_one_asset() {
        for spelling in [
            "git@github.com:acme/agents",
            "git@github.com:acme/agents.git",
            "ssh://git@github.com:22/acme/agents.git",
            "https://github.com/acme/agents/",
            "https://someone@GitHub.com/Acme/agents.git",
            "github.com/acme/agents",
        ] {
            assert_eq!(canonical(spelling), "github.com/acme/agents", "{spelling}");
        }
    }

    #[test]
    fn other_repositories_stay_other_assets() {
        assert_ne!(canonical("github.com/acme/agents"), canonical("github.com/acme/agent"));
        assert_ne!(canonical("repo:agents"), canonical("repo:other"));
        assert_eq!(canonical("host"), "host");
    }
}
