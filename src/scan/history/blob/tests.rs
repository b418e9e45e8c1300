//! What is found along a chain of versions, of which only changes are looked at, is what whole scans of each find.

mod packed;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;

use super::*;
use crate::credential::{Fingerprinter, KeyRing};
use crate::detector::{Detectors, recipe};
use crate::scan::Options;
use crate::source::git::delta::{Copied, Difference, apply_telling};
use crate::source::{Asset, Place};

/// Something that may stand in a text.
#[derive(Debug, Clone)]
enum Piece {
    /// Lines that nothing is made of.
    Filler(u8, u16),
    /// Lines with words that ask for a look.
    Words(u8),
    /// A credential, or a part of what would be one, in one of many ways.
    Secret(u8, u16),
}

const WAYS: u8 = 16;

fn secret(seed: u16) -> String {
    recipe::expand("ghp_{alnum:30}{crc32-github}", u64::from(seed)).expect("a valid recipe")
}

fn password(seed: u16) -> String {
    recipe::expand("{password:20}", u64::from(seed)).expect("a valid recipe")
}

fn key(seed: u16) -> String {
    recipe::expand("{pem}", u64::from(seed)).expect("a valid recipe")
}

impl Piece {
    fn text(&self) -> String {
        match *self {
            Self::Filler(kind, lines) => {
                let line = match kind % 4 {
                    0 => "the quick brown fox jumps over the lazy dog, once more and again\n",
                    1 => "    let value = compute(index + 1, other.len());\n",
                    2 => "\n",
                    _ => "  { \"name\": \"some package\", \"version\": \"1.2.3\" },\n",
                };
                line.repeat(usize::from(lines % 90) + 1)
            }
            Self::Words(kind) => match kind % 10 {
                0 => "token = get_token(\"name\")\n".to_owned(),
                1 => "see https://example.com/docs/mcp and the key below\n".to_owned(),
                2 => "\"mcpServers\": {\n".to_owned(),
                3 => "```json\n".to_owned(),
                4 => "password:\n".to_owned(),
                5 => "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n".to_owned(),
                6 => "}\n}\n".to_owned(),
                7 => "def test_it():\n".to_owned(),
                8 => "\"\"\"\n".to_owned(),
                _ => "api_key=YOUR_API_KEY_HERE\r\n".to_owned(),
            },
            Self::Secret(way, seed) => match way % WAYS {
                0 => format!("{}\n", secret(seed)),
                1 => format!("token = \"{}\"\r\n", secret(seed)),
                2 => format!("DB_PASSWORD={}\n", password(seed)),
                3 => key(seed),
                4 => format!("\"private_key\": \"{}\"\n", key(seed).replace('\n', "\\n")),
                5 => format!(
                    "data: {}\n",
                    STANDARD.encode(format!("{{\"env\": {{\"GITHUB_TOKEN\": \"{}\"}}}}", secret(seed)))
                ),
                6 => format!(
                    "{{\"mcpServers\": {{\"db\": {{\"command\": \"npx\", \"env\": {{\"API_KEY\": \"{}\"}}}}}}}}\n",
                    password(seed)
                ),
                7 => format!("postgres://app:{}@db.internal.test:5432/app\n", password(seed)),
                8 => format!("x = {}\n", secret(seed).replace('_', "\\u005f")),
                9 => format!("auth: Basic {}\n", STANDARD.encode(format!("user:{}", password(seed)))),
                10 => format!("export API_TOKEN='{}'\n", password(seed)),
                11 => format!("password:\n    {}\n", password(seed)),
                12 => format!(
                    "```json\n{{ \"mcpServers\": {{ \"x\": {{ \"env\": {{ \"X_TOKEN\": \"{}\" }} }} }} }}\n```\n",
                    password(seed)
                ),
                13 => format!("servers:\n  x:\n    command: npx\n    env:\n      SECRET_KEY: {}\n", password(seed)),
                14 => format!("\"{}\" +\n  \"{}\"\n", &secret(seed)[..20], &secret(seed)[20..]),
                _ => secret(seed)[..usize::from(seed % 40)].to_owned(),
            },
        }
    }
}

fn piece() -> impl Strategy<Value = Piece> {
    prop_oneof![
        6 => (any::<u8>(), any::<u16>()).prop_map(|(kind, lines)| Piece::Filler(kind, lines)),
        3 => any::<u8>().prop_map(Piece::Words),
        2 => (any::<u8>(), any::<u16>()).prop_map(|(way, seed)| Piece::Secret(way, seed)),
    ]
}

/// Takes out some bytes and puts in others.
#[derive(Debug, Clone)]
struct Edit {
    /// Where, in parts of 65,536.
    at: u16,
    out: u16,
    piece: Option<Piece>,
    /// How much of the piece is put in, in parts of 256: cut in the middle, too.
    part: (u8, u8),
}

