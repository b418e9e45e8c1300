//! One finding as a SARIF result: one location, links to the other places, fingerprints, properties.

use std::collections::BTreeMap;

use serde_json::Value;
use serde_sarif::sarif::{Location, Message, PropertyBag, Result as SarifResult, ResultLevel, Suppression};

use super::location::{location, message_text, related};
use crate::check::Severity;
use crate::report::{Credential, Finding, Occurrence, Report, Standing, severity_of};

/// Most places a result links to; GitHub shows no more than a hundred, people read fewer.
const RELATED: usize = 20;

/// Turns findings into results; knows where each rule and credential stands.
pub(super) struct Results<'r> {
    rules: BTreeMap<&'r str, i64>,
    credentials: BTreeMap<&'r str, &'r Credential>,
    report: &'r Report,
}

impl<'r> Results<'r> {
    /// For a report whose rules are emitted in the order of `rules`.
    pub(super) fn new(report: &'r Report, rules: &'r [String]) -> Self {
        let rules = (0..).zip(rules).map(|(index, id)| (id.as_str(), index)).collect();
        let credentials = report.credentials.iter().map(|credential| (credential.id.as_str(), credential)).collect();
        Self { rules, credentials, report }
    }

    /// Every finding in the report's order.
    pub(super) fn all(&self, omit_suppressed: bool) -> Vec<SarifResult> {
        // The ordinal is counted over all findings, so that leaving some out changes none of the others.
        let mut seen: BTreeMap<&str, u64> = BTreeMap::new();
        let mut results = Vec::with_capacity(self.report.findings.len());
        for finding in &self.report.findings {
            let hash = finding.id.get(..16).unwrap_or(&finding.id);
            let ordinal = seen.entry(hash).or_default();
            *ordinal += 1;
            if !(omit_suppressed && finding.suppressed.is_some()) {
                results.push(self.result(finding, format!("{hash}:{ordinal}")));
            }
        }
        results
    }

    fn result(&self, finding: &Finding, line_hash: String) -> SarifResult {
        let credential = finding.credential.as_deref().and_then(|id| self.credentials.get(id).copied());
        let occurrence = credential.and_then(|found| finding.occurrence.and_then(|at| found.occurrences.get(at)));
        let (text, places) = message(finding, credential);
        let mut made = SarifResult::builder()
            .rule_id(finding.check.as_str())
            .level(level(severity_of(&finding.severity)))
            .message(Message::from(&text))
            .locations(vec![location(&finding.path, &finding.region)])
            .partial_fingerprints(BTreeMap::from([("primaryLocationLineHash".to_owned(), line_hash)]))
            .fingerprints(BTreeMap::from([("keytrawl/v1".to_owned(), finding.id.clone())]))
            .properties(properties(finding, credential, occurrence))
            .build();
        made.rule_index = self.rules.get(finding.check.as_str()).copied();
        made.related_locations = (!places.is_empty()).then_some(places);
        made.baseline_state = finding.baseline_state.as_deref().map(Value::from);
        made.suppressions = finding.suppressed.as_ref().map(|reason| {
            let accepted = Suppression::builder().kind("external").status("accepted");
            vec![accepted.justification(crate::report::escape(&reason.justification)).build()]
        });
        made
    }
}

/// SARIF's word for a severity.
pub(super) const fn level(severity: Severity) -> ResultLevel {
    match severity {
        Severity::Critical | Severity::High => ResultLevel::Error,
        Severity::Medium => ResultLevel::Warning,
        Severity::Low => ResultLevel::Note,
    }
}

