//! `keytrawl scan --history` beside `git cat-file`, in turn and on the same repository: the ratio of their times is what counts.
//!
//! `cargo bench --bench history -- REPOSITORY...`, or with paths in `KEYTRAWL_BENCH_REPOSITORIES`; without any, a repository is made.
//! What it gave stands in `docs/performance.md`.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

/// How often each is run; medians are shown.
const PAIRS: usize = 5;
/// Commits, files and lines of a file of the repository that is made.
const COMMITS: usize = 600;
const FILES: usize = 60;
const LINES: usize = 600;

/// What one run took.
#[derive(Debug, Clone, Copy)]
struct Took {
    seconds: f64,
    /// KiB at the highest; 0 where GNU time is not there to say.
    memory: u64,
}

/// Runs a command and throws away what it writes.
fn run(program: &str, arguments: &[&str]) -> std::io::Result<Took> {
    const TIME: &str = "/usr/bin/time";
    let mut command = if Path::new(TIME).exists() {
        let mut command = Command::new(TIME);
        command.args(["-f", "%M", program]);
        command
    } else {
        Command::new(program)
    };
    let start = Instant::now();
    let output = command.args(arguments).stdout(Stdio::null()).stderr(Stdio::piped()).output()?;
    let seconds = start.elapsed().as_secs_f64();
    let said = String::from_utf8_lossy(&output.stderr);
    // A clone that lacks objects is incomplete (3), and one with findings is not clean (1): both are whole runs.
    if !matches!(output.status.code(), Some(0 | 1 | 3)) {
        return Err(std::io::Error::other(format!("{program} ended with {}: {said}", output.status)));
    }
    Ok(Took { seconds, memory: said.lines().last().and_then(|line| line.trim().parse().ok()).unwrap_or(0) })
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Times both on one repository.
fn compare(repository: &str) -> std::io::Result<String> {
    let keytrawl = env!("CARGO_BIN_EXE_keytrawl");
    let scan = ["scan", "--history", "--no-config", "--exit-zero", "--threads", "2", "-f", "json", repository];
    let decode = ["-C", repository, "cat-file", "--batch-all-objects", "--buffer", "--unordered", "--batch"];
    let (mut ours, mut gits) = (Vec::new(), Vec::new());
    for _ in 0..PAIRS {
        ours.push(run(keytrawl, &scan)?);
        gits.push(run("git", &decode)?);
    }
    let ratios = ours.iter().zip(&gits).map(|(our, git)| our.seconds / git.seconds);
    let seconds = |all: &[Took]| median(all.iter().map(|took| took.seconds).collect());
    let memory = |all: &[Took]| all.iter().map(|took| took.memory).max().unwrap_or(0) / 1024;
    Ok(format!(
        "{repository}: keytrawl {:.2} s, {} MiB; git cat-file {:.2} s, {} MiB; ratio {:.2} (medians of {PAIRS} pairs)",
        seconds(&ours),
        memory(&ours),
        seconds(&gits),
        memory(&gits),
        median(ratios.collect()),
    ))
}

/// Makes a repository of which most is copied from one version to the next, as in any.
fn made(at: &Path) -> std::io::Result<()> {
    let git = |arguments: &[&str]| Command::new("git").current_dir(at).args(arguments).stdout(Stdio::null()).status();
    git(&["init", "--quiet", "--bare", "--template=", "."])?;
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below.max(1) as u64) as usize
    };
    let mut line = |salt: usize| {
        let words =
            ["let", "token", "value", "request", "config", "return", "self", "client", "key", "the", "fn", "https://"];
        let words: Vec<&str> = (0..8).map(|_| words[random(words.len())]).collect();
        format!("{} = {salt}; // {}", words[..3].join("_"), words[3..].join(" "))
    };
    let mut files: Vec<Vec<String>> =
        (0..FILES).map(|file| (0..LINES).map(|at| line(file * LINES + at)).collect()).collect();
    let mut import =
        Command::new("git").current_dir(at).args(["fast-import", "--quiet"]).stdin(Stdio::piped()).spawn()?;
    let mut stream = String::new();
    for commit in 0..COMMITS {
        let who = format!("A <a@example.com> {} +0000", 1_767_225_600 + commit * 60);
        let _ = writeln!(stream, "commit refs/heads/main\ncommitter {who}\ndata 6\nchange");
        for (at, file) in files.iter_mut().enumerate() {
            if commit > 0 && (at + commit) % 7 != 0 {
                continue;
            }
            let place = (commit * 31 + at * 17) % file.len();
            file[place] = line(commit);
            let text = file.join("\n");
            let _ = writeln!(stream, "M 100644 inline src/dir{}/file{at}.py\ndata {}\n{text}", at % 9, text.len());
        }
    }
    if let Some(mut input) = import.stdin.take() {
        input.write_all(stream.as_bytes())?;
    }
    import.wait()?;
    git(&["repack", "-q", "-a", "-d", "-f"])?;
    Ok(())
}

fn main() -> std::io::Result<()> {
    // `cargo bench` adds an argument of its own.
    let typed = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).map(PathBuf::from);
    let named = std::env::var_os("KEYTRAWL_BENCH_REPOSITORIES").unwrap_or_default();
    let named: Vec<PathBuf> = std::env::split_paths(&named).filter(|path| !path.as_os_str().is_empty()).collect();
    let mut repositories: Vec<PathBuf> = typed.chain(named).collect();
    let directory = tempfile::tempdir()?;
    if repositories.is_empty() {
        made(directory.path())?;
        repositories.push(directory.path().to_owned());
    }
    for repository in repositories {
        writeln!(std::io::stdout(), "{}", compare(&repository.to_string_lossy())?)?;
    }
    Ok(())
}
