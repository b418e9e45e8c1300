//! Whether a value only stands where a credential will stand: `YOUR_API_KEY`, `<token>`, `sk-...`, `xxxx`.

use std::borrow::Cow;

use super::language::wordiness;
use super::marked::{is_marked, is_small_number, is_wordlike};
use super::published::is_published;
use super::sequence::{is_braided, is_patterned, is_repeated, is_sequence};
use super::vocabulary::{HEADS, JOINERS, Lengths, MARKERS, NOUNS, has};
use super::words;

/// Whether `value` is a placeholder. `name` is the variable, header or flag it is given to, where there is one: a value
/// that only repeats it is none of its own.
///
/// A value of random characters is never one, whatever words those happen to spell: a word counts only where it
/// stands alone, and only if nothing random stands beside it.
#[must_use]
pub fn is_placeholder(value: &str, name: Option<&str>) -> bool {
    let value = without_scheme(value.trim());
    if value.contains('%') && value.len() <= MAX_VALUE {
        let decoded = percent_encoding::percent_decode_str(value).decode_utf8();
        if let Ok(Cow::Owned(decoded)) = decoded {
            return stands_in(value, name) || stands_in(&decoded, name);
        }
    }
    stands_in(value, name)
}

fn stands_in(value: &str, name: Option<&str>) -> bool {
    if value.is_empty() || value.len() > MAX_VALUE {
        return value.is_empty();
    }
    // `%3Cyour%2Dkey%3E`, as it stands in the query of a URL.
    if value.contains('%') {
        let plain = percent_encoding::percent_decode_str(value).decode_utf8_lossy();
        if plain != value && is_unfilled(&plain, name) {
            return true;
        }
    }
    is_unfilled(value, name)
}

fn is_unfilled(value: &str, name: Option<&str>) -> bool {
    is_marked(value)
        || is_addressed(value)
        || is_code_reference(value)
        || is_masked(value)
        || is_documentation_key(value)
        || is_sequence(body(value))
        || is_braided(body(value))
        || is_patterned(body(value))
        || is_unsigned_token(value)
        || is_repeated(body(value))
        || is_worded(value, name)
        || is_published(value)
}

/// Longer than any placeholder.
const MAX_VALUE: usize = 256;

/// `Bearer x` → `x`.
fn without_scheme(value: &str) -> &str {
    for scheme in ["bearer ", "token ", "basic ", "apikey "] {
        if let (Some(head), Some(rest)) = (value.get(..scheme.len()), value.get(scheme.len()..))
            && head.eq_ignore_ascii_case(scheme)
        {
            return rest.trim_start();
        }
    }
    value
}

/// `your_connection_string:starts_with:…`, `你的token`: it speaks to the reader.
fn is_addressed(value: &str) -> bool {
    const YOURS: &[&str] = &["你的", "您的", "あなたの"];
    let lower = value.get(..5).is_some_and(|head| {
        head.eq_ignore_ascii_case("your_") || head.eq_ignore_ascii_case("your-") || head.eq_ignore_ascii_case("your ")
    });
    let word = value.get(5..).unwrap_or_default().split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
    // Ideographs and kana: a sentence, such as where to get the value.
    let wide = if value.is_ascii() { "" } else { value };
    let written = wide.chars().filter(|c| matches!(c, '\u{3040}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}')).count();
    (lower && word.len() >= 3) || written >= 3 || YOURS.iter().any(|your| value.contains(your))
}

fn is_code_reference(value: &str) -> bool {
    const STARTS: &[&str] = &[
        "process.env",
        "os.environ",
        "os.getenv",
        "import.meta.env",
        "Deno.env",
        "Bun.env",
        "System.getenv",
        "ENV[",
        "ENV.fetch",
        "std::env",
        "env::var",
        "getenv(",
        "env(",
        "secrets.",
        "Environment.GetEnvironmentVariable",
        "os.Getenv",
        "$env:",
        "env.",
        "vars.",
        "inputs.",
        "config(",
        "settings.",
        "$(",
        "op://",
        "vault:",
        "vault://",
        "keychain:",
        "doppler://",
        "arn:aws:secretsmanager:",
        "arn:aws:ssm:",
        "@Microsoft.KeyVault(",
        "file:",
        "sops:",
        "ENC[",
        "!env",
        "!ref",
        "!vault",
        "ref+",
        "gcp-sm://",
        "awssm://",
        "aws-sm://",
        "azurekeyvault://",
        "ssm://",
        "bws://",
        "infisical://",
        "akv://",
    ];
    STARTS.iter().any(|start| value.starts_with(start))
}

