//! What stands beside a credential in the same object, so that an id is not taken from a neighbour's: the braces of JSON
//! and code, the sections of TOML and INI, the indentation of YAML.

use std::ops::Range;

/// Longest object of a list that is one name and one value, and no object of its own.
const ITEM: usize = 400;

/// The bytes around a place, those of other objects blanked.
pub struct Scope {
    /// Where the first byte stands in the text.
    pub start: usize,
    /// As many bytes as were looked at; what belongs to another object is a line end.
    pub bytes: Vec<u8>,
}

impl Scope {
    /// What stands within `before` and `after` bytes of `place` in `text`.
    #[must_use]
    pub fn around(text: &[u8], place: Range<usize>, before: usize, after: usize) -> Self {
        let start = place.start.saturating_sub(before);
        let end = text.len().min(place.end.saturating_add(after));
        let mut bytes = text.get(start..end).unwrap_or_default().to_vec();
        let place = place.start - start..(place.end - start).min(bytes.len());
        if !by_braces(&mut bytes, &place) {
            by_sections(&mut bytes, &place);
            by_indentation(&mut bytes, &place);
        }
        Self { start, bytes }
    }
}

/// Blanks what is not in the innermost braces around `place`. `false`: there are none.
fn by_braces(bytes: &mut [u8], place: &Range<usize>) -> bool {
    let Some(mut open) = opening(bytes, place.start) else { return false };
    let mut close = closing(bytes, place.end);
    let object = bytes.get(open..close).unwrap_or_default();
    let has = |name: &[u8]| memchr::memmem::find(object, name).is_some();
    // `{"name": "ID", "value": "…"}, {"name": "SECRET", "value": "…"}`: the list is the object.
    let item = close < bytes.len()
        && object.len() <= ITEM
        && (has(b"value") || has(b"Value"))
        && (has(b"name") || has(b"Name") || has(b"key"));
    if item {
        open = opening(bytes, open).unwrap_or(0);
        close = closing(bytes, close + 1);
    } else {
        nested(bytes, open + 1..place.start);
        nested(bytes, place.end..close);
    }
    blank(bytes, 0..open);
    blank(bytes, close..bytes.len());
    true
}

/// The brace before `at` that is not closed before it.
fn opening(bytes: &[u8], at: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (index, byte) in bytes.get(..at)?.iter().enumerate().rev() {
        match byte {
            b'}' => depth += 1,
            b'{' if depth == 0 => return Some(index),
            b'{' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// The brace behind `at` that closes what is open there, or the end.
fn closing(bytes: &[u8], at: usize) -> usize {
    let mut depth = 0_usize;
    for (index, byte) in bytes.iter().enumerate().skip(at) {
        match byte {
            b'{' => depth += 1,
            b'}' if depth == 0 => return index,
            b'}' => depth -= 1,
            _ => {}
        }
    }
    bytes.len()
}

/// Blanks the objects within a part of an object.
fn nested(bytes: &mut [u8], part: Range<usize>) {
    let mut depth = 0_usize;
    for byte in bytes.get_mut(part).unwrap_or_default() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            _ if depth == 0 => continue,
            _ => {}
        }
        *byte = b'\n';
    }
}

/// Blanks what stands before the header of the section and behind the next one.
fn by_sections(bytes: &mut [u8], place: &Range<usize>) {
    let header = |line: &[u8]| {
        let line = line.trim_ascii_end();
        (line.len() > 2 && line.starts_with(b"[") && line.ends_with(b"]")) || line == b"---"
    };
    let mut bounds = 0..bytes.len();
    for (line, range) in lines(bytes) {
        if !header(line) {
            continue;
        }
        if range.end <= place.start {
            bounds.start = range.end;
        } else if range.start >= place.end {
            bounds.end = range.start;
            break;
        }
    }
    blank(bytes, 0..bounds.start);
    blank(bytes, bounds.end..bytes.len());
}

/// Blanks the lines of other maps of a YAML document.
fn by_indentation(bytes: &mut [u8], place: &Range<usize>) {
    let all: Vec<(Line, Range<usize>)> = lines(bytes).map(|(line, range)| (Line::of(line), range)).collect();
    let Some(own) = all.iter().position(|(_, range)| range.contains(&place.start)) else { return };
    let Some((line, range)) = all.get(own) else { return };
    if !line.is_pair {
        return;
    }
    // An item that is one name and one value belongs to its list as an entry does to its map.
    let names = |range: &Range<usize>, words: &[&[u8]]| {
        let key = bytes.get(range.clone()).unwrap_or_default().trim_ascii_start().trim_start_with_dash();
        words.iter().any(|word| key.starts_with(word))
    };
    let item = names(range, &[b"name:", b"key:", b"value:"])
        .then(|| {
            let above = all.get(..=own)?.iter().rev().filter(|(line, _)| !line.is_empty);
            let mut item = above.take_while(|(above, _)| above.key == line.key);
            let (begin, range) = item.find(|(above, _)| above.first < above.key)?;
            names(range, &[b"name:", b"key:", b"value:"]).then_some(begin.first)
        })
        .flatten();
    let column = item.unwrap_or(line.key);
    let item = item.is_some();
    let mut others = Vec::new();
    let mut outside = !item && line.first < column;
    for (line, range) in all[..own].iter().rev() {
        if line.is_empty {
            continue;
        }
        outside |= if item { line.ends_list(column) } else { line.key < column };
        if outside || (!item && line.key > column) {
            others.push(range.clone());
        }
        // The dash begins the item that the place is in.
        outside |= !item && line.first < column;
    }
    outside = false;
    for (line, range) in &all[own + 1..] {
        if line.is_empty {
            continue;
        }
        outside |= if item { line.ends_list(column) } else { line.first < column };
        if outside || (!item && line.key > column) {
            others.push(range.clone());
        }
    }
    others.into_iter().for_each(|range| blank(bytes, range));
}

trait Dashed {
    fn trim_start_with_dash(&self) -> &Self;
}

impl Dashed for [u8] {
    fn trim_start_with_dash(&self) -> &Self {
        self.strip_prefix(b"- ").map_or(self, <[u8]>::trim_ascii_start)
    }
}

/// How a line is indented.
struct Line {
    is_empty: bool,
    /// Column of its first character.
    first: usize,
    /// Column of its key, behind the dash of a list.
    key: usize,
    /// It is `key: value`.
    is_pair: bool,
}

impl Line {
    /// Whether it stands outside a list whose dashes are in `column`.
    const fn ends_list(&self, column: usize) -> bool {
        self.first < column || (self.first == column && self.key == column)
    }

    fn of(line: &[u8]) -> Self {
        let text = line.trim_ascii_start();
        let first = line.len() - text.len();
        let rest = text.trim_start_with_dash();
        let key = first + text.len() - rest.len();
        let word = rest
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'"' | b'\''))
            .count();
        let is_pair = word > 0
            && rest.get(word) == Some(&b':')
            && rest.get(word + 1).is_none_or(|byte| byte.is_ascii_whitespace());
        Self { is_empty: text.is_empty() || text.starts_with(b"#"), first, key, is_pair }
    }
}

