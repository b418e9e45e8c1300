//! Foreign exports: the rows of a document at a pointer, of JSON Lines, or of a spreadsheet, each with its line.

use std::io::Read;

use serde_json::Value;

use super::super::export::{BadFile, BadRow, Raw, Row, Sink, Trouble};
use super::super::{csv, json, jsonl};
use super::Format;
use super::column::Column;

/// The syntax of an export whose mapping may not say, by its beginning.
pub(in crate::inventory) fn format(head: &[u8], named: Option<Format>) -> Format {
    let first = head.iter().find(|byte| !byte.is_ascii_whitespace());
    named.unwrap_or(match first {
        Some(b'[' | b'{') => Format::Json,
        _ => Format::Csv,
    })
}

/// Finds the rows of a spreadsheet, as a stream.
///
/// # Errors
///
/// Where it cannot be read or has no header.
pub(in crate::inventory) fn table(head: &[u8], text: impl Read, sink: &mut Sink<'_, '_>) -> Result<(), Trouble> {
    csv::table(head, text, sink)
}

/// Finds the rows of an export that is in memory.
///
/// # Errors
///
/// Where the document breaks off, or a spreadsheet has no header.
pub(in crate::inventory) fn rows<'b>(
    bytes: &'b [u8],
    named: Option<Format>,
    at: &Column,
    sink: &mut Sink<'_, 'b>,
) -> Result<(), BadFile> {
    match format(bytes, named) {
        Format::Csv => csv::table(bytes, bytes, sink).map_err(|trouble| match trouble {
            Trouble::Syntax(bad) => bad,
            Trouble::Read(_) => csv::unreadable(),
        }),
        // Some tools write one document after the other; JSON Lines written over several lines are just that.
        Format::Json => json::documents(bytes, at.segments(), sink),
        Format::Jsonl if at.segments().is_empty() => {
            jsonl::read(bytes, sink);
            Ok(())
        }
        Format::Jsonl => {
            jsonl::read(bytes, &mut |raw| match raw.row() {
                Ok(Row { line, fields }) => match at.get(&fields) {
                    Some(Value::Array(values)) => values.iter().for_each(|value| sink(object(value, line))),
                    Some(value @ Value::Object(_)) => sink(object(value, line)),
                    _ => {}
                },
                Err(bad) => sink(Raw::Bad(bad)),
            });
            Ok(())
        }
    }
}

/// Reads the rows of a file of events, whichever of the three forms it has.
///
/// # Errors
///
/// As for [`rows`].
pub(in crate::inventory) fn events(bytes: &[u8], sink: &mut dyn FnMut(Result<Row, BadRow>)) -> Result<(), BadFile> {
    rows(bytes, None, &Column::WHOLE, &mut |raw| sink(raw.row()))
}

fn object<'b>(value: &Value, line: u32) -> Raw<'b> {
    match value {
        Value::Object(fields) => Raw::Read(Row { line, fields: fields.clone() }),
        _ => Raw::Bad(BadRow { line, message: "the element is no JSON object".to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, format: Option<Format>, at: &str) -> Vec<(u32, Value)> {
        let mut found = Vec::new();
        rows(text.as_bytes(), format, &Column::parse(at), &mut |row| {
            let row = row.row().unwrap();
            found.push((row.line, row.fields["id"].clone()));
        })
        .unwrap();
        found
    }

    #[test]
    fn rows_are_found_at_their_pointer_with_their_lines() {
        for (text, at, lines) in [
            ("[\n{\"id\": 1},\n{\"id\": 2}\n]", "", [2, 3]),
            ("{\"more\": [{\"id\": 9}],\n\"data\": [\n{\"id\": 1},\n{\"id\": 2}]}", "/data", [3, 4]),
            ("{\"a\": {\"data\": [{\"id\": 1},\n{\"id\": 2}]}}", "/a/data", [1, 2]),
            // Pages, one document after the other and gathered in a list.
            ("[{\"id\": 1}]\n[{\"id\": 2}]\n", "", [1, 2]),
            ("[[{\"id\": 1}],\n[{\"id\": 2}]]", "", [1, 2]),
            ("{\"data\": [{\"id\": 1}]}\n{\"data\": [{\"id\": 2}]}", "/data", [1, 2]),
            ("[{\"data\": [{\"id\": 1}]},\n{\"data\": [{\"id\": 2}]}]", "/data", [1, 2]),
            ("{\"id\": 1}\n{\"id\": 2}\n", "", [1, 2]),
        ] {
            let expected = vec![(lines[0], Value::from(1)), (lines[1], Value::from(2))];
            assert_eq!(read(text, None, at), expected, "{text}");
        }
        assert_eq!(read("{\"id\": 1}\n\n{\"id\": 2}", Some(Format::Jsonl), "").len(), 2);
        assert_eq!(read("x,id\n,1\n\"a\nb\",2\n", None, ""), [(2, Value::from("1")), (3, Value::from("2"))]);
    }

    proptest::proptest! {
        #[test]
        fn no_text_is_too_strange(text in "[\\[\\]{}\",:a-c0-9\\\\\n ]{0,160}", at in "(/[a-c]){0,3}") {
            for format in [None, Some(Format::Csv), Some(Format::Json), Some(Format::Jsonl)] {
                let mut count = 0_usize;
                let _ = rows(text.as_bytes(), format, &Column::parse(&at), &mut |_| count += 1);
                proptest::prop_assert!(count <= text.len());
            }
        }
    }
}
