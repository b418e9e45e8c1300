//! Opens an item and hands its bytes over: a small file whole, a large one window by window.

use std::fs::{File, Metadata};
use std::io::{self, BufReader, Cursor, Read, Seek, SeekFrom};
use std::sync::Arc;

use super::archive::{self, Limits};
pub use super::buffer::Buffer;
use super::buffer::FIRST;
use super::encoding::Encoding;
use super::joined::{Piece, Whole};
use super::map::{Mapping, is_settled};
pub use super::read_error::ReadError;
use super::window::{self, SMALLEST};
use super::{Artifact, Bytes, Item, Origin, leveldb, notebook, property_list, sqlite, stdin};
use crate::coverage::{Coverage, Notice, NoticeKind};

/// Files from this size on are mapped where they may be: below it, reading into a reused buffer is faster.
pub const MAP_FROM: usize = 16 << 20;
/// Bytes of a large archive that are read at a time.
const PIECE: usize = 64 << 10;

/// Opens items for one worker and shows what is in them.
pub struct Windows<'o, 'v> {
    origin: &'o Arc<Origin>,
    /// Largest artifact, in bytes.
    size: usize,
    visit: &'v mut dyn FnMut(&Artifact<'_>),
    base: u64,
    line: u32,
    column: u32,
    encoding: Encoding,
    /// It is a notebook or a database, and its text was put together in the first window only.
    cut: bool,
    /// Its text is put together when all windows have been shown.
    late: bool,
}