/// Stars, dots or x where the secret was.
fn is_masked(value: &str) -> bool {
    let masked_run =
        |mark: char, length: usize| value.split(|c: char| c != mark).any(|run| run.chars().count() >= length);
    value.contains('…')
        || value.contains("•••")
        || masked_run('*', 3)
        || (masked_run('.', 3) && value.len() < 120)
        || masked_run('x', 6)
        || masked_run('X', 6)
        || masked_run('_', 6)
        || masked_run('#', 4)
}

/// Keys that vendors print in their documentation end in a word that no generator makes by chance, disguised or not.
fn is_documentation_key(value: &str) -> bool {
    const WORDS: &[&str] = &["example", "placeholder", "changeme", "replaceme", "redacted"];
    let lower = value.to_ascii_lowercase();
    let says = |text: &str| WORDS.iter().any(|word| text.contains(word));
    let plain = || lower.chars().map(undisguised).collect::<String>();
    says(&lower)
        || ["ssw0rd", "pa$$w"].iter().any(|word| lower.contains(word))
        || (lower.contains(['@', '0', '3', '4']) && says(&plain()))
        || (lower.contains(['@', '0', '4', '5', '$']) && !lower.contains("password") && plain().contains("password"))
}

/// `P@55w0rd`: the letter that a digit or mark stands for.
const fn undisguised(c: char) -> char {
    match c {
        '0' => 'o',
        '1' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        c => c,
    }
}

/// What follows the public head of a token.
fn body(value: &str) -> &str {
    let mut rest = value;
    while let Some(at) = rest.find(['_', '-', '.']) {
        let head = &rest[..at];
        if at == 0 || (head.len() <= 8 && has(HEADS, &head.to_ascii_lowercase())) {
            rest = &rest[at + 1..];
        } else {
            break;
        }
    }
    if rest.is_empty() { value } else { rest }
}

/// A JWT without a signature, or with a placeholder for one: nobody accepts it. A client may write its issuer in front,
/// as Cline does (`workos:eyJ…`).
fn is_unsigned_token(value: &str) -> bool {
    let token = value.split_once(':').map_or(value, |(_, token)| token);
    let mut parts = token.strip_prefix("eyJ").into_iter().flat_map(|rest| rest.split('.')).skip(1);
    let signature = parts.nth(1).filter(|_| parts.next().is_none());
    signature.is_some_and(|signature| {
        signature.is_empty()
            || is_sequence(signature)
            || is_repeated(signature)
            || is_masked(signature)
            || is_worded(signature, None)
    })
}

/// Nothing but words, among them one that marks a placeholder, names a credential or repeats the name.
fn is_worded(value: &str, name: Option<&str>) -> bool {
    if name.is_some_and(|name| letters(name).eq(letters(value)) && letters(value).next().is_some()) {
        return true;
    }
    let echoed = name.map(words::of).unwrap_or_default();
    let mut marker = false;
    let mut nouns = 0_usize;
    let mut strangers = 0_usize;
    let mut pieces = 0_usize;
    for segment in value.split(|c: char| !c.is_alphanumeric()).filter(|segment| !segment.is_empty()) {
        pieces += 1;
        let lower = segment.to_ascii_lowercase();
        match meaning(&lower) {
            Some(Meaning::Marker) => marker = true,
            Some(Meaning::Noun) => nouns += 1,
            Some(Meaning::Nothing) => {}
            None if echoed.contains(&lower) => {}
            None if is_small_number(segment) => {}
            None => match camel_meaning(segment, &echoed) {
                Some(Meaning::Marker) => marker = true,
                Some(Meaning::Noun) => nouns += 1,
                Some(Meaning::Nothing) => {}
                None if is_wordlike(segment) => strangers += 1,
                None => return false,
            },
        }
    }
    let repeats_name = !echoed.is_empty()
        && strangers == 0
        && nouns == 0
        && pieces > 0
        && value.chars().any(char::is_alphabetic)
        && words::of(value).iter().all(|word| echoed.contains(word) || has(NOUNS, word));
    if marker {
        return strangers <= 3;
    }
    if nouns == 0 {
        return repeats_name;
    }
    strangers == 0
        || (is_variable_name(value) && nouns >= 1)
        || (strangers <= 2 && nouns >= 2)
        || (strangers == 1 && nouns == 1 && pieces == 2)
}

/// Letters and digits without what separates them: `neo-4-j-password` is `NEO4J_PASSWORD`.
fn letters(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|c| c.is_alphanumeric()).map(|c| c.to_ascii_lowercase())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Meaning {
    Marker,
    Noun,
    Nothing,
}

/// What a lower-case segment means; one that is several known words run together means the strongest of them.
fn meaning(segment: &str) -> Option<Meaning> {
    single(segment).or_else(|| {
        let stem = segment.trim_end_matches(|c: char| c.is_ascii_digit());
        let numbered = stem.len() < segment.len() && segment.len() - stem.len() <= 4;
        let plain = if numbered { single(stem).or_else(|| compound(stem)) } else { compound(segment) };
        plain.or_else(|| disguised(segment)).or_else(|| numbered_words(segment))
    })
}

