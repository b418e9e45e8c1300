//! Where a report is written and in which format: `--output [FORMAT=]PATH`.

use std::path::PathBuf;
use std::str::FromStr;

use crate::mistyped::nearest;
use crate::report::Format;

/// One report file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// What is written.
    pub format: Format,
    /// Where.
    pub path: PathBuf,
}

/// Why a format or output was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutputError {
    /// No such format.
    #[error("unknown format `{word}`{}; the formats are human, json, jsonl and sarif", meant.map(|m| format!(" (did you mean `{m}`?)")).unwrap_or_default())]
    UnknownFormat {
        /// What was written.
        word: String,
        /// What it is like.
        meant: Option<&'static str>,
    },
    /// Neither a format nor a known ending.
    #[error("cannot tell the format from the name `{0}`; write it in front, as in `sarif={0}`")]
    UnknownEnding(String),
    /// `-` or nothing.
    #[error("`{0}` is not a file; to choose what goes to standard output use --format")]
    NotAFile(String),
}

/// The format of a word.
///
/// # Errors
/// Where no format has that name.
pub fn format(word: &str) -> Result<Format, OutputError> {
    Format::from_name(word).map_err(|_| OutputError::UnknownFormat {
        word: word.to_owned(),
        meant: nearest(word, Format::ALL.map(Format::name)),
    })
}

impl FromStr for Output {
    type Err = OutputError;

    fn from_str(text: &str) -> Result<Self, OutputError> {
        // A head with a separator or dot in it belongs to a path that happens to hold `=`.
        let named =
            text.split_once('=').filter(|(head, _)| head.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'));
        let (named, path) = match named {
            Some((head, path)) => (Some(format(head)?), path),
            None => (None, text),
        };
        if path.is_empty() || path == "-" {
            return Err(OutputError::NotAFile(path.to_owned()));
        }
        let format = match named {
            Some(format) => format,
            None => Format::from_path(path.as_ref()).map_err(|_| OutputError::UnknownEnding(path.to_owned()))?,
        };
        Ok(Self { format, path: PathBuf::from(path) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<(Format, String), OutputError> {
        text.parse::<Output>().map(|output| (output.format, output.path.display().to_string()))
    }

    #[test]
    fn the_format_is_named_or_follows_the_ending() {
        assert_eq!(parse("sarif=out/x"), Ok((Format::Sarif, "out/x".into())));
        assert_eq!(parse("out.sarif"), Ok((Format::Sarif, "out.sarif".into())));
        assert_eq!(parse("out.sarif.json"), Ok((Format::Sarif, "out.sarif.json".into())));
        assert_eq!(parse("out.json"), Ok((Format::Json, "out.json".into())));
        assert_eq!(parse("json=out.txt"), Ok((Format::Json, "out.txt".into())));
        assert_eq!(parse("./a=b.jsonl"), Ok((Format::Jsonl, "./a=b.jsonl".into())));
    }

    #[test]
    fn what_cannot_be_told_is_refused() {
        let unknown = |word: &str, meant| Err(OutputError::UnknownFormat { word: word.into(), meant });
        assert_eq!(parse("sarfi=out"), unknown("sarfi", Some("sarif")));
        assert_eq!(parse("protobuf=out"), unknown("protobuf", None));
        assert_eq!(parse("out.xml"), Err(OutputError::UnknownEnding("out.xml".into())));
        assert_eq!(parse("json=-"), Err(OutputError::NotAFile("-".into())));
        assert_eq!(parse("json="), Err(OutputError::NotAFile(String::new())));
    }
}
