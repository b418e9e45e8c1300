//! The progress bar: on a terminal, or where it is asked for.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::speak;
use crate::scan::workers::Progress;
use crate::settings::Talk;
use crate::settings::typed::When;

/// How often a line is written where no bar can be drawn.
const EVERY: Duration = Duration::from_secs(2);

/// How far the scan has come, on standard error.
pub(super) enum Bar {
    /// Nothing is shown.
    Hidden,
    /// One line on a terminal that is drawn over and over.
    Drawn(ProgressBar),
    /// A line now and then, in a file or pipe.
    Lines(Option<Instant>),
}

impl Bar {
    pub(super) fn new(talk: Talk) -> Self {
        let terminal = std::io::stderr().is_terminal();
        match (talk.progress, terminal) {
            (When::Never, _) | (When::Auto, false) => Self::Hidden,
            (When::Auto, true) if talk.quiet => Self::Hidden,
            (When::Always, false) => Self::Lines(None),
            (_, true) => {
                let bar = ProgressBar::new_spinner();
                if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
                    bar.set_style(style);
                }
                Self::Drawn(bar)
            }
        }
    }

    pub(super) fn show(&mut self, progress: Progress) {
        let message = || format!("scanning: {} files, {}", progress.files, speak::size(progress.bytes));
        match self {
            Self::Hidden => {}
            Self::Drawn(bar) => {
                bar.set_message(message());
                bar.tick();
            }
            Self::Lines(last) => {
                if last.is_none_or(|last| last.elapsed() >= EVERY) {
                    *last = Some(Instant::now());
                    // Progress that cannot be shown is no reason to stop.
                    let _ = writeln!(std::io::stderr(), "{}", message());
                }
            }
        }
    }

    /// Takes it away, so that it does not stand in the report.
    pub(super) fn finish(&self) {
        if let Self::Drawn(bar) = self {
            bar.finish_and_clear();
        }
    }
}
