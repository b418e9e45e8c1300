//! Reading one file, canonical or through a mapping with its second files, in bounded parts.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use super::error::InventoryError;
use super::export::{self, BadRow, InventorySource, Opened, Raw, Row, Syntax, Trouble};
use super::mapping::join::{Join, Joined};
use super::mapping::{self, Format, Mapping};
use super::{csv, json, jsonl};
use crate::scan::workers;

/// Rows that are prepared together, and bytes of a file with a row a line: enough to keep a thread busy, few enough to bound
/// memory. A longer line is still read whole.
const PART: usize = 2048;
const BLOCK: usize = 1 << 20;

/// Rows that stand one after the other.
enum Part<'b> {
    /// A row a line, behind so many lines.
    Lines(Vec<u8>, u32),
    Rows(Vec<Raw<'b>>),
}

impl Part<'_> {
    fn read<O>(&self, work: impl Fn(&[Raw<'_>]) -> O) -> O {
        match self {
            Self::Rows(rows) => work(rows),
            Self::Lines(text, before) => {
                let mut rows = Vec::new();
                jsonl::read(text, &mut |raw| rows.push(raw.below(*before)));
                work(&rows)
            }
        }
    }
}

/// Does `work` on the rows of a file, many at once, and hands what it makes of them to `collect` in their order.
///
/// # Errors
///
/// Where the file cannot be read, is in none of the known syntaxes, or breaks off.
pub(super) fn parts<O: Send>(
    mut text: Opened,
    mapping: Option<&Mapping>,
    work: impl Fn(&[Raw<'_>]) -> O + Sync,
    collect: impl FnMut(O),
) -> Result<(), Trouble> {
    let syntax = match mapping {
        None => export::syntax(&text.head),
        Some(mapping) => Some(match mapping::format(&text.head, mapping.format()) {
            Format::Csv => Syntax::Table,
            Format::Jsonl if mapping.rows().segments().is_empty() => Syntax::Lines,
            Format::Json | Format::Jsonl => Syntax::Document,
        }),
    };
    if syntax == Some(Syntax::Document) {
        text.file.read_to_end(&mut text.head)?;
    }
    let Opened { file, head } = text;
    let mut done = Ok(());
    workers::in_order(
        |part: Part<'_>| part.read(&work),
        collect,
        |give| {
            done = match syntax {
                None => Ok(()),
                Some(Syntax::Lines) => lines(head.clone(), file, give),
                Some(Syntax::Table) => {
                    let stream = head.as_slice().chain(file);
                    gathered(give, |add| match mapping {
                        Some(_) => mapping::table(&head, stream, add),
                        None => csv::read(&head, stream, add),
                    })
                }
                Some(Syntax::Document) => gathered(give, |add| match mapping {
                    Some(mapping) => Ok(mapping::rows(&head, mapping.format(), mapping.rows(), add)?),
                    None => Ok(json::read(&head, add)?),
                }),
            };
        },
    );
    done
}

/// Gathers rows that come one by one into parts.
fn gathered<'b>(
    give: &mut dyn FnMut(Part<'b>),
    read: impl FnOnce(&mut export::Sink<'_, 'b>) -> Result<(), Trouble>,
) -> Result<(), Trouble> {
    let mut rows = Vec::with_capacity(PART);
    read(&mut |raw: Raw<'b>| {
        rows.push(raw);
        if rows.len() == PART {
            give(Part::Rows(std::mem::replace(&mut rows, Vec::with_capacity(PART))));
        }
    })?;
    if !rows.is_empty() {
        give(Part::Rows(rows));
    }
    Ok(())
}

/// Rows a line, block by block, so that a large inventory is never held as text.
fn lines<'b>(head: Vec<u8>, mut file: File, give: &mut dyn FnMut(Part<'b>)) -> Result<(), Trouble> {
    let mut rest = head;
    // How much of it holds no line end, as is known already.
    let mut held = 0;
    let mut before = 0_u32;
    loop {
        let mut block = std::mem::take(&mut rest);
        let read = file.by_ref().take(BLOCK as u64).read_to_end(&mut block)?;
        let added = block.get(held..).unwrap_or_default();
        // What follows the last line end is the beginning of a line that the next block ends.
        let end = if read == 0 { block.len() } else { memchr::memrchr(b'\n', added).map_or(0, |at| held + at + 1) };
        let lines = memchr::memchr_iter(b'\n', added).count();
        if end > 0 {
            rest.reserve(BLOCK + (block.len() - end));
            rest.extend_from_slice(block.get(end..).unwrap_or_default());
            block.truncate(end);
            give(Part::Lines(block, before));
        } else {
            rest = block;
        }
        held = rest.len();
        before = before.saturating_add(u32::try_from(lines).unwrap_or(u32::MAX));
        if read == 0 {
            return Ok(());
        }
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
