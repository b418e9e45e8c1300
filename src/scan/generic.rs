//! The generic detector: `name = value` in code, env files and text, where nothing but the name says what the value is.

use std::borrow::Cow;

use super::assignment::{self, Assignment, Style};
use super::candidate::{Candidate, Evidence};
use super::command::assign::Set;
use super::context::{Context, Kind};
use super::{confirm, decode, plausible};
use crate::client::{Slot, SlotKind};
use crate::detector::name::{self, Role};
use crate::detector::{Anatomy, Confidence, Detector, Detectors, Facts, placeholder, shape, strength};
use crate::span::{Span, Text};

/// Id of the detector for a credential that only its name gives away.
pub(super) const GENERIC: &str = "generic-credential";

/// The assignment around one generic word, judged.
///
/// Returns where the name ends too, so that a second word in the same name is not looked at again.
pub(super) fn look<'t>(
    text: &'t [u8],
    word: std::ops::Range<usize>,
    context: Context,
    detectors: &Detectors,
) -> (usize, Option<Candidate<'t>>) {
    let behind = text.get(word.clone()).is_some_and(|word| !word.last().is_some_and(u8::is_ascii_alphanumeric));
    let name = assignment::name_around(text, word.start..word.end - usize::from(behind));
    let end = name.end;
    (end, judged(text, name, context, detectors))
}

fn judged<'t>(
    text: &'t [u8],
    name: std::ops::Range<usize>,
    context: Context,
    detectors: &Detectors,
) -> Option<Candidate<'t>> {
    let found = assignment::read(text, name, matches!(context.kind, Kind::Settings | Kind::Plain))?;
    if found.style == Style::Bare && !stands_alone(text, &found) {
        return None;
    }
    let name = std::str::from_utf8(text.get(found.name.clone())?).ok()?;
    let secret = text.get(found.value.clone())?;
    let value = std::str::from_utf8(secret).ok()?;
    let known = detectors.by_variable(name);
    if let Some(documented) = known.and_then(|detector| documented(detector, text, &found, context)) {
        return Some(documented);
    }
    if is_something_else(name, value) || is_of_page(name, value) {
        return None;
    }
    // A Kubernetes secret holds its values in base64, a URL its parameters in percent escapes: the credential is what
    // they decode to.
    let decoded = decode::keyed(text, &found.name, &found.value);
    let (value, secret) = match &decoded {
        Some(inner) => (inner.as_str(), Cow::Owned(inner.as_str().as_bytes().to_vec())),
        None => (value, Cow::Borrowed(secret)),
    };
    // `TOKEN_HEX` says how the token is written.
    let told = decoded.as_ref().and_then(|_| unwritten(name)).unwrap_or(name);
    let mut confidence = plausible::judge(told, value, found.style, context)?;
    if is_shown(text, found.name.start, context) || is_described(text, found.name.start) {
        confidence = Confidence::Low;
    }
    Some(Candidate {
        span: decoded.as_ref().map_or(Span::new(found.value.start, found.value.end), Text::span),
        bits: strength::bits(&secret),
        secret,
        evidence: Evidence::Generic,
        signed: false,
        detector: GENERIC,
        issuer: known.and_then(|detector| detector.issuer),
        kind: known.map_or_else(|| kind_of(name), |detector| detector.kind),
        confidence,
        public: Anatomy::default(),
        facts: Facts::default(),
        slot: Slot { variable: Some(name.to_owned()), ..Slot::bare(SlotKind::Text) },
    })
}

