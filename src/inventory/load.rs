//! From the named files to an inventory: what is wrong with a row is told, what makes the whole untrustworthy stops.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};
use std::hash::{BuildHasher as _, BuildHasherDefault, Hasher, RandomState};

use super::error::InventoryError;
use super::export::{BadFile, BadRow, InventorySource, Table, Trouble};
use super::header::Header;
use super::index::Index;
use super::mapping::Mapping;
use super::mapping::join::Joined;
use super::prepare::{Content, Prepared, Preparer, Told};
use super::record::{Key, Record};
use super::screen::{Keywords, Marks, Recognise, Screen};
use super::word::Word;
use super::{Export, Inventory, Tables, foreign};
use crate::coverage::{Coverage, Notice, NoticeKind};
use crate::credential::KeyRing;
use crate::detector::Detectors;

impl Inventory {
    /// Reads an inventory. What is wrong with single rows becomes notices in `coverage`.
    ///
    /// # Errors
    ///
    /// Where a file cannot be read or holds no valid row, or rows cannot be matched because the key is missing or wrong:
    /// going on would call what is registered unregistered.
    pub fn load(
        sources: &[InventorySource],
        detectors: &Detectors,
        keys: &KeyRing,
        coverage: &mut Coverage,
    ) -> Result<Self, InventoryError> {
        Self::load_with(sources, &Keywords::new(detectors), keys, coverage)
    }

    /// Reads only the sibling tables of an inventory, for which no key is needed; there need be no record.
    ///
    /// # Errors
    ///
    /// Where a file cannot be read or holds no valid row.
    pub fn load_tables(
        sources: &[InventorySource],
        detectors: &Detectors,
        coverage: &mut Coverage,
    ) -> Result<Tables, InventoryError> {
        let (keywords, keys) = (Keywords::new(detectors), KeyRing::none());
        let mut loader = Loader::new(&keywords, &keys, coverage);
        for source in sources {
            loader.read(source)?;
        }
        Ok(loader.kept.tables)
    }

    /// Reads an inventory, with anything in the place of the detectors.
    pub(super) fn load_with(
        sources: &[InventorySource],
        recogniser: &dyn Recognise,
        keys: &KeyRing,
        coverage: &mut Coverage,
    ) -> Result<Self, InventoryError> {
        let mut loader = Loader::new(recogniser, keys, coverage);
        let mut exports = Vec::new();
        let mut known_keys: BTreeSet<String> = keys.ids().flatten().map(str::to_owned).collect();
        for source in sources {
            let before = loader.kept.records.len();
            let export = loader.read(source)?;
            let own = loader.kept.records.get_mut(before..).unwrap_or_default();
            // Most inventories hold no keyed digest, and a look at every key of every row takes its time.
            let own = if std::mem::take(&mut loader.kept.has_hmac) { own } else { &mut [] };
            name_keys(own, &export.headers);
            known_keys.extend(check_keys(&export, own, keys)?);
            exports.push(export);
        }
        let Kept { records, tables, .. } = loader.kept;
        if records.is_empty() {
            let path = exports.iter().map(|export| export.path.as_str()).collect::<Vec<_>>().join("`, `");
            return Err(InventoryError::Empty { path });
        }
        Ok(Self { index: Index::new(&records), records, tables, exports, known_keys })
    }
}

/// What is needed while files are read.
struct Loader<'a> {
    screen: Screen<'a>,
    kept: Kept<'a>,
}

/// What is gathered while files are read.
struct Kept<'a> {
    coverage: &'a mut Coverage,
    tables: Tables,
    records: Vec<Record>,
    /// Rows of each id, over all files, by a hash of the id: the ids themselves are in the records.
    known: HashMap<u64, u32, BuildHasherDefault<Itself>>,
    /// Further rows whose id has the hash of another's.
    more: HashMap<u64, Vec<u32>>,
    hasher: RandomState,
    /// Whether a row of this file holds a keyed digest.
    has_hmac: bool,
}

impl<'a> Loader<'a> {
    fn new(recogniser: &'a dyn Recognise, keys: &'a KeyRing, coverage: &'a mut Coverage) -> Self {
        let kept = Kept {
            coverage,
            tables: Tables::default(),
            records: Vec::new(),
            known: HashMap::default(),
            more: HashMap::new(),
            hasher: RandomState::new(),
            has_hmac: false,
        };
        Self { screen: Screen::new(recogniser, keys), kept }
    }

