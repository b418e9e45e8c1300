//! Which of several names of one object tells most about how values are written in it.

use crate::client;
use crate::scan::context::{Context, Kind};
use crate::source::git::paths::Telling;
use crate::source::known::is_known;

/// How telling a name is. Names of clients' configs come first, then by how openly values stand in such a file; what only
/// rehearses comes last.
pub(super) fn telling(name: &[u8], is_tree: bool) -> Telling {
    let name = String::from_utf8_lossy(name);
    let context = Context::of(&name);
    let late = if context.rehearsal { 8 } else { 0 };
    if is_tree {
        return Telling { rank: late + if name.starts_with('.') { 1 } else { 2 }, ask_above: false };
    }
    let ask_above = client::is_last_part(&name) || name.ends_with(".jsonl");
    let rank = match context.kind {
        _ if ask_above || is_known(&name) => 1,
        Kind::Settings => 2,
        Kind::Plain => 3,
        Kind::Code => 4,
        Kind::Prose => 5,
        Kind::Derived => 6,
    };
    Telling { rank: rank + late, ask_above }
}

/// Whether one path of a blob tells more than another.
pub(super) fn tells(path: &str) -> bool {
    is_known(path) || crate::scan::context::is_transcript(path)
}
