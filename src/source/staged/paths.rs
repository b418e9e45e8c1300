//! Which staged paths are meant, and what they are called in reports.

use std::path::{Component, Path, PathBuf};

use crate::source::target::reported;

/// One path of the command line, as it lies in the repository.
#[derive(Debug, Clone)]
pub(super) struct Limit {
    /// As it was typed.
    pub(super) typed: PathBuf,
    /// Absolute.
    pub(super) path: PathBuf,
    /// Relative to the root of the work tree; empty for the whole.
    pub(super) inside: Vec<u8>,
}

impl Limit {
    /// A typed path; `None` where it does not lie in the work tree at `root`. Both directories are real paths.
    pub(super) fn new(typed: &Path, cwd: &Path, root: &Path) -> Option<Self> {
        let lexical = normal(&cwd.join(typed));
        // A path through a link lies where the link leads; what is not there any more is taken as it is written.
        let real = || {
            let parent = lexical.parent()?.canonicalize().ok()?;
            Some(parent.join(lexical.file_name()?))
        };
        let path = match lexical.strip_prefix(root) {
            Ok(_) => lexical,
            Err(_) => lexical.canonicalize().ok().filter(|path| path.starts_with(root)).or_else(real)?,
        };
        let inside = bytes_of(path.strip_prefix(root).ok()?);
        Some(Self { typed: typed.to_owned(), path, inside })
    }

    /// Whether a path of the repository is this one or lies below it.
    pub(super) fn covers(&self, path: &[u8]) -> bool {
        self.inside.is_empty()
            || path.strip_prefix(self.inside.as_slice()).is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"))
    }

    /// What a file below it is called: relative to the current directory where this path lies below that, else to this path.
    pub(super) fn name(&self, file: &Path, cwd: &Path) -> String {
        let from = if self.path.starts_with(cwd) { cwd } else { &self.path };
        match file.strip_prefix(from) {
            Ok(below) if !below.as_os_str().is_empty() => reported(below),
            _ => file.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        }
    }
}

/// Without `.` and, as far as it is written, without `..`.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                normal.pop();
            }
            part => normal.push(part),
        }
    }
    normal
}

/// A path as git writes it.
pub(super) fn bytes_of(path: &Path) -> Vec<u8> {
    let parts: Vec<&[u8]> = path.components().map(|part| part.as_os_str().as_encoded_bytes()).collect();
    parts.join(&b'/')
}

/// A path that git wrote.
pub(super) fn path_of(path: &[u8]) -> PathBuf {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        PathBuf::from(std::ffi::OsStr::from_bytes(path))
    }
    #[cfg(not(unix))]
    PathBuf::from(String::from_utf8_lossy(path).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_relative_to_the_current_directory_when_below_it_and_to_the_path_otherwise() {
        let (cwd, root) = (Path::new("/work/sub"), Path::new("/work"));
        let name = |typed: &str, file: &str| {
            let limit = Limit::new(Path::new(typed), cwd, root).expect("inside");
            limit.covers(file.as_bytes()).then(|| limit.name(&root.join(path_of(file.as_bytes())), cwd))
        };
        assert_eq!(name(".", "sub/a/b").as_deref(), Some("a/b"));
        assert_eq!(name("a", "sub/a/b").as_deref(), Some("a/b"));
        assert_eq!(name("..", "sub/a/b").as_deref(), Some("sub/a/b"));
        assert_eq!(name("../other/f", "other/f").as_deref(), Some("f"));
        assert_eq!(name("a", "sub/ab"), None);
        assert!(Limit::new(Path::new("/elsewhere/none"), cwd, root).is_none());
    }
}
