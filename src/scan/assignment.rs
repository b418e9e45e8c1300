//! Finds the assignment around a word: the whole name, the operator and the literal behind it, in any language's manner.
//!
//! Works on bytes near the word only; every search is bounded, so that a file full of such words costs linear time.

use std::ops::Range;

/// Longest name looked at, to either side of the word.
const NAME: usize = 64;
/// Longest value looked at.
const VALUE: usize = 1024;
/// Most blanks passed over between name, operator and value.
const BLANKS: usize = 24;
/// Longest type between a name and its `=`.
const TYPE: usize = 48;

/// How the value is delimited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// By quotes.
    Quoted,
    /// By quotes, as an argument behind the quoted name: `set("NAME", "value")`.
    Argument,
    /// By blanks and punctuation.
    Bare,
    /// By the tags of an XML element.
    Element,
}

/// A name and the literal it is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Assignment {
    /// The name, without quotes and leading dashes.
    pub(super) name: Range<usize>,
    /// The value, without quotes and authentication scheme.
    pub(super) value: Range<usize>,
    /// How the value is delimited.
    pub(super) style: Style,
}

/// The name around a word.
pub(super) fn name_around(text: &[u8], word: Range<usize>) -> Range<usize> {
    let left = text.get(word.start.saturating_sub(NAME)..word.start).unwrap_or_default();
    let start = word.start - left.iter().rev().take_while(|&&byte| is_name(byte)).count();
    let right = text.get(word.end..text.len().min(word.end.saturating_add(NAME))).unwrap_or_default();
    let end = word.end + right.iter().take_while(|&&byte| is_name(byte)).count();
    let dashes =
        text.get(start..end).unwrap_or_default().iter().take_while(|&&byte| matches!(byte, b'-' | b'.')).count();
    let tail = text.get(word.end..end).unwrap_or_default().iter().rev().take_while(|&&byte| byte == b'.').count();
    (start + dashes).min(word.start)..end - tail
}

/// Whether an assignment may stand around a word of text that is still to be decoded: a cheap look at what follows the
/// name, escapes passed over, which says no only where [`read`] could find nothing in what the text decodes to.
pub(super) fn may_begin(text: &[u8], word: &Range<usize>) -> bool {
    /// Most marks between a name and its operator.
    const MARKS: usize = 2 * BLANKS + 16;
    let name = name_around(text, word.clone());
    let run = name.start.saturating_sub(8)..word.start;
    let before = text.get(run).unwrap_or_default();
    let is_flag = before.windows(2).any(|pair| pair == b"--")
        || before.windows(4).any(|word| word == b"ENV " || word.eq_ignore_ascii_case(b"etx "));
    if is_flag || !text.get(word.end.saturating_sub(1)).is_some_and(u8::is_ascii_alphanumeric) {
        return true;
    }
    let rest = text.get(word.end..text.len().min(word.end + NAME + MARKS)).unwrap_or_default();
    let rest = rest.get(rest.iter().take_while(|&&byte| is_name(byte)).count()..).unwrap_or_default();
    let mut at = 0;
    loop {
        match rest.get(at) {
            Some(b' ' | b'\t' | b'\r' | b'\n' | 0 | b'"' | b'\'' | b'`' | b']') => at += 1,
            // The letter of an escape; what it stands for is a blank, a quote, or tells nothing.
            Some(b'\\') if matches!(rest.get(at + 1), Some(b'n' | b'r' | b't')) => at += 2,
            Some(b'\\') if rest.get(at + 1) != Some(&b'u') && rest.get(at + 1) != Some(&b'x') => at += 1,
            Some(b'=' | b':' | b',' | b'?' | b'<' | b'>' | b'&' | b'%' | b'\\') | None => return true,
            Some(b'v') => return rest.get(at..).is_some_and(|rest| rest.starts_with(b"value")),
            Some(_) => return false,
        }
    }
}

