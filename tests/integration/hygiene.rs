//! The repository keeps its own rules: no credential in it, no overlong file, a line for every file in each registry.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::runner::Case;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Tracked files, or none where this is not a checkout (a package unpacked from a registry).
fn tracked() -> Vec<PathBuf> {
    let listed = Command::new("git").args(["ls-files", "-z"]).current_dir(root()).output();
    let listed = listed.map(|output| output.stdout).unwrap_or_default();
    let paths = listed.split(|byte| *byte == 0).filter(|path| !path.is_empty());
    paths.map(|path| PathBuf::from(String::from_utf8_lossy(path).into_owned())).collect()
}

/// Rust files of a folder, without `mod.rs`, by name.
fn rust_files(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(root().join(folder)).expect("a folder");
    let names = entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> =
        names.filter_map(|name| name.strip_suffix(".rs").map(str::to_owned)).filter(|name| name != "mod").collect();
    names.sort();
    names
}

#[test]
fn keytrawl_finds_nothing_in_its_own_repository() {
    let tracked = tracked();
    if tracked.is_empty() {
        return;
    }
    let case = Case::new();
    let files = tracked.iter().map(|path| root().join(path)).filter(|path| path.is_file());
    let report = case.scan(["--fail-on", "none", "-f", "json"]).args(files).exits(0).json();
    let credentials = report["credentials"].as_array().expect("credentials");
    let places: Vec<String> = credentials
        .iter()
        .flat_map(|credential| credential["occurrences"].as_array().expect("occurrences"))
        .map(|place| format!("{}:{} {}", place["path"], place["region"]["startLine"], place["detector"]))
        .collect();
    assert!(places.is_empty(), "{}", places.join("\n"));
}

#[test]
fn no_file_is_longer_than_600_lines() {
    let long: Vec<String> = tracked()
        .into_iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .filter_map(|path| {
            let lines = fs::read_to_string(root().join(&path)).ok()?.lines().count();
            (lines > 600).then(|| format!("{} has {lines} lines", path.display()))
        })
        .collect();
    assert!(long.is_empty(), "{}", long.join("\n"));
}

#[test]
fn every_source_file_opens_with_what_it_is_for() {
    let silent: Vec<String> = tracked()
        .into_iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .filter(|path| {
            let text = fs::read_to_string(root().join(path)).unwrap_or_default();
            !text.is_empty() && !text.starts_with("//! ")
        })
        .map(|path| path.display().to_string())
        .collect();
    assert!(silent.is_empty(), "{}", silent.join("\n"));
}

#[test]
fn no_file_has_a_name_that_says_nothing() {
    let vague: Vec<PathBuf> = tracked()
        .into_iter()
        .filter(|path| {
            let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            path.starts_with("src") && ["utils", "util", "types", "common", "helpers", "misc"].contains(&stem.as_str())
        })
        .collect();
    assert!(vague.is_empty(), "{vague:?}");
}

#[test]
fn every_module_of_a_folder_is_in_its_registry() {
    for folder in ["src/check", "src/report", "src/source", "src/client", "src/inventory", "src/settings", "src/cli"] {
        let registry = fs::read_to_string(root().join(folder).join("mod.rs")).expect("a registry");
        for name in rust_files(folder) {
            let declared = registry.lines().any(|line| line.trim_end().ends_with(&format!("mod {name};")));
            assert!(declared, "{folder}/{name}.rs is not declared in {folder}/mod.rs");
        }
    }
}

#[test]
fn every_command_is_one_file() {
    let registry = fs::read_to_string(root().join("src/cli/mod.rs")).expect("readable");
    let commands = registry.split("enum Command {").nth(1).and_then(|rest| rest.split('}').next()).expect("commands");
    for line in commands.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let name = line.split('(').next().unwrap_or_default().to_lowercase();
        let file = root().join("src/cli").join(format!("{name}.rs"));
        let folder = root().join("src/cli").join(&name).join("mod.rs");
        assert!(file.is_file() || folder.is_file(), "the command {name} has no file of its own");
    }
}

#[test]
fn every_fuzz_target_has_its_file() {
    let manifest = fs::read_to_string(root().join("fuzz/Cargo.toml")).expect("readable");
    let paths = manifest.lines().filter_map(|line| line.strip_prefix("path = \"fuzz_targets/"));
    let paths: Vec<&str> = paths.map(|rest| rest.trim_end_matches('"')).collect();
    let files = fs::read_dir(root().join("fuzz/fuzz_targets")).expect("readable").count();
    assert_eq!(paths.len(), files, "each target is named in fuzz/Cargo.toml");
    for path in paths {
        assert!(root().join("fuzz/fuzz_targets").join(path).is_file(), "fuzz/fuzz_targets/{path} is missing");
    }
}
