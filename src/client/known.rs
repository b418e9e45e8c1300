//! The servers that are known (`rules/servers/`): which of their variables, headers and URL parts are credentials.

use super::table::segment;

/// A known MCP server.
#[derive(Debug, PartialEq, Eq)]
pub struct Server {
    /// Its id.
    pub id: &'static str,
    /// Slug of who issues its credentials; empty where anybody may.
    pub issuer: &'static str,
    secrets: &'static [Secret],
    not_secrets: &'static [&'static str],
}

/// A name under which a server takes a credential.
#[derive(Debug, PartialEq, Eq)]
struct Secret {
    place: Where,
    name: &'static str,
    issuer: &'static str,
}

/// Where a name stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Where {
    /// An environment variable.
    Variable,
    /// An HTTP header.
    Header,
    /// A flag.
    Argument,
    /// A parameter in the query of its URL.
    Query,
}

/// What is known of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Says {
    /// It holds a credential, issued by this issuer.
    Secret(Option<&'static str>),
    /// It holds none, whatever it sounds like.
    NotSecret,
    /// Nothing.
    Nothing,
}

/// A server that an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) server: &'static Server,
    /// Only the name of the entry says so, which anybody may give to anything.
    by_name: bool,
}

mod generated {
    use super::{Secret, Server, Where};
    include!(concat!(env!("OUT_DIR"), "/servers.rs"));
}

/// All known servers, sorted by id.
#[cfg(test)]
fn servers() -> &'static [Server] {
    generated::SERVERS
}

impl Known {
    /// Whether a word of a command line is this server.
    pub(super) fn is_called(self, word: &str) -> bool {
        of_word(word).is_some_and(|server| server.id == self.server.id)
    }

    /// What is known of a name. `generic`: it is one that every server uses for its one key.
    pub(super) fn says(self, place: Where, name: &str, generic: bool) -> Says {
        let Self { server, by_name } = self;
        // Something else may answer under a server's name, and then a common header is not the server's.
        let trusted = !(by_name && generic && place == Where::Header);
        if let Some(secret) = server.secret(place, name).filter(|_| trusted) {
            return Says::Secret(slug(secret.issuer));
        }
        if server.not_secrets.iter().any(|known| same(known, name)) {
            return Says::NotSecret;
        }
        if generic && !by_name { Says::Secret(slug(server.issuer)) } else { Says::Nothing }
    }
}

impl Server {
    /// Who issues what it takes from a query parameter.
    pub(super) fn of_parameter(&self, name: &str) -> Option<Option<&'static str>> {
        self.secret(Where::Query, name).map(|secret| slug(secret.issuer))
    }

    /// Who issues its credentials, where that is always the same.
    pub(super) fn own_issuer(&self) -> Option<&'static str> {
        slug(self.issuer)
    }

    /// Servers take the same settings from flags and variables, under the same names.
    fn secret(&self, place: Where, name: &str) -> Option<&'static Secret> {
        let fits = |of: Where| {
            let settings =
                matches!((of, place), (Where::Variable, Where::Argument) | (Where::Argument, Where::Variable));
            of == place || settings
        };
        self.secrets.iter().find(|secret| fits(secret.place) && same(secret.name, name))
    }
}

/// Whether what an inventory lists of a system (a name, package, image or URL) is the server entry of this name and target.
#[must_use]
pub fn is_same_server(listed: &str, name: Option<&str>, target: Option<&str>) -> bool {
    let listed = listed.trim();
    if listed.is_empty() {
        return false;
    }
    let plain = |word: &str| {
        let bare = unversioned(word);
        normal(bare.strip_prefix("docker.io/").unwrap_or(bare))
    };
    let of = |word: &str| of_word(word).or_else(|| of_host(word));
    if let Some(host) = super::slots::host_of(listed) {
        return target.is_some_and(|target| target.eq_ignore_ascii_case(host));
    }
    if name.is_some_and(|name| name.eq_ignore_ascii_case(listed)) {
        return true;
    }
    target.is_some_and(|target| {
        let same = of(listed).zip(of(target)).is_some_and(|(one, other)| one.id == other.id);
        same || plain(target) == plain(listed)
    })
}

fn slug(issuer: &'static str) -> Option<&'static str> {
    Some(issuer).filter(|issuer| !issuer.is_empty())
}

/// The server that an entry runs or calls: by package or image, by host, and only then by its name.
pub(super) fn of_entry(name: Option<&str>, target: Option<&str>, words: &[&str], host: Option<&str>) -> Option<Known> {
    let sure = |server| Known { server, by_name: false };
    target
        .and_then(of_word)
        // A plain word among the arguments is a word, though some package may have it for its name.
        .or_else(|| words.iter().filter(|word| word.contains(['-', '_', '/', '@'])).find_map(|word| of_word(word)))
        .or_else(|| host.and_then(of_host))
        .map(sure)
        .or_else(|| Some(Known { server: find(generated::NAMES, &name?.to_ascii_lowercase())?, by_name: true }))
}

/// The server that a package, image or repository is.
fn of_word(word: &str) -> Option<&'static Server> {
    if word.starts_with('-') || word.len() > LONGEST_NAME {
        return None;
    }
    if let Some(repository) = repository(word) {
        return find(generated::PACKAGES, &normal(&repository));
    }
    let bare = unversioned(word);
    let image = bare.strip_prefix("docker.io/").unwrap_or(bare);
    find(generated::PACKAGES, &normal(bare)).or_else(|| find(generated::IMAGES, &image.to_ascii_lowercase()))
}

/// No registry allows a longer name.
const LONGEST_NAME: usize = 300;

