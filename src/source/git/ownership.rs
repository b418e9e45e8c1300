//! Whose repository it is: what git's `safe.directory` would say of it, as a notice.
//!
//! Git refuses the repository of another user, as working in it could run what that user configured. Nothing that a
//! repository configures is run here, so it is scanned all the same; who runs the scan is told so, unless `safe.directory`
//! says that the repository is trusted.

use std::path::{Path, PathBuf};

use gix_config::file::{Metadata, includes, init};
use gix_config::{File, Source};

use super::GitDirectory;
use crate::coverage::{Notice, NoticeKind};

/// What there is to say of whose repository it is, where it is reported as `path`: nothing, unless git would refuse it.
#[must_use]
pub fn notice(directory: &GitDirectory, path: String) -> Option<Notice> {
    is_refused(directory).then(|| Notice {
        kind: NoticeKind::OtherOwner,
        path: Some(path),
        line: None,
        message: "the repository belongs to another user: git would refuse it (`safe.directory`), keytrawl scanned it, as it \
                  runs nothing that a repository configures"
            .to_owned(),
        hint: Some(
            "nothing needs to be done; `git config --global --add safe.directory PATH` says that you trust it, and git and \
             keytrawl say no more of it"
                .to_owned(),
        ),
    })
}

/// Whether git would refuse it for its owner. Git itself does not ask where `GIT_DIR` names the repository.
fn is_refused(directory: &GitDirectory) -> bool {
    let others = |path: &Path| gix_sec::identity::is_path_owned_by_current_user(path).is_ok_and(|own| !own);
    let link = directory.work_tree.as_ref().map(|tree| tree.join(".git"));
    let places = [Some(&directory.own), directory.work_tree.as_ref(), link.as_ref()];
    if directory.named || !places.into_iter().flatten().any(|path| others(path)) {
        return false;
    }
    let root = directory.work_tree.as_ref().unwrap_or(&directory.own);
    let root = root.canonicalize().unwrap_or_else(|_| root.clone());
    let home = std::env::home_dir();
    !is_trusted(&root, &values(home.as_deref()), home.as_deref())
}

/// Whether one of the values of `safe.directory`, in the order they are read, names a directory; an empty one takes back
/// those before it.
fn is_trusted(root: &Path, values: &[String], home: Option<&Path>) -> bool {
    let mut trusted = false;
    for value in values {
        let (named, below) = match value.strip_suffix("/*") {
            Some(above) => (above, true),
            None => (value.as_str(), false),
        };
        let named = match named.strip_prefix("~/") {
            Some(rest) => home.unwrap_or(Path::new("~")).join(rest),
            None => PathBuf::from(named),
        };
        let named = named.canonicalize().unwrap_or(named);
        trusted = match value.as_str() {
            "" => false,
            "*" => true,
            _ => trusted || root == named || (below && root.starts_with(&named)),
        };
    }
    trusted
}

/// The values of `safe.directory` where git takes them from: the system's config, the user's, the environment; never the
/// repository's own.
fn values(home: Option<&Path>) -> Vec<String> {
    let includes = includes::Options::follow_without_conditional(home);
    let options = init::Options { includes, lossy: true, ignore_io_errors: true };
    // On Windows, where the system's config lies is only told by running git.
    let sources = [Source::System, Source::Git, Source::User].into_iter().skip(usize::from(cfg!(windows)));
    let files = sources.filter_map(|source| {
        let path = source.storage_location(&mut |name| std::env::var_os(name))?;
        path.is_file().then(|| Metadata::from(source).at(path))
    });
    let files = files.filter_map(|file| File::from_paths_metadata([file], options).ok().flatten());
    let environment = File::from_env(options).ok().flatten();
    let values = files.chain(environment).filter_map(|file| file.strings("safe.directory"));
    values.flatten().map(|value| value.to_string()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trusts(values: &[&str], root: &str) -> bool {
        let values: Vec<String> = values.iter().map(|&value| value.to_owned()).collect();
        is_trusted(Path::new(root), &values, Some(Path::new("/nowhere/home")))
    }

    #[test]
    fn a_directory_is_trusted_where_a_value_names_it_or_all() {
        assert!(trusts(&["/nowhere/other", "/nowhere/repo"], "/nowhere/repo"));
        assert!(trusts(&["*"], "/nowhere/repo"));
        assert!(trusts(&["~/repo"], "/nowhere/home/repo"));
        assert!(!trusts(&[], "/nowhere/repo"));
        assert!(!trusts(&["/nowhere"], "/nowhere/repo"));
    }

    #[test]
    fn a_star_at_the_end_trusts_what_lies_below() {
        assert!(trusts(&["/nowhere/*"], "/nowhere/deep/repo"));
        assert!(!trusts(&["/nowhere/*"], "/nowhere-else/repo"));
    }

    #[test]
    fn an_empty_value_takes_back_what_stands_before_it() {
        assert!(!trusts(&["*", ""], "/nowhere/repo"));
        assert!(trusts(&["*", "", "/nowhere/repo"], "/nowhere/repo"));
    }
}