/// The assignment whose name stands at `name`; `bare` says whether a value may stand without quotes.
pub(super) fn read(text: &[u8], name: Range<usize>, bare: bool) -> Option<Assignment> {
    let mut at = name.end;
    let before = before(text, &name);
    if let Some(value) = inside_string(text, &name, before) {
        return Some(Assignment { name, value, style: Style::Quoted });
    }
    let parameter =
        matches!(before, Some(b'?' | b'&')) || text.get(..name.start).is_some_and(|before| before.ends_with(b"&amp;"));
    if parameter && text.get(at) == Some(&b'=') {
        let value = until(text, at + 1, |byte| is_stop(byte) || byte == b'&' || byte == b'#')?;
        return Some(Assignment { name, value, style: Style::Bare });
    }
    let quoted = skip_quote(text, &mut at);
    if text.get(at) == Some(&b']') {
        at += 1;
    }
    at += bounds(text, at);
    if matches!(before, Some(b'<' | b'>'))
        && let Some(value) = element(text, at, before == Some(b'>'))
    {
        return Some(Assignment { name, value, style: Style::Element });
    }
    let flag = text.get(..name.start).is_some_and(|before| {
        before.ends_with(b"--") || before.ends_with(b"ENV ") || before.ends_with(b"setx ") || before.ends_with(b"SETX ")
    });
    let mut style = Style::Quoted;
    let start = at;
    let blanks = skip_blanks(text, &mut at);
    if let Some(behind) = value_key(text, &name, start).or_else(|| default_of_variable(text, &name, start)) {
        at = behind;
    } else {
        match operator(text, &mut at, quoted) {
            Some(Operator::Assign) => {}
            Some(Operator::Comma) => style = Style::Argument,
            None if flag && blanks > 0 && bare => {}
            None if blanks > 0 && is_declared(text, &name) && opens(text, at) => {}
            None if text.get(at) == Some(&b'(') && is_setter(text.get(name.clone())?) && opens(text, at + 1) => at += 1,
            None => return None,
        }
    }
    skip_blanks(text, &mut at);
    for wrapper in [&b"String::from("[..], b"("] {
        if text.get(at..).is_some_and(|rest| rest.starts_with(wrapper)) && opens(text, at + wrapper.len()) {
            at += wrapper.len();
        }
    }
    if matches!(text.get(at), Some(b'b' | b'r' | b'u' | b'f' | b'L' | b'@' | b'$'))
        && matches!(text.get(at + 1), Some(b'"' | b'\''))
    {
        at += 1;
    }
    if text.get(at..).is_some_and(|rest| rest.starts_with(b"\"\"\"") || rest.starts_with(b"'''")) {
        at += 2;
    }
    let open = at;
    let value = if skip_quote(text, &mut at) {
        quoted_value(text, text.get(open..at)?, at)?
    } else if bare && style == Style::Quoted {
        style = Style::Bare;
        bare_value(text, at)?
    } else {
        return None;
    };
    (!value.is_empty()).then_some(Assignment { name, value, style })
}

/// The byte before the name and the dashes of a flag.
fn before(text: &[u8], name: &Range<usize>) -> Option<u8> {
    text.get(..name.start)?.iter().rev().take(4).find(|&&byte| byte != b'-').copied()
}

/// `"NAME=value"` and `"Name: value"`: an environment entry, a flag or a header within one string.
fn inside_string(text: &[u8], name: &Range<usize>, before: Option<u8>) -> Option<Range<usize>> {
    let quote = before.filter(|byte| matches!(byte, b'"' | b'\''))?;
    let mut at = name.end + 1;
    match text.get(name.end)? {
        b'=' => {}
        b':' => {
            skip_blanks(text, &mut at);
        }
        _ => return None,
    }
    let value = until(text, at, |byte| byte == quote || byte == b'\n' || byte == b'\r')?;
    let escapes = text.get(value.clone())?.iter().rev().take_while(|&&byte| byte == b'\\').count();
    let value = value.start..value.end - escapes;
    (text.get(value.end + escapes) == Some(&quote) && !value.is_empty()).then(|| without_scheme(text, value))
}

