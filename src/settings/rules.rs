//! Rule files of the user's own: `--rules DIR`. Read only where they are named, never from what is scanned.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::detector::Detectors;
use crate::detector::check::{Depth, Gravity, Problem, check};

/// Largest rule file in bytes; ours have some thousands.
const LARGEST: u64 = 1 << 20;
/// Most rule files.
const MOST: usize = 1_000;

/// Why rules cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RulesError {
    /// A file or directory cannot be read.
    #[error("could not read the rules `{path}`\nhint: name a rule file, or a directory with files that end in .toml")]
    Unreadable {
        /// Which.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// A directory without a rule file: most likely not the one that was meant.
    #[error("there is no rule file in `{0}`\nhint: the names of rule files end in .toml")]
    Nothing(String),
    /// A file that is too large to be one of rules.
    #[error("the rules `{0}` are larger than 1 MiB\nhint: split the file, or name the one that was meant")]
    TooLarge(String),
    /// Too many files.
    #[error("there are more than {MOST} rule files\nhint: name the directory that was meant")]
    TooMany,
    /// A rule does not hold.
    #[error("{}{problem}\nhint: `keytrawl rules check` tells all about the same files", if *more > 0 { format!("({more} more) ") } else { String::new() })]
    Broken {
        /// What is wrong with the first.
        problem: Box<Problem>,
        /// How many others there are.
        more: usize,
    },
}

/// The texts of rule files: each file that is named, and the `*.toml` files right in each directory, by name.
///
/// # Errors
/// Where one cannot be read or is too large, or a directory holds none.
pub fn read(paths: &[PathBuf]) -> Result<Vec<(String, String)>, RulesError> {
    let mut files: Vec<PathBuf> = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let unreadable = |source| RulesError::Unreadable { path: path.display().to_string(), source };
        let mut inside: Vec<PathBuf> = fs::read_dir(path)
            .and_then(|entries| entries.map(|entry| entry.map(|entry| entry.path())).collect())
            .map_err(unreadable)?;
        inside.retain(|path| path.extension().is_some_and(|ending| ending == "toml") && path.is_file());
        inside.sort();
        if inside.is_empty() {
            return Err(RulesError::Nothing(path.display().to_string()));
        }
        files.append(&mut inside);
    }
    if files.len() > MOST {
        return Err(RulesError::TooMany);
    }
    files.iter().map(|path| Ok((path.display().to_string(), text(path)?))).collect()
}

fn text(path: &Path) -> Result<String, RulesError> {
    let shown = || path.display().to_string();
    let mut text = String::new();
    fs::File::open(path)
        .and_then(|file| file.take(LARGEST + 1).read_to_string(&mut text))
        .map_err(|source| RulesError::Unreadable { path: shown(), source })?;
    if text.len() as u64 > LARGEST { Err(RulesError::TooLarge(shown())) } else { Ok(text) }
}

/// The embedded detectors and those of the rule files.
///
/// # Errors
/// Where a file cannot be read or a rule does not hold: with half of the rules a scan would seem clean and not be.
pub fn load(paths: &[PathBuf]) -> Result<&'static Detectors, RulesError> {
    let embedded = Detectors::embedded();
    if paths.is_empty() {
        return Ok(embedded);
    }
    let files = read(paths)?;
    let checked = check(&files, Some(embedded), Depth::Samples);
    let mut problems = checked.problems.into_iter().filter(|problem| problem.gravity == Gravity::Problem);
    if let Some(problem) = problems.next() {
        return Err(RulesError::Broken { problem: Box::new(problem), more: problems.count() });
    }
    // Names without their directories: the same rules elsewhere have the same digest.
    let named = |(path, text): (String, String)| {
        let name = Path::new(&path).file_name().map(|name| name.to_string_lossy().into_owned());
        (name.unwrap_or(path), text)
    };
    let texts: Vec<(String, String)> = files.into_iter().map(named).collect();
    Ok(embedded.join(&checked.rules, &texts))
}
