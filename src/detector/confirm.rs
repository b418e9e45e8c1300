//! Tries a pattern around one keyword: a bounded window, a boundary on either side, then entropy and checksum.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::OnceLock;

use percent_encoding::percent_decode;
use regex::bytes::{Captures, Regex, RegexBuilder};

use super::scope::Scope;
use super::{Anatomy, Confidence, Decoder, Detector, Facts, Hit, entropy, placeholder, shape, strength};

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
    RegexBuilder::new(&pattern).unicode(false).nest_limit(100).size_limit(4 << 20).dfa_size_limit(1 << 20).build()
}

/// More matches than this beside one keyword is hostile text.
const MAX_BESIDE: usize = 64;
/// A head longer than this is not tried byte by byte but only where an unbroken run of its alphabet begins.
const SHORT_HEAD: usize = 64;

impl Detector {
    /// Whether a look behind the keyword shows that nothing is to be found, as it does behind nearly every address.
    #[must_use]
    pub fn passes_over(&self, text: &[u8], keyword: &Range<usize>) -> bool {
        self.reads_addresses() && !names_a_user(text, keyword.end)
    }

    /// Whether it finds addresses with a password in them, and so nothing without the `@` behind that.
    #[must_use]
    pub fn reads_addresses(&self) -> bool {
        self.decoder == Some(Decoder::Url)
    }

    /// Tries the pattern around one occurrence of a keyword in `text`, within the bounded window of the rule, and
    /// returns the longest legal match. A token inside a longer word is none.
    ///
    /// The pattern is only ever tried from a fixed start, so the time is linear in the window however hostile the text.
    #[must_use]
    pub fn confirm(&self, text: &[u8], keyword: Range<usize>) -> Option<Hit> {
        let regex = self.regex()?;
        let end = text.len().min(keyword.end.saturating_add(self.after));
        for start in self.head(text, keyword.start)..=keyword.start {
            if !free_on_the_left(text, start, self.alphabet) {
                continue;
            }
            let Some(captures) = regex.captures(text.get(start..end)?) else { continue };
            if start + captures.get(0)?.end() < keyword.end {
                continue;
            }
            if let Some(hit) = self.judge(text, start, &captures, &keyword) {
                return Some(hit);
            }
        }
        None
    }

    /// Tries the pattern on a whole value, without a keyword: what a slot or variable holds.
    #[must_use]
    pub fn examine(&self, value: &[u8]) -> Option<Hit> {
        if let Some((pattern, _, _)) = self.near {
            let regex = self.near_regex(pattern)?;
            let captures = regex.captures(value)?;
            return if captures.get(0)?.range() == (0..value.len()) { self.weigh(value, 0, &captures) } else { None };
        }
        let captures = self.regex()?.captures(value)?;
        if captures.get(0)?.end() != value.len() {
            return None;
        }
        self.judge(value, 0, &captures, &(0..0))
    }

    fn regex(&self) -> Option<&Regex> {
        self.regexes.pattern.get_or_init(|| compile(self.pattern, true).ok()).as_ref()
    }

    fn near_regex(&self, pattern: &str) -> Option<&Regex> {
        self.regexes.near.get_or_init(|| compile(pattern, false).ok()).as_ref()
    }

