//! What is said of the variables whose values an env dump shows only the beginning of.

use super::layer::Cut;
use crate::client::reference::is_variable_name;
use crate::coverage::{Notice, NoticeKind};
use crate::detector::name::{self, Role};

/// Most variables of one dump that are named.
const NAMED: usize = 100;

/// A notice for each variable that may hold a credential, and one for all others.
pub(super) fn notices(path: &str, cut: &[Cut], line: impl Fn(usize) -> u32) -> Vec<Notice> {
    let notice = |line, message| Notice {
        kind: NoticeKind::EnvTruncated,
        path: Some(path.to_owned()),
        line: Some(line),
        message,
        hint: Some("dump it without a table, such as with `Get-ChildItem Env: | Format-List`".to_owned()),
    };
    let may_matter = |cut: &&Cut| is_variable_name(&cut.name) && name::role(&cut.name) == Role::Secret;
    let (named, others): (Vec<&Cut>, Vec<&Cut>) = cut.iter().partition(may_matter);
    let mut notices: Vec<Notice> = named
        .iter()
        .take(NAMED)
        .map(|cut| notice(line(cut.at), format!("the value of `{}` is cut off, so it was not judged", cut.name)))
        .collect();
    let count = others.len() + named.len().saturating_sub(NAMED);
    if let Some(first) = others.first() {
        let values = if count == 1 { "another value is" } else { "other values are" };
        let count = if count == 1 { String::new() } else { format!("{count} ") };
        notices.push(notice(line(first.at), format!("{count}{values} cut off, so nothing is known of them")));
    }
    notices
}
