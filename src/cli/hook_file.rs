//! The file that git runs before a commit: where it belongs, what is in it, and that it never takes another's place.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use git2::{Config, ConfigLevel, ErrorCode, Repository};

/// What git calls it.
pub(super) const NAME: &str = "pre-commit";
/// The line by which a hook of ours is known.
const MARK: &str = "# Written by `keytrawl hook install`.";

/// Why no hook was written. Nothing has been changed then.
#[derive(Debug, thiserror::Error)]
pub(super) enum HookError {
    /// No repository, or none that can be read.
    #[error("could not find the repository: {0}\nhint: run in a git repository")]
    Repository(String),
    /// Git itself would not run a hook there.
    #[error(
        "the repository belongs to another user\nhint: git runs no hook of it for you until you say that you trust it: \
         `git config --global --add safe.directory PATH`"
    )]
    Ownership,
    /// Another hook is there.
    #[error(
        "`{0}` is there already and was left as it is\nhint: add the line `keytrawl hook run || exit $?` to it, or, where \
         pre-commit manages it, add keytrawl to .pre-commit-config.yaml"
    )]
    Taken(String),
    /// It could not be written.
    #[error("could not write `{path}`: {source}\nhint: check that the directory is writable")]
    Write {
        /// Which file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
}

/// What came of an installation.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Installed {
    /// It was written.
    New(PathBuf),
    /// It was there, as it would have been written.
    Already(PathBuf),
}

/// Writes the hook of the repository that `cwd` lies in. `options` are passed on to `keytrawl hook run`, `program` is what to
/// run where there is no keytrawl on the search path.
///
/// # Errors
/// Where there is no repository, or another hook; nothing is ever overwritten.
pub(super) fn install(cwd: &Path, program: &Path, options: &[String]) -> Result<Installed, HookError> {
    let path = directory(cwd)?.join(NAME);
    let shown = || path.display().to_string();
    let failed = |source| HookError::Write { path: shown(), source };
    let text = text(program, options);
    if path.symlink_metadata().is_ok() {
        let there = std::fs::read(&path).unwrap_or_default();
        return if there == text.as_bytes() { Ok(Installed::Already(path)) } else { Err(HookError::Taken(shown())) };
    }
    if let Some(directory) = path.parent() {
        std::fs::create_dir_all(directory).map_err(failed)?;
    }
    let mut open = OpenOptions::new();
    open.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut open, 0o755);
    match open.open(&path) {
        Ok(mut file) => file.write_all(text.as_bytes()).map_err(failed)?,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Err(HookError::Taken(shown())),
        Err(error) => return Err(failed(error)),
    }
    Ok(Installed::New(path))
}

/// The directory that git looks for hooks in: `core.hooksPath` of any level, else `hooks` beside the objects.
fn directory(cwd: &Path) -> Result<PathBuf, HookError> {
    let failed = |error: &git2::Error| match error.code() {
        ErrorCode::Owner => HookError::Ownership,
        _ => HookError::Repository(error.message().to_owned()),
    };
    match Repository::open_from_env().or_else(|_| Repository::discover(cwd)) {
        Ok(repository) => {
            let config = repository.config().map_err(|error| failed(&error))?;
            let root = repository.workdir().unwrap_or_else(|| repository.path());
            Ok(configured(&config, root).unwrap_or_else(|| repository.commondir().join("hooks")))
        }
        // A repository of a format that libgit2 does not know, such as one with SHA-256 objects.
        Err(error) if error.code() != ErrorCode::Owner && error.code() != ErrorCode::NotFound => {
            let environment = crate::source::git::Environment::of_process();
            let found = crate::source::git::GitDirectory::discover(cwd, &environment);
            let found = found.map_err(|_| failed(&error))?;
            let mut config = Config::open_default().map_err(|error| failed(&error))?;
            let own = [
                (found.common.join("config"), ConfigLevel::Local),
                (found.own.join("config.worktree"), ConfigLevel::Worktree),
            ];
            for (path, level) in own.iter().filter(|(path, _)| path.is_file()) {
                config.add_file(path, *level, true).map_err(|error| failed(&error))?;
            }
            let root = found.work_tree.as_deref().unwrap_or(&found.own);
            Ok(configured(&config, root).unwrap_or_else(|| found.common.join("hooks")))
        }
        Err(error) => Err(failed(&error)),
    }
}

/// `core.hooksPath`; a relative one starts where hooks are run.
fn configured(config: &Config, root: &Path) -> Option<PathBuf> {
    let path = config.get_path("core.hooksPath").ok().filter(|path| !path.as_os_str().is_empty())?;
    Some(root.join(path))
}

fn text(program: &Path, options: &[String]) -> String {
    let options: String = options.iter().map(|option| format!(" {}", quoted(option))).collect();
    let program = quoted(&program.to_string_lossy());
    format!(
        "#!/bin/sh\n{MARK} Refuses a commit that brings in a credential; `git commit --no-verify` passes it by.\n\
         if command -v keytrawl >/dev/null 2>&1; then\n    exec keytrawl hook run{options}\nfi\n\
         exec {program} hook run{options}\n"
    )
}

/// A word as the shell takes it literally.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_passed_on_stays_one_word_in_the_shell() {
        let text = text(Path::new("/opt/it's/keytrawl"), &["--inventory".to_owned(), "a b'; rm -rf $x".to_owned()]);
        assert!(text.contains("exec keytrawl hook run '--inventory' 'a b'\\''; rm -rf $x'\n"), "{text}");
        assert!(text.contains("exec '/opt/it'\\''s/keytrawl' hook run "), "{text}");
        assert!(text.starts_with("#!/bin/sh\n"));
    }
}
