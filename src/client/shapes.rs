//! Finds the server entries of a config by the wrappers that clients put around them, whatever the file is called.

use super::node::{Entry, MAX_DEPTH, Node, pointer};
use crate::span::Span;

/// A server entry.
pub(super) struct ServerNode<'t, 'a> {
    /// Its key, or its `name` in a list.
    pub name: Option<String>,
    /// Pointer to it.
    pub pointer: String,
    /// The entry.
    pub node: &'t Node<'a>,
    /// Where its key stands, or the first text in it.
    pub span: Span,
}

/// What was found in one config.
#[derive(Default)]
pub(super) struct Found<'t, 'a> {
    /// Server entries in the order they were written.
    pub entries: Vec<ServerNode<'t, 'a>>,
    /// `inputs` lists beside server maps, with their pointers.
    pub inputs: Vec<(String, &'t Node<'a>)>,
    /// Whether the root holds a map called `servers`, as Visual Studio writes it.
    pub servers_key: bool,
    /// What the root says that it is called.
    pub(super) manifest: Option<String>,
    /// The client whose config this is by its content alone.
    pub client: Option<&'static str>,
}

/// Finds the entries. `known` says that the path is a client's: then the looser shapes are believed sooner.
pub(super) fn find<'t, 'a>(root: &'t Node<'a>, known: bool) -> Found<'t, 'a> {
    let manifest = root.get("name").and_then(Node::text).map(str::to_owned);
    let mut found = Found { manifest, ..Found::default() };
    walk(root, "", None, known, &mut found, 0);
    if found.entries.is_empty() {
        bare(root, &mut found);
    }
    if found.entries.is_empty() {
        registry(root, &mut found);
    }
    if found.entries.is_empty() {
        container(root, known, &mut found);
    }
    found
}

fn walk<'t, 'a>(
    node: &'t Node<'a>,
    at: &str,
    parent: Option<&str>,
    known: bool,
    found: &mut Found<'t, 'a>,
    depth: usize,
) {
    if depth > MAX_DEPTH {
        return;
    }
    for (index, item) in node.items().iter().enumerate() {
        walk(item, &pointer(at, &index.to_string()), parent, known, found, depth + 1);
    }
    for Entry { key, node: value } in node.entries() {
        let name = key.as_str();
        let below = pointer(at, name);
        if holds_servers(name, value, node, parent, known) {
            servers(value, &below, found);
            found.servers_key |= name == "servers" && at.is_empty();
            let key = if name == "mcp.servers" { "mcp.inputs" } else { "inputs" };
            if let Some(inputs) = node.get(key).filter(|inputs| !inputs.items().is_empty()) {
                let place = pointer(at, key);
                if !found.inputs.iter().any(|(known, _)| *known == place) {
                    found.inputs.push((place, inputs));
                }
            }
        } else if name == "mcp_config" && looks_like_server(value) {
            // The manifest of an extension: one server, named by the manifest.
            let span = key.span();
            let name = found.manifest.clone();
            found.entries.push(ServerNode { name, pointer: below, node: value, span });
        } else if name == "nodes" && value.items().iter().any(is_caller) {
            // A workflow of n8n: nodes that call a server, each with its parameters.
            found.client = Some("n8n");
            for (index, item) in value.items().iter().enumerate().filter(|(_, item)| is_caller(item)) {
                if let Some(parameters) = item.get("parameters") {
                    let at = pointer(&pointer(&below, &index.to_string()), "parameters");
                    let mut span = None;
                    let named = item.get("name").filter(|name| name.text().is_some());
                    named.unwrap_or(item).each_span(&mut |text| span = span.or(Some(text)));
                    let name = named.and_then(Node::text).map(str::to_owned);
                    let span = span.unwrap_or_default();
                    found.entries.push(ServerNode { name, pointer: at, node: parameters, span });
                }
            }
        } else {
            walk(value, &below, Some(name), known, found, depth + 1);
        }
    }
}

