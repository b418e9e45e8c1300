//! One JSON document: an array of rows, or an object that holds them in `records` beside the fields of the header.

use serde::de::{Deserialize, IgnoredAny};
use serde_json::{Map, Value};

use super::export::{BadFile, BadRow, LineCounter, Raw, Row, Sink, Table};

const HINT: &str = "the rows up to there are lost too: export the file again, or write one row a line (JSONL)";

/// Finds the rows, each at its own line.
///
/// # Errors
///
/// Where the document breaks: what follows cannot be told apart from what is missing.
pub(super) fn read<'b>(bytes: &'b [u8], sink: &mut Sink<'_, 'b>) -> Result<(), BadFile> {
    let mut cursor = Cursor { bytes, at: 0, lines: LineCounter::new(bytes) };
    match cursor.peek() {
        Some(b'[') => cursor.rows(None, sink)?,
        Some(b'{') => cursor.document(sink)?,
        _ => return Err(cursor.broken("an array or object is expected")),
    }
    match cursor.peek() {
        None => Ok(()),
        Some(_) => Err(cursor.broken("something follows the end of the document")),
    }
}

/// Finds the rows at a pointer of every document of a text: the elements of an array there, or the object there. A list of
/// pages is as good as a page.
///
/// # Errors
///
/// As for [`read`].
pub(super) fn documents<'b>(bytes: &'b [u8], pointer: &[String], sink: &mut Sink<'_, 'b>) -> Result<(), BadFile> {
    let mut cursor = Cursor { bytes, at: 0, lines: LineCounter::new(bytes) };
    while cursor.peek().is_some() {
        cursor.descend(pointer, 0, sink)?;
    }
    Ok(())
}

/// Lists within lists that are followed on the way to the rows.
const DEEPEST_LIST: usize = 2;

/// A place in the document. Only the outermost brackets are walked here, so that each row's line is known; what is in a row
/// is looked at later.
struct Cursor<'b> {
    bytes: &'b [u8],
    at: usize,
    lines: LineCounter<'b>,
}

impl<'b> Cursor<'b> {
    /// The next byte that is not white space.
    fn peek(&mut self) -> Option<u8> {
        let rest = self.bytes.get(self.at..)?;
        self.at += rest.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(rest.len());
        self.bytes.get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn broken(&mut self, message: &str) -> BadFile {
        BadFile { line: self.lines.line(self.at), message: format!("not valid JSON: {message}"), hint: HINT }
    }

    /// One whole value.
    fn value<T: Deserialize<'b>>(&mut self) -> Result<T, BadFile> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let mut stream = serde_json::Deserializer::from_slice(rest).into_iter::<T>();
        match stream.next() {
            Some(Ok(value)) => {
                self.at += stream.byte_offset();
                Ok(value)
            }
            Some(Err(error)) => {
                let line = self.lines.line(self.at).saturating_add(error.line().saturating_sub(1) as u32);
                let message = format!("not valid JSON (near column {})", error.column());
                Err(BadFile { line, message, hint: HINT })
            }
            None => Err(self.broken("the file ends too early")),
        }
    }

    /// Passes over one value.
    fn skip(&mut self) -> Result<(), BadFile> {
        self.value::<IgnoredAny>().map(|_| ())
    }

    /// The name of a field, up to its value.
    fn name(&mut self) -> Result<String, BadFile> {
        self.peek();
        let Value::String(name) = self.value()? else {
            return Err(self.broken("a field name is expected"));
        };
        if !self.take(b':') {
            return Err(self.broken("`:` is expected"));
        }
        Ok(name)
    }

    /// Passes over what stands between two elements, or ends at the bracket that closes them.
    fn goes_on(&mut self, close: u8) -> Result<bool, BadFile> {
        if self.take(close) {
            return Ok(false);
        }
        if self.take(b',') {
            return Ok(true);
        }
        Err(self.broken(&format!("`,` or `{}` is expected", char::from(close))))
    }

