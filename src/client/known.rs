//! The servers that are known (`rules/servers.toml`): which of their variables, headers and URL parts are credentials.

use super::table::segment;

/// A known MCP server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Server {
    /// Its id.
    pub id: &'static str,
    /// Slug of who issues its credentials.
    pub issuer: &'static str,
    /// Names that entries give it.
    pub names: &'static [&'static str],
    /// Packages of any registry, without a version.
    pub packages: &'static [&'static str],
    /// Container images, without a tag.
    pub images: &'static [&'static str],
    /// Hosts; a leading `*.` stands for any subdomain.
    pub hosts: &'static [&'static str],
    /// Variables that hold its credentials.
    pub variables: &'static [&'static str],
    /// Headers that do.
    pub headers: &'static [&'static str],
    /// Flags that do.
    pub args: &'static [&'static str],
    /// Query parameters that do.
    pub query: &'static [&'static str],
    /// `host/path` shapes of its URLs: `{}` is the credential, `*` any segment, a final `**` the rest.
    pub urls: &'static [&'static str],
}

mod generated {
    use super::Server;
    include!(concat!(env!("OUT_DIR"), "/servers.rs"));
}

/// All known servers.
pub(super) fn servers() -> &'static [Server] {
    generated::SERVERS
}

/// The server that an entry runs or calls: by package or image, by host, and only then by its name.
pub(super) fn of_entry(name: Option<&str>, words: &[&str], host: Option<&str>) -> Option<&'static Server> {
    let by = |test: &dyn Fn(&Server) -> bool| servers().iter().find(|server| test(server));
    words
        .iter()
        .find_map(|word| {
            let bare = unversioned(word);
            by(&|server| server.packages.contains(&bare) || server.images.contains(&bare))
        })
        .or_else(|| by(&|server| host.is_some_and(|host| server.hosts.iter().any(|known| is_host(known, host)))))
        .or_else(|| {
            let name = name?;
            by(&|server| server.names.iter().any(|known| known.eq_ignore_ascii_case(name)))
        })
}

/// A package or image without its version, tag, digest or registry protocol.
pub(super) fn unversioned(word: &str) -> &str {
    let word = word.strip_prefix("npm:").unwrap_or(word);
    let word = word.split("==").next().unwrap_or(word);
    let word = word.split_once("@sha256:").map_or(word, |(image, _)| image);
    let start = usize::from(word.starts_with('@'));
    let slash = word.rfind('/').unwrap_or(0).max(start);
    let end = word.get(slash..).and_then(|tail| tail.find(['@', ':', '[']).map(|at| slash + at)).unwrap_or(word.len());
    if end == slash { word } else { word.get(..end).unwrap_or(word) }
}

fn is_host(known: &str, host: &str) -> bool {
    known.strip_prefix("*.").map_or_else(
        || known.eq_ignore_ascii_case(host),
        |parent| {
            host.len() > parent.len()
                && host.to_ascii_lowercase().ends_with(parent)
                && host.as_bytes()[host.len() - parent.len() - 1] == b'.'
        },
    )
}

/// The known server at a host, where there is one.
pub(super) fn of_host(host: &str) -> Option<&'static Server> {
    servers().iter().find(|server| server.hosts.iter().any(|known| is_host(known, host)))
}

/// The index of the path segment that is a credential, and who issues it, by the documented shapes of hosted URLs.
pub(super) fn secret_segment(host: &str, segments: &[&str]) -> Option<(usize, &'static str)> {
    servers().iter().find_map(|server| {
        server.urls.iter().find_map(|shape| {
            let mut expected = shape.split('/');
            is_host(expected.next()?, host).then_some(())?;
            let (mut secret, mut at) = (None, 0);
            for part in expected {
                match part {
                    "**" => return secret.map(|secret| (secret, server.issuer)),
                    "{}" => {
                        segments.get(at).filter(|segment| !segment.is_empty())?;
                        secret = Some(at);
                    }
                    _ => {
                        segments.get(at).filter(|name| segment(part.as_bytes(), name.as_bytes()))?;
                    }
                }
                at += 1;
            }
            secret.filter(|_| segments.len() == at).map(|secret| (secret, server.issuer))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_tags_and_digests_are_cut() {
        for (word, bare) in [
            ("@modelcontextprotocol/server-github@1.2.3", "@modelcontextprotocol/server-github"),
            ("ghcr.io/github/github-mcp-server:latest", "ghcr.io/github/github-mcp-server"),
            ("mcp-server-git==1.0", "mcp-server-git"),
            ("tavily-mcp@latest", "tavily-mcp"),
            ("localhost:5000/a/b", "localhost:5000/a/b"),
            ("mcp[cli]", "mcp"),
            ("@scope/name", "@scope/name"),
        ] {
            assert_eq!(unversioned(word), bare);
        }
    }

    #[test]
    fn the_documented_url_shapes_name_their_secret_segment() {
        assert_eq!(secret_segment("mcp.firecrawl.dev", &["K", "v2", "mcp"]), Some((0, "firecrawl")));
        assert_eq!(secret_segment("mcp.zapier.com", &["api", "mcp", "s", "K", "mcp"]), Some((3, "zapier")));
        assert_eq!(secret_segment("mcp.zapier.com", &["api", "mcp", "a", "12", "mcp"]), None);
        assert_eq!(secret_segment("eu1.make.com", &["mcp", "server", "u", "t", "K", "sse"]), Some((4, "make")));
        assert_eq!(secret_segment("eu1.make.com", &["mcp", "stateless"]), None);
    }

    #[test]
    fn an_entry_is_known_by_package_then_host_then_name() {
        let of = |name, words: &[&str], host| of_entry(name, words, host).map(|server| server.id);
        assert_eq!(of(Some("x"), &["npx", "-y", "@modelcontextprotocol/server-github@2"], None), Some("github"));
        assert_eq!(of(None, &[], Some("api.githubcopilot.com")), Some("github"));
        assert_eq!(of(Some("GitHub"), &[], None), Some("github"));
        assert_eq!(of(Some("mine"), &["node", "x.js"], None), None);
    }
}
