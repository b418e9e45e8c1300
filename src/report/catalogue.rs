//! The checks as writers see them: title, severity, taxa, and the parts of the help text.

pub(super) use stand_in::Meta;

/// Until the checks are merged.
mod stand_in {
    #[derive(Debug, Clone, Copy, PartialEq)]
    pub(crate) struct Meta {
        pub(crate) id: &'static str,
        pub(crate) title: &'static str,
        pub(crate) severity: f32,
        pub(crate) help: &'static str,
        pub(crate) nhi: &'static [&'static str],
        pub(crate) mcp: &'static [&'static str],
        pub(crate) asi: &'static [&'static str],
        pub(crate) csf: &'static [&'static str],
        pub(crate) cwe: &'static [u16],
    }
    pub(super) static ALL: &[Meta] = &[
        Meta {
            id: "exposed-on-host",
            title: "Credential lies in the clear on a host",
            severity: 5.4,
            help: "## What it does\n\nReports a literal.\n\n## Why it is bad\n\nBecause.\n\n## What to do\n\nMove it. Now.",
            nhi: &["NHI2"],
            mcp: &["MCP01"],
            asi: &["ASI03"],
            csf: &["PR.AA-01"],
            cwe: &[312, 526],
        },
        Meta {
            id: "unregistered",
            title: "Credential is in no inventory",
            severity: 8.2,
            help: "## What it does\n\nReports it.\n\n## What to do\n\nRegister it.",
            nhi: &["NHI2", "NHI1"],
            mcp: &["MCP01", "MCP09"],
            asi: &["ASI03"],
            csf: &["PR.AA-01"],
            cwe: &[798, 522],
        },
    ];
}

/// Every check, in the order of the registry.
pub(super) fn all() -> impl Iterator<Item = &'static Meta> {
    stand_in::ALL.iter()
}

/// The check of that id.
pub(super) fn get(id: &str) -> Option<&'static Meta> {
    all().find(|meta| meta.id == id)
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
