//! Reads the members of a zip by the directory at its end; of one that was cut off, by the headers before the members.
//!
//! By hand because the directory of a hostile zip must not be held in memory, and because one damaged entry must not keep
//! the others from being read. Format: PKWARE's APPNOTE, with the 64-bit records.

use std::cell::Cell;
use std::io::{BufRead, Read};

use memchr::memmem;

use super::budget::{Counted, Metered};
use super::label;
use super::refusal::Refusal;
use super::walk::Walk;
use super::whole::Whole;
use super::{Input, unpack};
use crate::coverage::Skip;

/// The end record and the longest comment behind it.
const END: u64 = 22 + 65_535;
/// Bytes of the directory that are held at a time.
const PIECE: u64 = 1 << 20;
/// Fixed part of an entry of the directory.
const ENTRY: usize = 46;
/// Fixed part of the header before a member.
const LOCAL: usize = 30;
/// Between members without a stated size stands a record of at most this many bytes.
const DESCRIPTOR: usize = 24;

const ENCRYPTED: u16 = 1;
const DEFLATED: u16 = 8;
const STREAMED: u16 = 8;

/// Where the directory of a zip is.
struct Directory {
    at: u64,
    end: u64,
    /// Bytes before the zip, which its own offsets do not count.
    before: u64,
}

/// A member, as the directory tells it.
struct Entry {
    name: Vec<u8>,
    flags: u16,
    method: u16,
    /// Compressed size.
    size: u64,
    /// Size and checksum of what is compressed, which need not be true.
    inflated: u32,
    checksum: u32,
    offset: u64,
    mode: u32,
}

/// Shows the members of the zip `input` of `length` bytes; they are called `path!/name`.
///
/// # Errors
/// Where its directory is missing or damaged, or a bound was passed. A damaged member is told and the others are shown.
pub(super) fn read(
    walk: &mut Walk<'_, '_>,
    path: &str,
    level: u8,
    input: &mut dyn Input,
    length: u64,
) -> Result<(), Refusal> {
    let Some(directory) = find(input, length) else { return headers(walk, path, level, input) };
    if directory.before > 0 {
        // A program or a signed header, which may hold text too.
        go(input, 0)?;
        walk.text(path, &mut Read::take(&mut *input, directory.before))?;
    }
    let mut piece = Vec::new();
    let mut at = directory.at;
    while at < directory.end {
        go(input, at)?;
        piece.clear();
        let held = (directory.end - at).min(PIECE);
        Read::take(&mut *input, held).read_to_end(&mut piece).map_err(|error| Refusal::of(&error))?;
        let mut rest = piece.as_slice();
        while let Some((entry, left)) = Entry::parse(rest) {
            rest = left;
            walk.budget().member()?;
            let label = format!("{path}!/{}", label::of(&entry.name));
            if let Err(refusal) = entry.show(walk, &label, level, input, directory.before) {
                walk.refuse(refusal, &label)?;
            }
        }
        let done = (piece.len() - rest.len()) as u64;
        if done == 0 {
            return Err(Refusal::Corrupt);
        }
        at += done;
    }
    Ok(())
}

/// Finds the directory by the record at the end, behind which a comment or a signature may stand.
fn find(input: &mut dyn Input, length: u64) -> Option<Directory> {
    let begin = length.saturating_sub(END);
    let tail = piece(input, begin, length - begin)?;
    memmem::rfind_iter(&tail, b"PK\x05\x06").find_map(|at| {
        let record = tail.get(at..at + 22)?;
        let here = begin + at as u64;
        let (mut size, mut offset, mut end) = (u64::from(u32_at(record, 12)?), u64::from(u32_at(record, 16)?), here);
        let wide = size == u64::from(u32::MAX) || offset == u64::from(u32::MAX) || u16_at(record, 10)? == u16::MAX;
        if let Some(found) = wide.then(|| find_wide(input, here)).flatten() {
            (end, size, offset) = found;
        }
        let before = end.checked_sub(size)?.checked_sub(offset)?;
        let empty = size == 0;
        [before, 0]
            .into_iter()
            .map(|before| Directory { at: before + offset, end: before + offset + size, before })
            .find(|directory| empty || piece(input, directory.at, 4).is_some_and(|bytes| bytes == b"PK\x01\x02"))
    })
}

