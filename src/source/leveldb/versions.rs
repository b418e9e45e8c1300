//! The versions of one value in a log: a page writes its whole state again for each change of it.
//!
//! The newest is shown whole. Of an older one only that is shown which no newer one holds, with what names it, so that a
//! credential is found once however often its page was saved, and one that was replaced is found too.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::Content;

/// How many parts before one are shown with it: the quotes around a name and a value make four.
const BEFORE: usize = 4;

/// Takes a key, its value and the parts of that which are to be shown.
type Visit<'v> = dyn FnMut(&[u8], &Content, &[Range<usize>]) + 'v;

/// Values with their keys, in the order they were written.
#[derive(Default)]
pub(super) struct Versions {
    values: Vec<(Vec<u8>, Content)>,
}

impl Versions {
    pub(super) fn push(&mut self, key: &[u8], value: Content) {
        self.values.push((key.to_owned(), value));
    }

    /// Shows key and value of each version that says something new, and where in it.
    pub(super) fn each(&self, visit: &mut Visit<'_>) {
        let mut known: BTreeMap<&[u8], BTreeSet<Vec<u8>>> = BTreeMap::new();
        for (key, value) in self.values.iter().rev() {
            let newest = !known.contains_key(key.as_slice());
            let novel = novel(&value.bytes, known.entry(key).or_default());
            if newest {
                visit(key, value, std::slice::from_ref(&(0..value.bytes.len())));
            } else if !novel.is_empty() {
                visit(key, value, &novel);
            }
        }
    }
}

/// Where parts between quotes stand that are not known, and what is before them; they are known from then on.
fn novel(bytes: &[u8], known: &mut BTreeSet<Vec<u8>>) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut starts = Vec::new();
    let mut start = 0;
    for quote in memchr::memchr_iter(b'"', bytes).chain([bytes.len()]) {
        starts.push(start);
        // One character that needs it makes a page write all of them with two bytes.
        let part = bytes.get(start..quote).unwrap_or_default().iter().filter(|byte| **byte != 0);
        if known.insert(part.copied().collect()) {
            let from = starts.get(starts.len().saturating_sub(1 + BEFORE)).copied().unwrap_or(0);
            let end = bytes.len().min(quote + 1);
            match found.last_mut().filter(|last| from <= last.end) {
                Some(last) => last.end = end,
                None => found.push(from..end),
            }
        }
        start = quote + 1;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(values: &[&str]) -> Vec<Vec<String>> {
        let mut versions = Versions::default();
        for value in values {
            let mut content = Content::default();
            content.verbatim(value.as_bytes(), 0);
            versions.push(b"k", content);
        }
        let mut shown = Vec::new();
        versions.each(&mut |_, value, ranges| {
            let text = |range: &Range<usize>| String::from_utf8_lossy(&value.bytes[range.clone()]).into_owned();
            shown.push(ranges.iter().map(text).collect());
        });
        shown
    }

    #[test]
    fn only_what_no_newer_version_holds_is_shown_of_an_older_one_with_its_name() {
        let newest = r#"{"a":"1","key":"new","n":3}"#;
        let older = r#"{"a":"1","key":"old","n":3}"#;
        assert_eq!(
            shown(&[older, older, newest]),
            [vec![newest.to_owned()], vec![r#"1","key":"old""#.to_owned()]],
            "what two of them hold is shown once"
        );
        assert_eq!(shown(&[newest, newest]), [vec![newest.to_owned()]]);
        assert_eq!(shown(&["x", "y"]), [vec!["y".to_owned()], vec!["x".to_owned()]]);
    }
}
