//! What a server entry runs or calls: the package, image, host or command, without arguments that may hold credentials.

use std::sync::Arc;

use super::words;
use crate::client::known::{self, Known, unversioned};
use crate::client::node::Node;
use crate::client::reading::TargetKind;
use crate::client::reference;
use crate::span::Text;

/// What a server entry runs or calls.
pub(super) struct Target {
    pub(super) name: Option<Arc<str>>,
    pub(super) kind: Option<TargetKind>,
    /// The known server that it is.
    pub(super) known: Option<Known>,
}

/// The target of an entry.
pub(super) fn of(name: Option<&str>, node: &Node<'_>) -> Target {
    let words = command_line(node);
    let words: Vec<&str> = words.iter().map(Text::as_str).collect();
    let url = url(node)
        .or_else(|| words.iter().copied().find(|word| word.starts_with("http://") || word.starts_with("https://")));
    let masked = url.map(reference::masked);
    let host = masked.as_deref().and_then(host);
    let bridged = words
        .iter()
        .any(|word| matches!(unversioned(word), "mcp-remote" | "supergateway" | "mcp-proxy" | "@smithery/cli"));
    let target = match host.filter(|_| bridged || words.is_empty()) {
        Some(host) => Some((host.to_ascii_lowercase(), TargetKind::Host)),
        None => program(&words).map(|name| (name, kind(&words))).or_else(|| {
            let image = unversioned(node.get("image").and_then(Node::text)?);
            is_plain(image).then(|| (image.to_owned(), TargetKind::Image))
        }),
    };
    let (target, kind) = target.unzip();
    let host = host.map(str::to_ascii_lowercase);
    let known = known::of_entry(name, target.as_deref(), &words, host.as_deref());
    Target { name: target.map(Arc::from), kind, known }
}

/// Whether a command line starts an MCP server: a known one, or a program that calls itself so.
#[must_use]
pub fn is_server_command(words: &[&str]) -> bool {
    let Some(target) = program(words) else { return false };
    let named = |name: &str| {
        let parts = name.split(|c: char| !c.is_ascii_alphanumeric());
        parts
            .into_iter()
            .any(|part| part.eq_ignore_ascii_case("mcp") || part.eq_ignore_ascii_case("modelcontextprotocol"))
    };
    // A file of that name may be edited or searched; only what starts programs is believed to start it.
    let starts = kind(words) != TargetKind::Command || words.len() > 1 && target != words[0];
    let last = |word: &str| word.rsplit(['/', '\\']).next().unwrap_or(word).to_owned();
    let program = words.first().map(|first| last(first)).unwrap_or_default();
    // A script, by the name of its file; what a shell was told to do in words of its own is not looked into.
    let script =
        words.get(1).filter(|_| matches!(program.as_str(), "sh" | "bash" | "dash" | "zsh" | "ruby" | "perl" | "php"));
    if script.is_some_and(|script| !script.starts_with('-') && named(&last(script))) {
        return true;
    }
    known::of_entry(None, Some(&target), &[], None).is_some() || named(&program) || (starts && named(&target))
}

/// What the target of a command line is: that of the program that starts it decides.
fn kind(words: &[&str]) -> TargetKind {
    let mut words = words.iter().copied().filter(|word| !word.starts_with('/') || word.len() > 3);
    let Some(first) = words.next() else { return TargetKind::Command };
    let name = first.rsplit(['/', '\\']).next().unwrap_or(first);
    let name = name.strip_suffix(".exe").or_else(|| name.strip_suffix(".cmd")).unwrap_or(name);
    match name {
        "cmd" | "env" => {
            let rest: Vec<&str> = words.filter(|word| !word.contains('=')).collect();
            kind(&rest)
        }
        "docker" | "podman" | "nerdctl" => TargetKind::Image,
        "npx" | "bunx" | "pnpx" | "uvx" | "pipx" => TargetKind::Package,
        // A script of one's own, or a package that is fetched.
        "pnpm" | "yarn" | "npm" | "bun" | "uv" if words.any(is_script) => TargetKind::Command,
        "pnpm" | "yarn" | "npm" | "bun" | "uv" => TargetKind::Package,
        "deno" if words.any(|word| fetched(word).is_some()) => TargetKind::Package,
        "python" | "python3" | "py" if words.any(|word| word == "-m") => TargetKind::Package,
        _ => TargetKind::Command,
    }
}

/// The host of a URL.
pub(in crate::client) fn host(url: &str) -> Option<&str> {
    let rest = url.split_once("://")?.1;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?;
    let name = match host.strip_prefix('[') {
        Some(address) => address.split(']').next()?,
        None => host.split(':').next()?,
    };
    (!name.is_empty()).then_some(name)
}

