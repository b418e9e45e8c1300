//! JSON Lines: one object a line; a line that is none is reported and passed over.

use super::cell::{Cell, Fields};
use super::export::{BadRow, Raw, Sink};

/// Finds the rows; blank lines are no rows.
pub(super) fn read<'b>(bytes: &'b [u8], sink: &mut Sink<'_, 'b>) {
    let mut start = 0;
    for (index, end) in memchr::memchr_iter(b'\n', bytes).chain([bytes.len()]).enumerate() {
        let text = bytes.get(start..end).unwrap_or_default().trim_ascii();
        start = end + 1;
        if !text.is_empty() {
            sink(Raw::Object { line: u32::try_from(index + 1).unwrap_or(u32::MAX), text, table: None });
        }
    }
}

/// The fields of an object.
pub(super) fn fields(line: u32, text: &[u8]) -> Result<Fields<'_>, BadRow> {
    let invalid = |column: usize| {
        let message = format!("the line is not valid JSON (near column {column})");
        BadRow { line, message }
    };
    let text = std::str::from_utf8(text).map_err(|error| invalid(error.valid_up_to() + 1))?;
    match Cell::row(text) {
        Ok(Cell::Object(fields)) => Ok(fields),
        Ok(_) => Err(BadRow { line, message: "the line holds no JSON object".to_owned() }),
        Err(error) => Err(invalid(error.column())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_line_is_told_by_number_and_the_next_one_is_read() {
        let mut rows = Vec::new();
        read(b"{\"id\":1}\r\n\xff\xfe\n[]\n{\"id\":2}", &mut |raw| rows.push(raw.row()));
        assert_eq!(rows.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, false, true]);
        assert_eq!(rows[1].as_ref().unwrap_err().line, 2);
        assert_eq!(rows[3].as_ref().unwrap().line, 4);
    }
}
