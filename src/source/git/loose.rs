//! Loose objects: one deflated file each, `kind SP size NUL bytes`.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::ZlibDecoder;

use super::inflate::Inflater;
use super::objects::Kind;
use super::{GitError, Id};

/// Longest header: kind, size and what ends it.
const HEADER: usize = 40;
/// Bytes of a file that are enough to inflate the header from, in all but odd cases.
const FIRST: u64 = 512;

/// Where the object `id` would lie below the object directory `objects`.
#[must_use]
pub fn path(objects: &Path, id: &Id) -> PathBuf {
    let digits = id.to_string();
    let (first, rest) = digits.split_at(2);
    objects.join(first).join(rest)
}

/// The deflated bytes of a loose object; `None` where there is none.
///
/// # Errors
/// Where there is one that cannot be read, or is larger than `most`, deflated or not.
pub fn deflated(objects: &Path, id: &Id, most: u64, inflater: &mut Inflater) -> Result<Option<Vec<u8>>, GitError> {
    let path = path(objects, id);
    let bad = |reason| GitError::damaged(format!("object {id}"), reason);
    let file = match fs::File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(_) => return Err(bad("its file cannot be opened")),
    };
    let meta = file.metadata().map_err(|_| bad("its file cannot be opened"))?;
    if !meta.is_file() {
        return Err(bad("it is no file"));
    }
    if meta.len() > most {
        return Err(GitError::TooLarge(*id));
    }
    let mut bytes = Vec::new();
    let mut file = file.take(most);
    let mut read = |most: u64, bytes: &mut Vec<u8>| {
        let read = file.by_ref().take(most).read_to_end(bytes);
        read.map_err(|_| bad("its file cannot be read"))
    };
    // What does not fit into memory is told by its head.
    read(FIRST, &mut bytes)?;
    if meta.len() > FIRST && header(&bytes, inflater).is_some_and(|(_, size, _)| size > most) {
        return Err(GitError::TooLarge(*id));
    }
    bytes.reserve((meta.len() as usize + 1).saturating_sub(bytes.len()));
    read(u64::MAX, &mut bytes)?;
    Ok(Some(bytes))
}

/// A reader of what a loose object holds, without its header; `None` where there is none.
#[must_use]
pub fn stream(objects: &Path, id: &Id) -> Option<impl Read + use<>> {
    let path = path(objects, id);
    fs::metadata(&path).ok().filter(fs::Metadata::is_file)?;
    let mut stream = ZlibDecoder::new(fs::File::open(path).ok()?);
    let mut byte = [0xff];
    for _ in 0..HEADER {
        stream.read_exact(&mut byte).ok()?;
        if byte == [0] {
            return Some(stream);
        }
    }
    None
}

/// Kind and size that a loose object claims, and the length of the header that says so.
#[must_use]
pub fn header(deflated: &[u8], inflater: &mut Inflater) -> Option<(Kind, u64, usize)> {
    let mut head = Vec::new();
    inflater.head(deflated, HEADER, &mut head)?;
    let end = memchr::memchr(0, &head)?;
    let text = std::str::from_utf8(&head[..end]).ok()?;
    let (kind, size) = text.split_once(' ')?;
    Some((Kind::named(kind)?, size.parse().ok()?, end + 1))
}

/// What a loose object is, by its first bytes.
#[must_use]
pub fn kind(objects: &Path, id: &Id, inflater: &mut Inflater) -> Option<Kind> {
    let path = path(objects, id);
    // A FIFO in its place would block for ever.
    fs::metadata(&path).ok().filter(fs::Metadata::is_file)?;
    let mut first = Vec::new();
    fs::File::open(path).ok()?.take(FIRST).read_to_end(&mut first).ok()?;
    header(&first, inflater).map(|(kind, _, _)| kind)
}

/// The names of all loose objects below `objects`, sorted. What is no object's name is passed over.
///
/// # Errors
/// Where a directory is there and cannot be listed; with its name.
pub fn list(objects: &Path, hash: usize) -> Result<Vec<Id>, String> {
    let mut found = Vec::new();
    for first in 0..=255u8 {
        let name = format!("{first:02x}");
        let entries = match fs::read_dir(objects.join(&name)) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(_) => return Err(name),
        };
        for entry in entries {
            let rest = entry.map_err(|_| name.clone())?.file_name();
            let digits = [name.as_bytes(), rest.as_encoded_bytes()].concat();
            found.extend(Id::from_hex(&digits).filter(|id| id.as_bytes().len() == hash));
        }
    }
    found.sort_unstable();
    Ok(found)
}
