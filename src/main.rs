//! Parse, run, map to an exit code.

use std::process::ExitCode;

use keytrawl::cli::{self, ExitStatus};

fn main() -> ExitCode {
    cli::panics::say_only_where();
    let status = match std::panic::catch_unwind(|| cli::run(std::env::args_os())) {
        Ok(Ok(status)) => status,
        Ok(Err(error)) if cli::is_broken_pipe(&error) => ExitStatus::Clean,
        Ok(Err(error)) => cli::complain(&error),
        Err(_) => ExitStatus::Bug,
    };
    status.into()
}
