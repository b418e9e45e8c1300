//! Parse, run, map to an exit code.

use std::process::ExitCode;

use keytrawl::cli;

fn main() -> ExitCode {
    cli::panics::guard(|| cli::run(std::env::args_os())).into()
}
