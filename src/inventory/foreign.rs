//! Reading one file, canonical or through a mapping with its second files, in bounded parts.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use super::error::InventoryError;
use super::export::{self, BadRow, InventorySource, Opened, Raw, Row, Syntax, Trouble};
use super::mapping::join::{Join, Joined};
use super::mapping::{self, Format, Mapping};
use super::{csv, jsonl};

/// Rows that are prepared together: enough to keep every thread busy, few enough to bound memory.
const PART: usize = 16_384;

/// Bytes of a file with a row a line that are held at once; a longer line is still read whole.
const BLOCK: usize = 8 << 20;

/// Takes rows that stand one after the other.
type Take<'t> = dyn FnMut(Vec<Raw<'_>>) + 't;

/// Hands the rows of a file over in parts, in order.
///
/// # Errors
///
/// Where the file cannot be read, is in none of the known syntaxes, or breaks off.
pub(super) fn parts(mut text: Opened, mapping: Option<&Mapping>, take: &mut Take<'_>) -> Result<(), Trouble> {
    let syntax = match mapping {
        None => export::syntax(&text.head),
        Some(mapping) => Some(match mapping::format(&text.head, mapping.format()) {
            Format::Csv => Syntax::Table,
            Format::Jsonl if mapping.rows().segments().is_empty() => Syntax::Lines,
            Format::Json | Format::Jsonl => Syntax::Document,
        }),
    };
    match syntax {
        None => Ok(()),
        Some(Syntax::Lines) => lines(text, take),
        Some(Syntax::Table) => {
            let stream = text.head.as_slice().chain(text.file);
            gathered(take, |add| match mapping {
                Some(_) => mapping::table(&text.head, stream, add),
                None => csv::read(&text.head, stream, add),
            })
        }
        Some(Syntax::Document) => {
            text.file.read_to_end(&mut text.head)?;
            gathered(take, |add| match mapping {
                Some(mapping) => Ok(mapping::rows(&text.head, mapping.format(), mapping.rows(), add)?),
                None => Ok(super::json::read(&text.head, add)?),
            })
        }
    }
}

/// Gathers rows that come one by one into parts.
fn gathered<'b>(
    take: &mut Take<'_>,
    read: impl FnOnce(&mut export::Sink<'_, 'b>) -> Result<(), Trouble>,
) -> Result<(), Trouble> {
    let mut part = Vec::with_capacity(PART);
    read(&mut |raw: Raw<'b>| {
        part.push(raw);
        if part.len() == PART {
            take(std::mem::replace(&mut part, Vec::with_capacity(PART)));
        }
    })?;
    if !part.is_empty() {
        take(part);
    }
    Ok(())
}

/// Rows a line, block by block, so that a large inventory is never held as text.
fn lines(text: Opened, take: &mut Take<'_>) -> Result<(), Trouble> {
    let Opened { mut file, head: mut block } = text;
    let mut before = 0_u32;
    loop {
        let held = block.len();
        let read = file.by_ref().take((BLOCK.saturating_sub(held)).max(BLOCK / 2) as u64).read_to_end(&mut block)?;
        // What follows the last line end is the beginning of a line that the next block ends.
        let end = if read == 0 { block.len() } else { memchr::memrchr(b'\n', &block).map_or(0, |at| at + 1) };
        let whole = block.get(..end).unwrap_or_default();
        let mut part = Vec::new();
        jsonl::read(whole, &mut |raw| part.push(raw.below(before)));
        if !part.is_empty() {
            take(part);
        }
        let lines = memchr::memchr_iter(b'\n', whole).count();
        before = before.saturating_add(u32::try_from(lines).unwrap_or(u32::MAX));
        if read == 0 {
            return Ok(());
        }
        block.drain(..end);
    }
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
            if join.is_optional() && cause.kind() == io::ErrorKind::NotFound =>
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
    mapping::rows(&bytes, join.format(), join.rows(), &mut |raw| match raw.row() {
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
