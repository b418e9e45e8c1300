//! What an MCP client config looks like: syntaxes with byte spans, the shapes of server maps, and the slots in them.

pub mod deep_link;
pub mod dotenv;
pub mod dotfile;
pub mod env_dump;
pub mod json;
pub mod node;
pub mod place;
pub mod reference;
pub mod slot;
pub mod toml;
pub mod yaml;

mod align;
mod crushrc;
mod entry;
mod holder;
mod known;
mod literal;
mod program;
mod reading;
mod reference_kind;
mod shapes;
mod shell;
mod signs;
mod slots;
mod table;
mod template;
mod token_store;
mod xml;

pub use dotenv::Assignment;
pub use holder::{Holder, holders};
pub use known::{Server, is_same_server};
pub use reading::{Reading, Reference, ServerEntry, SlotValue, SyntaxError, TargetKind, read};
pub use reference_kind::ReferenceKind;
pub use slot::{Slot, SlotKind};
pub use slots::is_server_command;
pub use table::{Client, ClientPlace, Syntax, Systems, clients, is_last_part, matches_segment, recognise};
pub use token_store::{STORES, Store, owner, owner_of};

pub(crate) use entry::{of_json, of_secret, of_toml, of_words};
pub(crate) use reading::{is_key, position, read_unclaimed};
pub(crate) use shell::{Dialect, read as shell_word, words as shell_words};
