//! What is said on standard error: errors, notices, the coverage line.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::Path;

use anstyle::{AnsiColor, Style};

use crate::coverage;
use crate::report::{Coverage, ExitStatus, Notice, Report, escape};
use crate::scan::workers::WorkersError;
use crate::settings::typed::When;
use crate::settings::{Settings, Talk};

/// Notices of one kind shown unless more is asked for.
const SHOWN_OF_A_KIND: usize = 10;

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default().bold();

/// Whether somewhere in the chain of causes a reader went away. That is how `| head` ends a program, not an error.
#[must_use]
pub fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
}

/// Says why nothing was done, and gives the exit status for it.
#[must_use]
pub fn complain(error: &anyhow::Error) -> ExitStatus {
    let mut text = String::new();
    compose(&mut text, error);
    // Where standard error is gone too there is nobody left to tell; the exit code still does.
    let _ = anstream::stderr().write_all(text.as_bytes());
    let bug = error.chain().any(|cause| matches!(cause.downcast_ref(), Some(WorkersError::Panic { .. })));
    if bug { ExitStatus::Bug } else { ExitStatus::Error }
}

/// `error: what: why: why`, then each hint on a line of its own. Stages put hints behind a line break in their messages.
fn compose(text: &mut String, error: &anyhow::Error) {
    let messages: Vec<String> = error.chain().map(ToString::to_string).collect();
    let mut said: Vec<&str> = Vec::new();
    let mut hints: Vec<&str> = Vec::new();
    for message in &messages {
        let mut parts = message.split("\nhint: ");
        let what = parts.next().unwrap_or_default();
        // Some messages already hold the message of their cause.
        if !said.last().is_some_and(|before| before.ends_with(what)) {
            said.push(what);
        }
        hints.extend(parts);
    }
    let _ = writeln!(text, "{ERROR}error:{ERROR:#} {}", said.join(": "));
    for hint in hints {
        let _ = writeln!(text, "{HINT}hint:{HINT:#} {hint}");
    }
}

/// How standard error is written to.
pub(super) fn stderr(color: When) -> anstream::AutoStream<io::Stderr> {
    anstream::AutoStream::new(io::stderr(), choice(color))
}

/// What anstream calls it.
pub(super) const fn choice(color: When) -> anstream::ColorChoice {
    match color {
        When::Auto => anstream::ColorChoice::Auto,
        When::Always => anstream::ColorChoice::Always,
        When::Never => anstream::ColorChoice::Never,
    }
}

/// Says what went wrong and ends with the coverage line, which is never left out.
///
/// # Errors
/// Where standard error cannot be written to.
pub(super) fn conclude(report: &Report, talk: Talk) -> io::Result<()> {
    let mut text = String::new();
    if !talk.quiet {
        notices(&mut text, &report.notices, talk.verbose);
    }
    coverage_line(&mut text, &report.coverage);
    stderr(talk.color).write_all(text.as_bytes())
}

/// Says what the options and the configuration came to.
///
/// # Errors
/// Where standard error cannot be written to.
pub(super) fn settings(settings: &Settings, config: Option<&Path>) -> io::Result<()> {
    let config = config.map_or_else(|| "none".to_owned(), |path| path.display().to_string());
    let keys: Vec<&str> = settings.keys.ids().map(|id| id.unwrap_or("unnamed")).collect();
    let keys = if keys.is_empty() { "none".to_owned() } else { keys.join(", ") };
    let detectors = settings.detectors;
    let own = match (detectors.added(), detectors.replaced()) {
        (0, []) => String::new(),
        (added, []) => format!(" ({added} by --rules)"),
        (added, replaced) => format!(" ({added} by --rules, which also takes the place of {})", replaced.join(", ")),
    };
    let text = format!(
        "configuration: {config}\nkeys: {keys}\ndetectors: {}{own}\nthreads: {}\nfails on: {}\n",
        detectors.all().len(),
        settings.threads,
        settings.reporting.fail_on.terms().join(", "),
    );
    stderr(settings.talk.color).write_all(text.as_bytes())
}

/// Says what is wrong with rows of an inventory.
///
/// # Errors
/// Where standard error cannot be written to.
pub(super) fn rows(notices: &BTreeSet<coverage::Notice>, color: When) -> io::Result<()> {
    let mut text = String::new();
    for notice in notices {
        say(
            &mut text,
            &Notice {
                kind: notice.kind.id().to_owned(),
                level: "warning".to_owned(),
                path: notice.path.clone(),
                line: notice.line,
                message: notice.message.clone(),
                hint: notice.hint.clone(),
            },
        );
    }
    stderr(color).write_all(text.as_bytes())
}