/// The lines of a text, each with where it stands, its line end included.
fn lines(bytes: &[u8]) -> impl Iterator<Item = (&[u8], Range<usize>)> {
    let mut at = 0;
    bytes.split_inclusive(|&byte| byte == b'\n').map(move |line| {
        let range = at..at + line.len();
        at = range.end;
        (line, range)
    })
}

fn blank(bytes: &mut [u8], range: Range<usize>) {
    bytes.get_mut(range).unwrap_or_default().fill(b'\n');
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What is left around `KEY`, without blanks.
    fn left(text: &str) -> String {
        let at = text.find("KEY").unwrap();
        let scope = Scope::around(text.as_bytes(), at..at + 3, 1000, 1000);
        String::from_utf8(scope.bytes).unwrap().split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn braces_bound_an_object() {
        assert_eq!(left("{\"a\": {\"id\": 1}, \"b\": {\"id\": 2, \"KEY\": 3}}"), "{\"id\": 2, \"KEY\": 3");
        assert_eq!(left("{\"KEY\": 1, \"o\": {\"id\": 2}, \"id\": 3}"), "{\"KEY\": 1, \"o\": , \"id\": 3");
        assert_eq!(left("id=${A:-1} KEY=2 b=${C}"), "id=${A:-1} KEY=2 b=${C}");
    }

    #[test]
    fn a_list_of_names_and_values_is_one_object() {
        let list = "{\"env\":[{\"name\":\"ID\",\"value\":\"1\"},{\"name\":\"KEY\",\"value\":\"2\"}],\"x\":1}";
        assert!(left(list).contains("ID"), "{}", left(list));
        let yaml = "a:\n- name: ID\n  value: 1\n- name: KEY\n  value: 2\nb:\n- name: X\n";
        assert_eq!(left(yaml), "- name: ID value: 1 - name: KEY value: 2");
    }

    #[test]
    fn headers_bound_a_section() {
        assert_eq!(left("[a]\nid=1\n[b]\nid=2\nKEY=3\n[c]\nid=4\n"), "id=2 KEY=3");
        assert_eq!(left("id: 1\n---\nKEY: 2\nid: 3\n---\nid: 4"), "KEY: 2 id: 3");
    }

    #[test]
    fn indentation_bounds_a_map() {
        assert_eq!(
            left("a:\n  id: 1\nb:\n  id: 2\n  KEY: 3\n  c:\n    id: 4\n  d: 5\ne:\n  id: 6\n"),
            "id: 2 KEY: 3 c: d: 5"
        );
        assert_eq!(left("- n: a\n  id: 1\n- n: b\n  KEY: 2\n  id: 3\n- n: c\n  id: 4\n"), "- n: b KEY: 2 id: 3");
        assert_eq!(left("- KEY: 2\n  id: 3\n- id: 4\n"), "- KEY: 2 id: 3");
        assert_eq!(left("ID=1\nKEY=2\n"), "ID=1 KEY=2");
    }

    proptest! {
        #[test]
        fn any_text_is_bounded_without_panic(text in "[a{}\\[\\]:\n -]{0,80}", at in 0usize..80, before in 0usize..40, after in 0usize..40) {
            let at = at.min(text.len());
            let scope = Scope::around(text.as_bytes(), at..at, before, after);
            prop_assert!(scope.start + scope.bytes.len() <= text.len());
        }
    }
}
