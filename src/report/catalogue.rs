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

/// What to do about a check: the section of that name in its help, on one line.
pub(super) fn advice(id: &str) -> Option<String> {
    let help = get(id)?.help;
    let section = help.split_once("## What to do")?.1;
    let section = section.split("\n## ").next().unwrap_or_default();
    Some(first_paragraph(section)).filter(|advice| !advice.is_empty())
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
    fn paragraphs_and_headings_are_told_apart() {
        assert_eq!(first_paragraph("# A\n\nb\nc\n\nd"), "b c");
        assert_eq!(plain("## A\n\nb # c"), "A:\n\nb # c");
    }
}
