//! CSV: rows of cells under a line of names, read as a stream, so that a large export is never held as text.

use std::borrow::Cow;
use std::io::{self, Read};
use std::sync::Arc;

use csv::{ByteRecord, ErrorKind, ReaderBuilder};

use super::cell::{Cell, Fields};
use super::export::{BadFile, Raw, Sink, Trouble};

/// Bytes that are read at once.
const BLOCK: usize = 1 << 18;

/// Reads the rows under a header line. The delimiter is `,`, `;` or tab; cells may be quoted and span lines. `head` is the
/// beginning of what is read.
///
/// # Errors
///
/// Where there is no column `id`: then this is no inventory, whatever it is.
pub(super) fn read(head: &[u8], text: impl Read, sink: &mut Sink<'_, '_>) -> Result<(), Trouble> {
    let delimiter = delimiter(head).ok_or_else(|| BadFile {
        line: 1,
        message: "neither JSON nor CSV with a column `id`".to_owned(),
        hint: "an inventory is JSONL, JSON, or CSV whose first line names the columns, `id` and `state` among them",
    })?;
    walk(text, delimiter, column, sink)
}

/// Reads the rows of a foreign spreadsheet: its columns under the names that they have there, empty cells left out.
///
/// # Errors
///
/// Where there is no header line of two columns.
pub(super) fn table(head: &[u8], text: impl Read, sink: &mut Sink<'_, '_>) -> Result<(), Trouble> {
    let width = |delimiter: &u8| first(head, *delimiter).map_or(0, |cells| cells.len());
    let widest = [b',', b';', b'\t'].into_iter().rev().max_by_key(width).filter(|delimiter| width(delimiter) > 1);
    let delimiter = widest.ok_or_else(|| BadFile {
        line: 1,
        message: "the first line names no columns".to_owned(),
        hint: "the mapping reads a CSV file whose first line names the columns",
    })?;
    walk(text, delimiter, |cell| String::from_utf8_lossy(cell).trim().to_owned(), sink)
}

/// What is said of a file that cannot be read to its end although it is in memory.
pub(super) fn unreadable() -> BadFile {
    BadFile {
        line: 1,
        message: "the file cannot be read as CSV".to_owned(),
        hint: "an inventory in CSV begins with a line that names the columns",
    }
}

/// Walks the rows under a header whose cells are turned into names.
fn walk(
    text: impl Read,
    delimiter: u8,
    name: impl Fn(&[u8]) -> String,
    sink: &mut Sink<'_, '_>,
) -> Result<(), Trouble> {
    let trouble = |error: csv::Error| match error.into_kind() {
        ErrorKind::Io(cause) => Trouble::Read(cause),
        _ => Trouble::Syntax(unreadable()),
    };
    let text = Followed { text, held: Vec::new(), done: 0, from: 0, line: 1 };
    let mut builder = ReaderBuilder::new();
    let mut reader =
        builder.delimiter(delimiter).flexible(true).has_headers(false).buffer_capacity(BLOCK).from_reader(text);
    let mut cells = ByteRecord::new();
    if !reader.read_byte_record(&mut cells).map_err(trouble)? {
        return Ok(());
    }
    let columns: Arc<[String]> = cells.iter().map(name).collect();
    loop {
        let start = reader.position().byte();
        if !reader.read_byte_record(&mut cells).map_err(trouble)? {
            return Ok(());
        }
        let line = reader.get_mut().line(start);
        let next = ByteRecord::with_capacity(cells.as_slice().len(), columns.len());
        let cells = std::mem::replace(&mut cells, next);
        sink(Raw::Cells { line, columns: Arc::clone(&columns), cells });
    }
}

/// A text that remembers what was read of it, until it is told how far the rows have come: only so can their lines be
/// counted where blank ones stand between them.
struct Followed<R> {
    text: R,
    held: Vec<u8>,
    /// How much of it is behind the rows.
    done: usize,
    /// Where in the text `held` begins.
    from: u64,
    /// Line up to which it is done.
    line: u32,
}

impl<R> Followed<R> {
    /// The line of the first row that begins at an offset or behind blank lines there, no offset being before the last.
    fn line(&mut self, offset: u64) -> u32 {
        let start = usize::try_from(offset.saturating_sub(self.from)).unwrap_or(usize::MAX);
        let rest = self.held.get(start..).unwrap_or_default();
        let blank = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let passed = self.held.get(self.done..start.saturating_add(blank)).unwrap_or_default();
        let lines = memchr::memchr_iter(b'\n', passed).count();
        self.line = self.line.saturating_add(u32::try_from(lines).unwrap_or(u32::MAX));
        self.done += passed.len();
        self.line
    }
}

