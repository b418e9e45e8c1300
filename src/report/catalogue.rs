//! The checks as writers see them: title, severity, taxa, and the parts of the help text.

use crate::check::{self, Meta};

/// Every check, in the order of the registry.
pub(super) fn all() -> impl Iterator<Item = &'static Meta> {
    check::all().iter().map(|check| check.meta())
}

/// The check of that id.
pub(super) fn get(id: &str) -> Option<&'static Meta> {
    Some(check::get(id)?.meta())
}

/// What to do about a check, on one line: the first sentences of that section of its help, numbers of a list left out.
pub(super) fn advice(id: &str) -> Option<String> {
    let section = get(id)?.help.split_once("## What to do")?.1;
    let section = section.split("\n## ").next().unwrap_or_default();
    let steps: Vec<&str> = section.lines().map(unnumbered).collect();
    Some(sentences(&first_paragraph(&steps.join("\n")), SENTENCES)).filter(|advice| !advice.is_empty())
}

/// Sentences of advice that are shown with a finding; the rest is in the documentation.
const SENTENCES: usize = 2;

/// A line of a Markdown list without its number or bullet.
fn unnumbered(line: &str) -> &str {
    let line = line.trim();
    let behind_number = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let behind_number = if behind_number.len() < line.len() { behind_number.strip_prefix(". ") } else { None };
    behind_number.or_else(|| line.strip_prefix("- ")).unwrap_or(line)
}

/// The first `count` sentences.
fn sentences(text: &str, count: usize) -> String {
    let ends = text.match_indices(". ").map(|(at, _)| at + 1);
    let end = ends.take(count).last().filter(|_| text.matches(". ").count() >= count).unwrap_or(text.len());
    text.get(..end).unwrap_or(text).to_owned()
}

/// The first paragraph of a Markdown text that is no heading, on one line.
pub(super) fn first_paragraph(markdown: &str) -> String {
    let words = |paragraph: &str| paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
    markdown
        .split("\n\n")
        .map(str::trim)
        .find(|paragraph| !paragraph.is_empty() && !paragraph.starts_with('#'))
        .map(words)
        .unwrap_or_default()
}

/// A Markdown text without the marks of headings.
pub(super) fn plain(markdown: &str) -> String {
    let lines = markdown.trim().lines().map(|line| match line.trim_start_matches('#') {
        heading if heading.len() < line.len() => format!("{}:", heading.trim()),
        _ => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_check_says_what_to_do() {
        for meta in all() {
            assert!(advice(meta.id).is_some_and(|advice| advice.len() > 5), "{} gives no advice", meta.id);
        }
    }

    #[test]
    fn advice_is_two_sentences_without_list_marks() {
        assert_eq!(sentences("A b. C d. E f.", 2), "A b. C d.");
        assert_eq!(sentences("A b.", 2), "A b.");
        assert_eq!(["1. Rotate", "- Rotate", "2026 was"].map(unnumbered), ["Rotate", "Rotate", "2026 was"]);
        assert!(all().filter_map(|meta| advice(meta.id)).all(|advice| !advice.starts_with("1.")));
    }

    #[test]
    fn paragraphs_and_headings_are_told_apart() {
        assert_eq!(first_paragraph("# A\n\nb\nc\n\nd"), "b c");
        assert_eq!(plain("## A\n\nb # c"), "A:\n\nb # c");
    }
}
