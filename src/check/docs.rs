//! Renders what the checks say of themselves as `docs/checks.md`.

use super::{Meta, taxonomy};

/// The page of one check.
#[must_use]
pub fn section(meta: &Meta) -> String {
    let mut lines = vec![format!("## {}", meta.id), String::new(), format!("**{}.**", meta.title), String::new()];
    lines.push(format!("- Severity: {:.1} ({})", meta.severity, meta.band().as_str()));
    if !meta.needs.is_empty() {
        let needs: Vec<_> = meta.needs.iter().map(|need| need.as_str()).collect();
        lines.push(format!("- Needs: {}; not evaluated without", needs.join(", ")));
    }
    for (taxonomy, ids) in
        [(&taxonomy::NHI, meta.nhi), (&taxonomy::MCP, meta.mcp), (&taxonomy::ASI, meta.asi), (&taxonomy::CSF, meta.csf)]
    {
        if !ids.is_empty() {
            let named = ids.iter().map(|id| format!("{id} {}", taxonomy.taxon(id).unwrap_or_default()));
            lines.push(format!("- {} {}: {}", taxonomy.title, taxonomy.version, named.collect::<Vec<_>>().join(", ")));
        }
    }
    if !meta.cwe.is_empty() {
        let named =
            meta.cwe.iter().map(|id| format!("CWE-{id} {}", taxonomy::CWE.taxon(&id.to_string()).unwrap_or_default()));
        lines.push(format!("- {}", named.collect::<Vec<_>>().join(", ")));
    }
    lines.push(String::new());
    // The page has a heading per check already, so those of its help go one level down.
    lines.extend(meta.help.trim_end().lines().map(|line| match line.strip_prefix("## ") {
        Some(heading) => format!("### {heading}"),
        None => line.to_owned(),
    }));
    lines.push(String::new());
    lines.join("\n")
}

/// The whole page.
#[must_use]
pub fn page() -> String {
    let mut page = String::from(
        "# Checks\n\n<!-- Generated from the doc comments in src/check/. To renew: KEYTRAWL_BLESS=1 cargo test --lib \
         check::docs -->\n\nEach check is one condition under which somebody must act. `--fail-on` and exceptions name it by its \
         id.\n\n| check | severity | fires on |\n|---|---|---|\n",
    );
    for check in super::all() {
        let meta = check.meta();
        page.push_str(&format!(
            "| [{id}](#{id}) | {:.1} {} | {} |\n",
            meta.severity,
            meta.band().as_str(),
            meta.title,
            id = meta.id
        ));
    }
    for check in super::all() {
        page.push('\n');
        page.push_str(&section(check.meta()));
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_of_checks_is_what_the_doc_comments_say() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/checks.md");
        if std::env::var_os("KEYTRAWL_BLESS").is_some() {
            std::fs::create_dir_all(concat!(env!("CARGO_MANIFEST_DIR"), "/docs")).unwrap();
            std::fs::write(path, page()).unwrap();
        }
        let written = std::fs::read_to_string(path).unwrap_or_default();
        assert!(written == page(), "docs/checks.md is stale: run KEYTRAWL_BLESS=1 cargo test --lib check::docs");
    }

    #[test]
    fn every_help_says_what_why_and_what_to_do() {
        for check in crate::check::all() {
            let help = check.meta().help;
            for heading in ["## What it does\n", "## Why it is bad\n", "## What to do\n"] {
                assert!(help.contains(heading), "{} lacks {heading}", check.meta().id);
            }
            assert!(help.lines().all(|line| !line.starts_with(' ') || line.starts_with("   ")), "{}", check.meta().id);
        }
    }
}