fn url<'t>(node: &'t Node<'_>) -> Option<&'t str> {
    ["url", "serverUrl", "httpUrl", "uri", "endpoint", "baseUrl"]
        .iter()
        .find_map(|key| node.get(key).and_then(Node::text))
        .or_else(|| node.get("transport").and_then(|transport| transport.get("url")).and_then(Node::text))
}

/// The program and its arguments, however the client spells them.
fn command_line<'a>(node: &Node<'a>) -> Vec<Text<'a>> {
    let nested = node.get("transport").filter(|transport| transport.is_map()).unwrap_or(node);
    let node = if node.get("command").is_some() || node.get("cmd").is_some() { node } else { nested };
    let mut line = Vec::new();
    for key in ["command", "cmd", "programPath", "args", "arguments"] {
        match node.get(key) {
            Some(Node::Text(text)) => line.extend(words::of(text)),
            Some(Node::List(items)) => line.extend(items.iter().filter_map(text)),
            Some(map @ Node::Map(_)) => {
                line.extend(map.get("path").and_then(text));
                line.extend(map.get("args").map(Node::items).unwrap_or_default().iter().filter_map(text));
            }
            _ => {}
        }
    }
    line
}

fn text<'a>(node: &Node<'a>) -> Option<Text<'a>> {
    if let Node::Text(text) = node { Some(text.clone()) } else { None }
}

/// The package, image, module or program of a command line.
fn program(words: &[&str]) -> Option<String> {
    let (first, rest) = words.split_first()?;
    let name = first.rsplit(['/', '\\']).next().unwrap_or(first);
    let name = name.strip_suffix(".exe").or_else(|| name.strip_suffix(".cmd")).unwrap_or(name);
    let positional = |words: &[&str], skip: usize| {
        words
            .iter()
            .filter(|word| !word.starts_with('-') && !unversioned(word).contains(['=', ' ']) && is_plain(word))
            .nth(skip)
            .map(|word| unversioned(word).to_owned())
    };
    let target = match name {
        "cmd" => {
            let rest = rest.iter().position(|word| !word.starts_with('/')).map_or(rest, |at| &rest[at..]);
            return if rest.is_empty() { Some(name.to_owned()) } else { program(rest) };
        }
        "env" => {
            let rest = rest.iter().position(|word| !word.contains('=')).map_or(rest, |at| &rest[at..]);
            return if rest.is_empty() { Some(name.to_owned()) } else { program(rest) };
        }
        "docker" | "podman" | "nerdctl" => image(rest),
        "npx" | "bunx" | "pnpx" | "uvx" | "pipx" if rest.first() == Some(&"run") => positional(rest, 1),
        "npx" | "bunx" | "pnpx" | "uvx" | "pipx" => positional(rest, 0),
        "pnpm" | "yarn" | "npm" | "bun" | "uv" => positional(&without_settings(rest), 1),
        "python" | "python3" | "py" => {
            let module = rest.iter().position(|word| *word == "-m").and_then(|at| rest.get(at + 1));
            module.map(|module| (*module).to_owned()).or_else(|| positional(rest, 0))
        }
        "deno" => {
            let fetched = rest.iter().find_map(|word| fetched(word));
            let rest = without_settings(rest);
            fetched
                .filter(|name| is_plain(name))
                .map(|name| unversioned(name).to_owned())
                .or_else(|| positional(&rest, 1))
        }
        "node" | "tsx" | "ts-node" | "java" | "dotnet" => positional(&without_settings(rest), 0),
        _ => None,
    };
    Some(target.unwrap_or_else(|| name.to_owned())).filter(|target| is_plain(target))
}

/// The package that Deno is told to fetch.
fn fetched(word: &str) -> Option<&str> {
    word.strip_prefix("npm:").or_else(|| word.strip_prefix("jsr:"))
}

fn is_script(word: &str) -> bool {
    let extension = word.rsplit_once('.').map_or("", |(_, extension)| extension);
    matches!(extension, "py" | "js" | "mjs" | "cjs" | "ts" | "mts" | "tsx")
}

/// The words of a runner without the values of its own flags: `uv --directory /srv/mcp run server.py`.
fn without_settings<'w>(words: &[&'w str]) -> Vec<&'w str> {
    let mut kept = Vec::with_capacity(words.len());
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        let valued = matches!(
            *word,
            "--directory"
                | "--project"
                | "--with"
                | "--with-editable"
                | "--python"
                | "--env-file"
                | "--prefix"
                | "--cwd"
                | "--dir"
                | "--config"
                | "--import"
                | "--require"
                | "--loader"
                | "--filter"
                | "-C"
                | "-r"
                | "-cp"
        );
        if *word == "-jar" {
            continue;
        }
        kept.push(*word);
        if valued {
            rest.next();
        }
    }
    kept
}