/// Why it fired, then links to the credential's other places, the first [`RELATED`] by name and the rest by number.
fn message(finding: &Finding, credential: Option<&Credential>) -> (String, Vec<Location>) {
    let mut text = message_text(&finding.message);
    if !text.ends_with(['.', '!', '?']) {
        text.push('.');
    }
    let occurrences = credential.map_or(&[][..], |found| &found.occurrences);
    let here = finding.occurrence.filter(|at| *at < occurrences.len());
    let odd = here.and_then(|at| credential.zip(occurrences.get(at))).and_then(|(found, at)| found.misplaced(at));
    if let Some(odd) = odd {
        text.push_str(&format!(" It {}.", message_text(&odd)));
    }
    let others = occurrences.iter().enumerate().filter(|(index, _)| Some(*index) != here).map(|(_, other)| other);
    let mut links = Vec::new();
    let mut places = Vec::new();
    for (id, other) in (1..).zip(others.take(RELATED)) {
        let words = format!("{}:{}", other.path, other.region.start_line);
        links.push(format!("[{}]({id})", message_text(&words)));
        places.push(related(id, &other.path, &other.region, &place(other)));
    }
    if !links.is_empty() {
        text.push_str(" Also at ");
        text.push_str(&links.join(", "));
        match occurrences.len() - usize::from(here.is_some()) - links.len() {
            0 => {}
            1 => text.push_str(" and 1 more place"),
            more => text.push_str(&format!(" and {more} more places")),
        }
        text.push('.');
    }
    (text, places)
}

/// What stands at a place: client, server, slot and variable, as far as they are known.
fn place(occurrence: &Occurrence) -> String {
    let named = [occurrence.client.as_deref(), occurrence.server.as_deref()].into_iter().flatten();
    let slot = match &occurrence.variable {
        Some(variable) => format!("{} {variable}", occurrence.slot),
        None => occurrence.slot.clone(),
    };
    let parts: Vec<String> = named.map(str::to_owned).chain(std::iter::once(slot)).collect();
    format!("The same credential: {}.", parts.join(" › "))
}

/// The properties that CONTRACT names, each absent where it is not known.
fn properties(finding: &Finding, credential: Option<&Credential>, occurrence: Option<&Occurrence>) -> PropertyBag {
    let mut bag = BTreeMap::new();
    let mut put = |name: &str, value: Option<&str>| {
        if let Some(value) = value {
            bag.insert(name.to_owned(), Value::from(value));
        }
    };
    put("severity", Some(&finding.severity));
    let standing = credential.map(|found| &found.standing);
    if let Some(found) = credential {
        put("credential", Some(&found.id));
        put("detector", Some(occurrence.map_or(&found.detector, |at| &at.detector)));
        put("issuer", found.issuer.as_deref());
        put("kind", Some(&found.kind));
        put("preview", Some(&found.preview));
        put("confidence", Some(occurrence.map_or(&found.confidence, |at| &at.confidence)));
        put("standing", Some(&found.standing.status));
        put("matchedBy", found.standing.matched_by.as_deref());
        put("owner", found.standing.owner.as_deref());
        put("team", found.standing.team.as_deref());
        put("recordState", found.standing.state.as_deref());
    }
    put("record", record(finding, standing));
    if let Some(at) = occurrence {
        put("client", at.client.as_deref());
        put("server", at.server.as_deref());
        put("slot", Some(&at.slot));
        put("pointer", at.pointer.as_deref());
        put("variable", at.variable.as_deref());
        put("place", Some(&at.place));
        put("asset", Some(&at.asset));
        put("environment", at.environment.as_deref());
        put("expectedIssuer", at.expected_issuer.as_deref());
        if let Some(commits) = &at.commits {
            put("commit", commits.commit.as_deref());
            put("firstCommit", commits.first_commit.as_deref());
            put("lastCommit", commits.last_commit.as_deref());
        }
    }
    if let Some(commits) = occurrence.and_then(|at| at.commits.as_ref()) {
        bag.insert("inHead".to_owned(), Value::from(commits.in_head));
    }
    if credential.is_some_and(|found| found.transient) {
        bag.insert("transient".to_owned(), Value::from(true));
    }
    let rows = if finding.records.is_empty() { standing.map_or(&[][..], |s| &s.records) } else { &finding.records };
    if rows.len() > 1 {
        bag.insert("records".to_owned(), Value::from(rows.to_vec()));
    }
    if !finding.also.is_empty() {
        bag.insert("also".to_owned(), Value::from(finding.also.clone()));
    }
    PropertyBag::builder().additional_properties(bag).build()
}

