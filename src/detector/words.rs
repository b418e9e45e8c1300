//! Splits names and values into the words they are made of: snake, kebab, camel, dotted and spaced.

/// The words of `text` in lower case, in order. Digits stay with the letters in front of them.
#[must_use]
pub(super) fn of(text: &str) -> Vec<String> {
    pieces(text).map(str::to_lowercase).collect()
}

/// The same words as they stand in `text`.
pub(super) fn pieces(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty()).flat_map(camel)
}

/// `APIKeyV2` → `API`, `Key`, `V2`: a word starts at an upper-case letter behind a lower-case one, and at the last
/// upper-case letter of a run that a lower-case one follows.
pub(super) fn camel(part: &str) -> impl Iterator<Item = &str> {
    let mut start = 0;
    let mut rest = part.char_indices().peekable();
    let mut before: Option<char> = None;
    std::iter::from_fn(move || {
        while let Some((at, c)) = rest.next() {
            let next_is_lower = rest.peek().is_some_and(|(_, next)| next.is_lowercase());
            let boundary =
                c.is_uppercase() && before.is_some_and(|before| !before.is_uppercase() || next_is_lower) && at > start;
            before = Some(c);
            if boundary {
                let word = &part[start..at];
                start = at;
                return Some(word);
            }
        }
        (start < part.len()).then(|| {
            let word = &part[start..];
            start = part.len();
            word
        })
    })
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn every_spelling_gives_the_same_words() {
        for name in ["API_KEY", "api-key", "apiKey", "ApiKey", "api.key", "APIKey", "--api-key", "API key"] {
            assert_eq!(of(name), ["api", "key"], "{name}");
        }
        assert_eq!(of("X-Goog-Api-Key"), ["x", "goog", "api", "key"]);
        assert_eq!(of("SHA256Sum_v2"), ["sha256", "sum", "v2"]);
        assert_eq!(of("tavilyApiKey"), ["tavily", "api", "key"]);
        assert_eq!(of("__"), Vec::<String>::new());
        assert_eq!(of("éÉclairÀB"), ["é", "éclair", "àb"]);
    }
}
