//! What is said of a bug: where it is, and nothing of the data that was at hand.

use std::io::Write;
use std::panic;

/// Replaces the panic message by one that holds no data.
///
/// The usual message quotes the payload (`called unwrap on … "…"`), and that may be what was being scanned.
pub fn say_only_where() {
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