/// Reads an item and shows it to `visit` as one artifact or, where it is larger than a window, as several that overlap. Of
/// an archive, the members are shown instead; what is refused or passed over of it goes to `coverage`. Returns the number
/// of bytes read, none counted twice.
///
/// # Errors
/// Where not all bytes could be had; those before have been shown.
pub fn read(
    item: &Item,
    limits: &Limits,
    buffer: &mut Buffer,
    coverage: &mut Coverage,
    visit: &mut dyn FnMut(&Artifact<'_>),
) -> Result<u64, ReadError> {
    let mut windows = Windows::new(&item.origin, limits.window.max(SMALLEST), visit);
    let opened = &mut Opened { limits, coverage };
    match &item.bytes {
        Bytes::Stdin => stdin::read(&mut windows, buffer, opened),
        Bytes::File(path) | Bytes::Passing(path) => {
            let mut file = File::open(path).map_err(ReadError::Open)?;
            windows.file(&mut file, buffer, opened)
        }
    }
}

/// As [`read`], of bytes that are in memory: the content of a git object.
pub fn read_held(
    origin: &Arc<Origin>,
    bytes: &[u8],
    limits: &Limits,
    buffer: &mut Buffer,
    coverage: &mut Coverage,
    visit: &mut dyn FnMut(&Artifact<'_>),
) {
    let mut windows = Windows::new(origin, limits.window.max(SMALLEST), visit);
    let opened = &mut Opened { limits, coverage };
    if let Some(kind) = opened.kind(bytes, &bytes[bytes.len().saturating_sub(archive::TAIL)..]) {
        let input = &mut Cursor::new(bytes);
        if windows.archive(kind, archive::Bytes::Seekable(input, bytes.len() as u64), &mut buffer.inner, opened) {
            return;
        }
    }
    let mut rest = bytes;
    while rest.len() > windows.size {
        let next = windows.show_window(&rest[..windows.size]);
        rest = &rest[next..];
    }
    windows.show(rest);
}

/// As [`read`], of a reader that gives the bytes of a git object that is too large to be held.
pub fn read_streamed(
    origin: &Arc<Origin>,
    input: &mut dyn Read,
    limits: &Limits,
    buffer: &mut Buffer,
    coverage: &mut Coverage,
    visit: &mut dyn FnMut(&Artifact<'_>),
) -> Result<u64, ReadError> {
    let mut windows = Windows::new(origin, limits.window.max(SMALLEST), visit);
    windows.unseekable(input, buffer, &mut Opened { limits, coverage })
}

/// How far archives are opened, and where trouble with them goes.
pub(super) struct Opened<'l> {
    limits: &'l Limits,
    coverage: &'l mut Coverage,
}

impl Opened<'_> {
    /// What kind of archive a file is that begins and ends so, where archives are to be opened.
    fn kind(&self, head: &[u8], tail: &[u8]) -> Option<archive::Kind> {
        if self.limits.depth == 0 { None } else { archive::recognise(head, tail) }
    }

    /// Tells where a file is an archive that is never opened, though archives are to be.
    fn tell_closed(&mut self, path: &str, head: &[u8]) {
        if self.limits.depth > 0 {
            self.coverage.notices.extend(archive::closed(path, head, self.limits));
        }
    }

    /// Tells that the text of a file was not put together whole.
    fn tell_cut(&mut self, path: &str) {
        self.coverage.notices.insert(cut(path));
    }
}

/// The notice that a notebook or database is larger than the window in which its text is put together.
pub(super) fn cut(path: &str) -> Notice {
    Notice {
        kind: NoticeKind::NotDecoded,
        path: Some(path.to_owned()),
        line: None,
        message: "is a notebook or database larger than a window; text that goes on in another cell or page was put \
                  together in the first window only"
            .to_owned(),
        hint: Some("raise `--max-file-size` above its size".to_owned()),
    }
}

impl<'o, 'v> Windows<'o, 'v> {
    /// Windows of at most `size` bytes, at least [`SMALLEST`].
    pub(super) fn new(origin: &'o Arc<Origin>, size: usize, visit: &'v mut dyn FnMut(&Artifact<'_>)) -> Self {
        Self { origin, size, visit, base: 0, line: 1, column: 1, encoding: Encoding::Bytes, cut: false, late: false }
    }

    fn file(&mut self, file: &mut File, buffer: &mut Buffer, opened: &mut Opened<'_>) -> Result<u64, ReadError> {
        // No look at the length first: most files end within the first read.
        let most = MAP_FROM.min(self.size);
        let (filled, ended) = match buffer.fill(file, 0, most) {
            Ok(state) => state,
            Err((source, read)) => {
                self.show(&buffer.bytes[..read]);
                return Err(ReadError::Read { at: read as u64, source });
            }
        };
        if ended {
            let Buffer { bytes, inner } = buffer;
            let whole = &bytes[..filled];
            let kind = opened.kind(whole, &whole[filled.saturating_sub(archive::TAIL)..]);
            if kind.is_none() {
                opened.tell_closed(&self.origin.path, whole);
            }
            let input = &mut Cursor::new(whole);
            if !kind
                .is_some_and(|kind| self.archive(kind, archive::Bytes::Seekable(input, filled as u64), inner, opened))
            {
                self.show(whole);
            }
            return Ok(filled as u64);
        }
        let meta = file.metadata().map_err(|source| ReadError::Read { at: 0, source })?;
        if self.large_archive(file, &meta, &buffer.bytes[..filled], &mut buffer.inner, opened)? {
            return Ok(meta.len());
        }
        if meta.len() > MAP_FROM as u64 && is_settled(&meta) {
            let outcome = self.map(file, meta.len());
            self.tell_cut(opened);
            return outcome;
        }
        let outcome = self.resume_stream(file, buffer, filled, Some(meta.len()));
        self.tell_cut(opened);
        outcome
    }

    fn tell_cut(&self, opened: &mut Opened<'_>) {
        if self.cut {
            opened.tell_cut(&self.origin.path);
        }
    }

    /// Whether the text of a notebook or database was put together in its first window only.
    pub(super) const fn is_cut(&self) -> bool {
        self.cut
    }

    /// Shows the members of a file that is larger than the buffer, where it is an archive. Leaves the file where it was
    /// and returns `false` where it is none, or nothing in it could be read.
    fn large_archive(
        &mut self,
        file: &mut File,
        meta: &Metadata,
        head: &[u8],
        inner: &mut Vec<Buffer>,
        opened: &mut Opened<'_>,
    ) -> Result<bool, ReadError> {
        if opened.limits.depth == 0 || !meta.is_file() {
            return Ok(false);
        }
        let failed = |source| ReadError::Read { at: 0, source };
        let mut tail = Vec::with_capacity(archive::TAIL);
        file.seek(SeekFrom::End(-(archive::TAIL as i64))).map_err(failed)?;
        file.take(archive::TAIL as u64).read_to_end(&mut tail).map_err(failed)?;
        let shown = match opened.kind(head, &tail) {
            None => {
                opened.tell_closed(&self.origin.path, head);
                false
            }
            Some(kind) => {
                file.seek(SeekFrom::Start(0)).map_err(failed)?;
                let input = &mut BufReader::with_capacity(PIECE, &mut *file);
                self.archive(kind, archive::Bytes::Seekable(input, meta.len()), inner, opened)
            }
        };
        file.seek(SeekFrom::Start(head.len() as u64)).map_err(failed)?;
        Ok(shown)
    }

    /// Shows the members of an archive. Returns whether any text of it was shown.
    fn archive(
        &mut self,
        kind: archive::Kind,
        bytes: archive::Bytes<'_>,
        inner: &mut Vec<Buffer>,
        opened: &mut Opened<'_>,
    ) -> bool {
        archive::read(self.origin, kind, bytes, opened.limits, inner, opened.coverage, self.visit)
    }

    /// Shows what `input` gives, to its end, or the members of an archive that it gives.
    ///
    /// # Errors
    /// Where not all bytes could be had.
    pub(super) fn unseekable(
        &mut self,
        input: &mut dyn Read,
        buffer: &mut Buffer,
        opened: &mut Opened<'_>,
    ) -> Result<u64, ReadError> {
        let (filled, ended) = match buffer.fill(input, 0, FIRST) {
            Ok(state) => state,
            Err((source, read)) => {
                self.show(&buffer.bytes[..read]);
                return Err(ReadError::Read { at: read as u64, source });
            }
        };
        let Buffer { bytes, inner } = &mut *buffer;
        let head = &bytes[..filled];
        let tail = if ended { &head[filled.saturating_sub(archive::TAIL)..] } else { &[] };
        if let Some(kind) = opened.kind(head, tail) {
            let mut read = Tally { inner: Cursor::new(head).chain(&mut *input), read: 0 };
            let mut whole = BufReader::with_capacity(PIECE, &mut read);
            let shown = match ended {
                true => {
                    self.archive(kind, archive::Bytes::Seekable(&mut Cursor::new(head), filled as u64), inner, opened)
                }
                false => self.archive(kind, archive::Bytes::Stream(&mut whole), inner, opened),
            };
            let read = read.read.max(filled as u64);
            // A stream cannot be read again: what has gone through a decoder is gone.
            if shown || read > filled as u64 {
                return Ok(read);
            }
        } else {
            opened.tell_closed(&self.origin.path, head);
        }
        let outcome = self.resume_stream(input, buffer, filled, None);
        self.tell_cut(opened);
        outcome
    }

    /// Shows what `input` gives, to its end. With the `expected` length of a file, ending before it is an error, and so
    /// is going on for more than a window beyond it: a file that grows for ever is not read for ever.
    ///
    /// # Errors
    /// Where not all bytes could be had.
    pub fn stream(
        &mut self,
        input: &mut dyn Read,
        buffer: &mut Buffer,
        expected: Option<u64>,
    ) -> Result<u64, ReadError> {
        self.resume_stream(input, buffer, 0, expected)
    }

    /// Like [`Self::stream`], with `filled` bytes of the buffer there already.
    ///
    /// # Errors
    /// Where not all bytes could be had.
    pub(super) fn resume_stream(
        &mut self,
        input: &mut dyn Read,
        buffer: &mut Buffer,
        mut filled: usize,
        expected: Option<u64>,
    ) -> Result<u64, ReadError> {
        let limit = expected.map_or(u64::MAX, |len| len.saturating_add(self.size as u64));
        loop {
            let (now, ended) = match buffer.fill(input, filled, self.size) {
                Ok(state) => state,
                Err((source, read)) => {
                    self.show(&buffer.bytes[..read]);
                    return Err(ReadError::Read { at: self.base + read as u64, source });
                }
            };
            filled = now;
            let at = self.base + filled as u64;
            if ended || at > limit {
                self.show(&buffer.bytes[..filled]);
                return match expected {
                    _ if !ended => Err(ReadError::Grows { at }),
                    Some(expected) if at < expected => Err(ReadError::Shrank { at }),
                    _ => Ok(at),
                };
            }
            let next = self.show_window(&buffer.bytes[..filled]);
            buffer.bytes.copy_within(next..filled, 0);
            filled -= next;
        }
    }

    fn map(&mut self, file: &File, len: u64) -> Result<u64, ReadError> {
        let outcome = self.map_windows(file, len);
        if self.late && outcome.is_ok() {
            // Only the addresses are taken for the whole; what is read of it may go again.
            let whole = usize::try_from(len).map_err(io::Error::other).and_then(|len| Mapping::of(file, 0, len));
            match whole {
                Ok(bytes) => {
                    let artifact = Artifact {
                        origin: self.origin,
                        bytes: &bytes,
                        base: 0,
                        first_line: 1,
                        first_column: 1,
                        joined: None,
                    };
                    self.show_joined(&artifact);
                }
                Err(_) => self.cut = true,
            }
        }
        outcome
    }

    fn map_windows(&mut self, file: &File, len: u64) -> Result<u64, ReadError> {
        loop {
            let rest = len - self.base;
            let size = usize::try_from(rest).unwrap_or(usize::MAX).min(self.size);
            let bytes = Mapping::of(file, self.base, size).map_err(|source| match source.kind() {
                io::ErrorKind::UnexpectedEof => ReadError::Shrank { at: self.base },
                _ => ReadError::Read { at: self.base, source },
            })?;
            if self.base == 0 {
                self.late = (size as u64) < len && is_joined(&self.origin.path, &bytes);
            }
            if size as u64 == rest {
                self.show(&bytes);
                return Ok(len);
            }
            self.show_window(&bytes);
        }
    }

    /// Shows the last window, or the only one.
    fn show(&mut self, bytes: &[u8]) {
        let (base, first_line, first_column) = (self.base, self.line, self.column);
        let artifact = Artifact { origin: self.origin, bytes, base, first_line, first_column, joined: None };
        // What is shown by its blocks or rows says nothing true where they stand compressed, or one behind the other.
        let replaced = || leveldb::replaces(&self.origin.path, bytes) || sqlite::replaces(bytes);
        if self.base > 0 || !replaced() {
            (self.visit)(&artifact);
        }
        if self.base == 0 && !self.late {
            self.show_joined(&artifact);
        }
    }

    /// Shows the texts of notebooks and databases that do not stand in one piece.
    fn show_joined(&mut self, whole: &Artifact<'_>) {
        let place = Whole::new(whole.bytes, whole.base, whole.first_line);
        let mut show = |bytes: &[u8], pieces: &[Piece]| {
            (self.visit)(&Artifact { bytes, base: 0, joined: Some(&place.joined(pieces)), ..*whole });
        };
        if sqlite::is_sqlite(whole.bytes) {
            sqlite::join(whole.bytes, &mut show);
        } else if notebook::is_notebook(&whole.origin.path) {
            let (text, pieces) = notebook::join(whole.bytes);
            show(&text, &pieces);
        } else if property_list::is_binary(whole.bytes) {
            let (text, pieces) = property_list::join(whole.bytes);
            show(&text, &pieces);
        } else {
            leveldb::join(&whole.origin.path, whole.bytes, &mut show);
        }
    }

    /// Shows a window that is not the last and moves on. Returns how many of the bytes are done with.
    fn show_window(&mut self, filled: &[u8]) -> usize {
        if self.base == 0 {
            self.encoding = Encoding::detect(filled);
            self.cut = !self.late && is_joined(&self.origin.path, filled);
        }
        let window = &filled[..window::cut(filled, self.encoding)];
        self.show(window);
        let next = window::resume(window, self.encoding);
        self.line = self.line.saturating_add(self.encoding.line_ends(&window[..next]));
        let (columns, ended) = self.encoding.columns_behind_last_line(&window[..next]);
        self.column = if ended { 1 } else { self.column }.saturating_add(columns);
        if self.base == 0 && !ended && window::has_mark(window) {
            self.column -= 1;
        }
        self.base += next as u64;
        next
    }
}

/// Whether a file is one whose text is put together.
fn is_joined(path: &str, head: &[u8]) -> bool {
    sqlite::is_sqlite(head)
        || notebook::is_notebook(path)
        || property_list::is_binary(head)
        || leveldb::is_leveldb(path, head)
}

/// Counts what is read.
struct Tally<R> {
    inner: R,
    read: u64,
}

impl<R: Read> Read for Tally<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(into)?;
        self.read += read as u64;
        Ok(read)
    }
}

#[cfg(test)]
mod tests;
