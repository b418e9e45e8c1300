//! JSON Lines: one object a line; a line that is none is reported and passed over.

use serde_json::Value;

use super::export::{BadRow, Row, Sink};

/// Reads the rows; blank lines are no rows.
pub(super) fn read(bytes: &[u8], sink: &mut Sink<'_>) {
    lines(bytes, &mut |line, text| sink(row(line, text)));
}

/// Hands over each line that is not blank, with its number.
pub(super) fn lines<'b>(bytes: &'b [u8], take: &mut dyn FnMut(u32, &'b [u8])) {
    let mut start = 0;
    for (index, end) in memchr::memchr_iter(b'\n', bytes).chain([bytes.len()]).enumerate() {
        let text = bytes.get(start..end).unwrap_or_default().trim_ascii();
        start = end + 1;
        if !text.is_empty() {
            take(u32::try_from(index + 1).unwrap_or(u32::MAX), text);
        }
    }
}

/// The row of a line.
pub(super) fn row(line: u32, text: &[u8]) -> Result<Row, BadRow> {
    match serde_json::from_slice::<Value>(text) {
        Ok(Value::Object(fields)) => Ok(Row { line, fields }),
        Ok(_) => Err(BadRow { line, message: "the line holds no JSON object".to_owned() }),
        Err(error) => {
            Err(BadRow { line, message: format!("the line is not valid JSON (near column {})", error.column()) })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_line_is_told_by_number_and_the_next_one_is_read() {
        let mut rows = Vec::new();
        read(b"{\"id\":1}\r\n\xff\xfe\n[]\n{\"id\":2}", &mut |row| rows.push(row));
        assert_eq!(rows.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, false, true]);
        assert_eq!(rows[1].as_ref().unwrap_err().line, 2);
        assert_eq!(rows[3].as_ref().unwrap().line, 4);
    }
}
