//! Reports full of hostile strings, through every writer: nothing panics, nothing invalid or dangerous comes out.

use proptest::prelude::*;

use super::*;

/// Anything: text of any script, controls, escapes, links, placeholders, path tricks, nothing.
fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[\\x00-\\x1f\\x7f\u{80}-\u{9f}\u{200b}-\u{202e}a/.\\[\\](){}%#? :\\\\]{0,24}",
        Just("\u{1b}]8;;http://evil\u{7}x\u{1b}]8;;\u{7}".to_owned()),
        Just("../../../etc/shadow".to_owned()),
        Just("C:/Users/someone/x".to_owned()),
        Just("/home/someone/x y".to_owned()),
        Just("[click](http://evil) {0} <script>".to_owned()),
        Just("a.zip!/b/.mcp.json".to_owned()),
        Just(String::new()),
    ]
}

fn any_region() -> impl Strategy<Value = Region> {
    (any::<[u32; 4]>(), any::<u64>(), any::<u64>()).prop_map(|([a, b, c, d], offset, length)| Region {
        start_line: a,
        start_column: b,
        end_line: c,
        end_column: d,
        byte_offset: offset,
        byte_length: length,
    })
}

prop_compose! {
    fn any_report()(
        texts in prop::collection::vec(any_text(), 24),
        regions in prop::collection::vec(any_region(), 3),
        shared in any::<bool>(),
        complete in any::<bool>(),
        occurrence in 0_usize..60,
    ) -> Report {
        let mut report = canned::report();
        let mut next = texts.into_iter().cycle();
        let mut fresh = || next.next().unwrap_or_default();
        report.mode = fresh();
        report.coverage.complete = complete;
        for credential in &mut report.credentials {
            credential.preview = fresh();
            credential.issuer = Some(fresh());
            credential.standing.owner = Some(fresh());
            credential.standing.reason = Some(fresh());
            credential.standing.records = vec![fresh(), fresh()];
            for at in credential.occurrences.iter_mut().take(3) {
                at.path = fresh();
                at.server = Some(fresh());
                at.variable = Some(fresh());
                at.pointer = Some(fresh());
                at.region = regions[0];
            }
        }
        for (finding, region) in report.findings.iter_mut().zip(regions.iter().cycle()) {
            finding.path = fresh();
            finding.message = fresh();
            finding.region = *region;
            finding.also = vec![fresh()];
            finding.occurrence = finding.credential.is_some().then_some(occurrence);
            if shared {
                finding.check = fresh();
                finding.severity = fresh();
                finding.id = fresh();
            }
            if let Some(reason) = &mut finding.suppressed {
                reason.justification = fresh();
            }
        }
        for notice in &mut report.notices {
            notice.kind = fresh();
            notice.level = "warning".to_owned();
            notice.path = Some(fresh());
            notice.message = fresh();
            notice.hint = Some(fresh());
        }
        for asset in &mut report.assets {
            asset.remote = Some(fresh());
        }
        report
    }
}

fn written(report: &Report, format: Format, style: Style) -> String {
    let mut out = Vec::new();
    write(report, format, &mut out, &style).unwrap();
    String::from_utf8(out).unwrap()
}

fn each_string<'v>(value: &'v serde_json::Value, name: &str, found: &mut Vec<&'v str>) {
    match value {
        serde_json::Value::Object(fields) => {
            for (key, value) in fields {
                match value {
                    serde_json::Value::String(text) if key == name => found.push(text),
                    _ => each_string(value, name, found),
                }
            }
        }
        serde_json::Value::Array(items) => items.iter().for_each(|item| each_string(item, name, found)),
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_human_report_holds_no_control_characters(report in any_report(), width in prop::option::of(0_usize..200)) {
        let text = written(&report, Format::Human, Style { width, ..Style::default() });
        prop_assert!(text.chars().all(|c| c == '\n' || escape(&c.to_string()) == c.to_string()));
    }

    #[test]
    fn colour_changes_no_text(report in any_report()) {
        let plain = written(&report, Format::Human, Style::default());
        let colored = written(&report, Format::Human, Style { color: true, ..Style::default() });
        let mut stripped = String::new();
        let mut rest = colored.as_str();
        while let Some((before, after)) = rest.split_once('\u{1b}') {
            stripped.push_str(before);
            rest = after.split_once('m').map_or("", |(_, after)| after);
        }
        stripped.push_str(rest);
        prop_assert_eq!(stripped, plain);
    }

    #[test]
    fn the_same_report_gives_the_same_bytes_in_every_format(report in any_report()) {
        for format in Format::ALL {
            prop_assert_eq!(written(&report, format, Style::default()), written(&report.clone(), format, Style::default()));
        }
    }

    #[test]
    fn json_and_its_lines_read_back_and_json_fits_its_schema(mut report in any_report()) {
        for finding in &mut report.findings {
            finding.occurrence = finding.occurrence.map(|_| 0);
            finding.severity = "low".to_owned();
            finding.id = "d4".repeat(16);
        }
        let text = written(&report, Format::Json, Style::default());
        if let Err(error) = schema::of_report().validate(&serde_json::from_str(&text).unwrap()) {
            return Err(TestCaseError::fail(format!("{error} at {}", error.instance_path())));
        }
        let lines = written(&report, Format::Jsonl, Style::default());
        for text in [text, lines] {
            prop_assert_eq!(Report::read(text.as_bytes()).unwrap(), std::slice::from_ref(&report));
        }
    }

    #[test]
    fn every_jsonl_line_is_one_object(report in any_report()) {
        let text = written(&report, Format::Jsonl, Style::default());
        for line in text.lines() {
            prop_assert!(serde_json::from_str::<serde_json::Value>(line).is_ok_and(|value| value["type"].is_string()));
        }
    }

    #[test]
    fn sarif_stays_valid_and_its_uris_relative(report in any_report()) {
        let text = written(&report, Format::Sarif, Style::default());
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        if let Err(error) = sarif::schema::validator().validate(&value) {
            return Err(TestCaseError::fail(format!("{error} at {}", error.instance_path())));
        }
        let mut uris = Vec::new();
        each_string(&value["runs"][0]["results"], "uri", &mut uris);
        prop_assert!(!uris.is_empty());
        for uri in uris {
            prop_assert!(uri.is_ascii() && !uri.starts_with('/') && uri.split('/').all(|part| part != ".."), "{uri}");
            prop_assert!(!uri.contains([':', ' ', '\\', '#', '?', '[']), "{uri}");
        }
        let mut texts = Vec::new();
        each_string(&value["runs"][0]["results"], "text", &mut texts);
        for text in texts {
            prop_assert!(!text.contains("[click]("), "{text}");
            prop_assert!(text.chars().all(|c| escape(&c.to_string()) == c.to_string()));
        }
    }
}
