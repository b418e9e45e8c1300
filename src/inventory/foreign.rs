//! Reading one file, canonical or through a mapping with its second files, in bounded parts.

use std::path::{Path, PathBuf};

use super::error::InventoryError;
use super::export::{BadFile, BadRow, InventorySource, Row};
use super::mapping::join::{Join, Joined};
use super::mapping::{self, Mapping};
use super::prepare::Raw;
use super::{export, jsonl};

/// Rows that are prepared together: enough to keep every thread busy, few enough to bound memory.
const PART: usize = 4096;

/// Hands the rows of a file over in parts, in order.
///
/// # Errors
///
/// Where the file is in none of the known syntaxes, or breaks off.
pub(super) fn parts<'b>(
    bytes: &'b [u8],
    mapping: Option<&Mapping>,
    take: &mut dyn FnMut(Vec<Raw<'b>>),
) -> Result<(), BadFile> {
    let mut part = Vec::with_capacity(PART);
    let mut add = |raw: Raw<'b>| {
        part.push(raw);
        if part.len() == PART {
            take(std::mem::replace(&mut part, Vec::with_capacity(PART)));
        }
    };
    let mut read = |row: Result<Row, BadRow>| add(Raw::Read(row));
    match mapping {
        Some(mapping) => mapping::rows(bytes, mapping.format(), mapping.rows(), &mut read)?,
        None if export::is_lines(bytes) => {
            jsonl::lines(bytes, &mut |line, text| add(Raw::Line(line, text)));
        }
        None => export::rows(bytes, &mut read)?,
    }
    if !part.is_empty() {
        take(part);
    }
    Ok(())
}

/// Reads the second files of a mapping. `rest` is shown what is left of each row once it was used, to look for secrets.
///
/// # Errors
///
/// Where a file that is needed is missing, cannot be read, or holds nothing.
pub(super) fn joins(
    source: &InventorySource,
    mapping: &Mapping,
    rest: &mut dyn FnMut(&str, Row),
) -> Result<Vec<Joined>, InventoryError> {
    mapping.joins().map(|join| second(source, join, rest)).collect()
}

fn second(source: &InventorySource, join: &Join, rest: &mut dyn FnMut(&str, Row)) -> Result<Joined, InventoryError> {
    let mut joined = Joined::new();
    let path = beside(&source.path, join.file());
    let file = InventorySource { path, ..source.clone() };
    let bytes = match file.read() {
        Ok(bytes) => bytes,
        Err(InventoryError::Unreadable { cause, .. })
            if join.is_optional() && cause.kind() == std::io::ErrorKind::NotFound =>
        {
            return Ok(joined);
        }
        Err(InventoryError::Unreadable { path, cause }) => {
            return Err(InventoryError::Join {
                named_at: join.named_at().to_owned(),
                export: source.shown(),
                path,
                cause,
            });
        }
        Err(error) => return Err(error),
    };
    let (reported, shown) = (file.reported(), file.shown());
    let mut bad = None;
    let mut count = 0_usize;
    mapping::rows(&bytes, join.format(), join.rows(), &mut |row| match row {
        Ok(mut row) => {
            count += 1;
            join.absorb(&mut joined, &mut row.fields);
            rest(&reported, row);
        }
        Err(row) => {
            bad.get_or_insert(row);
        }
    })
    .map_err(|bad| InventoryError::Syntax {
        path: shown.clone(),
        line: bad.line,
        message: bad.message,
        hint: bad.hint,
    })?;
    match bad {
        Some(BadRow { line, message }) if count == 0 => {
            Err(InventoryError::NoValidRow { path: shown, refused: 1, line, message })
        }
        None if count == 0 => Err(InventoryError::Empty { path: shown }),
        _ => Ok(joined),
    }
}

/// A file in the directory of another.
fn beside(path: &Path, name: &str) -> PathBuf {
    path.parent().map_or_else(|| PathBuf::from(name), |folder| folder.join(name))
}