impl<R: Read> Read for Followed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.text.read(buffer)?;
        self.held.drain(..self.done);
        self.from += self.done as u64;
        self.done = 0;
        self.held.extend_from_slice(buffer.get(..count).unwrap_or_default());
        Ok(count)
    }
}

/// The cells of the first line.
fn first(head: &[u8], delimiter: u8) -> Option<ByteRecord> {
    let mut cells = ByteRecord::new();
    let mut reader = ReaderBuilder::new().delimiter(delimiter).flexible(true).has_headers(false).from_reader(head);
    reader.read_byte_record(&mut cells).is_ok_and(|read| read).then_some(cells)
}

/// The delimiter under which the first line has a column `id`.
fn delimiter(head: &[u8]) -> Option<u8> {
    let has_id =
        |delimiter: &u8| first(head, *delimiter).is_some_and(|cells| cells.iter().any(|cell| column(cell) == "id"));
    [b',', b';', b'\t'].into_iter().find(has_id)
}

/// A column name in canonical spelling.
fn column(cell: &[u8]) -> String {
    String::from_utf8_lossy(cell).trim().to_lowercase().replace([' ', '-'], "_")
}

/// One row of cells by column; empty cells are absent fields.
pub(super) fn fields<'t>(columns: &'t [String], cells: &'t ByteRecord) -> Result<Fields<'t>, String> {
    if cells.len() != columns.len() {
        return Err(format!("the row has {} cells, the header has {}", cells.len(), columns.len()));
    }
    let mut fields = Vec::with_capacity(columns.len());
    for (name, cell) in columns.iter().zip(cells) {
        let text = std::str::from_utf8(cell).map_err(|_| format!("column `{name}` is not UTF-8"))?;
        let text = plain(text);
        if !text.is_empty() && !name.is_empty() {
            fields.push((Cow::Borrowed(name.as_str()), Cell::text(text)));
        }
    }
    Ok(fields.into_iter().collect())
}

/// A cell without the apostrophe that stops spreadsheets from taking it for a formula.
fn plain(text: &str) -> &str {
    let text = text.trim();
    match text.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@']) => rest,
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::inventory::export::Row;
    use crate::inventory::export::tests::read as rows;

    #[test]
    fn quoted_line_ends_move_the_lines_of_the_rows_below() {
        let found = rows("id,state,purpose\na,active,\"one\ntwo, three\"\n\nb,active,x\n");
        let rows: Vec<Row> = found.into_iter().map(Result::unwrap).collect();
        assert_eq!((rows[0].line, rows[1].line), (2, 5));
        assert_eq!(rows[0].fields["purpose"], "one\ntwo, three");
    }

    #[test]
    fn a_row_of_another_width_is_refused_by_its_line() {
        let found = rows("id,state\na,active\nb\nc,active,x\n");
        assert_eq!(found[1].as_ref().unwrap_err().line, 3);
        assert_eq!(found[2].as_ref().unwrap_err().line, 4);
    }

    #[test]
    fn flat_columns_become_canonical_fields() {
        let found = rows(
            "ID;State;Owner;Owner kind;workload;server;scopes;match;max_age_days;Expires At\n'=a;active;x;team;w1|w2;gh;a|b;key_id:k|sha256:d;90;\n",
        );
        let fields = &found[0].as_ref().unwrap().fields;
        assert_eq!(fields["id"], "=a");
        assert_eq!(fields["owner"]["kind"], "team");
        assert_eq!(fields["workload"][1]["id"], "w2");
        assert_eq!(fields["scopes"], json!(["a", "b"]));
        assert_eq!(fields["match"], json!(["key_id:k", "sha256:d"]));
        assert_eq!(fields["rotation"]["max_age_days"], "90");
        assert!(!fields.contains_key("expires_at"));
    }

    #[test]
    fn tabs_delimit_too_and_a_text_without_an_id_is_no_inventory() {
        assert_eq!(rows("id\tstate\na\tactive\n").len(), 1);
        let letter = b"dear reader,\nthis is a letter\n";
        let Err(Trouble::Syntax(bad)) = read(letter, &letter[..], &mut |_| {}) else { panic!("no inventory") };
        assert!(bad.message.contains("column `id`"));
    }
}