/// Whether an assignment is a string of its own, or stands in a text. In programs strings stand one behind the other without end,
/// and what looks like a name and its value may be pieces of several.
fn stands_alone(text: &[u8], found: &Assignment) -> bool {
    /// How programs of Linux, Windows and macOS begin.
    const PROGRAMS: &[&[u8]] = &[b"\x7fELF", b"MZ", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe"];
    let ends = |byte: Option<&u8>| byte.is_none_or(|byte| matches!(byte, 0 | b'\n' | b'\r'));
    let before = found.name.start.checked_sub(1).and_then(|before| text.get(before));
    !PROGRAMS.iter().any(|head| text.starts_with(head)) || ends(before) && ends(text.get(found.value.end))
}

/// Whether a value is none of its own, though its name and looks say so.
pub(super) fn is_something_else(name: &str, value: &str) -> bool {
    is_name_of_key(name, value) || is_vanity(name, value) || is_data_source(value)
}

/// Whether a text records what a page was given that says nothing of who may see it: tokens against forged requests, and
/// cookies of other things. What somebody puts into a variable under such a name is a credential all the same.
fn is_of_page(name: &str, value: &str) -> bool {
    is_against_forgery(name) || is_other_cookie(name, value)
}

/// The names that web frameworks give to their tokens against forged requests.
fn is_against_forgery(name: &str) -> bool {
    matches!(name, "atl_token" | "csrfmiddlewaretoken" | "csrftoken" | "xsrftoken")
}

/// The fingerprint or id by which git or a package manager is told whose OpenPGP key signs: it stands on every key server.
fn is_name_of_key(name: &str, value: &str) -> bool {
    let digits = value.strip_prefix("0x").unwrap_or(value);
    let lower = name.to_ascii_lowercase();
    (lower == "signingkey" || ["gpg", "pgp"].iter().any(|word| lower.contains(word)) && lower.contains("key"))
        && matches!(digits.len(), 8 | 16 | 40)
        && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'A'..=b'F'))
}

/// `token_2022: "Tokenz…"`: an address on a chain that its owner searched for until it began with the word in its name. No
/// generator writes the name in front.
fn is_vanity(name: &str, value: &str) -> bool {
    /// How many characters 32 bytes have in base58.
    const ADDRESS: std::ops::RangeInclusive<usize> = 43..=44;
    /// How far behind the beginning the word may stand, and the shortest that is told by.
    const BEHIND: usize = 2;
    const WORD: usize = 4;
    let base58 = |byte: u8| byte.is_ascii_alphanumeric() && !b"0OIl".contains(&byte);
    let words = || name.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| word.len() >= WORD);
    ADDRESS.contains(&value.len())
        && value.bytes().all(base58)
        && words().any(|word| {
            (0..=BEHIND).any(|at| value.get(at..at + word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word)))
        })
}

/// `Set-Cookie: discount=…`: a cookie whose own name speaks neither of a session nor of a secret.
fn is_other_cookie(name: &str, value: &str) -> bool {
    const TELLING: &[&str] = &["sess", "sid", "auth", "token", "jwt", "login", "remember", "identity", "sso"];
    if !name.eq_ignore_ascii_case("set-cookie") {
        return false;
    }
    let Some((cookie, _)) = value.split_once('=') else { return false };
    let lower = cookie.to_ascii_lowercase();
    !cookie.is_empty()
        && cookie.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte))
        && match name::role(cookie) {
            _ if is_against_forgery(cookie) => true,
            Role::Secret => false,
            Role::NotSecret => true,
            Role::Neutral => !TELLING.iter().any(|word| lower.contains(word)),
        }
}

/// `user:password@tcp(db:3306)/app` of Go's drivers, where the password says no more than that it is one.
fn is_data_source(value: &str) -> bool {
    let Some((who, _)) = ["@tcp(", "@unix("].iter().find_map(|mark| value.split_once(mark)) else { return false };
    who.split_once(':').is_none_or(|(user, password)| placeholder::is_placeholder(password, Some(user)))
}

