//! Where a repository keeps its things: the directory of this work tree, the one all its work trees share, its objects.
//!
//! Only files are read, and nothing that is configured is executed; whose repository it is, `ownership.rs` says.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use super::{GitError, Objects};
use crate::source::git_config::GitConfig;
use crate::source::repository::{self, read_bounded};

/// Largest config read, in bytes.
const LARGEST_CONFIG: u64 = 1 << 20;
/// Largest `.git` file, `HEAD` or `commondir`, in bytes.
const LARGEST_LINK: u64 = 64 << 10;

/// The variables by which git tells a hook which repository it runs in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Environment {
    /// `GIT_DIR`.
    pub git_dir: Option<PathBuf>,
    /// `GIT_COMMON_DIR`.
    pub common_dir: Option<PathBuf>,
    /// `GIT_WORK_TREE`.
    pub work_tree: Option<PathBuf>,
    /// `GIT_INDEX_FILE`.
    pub index_file: Option<PathBuf>,
    /// `GIT_OBJECT_DIRECTORY`: where the objects of a push that is being received lie.
    pub object_directory: Option<PathBuf>,
    /// `GIT_ALTERNATE_OBJECT_DIRECTORIES`.
    pub alternates: Vec<PathBuf>,
    /// Whether `GIT_QUARANTINE_PATH` is set: a push is being received, and no ref has been moved yet.
    pub receiving: bool,
}

impl Environment {
    /// What the variables say; `variable` looks one up. An empty one counts as none.
    #[must_use]
    pub fn read(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let path = |name| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let alternates = variable("GIT_ALTERNATE_OBJECT_DIRECTORIES").unwrap_or_default();
        Self {
            git_dir: path("GIT_DIR"),
            common_dir: path("GIT_COMMON_DIR"),
            work_tree: path("GIT_WORK_TREE"),
            index_file: path("GIT_INDEX_FILE"),
            object_directory: path("GIT_OBJECT_DIRECTORY"),
            alternates: std::env::split_paths(&alternates).filter(|path| !path.as_os_str().is_empty()).collect(),
            receiving: path("GIT_QUARANTINE_PATH").is_some(),
        }
    }

    /// What the variables of this process say.
    #[must_use]
    pub fn of_process() -> Self {
        Self::read(|name| std::env::var_os(name))
    }
}

/// Where a repository keeps its things.
#[derive(Debug, Clone)]
pub struct GitDirectory {
    /// This work tree's own state: HEAD, the index.
    pub own: PathBuf,
    /// What all work trees share: refs, objects, config.
    pub common: PathBuf,
    /// Root of the work tree; `None` for a bare repository.
    pub work_tree: Option<PathBuf>,
    /// The index.
    pub index: PathBuf,
    /// Where objects lie, alternates of the environment included.
    pub object_directories: Vec<PathBuf>,
    /// What the repository's config says.
    pub config: GitConfig,
    /// Whether `GIT_DIR` names it: whoever set that has chosen it, and git asks no more whose it is.
    pub named: bool,
}

impl GitDirectory {
    /// The repository that `from` lies in: what the variables name, else the nearest above, bare ones included.
    ///
    /// # Errors
    /// Where there is none, or it cannot be understood.
    pub fn discover(from: &Path, environment: &Environment) -> Result<Self, GitError> {
        if let Some(named) = &environment.git_dir {
            let own = from.join(named);
            if !is_git_directory(&own) && !own.join("HEAD").exists() {
                let path = named.display().to_string();
                return Err(GitError::Variable { variable: "GIT_DIR", path });
            }
            let mut found = Self::of(own, environment.common_dir.as_ref().map(|common| from.join(common)), from)?;
            found.named = true;
            let configured = found.config.work_tree.as_deref().map(|tree| found.own.join(tree));
            found.work_tree = match &environment.work_tree {
                Some(tree) => Some(from.join(tree)),
                None if configured.is_some() => configured,
                None if found.config.bare == Some(true) => None,
                // Hooks run at the root of the work tree.
                None => repository::root_of(from).map(Path::to_owned).or_else(|| Some(from.to_owned())),
            };
            found.heed(environment, from);
            return Ok(found);
        }
        for above in from.ancestors() {
            if repository::is_root(above) {
                let mut found = Self::of_work_tree(above)?;
                found.heed(environment, from);
                return Ok(found);
            }
            if is_git_directory(above) {
                let mut found = Self::of_bare(above)?;
                found.heed(environment, from);
                return Ok(found);
            }
        }
        Err(GitError::NoRepository(from.display().to_string()))
    }

