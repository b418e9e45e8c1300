//! Git repositories as a source: where they keep things, and their objects, read without running anything of git.
//!
//! Everything is read by our own code over mapped packs: bulk decoding is what a history scan spends its time on, and what a
//! stranger wrote into a repository must neither end nor choke the scan. `docs/ARCHITECTURE.md` has the measurements.

pub mod catalogue;
pub mod commit;
pub mod delta;
pub mod directory;
pub mod error;
pub mod families;
pub mod id;
pub mod inflate;
pub mod label;
pub mod listing;
pub mod log;
pub mod loose;
pub mod objects;
pub mod ownership;
pub mod pack;
pub mod pack_index;
pub mod paths;
pub mod reach;
pub mod refs;
mod reftable;
mod reftable_log;
pub mod revision;
pub mod tree;
pub mod tree_diff;

pub use directory::{Environment, GitDirectory};
pub use error::GitError;
pub use id::Id;
pub use label::Label;
pub use objects::{Kind, Objects, Reader};
