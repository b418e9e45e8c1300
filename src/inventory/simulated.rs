//! Simulated inventories: how often a hint fits a credential that it does not belong to, against what is computed, and
//! that the order of rows and files never changes a result.

use std::ffi::OsStr;
use std::fs;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::index::Index;
use super::record::{Expiry, Key, Record, State};
use super::screen::tests::Fake;
use super::subject::{Circumstances, Subject};
use super::{Inventory, InventorySource, Standing, canonical};
use crate::coverage::Coverage;
use crate::credential::{Fingerprinter, Identity, KeyRing};
use crate::detector::{Anatomy, Facts};

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const PREFIX: &str = "tok_";

/// Numbers that are the same in every run.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn word(&mut self, length: usize) -> String {
        (0..length).map(|_| char::from(ALPHABET[(self.next() >> 20) as usize % ALPHABET.len()])).collect()
    }
}

fn record(id: usize, keys: Vec<Key>) -> Record {
    Record {
        id: format!("r{id}"),
        state: State::Active,
        kind: "api_token".into(),
        issuer: "acme".into(),
        provider_type: None,
        name: None,
        system: None,
        purpose: None,
        owner: None,
        team: None,
        workloads: Vec::new(),
        environment: None,
        scopes: Vec::new(),
        observed_scopes: Vec::new(),
        created_at: None,
        rotated_at: None,
        expires_at: Expiry::Unknown,
        last_used_at: None,
        revoked_at: None,
        decommissioned_at: None,
        max_age_days: None,
        is_rotated_automatically: None,
        is_static: None,
        locations: Vec::new(),
        keys,
        sensitivity: None,
        ext: std::collections::BTreeMap::new(),
        file: "i.jsonl".into(),
        line: 1,
    }
}

/// An inventory of so many rows whose hints reveal so many characters of other credentials.
fn inventory(rows: usize, head: usize, tail: usize, dice: &mut Dice) -> Inventory {
    let hint = |dice: &mut Dice| Key::Hint { prefix: format!("{PREFIX}{}", dice.word(head)), suffix: dice.word(tail) };
    let records: Vec<Record> = (0..rows).map(|id| record(id, vec![hint(dice)])).collect();
    Inventory { index: Index::new(&records), records, ..Inventory::default() }
}

fn identity(maker: &Fingerprinter, secret: &str) -> Identity {
    maker.identify(secret.as_bytes(), Anatomy { prefix: PREFIX.len(), suffix: 0 }, 210, Facts::default())
}

fn standing(inventory: &Inventory, identity: &Identity) -> Standing {
    let circumstances = Circumstances::default();
    let subject = Subject { identity, detector: None, issuer: Some("acme"), places: Vec::new(), circumstances };
    inventory.explain(&subject).standing
}

#[test]
fn false_matches_are_no_more_frequent_than_computed_and_are_never_called_registered() {
    const ASKED: usize = 4_000;
    let maker = Fingerprinter::new(KeyRing::none(), false);
    let mut dice = Dice(0x2545_F491_4F6C_DD1D);
    let mut strangers = Vec::new();
    for _ in 0..ASKED {
        strangers.push(identity(&maker, &format!("{PREFIX}{}", dice.word(36))));
    }
    for rows in [5, 5_000, 500_000] {
        for (head, tail) in [(3, 0), (0, 4), (4, 4)] {
            let inventory = inventory(rows, head, tail, &mut dice);
            let bits = (head + tail) as f64 * 62_f64.log2();
            let computed = (rows as f64 / bits.exp2()).min(1.0);
            let (mut fits, mut registered) = (0_usize, 0_usize);
            for stranger in &strangers {
                match standing(&inventory, stranger) {
                    Standing::Ambiguous { .. } => fits += 1,
                    Standing::Registered { .. } => registered += 1,
                    _ => {}
                }
            }
            // Three standard deviations of a count above what is to be expected, and a few for small ones.
            let expected = computed * ASKED as f64;
            let most = expected + 3.0 * expected.sqrt() + 2.0;
            assert!(
                (fits + registered) as f64 <= most,
                "{rows} rows, {head}+{tail}: {fits}+{registered} of {ASKED}, computed {expected:.2}"
            );
            let believed = bits - (rows as f64).log2() >= 20.0;
            assert!(believed || registered == 0, "{rows} rows, {head}+{tail} characters are too few to register");
            assert!(!believed || computed * (ASKED as f64) < 0.01, "what is believed is computed to be rare");
            // The credential of a row is found in either case, and registered only where chance is far off.
            let own = match &inventory.records[rows / 2].keys[0] {
                Key::Hint { prefix, suffix } => format!("{prefix}{}{suffix}", dice.word(36 - head - tail)),
                _ => unreachable!("rows of this inventory have hints"),
            };
            match standing(&inventory, &identity(&maker, &own)) {
                Standing::Registered { .. } => assert!(believed, "{rows} rows, {head}+{tail}"),
                Standing::Ambiguous { .. } => {}
                other => panic!("{rows} rows, {head}+{tail}: {}", other.as_str()),
            }
        }
    }
}

/// A row of a small world, in which rows and credentials often have keys in common.
fn row() -> impl Strategy<Value = Value> {
    let key = prop_oneof![
        (0_u8..6).prop_map(|n| json!({"alg": "sha256", "value": format!("hex:{}", format!("{n:02x}").repeat(32))})),
        (0_u8..4).prop_map(|n| json!({"alg": "key_id", "value": format!("k{n}")})),
        (0_u8..4).prop_map(|n| json!({"alg": "last8", "value": format!("aaaaaaa{n}")})),
        (0_u8..4)
            .prop_map(|n| json!({"alg": "hint", "prefix": format!("tok_ABCDEF{n}"), "suffix": format!("aaaaaaa{n}")})),
        (0_u8..3).prop_map(|n| json!({"alg": "principal", "value": format!("p{n}")})),
    ];
    let state = prop_oneof![Just("active"), Just("revoked"), Just("suspended")];
    (proptest::collection::vec(key, 0..3), state, 0_u8..2)
        .prop_map(|(keys, state, issuer)| json!({"state": state, "kind": "api_token", "issuer": format!("i{issuer}"), "match": keys}))
}

