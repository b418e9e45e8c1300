//! Scans of real files on several threads: counts, windows, lines and trouble.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::*;
use crate::source::Options;
use crate::source::encoding::view;
use crate::source::window::{OVERLAP, SMALLEST};
use crate::span::LineIndex;

fn plan(dir: &Path, threads: usize, max_file_size: u64) -> Plan {
    let options = Options { threads, max_file_size, ..Options::new(dir.to_owned()) };
    Plan::new(&[PathBuf::from(".")], options).expect("a valid plan")
}

/// Where `needle` stands: path, line, column, offset. Sorted and without the doubles of overlapping windows.
fn find(plan: &Plan, needle: &str) -> (Vec<(String, u32, u32, u64)>, Coverage) {
    let mut found = Vec::new();
    let work = |artifact: &Artifact<'_>, scratch: &mut String| {
        let view = view(artifact.bytes, scratch);
        let index = LineIndex::new(view.bytes, artifact.first_line).from_column(artifact.first_column);
        let hits = memchr::memmem::find_iter(view.bytes, needle);
        hits.map(|at| {
            let region = view.region(&index, crate::span::Span::new(at, at + needle.len()), artifact.base);
            (artifact.origin.path.clone(), region.start_line, region.start_column, region.byte_offset)
        })
        .collect::<Vec<_>>()
    };
    let coverage = run(plan, String::new, work, |hits| found.extend(hits), |_| {}).expect("no defect");
    found.sort();
    found.dedup();
    (found, coverage)
}

#[test]
fn every_file_is_scanned_once_whatever_the_number_of_threads() {
    let dir = tempfile::tempdir().expect("temporary directory");
    let mut bytes = 0;
    for at in 0..300 {
        let path = dir.path().join(format!("d{}/f{at}", at % 7));
        fs::create_dir_all(path.parent().expect("below")).expect("writable");
        let text = format!("line\n needle{at}\n");
        bytes += text.len() as u64;
        fs::write(path, text).expect("writable");
    }
    fs::write(dir.path().join("empty"), "").expect("writable");
    let one = find(&plan(dir.path(), 1, 1 << 26), "needle");
    assert_eq!((one.0.len(), one.1.files, one.1.bytes), (300, 301, bytes));
    assert!(one.1.is_complete());
    for threads in [2, 3, 8] {
        assert_eq!(find(&plan(dir.path(), threads, 1 << 26), "needle"), one);
    }
}

#[test]
fn windows_give_the_line_and_offset_that_the_whole_file_gives() {
    let dir = tempfile::tempdir().expect("temporary directory");
    let mut text = String::new();
    while text.len() < 3 * SMALLEST + 12_345 {
        text.push_str(if text.len().is_multiple_of(97) {
            "ab needle ü\n"
        } else {
            "a longer line of text: λόγος\n"
        });
    }
    fs::write(dir.path().join("utf8"), &text).expect("writable");
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    fs::write(dir.path().join("utf16"), [&[0xff, 0xfe], wide.as_slice()].concat()).expect("writable");
    let whole = find(&plan(dir.path(), 2, 1 << 26), "needle");
    let windows = find(&plan(dir.path(), 2, SMALLEST as u64), "needle");
    assert!(whole.0.len() > 1000);
    assert!(whole == windows, "windows and the whole differ");
}

#[test]
fn what_stands_across_a_cut_is_seen_whole() {
    let dir = tempfile::tempdir().expect("temporary directory");
    for at in [SMALLEST - 3, SMALLEST - OVERLAP - 3, SMALLEST, 2 * SMALLEST - OVERLAP - 2] {
        let mut bytes = vec![b'x'; 3 * SMALLEST];
        bytes[at..at + 6].copy_from_slice(b"needle");
        fs::write(dir.path().join("one-line"), &bytes).expect("writable");
        let (found, coverage) = find(&plan(dir.path(), 1, 1), "needle");
        assert_eq!(found.iter().map(|hit| (hit.1, hit.3)).collect::<Vec<_>>(), [(1, at as u64)]);
        assert_eq!((coverage.files, coverage.bytes), (1, bytes.len() as u64));
    }
}

#[test]
fn a_large_file_is_mapped_when_left_alone_and_read_when_it_is_being_written() {
    let dir = tempfile::tempdir().expect("temporary directory");
    let path = dir.path().join("large");
    let mut bytes = "0123456789abcde\n".repeat(1 << 20).into_bytes();
    bytes.extend(b"the needle");
    fs::write(&path, &bytes).expect("writable");
    let hit = vec![("large".to_owned(), (1 << 20) + 1, 5, (1 << 24) + 4)];
    for age in [0, 3600] {
        let file = fs::File::options().write(true).open(&path).expect("there");
        file.set_modified(SystemTime::now() - Duration::from_secs(age)).expect("own file");
        for size in [1 << 20, 1 << 30] {
            let (found, coverage) = find(&plan(dir.path(), 2, size), "needle");
            assert_eq!((&found, coverage.bytes), (&hit, bytes.len() as u64));
        }
    }
}

#[test]
fn a_defect_in_a_worker_is_an_error_and_no_hang() {
    let dir = tempfile::tempdir().expect("temporary directory");
    for at in 0..500 {
        fs::write(dir.path().join(format!("f{at}")), "x").expect("writable");
    }
    for threads in [1, 4] {
        let work = |artifact: &Artifact<'_>, (): &mut ()| assert!(!artifact.origin.path.starts_with('f'), "defect");
        let error = run(&plan(dir.path(), threads, 1), || (), work, |()| {}, |_| {}).expect_err("a defect");
        assert!(matches!(error, WorkersError::Panic { path } if path.starts_with('f')));
    }
}

#[test]
fn scanning_nothing_is_said() {
    let dir = tempfile::tempdir().expect("temporary directory");
    let (_, coverage) = find(&plan(dir.path(), 2, 1), "x");
    assert_eq!(coverage.notices.iter().map(|notice| notice.kind).collect::<Vec<_>>(), [NoticeKind::NothingScanned]);
    assert!(!coverage.is_complete());
}

#[cfg(unix)]
#[test]
fn a_file_that_cannot_be_opened_is_counted_and_named() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().expect("temporary directory");
    let path = dir.path().join("shut");
    fs::write(&path, "needle").expect("writable");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).expect("own file");
    let (found, coverage) = find(&plan(dir.path(), 1, 1), "needle");
    if fs::read(&path).is_ok() {
        // Root may read everything.
        assert_eq!(found.len(), 1);
        return;
    }
    assert_eq!((coverage.files, coverage.skipped[&Skip::Unreadable]), (0, 1));
    assert!(coverage.notices.iter().any(|n| n.kind == NoticeKind::Unreadable && n.path.as_deref() == Some("shut")));
}

#[test]
fn progress_ends_with_everything() {
    let dir = tempfile::tempdir().expect("temporary directory");
    for at in 0..200 {
        fs::write(dir.path().join(format!("f{at}")), "12345").expect("writable");
    }
    let mut last = Progress::default();
    run(&plan(dir.path(), 2, 1), || (), |_, ()| (), |()| {}, |now| last = now).expect("no defect");
    assert_eq!(last, Progress { files: 200, bytes: 1000 });
}