/// The text of the element that the name opens, or of the `<string>` behind the `<key>` that holds it.
fn element(text: &[u8], at: usize, key: bool) -> Option<Range<usize>> {
    let mut at = at;
    if key {
        at += text.get(at..)?.starts_with(b"</key>").then_some(b"</key>".len())?;
        at += text.get(at..)?.iter().take(BLANKS).take_while(|byte| byte.is_ascii_whitespace()).count();
        at += text.get(at..)?.starts_with(b"<string").then_some(b"<string".len())?;
    }
    if text.get(at) != Some(&b'>') {
        return None;
    }
    until(text, at + 1, |byte| byte == b'<')
}

/// Passes over `value` and its operator where the name is itself the value of `name` or `key`: Kubernetes variables,
/// run configurations, lists of pairs.
fn value_key(text: &[u8], name: &Range<usize>, at: usize) -> Option<usize> {
    let lead = text.get(name.start.saturating_sub(12)..name.start)?.to_ascii_lowercase();
    if !lead.windows(4).any(|word| word == b"name") && !lead.windows(3).any(|word| word == b"key") {
        return None;
    }
    let rest = text.get(at..text.len().min(at + 48))?;
    let between = |byte: &u8| byte.is_ascii_whitespace() || b",\"'\\".contains(byte);
    let gap = rest.iter().take_while(|byte| between(byte)).count();
    let rest = rest.get(gap..)?.strip_prefix(b"value").filter(|_| gap > 0)?;
    let close = rest.iter().take_while(|byte| between(byte)).count();
    matches!(rest.get(close), Some(b':' | b'=')).then_some(at + gap + b"value".len() + close + 1)
}

/// Passes over everything up to the value of `default` in the block of a Terraform variable.
fn default_of_variable(text: &[u8], name: &Range<usize>, at: usize) -> Option<usize> {
    /// A description may stand before it.
    const BLOCK: usize = 512;
    text.get(..name.start)?.ends_with(b"variable \"").then_some(())?;
    let block = text.get(at..text.len().min(at + BLOCK))?;
    let open = block.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let inside = block.get(open..)?.strip_prefix(b"{")?;
    let mut passed = at + open + 1;
    for line in inside.split_inclusive(|&byte| byte == b'\n') {
        let words = line.trim_ascii_start();
        if words.first() == Some(&b'}') {
            break;
        }
        if let Some(rest) = words.strip_prefix(b"default")
            && let Some(value) = rest.trim_ascii_start().strip_prefix(b"=")
        {
            return Some(passed + line.len() - value.len());
        }
        passed += line.len();
    }
    None
}

/// `char key[] =`, `char key[64] =`: how far the bounds of an array reach.
fn bounds(text: &[u8], at: usize) -> usize {
    let rest = text.get(at..text.len().min(at + 8)).unwrap_or_default();
    let Some(inside) = rest.strip_prefix(b"[") else { return 0 };
    let digits = inside.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if inside.get(digits) == Some(&b']') { digits + 2 } else { 0 }
}

/// `#define KEY "…"`, `set(KEY "…")`: the word in front says that the literal behind is the value.
fn is_declared(text: &[u8], name: &Range<usize>) -> bool {
    const LEADS: &[&[u8]] =
        &[b"#define ", b"set(", b"(setq ", b"SetEnv ", b"setenv ", b"proxy_set_header ", b"{:", b" :", b"\t:"];
    text.get(name.start.saturating_sub(20)..name.start)
        .is_some_and(|before| LEADS.iter().any(|lead| before.ends_with(lead)))
}

/// `client.setApiKey(`, `.with_api_key(`, `.apiKey(`: gives what it names its value. `getToken("…")` does not.
fn is_setter(name: &[u8]) -> bool {
    let (object, method) = match memchr::memrchr(b'.', name) {
        Some(dot) => (&name[..dot], &name[dot + 1..]),
        None => (&name[..0], name),
    };
    let bare = |first: &[u8]| method.len() > first.len() && method.starts_with(first);
    [&b"set"[..], b"with", b"Set", b"With"].iter().any(|first| {
        bare(first) && method.get(first.len()).is_some_and(|next| *next == b'_' || next.is_ascii_uppercase())
    }) || !object.is_empty() && [&b"apiKey"[..], b"api_key", b"secretKey", b"accessKey", b"password"].contains(&method)
}

