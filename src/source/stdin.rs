//! Standard input as a source: read once, in windows, whatever its length.

use std::io;

use super::read::{Buffer, ReadError, Windows};

/// Reads standard input to its end.
///
/// # Errors
/// Where the system refuses to go on reading.
pub fn read(windows: &mut Windows<'_, '_>, buffer: &mut Buffer) -> Result<u64, ReadError> {
    windows.stream(&mut io::stdin().lock(), buffer, None)
}