fn edit() -> impl Strategy<Value = Edit> {
    let out = prop_oneof![3 => Just(0u16), 3 => 0u16..40, 1 => 0u16..4000];
    let part = prop_oneof![3 => Just((0u8, 255u8)), 1 => (any::<u8>(), any::<u8>())];
    (any::<u16>(), out, proptest::option::weighted(0.8, piece()), part).prop_map(|(at, out, piece, part)| Edit {
        at,
        out,
        piece,
        part,
    })
}

/// The delta that makes of `base` what the edits make of it.
fn delta(base: &[u8], edits: &[Edit]) -> Vec<u8> {
    let number = |mut number: usize| {
        let mut bytes = Vec::new();
        while number > 0x7f {
            bytes.push(number as u8 | 0x80);
            number >>= 7;
        }
        bytes.push(number as u8);
        bytes
    };
    let mut edits: Vec<(usize, &Edit)> =
        edits.iter().map(|edit| ((usize::from(edit.at) * (base.len() + 1)) >> 16, edit)).collect();
    edits.sort_by_key(|(at, _)| *at);
    let (mut ops, mut made, mut done) = (Vec::new(), 0, 0);
    let copy = |from: usize, to: usize, ops: &mut Vec<u8>, made: &mut usize| {
        let mut from = from;
        while from < to {
            let len = (to - from).min(0xffff);
            ops.push(0xbf);
            ops.extend(&(from as u32).to_le_bytes());
            ops.extend(&(len as u16).to_le_bytes());
            (from, *made) = (from + len, *made + len);
        }
    };
    for (at, edit) in edits {
        if at > done {
            copy(done, at, &mut ops, &mut made);
        }
        done = done.max(at);
        let text = edit.piece.as_ref().map(Piece::text).unwrap_or_default();
        let bound = |part: u8| text.len() * usize::from(part) / 255;
        let (low, high) = (bound(edit.part.0.min(edit.part.1)), bound(edit.part.0.max(edit.part.1)));
        for chunk in text.as_bytes()[low..high].chunks(0x7f) {
            ops.push(chunk.len() as u8);
            ops.extend(chunk);
            made += chunk.len();
        }
        done = (done + usize::from(edit.out)).min(base.len());
    }
    copy(done, base.len(), &mut ops, &mut made);
    [number(base.len()), number(made), ops].concat()
}

const PATHS: &[&str] = &[
    "notes.txt",
    "src/app.py",
    "README.md",
    "conf/app.yaml",
    "data/some.json",
    "uv.lock",
    "dist/app.min.js",
    "deploy.sh",
    "tests/app.ts",
    ".mcp.json",
    "Dockerfile",
    "pyproject.toml",
    "config",
    "a.ipynb",
];

fn origin(path: &str) -> Arc<Origin> {
    let asset = Arc::new(Asset::host());
    Arc::new(Origin::new(path.to_owned(), Place::Repo, asset))
}

fn scanner() -> Scanner {
    Scanner::new(Detectors::embedded(), Fingerprinter::new(KeyRing::none(), false), Options::default())
}

/// Whether a whole scan finds something.
fn holds(scanner: &Scanner, origin: &Arc<Origin>, bytes: &[u8]) -> bool {
    let mut found = false;
    let mut scratch = Scratch::default();
    let mut visit = |artifact: &Artifact<'_>| found |= !scanner.scan(artifact, &mut scratch).occurrences.is_empty();
    let (mut buffer, mut coverage) = (Buffer::default(), Coverage::default());
    read::read_held(origin, bytes, &Limits::new(5, 32 << 20), &mut buffer, &mut coverage, &mut visit);
    found
}

/// Looks at a chain of versions and expects of each what a whole scan of it tells.
fn agree(first: &[u8], chain: &[(Vec<Edit>, usize)], path: usize) -> Result<(), TestCaseError> {
    let (scanner, limits) = (scanner(), Limits::new(5, 32 << 20));
    let mut looker = Looker::new(&scanner, &limits);
    let mut coverage = Coverage::default();
    let at = |path: usize| origin(PATHS[path % PATHS.len()]);
    let (found, mut memory) = looker.look(&at(path), Seen::Bytes(first), true, &mut coverage).expect("held");
    prop_assert_eq!(found, holds(&scanner, &at(path), first), "the first version");
    let mut bytes = first.to_vec();
    for (edits, elsewhere) in chain {
        let path = at(path + elsewhere);
        let (mut made, mut difference) = (Vec::new(), Difference::default());
        apply_telling(&bytes, &delta(&bytes, edits), 1 << 30, &mut made, &mut difference).expect("a delta");
        let seen = Seen::Changed { bytes: &made, difference: &difference, base: &memory };
        let (found, next) = looker.look(&path, seen, true, &mut coverage).expect("held");
        prop_assert_eq!(found, holds(&scanner, &path, &made), "{}: {:?}", path.path, String::from_utf8_lossy(&made));
        (bytes, memory) = (made, next);
    }
    Ok(())
}