fn notices(text: &mut String, notices: &[Notice], all: bool) {
    let mut kind = "";
    let mut shown = 0_usize;
    let mut hidden = 0_usize;
    for notice in notices {
        if notice.kind != kind {
            rest(text, kind, hidden);
            (kind, shown, hidden) = (&notice.kind, 0, 0);
        }
        if all || shown < SHOWN_OF_A_KIND {
            say(text, notice);
            shown += 1;
        } else {
            hidden += 1;
        }
    }
    rest(text, kind, hidden);
}

fn rest(text: &mut String, kind: &str, hidden: usize) {
    if hidden > 0 {
        let _ = writeln!(text, "… and {hidden} more of `{kind}`; -v shows them all");
    }
}

fn say(text: &mut String, notice: &Notice) {
    let (style, word) = if notice.level == "error" { (ERROR, "error") } else { (WARNING, "warning") };
    let place = match (&notice.path, notice.line) {
        (Some(path), Some(line)) => format!("{}:{line}: ", escape(path)),
        (Some(path), None) => format!("{}: ", escape(path)),
        (None, _) => String::new(),
    };
    let _ = writeln!(text, "{style}{word}:{style:#} {place}{}", escape(&notice.message));
    if let Some(hint) = &notice.hint {
        let _ = writeln!(text, "{HINT}hint:{HINT:#} {}", escape(hint));
    }
}

/// `scanned 12 files, 0 blobs, 0 commits, 34.5 kB; skipped 3 ignored, 1 symlink; complete`
fn coverage_line(text: &mut String, coverage: &Coverage) {
    let Coverage { files, members, blobs, commits, bytes, skipped, complete, .. } = coverage;
    let skipped: Vec<String> = skipped.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
    let members = if *members == 0 { String::new() } else { format!(" with {}", counted(*members, "member")) };
    let skipped = if skipped.is_empty() { "nothing".to_owned() } else { skipped.join(", ") };
    let _ = writeln!(
        text,
        "scanned {}{members}, {}, {}, {}; skipped {skipped}; {}",
        counted(*files, "file"),
        counted(*blobs, "blob"),
        counted(*commits, "commit"),
        size(*bytes),
        if *complete { "complete" } else { "incomplete" },
    );
}

fn counted(count: u64, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// Bytes in the unit people read, in thousands.
pub(super) fn size(bytes: u64) -> String {
    let units = ["kB", "MB", "GB", "TB"];
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let mut value = bytes as f64 / 1000.0;
    let mut unit = 0;
    while value >= 999.95 && unit + 1 < units.len() {
        value /= 1000.0;
        unit += 1;
    }
    format!("{value:.1} {}", units[unit])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn clean() -> Coverage {
        Coverage {
            complete: true,
            files: 12,
            members: 0,
            blobs: 0,
            commits: 1,
            tags: 0,
            bytes: 34_512,
            skipped: BTreeMap::from([("ignored".to_owned(), 3), ("symlink".to_owned(), 1)]),
            not_evaluated: BTreeMap::new(),
        }
    }

    #[test]
    fn the_coverage_line_names_everything_that_was_scanned_and_skipped() {
        let mut text = String::new();
        coverage_line(&mut text, &clean());
        assert_eq!(text, "scanned 12 files, 0 blobs, 1 commit, 34.5 kB; skipped 3 ignored, 1 symlink; complete\n");
    }

    #[test]
    fn sizes_change_their_unit_before_they_grow_a_fourth_digit() {
        for (bytes, shown) in
            [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (999_960, "1.0 MB"), (1_500_000_000, "1.5 GB")]
        {
            assert_eq!(size(bytes), shown);
        }
    }

    #[test]
    fn hints_stand_on_lines_of_their_own_behind_the_whole_chain() {
        let cause = anyhow::anyhow!("permission denied");
        let error = cause.context("could not read key file `k`\nhint: name another");
        let mut text = String::new();
        compose(&mut text, &error);
        let plain = anstream::adapter::strip_str(&text).to_string();
        assert_eq!(plain, "error: could not read key file `k`: permission denied\nhint: name another\n");
    }

    #[test]
    fn a_thousand_notices_of_one_kind_do_not_bury_the_rest() {
        let notice = |n: usize| Notice {
            kind: "unreadable".into(),
            level: "error".into(),
            path: Some(format!("f{n}")),
            line: None,
            message: "permission denied".into(),
            hint: None,
        };
        let many: Vec<Notice> = (0..1000).map(notice).collect();
        let (mut text, mut full) = (String::new(), String::new());
        notices(&mut text, &many, false);
        notices(&mut full, &many, true);
        assert_eq!(text.lines().count(), SHOWN_OF_A_KIND + 1);
        assert!(text.ends_with("… and 990 more of `unreadable`; -v shows them all\n"));
        assert_eq!(full.lines().count(), 1000);
    }
}
