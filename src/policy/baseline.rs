//! The baseline: ids of findings that were there when the gate was put up, one a line, so that only new ones fail it.

use std::collections::BTreeSet;
use std::path::Path;

/// Digits of a finding's id.
const ID_LEN: usize = 32;

/// Largest file read, in bytes: five million findings.
const LARGEST: u64 = 256 << 20;

/// Why a baseline cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// The file could not be read.
    #[error("could not read baseline `{path}`: {source}\nhint: `keytrawl baseline write --baseline {path}` makes one")]
    Read {
        /// Path as it was given.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file that cannot be a baseline.
    #[error(
        "the baseline `{path}` is larger than any baseline\nhint: name the file that `keytrawl baseline write` wrote"
    )]
    TooLarge {
        /// Path as it was given.
        path: String,
    },
    /// A line that is no id.
    #[error("{path}:{line}: not the id of a finding, which is 32 hexadecimal digits\nhint: {hint}")]
    Line {
        /// Path as it was given.
        path: String,
        /// 1-based line.
        line: usize,
        /// What to do.
        hint: &'static str,
    },
}

/// Ids of known findings. A sorted file without dates and line numbers merges without conflicts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Baseline {
    ids: BTreeSet<String>,
}

impl Baseline {
    /// Reads a baseline. Empty lines count for nothing, and neither does what follows a `#`.
    ///
    /// # Errors
    /// Where it cannot be read, or a line is no id: a gate that overlooks half of its baseline would be a surprise.
    pub fn load(path: &Path) -> Result<Self, BaselineError> {
        let shown = || path.display().to_string();
        let read = |source| BaselineError::Read { path: shown(), source };
        if std::fs::metadata(path).map_err(read)?.len() > LARGEST {
            return Err(BaselineError::TooLarge { path: shown() });
        }
        let bytes = std::fs::read(path).map_err(read)?;
        Self::parse(&String::from_utf8_lossy(&bytes)).map_err(|(line, hint)| BaselineError::Line {
            path: shown(),
            line,
            hint,
        })
    }

    fn parse(text: &str) -> Result<Self, (usize, &'static str)> {
        let mut ids = BTreeSet::new();
        for (line, text) in (1..).zip(text.strip_prefix('\u{feff}').unwrap_or(text).lines()) {
            let id = text.split('#').next().unwrap_or_default().trim();
            if id.is_empty() {
                continue;
            }
            if id.len() != ID_LEN || !id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                let conflict = ["<<<<<<<", "=======", ">>>>>>>", "|||||||"].iter().any(|mark| text.starts_with(mark));
                return Err(match conflict {
                    true => (line, "resolve the merge conflict: keep the lines of both sides"),
                    false => (line, "name the file that `keytrawl baseline write` wrote"),
                });
            }
            ids.insert(id.to_ascii_lowercase());
        }
        Ok(Self { ids })
    }

    /// Whether a finding of this id is known.
    #[must_use]
    pub fn contains(&self, id: &str) -> bool {
        self.ids.contains(id)
    }

    /// Number of findings that are known.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// The ids that both hold.
    #[must_use]
    pub fn both(&self, other: &Self) -> Self {
        Self { ids: self.ids.intersection(&other.ids).cloned().collect() }
    }

    /// The file: sorted, one id a line, and nothing else.
    #[must_use]
    pub fn render(&self) -> String {
        self.ids.iter().flat_map(|id| [id.as_str(), "\n"]).collect()
    }
}

impl<S: Into<String>> FromIterator<S> for Baseline {
    fn from_iter<I: IntoIterator<Item = S>>(ids: I) -> Self {
        Self { ids: ids.into_iter().map(Into::into).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(digit: char) -> String {
        digit.to_string().repeat(ID_LEN)
    }

    #[test]
    fn a_file_is_sorted_and_each_id_stands_once() {
        let baseline: Baseline = [id('b'), id('a'), id('b')].into_iter().collect();
        assert_eq!(baseline.render(), format!("{}\n{}\n", id('a'), id('b')));
        assert_eq!(Baseline::parse(&baseline.render()), Ok(baseline));
    }

    #[test]
    fn remarks_empty_lines_and_line_ends_of_windows_are_read_over() {
        let text = format!("\u{feff}# known since the gate\r\n\r\n{}  # ticket 7\r\n{}\r\n", id('a'), id('B'));
        let baseline = Baseline::parse(&text).expect("a baseline");
        assert!(baseline.contains(&id('a')) && baseline.contains(&id('b')) && baseline.len() == 2);
    }

    #[test]
    fn a_line_that_is_no_id_is_named_and_never_quoted() {
        let error = Baseline::parse(&format!("{}\nhunter2\n", id('a'))).expect_err("no id");
        assert_eq!(error.0, 2);
        let (line, hint) = Baseline::parse(&format!("<<<<<<< ours\n{}\n", id('a'))).expect_err("a conflict");
        assert!(line == 1 && hint.contains("merge conflict"));
    }
}