    /// Reads one file.
    fn read(&mut self, source: &InventorySource) -> Result<Export, InventoryError> {
        let path = source.shown();
        let text = source.open()?;
        let mut export = Export {
            path: source.reported(),
            table: source.table,
            headers: Vec::new(),
            records: 0,
            entities: 0,
            refused: 0,
            plaintext: 0,
        };
        if let Some(table) = Some(source.table).filter(|table| *table != Table::Records) {
            self.kept.tables.open(table);
        }
        let mapping = source.mapping.as_deref();
        let joined = match mapping {
            Some(mapping) => self.joins(source, mapping)?,
            None => Vec::new(),
        };
        if let Some(scope) = mapping.and_then(Mapping::scope) {
            export.headers.push(Header::of_scope(scope));
        }
        let mut file = Reading {
            start: self.kept.records.len(),
            is_mapped: mapping.is_some(),
            repeated: HashMap::new(),
            failed: None,
            first: None,
        };
        let reported = export.path.clone();
        let preparer = Preparer {
            screen: &self.screen,
            path: &reported,
            table: source.table,
            mapping: mapping.map(|mapping| (mapping, joined.as_slice())),
        };
        let kept = &mut self.kept;
        let read = foreign::parts(
            text,
            mapping,
            |rows| preparer.prepare(rows),
            |prepared: Prepared| {
                let mut records = prepared.records.into_iter();
                prepared.rows.into_iter().for_each(|row| kept.take(row, &mut records, &mut export, &mut file));
            },
        );
        let Reading { failed, first, .. } = file;
        read.map_err(|trouble| match trouble {
            Trouble::Read(cause) => InventoryError::Unreadable { path: path.clone(), cause },
            Trouble::Syntax(BadFile { line, message, hint }) => {
                InventoryError::Syntax { path: path.clone(), line, message, hint }
            }
        })?;
        match (failed, first) {
            (Some(error), _) => Err(error),
            (None, Some(bad)) if export.records + export.entities == 0 => {
                Err(InventoryError::NoValidRow { path, refused: export.refused, line: bad.line, message: bad.message })
            }
            (None, None) if export.records + export.entities == 0 => Err(InventoryError::Empty { path }),
            _ => Ok(export),
        }
    }

    /// Reads the second files of a mapping; what they hold beside what is joined is looked at and dropped.
    fn joins(&mut self, source: &InventorySource, mapping: &Mapping) -> Result<Vec<Joined>, InventoryError> {
        let mut held: Vec<(String, u32, Vec<String>)> = Vec::new();
        let joined = foreign::joins(source, mapping, &mut |path, row| {
            let (_, places) = self.screen.clean(&mut row.fields.into(), &Marks::none());
            if !places.is_empty() {
                held.push((path.to_owned(), row.line, places));
            }
        })?;
        for (path, line, places) in held {
            self.kept.plaintext(&path, line, &places);
        }
        Ok(joined)
    }
}