fn find(index: &[(&str, usize)], key: &str) -> Option<&'static Server> {
    let at = index.binary_search_by(|(known, _)| (*known).cmp(key)).ok()?;
    generated::SERVERS.get(index.get(at)?.1)
}

/// Lower case, `_` as `-`: as names are written in the indexes, and as package registries compare them.
fn normal(name: &str) -> String {
    name.to_ascii_lowercase().replace('_', "-")
}

/// Whether a name is the known one, which is in normal form.
fn same(known: &str, name: &str) -> bool {
    let name = name.trim_start_matches('-').bytes();
    known.bytes().eq(name.map(|byte| if byte == b'_' { b'-' } else { byte.to_ascii_lowercase() }))
}

/// `github.com/owner/name` of a package that is installed from its repository.
fn repository(word: &str) -> Option<String> {
    let path = match word.strip_prefix("github:") {
        Some(path) => path,
        None => word.trim_start_matches("git+").trim_start_matches("https://").strip_prefix("github.com/")?,
    };
    let (owner, rest) = path.split_once('/')?;
    let name = rest.split(['/', '@', '#']).next()?;
    Some(format!("github.com/{owner}/{}", name.strip_suffix(".git").unwrap_or(name)))
}

/// A package or image without its version, tag, digest or registry protocol.
pub(super) fn unversioned(word: &str) -> &str {
    let word = word.strip_prefix("npm:").or_else(|| word.strip_prefix("jsr:")).unwrap_or(word);
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

/// The known server at a host.
pub(super) fn of_host(host: &str) -> Option<&'static Server> {
    let host = host.to_ascii_lowercase();
    find(generated::HOSTS, &host).or_else(|| {
        host.match_indices('.').take(8).find_map(|(dot, _)| find(generated::HOSTS, &format!("*{}", host.get(dot..)?)))
    })
}

/// The index of the path segment that is a credential, and who issues it, by the documented shapes of hosted URLs.
pub(super) fn secret_segment(host: &str, segments: &[&str]) -> Option<(usize, &'static str)> {
    generated::SHAPES.iter().find_map(|(shape, server)| {
        let issuer = generated::SERVERS.get(*server)?.issuer;
        let mut expected = shape.split('/');
        is_host(expected.next()?, host).then_some(())?;
        let (mut secret, mut at) = (None, 0);
        for part in expected {
            match part {
                "**" => return secret.map(|secret| (secret, issuer)),
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
        secret.filter(|_| segments.len() == at).map(|secret| (secret, issuer))
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
        let of = |name, words: &[&str], host| {
            of_entry(name, None, words, host).map(|known| (known.server.id, known.by_name))
        };
        for words in [
            &["npx", "-y", "@modelcontextprotocol/server-github@2"][..],
            &["docker", "run", "-i", "ghcr.io/github/github-mcp-server:v1"],
            &["docker", "run", "docker.io/mcp/github"],
        ] {
            assert_eq!(of(Some("x"), words, None), Some(("github", false)), "{words:?}");
        }
        for words in [
            &["uvx", "mcp_server_qdrant==1.0"][..],
            &["uvx", "--from", "git+https://github.com/qdrant/mcp-server-qdrant.git@main", "x"],
            &["pipx", "run", "mcp-server-qdrant"],
            &["deno", "run", "-A", "npm:mcp-server-qdrant@1"],
        ] {
            assert_eq!(of(None, words, None), Some(("qdrant", false)), "{words:?}");
        }
        assert_eq!(of(None, &[], Some("api.githubcopilot.com")), Some(("github", false)));
        assert_eq!(of(None, &[], Some("EU1.make.com")), Some(("make", false)));
        assert_eq!(of(Some("GitHub"), &[], None), Some(("github", true)));
        assert_eq!(of(Some("mine"), &["node", "x.js"], None), None);
    }

    #[test]
    fn a_plain_word_among_the_arguments_is_no_package() {
        assert_eq!(of_entry(None, Some("mine"), &["mine", "airtable", "--out", "x"], None), None);
        assert!(of_entry(None, Some("agentrpc"), &["npx", "agentrpc"], None).is_some());
    }

    #[test]
    fn a_name_alone_vouches_for_listed_names_only() {
        let github = of_entry(Some("github"), None, &["node", "x.js"], None).expect("known");
        assert_eq!(github.says(Where::Variable, "GITHUB_TOKEN", false), Says::Secret(Some("github")));
        assert_eq!(github.says(Where::Header, "Authorization", true), Says::Nothing);
        assert_eq!(github.says(Where::Variable, "API_KEY", true), Says::Nothing);
        let sure = Known { by_name: false, ..github };
        assert_eq!(sure.says(Where::Header, "authorization", true), Says::Secret(Some("github")));
        assert_eq!(sure.says(Where::Variable, "API_KEY", true), Says::Secret(Some("github")));
    }

    #[test]
    fn the_indexes_are_sorted_and_every_server_can_be_found() {
        for index in [generated::PACKAGES, generated::IMAGES, generated::HOSTS, generated::NAMES] {
            assert!(index.windows(2).all(|pair| pair[0].0 < pair[1].0));
        }
        assert!(servers().windows(2).all(|pair| pair[0].id < pair[1].id));
        let indexes = [generated::PACKAGES, generated::IMAGES, generated::HOSTS, generated::NAMES, generated::SHAPES];
        for (at, server) in servers().iter().enumerate() {
            assert!(indexes.iter().any(|index| index.iter().any(|(_, of)| *of == at)), "{} cannot be found", server.id);
            let slug = server.issuer.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
            assert!(slug, "{}: the issuer `{}` is no slug", server.id, server.issuer);
        }
    }
}
