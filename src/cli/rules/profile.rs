//! `keytrawl rules check --profile PATH`: which detectors cost what on a real tree.

use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};

use super::list::table;
use crate::cli::progress::Bar;
use crate::coverage::Coverage;
use crate::detector::Detectors;
use crate::scan::profile::{Bench, Cost, Profile, Profiler};
use crate::scan::workers;
use crate::settings::{Talk, config::Config, typed::Talking};
use crate::source;

/// What was measured, and on what.
pub(super) struct Measured {
    profile: Profile,
    coverage: Coverage,
    /// Detectors that were tried, and the generic one.
    tried: usize,
}

/// Scans the tree and measures.
pub(super) fn measure(detectors: &'static Detectors, paths: &[PathBuf], talking: &Talking) -> anyhow::Result<Measured> {
    let cwd = crate::cli::current_directory()?;
    let plan = source::Plan::new(paths, source::Options::new(cwd))?;
    let profiler = Profiler::new(detectors);
    let mut profile = Profile::default();
    let mut bar = Bar::new(Talk::resolve(talking, &Config::default()));
    let coverage = workers::run(
        &plan,
        Bench::default,
        |artifact, bench| profiler.measure(artifact, bench),
        |measured| profile.add(measured),
        |progress| bar.show(progress),
    )?;
    bar.finish();
    Ok(Measured { profile, coverage, tried: detectors.all().len() + 1 })
}

impl Measured {
    pub(super) fn is_complete(&self) -> bool {
        self.coverage.is_complete()
    }

    /// The dearest first; of equals the one with more candidates, then by id.
    fn ranked(&self) -> Vec<(&'static str, Cost)> {
        let mut ranked: Vec<(&'static str, Cost)> =
            self.profile.detectors.iter().map(|(id, cost)| (*id, *cost)).collect();
        ranked.sort_by(|(id_a, a), (id_b, b)| {
            (b.time, b.candidates).cmp(&(a.time, a.candidates)).then_with(|| id_a.cmp(id_b))
        });
        ranked
    }

    pub(super) fn human(&self, out: &mut impl Write) -> io::Result<()> {
        let Self { profile, coverage, tried } = self;
        writeln!(
            out,
            "\n{} files, {} bytes; {} of the scan's {} went into finding keywords",
            coverage.files,
            coverage.bytes,
            milliseconds(profile.prefilter),
            milliseconds(profile.scan),
        )?;
        let ranked = self.ranked();
        let head = ["detector", "candidates", "confirmed", "found", "time", "share of scan"].map(str::to_owned);
        let rows = ranked.iter().map(|(id, cost)| {
            let share = cost.time.as_secs_f64() / profile.scan.as_secs_f64().max(f64::EPSILON) * 100.0;
            [
                (*id).to_owned(),
                cost.candidates.to_string(),
                cost.confirmed.to_string(),
                cost.found.to_string(),
                milliseconds(cost.time),
                format!("{share:.1} %"),
            ]
        });
        table(out, &std::iter::once(head).chain(rows).collect::<Vec<_>>())?;
        writeln!(out, "{} other detectors met none of their keywords", tried.saturating_sub(ranked.len()))
    }

    pub(super) fn document(&self) -> Value {
        let Self { profile, coverage, .. } = self;
        let detectors: Vec<Value> = self
            .ranked()
            .into_iter()
            .map(|(id, cost)| {
                json!({
                    "id": id,
                    "candidates": cost.candidates,
                    "confirmed": cost.confirmed,
                    "found": cost.found,
                    "nanoseconds": nanoseconds(cost.time),
                })
            })
            .collect();
        json!({
            "files": coverage.files,
            "bytes": coverage.bytes,
            "complete": coverage.is_complete(),
            "prefilterNanoseconds": nanoseconds(profile.prefilter),
            "scanNanoseconds": nanoseconds(profile.scan),
            "detectors": detectors,
        })
    }
}

fn milliseconds(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1e3)
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
