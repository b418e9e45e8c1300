//! CSV: flat columns turned into the canonical fields of a row.

use csv::{ByteRecord, ReaderBuilder};
use serde_json::{Map, Value};

use super::export::{BadFile, BadRow, LineCounter, Row, Sink};
use super::flat;

/// Reads the rows under a header line. The delimiter is `,`, `;` or tab; cells may be quoted and span lines.
///
/// # Errors
///
/// Where there is no column `id`: then this is no inventory, whatever it is.
pub(super) fn read(bytes: &[u8], sink: &mut Sink<'_>) -> Result<(), BadFile> {
    let bad = |message: &str| BadFile {
        line: 1,
        message: message.to_owned(),
        hint: "an inventory is JSONL, JSON, or CSV whose first line names the columns, `id` and `state` among them",
    };
    let delimiter = delimiter(bytes).ok_or_else(|| bad("neither JSON nor CSV with a column `id`"))?;
    walk(bytes, delimiter, column, &mut |row| {
        sink(row.map(|Row { line, fields }| Row { line, fields: flat::canonical(fields) }));
    })
}

/// Reads the rows of a foreign spreadsheet: its columns under the names that they have there, empty cells left out.
///
/// # Errors
///
/// Where there is no header line of two columns.
pub(super) fn table(bytes: &[u8], sink: &mut Sink<'_>) -> Result<(), BadFile> {
    let width = |delimiter: &u8| {
        let mut first = ByteRecord::new();
        let mut reader =
            ReaderBuilder::new().delimiter(*delimiter).flexible(true).has_headers(false).from_reader(bytes);
        reader.read_byte_record(&mut first).map_or(0, |_| first.len())
    };
    let widest = [b',', b';', b'\t'].into_iter().rev().max_by_key(width).filter(|delimiter| width(delimiter) > 1);
    let delimiter = widest.ok_or_else(|| BadFile {
        line: 1,
        message: "the first line names no columns".to_owned(),
        hint: "the mapping reads a CSV file whose first line names the columns",
    })?;
    walk(bytes, delimiter, |cell| String::from_utf8_lossy(cell).trim().to_owned(), sink)
}

/// Walks the rows under a header whose cells are turned into names.
fn walk(bytes: &[u8], delimiter: u8, name: impl Fn(&[u8]) -> String, sink: &mut Sink<'_>) -> Result<(), BadFile> {
    let bad = |message: &str| BadFile {
        line: 1,
        message: message.to_owned(),
        hint: "an inventory in CSV begins with a line that names the columns",
    };
    let mut reader = ReaderBuilder::new().delimiter(delimiter).flexible(true).has_headers(false).from_reader(bytes);
    let mut lines = LineCounter::new(bytes);
    let mut cells = ByteRecord::new();
    if !reader.read_byte_record(&mut cells).map_err(|_| bad("the header line cannot be read"))? {
        return Ok(());
    }
    let columns: Vec<String> = cells.iter().map(name).collect();
    loop {
        // Blank lines before a record are no part of it.
        let start = reader.position().byte() as usize;
        let blank = bytes.get(start..).unwrap_or_default().iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
        match reader.read_byte_record(&mut cells) {
            Ok(false) => return Ok(()),
            Ok(true) => {
                let line = lines.line(start + blank);
                sink(
                    row(&columns, &cells)
                        .map(|fields| Row { line, fields })
                        .map_err(|message| BadRow { line, message }),
                );
            }
            // A slice is always readable and rows may differ in length: there is nothing left that could go wrong.
            Err(_) => return Err(bad("the file cannot be read as CSV")),
        }
    }
}

/// The delimiter under which the first line has a column `id`.
fn delimiter(bytes: &[u8]) -> Option<u8> {
    [b',', b';', b'\t'].into_iter().find(|&delimiter| {
        let mut first = ByteRecord::new();
        let mut reader = ReaderBuilder::new().delimiter(delimiter).flexible(true).has_headers(false).from_reader(bytes);
        reader.read_byte_record(&mut first).is_ok_and(|read| read) && first.iter().any(|cell| column(cell) == "id")
    })
}

/// A column name in canonical spelling.
fn column(cell: &[u8]) -> String {
    String::from_utf8_lossy(cell).trim().to_lowercase().replace([' ', '-'], "_")
}

/// One row of cells by column; empty cells are absent fields.
fn row(columns: &[String], cells: &ByteRecord) -> Result<Map<String, Value>, String> {
    if cells.len() != columns.len() {
        return Err(format!("the row has {} cells, the header has {}", cells.len(), columns.len()));
    }
    let mut flat = Map::new();
    for (name, cell) in columns.iter().zip(cells) {
        let text = std::str::from_utf8(cell).map_err(|_| format!("column `{name}` is not UTF-8"))?;
        let text = plain(text);
        if !text.is_empty() && !name.is_empty() {
            flat.insert(name.clone(), Value::from(text));
        }
    }
    Ok(flat)
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
        let bad = read(b"dear reader,\nthis is a letter\n", &mut |_| {}).unwrap_err();
        assert!(bad.message.contains("column `id`"));
    }
}
