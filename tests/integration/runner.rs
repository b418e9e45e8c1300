//! A fluent way to say what is run and what is expected.
//!
//! ```ignore
//! let case = Case::new().file(".mcp.json", r#"{"mcpServers":{"x":{"env":{"TOKEN":"ghp_{alnum:30}{crc32-github}"}}}}"#);
//! case.scan(["."]).exits(1).json();
//! ```
//!
//! Files are recipes: braces of their own are doubled by [`Case::json`] and friends where that reads better than escapes.
//! Every run gets an environment without the tester's own home, configuration, keys and git settings.

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use keytrawl::detector::recipe;
use serde_json::Value;

/// The clock of every run.
pub(crate) const NOW: &str = "2026-11-23T00:00:00Z";

/// A temporary directory with files in it.
pub(crate) struct Case {
    root: tempfile::TempDir,
    seed: u64,
}

impl Case {
    /// An empty directory.
    pub(crate) fn new() -> Self {
        let root = tempfile::Builder::new().prefix("keytrawl-case-").tempdir().expect("temporary directory");
        Self { root, seed: 7 }
    }

    /// Other credentials from the same recipes.
    pub(crate) fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Where the files are.
    pub(crate) fn path(&self, path: impl AsRef<Path>) -> PathBuf {
        self.root.path().join(path)
    }

    /// A credential as [`Case::file`] would expand the recipe.
    pub(crate) fn secret(&self, recipe: &str) -> String {
        recipe::expand(recipe, self.seed).expect("a valid recipe")
    }

    /// One of many credentials of one recipe.
    pub(crate) fn secret_of(&self, recipe: &str, number: u64) -> String {
        recipe::expand(recipe, self.seed.wrapping_mul(1_000_003) + number).expect("a valid recipe")
    }

    /// Writes a file as it stands.
    pub(crate) fn raw(self, path: &str, bytes: impl AsRef<[u8]>) -> Self {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("below the root")).expect("directory");
        fs::write(path, bytes).expect("file");
        self
    }

    /// Writes a file in which each `<<recipe>>` is replaced by the credential of that recipe: always the same for the same
    /// recipe within one case.
    pub(crate) fn file(self, path: &str, template: &str) -> Self {
        let mut text = String::new();
        let mut rest = template;
        while let Some((head, tail)) = rest.split_once("<<") {
            let (recipe, behind) = tail.split_once(">>").expect("a closed recipe");
            text.push_str(head);
            text.push_str(&self.secret(recipe));
            rest = behind;
        }
        text.push_str(rest);
        self.raw(path, text)
    }

    /// Makes a directory of the case a git repository and commits all that is in it and not ignored.
    pub(crate) fn commit(self, directory: &str) -> Self {
        let path = self.path(directory);
        fs::create_dir_all(&path).expect("directory");
        for arguments in [
            &["init", "--quiet", "--initial-branch=main", "--template="][..],
            &["add", "--all"],
            &["commit", "--quiet", "--allow-empty", "--message", "Add files"],
        ] {
            let output = self.git(&path, arguments);
            assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        }
        self
    }

    /// Runs git with nothing of the tester's own.
    pub(crate) fn git(&self, directory: &Path, arguments: &[&str]) -> std::process::Output {
        let mut command = Command::new("git");
        scrub(&mut command, self.root.path());
        command
            .args(["-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"])
            .args(arguments)
            .current_dir(directory)
            .output()
            .expect("git runs")
    }

    /// Runs a line of shell, whose `$0` is `argument`, for a git that is told the time.
    pub(crate) fn shell(&self, directory: &Path, script: &str, argument: &str) -> std::process::Output {
        let mut command = Command::new("sh");
        scrub(&mut command, self.root.path());
        for (name, value) in [("NAME", "Test"), ("EMAIL", "test@example.com")] {
            command.env(format!("GIT_AUTHOR_{name}"), value).env(format!("GIT_COMMITTER_{name}"), value);
        }
        command.args(["-c", script, argument]).current_dir(directory).output().expect("sh runs")
    }

    /// Starts a run of the binary in the case's directory.
    pub(crate) fn run<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Run<'_> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_keytrawl"));
        scrub(&mut command, self.root.path());
        command.args(arguments).current_dir(self.root.path());
        Run { case: self, command, stdin: Vec::new(), _binary: None }
    }

    /// As [`Case::run`], as a user for whom file permissions count: the superuser reads everything, so a test that runs
    /// as root (in a container) starts the binary as nobody.
    #[cfg(unix)]
    pub(crate) fn unprivileged<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Run<'_> {
        use std::os::unix::fs::PermissionsExt;
        use std::os::unix::process::CommandExt;
        let Some(nobody) = self.nobody() else { return self.run(arguments) };
        let everybody = fs::Permissions::from_mode(0o755);
        // The build directory may lie where nobody may look.
        let place =
            tempfile::Builder::new().prefix("keytrawl-bin-").tempdir_in(self.root.path().parent().expect("a parent"));
        let place = place.expect("temporary directory");
        fs::set_permissions(place.path(), everybody).expect("permissions");
        let binary = place.path().join("keytrawl");
        let built = Path::new(env!("CARGO_BIN_EXE_keytrawl"));
        fs::hard_link(built, &binary).or_else(|_| fs::copy(built, &binary).map(drop)).expect("a copy of the binary");
        let mut command = Command::new(binary);
        scrub(&mut command, self.root.path());
        command.args(arguments).current_dir(self.root.path()).uid(nobody).gid(nobody);
        Run { case: self, command, stdin: Vec::new(), _binary: Some(place) }
    }

    /// Runs git as the user that [`Case::unprivileged`] runs the binary as.
    #[cfg(unix)]
    pub(crate) fn unprivileged_git(&self, directory: &Path, arguments: &[&str]) -> std::process::Output {
        use std::os::unix::process::CommandExt;
        let mut command = Command::new("git");
        scrub(&mut command, self.root.path());
        if let Some(nobody) = self.nobody() {
            command.uid(nobody).gid(nobody);
        }
        command.args(arguments).current_dir(directory).output().expect("git runs")
    }

    /// Where the test runs as root: the number of a user who is not, and who may look at the case from now on.
    #[cfg(unix)]
    fn nobody(&self) -> Option<u32> {
        use std::os::unix::fs::{MetadataExt, PermissionsExt};
        // Whoever made the directory of the case is who runs the test.
        if fs::metadata(self.root.path()).expect("metadata").uid() != 0 {
            return None;
        }
        fs::set_permissions(self.root.path(), fs::Permissions::from_mode(0o755)).expect("permissions");
        Some(65_534)
    }

    /// `keytrawl scan` with the clock of the tests.
    pub(crate) fn scan<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Run<'_> {
        self.run(["scan", "--now", NOW]).args(arguments)
    }
}

