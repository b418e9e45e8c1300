//! Reads Crush's `crushrc`, a shell script that configures it: the `mcp add` commands in it become the tree of a config.

use super::node::{Entry, Node, implied};
use super::slots::words_of;
use crate::span::Text;

/// Reads a script. It is never run, so what stands in conditions or functions counts as if it were.
#[must_use]
pub(super) fn read(text: &str) -> Node<'_> {
    let mut servers = Vec::new();
    for command in commands(text) {
        servers.extend(server(&command));
    }
    Node::Map(vec![Entry { key: implied("mcp"), node: Node::Map(servers) }])
}

/// The commands of a script: lines with those that continue them, quoted line breaks included.
fn commands(text: &str) -> Vec<Text<'_>> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let (mut start, mut at) = (0, 0);
    let mut quote: Option<u8> = None;
    let mut take = |from: usize, to: usize| {
        let line = text.get(from..to).unwrap_or_default();
        let mut command = line.trim_start();
        for word in ["then ", "else ", "do ", "{ "] {
            command = command.strip_prefix(word).unwrap_or(command).trim_start();
        }
        if command.starts_with("mcp") {
            found.push(Text::verbatim(command.trim_end(), from + (line.len() - command.len())));
        }
    };
    while let Some(&byte) = bytes.get(at) {
        match (quote, byte) {
            (Some(b'\''), b'\'') => quote = None,
            (Some(b'\''), _) => {}
            (_, b'\\') => at += 1,
            (Some(open), close) if open == close => quote = None,
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'#') if at == start || bytes.get(at - 1).is_some_and(u8::is_ascii_whitespace) => {
                take(start, at);
                at += memchr::memchr(b'\n', bytes.get(at..).unwrap_or_default()).unwrap_or(bytes.len() - at);
                start = at;
                continue;
            }
            (None, b'\n' | b';' | b'&' | b'|') => {
                take(start, at);
                start = at + 1;
            }
            _ => {}
        }
        at += 1;
    }
    take(start, text.len());
    found
}

/// `mcp add NAME --command C --args A --env K V --header K V --url U`.
fn server<'a>(command: &Text<'a>) -> Option<Entry<'a>> {
    let mut words = words_of(command).into_iter();
    if words.next()?.as_str() != "mcp" || words.next()?.as_str() != "add" {
        return None;
    }
    let name = words.next().filter(|name| !name.as_str().starts_with('-'))?;
    let (mut fields, mut env, mut headers, mut args) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    while let Some(word) = words.next() {
        match word.as_str() {
            "--env" => env.extend(pair(&mut words)),
            "--header" => headers.extend(pair(&mut words)),
            "--args" | "--arg" => args.extend(words.next().map(Node::Text)),
            option if option.starts_with("--") && !option.contains('=') => {
                let key = word.slice(2..option.len())?;
                fields.extend(words.next().map(|value| Entry { key, node: Node::Text(value) }));
            }
            option if option.starts_with("--") => {
                let at = option.find('=')?;
                let (key, value) = (word.slice(2..at)?, word.slice(at + 1..option.len())?);
                fields.push(Entry { key, node: Node::Text(value) });
            }
            _ => {}
        }
    }
    let map = [("env", Node::Map(env)), ("headers", Node::Map(headers)), ("args", Node::List(args))];
    fields.extend(map.into_iter().map(|(key, node)| Entry { key: implied(key), node }));
    Some(Entry { key: name, node: Node::Map(fields) })
}

/// `K V`, or `K=V` in one word.
fn pair<'a>(words: &mut impl Iterator<Item = Text<'a>>) -> Option<Entry<'a>> {
    let key = words.next()?;
    if let Some(at) = key.as_str().find('=') {
        return Some(Entry { node: Node::Text(key.slice(at + 1..key.as_str().len())?), key: key.slice(0..at)? });
    }
    Some(Entry { key, node: Node::Text(words.next()?) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn added_servers_become_a_map() {
        let raw = "# mine\nmcp add github --command npx --args -y --args 'a pkg' \\\n  --env TOKEN \"v w\" --header Authorization \"Bearer x\"\n\
                   if true; then mcp add web --url https://h/mcp; fi\nmcp list\n# mcp add no --env A b\n";
        let tree = read(raw);
        let servers = tree.get("mcp").expect("servers");
        let names: Vec<_> = servers.entries().iter().map(|entry| entry.key.as_str()).collect();
        assert_eq!(names, ["github", "web"]);
        let github = servers.get("github").expect("a server");
        assert_eq!(github.get("env").and_then(|env| env.get("TOKEN")).and_then(Node::text), Some("v w"));
        assert_eq!(github.get("args").map(|args| args.items().len()), Some(2));
        assert_eq!(
            github.get("headers").and_then(|map| map.get("Authorization")).and_then(Node::text),
            Some("Bearer x")
        );
    }

    proptest! {
        #[test]
        fn any_script_is_read_and_spans_slice_it(raw in "\\PC{0,60}|(mcp add |--env |[a-c'\"\\\\;#\n\u{e9} ]){0,30}") {
            read(&raw).each_span(&mut |span| assert!(raw.get(span.start..span.end).is_some()));
        }
    }
}
