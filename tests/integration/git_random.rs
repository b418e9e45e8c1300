//! Random histories: every credential that was ever in one is found, with the first commit that git itself names.

use std::collections::BTreeMap;
use std::fs;

use keytrawl::detector::recipe;
use proptest::prelude::*;

use crate::git_history::{commit, git, occurrences, repository};
use crate::runner::Case;

/// One thing that happens to a repository.
#[derive(Debug, Clone)]
enum Event {
    /// A file gets another line, with or without a credential, at a place given in percent.
    Edit { file: u8, place: u8, secret: bool },
    /// A file goes.
    Remove { file: u8 },
    /// A file gets another name.
    Rename { file: u8 },
    /// A commit on a branch of its own is merged.
    Merge { secret: bool },
    /// A change is put aside and never taken up again.
    Stash,
    /// Objects are packed.
    Repack { all: bool },
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        6 => (0u8..4, 0u8..100, any::<bool>()).prop_map(|(file, place, secret)| Event::Edit { file, place, secret }),
        1 => (0u8..4).prop_map(|file| Event::Remove { file }),
        1 => (0u8..4).prop_map(|file| Event::Rename { file }),
        1 => any::<bool>().prop_map(|secret| Event::Merge { secret }),
        1 => Just(Event::Stash),
        1 => any::<bool>().prop_map(|all| Event::Repack { all }),
    ];
    proptest::collection::vec(event, 4..16)
}

/// A history in the making.
struct Story {
    case: Case,
    minute: u32,
    names: Vec<String>,
    secrets: Vec<String>,
    /// Those that the next commit brings.
    waiting: Vec<String>,
    /// Each with the commit that brought it.
    brought: Vec<(String, String)>,
    seed: u64,
}

impl Story {
    fn new(seed: u64) -> Self {
        let names = (0..4).map(|file| format!("dir{file}/file.txt")).collect();
        let (secrets, waiting, brought) = (Vec::new(), Vec::new(), Vec::new());
        Self { case: repository(), minute: 0, names, secrets, waiting, brought, seed }
    }

    fn secret(&mut self) -> String {
        self.seed += 1;
        let secret = recipe::expand("ghp_{alnum:30}{crc32-github}", self.seed).expect("a valid recipe");
        self.secrets.push(secret.clone());
        self.waiting.push(secret.clone());
        secret
    }

    fn commit(&mut self) {
        self.minute += 1;
        let id = commit(&self.case, self.minute, &format!("commit {}", self.minute));
        self.brought.extend(self.waiting.drain(..).map(|secret| (secret, id.clone())));
    }

    fn happen(&mut self, event: &Event) {
        match *event {
            Event::Edit { file, place, secret } => {
                let path = self.case.path("work").join(&self.names[usize::from(file)]);
                let text = fs::read_to_string(&path).unwrap_or_default();
                let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
                if lines.is_empty() {
                    lines = (0..400)
                        .map(|line| format!("line {line} of a text that is long enough to be worth a delta"))
                        .collect();
                }
                let new = if secret { format!("token = {}", self.secret()) } else { format!("edited {}", self.minute) };
                let at = lines.len() * usize::from(place) / 100;
                lines.splice(at..(at + 1).min(lines.len()), [new]);
                fs::create_dir_all(path.parent().expect("in the work tree")).expect("writable");
                fs::write(&path, lines.join("\n")).expect("writable");
                self.commit();
            }
            Event::Remove { file } => {
                let _ = fs::remove_file(self.case.path("work").join(&self.names[usize::from(file)]));
                self.commit();
            }
            Event::Rename { file } => {
                let old = self.case.path("work").join(&self.names[usize::from(file)]);
                self.names[usize::from(file)] = format!("moved/{}.txt", self.minute);
                let new = self.case.path("work").join(&self.names[usize::from(file)]);
                fs::create_dir_all(new.parent().expect("in the work tree")).expect("writable");
                let _ = fs::rename(old, new);
                self.commit();
            }
            Event::Merge { secret } => {
                let branch = format!("side{}", self.minute);
                git(&self.case, "work", &["switch", "-q", "-c", &branch]);
                let text = if secret { format!("key = {}\n", self.secret()) } else { "nothing\n".to_owned() };
                fs::write(self.case.path("work").join(format!("{branch}.env")), text).expect("writable");
                self.commit();
                git(&self.case, "work", &["switch", "-q", "main"]);
                git(&self.case, "work", &["merge", "-q", "--no-ff", "--no-commit", &branch]);
                self.commit();
            }
            Event::Stash => {
                let text = format!("password = {}\n", self.secret());
                fs::write(self.case.path("work/README.md"), text).expect("writable");
                git(&self.case, "work", &["stash", "-q"]);
                self.waiting.clear();
            }
            Event::Repack { all } => _ = git(&self.case, "work", if all { &["gc", "-q"] } else { &["repack", "-q"] }),
        }
    }

