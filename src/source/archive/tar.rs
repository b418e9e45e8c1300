//! Reads a tar from its beginning to its end, one member after another, without ever going back.
//!
//! By hand because long names and extended headers of a hostile tar must not be held in memory whatever they claim to be,
//! and because what follows a damaged member should still be told. Format: POSIX `pax`, and GNU's extensions.

use std::io::{self, Read};

use super::kind::{checksum_fits, octal};
use super::label;
use super::refusal::Refusal;
use super::walk::Walk;
use crate::coverage::Skip;

const BLOCK: u64 = 512;
/// Most bytes taken in of a long name.
const LONGEST_NAME: u64 = 16 << 10;
/// Most bytes taken in of an extended header.
const LONGEST_HEADER: u64 = 1 << 20;

/// What headers before a member say about it.
#[derive(Default)]
struct Ahead {
    name: Option<Vec<u8>>,
    size: Option<u64>,
}

/// Shows the members of the tar `input`; they are called `path!/name`.
///
/// # Errors
/// Where it ends too early, is damaged, or a bound was passed.
pub(super) fn read(walk: &mut Walk<'_, '_>, path: &str, level: u8, input: &mut dyn Read) -> Result<(), Refusal> {
    let mut ahead = Ahead::default();
    let mut first = true;
    loop {
        let mut block = [0; BLOCK as usize];
        match fill(input, &mut block)? {
            // Some programs leave the two empty blocks out that end a tar.
            0 if !first => return Ok(()),
            filled if filled < block.len() => return Err(Refusal::Corrupt),
            _ if block.iter().all(|byte| *byte == 0) => return Ok(()),
            _ if !checksum_fits(&block) => return Err(Refusal::Corrupt),
            _ => {}
        }
        first = false;
        walk.budget().member()?;
        let size = number(&block[124..136]).ok_or(Refusal::Corrupt)?;
        let kind = block[156];
        match kind {
            b'L' => ahead.name = Some(text(input, size, LONGEST_NAME)?),
            b'x' => pax(&text(input, size, LONGEST_HEADER)?, &mut ahead),
            b'K' | b'g' | b'V' => pass(input, padded(size))?,
            _ => {
                let Ahead { name, size: stated } = std::mem::take(&mut ahead);
                let size = stated.unwrap_or(size);
                let name = label::of(&name.unwrap_or_else(|| plain_name(&block)));
                member(walk, &format!("{path}!/{name}"), level, &block, size, input)?;
            }
        }
    }
}

fn member(
    walk: &mut Walk<'_, '_>,
    path: &str,
    level: u8,
    block: &[u8],
    size: u64,
    input: &mut dyn Read,
) -> Result<(), Refusal> {
    match block[156] {
        // A directory or a link has no content, whatever the size field holds.
        b'1' | b'5' => return Ok(()),
        b'2' => {
            walk.skip(Skip::Symlink);
            return Ok(());
        }
        b'3' | b'4' | b'6' => {
            walk.skip(Skip::Special);
            return Ok(());
        }
        b'S' => sparse_map(block, input)?,
        _ => {}
    }
    let mut body = Read::take(&mut *input, size);
    let shown = walk.member(path, level, &mut body);
    let left = body.limit();
    shown?;
    pass(input, left)?;
    pass(input, padded(size) - size)
}

/// Passes over the blocks in which GNU tar goes on to tell where the holes of a file are. Its content follows without them.
fn sparse_map(block: &[u8], input: &mut dyn Read) -> Result<(), Refusal> {
    let mut more = block[482] != 0;
    while more {
        let mut next = [0; BLOCK as usize];
        if fill(input, &mut next)? < next.len() {
            return Err(Refusal::Corrupt);
        }
        more = next[504] != 0;
    }
    Ok(())
}

/// The name in the header itself: that of POSIX has a part for the directory.
fn plain_name(block: &[u8]) -> Vec<u8> {
    let (name, prefix) = (until_nul(&block[..100]), until_nul(&block[345..500]));
    // GNU keeps other things where POSIX keeps the directory.
    if block[257..263] == *b"ustar\0" && !prefix.is_empty() { [prefix, b"/", name].concat() } else { name.to_vec() }
}

fn until_nul(bytes: &[u8]) -> &[u8] {
    bytes.split(|byte| *byte == 0).next().unwrap_or_default()
}

/// A size: in octal digits or, beyond 8 GiB, in binary with the first bit set.
fn number(field: &[u8]) -> Option<u64> {
    match field {
        [0x80, rest @ ..] => {
            rest.iter().try_fold(0u64, |value, byte| value.checked_mul(256)?.checked_add((*byte).into()))
        }
        [0, ..] => Some(0),
        _ if field.iter().all(|byte| matches!(byte, b' ' | 0)) => Some(0),
        // All twelve bytes may be digits.
        _ => octal(field),
    }
}

/// Reads the name and size of the next member from an extended header: lines of `length key=value`.
fn pax(header: &[u8], ahead: &mut Ahead) {
    let mut rest = header;
    while let Some(blank) = rest.iter().take(20).position(|byte| *byte == b' ') {
        let length = std::str::from_utf8(&rest[..blank]).ok().and_then(|digits| digits.parse::<usize>().ok());
        let Some(record) = length.and_then(|length| rest.get(blank + 1..length)) else { return };
        rest = rest.get(length.unwrap_or(rest.len())..).unwrap_or_default();
        let record = record.strip_suffix(b"\n").unwrap_or(record);
        if let Some(name) = record.strip_prefix(b"path=").or_else(|| record.strip_prefix(b"GNU.sparse.name=")) {
            ahead.name = Some(name.to_vec());
        } else if let Some(size) = record.strip_prefix(b"size=") {
            ahead.size = std::str::from_utf8(size).ok().and_then(|digits| digits.parse().ok());
        }
    }
}

/// The content of a header member up to `most` bytes, and past its padding.
fn text(input: &mut dyn Read, size: u64, most: u64) -> Result<Vec<u8>, Refusal> {
    let mut text = Vec::new();
    let held = size.min(most);
    Read::take(&mut *input, held).read_to_end(&mut text).map_err(|error| Refusal::of(&error))?;
    if (text.len() as u64) < held {
        return Err(Refusal::Corrupt);
    }
    pass(input, padded(size) - held)?;
    // A long name ends with a NUL; an extended header holds none.
    let end = text.iter().rposition(|byte| *byte != 0).map_or(0, |at| at + 1);
    text.truncate(end);
    Ok(text)
}

/// A size with the padding to whole blocks.
const fn padded(size: u64) -> u64 {
    match size.checked_next_multiple_of(BLOCK) {
        Some(padded) => padded,
        None => u64::MAX,
    }
}

fn pass(input: &mut dyn Read, bytes: u64) -> Result<(), Refusal> {
    let passed = io::copy(&mut Read::take(input, bytes), &mut io::sink()).map_err(|error| Refusal::of(&error))?;
    if passed < bytes { Err(Refusal::Corrupt) } else { Ok(()) }
}

/// Reads until `block` is full or the input ends. Returns how many bytes are there.
pub(super) fn fill(input: &mut dyn Read, block: &mut [u8]) -> Result<usize, Refusal> {
    let mut filled = 0;
    while filled < block.len() {
        match input.read(&mut block[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(Refusal::of(&error)),
        }
    }
    Ok(filled)
}
