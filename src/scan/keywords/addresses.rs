//! Finds the addresses that name a user and a password, from the `@` behind them.
//!
//! Texts are full of addresses, and hardly one of them has a user: their `@` are looked for, and what stands before each,
//! instead of the schemes.

use crate::detector::LONGEST_USER;
use crate::scan::prefilter::Hit;

/// What ends a scheme and begins what may be a user.
const SCHEME: &[u8] = b"://";

/// The schemes of addresses, each as it stands in text (`https://`).
#[derive(Debug)]
pub(super) struct Addresses {
    schemes: Vec<Box<[u8]>>,
    /// Ordinal of the first of them as a keyword.
    first: u16,
}

impl Addresses {
    /// Whether a keyword is one that is looked for here.
    pub(super) fn is_scheme(keyword: &str) -> bool {
        keyword.as_bytes().ends_with(SCHEME)
    }

    /// These schemes, whose ordinals as keywords follow upon each other.
    pub(super) fn new<'k>(schemes: impl IntoIterator<Item = &'k str>, first: u16) -> Self {
        Self { schemes: schemes.into_iter().map(|scheme| scheme.as_bytes().into()).collect(), first }
    }

    /// Length of a scheme, by its ordinal; `None` for that of another keyword.
    pub(super) fn len_of(&self, ordinal: u16) -> Option<usize> {
        self.schemes.get(usize::from(ordinal.checked_sub(self.first)?)).map(|scheme| scheme.len())
    }

    /// Where a scheme stands that a user follows: in the order of their `@`.
    pub(super) fn find<'t>(&'t self, text: &'t [u8]) -> impl Iterator<Item = Hit> + 't {
        memchr::memchr_iter(b'@', text).filter_map(|at| scheme_before(text, at)).flat_map(move |end| {
            let schemes = (self.first..).zip(&self.schemes).filter(move |(_, scheme)| text[..end].ends_with(scheme));
            schemes.map(move |(ordinal, scheme)| Hit::new(end - scheme.len(), ordinal))
        })
    }
}

/// Where the scheme of the address ends, in whose user the byte before `at` stands.
fn scheme_before(text: &[u8], at: usize) -> Option<usize> {
    let from = at.saturating_sub(LONGEST_USER - 1 + SCHEME.len());
    let head = text.get(from..at)?;
    let end = head.iter().rposition(|byte| crate::detector::ends_user(*byte)).filter(|end| head[*end] == b'/')?;
    let slashes = head[..=end].iter().rev().take_while(|byte| matches!(byte, b':' | b'/' | b'\\')).count();
    let begin = end + 1 - slashes;
    head.get(begin..)?.starts_with(SCHEME).then_some(from + begin + SCHEME.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::detector::names_a_user;

    const SCHEMES: [&str; 4] = ["http://", "https://", "ws://", "b+s://"];

    /// Each scheme at each place, and a look at what follows.
    fn expected(text: &[u8]) -> Vec<Hit> {
        let mut hits = Vec::new();
        for start in 0..text.len() {
            for (ordinal, scheme) in (0..).zip(SCHEMES) {
                if text[start..].starts_with(scheme.as_bytes()) && names_a_user(text, start + scheme.len()) {
                    hits.push(Hit::new(start, ordinal));
                }
            }
        }
        hits
    }

    fn found(text: &[u8]) -> Vec<Hit> {
        let mut hits: Vec<Hit> = Addresses::new(SCHEMES, 0).find(text).collect();
        hits.sort_unstable();
        hits
    }

    #[test]
    fn only_an_address_with_a_user_is_found() {
        assert_eq!(found(b"see https://u:p@h/x and https://h/@x, a@b.c").len(), 1);
        assert_eq!(found(b"(ws://u:p@h) wss://h").len(), 1);
        assert_eq!(found("@".repeat(1000).as_bytes()), []);
    }

    #[test]
    fn a_user_as_long_as_any_is_found_and_a_longer_one_is_none() {
        for more in 0..4 {
            let text = format!("ws://{}@h", "u".repeat(LONGEST_USER - 2 + more));
            assert_eq!(found(text.as_bytes()), expected(text.as_bytes()), "{more}");
        }
    }

    proptest! {
        #[test]
        fn exactly_the_schemes_are_found_that_a_user_follows(text in r"(https?://|ws://|wss:|b\+s://|[a:/@\\ ?<]|u:p@h){0,20}") {
            prop_assert_eq!(found(text.as_bytes()), expected(text.as_bytes()));
        }
    }
}
