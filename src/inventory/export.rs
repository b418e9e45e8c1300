//! Inventory files: which are named, what they hold, and their rows with the line each began on.

use std::ffi::OsStr;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ::csv::ByteRecord;
use serde_json::{Map, Value};

use super::cell::{Cell, Fields};
use super::{InventoryError, Mapping, csv, json, jsonl};

/// What the rows of an export are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    /// Identities; the rows of a canonical file may still say `"table"` themselves.
    Records,
    /// Workloads.
    Workloads,
    /// People.
    People,
    /// Teams.
    Teams,
    /// Systems.
    Systems,
}

impl Table {
    /// Reads the word of `"table"` or of `--inventory WORD=FILE`, in singular or plural.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Some(match word {
            "record" | "records" => Self::Records,
            "workload" | "workloads" => Self::Workloads,
            "person" | "people" | "persons" => Self::People,
            "team" | "teams" => Self::Teams,
            "system" | "systems" => Self::Systems,
            _ => return None,
        })
    }

    /// The word of `"table"`.
    const fn as_str(self) -> &'static str {
        match self {
            Self::Records => "record",
            Self::Workloads => "workload",
            Self::People => "person",
            Self::Teams => "team",
            Self::Systems => "system",
        }
    }
}

/// A file given with `--inventory`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InventorySource {
    /// Where it lies.
    pub path: PathBuf,
    /// What its rows are.
    pub table: Table,
    /// How its rows become records, where it is not in a canonical form.
    pub mapping: Option<Arc<Mapping>>,
}

impl InventorySource {
    /// Reads `FILE`, or `workloads=FILE` (`people=`, `teams=`, `systems=`, `records=`).
    #[must_use]
    pub fn parse(argument: &OsStr) -> Self {
        let named = argument.to_str().and_then(|text| text.split_once('='));
        match named.and_then(|(word, path)| Table::named(word).map(|table| (table, path))) {
            Some((table, path)) => Self { path: PathBuf::from(path), table, mapping: None },
            None => Self { path: PathBuf::from(argument), table: Table::Records, mapping: None },
        }
    }

    /// Whether the head of a file names what every canonical record has. What cannot be read counts as canonical, so that
    /// reading it says why.
    #[must_use]
    pub fn is_canonical(path: &Path) -> bool {
        const HEAD: u64 = 1 << 16;
        let mut head = Vec::new();
        let read = std::fs::File::open(path).and_then(|file| file.take(HEAD).read_to_end(&mut head));
        let holds = |word: &str| memchr::memmem::find(&head, word.as_bytes()).is_some();
        read.is_err() || holds("nhi-inventory/") || ["id", "state", "kind", "issuer"].into_iter().all(holds)
    }

    /// Path as reports name it: relative to the current directory where it lies below it, else the file's name alone.
    /// Reports leave the machine, so they hold no absolute path.
    #[must_use]
    pub fn reported(&self) -> String {
        let shown = self.shown();
        let inside = !self.path.starts_with("..") && !Path::new(&shown).is_absolute();
        let name = || self.path.file_name().map(|name| name.to_string_lossy().into_owned());
        if inside { shown } else { name().unwrap_or(shown) }
    }

    /// Path as messages name it: relative to the current directory where it lies below it, `/`-separated.
    #[must_use]
    pub fn shown(&self) -> String {
        let below =
            std::env::current_dir().ok().and_then(|here| self.path.strip_prefix(here).ok().map(Path::to_path_buf));
        let path = below.unwrap_or_else(|| self.path.clone());
        let text = path.to_string_lossy();
        if std::path::MAIN_SEPARATOR == '/' { text.into_owned() } else { text.replace('\\', "/") }
    }