/// A variable that a shell line sets, judged as an assignment is.
pub(super) fn set(set: &Set<'_>, context: Context, detectors: &Detectors) -> Option<Candidate<'static>> {
    let value = set.value.as_str();
    let known = detectors.by_variable(set.name);
    let slot = Slot { variable: Some(set.name.to_owned()), ..Slot::bare(SlotKind::Text) };
    let lock = context.kind == Kind::Derived || shape::is_lock_hash(value);
    if !lock
        && !placeholder::is_placeholder(value, Some(set.name))
        && let Some(detector) = known
        && let Some(hit) = detector.examine(value.as_bytes())
        && let Some(found) = confirm::found(detector, value.as_bytes(), hit)
    {
        let most = if context.rehearsal { Confidence::Low } else { Confidence::Medium };
        let confidence = found.confidence.min(most);
        let span = set.value.raw(found.span.start..found.span.end);
        return Some(Candidate { span, slot, confidence, ..found.into_owned() });
    }
    if is_something_else(set.name, value) {
        return None;
    }
    let style = if set.quoted { Style::Quoted } else { Style::Bare };
    let decoded = decode::meant(&set.value);
    let value = decoded.as_ref().map_or(value, Text::as_str);
    let confidence = plausible::judge(set.name, value, style, context)?;
    Some(Candidate {
        span: decoded.as_ref().map_or_else(|| set.value.span(), Text::span),
        bits: strength::bits(value.as_bytes()),
        secret: Cow::Owned(value.as_bytes().to_vec()),
        evidence: Evidence::Generic,
        signed: false,
        detector: GENERIC,
        issuer: known.and_then(|detector| detector.issuer),
        kind: known.map_or_else(|| kind_of(set.name), |detector| detector.kind),
        confidence,
        public: Anatomy::default(),
        facts: Facts::default(),
        slot,
    })
}

/// A name without the word at its end that says how its value is written.
fn unwritten(name: &str) -> Option<&str> {
    let (head, tail) = name.rsplit_once(['_', '-', '.'])?;
    ["hex", "b64", "base64", "encoded"].iter().any(|word| tail.eq_ignore_ascii_case(word)).then_some(head)
}

/// Whether what stands there is shown to people who read about a program.
pub(super) fn is_shown(text: &[u8], at: usize, context: Context) -> bool {
    match context.kind {
        Kind::Code => in_documentation(text, at) || in_docstring(text, at),
        // Many a script has no extension.
        Kind::Settings => in_docstring(text, at),
        _ => false,
    }
}

/// Whether the quotes in front of that place that open last are those of a docstring (Python, Elixir), or of the examples that
/// describe a module (Ansible). Told by what stands next to them, so that a part of a text is judged as the whole is.
fn in_docstring(text: &[u8], at: usize) -> bool {
    const REACH: usize = 16 << 10;
    const NAMES: &[&str] = &["DOCUMENTATION", "EXAMPLES", "RETURN", "@doc", "@moduledoc"];
    let before = text.get(at.saturating_sub(REACH)..at).unwrap_or_default();
    let marks = [&br#"""""#[..], b"'''"].map(|mark| memchr::memmem::rfind(before, mark));
    let Some(quotes) = marks.into_iter().flatten().max() else { return false };
    let (ahead, behind) = (&before[..quotes], &before[quotes + 3..]);
    let line = ahead.rsplit(|&byte| byte == b'\n').next().unwrap_or_default();
    let Ok(head) = std::str::from_utf8(line) else { return false };
    let head = head.trim().trim_end_matches(['r', 'R', 'u', 'U', 'b', 'B', 'f', 'F']).trim_end();
    let named = head.trim_end_matches('=').trim_end();
    if NAMES.contains(&named) {
        return true;
    }
    if !head.is_empty() {
        return false;
    }
    // A docstring begins in the line of its quotes, or right below the line that it describes; `""".format(…)` ends a string.
    let begins = behind.first().is_some_and(u8::is_ascii_alphabetic);
    let above = ahead[..ahead.len() - line.len()].trim_ascii_end();
    let header = above.rsplit(|&byte| byte == b'\n').next().unwrap_or_default().trim_ascii();
    let describes = header.ends_with(b":")
        && (header.ends_with(b"):")
            || [&b"def "[..], b"class ", b"async "].iter().any(|word| header.starts_with(word)));
    begins && behind.contains(&b'\n') || describes
}

/// Whether it is a sentence that says by what something `is identified`, and no statement of SQL.
pub(super) fn in_sentence(text: &[u8], at: usize) -> bool {
    const REACH: usize = 48;
    const BEING: &[&[u8]] = &[b"is", b"are", b"was", b"were", b"be", b"been", b"being"];
    let before = text.get(at.saturating_sub(REACH)..at).unwrap_or_default().trim_ascii_end();
    let before = before.strip_suffix(b"'").unwrap_or(before).trim_ascii_end();
    let phrase = b"identified by".len();
    let Some(ahead) =
        before.len().checked_sub(phrase).filter(|&at| before[at..].eq_ignore_ascii_case(b"identified by"))
    else {
        return false;
    };
    let word = before[..ahead].trim_ascii_end().rsplit(u8::is_ascii_whitespace).next().unwrap_or_default();
    BEING.iter().any(|being| word.eq_ignore_ascii_case(being))
}

/// Whether the line is one of documentation that tools print: what it shows is an example. Code that was commented out
/// is not.
pub(super) fn in_documentation(text: &[u8], at: usize) -> bool {
    const REACH: usize = 160;
    let before = text.get(at.saturating_sub(REACH)..at).unwrap_or_default();
    let line = before.rsplit(|&byte| byte == b'\n').next().unwrap_or_default().trim_ascii_start();
    ["* ", "/// ", "//! ", "#  "].iter().any(|mark| line.starts_with(mark.as_bytes()))
}

/// Whether a value is the `example` of a description of an interface (OpenAPI, Swagger), which whoever wrote it has published.
pub(super) fn is_described(text: &[u8], at: usize) -> bool {
    const REACH: usize = 160;
    const HEAD: usize = 4096;
    let before = text.get(at.saturating_sub(REACH)..at).unwrap_or_default();
    let line = before.rsplit(|&byte| byte == b'\n').next().unwrap_or_default();
    let mut words = line.split(|byte| !byte.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let itself = words.next() == Some(b"example") && words.next().is_none();
    if !itself && !is_below_example(text, at) {
        return false;
    }
    let head = text.get(..text.len().min(HEAD)).unwrap_or_default();
    ["swagger", "openapi"].iter().any(|mark| {
        memchr::memmem::find_iter(head, mark).any(|at| {
            let ahead = head[..at].iter().rev().find(|byte| !matches!(byte, b'"' | b'\'' | b' ' | b'\t'));
            let behind = head[at + mark.len()..].iter().find(|byte| !matches!(byte, b'"' | b'\''));
            ahead.is_none_or(|byte| matches!(byte, b'\n' | b'{' | b',')) && behind == Some(&b':')
        })
    })
}

/// Whether that place is part of what stands, further indented, below `example:` or `"examples":`.
fn is_below_example(text: &[u8], at: usize) -> bool {
    const REACH: usize = 4 << 10;
    let before = text.get(at.saturating_sub(REACH)..at).unwrap_or_default();
    let indent = |line: &[u8]| line.len() - line.trim_ascii_start().len();
    let mut lines = before.rsplit(|&byte| byte == b'\n');
    let mut least = lines.next().map_or(0, indent);
    for line in lines.filter(|line| !line.trim_ascii().is_empty()) {
        if least == 0 {
            return false;
        }
        if indent(line) >= least {
            continue;
        }
        least = indent(line);
        let key = line.trim_ascii().split(|&byte| byte == b':').next().unwrap_or_default();
        let key = key.trim_ascii_start().strip_prefix(b"- ").unwrap_or(key);
        let key: Vec<u8> = key.iter().copied().filter(u8::is_ascii_alphanumeric).collect();
        if matches!(&key[..], b"example" | b"examples") {
            return true;
        }
    }
    false
}

/// The value of a variable that a detector knows, where it looks as that detector documents: then no more evidence is
/// asked for.
fn documented<'t>(
    detector: &'static Detector,
    text: &'t [u8],
    found: &Assignment,
    context: Context,
) -> Option<Candidate<'t>> {
    let value = text.get(found.value.clone())?;
    let name = std::str::from_utf8(text.get(found.name.clone())?).ok()?;
    let read = std::str::from_utf8(value).ok()?;
    if context.kind == Kind::Derived || shape::is_lock_hash(read) || placeholder::is_placeholder(read, Some(name)) {
        return None;
    }
    let mut candidate = confirm::found(detector, value, detector.examine(value)?)?;
    let at = found.value.start;
    candidate.span = Span::new(at + candidate.span.start, at + candidate.span.end);
    candidate.slot.variable = Some(name.to_owned());
    // The name says what the form alone does not; a rehearsal is one all the same.
    let most = if context.rehearsal { Confidence::Low } else { Confidence::Medium };
    candidate.confidence = candidate.confidence.min(most);
    Some(candidate)
}

/// The kind of credential that a name speaks of.
pub(super) fn kind_of(name: &str) -> &'static str {
    let lower = name.to_ascii_lowercase();
    if plausible::is_password(&lower) {
        "password"
    } else if lower.contains("token") || lower.contains("bearer") {
        "api_token"
    } else if lower.contains("key") {
        "api_key"
    } else if lower.contains("client") && lower.contains("secret") {
        "oauth_client"
    } else {
        "other"
    }
}
