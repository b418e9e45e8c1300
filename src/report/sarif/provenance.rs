//! Which repositories were scanned, by their remote URL without anything personal or secret in it.

use serde_sarif::sarif::{ArtifactLocation, VersionControlDetails};

use super::location::SRCROOT;
use crate::report::Asset;

/// Every asset that has a remote that others can reach, in order of id. Where one repository is all that was scanned,
/// its root is taken for the root of the paths, as consumers do anyway.
pub(super) fn provenance(assets: &[Asset]) -> Vec<VersionControlDetails> {
    let alone = assets.len() == 1;
    assets
        .iter()
        .filter_map(|asset| {
            let mut made =
                VersionControlDetails::builder().repository_uri(public_url(asset.remote.as_deref()?)?).build();
            made.revision_id.clone_from(&asset.revision);
            made.branch.clone_from(&asset.branch);
            made.mapped_to = alone.then(|| ArtifactLocation::builder().uri_base_id(SRCROOT).build());
            Some(made)
        })
        .collect()
}

/// A remote as a URI without userinfo, query and fragment: `git@host:a/b` becomes `ssh://host/a/b`. `None` for paths
/// and `file:` URLs, which would tell where things lie on the machine that scanned.
fn public_url(remote: &str) -> Option<String> {
    let (scheme, rest) = match remote.split_once("://") {
        Some((scheme, rest)) => (scheme, rest),
        None => {
            let (host, path) =
                remote.split_once(':').filter(|(host, _)| !host.contains(['/', '\\']) && host.len() > 1)?;
            return join("ssh", host, path.trim_start_matches('/'));
        }
    };
    if !["http", "https", "ssh", "git"].contains(&scheme.to_ascii_lowercase().as_str()) {
        return None;
    }
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    join(scheme, host, path)
}

fn join(scheme: &str, authority: &str, path: &str) -> Option<String> {
    let host = authority.rsplit('@').next().unwrap_or_default();
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._~:[]".contains(c);
    if host.is_empty() || !host.chars().all(plain) {
        return None;
    }
    let path = percent_encoding::percent_decode_str(path).decode_utf8().ok()?;
    let path = super::location::artifact(&path).uri.filter(|path| path != ".").unwrap_or_default();
    Some(format!("{scheme}://{host}/{path}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remotes_lose_userinfo_and_query() {
        assert_eq!(
            public_url("https://u:p@git.example/a/b.git?token=x").as_deref(),
            Some("https://git.example/a/b.git")
        );
        assert_eq!(public_url("git@git.example:a/b.git").as_deref(), Some("ssh://git.example/a/b.git"));
    }

    #[test]
    fn paths_of_the_machine_are_no_provenance() {
        for remote in ["/srv/git/x", "file:///srv/git/x", "../x", "C:\\x", "http://ho st/x"] {
            assert_eq!(public_url(remote), None, "{remote}");
        }
    }
}
