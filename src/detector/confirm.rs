//! Tries a pattern around one keyword: a bounded window, a boundary on either side, then entropy and checksum.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::OnceLock;

use percent_encoding::percent_decode;
use regex::bytes::{Captures, Regex, RegexBuilder};

use super::{Anatomy, Confidence, Detector, Facts, Hit, entropy, placeholder, strength};

/// How the bytes in a text are turned into the canonical secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// They are the secret.
    Plain,
    /// Percent-encoded, as in the userinfo of a URL.
    Percent,
    /// A PEM block: line ends may be `\n`, CRLF, or written as escapes.
    Pem,
}

/// The compiled patterns, made when first needed so that the program starts without compiling any.
#[derive(Debug)]
pub(super) struct Regexes {
    pattern: OnceLock<Option<Regex>>,
    near: OnceLock<Option<Regex>>,
    also: OnceLock<Vec<Regex>>,
}

impl Regexes {
    pub(super) const fn new() -> Self {
        Self { pattern: OnceLock::new(), near: OnceLock::new(), also: OnceLock::new() }
    }
}

/// Compiles `pattern` byte-wise; `anchored` ties it to the start of what it is tried on.
pub(super) fn compile(pattern: &str, anchored: bool) -> Result<Regex, regex::Error> {
    let pattern = if anchored { format!(r"\A(?:{pattern})") } else { pattern.to_owned() };
    RegexBuilder::new(&pattern).unicode(false).size_limit(4 << 20).dfa_size_limit(1 << 20).build()
}

/// A text of more matches than this before the keyword is hostile.
const MAX_TRIES: usize = 64;

impl Detector {
    /// Tries the pattern around one occurrence of a keyword in `text`, within the bounded window of the rule, and
    /// returns the longest legal match. A token inside a longer word is none.
    #[must_use]
    pub fn confirm(&self, text: &[u8], keyword: Range<usize>) -> Option<Hit> {
        let regex = self.regexes.pattern.get_or_init(|| compile(self.pattern, self.before == 0).ok()).as_ref()?;
        let start = keyword.start.saturating_sub(self.before);
        let end = text.len().min(keyword.end.saturating_add(self.after));
        let window = text.get(start..end)?;
        let mut from = 0;
        for _ in 0..MAX_TRIES {
            let captures = regex.captures_at(window, from)?;
            let all = captures.get(0)?;
            if start + all.start() > keyword.start {
                return None;
            }
            if start + all.end() >= keyword.end
                && let Some(hit) = self.judge(text, start, &captures, &keyword)
            {
                return Some(hit);
            }
            if self.before == 0 {
                return None;
            }
            from = all.start() + 1;
        }
        None
    }

    /// Tries the pattern on a whole value, without a keyword: what a slot or variable holds.
    #[must_use]
    pub fn examine(&self, value: &[u8]) -> Option<Hit> {
        let regex = self.regexes.pattern.get_or_init(|| compile(self.pattern, self.before == 0).ok()).as_ref()?;
        let captures = regex.captures(value)?;
        let all = captures.get(0)?;
        if all.start() != 0 || all.end() != value.len() || self.near.is_some() {
            return None;
        }
        self.judge(value, 0, &captures, &(0..0))
    }

