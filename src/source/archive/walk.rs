//! Goes through an archive and those within it, within one budget, and shows what is text.

use std::cell::Cell;
use std::io::{BufRead, BufReader, Cursor, Read};
use std::rc::Rc;
use std::sync::Arc;

use libdeflater::Decompressor;

use super::budget::{Budget, Counted, Metered};
use super::kind::{Kind, recognise};
use super::limits::Limits;
use super::refusal::{Refusal, Refusals};
use super::whole::Whole;
use super::{Bytes, kind, label, tar, unopened, unpack, zip};
use crate::coverage::{Coverage, Skip};
use crate::source::read::{self, Buffer, ReadError, Windows};
use crate::source::{Artifact, Origin};

/// Bytes of a member that are looked at to tell whether it is an archive itself; most members are not longer.
const FIRST: usize = 64 << 10;
/// Buffers larger than this are not kept for the next member.
const KEPT: usize = 16 << 20;

/// One outermost archive while it is read.
pub(super) struct Walk<'o, 'v> {
    outer: &'o Origin,
    limits: Limits,
    budget: Rc<Budget>,
    buffers: &'v mut Vec<Buffer>,
    visit: &'v mut dyn FnMut(&Artifact<'_>),
    refusals: Refusals,
    skipped: Coverage,
    shown: bool,
    /// Made when it is first needed.
    inflater: Option<Decompressor>,
}

