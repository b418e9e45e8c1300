//! Notices as SARIF notifications, each with a descriptor that says what its kind means.

use std::collections::BTreeSet;

use serde_sarif::sarif::{
    Location, Message, MultiformatMessageString, Notification, PhysicalLocation, ReportingDescriptor,
    ReportingDescriptorReference,
};

use super::location::{artifact, message_text, region};
use super::rule::name;
use crate::report::{Notice, Region, Report};

/// One descriptor for each kind of notice in the report, in order of id.
pub(super) fn descriptors(report: &Report) -> Vec<ReportingDescriptor> {
    let kinds: BTreeSet<&str> = report.notices.iter().map(|notice| notice.kind.as_str()).collect();
    kinds
        .into_iter()
        .map(|kind| {
            let meaning =
                report.notice_kinds.get(kind).map_or("Something in this run is worth knowing.", String::as_str);
            let text = || MultiformatMessageString::from(&meaning.to_owned());
            ReportingDescriptor::builder()
                .id(kind)
                .name(name(kind, "Notice"))
                .short_description(text())
                .full_description(text())
                .help(text())
                .build()
        })
        .collect()
}

/// Notifications about the scan, and notifications about what it was configured with.
pub(super) fn notifications(report: &Report) -> (Vec<Notification>, Vec<Notification>) {
    let kinds: BTreeSet<&str> = report.notices.iter().map(|notice| notice.kind.as_str()).collect();
    let index = |kind: &str| kinds.iter().position(|known| *known == kind).unwrap_or_default() as i64;
    let (configuration, execution): (Vec<&Notice>, Vec<&Notice>) = report
        .notices
        .iter()
        .partition(|notice| ["inventory", "policy", "settings"].iter().any(|part| notice.kind.starts_with(part)));
    let all = |notices: Vec<&Notice>| notices.into_iter().map(|notice| one(notice, index(&notice.kind))).collect();
    (all(execution), all(configuration))
}

fn one(notice: &Notice, index: i64) -> Notification {
    let mut text = message_text(&notice.message);
    if let Some(hint) = &notice.hint {
        text.push_str(" — ");
        text.push_str(&message_text(hint));
    }
    let descriptor = ReportingDescriptorReference::builder().id(notice.kind.as_str()).index(index).build();
    let mut made = Notification::builder().message(Message::from(&text)).descriptor(descriptor).build();
    made.level = Some(notice.level.as_str().into());
    made.locations = notice.path.as_deref().map(|path| vec![location(path, notice.line)]);
    made
}

fn location(path: &str, line: Option<u32>) -> Location {
    let mut physical = PhysicalLocation::builder().artifact_location(artifact(path)).build();
    physical.region = line.map(|line| region(&Region::line(line)));
    Location::builder().physical_location(physical).build()
}
