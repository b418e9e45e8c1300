//! The names that managers of dotfiles give to the files of a home directory in their repositories.
//!
//! chezmoi writes attributes in front of names (`private_dot_codex/config.toml.tmpl`), yadm conditions behind them
//! (`.cursor/mcp.json##os.Linux`). stow and bare repositories keep the names, so that the end of the path tells already.
//! <https://www.chezmoi.io/reference/source-state-attributes/>, <https://yadm.io/docs/alternates>.

use super::shell::Dialect;
use super::{dotenv, recognise, token_store};

/// What chezmoi writes in front of a name, each at most once and in this order.
const ATTRIBUTES: [&str; 14] = [
    "create_",
    "modify_",
    "remove_",
    "symlink_",
    "external_",
    "exact_",
    "encrypted_",
    "private_",
    "readonly_",
    "empty_",
    "executable_",
    "run_",
    "once_",
    "onchange_",
];

/// The path that a managed file has where it is used, if it is the place of something that is known there.
#[must_use]
pub fn in_use(path: &str) -> Option<String> {
    // Asked of every file: one look at its path.
    let bytes = path.as_bytes();
    let marked = memchr::memchr2_iter(b'_', b'#', bytes).any(|at| match bytes.get(at) {
        Some(b'#') => bytes.get(at + 1) == Some(&b'#'),
        _ => bytes.get(..at).is_some_and(|before| before.ends_with(b"dot") || before.ends_with(b"private")),
    });
    if !marked && !path.ends_with(".tmpl") {
        return None;
    }
    let (folders, name) = path.rsplit_once('/').map_or((None, path), |(folders, name)| (Some(folders), name));
    let name = name.split_once("##").map_or(name, |(name, _)| name);
    let name = plain(name.strip_suffix(".tmpl").unwrap_or(name));
    let used = match folders {
        Some(folders) => folders.split('/').map(plain).chain([name]).collect::<Vec<_>>().join("/"),
        None => name,
    };
    if used == path {
        return None;
    }
    let hidden = || used.rsplit('/').next().is_some_and(|name| name.starts_with('.'));
    let known = recognise(&used).is_some()
        || token_store::owner(&used).is_some()
        || hidden() && (dotenv::is_dotenv(&used) || Dialect::of(&used).is_some());
    known.then_some(used)
}

/// A name without its attributes.
fn plain(name: &str) -> String {
    let mut rest = name;
    for attribute in ATTRIBUTES {
        rest = rest.strip_prefix(attribute).unwrap_or(rest);
    }
    match rest.strip_prefix("dot_") {
        Some(rest) => format!(".{rest}"),
        None => rest.strip_prefix("literal_").unwrap_or(rest).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_managed_file_is_known_by_the_name_that_it_has_where_it_is_used() {
        for (path, used) in [
            ("dot_cursor/mcp.json", ".cursor/mcp.json"),
            ("private_dot_claude.json", ".claude.json"),
            ("home/private_dot_codex/private_config.toml.tmpl", "home/.codex/config.toml"),
            ("dot_config/exact_goose/config.yaml", ".config/goose/config.yaml"),
            (
                "private_Library/private_Application Support/private_Claude/private_claude_desktop_config.json",
                "Library/Application Support/Claude/claude_desktop_config.json",
            ),
            (".cursor/mcp.json##os.Linux", ".cursor/mcp.json"),
            ("private_dot_claude/private_dot_credentials.json", ".claude/.credentials.json"),
            ("dot_zshrc.tmpl", ".zshrc"),
            ("encrypted_private_dot_env", ".env"),
        ] {
            assert_eq!(in_use(path).as_deref(), Some(used), "{path}");
        }
        for path in [
            "src/dot_product.py",
            "private_key.sh",
            "notes.tmpl",
            ".cursor/mcp.json",
            "a##b",
            "dot_/x",
            "deploy.sh.tmpl",
        ] {
            assert_eq!(in_use(path), None, "{path}");
        }
    }
}