/// Whether a key holds a map (or list) of servers.
fn holds_servers(name: &str, value: &Node<'_>, map: &Node<'_>, parent: Option<&str>, known: bool) -> bool {
    let last = name.rsplit('.').next().unwrap_or(name);
    let entries = || value.entries().iter().map(|entry| &entry.node).chain(value.items());
    let any = |test: fn(&Node<'_>) -> bool| entries().any(test);
    let all = |test: fn(&Node<'_>) -> bool| entries().next().is_some() && entries().all(test);
    match last {
        "mcpServers"
        | "mcp_servers"
        | "mcp-servers"
        | "context_servers"
        | "modelContextProtocolServers"
        | "remoteMcpServersConfig"
        | "mcpservers"
        | "McpServers"
        | "McpApplicationServerCommands"
        | "McpProjectServerCommands" => any(|node| node.is_map()),
        "servers"
            if name == "mcp.servers" || parent.is_some_and(|parent| parent == "mcp" || parent.ends_with(".mcp")) =>
        {
            any(|node| node.is_map())
        }
        // Alone, it may be an API description: those list URLs, or name a protocol.
        "servers" if known || map.get("inputs").is_some() => any(looks_like_server),
        "servers" if value.is_map() => all(|node| looks_like_server(node) && node.get("protocol").is_none()),
        "servers" => all(is_started),
        "mcp" => value.get("servers").is_none() && any(looks_like_server) && all(|node| node.is_map()),
        "extensions" => any(looks_like_extension),
        // The catalogue of a gateway that runs images.
        "registry" if known => any(|node| node.get("image").is_some() || node.get("ref").is_some()),
        _ => false,
    }
}

/// A node of a workflow that calls a server: `@n8n/n8n-nodes-langchain.mcpClientTool`, `n8n-nodes-mcp.mcpClient` …
fn is_caller(node: &Node<'_>) -> bool {
    let kind = node.get("type").and_then(Node::text).and_then(|kind| kind.rsplit('.').next());
    kind.is_some_and(|kind| kind.starts_with("mcpClient"))
}

/// An entry that says what to run or to call.
fn looks_like_server(node: &Node<'_>) -> bool {
    let is_text = |key: &str| node.get(key).is_some_and(|value| value.text().is_some());
    let transport = |word: &str| {
        matches!(
            word,
            "stdio"
                | "sse"
                | "http"
                | "streamable-http"
                | "streamableHttp"
                | "streamable_http"
                | "local"
                | "remote"
                | "ws"
                | "websocket"
                | "docker"
        )
    };
    ["command", "url", "serverUrl", "httpUrl", "uri", "cmd"].into_iter().any(is_text)
        || node.get("command").is_some_and(|value| matches!(value, Node::List(_) | Node::Map(_)))
        || ["type", "transport"].into_iter().any(|key| node.get(key).and_then(Node::text).is_some_and(transport))
        || node.get("transport").is_some_and(looks_like_transport)
}

/// An entry of a list that is started with words or variables of its own.
fn is_started(node: &Node<'_>) -> bool {
    let given = ["args", "env"].iter().any(|key| node.get(key).is_some_and(|it| !matches!(it, Node::Text(_))));
    given && node.get("command").and_then(Node::text).is_some()
}

fn looks_like_transport(node: &Node<'_>) -> bool {
    ["command", "url"].iter().any(|key| node.get(key).is_some())
}

/// A Goose extension: other programs call other things extensions.
fn looks_like_extension(node: &Node<'_>) -> bool {
    let kind = node.get("type").and_then(Node::text).unwrap_or_default();
    matches!(kind, "stdio" | "sse" | "streamable_http" | "streamablehttp")
        || (node.get("cmd").is_some() || node.get("uri").is_some())
            && ["envs", "env_keys", "enabled", "headers"].iter().any(|key| node.get(key).is_some())
}

fn servers<'t, 'a>(map: &'t Node<'a>, at: &str, found: &mut Found<'t, 'a>) {
    for Entry { key, node } in map.entries() {
        if node.is_map() {
            let name = Some(key.as_str().to_owned());
            found.entries.push(ServerNode { name, pointer: pointer(at, key.as_str()), node, span: key.span() });
        }
    }
    for (index, node) in map.items().iter().enumerate().filter(|(_, node)| node.is_map()) {
        let name = ["name", "id", "serverName", "key"].iter().find_map(|key| node.get(key).and_then(Node::text));
        let mut span = None;
        node.each_span(&mut |text| span = span.or(Some(text)));
        found.entries.push(ServerNode {
            name: name.map(str::to_owned),
            pointer: pointer(at, &index.to_string()),
            node,
            span: span.unwrap_or_default(),
        });
    }
}

/// The entries of a map that is known to hold nothing but servers, with or without a wrapper.
pub(super) fn given<'t, 'a>(root: &'t Node<'a>) -> Found<'t, 'a> {
    let mut found = Found::default();
    walk(root, "", None, true, &mut found, 0);
    if found.entries.is_empty() {
        servers(root, "", &mut found);
    }
    found
}

/// `{name: {command|url}}` without a wrapper. Greedy, so tried last, and only where every value is a server.
fn bare<'t, 'a>(root: &'t Node<'a>, found: &mut Found<'t, 'a>) {
    let runs = |node: &Node<'_>| {
        ["command", "url", "serverUrl", "httpUrl"].iter().any(|key| node.get(key).and_then(Node::text).is_some())
            && !["dependencies", "scripts", "method", "request"].iter().any(|key| node.get(key).is_some())
    };
    let entries = root.entries();
    if !entries.is_empty()
        && entries.iter().all(|entry| looks_like_server(&entry.node))
        && entries.iter().any(|entry| runs(&entry.node))
    {
        servers(root, "", found);
    }
}

/// A registry's `server.json`: one server, with what it wants to be told.
fn registry<'t, 'a>(root: &'t Node<'a>, found: &mut Found<'t, 'a>) {
    let named = root.get("name").and_then(Node::text);
    let lists = ["packages", "remotes"].iter().filter_map(|key| root.get(key)).flat_map(Node::items);
    let speaks = |node: &Node<'_>| {
        ["environmentVariables", "runtimeArguments", "packageArguments", "headers", "transport"]
            .iter()
            .any(|key| node.get(key).is_some())
    };
    if let Some(name) = named
        && lists.into_iter().any(speaks)
    {
        let mut span = None;
        root.each_span(&mut |text| span = span.or(Some(text)));
        let span = span.unwrap_or_default();
        found.entries.push(ServerNode { name: Some(name.to_owned()), pointer: String::new(), node: root, span });
        found.client = Some("mcp-registry");
    }
}

