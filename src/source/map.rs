//! Maps a part of a large file into memory: the one file of the crate that may be unsafe.
//!
//! What makes a map unsafe is somebody else changing the file: bytes may change under the scanner, and a page that is cut
//! off kills the process with `SIGBUS`. So only files that nobody has written to for [`SETTLED`] are mapped, a window at
//! a time and after a look at the length; a log that is being written is read instead. If such a file is cut off in that
//! instant all the same, the process dies by a signal: an accident that no gate can mistake for a clean result.

#![allow(unsafe_code)]

use std::fs::{File, Metadata};
use std::io;
use std::ops::Deref;
use std::time::Duration;

use memmap2::{Mmap, MmapOptions};

/// How long a file must have been left alone to be mapped.
pub const SETTLED: Duration = Duration::from_secs(600);

/// A part of a file in memory.
#[derive(Debug)]
pub struct Mapping(Mmap);

/// Whether a file is unlikely to change while it is scanned.
#[must_use]
pub fn is_settled(meta: &Metadata) -> bool {
    meta.is_file() && meta.modified().is_ok_and(|at| at.elapsed().is_ok_and(|age| age >= SETTLED))
}

impl Mapping {
    /// Maps `len` bytes of `file` from `offset`.
    ///
    /// # Errors
    /// `UnexpectedEof` where the file is shorter than that by now; else what the system says.
    pub fn of(file: &File, offset: u64, len: usize) -> io::Result<Self> {
        if file.metadata()?.len() < offset + len as u64 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        // SAFETY: the map is private and read-only, within the length just seen, and lives no longer than `self`. That the
        // file stays as it is cannot be guaranteed; the module comment says how that is made unlikely and why what is left
        // is acceptable. The bytes are only ever read as bytes, for which every value is valid.
        let map = unsafe { MmapOptions::new().offset(offset).len(len).map_copy_read_only(file) }?;
        Ok(Self(map))
    }
}

impl Deref for Mapping {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn a_part_beyond_the_end_is_an_error_and_not_a_crash() {
        let mut file = tempfile::tempfile().expect("temporary file");
        file.write_all(b"0123456789").expect("writable");
        assert_eq!(&*Mapping::of(&file, 4, 3).expect("within"), b"456");
        let error = Mapping::of(&file, 4, 7).expect_err("one byte too many");
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    }

    #[test]
    fn a_file_just_written_is_not_settled() {
        let file = tempfile::tempfile().expect("temporary file");
        assert!(!is_settled(&file.metadata().expect("open")));
    }
}