/// Takes away what would let the tester's machine decide a test.
fn scrub(command: &mut Command, root: &Path) {
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if ["GIT_", "KEYTRAWL_", "XDG_", "CLICOLOR"].iter().any(|prefix| name.starts_with(prefix)) {
            command.env_remove(&name);
        }
    }
    command
        .env("HOME", root.join("no-home"))
        .env("USERPROFILE", root.join("no-home"))
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("NO_COLOR", "1")
        .env_remove("COLUMNS");
}

/// A run that has not happened yet.
pub(crate) struct Run<'c> {
    case: &'c Case,
    command: Command,
    stdin: Vec<u8>,
    /// Where a copy of the binary is, until it has run.
    _binary: Option<tempfile::TempDir>,
}

impl<'c> Run<'c> {
    /// More arguments.
    pub(crate) fn args<S: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = S>) -> Self {
        self.command.args(arguments);
        self
    }

    /// An environment variable.
    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Another directory of the case to run in.
    pub(crate) fn within(mut self, directory: &str) -> Self {
        self.command.current_dir(self.case.path(directory));
        self
    }

    /// What is written to standard input.
    pub(crate) fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = bytes.into();
        self
    }

    /// Runs, and expects this exit code.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Ran {
        self.ends(Some(code))
    }

    /// Runs, and expects this exit code, or any that a run may end with.
    #[track_caller]
    pub(crate) fn ends(mut self, code: Option<i32>) -> Ran {
        let mut child = self
            .command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let mut stdin = child.stdin.take().expect("piped");
        let bytes = std::mem::take(&mut self.stdin);
        // Written from a thread: a run that reads late must not block one that writes early. One that never reads is fine.
        let writer = std::thread::spawn(move || drop(stdin.write_all(&bytes)));
        let output = child.wait_with_output().expect("the binary ends");
        writer.join().expect("the writer ends");
        let ran = Ran {
            code: output.status.code(),
            stdout: output.stdout,
            stderr: String::from_utf8(output.stderr).expect("standard error is text"),
            root: self.case.root.path().display().to_string(),
        };
        assert_eq!(
            ran.code,
            code.or(ran.code.filter(|code| matches!(code, 0..=3))),
            "exit code of {:?}\n--- stdout\n{}\n--- stderr\n{}",
            self.command.get_args().collect::<Vec<_>>(),
            String::from_utf8_lossy(&ran.stdout),
            ran.stderr
        );
        ran
    }
}

/// A run that has happened.
pub(crate) struct Ran {
    code: Option<i32>,
    /// Standard output, to the byte.
    pub(crate) stdout: Vec<u8>,
    /// Standard error.
    pub(crate) stderr: String,
    root: String,
}

impl Ran {
    /// Standard output as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.stdout.clone()).expect("standard output is text")
    }

    /// Standard output as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.stdout).expect("standard output is JSON")
    }

    /// Text with what changes from machine to machine and version to version replaced.
    pub(crate) fn scrubbed(&self, text: &str) -> String {
        text.replace(&self.root, "[ROOT]").replace(env!("CARGO_PKG_VERSION"), "[VERSION]")
    }

    /// Expects that standard error says this.
    #[track_caller]
    pub(crate) fn says(self, expected: &str) -> Self {
        assert!(self.stderr.contains(expected), "standard error does not say {expected:?}:\n{}", self.stderr);
        self
    }

    /// Expects that neither stream holds this.
    #[track_caller]
    pub(crate) fn never_shows(self, secret: &str) -> Self {
        assert!(!self.stderr.contains(secret), "standard error shows a secret");
        assert!(!String::from_utf8_lossy(&self.stdout).contains(secret), "standard output shows a secret");
        self
    }

    /// The last line of standard error.
    pub(crate) fn coverage(&self) -> &str {
        self.stderr.lines().last().unwrap_or_default()
    }
}

/// Ids of the checks that fired in a JSON report, sorted, each once.
pub(crate) fn checks(report: &Value) -> Vec<String> {
    let findings = report["findings"].as_array().expect("findings");
    let ids: std::collections::BTreeSet<String> =
        findings.iter().filter_map(|finding| finding["check"].as_str().map(str::to_owned)).collect();
    ids.into_iter().collect()
}
