//! What is done about a bug: it ends the run with 70, and is told by where it is, without the data that was at hand.

use std::io::Write;
use std::panic::{self, AssertUnwindSafe};

use super::{ExitStatus, complain, is_broken_pipe};

/// Runs the program, and turns all that can go wrong into an exit status.
pub fn guard(run: impl FnOnce() -> anyhow::Result<ExitStatus>) -> ExitStatus {
    say_only_where();
    match panic::catch_unwind(AssertUnwindSafe(run)) {
        Ok(Ok(status)) => status,
        Ok(Err(error)) if is_broken_pipe(&error) => ExitStatus::Clean,
        Ok(Err(error)) => complain(&error),
        Err(_) => ExitStatus::Bug,
    }
}

/// Replaces the panic message by one that holds no data.
///
/// The usual message quotes the payload (`called unwrap on … "…"`), and that may be what was being scanned.
fn say_only_where() {
    panic::set_hook(Box::new(|info| {
        let place = info.location().map_or_else(String::new, |at| format!(" at {}:{}", at.file(), at.line()));
        // Nothing can be done where standard error is gone, and a panic in here would abort.
        let _ = writeln!(
            std::io::stderr(),
            "error: internal error in keytrawl {}{place}\nhint: this is a bug; what was scanned is not in this message, \
             please report it with the command line",
            env!("CARGO_PKG_VERSION"),
        );
    }));
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;
    use crate::scan::workers::WorkersError;

    const CHILD: &str = "KEYTRAWL_TEST_OF_A_BUG";

    /// Runs `a_bug` in a process of its own: a hook belongs to the whole process, and an exit ends it.
    fn after(bug: &str) -> (Option<i32>, String) {
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "cli::panics::tests::a_bug", "--ignored", "--nocapture", "--test-threads=1"])
            .env(CHILD, bug)
            .output()
            .unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    }

    #[test]
    #[ignore = "is the bug of the other tests, run by them in a process of its own"]
    #[allow(clippy::exit)]
    fn a_bug() {
        let Ok(bug) = std::env::var(CHILD) else { return };
        let status = guard(|| match bug.as_str() {
            "main" => panic!("the payload is {}", "hunter2"),
            "thread" => {
                let worker = std::thread::spawn(|| panic!("the payload is {}", "hunter2"));
                worker.join().map_err(|_| WorkersError::Panic { path: "a.json".to_owned() })?;
                Ok(ExitStatus::Clean)
            }
            _ => Ok(ExitStatus::Clean),
        });
        std::process::exit(i32::from(status.code()));
    }

    #[test]
    fn a_bug_ends_the_run_with_70_and_is_told_by_its_place_only() {
        let (code, said) = after("main");
        assert_eq!(code, Some(70));
        assert!(said.contains("internal error in keytrawl") && said.contains("panics.rs:"), "{said}");
        assert!(said.contains("hint: ") && !said.contains("hunter2") && !said.contains("payload"), "{said}");
    }

    #[test]
    fn a_bug_in_a_thread_does_too_and_names_the_file_that_was_scanned() {
        let (code, said) = after("thread");
        assert_eq!(code, Some(70));
        assert!(said.contains("internal error while scanning `a.json`") && !said.contains("hunter2"), "{said}");
    }

    #[test]
    fn a_run_without_a_bug_says_nothing_of_one() {
        let (code, said) = after("none");
        assert_eq!(code, Some(0));
        assert!(!said.contains("error"), "{said}");
    }
}
