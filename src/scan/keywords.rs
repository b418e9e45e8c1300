//! What each keyword of the prefilter means: detectors to try, a generic word, a mark that text is written in disguise.

mod addresses;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::prefilter::{Case, Hit, Prefilter};
use crate::client::deep_link;
use crate::detector::Detectors;
use addresses::Addresses;

/// Words that stand in the names of credentials. The name around one is judged later; these only say where to look.
const WORDS: &[&str] = &["token", "key", "secret", "pass", "pwd", "auth", "cred", "cookie", "bearer"];

/// Words that are too short to look for anywhere (`path`, `pattern`): only at the end of a longer name, with what may stand
/// behind one.
const ENDS: &[&str] = &["_DSN", "_dsn", ".dsn", "Dsn", "_PAT", "_pat", ".pat", "Pat"];
const BEHIND: &[char] = &['=', ':', ' ', '"', '\'', '>'];

/// Escapes that may hide a byte of a prefix: `ghp\u005f…`, `ghp%5F…`.
const ESCAPES: &[&str] = &["\\u00", "\\x5f", "\\x2d", "%5F", "%5f", "%2D", "%2d", "%22", "%25"];

/// Entities that may hide a byte of a prefix, or the quotes of a config.
const ENTITIES: &[&str] =
    &["&#95;", "&#x5f;", "&#x5F;", "&lowbar;", "&#45;", "&#x2d;", "&#x2D;", "&quot;", "&#34;", "&#x22;"];

/// How base64 text begins that holds a JSON object: `{"`, `{ "`, `{⏎`, and how that begins in base64 once more.
const BASE64: &[&str] = &["eyJ", "eyAi", "ewog", "ewoJ", "ew0K", "ZXlK"];

/// Ends of names of variables that are looked for in base64 too, where env files and scripts stand in it.
const VARIABLES: &[&str] = &["_KEY=", "TOKEN=", "SECRET=", "PASSWORD="];

/// The authentication scheme of RFC 7617, whose credential is written in base64.
const BASIC: &[&str] = &["Basic ", "basic "];

/// Verbs of the shell commands that configure a server.
const COMMANDS: &[&str] = &[
    " mcp add",
    "--add-mcp",
    "--mcp-config",
    "mcp secret set",
    "mcp-remote",
    "mcp_servers.",
    "docker run",
    "podman run",
];

/// What a hit asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning<'k> {
    /// Try these detectors, by ordinal in [`Detectors::all`].
    Detectors(&'k [u16]),
    /// See whether an assignment stands around it.
    Word,
    /// Decode the escapes around it.
    Escape,
    /// Decode the entities around it.
    Entity,
    /// Read the link that installs a server around it.
    Link,
    /// Decode the run of base64 around it. The distance from the start of the run to the hit leaves this rest when
    /// divided by four.
    Base64(u8),
    /// Decode the run of base64 behind it as user and password.
    Basic,
    /// Read the shell command around it.
    Command,
    /// A server map may stand in this text.
    Structure,
}

/// The prefilter and the meaning of its keywords.
#[derive(Debug)]
pub(super) struct Keywords {
    filter: Prefilter,
    /// Schemes, whose ordinals come behind those of the prefilter.
    addresses: Addresses,
    /// For each keyword ordinal, what it means.
    entries: Vec<Entry>,
    longest: usize,
    reach: (usize, usize),
}

#[derive(Debug)]
enum Entry {
    Detectors(Vec<u16>),
    Word,
    Escape,
    Entity,
    Link,
    Base64(u8),
    Basic,
    Command,
    Structure,
}

impl Keywords {
    /// The keywords of all detectors, the generic words and the marks.
    pub(super) fn new(detectors: &Detectors) -> Self {
        let mut by_keyword: Vec<(&str, u16)> = Vec::new();
        for (ordinal, detector) in detectors.all().iter().enumerate() {
            by_keyword.extend(detector.keywords.iter().map(|keyword| (*keyword, ordinal as u16)));
        }
        by_keyword.sort_unstable();
        by_keyword.dedup();
        let encoded: Vec<(String, u8)> = by_keyword
            .chunk_by(|a, b| a.0 == b.0)
            .filter_map(|group| group.first())
            .flat_map(|(keyword, _)| alignments(keyword).into_iter().chain(twice(keyword)))
            .chain(VARIABLES.iter().flat_map(|name| alignments(name)))
            .collect();
        let mut texts: Vec<(&str, Case)> = Vec::new();
        let mut entries = Vec::new();
        let is_scheme = |group: &[(&str, u16)]| match group {
            [(keyword, only)] => Addresses::is_scheme(keyword) && detectors.all()[usize::from(*only)].reads_addresses(),
            _ => false,
        };
        let (schemes, groups): (Vec<_>, Vec<_>) =
            by_keyword.chunk_by(|a, b| a.0 == b.0).partition(|group| is_scheme(group));
        for group in groups {
            let Some((keyword, _)) = group.first() else { continue };
            texts.push((keyword, Case::Exact));
            entries.push(Entry::Detectors(group.iter().map(|(_, ordinal)| *ordinal).collect()));
        }
        for (text, rest) in &encoded {
            texts.push((text, Case::Exact));
            entries.push(Entry::Base64(*rest));
        }
        let escaped: Vec<String> =
            by_keyword.chunk_by(|a, b| a.0 == b.0).filter_map(|group| percent(group.first()?.0)).collect();
        for text in &escaped {
            texts.push((text, Case::Exact));
            entries.push(Entry::Escape);
        }
        let ends: Vec<String> =
            ENDS.iter().flat_map(|end| BEHIND.iter().map(move |behind| format!("{end}{behind}"))).collect();
        for end in &ends {
            texts.push((end, Case::Exact));
            entries.push(Entry::Word);
        }
        let mut add = |list: &[&'static str], case, entry: fn() -> Entry| {
            for text in list {
                texts.push((text, case));
                entries.push(entry());
            }
        };
        add(WORDS, Case::Word, || Entry::Word);
        add(ESCAPES, Case::Exact, || Entry::Escape);
        add(ENTITIES, Case::Exact, || Entry::Entity);
        add(deep_link::MARKS, Case::Exact, || Entry::Link);
        add(BASE64, Case::Exact, || Entry::Base64(0));
        add(BASIC, Case::Exact, || Entry::Basic);
        add(COMMANDS, Case::Exact, || Entry::Command);
        add(&["mcp"], Case::Word, || Entry::Structure);
        add(STRUCTURE, Case::Exact, || Entry::Structure);
        let schemes = schemes.concat();
        let addresses = Addresses::new(schemes.iter().map(|(scheme, _)| *scheme), entries.len() as u16);
        entries.extend(schemes.iter().map(|(_, only)| Entry::Detectors(vec![*only])));
        let longest = texts.iter().map(|(text, _)| text.len()).max().unwrap_or(0);
        let filter = Prefilter::new(texts);
        Self { reach: filter.reach(), filter, addresses, entries, longest }
    }