impl<'o, 'v> Walk<'o, 'v> {
    pub(super) fn new(
        outer: &'o Origin,
        limits: &Limits,
        budget: Budget,
        buffers: &'v mut Vec<Buffer>,
        visit: &'v mut dyn FnMut(&Artifact<'_>),
    ) -> Self {
        Self {
            outer,
            limits: *limits,
            budget: Rc::new(budget),
            buffers,
            visit,
            refusals: Refusals::default(),
            skipped: Coverage::default(),
            shown: false,
            inflater: None,
        }
    }

    /// What the archive has cost so far.
    pub(super) fn budget(&self) -> Rc<Budget> {
        Rc::clone(&self.budget)
    }

    /// Counts a member that is passed over as it should be.
    pub(super) fn skip(&mut self, reason: Skip) {
        self.skipped.skip(reason);
    }

    /// Notes what was refused.
    ///
    /// # Errors
    /// Where it ends the whole archive.
    pub(super) fn refuse(&mut self, refusal: Refusal, path: &str) -> Result<(), Refusal> {
        // An archive within another only sees its own input fail when the budget of all is spent.
        let refusal = self.budget.spent().unwrap_or(refusal);
        if refusal.is_final() {
            return Err(refusal);
        }
        self.refusals.add(refusal, path);
        Ok(())
    }

    /// Tells what was refused and passed over. Returns whether any text was shown.
    pub(super) fn finish(self, coverage: &mut Coverage) -> bool {
        coverage.absorb(self.skipped);
        coverage.notices.extend(self.refusals.notices(&self.limits));
        self.shown
    }

    /// Reads the outermost archive.
    pub(super) fn outermost(&mut self, kind: Kind, bytes: Bytes<'_>) {
        let path = self.outer.path.clone();
        if let Err(refusal) = self.container(kind, &path, 1, bytes) {
            self.refusals.add(self.budget.spent().unwrap_or(refusal), &path);
        }
    }

    fn container(&mut self, kind: Kind, path: &str, level: u8, bytes: Bytes<'_>) -> Result<(), Refusal> {
        match (kind, bytes) {
            (Kind::Zip, Bytes::Seekable(input, length)) => zip::read(self, path, level, input, length),
            (Kind::Zip, Bytes::Stream(input)) => {
                let mut buffer = self.buffers.pop().unwrap_or_default();
                let filled = buffer.fill(input, 0, self.limits.nested_zip);
                let outcome = match filled {
                    Ok((filled, true)) => {
                        zip::read(self, path, level, &mut Cursor::new(buffer.filled(filled)), filled as u64)
                    }
                    Ok((_, false)) => Err(Refusal::Held),
                    Err((error, _)) => Err(Refusal::of(&error)),
                };
                self.keep(buffer);
                outcome
            }
            (Kind::Tar, Bytes::Seekable(input, _)) => tar::read(self, path, level, input),
            (Kind::Tar, Bytes::Stream(input)) => tar::read(self, path, level, input),
            (packed, Bytes::Seekable(input, length)) => {
                if packed == Kind::Gzip
                    && let Ok(held) = input.fill_buf()
                    && held.len() as u64 == length
                    && let Some((buffer, size)) = self.inflate(Whole::gzip(held))
                {
                    return self.unpacked(path, level, buffer, size);
                }
                self.packed(packed, path, level, &mut { input })
            }
            (packed, Bytes::Stream(input)) => self.packed(packed, path, level, &mut { input }),
        }
    }

    /// Undoes the compression of a file.
    fn packed(&mut self, kind: Kind, path: &str, level: u8, input: &mut dyn BufRead) -> Result<(), Refusal> {
        let used = Cell::new(0);
        let budget = self.budget();
        let Some(decoder) = unpack::stream(kind, Counted::new(input, &used)) else { return Err(Refusal::Corrupt) };
        self.content(path, level, Metered::new(decoder, &budget, &used))
    }

    /// Shows what a compressed file holds that was inflated at once.
    fn unpacked(&mut self, path: &str, level: u8, buffer: Buffer, size: usize) -> Result<(), Refusal> {
        if !is_tar(buffer.filled(size.min(kind::HEAD))) {
            self.budget.member()?;
            return self.inflated(&only(path), level, buffer, size);
        }
        let (budget, used) = (self.budget(), Cell::new(0));
        let outcome = self.content(path, level, Metered::new(Box::new(buffer.filled(size)), &budget, &used));
        self.keep(buffer);
        outcome
    }

    /// Shows what a compressed file holds. A tar in it is one archive with it, anything else is its only member.
    fn content(&mut self, path: &str, level: u8, mut inside: Metered<'_>) -> Result<(), Refusal> {
        let mut head = vec![0; kind::HEAD];
        let filled = tar::fill(&mut inside, &mut head)?;
        head.truncate(filled);
        let is_tar = is_tar(&head);
        let mut whole = Cursor::new(head).chain(inside);
        if is_tar {
            return tar::read(self, path, level, &mut BufReader::new(whole));
        }
        self.budget.member()?;
        self.member(&only(path), level, &mut whole)
    }

    /// Inflates what is held, where the bounds allow that all of it is inflated in one go. `None` where it must be read in parts.
    pub(super) fn inflate(&mut self, whole: Option<Whole<'_>>) -> Option<(Buffer, usize)> {
        let whole = whole.filter(|whole| self.budget.allows(whole.size()))?;
        let mut buffer = self.buffers.pop().unwrap_or_default();
        match whole.inflate(self.inflater.get_or_insert_with(Decompressor::new), &mut buffer) {
            Some(size) => Some((buffer, size)),
            None => {
                self.keep(buffer);
                None
            }
        }
    }

    /// Shows a member that was inflated at once, as [`Self::member`] shows one that is read in parts.
    pub(super) fn inflated(&mut self, path: &str, level: u8, mut buffer: Buffer, size: usize) -> Result<(), Refusal> {
        let head = buffer.filled(size.min(FIRST));
        let tail = if size < FIRST { &head[size.saturating_sub(kind::TAIL)..] } else { &[] };
        let outcome = if recognise(head, tail).is_some() {
            // What is in it is counted between its own bytes.
            let (budget, used) = (self.budget(), Cell::new(0));
            self.member(path, level, &mut Metered::new(Box::new(buffer.filled(size)), &budget, &used))
        } else {
            self.plain(path, &mut buffer, size)
        };
        self.keep(buffer);
        outcome
    }

    /// Shows a member that is no archive and was inflated at once.
    fn plain(&mut self, path: &str, buffer: &mut Buffer, size: usize) -> Result<(), Refusal> {
        self.budget.inflate(size as u64)?;
        if unopened(buffer.filled(size.min(FIRST))).is_some() {
            self.refuse(Refusal::Format, path)?;
        }
        self.show(path, buffer, size, &mut std::io::empty())
    }

    /// Shows a member, or its own members where it is an archive. `level` counts the archives around it.
    ///
    /// # Errors
    /// Where the member could not be read to its end; what came before has been shown. An archive in it that is refused
    /// is told and is no error.
    pub(super) fn member(&mut self, path: &str, level: u8, input: &mut dyn Read) -> Result<(), Refusal> {
        let mut buffer = self.buffers.pop().unwrap_or_default();
        let outcome = self.member_into(path, level, input, &mut buffer);
        self.keep(buffer);
        outcome
    }

    fn member_into(&mut self, path: &str, level: u8, input: &mut dyn Read, buffer: &mut Buffer) -> Result<(), Refusal> {
        let (filled, ended) = match buffer.fill(input, 0, FIRST) {
            Ok(state) => state,
            Err((error, read)) => {
                self.show(path, buffer, read, &mut std::io::empty())?;
                return Err(Refusal::of(&error));
            }
        };
        let head = buffer.filled(filled);
        let tail = if ended { &head[filled.saturating_sub(kind::TAIL)..] } else { &[] };
        let Some(kind) = recognise(head, tail) else {
            if unopened(head).is_some() {
                self.refuse(Refusal::Format, path)?;
            }
            return self.show(path, buffer, filled, input);
        };
        if level >= self.limits.depth {
            self.refuse(Refusal::Depth, path)?;
            // What is stored in it as it is can be found all the same.
            return self.show(path, buffer, filled, input);
        }
        let outcome = if ended {
            self.container(kind, path, level + 1, Bytes::Seekable(&mut Cursor::new(head), filled as u64))
        } else {
            let mut whole = BufReader::new(Cursor::new(head).chain(input));
            self.container(kind, path, level + 1, Bytes::Stream(&mut whole))
        };
        match outcome {
            Ok(()) => Ok(()),
            Err(refusal) => self.refuse(refusal, path),
        }
    }

    /// Shows bytes that stand in an archive and are no member, such as a program before a zip.
    pub(super) fn text(&mut self, path: &str, input: &mut dyn Read) -> Result<(), Refusal> {
        let mut buffer = self.buffers.pop().unwrap_or_default();
        let outcome = self.show(path, &mut buffer, 0, input);
        self.keep(buffer);
        outcome
    }

    /// Shows what `input` gives, of which `filled` bytes are there already.
    fn show(&mut self, path: &str, buffer: &mut Buffer, filled: usize, input: &mut dyn Read) -> Result<(), Refusal> {
        self.shown = true;
        self.skipped.members += 1;
        let origin = Arc::new(self.outer.member(path));
        let mut windows = Windows::new(&origin, self.limits.window, self.visit);
        let outcome = windows.resume_stream(input, buffer, filled, None);
        if windows.is_cut() {
            self.skipped.notices.insert(read::cut(path));
        }
        match outcome {
            Ok(_) => Ok(()),
            Err(ReadError::Read { source, .. }) => Err(Refusal::of(&source)),
            Err(_) => Err(Refusal::Corrupt),
        }
    }

    fn keep(&mut self, buffer: Buffer) {
        if buffer.capacity() <= KEPT {
            self.buffers.push(buffer);
        }
    }
}

/// Whether a compressed file that begins so is a compressed tar.
fn is_tar(head: &[u8]) -> bool {
    recognise(head, b"") == Some(Kind::Tar)
}

/// The path of the only member of a compressed file.
fn only(path: &str) -> String {
    format!("{path}!/{}", label::inside(path))
}
