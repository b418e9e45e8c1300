//! Stage 1: where bytes come from.
//!
//! A source walks and names; it yields [`Item`]s, and a worker opens each into one or more [`Artifact`]s over a buffer it
//! reuses. Nothing here looks for credentials.

pub mod archive;
mod buffer;
mod content;
pub mod encoding;
pub mod exclude;
pub mod git;
pub mod git_config;
pub mod git_index;
pub mod host;
pub mod host_moved;
pub mod host_named;
pub mod host_places;
pub mod ignored;
pub mod joined;
pub mod known;
pub mod leveldb;
pub mod map;
pub mod notebook;
pub mod origin;
pub mod process;
pub mod property_list;
pub mod read;
mod read_error;
pub mod repository;
mod split_index;
pub mod sqlite;
pub mod staged;
pub mod stdin;
pub mod target;
pub mod tree;
pub mod window;

use std::path::PathBuf;
use std::sync::Arc;

pub use joined::Standing;
pub use origin::{Asset, Origin, Place};
pub use target::{Options, Plan, TargetError};

/// Some bytes and the origin they came from: a whole file, or one window of a file too large to hold at once.
#[derive(Debug, Clone, Copy)]
pub struct Artifact<'b> {
    /// Where the bytes came from.
    pub origin: &'b Arc<Origin>,
    /// The bytes as they are on disk, undecoded.
    pub bytes: &'b [u8],
    /// Offset of the first byte in the file; 0 unless this is a later window.
    pub base: u64,
    /// Line of the first byte, 1-based.
    pub first_line: u32,
    /// Column of the first byte, 1-based; 1 unless this window begins within a line.
    pub first_column: u32,
    /// How the bytes stand in the file, where they do not stand there in one piece.
    pub joined: Option<&'b dyn Standing>,
}

/// One thing to open and scan, named but not yet read.
#[derive(Debug, Clone)]
pub struct Item {
    /// What it is called in reports.
    pub origin: Arc<Origin>,
    /// Where its bytes are.
    pub bytes: Bytes,
}

/// Where the bytes of an item are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bytes {
    /// In a file of the file system.
    File(PathBuf),
    /// In a file of a process, which may be gone before it is opened.
    Passing(PathBuf),
    /// In standard input.
    Stdin,
}
