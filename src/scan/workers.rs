//! The threads of a scan: one walk, a bounded channel, workers that open and scan, and one collector.
//!
//! Nothing is lost on the way: what a worker could not read is a notice, what went wrong inside it is an error, and the
//! counts of all threads are added up exactly. In which order results arrive is not defined; a collector that needs an
//! order sorts.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, Ordering};

use crossbeam_channel::{Receiver, Sender, TryRecvError, bounded};

use crate::coverage::{Coverage, Notice, NoticeKind, Skip};
use crate::source::read::{Buffer, read};
use crate::source::{Artifact, Bytes, Item, Plan, tree};

/// Batches of items, and of results, that may wait between threads: what bounds the memory of a tree of any size.
const WAITING: usize = 32;
/// Most results in a batch.
const MOST_RESULTS: usize = 1024;

/// Why a scan came to no end.
#[derive(Debug, thiserror::Error)]
pub enum WorkersError {
    /// A defect of keytrawl, met at this file (exit code 70).
    #[error(
        "internal error while scanning `{path}`\nhint: this is a bug in keytrawl; please report it with the file, if you may share it"
    )]
    Panic {
        /// Reported path of the file, or what was being done.
        path: String,
    },
    /// The system gave no thread.
    #[error("could not start {threads} scanning threads: {reason}\nhint: lower `--threads`")]
    Threads {
        /// How many were asked for.
        threads: usize,
        /// What the system said.
        reason: String,
    },
}

/// How far a scan has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Files scanned.
    pub files: u64,
    /// Bytes scanned.
    pub bytes: u64,
}

/// What the threads share.
struct Shared {
    files: AtomicU64,
    bytes: AtomicU64,
    coverage: Mutex<Coverage>,
    /// Where the first defect was met.
    defect: Mutex<Option<String>>,
}

impl Shared {
    fn fail(&self, path: &str) {
        self.defect.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(|| path.to_owned());
    }