    /// The canonical secret of a match: what is hashed, so that one secret has one identity in every syntax.
    #[must_use]
    pub fn canonical<'a>(&self, secret: &'a [u8]) -> Cow<'a, [u8]> {
        match self.form {
            Form::Plain => Cow::Borrowed(secret),
            Form::Percent => percent_decode(secret).into(),
            Form::Pem => Cow::Owned(pem_lines(secret)),
        }
    }

    fn judge(&self, text: &[u8], offset: usize, captures: &Captures<'_>, keyword: &Range<usize>) -> Option<Hit> {
        let all = captures.get(0)?;
        let whole = offset + all.start()..offset + all.end();
        if !free_on_the_left(text, whole.start, self.alphabet) {
            return None;
        }
        let mut hit = match self.near {
            None => self.weigh(text, offset, captures)?,
            Some((pattern, before, after)) => {
                if !free_on_the_right(text, whole.end, self.alphabet) {
                    return None;
                }
                let mut facts = Facts::default();
                collect(captures, &mut facts);
                let regex = self.regexes.near.get_or_init(|| compile(pattern, false).ok()).as_ref()?;
                let mut hit = self.beside(text, regex, keyword, before, after)?;
                facts.merge(hit.facts);
                hit.facts = facts;
                hit
            }
        };
        self.look_around(text, keyword, &mut hit.facts);
        if let Some(decoder) = self.decoder {
            let secret = text.get(hit.secret.clone())?;
            decoder.read(secret, text.get(whole)?, &mut hit)?;
        }
        Some(hit)
    }

    /// Takes over the ids that stand beside a credential.
    fn look_around(&self, text: &[u8], keyword: &Range<usize>, facts: &mut Facts) {
        if self.also.is_empty() {
            return;
        }
        let start = keyword.start.saturating_sub(self.also_within);
        let end = text.len().min(keyword.end.saturating_add(self.also_within));
        let Some(around) = text.get(start..end) else { return };
        let regexes = self
            .regexes
            .also
            .get_or_init(|| self.also.iter().filter_map(|pattern| compile(pattern, false).ok()).collect());
        for captures in regexes.iter().filter_map(|regex| regex.captures(around)) {
            let mut beside = Facts::default();
            collect(&captures, &mut beside);
            facts.merge(beside);
        }
    }

    /// The nearest legal match of `regex` behind the keyword, else the last one before it.
    fn beside(&self, text: &[u8], regex: &Regex, keyword: &Range<usize>, before: usize, after: usize) -> Option<Hit> {
        let behind = keyword.end..text.len().min(keyword.end.saturating_add(after));
        let ahead = keyword.start.saturating_sub(before)..keyword.start;
        let found = |range: Range<usize>, last: bool| {
            let mut found = None;
            for captures in regex.captures_iter(text.get(range.clone())?).take(MAX_TRIES) {
                if let Some(hit) = self.weigh(text, range.start, &captures) {
                    found = Some(hit);
                    if !last {
                        break;
                    }
                }
            }
            found
        };
        found(behind, false).or_else(|| found(ahead, true))
    }

    fn weigh(&self, text: &[u8], offset: usize, captures: &Captures<'_>) -> Option<Hit> {
        let found = captures.name("secret").or_else(|| captures.get(0))?;
        let range = offset + found.start()..offset + found.end();
        let secret = text.get(range.clone())?;
        let as_text = std::str::from_utf8(secret).ok();
        let checked = self
            .checksum
            .filter(|checksum| checksum.applies(secret))
            .map(|checksum| as_text.is_some_and(|token| checksum.holds(token)));
        let proven = checked == Some(true);
        let is_part_of_match = captures.name("secret").is_some();
        if !is_part_of_match {
            let free = free_on_the_left(text, range.start, self.alphabet)
                && (proven || free_on_the_right(text, range.end, self.alphabet));
            if !free {
                return None;
            }
        }
        let public = self.anatomy(secret);
        let body = secret.get(public.prefix..secret.len() - public.suffix)?;
        let is_placeholder =
            || self.form != Form::Pem && as_text.is_some_and(|token| placeholder::is_placeholder(token, None));
        if !proven && (entropy::per_byte(body) < self.entropy || is_placeholder()) {
            return None;
        }
        let mut facts = Facts::default();
        collect(captures, &mut facts);
        let confidence = match checked {
            Some(true) => Confidence::High,
            Some(false) => Confidence::Medium,
            None => self.confidence,
        };
        // What is an id and no secret does not make the secret stronger.
        let known: u32 = captures
            .iter()
            .skip(1)
            .flatten()
            .filter(|id| id.start() >= found.start() && id.end() <= found.end() && id.len() < found.len())
            .map(|id| strength::bits(id.as_bytes()))
            .sum();
        let bits = strength::bits(body).saturating_sub(known);
        Some(Hit { secret: range, facts, confidence, bits, public })
    }

    fn anatomy(&self, secret: &[u8]) -> Anatomy {
        let heads = std::iter::once(&self.prefix).chain(self.keywords);
        let prefix = heads.filter(|head| secret.starts_with(head.as_bytes())).map(|head| head.len()).max().unwrap_or(0);
        let rest = &secret[prefix..];
        let suffix = if rest.ends_with(self.suffix.as_bytes()) { self.suffix.len() } else { 0 };
        Anatomy { prefix, suffix }
    }
}

