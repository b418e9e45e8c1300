//! What an MCP client config looks like: syntaxes with byte spans, the shapes of server maps, and the slots in them.

pub mod slot;
pub mod stand_in;

pub use slot::{Slot, SlotKind};
pub use stand_in::*;