    fn has_failed(&self) -> bool {
        self.defect.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    fn add(&self, coverage: Coverage) {
        self.coverage.lock().unwrap_or_else(PoisonError::into_inner).absorb(coverage);
    }
}

/// Does `work` on every item that `feed` gives, on all cores, and hands the results to `collect` in the order of the items,
/// both while more is fed. Items that wait are few, so that memory is bounded. A single item is done at once: starting
/// threads would cost more.
pub fn in_order<I: Send, O: Send>(
    work: impl Fn(I) -> O + Sync,
    mut collect: impl FnMut(O),
    feed: impl FnOnce(&mut dyn FnMut(I)),
) {
    let most = rayon::current_num_threads() * 3;
    let mut first = None;
    rayon::in_place_scope(|scope| {
        let mut waiting: VecDeque<Receiver<O>> = VecDeque::new();
        let start = |item: I| {
            let (done, result) = bounded(1);
            let work = &work;
            // Nobody waits for the result only where the scope ends because of a defect.
            scope.spawn(move |_| drop(done.send(work(item))));
            result
        };
        // A result that never comes is that of a worker that panicked, which the end of the scope passes on.
        let mut take = |result: Receiver<O>| awaited(&result).into_iter().for_each(&mut collect);
        let mut is_first = true;
        feed(&mut |item| {
            if std::mem::take(&mut is_first) {
                first = Some(item);
                return;
            }
            waiting.extend(first.take().map(&start));
            waiting.push_back(start(item));
            while waiting.len() > most {
                waiting.pop_front().into_iter().for_each(&mut take);
            }
        });
        waiting.into_iter().for_each(&mut take);
    });
    first.into_iter().map(work).for_each(collect);
}

/// What a worker has sent. One of the workers' own threads must not wait for itself: it works while it waits.
fn awaited<O>(result: &Receiver<O>) -> Option<O> {
    loop {
        match result.try_recv() {
            Ok(done) => return Some(done),
            Err(TryRecvError::Disconnected) => return None,
            Err(TryRecvError::Empty) if rayon::yield_now() == Some(rayon::Yield::Executed) => {}
            Err(TryRecvError::Empty) => return result.recv().ok(),
        }
    }
}

/// Scans all that a plan names.
///
/// `work` sees each artifact, with a scratch of its own thread made by `scratch`; what it returns comes to `collect`, one
/// after another on the calling thread. `progress` is called there too, now and then.
///
/// # Errors
/// Where a worker panicked or no thread could be had. Whatever could not be read is no error but a notice.
pub fn run<S, O: Send>(
    plan: &Plan,
    scratch: impl Fn() -> S + Sync,
    work: impl Fn(&Artifact<'_>, &mut S) -> O + Sync,
    mut collect: impl FnMut(O),
    mut progress: impl FnMut(Progress),
) -> Result<Coverage, WorkersError> {
    let threads = plan.threads();
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|at| format!("scan-{at}"))
        .build()
        .map_err(|error| WorkersError::Threads { threads, reason: error.to_string() })?;
    let shared = Shared {
        files: AtomicU64::new(0),
        bytes: AtomicU64::new(0),
        coverage: Mutex::default(),
        defect: Mutex::default(),
    };
    let (send_items, items) = bounded::<Vec<Item>>(WAITING);
    let (send_results, results) = bounded::<Vec<O>>(WAITING);
    std::thread::scope(|scope| {
        let shared = &shared;
        scope.spawn(move || match catch_unwind(AssertUnwindSafe(|| tree::walk(plan, &send_items))) {
            Ok(coverage) => shared.add(coverage),
            Err(_) => shared.fail("the walk"),
        });
        pool.in_place_scope(|pool| {
            for _ in 0..threads {
                let (items, send) = (items.clone(), send_results.clone());
                let (scratch, work) = (&scratch, &work);
                pool.spawn(move |_| worker(plan, shared, &items, &send, scratch, work));
            }
            // What is left are the workers' own ends: when they are gone, so is the channel.
            drop((items, send_results));
            for batch in results {
                batch.into_iter().for_each(&mut collect);
                progress(Progress {
                    files: shared.files.load(Ordering::Relaxed),
                    bytes: shared.bytes.load(Ordering::Relaxed),
                });
            }
        });
    });
    if let Some(path) = shared.defect.into_inner().unwrap_or_else(PoisonError::into_inner) {
        return Err(WorkersError::Panic { path });
    }
    let mut coverage = shared.coverage.into_inner().unwrap_or_else(PoisonError::into_inner);
    coverage.files += shared.files.into_inner();
    coverage.bytes += shared.bytes.into_inner();
    if coverage.files + coverage.blobs == 0 {
        coverage.notices.insert(nothing_scanned(&coverage));
    }
    Ok(coverage)
}

/// Does `work` for each number below `count`, in that order but on several threads. Each thread has a state of its own, and
/// the states are what comes back. `at` names what a number stands for, should a defect be met there.
///
/// # Errors
/// Where `work` panicked or no thread could be had.
pub fn share<S: Send>(
    threads: usize,
    count: usize,
    state: impl Fn() -> S + Sync,
    work: impl Fn(usize, &mut S) + Sync,
    at: &str,
) -> Result<Vec<S>, WorkersError> {
    let threads = threads.clamp(1, count.max(1));
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|at| format!("scan-{at}"))
        .build()
        .map_err(|error| WorkersError::Threads { threads, reason: error.to_string() })?;
    let next = AtomicU64::new(0);
    let done: Mutex<Vec<S>> = Mutex::default();
    let failed = AtomicU64::new(0);
    pool.scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|_| {
                let run = catch_unwind(AssertUnwindSafe(|| {
                    let mut state = state();
                    while failed.load(Ordering::Relaxed) == 0 {
                        let number = next.fetch_add(1, Ordering::Relaxed) as usize;
                        if number >= count {
                            break;
                        }
                        work(number, &mut state);
                    }
                    state
                }));
                match run {
                    Ok(state) => done.lock().unwrap_or_else(PoisonError::into_inner).push(state),
                    Err(_) => _ = failed.fetch_add(1, Ordering::Relaxed),
                }
            });
        }
    });
    match failed.into_inner() {
        0 => Ok(done.into_inner().unwrap_or_else(PoisonError::into_inner)),
        _ => Err(WorkersError::Panic { path: at.to_owned() }),
    }
}

