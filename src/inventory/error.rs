//! Why an inventory cannot be used at all. Whatever is wrong with single rows is a notice instead.

/// What makes an inventory unusable (exit code 2): going on would call everything unregistered.
#[derive(Debug, thiserror::Error)]
pub enum InventoryError {
    /// The file could not be read.
    #[error("could not read inventory `{path}`: {cause}\nhint: `--inventory` names a JSONL, JSON or CSV file")]
    Unreadable {
        /// Reported path.
        path: String,
        /// What the system said.
        cause: std::io::Error,
    },
    /// Nothing in it.
    #[error(
        "inventory `{path}` is empty\nhint: export it again; an empty inventory would make every credential unregistered"
    )]
    Empty {
        /// Reported path.
        path: String,
    },
    /// Rows, but none that can be used.
    #[error(
        "inventory `{path}` has no valid row ({refused} refused; first: line {line}: {message})\nhint: `keytrawl inventory check` lists what is wrong with each row"
    )]
    NoValidRow {
        /// Reported path.
        path: String,
        /// How many rows were refused.
        refused: usize,
        /// Line of the first.
        line: u32,
        /// What is wrong with it.
        message: String,
    },
    /// The whole file cannot be parsed.
    #[error("{path}:{line}: {message}\nhint: {hint}")]
    Syntax {
        /// Reported path.
        path: String,
        /// 1-based line.
        line: u32,
        /// What is wrong.
        message: String,
        /// What to do.
        hint: &'static str,
    },
    /// Neither ours nor known.
    #[error(
        "{path}:{line}: unknown schema, this version reads `nhi-inventory/1`\nhint: export it in that schema, or convert it with `keytrawl inventory convert`"
    )]
    Schema {
        /// Reported path.
        path: String,
        /// 1-based line.
        line: u32,
    },
    /// A field of the header means nothing.
    #[error("{path}:{line}: header field `{field}` {message}\nhint: {hint}")]
    Header {
        /// Reported path.
        path: String,
        /// 1-based line.
        line: u32,
        /// Which field.
        field: &'static str,
        /// What is wrong.
        message: &'static str,
        /// What to do.
        hint: &'static str,
    },
    /// Two rows with one id.
    #[error(
        "{path}:{line}: the `id` is that of line {earlier} too\nhint: an id names one identity; correct one of the rows, or leave one out"
    )]
    DuplicateId {
        /// Reported path.
        path: String,
        /// 1-based line of the second row.
        line: u32,
        /// 1-based line of the first.
        earlier: u32,
    },
    /// A mapping needs a second file.
    #[error(
        "{named_at}: could not read `{path}`, which is joined to `{export}`: {cause}\nhint: put that export beside `{export}` under this name, or name another in the mapping"
    )]
    Join {
        /// Path and line of the mapping.
        named_at: String,
        /// The first file.
        export: String,
        /// The second.
        path: String,
        /// What the system said.
        cause: std::io::Error,
    },
    /// A mapping that cannot be used.
    #[error(transparent)]
    Mapping(#[from] super::MappingError),
    /// Rows were hashed with a key and there is none.
    #[error("{path}:{line}: matching needs the organisation's key{}, and none is configured\nhint: set KEYTRAWL_KEY or name a file with `--key-file`", named(.key_id))]
    MissingKey {
        /// Reported path.
        path: String,
        /// Line of the header or of the first row that needs it.
        line: u32,
        /// Which key, where the inventory says.
        key_id: Option<String>,
    },
    /// There is a key, and it is another.
    #[error("{path}:{line}: the configured key is not the one this inventory was made with{}\nhint: configure that key; during rotation KEYTRAWL_KEY takes several, separated by commas", named(.key_id))]
    WrongKey {
        /// Reported path.
        path: String,
        /// Line of the header or of the first row that needs it.
        line: u32,
        /// Which key, where the inventory says.
        key_id: Option<String>,
    },
}

/// ` (key id …)`, or nothing.
fn named(key_id: &Option<String>) -> String {
    key_id.as_ref().map_or_else(String::new, |id| format!(" (key id `{id}`)"))
}
