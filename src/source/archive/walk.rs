//! Goes through an archive and those within it, within one budget, and shows what is text.

use std::cell::Cell;
use std::io::{BufReader, Cursor, Read};
use std::rc::Rc;
use std::sync::Arc;

use super::budget::{Budget, Counted, Metered};
use super::kind::{Kind, recognise};
use super::limits::Limits;
use super::refusal::{Refusal, Refusals};
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
            (packed, Bytes::Seekable(input, _)) => self.packed(packed, path, level, &mut { input }),
            (packed, Bytes::Stream(input)) => self.packed(packed, path, level, &mut { input }),
        }
    }

    /// Undoes the compression of a file. A tar in it is one archive with it, anything else is its only member.
    fn packed(&mut self, kind: Kind, path: &str, level: u8, input: &mut dyn std::io::BufRead) -> Result<(), Refusal> {
        let used = Cell::new(0);
        let budget = self.budget();
        let Some(decoder) = unpack::stream(kind, Counted::new(input, &used)) else { return Err(Refusal::Corrupt) };
        let mut inside = Metered::new(decoder, &budget, &used);
        let mut head = vec![0; kind::HEAD];
        let filled = tar::fill(&mut inside, &mut head)?;
        head.truncate(filled);
        let is_tar = recognise(&head, b"") == Some(Kind::Tar);
        let mut whole = Cursor::new(head).chain(inside);
        if is_tar {
            return tar::read(self, path, level, &mut BufReader::new(whole));
        }
        self.budget.member()?;
        self.member(&format!("{path}!/{}", label::inside(path)), level, &mut whole)
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
