//! How much of an archive is read: the bounds that keep a hostile one from costing more than its size is worth.

/// Archives within archives that are opened.
pub const DEFAULT_DEPTH: u8 = 3;

/// Bounds of one outermost archive. Sizes are in bytes, after decompression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How many archives within each other are opened; a compressed tar counts once. 0 = none.
    pub depth: u8,
    /// Largest window of a member; a longer member is scanned in windows of this size.
    pub window: usize,
    /// Most bytes that one decompressed member may have.
    pub entry: u64,
    /// Most bytes that all members together may have, where the archive is small.
    pub total: u64,
    /// Most bytes that all members together may have, as a multiple of the archive's size, where that is more.
    pub total_ratio: u64,
    /// Members that are looked at.
    pub members: u64,
    /// Largest compression ratio.
    pub ratio: u64,
    /// Bytes up to which no ratio is held against an archive.
    pub ratio_from: u64,
    /// Largest zip within another archive: its directory stands at its end, so it is held in memory.
    pub nested_zip: usize,
    /// Largest member that is inflated in one go, in bytes, where all of what it is inflated from is in memory.
    pub at_once: u64,
}

impl Limits {
    /// The bounds of a scan whose windows have this size, in bytes.
    ///
    /// Text compresses by 3 to 20, logs by up to 100; deflate's most is 1032, and archives that are made to hurt are near it
    /// or, with overlapping members, beyond it.
    #[must_use]
    pub const fn new(depth: u8, window: usize) -> Self {
        Self {
            depth,
            window,
            entry: 2 << 30,
            total: 4 << 30,
            total_ratio: 8,
            members: 100_000,
            ratio: 200,
            ratio_from: 32 << 20,
            nested_zip: 64 << 20,
            at_once: (16 << 20) - 1,
        }
    }
}