/// Whether a literal begins here, behind blanks.
fn opens(text: &[u8], mut at: usize) -> bool {
    skip_blanks(text, &mut at);
    matches!(text.get(at), Some(b'"' | b'\'' | b'`'))
}

enum Operator {
    Assign,
    Comma,
}

/// Passes over `=`, `:`, `:=`, `=>`, `?=`, `: Type =`, `||`, and a comma behind a quoted name.
fn operator(text: &[u8], at: &mut usize, quoted: bool) -> Option<Operator> {
    let first = *text.get(*at)?;
    let second = text.get(*at + 1).copied().unwrap_or_default();
    let (len, operator) = match (first, second) {
        (b':', b':') | (b'=', b'=' | b'~') => return None,
        (b':' | b'?', b'=') | (b'=', b'>') => (2, Operator::Assign),
        (b'=', _) => (1, Operator::Assign),
        (b':', _) => {
            *at += 1;
            skip_type(text, at);
            return Some(Operator::Assign);
        }
        (b',', _) if quoted => (1, Operator::Comma),
        // What a name falls back on, and R's arrow.
        (b'|', b'|') | (b'?', b'?') | (b'<', b'-') if opens(text, *at + 2) => (2, Operator::Assign),
        _ => return None,
    };
    *at += len;
    Some(operator)
}

/// Passes over a type annotation and its `=`, where there is one.
fn skip_type(text: &[u8], at: &mut usize) {
    let rest = text.get(*at..text.len().min(*at + TYPE)).unwrap_or_default();
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b" &'<>[]_.,|?".contains(byte);
    // `name: 'dmFsdWU='` has a value and no type; a lifetime follows a sign.
    if rest.trim_ascii_start().first() == Some(&b'\'') {
        return;
    }
    let len = rest.iter().take_while(|byte| plain(byte)).count();
    let typed = rest.get(..len).is_some_and(|kind| kind.iter().any(u8::is_ascii_alphabetic));
    let mut behind = *at + len + 1;
    skip_blanks(text, &mut behind);
    let literal = matches!(text.get(behind), Some(b'"' | b'\'' | b'b' | b'r'));
    if typed && rest.get(len) == Some(&b'=') && literal {
        *at += len + 1;
    }
}

/// A value up to its closing quote, on one line.
fn quoted_value(text: &[u8], quote: &[u8], start: usize) -> Option<Range<usize>> {
    let (&mark, escapes) = quote.split_last()?;
    let rest = text.get(start..text.len().min(start + VALUE))?;
    let mut index = 0;
    while let Some(&byte) = rest.get(index) {
        match byte {
            b'\n' | b'\r' => return None,
            b'\\' if escapes.is_empty() => index += 1,
            byte if byte == mark => {
                let end = index.checked_sub(escapes.len())?;
                return (rest.get(end..index) == Some(escapes)).then(|| without_scheme(text, start..start + end));
            }
            _ => {}
        }
        index += 1;
    }
    None
}

/// A value up to a blank or punctuation; refused where it goes on like a call or an index.
fn bare_value(text: &[u8], start: usize) -> Option<Range<usize>> {
    let value = until(text, start, is_stop)?;
    if matches!(text.get(value.end), Some(b'(' | b'[' | b'{' | b'<' | b'\\')) {
        return None;
    }
    if is_scheme(text.get(value.clone())?) && text.get(value.end) == Some(&b' ') {
        return until(text, value.end + 1, is_stop);
    }
    Some(value)
}