    /// One row: an object, whatever is in it.
    fn row(&mut self, table: Option<Table>, sink: &mut Sink<'_, 'b>) -> Result<(), BadFile> {
        let is_object = self.peek() == Some(b'{');
        let (line, start) = (self.lines.line(self.at), self.at);
        self.skip()?;
        sink(match self.bytes.get(start..self.at).filter(|_| is_object) {
            Some(text) => Raw::Object { line, text, table },
            None => Raw::Bad(BadRow { line, message: "the element is no JSON object".to_owned() }),
        });
        Ok(())
    }

    /// Gives the rows at a pointer below here; passes over everything else.
    fn descend(&mut self, pointer: &[String], lists: usize, sink: &mut Sink<'_, 'b>) -> Result<(), BadFile> {
        match (self.peek(), pointer.split_first()) {
            (Some(b'['), _) if lists < DEEPEST_LIST => {
                self.at += 1;
                let mut open = !self.take(b']');
                while open {
                    self.descend(pointer, lists + 1, sink)?;
                    open = self.goes_on(b']')?;
                }
                Ok(())
            }
            (Some(b'{'), Some((first, rest))) => {
                self.at += 1;
                let mut open = !self.take(b'}');
                while open {
                    if self.name()? == *first {
                        self.descend(rest, 0, sink)?;
                    } else {
                        self.skip()?;
                    }
                    open = self.goes_on(b'}')?;
                }
                Ok(())
            }
            (None, _) => Err(self.broken("the file ends too early")),
            (Some(_), None) => self.row(None, sink),
            (Some(_), Some(_)) => self.skip(),
        }
    }

    /// The elements of an array, as rows of a table if one is named.
    fn rows(&mut self, table: Option<Table>, sink: &mut Sink<'_, 'b>) -> Result<(), BadFile> {
        self.at += 1;
        let mut open = !self.take(b']');
        while open {
            self.row(table, sink)?;
            open = self.goes_on(b']')?;
        }
        Ok(())
    }

    /// An object with the rows inside.
    fn document(&mut self, sink: &mut Sink<'_, 'b>) -> Result<(), BadFile> {
        let line = self.lines.line(self.at);
        let mut header = Map::new();
        self.at += 1;
        let mut open = !self.take(b'}');
        while open {
            let name = self.name()?;
            let is_array = self.peek() == Some(b'[');
            match Table::named(&name) {
                Some(Table::Records) if is_array => self.rows(None, sink)?,
                Some(table) if is_array => self.rows(Some(table), sink)?,
                None if name == "header" && self.peek() == Some(b'{') => {
                    if let Value::Object(fields) = self.value()? {
                        header.extend(fields);
                    }
                }
                _ => {
                    let value = self.value()?;
                    header.insert(name, value);
                }
            }
            open = self.goes_on(b'}')?;
        }
        // A lone pretty-printed row is a row; what stands around the rows is their header.
        if header.contains_key("schema") || header.contains_key("id") {
            sink(Raw::Read(Row { line, fields: header }));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_and_tables_of_a_document_become_rows() {
        let text = br#"{"schema":"nhi-inventory/1","complete":true,
            "people":[{"id":"p"}],
            "records":[{"id":"a"}, 7]}"#;
        let mut rows = Vec::new();
        crate::inventory::export::rows(text, &mut |row| rows.push(row)).unwrap();
        assert_eq!(rows[0].as_ref().unwrap().fields["table"], "person");
        assert_eq!(rows[1].as_ref().unwrap().line, 3);
        assert!(rows[2].is_err());
        assert_eq!(rows[3].as_ref().unwrap().fields["complete"], true);
    }

    #[test]
    fn a_document_that_breaks_says_where() {
        for (text, line) in [("[\n{\"id\":1},\n{\"id\"", 3), ("[{}\n{}]", 2), ("{\"records\":[]\n", 2), ("[]\n[]", 2)] {
            assert_eq!(read(text.as_bytes(), &mut |_| {}).unwrap_err().line, line, "{text}");
        }
    }

    #[test]
    fn nesting_without_end_is_refused_and_not_followed() {
        let deep = "[".repeat(100_000);
        assert!(read(deep.as_bytes(), &mut |_| {}).is_err());
    }
}