impl Kept<'_> {
    /// Takes in one row: a header, a row of a sibling table, or a record.
    fn take(&mut self, row: Told, records: &mut impl Iterator<Item = Record>, export: &mut Export, file: &mut Reading) {
        let Told { line, content, problems, places } = row;
        if file.failed.is_some() {
            return;
        }
        if !places.is_empty() {
            export.plaintext += 1;
            self.plaintext(&export.path, line, &places);
        }
        let accepted = match content {
            Content::Nothing => Ok(()),
            Content::Fatal(error) => {
                file.failed = Some(error);
                Ok(())
            }
            Content::Header(header) => {
                export.headers.push(header);
                Ok(())
            }
            Content::Bad(message) => Err(message),
            Content::Entity(table, entity) => self.tables.absorb(table, entity).map(|()| export.entities += 1),
            Content::Record => {
                let Some(record) = records.next() else { return };
                for problem in problems {
                    self.notice(&export.path, line, problem);
                }
                match self.keep(record, line, file) {
                    Ok(()) => export.records += 1,
                    // Which of two rows of one id is meant nobody can tell, and their order must not.
                    Err(earlier) => {
                        file.failed = Some(InventoryError::DuplicateId { path: export.path.clone(), line, earlier });
                    }
                }
                Ok(())
            }
        };
        if let Err(message) = accepted {
            export.refused += 1;
            self.notice(&export.path, line, format!("row refused: {message}"));
            file.first.get_or_insert(BadRow { line, message });
        }
    }

    /// Keeps a record, unless another of its file has its id.
    fn keep(&mut self, record: Record, line: u32, file: &mut Reading) -> Result<(), u32> {
        let hash = self.hasher.hash_one(record.id.as_str());
        let rows = || self.known.get(&hash).into_iter().chain(self.more.get(&hash).into_iter().flatten());
        let known = rows().filter_map(|row| Some((*row as usize, self.records.get(*row as usize)?)));
        let mut is_repeated = false;
        for (row, known) in known.filter(|(_, known)| known.id == record.id) {
            let is_equal = is_same(known, &record);
            // Pages of a foreign export may overlap; a canonical inventory says each thing once.
            if row >= file.start && !(file.is_mapped && is_equal) {
                return Err(known.line);
            }
            is_repeated |= is_equal;
        }
        if let Some(earlier) = file.repeated.get(&record.id).filter(|_| !(file.is_mapped && is_repeated)) {
            return Err(*earlier);
        }
        // Two exports may overlap: a row that says the same in both is one row.
        if is_repeated {
            file.repeated.insert(record.id, line);
            return Ok(());
        }
        self.has_hmac |= record.keys.iter().any(|key| matches!(key, Key::Hmac { .. }));
        // No inventory has four thousand million rows; one that did would not fit into memory.
        let row = u32::try_from(self.records.len()).unwrap_or(u32::MAX);
        match self.known.entry(hash) {
            Entry::Vacant(slot) => drop(slot.insert(row)),
            Entry::Occupied(_) => self.more.entry(hash).or_default().push(row),
        }
        self.records.push(record);
        Ok(())
    }

    fn notice(&mut self, path: &str, line: u32, message: String) {
        self.coverage.notices.insert(Notice {
            kind: NoticeKind::InventoryRow,
            path: Some(path.to_owned()),
            line: Some(line),
            message,
            hint: Some(
                "correct the row in the export, or its mapping; `keytrawl inventory check` lists them all".to_owned(),
            ),
        });
    }

    fn plaintext(&mut self, path: &str, line: u32, places: &[String]) {
        let places = places.iter().map(|place| format!("`{place}`")).collect::<Vec<_>>().join(", ");
        self.coverage.notices.insert(Notice {
            kind: NoticeKind::InventoryPlaintext,
            path: Some(path.to_owned()),
            line: Some(line),
            message: format!("a credential stood in the clear in {places}; it was hashed and dropped"),
            hint: Some(
                "rotate it, delete the export, and export digests instead (`keytrawl inventory hash`)".to_owned(),
            ),
        });
    }
}

/// The hash of what is a hash already.
#[derive(Default)]
struct Itself(u64);

