//! Word lists that the build made of `rules/names.toml` and `rules/placeholders.toml`, each sorted.

include!(concat!(env!("OUT_DIR"), "/vocabulary.rs"));

/// Whether a sorted list holds `word`.
pub(super) fn has(list: &[&str], word: &str) -> bool {
    list.binary_search(&word).is_ok()
}