/// What ToolHive keeps of a server that it runs: one server, with its image and variables.
fn container<'t, 'a>(root: &'t Node<'a>, known: bool, found: &mut Found<'t, 'a>) {
    let is_text = |key: &str| root.get(key).and_then(Node::text).is_some();
    let runs = root.get("env_vars").is_some_and(Node::is_map) && is_text("transport");
    if is_text("image") && is_text("name") && (runs || known) {
        let mut span = None;
        root.each_span(&mut |text| span = span.or(Some(text)));
        let name = found.manifest.clone();
        found.entries.push(ServerNode { name, pointer: String::new(), node: root, span: span.unwrap_or_default() });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::{json, toml, yaml};

    fn names(root: &Node<'_>) -> Vec<(String, String)> {
        find(root, false)
            .entries
            .iter()
            .map(|entry| (entry.name.clone().unwrap_or_default(), entry.pointer.clone()))
            .collect()
    }

    fn json_names(raw: &str) -> Vec<(String, String)> {
        names(&json::read(raw).expect("reads").expect("a value"))
    }

    #[test]
    fn every_wrapper_is_understood() {
        let entry = r#"{"s": {"command": "npx"}}"#;
        for (raw, at) in [
            (format!(r#"{{"mcpServers": {entry}}}"#), "/mcpServers/s"),
            (format!(r#"{{"servers": {entry}, "inputs": []}}"#), "/servers/s"),
            (format!(r#"{{"mcp": {{"servers": {entry}}}}}"#), "/mcp/servers/s"),
            (format!(r#"{{"mcp.servers": {entry}}}"#), "/mcp.servers/s"),
            (format!(r#"{{"settings": {{"mcp": {{"servers": {entry}}}}}}}"#), "/settings/mcp/servers/s"),
            (format!(r#"{{"settings": {{"mcp.servers": {entry}}}}}"#), "/settings/mcp.servers/s"),
            (r#"{"mcp": {"s": {"type": "local", "command": ["a"]}}}"#.to_owned(), "/mcp/s"),
            (
                format!(r#"{{"customizations": {{"vscode": {{"mcp": {{"servers": {entry}}}}}}}}}"#),
                "/customizations/vscode/mcp/servers/s",
            ),
            (format!(r#"{{"projects": {{"/a/b": {{"mcpServers": {entry}}}}}}}"#), "/projects/~1a~1b/mcpServers/s"),
            (format!(r#"{{"context_servers": {entry}}}"#), "/context_servers/s"),
            (format!(r#"{{"amp.mcpServers": {entry}}}"#), "/amp.mcpServers/s"),
            (format!(r#"{{"powers": {{"mcpServers": {entry}}}}}"#), "/powers/mcpServers/s"),
            (
                r#"{"remoteMcpServersConfig": [{"name": "s", "url": "https://x"}]}"#.to_owned(),
                "/remoteMcpServersConfig/0",
            ),
            (entry.to_owned(), "/s"),
        ] {
            assert_eq!(json_names(&raw), [("s".to_owned(), at.to_owned())], "{raw}");
        }
        let codex = toml::read("[mcp_servers.s]\ncommand = \"x\"\n").expect("reads");
        assert_eq!(names(&codex), [("s".to_owned(), "/mcp_servers/s".to_owned())]);
        let goose = yaml::read("extensions:\n  s:\n    type: stdio\n    cmd: x\n").expect("reads").expect("a document");
        assert_eq!(names(&goose), [("s".to_owned(), "/extensions/s".to_owned())]);
        let list = yaml::read("mcpServers:\n  - name: s\n    command: x\n").expect("reads").expect("a document");
        assert_eq!(names(&list), [("s".to_owned(), "/mcpServers/0".to_owned())]);
    }

    #[test]
    fn other_maps_are_left_alone() {
        for raw in [
            r#"{"servers": [{"url": "https://api"}], "paths": {}, "x": 1}"#,
            r#"{"asyncapi": "3", "servers": {"a": {"url": "mqtt://x", "protocol": "mqtt"}}}"#,
            r#"{"a": {"command": "x"}, "b": 1}"#,
            r#"{"extensions": {"a": {"enabled": true}}}"#,
            r#"{"tasks": [{"command": "x"}]}"#,
            "{}",
            "[]",
        ] {
            assert!(json_names(raw).is_empty(), "{raw}");
        }
    }
}
