//! The little that is read from a repository's own `config`: its remotes and its object format.
//!
//! Read by hand and not through libgit2, which would follow `include.path` out of the repository, merge in the user's
//! own settings and refuse what another user owns. Nothing read here is ever executed.

/// What a repository's config says about it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GitConfig {
    /// Remote names and URLs in the order they are written.
    pub remotes: Vec<(String, String)>,
    /// Whether objects are named by SHA-256 instead of SHA-1.
    pub sha256: bool,
    /// Whether the repository says that it has no work tree.
    pub bare: bool,
}

impl GitConfig {
    /// Reads the text of a config. A line that makes no sense is passed over: git itself would refuse the whole file,
    /// but all that is at stake here is a name in the report.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut config = Self::default();
        let mut section = String::new();
        let mut subsection = None;
        for line in text.lines() {
            let line = line.trim();
            if let Some(header) = line.strip_prefix('[') {
                let header = header.split(']').next().unwrap_or_default();
                let (name, sub) = header.split_once(char::is_whitespace).unwrap_or((header, ""));
                section = name.to_ascii_lowercase();
                subsection = Some(unquote(sub)).filter(|s| !s.is_empty());
                continue;
            }
            let Some((key, value)) = line.split_once('=') else { continue };
            let value = unquote(value);
            match (section.as_str(), subsection.as_deref(), key.trim().to_ascii_lowercase().as_str()) {
                ("remote", Some(remote), "url") => config.remotes.push((remote.to_owned(), value)),
                ("extensions", None, "objectformat") => config.sha256 = value.eq_ignore_ascii_case("sha256"),
                ("core", None, "bare") => config.bare = value.eq_ignore_ascii_case("true"),
                _ => {}
            }
        }
        config
    }

    /// URL of `origin`, else of the first remote.
    #[must_use]
    pub fn remote(&self) -> Option<&str> {
        let origin = self.remotes.iter().find(|(name, _)| name == "origin");
        origin.or(self.remotes.first()).map(|(_, url)| url.as_str())
    }
}

/// A config value without its quotes, escapes and trailing comment.
fn unquote(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut quoted = false;
    let mut chars = value.trim().chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => quoted = !quoted,
            '\\' => out.extend(chars.next()),
            '#' | ';' if !quoted => break,
            _ => out.push(c),
        }
    }
    out.trim_end().to_owned()
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
            "[core]\n\tbare = false\n[remote \"up\"] ; first\n url = \"https://a.test/x\" # why\n[remote \"origin\"]\n\turl=https://b.test/y\n[extensions]\n objectFormat = sha256\n",
        );
        assert_eq!(config.remote(), Some("https://b.test/y"));
        assert_eq!(config.remotes[0].1, "https://a.test/x");
        assert!(config.sha256 && !config.bare);
    }
}
