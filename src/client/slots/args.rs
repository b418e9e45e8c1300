//! The words of a command line: flags and their values, assignments, headers, URLs.

use std::sync::Arc;

use super::container::Container;
use super::{Place, Visit, words};
use crate::client::ReferenceKind;
use crate::client::reference::{holds_token, is_variable_name};
use crate::client::slot::SlotKind;
use crate::detector::name::Role;
use crate::span::Text;

/// A shell in a shell in a shell is as deep as anybody goes.
const MAX_SHELLS: usize = 3;

impl<'a> Visit<'_, 'a> {
    /// Looks at each word, and at the words that belong together.
    pub(super) fn args(&mut self, list: &[(Text<'a>, Arc<str>)], shells: usize) {
        let mut at = 0;
        // How many plain words have stood behind the one that is the server.
        let mut behind: Option<usize> = None;
        while let Some((word, pointer)) = list.get(at) {
            at += 1;
            let next = list.get(at);
            let text = word.as_str();
            if !text.starts_with('-') || text.len() < 2 {
                let shell = at >= 2 && list.get(at - 2).is_some_and(|(before, _)| runs_a_line(before.as_str()));
                let ordinal = behind.map(|count| count + 1);
                self.positional(word, pointer, ordinal, shell, shells);
                behind = ordinal.or_else(|| self.known.filter(|known| known.is_called(text)).map(|_| 0));
                continue;
            }
            let (flag, inline) = split(word);
            let flag = flag.as_str();
            let taken = match meaning(flag) {
                Meaning::Env => self.env_flag(inline.as_ref(), next, pointer),
                Meaning::Header => self.header_flag(inline.as_ref(), next, pointer),
                Meaning::File => self.file_flag(inline.as_ref(), next, pointer),
                Meaning::Other => self.flag(flag, inline.as_ref(), next, pointer, word),
            };
            at += usize::from(taken);
        }
    }

    /// `-e K=V`, `--env=K=V`, `-eK=V`; `-e K` passes a variable on and holds nothing.
    fn env_flag(&mut self, inline: Option<&Text<'a>>, next: Option<&(Text<'a>, Arc<str>)>, pointer: &Arc<str>) -> bool {
        let (value, pointer) = match (inline, next) {
            (Some(value), _) => (value, pointer),
            (None, Some((value, pointer))) if !value.as_str().starts_with('-') => (value, pointer),
            _ => return false,
        };
        if self.assignment(value, pointer) {
            return inline.is_none();
        }
        let place = self.argument(pointer, None);
        if is_variable_name(value.as_str()) {
            self.reference(&place, ReferenceKind::Variable, value.as_str().to_owned(), value.span());
        } else {
            self.value(&place, value.clone(), 0);
        }
        inline.is_none()
    }

    /// `--header "A: Bearer …"`, `--header A:Bearer…`, `-H …`.
    fn header_flag(
        &mut self,
        inline: Option<&Text<'a>>,
        next: Option<&(Text<'a>, Arc<str>)>,
        pointer: &Arc<str>,
    ) -> bool {
        let (line, pointer) = match (inline, next) {
            (Some(line), _) => (line, pointer),
            (None, Some((line, pointer))) => (line, pointer),
            _ => return false,
        };
        let text = line.as_str();
        let json = text.trim_start().starts_with('{');
        let split = text
            .find([':', '='])
            .filter(|at| !json && *at > 0 && text.as_bytes()[..*at].iter().all(|byte| byte.is_ascii_graphic()));
        if let Some((name, value)) =
            split.and_then(|at| Some((text.get(..at)?.trim(), line.slice(at + 1..text.len())?)))
        {
            let (role, issuer) = self.role(Container::Header, name);
            let variable = Some(name.to_owned());
            let place = Place {
                kind: SlotKind::Arg,
                pointer: Arc::clone(pointer),
                variable,
                role,
                issuer,
                header: true,
                hosted: false,
            };
            self.value(&place, value, 0);
        } else {
            let mut place = self.argument(pointer, Some("headers"));
            place.header = true;
            place.role = Role::Neutral;
            self.value(&place, line.clone(), 0);
        }
        inline.is_none()
    }

    fn file_flag(
        &mut self,
        inline: Option<&Text<'a>>,
        next: Option<&(Text<'a>, Arc<str>)>,
        pointer: &Arc<str>,
    ) -> bool {
        let (path, pointer) = match (inline, next) {
            (Some(path), _) => (path, pointer),
            (None, Some((path, pointer))) => (path, pointer),
            _ => return false,
        };
        let place = Place { kind: SlotKind::File, ..self.argument(pointer, None) };
        self.reference(&place, ReferenceKind::File, path.as_str().to_owned(), path.span());
        inline.is_none()
    }

    /// Any other flag, with its value behind `=` or in the next word.
    fn flag(
        &mut self,
        flag: &str,
        inline: Option<&Text<'a>>,
        next: Option<&(Text<'a>, Arc<str>)>,
        pointer: &Arc<str>,
        word: &Text<'a>,
    ) -> bool {
        let place = self.argument(pointer, Some(flag));
        if let Some(value) = inline {
            self.value(&Place { hosted: true, ..place }, value.clone(), 0);
            return false;
        }
        if let Some((value, pointer)) = next
            && !is_flag(value.as_str())
            && (place.role != Role::Neutral || value.as_str().trim_start().starts_with('{'))
            && flag != "-c"
        {
            let place = Place { pointer: Arc::clone(pointer), ..place };
            match value.as_str().strip_prefix('@') {
                // `--static-oauth-client-info @file`.
                Some(path) if path.contains(['.', '/', '\\']) && !path.contains(char::is_whitespace) => {
                    let place = Place { kind: SlotKind::File, ..place };
                    self.reference(&place, ReferenceKind::File, path.to_owned(), value.span());
                }
                _ => self.value(&place, value.clone(), 0),
            }
            return true;
        }
        // The flag itself is a string like any other: `-pPASSWORD` has been seen.
        let place = Place { variable: None, role: Role::Neutral, issuer: None, hosted: false, ..place };
        self.value(&place, word.clone(), 0);
        false
    }

    /// A word that is no flag; `ordinal` counts it from the word that is the server.
    fn positional(&mut self, word: &Text<'a>, pointer: &Arc<str>, ordinal: Option<usize>, shell: bool, shells: usize) {
        if shell && shells < MAX_SHELLS && word.as_str().contains(char::is_whitespace) {
            let list: Vec<_> = words::of(word).into_iter().map(|word| (word, Arc::clone(pointer))).collect();
            return self.args(&list, shells + 1);
        }
        if !self.assignment(word, pointer) {
            let known = ordinal.map(|ordinal| self.argument(pointer, Some(&format!("#{ordinal}"))));
            let place = match known.filter(|place| place.role == Role::Secret) {
                Some(place) => Place { variable: None, ..place },
                None => self.argument(pointer, None),
            };
            self.value(&place, word.clone(), 0);
        }
    }

    /// `K=V`: looked at as the variable it sets.
    fn assignment(&mut self, word: &Text<'a>, pointer: &Arc<str>) -> bool {
        let text = word.as_str();
        let Some((name, value)) = text.split_once('=') else { return false };
        let is_name = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
            && !holds_token(name);
        let Some(value) = word.slice(text.len() - value.len()..text.len()).filter(|_| is_name) else { return false };
        // A shell line may end the word: `export K=V; npx …`.
        let value = match value.as_str().strip_suffix(';') {
            Some(kept) => value.slice(0..kept.len()).unwrap_or(value),
            None => value,
        };
        let place = Place { hosted: false, ..self.argument(pointer, Some(name)) };
        self.value(&place, value, 0);
        true
    }
}

enum Meaning {
    Env,
    Header,
    File,
    Other,
}

fn meaning(flag: &str) -> Meaning {
    match flag {
        "-e" | "--env" | "--env-var" | "--environment" => Meaning::Env,
        "-H" | "--header" | "--headers" | "--http-header" | "--request-header" => Meaning::Header,
        "--env-file" | "--header-file" | "--envfile" => Meaning::File,
        _ => Meaning::Other,
    }
}

/// The flag and the value that is written into the same word.
fn split<'a>(word: &Text<'a>) -> (String, Option<Text<'a>>) {
    let text = word.as_str();
    // `-eK=V`, as docker reads it.
    if let Some(rest) = text.strip_prefix("-e")
        && rest.starts_with(|first: char| first.is_ascii_uppercase())
        && rest.contains('=')
    {
        return ("-e".to_owned(), word.slice(2..text.len()));
    }
    match text.find('=').filter(|at| !holds_token(&text[..*at])) {
        Some(at) => (text.get(..at).unwrap_or(text).to_owned(), word.slice(at + 1..text.len())),
        None => (text.to_owned(), None),
    }
}

/// Whether a word is a flag and not a value that begins with a dash.
fn is_flag(word: &str) -> bool {
    word.starts_with("--") || (word.starts_with('-') && word.len() <= 3)
}

/// Flags behind which a shell reads a whole command line.
fn runs_a_line(flag: &str) -> bool {
    matches!(flag, "-c" | "-lc" | "-ic" | "-lic" | "/c" | "/C" | "/k" | "-Command" | "-command")
}
