//! Standard input as a source: read once, in windows, whatever its length.

use std::io;

use super::read::{Buffer, Opened, ReadError, Windows};

/// Reads standard input to its end.
///
/// # Errors
/// Where the system refuses to go on reading.
pub(super) fn read(
    windows: &mut Windows<'_, '_>,
    buffer: &mut Buffer,
    opened: &mut Opened<'_>,
) -> Result<u64, ReadError> {
    windows.unseekable(&mut io::stdin().lock(), buffer, opened)
}