impl Hasher for Itself {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        // Only whole hashes are asked for.
        self.0 = bytes.iter().fold(self.0, |hash, byte| hash.rotate_left(8) ^ u64::from(*byte));
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

/// What is remembered while one file is read.
struct Reading {
    /// The first record of the file.
    start: usize,
    /// Whether a mapping made the records.
    is_mapped: bool,
    /// Lines of ids whose rows other files have in the same words.
    repeated: HashMap<String, u32>,
    /// What makes the file unusable.
    failed: Option<InventoryError>,
    /// The first row that was refused.
    first: Option<BadRow>,
}

/// Whether two rows say the same, wherever they stand.
fn is_same(a: &Record, b: &Record) -> bool {
    let b = Record { file: a.file.clone(), line: a.line, ..b.clone() };
    *a == b
}

/// Rows that do not say with which key they were hashed mean the one their header names.
fn name_keys(records: &mut [Record], headers: &[Header]) {
    let Some(name) = headers.iter().find_map(|header| header.key_id.as_deref()) else { return };
    let name = Word::from(name);
    for key in records.iter_mut().flat_map(|record| &mut record.keys) {
        if let Key::Hmac { key_id: key_id @ None, .. } = key {
            *key_id = Some(name.clone());
        }
    }
}

/// Checks that the rows of a file can be matched with the configured keys; returns the key ids that its headers prove to
/// be configured.
fn check_keys(export: &Export, records: &[Record], keys: &KeyRing) -> Result<BTreeSet<String>, InventoryError> {
    let path = &export.path;
    let missing = |line, key_id: Option<&str>| {
        let (path, key_id) = (path.clone(), key_id.map(str::to_owned));
        match keys.is_empty() {
            true => InventoryError::MissingKey { path, line, key_id },
            false => InventoryError::WrongKey { path, line, key_id },
        }
    };
    let is_hmac = |key: &Key| matches!(key, Key::Hmac { .. });
    // A row's other keys do not make up for it: a weak secret has no SHA-256, a hint may be ambiguous.
    if keys.is_empty()
        && let Some(record) = records.iter().find(|record| record.keys.iter().any(is_hmac))
    {
        let named = record.keys.iter().find_map(|key| match key {
            Key::Hmac { key_id, .. } => key_id.as_deref(),
            _ => None,
        });
        return Err(missing(record.line, named));
    }
    let checks = keys.checks();
    let mut proven = BTreeSet::new();
    for header in &export.headers {
        let Some(check) = header.key_check else { continue };
        let named = header.key_id.as_deref().and_then(|id| keys.position(id));
        let agrees = match named {
            Some(at) => checks.get(at) == Some(&check),
            None => checks.contains(&check),
        };
        // Even where no row of this export was hashed with it: whoever runs without the key runs another scan than the
        // one the export was made for.
        if !agrees {
            return Err(missing(header.line, header.key_id.as_deref()));
        }
        proven.extend(header.key_id.clone().filter(|_| agrees));
    }
    let has_nameless = keys.ids().any(|id| id.is_none());
    let usable = |key_id: &Option<Word>| match key_id {
        None => !keys.is_empty(),
        Some(id) => has_nameless || keys.position(id).is_some() || proven.contains(id.as_str()),
    };
    for record in records {
        let other = record.keys.iter().any(|key| !is_hmac(key) && !matches!(key, Key::Principal(_)));
        let mut hmacs = record.keys.iter().filter_map(|key| match key {
            Key::Hmac { key_id, .. } => Some(key_id),
            _ => None,
        });
        if !other && hmacs.clone().next().is_some() && !hmacs.clone().any(usable) {
            return Err(missing(record.line, hmacs.find_map(Option::as_deref)));
        }
    }
    Ok(proven)
}

#[cfg(test)]
pub(super) mod tests {
    use std::ffi::OsStr;

    use super::*;
    use crate::inventory::digest::to_hex;
    use crate::inventory::record::Expiry;
    use crate::inventory::screen::tests::Fake;

    /// A ring of one or two keys made of one byte each, by id.
    pub(in crate::inventory) fn ring(keys: &[(&str, u8)]) -> KeyRing {
        let lines: Vec<String> = keys.iter().map(|(id, byte)| format!("{id}:{}", to_hex(&[*byte; 32]))).collect();
        if lines.is_empty() { KeyRing::none() } else { KeyRing::parse(&lines.join("\n"), "test").unwrap() }
    }

    /// Loads files given as argument prefix and text.
    pub(in crate::inventory) fn load(
        files: &[(&str, &str)],
        keys: &KeyRing,
    ) -> (Result<Inventory, InventoryError>, Vec<Notice>) {
        let folder = tempfile::tempdir().unwrap();
        let mut sources = Vec::new();
        for (index, (table, text)) in files.iter().enumerate() {
            let path = folder.path().join(format!("inv{index}"));
            std::fs::write(&path, text).unwrap();
            sources.push(InventorySource::parse(OsStr::new(&format!("{table}={}", path.display()))));
        }
        let mut coverage = Coverage::default();
        let loaded = Inventory::load_with(&sources, &Fake, keys, &mut coverage);
        (loaded, coverage.notices.into_iter().collect())
    }

    fn row(id: &str, rest: &str) -> String {
        format!("{{\"id\":\"{id}\",\"state\":\"active\",\"kind\":\"api_key\",\"issuer\":\"acme\"{rest}}}\n")
    }

    fn header(rest: &str) -> String {
        format!("{{\"schema\":\"nhi-inventory/1\"{rest}}}\n")
    }

    fn hmac(byte: u8) -> String {
        format!(",\"match\":[{{\"alg\":\"hmac-sha256\",\"value\":\"hex:{}\"}}]", to_hex(&[byte; 32]))
    }

    fn check(keys: &KeyRing, at: usize) -> String {
        format!(",\"key_check\":\"hex:{}\"", to_hex(&keys.checks()[at]))
    }

    #[test]
    fn a_bad_row_is_told_with_its_line_and_the_others_are_used() {
        let text = format!("{}{}not json\n{}", row("a", ""), row("", ""), row("b", ""));
        let (loaded, notices) = load(&[("records", &text)], &KeyRing::none());
        let loaded = loaded.unwrap();
        assert_eq!((loaded.records.len(), loaded.exports[0].refused), (2, 2));
        let lines: Vec<_> = notices.iter().map(|n| (n.line, n.message.as_str())).collect();
        assert!(lines.iter().any(|(line, text)| *line == Some(2) && text.contains("`id` is missing")));
        assert!(lines.iter().any(|(line, text)| *line == Some(3) && text.contains("not valid JSON")));
        assert!(notices.iter().all(|notice| notice.hint.is_some()));
    }

