//! Dates as exports write them, brought to one instant.

use super::cell::Cell;
use super::record::Expiry;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time, time};
use jiff::tz::TimeZone;

/// A value that is no date. It is not kept: nobody knows what stood in the cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NotADate;

/// Which instant of a day a plain date means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    /// Created, rotated, used: its first second.
    Start,
    /// Expires: its last second.
    End,
}

/// What a cell says.
enum Said {
    Silent,
    Declared,
    At(Timestamp),
}

/// Reads a date at which something happened; whatever means "none" is `None`.
///
/// # Errors
///
/// Where the value is neither a date nor one of the words for none.
pub(super) fn past(value: Option<&Cell<'_>>) -> Result<Option<Timestamp>, NotADate> {
    match read(value, Side::Start)? {
        Said::At(at) => Ok(Some(at)),
        Said::Silent | Said::Declared => Ok(None),
    }
}

/// Reads an expiry. `null`, `never` and the zero date declare that there is none; an absent or empty cell, `N/A` and
/// `no_information` do not say.
///
/// # Errors
///
/// Where the value is neither a date nor one of the words for none.
pub(super) fn expiry(value: Option<&Cell<'_>>) -> Result<Expiry, NotADate> {
    Ok(match read(value, Side::End)? {
        Said::At(at) => Expiry::At(at),
        Said::Declared => Expiry::Never,
        Said::Silent => Expiry::Unknown,
    })
}

fn read(value: Option<&Cell<'_>>, side: Side) -> Result<Said, NotADate> {
    match value {
        None => Ok(Said::Silent),
        Some(Cell::Null) => Ok(Said::Declared),
        Some(Cell::Number(number)) => {
            let seconds = number.as_i64().or_else(|| number.as_f64().map(|float| float as i64)).ok_or(NotADate)?;
            unix(seconds)
        }
        Some(Cell::Text(text)) => of_text(text.trim(), side),
        Some(_) => Err(NotADate),
    }
}

fn of_text(text: &str, side: Side) -> Result<Said, NotADate> {
    // Nearly every cell begins with a year; only the others can be words.
    let word = if text.starts_with(|c: char| c.is_ascii_digit()) { None } else { Some(text.to_ascii_lowercase()) };
    match word.as_deref().unwrap_or("0") {
        "" | "-" | "n/a" | "na" | "no_information" | "unknown" => return Ok(Said::Silent),
        "never" | "null" | "none" | "nil" => return Ok(Said::Declared),
        _ => {}
    }
    // Google writes the last year that its dates know for a key without an expiry.
    if text.starts_with("0001-01-01") || text.starts_with("9999-12-31") {
        return Ok(Said::Declared);
    }
    if text.len() >= 9 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return unix(text.parse().map_err(|_| NotADate)?);
    }
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(Said::At(at));
    }
    // A time without an offset is UTC; what has no time at all is a day.
    let civil = if text.bytes().any(|byte| byte == b':') {
        text.parse::<DateTime>().map_err(|_| NotADate)?
    } else {
        let day = text.parse::<Date>().map_err(|_| NotADate)?;
        let clock = if side == Side::End { time(23, 59, 59, 0) } else { Time::midnight() };
        day.to_datetime(clock)
    };
    civil.to_zoned(TimeZone::UTC).map(|zoned| Said::At(zoned.timestamp())).map_err(|_| NotADate)
}

/// Unix seconds; what would lie beyond the year 5000 is milliseconds. Zero is how programs write "no date".
fn unix(number: i64) -> Result<Said, NotADate> {
    let seconds = if number.unsigned_abs() > 100_000_000_000 { number / 1000 } else { number };
    if seconds == 0 {
        return Ok(Said::Declared);
    }
    Timestamp::from_second(seconds).map(Said::At).map_err(|_| NotADate)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn past(value: &serde_json::Value) -> Result<Option<Timestamp>, NotADate> {
        super::past(Some(&value.into()))
    }

    fn expiry(value: &serde_json::Value) -> Result<Expiry, NotADate> {
        super::expiry(Some(&value.into()))
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_plain_date_starts_when_created_and_ends_when_expiring() {
        let day = json!("2026-05-01");
        assert_eq!(past(&day), Ok(Some(at("2026-05-01T00:00:00Z"))));
        assert_eq!(expiry(&day), Ok(Expiry::At(at("2026-05-01T23:59:59Z"))));
    }

    #[test]
    fn instants_are_read_with_any_offset_without_one_and_in_unix_time() {
        let expected = at("2026-11-20T08:11:00Z");
        let unix = expected.as_second();
        let spellings = [
            json!("2026-11-20T08:11:00Z"),
            json!("2026-11-20T09:11:00+01:00"),
            json!("2026-11-20 08:11:00"),
            json!(unix),
            json!(unix * 1000),
            json!(unix.to_string()),
        ];
        for spelling in spellings {
            assert_eq!(past(&spelling), Ok(Some(expected)), "{spelling}");
        }
    }

    #[test]
    fn never_is_told_apart_from_unknown() {
        for never in [
            json!(null),
            json!("never"),
            json!("Null"),
            json!("0001-01-01T00:00:00Z"),
            json!("0001-01-01"),
            json!("9999-12-31T23:59:59Z"),
        ] {
            assert_eq!(expiry(&never), Ok(Expiry::Never), "{never}");
            assert_eq!(past(&never), Ok(None), "{never}");
        }
        for silent in [json!(""), json!("N/A"), json!("no_information")] {
            assert_eq!(expiry(&silent), Ok(Expiry::Unknown), "{silent}");
            assert_eq!(past(&silent), Ok(None), "{silent}");
        }
        assert_eq!(super::expiry(None), Ok(Expiry::Unknown));
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for bad in [json!("soon"), json!("2026-13-01"), json!(true), json!([]), json!("12/31/2026")] {
            assert_eq!(past(&bad), Err(NotADate), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn no_text_and_no_number_is_too_strange(text in ".{0,40}", number in any::<i64>(), float in any::<f64>()) {
            let _ = (past(&json!(text)), expiry(&json!(number)));
            prop_assert!(past(&json!(float)).is_ok_and(|_| true) || past(&json!(float)) == Err(NotADate));
        }
    }
}
