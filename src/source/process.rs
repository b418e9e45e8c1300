//! The MCP servers that are running on this machine: their environment and arguments, as Linux shows them to their user.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Asset, Bytes, Item, Origin, Place};
use crate::client;
use crate::coverage::{Coverage, Skip};

/// How reported paths of processes begin.
pub const FOLDER: &str = "process";

/// Longest command line that is looked at to tell whether a process is a server.
const LONGEST: usize = 64 * 1024;

/// Whether a reported path is that of the environment or the arguments of a process.
#[must_use]
pub fn is_process(path: &str) -> bool {
    path.strip_prefix(FOLDER).is_some_and(|rest| rest.starts_with('/'))
}

/// The environments and arguments of this user's MCP servers. Processes of others are counted as such.
#[must_use]
pub fn items(coverage: &mut Coverage) -> Vec<Item> {
    items_below(Path::new("/proc"), coverage)
}

#[cfg(target_os = "linux")]
fn items_below(proc: &Path, coverage: &mut Coverage) -> Vec<Item> {
    use std::os::unix::fs::MetadataExt;
    let owner = |path: &Path| fs::metadata(path).ok().map(|meta| meta.uid());
    let (Some(me), Ok(entries)) = (owner(&proc.join("self")), fs::read_dir(proc)) else { return Vec::new() };
    let own = std::process::id();
    let numbers = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let mut numbers: Vec<u32> = numbers.filter(|number| *number != own).collect();
    numbers.sort_unstable();
    let mut items = Vec::new();
    for number in numbers {
        let folder = proc.join(number.to_string());
        match owner(&folder) {
            // It has ended since.
            None => {}
            Some(other) if other != me => coverage.skip(Skip::OtherUser),
            Some(_) if is_server(&folder) => {
                items.extend(["cmdline", "environ"].map(|name| item(&folder.join(name), number, name)));
            }
            Some(_) => {}
        }
    }
    items
}

#[cfg(not(target_os = "linux"))]
fn items_below(_proc: &Path, _coverage: &mut Coverage) -> Vec<Item> {
    Vec::new()
}

/// Whether the command line of a process is that of a server.
fn is_server(folder: &Path) -> bool {
    let Ok(line) = fs::read(folder.join("cmdline")) else { return false };
    let line = String::from_utf8_lossy(line.get(..line.len().min(LONGEST)).unwrap_or_default());
    let words: Vec<&str> = line.split('\0').filter(|word| !word.is_empty()).collect();
    client::is_server_command(&words)
}

fn item(path: &Path, number: u32, name: &str) -> Item {
    let reported = format!("{FOLDER}/{number}/{name}");
    let origin = Origin { env_dump: name == "environ", ..Origin::new(reported, Place::Env, Arc::new(Asset::host())) };
    Item { origin: Arc::new(origin), bytes: Bytes::Passing(PathBuf::from(path)) }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_told_by_its_command_line_and_others_are_not_looked_at() {
        let dir = tempfile::tempdir().expect("temporary directory");
        for (number, line) in [
            ("self", ""),
            ("41", "npx\0-y\0@modelcontextprotocol/server-github\0"),
            ("42", "vim\0.mcp.json\0"),
            ("43", "python3\0-m\0mcp_server_git\0"),
        ] {
            let folder = dir.path().join(number);
            fs::create_dir(&folder).expect("folder");
            fs::write(folder.join("cmdline"), line).expect("file");
        }
        let mut coverage = Coverage::default();
        let items = items_below(dir.path(), &mut coverage);
        let paths: Vec<_> = items.iter().map(|item| item.origin.path.as_str()).collect();
        assert_eq!(paths, ["process/41/cmdline", "process/41/environ", "process/43/cmdline", "process/43/environ"]);
        assert!(coverage.skipped.is_empty());
    }
}
