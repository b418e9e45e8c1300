//! SARIF 2.1.0: one run, as GitHub, GitLab, DefectDojo and SonarQube read it.

mod location;
#[cfg(test)]
mod multitool;
mod notification;
mod provenance;
mod result;
mod rule;
#[cfg(test)]
pub(super) mod schema;
mod taxonomy;

use std::collections::BTreeMap;
use std::io;

use serde_sarif::sarif::{
    ArtifactLocation, Invocation, Message, Run, RunAutomationDetails, Sarif, Tool, ToolComponent,
    ToolComponentReference,
};

use super::{Report, Style};

/// Where the schema of SARIF 2.1.0 with its errata lives.
const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
/// Where keytrawl is documented.
const INFORMATION: &str = "https://docs.rs/keytrawl";

pub(super) fn write(report: &Report, out: &mut dyn io::Write, style: &Style) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &log(report, style))?;
    out.write_all(b"\n")
}

fn log(report: &Report, style: &Style) -> Sarif {
    let version = serde_json::json!("2.1.0");
    Sarif::builder().schema(SCHEMA).version(version).runs(vec![run(report, style)]).build()
}

fn run(report: &Report, style: &Style) -> Run {
    let ids = rule::ids(report);
    let mut made = Run::builder()
        .tool(Tool::from(driver(report, &ids)))
        .taxonomies(taxonomy::ALL.iter().map(taxonomy::Filed::component).collect::<Vec<_>>())
        .automation_details(RunAutomationDetails::builder().id(format!("keytrawl/{}/", report.mode)).build())
        .column_kind("unicodeCodePoints")
        .original_uri_base_ids(roots())
        .invocations(vec![invocation(report)])
        .results(result::Results::new(report, &ids).all(style.omit_suppressed))
        .build();
    let provenance = provenance::provenance(&report.assets);
    made.version_control_provenance = (!provenance.is_empty()).then_some(provenance);
    // Only a look through hosts has paths of other users' homes: elsewhere a directory may be called `~ann`.
    if report.mode == "discover" {
        homes(&mut made);
    }
    made
}

/// Gives the places in the homes of several users their root.
fn homes(run: &mut Run) {
    let results = run.results.iter_mut().flatten();
    let of_results = results
        .flat_map(|result| result.locations.iter_mut().flatten().chain(result.related_locations.iter_mut().flatten()));
    let told = run.invocations.iter_mut().flatten();
    let of_notices = told
        .flat_map(|told| told.tool_execution_notifications.iter_mut().flatten())
        .flat_map(|notice| notice.locations.iter_mut().flatten());
    of_results.chain(of_notices).for_each(location::home);
}

fn driver(report: &Report, ids: &[String]) -> ToolComponent {
    let taxonomies = (0..).zip(taxonomy::ALL).map(|(index, taxonomy)| {
        ToolComponentReference::builder().name(taxonomy.name()).index(index).guid(taxonomy.guid).build()
    });
    ToolComponent::builder()
        .name(report.tool.name.as_str())
        .full_name(format!("{} {}", report.tool.name, report.tool.version))
        .semantic_version(report.tool.version.as_str())
        .information_uri(INFORMATION)
        .rules(ids.iter().map(|id| rule::rule(id, report)).collect::<Vec<_>>())
        .notifications(notification::descriptors(report))
        .supported_taxonomies(taxonomies.collect::<Vec<_>>())
        .build()
}

/// The roots are named and explained; where they are on the machine that scanned is nobody's business.
fn roots() -> BTreeMap<String, ArtifactLocation> {
    let root = |name: &str, words: &str| {
        (name.to_owned(), ArtifactLocation::builder().description(Message::from(words)).build())
    };
    BTreeMap::from([
        root(location::SRCROOT, "The directory that the scan was started in, or the target where it lies outside."),
        root(
            location::HOME,
            "The home directory of the user whose files were scanned. Of several users, what holds their home directories, each under its user's name.",
        ),
    ])
}

/// `executionSuccessful` tells whether everything was scanned that should have been: a clean result of half a scan must
/// not pass for a clean result.
fn invocation(report: &Report) -> Invocation {
    let (execution, configuration) = notification::notifications(report);
    Invocation::builder()
        .execution_successful(report.coverage.complete)
        .end_time_utc(report.now.as_str())
        .tool_execution_notifications(execution)
        .tool_configuration_notifications(configuration)
        .build()
}
