//! Reads dumps of an environment, whichever program wrote them, and tells one by its content.

mod document;
mod fish;
mod lines;
mod nul;
mod power_shell;
mod shell;
mod told;

#[cfg(test)]
mod tests;

use std::borrow::Cow;

pub use told::{Form, HEAD, form, recognise};

use super::dotenv::Assignment;
use super::{json, yaml};

/// What a dump holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dump<'a> {
    /// The variables, in order.
    pub assignments: Vec<Assignment<'a>>,
    /// The variables whose values were cut off by the program that wrote them: they are not known.
    pub truncated: Vec<Truncated<'a>>,
}

/// A variable whose value was cut off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Truncated<'a> {
    /// Its name.
    pub name: Cow<'a, str>,
    /// Where its line begins.
    pub at: usize,
}

/// Reads all variables of a text that is a dump, in the form that its content tells.
#[must_use]
pub fn read(text: &str) -> Dump<'_> {
    read_as(text, form(text))
}

/// Reads all variables of a dump in this form.
#[must_use]
pub fn read_as(text: &str, form: Form) -> Dump<'_> {
    let from = text.len() - text.strip_prefix('\u{feff}').unwrap_or(text).len();
    match form {
        Form::Nul => nul::read(text, from),
        Form::Fish => fish::read(text, from),
        Form::Table => power_shell::table(text, from),
        Form::List => power_shell::list(text, from),
        Form::Shell | Form::Set | Form::Lines => shell::read(text, from, form),
        Form::Json | Form::Yaml => {
            let tree =
                if form == Form::Json { json::read(text).ok().flatten() } else { yaml::read(text).ok().flatten() };
            let assignments = tree.map(|tree| document::of(&tree)).unwrap_or_default();
            if assignments.is_empty() {
                return shell::read(text, from, Form::Lines);
            }
            Dump { assignments, truncated: Vec::new() }
        }
    }
}