    /// Finds the schemes of the addresses in `text` that name a user. These are not among what [`Self::find`] finds, as what
    /// tells them stands farther away than a keyword reaches.
    pub(super) fn addresses<'t>(&'t self, text: &'t [u8]) -> impl Iterator<Item = Hit> + 't {
        self.addresses.find(text)
    }

    /// Finds all other keywords of `text`.
    pub(super) fn find(&self, text: &[u8], hits: &mut Vec<Hit>) {
        self.filter.find(text, hits);
    }

    /// Finds those that are noticed in a part of it (see [`Prefilter::find_in`]).
    pub(super) fn find_in(&self, text: &[u8], part: std::ops::Range<usize>, hits: &mut Vec<Hit>) {
        self.filter.find_in(text, part, hits);
    }

    /// How far before and behind a place must be looked for those that cover it.
    pub(super) const fn reach(&self) -> (usize, usize) {
        self.reach
    }

    /// Length of the longest keyword.
    pub(super) const fn longest(&self) -> usize {
        self.longest
    }

    /// Where a hit stands.
    pub(super) fn span(&self, hit: Hit) -> std::ops::Range<usize> {
        match self.addresses.len_of(hit.keyword()) {
            Some(len) => hit.start()..hit.start() + len,
            None => self.filter.span(hit),
        }
    }

    /// What a hit asks for.
    pub(super) fn meaning(&self, hit: Hit) -> Meaning<'_> {
        match self.entries.get(usize::from(hit.keyword())) {
            Some(Entry::Detectors(ordinals)) => Meaning::Detectors(ordinals),
            Some(Entry::Escape) => Meaning::Escape,
            Some(Entry::Entity) => Meaning::Entity,
            Some(Entry::Link) => Meaning::Link,
            Some(Entry::Base64(rest)) => Meaning::Base64(*rest),
            Some(Entry::Basic) => Meaning::Basic,
            Some(Entry::Command) => Meaning::Command,
            Some(Entry::Structure) => Meaning::Structure,
            Some(Entry::Word) | None => Meaning::Word,
        }
    }
}

/// Words without which no server map can stand in a text, beside `mcp`.
const STRUCTURE: &[&str] = &[
    "context_servers",
    "modelContext",
    "\"servers\"",
    "\"command\"",
    "\"serverUrl\"",
    "extensions:",
    "servers:",
    "[servers.",
];

/// Shortest and longest keyword that is looked for in base64 too: a shorter one says too little once its outer bits are
/// cut off, a longer one begins with a shorter one or is no token's.
const ENCODED: std::ops::RangeInclusive<usize> = 4..=16;

/// The characters that base64 makes of a keyword whatever stands around it, at each of the three alignments, with the
/// rest that the distance from the start of the run leaves when divided by four.
fn alignments(keyword: &str) -> Vec<(String, u8)> {
    if !ENCODED.contains(&keyword.len()) {
        return Vec::new();
    }
    (0..3_usize)
        .filter_map(|lead| {
            let padded = [&b"\0\0"[..lead], keyword.as_bytes()].concat();
            let encoded = STANDARD_NO_PAD.encode(&padded);
            // Characters that only bits of the keyword decide.
            let (first, last) = ((lead * 8).div_ceil(6), padded.len() * 8 / 6);
            Some((encoded.get(first..last)?.to_owned(), (first % 4) as u8))
        })
        .collect()
}

/// How a keyword with marks in it is written in the parameter of a URL; `None` where it is written as it is, or stands in
/// so many links that each would be decoded for nothing.
fn percent(keyword: &str) -> Option<String> {
    const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
    let written = utf8_percent_encode(keyword, KEPT).to_string();
    (written != keyword && keyword.len() > "https://".len()).then_some(written)
}

/// How base64 of base64 of a token begins.
fn twice(keyword: &str) -> Option<(String, u8)> {
    let (once, _) = alignments(keyword).into_iter().next()?;
    alignments(&once).into_iter().next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_keyword_is_found_in_base64_at_every_alignment() {
        for lead in ["", "x", "xy", "xyz"] {
            let encoded = STANDARD_NO_PAD.encode(format!("{lead}token_prefix_and more"));
            let found = alignments("prefix_")
                .iter()
                .any(|(text, rest)| encoded.find(text.as_str()).is_some_and(|at| at % 4 == usize::from(*rest)));
            assert!(found, "{lead}");
        }
    }
}
