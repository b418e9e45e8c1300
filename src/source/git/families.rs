//! Decodes families of objects: one that is whole and all deltas of it, each once, along the tree of deltas.

use std::io::Read;

use super::catalogue::{Catalogue, Family};
use super::delta::{self, Difference};
use super::inflate::{Inflater, Stream};
use super::objects::{LARGEST, Reader};
use super::pack::Form;
use super::{GitError, Id, loose};

/// Most bytes that one thread holds of bases whose deltas are still to come. What is beyond is decoded again when needed.
const HELD: usize = 64 << 20;
/// Largest buffer that is kept for use again.
const KEPT: usize = 8 << 20;
/// Most buffers that are kept.
const SPARE: usize = 16;

/// What is shown of an object. `M` is what was remembered of its base.
pub enum Seen<'b, M> {
    /// All its bytes.
    Bytes(&'b [u8]),
    /// All its bytes, and how they differ from those of a base that was shown before.
    Changed {
        /// All bytes.
        bytes: &'b [u8],
        /// How they differ.
        difference: &'b Difference,
        /// What was remembered of the base.
        base: &'b M,
    },
    /// A reader of its bytes, as there are too many.
    Stream(&'b mut dyn Read),
    /// It could not be had.
    Lost(GitError),
}

/// What is done with each object, by its number, and whether deltas of it follow. Returns what is remembered of it for them.
pub type Visit<'v, M> = dyn FnMut(u32, Seen<'_, M>, bool) -> M + 'v;

/// Decodes families for one thread.
pub struct Decoder<'c, M> {
    catalogue: &'c Catalogue<'c>,
    reader: Reader<'c>,
    inflater: Inflater,
    delta: Vec<u8>,
    difference: Difference,
    spare: Vec<Vec<u8>>,
    frames: Vec<Frame<M>>,
    held: usize,
}

/// A base whose deltas are being applied.
struct Frame<M> {
    node: u32,
    next: usize,
    /// What is remembered of it; `None` where it was not shown, or forgotten to save memory.
    memory: Option<M>,
    /// `None` where it was dropped to save memory.
    bytes: Option<Vec<u8>>,
}

impl<'c, M> Decoder<'c, M> {
    /// A decoder of the objects of this catalogue.
    #[must_use]
    pub fn new(catalogue: &'c Catalogue<'c>) -> Self {
        Self {
            catalogue,
            reader: Reader::new(catalogue.objects),
            inflater: Inflater::default(),
            delta: Vec::new(),
            difference: Difference::default(),
            spare: Vec::new(),
            frames: Vec::new(),
            held: 0,
        }
    }

    /// Shows every object of a family, by its number, once.
    pub fn family(&mut self, family: Family, visit: &mut Visit<'_, M>) {
        match family {
            Family::Packed { pack, root } => self.packed(pack, root, visit),
            Family::Loose { number } | Family::Lost { number } => self.single(number, visit),
        }
    }

    /// Shows one object, wherever it lies.
    pub fn single(&mut self, number: u32, visit: &mut Visit<'_, M>) {
        let Some(id) = self.catalogue.name(number) else { return };
        let mut bytes = self.spare.pop().unwrap_or_default();
        match self.reader.read(&id, &mut bytes) {
            Ok(_) => _ = visit(number, Seen::Bytes(&bytes), false),
            Err(trouble) => match self.large(&id).filter(|_| trouble == GitError::TooLarge(id)) {
                Some(mut stream) => _ = visit(number, Seen::Stream(&mut *stream), false),
                None => _ = visit(number, Seen::Lost(trouble), false),
            },
        }
        self.recycle(bytes);
    }

