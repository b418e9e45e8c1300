//! Property tests over all of the stage: no input makes it panic, and what it says agrees with itself.

use proptest::prelude::*;

use super::{Detectors, name, placeholder, recipe, shape, strength, words};

proptest! {
    #[test]
    fn any_text_is_judged_without_a_panic(value in any::<String>(), name in any::<String>()) {
        let _ = (placeholder::is_placeholder(&value, Some(&name)), shape::is_innocent(&value), recipe::expand(&value, 1).is_ok());
        prop_assert!(strength::bits(value.as_bytes()) <= 512);
        prop_assert!(name::role(&name) == name::role(&name));
    }

    #[test]
    fn text_near_the_edge_of_each_class_is_judged_without_a_panic(value in "[<>{}$%*.xé_\\-0-9a-cA-C/:@ ]{0,40}") {
        let _ = (placeholder::is_placeholder(&value, Some(&value)), shape::is_innocent(&value), recipe::expand(&value, 1).is_ok());
        prop_assert!(name::query_role(&value) == name::query_role(&value));
    }

    #[test]
    fn words_are_pieces_of_the_text_in_order(text in any::<String>()) {
        let mut rest = text.as_str();
        for piece in words::pieces(&text) {
            let at = rest.find(piece);
            prop_assert!(at.is_some() && !piece.is_empty());
            rest = &rest[at.unwrap_or_default() + piece.len()..];
        }
    }

    #[test]
    fn a_hit_lies_in_the_text_and_a_token_may_stand_anywhere(
        before in proptest::collection::vec(any::<u8>(), 0..60),
        after in proptest::collection::vec(any::<u8>(), 0..60),
        index in any::<prop::sample::Index>(),
        seed in 0_u64..1_000,
    ) {
        let detectors = Detectors::embedded().all();
        let detector = &detectors[index.index(detectors.len())];
        let token = recipe::expand("ghp_{alnum:30}{crc32-github}", seed).unwrap_or_default();
        let text = [before.as_slice(), b" ", token.as_bytes(), b" ", after.as_slice()].concat();
        for at in 0..text.len() {
            if let Some(hit) = detector.confirm(&text, at..(at + 3).min(text.len())) {
                prop_assert!(hit.secret.start < hit.secret.end && hit.secret.end <= text.len());
                prop_assert!(hit.public.prefix + hit.public.suffix <= hit.secret.len());
            }
        }
        let at = before.len() + 1;
        let hit = Detectors::embedded().get("github-pat-classic").and_then(|pat| pat.confirm(&text, at..at + 4));
        prop_assert_eq!(hit.map(|hit| hit.secret), Some(at..at + token.len()));
    }

    #[test]
    fn what_a_random_secret_is_given_to_does_not_make_it_a_placeholder(
        seed in any::<u64>(),
        name in prop::sample::select(vec!["API_KEY", "MY_TEST_TOKEN", "password", "X-Example-Key"]),
        hole in prop::sample::select(vec!["{alnum:24}", "{hex:32}", "{uuid}", "{b64url:43}", "{b64:40}", "{password:14}"]),
    ) {
        let value = recipe::expand(hole, seed).unwrap_or_default();
        prop_assert!(!placeholder::is_placeholder(&value, Some(name)), "one of {}", hole);
    }
}