    #[test]
    fn one_id_names_one_row_of_a_file() {
        let twice = format!("{}{}", row("a", ""), row("a", ",\"name\":\"again\""));
        let error = load(&[("records", &twice)], &KeyRing::none()).0.unwrap_err();
        assert!(matches!(error, InventoryError::DuplicateId { line: 2, earlier: 1, .. }), "{error}");
        assert!(error.to_string().contains("\nhint: "));
    }

    #[test]
    fn what_would_make_everything_unregistered_is_an_error() {
        let none = KeyRing::none();
        let error = |text: &str| load(&[("records", text)], &none).0.unwrap_err();
        assert!(matches!(error(" \n"), InventoryError::Empty { .. }));
        assert!(matches!(error("id,state\n"), InventoryError::Empty { .. }));
        assert!(matches!(error(&header("")), InventoryError::Empty { .. }));
        assert!(matches!(error("{\"id\":\"a\"}\n"), InventoryError::NoValidRow { refused: 1, line: 1, .. }));
        assert!(matches!(error("{\"schema\":\"other/1\"}\n"), InventoryError::Schema { line: 1, .. }));
        assert!(matches!(error("[{},"), InventoryError::Syntax { .. }));
        let missing = InventorySource { path: "/nonexistent".into(), table: Table::Records, mapping: None };
        let loaded = Inventory::load_with(&[missing], &Fake, &none, &mut Coverage::default());
        assert!(matches!(loaded, Err(InventoryError::Unreadable { .. })));
    }

    #[test]
    fn a_missing_key_is_told_apart_from_a_wrong_one() {
        let (right, wrong) = (ring(&[("q4", 1)]), ring(&[("q4", 2)]));
        let checked = format!("{}{}", header(&format!(",\"key_id\":\"q4\"{}", check(&right, 0))), row("a", &hmac(7)));
        let of = |text: &str, keys: &KeyRing| load(&[("records", text)], keys).0;
        assert!(of(&checked, &right).is_ok());
        assert!(matches!(of(&checked, &wrong), Err(InventoryError::WrongKey { line: 1, .. })));
        assert!(matches!(of(&checked, &ring(&[("q5", 2)])), Err(InventoryError::WrongKey { .. })));
        let error = of(&checked, &KeyRing::none()).unwrap_err();
        assert!(matches!(error, InventoryError::MissingKey { .. }) && error.to_string().contains("KEYTRAWL_KEY"));
        // Without a header the first row that needs the key is named.
        assert!(matches!(of(&row("a", &hmac(7)), &KeyRing::none()), Err(InventoryError::MissingKey { line: 1, .. })));
        assert!(of(&row("a", &hmac(7)), &right).is_ok());
    }

    #[test]
    fn a_key_that_is_asked_for_is_needed_though_rows_match_otherwise() {
        let is_missing = |text: &str| {
            matches!(load(&[("records", text)], &KeyRing::none()).0, Err(InventoryError::MissingKey { .. }))
        };
        assert!(is_missing(&row("a", &hmac(7).replace('[', "[{\"alg\":\"key_id\",\"value\":\"k\"},"))));
        assert!(is_missing(&format!("{}{}", header(&check(&ring(&[("q4", 1)]), 0)), row("a", ""))));
        assert!(!is_missing(&row("a", "")));
    }

    #[test]
    fn during_rotation_the_header_picks_its_key() {
        let both = ring(&[("old", 1), ("new", 2)]);
        for (id, at) in [("old", 0), ("new", 1)] {
            let head = header(&format!(",\"key_id\":\"{id}\"{}", check(&both, at)));
            let loaded = load(&[("records", &format!("{head}{}", row("a", &hmac(7))))], &both).0.unwrap();
            assert!(matches!(&loaded.records[0].keys[0], Key::Hmac { key_id: Some(own), .. } if own == id));
        }
        let crossed = header(&format!(",\"key_id\":\"old\"{}", check(&both, 1)));
        let loaded = load(&[("records", &format!("{crossed}{}", row("a", &hmac(7))))], &both).0;
        assert!(matches!(loaded, Err(InventoryError::WrongKey { .. })));
        // A row of a key that is not configured any more cannot be matched: it is not left to look unregistered.
        let old = format!("{}{}", header(",\"key_id\":\"old\""), row("a", &hmac(7)));
        assert!(matches!(load(&[("records", &old)], &ring(&[("new", 2)])).0, Err(InventoryError::WrongKey { .. })));
    }