    /// A reader of an object that is whole, but too large to be held.
    fn large(&self, id: &Id) -> Option<Box<dyn Read + 'c>> {
        let objects = self.catalogue.objects;
        for pack in &objects.packs {
            let entry = pack.index.find(id).and_then(|at| pack.entry(pack.index.offset(at)?));
            if let Some(entry) = entry.filter(|entry| matches!(entry.form, Form::Whole(_))) {
                return Some(Box::new(Stream::new(pack.deflated(&entry))));
            }
        }
        let found = objects.directories.iter().find_map(|directory| loose::stream(directory, id));
        found.map(|stream| Box::new(stream) as Box<dyn Read>)
    }

    fn packed(&mut self, pack: u32, root: u32, visit: &mut Visit<'_, M>) {
        let catalogue = self.catalogue;
        let store = &catalogue.objects.packs[pack as usize];
        let (offset, number, below) = catalogue.member(pack, root);
        let entry = store.entry(offset).filter(|entry| matches!(entry.form, Form::Whole(_)));
        let mut bytes = self.spare.pop().unwrap_or_default();
        match entry {
            Some(entry) if entry.size > LARGEST => {
                if let Some(number) = number {
                    visit(number, Seen::Stream(&mut Stream::new(store.deflated(&entry))), false);
                }
                self.lose(pack, root, false, visit);
            }
            Some(entry) if self.inflater.exact(store.deflated(&entry), entry.size, &mut bytes).is_some() => {
                let memory = number.map(|number| visit(number, Seen::Bytes(&bytes), !below.is_empty()));
                self.push(root, memory, std::mem::take(&mut bytes));
                self.descend(pack, visit);
            }
            _ => self.lose(pack, root, true, visit),
        }
        self.recycle(bytes);
    }

    /// Applies all deltas of what is on the stack, depth first.
    fn descend(&mut self, pack: u32, visit: &mut Visit<'_, M>) {
        let catalogue = self.catalogue;
        let store = &catalogue.objects.packs[pack as usize];
        while let Some(top) = self.frames.last_mut() {
            let (offset, _, children) = catalogue.member(pack, top.node);
            let Some(child) = children.get(top.next).copied() else {
                self.pop();
                continue;
            };
            top.next += 1;
            let is_last = top.next == children.len();
            if top.bytes.is_none() {
                let mut again = self.spare.pop().unwrap_or_default();
                if self.reader.read_packed(store, offset, &mut again).is_some() {
                    self.held += again.capacity();
                    top.bytes = Some(again);
                }
            }
            let (offset, number, below) = catalogue.member(pack, child);
            let mut made = self.spare.pop().unwrap_or_default();
            let done = store.entry(offset).and_then(|entry| {
                let base = top.bytes.as_deref().filter(|_| entry.size <= LARGEST)?;
                self.inflater.exact(store.deflated(&entry), entry.size, &mut self.delta)?;
                delta::apply_telling(base, &self.delta, LARGEST, &mut made, &mut self.difference)
            });
            if done.is_none() {
                if is_last {
                    self.pop();
                }
                self.recycle(made);
                self.lose(pack, child, true, visit);
                continue;
            }
            let seen = match &top.memory {
                None => Seen::Bytes(&made),
                Some(base) => Seen::Changed { bytes: &made, difference: &self.difference, base },
            };
            let memory = number.map(|number| visit(number, seen, !below.is_empty()));
            if is_last {
                self.pop();
            }
            match below.is_empty() {
                true => self.recycle(made),
                false => self.push(child, memory, made),
            }
        }
    }

    /// What stands at a node cannot be decoded here, nor can what builds on it: other copies are looked for.
    fn lose(&mut self, pack: u32, node: u32, itself: bool, visit: &mut Visit<'_, M>) {
        let mut waiting = Vec::new();
        let catalogue = self.catalogue;
        if itself {
            waiting.push(node);
        } else {
            waiting.extend_from_slice(catalogue.member(pack, node).2);
        }
        while let Some(at) = waiting.pop() {
            let (_, number, children) = catalogue.member(pack, at);
            waiting.extend_from_slice(children);
            if let Some(number) = number {
                self.single(number, visit);
            }
        }
    }

    fn push(&mut self, node: u32, memory: Option<M>, bytes: Vec<u8>) {
        self.held += bytes.capacity();
        self.frames.push(Frame { node, next: 0, memory, bytes: Some(bytes) });
        let lower = self.frames.len() - 1;
        for at in 0..lower {
            if self.held <= HELD {
                break;
            }
            let frame = &mut self.frames[at];
            if let Some(bytes) = frame.bytes.take() {
                self.held -= bytes.capacity();
                // What is remembered can be as large.
                frame.memory = None;
            }
        }
    }

    fn pop(&mut self) {
        if let Some(bytes) = self.frames.pop().and_then(|frame| frame.bytes) {
            self.held -= bytes.capacity();
            self.recycle(bytes);
        }
    }

    fn recycle(&mut self, bytes: Vec<u8>) {
        if bytes.capacity() <= KEPT && self.spare.len() < SPARE {
            self.spare.push(bytes);
        }
    }
}
