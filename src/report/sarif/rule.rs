//! Checks as SARIF rules: help, severity, tags, and links to the taxa each falls under.

use serde_json::Value;
use serde_sarif::sarif::{
    MultiformatMessageString, PropertyBag, ReportingConfiguration, ReportingDescriptor, ReportingDescriptorReference,
    ReportingDescriptorRelationship, ToolComponentReference,
};

use super::result::level;
use super::taxonomy::{self, Filed};
use crate::check::{Meta, Severity};
use crate::report::Report;
use crate::report::catalogue;

/// Longest short or full description that GitHub and GitLab take, in characters.
const DESCRIPTION: usize = 1024;
/// Most tags of a rule that GitHub shows.
const TAGS: usize = 10;

/// Ids of the rules to emit: every check this version knows, then those that only the report knows.
pub(super) fn ids(report: &Report) -> Vec<String> {
    let mut ids: Vec<String> = catalogue::all().map(|meta| meta.id.to_owned()).collect();
    let mut foreign: Vec<String> =
        report.findings.iter().map(|finding| finding.check.clone()).filter(|id| catalogue::get(id).is_none()).collect();
    foreign.sort();
    foreign.dedup();
    ids.extend(foreign);
    ids
}

/// The rule of that id.
pub(super) fn rule(id: &str, report: &Report) -> ReportingDescriptor {
    match catalogue::get(id) {
        Some(meta) => known(meta),
        None => foreign(id, report),
    }
}

fn known(meta: &'static Meta) -> ReportingDescriptor {
    let title = text(&sentence(meta.title));
    let paragraph = catalogue::first_paragraph(meta.help);
    let full = if paragraph.is_empty() { sentence(meta.title) } else { shorten(&paragraph, DESCRIPTION) };
    let help = MultiformatMessageString::builder().text(catalogue::plain(meta.help)).markdown(meta.help).build();
    let mut made = ReportingDescriptor::builder()
        .id(meta.id)
        .name(name(meta.id, "Credential"))
        .short_description(title)
        .full_description(text(&full))
        .help(help)
        .default_configuration(configuration(meta.band()))
        .properties(properties(&format!("{:.1}", meta.severity), tags(meta)))
        .build();
    let relationships = relationships(meta);
    made.relationships = (!relationships.is_empty()).then_some(relationships);
    made
}

/// A rule for a check of a saved report that this version does not have.
fn foreign(id: &str, report: &Report) -> ReportingDescriptor {
    let severity = report
        .findings
        .iter()
        .filter(|finding| finding.check == id)
        .map(|finding| crate::report::severity_of(&finding.severity))
        .max()
        .unwrap_or(Severity::Low);
    let figure = match severity {
        Severity::Critical => "9.0",
        Severity::High => "7.0",
        Severity::Medium => "4.0",
        Severity::Low => "1.0",
    };
    let words = || text(&format!("Check {} of another version of keytrawl.", crate::report::escape(id)));
    ReportingDescriptor::builder()
        .id(id)
        .name(name(id, "Check"))
        .short_description(words())
        .full_description(words())
        .help(words())
        .default_configuration(configuration(severity))
        .properties(properties(figure, vec!["security".to_owned()]))
        .build()
}

fn configuration(severity: Severity) -> ReportingConfiguration {
    let level = serde_json::to_value(level(severity)).unwrap_or_else(|_| Value::from("warning"));
    ReportingConfiguration::builder().level(level).build()
}

fn properties(figure: &str, tags: Vec<String>) -> PropertyBag {
    let more = [("security-severity", figure), ("precision", "high")];
    let more = more.map(|(name, value)| (name.to_owned(), Value::from(value)));
    PropertyBag::builder().tags(tags).additional_properties(more).build()
}

/// `security` first, then CWE in the form GitHub and GitLab read, then the other taxa.
fn tags(meta: &Meta) -> Vec<String> {
    let mut tags = vec!["security".to_owned()];
    tags.extend(meta.cwe.iter().map(|cwe| format!("external/cwe/cwe-{cwe:03}")));
    for taxonomy in taxonomy::ALL.iter().filter(|taxonomy| taxonomy.prefix.is_some()) {
        let prefix = taxonomy.prefix.unwrap_or_default();
        tags.extend(taxonomy.taxa_of(meta).into_iter().map(|(id, _)| format!("{prefix}/{id}")));
    }
    tags.truncate(TAGS);
    tags
}

fn relationships(meta: &Meta) -> Vec<ReportingDescriptorRelationship> {
    let of = |(index, taxonomy): (i64, &'static Filed)| {
        taxonomy.taxa_of(meta).into_iter().map(move |(id, taxon)| {
            let component = ToolComponentReference::builder().name(taxonomy.name()).index(index).guid(taxonomy.guid);
            let target = ReportingDescriptorReference::builder().id(id).index(taxon).tool_component(component.build());
            let kinds = vec!["relevant".to_owned()];
            ReportingDescriptorRelationship::builder().target(target.build()).kinds(kinds).build()
        })
    };
    (0..).zip(taxonomy::ALL).flat_map(of).collect()
}

/// `exposed-on-host` as `ExposedOnHost`. A name must differ from its id by more than case, so an id of one word gets
/// `noun` behind it.
pub(super) fn name(id: &str, noun: &str) -> String {
    let name = pascal_case(id);
    if name.eq_ignore_ascii_case(id) { name + noun } else { name }
}

fn pascal_case(id: &str) -> String {
    id.split(|c: char| !c.is_ascii_alphanumeric())
        .flat_map(|word| word.chars().enumerate().map(|(at, c)| if at == 0 { c.to_ascii_uppercase() } else { c }))
        .collect()
}

fn text(words: &str) -> MultiformatMessageString {
    MultiformatMessageString::from(&words.to_owned())
}

/// A title with a full stop, which SARIF's authors ask of every description.
fn sentence(title: &str) -> String {
    if title.ends_with(['.', '!', '?']) { title.to_owned() } else { format!("{title}.") }
}

/// At most `most` characters, cut at a blank where there is one.
fn shorten(words: &str, most: usize) -> String {
    if words.chars().count() <= most {
        return words.to_owned();
    }
    let cut: String = words.chars().take(most - 1).collect();
    let kept = cut.rfind(' ').map_or(cut.as_str(), |at| &cut[..at]);
    format!("{kept}…")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_pascal_case_and_long_text_is_cut_between_words() {
        assert_eq!(name("live-after-decommission", "Credential"), "LiveAfterDecommission");
        assert_eq!(name("duplicated", "Credential"), "DuplicatedCredential");
        assert_eq!(shorten("ab cd ef", 6), "ab…");
        assert_eq!(shorten("ab", 6), "ab");
    }

    #[test]
    fn every_rule_has_what_github_requires() {
        let report = crate::report::canned::report();
        for id in ids(&report) {
            let made = serde_json::to_value(rule(&id, &report)).unwrap();
            for at in ["/shortDescription/text", "/fullDescription/text", "/help/text"] {
                let words = made.pointer(at).and_then(Value::as_str).unwrap_or_default();
                assert!(!words.is_empty(), "{id} lacks {at}");
                assert!(at == "/help/text" || words.chars().count() <= DESCRIPTION, "{id}: {at} is too long");
            }
            let figure = made.pointer("/properties/security-severity").and_then(Value::as_str).unwrap();
            assert!(figure.parse::<f32>().is_ok_and(|figure| (0.0..=10.0).contains(&figure)), "{id}");
            assert!(made.pointer("/properties/tags").and_then(Value::as_array).unwrap().len() <= TAGS, "{id}");
        }
    }
}