    #[test]
    fn tables_come_in_the_file_or_beside_it() {
        let text = format!("{}{{\"table\":\"person\",\"id\":\"p\",\"state\":\"departed\"}}\n", row("a", ""));
        let files = [("records", text.as_str()), ("teams", "id,state\niam,active\n"), ("systems", "[]")];
        let (loaded, _) = load(&files[..2], &KeyRing::none());
        let tables = loaded.unwrap().tables;
        assert_eq!(tables.people.unwrap()["p"].state.as_deref(), Some("departed"));
        assert!(tables.teams.unwrap().contains_key("iam") && tables.workloads.is_none());
        assert!(matches!(load(&files, &KeyRing::none()).0, Err(InventoryError::Empty { .. })));
    }

    #[test]
    fn claims_of_several_files_add_up_and_a_repeated_row_is_one_row() {
        let one = format!("{}{}", header(",\"scope\":[\"acme\"],\"exported_at\":\"2026-11-21\""), row("a", ""));
        let two = format!("{}{}{}", header(",\"scope\":[\"github\"]"), row("a", ""), row("b", ""));
        let loaded = load(&[("records", &one), ("records", &two)], &KeyRing::none()).0.unwrap();
        assert_eq!(loaded.records.len(), 2);
        assert!(loaded.covers(Some("acme")) && loaded.covers(Some("github")));
        assert!(!loaded.covers(Some("aws")) && !loaded.covers(None) && loaded.exported_at().is_some());
    }

    #[test]
    fn a_credential_in_the_clear_is_told_dropped_and_still_matched() {
        let token = format!("tok-{}", "a".repeat(20));
        let text = format!("{}{}", row("a", &format!(",\"secret\":\"{token}\"")), row(&token, ""));
        let (loaded, notices) = load(&[("records", &text)], &ring(&[("q4", 1)]));
        let loaded = loaded.unwrap();
        assert!(!format!("{loaded:?} {notices:?}").contains(&token));
        assert_eq!(notices.iter().filter(|n| n.kind == NoticeKind::InventoryPlaintext).count(), 2);
        assert_eq!(loaded.exports[0].plaintext, 2);
        assert!(loaded.records.iter().all(|record| record.keys.len() == 2 && record.expires_at == Expiry::Unknown));
        assert!(loaded.records[1].id.ends_with(":2"));
    }

    #[test]
    fn the_canonical_forms_load_together_with_real_detectors() {
        let source = |argument: &str| {
            let (table, file) = argument.split_once('=').unwrap_or(("records", argument));
            InventorySource::parse(OsStr::new(&format!("{table}=fixtures/inventory/{file}")))
        };
        let sources = ["canonical.jsonl", "canonical.csv"].map(source);
        let mut coverage = Coverage::default();
        let loaded = Inventory::load(&sources, Detectors::embedded(), &KeyRing::none(), &mut coverage).unwrap();
        let lines: Vec<_> = loaded.records.iter().map(|r| (r.id.as_str(), r.line, r.keys.len())).collect();
        assert_eq!(lines, [("nhi-0001", 2, 2), ("nhi-0002", 4, 1), ("nhi-0003", 2, 1), ("nhi-0004", 4, 2)]);
        assert_eq!(loaded.records[1].expires_at, Expiry::Never);
        let told: Vec<_> = coverage.notices.iter().map(|n| (n.kind, n.path.as_deref(), n.line)).collect();
        assert_eq!(told, [(NoticeKind::InventoryRow, Some("fixtures/inventory/canonical.csv"), Some(5))]);
        let summary = loaded.summary();
        assert_eq!(summary.files[1], ("fixtures/inventory/canonical.csv".to_owned(), 2, 1, 0));
        assert_eq!((summary.tables["people"], summary.keys[&crate::inventory::MatchKey::Hint]), (1, 2));
        let twice = Inventory::load(
            &[sources[0].clone(), source("people=people.json")],
            Detectors::embedded(),
            &KeyRing::none(),
            &mut coverage,
        );
        assert_eq!(twice.unwrap().tables.people.unwrap().len(), 2);
    }
}