fn until(text: &[u8], start: usize, stop: impl Fn(u8) -> bool) -> Option<Range<usize>> {
    let rest = text.get(start..text.len().min(start + VALUE))?;
    let len = rest.iter().take_while(|&&byte| !stop(byte)).count();
    (len > 0 && (len < rest.len() || start + len == text.len())).then_some(start..start + len)
}

/// What ends a value without quotes.
fn is_stop(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte == 0 || b",;\"'`<>()[]{}|\\".contains(&byte)
}

/// Cuts `Bearer ` and the like off a value.
fn without_scheme(text: &[u8], value: Range<usize>) -> Range<usize> {
    let bytes = text.get(value.clone()).unwrap_or_default();
    match memchr::memchr(b' ', bytes) {
        Some(blank) if is_scheme(&bytes[..blank]) => value.start + blank + 1..value.end,
        _ => value,
    }
}

fn is_scheme(word: &[u8]) -> bool {
    [&b"bearer"[..], b"token", b"apikey", b"api-key", b"basic", b"key"]
        .iter()
        .any(|scheme| word.eq_ignore_ascii_case(scheme))
}

/// Passes over a quote and the backslashes that escape it.
fn skip_quote(text: &[u8], at: &mut usize) -> bool {
    let escapes = text.get(*at..).unwrap_or_default().iter().take(8).take_while(|&&byte| byte == b'\\').count();
    let quoted = matches!(text.get(*at + escapes), Some(b'"' | b'\'' | b'`'));
    if quoted {
        *at += escapes + 1;
    }
    quoted
}

fn skip_blanks(text: &[u8], at: &mut usize) -> usize {
    let rest = text.get(*at..).unwrap_or_default();
    let blanks = rest.iter().take(BLANKS).take_while(|&&byte| matches!(byte, b' ' | b'\t' | 0)).count();
    *at += blanks;
    blanks
}

const fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(text: &str, word: &str, bare: bool) -> Option<(String, String)> {
        let start = text.find(word).unwrap();
        let name = name_around(text.as_bytes(), start..start + word.len());
        read(text.as_bytes(), name, bare).map(|it| (text[it.name].to_owned(), text[it.value].to_owned()))
    }

    #[test]
    fn assignments_of_many_languages_are_read() {
        for (text, name, value) in [
            ("const API_TOKEN: &str = \"v1\";", "API_TOKEN", "v1"),
            ("apiTOKEN := `v1`", "apiTOKEN", "v1"),
            ("{\"my.TOKEN\" : \"v1\"}", "my.TOKEN", "v1"),
            ("{\\\"TOKEN\\\": \\\"v1\\\"}", "TOKEN", "v1"),
            ("config['TOKEN'] = 'v1'", "TOKEN", "v1"),
            (":TOKEN => 'v1'", "TOKEN", "v1"),
            ("setenv(\"TOKEN\", \"v1\")", "TOKEN", "v1"),
            ("<add key=\"TOKEN\" value=\"v1\"/>", "TOKEN", "v1"),
            ("<TOKEN>v1</TOKEN>", "TOKEN", "v1"),
            ("X-TOKEN: \"Bearer v1\"", "X-TOKEN", "v1"),
            ("let x_TOKEN: String = b\"v1\"", "x_TOKEN", "v1"),
            ("[\"-e\", \"TOKEN=v1\"]", "TOKEN", "v1"),
            ("[\"--my-TOKEN=v1\"]", "my-TOKEN", "v1"),
            ("[\"--TOKEN\", \"v1\"]", "TOKEN", "v1"),
            ("-H 'X-TOKEN: Bearer v1'", "X-TOKEN", "v1"),
            ("Environment=\\\"TOKEN=v1\\\"", "TOKEN", "v1"),
            ("https://h/p?TOKEN=v1&x=2", "TOKEN", "v1"),
            ("<key>TOKEN</key>\n  <string>v1</string>", "TOKEN", "v1"),
            ("{\"name\": \"TOKEN\", \"value\": \"v1\"}", "TOKEN", "v1"),
            ("- name: TOKEN\n  value: \"v1\"", "TOKEN", "v1"),
            ("process.env.TOKEN || 'v1'", "process.env.TOKEN", "v1"),
            ("env.TOKEN ?? \"v1\"", "env.TOKEN", "v1"),
            ("my.TOKEN <- \"v1\"", "my.TOKEN", "v1"),
            ("#define TOKEN \"v1\"", "TOKEN", "v1"),
            ("static char x_TOKEN[] = \"v1\";", "x_TOKEN", "v1"),
            ("char TOKEN[64]=\"v1\";", "TOKEN", "v1"),
            ("TOKEN = (\"v1\")", "TOKEN", "v1"),
            ("let TOKEN = String::from(\"v1\");", "TOKEN", "v1"),
            ("TOKEN = \"\"\"v1\"\"\"", "TOKEN", "v1"),
            ("set(TOKEN \"v1\")", "TOKEN", "v1"),
            ("{:my-TOKEN \"v1\"}", "my-TOKEN", "v1"),
            ("proxy_set_header X-TOKEN \"v1\";", "X-TOKEN", "v1"),
            ("client.setTOKEN(\"v1\")", "client.setTOKEN", "v1"),
            ("variable \"my_TOKEN\" {\n  type = string\n  default     = \"v1\"\n}", "my_TOKEN", "v1"),
        ] {
            assert_eq!(found(text, "TOKEN", false), Some((name.into(), value.into())), "{text}");
        }
    }

    #[test]
    fn what_asks_for_a_credential_gives_it_no_value() {
        for text in ["getTOKEN(\"v1\")", "if TOKEN < -1 && x == \"v1\"", "a.verifyTOKEN('v1')", "TOKEN || 1"] {
            assert_eq!(found(text, "TOKEN", false), None, "{text}");
        }
    }

    #[test]
    fn a_variable_without_a_default_holds_nothing() {
        let text = "variable \"TOKEN\" {\n  type = string\n}\nvariable \"x\" {\n  default = \"v1\"\n}\n";
        assert_eq!(found(text, "TOKEN", true), None);
    }

    #[test]
    fn bare_values_count_only_where_they_may() {
        assert_eq!(found("export TOKEN=v1 # x", "TOKEN", true), Some(("TOKEN".into(), "v1".into())));
        assert_eq!(found("Auth-TOKEN: Bearer v1\n", "TOKEN", true), Some(("Auth-TOKEN".into(), "v1".into())));
        assert_eq!(found("run --TOKEN v1 x", "TOKEN", true), Some(("TOKEN".into(), "v1".into())));
        assert_eq!(found("ENV TOKEN v1\n", "TOKEN", true), Some(("TOKEN".into(), "v1".into())));
        assert_eq!(found("export TOKEN=v1", "TOKEN", false), None);
        assert_eq!(found("TOKEN = load(1)", "TOKEN", true), None);
    }

    #[test]
    fn comparisons_and_calls_are_no_assignments() {
        for text in ["TOKEN == \"v1\"", "TOKEN::\"v1\"", "TOKEN(\"v1\")", "TOKEN \"v1\"", "TOKEN = \"v1"] {
            assert_eq!(found(text, "TOKEN", false), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic_and_within_bounds(
            text in proptest::collection::vec(any::<u8>(), 0..200), start in 0usize..200, len in 1usize..8, bare: bool
        ) {
            if start + len <= text.len() {
                let name = name_around(&text, start..start + len);
                prop_assert!(name.start <= start && name.end >= name.start);
                if let Some(it) = read(&text, name, bare) {
                    prop_assert!(it.value.end <= text.len() && it.value.start <= it.value.end);
                }
            }
        }

        #[test]
        fn punctuated_text_is_read_without_panic(text in "[=:\"'\\\\<>, \\[\\]a-z\n]{0,60}", bare: bool) {
            let full = format!("x token{text}");
            if let Some(it) = read(full.as_bytes(), name_around(full.as_bytes(), 2..7), bare) {
                prop_assert!(full.as_bytes().get(it.value).is_some());
            }
        }
    }
}