    /// Opens the file and reads its head, without a byte order mark.
    pub(super) fn open(&self) -> Result<Opened, InventoryError> {
        const HEAD: u64 = 1 << 20;
        let path = self.shown();
        let unreadable = |cause| InventoryError::Unreadable { path: path.clone(), cause };
        let mut file = std::fs::File::open(&self.path).map_err(unreadable)?;
        let mut head = Vec::new();
        // A head of nothing but blanks says nothing of what follows it.
        loop {
            let read = file.by_ref().take(HEAD).read_to_end(&mut head).map_err(unreadable)?;
            if head.starts_with(b"\xef\xbb\xbf") {
                head.drain(..3);
            }
            if !head.iter().all(u8::is_ascii_whitespace) {
                return Ok(Opened { file, head });
            }
            if read == 0 {
                return Err(InventoryError::Empty { path });
            }
        }
    }

    /// The file's bytes, without a byte order mark.
    pub(super) fn read(&self) -> Result<Vec<u8>, InventoryError> {
        let Opened { mut file, head: mut bytes } = self.open()?;
        let path = self.shown();
        file.read_to_end(&mut bytes).map_err(|cause| InventoryError::Unreadable { path, cause })?;
        Ok(bytes)
    }
}

/// A file of which the head was read.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) file: std::fs::File,
    pub(super) head: Vec<u8>,
}

/// One row in canonical field names, whatever the syntax of its file.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// 1-based line it began on.
    pub line: u32,
    /// Its fields.
    pub fields: Map<String, Value>,
}

/// A row that could not be read as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadRow {
    /// 1-based line it began on.
    pub line: u32,
    /// What is wrong with it; never quotes its content.
    pub message: String,
}

/// A file that could not be read as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadFile {
    /// 1-based line.
    pub line: u32,
    /// What is wrong with it; never quotes its content.
    pub message: String,
    /// What to do.
    pub hint: &'static str,
}

/// A row as its reader hands it over: found, but not looked into, so that this can be done on any thread.
#[derive(Debug)]
pub(super) enum Raw<'b> {
    /// The text of a JSON object.
    Object {
        /// 1-based line it began on.
        line: u32,
        text: &'b [u8],
        /// What the list that it stands in is said to be of.
        table: Option<Table>,
    },
    /// Cells under the names of their columns.
    Cells {
        /// 1-based line it began on.
        line: u32,
        columns: Arc<[String]>,
        cells: ByteRecord,
    },
    /// One that was read on the way to it, such as what stands around the rows of a document.
    Read(Row),
    /// Something else.
    Bad(BadRow),
}

impl Raw<'_> {
    /// 1-based line it began on.
    pub(super) const fn line(&self) -> u32 {
        match self {
            Self::Object { line, .. } | Self::Cells { line, .. } => *line,
            Self::Read(row) => row.line,
            Self::Bad(bad) => bad.line,
        }
    }

    /// The same behind so many lines.
    pub(super) fn below(mut self, lines: u32) -> Self {
        match &mut self {
            Self::Object { line, .. } | Self::Cells { line, .. } => *line = line.saturating_add(lines),
            Self::Read(row) => row.line = row.line.saturating_add(lines),
            Self::Bad(bad) => bad.line = bad.line.saturating_add(lines),
        }
        self
    }

    /// Its text, in which its cells stand where they were not escaped.
    pub(super) fn text(&self) -> &[u8] {
        match self {
            Self::Object { text, .. } => text,
            Self::Cells { cells, .. } => cells.as_slice(),
            Self::Read(_) | Self::Bad(_) => &[],
        }
    }

    /// Its fields, under the names that they have in the file.
    pub(super) fn fields(&self) -> Result<Fields<'_>, BadRow> {
        match self {
            Self::Object { line, text, .. } => jsonl::fields(*line, text),
            Self::Cells { line, columns, cells } => {
                csv::fields(columns, cells).map_err(|message| BadRow { line: *line, message })
            }
            Self::Read(row) => Ok((&row.fields).into()),
            Self::Bad(bad) => Err(bad.clone()),
        }
    }

    /// The same, for those who keep the row.
    pub(super) fn row(&self) -> Result<Row, BadRow> {
        let fields = self.fields()?.into_iter().map(|(name, cell)| (name.into_owned(), cell.into())).collect();
        Ok(Row { line: self.line(), fields })
    }
}

