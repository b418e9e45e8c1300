//! What may be shown of a secret: its public prefix, its last four characters if enough stays hidden, its length.

use std::fmt;

/// A string that shows a secret without giving it away: `ghp_…Zq1x (40)`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Preview(pub(super) String);

impl Preview {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Preview {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