/// Scans batches until there are none left, or until a defect ends this worker or another: then its end of the channel
/// closes, and when the last worker's has, the walk stops too.
fn worker<S, O>(
    plan: &Plan,
    shared: &Shared,
    items: &Receiver<Vec<Item>>,
    send: &Sender<Vec<O>>,
    scratch: &(impl Fn() -> S + Sync),
    work: &(impl Fn(&Artifact<'_>, &mut S) -> O + Sync),
) {
    let mut buffer = Buffer::default();
    let mut coverage = Coverage::default();
    let limits = plan.limits();
    let mut at = "the start of a worker".to_owned();
    let run = catch_unwind(AssertUnwindSafe(|| {
        let mut scratch = scratch();
        for batch in items {
            let mut results = Vec::with_capacity(batch.len());
            for item in &batch {
                at.clone_from(&item.origin.path);
                let outcome = read(item, &limits, &mut buffer, &mut coverage, &mut |artifact| {
                    results.push(work(artifact, &mut scratch));
                    // An archive has members without number; that nobody listens any more is seen below.
                    if results.len() >= MOST_RESULTS {
                        let _ = send.send(std::mem::take(&mut results));
                    }
                });
                count(shared, &mut coverage, item, outcome);
            }
            if send.send(results).is_err() || shared.has_failed() {
                return;
            }
        }
    }));
    if run.is_err() {
        shared.fail(&at);
    }
    shared.add(coverage);
}

/// Does each job once, on several threads, and hands what comes of it to `collect` in the order of the jobs.
///
/// `state` makes what each thread keeps from job to job. For jobs that are known and counted; a walk goes to [`run`].
///
/// # Errors
/// Where a job panicked or no thread could be had.
pub fn each<J: Sync, S, O: Send>(
    jobs: &[J],
    threads: usize,
    name: impl Fn(&J) -> &str + Sync,
    state: impl Fn() -> S + Sync,
    work: impl Fn(&J, &mut S) -> O + Sync,
    mut collect: impl FnMut(O),
) -> Result<(), WorkersError> {
    let next = AtomicU64::new(0);
    let defect: Mutex<Option<String>> = Mutex::default();
    let threads = threads.min(jobs.len()).max(1);
    let (send, results) = bounded::<(usize, O)>(MOST_RESULTS);
    let take = |send: &Sender<(usize, O)>| {
        let mut state = state();
        while let Some((at, job)) =
            usize::try_from(next.fetch_add(1, Ordering::Relaxed)).ok().and_then(|at| Some((at, jobs.get(at)?)))
        {
            match catch_unwind(AssertUnwindSafe(|| work(job, &mut state))) {
                Ok(done) => {
                    if send.send((at, done)).is_err() {
                        return;
                    }
                }
                Err(_) => {
                    defect.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(|| name(job).to_owned());
                    return;
                }
            }
        }
    };
    std::thread::scope(|scope| {
        let mut started = 0;
        for at in 0..threads {
            let (take, send) = (&take, send.clone());
            let thread = std::thread::Builder::new().name(format!("scan-{at}"));
            match thread.spawn_scoped(scope, move || take(&send)) {
                Ok(_) => started += 1,
                // One thread fewer does the same work; without any, nothing would be done.
                Err(_) if started > 0 => {}
                Err(error) => return Err(WorkersError::Threads { threads, reason: error.to_string() }),
            }
        }
        drop(send);
        // What is done early waits for what stands before it, so that the order does not depend on the threads.
        let (mut waiting, mut due) = (std::collections::BTreeMap::new(), 0);
        for (at, done) in results {
            waiting.insert(at, done);
            while let Some(done) = waiting.remove(&due) {
                collect(done);
                due += 1;
            }
        }
        Ok(())
    })?;
    match defect.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some(path) => Err(WorkersError::Panic { path }),
        None => Ok(()),
    }
}

fn count(shared: &Shared, coverage: &mut Coverage, item: &Item, outcome: Result<u64, crate::source::read::ReadError>) {
    let scanned = match outcome {
        Ok(bytes) => Some(bytes),
        // The process has ended since it was listed: there is nothing left to scan.
        Err(_) if matches!(item.bytes, Bytes::Passing(_)) => None,
        Err(error) => {
            coverage.skip(Skip::Unreadable);
            coverage.notices.insert(error.notice(&item.origin.path));
            error.scanned().filter(|bytes| *bytes > 0)
        }
    };
    if let Some(bytes) = scanned {
        shared.files.fetch_add(1, Ordering::Relaxed);
        shared.bytes.fetch_add(bytes, Ordering::Relaxed);
    }
}

fn nothing_scanned(coverage: &Coverage) -> Notice {
    let hint = if coverage.skipped.contains_key(&Skip::Ignored) {
        "what is there is ignored; scan it with `--no-ignore`, or name the files"
    } else if coverage.skipped.contains_key(&Skip::Excluded) {
        "what is there is excluded; narrow `--exclude`, or name the files without `--force-exclude`"
    } else {
        "check that the path is the one you mean"
    };
    Notice {
        kind: NoticeKind::NothingScanned,
        path: None,
        line: None,
        message: "nothing was scanned".to_owned(),
        hint: Some(hint.to_owned()),
    }
}

#[cfg(test)]
mod tests;
