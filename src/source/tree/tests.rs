//! Walks over real directories and real repositories, made with `git` for each test.

use std::collections::BTreeMap;
use std::process::Command;

use super::*;
use crate::source::Options;

/// A temporary directory that serves as current directory.
struct Workspace(tempfile::TempDir);

/// What a walk found: reported path to place and asset.
struct Walked {
    files: BTreeMap<String, (Place, String)>,
    coverage: Coverage,
}

impl Workspace {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("temporary directory"))
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn write(&self, path: &str, text: &str) -> &Self {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("below the workspace")).expect("writable");
        fs::write(path, text).expect("writable");
        self
    }

    /// Runs git in a directory of the workspace, with no settings but the repository's own.
    fn git(&self, dir: &str, args: &[&str]) -> &Self {
        fs::create_dir_all(self.path(dir)).expect("writable");
        let output = Command::new("git")
            .args(["-c", "user.name=t", "-c", "user.email=t@example.test", "-c", "protocol.file.allow=always"])
            .args(args)
            .current_dir(self.path(dir))
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .env_remove("GIT_DIR")
            .output()
            .expect("git is installed");
        assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        self
    }

    fn init(&self, dir: &str) -> &Self {
        self.git(dir, &["init", "-q", "-b", "main"])
    }

    fn walk(&self, targets: &[&str]) -> Walked {
        self.walk_with(targets, |_| {})
    }

    fn walk_with(&self, targets: &[&str], set: impl Fn(&mut Options)) -> Walked {
        let mut options = Options::new(self.0.path().to_owned());
        options.threads = 4;
        set(&mut options);
        let targets: Vec<_> = targets.iter().map(PathBuf::from).collect();
        let plan = Plan::new(&targets, options).expect("a valid plan");
        let (send, receive) = crossbeam_channel::unbounded();
        let coverage = walk(&plan, &send);
        drop(send);
        let mut files = BTreeMap::new();
        for item in receive.into_iter().flatten() {
            let origin = &item.origin;
            let before = files.insert(origin.path.clone(), (origin.place, origin.asset.id.clone()));
            assert_eq!(before, None, "`{}` was found twice", origin.path);
        }
        Walked { files, coverage }
    }
}

impl Walked {
    fn paths(&self) -> Vec<&str> {
        self.files.keys().map(String::as_str).collect()
    }

    fn skipped(&self, reason: Skip) -> u64 {
        self.coverage.skipped.get(&reason).copied().unwrap_or_default()
    }

    fn notices(&self) -> Vec<(NoticeKind, &str)> {
        self.coverage.notices.iter().map(|n| (n.kind, n.path.as_deref().unwrap_or_default())).collect()
    }
}

#[test]
fn outside_a_repository_every_file_counts_and_no_ignore_file_does() {
    let space = Workspace::new();
    for path in ["a.txt", ".hidden/b", ".env", "deep/er/c", "x/y.log"] {
        space.write(path, "text");
    }
    for path in [".gitignore", ".ignore", ".rgignore"] {
        space.write(path, "*\n");
    }
    let walked = space.walk(&[]);
    assert_eq!(
        walked.paths(),
        [".env", ".gitignore", ".hidden/b", ".ignore", ".rgignore", "a.txt", "deep/er/c", "x/y.log"]
    );
    assert!(walked.files.values().all(|(place, asset)| *place == Place::HostConfig && asset == "host"));
    assert!(walked.coverage.skipped.is_empty() && walked.coverage.notices.is_empty());
}