/// Takes the named groups over: `key_id`, and any other as a principal.
fn collect(captures: &Captures<'_>, facts: &mut Facts) {
    const PRINCIPALS: &[&str] = &[
        "account",
        "app",
        "bot",
        "client_id",
        "config",
        "email",
        "group",
        "host",
        "organization",
        "project",
        "region",
        "team",
        "user",
        "workspace",
    ];
    if let Some(id) = captures.name("key_id") {
        facts.key_id = Some(String::from_utf8_lossy(id.as_bytes()).into_owned());
    }
    for name in PRINCIPALS {
        if let Some(value) = captures.name(name).filter(|value| !value.is_empty()) {
            facts.principals.insert(name, String::from_utf8_lossy(value.as_bytes()).into_owned());
        }
    }
}

/// Whether no letter, digit or other character of the alphabet stands before `start`, escapes apart: in `\nghp_…` the
/// `n` belongs to the line end, in `%3Dghp_…` the `D` to the `=`, in `${NAME:-ghp_…` the `-` to the shell.
fn free_on_the_left(text: &[u8], start: usize, alphabet: &str) -> bool {
    let Some((&last, before)) = text[..start].split_last() else { return true };
    if !is_part(last, alphabet) || matches!(last, b'=' | b'/') && !alphabet.contains('+') {
        return true;
    }
    if matches!(last, b'-' | b'=') {
        return last == b'='
            || !before.last().is_some_and(|byte| byte.is_ascii_alphanumeric())
            || is_shell_default(before);
    }
    let hex = |count: usize| start >= count && text[start - count..start].iter().all(u8::is_ascii_hexdigit);
    let opened_by = |count: usize, mark: &[u8]| text[..start - count].ends_with(mark);
    (matches!(last, b'n' | b'r' | b't' | b'b' | b'f' | b'0' | b'v' | b'a') && before.ends_with(b"\\"))
        || (hex(2) && (opened_by(2, b"%") || opened_by(2, b"\\x")))
        || (hex(4) && opened_by(4, b"\\u"))
        || is_colour(last, before)
}

/// `${NAME` in front of a `-`.
fn is_shell_default(before: &[u8]) -> bool {
    let name = before.iter().rev().take(64).take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
    before[..before.len() - name].ends_with(b"${")
}

fn free_on_the_right(text: &[u8], end: usize, alphabet: &str) -> bool {
    text.get(end).is_none_or(|&byte| !is_part(byte, alphabet))
}

/// The end of a terminal colour sequence: `ESC [ 3 1 m`.
fn is_colour(last: u8, before: &[u8]) -> bool {
    last == b'm'
        && before
            .iter()
            .rev()
            .take(12)
            .find(|byte| !(byte.is_ascii_digit() || **byte == b';'))
            .is_some_and(|&byte| byte == b'[')
}

fn is_part(byte: u8, alphabet: &str) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || alphabet.as_bytes().contains(&byte)
}

/// LF line ends and none at the end, whichever way the line ends were written.
fn pem_lines(block: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(block.len());
    let mut rest = block;
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        if byte == b'\\' {
            // However deep the escaping: `\\\\n` is a line end written inside strings inside strings.
            let depth = rest.iter().take_while(|&&next| next == b'\\').count();
            match rest.get(depth) {
                Some(b'n') => out.push(b'\n'),
                Some(b'r') => {}
                Some(_) | None => continue,
            }
            rest = &rest[depth + 1..];
        } else if byte != b'\r' {
            out.push(byte);
        }
    }
    // Block scalars and quoted strings indent the lines; no PEM line begins or ends with a blank.
    let lines: Vec<&[u8]> = out.trim_ascii().split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii).collect();
    lines.join(&b'\n')
}
