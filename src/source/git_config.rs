//! The little that is read from a repository's own `config`: its remotes and its object format.
//!
//! The bytes are parsed by `gix-config` and nothing else happens: `include.path` is not followed out of the repository,
//! the user's and the system's own settings are not merged in, and nothing that is configured is ever executed.

use gix_config::File;
use gix_config::file::Metadata;
use gix_config::file::init::Options;

/// A config that git itself would not accept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("its config does not parse")]
pub struct ConfigError;

/// What a repository's config says about it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GitConfig {
    /// Remote names and URLs in the order they are written.
    pub remotes: Vec<(String, String)>,
    /// For each remote, the refs that are fetched from it and what they become here: `+refs/heads/*:refs/remotes/origin/*`.
    pub fetched: Vec<(String, String)>,
    /// For each branch, the remote that it follows and the ref there.
    pub followed: Vec<(String, String, String)>,
    /// Whether objects are named by SHA-256 instead of SHA-1.
    pub sha256: bool,
    /// Whether refs lie in a reftable instead of files.
    pub reftable: bool,
    /// Whether some remote keeps objects back: a partial clone.
    pub partial: bool,
    /// Whether there is no work tree, where it is said.
    pub bare: Option<bool>,
    /// Root of the work tree, where it is not beside `.git`.
    pub work_tree: Option<String>,
}

impl GitConfig {
    /// Reads the bytes of a config.
    ///
    /// # Errors
    /// Where it is none: how long object names are in the index cannot be told then.
    pub fn parse(config: &[u8]) -> Result<Self, ConfigError> {
        let options = Options { lossy: true, ..Options::default() };
        let metadata = Metadata::from(gix_config::Source::Local);
        let file = File::from_bytes_no_includes(config, metadata, options).map_err(|_| ConfigError)?;
        let mut remotes = Vec::new();
        let mut partial = file.string("extensions.partialClone").is_some();
        for section in file.sections_by_name("remote").into_iter().flatten() {
            let Some(name) = section.header().subsection_name() else { continue };
            let urls = section.values("url").into_iter();
            remotes.extend(urls.map(|url| (name.to_string(), url.to_string())));
            partial |= section.value("promisor").is_some_and(|value| is_true(&value));
        }
        let mut fetched = Vec::new();
        for section in file.sections_by_name("remote").into_iter().flatten() {
            let Some(name) = section.header().subsection_name() else { continue };
            fetched.extend(section.values("fetch").into_iter().map(|spec| (name.to_string(), spec.to_string())));
        }
        let followed = file.sections_by_name("branch").into_iter().flatten().filter_map(|section| {
            let name = section.header().subsection_name()?.to_string();
            Some((name, section.value("remote")?.to_string(), section.value("merge")?.to_string()))
        });
        let says = |key: &str, value: &[u8]| file.string(key).is_some_and(|said| said.eq_ignore_ascii_case(value));
        Ok(Self {
            remotes,
            fetched,
            followed: followed.collect(),
            sha256: says("extensions.objectFormat", b"sha256"),
            reftable: says("extensions.refStorage", b"reftable"),
            partial,
            bare: file.string("core.bare").map(|value| is_true(&value)),
            work_tree: file.string("core.worktree").map(|tree| tree.to_string()),
        })
    }

    /// The ref that a branch follows, as it is called here: `refs/remotes/origin/main`.
    #[must_use]
    pub fn upstream(&self, branch: &str) -> Option<String> {
        let (_, remote, of) = self.followed.iter().rfind(|(name, ..)| name == branch)?;
        if remote == "." {
            return Some(of.clone());
        }
        let mut specs = self.fetched.iter().filter(|(name, _)| name == remote);
        specs.find_map(|(_, spec)| {
            let (from, to) = spec.trim_start_matches('+').split_once(':')?;
            match (from.split_once('*'), to.split_once('*')) {
                (Some((head, tail)), Some((before, behind))) => {
                    let middle = of.strip_prefix(head)?.strip_suffix(tail)?;
                    Some(format!("{before}{middle}{behind}"))
                }
                _ => (from == of).then(|| to.to_owned()),
            }
        })
    }

    /// URL of `origin`, else of the first remote.
    #[must_use]
    pub fn remote(&self) -> Option<&str> {
        let origin = self.remotes.iter().find(|(name, _)| name == "origin");
        origin.or(self.remotes.first()).map(|(_, url)| url.as_str())
    }
}

fn is_true(value: &[u8]) -> bool {
    [&b"true"[..], b"yes", b"on", b"1"].iter().any(|word| value.eq_ignore_ascii_case(word))
}

/// A remote URL in the form that is the same however it is written: no scheme, no userinfo, no port that is the
/// scheme's own, no `.git`, no trailing slash, the host in lower case (`github.com/acme/agents`).
///
/// Returns `None` for a path of the local file system, which names nothing outside this machine.
#[must_use]
pub fn canonical_remote(url: &str) -> Option<String> {
    let (scheme, rest) = split_scheme(url.trim())?;
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host).to_lowercase();
    let host = match scheme {
        "https" => host.strip_suffix(":443"),
        "http" => host.strip_suffix(":80"),
        "ssh" => host.strip_suffix(":22"),
        "git" => host.strip_suffix(":9418"),
        _ => None,
    }
    .unwrap_or(&host)
    .to_owned();
    let path = path.trim_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path).trim_end_matches('/');
    (!host.is_empty() && !path.is_empty()).then(|| format!("{host}/{path}"))
}