/// The row a finding is about: the one the credential is registered by, else the one it stands on.
fn record<'a>(finding: &'a Finding, standing: Option<&'a Standing>) -> Option<&'a str> {
    let registered = standing.filter(|known| matches!(known.status.as_str(), "exact" | "strong" | "probable"));
    match (registered, standing) {
        (Some(known), _) => known.records.first().map(String::as_str),
        (None, None) => finding.records.first().map(String::as_str),
        (None, Some(_)) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::canned;

    fn results(report: &Report, omit_suppressed: bool) -> Vec<Value> {
        let ids: Vec<String> = super::super::rule::ids(report);
        let made = Results::new(report, &ids).all(omit_suppressed);
        made.iter().map(|result| serde_json::to_value(result).unwrap()).collect()
    }

    #[test]
    fn every_result_has_one_location_with_a_full_region_and_both_fingerprints() {
        for result in results(&canned::report(), false) {
            assert_eq!(result["locations"].as_array().unwrap().len(), 1);
            let region = &result["locations"][0]["physicalLocation"]["region"];
            for edge in ["startLine", "startColumn", "endLine", "endColumn"] {
                assert!(region[edge].as_u64().is_some_and(|at| at > 0), "{edge}");
            }
            let hash = result["partialFingerprints"]["primaryLocationLineHash"].as_str().unwrap();
            let (digits, ordinal) = hash.split_once(':').unwrap();
            assert!(digits.len() == 16 && ordinal.parse::<u32>().is_ok(), "{hash}");
            assert_eq!(result["fingerprints"]["keytrawl/v1"].as_str().unwrap().len(), 32);
            assert!(result.get("rank").is_none() && region.get("snippet").is_none());
        }
    }

    #[test]
    fn twenty_other_places_are_linked_and_the_rest_counted() {
        let result = &results(&canned::report(), false)[0];
        assert_eq!(result["relatedLocations"].as_array().unwrap().len(), RELATED);
        let text = result["message"]["text"].as_str().unwrap();
        assert!(text.contains("[team 2/.mcp.json:2](1)") && text.contains("](20) and 4 more places."), "{text}");
        assert!(!text.contains("[team 1/.mcp.json:1]"), "a result does not link to itself");
    }

    #[test]
    fn suppressed_results_carry_their_justification_or_are_left_out_without_moving_the_others() {
        let report = canned::report();
        let all = results(&report, false);
        let suppression = &all[2]["suppressions"][0];
        assert_eq!((&suppression["kind"], &suppression["status"]), (&"external".into(), &"accepted".into()));
        assert!(suppression["justification"].as_str().unwrap().contains("migration"));
        let open: Vec<Value> = all.iter().filter(|result| result.get("suppressions").is_none()).cloned().collect();
        assert_eq!(results(&report, true), open);
    }

    #[test]
    fn properties_name_what_is_known_and_leave_out_what_is_not() {
        let all = results(&canned::report(), false);
        let known = &all[0]["properties"];
        for name in ["credential", "detector", "issuer", "preview", "standing", "client", "server", "slot", "pointer"] {
            assert!(known[name].is_string(), "{name}");
        }
        assert!(known.get("record").is_none() && known.get("owner").is_none());
        assert_eq!(all[2]["properties"]["record"], "NHI-0042");
        assert_eq!(all[2]["properties"]["matchedBy"], "sha256");
        assert_eq!(all[3]["properties"]["record"], "NHI-0042");
    }

    #[test]
    fn a_credential_in_a_slot_of_another_services_server_says_so() {
        let mut report = canned::report();
        let plain = results(&report, false);
        report.credentials[0].occurrences[0].expected_issuer = Some("notion".to_owned());
        let odd = results(&report, false);
        assert_eq!(odd[0]["properties"]["expectedIssuer"], "notion");
        let text = odd[0]["message"]["text"].as_str().unwrap();
        assert!(text.contains(" It is a github credential in a slot of a notion server."), "{text}");
        assert_eq!(odd[1..], plain[1..], "the other places are as expected");
    }
}
