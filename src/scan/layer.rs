//! Reads one layer of text: the artifact itself, or what was decoded from a part of it.

mod blocks;
mod budget;
mod literal;
mod pointed;
mod structure;

use std::ops::Range;

use super::candidate::{Candidate, Evidence};
use super::context::{Context, Kind};
use super::innocent::{Innocent, Mark};
use super::keywords::{Keywords, Meaning};
use super::manner::{Called, Manner};
use super::prefilter::{Hit, Prefilter};
use super::slots::{self, Judge, Place};
use super::{assignment, carrier, command, confirm, decode, generic, pairs, plausible};
use crate::client::{self, Dialect, SlotKind, SyntaxError, deep_link};
use crate::detector::language::wordiness;
use crate::detector::{Anatomy, Confidence, Detectors, Facts, name, placeholder, shape, strength};
use crate::span::{Span, Text, decode as unescape};
use blocks::{embedded, fenced};
pub(super) use budget::Budget;
pub(super) use pointed::point;
pub(super) use structure::{Cut, Defined};

/// How often decoded text is decoded again.
const DEEPEST: u8 = 8;
/// Longest string that is decoded: the map of its bytes takes a multiple of it.
const LITERAL: usize = 4 << 20;
/// How often a run of base64 that turns out to be none is tried.
const TRIES: u8 = 4;

/// One layer and what is known of the text in it.
#[derive(Clone, Copy)]
pub(super) struct Layer<'s> {
    keywords: &'s Keywords,
    detectors: &'static Detectors,
    path: &'s str,
    called: Called,
    /// It is not the whole of the artifact.
    part: bool,
    env_dump: bool,
    context: Context,
    depth: u8,
    /// Any string may hold other text, escaped or not.
    transcript: bool,
    /// The shell whose commands stand in this text.
    dialect: Option<Dialect>,
    budget: &'s Budget,
    /// Texts that are known to hold nothing, where only that is asked.
    innocent: Option<&'s Innocent<bool>>,
}

/// What a layer holds.
#[derive(Default)]
pub(super) struct Outcome<'t> {
    /// Possible credentials, in no order; they may overlap.
    pub(super) candidates: Vec<Candidate<'t>>,
    /// The slots of structured text, for what is found in the text of them.
    pub(super) places: Vec<Place>,
    /// Slots stand in it too that are not among the places.
    pub(super) passed: bool,
    /// Where a known client's config does not parse.
    pub(super) mistake: Option<SyntaxError>,
    /// What was found, or was not, may hang on text far away: on the structure around it, or on what it is decoded from.
    pub(super) far: bool,
    /// Values that would be credentials if a slot said so.
    pub(super) latent: Vec<Candidate<'t>>,
    /// What stands in the slots of server entries for a value that is elsewhere.
    pub(super) references: Vec<client::Reference>,
    /// Names that this text defines.
    pub(super) defined: Vec<Defined>,
    /// Variables whose values are cut off.
    pub(super) cut: Vec<Cut>,
    /// The text is an env dump.
    pub(super) env_dump: bool,
    /// The server entries of a config.
    pub(super) servers: Vec<client::ServerEntry>,
    /// The client whose config it is.
    pub(super) client: Option<&'static str>,
}

impl Outcome<'_> {
    /// Whether no slots stand in it.
    fn is_bare(&self) -> bool {
        self.places.is_empty() && !self.passed
    }
}

impl<'s> Layer<'s> {
    /// The outermost layer of the artifact at `path`, which says `manner`.
    pub(super) fn new(
        keywords: &'s Keywords,
        detectors: &'static Detectors,
        budget: &'s Budget,
        path: &'s str,
        env_dump: bool,
        manner: Manner,
    ) -> Self {
        let Manner { context, dialect, transcript, called, .. } = manner;
        Self {
            keywords,
            detectors,
            path,
            called,
            part: false,
            env_dump,
            context,
            depth: 0,
            transcript,
            dialect,
            budget,
            innocent: None,
        }
    }