/// A remote URL without userinfo, query and fragment, fit for `versionControlProvenance`; scp-like forms become `ssh://`.
#[must_use]
pub fn public_remote(url: &str) -> Option<String> {
    let (scheme, rest) = split_scheme(url.trim())?;
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    (!host.is_empty()).then(|| format!("{scheme}://{host}/{}", path.trim_start_matches('/')))
}

/// Scheme (one of those that name a remote host) and the rest as `authority/path`.
fn split_scheme(url: &str) -> Option<(&'static str, String)> {
    const SCHEMES: [&str; 4] = ["https", "http", "ssh", "git"];
    if let Some((scheme, rest)) = url.split_once("://") {
        let scheme = scheme.to_ascii_lowercase();
        let scheme = scheme.strip_prefix("git+").unwrap_or(&scheme);
        return SCHEMES.into_iter().find(|known| *known == scheme).map(|known| (known, rest.to_owned()));
    }
    // `user@host:path`, as scp writes it; a slash before the colon makes it a local path.
    let (authority, path) = url.split_once(':')?;
    let windows_drive = authority.len() == 1;
    (!authority.is_empty() && !authority.contains(['/', '\\']) && !windows_drive)
        .then(|| ("ssh", format!("{authority}/{}", path.trim_start_matches('/'))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_branch_follows_is_called_as_it_is_fetched() {
        let config = "[remote \"o\"]\nfetch = +refs/heads/*:refs/remotes/o/*\nfetch = refs/x:refs/y\n[branch \"a\"]\nremote = o\nmerge = refs/heads/b\n[branch \"c\"]\nremote = .\nmerge = refs/heads/a\n[branch \"d\"]\nremote = o\nmerge = refs/x\n[branch \"e\"]\nremote = gone\nmerge = refs/x\n";
        let config = GitConfig::parse(config.as_bytes()).expect("a config");
        let upstreams = ["a", "c", "d", "e", "f"].map(|branch| config.upstream(branch));
        let expected = [Some("refs/remotes/o/b"), Some("refs/heads/a"), Some("refs/y"), None, None];
        assert_eq!(upstreams, expected.map(|name| name.map(str::to_owned)));
    }

    #[test]
    fn every_way_to_write_a_remote_gives_one_name() {
        for url in [
            "https://github.com/acme/agents",
            &format!("https://user:{}@GitHub.com/acme/agents.git/", "word"),
            "https://github.com:443/acme/agents.git",
            "git@github.com:acme/agents.git",
            "ssh://git@github.com:22/acme/agents",
            "git://github.com/acme/agents.git",
        ] {
            assert_eq!(canonical_remote(url).as_deref(), Some("github.com/acme/agents"), "{url}");
        }
        assert_eq!(canonical_remote("https://git.acme.test:8443/x/y.git").as_deref(), Some("git.acme.test:8443/x/y"));
    }

    #[test]
    fn a_local_path_is_no_remote_name() {
        for url in ["/srv/git/a.git", "../a", "file:///srv/a.git", "C:\\repos\\a", ""] {
            assert_eq!(canonical_remote(url), None, "{url}");
        }
    }

    #[test]
    fn userinfo_never_reaches_the_report() {
        let word = "hunter2";
        let public = public_remote(&format!("https://bot:{word}@github.com/acme/agents.git?x={word}#{word}"));
        assert_eq!(public.as_deref(), Some("https://github.com/acme/agents.git"));
        assert_eq!(public_remote("git@github.com:a/b.git").as_deref(), Some("ssh://github.com/a/b.git"));
    }

    #[test]
    fn origin_is_preferred_and_quotes_and_comments_are_understood() {
        let config = GitConfig::parse(
            b"[core]\n\tbare = false\n[remote \"up\"] ; first\n url = \"https://a.test/x\" # why\n[remote \"origin\"]\n\turl=https://b.test/y\n[extensions]\n objectFormat = sha256\n",
        )
        .expect("a config");
        assert_eq!(config.remote(), Some("https://b.test/y"));
        assert_eq!(config.remotes[0].1, "https://a.test/x");
        assert!(config.sha256);
    }

    #[test]
    fn what_another_file_would_add_is_not_taken_in() {
        let dir = tempfile::tempdir().expect("temporary directory");
        let other = dir.path().join("other");
        std::fs::write(&other, "[remote \"origin\"]\n url = https://other.test/x\n").expect("writable");
        let text = format!("[include]\n path = {}\n[remote \"up\"]\n url = https://own.test/x\n", other.display());
        let config = GitConfig::parse(text.as_bytes()).expect("a config");
        assert_eq!(config.remotes, [("up".to_owned(), "https://own.test/x".to_owned())]);
    }

    #[test]
    fn what_is_no_config_is_refused() {
        assert_eq!(GitConfig::parse(b"[core]\n !!\n"), Err(ConfigError));
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(bytes in r##"[\[\]\\"#;= \t\r\n\x00a-c.]{0,200}"##) {
            let _ = GitConfig::parse(bytes.as_bytes());
            let _ = GitConfig::parse(&[b"[remote \"", bytes.as_bytes()].concat());
        }
    }
}