#[test]
fn a_tracked_file_is_scanned_whatever_gitignore_says_and_ignored_junk_is_counted() {
    let space = Workspace::new();
    space.init(".").write(".gitignore", "*.log\nbuild/\nforced/\n").write("kept.log", "").write("forced/in.txt", "");
    space.git(".", &["add", "-f", ".gitignore", "kept.log", "forced/in.txt"]);
    space
        .write("junk.log", "")
        .write("build/a", "")
        .write("build/deep/b", "")
        .write("forced/loose", "")
        .write("new", "");
    let walked = space.walk(&["."]);
    assert_eq!(walked.paths(), [".gitignore", "forced/in.txt", "kept.log", "new"]);
    // `junk.log`, the directory `build` as one, and what is not tracked in `forced`.
    assert_eq!(walked.skipped(Skip::Ignored), 3);
    let place = |path: &str| walked.files[path].0;
    assert_eq!(
        (place("kept.log"), place("forced/in.txt"), place("new")),
        (Place::Repo, Place::Repo, Place::HostConfig)
    );
    assert_eq!(walked.files["new"].1, "repo:.");
}

#[test]
fn an_ignored_file_at_a_known_place_is_scanned_even_within_an_ignored_directory() {
    let space = Workspace::new();
    space.init(".").write(".gitignore", ".env*\nsecrets/\n.mcp.json\nnode_modules/\nvenv/\n");
    space.write(".env", "").write(".env.local", "").write(".mcp.json", "").write("secrets/app/.env", "");
    space.write("secrets/app/notes", "").write("secrets/.claude/.credentials.json", "");
    space.write("node_modules/pkg/.env", "").write("venv/pyvenv.cfg", "").write("venv/lib/.env", "");
    let walked = space.walk(&["."]);
    assert_eq!(
        walked.paths(),
        [".env", ".env.local", ".gitignore", ".mcp.json", "secrets/.claude/.credentials.json", "secrets/app/.env"]
    );
    assert_eq!(walked.skipped(Skip::Ignored), 3, "each ignored directory counts once");
}

#[test]
fn no_ignore_scans_everything_but_dot_git() {
    let space = Workspace::new();
    space.init(".").write(".gitignore", "build/\n*.log\n").write("build/a", "").write("b.log", "");
    let walked = space.walk_with(&["."], |options| options.no_ignore = true);
    assert_eq!(walked.paths(), [".gitignore", "b.log", "build/a"]);
    assert_eq!(walked.skipped(Skip::Ignored), 0);
}

#[test]
fn only_gitignore_files_exclude_and_nested_ones_may_take_back() {
    let space = Workspace::new();
    space.init(".").write(".git/info/exclude", "private\n").write("private", "").write(".gitignore", "*.tmp\n");
    space.write("sub/.gitignore", "!keep.tmp\n/here\n").write("sub/keep.tmp", "").write("sub/other.tmp", "");
    space.write("sub/here", "").write("sub/deep/here", "");
    let walked = space.walk(&["sub", "private"]);
    assert_eq!(walked.paths(), ["private", "sub/.gitignore", "sub/deep/here", "sub/keep.tmp"]);
    assert_eq!(walked.skipped(Skip::Ignored), 2);
}

#[test]
fn a_named_file_is_scanned_even_if_excluded_or_ignored_unless_excludes_are_forced() {
    let space = Workspace::new();
    space.init(".").write(".gitignore", "out/\n").write("out/a.txt", "").write("docs/b.md", "");
    space.write("out/kept", "").git(".", &["add", "-f", "out/kept"]);
    let targets = ["out/a.txt", "docs/b.md", "out/kept"];
    let exclude = |options: &mut Options| options.exclude = vec!["docs".to_owned()];
    let walked = space.walk_with(&targets, exclude);
    assert_eq!(walked.paths(), ["docs/b.md", "out/a.txt", "out/kept"]);
    let forced = space.walk_with(&targets, |options| {
        exclude(options);
        options.force_exclude = true;
    });
    assert_eq!(forced.paths(), ["out/kept"]);
    assert_eq!((forced.skipped(Skip::Ignored), forced.skipped(Skip::Excluded)), (1, 1));
}