/// The image of `docker run`: the first word that is neither a flag nor the value of one.
fn image(words: &[&str]) -> Option<String> {
    let run = words.iter().position(|word| *word == "run")?;
    let mut rest = words.get(run + 1..)?.iter();
    while let Some(word) = rest.next() {
        if !word.starts_with('-') {
            return Some(unversioned(word).to_owned()).filter(|image| is_plain(image));
        }
        let alone = matches!(
            *word,
            "-i" | "-t"
                | "-it"
                | "-ti"
                | "--rm"
                | "-d"
                | "--init"
                | "--interactive"
                | "--tty"
                | "--privileged"
                | "--read-only"
                | "--detach"
        );
        let joined = word.contains('=') || (word.starts_with("-e") && word.len() > 2);
        if !alone && !joined {
            rest.next();
        }
    }
    None
}

/// Names and paths only: a target is shown in reports, so nothing that could be a credential may become one.
fn is_plain(word: &str) -> bool {
    let bare = unversioned(word);
    word.len() <= 200
        && !word.contains("://")
        && bare.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"@/\\._-:+[],".contains(&byte))
        && !bare
            .split(['/', '\\', '@', '.', '-', ':'])
            .any(|part| part.len() >= 20 && part.bytes().filter(u8::is_ascii_digit).count() >= 3)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::json;

    fn target(raw: &str) -> Option<String> {
        let node = json::read(raw).expect("reads").expect("a value");
        of(None, &node).name.map(|target| target.to_string())
    }

    #[test]
    fn what_starts_a_server_tells_what_it_is() {
        for (raw, expected) in [
            (r#"{"command":"npx","args":["-y","p"]}"#, "package"),
            (r#"{"command":"cmd","args":["/c","npx","-y","p"]}"#, "package"),
            (r#"{"command":"docker","args":["run","x/y"]}"#, "image"),
            (r#"{"image":"x/y:1"}"#, "image"),
            (r#"{"command":"/opt/bin/tool"}"#, "command"),
            (r#"{"command":"deno","args":["run","-A","npm:p"]}"#, "package"),
            (r#"{"command":"uv","args":["run","server.py"]}"#, "command"),
            (r#"{"url":"https://x.io"}"#, "host"),
        ] {
            let node = json::read(raw).expect("reads").expect("a value");
            assert_eq!(of(None, &node).kind.map(TargetKind::as_str), Some(expected), "{raw}");
        }
    }

    #[test]
    fn the_target_is_the_package_image_host_or_program() {
        for (raw, expected) in [
            (r#"{"command":"npx","args":["-y","@a/b@1.2"]}"#, "@a/b"),
            (r#"{"command":"cmd","args":["/c","npx","-y","p"]}"#, "p"),
            (
                r#"{"command":"docker","args":["run","-i","--rm","-e","K=V","--name","n","ghcr.io/x/y:1"]}"#,
                "ghcr.io/x/y",
            ),
            (r#"{"command":"python","args":["-m","mod","--k","v"]}"#, "mod"),
            (r#"{"command":["npx","p","--k","v"]}"#, "p"),
            (r#"{"command":"uvx pkg --k v"}"#, "pkg"),
            (r#"{"command":"/opt/bin/tool","args":["--k","v"]}"#, "tool"),
            (r#"{"command":["deno","run","-A","npm:@a/mcp@latest"]}"#, "@a/mcp"),
            (r#"{"command":"uv","args":["--directory","/srv/mcp","run","server.py"]}"#, "server.py"),
            (r#"{"command":"uv","args":["run","--with","mcp[cli]","mcp-thing"]}"#, "mcp-thing"),
            (r#"{"command":"node","args":["--env-file",".env","dist/index.js"]}"#, "dist/index.js"),
            (r#"{"command":"java","args":["-jar","tool.jar"]}"#, "tool.jar"),
            (r#"{"command":",token","args":["x"]}"#, ",token"),
            (r#"{"url":"https://u:p@Mcp.Example.com:8443/x?k=v"}"#, "mcp.example.com"),
            (r#"{"command":"npx","args":["mcp-remote","https://mcp.x.io/sse"]}"#, "mcp.x.io"),
        ] {
            assert_eq!(target(raw).as_deref(), Some(expected), "{raw}");
        }
    }
}