    /// The same, for one who asks only whether there is anything.
    pub(super) const fn passing(self, innocent: &'s Innocent<bool>) -> Self {
        Self { innocent: Some(innocent), ..self }
    }

    /// The same, of a part of the artifact.
    pub(super) const fn in_part(self) -> Self {
        Self { part: true, ..self }
    }

    /// The layer of a text in this one that has no name of its own.
    fn nameless(&self) -> Self {
        Self { path: "", called: Called::default(), depth: self.depth + 1, ..*self }
    }

    /// Whether a text is known to hold nothing when it is read so; else the mark by which it may be remembered.
    fn passes(&self, text: &[u8], outcome: &mut Outcome<'_>) -> Result<Option<Mark>, ()> {
        let Some(innocent) = self.innocent else { return Ok(None) };
        let Context { kind, rehearsal } = self.context;
        let dialect = self.dialect.map(|dialect| dialect as u8);
        let mark = innocent.mark(text, (self.path, kind as u8, rehearsal, self.depth, self.transcript, dialect));
        match innocent.knows(mark) {
            Some(slots) => {
                outcome.passed |= slots;
                Err(())
            }
            None => Ok(Some(mark)),
        }
    }

    fn remember(&self, mark: Option<Mark>, slots: bool) {
        // What was left undecoded here may be decoded in a longer text.
        if let (Some(innocent), Some(mark), false) = (self.innocent, mark, self.budget.was_short()) {
            innocent.remember(mark, slots);
        }
    }

    /// A layer decoded from this one. What stands in it is written as its beginning tells, or else as `kind`.
    fn inner(&self, text: &str, kind: Kind) -> Self {
        let kind = match self.context.kind {
            Kind::Derived => Kind::Derived,
            _ if text.trim_ascii_start().starts_with(['{', '[']) => Kind::Code,
            _ => kind,
        };
        Self { env_dump: false, context: Context { kind, ..self.context }, ..self.nameless() }
    }