    /// The first byte at which a match that covers a keyword at `keyword` may start.
    fn head(&self, text: &[u8], keyword: usize) -> usize {
        let earliest = keyword.saturating_sub(self.before);
        if self.before <= SHORT_HEAD {
            return earliest;
        }
        let Some(before) = text.get(earliest..keyword) else { return keyword };
        keyword - before.iter().rev().take_while(|&&byte| is_part(byte, self.alphabet)).count()
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
        let mut hit = match self.near {
            None => self.weigh(text, offset, captures)?,
            Some((pattern, before, after)) => {
                if !free_on_the_right(text, whole.end, self.alphabet) {
                    return None;
                }
                let mut facts = Facts::default();
                collect(captures, &mut facts);
                let regex = self.near_regex(pattern)?;
                // Of a pair, both stand in one object; a name may stand far around what it names.
                let mut hit = if facts == Facts::default() {
                    self.beside(text, regex, keyword, before, after)?
                } else {
                    let scope = Scope::around(text, keyword.start..whole.end, before, after);
                    let own = keyword.start - scope.start..keyword.end - scope.start;
                    let mut hit = self.beside(&scope.bytes, regex, &own, before, after)?;
                    hit.secret = hit.secret.start + scope.start..hit.secret.end + scope.start;
                    hit
                };
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
        let scope = Scope::around(text, keyword.clone(), self.also_within, self.also_within);
        let centre = keyword.start - scope.start;
        let regexes = self
            .regexes
            .also
            .get_or_init(|| self.also.iter().filter_map(|pattern| compile(pattern, false).ok()).collect());
        // The nearest, where there are several.
        let nearest = |regex: &Regex| {
            let all = regex.captures_iter(&scope.bytes).take(MAX_BESIDE);
            all.min_by_key(|captures| captures.get(0).map_or(usize::MAX, |all| all.start().abs_diff(centre)))
        };
        for captures in regexes.iter().filter_map(nearest) {
            let mut beside = Facts::default();
            collect(&captures, &mut beside);
            facts.merge(beside);
        }
    }

    /// The legal match of `regex` that belongs to the keyword: behind it or before it, whichever is nearer. One before
    /// it belongs to another keyword that stands in front of both, unless there is none behind.
    fn beside(&self, text: &[u8], regex: &Regex, keyword: &Range<usize>, before: usize, after: usize) -> Option<Hit> {
        let behind = keyword.end..text.len().min(keyword.end.saturating_add(after));
        let ahead = keyword.start.saturating_sub(before)..keyword.start;
        let matches = |range: Range<usize>| {
            regex
                .captures_iter(text.get(range.clone()).unwrap_or_default())
                .take(MAX_BESIDE)
                .filter_map(move |captures| self.weigh(text, range.start, &captures))
                // Nothing in the value itself says that it is one: it must not be the name of something.
                .filter(|hit| {
                    !text
                        .get(hit.secret.clone())
                        .is_some_and(|it| std::str::from_utf8(it).is_ok_and(shape::is_innocent))
                })
        };
        let next = matches(behind).next();
        let Some(last) = matches(ahead.clone()).last() else { return next };
        let Some(next) = next else { return Some(last) };
        let in_front = text.get(ahead.start..last.secret.start).unwrap_or_default();
        let claimed = self.keywords.iter().any(|other| memchr::memmem::find(in_front, other.as_bytes()).is_some());
        let nearer = keyword.start - last.secret.end < next.secret.start - keyword.end;
        Some(if nearer && !claimed { last } else { next })
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
        let is_digest =
            || as_text.is_some_and(shape::is_lock_hash) || text.get(..range.start).is_some_and(shape::begins_digest);
        if !proven && (entropy::per_byte(body) < self.entropy || is_placeholder() || is_digest()) {
            return None;
        }
        let mut facts = Facts::default();
        collect(captures, &mut facts);
        let confidence = match checked {
            Some(true) => Confidence::High,
            Some(false) => Confidence::Medium,
            // Long base64 and the palettes of pictures hold any few letters by chance.
            None if (1..=4).contains(&self.prefix.len()) && (is_wrapped(text, &range) || is_palette(body)) => {
                Confidence::Low
            }
            None => self.confidence,
        };
        // Ids inside the secret are known to others, so only what stands between them counts.
        let mut bits = 0;
        let mut from = offset + found.start() + public.prefix;
        let end = offset + found.end() - public.suffix;
        for id in captures.iter().skip(1).flatten().filter(|id| id.len() < found.len()) {
            let id = offset + id.start()..offset + id.end();
            if from <= id.start && id.end <= end {
                bits += strength::bits(without_separators(&text[from..id.start]));
                from = id.end;
            }
        }
        bits += text.get(from..end).map_or(0, |rest| strength::bits(without_separators(rest)));
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

/// Bytes behind the scheme of a URL within which the `@` behind its user and password stands.
pub const LONGEST_USER: usize = 480;

/// Whether a byte ends what may be the user and password of a URL: the `@` behind them, or what stands in neither.
#[must_use]
pub const fn ends_user(byte: u8) -> bool {
    byte.is_ascii_whitespace() || matches!(byte, b'/' | b'?' | b'"' | b'\'' | b'`' | b'<' | b'>' | b'@')
}

/// Whether an `@` stands in what follows the scheme of a URL, which ends at `scheme`: nearly no address in text has one.
#[must_use]
pub fn names_a_user(text: &[u8], scheme: usize) -> bool {
    let rest = text.get(scheme..text.len().min(scheme.saturating_add(LONGEST_USER))).unwrap_or_default();
    // `mysql+` is only the beginning of a scheme.
    let whole = scheme.checked_sub(1).and_then(|last| text.get(last)) == Some(&b'/');
    let begin =
        if whole { 0 } else { memchr::memchr(b':', rest.get(..24.min(rest.len())).unwrap_or_default()).unwrap_or(0) };
    let rest = rest.get(begin..).unwrap_or_default();
    let slashes = rest.iter().take_while(|byte| matches!(byte, b':' | b'/' | b'\\')).count();
    let authority = rest.get(slashes..).unwrap_or_default();
    authority.iter().find(|byte| ends_user(**byte)) == Some(&b'@')
}

/// Capitals without a digit: neighbouring bytes of a table, as hardly any key of mixed characters is.
fn is_palette(body: &[u8]) -> bool {
    body.iter().any(u8::is_ascii_uppercase) && !body.iter().any(u8::is_ascii_digit)
}

/// What joins an id to a secret is part of neither.
fn without_separators(mut bytes: &[u8]) -> &[u8] {
    while let [b'-' | b'_' | b'.' | b':' | b'/', rest @ ..] | [rest @ .., b'-' | b'_' | b'.' | b':' | b'/'] = bytes {
        bytes = rest;
    }
    bytes
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
    let Some((&last, before)) = text.get(..start).and_then(<[u8]>::split_last) else { return true };
    if last == b'-' && alphabet.contains('-') {
        return !before.last().is_some_and(u8::is_ascii_alphanumeric) || is_shell_default(before);
    }
    // `=` assigns more often than it pads what stands before.
    if last == b'=' || !is_part(last, alphabet) {
        return true;
    }
    let hex = |count: usize| start >= count && text[start - count..start].iter().all(u8::is_ascii_hexdigit);
    let opened_by = |count: usize, mark: &[u8]| text[..start - count].ends_with(mark);
    (matches!(last, b'n' | b'r' | b't' | b'b' | b'f' | b'0' | b'v' | b'a') && before.ends_with(b"\\"))
        || (hex(2) && (opened_by(2, b"%") || opened_by(2, b"\\x")))
        || (hex(4) && opened_by(4, b"\\u"))
        || is_colour(last, before)
}

/// Whether `range` is one of the lines into which a long text in base64 was cut: the line above is as long.
fn is_wrapped(text: &[u8], range: &Range<usize>) -> bool {
    let before = text.get(..range.start).unwrap_or_default();
    let Some(end) = before.iter().rev().take(64).position(|&byte| byte == b'\n') else { return false };
    let above = before[..before.len() - end].trim_ascii_end();
    let above = above.strip_suffix(b",").unwrap_or(above);
    let above = above.strip_suffix(b"\"").unwrap_or(above);
    let letters = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    above.iter().rev().take(range.len() + 1).take_while(|byte| letters(byte)).count() == range.len()
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

#[cfg(test)]
mod tests;
