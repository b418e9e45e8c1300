//! A program that something else than a client starts: a container, a unit, a job. Its variables are slots like any other.

use std::sync::Arc;

use super::container::Container;
use super::{Place, Visit, target};
use crate::client::ReferenceKind;
use crate::client::known::Known;
use crate::client::node::{Entry, Node};
use crate::client::reading::{Reading, ServerEntry, TargetKind};
use crate::client::slot::SlotKind;
use crate::detector::name;
use crate::span::{Span, Text};

/// A program, and the server that it is, where it is one.
#[derive(Clone, Default)]
pub(in crate::client) struct Program {
    server: Option<Arc<str>>,
    target: Option<Arc<str>>,
    kind: Option<TargetKind>,
    known: Option<Known>,
    /// The client whose config it stands in, where it is one's.
    client: Option<&'static str>,
}

impl Program {
    /// The program that an image or the words of a command line are; `name` is what it is called, if it is a server.
    pub(in crate::client) fn of(name: Option<&str>, image: Option<&Text<'_>>, words: Vec<Text<'_>>) -> Self {
        let program = Self::server(name, image, words);
        let named = |target: &Arc<str>| target.split(['/', '-', '_', ':', '.']).any(|word| word == "mcp");
        if program.known.is_some() || program.target.as_ref().is_some_and(named) { program } else { Self::default() }
    }

    /// A program that is a server whatever it runs.
    pub(in crate::client) fn server(name: Option<&str>, image: Option<&Text<'_>>, words: Vec<Text<'_>>) -> Self {
        let run = image.map(|image| ["docker", "run", image.as_str()].map(|word| Node::Text(Text::verbatim(word, 0))));
        let line = run.into_iter().flatten().chain(words.into_iter().map(Node::Text)).collect();
        let entry = Entry { key: Text::verbatim("command", 0), node: Node::List(line) };
        let target::Target { name: target, kind, known } = target::of(None, &Node::Map(vec![entry]));
        Self { server: name.map(Arc::from), target, kind, known, client: None }
    }

    /// The same, in the config of a client.
    pub(in crate::client) fn kept_by(self, client: &'static str) -> Self {
        Self { client: Some(client), ..self }
    }

    /// The same, called at a URL.
    pub(in crate::client) fn called(self, url: &str) -> Self {
        match super::host_of(url) {
            Some(host) => Self { target: Some(Arc::from(host)), kind: Some(TargetKind::Host), ..self },
            None => self,
        }
    }

    /// Whether it is a server.
    pub(in crate::client) const fn is_server(&self) -> bool {
        self.target.is_some() || self.server.is_some()
    }

    /// Tells of the server, where it is one.
    pub(in crate::client) fn tell(&self, reading: &mut Reading<'_>, pointer: &str, span: Span) {
        if self.is_server() {
            reading.servers.push(ServerEntry {
                name: self.server.clone(),
                target: self.target.clone(),
                kind: self.kind,
                pointer: pointer.to_owned(),
                known: self.known.map(|known| known.server.id),
                span,
                client: self.client,
            });
        }
    }

    fn visit<'r, 'a>(&self, reading: &'r mut Reading<'a>) -> Visit<'r, 'a> {
        let visit = Visit::new(reading, self.server.clone(), self.target.clone(), self.known);
        Visit { client: self.client.or(visit.client), ..visit }
    }

    /// The variables of a map, or of a list of pairs.
    pub(in crate::client) fn variables<'a>(&self, reading: &mut Reading<'a>, node: &Node<'a>, at: &str) {
        self.visit(reading).node(node, at, "env", Container::Env, 0);
    }

    /// One variable.
    pub(in crate::client) fn variable<'a>(&self, reading: &mut Reading<'a>, name: &str, text: Text<'a>, at: &str) {
        self.value(reading, SlotKind::Env, name, text, at);
    }

    /// One value with a name, in a slot of this kind.
    pub(in crate::client) fn value<'a>(
        &self,
        reading: &mut Reading<'a>,
        kind: SlotKind,
        name: &str,
        text: Text<'a>,
        at: &str,
    ) {
        let mut visit = self.visit(reading);
        let place = Place { kind, ..visit.place(Container::Env, at, name) };
        visit.value(&place, text, 0);
    }

    /// One value that something beside it says is a secret, whatever its name.
    pub(in crate::client) fn secret<'a>(&self, reading: &mut Reading<'a>, name: &str, text: Text<'a>, at: &str) {
        let mut visit = self.visit(reading);
        let place = Place { kind: SlotKind::Text, role: name::Role::Secret, ..visit.place(Container::Env, at, name) };
        visit.value(&place, text, 0);
    }

    /// The words of its command line; only those of a server are looked at.
    pub(in crate::client) fn arguments<'a>(&self, reading: &mut Reading<'a>, node: &Node<'a>, at: &str) {
        if self.is_server() {
            self.words(reading, node, at);
        }
    }

    /// The words of its command line, whatever it is.
    pub(in crate::client) fn words<'a>(&self, reading: &mut Reading<'a>, node: &Node<'a>, at: &str) {
        self.visit(reading).node(node, at, "args", Container::Args, 0);
    }

    /// A secret in a store that fills a variable.
    pub(in crate::client) fn stored(
        &self,
        reading: &mut Reading<'_>,
        variable: &str,
        name: String,
        at: &str,
        span: Span,
    ) {
        let mut visit = self.visit(reading);
        let place = Place { role: name::Role::Secret, ..visit.place(Container::Env, at, variable) };
        visit.reference(&place, ReferenceKind::Store, name, span);
    }

    /// A file from which its variables are read.
    pub(in crate::client) fn file<'a>(&self, reading: &mut Reading<'a>, text: &Text<'a>, at: &str) {
        let mut visit = self.visit(reading);
        let place = Place { kind: SlotKind::File, ..visit.place(Container::File, at, "env_file") };
        visit.reference(&place, ReferenceKind::File, text.as_str().to_owned(), text.span());
    }
}
