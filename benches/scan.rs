//! Benchmarks of the scanner engine: the prefilter against the automata it was chosen over, and the whole scanner.
//!
//! `cargo bench --bench scan`; what it gave and what follows from it stands in `docs/performance.md`.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use aho_corasick::{AhoCorasick, AhoCorasickKind, packed};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use keytrawl::credential::{Fingerprinter, KeyRing};
use keytrawl::detector::Detectors;
use keytrawl::scan::prefilter::{Case, Prefilter};
use keytrawl::scan::{Options, Scanner, Scratch};
use keytrawl::source::{Artifact, Asset, Origin, Place};

/// Keywords of one packed searcher: more would make its buckets too full to rule anything out.
const GROUP: usize = 48;

/// Words of which the text is made: what source text is mostly made of, the generic words at about their usual rate.
const WORDS: &str = "let mut fn pub self return value index length buffer state token key result option string match impl \
    struct error config request response client server the of and to in is for with that this from handle stream \
    context module import export const function async await default type interface number boolean null undefined \
    author description version secret_name authority keyboard monkey passed credentials // -- == => { } ( ) ; , . \" \
    0x1f 42 1.0 serde_json tokio::spawn #[derive(Debug)] std::collections e_value re_export sk_buff";

/// Text like source code, the same in every run.
fn text(bytes: usize) -> Vec<u8> {
    let words: Vec<&str> = WORDS.split_whitespace().collect();
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut text = Vec::with_capacity(bytes + 32);
    while text.len() < bytes {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        text.extend_from_slice(words[(state % words.len() as u64) as usize].as_bytes());
        text.push(if state.is_multiple_of(11) { b'\n' } else { b' ' });
    }
    text
}

/// The first `count` keywords of the embedded detectors, made up from those where there are fewer.
fn keywords(count: usize) -> Vec<String> {
    let mut keywords: Vec<String> =
        Detectors::embedded().all().iter().flat_map(|detector| detector.keywords).map(ToString::to_string).collect();
    keywords.sort_unstable();
    keywords.dedup();
    let known = keywords.len();
    let step = (known / count).max(1);
    let mut chosen: Vec<String> = keywords.iter().step_by(step).take(count).cloned().collect();
    for index in 0.. {
        if chosen.len() >= count {
            break;
        }
        chosen.push(format!("{}{}", keywords[index % known].chars().rev().collect::<String>(), index));
    }
    chosen
}

fn prefilter(c: &mut Criterion) {
    let text = text(4 << 20);
    let mut group = c.benchmark_group("prefilter");
    group.throughput(Throughput::Bytes(text.len() as u64)).sample_size(10).measurement_time(Duration::from_secs(2));
    for count in [20, 150, 300] {
        let keywords = keywords(count);
        let runs = Prefilter::new(keywords.iter().map(|keyword| (keyword.as_str(), Case::Exact)));
        let mut hits = Vec::new();
        group.bench_function(BenchmarkId::new("runs", count), |b| {
            b.iter(|| {
                hits.clear();
                runs.find(black_box(&text), &mut hits);
                hits.len()
            });
        });
        let groups: Vec<packed::Searcher> =
            keywords.chunks(GROUP).filter_map(|chunk| packed::Config::new().builder().extend(chunk).build()).collect();
        group.bench_function(BenchmarkId::new("packed", count), |b| {
            b.iter(|| groups.iter().map(|searcher| searcher.find_iter(black_box(&text)).count()).sum::<usize>());
        });
        if let Ok(automaton) = AhoCorasick::builder().kind(Some(AhoCorasickKind::DFA)).build(&keywords) {
            group.bench_function(BenchmarkId::new("automaton", count), |b| {
                b.iter(|| automaton.find_overlapping_iter(black_box(&text)).count());
            });
        }
    }
    group.finish();
}

/// The cost of the keywords alone on real source text, this program's own: it must not grow by half from 20 to 150.
fn growth(c: &mut Criterion) {
    const SOURCES: &[&str] = &[
        include_str!("../src/scan/layer.rs"),
        include_str!("../src/scan/assignment.rs"),
        include_str!("../src/scan/prefilter.rs"),
        include_str!("../src/client/json.rs"),
        include_str!("../src/client/yaml.rs"),
        include_str!("../src/inventory/load.rs"),
        include_str!("../src/report/freeze.rs"),
        include_str!("../src/source/tree.rs"),
        include_str!("../src/cli/speak.rs"),
    ];
    let text = SOURCES.concat().repeat(32).into_bytes();
    let mut group = c.benchmark_group("growth");
    group.throughput(Throughput::Bytes(text.len() as u64)).sample_size(10).measurement_time(Duration::from_secs(2));
    for count in [20, 150] {
        let keywords = keywords(count);
        let runs = Prefilter::new(keywords.iter().map(|keyword| (keyword.as_str(), Case::Exact)));
        let mut hits = Vec::new();
        group.bench_function(BenchmarkId::new("source", count), |b| {
            b.iter(|| {
                hits.clear();
                runs.find(black_box(&text), &mut hits);
                hits.len()
            });
        });
    }
    group.finish();
}

fn whole(c: &mut Criterion) {
    let text = text(4 << 20);
    let scanner = Scanner::new(Detectors::embedded(), Fingerprinter::new(KeyRing::none(), false), Options::default());
    let mut scratch = Scratch::default();
    let mut group = c.benchmark_group("scanner");
    group.throughput(Throughput::Bytes(text.len() as u64)).sample_size(10).measurement_time(Duration::from_secs(2));
    for path in ["src/main.rs", "deploy/values.yaml"] {
        let origin = Arc::new(Origin::new(path.to_owned(), Place::Repo, Arc::new(Asset::host())));
        group.bench_function(BenchmarkId::new("text", path), |b| {
            let artifact =
                Artifact { origin: &origin, bytes: &text, base: 0, first_line: 1, first_column: 1, joined: None };
            b.iter(|| scanner.scan(black_box(&artifact), &mut scratch).occurrences.len());
        });
    }
    group.finish();
    c.bench_function("start", |b| {
        b.iter(|| Scanner::new(Detectors::embedded(), Fingerprinter::new(KeyRing::none(), false), Options::default()));
    });
}

criterion_group!(benches, prefilter, growth, whole);
criterion_main!(benches);