/// The 64-bit end record: where it stands, and size and offset of the directory.
fn find_wide(input: &mut dyn Input, end: u64) -> Option<(u64, u64, u64)> {
    let locator = piece(input, end.checked_sub(20)?, 20)?;
    if !locator.starts_with(b"PK\x06\x07") {
        return None;
    }
    let stated = u64_at(&locator, 8)?;
    // Where bytes stand before the zip, the stated place is too early; the record is right before its locator then.
    [stated, end.checked_sub(20 + 56)?].into_iter().find_map(|at| {
        let record = piece(input, at, 56)?;
        record.starts_with(b"PK\x06\x06").then_some((at, u64_at(&record, 40)?, u64_at(&record, 48)?))
    })
}

/// Moves to a place. What is near costs nothing: a buffer is only thrown away where the place is not in it.
fn go(input: &mut dyn Input, at: u64) -> Result<(), Refusal> {
    let here = input.stream_position().map_err(|_| Refusal::Corrupt)?;
    let (at, here) = (i64::try_from(at).map_err(|_| Refusal::Corrupt)?, here.cast_signed());
    input.seek_relative(at.saturating_sub(here)).map_err(|_| Refusal::Corrupt)
}

/// `length` bytes from `at`, all of them.
fn piece(input: &mut dyn Input, at: u64, length: u64) -> Option<Vec<u8>> {
    go(input, at).ok()?;
    let mut bytes = Vec::new();
    Read::take(input, length).read_to_end(&mut bytes).ok()?;
    (bytes.len() as u64 == length).then_some(bytes)
}

impl Entry {
    /// The first entry of a part of the directory, and what follows it.
    fn parse(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let (name, extra) = (usize::from(u16_at(bytes, 28)?), usize::from(u16_at(bytes, 30)?));
        let comment = usize::from(u16_at(bytes, 32)?);
        if !bytes.starts_with(b"PK\x01\x02") {
            return None;
        }
        let rest = bytes.get(ENTRY + name + extra + comment..)?;
        let inflated = u32_at(bytes, 24)?;
        let mut entry = Self {
            name: bytes.get(ENTRY..ENTRY + name)?.to_vec(),
            flags: u16_at(bytes, 8)?,
            method: u16_at(bytes, 10)?,
            size: u32_at(bytes, 20)?.into(),
            inflated,
            checksum: u32_at(bytes, 16)?,
            offset: u32_at(bytes, 42)?.into(),
            // Only Unix (3) and macOS (19) keep a file's mode there.
            mode: if matches!(bytes.get(5)?, 3 | 19) { u32_at(bytes, 38)? >> 16 } else { 0 },
        };
        entry.widen(bytes.get(ENTRY + name..ENTRY + name + extra)?, inflated == u32::MAX);
        Some((entry, rest))
    }

    /// Takes sizes and offset from the 64-bit field where they do not fit into their own.
    fn widen(&mut self, extra: &[u8], inflated: bool) {
        let mut rest = extra;
        while let (Some(id), Some(length)) = (u16_at(rest, 0), u16_at(rest, 2)) {
            let Some(field) = rest.get(4..4 + usize::from(length)) else { return };
            rest = &rest[4 + usize::from(length)..];
            if id != 1 {
                continue;
            }
            let mut at = if inflated { 8 } else { 0 };
            for value in [&mut self.size, &mut self.offset] {
                if *value == u64::from(u32::MAX) {
                    let Some(wide) = u64_at(field, at) else { return };
                    *value = wide;
                    at += 8;
                }
            }
        }
    }

