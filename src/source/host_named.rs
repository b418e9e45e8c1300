//! Files of a home directory that its configs name: the variables of a server may stand in any file.

use std::collections::BTreeSet;
use std::path::{Component, Path};

use super::host::{Home, HostPlace};
use super::host_places::Sort;
use crate::client::dotenv;

/// Most files that are followed: a hostile config may name as many as it likes.
const MOST: usize = 1_000;

/// The files at these reported paths (`~/…`, `~name/…`) that lie in one of the homes and are files, by reported path.
#[must_use]
pub fn named_places(reported: &BTreeSet<String>, homes: &[Home]) -> Vec<HostPlace> {
    reported.iter().filter_map(|reported| homes.iter().find_map(|home| place(reported, home))).take(MOST).collect()
}

fn place(reported: &str, home: &Home) -> Option<HostPlace> {
    let below = Path::new(reported.strip_prefix(home.label.as_str())?.strip_prefix('/')?);
    if !below.components().all(|part| matches!(part, Component::Normal(_))) {
        return None;
    }
    // A link may lead anywhere; what is read stays in the home.
    let path = home.path.join(below).canonicalize().ok()?;
    let usual = (!dotenv::is_dotenv(reported)).then(|| format!("{reported}.env"));
    let here = path.starts_with(&home.path) && path.is_file();
    let reported = reported.to_owned();
    here.then_some(HostPlace { reported, path, sort: Sort::Variables, client: None, usual })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_within_the_home_are_followed() {
        let dir = tempfile::tempdir().expect("temporary directory");
        for name in ["keys.txt", "a/.env"] {
            let path = dir.path().join(name);
            std::fs::create_dir_all(path.parent().expect("below")).expect("directory");
            std::fs::write(path, "A=1\n").expect("file");
        }
        let home = Home::at(dir.path()).expect("a home");
        let named = ["~/keys.txt", "~/a/.env", "~/a", "~/none", "~/../etc/passwd", "/etc/passwd", "~bob/keys.txt"];
        let places = named_places(&named.map(str::to_owned).into(), std::slice::from_ref(&home));
        let told: Vec<_> = places.iter().map(|place| (place.reported.as_str(), place.usual.as_deref())).collect();
        assert_eq!(told, [("~/a/.env", None), ("~/keys.txt", Some("~/keys.txt.env"))]);
    }
}
