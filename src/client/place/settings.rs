//! Documents that set variables somewhere in them: jobs of pipelines, values of charts, states of Terraform, editors' launches.

use super::{Node, Program, Reading, nested, text, words};
use crate::client::json;
use crate::client::node::{Entry, MAX_DEPTH, pointer};
use crate::client::slot::SlotKind;
use crate::detector::name::{self, Role};

/// Which document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A pipeline of a CI service.
    Pipeline,
    /// Values of a chart.
    Values,
    /// A state or plan of Terraform.
    State,
    /// `launch.json`, `tasks.json` and settings of an editor.
    Editor,
}

/// The document at a path in lower case.
pub(super) fn kind(directory: &str, name: &str) -> Option<Kind> {
    let yaml = name.ends_with(".yml") || name.ends_with(".yaml");
    let within = |part: &str| directory.ends_with(part) || directory.contains(&format!("{part}/"));
    if yaml
        && (within(".github/workflows")
            || within(".github/actions")
            || within(".gitea/workflows")
            || within(".forgejo/workflows")
            || within(".circleci")
            || within(".gitlab")
            || within(".buildkite")
            || within(".woodpecker")
            || name.starts_with(".gitlab-ci")
            || name.starts_with("azure-pipelines")
            || name.starts_with("bitbucket-pipelines")
            || matches!(
                name,
                "action.yml" | "action.yaml" | ".travis.yml" | ".drone.yml" | "cloudbuild.yaml" | "buildspec.yml"
            ))
    {
        return Some(Kind::Pipeline);
    }
    if yaml && name.starts_with("values") {
        return Some(Kind::Values);
    }
    if name.ends_with(".tfstate") || name.ends_with(".tfstate.backup") || name == "tfplan.json" || name == "plan.json" {
        return Some(Kind::State);
    }
    let editor = directory.ends_with(".vscode") || directory.ends_with("/user") || directory.ends_with(".theia");
    let named = matches!(name, "launch.json" | "tasks.json" | "settings.json") || name.ends_with(".code-workspace");
    (named && (editor || name.ends_with(".code-workspace") || name == "launch.json")).then_some(Kind::Editor)
}

pub(super) fn read<'a>(reading: &mut Reading<'a>, tree: &Node<'a>, kind: Kind) {
    walk(reading, tree, kind, "", 0);
}

/// Whether what stands below a key are variables.
fn holds_variables(kind: Kind, key: &str) -> bool {
    match kind {
        Kind::Pipeline => matches!(key, "env" | "environment" | "variables" | "env-vars"),
        Kind::Values => {
            matches!(
                key,
                "env"
                    | "extraEnv"
                    | "extraEnvs"
                    | "extraEnvVars"
                    | "environment"
                    | "envVars"
                    | "secrets"
                    | "secretEnv"
                    | "stringData"
            )
        }
        Kind::State => matches!(key, "environment" | "variables" | "env"),
        Kind::Editor => matches!(key, "env" | "environment") || key.starts_with("terminal.integrated.env."),
    }
}

fn walk<'a>(reading: &mut Reading<'a>, node: &Node<'a>, kind: Kind, at: &str, depth: usize) {
    if depth > MAX_DEPTH {
        return;
    }
    for (index, item) in node.items().iter().enumerate() {
        walk(reading, item, kind, &pointer(at, &index.to_string()), depth + 1);
    }
    let mut line = words(node.get("command"));
    line.extend(words(node.get("args")));
    let image = text(node, "image").filter(|_| kind != Kind::Editor);
    let program = match (image, line.is_empty()) {
        (None, true) => Program::default(),
        _ => Program::of(node.get("name").and_then(Node::text), image, line),
    };
    let sensitive = if kind == Kind::State { sensitive(node) } else { Vec::new() };
    for Entry { key, node } in node.entries() {
        let name = key.as_str();
        let below = pointer(at, name);
        match node {
            Node::Map(entries) if name == "attributes" && !sensitive.is_empty() => {
                for Entry { key, node } in entries.iter().filter(|entry| sensitive.contains(&entry.key.as_str())) {
                    if let Node::Text(text) = node {
                        let at = pointer(&below, key.as_str());
                        Program::default().secret(reading, key.as_str(), text.clone(), &at);
                    }
                }
                walk(reading, node, kind, &below, depth + 1);
            }
            Node::List(_) if kind == Kind::Editor && name == "args" => program.words(reading, node, &below),
            Node::Map(_) | Node::List(_) if holds_variables(kind, name) => {
                variables(reading, &program, node, kind, &below, depth);
            }
            Node::Map(_) | Node::List(_) => walk(reading, node, kind, &below, depth + 1),
            Node::Text(text) if name == "envFile" => program.file(reading, text, &below),
            Node::Text(text) if nested(reading, "", text, &below) => {}
            // Definitions of containers are kept as a string.
            Node::Text(text) if kind == Kind::State && text.as_str().starts_with(['[', '{']) => {
                let inner = json::read(text.as_str()).ok().flatten().and_then(|tree| tree.lifted(text));
                if let Some(inner) = inner {
                    let (values, references) = (reading.values.len(), reading.references.len());
                    walk(reading, &inner, kind, "", depth + 1);
                    reading.values.iter_mut().skip(values).for_each(|it| it.slot.pointer = Some(below.clone()));
                    reading.references.iter_mut().skip(references).for_each(|it| it.slot.pointer = Some(below.clone()));
                }
            }
            Node::Text(text) if kind == Kind::State && name::role(told(name, at)) == Role::Secret => {
                Program::default().value(reading, SlotKind::Text, told(name, at), text.clone(), &below);
            }
            _ => {}
        }
    }
}

/// The attributes of a resource that its state marks as secrets.
fn sensitive<'t>(instance: &'t Node<'_>) -> Vec<&'t str> {
    let paths = instance.get("sensitive_attributes").map(Node::items).unwrap_or_default();
    paths.iter().filter_map(|path| path.items().first()?.get("value")?.text()).collect()
}

/// The name of a value: that of an output stands above its `value`.
fn told<'t>(name: &'t str, at: &'t str) -> &'t str {
    match name {
        "value" => at.rsplit('/').next().unwrap_or(name),
        other => other,
    }
}

/// Variables, and what stands among them that are none: `environment: production`, `environment: {name, url}`.
fn variables<'a>(reading: &mut Reading<'a>, program: &Program, node: &Node<'a>, kind: Kind, at: &str, depth: usize) {
    let nested = node.entries().iter().any(|entry| entry.node.is_map())
        || node.items().iter().any(|item| item.get("variables").is_some());
    if nested {
        return walk(reading, node, kind, at, depth + 1);
    }
    program.variables(reading, node, at);
}
