//! What is said of a word or file that somebody mistyped: the known word it is nearest to, and never a value.

/// Longer words are near no known one; the bound keeps comparing cheap on a hostile file.
const LONGEST: usize = 64;

/// The candidate within two edits, or a third of the word's length if that is more; of equals the first.
pub(crate) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = word.chars().take(LONGEST + 1).count();
    if length > LONGEST {
        return None;
    }
    let limit = (length / 3).max(2).min(length.saturating_sub(1));
    candidates
        .into_iter()
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|(edits, _)| *edits <= limit)
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, candidate)| candidate)
}

/// Levenshtein distance in characters.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, left) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, right) in to.iter().enumerate() {
            let substituted = diagonal + usize::from(left != *right);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[to.len()]
}

/// What is wrong with a file that somebody wrote.
#[derive(Debug)]
pub(crate) struct Complaint {
    /// Offset of the first byte of it.
    pub(crate) at: usize,
    /// What is wrong, in one line without any value of the file.
    pub(crate) message: String,
    /// What to do.
    pub(crate) hint: String,
}

impl Complaint {
    pub(crate) fn new(at: usize, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { at, message: message.into(), hint: hint.into() }
    }

    /// 1-based line of it in the file.
    pub(crate) fn line(&self, text: &str) -> u32 {
        line_of(text, self.at)
    }

    /// Words what the TOML reader complains of; `otherwise` is the hint where the complaint tells none.
    pub(crate) fn from_toml(error: &toml::de::Error, otherwise: &str) -> Self {
        let message = without_values(error.message());
        let mut names = message.split('`').skip(1).step_by(2);
        let unknown = message.starts_with("unknown field");
        let hint = if unknown {
            let word = names.next().unwrap_or_default();
            let known: Vec<&str> = names.collect();
            match nearest(word, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None if known.is_empty() => "remove it; nothing may stand here".to_owned(),
                None => format!("known here: {}", known.join(", ")),
            }
        } else if message.starts_with("missing field") {
            format!("add `{}`", names.next().unwrap_or_default())
        } else {
            otherwise.to_owned()
        };
        let message = match message.split_once(", expected") {
            Some((head, _)) if unknown => head.replace("unknown field", "unknown key"),
            _ => message.replace("missing field", "missing key"),
        };
        // Nobody misspells a key at that length; it may be a secret of the wrong file.
        let message = match message.split('`').nth(1) {
            Some(key) if key.len() > LONGEST_KEY => message.replace(key, "…"),
            _ => message,
        };
        // The first line is what is wrong; the reader's further lines describe the syntax.
        let message = message.lines().next().unwrap_or_default().to_owned();
        Self { at: error.span().map_or(0, |span| span.start), message, hint }
    }
}

/// Longest key that a message quotes, in bytes; the known ones are shorter.
const LONGEST_KEY: usize = 24;

/// 1-based line of a byte.
pub(crate) fn line_of(text: &str, at: usize) -> u32 {
    let before = text.as_bytes().get(..at).unwrap_or(text.as_bytes());
    1 + memchr::memchr_iter(b'\n', before).count() as u32
}

/// A message without what stands in double quotes: readers quote values there, and a value may be a secret when the
/// wrong file was named. The types of the program become words, too.
pub(crate) fn without_values(message: &str) -> String {
    const TYPES: &[(&str, &str)] = &[
        ("expected u8", "expected a whole number up to 255"),
        ("expected u32", "expected a whole number"),
        ("expected u64", "expected a whole number"),
        ("expected usize", "expected a whole number"),
        ("expected a sequence", "expected a list"),
        ("expected a map", "expected a table"),
    ];
    let mut clean = String::with_capacity(message.len());
    let (mut quoted, mut escaped) = (false, false);
    for c in message.chars() {
        match c {
            '"' if !escaped => {
                quoted = !quoted;
                clean.push_str(if quoted { "\"…" } else { "\"" });
            }
            _ if quoted => escaped = c == '\\' && !escaped,
            _ => clean.push(c),
        }
    }
    match TYPES.iter().find(|(name, _)| clean.ends_with(name)) {
        Some((name, word)) => clean.replace(name, word),
        None => clean,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_the_word_that_was_meant() {
        let known = ["unregistered", "duplicated", "high"];
        assert_eq!(nearest("unregisterd", known), Some("unregistered"));
        assert_eq!(nearest("hihg", known), Some("high"));
        assert_eq!(nearest("exipres", ["expires", "created"]), Some("expires"));
        assert_eq!(nearest("max_day", ["max_days", "max_age_days"]), Some("max_days"));
    }

    #[test]
    fn a_word_that_is_like_none_finds_none() {
        let known = ["unregistered", "duplicated", "high"];
        assert_eq!(nearest("x", known), None);
        assert_eq!(nearest("", known), None);
        assert_eq!(nearest("completely-different", known), None);
        assert_eq!(nearest("colour", ["expires", "created"]), None);
        assert_eq!(nearest(&"high".repeat(1_000_000), known), None);
    }

    #[test]
    fn the_distance_counts_edits() {
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("same", "same"), 0);
    }

    #[test]
    fn a_message_never_quotes_a_value() {
        assert_eq!(
            without_values(r#"invalid type: string "hunter\"2", expected u32"#),
            r#"invalid type: string "…", expected a whole number"#
        );
    }
}
