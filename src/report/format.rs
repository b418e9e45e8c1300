//! The registry of writers: names, file extensions, and which function writes which format.

use std::io;
use std::path::Path;

use super::{Report, csv, human, json, jsonl, markdown, prometheus, sarif};

/// An output format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// For people.
    Human,
    /// `keytrawl-report/1`.
    Json,
    /// The same objects, one a line.
    Jsonl,
    /// SARIF 2.1.0.
    Sarif,
    /// One finding a line.
    Csv,
    /// A table of findings.
    Markdown,
    /// The scorecard as Prometheus text.
    Prometheus,
}

/// How a report is shown; formats read by programs heed only `omit_suppressed`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Style {
    /// Colours by ANSI escapes.
    pub color: bool,
    /// Columns to wrap at; `None` = do not wrap.
    pub width: Option<usize>,
    /// SARIF leaves suppressed results out, for consumers that would show them as open.
    pub omit_suppressed: bool,
    /// People are shown the server entries only.
    pub servers_only: bool,
}

/// A format that does not exist.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum FormatError {
    /// By name.
    #[error("there is no format `{0}`\nhint: use one of {list}", list = Format::list())]
    Name(String),
    /// By the extension of a file.
    #[error("`{0}` does not tell its format\nhint: name it, `-o FORMAT=PATH`, with one of {list}", list = Format::list())]
    Extension(String),
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 7] =
        [Self::Human, Self::Json, Self::Jsonl, Self::Sarif, Self::Csv, Self::Markdown, Self::Prometheus];

    /// The name used by `--format` and `--output FORMAT=PATH`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Json => "json",
            Self::Jsonl => "jsonl",
            Self::Sarif => "sarif",
            Self::Csv => "csv",
            Self::Markdown => "markdown",
            Self::Prometheus => "prometheus",
        }
    }

    /// Ends of file names that mean this format.
    const fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::Human => &[".txt"],
            Self::Json => &[".json"],
            Self::Jsonl => &[".jsonl", ".ndjson"],
            Self::Sarif => &[".sarif", ".sarif.json"],
            Self::Csv => &[".csv"],
            Self::Markdown => &[".md", ".markdown"],
            Self::Prometheus => &[".prom"],
        }
    }

    /// The format of that name.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub fn from_name(name: &str) -> Result<Self, FormatError> {
        Self::ALL.into_iter().find(|format| format.name() == name).ok_or_else(|| FormatError::Name(super::escape(name)))
    }

    /// The format that a file's name asks for; the longest matching extension wins, case does not matter.
    ///
    /// # Errors
    ///
    /// When the name has no known extension.
    pub fn from_path(path: &Path) -> Result<Self, FormatError> {
        let name = path.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
        Self::ALL
            .into_iter()
            .flat_map(|format| format.extensions().iter().map(move |extension| (extension.len(), *extension, format)))
            .filter(|(_, extension, _)| name.ends_with(extension))
            .max_by_key(|(length, ..)| *length)
            .map(|(.., format)| format)
            .ok_or_else(|| FormatError::Extension(super::escape(&path.to_string_lossy())))
    }

    fn list() -> String {
        Self::ALL.map(Self::name).join(", ")
    }
}

/// Writes `report` in `format`; the same report and style give the same bytes.
///
/// # Errors
///
/// When `out` cannot be written to.
pub fn write(report: &Report, format: Format, out: &mut dyn io::Write, style: &Style) -> io::Result<()> {
    match format {
        Format::Human => human::write(report, out, style),
        Format::Json => json::write(report, out),
        Format::Jsonl => jsonl::write(report, out),
        Format::Sarif => sarif::write(report, out, style),
        Format::Csv => csv::write(report, out),
        Format::Markdown => markdown::write(report, out),
        Format::Prometheus => prometheus::write(report, out),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_format_follows_the_extension() {
        for (path, format) in [
            ("out.sarif", Format::Sarif),
            ("a/OUT.SARIF.JSON", Format::Sarif),
            ("x.json", Format::Json),
            ("x.jsonl", Format::Jsonl),
            ("x.txt", Format::Human),
        ] {
            assert_eq!(Format::from_path(Path::new(path)), Ok(format), "{path}");
        }
        assert!(Format::from_path(Path::new("report")).is_err());
    }

    #[test]
    fn names_lead_back_to_their_format() {
        for format in Format::ALL {
            assert_eq!(Format::from_name(format.name()), Ok(format));
        }
        assert!(Format::from_name("xml").unwrap_err().to_string().contains("human, json, jsonl, sarif"));
    }
}