#[test]
fn excluded_directories_are_left_out_whole_and_counted_once() {
    let space = Workspace::new();
    space.write("vendor/a", "").write("vendor/b/c", "").write("src/x.lock", "").write("src/y", "");
    let walked = space.walk_with(&["."], |options| options.exclude = vec!["vendor/".to_owned(), "*.lock".to_owned()]);
    assert_eq!(walked.paths(), ["src/y"]);
    assert_eq!(walked.skipped(Skip::Excluded), 2);
}

#[test]
fn overlapping_targets_find_each_file_once() {
    let space = Workspace::new();
    space.write("a/b/c", "").write("a/d", "");
    let walked = space.walk(&["a", ".", "a/b", "a/d", "a/b/c"]);
    assert_eq!(walked.paths(), ["a/b/c", "a/d"]);
}

#[cfg(unix)]
#[test]
fn links_are_counted_and_not_followed_and_special_files_are_refused() {
    let space = Workspace::new();
    space.write("real/a", "");
    std::os::unix::fs::symlink("..", space.path("real/loop")).expect("link");
    std::os::unix::fs::symlink("/etc/passwd", space.path("out")).expect("link");
    std::os::unix::fs::symlink("nowhere", space.path("dangling")).expect("link");
    let _socket = std::os::unix::net::UnixListener::bind(space.path("socket")).expect("socket");
    assert!(Command::new("mkfifo").arg(space.path("fifo")).status().expect("mkfifo").success());
    let walked = space.walk(&["."]);
    assert_eq!(walked.paths(), ["real/a"]);
    assert_eq!((walked.skipped(Skip::Symlink), walked.skipped(Skip::Special)), (3, 2));
    assert!(walked.coverage.notices.is_empty());
    let named = space.walk(&["fifo", "real"]);
    assert_eq!(named.notices(), [(NoticeKind::Unreadable, "fifo")], "a named one was asked for, so it is a gap");
    std::os::unix::fs::symlink("real", space.path("alias")).expect("link");
    assert_eq!(space.walk(&["alias"]).paths(), ["alias/a"], "a link named by the user is followed");
}