    /// Finds everything that may be a credential in `text`.
    pub(super) fn read<'t>(&self, text: &'t [u8], hits: &mut Vec<Hit>) -> Outcome<'t> {
        hits.clear();
        self.keywords.find(text, hits);
        self.follow(text, hits)
    }

    /// The same, where it is known already at which places keywords stand.
    pub(super) fn follow<'t>(&self, text: &'t [u8], hits: &[Hit]) -> Outcome<'t> {
        let mut addresses: Vec<Hit> = self.keywords.addresses(text).collect();
        let has_hits = !hits.is_empty() || !addresses.is_empty() || memchr::memmem::find(text, b"://").is_some();
        let hits = match addresses.is_empty() {
            true => hits,
            false => {
                addresses.extend_from_slice(hits);
                Prefilter::sort(&mut addresses);
                &addresses
            }
        };
        let mut outcome = Outcome::default();
        let mut structured = false;
        // Where the last name, the last decoded run and the last text that only decoded makes sense ended: nothing is
        // looked at twice.
        let (mut named, mut decoded, mut covered) = (0, 0, 0);
        let (mut commanded, mut linked, mut tried) = (0, 0, (0, 0));
        let mut tests = None;
        let (mut shelled, mut recorded) = ((0, Vec::new()), 0);
        let mut strings = decode::Strings::new(text);
        let data = self.is_data(text);
        let mut documents = None;
        for hit in hits {
            let span = self.keywords.span(*hit);
            let meaning = self.keywords.meaning(*hit);
            if let Meaning::Detectors([only]) = meaning
                && self
                    .detectors
                    .all()
                    .get(usize::from(*only))
                    .is_some_and(|detector| detector.passes_over(text, &span))
            {
                continue;
            }
            let marks = meaning == Meaning::Structure && structure::may_begin(text, &span);
            outcome.far |= marks || !matches!(meaning, Meaning::Detectors(_) | Meaning::Word | Meaning::Structure);
            structured |= marks;
            if span.start < covered {
                continue;
            }
            // Most of what is said in a session speaks of keys and gives none.
            if self.transcript && meaning == Meaning::Word && !assignment::may_begin(text, &span) {
                continue;
            }
            let deeper = self.depth < DEEPEST && self.context.kind != Kind::Derived;
            if deeper
                && (data
                    || !matches!(meaning, Meaning::Word | Meaning::Escape | Meaning::Base64(_))
                        && *documents.get_or_insert_with(|| literal::quotes_document(text)))
                && let Some((run, inner)) =
                    self.literal(text, &mut strings, span.start, data, meaning == Meaning::Command)
            {
                covered = run.end;
                self.descend(&inner, Kind::Plain, &mut outcome);
                continue;
            }
            if deeper && let Some((run, inner)) = self.recorded(text, span.start, &mut recorded) {
                covered = run.end;
                Self { depth: self.depth + 1, ..*self }.adopt(&inner, &mut outcome);
                continue;
            }
            match meaning {
                Meaning::Detectors(ordinals) => {
                    let from = outcome.candidates.len();
                    confirm::confirm(self.detectors, ordinals, text, &span, &mut outcome.candidates);
                    outcome.candidates.iter_mut().skip(from).for_each(|found| self.doubt(text, found));
                    if deeper
                        && span.start >= decoded
                        && let Some(inner) = decode::joined(text, span.end)
                    {
                        decoded = inner.span().end;
                        self.descend(&inner, self.context.kind, &mut outcome);
                    }
                }
                Meaning::Word => {
                    structured |= is_token_name(text, span.end);
                    if self.sets(text, &span, &mut shelled, &mut outcome) {
                        continue;
                    }
                    if self.context.kind != Kind::Derived && span.start >= named {
                        let (end, found) = generic::look(text, span, self.context, self.detectors);
                        named = end;
                        outcome.candidates.extend(found.map(|mut found| {
                            if found.span.start > *tests.get_or_insert_with(|| self.tests_begin(text)) {
                                found.confidence = Confidence::Low;
                            }
                            found
                        }));
                    }
                }
                Meaning::Structure => {}
                Meaning::Command => {
                    if span.start >= commanded {
                        let dialect = self.dialect.unwrap_or(Dialect::Posix);
                        let (end, reading) = command::read(text, span, dialect);
                        commanded = end;
                        if let Some(reading) = reading {
                            self.take_in(&reading, &mut outcome);
                        }
                    }
                }
                _ if self.depth >= DEEPEST => {
                    let encoded = matches!(meaning, Meaning::Escape | Meaning::Entity | Meaning::Base64(_));
                    if encoded && self.context.kind != Kind::Derived {
                        self.budget.run_short();
                    }
                }
                _ if span.start < decoded => {}
                Meaning::Link => {
                    if span.start >= linked
                        && let Some(run) = deep_link::run(text, span.clone())
                        && let Some(link) = text.get(run.clone())
                    {
                        let Ok(mark) = self.passes(link, &mut outcome) else {
                            linked = run.end;
                            continue;
                        };
                        let before = (outcome.candidates.len(), outcome.places.len());
                        if let Some(link) = deep_link::read(text, span) {
                            linked = link.run.end;
                            // The run is decoded as text too: some formats are known by what stands around the value.
                            if let Some(reading) = link.reading {
                                self.take_in(&reading, &mut outcome);
                            }
                            if outcome.candidates.len() == before.0 {
                                self.remember(mark, outcome.places.len() > before.1);
                            }
                        }
                    }
                }
                Meaning::Escape => {
                    if !decode::is_binary(text, span.start)
                        && let Some((run, inner)) = decode::escapes(text, span.start, decoded)
                    {
                        decoded = run.end;
                        if let Some(inner) = inner {
                            self.descend(&inner, Kind::Settings, &mut outcome);
                        }
                    }
                }
                Meaning::Entity => {
                    if let Some((run, inner)) = decode::entities(text, span.start, decoded) {
                        covered = run.end;
                        if let Some(inner) = inner {
                            self.descend(&inner, self.context.kind, &mut outcome);
                        }
                    }
                }
                Meaning::Base64(rest) => {
                    if span.start < tried.0 && tried.1 >= TRIES {
                        continue;
                    }
                    // What was tried in vain is not read again from its beginning, or a long run would be read for each hit.
                    let floor = if span.start < tried.0 { decoded } else { decoded.max(tried.0) };
                    let (end, inner) = decode::base64(text, span.start, rest, floor);
                    match inner {
                        Some(inner) => {
                            decoded = end.max(span.end);
                            self.descend(&inner, Kind::Settings, &mut outcome);
                        }
                        // By chance a keyword's letters may stand in it at a wrong place too.
                        None if span.start < tried.0 => tried.1 += 1,
                        None => tried = (end, 1),
                    }
                }
                Meaning::Basic => {
                    if let Some(inner) = decode::base64_behind(text, span.end) {
                        outcome.candidates.extend(basic(&inner, self.context));
                    }
                }
            }
        }
        self.structure(text, structured, has_hits, &mut outcome);
        if structured && matches!(self.context.kind, Kind::Prose | Kind::Plain) && self.depth < DEEPEST {
            for block in fenced(text) {
                // A value that only its name makes a secret is an example here as in the rest of the text.
                self.nameless().adopt(&block, &mut outcome);
            }
        }
        if structured && self.context.kind != Kind::Derived && self.depth < DEEPEST && outcome.is_bare() {
            for document in embedded(text) {
                self.nameless().adopt(&document, &mut outcome);
            }
        }
        outcome.candidates.iter_mut().for_each(|found| pairs::complete(text, found));
        outcome
    }

    /// Lowers belief in a format that no provider issues, such as a JWT or the password of a URL, where it is rehearsed.
    fn doubt(&self, text: &[u8], found: &mut Candidate<'_>) {
        /// Passwords that are easier to guess than this many bits are most often made up on the spot.
        const WEAK: u32 = 45;
        let Context { kind, rehearsal } = self.context;
        if kind != Kind::Prose && generic::is_described(text, found.span.start) {
            found.confidence = Confidence::Low;
            return;
        }
        if found.issuer.is_some() && found.kind != "password" {
            return;
        }
        if generic::is_shown(text, found.span.start, self.context) || generic::in_sentence(text, found.span.start) {
            found.confidence = Confidence::Low;
            return;
        }
        let local = host_behind(text, found.span.end).is_some_and(is_local);
        let reads = || {
            found.secret.iter().all(u8::is_ascii_lowercase)
                || std::str::from_utf8(&found.secret).is_ok_and(|secret| wordiness(secret) > 0.0)
        };
        let made_up = rehearsal || kind == Kind::Prose;
        let weak = found.bits < WEAK && (made_up || local) || made_up && reads();
        if found.kind == "password" && weak {
            found.confidence = Confidence::Low;
        } else if rehearsal {
            found.confidence = match found.confidence {
                Confidence::High => Confidence::Medium,
                Confidence::Medium | Confidence::Low => Confidence::Low,
            };
        }
    }

    /// Where the tests begin that programs keep beside the code; the end of the text where there are none.
    fn tests_begin(&self, text: &[u8]) -> usize {
        const TESTS: &[&[u8]] = &[b"#[cfg(test)]", b"#[test]", b"describe(", b"def test_", b"@Test"];
        let first = TESTS.iter().filter_map(|mark| memchr::memmem::find(text, mark)).min();
        first.filter(|_| self.context.kind == Kind::Code).unwrap_or(text.len())
    }

    /// Whether strings in this text are data, and not parts of a program.
    fn is_data(&self, text: &[u8]) -> bool {
        let extension = self.path.rsplit_once('.').map_or("", |(_, extension)| extension);
        self.transcript
            || matches!(extension, "json" | "jsonl" | "ndjson" | "ipynb" | "har")
            || matches!(text.trim_ascii_start().first(), Some(b'{' | b'['))
    }

    /// The command around `place`, where a shell wrote it into its history in another manner than it was typed.
    /// `seen` is where the last line ended that was asked about.
    fn recorded(&self, text: &[u8], place: usize, seen: &mut usize) -> Option<(Range<usize>, Text<'static>)> {
        let history = self.dialect.filter(|_| place >= *seen && command::history::is_history(self.path))?;
        *seen = command::history::line(text, place)?.end;
        match history {
            Dialect::Fish => command::history::fish(text, place),
            Dialect::Posix => command::history::zsh(text, place),
            Dialect::PowerShell | Dialect::Prompt => None,
        }
    }

    /// Judges the variables that the shell line around a word sets; `seen` is what was found on the last such line. Whether
    /// the word is settled by that.
    fn sets(
        &self,
        text: &[u8],
        word: &Range<usize>,
        seen: &mut (usize, Vec<Range<usize>>),
        outcome: &mut Outcome<'_>,
    ) -> bool {
        let Some(dialect) = self.dialect.filter(|_| self.context.kind != Kind::Derived) else { return false };
        if word.start >= seen.0 {
            let (end, sets) = command::assign::read(text, word.start, seen.0, dialect);
            *seen = (end.max(word.end), sets.iter().map(|set| set.run.clone()).collect());
            let judged = sets.iter().filter(|set| name::role(set.name) == name::Role::Secret);
            outcome.candidates.extend(judged.filter_map(|set| generic::set(set, self.context, self.detectors)));
        }
        seen.1.iter().any(|run| run.contains(&word.start))
    }

    /// Judges the values of a reading and takes over their places.
    fn take_in(&self, reading: &client::Reading<'_>, outcome: &mut Outcome<'_>) {
        self.judge().reading(&reading.values, &mut outcome.candidates);
        outcome.places.extend(slots::places(&reading.values));
    }

    fn judge(&self) -> Judge<'s> {
        Judge { keywords: self.keywords, detectors: self.detectors, context: self.context }
    }

    /// Reads decoded text and takes over what is found in it, with the places mapped back.
    fn descend(&self, inner: &Text<'_>, kind: Kind, outcome: &mut Outcome<'_>) {
        self.inner(inner.as_str(), kind).adopt(inner, outcome);
    }

    /// Reads `inner` as this layer and hands what is found to the one around it, as long as the budget lasts.
    fn adopt(&self, inner: &Text<'_>, outcome: &mut Outcome<'_>) {
        if !self.budget.take(inner.as_str().len()) {
            return;
        }
        let Ok(mark) = self.passes(inner.as_str().as_bytes(), outcome) else { return };
        let found = self.read(inner.as_str().as_bytes(), &mut Vec::new());
        if found.candidates.is_empty() {
            self.remember(mark, !found.is_bare());
        }
        outcome.passed |= found.passed;
        let raw = |span: Span| inner.raw(span.start..span.end);
        outcome.candidates.extend(found.candidates.into_iter().map(|candidate| {
            let span = raw(candidate.span);
            Candidate { span, ..candidate.into_owned() }
        }));
        outcome.places.extend(found.places.into_iter().map(|place| Place { span: raw(place.span), ..place }));
        // A config in the setting of another: all other decoded text only shows one.
        if !self.path.is_empty() {
            outcome.client = outcome.client.or(found.client);
            outcome.servers.extend(found.servers.into_iter().map(|found| {
                let span = raw(found.span);
                client::ServerEntry { span, ..found }
            }));
            outcome.references.extend(found.references.into_iter().map(|found| {
                let span = raw(found.span);
                client::Reference { span, ..found }
            }));
        }
    }
}