fn subject(number: u8) -> Identity {
    let maker = Fingerprinter::new(KeyRing::none(), false);
    let mut facts = Facts { key_id: (number < 4).then(|| format!("k{number}")), ..Facts::default() };
    facts.principals.insert("sub", format!("p{}", number % 3));
    let secret = format!("tok_ABCDEF{}{}aaaaaaa{}", number % 4, "x7Qd0sLk2PzWv9RtYb31", number % 4);
    let mut identity = maker.identify(secret.as_bytes(), Anatomy { prefix: 4, suffix: 0 }, 180, facts);
    identity.sha256 = Some([number; 32]);
    identity
}

/// What an inventory says of every credential of the small world, by ids of rows, and its canonical form.
fn verdicts(files: &[Vec<Value>]) -> (Vec<(String, Vec<String>)>, Vec<u8>) {
    let folder = tempfile::tempdir().unwrap();
    let mut sources = Vec::new();
    for (index, rows) in files.iter().enumerate().filter(|(_, rows)| !rows.is_empty()) {
        let path = folder.path().join(format!("{index}.jsonl"));
        fs::write(&path, rows.iter().map(|row| format!("{row}\n")).collect::<String>()).unwrap();
        sources.push(InventorySource::parse(OsStr::new(&path)));
    }
    let loaded = Inventory::load_with(&sources, &Fake, &KeyRing::none(), &mut Coverage::default()).unwrap();
    let said = (0..6).map(|number| {
        let identity = subject(number);
        let circumstances = Circumstances::default();
        let subject =
            Subject { identity: &identity, detector: None, issuer: Some("i0"), places: Vec::new(), circumstances };
        let standing = loaded.explain(&subject).standing;
        let rows = match &standing {
            Standing::Registered { rows, .. } | Standing::Ambiguous { rows, .. } => rows.as_slice(),
            _ => &[],
        };
        (standing.as_str().to_owned(), rows.iter().map(|row| loaded.records[*row].id.clone()).collect())
    });
    let said = said.collect();
    let mut written = Vec::new();
    canonical::write(&loaded, &mut written).unwrap();
    (said, written)
}

#[test]
fn the_number_of_threads_never_changes_a_result() {
    // Enough rows for many parts, some of them refused, some with what must be told.
    let row = |number: usize| {
        match number % 500 {
        7 => json!({"id": format!("r{number:05}"), "state": "gone"}).to_string(),
        8 => "{".to_owned(),
        9 => json!({"id": format!("r{number:05}"), "state": "active", "kind": "api_key", "issuer": "i0", "note": format!("tok-{number}")}).to_string(),
        _ => json!({"id": format!("r{number:05}"), "state": "active", "kind": "api_key", "issuer": format!("i{}", number % 3),
            "purpose": "x".repeat(200), "match": [{"alg": "key_id", "value": format!("k{}", number % 5)}]})
        .to_string(),
    }
    };
    let rows: Vec<String> = (0..9_000).map(row).collect();
    let table = (0..9_000).map(|n| format!("c{n:05},active,api_key,i0,{}\n", if n % 400 == 3 { "tok-c" } else { "" }));
    let folder = tempfile::tempdir().unwrap();
    let mut sources = Vec::new();
    for (name, text) in [
        ("a.jsonl", rows.join("\n")),
        ("b.csv", format!("id,state,kind,issuer,note\n{}", table.collect::<String>())),
        ("c.json", format!("[{}]", rows.iter().filter(|row| row.len() > 1).cloned().collect::<Vec<_>>().join(",\n"))),
    ] {
        fs::write(folder.path().join(name), text).unwrap();
        sources.push(InventorySource::parse(folder.path().join(name).as_os_str()));
    }
    let loaded = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let mut coverage = Coverage::default();
            let loaded = Inventory::load_with(&sources, &Fake, &KeyRing::none(), &mut coverage).unwrap();
            let lines: Vec<u32> = loaded.records.iter().map(|record| record.line).collect();
            let mut written = Vec::new();
            canonical::write(&loaded, &mut written).unwrap();
            (lines, written, loaded.exports.clone(), coverage.notices.into_iter().collect::<Vec<_>>())
        })
    };
    let one = loaded(1);
    assert!(one.2.iter().all(|export| export.plaintext > 10 && (export.refused > 10 || export.path.ends_with("csv"))));
    for threads in [2, 7] {
        assert!(loaded(threads) == one, "{threads} threads");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_rows_and_files_never_changes_a_result(
        rows in proptest::collection::vec(row(), 1..14),
        cut in 0_usize..14,
        shuffle in any::<u64>(),
    ) {
        let mut rows = rows;
        for (index, row) in rows.iter_mut().enumerate() {
            row["id"] = format!("r{index:02}").into();
        }
        let straight = verdicts(std::slice::from_ref(&rows));
        let mut dice = Dice(shuffle | 1);
        for index in (1..rows.len()).rev() {
            rows.swap(index, dice.next() as usize % (index + 1));
        }
        let behind = rows.split_off(cut.min(rows.len()));
        prop_assert_eq!(&straight, &verdicts(&[behind.clone(), rows.clone()]));
        prop_assert_eq!(&straight, &verdicts(&[rows, behind]));
    }
}