/// Takes the rows of a file one after the other.
pub(super) type Sink<'s, 'b> = dyn FnMut(Raw<'b>) + 's;

/// What keeps a file from being read to its end.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The system.
    Read(io::Error),
    /// Its text.
    Syntax(BadFile),
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::Read(error)
    }
}

impl From<BadFile> for Trouble {
    fn from(bad: BadFile) -> Self {
        Self::Syntax(bad)
    }
}

/// Reads the rows of an export whose syntax is told by its content, in canonical field names.
///
/// # Errors
///
/// Where the file is in none of the known syntaxes, or breaks off.
pub fn rows(bytes: &[u8], sink: &mut dyn FnMut(Result<Row, BadRow>)) -> Result<(), BadFile> {
    let mut take = |raw: Raw<'_>| {
        let table = match &raw {
            Raw::Object { table, .. } => *table,
            _ => None,
        };
        let row = raw.fields().map(|mut fields| {
            if matches!(raw, Raw::Cells { .. }) {
                fields = super::flat::canonical(fields);
            }
            if let Some(table) = table {
                fields.insert("table", Cell::text(table.as_str()));
            }
            let fields = fields.into_iter().map(|(name, cell)| (name.into_owned(), cell.into())).collect();
            Row { line: raw.line(), fields }
        });
        sink(row);
    };
    match syntax(bytes) {
        None => Ok(()),
        Some(Syntax::Document) => json::read(bytes, &mut take),
        Some(Syntax::Lines) => {
            jsonl::read(bytes, &mut take);
            Ok(())
        }
        Some(Syntax::Table) => csv::read(bytes, bytes, &mut take).map_err(|trouble| match trouble {
            Trouble::Syntax(bad) => bad,
            Trouble::Read(_) => csv::unreadable(),
        }),
    }
}

/// The syntax of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Syntax {
    /// One JSON document.
    Document,
    /// A JSON object a line.
    Lines,
    /// CSV.
    Table,
}

/// Tells the syntax by the head of a file; `None` where there is nothing.
pub(super) fn syntax(head: &[u8]) -> Option<Syntax> {
    let start = head.iter().position(|byte| !byte.is_ascii_whitespace())?;
    Some(match head.get(start)? {
        b'[' => Syntax::Document,
        b'{' if is_lines(head) => Syntax::Lines,
        b'{' => Syntax::Document,
        _ => Syntax::Table,
    })
}

/// Whether an export has a row a line, so that its lines can be read apart from each other.
fn is_lines(bytes: &[u8]) -> bool {
    // A first line that does not end in the head of a file is a document rather than a row.
    const LONGEST: usize = 1 << 20;
    let start = bytes.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(bytes.len());
    let text = bytes.get(start..).unwrap_or_default();
    let is_endless = text.len() >= LONGEST / 2 && memchr::memchr(b'\n', text).is_none();
    text.first() == Some(&b'{') && !is_endless && !is_one_document(text)
}

/// Whether text that begins with `{` is one JSON document rather than a row a line: its first line does not end the
/// object, or ends it and the object holds the rows.
fn is_one_document(text: &[u8]) -> bool {
    let end = memchr::memchr(b'\n', text).unwrap_or(text.len());
    match serde_json::from_slice::<Value>(&text[..end]) {
        Ok(line) => line.get("records").is_some_and(Value::is_array),
        Err(error) if error.is_eof() => {
            // An object that breaks off at the line's end is pretty-printed, unless the next line starts afresh.
            let next = text[end..].iter().find(|byte| !byte.is_ascii_whitespace());
            next.is_some_and(|byte| *byte != b'{')
        }
        Err(_) => false,
    }
}