/// Whether the word `token` that ends here is the name of a field of a token response.
fn is_token_name(text: &[u8], end: usize) -> bool {
    let head = text.get(end.saturating_sub(b"access_token".len())..end).unwrap_or_default();
    (head.ends_with(b"access_token") || head.ends_with(b"accessToken")) && text.get(end) == Some(&b'"')
}

/// The host that follows the password of a URL.
fn host_behind(text: &[u8], at: usize) -> Option<&[u8]> {
    const LONGEST: usize = 128;
    let rest = text.get(at..text.len().min(at.saturating_add(LONGEST)))?.strip_prefix(b"@")?;
    rest.split(|byte| !(byte.is_ascii_alphanumeric() || b".-_".contains(byte))).next()
}

/// Hosts that are nobody's but the reader's: his own machine, and the domains kept for examples (RFC 2606, RFC 6761).
fn is_local(host: &[u8]) -> bool {
    let host = host.to_ascii_lowercase();
    host == b"localhost"
        || host.ends_with(b".localhost")
        || host.starts_with(b"127.")
        || host == b"0.0.0.0"
        || host == b"host"
        || [&b"example.com"[..], b"example.org", b"example.net", b".example"].iter().any(|end| host.ends_with(end))
}

/// The password of the `Basic` scheme, or the token that some services take in the place of the user.
fn basic(pair: &Text<'_>, context: Context) -> Option<Candidate<'static>> {
    let text = pair.as_str();
    let colon = text.find(':')?;
    let (user, password) = (text.get(..colon)?, text.get(colon + 1..)?);
    let secret = |part: &str| {
        part.len() >= 6
            && part.bytes().all(|byte| byte.is_ascii_graphic())
            && !placeholder::is_placeholder(part, Some("password"))
            && !shape::is_innocent(part)
    };
    let range = if secret(password) {
        colon + 1..text.len()
    } else if secret(user) && plausible::looks_generated(user) {
        0..colon
    } else {
        return None;
    };
    let bytes = text.as_bytes().get(range.clone())?;
    let generated = text.get(range.clone()).is_some_and(plausible::looks_generated);
    let rehearsal = context.rehearsal && !(context.kind == Kind::Settings && generated);
    Some(Candidate {
        span: pair.raw(range),
        secret: bytes.to_vec().into(),
        evidence: Evidence::Generic,
        signed: false,
        detector: generic::GENERIC,
        issuer: None,
        kind: "password",
        confidence: if rehearsal || context.kind == Kind::Prose { Confidence::Low } else { Confidence::Medium },
        bits: strength::bits(bytes),
        public: Anatomy::default(),
        facts: Facts::default(),
        slot: client::Slot::bare(SlotKind::Text),
    })
}

/// Gives candidates that were found in text the slot in whose value they stand.
///
/// One that only its name speaks for is dropped where the server is known and the name means nothing there.
pub(super) fn place(candidates: &mut Vec<Candidate<'_>>, mut places: Vec<Place>) {
    if places.is_empty() {
        return;
    }
    places.sort_by(|a, b| (a.span.start, b.span.end).cmp(&(b.span.start, a.span.end)));
    candidates.retain_mut(|candidate| {
        if candidate.slot.kind != SlotKind::Text {
            return true;
        }
        let before = places.partition_point(|place| place.span.start <= candidate.span.start);
        // The innermost value that holds it; values nest a few levels only (a URL in an argument).
        let holder = places.iter().take(before).rev().take(16).find(|place| place.span.contains(candidate.span));
        let Some(place) = holder else { return true };
        let named_alike = candidate.slot.variable.is_none() || candidate.slot.variable == place.slot.variable;
        if place.innocent && named_alike && candidate.evidence == Evidence::Generic {
            return false;
        }
        candidate.slot = place.slot.clone();
        candidate.issuer = candidate.issuer.or(place.issuer);
        true
    });
}