    /// For each credential, the commit that git names first for any of the blobs that hold it.
    fn first_commits(&self) -> BTreeMap<String, String> {
        let list =
            git(&self.case, "work", &["cat-file", "--batch-all-objects", "--batch-check=%(objectname) %(objecttype)"]);
        let order = git(&self.case, "work", &["log", "--all", "--reverse", "--format=%H"]);
        let mut first: BTreeMap<String, usize> = BTreeMap::new();
        for blob in list.lines().filter_map(|line| line.strip_suffix(" blob")) {
            let text = git(&self.case, "work", &["cat-file", "blob", blob]);
            let held: Vec<&String> = self.secrets.iter().filter(|secret| text.contains(secret.as_str())).collect();
            if held.is_empty() {
                continue;
            }
            let find = format!("--find-object={blob}");
            let named = git(&self.case, "work", &["log", "--all", "--reverse", "--format=%H", &find]);
            let place = named.lines().next().and_then(|id| order.lines().position(|other| other == id));
            for (secret, place) in held.into_iter().zip(std::iter::repeat(place)) {
                if let Some(place) = place {
                    let known = first.entry(secret.clone()).or_insert(place);
                    *known = place.min(*known);
                }
            }
        }
        first
            .into_iter()
            .map(|(secret, place)| (secret, order.lines().nth(place).expect("a commit").to_owned()))
            .collect()
    }
}

/// What a report shows of a credential.
fn preview(secret: &str) -> String {
    format!("ghp_…{} (40)", &secret[36..])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_credential_is_found_with_the_first_commit_that_git_names(events in events(), seed in 0u64..1 << 40) {
        let mut story = Story::new(seed);
        events.iter().for_each(|event| story.happen(event));
        let report = story.case.scan(["--history", "--no-config", "--exit-zero", "-f", "json", "."]).within("work").exits(0).json();
        let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for credential in report["credentials"].as_array().expect("credentials") {
            let places = credential["occurrences"].as_array().expect("occurrences").iter();
            let firsts = places.map(|place| place["firstCommit"].as_str().unwrap_or_default().to_owned());
            found.insert(credential["preview"].as_str().expect("a preview").to_owned(), firsts.collect());
        }
        prop_assert_eq!(found.len(), story.secrets.len());
        for (secret, first) in story.first_commits() {
            let named = &found[&preview(&secret)];
            prop_assert!(named.contains(&first), "{} is not among {:?}", first, named);
        }
        prop_assert!(occurrences(&report).len() >= story.secrets.len());
    }

    #[test]
    fn a_range_brings_what_its_commits_brought_and_nothing_else(
        events in events(),
        seed in 0u64..1 << 40,
        ends in proptest::collection::vec((0usize..100, 0usize..100), 4),
    ) {
        let mut story = Story::new(seed);
        events.iter().for_each(|event| story.happen(event));
        let commits = git(&story.case, "work", &["rev-list", "--branches"]);
        let commits: Vec<&str> = commits.lines().collect();
        for (from, to) in ends {
            let (from, to) = (commits[from % commits.len()], commits[to % commits.len()]);
            for dots in ["..", "..."] {
                let range = format!("{from}{dots}{to}");
                let listed = git(&story.case, "work", &["rev-list", to, &format!("^{from}")]);
                let mut expected: Vec<String> =
                    story.brought.iter().filter(|(_, id)| listed.contains(id.as_str())).map(|(secret, _)| preview(secret)).collect();
                expected.sort_unstable();
                let run = story.case.scan(["--range", &range, "--no-config", "--exit-zero", "-f", "json"]);
                let report = run.within("work").exits(0).json();
                let credentials = report["credentials"].as_array().expect("credentials").iter();
                let mut found: Vec<String> =
                    credentials.map(|one| one["preview"].as_str().expect("a preview").to_owned()).collect();
                found.sort_unstable();
                prop_assert_eq!(found, expected, "{}", range);
                prop_assert_eq!(report["coverage"]["commits"].as_u64(), Some(listed.lines().count() as u64));
                for place in occurrences(&report) {
                    let first = place["firstCommit"].as_str().expect("a commit");
                    prop_assert!(story.brought.iter().any(|(_, id)| id == first), "{} {}", range, first);
                }
            }
        }
    }
}