/// Bytes of a text of variables before and behind the one that counts.
fn variables(head: &str, password: &str) -> String {
    let lines = |name: &str| (0..800).map(|n| format!("{name}_{n}=value of {n}\n")).collect::<String>();
    format!("{head}{}APP_PASSWORD={password}\n{}", lines("BEFORE"), lines("BEHIND"))
}

#[test]
fn a_password_far_from_what_makes_a_text_an_env_dump_is_found_when_either_changes() {
    let dump = "HOME=/root\nPATH=/usr/bin\nSHELL=/bin/sh\nUSER=root\n";
    let weak = recipe::expand("{alnum:6}", 7).expect("a valid recipe");
    let (scanner, limits) = (scanner(), Limits::new(5, 32 << 20));
    let path = origin("vars.txt");
    assert!(!holds(&scanner, &path, variables("", &weak).as_bytes()), "as a text of lines it is not believed");
    for (first, second) in
        [(variables(dump, ""), variables(dump, &weak)), (variables("", &weak), variables(dump, &weak))]
    {
        let mut looker = Looker::new(&scanner, &limits);
        let mut coverage = Coverage::default();
        let (found, memory) = looker.look(&path, Seen::Bytes(first.as_bytes()), true, &mut coverage).expect("held");
        assert!(!found);
        let same = first.bytes().rev().zip(second.bytes().rev()).take_while(|(one, other)| one == other).count();
        let lead = first.bytes().zip(second.bytes()).take_while(|(one, other)| one == other).count();
        let behind = same.min(first.len() - lead).min(second.len() - lead);
        let difference = Difference {
            fresh: std::iter::once(lead..second.len() - behind).collect(),
            copies: vec![
                Copied { from: 0, to: 0, len: lead },
                Copied { from: first.len() - behind, to: second.len() - behind, len: behind },
            ],
        };
        let seen = Seen::Changed { bytes: second.as_bytes(), difference: &difference, base: &memory };
        assert!(looker.look(&path, seen, true, &mut coverage).expect("held").0);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn changes_tell_what_whole_scans_tell(
        first in proptest::collection::vec(piece(), 1..8),
        size in 0usize..40,
        path in 0usize..14,
        chain in proptest::collection::vec((proptest::collection::vec(edit(), 1..4), prop_oneof![9 => Just(0usize), 1 => 0usize..14]), 1..6),
    ) {
        let filler = Piece::Filler(path as u8, 80).text().repeat(size / 4);
        let text = first.iter().map(Piece::text).collect::<Vec<_>>().join(&filler);
        agree(text.as_bytes(), &chain, path)?;
    }
}

#[test]
fn a_credential_is_found_wherever_it_stands_to_the_edge_of_a_change() {
    let (scanner, limits) = (scanner(), Limits::new(5, 32 << 20));
    let mut looker = Looker::new(&scanner, &limits);
    let filler = "a line of a text that says nothing at all\n".repeat(300);
    let token = format!("token = \"{}\"\n", secret(7));
    let base = [&filler[..], &token, &filler].concat();
    for cut in 1..token.len() {
        // The version before lacks the end of the line, or its beginning.
        for kept in [0..cut, cut..token.len()] {
            let before = [&filler[..], &token[kept.clone()], &filler].concat();
            let put = if kept.start == 0 { cut..token.len() } else { 0..cut };
            let place = filler.len() + if kept.start == 0 { cut } else { 0 };
            let mut ops = vec![0xbf];
            ops.extend(0u32.to_le_bytes());
            ops.extend((place as u16).to_le_bytes());
            ops.push(put.len() as u8);
            ops.extend(token[put].as_bytes());
            ops.push(0xbf);
            ops.extend((place as u32).to_le_bytes());
            ops.extend(((before.len() - place) as u16).to_le_bytes());
            let sizes = |len: usize| [len as u8 & 0x7f | 0x80, (len >> 7) as u8 & 0x7f | 0x80, (len >> 14) as u8];
            let delta = [&sizes(before.len())[..], &sizes(base.len()), &ops].concat();
            let (mut made, mut difference) = (Vec::new(), Difference::default());
            apply_telling(before.as_bytes(), &delta, 1 << 30, &mut made, &mut difference).expect("a delta");
            assert!(made == base.as_bytes());
            let origin = origin("notes.txt");
            let mut coverage = Coverage::default();
            let (_, memory) = looker.look(&origin, Seen::Bytes(before.as_bytes()), true, &mut coverage).expect("held");
            let seen = Seen::Changed { bytes: &made, difference: &difference, base: &memory };
            assert!(looker.look(&origin, seen, false, &mut coverage).expect("held").0, "{cut}");
        }
    }
}
