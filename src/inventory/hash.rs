//! `inventory hash`: secrets on standard input become match keys that may be stored in an inventory.

use std::io::{self, BufRead, Write};

use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::digest::to_hex;
use super::screen::{Keywords, identity_of};
use crate::credential::{Fingerprinter, Identity, KeyRing};
use crate::detector::strength::bits;
use crate::detector::{Anatomy, Detectors, Facts};

/// Longest line that is taken for a secret, in bytes.
const LONGEST: usize = 1 << 20;

/// What came of the lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Hashed {
    /// Secrets for which match keys were written.
    pub written: usize,
    /// Secrets too weak for a plain hash, for which no key was configured either.
    pub refused: usize,
}

/// Reads one secret a line and writes one JSON object a line: `{"line": 1, "match": [{"alg": …, "value": "hex:…"}]}`.
///
/// `hmsl` adds HMSL digests. Secrets are never written, and wiped once they are hashed.
///
/// # Errors
///
/// Where input or output fails.
pub fn hash(
    input: &mut dyn BufRead,
    output: &mut dyn Write,
    detectors: &Detectors,
    keys: &KeyRing,
    hmsl: bool,
) -> io::Result<Hashed> {
    let keywords = Keywords::new(detectors);
    let fingerprinter = Fingerprinter::new(keys.clone(), hmsl);
    let mut done = Hashed::default();
    // One buffer of the longest line, so that no copy of a secret is left behind by growing.
    let mut buffer = Zeroizing::new(Vec::with_capacity(LONGEST + 1));
    let mut line = 0_usize;
    loop {
        buffer.clear();
        let taken = io::Read::take(&mut *input, LONGEST as u64).read_until(b'\n', &mut buffer)?;
        if taken == 0 {
            return Ok(done);
        }
        line += 1;
        let secret = trim(&buffer);
        if secret.is_empty() {
            continue;
        }
        let identity = known(&keywords, &fingerprinter, secret)
            .unwrap_or_else(|| fingerprinter.identify(secret, Anatomy::default(), bits(secret), Facts::default()));
        let entries = entries(&identity, keys);
        let mut object = json!({ "line": line, "match": entries });
        if entries.is_empty() {
            done.refused += 1;
            object["problem"] =
                Value::from("too weak for a hash without a key; set KEYTRAWL_KEY or name a `--key-file`");
        } else {
            done.written += 1;
        }
        writeln!(output, "{object}")?;
    }
}

/// What a header must say so that a wrong key is noticed: `key_id` and `key_check` of each key.
#[must_use]
pub fn header_fields(keys: &KeyRing) -> Vec<Value> {
    let checks = keys.checks();
    let pairs = keys.ids().zip(&checks);
    pairs.map(|(id, check)| json!({ "key_id": id, "key_check": format!("hex:{}", to_hex(check)) })).collect()
}

/// The match entries of an identity, strongest first.
#[must_use]
pub fn entries(identity: &Identity, keys: &KeyRing) -> Vec<Value> {
    let entry = |alg: &str, digest: &[u8; 32]| json!({ "alg": alg, "value": format!("hex:{}", to_hex(digest)) });
    let keyed = keys.ids().zip(&identity.hmac).map(|(id, digest)| {
        let mut entry = entry("hmac-sha256", digest);
        if let Some(id) = id {
            entry["key_id"] = Value::from(id);
        }
        entry
    });
    let plain = identity.sha256.iter().map(|digest| entry("sha256", digest));
    let hmsl = identity.hmsl.iter().map(|digest| entry("hmsl", digest));
    let id = identity.facts.key_id.iter().map(|id| json!({ "alg": "key_id", "value": id }));
    keyed.chain(plain).chain(hmsl).chain(id).collect()
}

/// The identity of a line that a detector takes for one secret as a whole.
fn known(keywords: &Keywords<'_>, maker: &Fingerprinter, secret: &[u8]) -> Option<Identity> {
    let text = std::str::from_utf8(secret).ok()?;
    let (detector, hit) = keywords.hits(text).into_iter().find(|(_, hit)| hit.secret == (0..text.len()))?;
    identity_of(maker, text, detector, hit)
}

/// A line without its end.
fn trim(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(input: &str, keys: &KeyRing, hmsl: bool) -> (Vec<Value>, Hashed) {
        let mut output = Vec::new();
        let done = hash(&mut input.as_bytes(), &mut output, Detectors::embedded(), keys, hmsl).unwrap();
        let text = String::from_utf8(output).unwrap();
        assert!(!text.contains("hunter"), "a secret was written");
        (text.lines().map(|line| serde_json::from_str(line).unwrap()).collect(), done)
    }

    fn algs(value: &Value) -> Vec<&str> {
        value["match"].as_array().unwrap().iter().map(|entry| entry["alg"].as_str().unwrap()).collect()
    }

    #[test]
    fn with_a_key_every_secret_gets_a_keyed_digest_and_strong_ones_a_plain_one() {
        let keys = KeyRing::parse(&format!("q4:{}", "0b".repeat(32)), "test").unwrap();
        let strong = crate::detector::recipe::expand("ghp_{alnum:30}{crc32-github}", 7).unwrap();
        let (lines, done) = run(&format!("hunter2\r\n\n{strong}\n"), &keys, true);
        assert_eq!(
            (algs(&lines[0]), algs(&lines[1])),
            (vec!["hmac-sha256", "hmsl"], vec!["hmac-sha256", "sha256", "hmsl"])
        );
        assert_eq!((lines[0]["line"].as_u64(), lines[1]["line"].as_u64()), (Some(1), Some(3)));
        assert_eq!((lines[0]["match"][0]["key_id"].as_str(), done.written), (Some("q4"), 2));
    }

    #[test]
    fn a_weak_secret_without_a_key_is_refused_and_told_why() {
        let (lines, done) = run("hunter2", &KeyRing::none(), false);
        assert_eq!(done, Hashed { written: 0, refused: 1 });
        assert!(lines[0]["problem"].as_str().unwrap().contains("KEYTRAWL_KEY"));
    }

    #[test]
    fn the_header_fields_name_each_key() {
        let keys = KeyRing::parse(&format!("q4:{}", "0b".repeat(32)), "test").unwrap();
        let fields = header_fields(&keys);
        assert_eq!(fields[0]["key_id"], "q4");
        assert_eq!(super::super::digest::parse(fields[0]["key_check"].as_str().unwrap()), Some(keys.checks()[0]));
    }
}
