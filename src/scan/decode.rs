//! Text in disguise: where it begins and ends in what surrounds it, and what it reads as one layer down.

mod base64;
mod joint;
mod keyed;
mod run;
mod strings;

pub(super) use base64::{base64, base64_behind};
pub(super) use joint::joined;
pub(super) use keyed::{keyed, meant};
pub(super) use run::{entities, escapes, is_binary};
pub(super) use strings::Strings;