    /// The repository whose work tree begins at `root`.
    ///
    /// # Errors
    /// Where it cannot be understood.
    pub fn of_work_tree(root: &Path) -> Result<Self, GitError> {
        let own = linked(root).map_err(|reason| unsupported(root, reason))?;
        let mut found = Self::of(own, None, root)?;
        found.work_tree = Some(root.to_owned());
        Ok(found)
    }

    /// The bare repository, or the `.git` directory, at `directory`.
    ///
    /// # Errors
    /// Where it cannot be understood.
    pub fn of_bare(directory: &Path) -> Result<Self, GitError> {
        if !is_git_directory(directory) {
            return Err(unsupported(directory, "it has no HEAD, refs or objects"));
        }
        Self::of(directory.to_owned(), None, directory)
    }

    /// The same, where the environment says of this repository where its objects lie: that of a hook, while a push is
    /// received, or the one that `from` lies in.
    #[must_use]
    pub fn in_hook(mut self, environment: &Environment, from: &Path) -> Self {
        let real = |path: &Path| fs::canonicalize(path).ok();
        let speaks = environment.object_directory.is_some() || !environment.alternates.is_empty();
        let meant = match &environment.git_dir {
            Some(named) => Some(from.join(named)),
            None if speaks => Self::discover(from, environment).ok().map(|found| found.own),
            None => None,
        };
        if meant.and_then(|meant| real(&meant)).is_some_and(|meant| real(&self.own) == Some(meant)) {
            self.named = environment.git_dir.is_some();
            self.heed(environment, from);
        }
        self
    }

    fn of(own: PathBuf, common: Option<PathBuf>, shown: &Path) -> Result<Self, GitError> {
        let link = || read_link(&own.join("commondir")).map(|text| own.join(text));
        let common = common.or_else(link).unwrap_or_else(|| own.clone());
        let path = common.join("config");
        let config = if path.exists() {
            let bytes = read_bounded(&path, LARGEST_CONFIG);
            let bytes = bytes.ok_or_else(|| unsupported(shown, "its config cannot be read"))?;
            GitConfig::parse(&bytes).map_err(|error| unsupported(shown, error.to_string()))?
        } else {
            GitConfig::default()
        };
        let (index, objects) = (own.join("index"), common.join("objects"));
        Ok(Self { own, common, work_tree: None, index, object_directories: vec![objects], config, named: false })
    }

    /// Takes in what the environment says of index and objects.
    fn heed(&mut self, environment: &Environment, from: &Path) {
        if let Some(index) = &environment.index_file {
            self.index = from.join(index);
        }
        if let Some(objects) = &environment.object_directory {
            self.object_directories = vec![from.join(objects)];
        }
        self.object_directories.extend(environment.alternates.iter().map(|path| from.join(path)));
    }

    /// Opens its objects.
    #[must_use]
    pub fn objects(&self) -> Objects {
        Objects::open(&self.object_directories, self.config.sha256)
    }

    /// Whether it was cloned without all of its history.
    #[must_use]
    pub fn is_shallow(&self) -> bool {
        fs::metadata(self.common.join("shallow")).is_ok_and(|meta| meta.len() > 0)
    }
}

/// Whether a directory is laid out as git lays out a repository.
#[must_use]
pub fn is_git_directory(directory: &Path) -> bool {
    directory.join("HEAD").is_file()
        && ((directory.join("objects").is_dir()
            && (directory.join("refs").is_dir() || directory.join("reftable").is_dir()))
            || directory.join("commondir").is_file())
}

/// The directory that the `.git` at `root` is or names.
fn linked(root: &Path) -> Result<PathBuf, &'static str> {
    let git = root.join(".git");
    let own = if git.is_dir() {
        git
    } else {
        let text = read_link(&git).ok_or("its `.git` file cannot be read")?;
        let target = text.strip_prefix("gitdir:").ok_or("its `.git` file does not name a directory")?;
        root.join(target.trim())
    };
    match own.join("HEAD").exists() {
        true => Ok(own),
        false if root.join(".git").is_dir() => Err("its `.git` directory has no HEAD"),
        false => Err("its `.git` file names a directory that is not there or is no repository"),
    }
}

fn read_link(path: &Path) -> Option<String> {
    let bytes = read_bounded(path, LARGEST_LINK)?;
    Some(String::from_utf8_lossy(&bytes).trim().to_owned())
}

fn unsupported(path: &Path, reason: impl Into<String>) -> GitError {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    GitError::Unsupported { path: name, reason: reason.into() }
}