    fn show(
        &self,
        walk: &mut Walk<'_, '_>,
        label: &str,
        level: u8,
        input: &mut dyn Input,
        before: u64,
    ) -> Result<(), Refusal> {
        let skip = match self.mode & 0o170_000 {
            0o120_000 => Some(Skip::Symlink),
            // What `zip` was given through a pipe is marked as one, and has content all the same.
            0o010_000 | 0o020_000 | 0o060_000 | 0o140_000 if self.size == 0 => Some(Skip::Special),
            _ => None,
        };
        if let Some(reason) = skip {
            walk.skip(reason);
            return Ok(());
        }
        if self.size == 0 || (self.name.ends_with(b"/") && self.size <= 2) {
            return Ok(());
        }
        if self.flags & ENCRYPTED != 0 {
            return Err(Refusal::Encrypted);
        }
        let start = before.checked_add(self.offset).ok_or(Refusal::Corrupt)?;
        go(input, start)?;
        let mut header = [0; LOCAL];
        input.read_exact(&mut header).map_err(|error| Refusal::of(&error))?;
        if !header.starts_with(b"PK\x03\x04") {
            return Err(Refusal::Corrupt);
        }
        // Name and fields are passed over; they may differ from those of the directory, which count.
        let names = u64::from(u16_at(&header, 26).unwrap_or(0)) + u64::from(u16_at(&header, 28).unwrap_or(0));
        let data = start.checked_add(LOCAL as u64 + names).ok_or(Refusal::Corrupt)?;
        go(input, data)?;
        if self.method == DEFLATED
            && let Some(packed) = held(input, self.size)
            && let Some((buffer, size)) = walk.inflate(Whole::deflated(packed, self.inflated, self.checksum))
        {
            return walk.inflated(label, level, buffer, size);
        }
        let mut packed = Read::take(&mut *input, self.size);
        inflate(walk, label, level, self.method, &mut packed)?;
        // A stored member that the file ends within would else look whole.
        if self.method == 0 && packed.limit() > 0 { Err(Refusal::Corrupt) } else { Ok(()) }
    }
}

/// The next `length` bytes, where they are in memory.
fn held(input: &mut dyn Input, length: u64) -> Option<&[u8]> {
    input.fill_buf().ok()?.get(..usize::try_from(length).ok()?)
}

/// Undoes the compression of a member and shows it. Returns how many compressed bytes there were.
fn inflate(
    walk: &mut Walk<'_, '_>,
    label: &str,
    level: u8,
    method: u16,
    packed: &mut dyn BufRead,
) -> Result<u64, Refusal> {
    let used = Cell::new(0);
    let budget = walk.budget();
    let decoder = unpack::method(method, Counted::new(packed, &used))?;
    walk.member(label, level, &mut Metered::new(decoder, &budget, &used))?;
    Ok(used.get())
}

/// Reads a zip without a directory: one that was cut off. What its headers tell is shown, and that it is damaged is told.
fn headers(walk: &mut Walk<'_, '_>, path: &str, level: u8, input: &mut dyn Input) -> Result<(), Refusal> {
    go(input, 0)?;
    loop {
        // Whatever ends this loop, the zip is not whole.
        let mut header = [0; LOCAL];
        input.read_exact(&mut header).map_err(|_| Refusal::Corrupt)?;
        if !header.starts_with(b"PK\x03\x04") {
            return Err(Refusal::Corrupt);
        }
        walk.budget().member()?;
        let field = |at| u16_at(&header, at).unwrap_or(0);
        let (flags, method) = (field(6), field(8));
        let size = u64::from(u32_at(&header, 18).unwrap_or(0));
        let mut name = vec![0; usize::from(field(26))];
        input.read_exact(&mut name).map_err(|_| Refusal::Corrupt)?;
        input.seek_relative(i64::from(field(28))).map_err(|_| Refusal::Corrupt)?;
        let label = format!("{path}!/{}", label::of(&name));
        let open = flags & STREAMED != 0 && size == 0;
        if flags & ENCRYPTED != 0 || (open && method != DEFLATED) || size == u64::from(u32::MAX) {
            return Err(Refusal::Corrupt);
        }
        let start = input.stream_position().map_err(|_| Refusal::Corrupt)?;
        let packed = &mut Read::take(&mut *input, if open { u64::MAX } else { size });
        let outcome = inflate(walk, &label, level, method, packed);
        let used = match outcome {
            Ok(used) if open => used,
            Err(refusal) if open || refusal.is_final() => return Err(refusal),
            _ => size,
        };
        go(input, start.saturating_add(used))?;
        if open {
            let next = piece(input, start + used, DESCRIPTOR as u64 + 4).ok_or(Refusal::Corrupt)?;
            let gap = memmem::find(&next, b"PK\x03\x04").ok_or(Refusal::Corrupt)?;
            go(input, start + used + gap as u64)?;
        }
    }
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}