#[cfg(unix)]
#[test]
fn an_unreadable_directory_is_a_notice_with_a_hint() {
    use std::os::unix::fs::PermissionsExt;
    let space = Workspace::new();
    space.write("shut/a", "").write("open", "");
    fs::set_permissions(space.path("shut"), fs::Permissions::from_mode(0o000)).expect("own directory");
    let walked = space.walk(&["."]);
    let rootly = fs::read_dir(space.path("shut")).is_ok();
    fs::set_permissions(space.path("shut"), fs::Permissions::from_mode(0o755)).expect("own directory");
    if rootly {
        // Root may read everything.
        assert_eq!(walked.paths(), ["open", "shut/a"]);
        return;
    }
    assert_eq!((walked.paths(), walked.notices()), (vec!["open"], vec![(NoticeKind::Unreadable, "shut")]));
    assert_eq!(walked.skipped(Skip::Unreadable), 1);
    assert!(walked.coverage.notices.iter().all(|notice| notice.hint.is_some()));
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_are_not_utf_8_are_walked_and_shown_lossily() {
    use std::os::unix::ffi::OsStrExt;
    let space = Workspace::new();
    space.init(".");
    fs::write(space.0.path().join(OsStr::from_bytes(b"caf\xe9.json")), "").expect("writable");
    space.git(".", &["add", "-A"]);
    let walked = space.walk(&["."]);
    assert_eq!(walked.paths(), ["caf\u{fffd}.json"]);
    assert_eq!(walked.files["caf\u{fffd}.json"].0, Place::Repo);
}

#[test]
fn nested_repositories_have_rules_and_names_of_their_own() {
    let space = Workspace::new();
    space.init(".").write(".gitignore", "*.txt\nvendor/\n");
    space.init("inner").git("inner", &["remote", "add", "up", "git@GitHub.com:acme/agents.git"]);
    space.write("inner/a.txt", "").write("outer.txt", "");
    space.init("vendor/lib").write("vendor/lib/kept", "").git("vendor/lib", &["add", "kept"]);
    let walked = space.walk(&["."]);
    assert_eq!(walked.paths(), [".gitignore", "inner/a.txt", "vendor/lib/kept"]);
    assert_eq!(walked.files["inner/a.txt"].1, "github.com/acme/agents");
    assert_eq!(walked.files["vendor/lib/kept"], (Place::Repo, "repo:vendor/lib".to_owned()));
}

#[test]
fn linked_worktrees_and_submodules_are_repositories() {
    let space = Workspace::new();
    space.init("lib").write("lib/f", "").git("lib", &["add", "f"]).git("lib", &["commit", "-qm", "f"]);
    space.init("main").write("main/a", "").git("main", &["add", "a"]);
    let url = space.path("lib").display().to_string();
    space.git("main", &["submodule", "--quiet", "add", &url, "dep"]).git("main", &["commit", "-qm", "a"]);
    space.git("main", &["worktree", "add", "-q", "../tree"]);
    let walked = space.walk(&["main", "tree"]);
    assert_eq!(walked.paths(), ["main/.gitmodules", "main/a", "main/dep/f", "tree/.gitmodules", "tree/a"]);
    assert!(walked.files.values().all(|(place, _)| *place == Place::Repo));
    assert_eq!(walked.files["tree/a"].1, "repo:tree");
    assert_eq!(walked.notices(), [(NoticeKind::SubmoduleMissing, "tree/dep")]);
}

#[test]
fn what_head_names_goes_with_the_asset() {
    let space = Workspace::new();
    space.init(".").write("a", "").git(".", &["add", "a"]).git(".", &["commit", "-qm", "a"]);
    space.git(".", &["remote", "add", "origin", &format!("https://user:{}@example.test/o/r.git", "word")]);
    let check = |revision_known: bool| {
        let repository = Repository::open(space.0.path(), "here");
        assert_eq!(repository.asset.id, "example.test/o/r");
        assert_eq!(repository.asset.remote.as_deref(), Some("https://example.test/o/r.git"));
        assert_eq!(repository.asset.branch.as_deref(), Some("main"));
        assert_eq!(repository.asset.revision.as_ref().map(String::len), revision_known.then_some(40));
    };
    check(true);
    space.git(".", &["pack-refs", "--all"]);
    check(true);
}

#[test]
fn indexes_of_every_version_and_of_sha_256_and_reftable_repositories_are_read() {
    let variants: [&[&str]; 6] = [
        &["-c", "index.version=2", "add", "-A"],
        &["-c", "index.version=3", "add", "-A"],
        &["-c", "index.version=4", "add", "-A"],
        &["-c", "index.skipHash=true", "add", "-A"],
        &["add", "--intent-to-add", "."],
        &["-c", "core.untrackedCache=true", "add", "-A"],
    ];
    for format in ["--object-format=sha1", "--object-format=sha256", "--ref-format=reftable"] {
        for add in variants {
            let space = Workspace::new();
            space.git(".", &["init", "-q", format]);
            for path in ["a", "a.b/c", "dir/long/path/to/a/file", "dir/long/path/to/b", "z"] {
                space.write(path, "x");
            }
            let walked = space.git(".", add).walk(&["."]);
            assert_eq!(walked.files.len(), 5);
            assert!(walked.files.values().all(|(place, _)| *place == Place::Repo), "{format} {add:?}");
            assert!(walked.coverage.notices.is_empty(), "{:?}", walked.coverage.notices);
        }
    }
}

#[test]
fn a_repository_that_cannot_be_read_is_named_and_nothing_in_it_is_ignored() {
    let breaks: [fn(&Workspace); 4] = [
        |space| fs::remove_file(space.path("r/.git/HEAD")).expect("there"),
        |space| fs::write(space.path("r/.git/index"), "garbage").expect("writable"),
        |space| {
            space.git("r", &["update-index", "--split-index"]);
            let files = fs::read_dir(space.path("r/.git")).expect("a repository").flatten().map(|entry| entry.path());
            let shared = files.filter(|path| path.to_string_lossy().contains("sharedindex."));
            shared.for_each(|path| fs::remove_file(path).expect("there"));
        },
        |space| {
            fs::remove_dir_all(space.path("r/.git")).expect("there");
            fs::write(space.path("r/.git"), "gitdir: /nowhere/to/be/found\n").expect("writable");
        },
    ];
    for damage in breaks {
        let space = Workspace::new();
        space.init("r").write("r/.gitignore", "*.log\n").write("r/a.log", "").git("r", &["add", "-f", "."]);
        damage(&space);
        let walked = space.walk(&["."]);
        assert_eq!(walked.paths(), ["r/.gitignore", "r/a.log"]);
        assert_eq!(walked.notices(), [(NoticeKind::RepositoryUnsupported, "r")]);
        assert!(walked.coverage.notices.iter().all(|notice| notice.kind.is_gap() && notice.hint.is_some()));
    }
}

#[test]
fn an_empty_dot_git_makes_no_repository() {
    let space = Workspace::new();
    fs::create_dir_all(space.path("a/.git")).expect("writable");
    space.write("a/.gitignore", "b\n").write("a/b", "");
    let walked = space.walk(&["."]);
    assert_eq!(walked.paths(), ["a/.gitignore", "a/b"]);
    assert!(walked.coverage.notices.is_empty());
}

#[test]
fn a_bare_repository_is_never_silently_clean() {
    let space = Workspace::new();
    space.git("bare.git", &["init", "-q", "--bare"]).write("a", "");
    let walked = space.walk(&["."]);
    assert_eq!((walked.paths(), walked.notices()), (vec!["a"], vec![(NoticeKind::BareRepository, "bare.git")]));
    assert_eq!(space.walk(&["bare.git"]).notices(), [(NoticeKind::BareRepository, "bare.git")]);
}

#[test]
fn env_dumps_keep_the_users_word_on_what_they_are() {
    let space = Workspace::new();
    space.write("dump", "A=b");
    let walked = space.walk_with(&["dump", "-"], |options| options.env_dump = true);
    assert_eq!(walked.paths(), ["<stdin>", "dump"]);
    assert!(walked.files.values().all(|(place, _)| *place == Place::Env));
}

#[test]
fn what_counts_as_ignored_is_what_git_says() {
    let space = Workspace::new();
    space.init(".").write(
        ".gitignore",
        "# comment\n*.o\n!keep.o\n/top\nlogs/**/x\n\\#hash\na/*/c\ndir-only/\ntrail \nfoo[0-9]\n**/deep\n",
    );
    space.write("src/.gitignore", "/local\n!*.o\nbuild\n").write("src/build/.gitignore", "!*\n");
    for path in [
        "a.o",
        "keep.o",
        "src/b.o",
        "top",
        "src/top",
        "logs/x",
        "logs/p/q/x",
        "logs/p/q/y",
        "#hash",
        "a/b/c",
        "a/b/d",
        "a/b/e/c",
        "dir-only/f",
        "src/dir-only",
        "trail",
        "foo1",
        "foox",
        "m/deep/n",
        "deep",
        "src/local",
        "src/in/local",
        "src/build/out",
        "UPPER.O",
    ] {
        space.write(path, "");
    }
    let listed = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-per-directory=.gitignore"])
        .current_dir(space.0.path())
        .output()
        .expect("git is installed");
    let listed = String::from_utf8(listed.stdout).expect("ASCII names");
    let mut listed: Vec<_> = listed.split_terminator('\0').collect();
    listed.sort_unstable();
    assert!(listed.len() > 10);
    assert_eq!(space.walk(&["."]).paths(), listed);
}
