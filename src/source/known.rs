//! Places where credentials are known to lie, which are scanned even where `.gitignore` excludes them.

use crate::client;

/// Names of files that hold tokens, whatever directory they are in, as each client or its source documents.
const TOKEN_FILES: [&str; 12] = [
    ".credentials.json",
    "a2a-oauth-tokens.json",
    "auth.json",
    "credentials.json",
    "mcp-auth.json",
    "mcp-oauth-tokens.json",
    "mcp-secrets.json",
    "mcp_agent.secrets.yaml",
    "mcp-agent.secrets.yaml",
    "fastagent.secrets.yaml",
    "oauth.json",
    "oauth_creds.json",
];

/// A directory and the file names in it or below it that are token stores; a name that begins with `*` is a suffix.
const TOKEN_DIRECTORIES: [(&str, &[&str]); 8] = [
    (".mcp-auth", &["*"]),
    (".mcp-inspector", &["*.json"]),
    (".fastmcp", &["*.json"]),
    (".aws", &["*.json", "credentials", "config"]),
    (".cline", &["secrets.json"]),
    (".continue", &["globalContext.json"]),
    ("goose", &["secrets.yaml"]),
    ("crush", &["crush.json"]),
];

/// Whether a `/`-separated path is that of a client's config, a dotenv file or a token store. Looks at the name only.
#[must_use]
pub fn is_known(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    is_token_store(path, name)
        || client::dotenv::is_dotenv(path)
        || client::recognise(path).is_some()
        || client::dotfile::in_use(path).is_some()
}

fn is_token_store(path: &str, name: &str) -> bool {
    if TOKEN_FILES.contains(&name) {
        return true;
    }
    let mut directories = path.split('/').rev().skip(1);
    directories.any(|directory| {
        TOKEN_DIRECTORIES
            .iter()
            .filter(|(known, _)| *known == directory)
            .flat_map(|(_, names)| names.iter())
            .any(|known| known.strip_prefix('*').map_or(*known == name, |suffix| name.ends_with(suffix)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_stores_configs_and_dotenv_files_are_known_by_name() {
        for path in [
            "home/.mcp-auth/mcp-remote-v1/ab12_tokens.json",
            ".claude/.credentials.json",
            "x/.gemini/mcp-oauth-tokens.json",
            ".aws/sso/cache/1.token.json",
            "app/.env",
            "app/.env.local",
            ".mcp.json",
            "backup/.cursor/mcp.json",
        ] {
            assert!(is_known(path), "{path}");
        }
    }

    #[test]
    fn ordinary_files_are_not_known() {
        for path in ["src/main.rs", "package.json", "target/debug/build.log", "mcp-auth/readme.md", "environment"] {
            assert!(!is_known(path), "{path}");
        }
    }
}
