//! Which directory a config speaks for, and which files it may mean: paths only, nothing is opened.

/// The directory of a `/`-separated path; empty for the top.
pub(super) fn directory(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(directory, _)| directory)
}

/// The project that a config belongs to: above the hidden directory in which a client keeps it.
pub(super) fn root(config: &str) -> &str {
    let directory = directory(config);
    let mut start = 0;
    let mut hidden = None;
    for segment in directory.split('/') {
        if segment.len() > 1 && segment.starts_with('.') && segment != ".." {
            hidden = Some(start);
        }
        start += segment.len() + 1;
    }
    match hidden {
        Some(at) => directory.get(..at).unwrap_or_default().trim_end_matches('/'),
        None => directory,
    }
}

/// A directory and those above it, the nearest first.
pub(super) fn ancestors(directory: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(directory), |at| match at.rsplit_once('/') {
        Some((above, _)) => Some(above),
        None if at.is_empty() => None,
        None => Some(""),
    })
}

/// Whether a path lies below a directory.
pub(super) fn is_below(path: &str, directory: &str) -> bool {
    directory.is_empty() || path.strip_prefix(directory).is_some_and(|rest| rest.starts_with('/'))
}

/// The ends of an absolute path that hold a directory at least, the longest first.
pub(super) fn tails(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').filter_map(|(at, _)| path.get(at + 1..)).filter(|tail| tail.contains('/'))
}

/// Whether a dotenv file is there to be copied and filled in.
pub(super) fn is_example(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    name.split(['.', '-', '_'])
        .any(|word| matches!(word, "example" | "sample" | "template" | "dist" | "tmpl" | "defaults"))
}

/// The paths that a config may mean by the name of a file, the likeliest first.
pub(super) fn resolve(config: &str, file: &str) -> Vec<String> {
    let file = file.trim().trim_start_matches('@').replace('\\', "/");
    let root = root(config);
    let folders =
        ["${workspaceFolder}", "${workspaceRoot}", "${CLAUDE_PROJECT_DIR}", "${projectDir}", "$PWD", "${PWD}"];
    let homes = ["~", "${userHome}", "$HOME", "${HOME}", "%USERPROFILE%"];
    let below = |names: &[&str]| -> Option<String> {
        names.iter().find_map(|name| file.strip_prefix(name)?.strip_prefix('/')).map(str::to_owned)
    };
    if let Some(rest) = below(&homes) {
        // Where the home is known it is the first part of the path; else the config may lie right in it.
        let home = config.split('/').next().filter(|part| part.starts_with('~'));
        return vec![joined(home.unwrap_or(root), &rest)];
    }
    match below(&folders) {
        Some(rest) => vec![joined(root, &rest)],
        None if is_absolute(&file) => [joined("", &file), file.clone()].into_iter().chain(in_home(&file)).collect(),
        None => {
            let (near, far) = (joined(root, &file), joined(directory(config), &file));
            if near == far { vec![near] } else { vec![near, far] }
        }
    }
}

fn is_absolute(file: &str) -> bool {
    file.starts_with('/') || file.get(1..3) == Some(":/")
}

/// The same file as it is reported where the home directory in the path is looked through.
fn in_home(file: &str) -> Vec<String> {
    let file = file.get(2..).filter(|_| !file.starts_with('/')).unwrap_or(file);
    let home = ["/home/", "/Users/"].iter().find_map(|above| file.strip_prefix(above));
    let named = home.and_then(|rest| rest.split_once('/'));
    let named = named.or_else(|| file.strip_prefix("/root/").map(|rest| ("root", rest)));
    named.map_or_else(Vec::new, |(name, rest)| vec![joined("~", rest), joined(&format!("~{name}"), rest)])
}

/// A path below a directory, its dots resolved.
fn joined(directory: &str, path: &str) -> String {
    let absolute = directory.starts_with('/') || (directory.is_empty() && path.starts_with('/'));
    let mut segments: Vec<&str> = Vec::new();
    for segment in directory.split('/').chain(path.split('/')) {
        match segment {
            "" | "." => {}
            ".." if segments.last().is_some_and(|last| *last != "..") => {
                segments.pop();
            }
            other => segments.push(other),
        }
    }
    let path = segments.join("/");
    if absolute { format!("/{path}") } else { path }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_config_speaks_for_the_directory_above_its_hidden_one() {
        for (config, expected) in [
            (".mcp.json", ""),
            ("a/.mcp.json", "a"),
            ("a/.vscode/mcp.json", "a"),
            ("a/.kiro/settings/mcp.json", "a"),
            (".cursor/mcp.json", ""),
            ("/home/u/.config/Code/User/mcp.json", "/home/u"),
            ("../x/.mcp.json", "../x"),
        ] {
            assert_eq!(root(config), expected, "{config}");
        }
        assert_eq!(ancestors("a/b").collect::<Vec<_>>(), ["a/b", "a", ""]);
    }

    #[test]
    fn the_name_of_a_file_is_resolved_against_the_project() {
        assert_eq!(resolve("a/.vscode/mcp.json", "${workspaceFolder}/.env"), ["a/.env"]);
        assert_eq!(resolve("a/.vscode/mcp.json", "./x/../.env"), ["a/.env", "a/.vscode/.env"]);
        assert_eq!(resolve(".mcp.json", ".env"), [".env"]);
        assert_eq!(resolve(".mcp.json", "/srv/app/.env"), ["/srv/app/.env", "/srv/app/.env"]);
        assert_eq!(resolve("~/a/.vscode/mcp.json", "${userHome}/k.env"), ["~/k.env"]);
        assert_eq!(resolve("~ann/.cursor/mcp.json", "~/k.env"), ["~ann/k.env"]);
        assert_eq!(resolve("~/.mcp.json", "/home/ann/k.env")[2..], ["~/k.env", "~ann/k.env"]);
        assert_eq!(resolve("~/.mcp.json", r"C:\Users\ann\k.env")[2..], ["~/k.env", "~ann/k.env"]);
        assert!(is_example("a/.env.example") && !is_example("a/.env.production"));
        assert!(is_below("a/b", "a") && !is_below("ab/c", "a"));
    }
}