/// Counts lines up to ever later offsets of one text.
#[derive(Debug)]
pub(super) struct LineCounter<'a> {
    text: &'a [u8],
    at: usize,
    line: u32,
}

impl<'a> LineCounter<'a> {
    /// Starts at line 1.
    pub(super) const fn new(text: &'a [u8]) -> Self {
        Self { text, at: 0, line: 1 }
    }

    /// The 1-based line of an offset that is not before the last one asked for.
    pub(super) fn line(&mut self, offset: usize) -> u32 {
        let passed = self.text.get(self.at..offset).unwrap_or_default();
        self.line = self.line.saturating_add(memchr::memchr_iter(b'\n', passed).count() as u32);
        self.at = self.at.max(offset);
        self.line
    }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The rows of a text: line and fields, or line and message.
    pub(in crate::inventory) fn read(text: &str) -> Vec<Result<Row, BadRow>> {
        let mut found = Vec::new();
        rows(text.as_bytes(), &mut |row| found.push(row)).unwrap();
        found
    }

    #[test]
    fn one_inventory_in_three_syntaxes_has_the_same_rows_at_its_own_lines() {
        let jsonl = "{\"id\":\"a\",\"state\":\"active\"}\n\n{\"id\":\"b\",\"state\":\"revoked\"}\n";
        let array = "[\n{\"id\":\"a\",\"state\":\"active\"},\n\n{\"id\":\"b\",\n\"state\":\"revoked\"}]\n";
        let object = "{\n\"records\": [\n{\"id\":\"a\",\"state\":\"active\"},\n{\"id\":\"b\",\"state\":\"revoked\"}]}";
        let csv = "id;state\na;active\r\n\r\nb;revoked\r\n";
        for (text, lines) in [(jsonl, [1, 3]), (array, [2, 4]), (object, [3, 4]), (csv, [2, 4])] {
            let rows: Vec<Row> = read(text).into_iter().map(Result::unwrap).collect();
            assert_eq!(rows.iter().map(|row| row.line).collect::<Vec<_>>(), lines, "{text}");
            assert_eq!(rows.iter().map(|row| row.fields["id"].as_str().unwrap()).collect::<Vec<_>>(), ["a", "b"]);
        }
    }

    #[test]
    fn one_line_with_the_rows_inside_is_a_document_and_one_without_is_a_row() {
        assert_eq!(read(r#"{"records":[{"id":"a"},{"id":"b"}]}"#).len(), 2);
        assert_eq!(read(r#"{"id":"a"}"#).len(), 1);
    }

    #[test]
    fn a_broken_first_line_does_not_hide_the_rows_below_it() {
        let rows = read("{\"id\":\"a\",\n{\"id\":\"b\"}\n");
        assert!(rows[0].is_err());
        assert_eq!(rows[1].as_ref().unwrap().line, 2);
    }

    #[test]
    fn an_argument_may_name_a_table() {
        let parse = |text: &str| InventorySource::parse(OsStr::new(text));
        let source = |path: &str, table| InventorySource { path: path.into(), table, mapping: None };
        assert_eq!(parse("people=hr.csv"), source("hr.csv", Table::People));
        assert_eq!(parse("a=b.csv"), source("a=b.csv", Table::Records));
    }

    proptest! {
        #[test]
        fn no_bytes_are_too_strange_for_the_readers(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let mut count = 0_usize;
            let _ = rows(&bytes, &mut |_| count += 1);
            prop_assert!(count <= bytes.len());
        }

        #[test]
        fn no_text_of_their_alphabet_is_too_strange(text in "[\\[\\]{}\",:;|a-c0-9\\\\\n\r\t ]{0,200}") {
            let last = text.lines().count().max(1) as u32;
            let mut lines = Vec::new();
            let _ = rows(text.as_bytes(), &mut |row| lines.push(row.map_or_else(|bad| bad.line, |row| row.line)));
            prop_assert!(lines.iter().all(|line| (1..=last).contains(line)));
        }
    }
}