/// `s3cret`, `verys3cret`: digits that stand for letters.
fn disguised(segment: &str) -> Option<Meaning> {
    if segment.len() < 5 || !segment.bytes().any(|byte| b"01345".contains(&byte)) {
        return None;
    }
    let plain: String = segment.chars().map(undisguised).collect();
    single(&plain).or_else(|| compound(&plain))
}

/// `asdfqwer1234asdf`: known words with small numbers between them.
fn numbered_words(segment: &str) -> Option<Meaning> {
    let mut strongest = None;
    for run in segment.as_bytes().chunk_by(|a, b| a.is_ascii_digit() == b.is_ascii_digit()) {
        let run = std::str::from_utf8(run).ok()?;
        if is_small_number(run) {
            continue;
        }
        match single(run).or_else(|| compound(run))? {
            Meaning::Marker => strongest = Some(Meaning::Marker),
            Meaning::Noun if strongest != Some(Meaning::Marker) => strongest = Some(Meaning::Noun),
            meaning => strongest = strongest.or(Some(meaning)),
        }
    }
    strongest
}

/// `cachepass`, `badtoken`: any short word and behind it what it stands for.
fn qualified(segment: &str) -> Option<Meaning> {
    const ENDS: &[&str] = &["pass", "password", "passwd", "secret", "token"];
    let rest = ENDS.iter().find_map(|end| segment.strip_suffix(end))?;
    ((2..=10).contains(&rest.len()) && wordiness(rest) >= 0.0).then_some(Meaning::Noun)
}

fn single(word: &str) -> Option<Meaning> {
    /// How long the words are that begin with each byte: most parts of a value are told to be none by that.
    static LENGTHS: Lengths = Lengths::of(&[MARKERS, NOUNS, JOINERS, HEADS]);
    if !LENGTHS.may_have(word) && !word.starts_with('x') {
        None
    } else if has(MARKERS, word) || (word.len() >= 2 && word.bytes().all(|byte| byte == b'x')) {
        Some(Meaning::Marker)
    } else if has(NOUNS, word) {
        Some(Meaning::Noun)
    } else if has(JOINERS, word) || has(HEADS, word) {
        Some(Meaning::Nothing)
    } else {
        None
    }
}

/// `yourtokenhere`: every byte belongs to a known word of at least three letters, or `my` at the start.
fn compound(segment: &str) -> Option<Meaning> {
    if segment.len() > 40 || segment.len() < 5 || !segment.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return None;
    }
    // best[i]: the strongest meaning of the first i bytes as a chain of words.
    let mut best: Vec<Option<(usize, bool, bool)>> = vec![None; segment.len() + 1];
    best[0] = Some((0, false, false));
    for end in 1..=segment.len() {
        for start in end.saturating_sub(14)..end {
            let Some((count, marker, noun)) = best[start] else { continue };
            let word = &segment[start..end];
            if word.len() < 3 && !(start == 0 && word == "my") && !matches!(word, "in" | "to" | "db" | "of" | "or") {
                continue;
            }
            let Some(meaning) = single(word) else { continue };
            let candidate = (count + 1, marker || meaning == Meaning::Marker, noun || meaning == Meaning::Noun);
            if best[end].is_none_or(|(_, had_marker, had_noun)| (candidate.1, candidate.2) > (had_marker, had_noun)) {
                best[end] = Some(candidate);
            }
        }
    }
    let chain = best[segment.len()].map(|(_, marker, noun)| match (marker, noun) {
        (true, _) => Meaning::Marker,
        (_, true) => Meaning::Noun,
        _ => Meaning::Nothing,
    });
    chain.or_else(|| qualified(segment))
}

/// `yourApiKey`, `YourTavilyKey`: camel words, all of them known or word-like and at least one a marker or a noun.
fn camel_meaning(segment: &str, echoed: &[String]) -> Option<Meaning> {
    if !segment.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return None;
    }
    let mut found = None;
    let mut count = 0;
    for piece in words::camel(segment) {
        count += 1;
        let lower = piece.to_ascii_lowercase();
        match single(&lower) {
            Some(Meaning::Marker) => found = Some(Meaning::Marker),
            Some(Meaning::Noun) if found != Some(Meaning::Marker) => found = Some(Meaning::Noun),
            Some(_) => {}
            None if echoed.contains(&lower) || (is_wordlike(piece) && piece.len() >= 4) => {}
            None => return None,
        }
    }
    if count > 1 { found } else { None }
}

/// `RAPIDAPI_KEY`: the name of a variable where its value should be.
fn is_variable_name(value: &str) -> bool {
    value.contains('_')
        && value.starts_with(|c: char| c.is_ascii_uppercase())
        && value.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}

#[cfg(test)]
mod tests;
