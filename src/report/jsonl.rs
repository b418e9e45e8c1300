//! The objects of a report, one a line, each with its `type`, so that engines that pipe lines can carry them.

use std::collections::BTreeMap;
use std::io;

use serde::Serialize;

use super::{
    Asset, Coverage, Credential, Exception, Finding, HostFile, Notice, Reference, Report, Scorecard, Server, Settings,
    Tool,
};

/// One line. The first is `report`, the last is `coverage`: a file without it was cut off.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Line<'a> {
    Report(Head<'a>),
    Credential(&'a Credential),
    Reference(&'a Reference),
    Finding(&'a Finding),
    Notice(&'a Notice),
    Server(&'a Server),
    File(&'a HostFile),
    Coverage(&'a Coverage),
}

#[derive(Serialize)]
struct Head<'a> {
    schema: &'a str,
    tool: &'a Tool,
    mode: &'a str,
    now: &'a str,
    settings: &'a Settings,
    assets: &'a [Asset],
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    notice_kinds: &'a BTreeMap<String, String>,
    #[serde(skip_serializing_if = "<[Exception]>::is_empty")]
    exceptions: &'a [Exception],
    #[serde(skip_serializing_if = "Option::is_none")]
    scorecard: &'a Option<Scorecard>,
}

pub(super) fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let Report {
        schema,
        tool,
        mode,
        now,
        settings,
        coverage,
        assets,
        credentials,
        references,
        findings,
        notices,
        servers,
        files,
        notice_kinds,
        exceptions,
        scorecard,
    } = report;
    let head = std::iter::once(Line::Report(Head {
        schema,
        tool,
        mode,
        now,
        settings,
        assets,
        notice_kinds,
        exceptions,
        scorecard,
    }));
    let lines = head
        .chain(credentials.iter().map(Line::Credential))
        .chain(references.iter().map(Line::Reference))
        .chain(findings.iter().map(Line::Finding))
        .chain(notices.iter().map(Line::Notice))
        .chain(servers.iter().map(Line::Server))
        .chain(files.iter().map(Line::File))
        .chain(std::iter::once(Line::Coverage(coverage)));
    for line in lines {
        serde_json::to_writer(&mut *out, &line)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::canned;

    #[test]
    fn every_line_is_an_object_that_starts_with_its_type() {
        let mut written = Vec::new();
        write(&canned::report(), &mut written).unwrap();
        let text = String::from_utf8(written).unwrap();
        let types: Vec<String> = text
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["type"].as_str().unwrap().to_owned())
            .collect();
        for line in text.lines() {
            let value = serde_json::from_str(line).unwrap();
            assert!(crate::report::schema::of_line().is_valid(&value), "{line}");
        }
        assert_eq!(types.first().map(String::as_str), Some("report"));
        assert_eq!(types.last().map(String::as_str), Some("coverage"));
        assert!(types.iter().any(|kind| kind == "credential") && types.iter().any(|kind| kind == "finding"));
        assert!(text.lines().all(|line| line.starts_with("{\"type\":\"")));
    }
}
